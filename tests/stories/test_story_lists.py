"""What the company knew before the agent came: its customers, and those who asked for silence; and complaints."""

from __future__ import annotations

from email.utils import format_datetime

from stage import DETAILED, SALES, SHORT

from mailagent.exchange.people import CustomerRow, OptOut
from mailagent.lists import take_customers, take_opt_outs

PETER = "p.klein@klein-antriebe.example"


def test_somebody_on_the_list_of_opt_outs_gets_no_letter_however_he_spells_his_address(stage):
    for _ in range(2):
        take_opt_outs(stage.office, [OptOut(email=PETER, reason="called us", date=None)])
    assert len(stage.rows("SELECT id FROM suppressions")) == 1
    stage.buyer_writes("P.Klein@klein-antriebe.example", DETAILED)
    stage.look()
    assert stage.drafts() == [] and len(stage.tasks("answer_by_hand")) == 1


def test_a_customers_first_mail_is_tier_one_and_his_salespersons(stage):
    row = CustomerRow(company="Klein Antriebe GmbH", domain_or_email="klein-antriebe.example", country="DE", owner="Ana Sun", contact="")
    assert take_customers(stage.office, [row, row]) == 1
    stage.buyer_writes(PETER, SHORT)
    stage.look()
    lead = stage.lead_of(PETER)
    assert (lead.tier, lead.owner) == (1, "Ana Sun") and stage.draft_for(PETER).needs_manager


def test_a_complaint_to_his_provider_silences_him_for_ever(stage):
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    first = stage.send(stage.draft_for(PETER))
    stage.clock_to_next()
    follow_up = stage.approve(stage.draft_for(PETER))
    report = f"""From: feedback@provider.example
To: {SALES}
Subject: FW: {first.subject}
Date: {format_datetime(stage.now)}
Message-ID: <fbl1@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1

--b
Content-Type: message/rfc822

From: Li Wei <{SALES}>
To: {PETER}
Message-ID: <{first.message_id}>
Subject: {first.subject}

Dear Mr Klein

--b--
"""
    stage.mail.deliver(SALES, report.replace("\n", "\r\n").encode(), when=stage.now)
    (seen,) = stage.look()
    assert (seen.verdict.kind, seen.outcome) == ("complaint", "stopped")
    assert stage.suppressed(PETER) == "complaint" and stage.letter(follow_up.id).state == "cancelled"
    assert stage.lead_of(PETER).rest_reason == "complaint"
