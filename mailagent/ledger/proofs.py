"""What was shown about the signatures of our mailboxes. The row is a switch: it is thrown by a test letter that came back."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from mailagent.core.model.proof import OneClickDisproved, OneClickProven, Proof
from mailagent.ledger.db import from_text
from mailagent.ledger.project import project, throw_switch


@project.register
def _(event: OneClickProven, db: Database, now: datetime, actor: str) -> None:
    throw_switch(db, f"one_click:{event.account}", "on", event.circumstances, now, actor)


@project.register
def _(event: OneClickDisproved, db: Database, now: datetime, actor: str) -> None:
    throw_switch(db, f"one_click:{event.account}", "off", event.reason, now, actor)


def of_account(db: Database, account: str) -> Proof | None:
    """The proof that letters of this account are signed as one-click links need it; None if there is none."""
    row = db.execute("SELECT reason, at FROM switches WHERE name = ? AND value = 'on'", [f"one_click:{account}"]).fetchone()
    return Proof(row["reason"], from_text(row["at"])) if row else None
