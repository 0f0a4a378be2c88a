"""Days and times as the fields of a browser give them, or as somebody types them who has no such field."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from mailagent.errors import MailagentError
from mailagent.ledger.worker import known_day
from mailagent.web import desk as room


def typed_day(text: str) -> date:
    """A day. Raises ``MailagentError``: it is none, or in no year of ours."""
    try:
        return known_day(date.fromisoformat(text.strip()))
    except ValueError:
        raise MailagentError(f'"{text[:40]}" is no date. Write it as 2026-12-31.') from None


def typed_time(text: str) -> datetime | None:
    """A time as a browser's field gives it, by our clock; None if it is empty."""
    if not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        known_day(moment.date())
    except ValueError:
        raise MailagentError(f'"{text[:40]}" is no date. Write it as 2026-12-31.') from None
    return moment.replace(tzinfo=ZoneInfo(room.here().policy.company.time_zone)).astimezone(UTC)


def typed_begin(text: str) -> datetime | None:
    """When a day that lies ahead begins by our clock; None if no day was typed.

    Raises:
        MailagentError: it is no day, or does not lie ahead.
    """
    if not text.strip():
        return None
    begin = datetime.combine(typed_day(text), time(), ZoneInfo(room.here().policy.company.time_zone)).astimezone(UTC)
    if begin <= room.here().now():
        raise MailagentError("Choose a time that lies ahead.")
    return begin
