"""Where the writer's words end and his signature, his phone's advertisement and legal small print begin."""

from __future__ import annotations

import re

from mailagent.core.reading.lexicon import Lexicon, fold

_DASHES = re.compile(r"^\s{0,3}(?:-- ?|--\s*|—|–––?|_{2,5}|={3,}|\*{3,}|-{3,})\s*$")
_SIGNATURE_DASHES = re.compile(r"^--\s?$")
_RULE = re.compile(r"^\s{0,3}[-_=*~]{10,}\s*$")
_RULE_LETTERS = frozenset("-_=*~—–")
#: The first letters of the beginnings of small print, and the marks that may stand before them.
_SMALL_PRINT_LETTERS = frozenset("ctdipaeqbд免保本此")
_SMALL_PRINT_STARTS = frozenset(["con", "ce ", "thi", "the", "dis", "die", "imp", "ple", "pri", "avi", "est", "que", "bu "])
_PUNCTUATION = " \t!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~*•·—–“”‘’「『【（《。，！：；\u3000\u00a0"
_CONTACT = re.compile(
    r"(?:\+|00)\d[\d\s().-]{6,}\d|\(\d{2,4}\)\s?\d{3,}|\b\d{3}[-. ]\d{3}[-. ]\d{4}\b|https?://|\bwww\.|[^\s@]{1,60}@[^\s@]{1,100}\.\w{2,}|"
    r"\b(?:tel|phone|mobile|mob|cell|fax|whatsapp|wechat|skype|e-?mail|web|website|direct|address|"
    r"téléphone|móvil|celular|telefon|тел|моб|факс)\b\s?[.:：/]|[☎📞✆]|"
    r"(?:电话|電話|手机|手機|传真|傳真|邮箱|网址|地址|微信|携帯|住所|전화|휴대폰|팩스|هاتف|جوال)\s?[:：]?|"
    r"\b(?:ltd|inc|llc|gmbh|co\.|corp|corporation|company|s\.?r\.?l|s\.?a\.?r\.?l|s\.?p\.?a|b\.v|pvt|ltda|"
    r"pty|limited|manager|director|engineer|purchasing|sales|buyer|ceo|president)\b",
    re.I,
)
_SMALL_PRINT = re.compile(
    r"^\W{0,5}(?:confidential|this (?:e-?mail|message|communication|electronic)(?: and any| \(|,| is| may|"
    r" contains| message|'s| transmission)|disclaimer|the (?:information|contents?) (?:contained )?(?:in|"
    r"of) this|important notice|please consider the environment|privileged|"
    r"免责声明|保密|本邮件(?:及其附件|含有|仅)|此(?:邮件|电子邮件)(?:及|可能|仅)|本電子郵件|diese e-?mail (?:enthält|kann)|dieser? "
    r"(?:e-?mail|nachricht) (?:enthält|ist)|ce (?:message|courriel|mail) (?:et|est|peut)|este (?:mensaje|"
    r"correo|e-?mail)|esta mensagem|questo messaggio|bu e-?posta|данное сообщение|"
    r"aviso (?:legal|de confidencialidad))",
    re.I,
)
_LIST_FOOTER = re.compile(
    r"mailing list|list-?info|unsubscribe|subscribe|google groups?|yahoo! groups?|you received this "
    r"message|archives?|FAQ|posting guide",
    re.I,
)
_MOBILE = re.compile(
    r"^\W{0,4}(?:sent from my (?:[\w.-]{1,20} ){0,3}(?:iphone|ipad|ipod|phone|smartphone|mobile|device|"
    r"android|samsung|galaxy|huawei|xiaomi|nokia|blackberry|tablet|htc)\b|sent from (?:mail|yahoo|outlook|"
    r"samsung|proton|\w{2,20}app)\b|"
    r"get outlook for|sent (?:via|using|with) \w)",
    re.I,
)


def split(lines: list[str], lexicon: Lexicon | None) -> tuple[list[str], list[str]]:
    """The writer's lines and the signature's lines.

    Only what leaves most of the text standing is cut: never more than 60 % of it unless dashes mark the place, and
    never a signature that holds the only question.
    """
    lines, tail = _without_footers(lines, lexicon)
    start = _dashes(lines)
    if start is None:
        start = _closing(lines, lexicon) if lexicon else None
    if start is None:
        return lines, tail
    return lines[:start], lines[start:] + tail


def _filled(lines: list[str]) -> list[int]:
    return [i for i, line in enumerate(lines) if line.strip()]


def _last_filled(lines: list[str], count: int) -> list[int]:
    found: list[int] = []
    for i in range(len(lines) - 1, -1, -1):
        if lines[i].strip():
            found.append(i)
            if len(found) == count:
                break
    return found[::-1]


def _without_footers(lines: list[str], lexicon: Lexicon | None) -> tuple[list[str], list[str]]:
    """Cut list footers, legal small print and "sent from my phone" from the end, again and again."""
    tail: list[str] = []
    for _ in range(4):
        filled = _last_filled(lines, 14)
        if not filled:
            break
        cut = _footer(lines, filled, lexicon)
        if cut is None or not any(line.strip() for line in lines[:cut]):
            break
        lines, tail = lines[:cut], lines[cut:] + tail
    return lines, tail


def _footer(lines: list[str], filled: list[int], lexicon: Lexicon | None) -> int | None:
    for i in filled:
        if lines[i].lstrip()[:1] not in _RULE_LETTERS:
            start = lines[i].lstrip(_PUNCTUATION)[:3]
            if start[:1].lower() not in _SMALL_PRINT_LETTERS or start.isascii() and start.lower() not in _SMALL_PRINT_STARTS:
                continue
        if (
            _RULE.match(lines[i])
            and _LIST_FOOTER.search(" ".join(lines[i:])[:1500])
            and not re.search(r"\?\s*$", " ".join(lines[i:]).strip())
        ):
            return i
        if _SMALL_PRINT.match(lines[i]) and len(" ".join(lines[i:])) > 80 and not re.search(r"^\s*$", lines[i]):
            return i
    for i in filled[:-3:-1]:
        if is_mobile_tail(lines[i], lexicon):
            return i
    return None


def is_mobile_tail(line: str, lexicon: Lexicon | None) -> bool:
    """Whether a whole line is what a phone or mail program adds ("Sent from my iPhone")."""
    bare = re.sub(r"<[^<>]{0,300}>|\([^()]{0,300}\)", "", line) if "<" in line or "(" in line else line
    if len(bare) > 90 or ", " in bare:
        return False
    return bool(_MOBILE.match(bare)) or (lexicon is not None and _begins_with_tail(bare, lexicon))


def _begins_with_tail(line: str, lexicon: Lexicon) -> bool:
    folded = fold(line).lstrip("-—_*[(< \t")
    match = lexicon.mobile_tail.search(folded[:80])
    return bool(match) and match.start() < 30


def _dashes(lines: list[str]) -> int | None:
    """The line ``-- ``; other rules only when a signature's worth of contact data follows."""
    first = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    # What has at most 25 written lines below it; nothing above is looked at, because a text may be made of such lines alone.
    last = _last_filled(lines, 26)
    for i in range(max(first + 1, last[0] if len(last) == 26 else 0), len(lines)):
        if lines[i].startswith("--") and _SIGNATURE_DASHES.match(lines[i]):
            return i
    for i in _last_filled(lines, 10):
        if lines[i].lstrip()[:1] in _RULE_LETTERS and _DASHES.match(lines[i]) and any(x.strip() for x in lines[:i]):
            below = [x for x in lines[i + 1 :] if x.strip()]
            if 1 <= len(below) <= 8 and any(_CONTACT.search(x[:300]) for x in below) and all(len(x) < 120 for x in below):
                return i
    return None


def _closing(lines: list[str], lexicon: Lexicon) -> int | None:
    """The last "Best regards" that is followed by contact data."""
    # One more than are looked at: whether anything stands above the first.
    filled = _last_filled(lines, 16)
    for position in range(len(filled) - 1, max(-1, len(filled) - 16), -1):
        i = filled[position]
        if not is_closing(lines[i], lexicon):
            continue
        below = [lines[j] for j in filled[position + 1 :]]
        if not below or not position:
            return None
        short = sum(len(x) < 90 for x in below) >= len(below) * 0.6
        contact = sum(bool(_CONTACT.search(x[:300])) for x in below)
        if not short or len(below) > 15 or not (contact or len(below) >= 4):
            continue
        filled_above = _filled(lines[:i])
        total = sum(len(lines[j]) for j in filled_above) + sum(len(x) for x in below) + len(lines[i])
        removed = sum(len(x) for x in below) + len(lines[i])
        if removed > 0.6 * total and removed > 400:
            continue
        if any("?" in x and "://" not in x for x in below) and not any("?" in lines[j] for j in filled_above):
            continue
        return i
    return None


def is_closing(line: str, lexicon: Lexicon) -> bool:
    """Whether a line is only a closing formula, perhaps with a name behind it."""
    if len(line) > 240 or line.isascii() and len(line.strip()) > 90:
        return False
    folded = fold(line).strip(" ,.!;:，。！-–—*_")
    if not folded or len(folded) > 60:
        return False
    match = lexicon.closing.match(folded)
    return (
        bool(match)
        and len(folded) - match.end() <= 24
        and not re.search(r"[?？]|\b(?:for|for your|we|i|to|in advance for)\b", folded[match.end() :])
    )
