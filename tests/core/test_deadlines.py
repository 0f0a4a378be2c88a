"""Until when a buyer is answered: by place, by tier, in our working time (DOMAIN §3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import NOON, bearing_policy, mail

from mailagent import policy as rules
from mailagent.core.deciding import clock, deadlines
from mailagent.core.deciding.case import Case
from mailagent.core.deciding.inbound import decide
from mailagent.core.deciding.prediction import numbers
from mailagent.core.model import events as e
from mailagent.core.model.known import Known
from mailagent.core.model.message import Verdict
from mailagent.core.reading import facts
from mailagent.core.scoring.score import score

POLICY = rules.load(None)
NOBODY = Known()
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """A time of ours; 2026-03-09 is a Monday, and no holiday is near."""
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("country", "tier", "asked", "due"),
    [
        ("JP", 2, "09T09:00", "09T11:00"),
        ("JP", 2, "09T17:00", "10T09:30"),  # an hour today, an hour tomorrow
        ("KR", 2, "13T17:59", "16T10:29"),  # Friday evening: Monday
        ("HK", 1, "14T12:00", "16T10:30"),  # Saturday
        ("TW", 1, "09T03:00", "09T10:30"),  # before we open
        ("TW", 1, "09T23:00", "10T10:30"),
        ("AU", 2, "09T09:00", "09T10:00"),
        ("NZ", 3, "09T17:30", "10T09:00"),
        ("DE", 2, "09T09:00", "09T15:00"),
        ("DE", 2, "09T14:59", "09T15:00"),
        ("DE", 2, "09T15:01", "10T15:00"),  # later mail: next working day
        ("DE", 2, "13T16:00", "16T15:00"),  # Friday
        ("AE", 2, "15T12:00", "16T15:00"),  # Sunday, when they work and we do not
        ("NG", 2, "09T02:00", "09T15:00"),
        ("IN", 1, "09T10:00", "09T15:00"),
        ("VN", 1, "09T10:00", "09T15:00"),
        ("US", 2, "09T03:00", "09T18:00"),
        ("BR", 2, "09T17:59", "09T18:00"),
        ("MX", 2, "09T18:01", "10T18:00"),
        ("MX", 2, "14T10:00", "16T18:00"),
        ("KZ", 2, "09T10:00", "09T18:00"),  # nobody's list: the same day
        ("", 2, "09T10:00", "09T18:00"),
        # the earlier of place and tier
        ("US", 3, "09T10:00", "09T18:00"),
        ("", 4, "09T10:00", "09T18:00"),
        ("DE", 4, "09T16:00", "09T18:00"),  # by place tomorrow at three, by tier today
        ("DE", 3, "09T16:00", "10T15:00"),
        ("DE", None, "09T16:00", "10T15:00"),
    ],
)
def test_the_time_by_place_tier_and_hour(country, tier, asked, due):
    found = deadlines.due(at(asked), country, tier, POLICY)
    assert found.at == at(due), found
    assert found.at.tzinfo is UTC or found.at.utcoffset() == timedelta(0)
    assert "answered" in found.reason and (not country or country in found.reason or f"tier {tier}" in found.reason)


def test_a_limit_in_days_keeps_the_time_of_day_within_our_hours():
    limit = POLICY.deadlines.tier[0]
    assert limit.tier == 3
    assert deadlines.reach(at("09T10:00"), limit, POLICY) == at("10T10:00")
    assert deadlines.reach(at("13T10:00"), limit, POLICY) == at("16T10:00")
    assert deadlines.reach(at("14T10:00"), limit, POLICY) == at("17T08:30")


def test_our_weekend_and_hours_are_the_companys_own():
    calendar = POLICY.calendar.model_copy(update={"our_weekend": (6,), "our_hours": (time(9), time(17))})
    policy = POLICY.model_copy(update={"calendar": calendar})
    assert deadlines.due(at("13T16:30"), "JP", 2, policy).at == at("14T10:30")  # Saturday is a working day there
    assert deadlines.due(at("14T16:00"), "US", 2, policy).at == at("14T17:00")


def test_without_any_limit_everybody_is_answered_the_same_day():
    policy = POLICY.model_copy(update={"deadlines": POLICY.deadlines.model_copy(update={"place": (), "tier": ()})})
    assert deadlines.due(at("09T10:00"), "DE", 2, policy).at == at("09T18:00")


@given(
    moment=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    country=st.sampled_from(["", "JP", "AU", "DE", "US", "KZ", "AE", "??"]),
    tier=st.sampled_from([None, 1, 2, 3, 4]),
)
def test_a_deadline_always_lies_ahead_and_in_our_working_time(moment, country, tier):
    found = deadlines.due(moment, country, tier, POLICY)
    assert found.at >= moment and found.reason
    local = found.at.astimezone(SHANGHAI)
    assert clock.our_clock(POLICY).is_working_day(local.date())
    opens, closes = POLICY.calendar.our_hours
    assert opens <= local.time() <= closes


@given(hours=st.floats(0.1, 60), moment=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))
def test_working_hours_add_up(hours, moment):
    half = deadlines.add_working_hours(moment, hours / 2, POLICY)
    whole = deadlines.add_working_hours(moment, hours, POLICY)
    again = deadlines.add_working_hours(half, hours / 2, POLICY)
    assert abs(whole - again) < timedelta(seconds=1) or {whole.astimezone(SHANGHAI).time(), again.astimezone(SHANGHAI).time()} & {
        *POLICY.calendar.our_hours
    }


def decided(words: str, known: Known = NOBODY, kind: str = "inquiry", **more):
    policy = bearing_policy().model_copy(update={"deadlines": POLICY.deadlines, "cadences": POLICY.cadences})
    message = mail(words, **more)
    found = facts.find(message, policy)
    graded = score(found, message, known, policy)
    case = Case(1, message, Verdict(kind, "a test"), found, graded, known, policy, numbers(), str, NOON, NOON.replace(year=2025))
    return case, decide(case).events


@pytest.mark.parametrize(
    "words",
    [
        "Please quote 6204-2RS, 5000 pcs, FOB Ningbo.",
        "hi",
        "We are not interested, thank you.",
        "Please contact us again after Easter.",
        "You must write to our purchasing department, I am the wrong person.",
        "We place the order: 5000 pcs 6204-2RS, please send the PI.",
        "First pay the registration fee and attorney fee of USD 4,800 by Western Union. Invitation letter, visa. USD 18,500,000.00.",
    ],
)
def test_every_mail_of_a_buyer_has_a_deadline_or_a_named_reason_for_none(words):
    _, events = decided(words)
    owed = [one for one in events if isinstance(one, e.AnswerOwed)]
    ended = [one for one in events if isinstance(one, e.CadenceEnded)]
    assert owed or ended and ended[0].reason, events
    assert all(one.due_at >= one.asked_at and one.reason for one in owed)


def test_what_gets_no_answer_is_owed_none():
    case, _ = decided("Please quote 6204-2RS, 5000 pcs.")
    _, events = decided("Please quote 6204-2RS, 5000 pcs.", replace(case.known, suppressed="unsubscribe"))
    # He once asked for silence and asks now: a person answers by hand, and is owed to do it in time.
    assert [type(one) for one in events if isinstance(one, (e.AnswerOwed, e.CadenceEnded))] == [e.CadenceEnded, e.AnswerOwed]
