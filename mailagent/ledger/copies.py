"""Copies of a letter to people who must not be written to: the copy falls away, and the letter stays.

A letter is for one person; that somebody else on the buyer's Cc wants no letters is no reason to leave the buyer without his answer. So his
address is taken out, the text (perhaps a person's work) stays, and since the approval bound to the recipients it has to be given anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlite_utils import Database

from mailagent.core.model import events as e
from mailagent.core.model.outbox import Letter, content_hash
from mailagent.ledger.db import next_id


def silenced(letter: Letter, why_not: Callable[[str], str]) -> dict[str, str]:
    """The copies of a letter that may not go, and why.

    Args:
        why_not: an address → why it must not be written to, or "".
    """
    return {address: reason for address in letter.cc if (reason := why_not(address))}


def drop(db: Database, letter: Letter, gone: Mapping[str, str], now: datetime, attempt_id: int | None = None) -> list[e.Event]:
    """The events by which copies fall away. Whoever had approved the letter hears that it waits for him again.

    Args:
        gone: what ``silenced`` found.
        attempt_id: of a letter that a worker has claimed; he gives it back.
    """
    left = tuple(address for address in letter.cc if address not in gone)
    warnings = tuple(f"No copy goes to {address}: {reason}" for address, reason in gone.items())
    events: list[e.Event] = []
    if attempt_id is not None:
        events.append(e.LetterMoved(letter.id, "defer", "copy_silenced", attempt_id, retry_at=now))
    if attempt_id is not None or letter.state == "approved":
        title = f"Letter {letter.id} to {letter.recipient} needs a new approval: copy_silenced"
        events.append(e.LetterMoved(letter.id, "revise", "copy_silenced"))
        events.append(e.TaskOpened(next_id(db, "tasks"), letter.lead_id, "letter", letter.author, now, title))
    fingerprint = content_hash(letter.recipient, left, letter.subject, letter.body, letter.footer)
    return [*events, e.CopiesDropped(letter.id, fingerprint, len(gone), left, warnings)]
