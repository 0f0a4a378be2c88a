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
from mailagent.core.reading import beside, closing, companyname, lexicon, messenger, personname, postal, telephone, tradenames
from mailagent.core.reading.anchors import Anchors
from mailagent.core.reading.closing import Closing
from mailagent.core.reading.companyname import MOST_PARTS, PARTS
from mailagent.core.reading.personname import COURTESY, Signed
from mailagent.core.reading.phrases import Phrasebook
from mailagent.core.reading.text import LONGEST_EVIDENCE, Text, small

LONGEST_WORDS = 20_000
MOST_WORDS_OF_CONTACT = 4
LONGEST_TITLE = 60
# Departments are titles only beside the name of a person ("Ana Rojas / Tesorería").
DEPARTMENT_FACT = "names_department"
ROLE_FACTS = ("gives_title", "decision_role", DEPARTMENT_FACT)
# What is a person beside the name of a department.
ROLE_WORDS = re.compile(
    r"officer|manager|director|head\b|chief|superintendent|leiter|jef[ea]|gerente|chef |responsable|经理|总监|部长|主管|課長|部長|начальник"
)
# Whom a line addresses.
NAMES_US = re.compile(r"(?:hello|hi|dear|supplier|seller|vendor|attn|to)\b", re.IGNORECASE)
# A degree before a name is no title there.
NO_TITLES = frozenset(("ing", "dipl", "buyer"))
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
        if any(map(str.isalnum, message.relay_fields.get(field, ""))):
            keep(name, message.relay_fields[field])
    buyer = buyer_address(message)
    domain = company_domain(buyer.email, policy.freemail)
    if domain and domain not in policy.company.registrable_domains:
        keep("own_domain", domain, buyer.email)
    elif buyer.email and not domain:
        keep("freemail", buyer.domain, buyer.email)

    words = message.words[:LONGEST_WORDS]
    labels = companyname.labels_of(buyer.domain) if domain else ()
    mailbox = buyer.email.partition("@")[0]
    is_firm = tradenames.is_firm(end.shown, mailbox, lambda: companyname.spells(end.shown, labels))
    if "gives_company" not in facts:
        _company(end, labels, keep)
    company = facts["gives_company"].value if "gives_company" in facts else ""
    if not company and is_firm:
        keep("gives_company", _firm_in(end.shown))
    who = personname.find(end, words, mailbox, company, is_firm, lexicon.of(policy.languages), titles.phrases)
    given = facts.get("gives_person")
    if given is None and who.name:
        keep("gives_person", who.name, who.line)
    _roles(end, titles.phrases, Signed(given.value, given.value, who.number) if given else who, keep)
    if "gives_company" not in facts:
        his = beside.find(end, words, labels, who, lambda number, part: _is_title(part, number, end, titles))
        if his:
            keep("gives_company", *his)
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
        # "Hello Acme Ltd", "Supplier: Acme Ltd": that is we.
        if NAMES_US.match(line) and number < last:
            continue
        if "@" in line and line.isascii() and not any(map(str.isspace, line)):
            # An address alone spells its domain, and is no name.
            continue
        for part in companyname.parts(line):
            name = companyname.named(part, labels, line == end.shown)
            if name:
                keep("gives_company", name, line)
                return


def _firm_in(shown: str) -> str:
    """The firm of a display name: the part with its trade ("Maria - Delta Pumps"), or the whole."""
    parts = [part for part in PARTS.split(shown) if tradenames.names_trade(part)]
    return parts[0] if parts else shown


def _is_title(part: str, number: int, end: Closing, titles: Titles) -> bool:
    if number in end.holding(closing.DEPARTMENT) and personname.DEPARTMENT.search(small(part)) and not tradenames.names_trade(part):
        return True
    if number not in end.holding(closing.TITLE):
        return False
    text = Text(part)
    # "Okafor & Sons Engineering" is no department: that would be all that the part says.
    return any(match.name != DEPARTMENT_FACT or match.last - match.first == len(text.words) for match in titles.phrases.find(text))


def _roles(end: Closing, titles: Phrasebook, who: Signed, keep: Keep) -> None:
    """His title: in his signature, or in the lines around his name; a department counts only beside a name."""
    last = len(end.lines)
    for number in sorted(end.holding(closing.TITLE)):
        line = end.lines[number] if number < last else end.shown
        # A title stands in a short line of its own; in a sentence it is somebody else's ("our engineer asks").
        if line.endswith(postal.SENTENCE_ENDS) or COURTESY.match(line) or not _says_his_title(number, line, end, who):
            continue
        beside_name = number == who.number and not line.isascii() and line.startswith(f"{who.name} ")
        # Chinese and Korean write a blank between the name and the department.
        parts = [who.name, line[len(who.name) :].strip()] if beside_name else PARTS.split(line)[:MOST_PARTS]
        for nth, part in enumerate(parts):
            # His bare name says no title.
            if len(part) > LONGEST_TITLE or part.count(" ") > 5 or part == who.name and part.isascii() and "." not in part:
                continue
            text = Text(part)
            for match in titles.find(text):
                written = text.written(match.first, match.last)
                if match.name == DEPARTMENT_FACT:
                    whole = match.first == 0 and match.last == len(text.words)
                    if whole and who.number >= 0 and (number == who.number and nth or who.number < number <= who.number + 2):
                        keep("gives_title", written, line)
                elif number != last and who.name or not _is_department(part) and small(written) not in NO_TITLES:
                    keep(match.name, written, line)


def _says_his_title(number: int, line: str, end: Closing, who: Signed) -> bool:
    """Whether a line may say his title: one of his signature, one near his name, or a display name with his name in it."""
    if number == len(end.lines):
        return not end.shown.isascii() or not who.name or who.name in end.shown
    if number >= end.signed or who.name and not line.isascii() and who.name in line:
        return True
    if who.number >= 0:
        return who.number - 1 <= number <= who.number + 3
    return number >= len(end.lines) - 3 and not line.endswith((",", "，"))


def _is_department(part: str) -> bool:
    return bool(personname.DEPARTMENT.search(small(part))) and not ROLE_WORDS.search(small(part))


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
