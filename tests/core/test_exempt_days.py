"""What may go on the first and last working day of a buyer's week: the day that he named, and a quotation that ends (DOMAIN §4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from test_calendar import ABROAD, CADENCES, at
from test_deciding_time import a_lead

from mailagent.core.deciding import cadence, clock
from mailagent.core.model import events as e


def step_of(lead, event):
    steps = CADENCES[lead.cadence]
    return steps.step[steps.index(event.step)]


@pytest.mark.parametrize("name", ["later", "interested", "standard"])
def test_who_says_monday_hears_from_us_on_monday(name):
    monday = at("2026-06-15 00:00", "Europe/Berlin")
    lead = a_lead(cadence=name, step="answer", held_until=monday)
    event = cadence.after_step(lead, "answer", at("2026-06-10 10:00", "Europe/Berlin"), ABROAD)
    buyer = clock.clock_of(lead, ABROAD)
    assert buyer.local(event.due_at).date() == date(2026, 6, 15) and event.wanted_at == monday
    planned, step = lead.but(step=event.step, next_due_at=event.due_at, wanted_at=event.wanted_at), step_of(lead, event)
    # Neither a call comes instead, nor does it move when it is drafted, or when the rhythm changes.
    assert not cadence.is_day_for_calls(planned, step, event.due_at, ABROAD)
    assert cadence.recheck(planned, step, event.due_at - timedelta(hours=16), ABROAD, ()) is None
    assert cadence.replan(planned, ABROAD) is None
    # The step after it keeps from Mondays and Fridays as all others do.
    following = cadence.after_step(planned, event.step, event.due_at, ABROAD)
    if isinstance(following, e.StepPlanned) and step_of(lead, following).do == "letter" and step_of(lead, following).on_quiet_day == "wait":
        assert not buyer.is_first_or_last_day(buyer.local(following.due_at).date())


def test_a_named_holiday_is_still_a_holiday():
    # Whit Monday; the day after it is the first working day, which he has named as well as one can.
    lead = a_lead(cadence="later", step="answer", held_until=at("2026-05-25 00:00", "Europe/Berlin"))
    event = cadence.after_step(lead, "answer", at("2026-05-12 10:00", "Europe/Berlin"), ABROAD)
    assert clock.clock_of(lead, ABROAD).local(event.due_at).date() == date(2026, 5, 26)


@pytest.mark.parametrize(
    ("ends", "day", "why"),
    [
        ("2026-06-12", "2026-06-12", "valid until the Friday: it goes on that Friday"),
        ("2026-06-15", "2026-06-12", "valid until the Monday: not after it, and not later than its own day"),
        ("2026-06-16", "2026-06-16", "valid until the Tuesday: that is soon enough"),
        ("2026-06-11", "2026-06-16", "it has ended before: nothing is saved"),
        ("", "2026-06-16", "nothing was quoted"),
    ],
)
def test_a_quotation_does_not_end_for_the_sake_of_a_day_for_calls(ends, day, why):
    lead = a_lead(cadence="standard", step="answer", quote_ends=ends)
    # Five working days after Friday the 5th is Friday the 12th.
    event = cadence.after_step(lead, "answer", at("2026-06-05 10:00", "Europe/Berlin"), ABROAD)
    buyer, step = clock.clock_of(lead, ABROAD), step_of(lead, event)
    assert buyer.local(event.due_at).date().isoformat() == day, why
    assert ("before our quotation ends on" in event.reason) == (day == "2026-06-12")
    planned = lead.but(step=event.step, next_due_at=event.due_at, wanted_at=event.wanted_at)
    assert cadence.recheck(planned, step, event.due_at - timedelta(hours=16), ABROAD, ()) is None
    # If it is about something else after all, it keeps from that day like any other letter.
    moved = cadence.past_days_for_calls(planned, step, event.due_at, ABROAD)
    assert (buyer.local(moved.due_at).date() == date(2026, 6, 16)) if day == "2026-06-12" else moved is None


def test_before_a_quotation_ends_the_letter_goes_itself_instead_of_a_call():
    lead = a_lead(cadence="interested", step="answer", last_inbound_at=at("2026-06-09 10:00", "Europe/Berlin"))
    lead = lead.but(quote_ends="2026-06-12")
    event = cadence.after_step(lead, "answer", at("2026-06-10 10:00", "Europe/Berlin"), ABROAD)
    planned = lead.but(step=event.step, next_due_at=event.due_at, wanted_at=event.wanted_at)
    assert clock.clock_of(lead, ABROAD).local(event.due_at).date() == date(2026, 6, 12)
    assert not cadence.is_day_for_calls(planned, step_of(lead, event), event.due_at, ABROAD)
    assert cadence.is_day_for_calls(planned.but(quote_ends=""), step_of(lead, event), event.due_at, ABROAD)
