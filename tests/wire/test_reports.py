"""Delivery reports as a real Postfix writes them (RFC 3464), read as ours: who was not reached, why, whether it will heal, which letter."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime

import pytest
from dovecot import PASSWORD

from mailagent import policy as rules
from mailagent.core.model.policy import Sending
from mailagent.core.reading import reporter
from mailagent.core.reading.read import read
from mailagent.delivery.base import Accepted
from mailagent.delivery.smtp import smtp_transport

pytestmark = pytest.mark.wire

ULID = "01JDMZ0000000000000000DSN1"


@pytest.fixture(scope="session")
def policy():
    return rules.load(None)


def letter(number: str, size: int = 100) -> bytes:
    head = f"From: sales@acme.example\r\nTo: x@cust.example\r\nMessage-ID: <fu.{number}@acme.example>\r\nSubject: your inquiry\r\n\r\n"
    return head.encode() + b"A line of the letter that may well be read.\r\n" * (size // 45 + 1)


@pytest.fixture
def reports(settings, postfix, dovecot, user, providers, policy):
    """Sends a letter and reads the reports that come back of it."""

    def send(recipient: str, number: int = 1, size: int = 100):
        mailbox = settings(user, smtp_port=postfix.believing)
        transport = smtp_transport(mailbox, PASSWORD, providers, Sending(reply_timeout_seconds=60))
        outcome = transport.submit(letter(recipient.partition("@")[0], size), user, (recipient,), lambda: True, ULID)
        transport.close()
        assert isinstance(outcome, Accepted), outcome
        found = dovecot.wait_for_mails(user, number)
        return [read(raw, policy, received_at=datetime.now(UTC), folder_role="inbox").message.report for raw in found]

    return send


@pytest.mark.parametrize(
    ("recipient", "size", "permanent", "reason", "status"),
    [
        ("nobody.at.all@cust.example", 100, True, "userunknown", "5.1.1"),
        ("nohost@cust.example", 100, True, "hostunknown", "5.1.2"),
        ("full@cust.example", 100, False, "mailboxfull", "5.2.2"),
        ("big@cust.example", 90_000, False, "mesgtoobig", "5.3.4"),
        ("disliked@cust.example", 100, False, "blocked", "5.7.1"),
    ],
)
def test_a_letter_that_came_back(reports, recipient, size, permanent, reason, status):
    (report,) = reports(recipient, size=size)
    (failed,) = report.recipients
    assert (failed.address, failed.permanent, failed.will_retry) == (recipient, permanent, False)
    assert (failed.reason, failed.status) == (reason, status)
    # It is our letter that it names, both ways.
    assert report.envelope_id == ULID and report.original_message_id == f"fu.{recipient.partition('@')[0]}@acme.example"
    assert report.reporting_mta == "mx.acme.example"


def test_our_own_postfix_is_known_as_the_writer_of_its_report(reports, dovecot, user, policy):
    """What it writes came from no other host; only such reports can stop an account."""
    reports("gone@cust.example")
    (raw,) = dovecot.wait_for_mails(user, 1)
    company = policy.company.model_copy(update={"domains": ("acme.example",)})
    ours = policy.model_copy(update={"company": company})
    mail = read(raw, ours, received_at=datetime.now(UTC), folder_role="inbox").message
    assert reporter.is_our_own_side(mail, ours)
    assert not reporter.is_our_own_side(mail, policy)


def test_a_warning_first_and_the_end_of_it_later(reports):
    warning, end = reports("slow@cust.example", number=2)
    (waits,), (failed,) = warning.recipients, end.recipients
    assert (waits.permanent, waits.will_retry) == (False, True) and waits.status.startswith("4.4")
    assert (failed.permanent, failed.will_retry, failed.reason) == (False, False, "expired")
    assert warning.envelope_id == end.envelope_id == ULID


def test_a_report_of_success_is_no_bounce(postfix, dovecot, user, buyer, policy):
    with smtplib.SMTP("127.0.0.1", postfix.smtp, timeout=60) as client:
        client.login(user, PASSWORD)
        client.sendmail(user, [buyer], letter("success"), ["RET=HDRS"], ["NOTIFY=SUCCESS"])
    (raw,) = dovecot.wait_for_mails(user, 1)
    assert b"Action: relayed" in raw or b"Action: delivered" in raw
    assert read(raw, policy, received_at=datetime.now(UTC), folder_role="inbox").message.report is None
