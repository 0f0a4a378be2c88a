"""What is a silence, and what is only a quiet day: the dead-man rule, by cases and by properties."""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailagent.core.deciding.silence import is_working_time, judge, worked_hours
from mailagent.core.model.policy import CompanyProfile, Policy, Reading

POLICY = Policy()
ZONE = ZoneInfo(POLICY.company.time_zone)
#: 8:30 to 18:00.
DAY = 9.5


def at(day: int, hour: float, month: int = 3) -> datetime:
    """A time of March 2026 at the company's place; the 2nd is a Monday."""
    return (datetime(2026, month, day, tzinfo=ZONE) + timedelta(hours=hour)).astimezone(UTC)


def every_two_hours(first: date = date(2026, 2, 2), last: date = date(2026, 3, 9)) -> list[datetime]:
    """A mailbox to which a mail comes at 9, 11, 13, 15 and 17 o'clock of each working day."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).astimezone(UTC)
        for day in days
        if day.weekday() < 5
        for hour in (9, 11, 13, 15, 17)
    ]


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [
        (at(3, 9), at(3, 12), 3),
        (at(3, 6), at(3, 9), 0.5),
        (at(3, 17), at(3, 23), 1),
        (at(3, 17), at(4, 9), 1.5),
        (at(6, 17), at(9, 9), 1.5),
        (at(7, 10), at(8, 20), 0),
        (at(2, 8.5), at(8, 12), 5 * DAY),
        (at(3, 20), at(4, 3), 0),
    ],
    ids=["one morning", "before the door opens", "after it closed", "over night", "over a weekend", "in a weekend", "a week", "one night"],
)
def test_only_our_hours_count(begin, end, hours):
    first, last = worked_hours([begin, end], POLICY)
    assert last - first == pytest.approx(hours)


@pytest.mark.parametrize(
    ("now", "alarming"),
    [
        (at(10, 11), False),
        (at(10, 11.4), False),
        (at(10, 11.6), True),
        (at(10, 18), True),
        (at(11, 3), True),
    ],
    ids=["as usual", "a little long", "twice the usual and four hours", "all day", "at night it stays so"],
)
def test_a_quiet_tuesday(now, alarming):
    found = judge(every_two_hours(), now, POLICY)
    assert found.usual == pytest.approx(2.0)
    assert found.is_alarming is alarming


def test_a_quiet_weekend_is_no_silence():
    times = every_two_hours(last=date(2026, 3, 6))
    for hour in range(0, 64):
        assert not judge(times, at(6, 17) + timedelta(hours=hour), POLICY).is_alarming
    assert judge(times, at(9, 12), POLICY).is_alarming


def test_a_holiday_and_a_breakdown_in_the_past_make_nobody_deaf():
    times = [t for t in every_two_hours() if not at(16, 0, 2) <= t <= at(21, 0, 2) and not at(25, 0, 2) <= t <= at(27, 0, 2)]
    found = judge(times, at(10, 14), POLICY)
    assert found.usual == pytest.approx(2.0) and found.is_alarming


def test_a_mailbox_of_which_little_is_known_is_not_judged():
    assert judge([], at(10, 14), POLICY) is None
    few = every_two_hours()[::10]
    assert len(few) == 13 and judge(few, at(30, 14), POLICY) is None
    # Many mails of three days say nothing about the fourth.
    assert judge(every_two_hours(first=date(2026, 3, 4)) * 3, at(30, 14), POLICY) is None


def test_it_stays_an_alarm_however_long_it_lasts():
    for weeks in (1, 5, 20, 100):
        assert judge(every_two_hours(), at(10, 14) + timedelta(weeks=weeks), POLICY).is_alarming


def test_a_clock_that_was_ahead_is_no_mail():
    assert judge([*every_two_hours(), at(20, 9)], at(10, 14), POLICY).is_alarming


def test_it_can_be_switched_off_and_made_patient():
    assert judge(every_two_hours(), at(10, 14), Policy(reading=Reading(silence_factor=0))) is None
    assert not judge(every_two_hours(), at(10, 14), Policy(reading=Reading(silence_hours=9))).is_alarming
    assert not judge(every_two_hours(), at(10, 14), Policy(reading=Reading(silence_factor=5))).is_alarming


def test_it_is_said_with_its_figures():
    found = judge(every_two_hours(), at(10, 14), POLICY)
    assert found.sentence("sales", POLICY) == (
        "No mail has come to the mailbox sales since Mon 2026-03-09 17:00 Asia/Shanghai: 6.5 working hours; 2.0 are usual at most"
    )


def test_a_silence_of_weeks_is_said_in_whole_hours():
    found = judge(every_two_hours(), at(10, 14) + timedelta(weeks=20), POLICY)
    assert re.search(r": \d+ working hours; ", found.sentence("sales", POLICY))


def test_somebody_of_ours_sits_there():
    assert is_working_time(at(10, 9), POLICY)
    assert not is_working_time(at(10, 8), POLICY)
    assert not is_working_time(at(7, 10), POLICY)


# ── properties ──────────────────────────────────────────────────────────────────────────────────────────────────

ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))


@given(st.lists(MOMENTS, min_size=2, max_size=30), ZONES)
def test_worked_hours_only_run_forward_and_never_faster_than_time(moments, zone):
    moments.sort()
    counted = worked_hours(moments, Policy(company=CompanyProfile(time_zone=zone)))
    for earlier, later, begin, end in zip(counted, counted[1:], moments, moments[1:], strict=False):
        # A night in which the clocks are changed is not counted by the hour.
        assert 0 <= later - earlier <= (end - begin).total_seconds() / 3600 + 1.01


@given(st.lists(MOMENTS, max_size=200), MOMENTS, st.integers(0, 30))
def test_more_silence_is_never_less_alarming_and_a_mail_always_ends_it(moments, now, days):
    found = judge(moments, now, POLICY)
    if found is None:
        return
    later = now + timedelta(days=days)
    moments = [moment for moment in moments if moment <= now]
    assert judge(moments, later, POLICY).hours >= found.hours
    if found.is_alarming:
        assert judge(moments, later, POLICY).is_alarming
    ended = judge([*moments, now], now, POLICY)
    assert ended is None or not ended.is_alarming


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.floats(3.0, 20.0))
def test_mail_that_comes_by_chance_raises_few_alarms(seed, a_day):
    """Mails at random times, so many a day: in a quarter of a year there are at most two false alarms."""
    chance = random.Random(seed)
    moment, end = at(2, 8.5), at(2, 8.5) + timedelta(weeks=13)
    times = []
    while moment < end:
        moment += timedelta(hours=chance.expovariate(a_day / 24))
        times.append(moment)
    hours = worked_hours(times, POLICY)
    # Just before the next mail came, a silence was longest; short ones are no alarm whatever is usual.
    longest = [number for number in range(1, len(times)) if hours[number] - hours[number - 1] >= POLICY.reading.silence_hours]
    found = [judge(times[:number], times[number], POLICY) for number in longest]
    assert sum(one is not None and one.is_alarming for one in found) <= 2
