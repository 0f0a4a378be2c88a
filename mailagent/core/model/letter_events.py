"""What happened to letters, and to sending as a whole: one event for each kind of change in the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailagent.core.model.event import Event, private
from mailagent.core.model.outbox import Letter


@dataclass(frozen=True)
class LetterDrafted(Event):
    """A letter or notice was written. It waits for a person (a notice: for nobody)."""

    letter_id: int
    lead_id: int | None
    basis: str
    step: str
    template: str
    letter: Letter = private(None)


@dataclass(frozen=True)
class DraftEdited(Event):
    """A person changed the text of a draft; approvals of the old text are void.

    Attributes:
        quote_ends: the last day that his text names for its quotation, as 2026-11-30; "" if it names none.
    """

    letter_id: int
    content_hash: str
    subject: str = private()
    body: str = private()
    quote_ends: str = ""


@dataclass(frozen=True)
class CopiesDropped(Event):
    """Somebody who was to get a copy of a draft must not be written to: no copy goes to him, and approvals of the old letter are void.

    Attributes:
        dropped: how many copies fell away; ``left``: the addresses that still get one.
        warnings: who gets none, and why.
    """

    letter_id: int
    content_hash: str
    dropped: int
    left: tuple[str, ...] = private(())
    warnings: tuple[str, ...] = private(())


@dataclass(frozen=True)
class LetterMoved(Event):
    """A letter made one move of ``outbox.MOVES``.

    Attributes:
        verb: the move.
        reason: a plain short reason (an enumeration or a code, never a text of the buyer).
        attempt_id: the fencing token; required for every move of a running attempt.
        retry_at: with ``defer``: not before.
        content_hash: with ``approve``: what the person saw.
        raw: with ``claim``: the bytes, if this is the first.
    """

    letter_id: int
    verb: str
    reason: str = ""
    attempt_id: int | None = None
    retry_at: datetime | None = None
    lease_until: datetime | None = None
    content_hash: str = ""
    smtp_code: int | None = None
    provider_message_id: str = ""
    smtp_text: str = private()
    raw: bytes | None = private(None)


@dataclass(frozen=True)
class LetterPostponed(Event):
    """An approved letter waits longer: outside the buyer's hours, a quota is used up, everything is paused."""

    letter_id: int
    retry_at: datetime
    reason: str


@dataclass(frozen=True)
class SentCopyFiled(Event):
    """The sent letter lies in the Sent folder: ``by`` us, or by the provider.

    Attributes:
        provider_message_id: under which Message-ID, where the provider gave it another one; "" for ours.
    """

    letter_id: int
    by: str
    provider_message_id: str = ""


@dataclass(frozen=True)
class LetterOpened(Event):
    """The recipient's mail program says what became of a letter on his screen (RFC 8098). Information only: nothing follows from it.

    Attributes:
        became: displayed, deleted, dispatched, processed, denied or failed.
        is_automatic: nobody did it by hand.
    """

    lead_id: int
    letter_id: int
    inbound_id: int
    became: str
    is_automatic: bool


@dataclass(frozen=True)
class ReceiptWanted(Event):
    """A buyer's mail asks for a read receipt. None is ever sent by itself; his salesperson may tell him."""

    lead_id: int
    inbound_id: int


@dataclass(frozen=True)
class LetterSetBack(Event):
    """A server refused a letter, or put it off by our account's fault: the brakes count it.

    Attributes:
        kind: one of ``refusal.KINDS``.
        reason: what the refusal is called in ``bounces.toml``, or the phase in which it came.
    """

    letter_id: int
    kind: str
    reason: str
    evidence: str = private()


@dataclass(frozen=True)
class SendingRested(Event):
    """A brake: an account, or every letter to a domain, rests until a time.

    Attributes:
        scope: the account, or "@domain".
        bars: notices do not leave it either: its own server wants silence.
    """

    scope: str
    until: datetime
    reason: str
    bars: bool = False
    evidence: str = private()


@dataclass(frozen=True)
class SendingPaused(Event):
    """A person or a brake stopped all sending, or that of one account."""

    scope: str
    reason: str


@dataclass(frozen=True)
class SendingResumed(Event):
    """Sending goes on.

    Attributes:
        wakes: whether brakes that are on end with it; not where somebody who may not lift them ends a pause of his own.
    """

    scope: str
    wakes: bool = True
