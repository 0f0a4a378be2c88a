"""Who wrote a report of a letter that came back: our own side, or somebody outside (STANDARDS §3.3, "Trust").

Theory. A report is a mail like any other. To name a letter of ours and its recipient it takes no more than having got that letter, so
whoever asks us three times under three names could write three reports and silence a mailbox. What nobody outside can do is write
as our own side. Most true reports come from there: our provider takes the letter, is refused by the buyer's server, and tells us. Two
things show it, and either is enough:

* our own provider's ``Authentication-Results`` vouch for the domain in From, and that domain is ours or our provider's;
* the mail never came in from outside: no ``Received`` line has another host in front of it. Our server writes one for whatever
  comes in (RFC 5321 §4.4), and whoever sends to us can add lines below it, but none above it, and take none away.

Microsoft's servers mark what was written inside with a field that they take away from whatever comes in (``inside_mark``).
"""

from __future__ import annotations

import re

from mailagent.core.model.address import registrable_domain
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import trust

#: Names that no provider gives to its customers (RFC 2142 §5, RFC 5321 §4.5.1); "bounces-…" can be anybody's.
SYSTEM = re.compile(r"(?:mailer-daemon|post-?master|mail-?daemon|microsoftexchange[0-9a-f]{32})@", re.IGNORECASE)
LONGEST_LINE, MOST_LINES = 2_000, 60
FROM = re.compile(r"\s{0,5}from\s{1,20}", re.IGNORECASE)
BY = re.compile(r"\sby\s", re.IGNORECASE)
#: How servers write that the machine itself handed a mail over, to the last sign. Some name no address of the one who called, only what he
#: says his host is called, and that may be "[127.0.0.1]": so the address must be the one that the server itself has found.
MACHINE = re.compile(
    r"\s{0,5}(?:[\w.-]{1,255}\s{1,5}\((?:[\w.-]{1,255}\s{1,5})?\[(?:IPv6:)?(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)\](?:\shelo=[\w.-]{1,255})?\)"
    r"|\[(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)\](?::\d{1,5})?\s\((?:port=\d{1,5}\s)?helo=[\w.-]{1,255}\))\s{0,5}",
    re.IGNORECASE,
)
#: RFC 2033 §5: never between hosts that do not belong together. Right behind the server's own name: what comes later (the sender of the
#: envelope, in Exim's lines) is in the words of whoever called.
LMTP = re.compile(r"\sby\s{1,20}\S{1,255}(?:\s{1,20}\([^()]{0,200}\))?\s{1,20}with\s{1,20}(?:UTF8)?LMTPS?A?\b", re.IGNORECASE)
#: Exim names the account under which it runs, and that the mail came from the same machine.
EXIM, ON_THE_SPOT = ("debian-exim", "exim", "exim4", "mailnull", "mail"), re.compile(r"\swith\s{1,20}local\b", re.IGNORECASE)


def is_our_own_side(message: InboundMessage, policy: Policy) -> bool:
    """Whether a delivery report surely comes from our own server or our own provider. False says only that nobody vouches for it."""
    sender = message.sender.email
    if not SYSTEM.match(sender):
        return False
    if _is_marked(message, policy):
        return True
    if registrable_domain(sender.rpartition("@")[2].lower()) not in our_side(policy):
        return False
    return trust.origin(message, policy).result == "pass" or was_written_here(message)


def our_side(policy: Policy) -> frozenset[str]:
    """The registrable domains of our company, of the servers it sends and reads through, and that its providers report from."""
    rows = [row for row in (policy.providers.get(mailbox.provider) for mailbox in policy.mailboxes) if row]
    hosts = [host for mailbox in policy.mailboxes for host in (mailbox.imap_host, mailbox.smtp_host) if "." in host]
    named = [domain for row in rows for domain in row.report_domains]
    return frozenset((*policy.company.registrable_domains, *named, *(registrable_domain(host) for host in hosts)))


def was_written_here(message: InboundMessage) -> bool:
    """Whether no other host handed the mail over: every ``Received`` line names none, or the machine itself.

    Without any line nobody knows.
    """
    lines = message.headers.get("received", ())
    return 0 < len(lines) <= MOST_LINES and all(_names_nobody(line[:LONGEST_LINE]) for line in lines)


def _names_nobody(line: str) -> bool:
    """Whether a ``Received`` line has nobody else's host in front of it.

    What a stranger says his host or his address is called stands in the line as he said it, blanks and all. A line in which "by" stands
    twice is one of those, and nothing in it is believed.
    """
    begin = FROM.match(line)
    if begin is None:
        return True
    places = [found.start() for found in BY.finditer(line)]
    if len(places) != 1:
        return False
    peer, rest = line[begin.end() : places[0]], line[places[0] :]
    if LMTP.match(rest) or ON_THE_SPOT.search(rest) and peer.strip().lower() in EXIM:
        return True
    return MACHINE.fullmatch(peer) is not None


def _is_marked(message: InboundMessage, policy: Policy) -> bool:
    rows = [policy.providers.get(mailbox.provider) for mailbox in policy.mailboxes]
    # Another provider of ours, through which the mail may have come, takes nothing away.
    if not all(row and row.inside_mark for row in rows) and not trust.came_in_through_microsoft(message):
        return False
    marks = {name.lower(): value for row in rows if row for name, value in row.inside_mark.items()}
    return any(message.header(name).strip().casefold() == value.casefold() for name, value in marks.items())
