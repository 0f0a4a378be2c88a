"""What is no inquiry: fraud, machines, newsletters, our own mail; and mails that break us."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stage import DETAILED, SALES, SHORT

from mailagent.core.scoring import score as scorer
from mailagent.ledger import inbox, journal

PETER, SABINE = "p.klein@klein-antriebe.example", "s.vogt@klein-antriebe.example"
FRAUD = """Dear Sir,

I am the purchasing director of the Ministry of Trade. We are a big company and want to order 5,000,000 USD of your products at once,
any products. Please come to our country to sign the contract, we will send an invitation letter for your visa.
You must pay the notary and registration fee before signing. The contract is worth millions. Kindly send samples of all your
products by DHL at once, free of charge.

Dr. James Cole
"""


def test_likely_fraud_gets_no_draft_and_a_task(stage):
    stage.buyer_writes("james.cole@freemail.example", FRAUD, subject="Contract invitation 5,000,000 USD")
    stage.look()
    lead = stage.lead_of("james.cole@freemail.example")
    assert (lead.fraud, lead.tier, lead.rest_reason) == ("likely", None, "fraud") and stage.drafts() == []
    (task,) = stage.tasks("fraud")
    assert task["lead_id"] == lead.id and task["evidence"]
    stage.live(until=stage.now + timedelta(days=30))
    assert stage.letters_at("james.cole@freemail.example") == []


def test_a_new_bank_account_holds_everything_to_that_company_until_a_person_resumes(stage):
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.buyer_writes(SABINE, SHORT, subject="6205", name="Sabine Vogt")
    stage.look()
    first = stage.draft_for(PETER)
    stage.send(first)
    hers = stage.approve(stage.draft_for(SABINE))
    stage.buyer_replies(first, "We received your mail with the new bank account. Is this your new account? We will pay the deposit there.")
    stage.look()
    assert {stage.lead_of(one).hold_reason for one in (PETER, SABINE)} == {"bank_change"}
    assert len(stage.tasks("fraud")) == 1
    stage.live(until=stage.now + timedelta(days=3), approving=False)
    assert stage.letter(hers.id).state == "approved" and stage.letters_at(SABINE) == [] and len(stage.letters_at(PETER)) == 1
    # Neither the next mail nor a new person of that company opens the door again.
    stage.buyer_replies(first, "Any news? Please quote 40,000 pcs, too.")
    stage.buyer_writes("third@klein-antriebe.example", SHORT, subject="Price 6205-ZZ")
    stage.look()
    assert {stage.lead_of(one).hold_reason for one in (PETER, SABINE, "third@klein-antriebe.example")} == {"bank_change"}
    assert [letter for letter in stage.drafts() if letter.recipient != SABINE] == []
    stage.person("Boss Zhang").resume(stage.lead_of(PETER).id)
    stage.look()
    assert stage.draft_for(PETER).round == 3


def test_a_platform_notice_is_a_task_and_no_letter_goes_to_the_relay_address(stage):
    stage.buyer_writes(
        "feedback@service.alibaba.com",
        "You have a new inquiry from a buyer.\n\nName: John Miller\nCountry: United States\nMessage:\n"
        "I am interested in ball bearings 6204-2RS, 10,000 pcs. Please send your best price.\n\nReply now in Message Center.\n",
        subject="You have received an inquiry from John Miller",
        name="Alibaba.com",
    )
    (seen,) = stage.look()
    assert seen.message.relayed_by and stage.drafts() == [] and len(stage.tasks("platform_answer")) == 1
    stage.live(until=stage.now + timedelta(days=30))
    assert [posted for posted in stage.mail.outside] == []


@pytest.mark.parametrize(
    ("sender", "subject", "text", "headers", "kind"),
    [
        ("news@fair.example", "Bearing fair 2026", "Book your booth now.", {"List-Unsubscribe": "<mailto:u@fair.example>"}, "newsletter"),
        ("seo@rank.example", "SEO", "We offer SEO services to rank your website on Google. Interested?", {}, "spam_solicitation"),
        ("boss@acme.example", "Meeting", "Meeting at three about 6204-2RS prices.", {}, "internal"),
        (SALES, "Note to myself", "Call Peter.", {}, "internal"),
        ("x@y.example", "Read: Offer", "Your message was read.", {"Auto-Submitted": "auto-generated"}, "auto_reply"),
    ],
)
def test_what_is_no_inquiry_opens_nothing_and_is_answered_by_nobody(stage, sender, subject, text, headers, kind):
    stage.buyer_writes(sender, text, subject=subject, headers=headers)
    (seen,) = stage.look()
    assert seen.verdict.kind == kind and seen.verdict.reason
    assert stage.drafts() == [] and stage.rows("SELECT id FROM leads") == [] and stage.mail.outside == []


# ── mails that break us ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_mail_that_breaks_us_three_times_is_quarantined_while_the_others_go_on(stage, monkeypatch):
    real = scorer.score

    def breaks(facts, message, known, policy):
        if "poison" in message.subject:
            raise RecursionError("too deep")
        return real(facts, message, known, policy)

    monkeypatch.setattr(scorer, "score", breaks)
    stage.buyer_writes("bad@guy.example", SHORT, subject="poison")
    stage.buyer_writes(PETER, DETAILED, at=stage.now + timedelta(seconds=1))
    stage.look()
    assert stage.draft_for(PETER) and stage.rows("SELECT tries FROM inbound WHERE error <> ''") == [{"tries": 1}]
    for _ in range(4):
        stage.wait(minutes=5)
    (bad,) = stage.ask(inbox.quarantined)
    assert bad["error"] == "RecursionError: too deep" and bad["tries"] == 3 and bad["folder"] == "INBOX"
    monkeypatch.undo()
    with stage.office.ledger.transaction() as db:
        assert inbox.retry_quarantined(db) == 1
    stage.look()
    assert stage.draft_for("bad@guy.example") and stage.ask(inbox.quarantined) == []


def test_a_mail_that_breaks_a_rule_of_the_ledger_does_not_stop_the_others(stage, monkeypatch):
    real = journal.project_all

    def breaks(events, db, now, actor):
        real(events, db, now, actor)
        real([one for one in events if type(one).__name__ == "ContactMet" and one.email == "bad@guy.example"], db, now, actor)

    monkeypatch.setattr(journal, "project_all", breaks)
    stage.buyer_writes("bad@guy.example", SHORT)
    stage.buyer_writes(PETER, DETAILED, at=stage.now + timedelta(seconds=1))
    stage.look()
    assert stage.draft_for(PETER)
    for _ in range(4):
        stage.wait(minutes=5)
    assert [row["error"].partition(":")[0] for row in stage.ask(inbox.quarantined)] == ["IntegrityError"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe garbage without any header",
        b"From: \r\nSubject: =?utf-8?b?////?=\r\nMessage-ID: <>\r\n\r\n" + b"\xff" * 2000,
        b"From: a@b.example\r\n" + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" * 1000,
        "From: \udcff\udc80 <a@b.example>\r\nSubject: \udcff\r\n\r\nHello \udcff".encode("utf-8", "surrogateescape"),
        b"From: a@b.example\r\nSubject: " + b"A" * 300_000 + b"\r\n\r\nprice?",
        b"From: a@b.example, c@d.example\r\nFrom: e@f.example\r\nDate: yesterday\r\nSubject: 6204\r\n\r\nPrice for 6204-2RS please",
        b"From: a@b.example\r\nContent-Type: text/html; charset=utf-7\r\n\r\n" + b"<div>" * 20_000 + b"6204-2RS",
    ],
    ids=["empty", "garbage", "broken headers", "a thousand parts", "surrogates", "long subject", "many senders", "deep html"],
)
def test_nasty_bytes_are_read_and_the_next_mail_goes_on(stage, raw):
    stage.mail.deliver(SALES, raw, when=stage.now)
    stage.buyer_writes(PETER, DETAILED, at=stage.now + timedelta(seconds=1))
    seen = stage.look()
    assert len(seen) == 2 and stage.draft_for(PETER) and stage.ask(inbox.quarantined) == []


def test_mails_without_a_sender_are_shown_to_a_person_and_break_nobody(stage):
    for number in range(2):
        raw = f"Message-ID: <n{number}@x.example>\r\nTo: {SALES}\r\nSubject: Inquiry {number}\r\n\r\n{DETAILED}".encode()
        stage.mail.deliver(SALES, raw, "INBOX", when=stage.now + timedelta(seconds=number))
    stage.buyer_writes(PETER, DETAILED, at=stage.now + timedelta(seconds=9))
    stage.look()
    assert stage.ask(inbox.quarantined) == [] and stage.waiting_mails() == 0
    assert [task["title"] for task in stage.tasks("answer_by_hand")] == [
        "A mail without a sender's address looks like an inquiry: look at it in a mail program"
    ] * 2
    assert stage.rows("SELECT COUNT(*) AS n FROM contacts WHERE email = ''") == [{"n": 0}] and stage.draft_for(PETER)
