"""From an inquiry to an answer, and what the buyer's answer does."""

from __future__ import annotations

from stage import DETAILED, SHORT

PETER = "p.klein@klein-antriebe.example"
#: As Outlook on Exchange writes them: 95 characters with the brackets off.
OUTLOOK_ID = "AM9PR05MB7668A1B2C3D4E5F60718293A4B5C6D7E8F9@AM9PR05MB7668.eurprd05.prod.outlook.example.com012"


def test_an_inquiry_is_graded_answered_and_a_reply_stops_the_follow_up(stage):
    assert len(OUTLOOK_ID) == 95
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein", message_id=OUTLOOK_ID)
    (seen,) = stage.look()
    assert (seen.verdict.kind, seen.outcome) == ("inquiry", "opened_lead")
    lead = stage.lead_of(PETER)
    assert lead.tier == 2 and lead.owner == "Li Wei" and lead.country == "DE"
    assert any("radial clearance" in reason.evidence for reason in stage.reasons(lead).values())

    draft = stage.draft_for(PETER)
    assert draft.basis == "answer" and not draft.needs_manager and stage.letters_at(PETER) == []
    stage.look()
    assert stage.draft_for(PETER).message_id == draft.message_id

    stage.approve(draft, as_="Li Wei")
    stage.look()
    (arrived,) = stage.letters_at(PETER)
    raw = stage.posted_to(PETER)[0].raw
    assert f"In-Reply-To: <{OUTLOOK_ID}>".encode() in raw.replace(b"\r\n ", b" ")
    assert OUTLOOK_ID.encode() in raw.partition(b"References:")[2]
    assert arrived["Message-ID"] == f"<{draft.message_id}>" and arrived["Subject"] == "Re: Inquiry 6204-2RS"
    assert "Acme Bearings Co., Ltd." in arrived.get_content() and "Peter Klein" in arrived["To"]
    sent = stage.letter(draft.id)
    assert sent.state == "sent" and stage.moves(sent) == ["approve", "claim", "transmit", "accept"] and sent.approved_by == "Li Wei"
    lead = stage.lead_of(PETER)
    assert lead.stage == "talking" and lead.step == "follow_up_1" and "working days" in lead.due_reason

    stage.clock_to_next()
    follow_up = stage.draft_for(PETER)
    assert follow_up.basis == "follow_up"
    stage.approve(follow_up)
    stage.buyer_replies(sent, "Thank you. The price is fine, but which grease is it, and can you ship in April?")
    (reply,) = stage.look()
    assert (reply.verdict.kind, reply.outcome, reply.match_method) == ("reply", "continued_lead", "in_reply_to")
    stopped = stage.letter(follow_up.id)
    assert (stopped.state, stopped.state_reason) == ("cancelled", "buyer_wrote")
    answer = stage.draft_for(PETER)
    assert answer.basis == "answer" and answer.in_reply_to == reply.message.message_id and answer.round == 2
    stage.wait(days=3)
    assert len(stage.letters_at(PETER)) == 1


def test_the_copy_in_sent_is_the_letter_itself_and_no_answer_of_a_colleague(stage):
    stage.buyer_writes(PETER, SHORT)
    stage.look()
    sent = stage.send(stage.draft_for(PETER))
    due = stage.lead_of(PETER).next_due_at
    stage.wait(minutes=5)
    assert stage.letter(sent.id).filed == "mailagent"
    assert [raw for raw in stage.mail.messages("sales@acme.example", "Sent")] == [stage.posted_to(PETER)[0].raw]
    assert stage.handled[-1].outcome == "own_copy"
    assert stage.lead_of(PETER).next_due_at == due and stage.lead_of(PETER).outbound_count == 1


def test_the_salesperson_is_told_once_that_a_draft_waits(stage):
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    stage.look()
    (notice,) = stage.letters_at("li.wei@acme.example")
    assert "Inquiry 6204-2RS" in notice.get_content() and "8025" in notice.get_content()
    assert stage.letters_at("ana.sun@acme.example") == []
