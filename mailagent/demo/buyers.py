"""The demo's buyers: what they do when a letter of ours arrives, written down in ``reactions.toml``.

A buyer counts the letters he gets; the table says which of them he answers, how long after, and in what words. His
answer threads as a mail program would: it answers our Message-ID and quotes our text in his program's manner.
"""

from __future__ import annotations

import threading
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import format_datetime, parseaddr, parsedate_to_datetime
from functools import cache
from importlib.resources import files

from mailagent.demo.samples import build, fill_dates

QUOTED_LINES = 40


@dataclass(frozen=True)
class Reaction:
    """One line of the table: who answers which letter, when and what.

    Attributes:
        to_letter: which of our letters to this address, counted from 1.
        after_hours: hours between that letter and the answer.
        style: how the buyer's mail program quotes: gmail, gmail_es, outlook, apple, none.
        automatic: a machine answers, not the buyer.
        subject: what stands before our subject.
        say: what should be seen to happen then.
    """

    address: str
    name: str
    to_letter: int
    after_hours: float
    body: str
    style: str = "gmail"
    automatic: bool = False
    subject: str = "Re: "
    say: str = ""


@dataclass(frozen=True)
class Answer:
    """A mail of a buyer that will arrive at ``at``: ``raw`` is for ``recipient``'s inbox."""

    at: datetime
    recipient: str
    raw: bytes
    reaction: Reaction


@cache
def reactions() -> tuple[Reaction, ...]:
    """The whole table."""
    return tuple(Reaction(**row) for row in _table()["reaction"])


def bounces() -> dict[str, str]:
    """Address → what its server answers, as ``EmbeddedMail`` wants it."""
    return {row["address"]: row["answer"] for row in _table()["bounce"]}


@cache
def _table() -> dict:
    return tomllib.loads((files("mailagent.demo") / "reactions.toml").read_text("utf-8"))


class Buyers:
    """Everybody outside, waiting for letters: pass ``hear`` to ``EmbeddedMail`` as ``on_letter``.

    Args:
        clock: the demo's time, aware.
    """

    def __init__(self, clock: Callable[[], datetime]):
        self._clock = clock
        self._letters: Counter[str] = Counter()
        self._coming: list[Answer] = []
        # The mail server calls from its own threads.
        self._lock = threading.Lock()

    def hear(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> None:
        """Somebody got a letter; his answer, if he gives one, is kept until its time comes."""
        now = self._clock()
        with self._lock:
            for recipient in recipients:
                address = recipient.lower()
                self._letters[address] += 1
                for reaction in reactions():
                    if (reaction.address, reaction.to_letter) == (address, self._letters[address]):
                        at = now + timedelta(hours=reaction.after_hours)
                        self._coming.append(Answer(at, sender, answer(reaction, raw, at), reaction))

    @property
    def next_at(self) -> datetime | None:
        """When the next answer arrives; None if nobody is going to write."""
        with self._lock:
            return min((one.at for one in self._coming), default=None)

    def due(self, now: datetime) -> list[Answer]:
        """The answers whose time has come, oldest first; each is given out once."""
        with self._lock:
            ready = sorted((one for one in self._coming if one.at <= now), key=lambda one: one.at)
            self._coming = [one for one in self._coming if one.at > now]
        return ready


def answer(reaction: Reaction, letter: bytes, at: datetime) -> bytes:
    """The buyer's mail in answer to a letter of ours.

    Args:
        letter: the bytes that we sent; its Message-ID, Date, subject and text are taken up.
        at: when he writes (aware).
    """
    ours = message_from_bytes(letter)
    ours_id = _header(ours, "Message-ID")
    references = f"{_header(ours, 'References')} {ours_id}".split()
    host = reaction.address.rpartition("@")[2]
    headers = [
        ("Return-Path", "<>" if reaction.automatic else f"<{reaction.address}>"),
        ("Received", f"from mail.{host} (mail.{host} [192.0.2.25])\n\tby mx.lumena.example with ESMTPS;\n\t{format_datetime(at)}"),
        ("From", f"{reaction.name} <{reaction.address}>"),
        ("To", _header(ours, "Reply-To") or _header(ours, "From")),
        ("Subject", reaction.subject + _without_prefix(_header(ours, "Subject"))),
        ("Date", format_datetime(at)),
        ("Message-ID", f"<{at:%Y%m%d%H%M%S}.{reaction.to_letter}@{host}>"),
        ("In-Reply-To", ours_id),
        ("References", "\n ".join(references)),
        ("MIME-Version", "1.0"),
    ]
    if reaction.automatic:
        headers += [("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")]
    present = [(key, value) for key, value in headers if value]
    return build(present, fill_dates(reaction.body.lstrip("\n"), at) + _quotation(reaction.style, ours, at))


def _header(message: Message, name: str) -> str:
    """A header of our letter as one decoded line."""
    return " ".join(str(make_header(decode_header(message.get(name, "")))).split())


def _without_prefix(subject: str) -> str:
    return subject[3:].strip() if subject[:3].lower() == "re:" else subject


def _text(message: Message) -> str:
    """The plain text of our letter."""
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            data = part.get_payload(decode=True)
            return data.decode(part.get_content_charset() or "utf-8", "replace").replace("\r\n", "\n").strip()
    return ""


def _quotation(style: str, ours: Message, at: datetime) -> str:
    """Our text as this mail program puts it below the answer; ``at`` stands for a Date that is missing."""
    lines = _text(ours).split("\n")[:QUOTED_LINES]
    marked = "\n".join(f"> {line}".rstrip() for line in lines)
    name, address = parseaddr(_header(ours, "From"))
    sent = parsedate_to_datetime(ours["Date"]) if ours["Date"] else at
    plain = "\n".join(lines)
    written = {
        "gmail": f"\nOn {sent:%a, %d %b %Y at %H:%M}, {name} <{address}> wrote:\n\n{marked}\n",
        "gmail_es": f"\nEl {sent:%d/%m/%Y a las %H:%M}, {name} <{address}> escribió:\n\n{marked}\n",
        "apple": f"\nSent from my iPhone\n\n> On {sent:%d %b %Y, at %H:%M}, {name} <{address}> wrote:\n>\n{marked}\n",
        "outlook": (
            f"\nFrom: {name} <{address}>\nSent: {sent:%d %B %Y %H:%M}\n"
            f"To: {_header(ours, 'To')}\nSubject: {_header(ours, 'Subject')}\n\n{plain}\n"
        ),
        "none": "",
    }
    return written[style]
