"""Who is writing: company, person, title, telephone, address, website.

Looked for where people put them: in the display name, in the signature, in the last lines (``closing.py``), and in the fields
of a platform's notice or web form. A mail domain alone is no website (anyone has one), but it tells whether a company
can be found. Titles come from ``config/languages`` (``gives_title``, ``decision_role``); the legal forms of companies
(``companyname.py``) and the words of addresses (``postal.py``) are the same few in every mail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mailagent.core.model.address import Address, company_domain, registrable_domain
from mailagent.core.model.lead import Fact
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import closing, companyname, lexicon, messenger, postal, telephone
from mailagent.core.reading.anchors import Anchors
from mailagent.core.reading.closing import Closing
from mailagent.core.reading.companyname import MOST_PARTS, PARTS
from mailagent.core.reading.lexicon import Lexicon
from mailagent.core.reading.phrases import Phrasebook
from mailagent.core.reading.text import LONGEST_EVIDENCE, Text, small

LONGEST_WORDS = 20_000
MOST_WORDS_OF_CONTACT = 4
LONGEST_TITLE = 60
ROLE_FACTS = ("gives_title", "decision_role")
EDGES = " .,-/\"'"
# How a finding is kept: name, value, and the line that says it.
Keep = Callable[..., None]

WEBSITE = re.compile(
    r"(?:https?://|www\.)[\w\-]{1,60}(?:\.[\w\-]{1,60}){1,5}|"
    r"(?<![@\w.\-])[a-z0-9][\w\-]{0,60}(?:\.[\w\-]{1,60}){0,3}\.[a-z]{2,12}(?![\w@(])",
    re.IGNORECASE,
)
# A dot inside a word, as every website has one.
INNER_DOT = re.compile(r"\.[\w-]")
FILE_NAME = re.compile(r"\.(?:pdf|xlsx?|docx?|jpe?g|png|zip|rar|dwg|step|txt|html?|csv|exe|eml)$", re.IGNORECASE)
# What leads to one page, or asks for a login, is no web site of a company.
NO_HOME_PAGE = re.compile(r"\S{0,200}(?:\?|login|signin|verify|\.pdf)|\S{40}", re.IGNORECASE)
# Who does not say his name.
NOBODY = frozenset(("无名", "匿名", "未知", "佚名", "anonymous", "no name", "unknown", "n/a", "test"))
# For names in small letters.
DEPARTMENT = re.compile(rf"\b(?:{closing.DEPARTMENT_WORDS})\b|{closing.DEPARTMENT_SIGNS}")
COURTESY = re.compile(
    r"(?:dear|hello|hi|hallo|hey|respected|best|kind|warm|many|thanks|thank|regards|rgds|sincerely|cheers|good|sent|waiting|looking|"
    r"please|saludos|gracias|muchas|mil|danke|dank|cordial\w{0,6}|un saludo|atentamente|gruß|grüße|mit freundlichen|viele|"
    r"cordialement|bien|merci|saluti|grazie|distinti|"
    r"atenciosamente|obrigad[oa]|с уважением|saygılarımla|teşekkür\w{0,6}|以上|よろしく|감사합니다|"
    r"hoi|hej|hejsan|bästa|beste|geachte|witam|cześć|szanown\w{1,3}|dzień|dobrý|vážen\w{1,3}|merhaba|selam\w{0,4}|sayın|здравствуйте|"
    r"добр\w{1,3}|привет|уважаем\w{2,3}|вітаю|шановн\w{2,3}|ciao|salve|buon\w{1,6}|gentile|egregi\w|olá|oi|prezad[oa]s?|bom|boa|hola|buen[oa]s|"
    r"estimad[oa]s?|bonjour|ch(?:er|ère)s?|guten|sehr|liebe[rs]?|chào|kính|selamat|halo|yth|(?:г|ул|обл|пр)\.|from|to|re|p\.?s)\b|[谢您你此顺敬謝順]",
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
FIELDS = {
    "company": "gives_company",
    "name": "gives_person",
    "phone": "gives_phone",
    "address": "gives_address",
    "website": "gives_website",
    "title": "gives_title",
}


@dataclass(frozen=True)
class Titles:
    """The phrases of ``ROLE_FACTS``, and what of them stands among the letters of a line."""

    phrases: Phrasebook
    anchors: Anchors


def prepare(entries: Iterable[tuple[str, str, str]]) -> Titles:
    """The titles of all languages, ready to be looked for: (fact, value, phrase) of each."""
    entries = list(entries)
    return Titles(Phrasebook(entries), closing.anchors_of(phrase for _, _, phrase in entries))


def closing_of(message: InboundMessage, titles: Titles) -> Closing:
    """The end of a mail, with the name of whoever is behind it."""
    return Closing(message, buyer_address(message), titles.anchors)


def find(message: InboundMessage, policy: Policy, titles: Titles, end: Closing, may_phone: bool) -> list[Fact]:
    """What the mail says about the person behind it, each thing once.

    Args:
        end: ``closing_of`` the message.
        may_phone: False if his words are known to hold no telephone number.
    """
    facts: dict[str, Fact] = {}

    def keep(name: str, value: str, evidence: str = "") -> None:
        value = " ".join(value.split())[:120]
        if value:
            facts.setdefault(name, Fact(name, value, " ".join((evidence or value).split())[:LONGEST_EVIDENCE]))

    for field, name in FIELDS.items():
        if field in message.relay_fields:
            keep(name, message.relay_fields[field])
    buyer = buyer_address(message)
    domain = company_domain(buyer.email, policy.freemail)
    if domain and domain not in policy.company.registrable_domains:
        keep("own_domain", domain, buyer.email)
    elif buyer.email and not domain:
        keep("freemail", buyer.domain, buyer.email)

    if "gives_company" not in facts:
        _company(end, companyname.labels_of(buyer.domain) if domain else (), keep)
    _roles(end, titles.phrases, keep)
    if "gives_person" not in facts:
        _person(end, lexicon.of(policy.languages), titles.phrases, keep)
    words = message.words[:LONGEST_WORDS]
    if "gives_phone" not in facts:
        _phone(end, words if may_phone and telephone.may_hold(words) else "", keep)
    labelled = postal.labelled(words)
    if labelled:
        keep("gives_address", labelled[1], labelled.group())
    for line in end.lines:
        if line in end.streets:
            keep("gives_address", line)
        if "." in line and INNER_DOT.search(line):
            _website(line, domain, policy, keep)
    if "gives_address" not in facts and (said := postal.in_prose(words)):
        keep("gives_address", *said)
    reached = end.holding(closing.MESSENGER)
    found = list(facts.values())
    for name, who, line in messenger.find(end.lines[number] for number in sorted(reached) if number < len(end.lines)) if reached else ():
        found.append(Fact("messenger", f"{name}: {who}", line[:LONGEST_EVIDENCE]))
    return found


def buyer_address(message: InboundMessage) -> Address:
    """The buyer's own address: the one in a notice's fields, the Reply-To of a form, else the sender; none where a platform hides it."""
    if message.masked:
        return Address(message.sender.name, "")
    email = message.relay_fields.get("email", "")
    if "@" in email:
        return Address(message.relay_fields.get("name", ""), email.strip())
    return message.sender


def places(text: str, end: Closing, may_phone: bool) -> list[tuple[int, int]]:
    """Where a text holds telephone numbers and address lines: (from, to) of each; numbers there are no quantities or models."""
    contact = end.streets | end.phones.keys()
    if not contact and not may_phone:
        return []
    found: list[tuple[int, int]] = []
    start = 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        # "500 pcs of 6204, call +49 30 …" is a wish with a number behind it: only the number is apart.
        if bare in contact and (bare in end.streets or len(postal.LONG_WORD.findall(line)) <= MOST_WORDS_OF_CONTACT):
            found.append((start, start + len(line)))
        found += [(start + first, start + last) for first, last in telephone.places(line)]
        start += len(line)
    return found


def _company(end: Closing, labels: tuple[str, ...], keep: Keep) -> None:
    last = len(end.lines)
    for number in sorted(end.may_spell(labels) | end.holding(closing.FORM) | end.eastern(), key=lambda number: (number == last, -number)):
        line = end.lines[number] if number < last else end.shown
        if "@" in line and line.isascii() and not any(map(str.isspace, line)):
            # An address alone spells its domain, and is no name.
            continue
        for part in companyname.parts(line):
            name = companyname.named(part, labels, line == end.shown)
            if name:
                keep("gives_company", name, line)
                return


def _roles(end: Closing, titles: Phrasebook, keep: Keep) -> None:
    for number in sorted(end.holding(closing.TITLE)):
        line = end.lines[number] if number < len(end.lines) else end.shown
        # A title stands in a short line of its own; in a sentence it is somebody else's ("our engineer asks").
        if line.endswith(postal.SENTENCE_ENDS):
            continue
        for part in PARTS.split(line)[:MOST_PARTS]:
            if len(part) > LONGEST_TITLE or len(part.split()) > 6:
                continue
            text = Text(part)
            for match in titles.find(text):
                keep(match.name, text.written(match.first, match.last), line)


def _person(end: Closing, words: Lexicon, titles: Phrasebook, keep: Keep) -> None:
    shown = end.shown.strip(EDGES)
    if _is_name(shown, end, len(end.lines)):
        keep("gives_person", shown)
        return
    # Who signs stands first in his signature; without one his name is near the end.
    signed = range(end.signed, min(end.signed + 5, len(end.lines)))
    for number in (*signed, *reversed(range(end.signed)[-8:])):
        line = BEFORE_NAME.sub("", end.lines[number], count=1)
        name = _without_rank(PARTS.split(line, maxsplit=1)[0].split("|")[0].partition(" (")[0].strip(EDGES))
        if not _is_name(name, end, number) or not all(map(_is_capital, name.split())):
            continue
        # In the text a single word may be anything; a name has two, or stands alone as the last line.
        if len(name.split()) < 2 and not (EASTERN_NAME.fullmatch(name) or _stands_alone(end, number, words)):
            continue
        if words.closing.fullmatch(lexicon.fold(name)):
            continue
        if number not in end.holding(closing.TITLE) or not any(titles.find(Text(WITH_HONORIFIC.sub("", name)))):
            keep("gives_person", name, end.lines[number])
            return


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


def _is_name(name: str, end: Closing, number: int) -> bool:
    """Whether a part of a line of the closing looks like a person's name."""
    if (
        not name
        or len(name) > 45
        or name.lower() in NOBODY
        or not (NAME.fullmatch(name) or EASTERN_NAME.fullmatch(name))
        or COURTESY.match(name)
    ):
        return False
    if number in end.holding(closing.DEPARTMENT) and DEPARTMENT.search(small(name)):
        return False
    return not (number in end.holding(closing.FORM) and companyname.LEGAL_FORM.search(small(name))) and not companyname.eastern(name)


def _phone(end: Closing, words: str, keep: Keep) -> None:
    for line, phone in (*end.phones.items(), *((line, telephone.first(line)) for line in telephone.lines(words))):
        if sum(map(str.isdigit, phone)) >= telephone.FEWEST_DIGITS:
            keep("gives_phone", telephone.without_label(phone), line)
            return


def _website(line: str, domain: str | None, policy: Policy, keep: Keep) -> None:
    for match in WEBSITE.finditer(line):
        site = match.group()
        host = re.sub(r"^https?://", "", site, flags=re.IGNORECASE).lower()
        named = registrable_domain(host)
        marked = site.lower().startswith(("http", "www."))
        if line[match.end() : match.end() + 1] == "/" and NO_HOME_PAGE.match(line, match.end()):
            continue
        if FILE_NAME.search(host) or named in policy.company.registrable_domains or named in policy.freemail:
            continue
        if (marked and (domain is None or named == domain or host.count(".") >= 1)) or named == domain:
            keep("gives_website", site, line)
