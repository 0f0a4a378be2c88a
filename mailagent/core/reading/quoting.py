"""What the writer himself wrote, apart from the mail he answers, his signature, and what his phone adds.

Everything decided later (wants a price, wants us to stop) is read from this text only: our own letter, quoted
below an answer, says "unsubscribe" in its footer, and the buyer's last mail says "I want to order".

How it goes: look for the first *mark* (``quote_marks``) that begins a quotation. If the lines below it carry ``>``,
the writer may have answered between or below them, and every line without ``>`` is his. If not, all below the mark
is quoted. Nothing above the mark and no ``>``: then the mark may be the beginning of a mail that someone pasted, and
the cut says that it is not sure (STANDARDS §10.2).

Some programs mark nothing at all. Then our own letterhead (``own_letter``) and the advertisement of a phone in the middle of an
answer tell where his words end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mailagent.core.model.policy import Language
from mailagent.core.reading import lexicon as words
from mailagent.core.reading import own_letter, quote_heads, quote_marks, signature, small_print

MAX_LINES = 40_000
#: A quotation begins in the first lines or nowhere; whoever writes more than this by hand is no buyer.
MAX_SEARCHED = 8_000
#: An answer of so many letters without any mark is not trusted (STANDARDS §10.2).
LONG = 1_500
_MARKS = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad"
_INVISIBLE = re.compile(f"[{_MARKS}]")
#: What a phone's advertisement holds, and among how many lines it is looked for.
_TAIL_STEMS = (
    *("sent from", "get outlook", "gesendet", "envoyé", "enviado", "inviato", "verzonden", "отправлено", "надіслано", "gönderildi"),
    *("发自", "發自", "从我的", "從我的", "から送信", "보냄", "أرسل", "wysłane", "skickat", "odesláno", "dikirim", "đã gửi"),
)
_LAST_TAIL = 200


@dataclass(frozen=True)
class Cut:
    """A body taken apart.

    Attributes:
        signature: the block that was cut off; or else the last lines of ``reply``, if he signs with them.
        method: separator, headers, attribution, prefix (only ``>`` lines), letterhead (ours, unmarked), html, or none.
        confidence: 0 to 1; under 0.5 what is read from ``reply`` is advice, not a fact.
    """

    reply: str
    quoted: str
    signature: str
    method: str
    confidence: float


@dataclass(frozen=True)
class _Mark:
    start: int
    end: int
    method: str
    sure: float


def cut(
    text: str,
    *,
    languages: Mapping[str, Language] | None = None,
    answers: bool = False,
    marked_signature: str = "",
    ours: tuple[str, ...] = (),
    stripped: bool = False,
) -> Cut:
    """Take the body of a mail apart.

    Args:
        text: the whole body as text.
        languages: whose closings and mobile tails to know; without them only dashes end the writer's words.
        answers: the mail has References: a long body without any mark is then not trusted.
        marked_signature: what the mail program itself marked as signature in the HTML body.
        ours: what our own letterhead says, in small letters: our domains and our name.
        stripped: quotations that the mail program marked are off already; a line ``>`` stands for each.
    """
    said = visible(text)
    lines = [line.rstrip() if line != "-- " else line for line in said.split("\n")[:MAX_LINES]]
    warned = small_print.banner(lines)
    if warned:
        lines = lines[warned:]
    mark = _first_mark(lines)
    marked = ">" in said
    if mark is None and not marked:
        own, quoted, method, sure = lines, [], "none", 0.3 if answers and len(text) > LONG else 1.0
    else:
        own, quoted, method, sure = _apart(lines, mark, answers, len(text), stripped, marked)
    lexicon = words.of(languages) if languages else None
    if mark is None and answers:
        own, unmarked = _unmarked(own, ours, lexicon)
        if unmarked:
            quoted, method, sure = quoted + unmarked, "letterhead", min(sure, 0.7)
    own, signed = signature.split(own, lexicon)
    if marked_signature and not signed:
        own, signed = _marked(own, marked_signature)
    signed = signed or signature.sign_off(own, lexicon)
    return Cut(_joined(own), _joined(quoted), _joined(signed), method, sure)


def visible(text: str) -> str:
    """The text without zero-width and bidi marks, its lines ended by LF."""
    # To look for each is quicker than to go through the whole text with the pattern.
    if not text.isascii() and any(mark in text for mark in _MARKS):
        text = _INVISIBLE.sub("", text)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def surer(found: Cut) -> Cut:
    """The same cut, when the mail program's own marks in the HTML have already taken the quotation off."""
    if found.method not in ("none", "prefix") and found.confidence >= 0.5:
        return found
    return replace(found, method="html", confidence=0.95)


def _first_mark(lines: list[str]) -> _Mark | None:
    # Nearly no line is a mark, and the patterns are dear: a few comparisons of characters say where they are worth the while.
    for i in quote_marks.candidates(lines[:MAX_SEARCHED]):
        if len(lines[i]) > 2000:
            continue
        size = quote_marks.separator(lines, i)
        if size:
            end = _after_headers(lines, i + size)
            return _Mark(i, end, "separator", 0.95)
        size = quote_marks.header_block(lines, i)
        if size:
            return _Mark(i, i + size, "headers", 0.95)
        size = quote_heads.pair(lines, i)
        if size:
            return _Mark(i, i + size, "headers", 0.85)
        size, sure = quote_marks.attribution(lines, i)
        if size:
            return _Mark(i - size + 1, i + 1, "attribution", sure)
        sure = quote_heads.dated_name(lines, i)
        if sure:
            return _Mark(i, i + 1, "attribution", sure)
    return None


def _after_headers(lines: list[str], i: int) -> int:
    while i < len(lines) and not lines[i].strip():
        i += 1
    return i + (quote_marks.header_block(lines, i) if i < len(lines) else 0)


def _apart(
    lines: list[str], mark: _Mark | None, answers: bool, length: int, stripped: bool, marked: bool
) -> tuple[list[str], list[str], str, float]:
    if mark is None:
        own, quoted = _unprefixed(lines, may_list=not (answers or stripped))
        if quoted and any(line.strip() for line in own):
            return own, quoted, "prefix", 0.9
        return lines if quoted else own, [], "none", 0.3 if answers and length > LONG else 1.0
    head, head_quoted = _unprefixed(lines[: mark.start]) if marked else (lines[: mark.start], [])
    below = lines[mark.end :]
    first_below = next((line for line in below if line.strip()), "")
    has_head = any(line.strip() for line in head)
    if first_below.lstrip().startswith(">"):
        answered, quoted = _unprefixed(below)
        answered = _without_marks(answered)
        return head + answered, head_quoted + lines[mark.start : mark.end] + quoted, mark.method, mark.sure
    if has_head:
        return head, lines[mark.start :], mark.method, mark.sure
    if mark.method == "attribution" and not lines[mark.start].lstrip().startswith(">"):
        # Nothing above and nothing prefixed: the answer may stand below the quotation, and nobody can tell where.
        return below, lines[mark.start : mark.end], mark.method, 0.3
    return [], lines[mark.start :], mark.method, mark.sure


def _unprefixed(lines: list[str], may_list: bool = False) -> tuple[list[str], list[str]]:
    """Lines without ``>`` and those with; the torn-off end of a long quoted line goes with the quotation.

    Args:
        may_list: the writer may make a list with ``>`` himself, below a line that announces it.
    """
    prefixed = [line.lstrip().startswith(">") if ">" in line else False for line in lines]
    if True not in prefixed:
        return lines, []
    if may_list and _announces(lines, prefixed.index(True)):
        return lines, []
    own: list[str] = []
    quoted: list[str] = []
    last = len(lines) - 1
    for i, line in enumerate(lines):
        if prefixed[i]:
            # Alone, seven of them are what a merge leaves in a program text, and one before "From" is what an mbox file adds.
            alone = not (i and prefixed[i - 1] or i < last and prefixed[i + 1])
            is_quoted = not (alone and line.lstrip().startswith((">>>>>>>", ">From ")))
        else:
            between = 0 < i < last and prefixed[i - 1] and prefixed[i + 1]
            is_quoted = between and bool(line.strip()) and _goes_on(lines[i - 1], line)
        (quoted if is_quoted else own).append(line)
    return own, quoted


def _goes_on(above: str, line: str) -> bool:
    """Whether a line between two quoted ones is the torn-off end of the one above it."""
    if len(line) <= 40 and len(above) >= 60:
        return True
    return len(above) >= 70 and len(line) < 80 and line[0].islower() and above[-1] not in ".!?:;。"


def _announces(lines: list[str], first: int) -> bool:
    """Whether the line above the first ``>`` announces a list: it ends in a colon and names no writer and no time."""
    above = next((line for line in reversed(lines[max(0, first - 2) : first]) if line.strip()), "").strip()
    return above.endswith((":", "：")) and len(above) <= 80 and not any(sign in above for sign in "@<") and not any(map(str.isdigit, above))


def _unmarked(own: list[str], ours: tuple[str, ...], lexicon: words.Lexicon | None) -> tuple[list[str], list[str]]:
    """Lines without the mail of ours that a program quoted below them without any mark, and that mail."""
    place = own_letter.place(own, ours, lexicon) or _below_tail(own, lexicon)
    if place is None:
        return own, []
    start, end = place
    return own[:start] + own[end:], own[start:end]


def _below_tail(lines: list[str], lexicon: words.Lexicon | None) -> tuple[int, int] | None:
    """What stands below "Sent from my phone" in the middle of an answer, where only a quotation can stand."""
    said = "\n".join(lines[:_LAST_TAIL]).lower()
    if not any(stem in said for stem in _TAIL_STEMS):
        return None
    for i, line in enumerate(lines[:_LAST_TAIL]):
        if (
            line
            and i + 2 < len(lines)
            and not lines[i + 1]
            and any(stem in line.lower() for stem in _TAIL_STEMS)
            and small_print.is_mobile_tail(line, lexicon)
            and any(lines[:i])
            and any(lines[i + 1 :])
        ):
            return i, len(lines)
    return None


def _without_marks(lines: list[str]) -> list[str]:
    """Answers between quotations, without the "he wrote" lines that stand among them; a second quotation ends them."""
    mark = _first_mark(lines)
    if mark is None:
        return lines
    below = lines[mark.end :]
    if mark.method == "attribution" and mark.sure < 0.95:
        return lines[: mark.start] + below
    return lines[: mark.start]


def _marked(own: list[str], marked: str) -> tuple[list[str], list[str]]:
    """Cut where the marked signature begins, if its lines are the last of the text."""
    first = next((line.strip() for line in marked.split("\n") if line.strip()), "")
    for i in range(len(own) - 1, -1, -1):
        if own[i].strip() == first and any(line.strip() for line in own[:i]) and len(own) - i <= 40:
            return own[:i], own[i:]
    return own, []


def _joined(lines: list[str]) -> str:
    text = "\n".join(lines).strip()
    return re.sub(r"\n{3,}", "\n\n", text) if "\n\n\n" in text else text
