"""The demo's SMTP server: takes letters from those who log in, and plays the rest of the world's mail system.

A letter to one of our own people goes into his mailbox, a letter to anybody else goes *outside*, and a letter to an
address of ``bounces`` comes back as a delivery report (RFC 3464) with its headers returned.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from email.utils import format_datetime

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

#: aiosmtpd logs every command at INFO; only faults are of interest in a demo.
logging.getLogger("mail.log").setLevel(logging.ERROR)

MAX_LETTER_BYTES = 35_000_000

Accept = Callable[[str, tuple[str, ...], bytes], Awaitable[str]]


class Postmaster:
    """What aiosmtpd asks at each step of a conversation.

    Args:
        users: address → password.
        own_domains: domains whose unknown addresses are refused at RCPT, as the company's server would.
        accept: called with sender, recipients and bytes of each letter; returns its queue id.
    """

    def __init__(self, users: dict[str, str], own_domains: frozenset[str], accept: Accept):
        self._users = users
        self._own_domains = own_domains
        self._accept = accept

    def conversation(self, loop) -> SMTP:
        """One SMTP conversation; no TLS, because the server listens on this machine only."""
        return SMTP(
            self, loop=loop, hostname="mail.demo.example", ident="mailagent demo ESMTP", data_size_limit=MAX_LETTER_BYTES,
            enable_SMTPUTF8=True, authenticator=self._authenticate, auth_require_tls=False,
        )  # fmt: skip

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data) -> AuthResult:
        known = isinstance(data, LoginPassword) and self._users.get(_text(data.login)) == _text(data.password)
        # handled=False lets aiosmtpd answer 535 by itself.
        return AuthResult(success=known, handled=False, auth_data=_text(data.login) if known else None)

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        # Asked here and not by auth_required=True, which warns on stderr at every connection without TLS.
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address.rpartition("@")[2].lower() in self._own_domains and address.lower() not in self._users:
            return f"550 5.1.1 <{address}>: Recipient address rejected: no such user here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        queued = await self._accept(envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.original_content or b"")
        return f"250 2.0.0 Ok: queued as {queued}"


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def trace_lines(sender: str, recipient: str, queued: str, when: datetime) -> bytes:
    """What a mail server puts on top of a letter when it delivers it (RFC 5321 §4.4)."""
    return (
        f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n"
        f"Received: from localhost by mail.demo.example with ESMTPA id {queued};\r\n\t{format_datetime(when)}\r\n"
    ).encode()


def delivery_report(sender: str, recipient: str, raw: bytes, diagnostic: str, queued: str, when: datetime) -> bytes:
    """The mail that tells the sender that his letter could not be delivered (RFC 3464), with its headers returned.

    Args:
        diagnostic: the remote server's answer, as "550 5.1.1 <x@y.example>: no mailbox of this name".
        queued: queue id of the letter, which also makes the report's Message-ID.
    """
    host = recipient.rpartition("@")[2]
    words = diagnostic.split(maxsplit=2)
    status = words[1] if len(words) > 1 and words[1].count(".") == 2 else "5.0.0"
    headers = raw.partition(b"\r\n\r\n")[0].decode("latin-1")
    boundary = f"report-{queued}"
    text = f"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mail.demo.example>
To: {sender}
Subject: Undelivered Mail Returned to Sender
Date: {format_datetime(when)}
Message-ID: <{queued}.report@mail.demo.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"

This is a message in MIME format.

--{boundary}
Content-Type: text/plain; charset=us-ascii

This is the mail system at mail.demo.example.

Your message could not be handed to the recipient below, and no further
attempt will be made. The other server said:

    <{recipient}>: host mx.{host} said:
    {diagnostic}

The headers of your message are attached.

--{boundary}
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.demo.example
X-Queue-ID: {queued}
Arrival-Date: {format_datetime(when)}

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: failed
Status: {status}
Remote-MTA: dns; mx.{host}
Diagnostic-Code: smtp; {diagnostic}

--{boundary}
Content-Type: text/rfc822-headers

{headers}

--{boundary}--
"""
    return text.encode("latin-1", "replace").replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
