"""The mails that lie in the demo's mailbox when the agent reads it for the first time.

Each is a text file in ``mail/``, written as a person would read it: headers, a blank line, the body, all in UTF-8.
``load`` turns it into the bytes that a mail server would have taken. Headers that begin with ``X-Demo-`` are for us
and never reach the mailbox:

    X-Demo-At: -1 09:14 +0100       when it was written: days from the demo's first day, and the writer's own clock
    X-Demo-Expect: kind=inquiry tier=2 language=en      what a salesperson would make of it; tier=none is not graded
                                    tier is the lead's after this mail; alone=3 is what the mail by itself would make it
    X-Demo-Note: why this mail is here
    X-Demo-Folder: Sent             INBOX if it is not said
    X-Demo-Bytes: windows-1252      for broken mail: no header is added or encoded, these bytes go out as they are

Dates inside the text are written as ``{{-5 16:20 +0800 | %d %b %Y, %H:%M}}``: days, clock, and how to show them.
A header that is missing and that every mail has (Date, To, Message-ID, MIME-Version) is added. A text that is not
ASCII is encoded as its Content-Type and Content-Transfer-Encoding say; without them, as UTF-8, quoted-printable.
"""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from email.header import Header
from email.utils import format_datetime
from importlib.resources import files

SALES = "sales@lumena.example"
#: A mail takes a few seconds on its way.
TRANSIT = timedelta(seconds=9)

FOR_US = "x-demo-"
MARKER = re.compile(r"\{\{([+-]?\d{1,3})(?: (\d\d:\d\d) ([+-]\d{4}))? \| ([^{}\n]{1,60})\}\}")
ADDRESS = re.compile(r'"?([^"<]{0,100}?)"?\s*(<[^<>]{1,200}>)')


@dataclass(frozen=True)
class Sample:
    """One mail of the demo.

    Attributes:
        name: the file's name without its ending.
        raw: the bytes, with CRLF.
        received_at: when our server took it (aware); give it to ``EmbeddedMail.deliver`` as ``when``.
        expect: kind, tier and alone (1 to 4 or None), language, note, and what else X-Demo-Expect says.
    """

    name: str
    raw: bytes
    folder: str
    received_at: datetime
    expect: Mapping[str, str | int | None]

    @property
    def flags(self) -> tuple[str, ...]:
        """What a colleague sent himself is marked as read; the rest nobody has opened yet."""
        return ("\\Seen",) if self.folder == "Sent" else ()


def load(start: datetime) -> list[Sample]:
    """All sample mails in the order of their arrival.

    Args:
        start: the demo's first moment (aware); the days in the files count from its date.
    """
    texts = {
        entry.name.removesuffix(".eml"): entry.read_text("utf-8")
        for entry in (files("mailagent.demo") / "mail").iterdir()
        if entry.name.endswith(".eml")
    }
    read = [sample(name, text, start) for name, text in texts.items()]
    return sorted(read, key=lambda one: (one.received_at, one.name))


def sample(name: str, text: str, start: datetime) -> Sample:
    """One file's text as a mail; ``start`` as for ``load``. Raises ValueError for a file without X-Demo-At."""
    head, _, body = fill_dates(text, start).partition("\n\n")
    headers = _split(head)
    ours = {key[len(FOR_US) :].lower(): value for key, value in headers if key.lower().startswith(FOR_US)}
    theirs = [(key, value) for key, value in headers if not key.lower().startswith(FOR_US)]
    if "at" not in ours:
        raise ValueError(f"{name}: X-Demo-At is missing")
    days, clock, offset = ours["at"].split()
    written = moment(start, int(days), clock, offset)
    folder = ours.get("folder", "INBOX")
    if "bytes" in ours:
        lines = "".join(f"{key}: {value}\n" for key, value in theirs)
        raw = _crlf((lines + "\n" + body).encode(ours["bytes"]))
    else:
        trace = [] if folder == "Sent" else _trace(theirs, written)
        raw = build(trace + _completed(theirs, name, written), body)
    return Sample(name, raw, folder, written + TRANSIT, _expected(ours))


def moment(start: datetime, days: int, clock: str, offset: str) -> datetime:
    """``(start, -1, "09:14", "+0100")``: the day before the start, a quarter past nine on a clock an hour ahead of UTC."""
    zone = datetime.strptime(offset, "%z").tzinfo
    return datetime.combine(start.date() + timedelta(days=days), time.fromisoformat(clock), zone)


def fill_dates(text: str, start: datetime) -> str:
    """Write the dates into a text; without a clock, it is the start's."""

    def shown(found: re.Match) -> str:
        days, clock, offset, style = found.groups()
        when = moment(start, int(days), clock, offset) if clock else start + timedelta(days=int(days))
        return when.strftime(style)

    return MARKER.sub(shown, text)


def build(headers: list[tuple[str, str]], body: str) -> bytes:
    """The bytes of a mail whose headers and body are plain text, encoded as the headers say.

    Args:
        headers: in order; Content-Type and Content-Transfer-Encoding are added for a text that needs them.
        body: with LF; a multipart body goes out in UTF-8 as it stands.
    """
    named = {key.lower(): value for key, value in headers}
    declared = named.get("content-type", "")
    charset = _charset(declared)
    encoding = named.get("content-transfer-encoding", "").lower()
    if not declared:
        headers = [*headers, ("Content-Type", f'text/plain; charset="{charset}"')]
    if not encoding and not declared.startswith("multipart/") and not body.isascii():
        encoding = "quoted-printable"
        headers = [*headers, ("Content-Transfer-Encoding", encoding)]
    lines = "".join(f"{key}: {_encoded(key, value, charset)}\n" for key, value in headers)
    payload = _crlf(body.encode(charset))
    if encoding == "base64":
        payload = base64.encodebytes(payload)
    elif encoding == "quoted-printable":
        payload = quopri.encodestring(payload.replace(b"\r\n", b"\n"))
    return _crlf(lines.encode("ascii") + b"\n" + payload)


def _split(head: str) -> list[tuple[str, str]]:
    """Header lines as pairs; a line that begins with a space goes on with the one before."""
    pairs: list[tuple[str, str]] = []
    for line in head.split("\n"):
        if line[:1] in (" ", "\t") and pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]}\n{line}")
        else:
            key, _, value = line.partition(":")
            pairs.append((key, value.strip()))
    return pairs


def _trace(headers: list[tuple[str, str]], written: datetime) -> list[tuple[str, str]]:
    """What the mail servers on the way put on top (RFC 5321 §4.4)."""
    named = {key.lower(): value for key, value in headers}
    sender = _sender(named)
    host = sender.rpartition("@")[2]
    arrival = format_datetime(written + TRANSIT)
    return [
        ("Return-Path", named.get("return-path", f"<{sender}>")),
        ("Received", f"from mail.{host} (mail.{host} [192.0.2.25])\n\tby mx.lumena.example with ESMTPS;\n\t{arrival}"),
    ]


def _completed(headers: list[tuple[str, str]], name: str, written: datetime) -> list[tuple[str, str]]:
    """The headers as written, and those that every mail carries where they are missing."""
    named = {key.lower(): value for key, value in headers}
    usual = {
        "Date": format_datetime(written),
        "To": SALES,
        "Message-ID": f"<{written:%Y%m%d%H%M}.{name}@{_sender(named).rpartition('@')[2]}>",
        "MIME-Version": "1.0",
    }
    added = [(key, value) for key, value in usual.items() if key.lower() not in named]
    return [pair for pair in headers if pair[0].lower() != "return-path"] + added


def _sender(named: Mapping[str, str]) -> str:
    return named["from"].rpartition("<")[2].strip("<> ")


def _expected(ours: Mapping[str, str]) -> dict[str, str | int | None]:
    expect: dict[str, str | int | None] = dict(pair.split("=", 1) for pair in ours.get("expect", "").split())
    tier = expect.get("tier", "none")
    expect["tier"] = None if tier == "none" else int(tier)
    expect["alone"] = int(expect["alone"]) if "alone" in expect else expect["tier"]
    expect["note"] = " ".join(ours.get("note", "").split())
    return expect


def _charset(content_type: str) -> str:
    found = re.search(r'charset="?([\w.:-]{1,40})', content_type)
    return found.group(1) if found else "utf-8"


def _encoded(key: str, value: str, charset: str) -> str:
    """A header value in ASCII (RFC 2047); in an address only the name is encoded."""
    if value.isascii():
        return value
    if key.lower() in ("from", "to", "cc", "reply-to", "sender"):
        return ADDRESS.sub(lambda found: f"{_words(found.group(1), charset)} {found.group(2)}", value)
    return _words(value, charset)


def _words(text: str, charset: str) -> str:
    return text if text.isascii() else Header(text, charset, maxlinelen=70).encode()


def _crlf(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
