"""Who signs: the person's name in the display name, in the signature, or where he introduces himself.

What looks like a name and is none is told by its words: a firm's trade, a department, a title, the talk of a mail in capitals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailagent.core.reading import closing, companyname, lexicon, tradenames
from mailagent.core.reading.closing import Closing
from mailagent.core.reading.companyname import PARTS
from mailagent.core.reading.lexicon import Lexicon
from mailagent.core.reading.phrases import Phrasebook
from mailagent.core.reading.text import Text, small

EDGES = " .,-/\"'"
# Who does not say his name.
NOBODY = frozenset(("无名", "匿名", "未知", "佚名", "anonymous", "no name", "unknown", "n/a", "test", "asdf"))
# For names in small letters.
DEPARTMENT = re.compile(rf"\b(?:{closing.DEPARTMENT_WORDS})\b|{closing.DEPARTMENT_SIGNS}")
COURTESY = re.compile(
    r"(?:dear|hello|hi|hallo|hey|respected|best|kind|warm|many|thanks|thank|regards|rgds|sincerely|cheers|good|sent|waiting|looking|"
    r"please|saludos|gracias|muchas|mil|danke|dank|cordial\w{0,6}|un saludo|atentamente|gruß|grüß|grüße|thx|groet\w{0,2}|respect|"
    r"mit freundlichen|viele|"
    r"cordialement|bien|merci|saluti|grazie|distinti|"
    r"atenciosamente|obrigad[oa]|с уважением|saygılarımla|teşekkür\w{0,6}|以上|よろしく|감사합니다|"
    r"hoi|hej|hejsan|bästa|beste|geachte|witam|cześć|szanown\w{1,3}|dzień|dobrý|vážen\w{1,3}|merhaba|selam\w{0,4}|sayın|здравствуйте|"
    r"добр\w{1,3}|привет|уважаем\w{2,3}|вітаю|шановн\w{2,3}|ciao|salve|buon\w{1,6}|gentile|egregi\w|olá|oi|prezad[oa]s?|bom|boa|hola|buen[oa]s|"
    r"estimad[oa]s?|bonjour|ch(?:er|ère)s?|guten|sehr|liebe[rs]?|chào|kính|selamat|halo|yth|"
    r"(?:г|ул|обл|пр)\.|from|to|re|p\.?s)\b|[谢您你此顺敬謝順祝盼期]",
    re.IGNORECASE,
)
HONORIFIC = r"(?:Mr|Mrs|Ms|Dr|Ing|Eng|Dipl|Prof|Sr|Sra|Herr|Frau|Mme|M)\.?\s"
WITH_HONORIFIC = re.compile(rf"(?:{HONORIFIC}){{1,3}}")
NAME_WORD = r"[^\W\d_][\w.'’-]{0,24}"
NAME = re.compile(rf"(?:{HONORIFIC}){{0,3}}{NAME_WORD}(?:\s(?:{NAME_WORD}|\([\w. ]{{1,20}}\))){{0,4}}")
BEFORE_NAME = re.compile(
    r"(?:i\.?\s?[AV]\.|ppa\.|p\.p\.|by:|name:|attn\.?:?|contact:|contact person:|姓名[:：]|联系人[:：]|聯絡人[:：]|担当[:：])\s{0,3}",
    re.IGNORECASE,
)
#: Particles that stand in a name in small letters.
PARTICLES = frozenset((
    "van", "de", "der", "den", "von", "zu", "bin", "ibn", "al", "el", "da", "dos", "das", "di", "del", "della", "la", "le", "du",
    "y", "e", "ter",
))  # fmt: skip
#: Ranks and departments that stand beside an eastern name, and what is put behind it.
EASTERN_RANK = re.compile(
    r"\S{0,10}(?:部|课|課|科|室|处|處|组|組|経理|经理|經理|总监|總監|主任|主管|专员|專員|业务|業務|采购|採購|部长|部長|课长|課長|係長|主査|担当|社長|工程师|"
    r"과장|부장|대리|차장|팀장|사장|이사|주임|실장|대표|사원|매니저|팀|부|장)|先生|女士|小姐|様|さん|님|씨|拝|敬上|上"
)
EASTERN_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff\u3040-\u30ff]{1,4}[\s　][\u4e00-\u9fff\u3040-\u30ff]{1,5}|[가-힣]{2,5}")
# Words of which no name is made; a mail in capitals is full of them.
TALK = frozenset((
    "we", "you", "your", "our", "us", "order", "orders", "list", "price", "prices", "please", "quote", "with", "this", "that", "need",
    "require", "problem", "today", "urgent", "click", "here", "via", "from", "the", "and", "for",
))  # fmt: skip
# Who calls himself by his family name and a rank: "黄经理", "小刘", "王会计".
EASTERN_CALLED = re.compile(
    r"(?:^|[\s　部室科处：:-]|调研|外贸|采购|业务)((?:小|老)[\u4e00-\u9fff]|"
    r"[\u4e00-\u9fff](?:经理|部长|会计|主任|科长|厂长|总|工|先生|女士|小姐))$"
)
CONTACT_PERSON = re.compile(
    r"(?:联系人|聯絡人|联络人|收件人|\bcontact(?: person| name)?|\battn\.?|\battention|\bansprechpartner|\bcontacto|\bcontatto)"
    r"\s?[:：]\s?([^\n,，;|/\d]{2,30})",
    re.IGNORECASE,
)
INTRODUCED = re.compile(
    r"\b(?:[Mm]y name is|[Ii] am|[Ii]['’]m|[Tt]his is|[Ii]ch bin|[Mm]ein [Nn]ame ist|[Jj]e suis|[Jj]e m['’]appelle|[Mm]e llamo|"
    r"[Mm]i nombre es|[Ss]oy|[Mm]eu nome é|[Mm]e chamo|[Mm]i chiamo|[Мм]еня зовут|[Nn]azywam się|[Nn]ama saya|[Bb]enim adım)\s"
    r"([^\W\d_][\w'’-]{1,20}(?: [A-ZÀ-ÞА-ЯЁ][\w'’-]{1,20}){0,2})"
)
LAST_FIRST = re.compile(r"([^\W\d_][\w'’-]{1,20}), ([^\W\d_][\w'’-]{1,20}(?: [A-Z]\.?)?)")


@dataclass(frozen=True)
class Signed:
    """Who signs: his name, the line that says it, and the number of the line of the closing in which he signs; -1 if in none."""

    name: str
    line: str
    number: int


NOBODYS = Signed("", "", -1)


def find(end: Closing, words: str, mailbox: str, company: str, is_firm: bool, lexicons: Lexicon, titles: Phrasebook) -> Signed:
    """The person behind a mail; without a name if he gives none.

    Args:
        words: what he wrote, to be asked last.
        mailbox: the part of his address before the "@".
        company: the company that was found; its name is nobody's.
        is_firm: whether the display name is a firm's.
    """
    shown = end.shown.strip(EDGES)
    if is_firm and not shown.isascii():
        # "ルーカス商事 田中": the firm and he.
        others = [part for part in shown.split() if not tradenames.names_trade(part)]
        if len(others) == 1 and len(shown.split()) == 2 and (EASTERN_NAME.fullmatch(others[0]) or EASTERN_CALLED.fullmatch(others[0])):
            return Signed(others[0], shown, _where_signed(others[0], end))
    if not is_firm:
        name = _shown_name(shown, mailbox, end, titles)
        if name:
            return Signed(name, name, _where_signed(name, end))
    for number in _order(end):
        name = _in_line(end, number, company, lexicons, titles)
        if name:
            return Signed(name, end.lines[number], number)
    return _labelled(end) or _called(shown, end) or _introduced(words, mailbox)


def _order(end: Closing) -> tuple[int, ...]:
    """Who signs stands first in his signature; without one his name is near the end."""
    return (*range(end.signed, min(end.signed + 5, len(end.lines))), *reversed(range(end.signed)[-8:]))


def _shown_name(shown: str, mailbox: str, end: Closing, titles: Phrasebook) -> str:
    last = len(end.lines)
    turned = LAST_FIRST.fullmatch(shown)
    in_box = turned and any(len(word) > 2 and small(word) in small(mailbox) for word in turned.groups())
    if in_box and _is_name(" ".join(turned.groups()), end, last):
        return f"{turned[2]} {turned[1]}"
    if not _is_name(shown, end, last):
        return ""
    # "Chief Coordinator" names nobody.
    if last in end.holding(closing.TITLE) and len(shown.split()) > 1:
        text = Text(WITH_HONORIFIC.sub("", shown))
        if any(match.last - match.first > 1 or small(text.written(0, 1)) in LEADS for match in titles.find(text)):
            return ""
    return shown


#: What stands before a title.
LEADS = frozenset(("chief", "head", "senior", "stores", "the", "global", "general", "import", "export", "plant", "site"))


def _in_line(end: Closing, number: int, company: str, lexicons: Lexicon, titles: Phrasebook) -> str:
    line = BEFORE_NAME.sub("", end.lines[number], count=1)
    name = _without_rank(PARTS.split(line, maxsplit=1)[0].split("|")[0].partition(" (")[0].strip(EDGES))
    if not _is_name(name, end, number) or not all(map(_is_capital, name.split())):
        return ""
    # In the text a single word may be anything; a name has two, or stands alone as the last line.
    if len(name.split()) < 2 and not (EASTERN_NAME.fullmatch(name) or _stands_alone(end, number, lexicons)):
        return ""
    if lexicons.closing.fullmatch(lexicon.fold(name)) or company and (name in company or company in name):
        return ""
    if tradenames.names_trade(name) or name.isupper() and len(name.split()) > 3:
        return ""
    # A department or a title is nobody: "Stores Controller".
    if number in end.holding(closing.TITLE) and any(titles.find(Text(WITH_HONORIFIC.sub("", name)))):
        return ""
    return name


def _where_signed(name: str, end: Closing) -> int:
    """The line in which somebody of that display name signs, -1 if in none."""
    own = {word for word in small(name).split() if len(word) > 1}
    for number in _order(end):
        part = small(PARTS.split(BEFORE_NAME.sub("", end.lines[number], count=1), maxsplit=1)[0]).split()
        if len(part) <= 6 and any(word.strip(EDGES) in own for word in part):
            return number
    return -1


def _labelled(end: Closing) -> Signed | None:
    for number in reversed(range(len(end.lines))):
        found = CONTACT_PERSON.search(end.lines[number])
        name = found[1].partition("手机")[0].partition("电话")[0].strip(EDGES) if found else ""
        if name and (EASTERN_CALLED.fullmatch(name) or _is_name(name, end, number)) and all(map(_is_capital, name.split())):
            return Signed(name, end.lines[number], number)
    return None


def _called(shown: str, end: Closing) -> Signed | None:
    if shown.isascii() and all(map(str.isascii, end.lines[-2:])):
        return None
    for number in (len(end.lines), *range(max(0, len(end.lines) - 2), len(end.lines))):
        line = shown if number == len(end.lines) else end.lines[number]
        found = EASTERN_CALLED.search(line) if len(line) <= 12 else None
        if found:
            return Signed(found[1], line, -1 if number == len(end.lines) else number)
    return None


def _introduced(words: str, mailbox: str) -> Signed:
    """ "I am Chidi": a name that his address holds as well, or one of two words in capitals."""
    box = small(mailbox)
    for found in INTRODUCED.finditer(words[:2_000]):
        name = found[1]
        first = small(name.split()[0])
        if first in TALK or len(first) < 3:
            continue
        if first in box:
            return Signed(name.split()[0] if name[0].islower() else name, found[0], -1)
    return NOBODYS


def _is_capital(word: str) -> bool:
    return word[:1].isupper() or not word[:1].isascii() and not word[:1].islower() or word in PARTICLES


def _stands_alone(end: Closing, number: int, words: Lexicon) -> bool:
    """Whether a line is the last of all, or the first below "Best regards" or of a signature."""
    if number >= len(end.lines) - 1:
        return True
    return number >= end.signed and (number == end.signed or bool(words.closing.match(lexicon.fold(end.lines[number - 1]))))


def _without_rank(name: str) -> str:
    """An eastern name without the rank or department beside it: "陈志强 采购部经理" is 陈志强."""
    if name.isascii() or " " not in name and "\u3000" not in name:
        return name
    kept = [word for word in name.split() if not EASTERN_RANK.fullmatch(word)]
    return " ".join(kept) if kept and len(kept) <= 2 else name


def _is_talk(name: str) -> bool:
    """Whether words are a piece of a sentence; somebody may be called Price."""
    words = small(name).split()
    said = sum(word in TALK for word in words)
    return said > 1 or said == 1 and (name.isupper() or not name.istitle())


def _is_name(name: str, end: Closing, number: int) -> bool:
    """Whether a part of a line of the closing looks like a person's name."""
    if (
        not name
        or len(name) > 45
        or name.lower() in NOBODY
        or not (NAME.fullmatch(name) or EASTERN_NAME.fullmatch(name))
        or COURTESY.match(name)
        or _is_talk(name)
    ):
        return False
    if number in end.holding(closing.DEPARTMENT) and DEPARTMENT.search(small(name)):
        return False
    return not (number in end.holding(closing.FORM) and companyname.LEGAL_FORM.search(small(name))) and not companyname.eastern(name)
