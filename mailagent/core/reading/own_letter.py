"""Our own letter below an answer, when the answering program marked nothing: known by our letterhead.

Every letter of ours ends with our name, our mail address and our web site. Two of these on lines of their own, below somebody
else's words, are the end of a letter of ours; it begins with the salutation above them. Where no salutation stands there, a
buyer may have written our address into his order himself: then only the letterhead is taken out, and only if nothing follows it.
"""

from __future__ import annotations

import re

from mailagent.core.model.policy import CompanyProfile
from mailagent.core.reading.lexicon import Lexicon
from mailagent.core.reading.signature import is_closing

#: A line of a letterhead; how near its lines stand; how far above them a letter can begin.
LONGEST_LINE, NEAR, LONGEST_LETTER = 80, 12, 120
LONGEST_SALUTATION = 60
_SALUTATION = re.compile(
    r"(?:dear|hello|hi|hey|good (?:morning|afternoon|evening|day)|greetings|sehr geehrte\w{0,2}|guten (?:tag|morgen)|hallo|liebe[rs]?|"
    r"bonjour|ch(?:er|ère)s?|madame|monsieur|estimad[oa]s?|hola|buen[oa]s? (?:d[ií]as?|tardes)|prezad[oa]s?|car[oa]s?|ol[aá]|bom dia|"
    r"boa tarde|gentil\w{0,3}|egregi\w|buongiorno|spett\w{0,4}|beste|geachte|szanown\w{1,3}|dzień dobry|vážen\w{1,3}|dobrý den|hej|bästa|"
    r"уважаем\w{2,3}|здравствуйте|добр\w{2,3} (?:день|дня)|шановн\w{2,3}|sayın|merhaba|kính gửi|chào|yth|selamat|"
    r"السيد|الأستاذ|عزيزي|تحية)\b"
    r"|(?:尊敬的|亲爱的|親愛的|敬愛的|您好|你好)",
    re.IGNORECASE,
)
_EASTERN = re.compile(r"[\w\s（）()]{1,24}(?:您好|你好|様|さま|御中|님께?|님 안녕하세요)[,，:：!！。、]?")


def letterhead(company: CompanyProfile) -> tuple[str, ...]:
    """What our letterhead says, in small letters: our domains and our name."""
    return tuple(sign.lower() for sign in (*company.domains, company.legal_name) if len(sign) > 3)


def place(lines: list[str], ours: tuple[str, ...], lexicon: Lexicon | None) -> tuple[int, int] | None:
    """From which line to which a letter of ours, or its letterhead, stands in a text without marks; None if none does.

    Args:
        ours: what our letterhead says, in small letters: our domains and our name.
    """
    said = "\n".join(lines).lower() if ours else ""
    if not any(sign in said for sign in ours):
        return None
    signed = [i for i, line in enumerate(lines) if len(line) <= LONGEST_LINE and _is_letterhead(line.strip(), ours)]
    for nth, i in enumerate(signed):
        near = [j for j in signed[nth:] if j - i <= NEAR]
        if len(near) < 2:
            continue
        first = _begins(lines, i, lexicon)
        for start in range(first - 1, max(0, first - LONGEST_LETTER), -1):
            if _is_salutation(lines, start) and any(line.strip() for line in lines[:start]):
                return start, len(lines)
        # In the middle of his words he names us as the seller; at the end of them it is the rest of our letter.
        if any(line.strip() for line in lines[near[-1] + 1 :]) or not any(line.strip() for line in lines[:first]):
            return None
        return first, len(lines)
    return None


def _is_letterhead(line: str, ours: tuple[str, ...]) -> bool:
    """Whether a line is our name or address, and little more; in a sentence somebody only speaks of us."""
    lowered = line.lower()
    found = next((sign for sign in ours if sign in lowered), "")
    return bool(found) and not line.endswith(("?", "？")) and len(line.split()) <= len(found.split()) + 6


def _begins(lines: list[str], i: int, lexicon: Lexicon | None) -> int:
    """The first line of the paragraph around line ``i``, or the closing formula above it."""
    while i and lines[i - 1].strip():
        i -= 1
        if lexicon and is_closing(lines[i], lexicon):
            return i
    above = i - 1
    while above > 0 and not lines[above].strip():
        above -= 1
    return above if lexicon and above > 0 and is_closing(lines[above], lexicon) else i


def _is_salutation(lines: list[str], i: int) -> bool:
    line = lines[i].strip()
    if not line or len(line) > LONGEST_SALUTATION or i and lines[i - 1].strip():
        return False
    return bool(_SALUTATION.match(line)) and (line[-1] in ",，:：!！、.。" or len(line.split()) <= 5) or bool(_EASTERN.fullmatch(line))
