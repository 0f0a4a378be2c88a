"""The one door by which sales state changes.

``record(db, events, …)`` writes one row of the append-only journal and the change in the state tables for each
event, inside the caller's transaction: all of them or none. The journal rows hold ids, enumerations, numbers and
times only (``Event.public_fields``); names and texts go to tables that can be erased.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from sqlite_utils import Database

from mailagent.core.model.events import Event, TaskOpened
from mailagent.errors import LedgerError
from mailagent.ledger import inbox, tasks
from mailagent.ledger.db import next_id, to_text
from mailagent.ledger.project import project_all

#: Who acts when no person does.
AGENT = "agent"


def record(db: Database, events: Iterable[Event], *, now: datetime, actor: str = AGENT, handled: inbox.Handled | None = None) -> None:
    """Write down what happened and let it take effect.

    Args:
        db: a connection inside ``Ledger.transaction()``.
        events: in the order in which they happened.
        now: the time of all of them, UTC.
        actor: ``agent``, or the name of the person who decided.
        handled: the mail that these events are the consequence of; it is marked as handled with them.

    Raises:
        IllegalMove: a letter is no longer where the event says it was; the whole transaction must be rolled back.
    """
    if not db.conn.in_transaction:
        raise LedgerError("events can only be recorded inside a transaction")
    happened, at = tuple(events), to_text(now)
    db.conn.executemany(
        "INSERT INTO events (at, actor, type, lead_id, letter_id, body) VALUES (?, ?, ?, ?, ?, ?)",
        [(at, actor, *_row(event)) for event in happened],
    )
    project_all(happened, db, now, actor)
    if handled is not None:
        inbox.mark_handled(db, handled, now)


def raise_alarm(db: Database, kind: str, title: str, now: datetime) -> None:
    """A task for the manager about the house itself, unless the same one is open already."""
    if not tasks.is_open(db, kind, title):
        record(db, [TaskOpened(next_id(db, "tasks"), None, kind, "", now, title)], now=now)


def _row(event: Event) -> tuple:
    body = event.public_fields()
    lead_id, letter_id = body.pop("lead_id", None), body.pop("letter_id", None)
    return type(event).__name__, lead_id, letter_id, _body(body)


def _body(body: dict[str, object]) -> str:
    """As ``_BODY.encode`` writes it. Every mail has several events, and setting out to encode takes longer than the few plain values."""
    return "{" + ", ".join([f'"{name}": {_TEXTS.get(type(body[name]), _BODY.encode)(body[name])}' for name in sorted(body)]) + "}"


def _plain(value: object) -> str | None:
    if isinstance(value, datetime):
        return to_text(value)
    raise TypeError(f"{type(value).__name__} has no place in the journal")


_BODY = json.JSONEncoder(default=_plain, sort_keys=True)
_TEXTS = {int: str, str: _BODY.encode, type(None): lambda value: "null", datetime: lambda value: f'"{to_text(value)}"'}
