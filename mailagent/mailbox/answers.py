"""What a server says to UID FETCH and UID SEARCH, read without being fooled.

Theory. Between our question and its answer a server may say other things, above all ``* 7 FETCH (FLAGS (\\Seen))`` when
a colleague reads a mail on his phone. A client that pairs the lines two by two takes over flags of other mails or makes up
mails that do not exist (SPIKE §7). So every answer is taken by itself: it counts only if it carries a UID that
was asked for and the thing that was asked for, and if it ends as an answer ends. What else stands in it, and in which order, is
the server's own affair (RFC 3501 §7.4.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

#: A word of an answer: a quoted text, the mark of a literal, a bracket, or a name with its section (``BODY[HEADER]``).
_WORD = re.compile(
    rb'"(?:[^"\\]|\\.)*"|~?\{\d{1,15}\+?\}\r?\n|[()]|[^\s()"\[\]{}]+(?:\[[^\]\r\n]{0,200}\](?:<\d{1,15}>)?)?|[^\s()]', re.S
)
#: How an answer says that the mail as a whole comes now, as we asked for it.
_MAIL = (b"BODY[]", b"BODY[]<0>")
_MAIL_COMES = re.compile(rb"\bBODY\[\](?:<0>)?[ ]{1,9}~?\{\d{1,15}\+?\}\r?\n\Z", re.I)
#: What servers tell of a mail, asked or not (RFC 3501 §7.4.2, 7162, 8474, 8514, 8970); names of their own begin with X-.
_TOLD = frozenset(
    b"UID FLAGS INTERNALDATE RFC822.SIZE MODSEQ ENVELOPE BODY BODYSTRUCTURE EMAILID THREADID SAVEDATE PREVIEW SNIPPET".split()
)
#: The answer that nearly all servers give to our question, with the body announced as a literal.
_USUAL = re.compile(
    rb'\* \d+ FETCH \((?:UID (\d{1,10})|FLAGS \(([^)]*)\)|INTERNALDATE "([^"]{1,40})"|(?: |RFC822\.SIZE \d+|MODSEQ \(\d+\)))+'
    rb" BODY\[[^\]]{0,200}\] \{(\d{1,15})\}\r?\n",
    re.I,
)
_WHEN = re.compile(r"\s*(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_AS_IMAPLIB_TELLS = re.compile(r"^(?:[A-Z]+ command error: BAD \[)?b(['\"])(?:\* (?:BYE )?)?(.{0,2000})\1\]?$", re.S)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NUMBER = {name: number for number, name in enumerate(_MONTHS, 1)}
#: A UID has 32 bits (RFC 3501 §9, nz-number): a cursor that followed a larger one would pass every mail to come.
LARGEST_UID = 2**32 - 1
#: A set of UIDs that names more mails than this is no answer to anything we ask.
MOST_UIDS = 20_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the facts that stood in it; None for those that did not.

    Attributes:
        uid: 0 if the answer does not say which mail it is about.
    """

    uid: int
    flags: tuple[str, ...] = ()
    internal_date: datetime | None = None
    body: bytes | None = None


def usual_answer(line: bytes) -> tuple[int, tuple[str, ...], datetime | None, int] | None:
    """The first line of an answer, read at one go: UID, flags, date, size of the literal. None if it must be read with care."""
    found = _USUAL.fullmatch(line)
    if not found or not found[1] or found[2] is None or not found[3]:
        return None
    return int(found[1]), _flags(found[2]), read_internal_date(found[3].decode("ascii", "replace")), int(found[4])


def announces_mail(about: bytes) -> bool:
    """Whether the literal that an answer announces is the mail itself, and not a label, a subject or one part of it."""
    return _MAIL_COMES.search(about, max(0, len(about) - 60)) is not None


def ends_as_it_should(end: bytes) -> bool:
    """Whether a line can be what stands behind a body; if not, the size that the server announced was wrong."""
    items, is_whole = _items(b"(" + end)
    return is_whole and all(name in _TOLD or name.startswith((b"X-", b"BODY[")) for name in items)


def read_answer(about: bytes, literal: bytes | None = None) -> Answer:
    """One whole answer, read with care: its items may come in any order, and others that nobody asked for among them.

    Args:
        about: everything but the bytes of literals, in the order in which it came.
        literal: the bytes of the mail, if it came as a literal.
    """
    items, _ = _items(about)
    uid, when = items.get(b"UID", [b""])[0], items.get(b"INTERNALDATE", [b""])[0].strip(b'"')
    said = next((items[name][0] for name in _MAIL if items.get(name)), b"NIL")
    if said[:1] == b'"':
        literal = re.sub(rb"\\(.)", rb"\1", said[1:-1], flags=re.S)
    return Answer(
        uid=int(uid) if uid.isdigit() and len(uid) <= 10 else 0,
        flags=_flags(b" ".join(items.get(b"FLAGS", ()))),
        internal_date=read_internal_date(when.decode("ascii", "replace")) if len(when) <= 40 else None,
        # NIL is what a server says of a mail that it cannot read; the body of an empty mail is "".
        body=None if said.upper() == b"NIL" else literal,
    )


def _items(about: bytes) -> tuple[dict[bytes, list[bytes]], bool]:
    """What an answer tells, by name, and whether it came to its end: ``* 3 FETCH (UID 5 FLAGS (a b))`` → UID: 5, FLAGS: a, b."""
    items: dict[bytes, list[bytes]] = {}
    words = iter(_WORD.findall(about, about.find(b"(") + 1))
    for name in words:
        if name == b")":
            return items, next(words, None) is None
        value = [next(words, b")")]
        if value == [b")"]:
            break
        if value == [b"("]:
            value, depth = [], 1
            for word in words:
                depth += (word == b"(") - (word == b")")
                if not depth:
                    break
                value.append(word)
        items.setdefault(name.upper(), value)
    return items, False


@lru_cache(maxsize=512)
def _flags(said: bytes) -> tuple[str, ...]:
    return tuple(said.decode("ascii", "replace").split())


def read_internal_date(text: str) -> datetime | None:
    """``17-Jul-1996 02:44:25 -0700`` as UTC (RFC 3501 §9, date-time); None for anything else.

    Read by hand because ``strptime`` knows the months in the language of the machine only.
    """
    try:
        if len(text) == 26 and text.isascii() and text[20] == " ":
            month = _MONTH_NUMBER[text[3:6]]
            at = datetime(int(text[7:11]), month, int(text[:2]), int(text[12:14]), int(text[15:17]), int(text[18:20]), tzinfo=UTC)
            return at if text.endswith("+0000") else at - _offset(text[21:])
    except (KeyError, ValueError, OverflowError):
        pass
    found = _WHEN.fullmatch(text)
    if not found or found[2].title() not in _MONTHS:
        return None
    day, _, year, hour, minute, second, sign, hours_off, minutes_off = found.groups()
    try:
        local = datetime(int(year), _MONTH_NUMBER[found[2].title()], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        return local - _offset(sign + hours_off + minutes_off)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=128)
def _offset(said: str) -> timedelta:
    return timedelta(hours=int(said[1:3]), minutes=int(said[3:5])) * (-1 if said[0] == "-" else 1)


def search_date(day: date) -> str:
    """A day as IMAP searches for it: ``7-Feb-2026`` (RFC 3501 §9, date)."""
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"


def found_uids(lines: Iterable[bytes]) -> list[int] | None:
    """The UIDs of all ``* SEARCH`` and ``* ESEARCH`` lines (RFC 3501 §7.2.5, RFC 4731), ascending; None if there was no such line."""
    found: set[int] | None = None
    for line in lines:
        words = line.split()
        if len(words) < 2 or words[1].upper() not in (b"SEARCH", b"ESEARCH"):
            continue
        found = found or set()
        if words[1].upper() == b"SEARCH":
            # What stands in brackets is about the mailbox (RFC 7162 §3.1.5).
            found.update(int(word) for word in line.partition(b"(")[0].split()[2:] if word.isdigit() and len(word) <= 10)
        elif b"ALL" in (upper := [word.upper() for word in words]):
            found.update(in_set(words[upper.index(b"ALL") + 1].decode("ascii", "replace")))
    return None if found is None else sorted(uid for uid in found if 0 < uid <= LARGEST_UID)


def in_set(said: str) -> Iterable[int]:
    """The UIDs of a set in the order in which it names them: ``4,1:3`` → 4, 1, 2, 3."""
    for part in said.split(","):
        first, _, last = part.partition(":")
        last = last or first
        if max(len(first), len(last)) > 10 or not (first.isdigit() and last.isdigit()):
            continue
        low, high = sorted((int(first), int(last)))
        if high - low < MOST_UIDS:
            yield from range(low, high + 1)


def uid_set(uids: Iterable[int]) -> str:
    """UIDs in the short form of the protocol: 1, 2, 3, 7 → ``1:3,7`` (RFC 3501 §9, sequence-set)."""
    runs: list[list[int]] = []
    for uid in sorted(set(uids)):
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in runs)


def plain(said: object, secret: str = "") -> str:
    """What a server or the system said, as one short clean line for people; ``secret`` is taken out of it."""
    # imap-tools keeps the server's answer in its errors; imaplib tells some answers as Python writes bytes.
    said = getattr(said, "command_result", (None, said))[1]
    parts = said if isinstance(said, (list, tuple)) else [said]
    text = " ".join(part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in parts if part is not None)
    text = _AS_IMAPLIB_TELLS.sub(r"\2", text)
    if secret:
        text = text.replace(secret, "…")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:300]
