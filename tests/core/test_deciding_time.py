"""The buyer's clock, the steps of a cadence, retries and the digest's hour: tables of cases."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policies import CONFIG

from mailagent.core.deciding import cadence, clock, digest, obstacles, slots
from mailagent.core.deciding.retry import retry_at
from mailagent.core.model import events as e
from mailagent.core.model.lead import Lead
from mailagent.core.model.policy import Cadence, Calendar, CompanyProfile, Digest, Place, Policy

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
CADENCES = {name: Cadence(**row) for name, row in tomllib.loads((CONFIG / "cadences.toml").read_text("utf-8")).items()}
PLACES = {
    "DE": Place(zone="Europe/Berlin"),
    "SA": Place(zone="Asia/Riyadh", weekend=(4, 5)),
    "US": Place(zone="America/New_York"),
    "CN": Place(zone="Asia/Shanghai"),
    "NP": Place(zone="Asia/Kathmandu", weekend=(5,)),
}
POLICY = Policy(company=CompanyProfile(domains=("acme.example",)), calendar=Calendar(places=PLACES), cadences=CADENCES)


def a_lead(**changes) -> Lead:
    made = Lead(
        id=1, contact_id=1, company_id=1, email="p@c.example", contact_name="", company_name="", source="mail", subject="", language="en",
        country="DE", stage="new", tier=2, score=0, fraud="none", owner="Li Wei", cadence="interested", round=1, step="answer",
        next_due_at=None, due_reason="", hold_reason="", held_until=None, rest_reason="", pinned_tier=None, opened_at=NOW,
        last_inbound_at=NOW, last_outbound_at=None, inbound_count=1, outbound_count=0,
    )  # fmt: skip
    return replace(made, **changes)


def at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


# ── the buyer's clock ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("country", "local", "why_not"),
    [
        ("DE", "2026-03-10 09:00", ""),
        ("DE", "2026-03-10 11:30", ""),
        ("DE", "2026-03-10 11:31", "outside_hours"),
        ("DE", "2026-03-10 12:30", "outside_hours"),
        ("DE", "2026-03-10 13:30", ""),
        ("DE", "2026-03-10 16:31", "outside_hours"),
        ("DE", "2026-03-10 08:59", "outside_hours"),
        ("DE", "2026-03-09 10:00", "first_or_last_working_day"),
        ("DE", "2026-03-13 10:00", "first_or_last_working_day"),
        ("DE", "2026-03-14 10:00", "weekend"),
        ("DE", "2026-03-15 10:00", "weekend"),
        ("SA", "2026-03-13 10:00", "weekend"),
        ("SA", "2026-03-15 10:00", "first_or_last_working_day"),
        ("SA", "2026-03-12 10:00", "first_or_last_working_day"),
        ("SA", "2026-03-09 10:00", ""),
        ("NP", "2026-03-15 10:00", "first_or_last_working_day"),
        ("NP", "2026-03-10 10:00", ""),
        ("NP", "2026-03-08 10:00", "public_holiday"),
    ],
)
def test_when_a_follow_up_may_arrive(country, local, why_not):
    buyer = clock.buyer_clock(country, POLICY)
    assert obstacles.obstacle(at(local, buyer.zone), buyer, POLICY) == why_not


@given(
    moment=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 31)),
    country=st.sampled_from(sorted(PLACES)),
    seed=st.integers(),
)
def test_the_next_slot_is_always_allowed_and_never_early(moment, country, seed):
    earliest = moment.replace(tzinfo=UTC)
    buyer = clock.buyer_clock(country, POLICY)
    slot = slots.next_slot(earliest, buyer, POLICY, seed)
    assert slot.at >= earliest and slot.at - earliest < timedelta(days=30)
    assert obstacles.obstacle(slot.at, buyer, POLICY) == "" and buyer.zone in slot.reason
    assert slots.next_slot(earliest, buyer, POLICY, seed) == slot


def test_an_unknown_country_has_our_clock_and_says_so():
    buyer = clock.buyer_clock("XX", POLICY)
    assert (buyer.zone, buyer.source) == ("Asia/Shanghai", "default")
    assert clock.buyer_clock("de", POLICY).source == "country"


@pytest.mark.parametrize(
    ("start", "days", "country", "end"),
    [
        ("2026-03-10 10:00", 1, "DE", "2026-03-11 10:00"),
        ("2026-03-13 10:00", 1, "DE", "2026-03-16 10:00"),
        ("2026-03-14 10:00", 1, "DE", "2026-03-16 10:00"),
        ("2026-03-12 10:00", 1, "SA", "2026-03-15 10:00"),
        ("2026-03-10 10:00", 0, "DE", "2026-03-10 10:00"),
        # Summer time begins on 29 March: the wall clock stays.
        ("2026-03-27 15:00", 1, "DE", "2026-03-30 15:00"),
    ],
)
def test_working_days_keep_the_wall_clock(start, days, country, end):
    buyer = clock.buyer_clock(country, POLICY)
    assert clock.add_working_days(at(start, buyer.zone), days, buyer) == at(end, buyer.zone)
    assert clock.working_days_between(at(start, buyer.zone), at(end, buyer.zone), buyer) == days


# ── cadences ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("tier", "facts", "is_reply", "name"),
    [
        (1, (), False, "key"),
        (2, (), False, "interested"),
        (3, (), False, "standard"),
        (4, (), False, "unclear"),
        (3, (), True, "reply"),
        (1, ("places_order",), True, "order"),
        (1, ("deposit_paid",), True, "order"),
        (3, ("not_now_later",), True, "later"),
        (3, ("places_order", "not_now_later"), True, "order"),
        (None, ("places_order",), False, None),
    ],
)
def test_which_cadence_a_mail_begins(tier, facts, is_reply, name):
    assert cadence.choose(tier, frozenset(facts), is_reply, POLICY) == name


@pytest.mark.parametrize("name", sorted(CADENCES))
def test_every_cadence_walks_to_its_rest_in_the_buyers_hours(name):
    lead, done, times, steps = a_lead(cadence=name), "", [NOW], []
    while True:
        event = cadence.after_step(lead, done or "no such step", times[-1], POLICY) if done else None
        step = CADENCES[name].step[0] if event is None else None
        if event is None:
            done = step.id
            continue
        if isinstance(event, e.CadenceEnded):
            break
        assert event.due_at >= times[-1] and event.reason
        chosen = CADENCES[name].step[CADENCES[name].index(event.step)]
        if chosen.do == "letter" and chosen.basis == "follow_up":
            assert obstacles.obstacle(event.due_at, clock.buyer_clock("DE", POLICY), POLICY) == ""
        steps.append(event.step)
        times.append(event.due_at)
        done = event.step
    assert steps == [one.id for one in CADENCES[name].step[1:]] and event.reason == "rested"


def test_a_step_or_a_cadence_that_was_taken_out_of_the_file_does_not_break():
    assert cadence.after_step(a_lead(cadence="gone"), "answer", NOW, POLICY) == e.CadenceEnded(1, "cadence_removed")
    assert cadence.after_own_answer(a_lead(cadence="gone"), NOW, POLICY).step == "follow_up_1"
    assert cadence.after_own_answer(a_lead(cadence="gone", tier=None), NOW, POLICY) == e.CadenceEnded(1, "not_graded")


@pytest.mark.parametrize(
    ("stands_at", "next_step"), [("answer", "follow_up_1"), ("follow_up_1", "follow_up_1"), ("follow_up_2", "follow_up_2")]
)
def test_our_own_answer_begins_the_wait_with_the_first_follow_up_that_was_not_sent(stands_at, next_step):
    event = cadence.after_own_answer(a_lead(step=stands_at), NOW, POLICY)
    assert event.step == next_step and event.due_at > NOW + timedelta(days=1)


@pytest.mark.parametrize(("step", "count"), [("answer", 0), ("follow_up_1", 0), ("call", 1), ("follow_up_2", 1), ("follow_up_3", 2)])
def test_how_many_letters_were_left_unanswered(step, count):
    assert cadence.unanswered_follow_ups(CADENCES["interested"], step) == count


# ── retries, the digest ─────────────────────────────────────────────────────────────────────────────────────────


def test_retries_wait_longer_each_time_and_end():
    waits = [retry_at(attempt, NOW) for attempt in range(1, 7)]
    assert [wait - NOW if wait else None for wait in waits] == [
        timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=12), None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("weekday", "local", "key"),
    [
        ("monday", "2026-03-16 08:29", None),
        ("monday", "2026-03-16 08:30", "2026-W11"),
        ("monday", "2026-03-18 12:00", "2026-W11"),
        ("monday", "2026-03-22 23:59", "2026-W11"),
        ("monday", "2026-03-23 08:00", None),
        ("friday", "2026-03-19 12:00", None),
        ("friday", "2026-03-20 08:30", "2026-W11"),
        # The first ISO week of 2027 begins on 4 January; 2026 has 53 weeks.
        ("monday", "2027-01-04 09:00", "2026-W53"),
        ("monday", "2027-01-11 09:00", "2027-W01"),
    ],
)
def test_which_week_is_reported(weekday, local, key):
    policy = POLICY.model_copy(update={"digest": Digest(weekday=weekday)})
    due = digest.due(at(local, "Asia/Shanghai"), policy)
    assert (due.key if due else None) == key
    if due:
        assert due.end - due.start == timedelta(days=7) and due.end <= at(local, "Asia/Shanghai")
    later = digest.next_due(at(local, "Asia/Shanghai"), policy)
    assert at(local, "Asia/Shanghai") < later <= at(local, "Asia/Shanghai") + timedelta(days=7)
    assert digest.due(later, policy) is not None
