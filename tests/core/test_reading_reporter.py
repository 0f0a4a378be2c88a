"""Who wrote a report of a letter that came back: our own side, or anybody who got a letter of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pytest

from mailagent import policy as rules
from mailagent.core.model.policy import Mailbox, Policy
from mailagent.core.reading import reporter
from mailagent.core.reading.parse import parse

HERE = "mail.acme.example"
OUTSIDE = "from mail.acme.example (unknown [192.0.2.7]) by mail.acme.example (Postfix) with ESMTP id 1; Mon, 2 Mar 2026 09:00:00 +0800"
MADE_HERE = "by mail.acme.example (Postfix) id 2; Mon, 2 Mar 2026 09:00:00 +0800"


@cache
def policy(provider: str = "generic", imap: str = "imap.acme.example", smtp: str = "smtp.acme.example") -> Policy:
    shipped = rules.load(None)
    account = Mailbox(name="sales", address="sales@acme.example", provider=provider, imap_host=imap, smtp_host=smtp)
    company = shipped.company.model_copy(update={"domains": ("acme.example",)})
    return shipped.model_copy(update={"mailboxes": (account,), "company": company})


def gmail() -> Policy:
    return policy("gmail", "imap.gmail.com", "smtp.gmail.com")


def microsoft() -> Policy:
    return policy("microsoft365", "outlook.office365.com", "smtp.office365.com")


def is_ours(about: Policy, sender: str, *lines: str) -> bool:
    head = "".join(f"{line}\r\n" for line in lines)
    raw = f"Return-Path: <>\r\n{head}From: Mail Delivery System <{sender}>\r\nTo: sales@acme.example\r\nSubject: Undelivered\r\n\r\nno\r\n"
    return reporter.is_our_own_side(parse(raw.encode(), received_at=datetime(2026, 3, 2, tzinfo=UTC)), about)


@pytest.mark.parametrize(
    "received",
    [
        (MADE_HERE,),
        # Postfix → Dovecot over LMTP, on one machine and on two.
        (f"from {HERE} ([127.0.0.1])\r\n\tby vm with LMTP\r\n\tid A (envelope-from <>)\r\n\tfor <sales@acme.example>; now", MADE_HERE),
        (f"from {HERE} ([10.0.0.5])\r\n\tby imap with LMTP\r\n\tid A; now", MADE_HERE),
        # A filter on the same machine hands it back.
        (MADE_HERE, f"from localhost (localhost [127.0.0.1]) by {HERE} (Postfix) with ESMTP id 3; now", MADE_HERE),
        (f"from localhost ([IPv6:::1]) by {HERE} with ESMTP; now",),
        (f"from mail.acme.example ([127.0.0.1])\r\n by localhost ({HERE} [127.0.0.1]) (amavisd-new, port 10024)\r\n with ESMTP id 3; now",),
        (f"from localhost ([127.0.0.1] helo={HERE}) by {HERE} with esmtp (Exim 4.96) id 1tE-0001; now",),
        (f"from [127.0.0.1] (helo=localhost) by {HERE} with esmtp (Exim 4.96) id 1tE-0001; now",),
        # Exim, and qmail.
        (f"from Debian-exim by {HERE} with local (Exim 4.96) id 1tE-0001; now",),
        ("(qmail 3711 invoked for bounce); 2 Mar 2026 01:00:00 -0000",),
    ],
)
def test_what_our_own_server_wrote(received):
    assert is_ours(policy(), f"MAILER-DAEMON@{HERE}", *(f"Received: {line}" for line in received))


@pytest.mark.parametrize(
    "received",
    [
        (OUTSIDE,),
        # Lines of his own below it change nothing.
        (f"from {HERE} ([127.0.0.1]) by vm with LMTP id A; now", OUTSIDE, MADE_HERE),
        # What he calls himself stands in the line as he said it, blanks and all.
        (f"from x by y with LMTP id 1 (unknown [192.0.2.7]) by {HERE} (Postfix) with SMTP id 1; now", MADE_HERE),
        (f"from [127.0.0.1] (unknown [192.0.2.7]) by {HERE} (Postfix) with ESMTP id 1; now",),
        (f"from mail by z with local (unknown [192.0.2.7]) by {HERE} (Postfix) with SMTP id 1; now",),
        (f"from [192.0.2.7] (helo=mail) by {HERE} with esmtp (Exim 4.96); now",),
        (f"from unknown (HELO mail) (192.0.2.7) by {HERE} with SMTP; now",),
        (f"from {HERE} (2001:db8::7) by {HERE} with Microsoft SMTP Server; now",),
        (f"from {HERE} by {HERE} with ESMTP; now",),
        # Servers that write down what he calls himself and no address that they found.
        (f"from [127.0.0.1](mailfrom:a@evil.example fp:SMTPD_1) by {HERE}(10.1.2.3); now",),
        (f"from x ([127.0.0.1]) (mailfrom:a@evil.example fp:SMTPD_1) by {HERE}(10.1.2.3); now",),
        (f"from unknown (HELO [127.0.0.1]) (me@192.0.2.7) by {HERE} with SMTP; now",),
        # Exim writes the sender of the envelope behind its own name, and a quoted local part may say anything.
        (f'from x.example ([192.0.2.7]) by {HERE} with esmtps (Exim 4.96) (envelope-from <"a by b with LMTP c"@x.example>) id 1; now',),
        (f'from x.example ([192.0.2.7]) by {HERE} with esmtps (Exim 4.96) (envelope-from <"a with LMTP c"@x.example>) id 1; now',),
        # Fetched from another provider by a programme of ours.
        (f"from pop.elsewhere.example [192.0.2.9] by {HERE} with POP3 (fetchmail-6.4.37); now", MADE_HERE),
        # Without any line nobody knows.
        (),
    ],
)
def test_what_came_in_from_outside_is_nobodys(received):
    assert not is_ours(policy(), f"MAILER-DAEMON@{HERE}", *(f"Received: {line}" for line in received))


def test_a_reporter_of_another_domain_is_not_ours_even_where_no_host_is_named():
    assert not is_ours(policy(), "MAILER-DAEMON@buyer.example", f"Received: {MADE_HERE}")


def test_a_person_of_ours_is_no_mail_system():
    assert not is_ours(policy(), "li.wei@acme.example", f"Received: {MADE_HERE}")
    assert not is_ours(policy(), "bounces-7@acme.example", f"Received: {MADE_HERE}")


GOOGLE = "Received: from mail-sor-f69.google.com (mail-sor-f69.google.com. [209.85.220.69]) by mx.google.com with SMTPS; now"
VOUCHED = "Authentication-Results: mx.google.com; dkim=pass header.i=@googlemail.com; dmarc=pass header.from=googlemail.com"


def test_our_providers_own_reports_are_vouched_for_by_it():
    assert is_ours(gmail(), "mailer-daemon@googlemail.com", GOOGLE, VOUCHED)


@pytest.mark.parametrize(
    ("sender", "said"),
    [
        ("mailer-daemon@googlemail.com", "Authentication-Results: mx.google.com; dkim=none; dmarc=fail header.from=googlemail.com"),
        ("mailer-daemon@googlemail.com", "Authentication-Results: mx.evil.example; dmarc=pass header.from=googlemail.com"),
        ("mailer-daemon@googlemail.com", "X-Nothing: 1"),
        # Anybody may have a signature of his own domain.
        ("mailer-daemon@evil.example", "Authentication-Results: mx.google.com; dmarc=pass header.from=evil.example"),
        # A buyer at the same provider has an address there too.
        ("clever.buyer@googlemail.com", "Authentication-Results: mx.google.com; dmarc=pass header.from=googlemail.com"),
    ],
)
def test_nobody_vouches_for_others(sender, said):
    assert not is_ours(gmail(), sender, GOOGLE, said)


EXCHANGE = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@acme.onmicrosoft.example"


def test_exchange_marks_what_was_written_inside():
    hop = "Received: from AM6PR01MB1.eurprd01.prod.outlook.com (2603:10a6:20b::7) by DB7PR01MB2.eurprd01.prod.outlook.com with HTTPS; now"
    inside, anonymous = ("X-MS-Exchange-Organization-AuthAs: Internal", "X-MS-Exchange-Organization-AuthAs: Anonymous")
    assert is_ours(microsoft(), EXCHANGE, hop, inside)
    assert not is_ours(microsoft(), EXCHANGE, hop, anonymous)
    # Only Microsoft's own servers take the field away from what comes in.
    assert not is_ours(policy(), EXCHANGE, hop, inside)
    assert not is_ours(microsoft(), "buyer@evil.example", hop, inside)


def test_the_mark_counts_only_where_it_is_taken_away_from_what_comes_in():
    both = microsoft().model_copy(update={"mailboxes": (*microsoft().mailboxes, *policy().mailboxes)})
    inside = "X-MS-Exchange-Organization-AuthAs: Internal"
    assert is_ours(both, EXCHANGE, "Received: from AM6PR01MB1.prod.outlook.com by DB7PR01MB2.eurprd01.prod.outlook.com; now", inside)
    assert not is_ours(both, EXCHANGE, f"Received: from a.prod.outlook.com (unknown [192.0.2.7]) by {HERE} with ESMTP; now", inside)
