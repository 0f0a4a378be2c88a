"""What leaves without being read: acknowledgements whose text was approved beforehand, to senders whom our own provider confirms."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stage import PETER, SHORT, Stage, worker

from mailagent.core.model import events as e
from mailagent.jobs import beside, greet
from mailagent.jobs.keep_time import keep_time
from mailagent.jobs.preapprove import texts
from mailagent.ledger import greetings, journal, owed, sources
from mailagent.speech.sayings import SAYINGS

FREE = {"letters": "on", "notices": "off", "pace_seconds": 0}
VOUCHED = {"Authentication-Results": "mx.acme.example; spf=pass; dmarc=pass header.from=klein-antriebe.example"}
FORM = """Name: Peter Klein
E-mail: p.klein@klein-antriebe.example
Company: Klein Antriebe GmbH
Message: what is your price for 6204-2RS, 5,000 pcs?
"""


@pytest.fixture
def sending(company_home, tmp_path):
    """Acknowledgements leave by themselves, in words that the manager has approved."""
    with Stage(company_home, tmp_path, deadlines={"acknowledge": "send"}, sending=FREE) as made:
        for key, _text, fingerprint in texts(made.office):
            worker(made, "Boss Zhang").preapprove(key, fingerprint)
        yield made


def acknowledgements(stage, address: str = PETER):
    return [letter for letter in stage.letters_to(address) if letter.basis == "acknowledgement"]


def until_late(stage, address: str = PETER) -> None:
    """Nobody answers until shortly before the time is over."""
    stage.look()
    stage.clock.jump(stage.ask(owed.of_lead, stage.lead_of(address).id).due_at - timedelta(minutes=20))
    stage.look()


def test_a_sender_whom_our_provider_confirms_hears_at_once(sending):
    sending.buyer_writes(PETER, SHORT, headers=VOUCHED)
    until_late(sending)
    (letter,) = acknowledgements(sending)
    assert (letter.state, letter.approved_by, letter.warnings) == ("sent", "Boss Zhang", ())
    assert len(sending.letters_at(PETER)) == 1


def test_an_acknowledgement_goes_to_nobody_whom_he_names_in_copy(sending):
    sending.buyer_writes(PETER, SHORT, headers=VOUCHED | {"Cc": "someone@elsewhere.example, purchasing@klein-antriebe.example"})
    until_late(sending)
    (letter,) = acknowledgements(sending)
    assert (letter.state, letter.cc) == ("sent", ()) and sending.letters_at("someone@elsewhere.example") == []
    # The answer, which a person reads, keeps them.
    (answer,) = [one for one in sending.drafts() if one.basis == "answer"]
    assert "someone@elsewhere.example" in answer.cc


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, "Our provider does not confirm that his mail comes from klein-antriebe.example (DMARC)"),
        ({"Authentication-Results": "mx.acme.example; dmarc=fail header.from=klein-antriebe.example"}, "Our provider does not confirm"),
        ({"Authentication-Results": "mx.acme.example; dkim=pass header.d=evil.example"}, "Our provider does not confirm"),
        # He writes the field himself, in the name of a server of his own.
        ({"Authentication-Results": "mx.evil.example; dmarc=pass header.from=klein-antriebe.example"}, "Our provider does not confirm"),
        (VOUCHED | {"X-Ack": "No"}, "His mail wants no automatic answer"),
    ],
)
def test_nobody_else_does_and_the_card_says_why(sending, headers, why):
    sending.buyer_writes(PETER, SHORT, headers=headers)
    until_late(sending)
    (letter,) = acknowledgements(sending)
    assert letter.state == "drafted" and sending.letters_at(PETER) == []
    assert letter.warnings[0].startswith(why) and letter.warnings[0].endswith("a person lets the acknowledgement go")
    # A person may let it go all the same.
    assert sending.send(letter).state == "sent"


def test_an_address_that_somebody_typed_into_a_form_is_not_answered_unread(sending):
    form = {"Authentication-Results": "mx.acme.example; dmarc=pass header.from=webshop.example"}
    sending.buyer_writes("wordpress@webshop.example", FORM, subject="New message from your website", headers=form)
    until_late(sending)
    (letter,) = acknowledgements(sending)
    assert letter.state == "drafted" and "came through a form or a platform" in letter.warnings[0]


def test_nobody_is_answered_unread_twice_in_a_week(sending):
    sending.buyer_writes(PETER, SHORT, headers=VOUCHED)
    until_late(sending)
    sending.send(next(letter for letter in sending.drafts() if letter.basis == "answer"))
    sending.wait(days=1)
    sending.buyer_writes(PETER, "And 6205-ZZ, 3,000 pcs?", headers=VOUCHED)
    until_late(sending)
    first, second = acknowledgements(sending)
    assert (first.state, second.state) == ("sent", "drafted") and "within the last 7 days" in second.warnings[0]


def test_bytes_that_were_forgotten_vouch_for_nobody(sending):
    sending.buyer_writes(PETER, SHORT, headers=VOUCHED)
    sending.look()
    with sending.office.ledger.transaction() as db:
        sources.purge(db, sending.now + timedelta(days=1), sending.office.settings.sources_folder)
    until_late(sending)
    (letter,) = acknowledgements(sending)
    assert letter.state == "drafted" and "cannot be read any more" in letter.warnings[0]


def test_every_reason_has_its_line_among_the_sayings():
    from mailagent.core.deciding import by_itself

    said = [value for name, value in vars(by_itself).items() if name.isupper() and isinstance(value, str)]
    assert len(said) == 5
    assert [one for one in said if one.replace(str(by_itself.DAYS), "{days}") not in SAYINGS] == []


# ── one that breaks us, or cannot go on, keeps nobody from his turn ─────────────────────────────────────────────


BUYERS = [f"buyer{number}@firm{number}.example" for number in range(1, 5)]


@pytest.fixture
def crowd(company_home, tmp_path):
    """Four buyers wait for answers that are nearly late."""
    with Stage(company_home, tmp_path, deadlines={"acknowledge": "draft"}, sending=FREE) as made:
        for buyer in BUYERS:
            made.buyer_writes(buyer)
        made.look()
        yield made


def nearly_late(stage) -> None:
    stage.clock.jump(max(stage.ask(owed.of_lead, stage.lead_of(buyer).id).due_at for buyer in BUYERS) - timedelta(minutes=20))


def test_those_that_are_held_do_not_stand_in_front_of_the_others(crowd):
    for buyer in BUYERS[:3]:
        crowd.person("Li Wei").pause(crowd.lead_of(buyer).id)
    nearly_late(crowd)
    until = crowd.now + timedelta(minutes=30)
    # As many as one round looks at.
    assert crowd.ask(owed.unacknowledged, until, 1) == [crowd.lead_of(BUYERS[3]).id]
    assert beside.acknowledge(crowd.office) == 1 and len(acknowledgements(crowd, BUYERS[3])) == 1
    crowd.person("Li Wei").resume(crowd.lead_of(BUYERS[0]).id)
    assert crowd.ask(owed.unacknowledged, until, 1) == [crowd.lead_of(BUYERS[0]).id]


def test_those_whose_answer_is_on_its_way_do_not_either(crowd):
    for buyer in BUYERS[:3]:
        crowd.approve(crowd.draft_for(buyer))
    nearly_late(crowd)
    assert crowd.ask(owed.unacknowledged, crowd.now + timedelta(minutes=30), 1) == [crowd.lead_of(BUYERS[3]).id]


def broken(stage, monkeypatch, name: str, number: int) -> None:
    """Something that nobody foresaw happens over one lead: a fault of ours."""
    whole = getattr(beside, name)

    def breaks(office, db, lead, *more):
        if lead.id == number:
            raise KeyError("a fault that nobody foresaw")
        return whole(office, db, lead, *more)

    monkeypatch.setattr(beside, name, breaks)


def test_an_acknowledgement_that_breaks_us_is_a_task_and_the_others_go_on(crowd, monkeypatch):
    odd = crowd.lead_of(BUYERS[1])
    broken(crowd, monkeypatch, "letter_beside", odd.id)
    nearly_late(crowd)
    assert keep_time(crowd.office) == 3
    assert [len(acknowledgements(crowd, buyer)) for buyer in BUYERS] == [1, 0, 1, 1]
    (task,) = crowd.tasks("template")
    assert task["title"] == "A letter cannot be written: an unforeseen fault (KeyError); the log says more" and task["lead_id"] == odd.id
    # Not at every tick.
    assert keep_time(crowd.office) == 0 and len(crowd.tasks("template")) == 1


def test_a_letter_that_was_asked_for_and_breaks_us_is_a_task_and_the_others_go_on(crowd, monkeypatch):
    wanted = [crowd.lead_of(buyer) for buyer in BUYERS]
    with crowd.office.ledger.transaction() as db:
        asked = [e.LetterWanted(number, lead.id, "introduction", "Ana Sun", "Li Wei") for number, lead in enumerate(wanted, 1)]
        journal.record(db, asked, now=crowd.now)
    broken(crowd, monkeypatch, "letter_beside", wanted[0].id)
    assert beside.write_wanted(crowd.office) == 3 and beside.write_wanted(crowd.office) == 0
    assert [letter.lead_id for letter in crowd.drafts() if letter.step == "introduction"] == [lead.id for lead in wanted[1:]]
    assert [task["lead_id"] for task in crowd.tasks("template")] == [wanted[0].id]


def test_a_greeting_that_breaks_us_takes_no_other_with_it(crowd, monkeypatch):
    for buyer in BUYERS[:2]:
        crowd.person("Li Wei").note_birthday(crowd.lead_of(buyer).id, f"{crowd.now:%m-%d}")
    odd, was_asked = crowd.lead_of(BUYERS[0]).id, greetings.was_asked

    def breaks(db, number, title):
        if number == odd:
            raise KeyError("a fault that nobody foresaw")
        return was_asked(db, number, title)

    monkeypatch.setattr(greetings, "was_asked", breaks)
    assert greet.greet(crowd.office) == 1
    assert [task["lead_id"] for task in crowd.tasks("greeting")] == [crowd.lead_of(BUYERS[1]).id]
