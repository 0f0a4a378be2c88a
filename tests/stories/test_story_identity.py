"""Which mail is which (STANDARDS §1.2–1.4): one matter a buyer, one draft a matter, and our own words are nobody's answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stage import DETAILED, PASSWORD, SALES, SHORT

PETER, MARIE, STRANGER = "p.klein@klein-antriebe.example", "m.blanc@blanc-pumps.example", "x@elsewhere.example"
EXPORT = "ana.sun@acme.example"
TRACE = b"Received: from %s by mx2;\r\n\tTue, 10 Mar 2026 00:31:00 +0000\r\n"


def counts(stage) -> tuple[int, int, int]:
    """Leads, letters to buyers, and mails that a buyer is said to have written."""
    (row,) = stage.rows(
        "SELECT (SELECT COUNT(*) FROM leads) AS leads, (SELECT COUNT(*) FROM outbox WHERE basis <> 'notice') AS letters,"
        " (SELECT COUNT(*) FROM events WHERE type IN ('InquiryReceived', 'ReplyReceived')) AS mails"
    )
    return row["leads"], row["letters"], row["mails"]


def newest(stage, folder: str = "INBOX") -> bytes:
    return stage.mail.messages(SALES, folder)[-1]


def without_message_id(raw: bytes) -> bytes:
    return raw.partition(b"\r\n")[2]


def test_new_numbers_in_the_middle_of_a_matter_double_nothing(stage):
    """A letter was sent, the buyer replied, a draft waits: then the server numbers every folder anew."""
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    answer = stage.send(stage.draft_for(PETER))
    stage.wait(hours=20)
    stage.buyer_replies(answer, "Thank you. What is the price for 10,000 pcs, and can you ship in May?")
    stage.buyer_writes(MARIE, SHORT)
    stage.look()
    before, drafts, due = counts(stage), stage.drafts(), stage.lead_of(PETER).next_due_at
    for _ in range(2):
        with stage.office.ledger.transaction() as db:
            db.execute("UPDATE cursors SET uidvalidity = uidvalidity - 1, last_uid = 999")
        stage.restart()
        assert stage.look() == []
    assert (counts(stage), stage.drafts(), stage.lead_of(PETER).next_due_at) == (before, drafts, due)
    assert len(stage.letters_at(PETER)) == 1


def test_one_mail_to_two_of_our_mailboxes_is_one_matter(stage):
    (sales,) = stage.office.policy.mailboxes
    export = sales.model_copy(update={"name": "export", "address": EXPORT, "login": EXPORT})
    stage.office.policy = stage.office.policy.model_copy(update={"mailboxes": (sales, export)})
    passwords = {**stage.office.settings.passwords, export.password_variable: PASSWORD}
    stage.office.settings = replace(stage.office.settings, passwords=passwords)
    stage.buyer_writes(PETER, DETAILED, to=f"{SALES}, {EXPORT}")
    stage.mail.deliver(EXPORT, TRACE % b"another way" + newest(stage), when=stage.now)
    for mailbox in (sales, export, sales):
        connection = stage.office.open_mailbox(mailbox)
        stage.daemon.look(mailbox, connection)
        connection.close()
    assert counts(stage) == (1, 1, 1) and stage.lead_of(PETER).inbound_count == 1
    assert {row["account"] for row in stage.rows("SELECT account FROM locations WHERE folder = 'INBOX'")} == {"sales", "export"}


def test_mails_without_a_message_id_are_told_apart_by_their_bytes(stage):
    for text in (DETAILED, SHORT):
        stage.buyer_writes(PETER if text == DETAILED else MARIE, text)
    raws = [without_message_id(raw) for raw in stage.mail.messages(SALES)]
    for raw in (*raws, *raws):
        stage.mail.deliver(SALES, raw, when=stage.now)
    stage.look()
    # The two with an id and the same two without are four mails of two people; the second copies of the latter are known.
    assert len(stage.leads_of(PETER)) == len(stage.leads_of(MARIE)) == 1
    assert len(stage.drafts()) == 2
    assert len(stage.rows("SELECT id FROM sources")) == 4
    ids = [row["message_id"] for row in stage.rows("SELECT message_id FROM inbound WHERE message_id LIKE '%@missing.invalid'")]
    assert len(ids) == len(set(ids)) == 2


def test_a_stranger_under_a_known_message_id_gets_a_matter_of_his_own(stage):
    """Message-IDs are not unique; whoever takes a known one does not take over the trust of its thread."""
    stage.buyer_writes(PETER, DETAILED, message_id="same@klein-antriebe.example")
    stage.look()
    stage.send(stage.draft_for(PETER))
    stage.clock_to_next()
    waiting = stage.draft_for(PETER)
    stage.buyer_writes(STRANGER, SHORT, message_id="same@klein-antriebe.example", subject="Price of 6204-2RS")
    (seen,) = stage.look()
    assert "id_collision" in seen.message.defects and seen.outcome == "opened_lead"
    assert stage.lead_of(STRANGER).id != stage.lead_of(PETER).id and stage.lead_of(PETER).inbound_count == 1
    assert stage.letter(waiting.id).state == "drafted"


def test_two_texts_of_one_sender_under_one_message_id_are_both_read(stage):
    stage.buyer_writes(PETER, DETAILED, message_id="same@klein-antriebe.example")
    stage.buyer_writes(PETER, SHORT + "And please stop the order of last week.", message_id="same@klein-antriebe.example")
    stage.look()
    assert len(stage.leads_of(PETER)) == 1 and stage.lead_of(PETER).inbound_count == 2 and len(stage.drafts()) == 1


@pytest.fixture
def waiting(stage):
    """Peter has our answer, and the next letter is planned."""
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    stage.send(stage.draft_for(PETER))
    stage.wait(minutes=5)
    return stage


def assert_nobody_has_answered(stage, before) -> None:
    lead = stage.lead_of(PETER)
    assert counts(stage) == before[:1] + counts(stage)[1:2] + before[2:]
    assert lead.inbound_count == 1
    stage.clock_to_next()
    assert stage.draft_for(PETER).basis == "follow_up"


RETURNED = {
    "as it was": lambda raw: raw,
    "over a list": lambda raw: b"List-Id: <sales.acme.example>\r\nPrecedence: list\r\n" + raw + b"-- \r\nlist footer\r\n",
    "with a Message-ID of the relay": lambda raw: raw.replace(b"Message-ID: <", b"Message-ID: <0100018f-ses-"),
    "as a copy to ourselves": lambda raw: TRACE % b"ourselves" + raw,
}


@pytest.mark.parametrize("way", RETURNED)
def test_our_own_letter_that_comes_back_is_no_answer(waiting, way):
    before = counts(waiting)
    raw = waiting.posted_to(PETER)[0].raw
    waiting.mail.deliver(SALES, RETURNED[way](raw), when=waiting.now)
    (seen,) = waiting.look() or (None,)
    assert seen is None or seen.verdict.kind == "own"
    assert_nobody_has_answered(waiting, before)


def test_our_own_letter_under_the_providers_message_id_is_our_own_letter(waiting):
    """Some relays give a letter another Message-ID (STANDARDS §1.1.6): its copy in Sent tells under which one answers and reports come."""
    (letter,) = waiting.letters_to(PETER)
    raw = waiting.posted_to(PETER)[0].raw.replace(b"Message-ID: <", b"Message-ID: <0100018f-ses-")
    waiting.mail.deliver(SALES, raw, "Sent", ("\\Seen",), waiting.now)
    (seen,) = waiting.look()
    assert (seen.outcome, seen.lead_id) == ("own_copy", waiting.lead_of(PETER).id)
    waiting.report_comes(letter, message_id=f"0100018f-ses-{letter.message_id}")
    waiting.look()
    assert waiting.letter(letter.id).state == "bounced"


def test_a_copy_that_somebody_sent_on_is_his_own_letter(waiting):
    """Our mark went along, and yet it is what a colleague wrote, to somebody else."""
    raw = waiting.posted_to(PETER)[0].raw.replace(PETER.encode(), MARIE.encode()).replace(b"Message-ID: <", b"Message-ID: <again")
    waiting.mail.deliver(SALES, raw, "Sent", ("\\Seen",), waiting.now)
    (seen,) = waiting.look()
    assert seen.outcome == "colleague_answered"
    assert waiting.rows("SELECT provider_message_id FROM outbox WHERE basis = 'answer'") == [{"provider_message_id": ""}]


def test_a_buyer_who_takes_our_message_id_for_his_answer_has_answered(waiting):
    (letter,) = waiting.letters_to(PETER)
    waiting.buyer_writes(PETER, "Please quote 10,000 pcs as well.", subject=f"Re: {letter.subject}", message_id=letter.message_id)
    (seen,) = waiting.look()
    assert "id_collision" in seen.message.defects
    assert (seen.verdict.kind, seen.outcome) == ("reply", "continued_lead") and waiting.lead_of(PETER).inbound_count == 2


def test_a_draft_is_no_answer_wherever_it_lies_until_it_is_sent(waiting):
    """Phones and web mails mark what is not finished with a flag, and not all of them keep it among the drafts."""
    before = counts(waiting)
    head = f"From: {SALES}\r\nTo: {PETER}\r\nDate: Tue, 10 Mar 2026 09:00:00 +0800\r\nMessage-ID: <1@phone>\r\nSubject: Re: Inquiry\r\n"
    raw = f"{head}\r\nDear Peter, half a thought\r\n".encode()
    waiting.mail.deliver(SALES, raw, "Sent", ("\\Seen", "\\Draft"), waiting.now)
    (seen,) = waiting.look()
    assert (seen.verdict.reason, seen.outcome, seen.lead_id) == ("a draft", "own_mail", None)
    waiting.mail.deliver(SALES, raw, "Sent", ("\\Seen",), waiting.now)
    (seen,) = waiting.look()
    assert (seen.verdict.reason, seen.outcome) == ("in Sent", "colleague_answered")
    assert len(waiting.rows("SELECT 1 AS one FROM locations WHERE folder = 'Sent' AND flags LIKE '%Draft%'")) == 1
    assert_nobody_has_answered(waiting, before)


FOOTER = b"-- \r\nSent by purchasing@klein-antriebe.example\r\n"
OTHER_WAYS = {
    "through a list": lambda raw: raw.replace(b"-ID: <", b"-ID: <list-") + FOOTER,
    "through a gateway": lambda raw: TRACE % b"gateway" + raw.replace(b"-ID: <", b"-ID: <gw-").replace(b"Subject: ", b"Subject: [Kauf] "),
    "without an id": lambda raw: TRACE % b"another way" + without_message_id(raw),
}


@pytest.mark.parametrize("way", OTHER_WAYS)
def test_an_answer_that_comes_a_second_time_under_another_message_id_is_one_answer(waiting, way):
    waiting.buyer_replies(waiting.letters_to(PETER)[0], "Thank you. Please quote 10,000 pcs of 6204-2RS, FOB Ningbo.")
    raw = newest(waiting)
    waiting.look()
    waiting.send(waiting.draft_for(PETER))
    waiting.wait(minutes=5)
    before = counts(waiting)
    waiting.mail.deliver(SALES, OTHER_WAYS[way](raw), when=waiting.now)
    (seen,) = waiting.look()
    assert seen.outcome == "copy" and counts(waiting) == before and waiting.drafts() == []


def test_two_answers_of_one_second_are_two(waiting):
    """A buyer's program may send all that lay in its outbox at once."""
    for text in ("Please quote 10,000 pcs of 6204-2RS, FOB Ningbo.", "Please quote 20,000 pcs of 6204-2RS, FOB Ningbo."):
        waiting.buyer_replies(waiting.letters_to(PETER)[0], text)
    assert [seen.outcome for seen in waiting.look()] == ["continued_lead", "continued_lead"]


def test_our_drafts_are_never_read(waiting):
    before = counts(waiting)
    raw = b"From: %s\r\nTo: %s\r\nSubject: Re: Inquiry 6204-2RS\r\n\r\nDear Peter, half a thought\r\n" % (SALES.encode(), PETER.encode())
    waiting.mail.deliver(SALES, raw, "Drafts", when=waiting.now)
    assert waiting.look() == []
    assert not waiting.rows("SELECT 1 AS one FROM locations WHERE folder = 'Drafts'")
    assert_nobody_has_answered(waiting, before)


def test_a_notice_to_ourselves_is_no_answer(waiting):
    """The salesperson's notices may go to the very mailbox that is read."""
    before = counts(waiting)
    waiting.clock_to_next()
    for posted in [posted for posted in waiting.mail.posted if posted.recipients and PETER not in posted.recipients]:
        waiting.mail.deliver(SALES, posted.raw, when=waiting.now)
    seen = waiting.look()
    assert seen and {one.verdict.kind for one in seen} <= {"own", "internal"}
    assert waiting.lead_of(PETER).inbound_count == 1 and counts(waiting)[2] == before[2]
    assert waiting.draft_for(PETER).basis == "follow_up"


@pytest.mark.parametrize("header", ["List-Id", "List-Unsubscribe"])
def test_a_buyer_who_answers_through_a_list_is_understood(waiting, header):
    """Without the ledger it looks like a list's mail, in which nobody looks for what a buyer wants."""
    list_of_his = {header: "<mailto:einkauf@klein-antriebe.example>"}
    waiting.buyer_replies(waiting.letters_to(PETER)[0], "Thank you. Please quote 10,000 pcs of 6204-2RS, FOB Ningbo.", headers=list_of_his)
    (seen,) = waiting.look()
    assert seen.verdict.kind == "reply" and seen.lead_id == waiting.lead_of(PETER).id
    assert ("quantity", "10000 pcs") in {(fact.name, fact.value) for fact in seen.facts}
