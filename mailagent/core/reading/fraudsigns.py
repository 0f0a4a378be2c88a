"""Signs that a mail is not what it says: look-alike domains, crossed links, dangerous files, strange headers.

Each function answers with facts, never with an action; ``config/signals.toml`` prices them and a person decides. What the *words* of
a swindle are stands in ``config/languages``; what makes a scheme of several facts stands in ``signals.toml [signs]``.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from mailagent.core.model.address import registrable_domain
from mailagent.core.model.lead import Fact
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import files, headers
from mailagent.core.reading.lookalike import likeness
from mailagent.core.reading.trust import is_disowned, origin

VISIBLE_HOST = re.compile(r"^\s{0,20}(?:https?://)?((?:[\w-]{1,63}\.){1,6}[a-z]{2,24})(?:[/?#\s]|:\d|$)", re.IGNORECASE)
#: The same where a person would take it for an address and not for a name: "Walmart.com".
WRITTEN_OUT = re.compile(r"\s{0,20}(?:https?://|www\.)|\s{0,20}[^\s/]{4,253}/", re.IGNORECASE)
HREF_HOST = re.compile(r"^\s{0,5}(?:https?:)?//(?:([^@/?#\s]{1,200})@)?(\[[0-9a-f:]{2,45}\]|[^/?#:\s]{1,253})", re.IGNORECASE)
HOST_BEHIND = re.compile(r"@([\w-]{1,63}(?:\.[\w-]{1,63}){1,5})")
IN_NAME = re.compile(r"[\w.+-]")
#: So many characters are few enough for words to belong together that stand apart.
SHORT_MAIL = 2_000
CLICK_COUNTER = 4
LONGEST_QUOTED, MOST_QUOTED, MOST_LINKS = 8_000, 20, 300
SEPARATORS = re.compile(r"[\s.,_-]+")


@dataclass(frozen=True)
class Lists:
    """``signals.toml [lists]``, prepared for looking things up."""

    programs: frozenset[str] = frozenset()
    active_files: frozenset[str] = frozenset()
    macro_files: frozenset[str] = frozenset()
    archives: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    shorteners: frozenset[str] = frozenset()
    link_wrappers: frozenset[str] = frozenset()
    added_words: tuple[str, ...] = ()
    platform_words: tuple[str, ...] = ()
    buying_words: frozenset[str] = frozenset()
    organisation_words: frozenset[str] = frozenset()
    famous: dict[str, str] = field(default_factory=dict)
    platforms: frozenset[str] = frozenset()


#: Lists of which only the members count, not their order.
SETS = (
    "programs", "active_files", "macro_files", "archives", "documents", "shorteners", "link_wrappers", "buying_words", "organisation_words",
)  # fmt: skip
_prepared: dict[int, tuple[Policy, Lists]] = {}


def prepare(policy: Policy) -> Lists:
    """The lists of a policy; built at the first mail and kept, because a policy never changes."""
    kept = _prepared.get(id(policy))
    if kept and kept[0] is policy:
        return kept[1]
    given = policy.lists
    sets = {name: frozenset(given.get(name, ())) for name in SETS}
    famous = {SEPARATORS.sub(" ", name.casefold()): name for name in given.get("famous", ())}
    added = given.get("added_words", ())
    relays = (relay for relay in policy.relays if relay.kind == "platform")
    platforms = frozenset(registrable_domain(domain) for relay in relays for domain in relay.from_domains)
    lists = Lists(**sets, added_words=added, platform_words=(*added, *given.get("platform_words", ())), famous=famous, platforms=platforms)
    if len(_prepared) >= 8:
        _prepared.clear()
    _prepared[id(policy)] = (policy, lists)
    return lists


def find(message: InboundMessage, policy: Policy, company: str = "") -> list[Fact]:
    """Everything about headers, links and files that an honest buyer's mail rarely has.

    Args:
        company: the company that the writer says he is of.
    """
    lists = prepare(policy)
    found = [
        *_domains(message, policy, lists),
        *_famous(message, policy, lists, company),
        *_reply_to(message, policy, lists),
        *_headers(message, policy),
        *_attachments(message, lists),
        *_links(message, policy, lists),
    ]
    if message.in_reply_to or message.references:
        found.append(Fact("in_thread", "", ""))
    if len(message.words) < SHORT_MAIL:
        found.append(Fact("short_mail", "", ""))
    return list({fact.name: fact for fact in reversed(found)}.values())[::-1]


# ── addresses ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _domains(message: InboundMessage, policy: Policy, lists: Lists) -> list[Fact]:
    """A sender's domain that is nearly ours, a platform's, or that of the company whose mails are quoted below."""
    own = policy.company.registrable_domains
    written = (message.sender.email, *(address.email for address in message.reply_to))
    if message.relayed_by:
        # What a platform relays bears the buyer's name by now; whether it was the platform is the question.
        written = (headers.sender(message.headers.get("from", ()))[0].email,)
    domains = {registrable_domain(email.rpartition("@")[2]): email for email in written if "@" in email}
    for domain, email in domains.items():
        ours = _resembled(domain, own, lists.added_words, True)
        if ours:
            return [Fact("lookalike_domain", domain, f"{email} looks like {ours}")]
        platform = "" if domain in policy.freemail else _resembled(domain, lists.platforms, lists.platform_words, False)
        if platform:
            return [Fact("lookalike_platform", domain, f"{email} looks like {platform}")]
    if "@" not in message.quoted:
        return []
    named = dict.fromkeys(host for host in _quoted_hosts(message.quoted[:LONGEST_QUOTED]) if host not in policy.freemail)
    for known in list(named)[:MOST_QUOTED]:
        known = registrable_domain(known)
        for domain, email in domains.items() if known not in domains and known not in own else ():
            how = likeness(domain, known, lists.added_words) if domain not in policy.freemail | own else None
            # Many companies have their name under several endings.
            if how and how != "other ending":
                return [Fact("lookalike_in_thread", domain, f"{email} is not {known}, which is quoted below")]
    return []


def _quoted_hosts(quoted: str) -> Iterator[str]:
    """The hosts of all addresses in a quotation, in small letters: sought where an @ stands, not at every letter."""
    end = 0
    place = quoted.find("@")
    while place >= 0:
        # Before the sign stands a letter of a name that does not belong to the address before it.
        host = HOST_BEHIND.match(quoted, place) if place > end and IN_NAME.match(quoted[place - 1]) else None
        if host:
            yield host[1].lower()
            end = host.end()
        place = quoted.find("@", end if host else place + 1)


@lru_cache(maxsize=5_000)
def _resembled(domain: str, known: frozenset[str], added: tuple[str, ...], any_ending: bool) -> str:
    """Which of some known domains another one resembles; "" if none, or if it is one of them."""
    if domain in known:
        return ""
    # In a fixed order, so that the same mail has the same answer in every process.
    for each in sorted(known):
        how = likeness(domain, each, added)
        # The same name under another ending may be another company's.
        if how and (any_ending or how != "other ending"):
            return each
    return ""


def _famous(message: InboundMessage, policy: Policy, lists: Lists, company: str) -> list[Fact]:
    """A famous name on a free address, or beside words as "procurement" in a domain."""
    sender = message.sender
    domain = registrable_domain(sender.domain) if sender.domain else ""
    words = SEPARATORS.split(domain.partition(".")[0])
    if len(words) > 1 and lists.buying_words.intersection(words):
        label = " ".join(words)
        for name, shown in lists.famous.items():
            if label.startswith(f"{name} ") or label.endswith(f" {name}"):
                return [Fact("famous_name_false", shown, f"{sender.email} is no address of {shown}")]
    if domain in policy.freemail or sender.domain in policy.freemail:
        said = f" {SEPARATORS.sub(' ', f'{sender.name} {company} {sender.local}'.casefold())} "
        # Some people bear such a name.
        for name, shown in lists.famous.items() if lists.organisation_words.intersection(said.split()) else ():
            if f" {name} " in said:
                return [Fact("famous_name_false", shown, f"{sender} speaks for {shown}")]
    return []


def _reply_to(message: InboundMessage, policy: Policy, lists: Lists) -> list[Fact]:
    if not message.reply_to:
        return []
    sender = registrable_domain(message.sender.domain) if message.sender.domain else ""
    # A platform's notice and our own web form answer to the buyer: that is their purpose.
    if message.relayed_by or not sender or sender in policy.company.registrable_domains:
        return []
    for address in message.reply_to:
        other = registrable_domain(address.domain) if address.domain else ""
        if not other or other == sender:
            continue
        words = f"From {message.sender.email}, Reply-To {address.email}"
        how = likeness(other, sender, lists.added_words) if not {other, sender} & policy.freemail else None
        if how in ("same look", "one letter"):
            # His own address, imitated: whoever answers writes to somebody else.
            return [Fact("lookalike_in_thread", other, words)]
        if message.in_reply_to or message.references:
            return [Fact("reply_to_switched", other, words)]
        if sender not in policy.freemail:
            return [Fact("reply_to_mismatch", other, words)]
    return []


def _headers(message: InboundMessage, policy: Policy) -> list[Fact]:
    facts = []
    odd = [defect for defect in message.defects if defect.startswith(("from", "several_from"))]
    name = message.sender.name
    if odd or len(message.headers.get("from", ())) > 1:
        facts.append(Fact("from_anomaly", odd[0] if odd else "several From headers", message.header("from")[:200]))
    elif "@" in name and message.sender.email.casefold() not in name.casefold():
        facts.append(Fact("from_anomaly", "address in the display name", f"{name} <{message.sender.email}>"[:200]))
    if name and " " in name and "@" in message.sender.email:
        called = name.casefold()
        ours = next((person for person in policy.people if " " in person.name and person.name.casefold() == called), None)
        if ours and message.sender.email.casefold() not in policy.own_addresses and message.sender.domain not in policy.company.domains:
            facts.append(Fact("name_of_ours", ours.name, f"{message.sender} is not {ours.email}"))
    if is_disowned(message, policy):
        facts.append(Fact("auth_failed", "dmarc", origin(message, policy).words))
    return facts


# ── files and links ───────────────────────────────────────────────────────────────────────────────────────────────────


RISKS = {files.PROGRAM: "program_file", files.LOGIN_FORM: "login_form_file", files.TURNED: "disguised_file", files.LOCKED: "archive_file"}


def _attachments(message: InboundMessage, lists: Lists) -> list[Fact]:
    facts = []
    for attachment in message.attachments:
        parts = attachment.name.casefold().strip(" .").split(".")
        ending = parts[-1] if len(parts) > 1 else ""
        shown = attachment.name[:200] or attachment.content_type
        if attachment.risk:
            facts.append(Fact(RISKS[attachment.risk], ending, shown))
        double = len(parts) > 2 and parts[-2].strip() in lists.documents
        if ending in lists.programs:
            facts.append(Fact("disguised_file" if double else "program_file", ending, shown))
        elif ending in lists.active_files:
            facts.append(Fact("active_file", ending, shown))
        elif ending in lists.macro_files:
            facts.append(Fact("macro_file", ending, shown))
        elif ending in lists.archives:
            facts.append(Fact("archive_file", ending, shown))
    return facts


def _links(message: InboundMessage, policy: Policy, lists: Lists) -> list[Fact]:
    # Bulk mail counts the clicks of all its links, and says that it is bulk mail.
    if not message.links or "list-unsubscribe" in message.headers:
        return []
    sender = registrable_domain(message.sender.domain) if message.sender.domain else ""
    found: dict[str, Fact] = {}
    for visible, href in message.links[:MOST_LINKS]:
        why = crossed(visible, href, lists, {sender} - policy.freemail)
        if why:
            is_odd = why == "shortened link" or why == "another host" and (not WRITTEN_OUT.match(visible) or _counts_clicks(href, message))
            name = "odd_link" if is_odd else "link_mismatch"
            found.setdefault(name, Fact(name, why, f"{visible.strip()[:90]} → {href.strip()[:100]}"))
    return [found[name] for name in ("link_mismatch", "odd_link") if name in found][:1]


def _counts_clicks(href: str, message: InboundMessage) -> bool:
    """Whether most links of the mail lead to the same host: then a mailing service counts who clicks."""
    target = HREF_HOST.match(href)
    ending = target[0].lower() if target else ""
    alike = sum(1 for _, other in message.links[:MOST_LINKS] if other.lower().startswith(ending))
    return alike >= CLICK_COUNTER


def crossed(visible: str, href: str, lists: Lists, senders: Iterable[str] = ()) -> str:
    """Why a link leads elsewhere than it says: another host, a bare IP address, a hidden target; "" for an honest one.

    Args:
        senders: domains that the writer need not feign: his own, whose links his mail program may count.
    """
    if href.strip().lower().startswith("data:"):
        return "data link"
    target = HREF_HOST.match(href)
    if not target:
        return ""
    host = target[2].strip("[]").lower()
    if target[1]:
        return "user name before the host"
    if _is_ip(host):
        return "bare IP address"
    shown = VISIBLE_HOST.match(visible)
    real = registrable_domain(host)
    if real in lists.shorteners:
        # An address that is shown as it is hides no more than any other.
        return "" if shown and registrable_domain(shown[1]) == real else "another host" if shown else "shortened link"
    if not shown or real in lists.link_wrappers:
        return ""
    said = registrable_domain(shown[1])
    # A company may have moved from one ending to another, or have taken a longer name.
    named, leads_to = said.partition(".")[0], real.partition(".")[0]
    same = said == real or said in senders or named == leads_to or (real in senders and (named in leads_to or leads_to in named))
    return "" if same else "another host"


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.isdecimal()
    return True
