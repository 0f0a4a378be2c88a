"""The one door by which sales state changes.

``record(db, events, …)`` writes one row of the append-only journal and the change in the state tables for each
event, inside the caller's transaction: all of them or none. The journal rows hold ids, enumerations, numbers and
times only (``Event.public_fields``); names and texts go to tables that can be erased.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from json.encoder import encode_basestring_ascii

from sqlite_utils import Database

from mailagent.core.model.event import public_names
from mailagent.core.model.events import Event, TaskOpened
from mailagent.errors import LedgerError
from mailagent.ledger import inbox, proofs, setbacks, tasks, work_events  # noqa: F401 (what the events do is found by their types)
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
    kind, values = type(event), event.__dict__
    names = _names_in_order(kind)
    # As ``_BODY.encode`` writes them. Every mail has several events, and setting out to encode takes longer than the few plain values.
    body = ", ".join([f'"{name}": {_TEXTS.get(type(values[name]), _BODY.encode)(values[name])}' for name in names])
    return kind.__name__, values.get("lead_id"), values.get("letter_id"), f"{{{body}}}"


@cache
def _names_in_order(kind: type[Event]) -> tuple[str, ...]:
    """What stands in the body of an event: what the journal may keep, but for the two numbers that have columns of their own."""
    return tuple(sorted(set(public_names(kind)) - {"lead_id", "letter_id"}))


def _plain(value: object) -> str | None:
    if isinstance(value, datetime):
        return to_text(value)
    raise TypeError(f"{type(value).__name__} has no place in the journal")


_BODY = json.JSONEncoder(default=_plain, sort_keys=True)
_TEXTS = {
    int: str,
    str: encode_basestring_ascii,
    float: float.__repr__,
    type(None): lambda value: "null",
    datetime: lambda value: f'"{to_text(value)}"',
}
