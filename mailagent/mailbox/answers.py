"""What a server says to UID FETCH, read without being fooled.

Theory. Between our question and its answer a server may say other things, above all ``* 7 FETCH (FLAGS (\\Seen))`` when
a colleague reads a mail on his phone. A client that pairs the lines two by two takes over flags of other mails or makes up
mails that do not exist (SPIKE §7). So every line is taken by itself: it counts only if it carries a UID that
was asked for and the thing that was asked for.

``imaplib`` gives a list in which an answer with a literal is a pair (what came before it, the literal) followed by one
line (what came after it), and an answer without a literal is one line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)", re.I)
_UID = re.compile(rb"\bUID (\d{1,10})\b", re.I)
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b", re.I)
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"', re.I)
_SHORT_BODY = re.compile(rb'\bBODY\[[^\]]{0,200}\](?:<\d+>)? (?:NIL|"((?:[^"\\]|\\.)*)")', re.I)
_WHEN = re.compile(r"\s*(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Answer:
    """One answer: the facts that stood in it; None for those that did not."""

    uid: int
    flags: tuple[str, ...]
    size: int | None
    internal_date: datetime | None
    body: bytes | None


def read_answers(lines: Iterable, asked: Collection[int], *, needs: str) -> dict[int, Answer]:
    """The answers to one UID FETCH, by UID.

    Args:
        lines: the data that ``imaplib.uid("FETCH", …)`` returned.
        asked: the UIDs of the question; anything else is somebody else's news.
        needs: "size" or "body": what an answer must carry to count.
    """
    answers: dict[int, Answer] = {}
    for about, literal in _whole_answers(lines):
        answer = _read(about, literal)
        if answer and answer.uid in asked and getattr(answer, needs) is not None:
            answers.setdefault(answer.uid, answer)
    return answers


def _whole_answers(lines: Iterable) -> Iterator[tuple[bytes, bytes | None]]:
    waiting: tuple[bytes, bytes] | None = None
    for line in lines:
        if isinstance(line, tuple):
            if waiting:
                yield waiting
            waiting = (line[0], line[1])
        elif isinstance(line, bytes):
            if waiting:
                yield waiting[0] + b" " + line, waiting[1]
                waiting = None
            else:
                yield line, None
    if waiting:
        yield waiting


def _read(about: bytes, literal: bytes | None) -> Answer | None:
    flags = _FLAGS.search(about)
    # Keywords are words that anybody may choose, "UID" among them; look for the rest outside of them.
    rest = about[: flags.start()] + about[flags.end() :] if flags else about
    uid = _UID.search(rest)
    if not uid:
        return None
    if literal is None and (short := _SHORT_BODY.search(rest)):
        literal = re.sub(rb"\\(.)", rb"\1", short[1] or b"")
    size, when = _SIZE.search(rest), _DATE.search(rest)
    return Answer(
        uid=int(uid[1]),
        flags=tuple(flags[1].decode("ascii", "replace").split()) if flags else (),
        size=int(size[1]) if size else None,
        internal_date=read_internal_date(when[1].decode("ascii", "replace")) if when else None,
        body=literal,
    )


def read_internal_date(text: str) -> datetime | None:
    """``17-Jul-1996 02:44:25 -0700`` as UTC (RFC 3501 §9, date-time); None for anything else.

    Read by hand because ``strptime`` knows the months in the language of the machine only.
    """
    found = _WHEN.fullmatch(text)
    if not found or found[2].title() not in _MONTHS:
        return None
    day, _, year, hour, minute, second, sign, hours_off, minutes_off = found.groups()
    offset = timedelta(hours=int(hours_off), minutes=int(minutes_off)) * (-1 if sign == "-" else 1)
    try:
        local = datetime(int(year), _MONTHS.index(found[2].title()) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        return local - offset
    except (ValueError, OverflowError):
        return None


def search_date(day: date) -> str:
    """A day as IMAP searches for it: ``7-Feb-2026`` (RFC 3501 §9, date)."""
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"


def uid_set(uids: Iterable[int]) -> str:
    """UIDs in the short form of the protocol: 1, 2, 3, 7 → ``1:3,7`` (RFC 3501 §9, sequence-set)."""
    runs: list[list[int]] = []
    for uid in sorted(set(uids)):
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in runs)


def groups(sizes: dict[int, int], most: int, most_bytes: int) -> Iterator[list[int]]:
    """UIDs in ascending order, in groups of at most ``most`` mails and about ``most_bytes`` bytes.

    A mail larger than ``most_bytes`` makes a group of its own.
    """
    group: list[int] = []
    held = 0
    for uid in sorted(sizes):
        if group and (len(group) == most or held + sizes[uid] > most_bytes):
            yield group
            group, held = [], 0
        group.append(uid)
        held += sizes[uid]
    if group:
        yield group


def plain(said: object, secret: str = "") -> str:
    """What a server or the system said, as one short clean line for people; ``secret`` is taken out of it."""
    parts = said if isinstance(said, (list, tuple)) else [said]
    text = " ".join(part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in parts if part is not None)
    if secret:
        text = text.replace(secret, "…")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:300]
