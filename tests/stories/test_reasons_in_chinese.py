"""Every reason that the rhythm can give is said in Chinese to its last word: no English hides in the middle of a sentence.

The planner itself is asked, for every step that ships, at many places, through two years, with everything that can move a letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product

import pytest

from mailagent import policy as rules
from mailagent.core.deciding import cadence, clock, deadlines, public_holidays, slots
from mailagent.core.model.events import CadenceEnded
from mailagent.core.model.lead import Lead
from mailagent.i18n import speaking
from mailagent.speech import sayings, words
from mailagent.speech.sayings import told

#: Weekends and calendars of every sort; the US have several zones; "" is nobody knows where.
PLACES = ("DE", "SA", "JP", "CN", "US", "IL", "")
MONTHS = 24
START = datetime(2026, 1, 5, 9, 24, tzinfo=UTC)
LATIN = re.compile(r"[A-Za-z]{2,}")
#: What stays as it is in every language.
ZONES = re.compile(r"\b(?:Etc|Africa|America|Asia|Atlantic|Australia|Europe|Pacific|Indian)/[A-Za-z_/+-]+\d*|\bUTC\b")


@cache
def shipped():
    return rules.load(None)


def lead_at(country: str, name: str, step: str, **more) -> Lead:
    """A lead in a cadence, with a mail of his and a letter of ours not long ago."""
    values = dict(
        id=7, contact_id=1, company_id=1, email="p@klein.example", contact_name="", company_name="", source="mail", subject="",
        language="en", country=country, stage="talking", tier=2, score=0.0, fraud="none", owner="Li Wei", cadence=name, round=1, step=step,
        next_due_at=None, due_reason="", hold_reason="", held_until=None, rest_reason="", pinned_tier=None, opened_at=START,
        last_inbound_at=None, last_outbound_at=None, inbound_count=1, outbound_count=1,
    )  # fmt: skip
    return Lead(**(values | more))


def reasons() -> set[str]:
    """The reason of every step of every cadence, at every place, month by month, with and without what stands in its way."""
    policy, found = shipped(), set()
    for (name, steps), country in product(policy.cadences.items(), PLACES):
        for position, shipped_step in enumerate(steps.step):
            # No shipped step waits for hours beside days; a company's own may.
            step = shipped_step.model_copy(update={"after_hours": (0, 1, 4)[position % 3]})
            for month in range(position % 7, MONTHS, 7):
                since = START + timedelta(days=30 * month + position)
                lead = lead_at(country, name, step.id)
                near = since + timedelta(days=step.after_working_days)
                more = lead.but(
                    last_inbound_at=near, last_outbound_at=near, held_until=near + timedelta(days=9), hold_reason="out_of_office",
                )  # fmt: skip
                quoted = lead.but(quote_ends=f"{near + timedelta(days=4):%Y-%m-%d}") if hasattr(lead, "quote_ends") else lead
                for one, recent in ((lead, ()), (more, (near, near - timedelta(days=1))), (quoted, ())):
                    try:
                        found.add(cadence.plan(step, since, one, policy, "seed", recent).reason)
                    except slots.NoTimeLeft:
                        continue
                    if step.do == "letter" and step.basis == "follow_up":
                        due = one.but(next_due_at=since, wanted_at=since - timedelta(days=1))
                        later = one.but(held_until=since + timedelta(days=20), hold_reason="")
                        for event in (
                            cadence.letter_after_call(due, step, since, policy),
                            cadence.recheck(due, step, since + timedelta(days=1), policy, recent),
                            cadence.replan(due, policy, recent),
                            cadence.after_step(later, steps.step[position - 1].id, since, policy) if position else None,
                        ):
                            if event is not None and not isinstance(event, CadenceEnded):
                                found.add(event.reason)
    return found


def names() -> re.Pattern[str]:
    """The names of holidays, which are as their calendars have them."""
    policy, found = shipped(), set()
    for country, year in product(PLACES, (2025, 2026, 2027, 2028)):
        for name in public_holidays.of_year(country or policy.company.country, "", year).names.values():
            found.add(name)
    return re.compile("|".join(re.escape(name) for name in sorted(found, key=len, reverse=True)))


def english_in(said: str, holidays: re.Pattern[str]) -> list[str]:
    return LATIN.findall(ZONES.sub("", holidays.sub("", said)))


def test_every_reason_of_the_planner_is_chinese_to_its_last_word():
    found, holidays = reasons(), names()
    shapes = {re.sub(r"\d+", "7", ZONES.sub("Z", holidays.sub("H", one))) for one in found}
    # Both the plain and the moved, before and after calls, the named day, the quotation's end: else nothing is proven.
    pieces = ("a day for calls: ", "after a day for calls; ", "planned anew; ", "; moved from ", "he named this day; ", " hours after ")
    for piece in pieces:
        assert any(piece in shape for shape in shapes), piece
    assert any("working day after" in one for one in found) or any("working days after" in one for one in found)
    with speaking("zh"):
        left = {said: english_in(told(said), holidays) for said in sorted(found)}
    assert {said: words for said, words in left.items() if words} == {}


def test_the_clause_before_a_day_for_calls_is_not_swallowed():
    english = "2 working days after Tue 2026-03-10 09:24 Europe/Berlin; a day for calls: Fri 2026-03-13 10:05 Europe/Berlin"
    with speaking("zh"):
        said = told(english)
        assert said == "周二 2026-03-10 09:24 Europe/Berlin 之后 2 个工作日；这天适合打电话：周五 2026-03-13 10:05 Europe/Berlin"
        for odd in ("2 working days after Tue 2026-03-10 09:24 Europe/Berlin; something new", "x working days after y"):
            # An unknown tail is not pressed into a pattern that looks alike.
            assert told(odd) == odd


def limits() -> Iterator[str]:
    """Why a buyer must be answered by then."""
    policy = shipped()
    at = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    for country, tier in product((*PLACES, "KR", "AU", "NG", "US"), (1, 2, 3, 4)):
        yield deadlines.due(at, country, tier, policy).reason


def test_every_reason_of_a_deadline_is_chinese():
    with speaking("zh"):
        for why in limits():
            assert not LATIN.findall(re.sub(r"\b[A-Z]{2}\b", "", words.reason(why))), why


@pytest.mark.parametrize("saying", [one for one in sayings.SAYINGS if "{" in one])
def test_no_saying_is_swallowed_by_another(saying):
    """Filled with what really stands in its gaps, every pattern is found as itself, whatever the order of the patterns."""
    samples = {gap: "3" for gap in sayings.NUMBERS} | {"since": "Tue 2026-03-10 09:24 Europe/Berlin", "waited": "at once"}
    samples |= {"slot": "Fri 2026-03-13 10:05 Europe/Berlin", "causes": "weekend", "reason": "weekend", "state": "sent"}
    filled = re.sub(r"\{(\w+)\}", lambda gap: samples.get(gap[1], "Xx"), saying)
    with speaking("zh"):
        expected = sayings._(saying)
        gaps = {gap: sayings.spoken(gap, samples.get(gap, "Xx")) if gap in sayings.SPOKEN else samples.get(gap, "Xx")
                for gap in re.findall(r"\{(\w+)\}", saying)}  # fmt: skip
        assert told(filled) == expected.format(**gaps)


def test_a_time_by_our_clock_keeps_its_place():
    with speaking("zh"):
        said = told(f"The answer is late: it was due on {clock.say(START, clock.our_clock(shipped()))}")
    assert "周一 2026-01-05 17:24" in said and english_in(said, re.compile("$^")) == []
