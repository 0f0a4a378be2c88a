"""The mail inside a forward: who wrote it, when, what, and what the colleague says above it.

A forward is a text below a block of headers ("From: … Sent: … Subject: …" in the words of fifty mail programs), or a whole mail
as an attachment (``message/rfc822``). Forwards of forwards are followed down to the first sender who is not one of us.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes

from mailagent.core.model.address import Address
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Language, Policy
from mailagent.core.reading import headers, lexicon, parse, quote_marks, quoting, senders, thread
from mailagent.core.reading.text import fold

MOST_LINES = 4000
#: So many colleagues may have passed a mail on.
DEEPEST = 4
#: Of a larger mail the beginning is looked through for a mail inside it, bytes.
LARGEST = 5_000_000
_MARKS = re.compile(
    r"forwarded (?:message|by)|begin forwarded|转发|轉寄|轉發|原始邮件|weitergeleitet|message transféré|mensaje reenviado|"
    r"mensagem encaminhada|messaggio inoltrato|пересылаемое|пересланное|iletilen|転送|전달된|doorgestuurd|przekazan|vidarebefordr",
    re.I,
)
_TIME = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:.h]([0-5]\d)(?::[0-5]\d)?(?!\d)\s{0,3}([ap]\.?m)?", re.I)
_ZONE = re.compile(r"(?:[+-]\d{4}|\b(?:GMT|UTC))\b")
_YEAR_FIRST = re.compile(r"(?<!\d)(20\d\d)\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})[-/.](20\d\d)(?!\d)")
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_DAY = re.compile(r"(?<![\d:])(\d{1,2})(?![\d:])")


@dataclass(frozen=True)
class Forward:
    """The inner mail of a forward.

    Attributes:
        note: what the person who forwards says above it.
        sent: its date as the mail program wrote it; "" if it wrote none.
        message: the whole inner mail, where it is attached and not quoted.
    """

    sender: Address
    subject: str
    text: str
    note: str
    sent: str = ""
    message: InboundMessage | None = None


def is_forward(message: InboundMessage) -> bool:
    """Whether the subject, a mark in the text or an attached mail says that another mail is passed on."""
    return thread.is_forward(message.subject) or "message/rfc822" in message.part_types or bool(_MARKS.search(message.text[:3000]))


def innermost(message: InboundMessage, policy: Policy, raw: bytes) -> Forward | None:
    """The mail inside a colleague's forward that came from outside; None if there is none.

    Args:
        raw: the bytes of the mail, for a mail that is attached to it; b"" leaves that way out.
    """
    inner = read_forward(message.text)
    if inner is None:
        inner = _attached(message, policy, raw)
    notes = []
    for _ in range(DEEPEST):
        email = inner.sender.email if inner else ""
        if inner is None or not senders.is_ours(email, policy) or senders.is_nobody(email) or senders.is_website(email):
            break
        notes.append(inner.note)
        # Below a colleague's own letter stands what he answered long ago; only what he passed on himself is new.
        goes_on = thread.is_forward(inner.subject) or _MARKS.search(inner.text[:3000])
        inner = read_forward(inner.text) if goes_on else None
    if inner is None:
        return None
    note = "\n".join(part for part in (*notes, inner.note) if part)
    return Forward(inner.sender, inner.subject, inner.text, note, inner.sent, inner.message)


def read_forward(text: str) -> Forward | None:
    """The first quoted header block of a text, with what stands below it."""
    lines = [re.sub(r"^(?:> ?)+", "", line) for line in quoting.visible(text).split("\n")[:MOST_LINES]]
    for i, line in enumerate(lines):
        if not line.strip():
            continue
        size = quote_marks.header_block(lines, i)
        if not size:
            inline = address_in(quote_marks.sender_in(lines, i))
            if inline.email:
                return Forward(inline, "", "\n".join(lines[i + 1 :]).strip(), _note(lines[:i]), line.strip()[:200])
            continue
        values = quote_marks.header_values(lines, i)
        address = address_in(values.get("from", ""))
        if not address.email:
            continue
        subject, sent = headers.clean(values.get("subject", "")), headers.clean(values.get("date", ""), 200)
        return Forward(address, subject, "\n".join(lines[i + size :]).strip(), _note(lines[:i]), sent)
    return None


def _note(lines: list[str]) -> str:
    return "\n".join(line for line in lines if not quote_marks.is_mark_line(line)).strip()


def _attached(message: InboundMessage, policy: Policy, raw: bytes) -> Forward | None:
    """The first mail attached to this one, read like any other."""
    if not raw or "message/rfc822" not in message.part_types:
        return None
    inside = _inner_bytes(raw[:LARGEST])
    if not inside:
        return None
    inner = parse.parse(inside, received_at=message.received_at, languages=policy.languages)
    if not inner.sender.email or inner.report is not None:
        return None
    return Forward(inner.sender, inner.subject, inner.text, message.words.strip(), inner.header("date")[:200], inner)


def _inner_bytes(raw: bytes) -> bytes:
    """The bytes of the first mail inside a mail; b"" if it cannot be taken out: a colleague's broken mail is shown as his own."""
    try:
        for part in message_from_bytes(raw).walk():
            if part.get_content_type() == "message/rfc822" and part.is_multipart():
                return part.get_payload()[0].as_bytes()
    except (Exception, RecursionError):
        return b""
    return b""


def address_in(value: str) -> Address:
    """The sender in a quoted block: ``Jane <j@x>``, ``Jane [mailto:j@x]``, ``j@x``, ``<a href="mailto:j@x">``."""
    value = re.sub(r"<mailto:[^<>]{0,300}>", "", value[:1200])
    value = re.sub(r"\[\s*(?:mailto:)?([^\s\[\]]{3,300})\]", r"<\1>", value).replace("&lt;", "<").replace("&gt;", ">")
    found = headers.addresses(value)
    return found[0] if found else Address("", "")


def date_of(value: str, languages: Mapping[str, Language]) -> datetime | None:
    """When the inner mail was sent, as its mail program wrote it in its own language; None if that cannot be told.

    Without a zone in it, which is usual, the time is taken for UTC. A date that could be read in two ways (5/6/2026) is not read.
    """
    exact = headers.date_of(value)[0] if _ZONE.search(value) else None
    if exact is not None:
        return exact
    first, last = _YEAR_FIRST.search(value), _YEAR_LAST.search(value)
    if first:
        year, month, day = map(int, first.groups())
    elif last:
        day, month, year = map(int, last.groups())
        if month > 12:
            day, month = month, day
        elif day <= 12 and day != month and "." not in last[0]:
            return None
    else:
        months, named = lexicon.of(languages).months, re.findall(r"[^\W\d_]{3,12}", fold(value[:200]))
        month = next((months[word] for word in named if word in months), 0)
        said, days = _YEAR.search(value), _DAY.findall(_TIME.sub(" ", value))
        if not (month and said and days):
            return None
        year, day = int(said[0]), int(days[0])
    clock = _TIME.search(_YEAR_LAST.sub(" ", _YEAR_FIRST.sub(" ", value)))
    hour, minute = (int(clock[1]), int(clock[2])) if clock else (0, 0)
    if clock and clock[3] and hour <= 12:
        hour = hour % 12 + (12 if clock[3].lower().startswith("p") else 0)
    try:
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None
