"""Who sends notices: the platforms and forms of ``relays.toml``, our own web site, and machines."""

from __future__ import annotations

from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy, Relay
from mailagent.core.reading import senders, thread
from mailagent.core.reading.form import MAX_TEXT, read_form
from mailagent.core.reading.labels import Vocabulary, folded

#: The senders' domains whose rows are remembered.
MOST_DOMAINS = 10_000


class KnownRelays:
    """What of a policy every mail is held against, looked up instead of gone through.

    Attributes:
        sites: the rows for the mails of our own web site.
        vocabulary: the words of forms; made when the first notice is read.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.sites = tuple(row for row in policy.relays if row.from_own_domain)
        self._vocabulary: Vocabulary | None = None
        self._of_domain: dict[str, tuple[Relay, ...]] = {}
        self._rows: dict[str, tuple[Relay, ...]] = {}
        for row in policy.relays:
            domains = (*row.from_domains, *(address.rpartition("@")[2] for address in row.from_addresses))
            for domain in dict.fromkeys(map(str.casefold, domains)):
                self._rows[domain] = (*self._rows.get(domain, ()), row)

    @property
    def vocabulary(self) -> Vocabulary:
        if self._vocabulary is None:
            self._vocabulary = Vocabulary(self.policy.relay_words)
        return self._vocabulary

    def listed(self, email: str) -> tuple[Relay, ...]:
        """The rows that name the sender, his domain or one above it, in the policy's order."""
        domain = email.rpartition("@")[2]
        rows = self._of_domain.get(domain)
        if rows is None:
            if len(self._of_domain) > MOST_DOMAINS:
                self._of_domain.clear()
            rows = self._of_domain[domain] = self._look_up(domain.casefold())
        if rows and any(row.from_addresses for row in rows):
            rows = tuple(row for row in rows if row.from_domains or email.casefold() in map(str.casefold, row.from_addresses))
        return rows

    def _look_up(self, domain: str) -> tuple[Relay, ...]:
        found = [self._rows[domain]] if domain in self._rows else []
        while "." in domain:
            domain = domain.partition(".")[2]
            found += [self._rows[domain]] if domain in self._rows else []
        return tuple(row for row in self.policy.relays if any(row in rows for rows in found)) if found else ()

    def named(self, message: InboundMessage) -> tuple[Relay, ...]:
        """The platforms whose name an unknown sender bears: Alibaba writes from many houses. He must be a machine already."""
        said = folded(f"{message.sender.name} {message.sender.domain}")
        return tuple(row for row in self.policy.relays if row.kind == "platform" and folded(row.name).removesuffix(" com") in said)


_last: KnownRelays | None = None


def of(policy: Policy) -> KnownRelays:
    """What is known of this policy; the last one is kept, because a programme has one policy at a time."""
    global _last
    known = _last
    if known is None or known.policy is not policy:
        _last = known = KnownRelays(policy)
    return known


def is_site(message: InboundMessage, policy: Policy, known: KnownRelays, is_ours: bool) -> bool:
    """A mail of our own web site: from a web server's name, from an address of ours that is no colleague's, or in the visitor's name."""
    if is_ours:
        return policy.person(message.sender.email) is None
    return senders.is_website(message.sender.email) or writes_for_himself(message, known)


def writes_for_himself(message: InboundMessage, known: KnownRelays) -> bool:
    """Whether our web site put the visitor's own address into From, so that the mail begins with a form's label, and names it once more."""
    text = message.text
    colon = text.find(":", 1, 60)
    if colon < 0 or message.sender.email not in text:
        return False
    head = text[:colon].strip()
    if "\n" in head or known.vocabulary.field_of(head) not in ("name", "first_name", "last_name", "email"):
        return False
    form = read_form(message.text[:MAX_TEXT], known.vocabulary)
    return bool(form.message) and form.emails[:1] == [message.sender.email]


def continues(message: InboundMessage) -> bool:
    """Whether it answers or passes on another mail, which no notice does."""
    return bool(message.thread_ids) or thread.is_answer(message.subject) or thread.is_forward(message.subject)
