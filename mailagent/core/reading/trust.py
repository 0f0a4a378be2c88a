"""What our own mail server says about where a mail came from (RFC 8601; STANDARDS §7.1).

Anybody can write ``Authentication-Results`` into his mail. Only the field that our own provider put on top counts: it names
the server that looked (its authserv-id), and that server takes away the fields that a stranger wrote in its name. Microsoft's
server writes no name, NetEase's ends with a semicolon; both are read here.

A failure is a sign among others and never a verdict: a gateway or a list that changes a letter on its way breaks its signature.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal, NamedTuple

from mailagent.core.model.address import registrable_domain
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy

Result = Literal["pass", "fail", "none", "unknown"]

LONGEST_FIELD, MOST_FIELDS = 4_000, 5
# A comment in brackets may hold anything, "dmarc=pass" too.
COMMENT = re.compile(r"\([^()]{0,500}\)")
IDENTITY = re.compile(r"\s{0,20}([\w.*-]{1,253})(?:\s{1,20}\d{1,3})?\s{0,20}$")
METHOD = re.compile(r"\s{0,20}(dmarc|spf|dkim|arc)\s{0,5}=\s{0,5}(\w{1,20})(.{0,1000})", re.IGNORECASE | re.DOTALL)
PROPERTY = re.compile(r"(?:header\.(?:from|d|i)|smtp\.(?:mailfrom|helo))\s{0,5}=\s{0,5}[\"<]?([^\s;\">]{1,320})", re.IGNORECASE)
MICROSOFT = re.compile(r"\.(?:(?:outlook|office365)\.com|partner\.outlook\.cn)\b", re.IGNORECASE)
BY_HOST = re.compile(r"\sby\s{1,20}([\w.-]{1,253})", re.IGNORECASE)


class Origin(NamedTuple):
    """What our own provider found out about the sender's domain.

    Attributes:
        result: pass, fail, none (it looked, and there was nothing to go by), or unknown (nobody whom we trust has looked).
        words: the field it was read from, for people.
    """

    result: Result
    words: str = ""


def origin(message: InboundMessage, policy: Policy) -> Origin:
    """Whether the mail really comes from the domain of its From address, as far as our own provider says.

    Args:
        policy: its mailboxes say who our providers are.
    """
    values = message.headers.get("authentication-results", ())
    for value in values[:MOST_FIELDS]:
        parts = COMMENT.sub(" ", value[:LONGEST_FIELD]).split(";")
        identity = IDENTITY.match(parts[0])
        if identity is not None:
            if is_trusted(identity[1], policy):
                return Origin(_verdict(parts[1:], message), " ".join(value.split())[:200])
        elif value is values[0] and _is_from_microsoft(message, policy):
            return Origin(_verdict(parts, message), " ".join(value.split())[:200])
    return Origin("unknown")


def is_disowned(message: InboundMessage, policy: Policy) -> bool:
    """Whether our own provider says that the mail does not come from the domain of its From address."""
    # Only a failure says so, and most mails have none: the field need not be taken apart for them.
    values = message.headers.get("authentication-results", ())[:MOST_FIELDS]
    return any("fail" in value for value in values) and origin(message, policy).result == "fail"


def is_trusted(server: str, policy: Policy) -> bool:
    """Whether the server of this name is our own provider's."""
    return _is_one_of(server.lower().rstrip("."), policy.trusted_servers)


@lru_cache(maxsize=500)
def _is_one_of(name: str, known: frozenset[str]) -> bool:
    return any(name == each or name.endswith(f".{each}") or "*" in each and fnmatchcase(name, each) for each in known)


def _is_from_microsoft(message: InboundMessage, policy: Policy) -> bool:
    """Microsoft's servers leave out their name: their field counts if the mail came in through them, and they are ours."""
    ours = any(MICROSOFT.search(f".{mailbox.imap_host}") for mailbox in policy.mailboxes)
    return ours and came_in_through_microsoft(message)


def came_in_through_microsoft(message: InboundMessage) -> bool:
    """Whether one of Microsoft's servers took the mail in last; what the one who called says his host is named counts for nothing."""
    received = message.headers.get("received", ())
    hosts = BY_HOST.findall(received[0][:1000]) if received else ()
    return bool(hosts) and all(MICROSOFT.search(f".{host}") for host in hosts)


def _verdict(parts: list[str], message: InboundMessage) -> Result:
    """dmarc decides; without it, a signature or an envelope of the sender's own domain."""
    found = [(match[1].lower(), match[2].lower(), match[3]) for match in map(METHOD.match, parts[:30]) if match]
    sender = registrable_domain(message.sender.domain) if message.sender.domain else ""
    dmarc = next((result for method, result, rest in found if method == "dmarc" and (result != "pass" or _is_about(rest, sender))), "")
    if dmarc == "pass":
        return "pass"
    if dmarc == "fail":
        # A list or a forwarder that vouches for the sender before it changed the letter.
        return "unknown" if any(method == "arc" and result == "pass" for method, result, _ in found) else "fail"
    for method, result, rest in found:
        if method in ("dkim", "spf") and result == "pass":
            named = PROPERTY.search(rest)
            if named and sender and registrable_domain(named[1].rpartition("@")[2].lower()) == sender:
                return "pass"
    return "none"


def _is_about(rest: str, sender: str) -> bool:
    """Whether a result is about the address that we read: a mail with two senders may have been looked at under the other name."""
    named = PROPERTY.search(rest)
    domain = named[1].rpartition("@")[2].lower() if named else ""
    return not (domain.isascii() and sender.isascii() and domain and sender) or registrable_domain(domain) == sender
