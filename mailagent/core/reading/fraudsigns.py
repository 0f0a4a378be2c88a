"""Signs that a mail is not what it says: look-alike domains, crossed links, dangerous files, strange headers.

Each function answers with facts, never with an action; ``config/signals.toml`` prices them and a person decides.
Comparing domains goes over a *skeleton*: letters that look alike become one letter, so ``rnicrosoft`` and ``microsoft`` are
the same to the machine as they are to a hurried eye (STANDARDS §7.3).
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from mailagent.core.model.address import registrable_domain
from mailagent.core.model.lead import Fact
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy

LOOKALIKES = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"), ("-", ""), ("_", ""))
CONFUSABLE = str.maketrans("аеорсухіјѕԁһӏոυνοκтвмнαρτιε", "aeopcyxijsdhlnuvoktbmhaptle")
# Words that are put beside a name to make a second one of it.
ADDED = (
    "group", "trade", "trading", "export", "exports", "china", "cn", "mail", "email", "corp", "co", "ltd", "inc", "global",
    "intl", "sales", "online", "secure", "support", "webmail",
)  # fmt: skip
SHORTENERS = frozenset((
    "bit.ly", "tinyurl.com", "goo.gl", "t.co", "ow.ly", "is.gd", "buff.ly", "cutt.ly", "rb.gy", "rebrand.ly", "t.ly",
    "shorturl.at",
))  # fmt: skip
DANGEROUS = frozenset((
    "exe", "scr", "com", "pif", "bat", "cmd", "js", "jse", "vbs", "vbe", "wsf", "wsh", "hta", "lnk", "msi", "msix", "ps1", "jar",
    "iso", "img", "vhd", "vhdx", "one", "html", "htm", "shtml", "svg", "xll", "docm", "xlsm", "pptm", "ace", "cab", "reg", "cpl",
    "chm", "appx", "apk", "dll", "url",
))  # fmt: skip
ARCHIVES = frozenset((
    "zip", "rar", "7z", "gz", "tar", "tgz", "bz2", "xz",
))  # fmt: skip
DOCUMENTS = frozenset((
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "jpg", "jpeg", "png", "txt", "rtf", "csv",
))  # fmt: skip
VISIBLE_HOST = re.compile(r"^\s{0,20}(?:https?://)?((?:[\w-]{1,63}\.){1,6}[a-z]{2,24})(?:[/?:#\s]|$)", re.IGNORECASE)
HREF_HOST = re.compile(r"^\s{0,5}(?:https?:)?//(?:([^@/?#\s]{1,200})@)?(\[[0-9a-f:]{2,45}\]|[^/?#:\s]{1,253})", re.IGNORECASE)
AUTH_FAIL = re.compile(r"\bdmarc\s{0,2}=\s{0,2}fail\b", re.IGNORECASE)


def find(message: InboundMessage, policy: Policy) -> list[Fact]:
    """Everything about headers, links and files that an honest buyer's mail rarely has."""
    found = [*_domains(message, policy), *_reply_to(message, policy), *_headers(message), *_attachments(message), *_links(message)]
    return list({fact.name: fact for fact in reversed(found)}.values())[::-1] if found else found


@lru_cache(maxsize=5_000)
def skeleton(domain: str) -> str:
    """What the eye sees of a domain's name: look-alike letters become one, marks and the ending fall away."""
    label = domain.split(".")[0]
    if label.startswith("xn--"):
        try:
            label = label[4:].encode("ascii").decode("punycode")
        except (UnicodeError, ValueError):
            pass
    flat = unicodedata.normalize("NFKC", label).casefold().translate(CONFUSABLE)
    for seen, meant in LOOKALIKES:
        flat = flat.replace(seen, meant)
    return flat


def looks_like(domain: str, ours: str) -> bool:
    """Whether a foreign domain could be taken for ours by somebody in a hurry."""
    if domain == ours:
        return False
    theirs, own = skeleton(domain), skeleton(ours)
    if len(own) < 4:
        return False
    if theirs == own:
        return True
    rest = theirs.removeprefix(own) if theirs.startswith(own) else theirs.removesuffix(own) if theirs.endswith(own) else None
    if rest is not None and rest in {skeleton(word) for word in ADDED}:
        return True
    return len(own) >= 6 and _one_slip(theirs, own)


def _one_slip(left: str, right: str) -> bool:
    """At most one letter added, lost, changed, or two neighbours swapped."""
    if abs(len(left) - len(right)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    a, b = left[start:], right[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _domains(message: InboundMessage, policy: Policy) -> list[Fact]:
    own = policy.company.registrable_domains
    written = [message.sender.email, *(address.email for address in message.reply_to)] if own else []
    domains = {registrable_domain(email.rpartition("@")[2]): email for email in written if "@" in email}
    for domain, email in domains.items():
        for ours in own if domain not in own else ():
            if looks_like(domain, ours):
                return [Fact("lookalike_domain", domain, f"{email} looks like {ours}")]
    return []


def _reply_to(message: InboundMessage, policy: Policy) -> list[Fact]:
    if not message.reply_to:
        return []
    sender = registrable_domain(message.sender.domain) if message.sender.domain else ""
    # A platform's notice and our own web form answer to the buyer: that is their purpose.
    if message.relayed_by or not sender or sender in policy.company.registrable_domains:
        return []
    for address in message.reply_to:
        other = registrable_domain(address.domain) if address.domain else ""
        if other and other != sender and sender not in policy.freemail:
            return [Fact("reply_to_mismatch", other, f"From {message.sender.email}, Reply-To {address.email}")]
    return []


def _headers(message: InboundMessage) -> list[Fact]:
    facts = []
    odd = [defect for defect in message.defects if defect.startswith(("from", "several_from"))]
    name = message.sender.name
    if odd or len(message.headers.get("from", ())) > 1:
        facts.append(Fact("from_anomaly", odd[0] if odd else "several From headers", message.header("from")[:200]))
    elif "@" in name and message.sender.email.casefold() not in name.casefold():
        facts.append(Fact("from_anomaly", "address in the display name", f"{name} <{message.sender.email}>"[:200]))
    # Only a failure counts: a forged "pass" may be anybody's, a forged "fail" would harm its author alone.
    for value in message.headers.get("authentication-results", ())[:5]:
        failed = AUTH_FAIL.search(value[:4_000])
        if failed:
            facts.append(Fact("auth_failed", "dmarc", " ".join(value.split())[:200]))
            break
    return facts


def _attachments(message: InboundMessage) -> list[Fact]:
    for attachment in message.attachments:
        parts = attachment.name.casefold().strip(" .").split(".")
        ending = parts[-1] if len(parts) > 1 else ""
        double = len(parts) > 2 and parts[-2] in DOCUMENTS and ending not in DOCUMENTS | ARCHIVES
        if ending in DANGEROUS or double or "\u202e" in attachment.name:
            return [Fact("dangerous_attachment", ending, attachment.name[:200])]
    return []


def _links(message: InboundMessage) -> list[Fact]:
    for visible, href in message.links[:300]:
        why = crossed(visible, href)
        if why:
            return [Fact("link_mismatch", why, f"{visible.strip()[:90]} → {href.strip()[:100]}")]
    return []


def crossed(visible: str, href: str) -> str:
    """Why a link leads elsewhere than it says: another host, a bare IP address, a hidden target; "" for an honest one."""
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
    if host in SHORTENERS:
        return "shortened link"
    shown = VISIBLE_HOST.match(visible)
    if shown and registrable_domain(shown[1]) != registrable_domain(host):
        return "another host"
    return ""


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.isdecimal()
    return True


def hosts(links: Iterable[tuple[str, str]]) -> set[str]:
    """The registrable domains that a mail's links lead to."""
    found = (HREF_HOST.match(href) for _, href in links)
    return {registrable_domain(match[2].lower()) for match in found if match and not _is_ip(match[2].strip("[]").lower())}
