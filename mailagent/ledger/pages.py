"""Questions that only the pages of the desk ask: long lists by the page, and one mail with its bytes."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from mailagent.core.model.lead import Lead
from mailagent.core.model.outbox import Letter
from mailagent.errors import LedgerError
from mailagent.ledger import sources
from mailagent.ledger.db import from_text
from mailagent.ledger.leads import LEAD, as_lead, warmth
from mailagent.ledger.outbox import LETTER, as_letter

MAIL = (
    "SELECT id, source_id, account, role, received_at, state, tries, error, sender_email, sender_name, subject, language, kind,"
    " kind_reason, kind_evidence, automatic, lead_id, match_method, match_strength, words, defects, outcome FROM inbound"
)


def _as_mail(row) -> dict:
    return dict(row) | {"received_at": from_text(row["received_at"]), "defects": tuple(json.loads(row["defects"]))}


def mails(db: Database, *, kind: str = "", state: str = "", limit: int = 50, offset: int = 0) -> list[dict]:
    """What came in, the newest first.

    Args:
        kind: one of ``message.KINDS``; "" for all.
        state: new, handled or quarantined; "" for all.
    """
    where, arguments = ["1"], []
    for clause, value in (("kind = ?", kind), ("state = ?", state)):
        if value:
            where.append(clause)
            arguments.append(value)
    query = f"{MAIL} WHERE {' AND '.join(where)} ORDER BY received_at DESC, id DESC LIMIT ? OFFSET ?"
    return [_as_mail(row) for row in db.execute(query, [*arguments, limit, offset])]


def mail(db: Database, inbound_id: int) -> dict | None:
    """One mail by its number, or None."""
    row = db.execute(f"{MAIL} WHERE id = ?", [inbound_id]).fetchone()
    return _as_mail(row) if row else None


def newest_mail_of_buyer(db: Database, lead_id: int) -> dict | None:
    """The last mail that the buyer himself wrote in a matter."""
    row = db.execute(
        f"{MAIL} WHERE lead_id = ? AND kind IN ('inquiry', 'reply') ORDER BY received_at DESC, id DESC LIMIT 1", [lead_id]
    ).fetchone()
    return _as_mail(row) if row else None


def source_of(db: Database, source_id: int, large_sources: Path, limit: int) -> bytes | None:
    """The first bytes of a mail as it came; None if they were purged or their file is gone."""
    row = db.execute("SELECT 1 FROM sources WHERE id = ? AND purged_at IS NULL", [source_id]).fetchone()
    if not row:
        return None
    try:
        return sources.raw(db, source_id, large_sources, limit)
    except LedgerError:
        return None


def letters(db: Database, *, states: tuple[str, ...] = (), limit: int = 50, offset: int = 0) -> list[Letter]:
    """Letters to buyers, what changed last on top.

    Args:
        states: only letters in one of these states; empty for all.
    """
    chosen = f"AND state IN ({', '.join('?' * len(states))})" if states else ""
    query = f"{LETTER} WHERE basis <> 'notice' {chosen} ORDER BY changed_at DESC, id DESC LIMIT ? OFFSET ?"
    return [as_letter(row) for row in db.execute(query, [*states, limit, offset])]


#: Orders of the table of leads: whom we owe an answer, then the hottest; what comes next first; the hottest first.
ORDERS = ("answer", "next", "heat")
#: Instead of an owner's name: what is nobody's.
IN_THE_POOL = "-"
#: When somebody must do something about a lead, or we do: what never comes stands at the end.
_NEXT = "MIN(COALESCE(o.due_at, '9'), CASE WHEN l.hold_reason = '' AND l.rest_reason = '' THEN COALESCE(l.next_due_at, '9') ELSE '9' END)"


def leads(
    db: Database,
    *,
    tier: str = "",
    owner: str = "",
    order: str = "heat",
    limit: int = 50,
    offset: int = 0,
    now: datetime | None = None,
    half_life_days: float = 1.0,
) -> list[Lead]:
    """Leads for a table.

    Args:
        tier: "1" to "4"; "none" for leads that must be verified first; "" for all.
        owner: a name, or ``IN_THE_POOL``; "" for all.
        order: one of ``ORDERS``; of equals the hottest first, the newest of them on top.
        now, half_life_days: earlier interest fades until then; without a time the scores count as they were given.
    """
    where, arguments = ["1"], []
    if tier == "none":
        where.append("l.tier IS NULL")
    elif tier:
        where.append("l.tier = ?")
        arguments.append(int(tier))
    if owner:
        where.append("l.owner = ?")
        arguments.append("" if owner == IN_THE_POOL else owner)
    hot, times = warmth(now, half_life_days)
    first = {"answer": "o.due_at IS NULL, o.due_at, ", "next": f"{_NEXT}, "}.get(order, "")
    query = (
        f"{LEAD} LEFT JOIN answers_owed o ON o.lead_id = l.id AND o.answered_at IS NULL WHERE {' AND '.join(where)}"
        f" ORDER BY {first}l.tier IS NULL, l.tier, {hot} DESC, l.opened_at DESC, l.id DESC LIMIT ? OFFSET ?"
    )
    return [as_lead(row) for row in db.execute(query, [*arguments, *times, limit, offset])]


def owners(db: Database) -> list[str]:
    """Everybody who has leads."""
    return [row[0] for row in db.execute("SELECT DISTINCT owner FROM leads WHERE owner <> '' ORDER BY owner")]


def person(db: Database, contact_id: int) -> dict:
    """What the head of a lead's page says of a contact beside his name: title, phone, and how sure his place is."""
    row = db.execute("SELECT title, phone, status, place_sureness FROM contacts WHERE id = ?", [contact_id]).fetchone()
    return dict(row) if row else {"title": "", "phone": "", "status": "active", "place_sureness": ""}
