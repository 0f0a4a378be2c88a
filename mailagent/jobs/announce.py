"""Notices to our own people: drafts that wait, new tasks and alarms, and the manager's weekly digest.

Notices are letters of the outbox too (basis ``notice``), so they are sent by the same careful road. Each carries a
key that is unique in the ledger: however often this job runs, or two daemons fight, nobody gets a notice twice.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from zoneinfo import ZoneInfo

from mailagent.core.deciding import digest
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Person
from mailagent.core.writing.plain import one_line
from mailagent.i18n import _, speaking
from mailagent.jobs.notice import sender_account, write_notice
from mailagent.jobs.tell_alarms import tell_alarms
from mailagent.ledger import health, outbox, reports, tasks
from mailagent.office import Office
from mailagent.speech import words
from mailagent.speech.sayings import told

log = logging.getLogger(__name__)

#: Nobody is told more often than this that drafts wait.
QUIET = timedelta(minutes=30)
SHOWN = 12


def announce(office: Office) -> int:
    """Tell each person what is new for him since the last notice. How many notices were written."""
    if office.policy.sending.notices == "off" or not office.policy.mailboxes:
        return 0
    return tell_alarms(office) + sum(tell(office, person) for person in office.policy.people)


def tell(office: Office, person: Person) -> bool:
    """One notice, if there is something new for this person and the last one is not fresh."""
    now = office.now()
    with office.ledger.transaction() as db:
        drafts = [letter for letter in outbox.drafts(db) if concerns(letter, person)]
        told_already = health.task_numbers(db)
        alarms = tasks.open_tasks(db, owner=person.name) + (tasks.unowned(db) if person.role == "manager" else [])
        alarms = [task for task in alarms if task["id"] not in told_already]
        newest = (max((letter.id for letter in drafts), default=0), max((task["id"] for task in alarms), default=0))
        told, told_at = outbox.last_notice(db, f"desk:{person.email}:")
        seen = tuple(int(part) for part in told.split(":")[-2:]) if told else (0, 0)
        fresh = [letter for letter in drafts if letter.id > seen[0]]
        new_alarms = [task for task in alarms if task["id"] > seen[1]]
        if not (fresh or new_alarms) or (told_at and now - told_at < QUIET):
            return False
        key = f"desk:{person.email}:{max(newest[0], seen[0])}:{max(newest[1], seen[1])}"
        with speaking(person.language):
            variables = desk_variables(office, person, drafts, new_alarms)
        rendered = office.templates.render("notice", f"{person.language}-desk", variables)
        write_notice(office, db, person, rendered, key, sender_account(office, db))
    return True


def concerns(letter: Letter, person: Person) -> bool:
    """Does this draft wait for him? The author's own, and for a manager those that only he may approve."""
    return letter.author == person.name or (letter.needs_manager and person.may_approve_everything)


def desk_variables(office: Office, person: Person, drafts: list[Letter], alarms: list[dict]) -> dict[str, object]:
    desk = office.policy.desk
    return {
        "name": person.name,
        "count": len(drafts),
        "drafts": [
            {
                "recipient": one_line(letter.recipient_name or letter.recipient, 80),
                "subject": one_line(letter.subject, 120),
                "why": one_line(told(letter.why), 200),
                "warnings": [one_line(told(warning), 200) for warning in letter.warnings],
            }
            for letter in drafts[:SHOWN]
        ],
        "alarms": [
            {
                "title": one_line(told(task["title"]), 200),
                "who": one_line(task["contact_name"] or task["email"] or "", 80),
                "evidence": one_line(words.evidence(task["evidence"], office.policy), 200),
            }
            for task in alarms[:SHOWN]
        ],
        "desk_url": f"http://{desk.host}:{desk.port}/",
    }


# ── the weekly digest ───────────────────────────────────────────────────────────────────────────────────────────


def write_digest(office: Office) -> int:
    """The manager's week, exactly once per ISO week and receiver, however often this is called."""
    due = digest.due(office.now(), office.policy)
    if due is None or not office.policy.mailboxes:
        return 0
    written = 0
    for manager in office.policy.managers:
        with office.ledger.transaction() as db:
            key = f"digest:{due.key}:{manager.email}"
            # The first digest of a new ledger would report a week in which nothing was read yet.
            if outbox.exists(db, key) or not reports.began_before(db, due.end):
                continue
            with speaking(manager.language):
                variables = digest_variables(office, reports.week(db, due.start, due.end), due)
            rendered = office.templates.render("digest", manager.language, variables)
            write_notice(office, db, manager, rendered, key, sender_account(office, db))
            written += 1
    return written


def digest_variables(office: Office, week: digest.Week, due: digest.DigestDue) -> dict[str, object]:
    """The week's numbers as plain values for the template; days in the company's own time."""
    zone = ZoneInfo(office.policy.company.time_zone)
    return {
        "week": due.key,
        "first_day": f"{week.start.astimezone(zone):%Y-%m-%d}",
        "last_day": f"{(week.end - timedelta(seconds=1)).astimezone(zone):%Y-%m-%d}",
        "new_leads": sum(week.new_leads_by_tier.values()),
        "leads_by_tier": [
            {"tier": tier, "count": count} for tier, count in sorted(week.new_leads_by_tier.items(), key=lambda row: row[0] or 9)
        ],
        "leads_by_source": [{"source": source, "count": count} for source, count in sorted(week.new_leads_by_source.items())],
        "letters_sent": sum(week.letters_sent.values()),
        "follow_ups": week.letters_sent.get("follow_up", 0),
        "letters_answered": week.letters_answered,
        "answered_in_time": week.answered_in_time,
        "answered_late": week.answered_late,
        "moved_up": week.moved_up,
        "moved_down": week.moved_down,
        "unsubscribed": week.unsubscribed,
        "bounced": week.bounced,
        "waiting": week.waiting,
        "in_doubt": week.in_doubt,
        "quarantined": week.quarantined,
        "kept_back": week.kept_back,
        "stuck": [
            {"where": one_line(mail["where"], 120), "since": mail["since"][:10], "reason": one_line(told(mail["reason"]), 200)}
            for mail in week.stuck
        ],
        "steps_next_week": week.steps_next_week,
        "alarms": [one_line(about(alarm), 300) for alarm in week.alarms],
        "people": [{**person, "name": person["name"] or "-"} for person in week.people],
        "desk_url": f"http://{office.policy.desk.host}:{office.policy.desk.port}/",
        "silent": [
            {
                "tier": lead["tier"],
                "who": one_line(", ".join(filter(None, (lead["name"] or lead["email"], lead["company"]))), 120),
                "since": lead["last_outbound_at"][:10],
            }
            for lead in week.silent
        ],
    }


def about(alarm: dict) -> str:
    """An alarm of the week with its buyer and who looks after it, as "Nikos Papadakis: call him first (Lin Mei)"."""
    said, who = told(alarm["title"]), alarm["who"]
    if who and who not in said:
        said = _("{what}: {why}").format(what=who, why=said)
    return _("{what} ({how})").format(what=said, how=alarm["owner"]) if alarm["owner"] else said
