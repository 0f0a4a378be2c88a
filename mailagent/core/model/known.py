"""What the ledger knows about a mail that has just been read: asked once, by index, inside the bracket."""

from __future__ import annotations

from dataclasses import dataclass

from mailagent.core.model.lead import Company, Contact, Lead
from mailagent.core.model.setback import Setback


@dataclass(frozen=True)
class LetterRef:
    """A letter of ours that an inbound mail may be about."""

    id: int
    lead_id: int | None
    contact_id: int | None
    recipient: str
    message_id: str
    subject: str
    state: str
    basis: str
    round: int = 0
    step: str = ""


@dataclass(frozen=True)
class Resembled:
    """A customer whose domain the sender's resembles.

    Attributes:
        how: same look, one letter, added word, other ending.
    """

    domain: str
    company: str
    how: str


@dataclass(frozen=True)
class SameRequest:
    """A matter that somebody else opened within days with the same text.

    Attributes:
        day: when, as YYYY-MM-DD.
        is_linked: it was found to be one of several before, so somebody has been told.
    """

    lead_id: int
    email: str
    country: str
    day: str
    is_linked: bool


@dataclass(frozen=True)
class Doubts:
    """What the ledger knows that makes a mail from an unknown address doubtful.

    Attributes:
        namesakes: people with the sender's name whom we know under other addresses.
        same_requests: matters of others that hang together with this one, as it seems now.
        linked: those that are known to, from an earlier mail of this matter.
    """

    resembled: Resembled | None = None
    namesakes: tuple[Contact, ...] = ()
    same_requests: tuple[SameRequest, ...] = ()
    linked: tuple[SameRequest, ...] = ()


@dataclass(frozen=True)
class Known:
    """The answers to everything that classifying and deciding may ask about one mail.

    Attributes:
        own_letter: the mail *is* a letter of ours (its Message-ID is in the outbox).
        answered_letter: the letter that it answers, by In-Reply-To or References.
        bounced_letter: the letter that its delivery report is about.
        opened_letter: the letter that its read receipt is about.
        thread_lead: the lead whose thread it belongs to.
        contact_lead: the newest open lead of the sender (or, in Sent, of the recipient).
        company_lead: the newest open lead of another person at the same company.
        match_method: in_reply_to, references, envelope_id, address, company, or "".
        match_strength: strong, medium, weak or "".
        earlier_copy: id of an inbound row with the same Message-ID and body that was already handled.
        id_collision: the Message-ID was seen before with another body; the newcomer inherits no trust.
        is_participant: the sender has already written in this thread, or was written to.
        thread_mails: mails of both sides seen in the thread so far.
        suppressed: why the sender (or, in Sent, the recipient) must not be written to; "" if he may.
        related_leads: every lead of the sender and of his company that is not closed.
        cancellable: letters of these leads that a stop can still cancel.
        open_tasks: kinds of the tasks that wait in the sender's matters; asked only for a buyer whose address a platform hides.
        doubts: what makes the mail doubtful; asked only for senders whom nobody knows by their address.
        was_asked_about: one of us was asked already who the unknown recipient of a letter of ours is.
        setbacks: what letters to the one whom the delivery report is about met since his last sign of life.
        asks_to_stop: the contact whose signed unsubscribe token the mail carries, whoever sent it.
        owners_load: open leads of each person, for assignment in turn.
        absent: who of us is away today; asked only for a new lead, like the load.
    """

    own_letter: LetterRef | None = None
    answered_letter: LetterRef | None = None
    bounced_letter: LetterRef | None = None
    opened_letter: LetterRef | None = None
    thread_lead: Lead | None = None
    contact_lead: Lead | None = None
    company_lead: Lead | None = None
    contact: Contact | None = None
    company: Company | None = None
    match_method: str = ""
    match_strength: str = ""
    earlier_copy: int | None = None
    id_collision: bool = False
    is_participant: bool = False
    thread_mails: int = 0
    suppressed: str = ""
    related_leads: tuple[Lead, ...] = ()
    cancellable: tuple[LetterRef, ...] = ()
    owners_load: tuple[tuple[str, int], ...] = ()
    absent: frozenset[str] = frozenset()
    asks_to_stop: Contact | None = None
    open_tasks: frozenset[str] = frozenset()
    doubts: Doubts = Doubts()
    setbacks: tuple[Setback, ...] = ()
    was_asked_about: bool = False

    @property
    def lead(self) -> Lead | None:
        """The lead that this mail belongs to, the surest match first."""
        return self.thread_lead or self.contact_lead or self.company_lead
