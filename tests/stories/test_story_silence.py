"""A buyer who says nothing: one letter after another in his hours, then peace."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from stage import DETAILED, SHORT

PETER, ABU = "p.klein@klein-antriebe.example", "abu@gulf-trading.example"


def arrival_times(stage, address, zone):
    return [posted.at.astimezone(ZoneInfo(zone)) for posted in stage.posted_to(address)]


def in_windows(moment) -> bool:
    clock = moment.strftime("%H:%M")
    return "09:00" <= clock <= "11:30" or "13:30" <= clock <= "16:30"


@pytest.mark.parametrize(
    ("address", "place", "zone", "quiet"),
    [
        (PETER, ("12 rue du Port, 69002 Lyon, France", "+33 4 72 55 01 23"), "Europe/Paris", {"Mon", "Fri", "Sat", "Sun"}),
        (ABU, ("King Fahd Road, Riyadh, Saudi Arabia", "+966 11 555 0123"), "Asia/Riyadh", {"Fri", "Sat", "Sun", "Thu"}),
    ],
)
def test_silence_brings_three_letters_in_the_buyers_hours_and_then_rest(stage, address, place, zone, quiet):
    text = DETAILED.replace("Hafenstrasse 12, 20457 Hamburg, Germany", place[0]).replace("+49 40 5550 1234", place[1])
    stage.buyer_writes(address, text, name="Peter Klein")
    stage.look()
    stage.live()
    letters = [letter for letter in stage.letters_to(address) if letter.state == "sent"]
    assert [letter.basis for letter in letters] == ["answer", "follow_up", "follow_up", "follow_up"]
    assert [letter.step for letter in letters] == ["answer", "follow_up_1", "follow_up_2", "follow_up_3"]
    assert all(one.template != next_one.template for one, next_one in zip(letters, letters[1:], strict=False))

    times = arrival_times(stage, address, zone)
    assert len(times) == 4
    for moment in times[1:]:
        assert in_windows(moment) and moment.strftime("%a") not in quiet, moment
    # Two working days after the answer at the earliest; then a call, then the next letters, never closer than the cadence says.
    assert (times[1] - times[0]).days >= 1 and (times[2] - times[1]).days >= 5 and (times[3] - times[2]).days >= 6
    # In between he is called, and at the end his salesperson is asked for another way.
    assert {task["kind"] for task in stage.tasks()} >= {"call", "reminder"} and len(stage.tasks("call")) >= 2

    arrived = stage.letters_at(address)
    assert "stop" not in letters[1].body.lower() and "stop" in letters[3].body.lower()
    assert len({letter.get_content() for letter in arrived}) == 4
    assert all(letter["References"].split()[0] == arrived[0]["In-Reply-To"] for letter in arrived)
    assert all(letter["List-Unsubscribe"] for letter in arrived)

    lead = stage.lead_of(address)
    assert (lead.next_due_at, lead.rest_reason, stage.drafts()) == (None, "rested", [])
    stage.wait(days=60)
    assert len(stage.letters_at(address)) == 4


def test_a_slow_approval_moves_the_plan_and_never_squeezes_it(stage):
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    stage.send(stage.draft_for(PETER))
    stage.clock_to_next()
    first = stage.draft_for(PETER)
    stage.wait(days=9)
    assert stage.letter(first.id).state == "drafted" and stage.lead_of(PETER).next_due_at is None
    stage.approve(first)
    stage.live(steps=3)
    sent = stage.letter(first.id)
    assert sent.state == "sent"
    assert (stage.lead_of(PETER).next_due_at - sent.sent_at).days >= 3


def test_no_answer_of_a_person_means_hold_never_send(stage):
    stage.buyer_writes(PETER, SHORT)
    stage.look()
    stage.live(until=stage.now.replace(day=30), approving=False)
    assert stage.letters_at(PETER) == [] and stage.draft_for(PETER).state == "drafted"


def test_a_rejected_draft_is_skipped_and_the_next_step_planned(stage):
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    draft = stage.draft_for(PETER)
    stage.person("Li Wei").reject(draft.id)
    assert stage.letter(draft.id).state == "rejected"
    lead = stage.lead_of(PETER)
    assert lead.step == "follow_up_1" and lead.next_due_at > stage.now
    stage.look()
    assert stage.drafts() == [] and stage.letters_at(PETER) == []
    stage.clock_to_next()
    assert stage.draft_for(PETER).step == "follow_up_1"


def test_an_approved_letter_can_still_be_rejected(stage):
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    draft = stage.draft_for(PETER)
    stage.approve(draft)
    stage.person("Li Wei").reject(draft.id)
    stage.look()
    assert stage.letter(draft.id).state == "rejected" and stage.letters_at(PETER) == []
