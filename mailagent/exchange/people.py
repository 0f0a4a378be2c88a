"""Lists of people that a company brings along: its customers, and those who asked to hear no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from mailagent.core.model.address import SENDABLE, ascii_domain
from mailagent.exchange.table import Row, read_rows

CUSTOMER_COLUMNS = {
    "company": ("company name", "customer", "customer name", "name of company", "公司", "公司名称", "客户", "客户名称"),
    "domain_or_email": (
        *("domain or email", "email", "e mail", "mail", "email address", "e mail address", "domain", "website"),
        *("邮箱", "电子邮箱", "邮件", "域名", "网站"),
    ),
    "contact": ("contact person", "contact name", "person", "name", "联系人", "姓名"),
    "country": ("country code", "nation", "国家", "国家代码"),
    "owner": ("salesperson", "sales", "responsible", "account manager", "业务员", "负责人", "跟进人"),
}

OPT_OUT_COLUMNS = {
    "email": ("e mail", "mail", "email address", "e mail address", "address", "邮箱", "电子邮箱", "邮件", "邮件地址"),
    "reason": ("why", "note", "notes", "remark", "原因", "备注"),
    "date": ("day", "when", "since", "日期", "时间", "退订日期"),
}

# Year first only: 03/09 is March to one and September to another.
DATE_FORMS = tuple(
    day + time for day in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日") for time in ("", " %H:%M", " %H:%M:%S", "T%H:%M:%SZ")
)


@dataclass(frozen=True)
class CustomerRow:
    """A company that buys from us already.

    Attributes:
        domain_or_email: an address, or the bare domain of the company in lower case.
        country: as the list writes it: two letters, or a name.
        owner: name or address of the salesperson; "" when the list does not say.
    """

    company: str
    domain_or_email: str
    contact: str = ""
    country: str = ""
    owner: str = ""


@dataclass(frozen=True)
class OptOut:
    """An address that asked us, some time before, to hear no more."""

    email: str
    reason: str = ""
    date: date | None = None


def read_customers(path: Path) -> list[CustomerRow]:
    """The existing customers of a CSV file.

    Titles in English or Chinese; commas, semicolons or tabs; UTF-8 or GB18030. Required: company, and an address or
    a domain.

    Raises:
        BadFile: names line and column.
    """
    return [_customer(row) for row in read_rows(path, CUSTOMER_COLUMNS, ("company", "domain_or_email"))]


def read_opt_outs(path: Path) -> list[OptOut]:
    """Those who must not be written to, from a CSV file. Required: email. Dates as 2026-03-09.

    Raises:
        BadFile: names line and column. A row that cannot be read stops the whole list: to drop a single one in
            silence would be to write to somebody who said no.
    """
    return [_opt_out(row) for row in read_rows(path, OPT_OUT_COLUMNS, ("email",))]


def _customer(row: Row) -> CustomerRow:
    if not row["company"]:
        raise row.wrong("company", "is empty")
    return CustomerRow(
        company=row["company"],
        domain_or_email=_domain_or_email(row),
        contact=row["contact"],
        country=row["country"],
        owner=row["owner"],
    )


def _domain_or_email(row: Row) -> str:
    value = row["domain_or_email"]
    if "@" in value:
        return _email(row, "domain_or_email")
    # Lists often hold the website.
    bare = value.lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").partition("/")[0]
    if not SENDABLE.fullmatch(f"x@{ascii_domain(bare)}"):
        raise row.wrong("domain_or_email", f'"{value}" is neither an address nor a domain')
    return ascii_domain(bare)


def _email(row: Row, column: str) -> str:
    value = row[column].removeprefix("mailto:")
    if not SENDABLE.fullmatch(value):
        raise row.wrong(column, f'"{value}" is not a mail address' if value else "is empty")
    local, _, domain = value.rpartition("@")
    return f"{local}@{domain.lower()}"


def _opt_out(row: Row) -> OptOut:
    return OptOut(email=_email(row, "email"), reason=row["reason"], date=_date(row))


def _date(row: Row) -> date | None:
    value = row["date"]
    if not value:
        return None
    for form in DATE_FORMS:
        try:
            return datetime.strptime(value, form).date()
        except ValueError:
            continue
    raise row.wrong("date", f'"{value}" is not a date; write it as 2026-03-09')
