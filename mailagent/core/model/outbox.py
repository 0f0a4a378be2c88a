"""The life of a letter.

This file is the only place that knows which moves exist. The SQL triggers that refuse every other move are
made from ``MOVES``, and so is the diagram in ``docs/outbox.md``.

Theory. A letter is *drafted* by the agent and nothing leads from there to the wire but a person's *approve*.
An approved letter is *claimed* for one attempt: the claim writes the attempt down before it is made and carries
a fencing token that every later move must show. Once the server has said 354 and our last questions were
answered, the letter is *transmitting*: from this commit on it may have arrived. A clear answer makes it *sent*
or *failed*, or puts it back to *approved* for later (the server declined responsibility). No answer makes it
*in_doubt*; the agent never sends such a letter again by itself: evidence confirms it, or a person decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

STATES = (
    "drafted",
    "approved",
    "claimed",
    "transmitting",
    "sent",
    "in_doubt",
    "failed",
    "rejected",
    "cancelled",
    "bounced",
)

#: States in which the letter may still reach the buyer.
LIVE = ("drafted", "approved", "claimed", "transmitting", "in_doubt", "sent")
#: States that a stop (reply, unsubscribe, pause …) can still cancel.
CANCELLABLE = ("drafted", "approved")

#: verb → (states it starts from, state it leads to)
MOVES: dict[str, tuple[tuple[str, ...], str]] = {
    "approve": (("drafted",), "approved"),
    "reject": (("drafted",), "rejected"),
    "revise": (("approved",), "drafted"),
    "cancel": (("drafted", "approved"), "cancelled"),
    "claim": (("approved",), "claimed"),
    "defer": (("claimed", "transmitting"), "approved"),
    "withdraw": (("claimed",), "cancelled"),
    "transmit": (("claimed",), "transmitting"),
    "accept": (("transmitting",), "sent"),
    "refuse": (("claimed", "transmitting"), "failed"),
    "lose": (("transmitting",), "in_doubt"),
    "confirm": (("in_doubt",), "sent"),
    "release": (("in_doubt",), "approved"),
    "abandon": (("in_doubt",), "cancelled"),
    "bounce": (("sent",), "bounced"),
}

#: Why a letter may go at all.
BASES = ("answer", "acknowledgement", "follow_up", "notice")


def legal_moves() -> list[tuple[str, str]]:
    """All (from, to) pairs, sorted: what the SQL triggers allow."""
    return sorted({(start, end) for starts, end in MOVES.values() for start in starts})


@dataclass(frozen=True)
class Letter:
    """One row of the outbox.

    Attributes:
        ulid: the letter's id towards the outside: Message-ID, ENVID (RFC 3461 §4.4).
        basis: answer, acknowledgement, follow_up or notice.
        message_id: fixed at the draft, for life; without brackets.
        footer: what is appended to ``body`` below the signature (who we are, how to stop).
        warnings: what the salesperson should look at before approving, one a line.
        planned_at: not before this time.
        content_hash: what an approval binds to, see ``content_hash()``.
        needs_manager: only a manager may approve it (DOMAIN §5).
        raw: the bytes, built once at the first claim; the same for every retry.
        attempt_id: the fencing token of the running attempt.
        pretext: the ground on which it was written, "name:what it rests on"; because: why that is true now, for the card.
        quoted: what it names of our goods, rows of ``pretext.Quoted``.
        any_day: a follow-up that may go on the first and last working day of the buyer's week: he named the day, or a quotation ends.
        true_until: the last day, by our calendar, on which its ground is true, as 2026-03-18; "" where nothing of it ends.
    """

    id: int
    ulid: str
    lead_id: int | None
    contact_id: int | None
    account: str
    recipient: str
    recipient_name: str
    cc: tuple[str, ...]
    basis: str
    round: int
    step: str
    template: str
    language: str
    subject: str
    body: str
    footer: str
    warnings: tuple[str, ...]
    why: str
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    state: str
    content_hash: str
    needs_manager: bool
    author: str
    approved_by: str
    approved_at: datetime | None
    planned_at: datetime
    next_attempt_at: datetime | None
    attempts: int
    attempt_id: int | None
    lease_until: datetime | None
    raw: bytes | None
    sent_at: datetime | None
    filed: str
    provider_message_id: str
    state_reason: str
    dedupe_key: str
    created_at: datetime
    pretext: str = ""
    because: str = ""
    quoted: tuple[list, ...] = ()
    any_day: bool = False
    true_until: str = ""


def content_hash(recipient: str, cc: tuple[str, ...], subject: str, body: str, footer: str, attachments: tuple[str, ...] = ()) -> str:
    """What a person approves: SHA-256 over recipient, copies, subject, text and attachment hashes.

    Every field is preceded by its length, so that no text can move from one field to another unseen.
    """
    digest = sha256()
    for part in (recipient, *sorted(cc), "\x00subject", subject, "\x00body", body, "\x00footer", footer, *attachments):
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(str(len(encoded)).encode() + b":" + encoded)
    return digest.hexdigest()
