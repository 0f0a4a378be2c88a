"""Where the writer's words end and his signature begins.

Two things are kept apart. A *signature* is a block of contact data behind dashes or a closing formula: it is cut off, for nothing in
it is a wish. A *sign-off* is how a short mail ends ("Thanks, Ben"): it tells who writes, but it is his own words as well and stays.
A postscript, or any other talk below a signature, is the writer's own again.
"""

from __future__ import annotations

import re

from mailagent.core.reading.lexicon import Lexicon, fold
from mailagent.core.reading.small_print import MOST_FILLED, RULE_LETTERS, last_filled, without_footers

_DASHES = re.compile(r"^\s{0,3}(?:-- ?|--\s*|—|–––?|_{2,5}|={3,}|\*{3,}|-{3,})\s*$")
_CONTACT = re.compile(
    r"(?:\+|00)\d[\d\s().-]{6,}\d|\(\d{2,4}\)\s?\d{3,}|\b\d{3}[-. ]\d{3}[-. ]\d{4}\b|https?://|\bwww\.|[^\s@]{1,60}@[^\s@]{1,100}\.\w{2,}|"
    r"\b(?:tel|phone|mobile|mob|cell|fax|whatsapp|wechat|skype|e-?mail|web|website|direct|address|"
    r"téléphone|móvil|celular|telefon|тел|моб|факс)\b\s?[.:：/]|[☎📞✆]|"
    r"(?:电话|電話|手机|手機|传真|傳真|邮箱|网址|地址|微信|携帯|住所|전화|휴대폰|팩스|هاتف|جوال)\s?[:：]?|"
    r"\b(?:ltd|inc|llc|gmbh|co\.|corp|corporation|company|s\.?r\.?l|s\.?a\.?r\.?l|s\.?p\.?a|b\.v|pvt|ltda|"
    r"pty|limited|manager|director|engineer|purchasing|sales|buyer|ceo|president)\b",
    re.I,
)
#: Talk below a signature: a postscript in many languages, or a numbered note.
_POSTSCRIPT = re.compile(
    r"^\W{0,3}(?:(?:p\.? ?s\.? ?s?|n\.? ?b\.?|p\.? ?d\.?|post ?scriptum|з\. ?ы|"
    r"附言|附|又及|另外?|追伸|추신|ملاحظة)\s{0,2}[.:：,，\-–]|p\.s\.)|"
    r"^\[\d{1,2}\]",
    re.I,
)
_LINK = re.compile(r"\S{0,3}(?:https?://|www\.)\S{1,300}")
#: A name as people sign with it: one to four words with capitals, or a few characters.
_SIGNED = re.compile(
    r"[-~—–* ]{{0,3}}(?:{word}(?: {word}){{0,3}}|[a-z]{{2,12}})(?:[,.]? {{1,3}}x?[-\d.() ]{{3,16}})?[ .!,]{{0,3}}".format(
        word=r"[^\W\d_a-z][^\W\d_]{0,20}(?:[.'’-]{1,2}[^\W\d_]{1,20})?\.?"
    )
)
_CLOSING_MARKS = " ,.!;:，。！-–—*_~"
_CLOSING_EDGES = f"{_CLOSING_MARKS}\t\u00a0\u3000"
_BY = re.compile(r"[,.!，。！]\s{0,3}|\s{1,3}[-–—]\s{0,2}")
#: A line of a signature, a line of a sign-off, and how many of them there are.
LONGEST_LINE, LONGEST_SIGNED, MOST_SIGNED = 120, 60, 9
SENTENCE_ENDS = (".", "!", "?", ",", "。", "！", "？", ":", "：", "…", ")", ";", "，", "~")


def split(lines: list[str], lexicon: Lexicon | None) -> tuple[list[str], list[str]]:
    """The writer's lines and the signature's lines.

    Only what leaves most of the text standing is cut: never more than 60 % of it unless dashes mark the place, and
    never a signature that holds the only question.
    """
    filled = last_filled(lines, MOST_FILLED)
    end = without_footers(lines, filled, lexicon)
    tail: list[str] = []
    if end < len(lines):
        lines, tail = lines[:end], lines[end:]
    place = _dashes(lines, filled, lexicon) or (_closing(lines, filled, lexicon) if lexicon else None)
    if place is None:
        return lines, tail
    start, end = place
    return lines[:start] + lines[end:], lines[start:end] + tail


def sign_off(lines: list[str], lexicon: Lexicon | None) -> list[str]:
    """The lines at the end with which somebody signs who has no signature: "Thanks, Ben"; empty if he does not."""
    filled = last_filled(lines, MOST_SIGNED + 1)
    if len(filled) < 2:
        return _signed_behind(lines[filled[0]]) if filled else []
    reach = reached = 0
    # Upwards over contact data to the name above it.
    for position in range(len(filled) - 1, 0, -1):
        i, before = filled[position], filled[position - 1]
        line, above = " ".join(lines[i].split()), lines[before].strip()
        if len(line) > LONGEST_SIGNED or line.endswith(("?", "？", ":", "：", ";")):
            break
        if lexicon and is_closing(line, lexicon):
            return lines[i:] if i != filled[-1] or _signed_behind(line) else []
        apart = before < i - 1 or above.endswith(SENTENCE_ENDS) or reach and not _is_row(above)
        closes = lexicon is not None and is_closing(above, lexicon)
        if (apart or closes) and _SIGNED.fullmatch(line):
            return lines[before:] if closes else lines[i:]
        if _signed_behind(line):
            return lines[i:]
        if _is_contact(line):
            reach, reached = i, reached + ("://" not in line)
        elif not _is_row(line):
            break
    # A number alone may be what he tells us ("her new number is"); two are how to reach himself.
    return lines[reach:] if reached > 1 and not lines[reach - 1].strip() else _signed_behind(lines[filled[-1]])


def _is_row(line: str) -> bool:
    """Whether a line may stand between a name and the telephone below it: a department, a town."""
    words = line.split()
    return len(words) <= 4 and not line.endswith(SENTENCE_ENDS) or len(words) <= 7 and all(not word[0].islower() for word in words)


def _signed_behind(line: str) -> list[str]:
    """The name behind the last sentence of a line: "Please call me. Thanks, BT"."""
    pieces = _BY.split(line[-60:].strip(_CLOSING_MARKS + " "))
    if len(pieces) < 2 or not pieces[-1]:
        return []
    name = pieces[-1].strip()
    short = len(name.split()) <= 2 and len(name) <= 24 and name[:1].isupper() and not _THANKS.search(name)
    return [name] if short and _SIGNED.fullmatch(name) and _THANKS.search(line[-60:]) else []


_THANKS = re.compile(
    r"(?i)\b(?:thanks?|thx|regards|rgds|cheers|best|gruß|gruss|lg|mfg|vg|merci|saludos|gracias|grazie|obrigad[oa]|спасибо)\b"
)


def _dashes(lines: list[str], last: list[int], lexicon: Lexicon | None) -> tuple[int, int] | None:
    """From the line ``-- `` to the end; other rules, and dashes without their blank, only where a signature follows."""
    if not last:
        return None
    first = last[0] if len(last) < MOST_FILLED else next(i for i, line in enumerate(lines) if line.strip())
    bare = 0
    # What has at most 25 written lines below it; nothing above is looked at, because a text may be made of such lines alone.
    for i in last if first < last[0] else last[1:]:
        line = lines[i]
        if line == "-- ":
            return i, len(lines)
        # A list between dashes has many such lines.
        if line == "--" and bare < 4:
            bare += 1
            if _signs([x.strip() for x in lines[i + 1 :] if x.strip()], lexicon):
                return i, len(lines)
    for i in last[-10:]:
        if i > first and lines[i].lstrip()[:1] in RULE_LETTERS and _DASHES.match(lines[i]):
            below = [x for x in lines[i + 1 :] if x.strip()]
            if (
                1 <= len(below) <= 8
                and any(_is_contact(x) for x in below)
                and all(len(x) < LONGEST_LINE and not _is_talk(x) for x in below)
            ):
                return i, len(lines)
    return None


def _signs(below: list[str], lexicon: Lexicon | None) -> bool:
    """Whether lines below dashes are a signature: contact data or a name first, and no talk, list or question."""
    if not below or any(line.endswith(("?", "？")) or _POSTSCRIPT.match(line) for line in below):
        return False
    talk = sum(_is_talk(line) for line in below)
    if talk * 2 > len(below) or talk and not any(_is_contact(line) for line in below):
        return False
    begins = below[0]
    if (
        _is_contact(begins)
        or len(begins) <= LONGEST_SIGNED
        and _SIGNED.fullmatch(begins)
        or not begins.isascii()
        and len(begins) <= 20
        and not begins.endswith((":", "："))
    ):
        return True
    if len(below) > 1 and lexicon and is_closing(begins, lexicon):
        return True
    # "T.J. Booth" and "/Yago" sign as well; "Payment: LC at sight" and rows of figures do not.
    short = len(begins) <= 40 and len(begins.split()) <= 5 and ":" not in begins
    return short and (any(_is_contact(line) for line in below) or not any(map(str.isdigit, begins)) and len(below) <= 4)


def _is_contact(line: str) -> bool:
    """Whether a line holds contact data; a link in the middle of talk is a reference, and no contact."""
    if not _CONTACT.search(line[:300]):
        return False
    if "://" not in line and "www." not in line:
        return True
    rest = _LINK.sub(" ", line[:400])
    return len(rest.split()) <= 3 or bool(_CONTACT.search(rest))


def _is_talk(line: str) -> bool:
    """Whether a line is a sentence, or a piece of one, and no line of a signature."""
    line = line.strip()
    if line.endswith(("?", "？")):
        return "://" not in line
    if not line.isascii() and line.endswith(("。", "！")) and len(line) >= 12:
        return True
    if _POSTSCRIPT.match(line):
        return True
    words = line.split()
    if len(words) < 6 or _is_contact(line):
        return False
    return sum(word[0].islower() for word in words) * 2 >= len(words)


def _closing(lines: list[str], filled: list[int], lexicon: Lexicon) -> tuple[int, int] | None:
    """The last "Best regards" that is followed by contact data, to where the writer talks again."""
    # One more than are looked at: whether anything stands above the first.
    filled = filled[-16:]
    for position in range(len(filled) - 1, max(-1, len(filled) - 16), -1):
        i = filled[position]
        if not is_closing(lines[i], lexicon):
            continue
        numbers = filled[position + 1 :]
        if not numbers or not position:
            return None
        # A formula may take two lines ("此致", "敬礼").
        while position > 1 and i - filled[position - 1] <= 2 and is_closing(lines[filled[position - 1]], lexicon):
            position -= 1
            i = filled[position]
        # Dashes that begin no signature of their own end this one.
        talk = next((j for j in numbers if lines[j] == "--" or _talks_again(lines, j)), None)
        end = len(lines) if talk is None else talk
        below = [lines[j] for j in numbers if j < end]
        contact = sum(map(_is_contact, below))
        short = sum(len(x) < 90 for x in below) >= len(below) * 0.6
        if not below or not short or not (contact or len(below) >= 4 and talk is None):
            continue
        removed = sum(map(len, below)) + len(lines[i])
        if removed > 400 and removed > 0.6 * (sum(len(line) for line in lines[:i] if line.strip()) + removed):
            continue
        if any("?" in x and "://" not in x for x in below) and not any("?" in x for x in lines[:i]):
            continue
        return i, end
    return None


def _talks_again(lines: list[str], i: int) -> bool:
    """Whether a new paragraph of talk begins at a line below a closing; a slogan right below the name is none."""
    return not lines[i - 1].strip() and _is_talk(lines[i]) or bool(_POSTSCRIPT.match(lines[i]))


def _may_close(line: str, lexicon: Lexicon) -> bool:
    """Whether any closing formula begins as a line does; most lines are told by their first two letters."""
    start = line.lstrip(_CLOSING_EDGES)[:2]
    return not start.isascii() or start.lower() in lexicon.closing_starts


def is_closing(line: str, lexicon: Lexicon) -> bool:
    """Whether a line is only a closing formula, perhaps with a name behind it."""
    if len(line) > 240 or line.isascii() and len(line.strip()) > 90 or not _may_close(line, lexicon):
        return False
    folded = fold(line).strip(_CLOSING_MARKS)
    if not folded or len(folded) > 60:
        return False
    match = lexicon.closing.match(folded)
    return (
        bool(match)
        and len(folded) - match.end() <= 24
        and not re.search(r"[?？]|\b(?:for|for your|we|i|to|in advance for)\b", folded[match.end() :])
    )
