"""What reading makes of the bytes of one mail. Parsing never raises: broken mail has ``defects``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from mailagent.core.model.address import Address

#: The kinds of mail, in the order in which ``core/reading/kind.py`` asks for them. First answer wins.
KINDS = (
    "own",
    "bounce",
    "complaint",
    "receipt",
    "auto_reply",
    "newsletter",
    "unsubscribe",
    "spam_solicitation",
    "internal",
    "reply",
    "inquiry",
)


@dataclass(frozen=True)
class Attachment:
    """A part with a file name or a disposition; its bytes stay in the source.

    Attributes:
        name: decoded file name, without any path; may be empty.
        size: decoded size in bytes.
        risk: what its bytes or its full name say against it (``core/reading/files.py``); mostly "".
    """

    name: str
    content_type: str
    size: int
    risk: str = ""


@dataclass(frozen=True)
class BouncedRecipient:
    """One recipient of a delivery report (RFC 3464 §2.3, or what a notice without DSN parts says).

    Attributes:
        permanent: True for a failure that will not heal (STANDARDS §3.3); None when the report does not say.
        status: enhanced code as "5.1.1", or "".
        reason: one word of Sisimai's vocabulary: userunknown, mailboxfull, hostunknown, expired, blocked …
        will_retry: the reporting server is still trying (Action: delayed); never a reason to suppress.
    """

    address: str
    permanent: bool | None
    status: str
    reason: str
    diagnostic: str = ""
    will_retry: bool = False


@dataclass(frozen=True)
class DeliveryReport:
    """A bounce or delay as reported: who was not reached and which letter it was about.

    Attributes:
        original_message_id: Message-ID of the returned letter, without brackets; "" if not returned.
        envelope_id: Original-Envelope-Id (RFC 3461 §4.4), the ULID of the letter if it was ours; else "".
    """

    recipients: tuple[BouncedRecipient, ...]
    original_message_id: str = ""
    envelope_id: str = ""
    reporting_mta: str = ""


@dataclass(frozen=True)
class ReadReceipt:
    """What a mail program says became of a letter (RFC 8098).

    Attributes:
        original_message_id: of the letter, without brackets; "" if not said.
        recipient: whose mail program it is, as it says itself.
        became: displayed, deleted, dispatched, processed, denied, failed, or "".
        is_automatic: nobody did it by hand.
    """

    original_message_id: str
    recipient: str
    became: str
    is_automatic: bool = False


@dataclass(frozen=True)
class InboundMessage:
    """One received mail, read. All times UTC and aware.

    Attributes:
        source_hash: SHA-256 of the raw bytes, hex.
        message_id: without brackets, domain in lower case; made up from the hash when the mail has none.
        references: ids of the thread, oldest first, at most 60.
        sent_at: the Date header; None if missing or unreadable.
        received_at: when our server took it (INTERNALDATE); the best time for ordering.
        utc_offset: minutes east of UTC in the Date header; None if absent or "-0000".
        text: the whole body as text, quotations included.
        words: what the writer himself wrote: no quotation, no signature, no mobile tail.
        quote_confidence: 0 to 1, how sure the cut is; low makes intents advisory (STANDARDS §10.2).
        headers: lower-case names to all raw, unfolded values in order (undecoded).
        folder_role: inbox, sent, junk, or other; draft for what its writer has not sent yet, wherever it lies.
        relayed_by: name of the platform or form that forwarded the buyer's words; "" for direct mail.
        relay_fields: what the notice says about the buyer: product, country, company, phone …
        masked: a platform hides the buyer's address and the sender's is made up: he can only be answered in its back office.
    """

    source_hash: str
    message_id: str
    sender: Address
    received_at: datetime
    subject: str = ""
    message_id_is_synthetic: bool = False
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    sent_at: datetime | None = None
    utc_offset: int | None = None
    text: str = ""
    words: str = ""
    quoted: str = ""
    signature: str = ""
    quote_method: str = "none"
    quote_confidence: float = 1.0
    body_hash: str = ""
    language: str = ""
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    content_type: str = "text/plain"
    part_types: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    report: DeliveryReport | None = None
    receipt: ReadReceipt | None = None
    size: int = 0
    folder_role: str = "inbox"
    relayed_by: str = ""
    relay_fields: Mapping[str, str] = field(default_factory=dict)
    masked: bool = False
    defects: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        """The first raw value of a header, or ""."""
        values = self.headers.get(name.lower(), ())
        return values[0] if values else ""

    def but(self, **fields: object) -> InboundMessage:
        """The same message but for these fields; ``dataclasses.replace`` takes ten times as long, and every mail is changed twice.

        Raises:
            TypeError: a message has no such field.
        """
        changed = object.__new__(type(self))
        changed.__dict__.update(self.__dict__, **fields)
        if len(changed.__dict__) != len(self.__dict__):
            raise TypeError(f"no field of a message: {', '.join(sorted(fields.keys() - self.__dict__.keys()))}")
        return changed

    @property
    def thread_ids(self) -> tuple[str, ...]:
        """Ids this mail answers, nearest first: In-Reply-To, then References from right to left."""
        if not self.references and len(self.in_reply_to) < 2:
            return self.in_reply_to
        return tuple(dict.fromkeys((*self.in_reply_to, *reversed(self.references))))


@dataclass(frozen=True)
class Verdict:
    """What kind of mail it is, and the words that led there.

    Attributes:
        kind: one of ``KINDS``.
        reason: a short code, as "dsn", "header:auto-submitted", "phrase".
        evidence: the words or the header line themselves.
        automatic: finer class of a machine's mail: ooo, left, ticket, receipt, vacation …; "" for people.
        return_on: the day an absent person is back (STANDARDS §2.6).
        unsubscribe: auto, review or none (STANDARDS §4.3).
        is_disowned: our own mail server says that it does not come from the domain that it names.
    """

    kind: str
    reason: str
    evidence: str = ""
    automatic: str = ""
    return_on: date | None = None
    suggested_contact: str = ""
    unsubscribe: str = "none"
    is_disowned: bool = False
