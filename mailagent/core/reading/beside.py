"""The company of whoever signs, where no legal form tells it: beside or below his name, and where he introduces himself.

A part of a line is believed if it holds the word of a trade, a word of the sender's domain, or his family name with another word
("Loudon Boards" below Hamish Loudon). In the text the name of the domain counts wherever it is written as a name
("Daehan Reducer makes gear boxes" from daehanreducer.kr), others only where somebody says who he is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mailagent.core.reading import companyname, tradenames
from mailagent.core.reading.closing import Closing
from mailagent.core.reading.companyname import JOINS_NAMES, PARTS
from mailagent.core.reading.personname import COURTESY, EDGES, Signed
from mailagent.core.reading.text import fold, small

LONGEST = 50
MOST_WORDS = 6
MOST_LINES_BELOW = 3
LONGEST_READ = 4_000
SHARED = 4
HAN_NAME = re.compile(r"[\u4e00-\u9fff]{4,8}")
# What only sentences hold.
SENTENCE_SIGNS = re.compile(r"[我你您他它的了是有在请要给不吗呢吧个件]|です|ます|[다요까죠]$")
HAN_PLACE = re.compile(r"[省市区县路号街楼室部科]$")
CAPITALS = r"[A-ZÀ-Þ][\w'’&.-]{0,24}(?: (?:(?:&|and|of|de|y|e|et|und) )?[A-ZÀ-Þ0-9][\w'’&-]{0,24}){0,5}"
# "I am the buyer of …", "I'm with …", "here is …", in front of a name.
SAYS_WHO = re.compile(
    r"\b(?:I am|I['’]m|[Tt]his is|[Mm]y name is|[Ww]e are|[Ww]e['’]re|[Hh]ere is|[Oo]n behalf of|[Oo]ur (?:company|firm)|[Ww]e at|"
    r"[Cc]ompany name|[Hh]ier ist|[Ii]ch bin|[Ww]ir sind|[Ss]oy|[Ss]omos|[Ll]es saluda|[Dd]e parte de|[Jj]e suis|[Nn]ous sommes|[Aa]qui é|"
    r"[Ss]ou|[Ss]iamo|[Ss]ono|[Ii]k ben|[Ww]ij zijn)\b([^.!?\n]{1,110})"
)
OTHERS = re.compile(
    r"\b(?:buy|buying|customers?|clients?|dealers?|distributors?|agents?|supplied|suppliers?|products?|kunde|cliente|your|interested)\b",
    re.IGNORECASE,
)
WITH_NAME = re.compile(
    r"(?:\bwith|\bfrom|\bof|\bat|\bfor|\bvon|\bde|\bda|\bdel|\bdi|\bvan|^ ?(?:is|called|name is)?)[:,]? "
    r"(?:the |la |d[ao] )?(" + CAPITALS + ")"
)
ROLE = re.compile(
    r"\b(?:officer|manager|director|engineer|buyer|head|owner|partner|purchaser)s?\s$|['’]m\s$|\bcompany\b|\bfirm\b|"
    r"\baqui é\s$|\bhier ist\s$",
    re.IGNORECASE,
)
FORM_BEHIND = re.compile(r"(?: [A-Z][\w&.]{1,14})?,? (?:GmbH|AG|AB|Ltd|Inc|LLC|S\.L|S\.A|Pty Ltd|B\.V|Corp|Co)\b\.?")
JAPANESE = re.compile(
    r"(?:^|[。\n、])\s*([^\s。、\n（）]{2,20})の\s?([\u4e00-\u9fffァ-ヴー]{1,8})(?:と申します|です|でございます|と言います)"
)
KOREAN = re.compile(
    r"([가-힣A-Za-z㈜()]{2,15})(?:의)? (?:\S{1,6}(?:팀|부|과) )?([가-힣]{2,4}) ?(?:\S{2}장|대리|사원)?(?:입니다|이라고 합니다|라고 합니다)"
)
KOREAN_NOBODY = re.compile(r"(?:저는|안녕하세요|담당자|담당|대표|이름은|나는|제가|[은는이가])$")
CHINESE = re.compile(
    r"(?:我是|我们是|这里是|我這邊是|我们公司是)([\u4e00-\u9fff]{3,14}?)(?:的|采购|业务|[，,。\s]|$)|"
    # "我公司（盐城金马农机）": his name for himself in brackets.
    r"(?:我|本|敝|我们)(?:公司|司|厂|廠)\s?[（(]([\u4e00-\u9fff]{3,14})[）)]"
)
CHINESE_TALK = re.compile(r"[一做个家专]|你们|您")
FULL_FORMS = re.compile(
    r"(?<![你您贵我])[\u4e00-\u9fff]{2,20}(?:股份)?有限公司|株式会社[\w・]{1,20}|[\w・]{2,20}株式会社|(?:주식회사|㈜|\(주\))\s?[\w가-힣]{1,20}|"
    r"(?:ООО|ОАО|ЗАО|АО|ТОО|ЧП|ТОВ|ПП)\s{0,2}[«\"“][^»\"”\n]{2,40}[»\"”]?"
)
FULL_FORM_SIGNS = ("有限公司", "株式会社", "주식회사", "㈜", "(주)", "«", "“", 'О "')


def find(end: Closing, words: str, labels: tuple[str, ...], who: Signed, is_title: Callable[[int, str], bool]) -> tuple[str, str] | None:
    """The company of whoever signs, and the line that says it; None if nothing does.

    Args:
        labels: see ``companyname.labels_of``.
        is_title: whether a part of a line of that number is a title or department.
    """
    for number, part in _parts_near(end, who):
        name = part.strip(EDGES)
        if _is_company(name, number, end, labels, who, is_title):
            return name, end.lines[number]
    return _in_words(words, labels, who)


def _parts_near(end: Closing, who: Signed) -> Iterator[tuple[int, str]]:
    """The parts of lines that may name his company: behind his name, in the lines below it, and in the one above."""
    if who.number < 0:
        if end.lines and len(end.lines[-1]) <= LONGEST:
            yield from ((len(end.lines) - 1, part) for part in PARTS.split(end.lines[-1])[:3])
        return
    line = end.lines[who.number]
    yield from ((who.number, part) for part in PARTS.split(line)[1:4])
    if not line.isascii() and len(line) <= LONGEST:
        yield from ((who.number, part) for part in line.split() if part != who.name)
    for number in range(who.number + 1, min(who.number + 1 + MOST_LINES_BELOW, len(end.lines))):
        yield from ((number, part) for part in PARTS.split(end.lines[number])[:3])
    if who.number:
        yield who.number - 1, end.lines[who.number - 1]


def _is_company(name: str, number: int, end: Closing, labels: tuple[str, ...], who: Signed, is_title: Callable[[int, str], bool]) -> bool:
    if not 2 <= len(name) <= LONGEST or "@" in name or any(map(str.isdigit, name)) or name.endswith((".", "!", "?", ":", ",", "。", "：")):
        return False
    words = name.split()
    if len(words) > MOST_WORDS or COURTESY.match(name) or end.lines[number] in end.streets or name in who.name or is_title(number, name):
        return False
    if not all(word[:1].isupper() or not word[:1].isascii() and not word[:1].islower() or word in JOINS_NAMES for word in words):
        return False
    if not name.isascii() and SENTENCE_SIGNS.search(name):
        return False
    if tradenames.names_trade(name):
        return True
    if HAN_NAME.fullmatch(name) and who.number >= 0 and number == len(end.lines) - 1 == who.number + 1 and end.lines[number] == name:
        return not HAN_PLACE.search(name)
    folded = [word for word in map(fold, words) if len(word) >= SHARED]
    own = fold(who.name).split()
    if any(word in label for word in folded for label in labels) and not set(map(fold, words)) <= set(own):
        return len(words) > 1 or any(word == label for word in folded for label in labels)
    # His family name begins it.
    return len(words) > 1 and len(folded) > 1 and folded[0] in own[-1:] and not set(map(fold, words)) <= set(own)


def _in_words(words: str, labels: tuple[str, ...], who: Signed) -> tuple[str, str] | None:
    words = words[:LONGEST_READ]
    lowered = small(words)
    for label in labels:
        found = _spelled(words, lowered, label, labels, who)
        if found:
            return found
    if not words.isascii():
        return _in_other_scripts(words)
    return _introduced(words, who)


def _spelled(words: str, lowered: str, label: str, labels: tuple[str, ...], who: Signed) -> tuple[str, str] | None:
    """The words that spell the domain, wherever they are written as a name."""
    stem = label.split("-")[0][:SHARED]
    place = lowered.find(stem) if len(stem) == SHARED else -1
    while place >= 0:
        before = words[place - 1 : place]
        if words[place].isupper() and not (before.isalnum() or before and before in "@./-_"):
            ends = [place + found.end() for found in re.finditer(r"[^\W_][\w'’&]*", words[place : place + LONGEST].partition("\n")[0])][:5]
            for end in ends:
                name = words[place:end]
                last = re.split(r"[ -]", name)[-1]
                if words[end : end + 1] in ("@", "_") or re.match(r"\.\w", words[end : end + 2]) or re.search(r"[,.;:!?()]", name):
                    break
                if not (last[:1].isupper() or last[:1].isdigit()):
                    break
                if (companyname.spells(name, (label,)) or _abbreviates(name, label)) and fold(name) not in fold(who.name):
                    more = FORM_BEHIND.match(words, end)
                    return name + (more[0] if more else ""), words[max(0, place - 60) : end + 60].strip()
        place = lowered.find(stem, place + 1)
    return None


def _abbreviates(name: str, label: str) -> bool:
    """Whether a domain is put together from the beginnings of the words: "Northern Fan Systems" of northfansys."""
    words, rest = fold(name).split(), label.replace("-", "")
    if len(words) < 2:
        return False
    for word in words:
        length = next((size for size in range(min(len(word), len(rest)), 2, -1) if rest.startswith(word[:size])), 0)
        if not length:
            return False
        rest = rest[length:]
    return not rest


def _introduced(words: str, who: Signed) -> tuple[str, str] | None:
    for said in SAYS_WHO.finditer(words):
        for found in WITH_NAME.finditer(said[1]):
            before = said[0][: said.start(1) - said.start() + found.start()]
            name = found[1].strip(EDGES)
            if OTHERS.search(before) or fold(name) in fold(who.name) or COURTESY.match(name):
                continue
            known = companyname.named_by_form(name, False) or tradenames.names_trade(name)
            if known or len(name.split()) > 1 and ROLE.search(before + " "):
                return name, said[0]
    return None


def _in_other_scripts(words: str) -> tuple[str, str] | None:
    if any(sign in words for sign in FULL_FORM_SIGNS):
        found = FULL_FORMS.search(words)
        if found and not companyname.OTHER_PEOPLES.search(words[max(0, found.start() - 2) : found.end()]):
            return found[0].strip(), found[0]
    if "の" in words and (found := JAPANESE.search(words)) and not re.search(r"(?:部|課|担当|当社|弊社|こちら|購買|営業)$", found[1]):
        return found[1], found[0].strip()
    if "니다" in words and (found := KOREAN.search(words)) and not KOREAN_NOBODY.search(found[1]) and len(found[1]) > 2:
        return found[1], found[0]
    for found in CHINESE.finditer(words) if any(sign in words for sign in "是司厂廠") else ():
        name = found[1] or found[2]
        if tradenames.names_trade(name) and not CHINESE_TALK.search(name):
            return name, found[0]
    return None
