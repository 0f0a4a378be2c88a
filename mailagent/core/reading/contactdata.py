"""Who is writing: company, person, title, telephone, address, website.

Looked for where people put them: in the display name, in the signature, in the last lines, and in the fields of a
platform's notice or web form. A mail domain alone is no website (anyone has one), but it tells whether a company
can be found. Titles come from ``config/languages`` (``gives_title``, ``decision_role``); the legal forms of companies and
the words of addresses are the same few in every mail and stand here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mailagent.core.model.address import Address, company_domain, registrable_domain
from mailagent.core.model.lead import Fact
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import lexicon
from mailagent.core.reading.lexicon import Lexicon
from mailagent.core.reading.phrases import LONGEST_EVIDENCE, Phrasebook, Text, fold

LAST_LINES = 12
LONGEST_LINE = 110
MOST_WORDS_OF_CONTACT = 4
ROLE_FACTS = ("gives_title", "decision_role")
LABELLED_ADDRESS = re.compile(
    r"(?:\b(?:address|addr|add|adresse|anschrift|direcci[oó]n|endereço|indirizzo|адрес|adres|ship to|deliver to)|"
    r"地址|住所|주소|العنوان)\s{0,3}[:：]\s{0,3}(\S[^\n]{5,150})",
    re.IGNORECASE,
)
# What ends like a sentence is talk and no line of an address.
SENTENCE_ENDS = ("?", "!", ":", ";", "。", "？", "！", "：", "；")
EDGES = " .,-/\"'"
PARTS = re.compile(r"\s[|/]\s|,\s|[;，；]|\s{2,}|(?<=\S)\s-\s")
# How a finding is kept: name, value, and the line that says it.
Keep = Callable[..., None]

LEGAL_FORM = re.compile(
    r"(?:(?<=[\s,&])|^)(?:co\.?,? ?ltd|ltd|limited|llc|l\.l\.c|inc|incorporated|corp|corporation|company|co|plc|llp|pty|pte|"
    r"sdn\.? ?bhd|bhd|pvt|fze|fzco|fzc|w\.?l\.?l|est|gmbh|ag|kg|ohg|e\.?k|s\.?a\.? de c\.?v|s\.?a\.?|s\.?a\.?s|s\.?l\.?u?|s\.?r\.?l\.?s?|"
    r"s\.?p\.?a|sarl|eurl|b\.?v|n\.?v|a/s|aps|ab|asa|oyj?|sp\. ?z ?o\.? ?o|s\.?r\.?o|a\.?ş|a\.?s|şti|d\.?o\.?o|kft|zrt|bt|ltda|lda|eireli|"
    r"trading|industries|enterprises?|group|holdings?|hardware|traders|supplies|imports?|international|manufacturing|machinery)"
    r"(?:[.,)]|\s|$)",
    re.IGNORECASE,
)
# The parts of "S.A. de C.V." and "Sp. z o.o." one by one, and a form that a comma or full stop follows.
SHORT_FORM = re.compile(r"(?:[A-Z]\.){1,4}[A-Z]?\.?|(?:co|ltd|inc|pvt|pte|pty|sdn|bhd|sp|z|o\.o|c\.v|cv|s\.?a)[.,]{0,2}", re.IGNORECASE)
NAME_LIKE = re.compile(r"[(\"'«“]?(?:[A-ZÀ-ÞА-ЯЁİŞĞÇ\d&]|[^\W\d_a-zß-ÿа-яёğışçöü])")
JOINS_NAMES = frozenset((
    "for", "and", "&", "y", "e", "et", "und", "of", "the", "de", "del", "la", "las", "los", "do", "da", "dos", "di", "van", "von", "der",
))  # fmt: skip
EASTERN_COMPANY = re.compile(
    r"[\u4e00-\u9fff\u3040-\u30ff（）()]{2,30}(?:有限公司|公司|集团|工厂|商行|株式会社|有限会社|進出口|进出口|贸易行|厂)|"
    r"(?:株式会社|有限会社|\(株\)|（株）)\s?[\w・]{1,30}|[\w가-힣]{1,20}\s?(?:주식회사|㈜|\(주\))|(?:주식회사|㈜|\(주\))\s?[\w가-힣]{1,20}|"
    r"(?:ООО|ОАО|ЗАО|АО|ИП|ТОО|ЧП|ТОВ)\s{0,2}[«\"“]?[\w -]{2,40}|(?:شركة|مؤسسة|مجموعة)\s[\w ]{2,40}"
)
PHONE_WORD = (
    r"(?:\b(?:tel|telf|tél|teléfono|telefono|telefone|telefon|phone|ph|mob|mobile|mobil|cell|cel|celular|handy|gsm|fax|fon|fono|whats ?app|"
    r"wa|wechat|call|viber|contact no|т|тел|моб|телефон)\b|电话|電話|手机|手機|微信|전화|휴대폰|هاتف|جوال|واتساب)"
)
PHONE = re.compile(
    # With a country code; with an area code in brackets; behind a word for telephone; or grouped as telephone numbers are.
    r"(?:\+|(?<!\d)00)\(?\d(?:[\s().\-/]{0,3}\d){6,15}(?!\d)|"
    r"\(\d{2,5}\)\s?\d(?:[\s.\-]{0,2}\d){4,10}(?!\d)|" + PHONE_WORD + r"[^\d\n+]{0,12}\+?\(?\d(?:[\s().\-/]{0,3}\d){5,15}(?!\d)|"
    r"(?<![\d.,\-/])(?:1[3-9]\d{9}|0\d{1,4}[\s\-/]\d{2,4}(?:[\s\-]?\d{2,4}){1,3})(?![\d.,])|"
    r"(?<![\d.,\-/])\d{2,4} \d{3} \d{3,4}(?![\d.,])",
    re.IGNORECASE,
)
FEWEST_DIGITS = 6
STREET = re.compile(
    r"\b(?:street(?![ -]?(?:light|lamp|lumin|led))|str|st\.|road|rd|avenue|ave|av|boulevard|blvd|lane|drive|highway|hwy|quay|square|plaza|"
    r"parkway|pkwy|p\.? ?o\.? ?box|"
    r"industrial (?:area|estate|park|zone)|plot|building|bldg|floor|suite|stra(?:ß|ss)e|platz|weg|allee|via|viale|piazza|corso|calle|"
    r"avenida|carrera|cra|colonia|col\.|rua|travessa|estrada|rodovia|rue|chemin|place|zone industrielle|z\.?i\.?|ul|ulica|улица|ул|"
    r"проспект|пр-т|шоссе|дом|офис|cad|caddesi|sok|sokak|mah|mahallesi|bulvarı|sanayi sitesi|osb|gata|vej|bagh|bazar|bazaar|market|mall|"
    r"town|nagar|district|province|شارع|طريق|منطقة|حي)\b|"
    r"\w(?:straße|strasse|str\.|gasse|weg|platz|gatan|gata|vägen|vegen|vej|katu|tie|straat|laan|kade)\b|"
    r"(?:路|街|道|巷|弄)\s?\d{1,5}\s?[号號]|"
    r"(?:省|市|区|县|區|縣|府|県|都)[\u4e00-\u9fff]{1,15}(?:路|街|道|村|镇|园|区|號|号|町|市|区)\w{0,6}|工[业業](?:园|区|園|區)|"
    r"\d(?:丁目|番地)|〒\s?\d{3}|[가-힣]{1,10}(?:시|구)\s[가-힣]{1,10}(?:동|로|길|구)",
    re.IGNORECASE,
)
# A postcode before a place or behind one, with a comma near; or a British one.
POSTCODE_LINE = re.compile(
    r"(?:^|,\s?)(?:[A-Z]{1,2}-?)?\d{3} ?\d{1,3}(?:-\d{3,4})?\s[A-ZÀ-Þ][\w'’-]{2,40}(?:,|$)|"
    r"[A-ZÀ-Þ][\w'’ -]{2,30},\s?(?:[A-Z]{2}\s)?\d{4,6}(?!\s?(?:K|W|V|A|lm|mm|m|kg|h|hrs|pcs|pieces|sets|units)\b)"
    r"(?:\s|,|$)|\b[A-Z]{1,2}\d{1,2}[A-Z]?\s?\d[A-Z]{2}\b"
)
WEBSITE = re.compile(
    r"(?:https?://|www\.)[\w\-]{1,60}(?:\.[\w\-]{1,60}){1,5}|"
    r"(?<![@\w.\-])[a-z0-9][\w\-]{0,60}(?:\.[\w\-]{1,60}){0,3}\.[a-z]{2,12}(?![\w@(])",
    re.IGNORECASE,
)
# A line of an address has a number, or ends with a place; it is written in names, not in sentences.
HAS_NUMBER = re.compile(r"\d|[一二三四五六七八九十]+[号號楼]")
LONG_WORD = re.compile(r"[^\W\d_]{4,}")
BEGINS_AS_ADDRESS = re.compile(r"\s{0,3}(?:no\.?\s?|#)?\d{1,5}[a-z]?[,\s/-]", re.IGNORECASE)
# "Your company", "our company": no name.
OTHER_PEOPLES = re.compile(r"(?:贵|你们?|您|我们?|本|该|弊|御|貴)(?:公司|厂|司|社)")
FILE_NAME = re.compile(r"\.(?:pdf|xlsx?|docx?|jpe?g|png|zip|rar|dwg|step|txt|html?|csv|exe|eml)$", re.IGNORECASE)
# Mailboxes of a department, a machine or a shop are not a person's name.
DEPARTMENT = re.compile(
    r"\b(?:info|sales|purchas\w{0,6}|procurement|sourcing|buyer|office|admin\w{0,11}|export|import|einkauf|compras|acquisti|achats|cell|"
    r"team|desk|department|dept|service|website|form|noreply|no-reply|rfq|enquir\w{1,3}|inquir\w{1,3}|contact|support|tender|finance|"
    r"accounts?|webmaster|mail|hr|shop|store|trade|company|group|traders|trading|hardware|supplies)\b|采购|财务|公司|部|総務|課|شركة|مؤسسة",
    re.IGNORECASE,
)
COURTESY = re.compile(
    r"(?:dear|hello|hi|hallo|hey|respected|best|kind|warm|many|thanks|thank|regards|rgds|sincerely|cheers|good|sent|waiting|looking|"
    r"please|saludos|gracias|muchas|mil|danke|dank|cordial\w{0,6}|un saludo|atentamente|gruß|grüße|mit freundlichen|viele|"
    r"cordialement|bien|merci|saluti|grazie|distinti|"
    r"atenciosamente|obrigad[oa]|с уважением|saygılarımla|teşekkür\w{0,6}|以上|よろしく|감사합니다)\b|[谢您你此顺敬]",
    re.IGNORECASE,
)
HONORIFIC = r"(?:Mr|Mrs|Ms|Dr|Ing|Eng|Dipl|Prof|Sr|Sra|Herr|Frau|Mme|M)\.?\s"
NAME_WORD = r"[^\W\d_][\w.'’-]{0,24}"
NAME = re.compile(rf"(?:{HONORIFIC}){{0,3}}{NAME_WORD}(?:\s(?:{NAME_WORD}|\([\w ]{{1,20}}\))){{0,4}}")
EASTERN_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff\u3040-\u30ff]{1,4}[\s　][\u4e00-\u9fff\u3040-\u30ff]{1,5}|[가-힣]{2,5}")
FIELDS = {
    "company": "gives_company",
    "name": "gives_person",
    "phone": "gives_phone",
    "address": "gives_address",
    "website": "gives_website",
    "title": "gives_title",
}


def find(message: InboundMessage, policy: Policy, roles: Phrasebook) -> list[Fact]:
    """What the mail says about the person behind it, each thing once.

    Args:
        roles: the phrases of ``ROLE_FACTS``.
    """
    facts: dict[str, Fact] = {}

    def keep(name: str, value: str, evidence: str = "") -> None:
        value = " ".join(value.split())[:120]
        if value:
            facts.setdefault(name, Fact(name, value, " ".join((evidence or value).split())[:LONGEST_EVIDENCE]))

    for field, name in FIELDS.items():
        keep(name, message.relay_fields.get(field, ""))
    buyer = buyer_address(message)
    lines = list(closing_lines(message))
    domain = company_domain(buyer.email, policy.freemail)
    if domain and domain not in policy.company.registrable_domains:
        keep("own_domain", domain, buyer.email)
    elif buyer.email and not domain:
        keep("freemail", buyer.domain, buyer.email)

    _company(lines, buyer, domain, keep)
    _roles(lines, buyer, roles, keep)
    _person(lines, buyer, lexicon.of(policy.languages), keep)
    for line in (*lines, *message.words[:20_000].splitlines()):
        phone = PHONE.search(line[:400])
        if phone and sum(c.isdigit() for c in phone.group()) >= FEWEST_DIGITS:
            keep("gives_phone", phone.group(), line)
    labelled = LABELLED_ADDRESS.search(message.words[:20_000])
    if labelled:
        keep("gives_address", labelled[1], labelled.group())
    for line in lines:
        if _is_address(line):
            keep("gives_address", line)
        _website(line, domain, policy, keep)
    return list(facts.values())


def buyer_address(message: InboundMessage) -> Address:
    """The buyer's own address: the one in a notice's fields, the Reply-To of a form, else the sender."""
    email = message.relay_fields.get("email", "")
    if "@" in email:
        return Address(message.relay_fields.get("name", ""), email.strip())
    return message.sender


def closing_lines(message: InboundMessage) -> Iterator[str]:
    """The short lines at the end of what he wrote, and his signature."""
    tail = [line.strip() for line in message.words[-4_000:].splitlines() if line.strip()][-LAST_LINES:]
    signature = [line.strip() for line in message.signature[:4_000].splitlines() if line.strip()][:20]
    for line in (*tail, *signature):
        if len(line) <= LONGEST_LINE:
            yield line


def places(text: str, message: InboundMessage) -> list[tuple[int, int]]:
    """Where a text holds telephone numbers and address lines: (from, to) of each; numbers there are no quantities or models."""
    closing = {line for line in closing_lines(message) if _is_address(line) or PHONE.search(line)}
    found: list[tuple[int, int]] = []
    start = 0
    for line in text.splitlines(keepends=True):
        # "500 pcs of 6204, call +49 30 …" is a wish with a number behind it: only the number is apart.
        if line.strip() in closing and (_is_address(line.strip()) or len(LONG_WORD.findall(line)) <= MOST_WORDS_OF_CONTACT):
            found.append((start, start + len(line)))
        found += [(start + phone.start(), start + phone.end()) for phone in PHONE.finditer(line[:400])]
        start += len(line)
    return found


def _is_address(line: str) -> bool:
    """Whether a line is one of an address: a street or postcode, with a number, and no talk ("our office pays for street lights")."""
    if line.endswith(SENTENCE_ENDS):
        return False
    street = STREET.search(line)
    if not street and not POSTCODE_LINE.search(line):
        return False
    if BEGINS_AS_ADDRESS.match(line) and street and street.start() < 40 and len(line.split()) <= 10:
        return True
    words = LONG_WORD.findall(line)
    small = sum(word[0].islower() for word in words)
    if small >= 3 and small * 2 > len(words):
        return False
    return bool(HAS_NUMBER.search(line)) or (len(words) >= 2 and len(line) <= 60 and not small)


def _company(lines: list[str], buyer: Address, domain: str | None, keep: Keep) -> None:
    labels = tuple(fold(label) for label in buyer.domain.split(".")[:-1] if len(label) >= 5) if domain else ()
    for line in (*reversed(lines), buyer.name):
        for part in _parts(line):
            eastern = EASTERN_COMPANY.search(part)
            if eastern and not OTHER_PEOPLES.search(eastern.group()):
                keep("gives_company", eastern.group(), line)
            elif len(part) <= 70 and _spells(part, labels):
                keep("gives_company", part, line)
            elif len(part) <= 70:
                keep("gives_company", _named_by_form(part, line == buyer.name), line)


def _spells(part: str, labels: tuple[str, ...]) -> bool:
    """Whether a line spells the sender's domain: "Nordic Light" of ``nordic-light.fi`` is the company's name."""
    words = re.findall(r"[^\W_]+", fold(part))
    short = "".join(words)
    if len(short) < 5 or len(words) > 8 or "@" in part or "." in part.strip("."):
        return False
    for label in labels:
        pieces = label.split("-")
        whole = "".join(pieces)
        # Most of the domain must be there, or a family name or a town alone would be taken for a company.
        if short.startswith(whole) or (whole.startswith(short) and len(short) * 10 >= len(whole) * (6 if len(words) > 1 else 8)):
            return True
        if len(pieces) > 1 and all(piece in words for piece in pieces):
            return True
    return False


def _named_by_form(part: str, is_display_name: bool) -> str:
    """The name that stands before a legal form ("Greetings from Acme Co. Ltd" → "Acme Co. Ltd"); "" if there is none.

    A name is written with capitals; "we are a trading company" and "as strictly confidential" are sentences.
    """
    words = part.split()
    if not 2 <= len(words) <= 8:
        return ""
    forms = list(LEGAL_FORM.finditer(part))
    if not forms:
        return ""
    if is_display_name:
        return part
    # From the last legal form back over everything that can belong to a name.
    end = forms[-1].end()
    own = part[:end].split()
    first = len(own)
    while first and (NAME_LIKE.match(own[first - 1]) or own[first - 1].lower().strip(".,&") in JOINS_NAMES or _is_form(own[first - 1])):
        first -= 1
    named = own[first:]
    while named and named[0].lower().strip(".,") in JOINS_NAMES:
        named.pop(0)
    if not any(NAME_LIKE.match(word) and not _is_form(word) for word in named):
        return ""
    # What follows the form is a place or a bracket ("Acme Ltd (UK)"), or else the words were a sentence.
    if any(word[:1].islower() for word in part[end:].split()):
        return ""
    return part if not first else " ".join(named)


def _parts(line: str) -> list[str]:
    """A line cut at its separators; a legal form that was cut off at the comma goes back ("Acme, S.A. de C.V.")."""
    parts: list[str] = []
    for part in PARTS.split(line)[:6]:
        if parts and part and all(_is_form(word) or word in ("de", "di") for word in part.split()):
            parts[-1] += f", {part}"
        else:
            parts.append(part)
    return parts


def _is_form(word: str) -> bool:
    return bool(LEGAL_FORM.fullmatch(word)) or bool(SHORT_FORM.fullmatch(word))


def _roles(lines: list[str], buyer: Address, roles: Phrasebook, keep: Keep) -> None:
    for line in (*lines, buyer.name):
        # A title stands in a short line of its own; in a sentence it is somebody else's ("our engineer asks").
        for part in PARTS.split(line)[:6]:
            if len(part) > 60 or len(part.split()) > 6 or line.endswith(SENTENCE_ENDS):
                continue
            text = Text(part)
            for match in roles.find(text):
                keep(match.name, text.written(match.first, match.last), line)


def _person(lines: list[str], buyer: Address, words: Lexicon, keep: Keep) -> None:
    shown = buyer.name.strip(EDGES)
    if _is_name(shown):
        keep("gives_person", shown)
        return
    for place, line in enumerate(reversed(lines[-8:])):
        name = PARTS.split(line)[0].split("|")[0].strip(EDGES)
        capital = all(word[:1].isupper() or not word[:1].isascii() for word in name.split())
        if words.closing.fullmatch(lexicon.fold(name)):
            continue
        # In the text a single word may be anything; a name has two, or stands alone as the last line.
        if _is_name(name) and capital and (len(name.split()) >= 2 or place == 0 or EASTERN_NAME.fullmatch(name)):
            keep("gives_person", name)


def _is_name(name: str) -> bool:
    if not name or len(name) > 45 or COURTESY.match(name):
        return False
    if DEPARTMENT.search(name) or LEGAL_FORM.search(name) or EASTERN_COMPANY.search(name):
        return False
    return bool(EASTERN_NAME.fullmatch(name) or NAME.fullmatch(name))


def _website(line: str, domain: str | None, policy: Policy, keep: Keep) -> None:
    for match in WEBSITE.finditer(line):
        site = match.group()
        host = re.sub(r"^https?://", "", site, flags=re.IGNORECASE).lower()
        named = registrable_domain(host)
        marked = site.lower().startswith(("http", "www."))
        if FILE_NAME.search(host) or named in policy.company.registrable_domains or named in policy.freemail:
            continue
        if (marked and (domain is None or named == domain or host.count(".") >= 1)) or named == domain:
            keep("gives_website", site, line)
