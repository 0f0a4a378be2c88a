"""A mailbox whose letters we sign ourselves, and the wish of a buyer who clicks while his letter waits."""

from __future__ import annotations

import pytest
from stage import DETAILED

from mailagent import jobs
from mailagent.delivery import signing
from mailagent.ledger import journal, stops

PETER = "p.klein@klein-antriebe.example"


@pytest.fixture
def approved(stage):
    stage.set(sending={"letters": "on", "notices": "off", "pace_seconds": 0})
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    stage.answer = stage.approve(stage.draft_for(PETER))
    return stage


def sign_ourselves(stage, key: str) -> None:
    (mailbox,) = stage.office.policy.mailboxes
    path = stage.home / "dkim.pem"
    path.write_text(key)
    path.chmod(0o600)
    signed = mailbox.model_copy(update={"dkim_selector": "mailagent"})
    stage.office.policy = stage.office.policy.model_copy(update={"mailboxes": (signed,)})
    object.__setattr__(stage.office.settings, "dkim_keys", {mailbox.dkim_key_variable: str(path)})


def test_the_letter_leaves_with_our_signature_which_holds_where_it_arrives(approved):
    stage, key = approved, signing.new_key()
    sign_ourselves(stage, key)
    jobs.deliver(stage.office)
    (found,) = signing.signatures(stage.letter(stage.answer.id).raw, lambda name: signing.public_record(key))
    assert found.trouble == "" and found.domain and len(stage.letters_at(PETER)) == 1


def test_without_its_key_nothing_leaves_unsigned_and_a_person_is_told_once(approved):
    stage = approved
    sign_ourselves(stage, "no key at all")
    for _ in range(3):
        jobs.deliver(stage.office)
    assert stage.letters_at(PETER) == [] and stage.letter(stage.answer.id).state == "approved"
    (task,) = stage.tasks("account")
    assert "cannot be signed" in task["title"]


def test_a_click_while_the_approved_letter_waits_stops_it(approved):
    stage = approved
    letter, office = stage.answer, stage.office
    with office.ledger.transaction() as db:
        events = stops.stop_by_link(db, letter.contact_id, None, "the button", office.hash_address, office.now())
        journal.record(db, events, now=office.now())
    jobs.deliver(stage.office)
    assert stage.letters_at(PETER) == [] and stage.letter(letter.id).state == "cancelled" and stage.suppressed(PETER) == "unsubscribe"
