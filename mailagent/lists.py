"""Takes the lists of the first day into the ledger: existing customers, and people who asked for no more letters.

``init`` checks the files and puts them into ``<home>/import``; the daemon takes them in when it starts and renames
them, so each is taken in once. A file with a mistake is left alone, as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mailagent.core.model import events as e
from mailagent.core.model.address import company_domain
from mailagent.core.model.policy import Policy
from mailagent.errors import BadFile
from mailagent.exchange.people import CustomerRow, OptOut, read_customers, read_opt_outs
from mailagent.i18n import _
from mailagent.ledger import journal, known, stops, suppressions
from mailagent.ledger.db import next_id
from mailagent.office import Office

CUSTOMERS, OPT_OUTS = "customers.csv", "opt_outs.csv"


def take_in(office: Office) -> Iterator[str]:
    """Take in what lies in the import folder; a line about each file."""
    folder = office.settings.import_folder
    for name, read, take, line in (
        (CUSTOMERS, read_customers, take_customers, _("existing customers taken in from {file}: {count}")),
        (OPT_OUTS, read_opt_outs, take_opt_outs, _("addresses that must not be written to, taken in from {file}: {count}")),
    ):
        path = folder / name
        if not path.is_file():
            continue
        try:
            rows = read(path)
        except BadFile as error:
            yield str(error)
            continue
        count = take(office, rows)
        path.rename(_taken_name(path))
        yield line.format(count=count, file=path)


def _taken_name(path: Path) -> Path:
    number = 1
    while (taken := path.with_suffix(f".taken-{number}.csv")).exists():
        number += 1
    return taken


def take_customers(office: Office, rows: list[CustomerRow]) -> int:
    """Companies that buy from us already: their mails are tier 1 from the first word. How many were new."""
    taken = 0
    with office.ledger.transaction() as db:
        for row in rows:
            is_address = "@" in row.domain_or_email
            if is_address and suppressions.reason_for(db, row.domain_or_email, office.settings.suppression_key) == "erased":
                # He asked to be forgotten; no list brings him back.
                continue
            domain = (company_domain(row.domain_or_email, office.policy.freemail) or "") if is_address else row.domain_or_email
            if is_address and known.find_contact(db, row.domain_or_email) or domain and known.company_of_domain(db, domain):
                continue
            company_id = next_id(db, "companies")
            owner = office.policy.person(row.owner) if row.owner else None
            country = country_code(row.country, office.policy)
            events: list[e.Event] = [
                e.CompanyMet(company_id, True, country, row.company, domain, owner.name if owner else ""),
            ]
            if is_address:
                events.append(
                    e.ContactMet(next_id(db, "contacts"), company_id, country=country, email=row.domain_or_email, name=row.contact)
                )
            journal.record(db, events, now=office.now(), actor="import")
            taken += 1
    return taken


def take_opt_outs(office: Office, rows: list[OptOut]) -> int:
    """Earlier wishes to be left alone. An import never lifts one (STANDARDS §4.4)."""
    said: dict[str, list[str]] = {}
    for row in rows:
        evidence = " ".join(part for part in (row.reason, row.date.isoformat() if row.date else "") if part) or "imported list"
        said.setdefault(evidence, []).append(row.email)
    with office.ledger.transaction() as db:
        for evidence, addresses in said.items():
            events = stops.silence(db, addresses, "unsubscribe", evidence, office.hash_address, office.now())
            journal.record(db, events, now=office.now(), actor="import")
    return len(rows)


def country_code(written: str, policy: Policy) -> str:
    """Two letters, if the list writes a country so; "" otherwise (a name is not guessed)."""
    code = written.strip().upper()
    return code if code in policy.calendar.places else ""
