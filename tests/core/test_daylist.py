"""The order of a day, and when a buyer can be called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mailagent import policy as rules
from mailagent.core.deciding import clock, daylist
from mailagent.core.deciding.daylist import Item
from mailagent.i18n import speaking
from mailagent.speech import day

POLICY = rules.load(None)
NOW = datetime(2026, 3, 11, 8, 0, tzinfo=UTC)


def item(group: str, minutes: int, **more) -> Item:
    return Item(group, NOW + timedelta(minutes=minutes), **more)


def test_alarms_first_then_what_is_due_first_then_the_hotter_lead():
    listed = daylist.of_day(
        [
            item("task", 5, task_id=1),
            item("answer", 30, lead_id=1, tier=3),
            item("answer", 30, lead_id=2, tier=1),
            item("call", -60, task_id=2),
            item("alarm", 600, task_id=3, kind="fraud"),
        ],
        NOW,
    )
    assert [(one.group, one.tier) for one in listed] == [("alarm", None), ("call", None), ("task", None), ("answer", 1), ("answer", 3)]


def test_an_answer_and_its_draft_are_one_thing_and_its_alarm_is_not_said_twice():
    listed = daylist.of_day(
        [
            item("answer", 30, lead_id=1, reason="tier 3 …"),
            item("approve", 30, lead_id=1, letter_id=9, reason="answer", title="Re: 6204", needs_manager=True),
            item("approve", 40, lead_id=1, letter_id=10, reason="acknowledgement"),
            item("task", 0, lead_id=1, task_id=4, kind="late_answer"),
            item("task", 0, lead_id=2, task_id=5, kind="late_answer"),
        ],
        NOW,
    )
    assert [(one.group, one.letter_id, one.task_id) for one in listed] == [("task", None, 5), ("answer", 9, None), ("approve", 10, None)]
    assert listed[1].needs_manager


def test_when_he_can_be_called():
    # 08:00 UTC on a Wednesday: nine in Berlin, five in the afternoon in Tokyo, three at night in New York.
    berlin = daylist.reach(clock.buyer_clock("DE", POLICY), NOW, POLICY)
    assert berlin.is_good_now and berlin.next_good == NOW and f"{berlin.local:%H:%M}" == "09:00"
    york = daylist.reach(clock.buyer_clock("US", POLICY), NOW, POLICY)
    assert not york.is_good_now and york.next_good == datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
    tokyo = daylist.reach(clock.buyer_clock("JP", POLICY), NOW, POLICY)
    assert not tokyo.is_good_now and tokyo.next_good == datetime(2026, 3, 12, 0, 0, tzinfo=UTC)
    # Friday and Saturday are the weekend there.
    dubai = daylist.reach(clock.buyer_clock("EG", POLICY), datetime(2026, 3, 13, 8, 0, tzinfo=UTC), POLICY)
    assert dubai.next_good.astimezone(UTC).day == 15


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)), st.sampled_from(["DE", "US", "AE", "JP", "CN", "NP"])
)
def test_the_next_good_hour_is_one_of_his_own(moment, country):
    buyer = clock.buyer_clock(country, POLICY)
    here = daylist.reach(buyer, moment, POLICY)
    local = buyer.local(here.next_good)
    assert here.next_good >= moment and buyer.is_working_day(local.date())
    assert any(window.start <= local.time() <= window.end for window in POLICY.calendar.windows)


def test_time_is_said_in_two_languages():
    with speaking("en"):
        said = [day.left(item("task", minutes), NOW) for minutes in (5, 130, 120, 60 * 24, 60 * 50, -61, -60 * 24 * 3)]
    assert said == ["5 min", "2 h 10 min", "2 h", "1 day", "2 days", "1 h 1 min late", "3 days late"]
