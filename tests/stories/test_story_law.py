"""The law of the buyer's country, over eight months: how many follow-ups, until when, and what people are shown of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rich.console import Console
from stage import DETAILED

from mailagent.core.deciding import law
from mailagent.i18n import speaking
from mailagent.ledger import law as matter
from mailagent.speech.law import lines
from mailagent.terminal import screens

PETER, ANNE = "p.klein@klein-antriebe.example", "a.roy@roulements-roy.example"
PLACES = {
    "CA": ("1200 rue Peel, Montreal, QC H3B 2T6, Canada", "+1 514 555 0123"),
    "KR": ("15 Teheran-ro, Gangnam-gu, Seoul, South Korea", "+82 2 555 0123"),
}
LATER = "Thank you. We do not need them now, please contact us again on 12 October 2026."


def inquiry(country: str) -> str:
    address, phone = PLACES[country]
    text = DETAILED.replace("Hafenstrasse 12, 20457 Hamburg, Germany", address).replace("+49 40 5550 1234", phone)
    return text.replace("Peter Klein", "Anne Roy").replace("Klein Antriebe GmbH", "Roy Inc.").replace("klein-antriebe", "roulements-roy")


def limits(stage, address) -> law.Applied:
    return law.applied(stage.ask(matter.facts_of, stage.lead_of(address)), stage.office.policy)


def follow_ups(stage, address):
    return [letter for letter in stage.letters_to(address) if letter.basis == "follow_up"]


def test_a_german_gets_two_follow_ups_and_then_peace_and_the_lead_says_why(stage):
    begun = stage.now
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    stage.live(until=begun + timedelta(days=240))
    assert [(letter.step, letter.state) for letter in follow_ups(stage, PETER)] == [("follow_up_1", "sent"), ("follow_up_2", "sent")]
    lead = stage.lead_of(PETER)
    assert (lead.rest_reason, lead.next_due_at, stage.drafts()) == ("law:DE", None, [])
    assert len(stage.letters_at(PETER)) == 3
    said = lines(limits(stage, PETER), stage.office.policy)
    assert said[0] == "DE (his inquiry): 2 of 2 follow-ups" and "UWG" in said[1]
    with speaking("zh"):
        assert lines(limits(stage, PETER), stage.office.policy)[1].startswith("《反不正当竞争法》（UWG）第 7 条")
    # His next mail begins anew.
    stage.buyer_writes(PETER, "Dear Mr. Li,\n\nplease quote 6204-2RS, 900 pcs.\n\nPeter Klein\n", name="Peter Klein")
    stage.look()
    assert stage.draft_for(PETER).basis == "answer" and limits(stage, PETER).follow_ups == 0


@pytest.fixture
def canadian(stage):
    stage.buyer_writes(ANNE, inquiry("CA"), name="Anne Roy")
    stage.look()
    assert stage.lead_of(ANNE).country == "CA"
    stage.first = stage.send(stage.draft_for(ANNE))
    return stage


def test_a_canadian_is_not_written_to_later_than_half_a_year_after_he_asked(canadian):
    stage = canadian
    stage.wait(days=1)
    stage.buyer_replies(stage.first, LATER, name="Anne Roy")
    stage.look()
    assert (stage.lead_of(ANNE).cadence, f"{stage.lead_of(ANNE).held_until:%m-%d}") == ("later", "10-12")
    stage.live(until=stage.now + timedelta(days=240))
    assert stage.lead_of(ANNE).rest_reason == "law:CA" and follow_ups(stage, ANNE) == []
    assert any(
        told == "CA (his inquiry implies consent): 0 of 4 follow-ups, until 2026-09-07"
        for told in lines(limits(stage, ANNE), stage.office.policy)
    )


def test_a_purchase_lengthens_it_to_two_years(canadian):
    stage = canadian
    stage.wait(days=1)
    stage.buyer_replies(
        stage.first, "We place our order for 20,000 pcs 6204-2RS, please send the proforma invoice. PO 4711 is attached.", name="Anne Roy"
    )
    stage.look()
    assert stage.lead_of(ANNE).stage == "customer"
    if stage.drafts():
        stage.send(stage.draft_for(ANNE))
    stage.wait(days=10)
    stage.buyer_replies(stage.first, LATER, name="Anne Roy")
    stage.look()
    assert limits(stage, ANNE).since_purchase
    stage.live(until=stage.now + timedelta(days=230))
    assert [letter.state for letter in follow_ups(stage, ANNE)][:1] == ["sent"] and follow_ups(stage, ANNE)[0].sent_at.month == 10


def test_a_follow_up_that_was_approved_in_time_and_comes_to_the_claim_too_late_does_not_leave(canadian):
    stage = canadian
    stage.clock_to_next()
    letter = stage.approve(stage.draft_for(ANNE))
    stage.wait(days=200)
    assert (stage.letter(letter.id).state, stage.letter(letter.id).state_reason) == ("cancelled", "law:CA")
    assert stage.lead_of(ANNE).rest_reason == "law:CA" and len(stage.letters_at(ANNE)) == 1


def test_a_korean_follow_up_is_marked_and_an_answer_is_not(stage):
    stage.buyer_writes(ANNE, inquiry("KR"), name="Anne Roy")
    stage.look()
    answer = stage.send(stage.draft_for(ANNE))
    stage.clock_to_next()
    follow_up = stage.draft_for(ANNE)
    assert not answer.subject.startswith("(광고)") and follow_up.subject.startswith("(광고) ")
    said = lines(limits(stage, ANNE), stage.office.policy)[0]
    assert "not from 21:00 to 08:00 there" in said and "marked (광고)" in said


def test_explain_shows_the_row_that_counts(canadian):
    out = Console(record=True, width=200)
    screens.explain(out, canadian.office.ledger, canadian.office.policy, canadian.lead_of(ANNE).id, canadian.now)
    told = out.export_text()
    assert "Law: CA (his inquiry implies consent): 0 of 4 follow-ups, until 2026-09-06" in told and "CASL s. 10(10)" in told
