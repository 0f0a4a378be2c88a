"""Mails in a buyer's thread or name that are not his: they are heard and silence nobody but their writer."""

from __future__ import annotations

import pytest
from stage import DETAILED, SALES, SHORT

PETER, ANNA, STRANGER = "p.klein@klein-antriebe.example", "anna@klein-antriebe.example", "x@elsewhere.example"
FORGED = {"Authentication-Results": "mx.acme.example; dmarc=fail header.from={domain}"}
AUTOMATIC = {"Auto-Submitted": "auto-replied"}
LEFT = "Anna Beck has left the company. Please contact Tom Fox at tom@elsewhere.example."
AWAY = "I am out of the office until 20 March 2026 and will answer then."


@pytest.fixture
def waiting(stage):
    """Peter has our answer, and the next letter is planned."""
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    stage.first = stage.send(stage.draft_for(PETER))
    stage.wait(minutes=5)
    return stage


def is_followed_up(stage) -> bool:
    stage.live(until=stage.now.replace(month=4), approving=False)
    return [letter.basis for letter in stage.drafts() if letter.recipient == PETER] == ["follow_up"]


def answers(stage, sender: str, text: str, **more) -> None:
    stage.buyer_writes(sender, text, subject="Automatic reply: your offer", answers=stage.first.message_id, headers=AUTOMATIC, **more)
    stage.look()


@pytest.mark.parametrize("sender", [ANNA, STRANGER])
def test_whoever_else_has_left_the_buyer_is_still_there(waiting, sender):
    answers(waiting, sender, LEFT)
    (task,) = waiting.tasks("successor")
    assert sender in task["title"] and PETER in task["title"] and task["evidence"] == "tom@elsewhere.example"
    assert waiting.rows("SELECT status FROM contacts WHERE email = ?", PETER) == [{"status": "active"}]
    assert is_followed_up(waiting)


def test_the_absence_of_another_does_not_hold_the_buyers_letters(waiting):
    answers(waiting, ANNA, AWAY)
    assert waiting.lead_of(PETER).hold_reason == ""


@pytest.mark.parametrize(("sender", "name"), [("klein@private.example", "Klein, Peter"), ("noreply@klein-antriebe.example", "")])
def test_his_absence_counts_from_his_other_address_and_from_his_companys_machine(waiting, sender, name):
    answers(waiting, sender, AWAY, name=name)
    assert waiting.lead_of(PETER).hold_reason == "out_of_office"


def test_a_colleague_who_wants_no_letters_speaks_for_himself(waiting):
    waiting.buyer_replies(waiting.first, "Please remove me from your mailing list.", sender=ANNA)
    waiting.look()
    assert (waiting.suppressed(ANNA), waiting.suppressed(PETER)) == ("unsubscribe", "")
    # Nothing goes to the other one either until a person has read it.
    assert waiting.lead_of(PETER).hold_reason == "unsubscribe_review" and len(waiting.tasks("unsubscribe_review")) == 1


def test_under_another_address_of_his_he_silences_both(waiting):
    waiting.buyer_replies(waiting.first, "Please remove me from your mailing list.", sender="klein@private.example", name="Peter Klein")
    waiting.look()
    assert waiting.suppressed(PETER) == "unsubscribe"


def test_a_request_in_his_name_that_our_own_server_disowns_is_for_a_person(waiting):
    headers = {name: value.format(domain="klein-antriebe.example") for name, value in FORGED.items()}
    waiting.buyer_writes(PETER, "Please unsubscribe me.", subject="unsubscribe", headers=headers)
    (seen,) = waiting.look()
    assert (seen.verdict.unsubscribe, seen.outcome, waiting.suppressed(PETER)) == ("review", "held", "")


def test_a_forward_in_a_colleagues_name_that_our_own_server_disowns_silences_nobody(waiting):
    text = f"fyi\n\n---------- Forwarded message ---------\nFrom: Peter <{PETER}>\nDate: Mon, 9 Mar 2026\nSubject: stop\nTo: <{SALES}>\n\n"
    headers = {name: value.format(domain="acme.example") for name, value in FORGED.items()}
    waiting.buyer_writes("li.wei@acme.example", f"{text}Please unsubscribe me.\n", subject="Fwd: stop", headers=headers)
    waiting.look()
    assert waiting.suppressed(PETER) == "" and waiting.lead_of(PETER).hold_reason == "unsubscribe_review"


@pytest.mark.parametrize("words", ["We are not interested in your products.", "I am the wrong person, please write to my colleague."])
def test_a_form_in_his_name_ends_no_talk(waiting, words):
    text = f"Name: Peter Klein\nEmail: {PETER}\nMessage:\n{words}\n"
    waiting.buyer_writes("wordpress@elsewhere.example", text, subject="New message from your website")
    (seen,) = waiting.look()
    assert seen.lead_id == waiting.lead_of(PETER).id and waiting.lead_of(PETER).stage == "talking"
    assert waiting.lead_of(PETER).rest_reason == ""


def test_a_group_of_ours_hides_no_buyer(stage):
    headers = {"List-ID": "<sales.acme.example>", "Precedence": "list", "List-Unsubscribe": f"<mailto:sales+leave@{SALES}>"}
    stage.buyer_writes(PETER, SHORT, headers=headers)
    stage.buyer_writes("news@paper.example", SHORT, headers={"List-ID": "<sales.acme.example.paper.example>", "Precedence": "list"})
    assert [seen.verdict.kind for seen in stage.look()] == ["inquiry", "newsletter"]


def test_a_known_buyer_may_ask_through_his_departments_list(waiting):
    waiting.buyer_writes(PETER, DETAILED, subject="New request", headers={"List-ID": "<purchasing.klein-antriebe.example>"})
    (seen,) = waiting.look()
    assert (seen.verdict.kind, seen.lead_id) == ("inquiry", waiting.lead_of(PETER).id)


def test_a_mail_in_our_own_name_that_our_server_disowns_is_no_buyers(waiting):
    headers = {name: value.format(domain="acme.example") for name, value in FORGED.items()}
    waiting.buyer_writes("li.wei@acme.example", SHORT, subject="Price", headers=headers)
    waiting.buyer_writes("li.wei@acme.example", "Hi Peter, here is our new price.", to=PETER, headers=headers | {"Cc": SALES})
    assert {seen.outcome for seen in waiting.look()} == {"shown"}
    assert waiting.drafts() == [] and waiting.lead_of(PETER).inbound_count == 1 and waiting.leads_of("li.wei@acme.example") == []
