"""The manager's week as numbers: what the ledger fills in and the digest letter shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mailagent.core.model.policy import Policy

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Week:
    """The real numbers of the week [start, end).

    Attributes:
        new_leads_by_tier: keys 1 to 4; 0 is "verify first".
        letters_sent: basis → number; letters_answered: how many different letters got a reply.
        answered_in_time: of what buyers asked in the week, what had its answer by its deadline; answered_late: after it, or not yet.
        moved_up, moved_down: leads that moved between tiers.
        people: each person's open leads, drafts that wait for him, letters sent and open tasks.
        kept_back: mails that a server lists and does not hand out.
        stuck: the first of both sorts that nobody could read, each with ``where`` it lies, ``since`` and ``reason``.
        silent: the hottest leads that have not answered us, the longest silence first.
        steps_next_week: steps that come due in the seven days after the week.
    """

    start: datetime
    end: datetime
    mails_by_kind: dict[str, int]
    new_leads_by_tier: dict[int, int]
    new_leads_by_source: dict[str, int]
    letters_sent: dict[str, int]
    letters_answered: int
    answered_in_time: int
    answered_late: int
    moved_up: int
    moved_down: int
    unsubscribed: int
    bounced: int
    waiting: int
    in_doubt: int
    quarantined: int
    kept_back: int
    stuck: list[dict]
    alarms: list[dict]
    people: list[dict]
    silent: list[dict]
    steps_next_week: int


@dataclass(frozen=True)
class DigestDue:
    """A week whose digest may be written now.

    Attributes:
        key: "2026-W11", the ISO week that is reported; unique with the receiver in the outbox.
    """

    key: str
    start: datetime
    end: datetime


def due(now: datetime, policy: Policy) -> DigestDue | None:
    """The week to report at this moment: the last whole ISO week, once its day and hour have come.

    A daemon that was down reports late, up to the end of the week after; what is older is skipped (the numbers are
    in the ledger all the same).
    """
    zone = ZoneInfo(policy.company.time_zone)
    local = now.astimezone(zone)
    monday = (local - timedelta(days=local.weekday())).date()
    appointed = datetime.combine(monday + timedelta(days=WEEKDAYS.index(policy.digest.weekday)), policy.digest.at, zone)
    if local < appointed:
        return None
    start = datetime.combine(monday - timedelta(days=7), datetime.min.time(), zone)
    end = datetime.combine(monday, datetime.min.time(), zone)
    year, number, _ = start.isocalendar()
    return DigestDue(f"{year}-W{number:02d}", start.astimezone(UTC), end.astimezone(UTC))


def next_due(now: datetime, policy: Policy) -> datetime:
    """When the next digest is appointed, after ``now``."""
    zone = ZoneInfo(policy.company.time_zone)
    local = now.astimezone(zone)
    monday = (local - timedelta(days=local.weekday())).date()
    offset = WEEKDAYS.index(policy.digest.weekday)
    for week in (0, 7, 14):
        appointed = datetime.combine(monday + timedelta(days=offset + week), policy.digest.at, zone)
        if appointed > local:
            return appointed.astimezone(UTC)
    raise AssertionError("one of three weeks lies ahead")
