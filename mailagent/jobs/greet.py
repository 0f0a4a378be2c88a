"""A birthday or a holiday worth a greeting → a task for the salesperson, a day or two ahead (DOMAIN §4, pretext 2).

A birthday is known only if the person told us. Holidays are greeted so where a word of our own is due: to customers. Others may find a
greeting in a letter that was planned anyway.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailagent.core.deciding import feasts
from mailagent.core.model import events as e
from mailagent.errors import LedgerError
from mailagent.ledger import greetings, journal, leads, suppressions
from mailagent.ledger.db import next_id
from mailagent.office import Office

log = logging.getLogger(__name__)

#: So many days ahead a task is opened, so that a weekend swallows none.
AHEAD = 3


def greet(office: Office) -> int:
    """Open a task for every greeting of the coming days that nobody was asked for yet; how many."""
    zone = ZoneInfo(office.policy.company.time_zone)
    today = office.now().astimezone(zone).date()
    days = [today + timedelta(days=number) for number in range(AHEAD)]
    with office.ledger.reading() as db:
        told = greetings.birthdays(db, days)
        due = [(one, _birthday(one.birthday, days), "His birthday is on {day}: a greeting is worth it") for one in told]
        celebrating = {}
        for country in greetings.countries_of_customers(db):
            if coming := feasts.coming_feast(country, today - timedelta(days=1), AHEAD, office.policy):
                celebrating[country] = coming
        for one in greetings.customers(db, list(celebrating)) if celebrating else ():
            name, day = celebrating[one.country]
            said = office.policy.pretexts.feasts[name].say.get("en", name)
            due.append((one, day, f"{said} at his place on {{day}}: a greeting is worth it"))
    return sum(_try(office, one, day, title, zone) for one, day, title in due)


def _birthday(said: str, days: list[date]) -> date:
    return next(day for day in days if f"{day:%m-%d}" == said)


def _try(office: Office, one: greetings.Greeted, day: date, title: str, zone: ZoneInfo) -> bool:
    """``_ask``; a lead that breaks us takes no other greeting with it, and is asked about again tomorrow."""
    try:
        return _ask(office, one, day, title.format(day=day), zone)
    except LedgerError:
        raise
    except Exception:
        log.exception("the greeting for lead %d broke us; the others go on", one.lead_id)
        return False


def _ask(office: Office, one: greetings.Greeted, day: date, title: str, zone: ZoneInfo) -> bool:
    with office.ledger.transaction() as db:
        lead = leads.get(db, one.lead_id)
        silenced = suppressions.reason_for(db, lead.email, office.settings.suppression_key)
        if silenced or greetings.was_asked(db, one.lead_id, title):
            return False
        due = datetime.combine(day, time(9), zone)
        journal.record(db, [e.TaskOpened(next_id(db, "tasks"), one.lead_id, "greeting", one.owner, due, title)], now=office.now())
    return True
