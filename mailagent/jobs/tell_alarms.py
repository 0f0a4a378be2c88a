"""Alarms by mail: one notice when a trouble is found, one again each working day while it lasts, one when it is over.

They go to the mailbox's owner or the managers, through a mailbox that works. While none does, nothing is written:
the alarm stays on the desk, in ``mailagent status`` and in the log, and its notice goes as soon as one works again.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from zoneinfo import ZoneInfo

from mailagent.core.deciding.silence import is_working_time
from mailagent.core.model import events as e
from mailagent.core.model.alarm import Alarm
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Person
from mailagent.core.writing.plain import one_line
from mailagent.i18n import speaking
from mailagent.jobs.notice import working_account, write_notice
from mailagent.ledger import health, journal, outbox
from mailagent.office import Office
from mailagent.speech import words
from mailagent.speech.sayings import told

log = logging.getLogger(__name__)

#: That a trouble is over is told this long after it ended.
LATE = timedelta(days=3)
#: A trouble that comes back so soon after it was over is told again only when it has lasted so long as well.
FLUTTER = timedelta(minutes=30)


def tell_alarms(office: Office) -> int:
    """Tell of every alarm that is new, still there today, or over. How many notices were written."""
    with office.ledger.reading() as db:
        alarms = health.recent_alarms(db, office.now() - LATE)
    return sum(tell(office, alarm, person, flutters(alarm, alarms)) for alarm in alarms for person in receivers(office, alarm))


def flutters(alarm: Alarm, others: list[Alarm]) -> bool:
    """Was the same trouble over only a moment before? Then it is not told anew with every turn of it."""
    mine = (alarm.account, alarm.trouble, alarm.about)
    return any(
        one.id < alarm.id and mine == (one.account, one.trouble, one.about) and one.over_at and alarm.raised_at - one.over_at < FLUTTER
        for one in others
    )


def receivers(office: Office, alarm: Alarm) -> tuple[Person, ...]:
    """The owner of the mailbox, and the managers where he cannot read it; for the house the managers, else everybody."""
    policy = office.policy
    managers = policy.managers or policy.people
    mailbox = policy.mailbox(alarm.account)
    owner = policy.person(mailbox.owner) if mailbox and mailbox.owner else None
    if owner is None:
        return managers
    return (owner,) if owner.email.casefold() != mailbox.address.casefold() else tuple(dict.fromkeys((owner, *managers)))


def tell(office: Office, alarm: Alarm, person: Person, is_flutter: bool) -> bool:
    """One notice about one alarm to one person, if it is due and a mailbox works."""
    prefix = f"alarm:{alarm.id}:{person.email}:"
    with office.ledger.reading() as db:
        if not due(office, alarm, outbox.newest_notice(db, prefix), is_flutter):
            return False
    with office.ledger.transaction() as db:
        last = outbox.newest_notice(db, prefix)
        what = due(office, alarm, last, is_flutter)
        account = working_account(office, db, health.open_alarms(db, trouble="unread"))
        if not what or not account or (what == "again" and account == last.account):
            return False
        if last and is_waiting(last):
            # What has not left yet is overtaken by what is said now.
            journal.record(db, [e.LetterMoved(last.id, "cancel", "overtaken")], now=office.now())
        # A first notice that moves to another mailbox has a key of its own.
        key = f"{prefix}{last.dedupe_key.removeprefix(prefix)}+" if what == "again" else f"{prefix}{what}"
        with speaking(person.language):
            rendered = office.templates.render("notice", f"{person.language}-alarm", variables(office, alarm, person))
        write_notice(office, db, person, rendered, key, account)
    return True


def due(office: Office, alarm: Alarm, last: Letter | None, is_flutter: bool) -> str:
    """What is to be said now, as the end of the notice's key: first, the day, over, or "again" by another way; "" for nothing."""
    now = office.now()
    if last is None:
        if is_flutter and (alarm.over_at or now - alarm.raised_at < FLUTTER):
            return ""
        return "over" if alarm.over_at else "first"
    if alarm.over_at and not last.dedupe_key.rstrip("+").endswith(":over"):
        return "over"
    if is_waiting(last) and last.attempts:
        return "again"
    zone = ZoneInfo(office.policy.company.time_zone)
    day = now.astimezone(zone).date()
    is_another_day = day > last.created_at.astimezone(zone).date()
    return f"{day}" if not alarm.over_at and is_another_day and is_working_time(now, office.policy) else ""


def is_waiting(notice: Letter) -> bool:
    """Was it written, and has nothing of it left yet?"""
    return notice.state in ("drafted", "approved")


def variables(office: Office, alarm: Alarm, person: Person) -> dict[str, object]:
    desk, zone = office.policy.desk, office.policy.company.time_zone
    mailbox = office.policy.mailbox(alarm.account)
    return {
        "name": person.name,
        "title": one_line(told(alarm.title), 400),
        "subject": one_line(told(alarm.title), 150),
        "is_over": alarm.over_at is not None,
        "since": words.clock_time(alarm.since, zone),
        "until": words.clock_time(alarm.over_at, zone),
        "trouble": alarm.trouble,
        "mailbox": mailbox.address if mailbox else alarm.account,
        "desk_url": f"http://{desk.host}:{desk.port}/",
    }
