"""Handing letters to a real server, and over lines that break at each moment."""

from __future__ import annotations

import email
import time

import pytest
from door import own_port
from patience import wait_until
from proxy import Fault, Proxy

from mailagent.core.model.policy import Sending
from mailagent.delivery.base import Accepted, Deferred, Lost, Refused, Withdrawn
from mailagent.delivery.smtp import smtp_transport
from mailagent.errors import ConfigError, SendingError

pytestmark = pytest.mark.wire

ULID = "01JDMZ0000000000000000TEST"
OUTLOOK = "<AM0PR04MB6547" + "0123456789ABCDEF" * 3 + "@AM0PR04MB6547.eurprd04.prod.outlook.com>"


def letter(number: int = 1) -> bytes:
    lines = [
        "From: Li Wei <sales@acme.example>",
        "To: buyer@cust.example",
        "Date: Mon, 02 Mar 2026 09:00:00 +0800",
        f"Message-ID: <letter{number}@acme.example>",
        f"In-Reply-To: {OUTLOOK}",
        "References: <first@cust.example>",
        f" {OUTLOOK}",
        "Subject: your inquiry",
        "",
        "A line.",
        ".a line that begins with a dot",
        ".",
        "The last line",
    ]
    return "\r\n".join(lines).encode() + b"\r\n"


class Ledger:
    """Stands where the ledger commits "transmitting"; remembers whether it was asked, and when the line was told."""

    def __init__(self, answer: bool | Exception = True):
        self.answer = answer
        self.asked = 0

    def __call__(self) -> bool:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def send(settings, postfix, password, providers, bounces):
    """Makes one attempt and returns its outcome; ``port`` puts a bad line in between."""
    used = []

    def attempt(*recipients: str, mail_from="sales@acme.example", before=None, raw=None, secret=password, reply_seconds=60, **other):
        mailbox = settings("sales@acme.example", **other)
        transport = smtp_transport(mailbox, secret, providers, Sending(reply_timeout_seconds=reply_seconds), bounces)
        used.append(transport)
        return transport.submit(raw or letter(), mail_from, recipients, before or Ledger(), ULID)

    yield attempt
    for transport in used:
        transport.close()


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_a_letter_arrives_byte_for_byte(dovecot, postfix, buyer, send, security):
    ledger = Ledger()
    port = postfix.smtps if security == "tls" else postfix.smtp
    outcome = send(buyer, before=ledger, smtp_host="localhost", smtp_port=port, smtp_security=security)
    assert isinstance(outcome, Accepted)
    assert outcome.code == 250
    assert outcome.provider_id
    assert outcome.provider_id in postfix.log
    assert ledger.asked == 1
    [arrived] = dovecot.wait_for_mails(buyer, 1)
    # Servers put their own lines on top; ours follow untouched, ids of 95 characters and dots included.
    assert arrived.endswith(letter())
    assert len(OUTLOOK) >= 95
    assert email.message_from_bytes(arrived)["In-Reply-To"] == OUTLOOK


def test_copies_get_it_too(dovecot, buyer, user, send):
    assert isinstance(send(buyer, user), Accepted)
    assert len(dovecot.wait_for_mails(buyer, 1)) == len(dovecot.wait_for_mails(user, 1)) == 1


def test_a_bounce_names_the_letter(dovecot, user, send):
    """The envelope id travels along and comes back (RFC 3461)."""
    assert isinstance(send("nobody.at.all@cust.example", mail_from=user), Accepted)
    [bounce] = dovecot.wait_for_mails(user, 1)
    assert f"Original-Envelope-Id: {ULID}".encode() in bounce
    assert b"rfc822;nobody.at.all@cust.example" in bounce


@pytest.mark.parametrize(
    ("recipient", "code", "hard"),
    [("gone@cust.example", 550, True), ("blocked@cust.example", 550, False), ("anybody@elsewhere.example", 550, False)],
)
def test_a_recipient_that_is_refused(send, recipient, code, hard):
    ledger = Ledger()
    outcome = send(recipient, before=ledger)
    assert isinstance(outcome, Refused)
    assert (outcome.phase, outcome.hard, outcome.account_problem, outcome.recipient) == ("rcpt", hard, False, recipient)
    assert outcome.code == code
    assert ledger.asked == 0


def test_one_refused_copy_stops_the_letter_for_all(dovecot, buyer, send):
    outcome = send(buyer, "gone@cust.example")
    assert isinstance(outcome, Refused)
    assert outcome.recipient == "gone@cust.example"
    time.sleep(0.3)
    assert dovecot.mails(buyer) == []


def test_a_recipient_that_is_put_off(send):
    ledger = Ledger()
    outcome = send("later@cust.example", before=ledger)
    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.phase, outcome.recipient) == (450, "rcpt", "later@cust.example")
    assert "Greylisted" in outcome.text
    assert outcome.retry_after.total_seconds() >= 300
    assert ledger.asked == 0


def test_a_wrong_password_is_our_accounts_problem(postfix, buyer, send):
    outcome = send(buyer, secret="wrong but still secret")
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.phase, outcome.account_problem, outcome.hard) == (535, "login", True, False)
    assert "wrong but" not in outcome.text
    # One try only: providers lock accounts after a few.
    assert postfix.log.count("authentication failed") == 1


def test_a_sender_that_is_not_ours_is_our_accounts_problem(buyer, send):
    outcome = send(buyer, mail_from="stranger@acme.example")
    assert isinstance(outcome, Refused)
    assert outcome.account_problem
    assert not outcome.hard


def test_a_letter_too_large_is_the_letters_problem(buyer, send):
    outcome = send(buyer, raw=letter() + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 40_000)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.phase, outcome.account_problem, outcome.hard) == (552, "mail", False, False)


@pytest.mark.parametrize("answer", [False, RuntimeError("the ledger is full")])
def test_withdrawn_between_the_354_and_the_first_byte_nothing_arrives(dovecot, postfix, buyer, send, answer):
    if answer is False:
        assert isinstance(send(buyer, before=Ledger(answer)), Withdrawn)
    else:
        with pytest.raises(RuntimeError, match="the ledger is full"):
            send(buyer, before=Ledger(answer))
    # The server has seen DATA and then the end of the line, and forgets the letter.
    wait_until(lambda: "lost connection after DATA" in postfix.log, "the server has forgotten it")
    assert dovecot.mails(buyer) == []


@pytest.mark.parametrize("then", ["cut", "reset", "stall"])
@pytest.mark.parametrize(
    # Postfix takes sender, recipients and DATA in one go: none of them has an answer then.
    ("words", "phase"), [(b"AUTH PLAIN", "login"), (b" FROM:<", "mail"), (b" TO:<", "mail"), (b"DATA\r\n", "mail")]
)
def test_a_line_that_breaks_before_the_text_can_be_tried_again(dovecot, postfix, buyer, send, words, phase, then):
    ledger = Ledger()
    with Proxy(postfix.smtp, Fault("client", words, then, pass_on=False)) as line:
        outcome = send(buyer, before=ledger, smtp_port=line.port, timeout_seconds=2 if then == "stall" else 60)
        assert line.lines == 1
    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.phase) == (None, phase)
    assert ledger.asked == 0
    assert dovecot.mails(buyer) == []


@pytest.mark.parametrize("then", ["cut", "reset", "stall"])
def test_a_line_that_breaks_after_the_last_dot_leaves_doubt(dovecot, postfix, buyer, send, then):
    """The dangerous moment: the server has the letter and we do not know it."""
    ledger = Ledger()
    with Proxy(postfix.smtp, Fault("server", b"queued as", then, pass_on=False)) as line:
        outcome = send(buyer, before=ledger, smtp_port=line.port, reply_seconds=2 if then == "stall" else 60)
        assert line.lines == 1
    assert isinstance(outcome, Lost)
    assert ledger.asked == 1
    # It did arrive, once: had we tried again, the buyer would have it twice.
    assert len(dovecot.wait_for_mails(buyer, 1)) == 1


def test_a_late_answer_is_waited_for(dovecot, postfix, buyer, send):
    """The last reply has a time of its own, longer than that of the other steps (RFC 5321 §4.5.3.2.6)."""
    with Proxy(postfix.smtp, Fault("client", b"\r\n.\r\n", "late", seconds=2.5)) as line:
        outcome = send(buyer, smtp_port=line.port, timeout_seconds=2)
    assert isinstance(outcome, Accepted)


def test_a_line_that_breaks_within_the_text_leaves_doubt_and_no_mail(dovecot, postfix, buyer, send):
    with Proxy(postfix.smtp, Fault("client", b"A line.\r\n", "cut")) as line:
        outcome = send(buyer, smtp_port=line.port)
    assert isinstance(outcome, Lost)
    assert dovecot.mails(buyer) == []


def test_servers_that_cannot_be_reached(postfix, buyer, send):
    cases = [
        ({"smtp_host": "smtp.nowhere.invalid", "smtp_security": "tls", "smtp_port": 465}, "connect", "no server of this name"),
        ({"smtp_port": own_port()}, "connect", "nothing listens there"),
        ({"smtp_security": "tls"}, "tls", "no TLS on this port"),
        ({"smtp_security": "starttls", "tls_ca_file": ""}, "tls", "certificate cannot be trusted"),
        ({"smtp_security": "tls", "tls_ca_file": "/no/such/file"}, "tls", "/no/such/file of tls_ca_file does not exist"),
    ]
    for other, phase, says in cases:
        outcome = send(buyer, **other)
        assert isinstance(outcome, Deferred), other
        assert (outcome.phase, says in outcome.text) == (phase, True), outcome


def test_a_server_without_starttls_gets_no_password(postfix, buyer, send):
    """An attacker in the line can take the offer away; then nothing is said (RFC 3207 §6)."""
    with Proxy(postfix.smtp, Fault("server", b"250-STARTTLS\r\n", "strip")) as line:
        outcome = send(buyer, smtp_host="localhost", smtp_port=line.port, smtp_security="starttls")
        assert line.struck.is_set()
    assert isinstance(outcome, Deferred)
    assert outcome.phase == "tls"
    assert "STARTTLS" in outcome.text


def test_a_password_never_travels_in_clear(settings, providers):
    with pytest.raises(ConfigError, match="smtp_security"):
        smtp_transport(settings("a@acme.example", smtp_host="smtp.acme.example"), "x", providers)


@pytest.mark.parametrize(
    ("recipient", "raw", "envelope_id"),
    [
        ("a@b.example\r\nRCPT TO:<c@d.example>", letter(), ULID),
        ("a@b.example\n", letter(), ULID),
        ("a b@c.example", letter(), ULID),
        ("buyer@cust.example", b"Subject: x\n\nbare line feeds\n", ULID),
        ("buyer@cust.example", b"Subject: x\r\n\r\n.\rMAIL FROM:<>\r\n", ULID),
        ("buyer@cust.example", letter(), "x NOTIFY=SUCCESS\r\nRSET"),
    ],
)
def test_malformed_letters_are_not_even_tried(send, recipient, raw, envelope_id, settings, password, providers):
    ledger = Ledger()
    transport = smtp_transport(settings("sales@acme.example", smtp_port=own_port()), password, providers)
    with pytest.raises(SendingError):
        transport.submit(raw, "sales@acme.example", (recipient,), ledger, envelope_id)
    assert ledger.asked == 0


def test_doctor_can_try_the_login_alone(settings, postfix, password, providers):
    assert smtp_transport(settings("sales@acme.example"), password, providers).check_login() is None
    assert smtp_transport(settings("sales@acme.example"), "wrong", providers).check_login().account_problem
