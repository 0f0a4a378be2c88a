"""Lists of customers and opt-outs, as Excel, WPS and old systems save them."""

from __future__ import annotations

from datetime import date

import pytest

from mailagent.errors import BadFile
from mailagent.exchange.people import CustomerRow, OptOut, read_customers, read_opt_outs

PLAIN = "company,email,contact,country,owner\nMüller & Söhne,Einkauf@Mueller.example,Frau Kern,DE,Lin Mei\n"
MUELLER = CustomerRow("Müller & Söhne", "Einkauf@mueller.example", "Frau Kern", "DE", "Lin Mei")

CUSTOMERS = {
    "plain": (PLAIN.encode(), [MUELLER]),
    "byte order mark": (PLAIN.encode("utf-8-sig"), [MUELLER]),
    "semicolons": (PLAIN.replace(",", ";").encode(), [MUELLER]),
    "tabs, UTF-16, as Excel's Unicode text": (PLAIN.replace(",", "\t").encode("utf-16"), [MUELLER]),
    "Windows lines": (PLAIN.replace("\n", "\r\n").encode(), [MUELLER]),
    "Chinese titles, GB18030": (
        "公司名称,邮箱,业务员\n杭州西湖工具有限公司,wang@xihu.example,林梅\n".encode("gb18030"),
        [CustomerRow("杭州西湖工具有限公司", "wang@xihu.example", owner="林梅")],
    ),
    "other titles, other order, a column too many": (
        b"Turnover;E-Mail Address;COMPANY_NAME\n5;a@b.example;Acme\n",
        [CustomerRow("Acme", "a@b.example")],
    ),
    "websites and domains": (
        b"company,domain\nA,https://www.a.example/en?x=1\nB,B.Example\n",
        [CustomerRow("A", "a.example"), CustomerRow("B", "b.example")],
    ),
    "quoted": (b'company,email\n"Acme, Inc.\nLtd.","a@b.example"\n', [CustomerRow("Acme, Inc.\nLtd.", "a@b.example")]),
    "empty and short rows": (b"\n\ncompany,email,contact\n\n,,\nAcme,a@b.example\n\n", [CustomerRow("Acme", "a@b.example")]),
    "titles only": (b"company,email\n", []),
}


@pytest.mark.parametrize("name", CUSTOMERS)
def test_customers(tmp_path, name):
    raw, expected = CUSTOMERS[name]
    path = tmp_path / "customers.csv"
    path.write_bytes(raw)
    assert read_customers(path) == expected


BROKEN = {
    "empty file": (b"", "is empty; the first row must hold the titles"),
    "no titles": (b"Acme,a@b.example\n", "line 1: no column for company"),
    "no addresses": (b"company,country\nAcme,DE\n", "no column for domain_or_email; its title may be one of"),
    "two columns say the same": (b"company,email,E-Mail\n", 'line 1, column 3: "E-Mail" says the same'),
    "no address": (b"company,email\nA,a@b.example\n\nB,nobody at home\n", 'line 4, column "email": "nobody at home" is neither'),
    "an address with a line break": (b'company,email\nA,"a@b.example\nBcc: x@y.example"\n', 'line 2, column "email"'),
    "no company": (b"Firma,Company,Mail\nA,,a@b.example\n", 'line 2, column "Company": is empty'),
    "too many cells": (b"company,email\nA,a@b.example,what\n", "line 2, column 3: the row has more cells"),
    "quotation mark": (b'company,email\nA,a@b.example\n"B,b@b.example\n', "line 3:"),
    "Excel file": (b"PK\x03\x04...", "save it as CSV"),
    "no text": (b"company,email\n\x81\xff\x00\x01", "neither UTF-8 nor GB18030"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_list_is_refused_with_its_place(tmp_path, name):
    raw, words = BROKEN[name]
    path = tmp_path / "customers.csv"
    path.write_bytes(raw)
    with pytest.raises(BadFile) as caught:
        read_customers(path)
    assert words in str(caught.value)
    assert "customers.csv" in str(caught.value)


def test_no_such_file(tmp_path):
    with pytest.raises(BadFile, match="none.csv: cannot be read"):
        read_customers(tmp_path / "none.csv")


def test_opt_outs(tmp_path):
    path = tmp_path / "stop.csv"
    rows = ("邮箱,原因,退订日期", "A.B@C.example,退订,2025/3/9", "d@e.example,,", "mailto:f@g.example,,2025-12-01 08:30")
    path.write_text("\n".join(rows), encoding="gb18030")
    assert read_opt_outs(path) == [
        OptOut("A.B@c.example", "退订", date(2025, 3, 9)),
        OptOut("d@e.example"),
        OptOut("f@g.example", "", date(2025, 12, 1)),
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [("x", "is not a mail address"), (",no", "is empty"), ("a@b.example,,03/09/2025", "write it as 2026-03-09")],
)
def test_an_opt_out_that_cannot_be_read_stops_the_list(tmp_path, row, words):
    path = tmp_path / "stop.csv"
    path.write_text(f"email,reason,date\n{row}\n")
    with pytest.raises(BadFile, match=words):
        read_opt_outs(path)
