"""The buyer's calendar: real dates in a table, and what holds for every date, place and rule."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from policies import CONFIG
from pydantic import ValidationError
from test_deciding_guards import FOLLOW_UP
from test_deciding_time import a_lead

from mailagent.core.deciding import cadence, clock, obstacles, public_holidays, slots, timing
from mailagent.core.deciding.limits import HOUR, Count, Limit
from mailagent.core.deciding.obstacles import Asked
from mailagent.core.deciding.slots import Wish
from mailagent.core.model import events as e
from mailagent.core.model.calendar import Blackout, Calendar, Closure, DaySpan, Holiday, Place, Window
from mailagent.core.model.policy import Cadence, CompanyProfile, Policy

CALENDAR = Calendar(**tomllib.loads((CONFIG / "calendar.toml").read_text("utf-8")))
CADENCES = {name: Cadence(**row) for name, row in tomllib.loads((CONFIG / "cadences.toml").read_text("utf-8")).items()}
POLICY = Policy(company=CompanyProfile(country="CN", time_zone="Asia/Shanghai"), calendar=CALENDAR, cadences=CADENCES)
#: Without our own holidays in the way.
ABROAD = POLICY.model_copy(update={"company": CompanyProfile(country="XX", time_zone="UTC")})
COUNTRIES = ("DE", "ES", "US", "BR", "SA", "EG", "AE", "IL", "IR", "JP", "CN", "IN", "BN", "NP", "RU", "AU", "KZ", "")


def at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


# ── days ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("country", "day", "works"),
    [
        # China works this Saturday for the days after the Spring Festival.
        ("CN", "2026-02-14", True),
        ("CN", "2026-02-17", False),
        ("CN", "2026-02-21", False),
        ("CN", "2026-10-10", True),
        ("SA", "2026-03-13", False),
        ("SA", "2026-03-15", True),
        ("SA", "2026-03-20", False),
        # Eid al-Fitr is an estimate in Egypt's calendar of 2027: the days beside it may be free as well.
        ("EG", "2027-03-08", False),
        ("EG", "2027-03-09", False),
        ("EG", "2027-03-11", False),
        ("ES", "2026-05-01", False),
        ("US", "2026-11-26", False),
        ("US", "2026-11-25", True),
        ("JP", "2026-05-04", False),
        ("IR", "2026-06-13", True),
        ("AE", "2026-03-27", True),
        ("BN", "2026-06-07", False),
        ("BN", "2026-06-06", True),
    ],
)
def test_working_days(country, day, works):
    assert clock.buyer_clock(country, POLICY).is_working_day(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("country", "local", "code", "name"),
    [
        ("ES", "2026-05-01 10:00", "public_holiday", "Labor Day (Fiesta del Trabajo)"),
        ("ES", "2026-04-30 10:00", "first_or_last_working_day", ""),
        ("DE", "2026-12-29 10:00", "blackout", "between Christmas and New Year"),
        ("DE", "2027-01-05 10:00", "", ""),
        ("IT", "2026-08-12 10:00", "blackout", "the holidays of August"),
        ("JP", "2026-05-01 10:00", "first_or_last_working_day", ""),
        ("JP", "2026-08-13 10:00", "blackout", "Obon"),
        # Ramadan: no letter in the afternoon. In 2026 it ends on 20 March.
        ("EG", "2026-03-10 14:00", "outside_hours", "Ramadan"),
        ("EG", "2026-03-10 10:00", "", ""),
        ("EG", "2026-04-14 14:00", "", ""),
        ("SA", "2026-03-19 10:00", "public_holiday", "Eid al-Fitr Holiday"),
        ("US", "2026-11-26 10:00", "public_holiday", "Thanksgiving Day"),
        ("ID", "2026-02-18 10:00", "blackout", "around the Lunar New Year"),
        # Where only the country is known: nine in New York is six in Los Angeles.
        ("US", "2026-03-10 09:30", "guessed_zone", ""),
        ("US", "2026-03-10 14:30", "", ""),
    ],
)
def test_why_not(country, local, code, name):
    buyer = clock.buyer_clock(country, ABROAD)
    found = obstacles.find(at(local, buyer.zone), obstacles.scene_of(buyer, ABROAD))
    assert ((found.code, found.name) if found else ("", "")) == (code, name)


def test_when_our_house_is_closed_nothing_goes_anywhere():
    buyer = clock.buyer_clock("DE", POLICY)
    found = obstacles.find(at("2026-02-18 10:00", "Europe/Berlin"), obstacles.scene_of(buyer, POLICY))
    assert found.code == "we_are_closed" and "Spring Festival" in found.name
    closure = Closure(dates=("2026-06-16/2026-06-18",), name="stocktaking")
    own = POLICY.model_copy(update={"calendar": CALENDAR.model_copy(update={"closure": (closure,)})})
    buyer = clock.buyer_clock("DE", own)
    slot = slots.next_slot(at("2026-06-16 08:00", "Europe/Berlin"), buyer, own, 1)
    assert buyer.local(slot.at).date() == date(2026, 6, 23) and "our house is closed (stocktaking)" in slot.moved_by
    assert not clock.our_clock(own).is_working_day(date(2026, 6, 17))


def test_the_reason_names_what_moved_it():
    buyer = clock.buyer_clock("ES", ABROAD)
    slot = slots.next_slot(at("2026-05-01 10:00", "Europe/Madrid"), buyer, ABROAD, 1)
    assert buyer.local(slot.at).date() == date(2026, 5, 5)
    assert "; moved from Fri 2026-05-01: Labor Day (Fiesta del Trabajo) · weekend · first_or_last_working_day" in slot.reason


def test_what_the_file_says_beats_the_package():
    rows = (
        Holiday(countries=("CN",), dates=("2027-02-06/2027-02-12",), name="Spring Festival"),
        Holiday(countries=("CN",), dates=(date(2027, 2, 14),), works=True),
    )
    calendar = CALENDAR.model_copy(update={"holiday": rows})
    assert public_holidays.holiday("CN", "", date(2027, 2, 11), calendar) == "Spring Festival"
    assert public_holidays.is_made_up("CN", "", date(2027, 2, 14), calendar)
    assert not public_holidays.lacks_make_up_days("CN", "", 2027, calendar)
    off = calendar.model_copy(update={"public_holidays": False})
    assert public_holidays.holiday("CN", "", date(2027, 10, 1), off) == ""


def test_a_region_has_its_own_holidays_and_an_unknown_one_those_of_the_country():
    epiphany = date(2026, 1, 6)
    for region, name in (("BY", "Epiphany (Heilige Drei Könige)"), ("", ""), ("nowhere", "")):
        assert public_holidays.holiday("DE", region, epiphany, CALENDAR) == name


@pytest.mark.parametrize(
    ("text", "day", "inside"),
    [
        ("12-24/01-02", "2026-12-24", True),
        ("12-24/01-02", "2027-01-02", True),
        ("12-24/01-02", "2027-01-03", False),
        ("2026-08-01/2026-08-31", "2027-08-10", False),
        ("02-29", "2028-02-29", True),
    ],
)
def test_spans_of_days(text, day, inside):
    assert DaySpan.model_validate(text).covers(date.fromisoformat(day)) is inside


@pytest.mark.parametrize("text", ["24.12.", "2026-02-30", "12-24/2027-01-02", "2026-05-02/2026-05-01", "", 7])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValidationError):
        DaySpan.model_validate(text)


@pytest.mark.parametrize(
    ("row", "local", "code"),
    [
        ({"weekdays": [2]}, "2026-06-10 10:00", "blackout"),
        ({"weekdays": [2]}, "2026-06-11 10:00", ""),
        ({"from": time(9), "to": time(10)}, "2026-06-10 09:30", "blackout"),
        ({"from": time(9), "to": time(10)}, "2026-06-10 10:30", ""),
        # Our evening of the ninth is his morning of the tenth.
        ({"dates": ["2026-06-10"], "tz": "sender", "from": time(0), "to": time(12)}, "2026-06-10 10:00", "blackout"),
        ({"dates": ["2026-06-09"], "from": time(22), "to": time(10)}, "2026-06-10 09:30", "blackout"),
        ({"scope": "contact", "contacts": ["buyer.example"]}, "2026-06-10 10:00", "blackout"),
        ({"scope": "contact", "contacts": ["other.example"]}, "2026-06-10 10:00", ""),
        ({"scope": "country", "countries": ["FR"]}, "2026-06-10 10:00", ""),
        ({"weekdays": [2], "on": False}, "2026-06-10 10:00", ""),
        ({"only": [{"start": time(14), "end": time(15)}]}, "2026-06-10 10:00", "outside_hours"),
    ],
)
def test_blackouts(row, local, code):
    rule = Blackout.model_validate({"why": "so it is"} | row)
    policy = ABROAD.model_copy(update={"calendar": CALENDAR.model_copy(update={"blackout": (rule,)})})
    buyer = clock.buyer_clock("DE", policy)
    assert obstacles.obstacle(at(local, "Europe/Berlin"), buyer, policy, Asked("Peter@Buyer.example")) == code


# ── times ───────────────────────────────────────────────────────────────────────────────────────────────────────

MOMENTS = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 6, 30)).map(lambda one: one.replace(tzinfo=UTC))


@settings(max_examples=150, deadline=None)
@example(moment=datetime(2027, 4, 9, 1, 14, tzinfo=UTC), country="BR", seed=1, recent=[0, 6])
@given(moment=MOMENTS, country=st.sampled_from(COUNTRIES), seed=st.integers(0, 9), recent=st.lists(st.integers(0, 720), max_size=5))
def test_a_planned_time_keeps_every_rule_and_stays_when_it_is_planned_again(moment, country, seed, recent):
    buyer = clock.buyer_clock(country, POLICY)
    sent = tuple(moment - timedelta(hours=hours) for hours in recent)
    slot = slots.find(Wish(moment, recent=sent), buyer, POLICY, seed)
    local = buyer.local(slot.at)
    assert slot.at >= moment and slot.reason.startswith(f"{local:%a %Y-%m-%d %H:%M}")
    assert obstacles.obstacle(slot.at, buyer, POLICY) == ""
    assert buyer.is_working_day(local.date()) and not buyer.is_first_or_last_day(local.date())
    assert clock.our_clock(POLICY).holiday(clock.our_clock(POLICY).local(slot.at).date()) == ""
    assert slots.frees_at(slot.at, sent, POLICY.sending) is None
    # From any time up to it, the same time is found: an approval that is late moves nothing that need not move.
    for again in (moment, moment + (slot.at - moment) / 2, slot.at):
        assert slots.find(Wish(again, recent=sent), buyer, POLICY, seed).at == slot.at


@given(seed=st.integers())
def test_nobody_writes_at_the_full_and_the_half_hour(seed):
    buyer = clock.buyer_clock("DE", ABROAD)
    local = buyer.local(slots.next_slot(at("2026-06-09 22:00", "Europe/Berlin"), buyer, ABROAD, seed).at)
    assert local.minute not in slots.STIFF_MINUTES and time(9, 1) <= local.time() <= time(9, 50)


@pytest.mark.parametrize(
    ("zone", "window", "day", "hour"),
    [
        # Europe: 02:00 to 03:00 is skipped on 29 March 2026 and comes twice on 25 October.
        ("Europe/Berlin", (time(1), time(4)), "2026-03-28 23:30", None),
        ("Europe/Berlin", (time(2), time(3)), "2026-03-28 23:30", None),
        ("America/New_York", (time(2), time(3)), "2026-03-07 23:30", None),
        ("Europe/Berlin", (time(2), time(3)), "2026-10-24 23:30", 0),
        ("Africa/Cairo", (time(0), time(1)), "2026-04-23 23:30", None),
    ],
)
def test_summer_time(zone, window, day, hour):
    calendar = Calendar(
        places={"ZZ": Place(zone=zone, weekend=())},
        windows=(Window(start=window[0], end=window[1]),),
        quiet_first_and_last_day=False,
        public_holidays=False,
    )
    policy = ABROAD.model_copy(update={"calendar": calendar})
    buyer = clock.buyer_clock("ZZ", policy)
    slot = slots.next_slot(at(day, zone), buyer, policy, 3)
    local = buyer.local(slot.at)
    assert window[0] <= local.time() <= window[1] and local.fold == 0
    assert slots.next_slot(slot.at, buyer, policy, 3).at == slot.at


def test_a_skipped_hour_is_the_hour_after_it():
    buyer = clock.BuyerClock("Europe/Berlin", (), "said")
    assert buyer.local(clock.at_wall(date(2026, 3, 29), time(2, 30), buyer)).time() == time(3, 30)


def test_what_a_follow_up_keeps_a_distance_from():
    buyer, tuesday = clock.buyer_clock("DE", ABROAD), at("2026-06-09 09:10", "Europe/Berlin")

    def day(**wish) -> int:
        return buyer.local(slots.find(Wish(tuesday, **wish), buyer, ABROAD, 1).at).day

    assert day() == 9
    assert day(heard_at=tuesday - timedelta(hours=1)) == 11
    assert day(sent_at=tuesday - timedelta(hours=20)) == 10 or day(sent_at=tuesday - timedelta(hours=20)) == 9
    assert day(not_before=at("2026-06-17 00:00", "Europe/Berlin")) == 17
    # One a day, two in seven days: the third waits until the first is a week old.
    assert day(recent=(tuesday - timedelta(hours=2),)) == 10
    assert day(recent=(tuesday - timedelta(days=6), tuesday - timedelta(days=5))) == 10
    assert day(recent=(tuesday - timedelta(days=1), tuesday - timedelta(days=2))) == 16
    four = tuple(tuesday - timedelta(days=days) for days in (29, 20, 12, 10))
    assert day(recent=four) == 10


def test_what_comes_much_later_than_it_was_meant_is_looked_at():
    buyer = clock.buyer_clock("IT", ABROAD)
    slot = slots.next_slot(at("2026-08-04 09:00", "Europe/Rome"), buyer, ABROAD, 1)
    assert slot.is_late and buyer.local(slot.at).month == 9
    letter = a_lead(country="IT", wanted_at=at("2026-08-04 09:00", "Europe/Rome"))
    assert cadence.days_late(letter, slot.at, ABROAD) == 28


def test_a_calendar_without_a_day_ends_a_lead_with_a_name():
    never = Blackout.model_validate({"why": "never"})
    policy = ABROAD.model_copy(update={"calendar": CALENDAR.model_copy(update={"blackout": (never,)})})
    lead = a_lead(cadence="standard", step="answer", tier=3)
    assert cadence.after_step(lead, "answer", datetime(2026, 3, 10, tzinfo=UTC), policy) == e.CadenceEnded(1, "no_time_left")


def test_a_calendar_without_a_day_breaks_no_approval():
    never = Blackout.model_validate({"why": "never"})
    policy = ABROAD.model_copy(update={"calendar": CALENDAR.model_copy(update={"blackout": (never,)})})
    now = datetime(2026, 3, 10, tzinfo=UTC)
    letter = replace(FOLLOW_UP, planned_at=now)
    # It is claimed at once, and there it is said that no time is left.
    assert slots.leaving_time(letter, a_lead(country="DE"), policy, now) == now
    assert timing.untimely(letter, "DE", timing.Timing(), policy, now).reason == "no_time_left"


# ── days for calls ──────────────────────────────────────────────────────────────────────────────────────────────


def test_on_a_day_for_calls_the_call_comes_first_and_the_letter_follows():
    lead = a_lead(cadence="interested", step="answer", last_inbound_at=at("2026-06-09 10:00", "Europe/Berlin"))
    # Two working days after Wednesday is Friday.
    event = cadence.after_step(lead, "answer", at("2026-06-10 10:00", "Europe/Berlin"), ABROAD)
    buyer = clock.clock_of(lead, ABROAD)
    step = CADENCES["interested"].step[CADENCES["interested"].index(event.step)]
    assert step.on_quiet_day == "call" and buyer.local(event.due_at).date() == date(2026, 6, 12)
    assert cadence.is_day_for_calls(lead, step, event.due_at, ABROAD)
    after = cadence.letter_after_call(lead.but(step=event.step), step, event.due_at, ABROAD)
    assert after.step == event.step and buyer.local(after.due_at).date() == date(2026, 6, 16)


# ── when it is claimed ──────────────────────────────────────────────────────────────────────────────────────────


class _Letter:
    """As much of a letter as is asked."""

    ulid, recipient = "01J", "p@c.example"

    def __init__(self, planned: str, next_attempt: str, state_reason: str = ""):
        self.state_reason = state_reason
        self.planned_at, self.next_attempt_at = at(planned, "Europe/Berlin"), at(next_attempt, "Europe/Berlin")


def test_after_a_standstill_letters_go_one_after_another():
    now = at("2026-06-09 10:05", "Europe/Berlin")
    full = timing.Timing(catching_up=Count(Limit("catch_up", HOUR, 10), now - timedelta(minutes=20)))
    late = _Letter("2026-06-04 10:00", "2026-06-04 10:00")
    found = timing.untimely(late, "DE", full, ABROAD, now)
    assert (found.reason, found.retry_at) == ("catch_up", now + timedelta(minutes=40))
    punctual = _Letter("2026-06-09 10:00", "2026-06-09 10:00")
    assert timing.untimely(punctual, "DE", full, ABROAD, now) is None
    # What was put off at the end of a long weekend, all of it to the same morning, is late as well.
    put_off = _Letter("2026-06-04 10:00", "2026-06-09 10:00", "weekend")
    assert timing.untimely(put_off, "DE", full, ABROAD, now).reason == "catch_up"


@pytest.mark.parametrize(
    ("local", "what", "reason", "is_stale"),
    [
        ("2026-06-09 10:05", {}, "", False),
        ("2026-06-09 10:05", {"unseen": "li"}, "sent_unseen", False),
        ("2026-06-12 10:05", {}, "first_or_last_working_day", False),
        ("2026-06-12 10:05", {"quiet_days": False}, "", False),
        ("2026-05-14 10:05", {}, "public_holiday", False),
        # Ten at night in Denver, whatever Berlin says.
        ("2026-06-10 06:05", {"zone": "America/Denver", "source": "said"}, "outside_hours", False),
        ("2026-12-23 17:00", {}, "moved_too_far", True),
    ],
)
def test_the_time_is_asked_again_when_a_letter_is_claimed(local, what, reason, is_stale):
    letter = _Letter("2026-06-09 10:00" if is_stale is False else "2026-12-18 10:00", local)
    if local.startswith("2026-05"):
        letter = _Letter("2026-05-13 10:00", local)
    found = timing.untimely(letter, "DE", timing.Timing(**what), ABROAD, at(local, "Europe/Berlin"))
    assert ((found.reason, found.is_stale) if found else ("", False)) == (reason, is_stale)
