"""What replies of SMTP servers mean, as providers word them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailagent.delivery.base import Deferred, Refused
from mailagent.delivery.replies import clean, judge, queue_id

HARD, SOFT, ACCOUNT = "hard", "letter", "account"


@pytest.mark.parametrize(
    ("code", "text", "phase", "meaning"),
    [
        (550, "5.1.1 The email account that you tried to reach does not exist", "rcpt", HARD),
        (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", "rcpt", HARD),
        (550, "No such user here", "rcpt", HARD),
        (550, "<x@y.example>: Recipient address rejected: User unknown", "rcpt", HARD),
        (550, "收件人不存在", "rcpt", HARD),
        # The address is not to blame.
        (550, "5.7.1 Blocked: user unknown to our policy", "rcpt", SOFT),
        (550, "5.1.2 Host unknown", "rcpt", SOFT),
        (552, "5.2.2 Mailbox full", "rcpt", SOFT),
        (554, "5.7.1 Message rejected as spam", "text", SOFT),
        (550, "User unknown", "text", SOFT),
        (552, "5.3.4 Message size exceeds fixed limit", "mail", SOFT),
        (554, "DT:SPM 163 smtp10", "text", SOFT),
        # Our account is.
        (535, "5.7.8 Error: authentication failed", "login", ACCOUNT),
        (550, "5.7.60 Client does not have permissions to send as this sender", "mail", ACCOUNT),
        (553, "Mail from must equal authorized user", "mail", ACCOUNT),
        (501, "mail from address must be same as authorization user", "mail", ACCOUNT),
        (553, "5.7.1 <a@b.example>: Sender address rejected: not owned by user x", "rcpt", ACCOUNT),
        (550, "5.7.708 Service unavailable. Access denied, traffic not accepted from this IP", "rcpt", ACCOUNT),
        (501, "5.1.8 Access denied, bad outbound sender", "text", ACCOUNT),
        (530, "5.7.0 Must issue a STARTTLS command first", "rcpt", ACCOUNT),
    ],
)
def test_refusals(bounces, code, text, phase, meaning):
    outcome = judge(code, text, phase, "x@y.example" if phase == "rcpt" else "", bounces)
    assert isinstance(outcome, Refused)
    assert (outcome.hard, outcome.account_problem) == (meaning == HARD, meaning == ACCOUNT)


@pytest.mark.parametrize(
    ("code", "text", "phase", "minutes"),
    [
        (450, "4.2.0 Greylisted", "rcpt", 5),
        (454, "4.7.0 Too many login attempts", "login", 15),
        (451, "MI:SFQ 126 smtp", "text", 15),
        (451, "DT:SPM", "text", 2),
        (421, "4.3.2 Service shutting down", "text", None),
        # Not what a server may say here; nothing was taken all the same.
        (250, "ok", "data", None),
    ],
)
def test_put_off(bounces, code, text, phase, minutes):
    outcome = judge(code, text, phase, bounces=bounces)
    assert isinstance(outcome, Deferred)
    assert outcome.retry_after == (timedelta(minutes=minutes) if minutes else None)


@pytest.mark.parametrize(
    ("code", "text", "phase", "name"),
    [
        (550, "5.4.5 Daily user sending limit exceeded", "text", "daily_quota"),
        (550, "5.1.90 Your message can't be sent because you've reached your daily limit", "rcpt", "daily_quota"),
        (554, "5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", "text", "daily_quota"),
        (550, "RP:TRC 163 smtp2", "rcpt", "daily_quota"),
        (550, "MI:STC 163 smtp2", "connect", "daily_quota"),
        (451, "MI:SFQ 126 smtp", "text", "short_quota"),
        (550, "sender frequency limited", "rcpt", "too_frequent"),
        (454, "4.7.0 Too many login attempts, please try again later", "login", "too_many_logins"),
        (421, "4.7.0 Try again later, closing connection", "connect", "too_many_logins"),
        (432, "4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "text", "too_many_connections"),
    ],
)
def test_our_account_is_asked_to_be_silent(bounces, code, text, phase, name):
    """Whether the server says "for ever" or "for now": it is not this letter that it means."""
    outcome = judge(code, text, phase, "x@y.example" if phase == "rcpt" else "", bounces)
    assert isinstance(outcome, Deferred) and outcome.bars and outcome.meaning.name == name


def test_without_the_table_the_standards_hold():
    refused = judge(535, "5.7.8 no", "login")
    assert isinstance(refused, Refused) and refused.account_problem and refused.meaning is None
    assert judge(550, "5.1.1 gone", "rcpt", "x@y.example").hard
    assert judge(553, "no", "mail").account_problem and not judge(552, "too big", "mail").account_problem


def test_words_of_a_server_are_cleaned_and_short():
    assert clean(b"5.7.1 no\r\n\x1b[31mthanks\x00 \xff") == "5.7.1 no [31mthanks �"
    assert len(clean("long " * 1000)) <= 500


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2.0.0 Ok: queued as 4XyZ123abc", "4XyZ123abc"),
        ("OK id=1t2abc-0000Xy-2B", "1t2abc-0000Xy-2B"),
        ("2.6.0 <a@b.example> [InternalId=17] Queued mail for delivery", ""),
        ("Ok", ""),
    ],
)
def test_the_servers_own_name_for_a_letter(text, found):
    assert queue_id(text) == found
