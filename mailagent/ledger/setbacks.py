"""Letters that were not taken, or came back: what the brakes and the patience with an address are counted from.

Every row follows from an event; every question goes by an index.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from mailagent.core.model import events as e
from mailagent.core.model.address import registrable_domain
from mailagent.core.model.refusal import Bounces, Brakes
from mailagent.core.model.setback import Setback
from mailagent.ledger import quotas
from mailagent.ledger.db import from_text, to_text
from mailagent.ledger.project import project

#: How much of a server's words is kept.
EVIDENCE = 300


@project.register
def _(event: e.LetterSetBack, db: Database, now: datetime, actor: str) -> None:
    _note(db, event.letter_id, event.kind, event.reason, event.evidence, now, vouched=True)


@project.register
def _(event: e.BounceReceived, db: Database, now: datetime, actor: str) -> None:
    _note(db, event.letter_id, event.kind, event.reason, f"{event.status} {event.diagnostic}".strip(), now, vouched=event.trusted)


@project.register
def _(event: e.SendingRested, db: Database, now: datetime, actor: str) -> None:
    quotas.rest(db, event.scope, event.until, f"{event.reason}: {event.evidence}"[:EVIDENCE], now, bars=event.bars)


def _note(db: Database, letter_id: int, kind: str, reason: str, evidence: str, now: datetime, *, vouched: bool) -> None:
    db.execute(
        f"INSERT INTO setbacks (at, account, domain, contact_id, letter_id, kind, reason, evidence, vouched)"
        f" SELECT ?, account, {quotas.DOMAIN}, contact_id, id, ?, ?, ?, ? FROM outbox WHERE id = ?",
        [to_text(now), kind, reason, evidence[:EVIDENCE], vouched, letter_id],
    )


def _found(rows) -> list[Setback]:
    return [Setback(from_text(at), *rest, bool(vouched), bool(is_stranger)) for at, *rest, vouched, is_stranger in rows]


COLUMNS = "at, letter_id, kind, reason, domain, evidence, vouched"
#: He wrote to us first, by whatever way; whoever is on a list of ours did not.
_CAME_BY_HIMSELF = "(SELECT source FROM leads WHERE id = o.lead_id) IN ('mail', 'platform', 'form')"
#: A letter of ours arrived before: it was taken, and nothing came back for long enough.
_ARRIVED = "p.sent_at < ? AND NOT EXISTS (SELECT 1 FROM setbacks q WHERE q.letter_id = p.id)"
#: Whether the address of a setback's letter (o), or its domain, is a stranger's.
STRANGE_ADDRESS = f"({_CAME_BY_HIMSELF} AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.contact_id = o.contact_id AND {_ARRIVED}))"
STRANGE_DOMAIN = (
    "EXISTS (SELECT 1 FROM outbox o WHERE o.id = setbacks.letter_id AND " + _CAME_BY_HIMSELF + ") AND NOT EXISTS (SELECT 1 FROM outbox p"
    f" WHERE {quotas.DOMAIN.replace('recipient', 'p.recipient')} = setbacks.domain AND {_ARRIVED})"
)
#: Of letters that left before the window a report may be written by anybody, and again and again: it brakes nothing any more.
OF_LATE = "COALESCE((SELECT sent_at FROM outbox WHERE id = setbacks.letter_id), at) > ?"


def of_account(db: Database, account: str, kind: str, since: datetime, arrived: datetime) -> list[Setback]:
    """What an account met lately, of one kind, the newest last; nothing from before a person let it go on.

    Args:
        arrived: a letter that was taken before this moment, and did not come back, has arrived.
    """
    query = f"SELECT {COLUMNS}, {STRANGE_DOMAIN} FROM setbacks WHERE account = ? AND at > ? AND kind = ? AND {OF_LATE} ORDER BY at, id"
    begin = max(to_text(since), _counted_from(db, account))
    return _found(db.execute(query, [to_text(arrived), account, begin, kind, begin]))


def domains_written_to(db: Database, account: str, now: datetime, brakes: Brakes) -> int:
    """To how many domains an account's last letters to buyers went, those that were refused included."""
    since = _strangers_since(db, account, now, brakes)
    rows = db.execute(
        f"SELECT DISTINCT domain FROM (SELECT {quotas.DOMAIN} AS domain FROM outbox WHERE account = ? AND sent_at > ? AND basis <> 'notice'"
        " ORDER BY sent_at DESC LIMIT ?) UNION SELECT domain FROM setbacks WHERE account = ? AND at > ? AND kind = 'policy'",
        [account, since, brakes.bounce_letters, account, since],
    )
    return len({registrable_domain(row[0]) for row in rows})


def of_domain(db: Database, domain: str, kind: str, since: datetime) -> list[Setback]:
    """The same of all our letters to one domain."""
    query = f"SELECT {COLUMNS}, 0 FROM setbacks WHERE domain = ? AND at > ? AND kind = ? AND {OF_LATE} ORDER BY at, id"
    begin = max(to_text(since), _counted_from(db, f"@{domain}"))
    return _found(db.execute(query, [domain, begin, kind, begin]))


def of_contact(db: Database, contact_id: int | None, now: datetime, bounces: Bounces) -> tuple[Setback, ...]:
    """What letters to a person met since his last sign of life: a mail of his, or a letter of which nothing came back for long enough."""
    if contact_id is None:
        return ()
    arrived = db.execute(
        "SELECT MAX(sent_at) FROM outbox o WHERE contact_id = ? AND state = 'sent' AND sent_at < ?"
        " AND NOT EXISTS (SELECT 1 FROM setbacks s WHERE s.letter_id = o.id)",
        [contact_id, to_text(now - timedelta(hours=bounces.arrived_hours))],
    ).fetchone()[0]
    heard = db.execute("SELECT MAX(last_inbound_at) FROM leads WHERE contact_id = ?", [contact_id]).fetchone()[0]
    since = max(arrived or "", heard or "")
    return tuple(
        _found(db.execute(f"SELECT {COLUMNS}, 0 FROM setbacks WHERE contact_id = ? AND at >= ? ORDER BY at, id", [contact_id, since]))
    )


def in_a_row(db: Database, account: str, reason: str, now: datetime) -> int:
    """How often an account was asked to be silent for one reason since its last letter was taken, within a day at most."""
    since = max(to_text(now - timedelta(days=1)), _counted_from(db, account), to_text(quotas.last_sent(db, account, now)) or "")
    row = db.execute(
        "SELECT COUNT(*) FROM setbacks WHERE account = ? AND at > ? AND kind = 'account' AND reason = ?", [account, since, reason]
    )
    return row.fetchone()[0]


@dataclass(frozen=True)
class BounceWindow:
    """An account's last letters to buyers, and of them those that came back because the address does not exist.

    Attributes:
        known: surely, and to people to whom a letter of ours had arrived before, or who are on a list of ours.
        surely: those and the strangers'.
        said: all of which anybody says so.
    """

    sent: int
    known: int
    surely: int
    said: int


def bounce_window(db: Database, account: str, now: datetime, bounces: Bounces, *, long: bool = False) -> BounceWindow:
    """The letters by which the brake for bounces judges.

    Args:
        long: those by which it judges strangers, of more days.
    """
    brakes = bounces.brakes
    since = max(to_text(now - timedelta(hours=brakes.bounce_hours)), _counted_from(db, account))
    since = _strangers_since(db, account, now, brakes) if long else since
    oldest = db.execute(
        "SELECT sent_at FROM outbox WHERE account = ? AND sent_at > ? AND basis <> 'notice' ORDER BY sent_at DESC LIMIT 1 OFFSET ?",
        [account, since, brakes.bounce_letters],
    ).fetchone()
    since = max(since, oldest[0] if oldest else "")
    query = "SELECT COUNT(*) FROM outbox WHERE account = ? AND sent_at > ? AND basis <> 'notice'"
    sent = db.execute(query, [account, since]).fetchone()[0]
    surely, known, said, refused = db.execute(
        "SELECT COUNT(DISTINCT CASE WHEN s.vouched THEN s.letter_id END),"
        f" COUNT(DISTINCT CASE WHEN s.vouched AND NOT {STRANGE_ADDRESS} THEN s.letter_id END), COUNT(DISTINCT s.letter_id),"
        " COUNT(DISTINCT CASE WHEN o.sent_at IS NULL THEN o.id END)"
        " FROM setbacks s JOIN outbox o ON o.id = s.letter_id"
        " WHERE s.account = ? AND s.at > ? AND s.kind = 'hard' AND COALESCE(o.sent_at, s.at) > ?",
        [to_text(now - timedelta(hours=bounces.arrived_hours)), account, since, since],
    ).fetchone()
    return BounceWindow(sent + refused, known, surely, said)


def times_of_account(db: Database, letter_id: int, since: datetime) -> int:
    """How many of a letter's attempts failed by our account's fault, and not by its own."""
    row = db.execute("SELECT COUNT(*) FROM setbacks WHERE letter_id = ? AND kind = 'account' AND at >= ?", [letter_id, to_text(since)])
    return row.fetchone()[0]


def _strangers_since(db: Database, account: str, now: datetime, brakes: Brakes) -> str:
    return max(to_text(now - timedelta(days=brakes.stranger_days)), _counted_from(db, account))


def _counted_from(db: Database, scope: str) -> str:
    row = db.execute("SELECT MAX(at) FROM switches WHERE name IN (?, ?)", [quotas.FORGIVEN + scope, f"{quotas.FORGIVEN}all"]).fetchone()
    return row[0] or ""
