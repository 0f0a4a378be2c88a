"""Read receipts and delivery reports: they inform, they prove that a letter arrived, and nobody is answered or silenced by them."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from itertools import count

import pytest
from proxy import Fault, Proxy
from stage import DETAILED, SALES

from mailagent import jobs

PETER = "p.klein@klein-antriebe.example"
ANSWER_LOST = Fault("server", b"queued as", "cut", pass_on=False)
_numbers = count(1)


@pytest.fixture
def waiting(stage):
    """A buyer who got our answer."""
    stage.set(sending={"letters": "on", "notices": "off", "pace_seconds": 0})
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    stage.first = stage.send(stage.draft_for(PETER))
    # Our own copy in Sent is seen first.
    stage.look()
    return stage


def receipt_comes(stage, *, names: str, recipient: str = PETER, sender: str = PETER, disposition: str, answers: str = "") -> None:
    """A read receipt (RFC 8098 §3) as mail programs write it."""
    raw = f"""From: Peter Klein <{sender}>
To: {SALES}
Subject: Gelesen: Ihre Anfrage
Date: {format_datetime(stage.now)}
Message-ID: <receipt{next(_numbers)}@klein-antriebe.example>
{f"In-Reply-To: <{answers}>{chr(10)}" if answers else ""}MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Ihre Nachricht wurde gelesen. unsubscribe
--b
Content-Type: message/disposition-notification

Reporting-UA: desk.klein-antriebe.example; Thunderbird
Final-Recipient: rfc822;{recipient}
Original-Message-ID: <{names}>
Disposition: {disposition}

--b--
"""
    stage.mail.deliver(SALES, raw.replace("\n", "\r\n").encode(), "INBOX", when=stage.now)


def opened(stage) -> list[str]:
    return [row["became"] for row in stage.rows("SELECT json_extract(body, '$.became') AS became FROM events WHERE type = 'LetterOpened'")]


def lead_row(stage) -> dict:
    (row,) = stage.rows("SELECT stage, tier, fit, engagement, step, round, next_due_at, hold_reason, rest_reason FROM leads")
    return row


@pytest.mark.parametrize(
    ("disposition", "became"),
    [
        ("manual-action/MDN-sent-manually; displayed", "displayed"),
        ("automatic-action/MDN-sent-automatically; displayed/error", "displayed"),
        ("manual-action/MDN-sent-automatically;deleted", "deleted"),
        ("MANUAL-ACTION / mdn-sent-manually ; Displayed", "displayed"),
    ],
)
def test_a_receipt_is_a_line_in_the_story_and_changes_nothing(waiting, disposition, became):
    stage = waiting
    before = lead_row(stage)
    receipt_comes(stage, names=stage.first.message_id, disposition=disposition, answers=stage.first.message_id)
    (seen,) = stage.look()
    assert (seen.verdict.kind, seen.outcome) == ("receipt", "recorded") and opened(stage) == [became]
    assert lead_row(stage) == before and stage.suppressed(PETER) == "" and stage.drafts() == [] and stage.tasks("unsubscribe_review") == []
    stage.live(until=stage.now + timedelta(days=10))
    assert len(stage.letters_at(PETER)) > 1


@pytest.mark.parametrize(
    "forged",
    [
        {"names": "fu.01jzzzzzzzzzzzzzzzzzzzzzzz.aaaaaaaaaa@acme.example"},
        {"recipient": "somebody@else.example"},
        {"recipient": ""},
        {"disposition": "displayed"},
        {"disposition": "manual-action/MDN-sent-manually; bought"},
        {"disposition": ""},
        {"names": "x" * 900, "recipient": "@" * 400},
    ],
)
def test_a_receipt_that_names_not_our_letter_and_its_recipient_says_nothing(waiting, forged):
    stage = waiting
    before = lead_row(stage)
    said = {"names": stage.first.message_id, "disposition": "manual-action/MDN-sent-manually; displayed", "sender": "x@stranger.example"}
    receipt_comes(stage, **(said | forged))
    (seen,) = stage.look()
    assert (seen.verdict.kind, seen.outcome) == ("receipt", "shown") and opened(stage) == [] and lead_row(stage) == before


def test_a_receipt_proves_that_a_letter_in_doubt_arrived(stage):
    stage.set(sending={"letters": "on", "notices": "off", "pace_seconds": 0})
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    letter = stage.approve(stage.draft_for(PETER))
    with Proxy(stage.mail.smtp_port, ANSWER_LOST) as line:
        stage.send_through(line.port)
        jobs.deliver(stage.office)
    stage.send_through(0)
    assert stage.letter(letter.id).state == "in_doubt"
    receipt_comes(stage, names=letter.message_id, disposition="manual-action/MDN-sent-manually; displayed", recipient="other@x.example")
    stage.look()
    assert stage.letter(letter.id).state == "in_doubt"
    receipt_comes(stage, names=letter.message_id, disposition="manual-action/MDN-sent-manually; displayed")
    stage.look()
    assert (stage.letter(letter.id).state, stage.letter(letter.id).state_reason) == ("sent", "receipt_names_it")
    assert len(stage.letters_at(PETER)) == 1


def test_who_asks_for_a_receipt_gets_none_by_itself_and_his_salesperson_sees_it(stage):
    stage.set(sending={"letters": "on", "notices": "off", "pace_seconds": 0})
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein", headers={"Disposition-Notification-To": PETER})
    stage.look()
    jobs.deliver(stage.office)
    assert stage.letters_at(PETER) == []
    assert [row["type"] for row in stage.rows("SELECT type FROM events WHERE type = 'ReceiptWanted'")] == ["ReceiptWanted"]
    assert stage.draft_for(PETER).recipient == PETER


def test_letters_ask_for_a_receipt_only_where_the_company_wants_it(stage):
    stage.set(sending={"letters": "on", "notices": "off", "pace_seconds": 0, "read_receipts": True})
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    stage.send(stage.draft_for(PETER))
    (came,) = stage.letters_at(PETER)
    assert came["Disposition-Notification-To"] == SALES and SALES in came["From"]


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded"])
def test_reports_that_report_no_failure_inform_only(waiting, action):
    stage = waiting
    before = lead_row(stage)
    stage.report_comes(stage.first, action=action, status="2.0.0" if action != "delayed" else "4.4.1", text="250 fine")
    stage.look()
    assert stage.letter(stage.first.id).state == "sent" and stage.suppressed(PETER) == "" and lead_row(stage) == before
