"""Has a mailbox been silent for longer than is usual? The dead-man alarm.

Theory. A server that answers is no proof that mail still reaches it: a forwarding rule, a full quota, an expired domain
all look like a quiet day. So the silence itself is judged, by what is usual in this mailbox. Only our working time
counts, because a weekend is quiet everywhere. The usual silence is the longest of the last weeks but for the
two longest ones: a public holiday, or an earlier breakdown, must not make us deaf. A mailbox of which too little is known
is not judged at all: a false alarm is the surest way to have the next one ignored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mailagent.core.deciding.clock import BuyerClock, our_clock, say
from mailagent.core.model.policy import Policy

#: So many of the longest silences are left aside.
EXCEPTIONS = 2
#: Less history than this says nothing about what is usual: mails, and working days from the first to the last.
FEWEST_MAILS, FEWEST_DAYS = 20, 10


@dataclass(frozen=True)
class Silence:
    """How long nothing has come, against what is usual; all in hours of our working time.

    Attributes:
        since: when the last mail came.
        limit: from here on it is an alarm.
    """

    since: datetime
    hours: float
    usual: float
    limit: float

    @property
    def is_alarming(self) -> bool:
        return self.hours > self.limit

    def sentence(self, mailbox: str, policy: Policy) -> str:
        """What a person reads: since when, and the figures it rests on."""
        # Minutes of a silence of weeks are noise.
        since, hours = say(self.since, our_clock(policy)), f"{self.hours:.{1 if self.hours < 20 else 0}f}"
        return f"No mail has come to the mailbox {mailbox} since {since}: {hours} working hours; {self.usual:.1f} are usual at most"


def judge(received: Iterable[datetime], now: datetime, policy: Policy) -> Silence | None:
    """The present silence of a mailbox; None if too little is known of it, or if the judgement is switched off.

    Args:
        received: when its mails from outside came, in any order; times in the future are those of a wrong clock.
        now: UTC.
    """
    reading = policy.reading
    times = sorted(moment for moment in received if moment <= now)
    if not times or not reading.silence_factor:
        return None
    # The weeks before the last mail, not before today: a long silence must not make its own yardstick disappear.
    times = [moment for moment in times if moment >= times[-1] - timedelta(weeks=reading.silence_weeks)]
    *hours, present = worked_hours([*times, now], policy)
    day = _hours_of_a_day(policy)
    if len(times) < FEWEST_MAILS or hours[-1] - hours[0] < FEWEST_DAYS * day:
        return None
    gaps = sorted(later - earlier for earlier, later in zip(hours, hours[1:], strict=False))
    usual = gaps[-1 - EXCEPTIONS]
    limit = max(usual * reading.silence_factor, reading.silence_hours)
    return Silence(times[-1], present - hours[-1], usual, limit)


def worked_hours(moments: list[datetime], policy: Policy) -> list[float]:
    """For each of these ascending moments, how many hours of our working time lie between the first one's day and it."""
    zone, clock = ZoneInfo(policy.company.time_zone), our_clock(policy)
    opens, closes = policy.calendar.our_hours
    counted: list[float] = []
    day, before = moments[0].astimezone(zone).date(), 0.0
    for moment in moments:
        local = moment.astimezone(zone)
        while day < local.date():
            before += _hours_of_a_day(policy) if _mail_is_usual(day, clock) else 0.0
            day += timedelta(days=1)
        # Wall time: an hour that a change to summer time takes away is missed by nobody at night.
        began = datetime.combine(day, opens)
        into_day = (min(local.replace(tzinfo=None), datetime.combine(day, closes)) - began).total_seconds() / 3600
        counted.append(before + (max(into_day, 0.0) if _mail_is_usual(day, clock) else 0.0))
    return counted


def is_working_time(moment: datetime, policy: Policy) -> bool:
    """Does somebody of ours sit at his desk?"""
    local = moment.astimezone(ZoneInfo(policy.company.time_zone))
    opens, closes = policy.calendar.our_hours
    return our_clock(policy).is_working_day(local.date()) and opens <= local.time() <= closes


def _hours_of_a_day(policy: Policy) -> float:
    opens, closes = policy.calendar.our_hours
    return ((closes.hour - opens.hour) * 60 + closes.minute - opens.minute) / 60


def _mail_is_usual(day: date, clock: BuyerClock) -> bool:
    """A working day on which buyers work as well: on a Saturday that is worked for a holiday of ours nobody abroad writes."""
    return day.weekday() not in clock.weekend and clock.is_working_day(day)
