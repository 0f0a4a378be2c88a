"""Mails as platforms, web servers and colleagues send them, and what is made of them."""

from __future__ import annotations

from datetime import UTC, datetime

from policies import policy

from mailagent.core.model.message import InboundMessage
from mailagent.core.reading import relay
from mailagent.core.reading.parse import parse

AT = datetime(2026, 3, 3, 8, tzinfo=UTC)


def notice(sender: str, subject: str, body: str, **headers: str) -> bytes:
    """A mail to us; a body that begins with a tag is a page."""
    head = f"From: {sender}\nTo: sales@ours.example\nSubject: {subject}\nDate: Tue, 03 Mar 2026 08:00:00 +0000\n"
    head += "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    kind_of = "html" if body.lstrip().startswith("<") else "plain"
    return f"{head}Content-Type: text/{kind_of}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}".encode()


def unwrapped(raw: bytes) -> InboundMessage:
    """The mail as if the buyer had sent it himself."""
    return relay.unwrap(parse(raw, received_at=AT, languages=policy().languages), policy(), raw)
