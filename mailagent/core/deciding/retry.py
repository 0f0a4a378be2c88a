"""When to try again after the server said "not now" (STANDARDS §5.4): 5, 15, 60 minutes, 4 and 12 hours, then a person."""

from __future__ import annotations

from datetime import datetime, timedelta

BACK_OFF = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)


def retry_at(attempts: int, now: datetime) -> datetime | None:
    """When the next attempt may be made.

    Args:
        attempts: how many were made, this one included.

    Returns:
        None when the table is used up: a person must look.
    """
    return now + BACK_OFF[attempts - 1] if attempts <= len(BACK_OFF) else None
