"""What was shown about a mailbox's signature, and under which circumstances it still counts (RFC 8058 §3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from mailagent.core.model.endpoint import smtp_endpoint
from mailagent.core.model.event import Event
from mailagent.core.model.policy import Mailbox, Policy

#: Providers change what they sign without a word: after so many days it must be shown anew.
PROOF_DAYS = 90
#: The headers that the signature must cover before we may promise one click.
COVERED = ("list-unsubscribe", "list-unsubscribe-post")


@dataclass(frozen=True)
class OneClickProven(Event):
    """A letter to ourselves came back with a signature over the headers of RFC 8058: from now on letters of this account carry them.

    Attributes:
        circumstances: under which it was shown; see ``circumstances``.
        domain, selector: of the signature.
    """

    account: str
    circumstances: str
    domain: str
    selector: str


@dataclass(frozen=True)
class OneClickDisproved(Event):
    """A letter to ourselves came back without such a signature: letters name the mail address alone."""

    account: str
    reason: str


@dataclass(frozen=True)
class Proof:
    """The last ``OneClickProven`` of an account that nothing has disproved since."""

    circumstances: str
    at: datetime

    def holds(self, mailbox: Mailbox, policy: Policy, now: datetime) -> bool:
        """Whether letters of the mailbox may promise one click now."""
        return now < self.ends_at and self.circumstances == circumstances(mailbox, policy)

    @property
    def ends_at(self) -> datetime:
        return self.at + timedelta(days=PROOF_DAYS)


def circumstances(mailbox: Mailbox, policy: Policy) -> str:
    """What decides how a letter of the mailbox is signed, in one short word. If any of it changes, the proof is one of something else."""
    said = (mailbox.address.casefold(), str(smtp_endpoint(mailbox, policy.providers)), policy.public_page.public_url)
    own = (mailbox.signing_domain.casefold(), mailbox.dkim_selector) if mailbox.dkim_selector else ()
    return sha256("\n".join((*said, *own)).encode()).hexdigest()[:16]
