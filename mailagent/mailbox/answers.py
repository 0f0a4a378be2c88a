"""What a server says to UID FETCH and UID SEARCH, read without being fooled.

Theory. Between our question and its answer a server may say other things, above all ``* 7 FETCH (FLAGS (\\Seen))`` when
a colleague reads a mail on his phone. A client that pairs the lines two by two takes over flags of other mails or makes up
mails that do not exist (SPIKE §7). So every answer is taken by itself: it counts only if it carries a UID that
was asked for and the thing that was asked for, and if it ends as an answer ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)", re.I)
_UID = re.compile(rb"\bUID (\d{1,10})\b", re.I)
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"', re.I)
_BODY = re.compile(rb'\bBODY\[[^\]]{0,200}\](?:<\d+>)? (?:(NIL)\b|"((?:[^"\\]|\\.)*)"|\{\d{1,15}\+?\})', re.I)
#: The answer that nearly all servers give to our question, with the body announced as a literal.
_USUAL = re.compile(
    rb'\* \d+ FETCH \((?:UID (\d{1,10})|FLAGS \(([^)]*)\)|INTERNALDATE "([^"]{1,40})"|(?: |RFC822\.SIZE \d+|MODSEQ \(\d+\)))+'
    rb" BODY\[[^\]]{0,200}\] \{(\d{1,15})\}\r?\n",
    re.I,
)
_WHEN = re.compile(r"\s*(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NUMBER = {name: number for number, name in enumerate(_MONTHS, 1)}
#: What may stand behind the body.
_END = re.compile(
    rb'(?: (?:UID \d{1,10}|FLAGS \([^)]*\)|INTERNALDATE "[^"]{1,40}"|RFC822\.SIZE \d{1,15}|MODSEQ \(\d{1,20}\)))*\)\r?\n', re.I
)
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


def ends_as_it_should(line: bytes) -> bool:
    """Whether a line can be what stands behind a body; if not, the size that the server announced was wrong."""
    return _END.fullmatch(line) is not None


def read_answer(about: bytes, literal: bytes | None = None) -> Answer:
    """One whole answer, read with care.

    Args:
        about: everything but the literal, in the order in which it came.
        literal: the bytes of the literal, if there was one.
    """
    flags = _FLAGS.search(about)
    # Keywords are words that anybody may choose, "UID" among them; look for the rest outside of them.
    rest = about[: flags.start()] + about[flags.end() :] if flags else about
    body = _BODY.search(rest)
    if body and literal is None and body[2] is not None:
        literal = re.sub(rb"\\(.)", rb"\1", body[2])
    # What stands in a quoted body is the mail's, not the server's.
    rest = rest[: body.start()] + rest[body.end() :] if body else rest
    uid, when = _UID.search(rest), _DATE.search(rest)
    return Answer(
        uid=int(uid[1]) if uid else 0,
        flags=_flags(flags[1]) if flags else (),
        internal_date=read_internal_date(when[1].decode("ascii", "replace")) if when else None,
        # NIL is what a server says of a mail that it cannot read; the body of an empty mail is "".
        body=literal if body else None,
    )


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
    parts = said if isinstance(said, (list, tuple)) else [said]
    text = " ".join(part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in parts if part is not None)
    if secret:
        text = text.replace(secret, "…")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:300]
