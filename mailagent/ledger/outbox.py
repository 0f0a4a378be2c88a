"""Questions about letters: what waits for a person, what is ready, what is under way, what may not go."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlite_utils import Database

from mailagent.core.deciding import limits
from mailagent.core.deciding.guards import SendFacts
from mailagent.core.model.known import LetterRef
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy
from mailagent.ledger import law, quotas, suppressions
from mailagent.ledger.db import from_text, to_text

TIMES = ("approved_at", "planned_at", "next_attempt_at", "lease_until", "sent_at", "created_at")
LISTS = ("cc", "warnings")
#: Letters whose account waits for a person, or for its window (notices do not wait for that), are not looked at.
AWAKE = (
    "NOT EXISTS (SELECT 1 FROM switches WHERE name IN ('paused:all', 'paused:' || outbox.account) AND value = 'on')"
    " AND (basis = 'notice' OR NOT EXISTS (SELECT 1 FROM switches WHERE name = 'resting:' || outbox.account AND value > ?))"
)
#: Letters that are neither drafts nor done: word for word the condition of the index, or SQLite reads the whole table.
UNDER_WAY = "state IN ('claimed', 'transmitting', 'in_doubt')"
COLUMNS = tuple(name for name in Letter.__dataclass_fields__ if name != "references")


def as_letter(row) -> Letter:
    values = {name: row[name] for name in COLUMNS}
    for name in TIMES:
        values[name] = from_text(values[name])
    for name in LISTS:
        values[name] = tuple(json.loads(values[name]))
    return Letter(**values | {"needs_manager": bool(row["needs_manager"]), "references": tuple(json.loads(row["thread"]))})


def _letters(db: Database, where: str, *arguments: object) -> list[Letter]:
    return [as_letter(row) for row in db.execute(f"SELECT * FROM outbox WHERE {where}", arguments)]


def get(db: Database, letter_id: int) -> Letter | None:
    """One letter by its number, or None."""
    found = _letters(db, "id = ?", letter_id)
    return found[0] if found else None


def drafts(db: Database, *, lead_id: int | None = None) -> list[Letter]:
    """What waits for a person's approval, the oldest plan first."""
    if lead_id is not None:
        return _letters(db, "state = 'drafted' AND lead_id = ? ORDER BY planned_at, id", lead_id)
    return _letters(db, "state = 'drafted' AND basis <> 'notice' ORDER BY planned_at, id")


def waiting_notices(db: Database) -> list[Letter]:
    """Notices to our own people that were written and not yet released."""
    return _letters(db, "state = 'drafted' AND basis = 'notice' ORDER BY planned_at, id")


def cancellable(db: Database, lead_id: int) -> list[Letter]:
    """Letters of a lead that a stop can still cancel."""
    return _letters(db, "lead_id = ? AND basis <> 'notice' AND state IN ('drafted', 'approved') ORDER BY id", lead_id)


def waiting(db: Database) -> list[Letter]:
    """Every letter to a buyer that a stop can still cancel, whoever it is to."""
    return _letters(db, "state = 'drafted' AND basis <> 'notice'") + _letters(db, "state = 'approved' AND basis <> 'notice'")


def ready(
    db: Database,
    now: datetime,
    limit: int = 50,
    *,
    spooled_too: bool = True,
    accounts: Collection[str] | None = None,
    without: Collection[str] = (),
) -> list[Letter]:
    """Approved letters whose time has come, but for those of accounts that are paused or rest. Notices and answers before follow-ups.

    Args:
        spooled_too: False leaves out what lies in the spool already, while sending is off.
        accounts: only letters from these mailboxes, and notices; None means all.
        without: what leaves from these mailboxes is left out, notices too.
    """
    some = "" if accounts is None else f" AND (basis = 'notice' OR account IN ({', '.join('?' * len(accounts))}))"
    some += f" AND account NOT IN ({', '.join('?' * len(without))})"
    return _letters(
        db,
        f"state = 'approved' AND next_attempt_at <= ? AND (? OR state_reason <> 'sending_is_off') AND {AWAKE}{some}"
        " ORDER BY basis = 'follow_up', next_attempt_at, id LIMIT ?",
        to_text(now),
        spooled_too,
        to_text(now),
        *(accounts or ()),
        *without,
        limit,
    )


def accounts_ready(db: Database, now: datetime) -> set[str]:
    """Mailboxes from which letters to buyers would leave now."""
    rows = db.execute(
        f"SELECT DISTINCT account FROM outbox WHERE state = 'approved' AND next_attempt_at <= ? AND basis <> 'notice' AND {AWAKE}",
        [to_text(now), to_text(now)],
    )
    return {row[0] for row in rows}


def next_ready(db: Database) -> datetime | None:
    """When the next approved letter may leave: at its own time, or when its account has rested."""
    row = db.execute(
        "SELECT MIN(MAX(next_attempt_at, CASE WHEN basis = 'notice' THEN '' ELSE COALESCE("
        "(SELECT value FROM switches WHERE name = 'resting:' || outbox.account), '') END)) FROM outbox WHERE state = 'approved'"
        " AND NOT EXISTS (SELECT 1 FROM switches WHERE name IN ('paused:all', 'paused:' || outbox.account) AND value = 'on')"
    ).fetchone()
    return from_text(row[0])


def lease_over(db: Database, now: datetime) -> list[Letter]:
    """Letters whose worker has not come back in time."""
    return _letters(db, f"{UNDER_WAY} AND state <> 'in_doubt' AND lease_until <= ? ORDER BY lease_until, id", to_text(now))


def in_doubt(db: Database) -> list[Letter]:
    """Letters that may or may not have arrived."""
    return _letters(db, f"{UNDER_WAY} AND state = 'in_doubt' ORDER BY lease_until, id")


def to_be_filed(db: Database, since: datetime) -> list[Letter]:
    """Sent letters whose copy is not in the Sent folder yet."""
    where = "state = 'sent' AND filed = '' AND basis <> 'notice' AND sent_at >= ? ORDER BY sent_at, id LIMIT 50"
    return _letters(db, where, to_text(since))


def of_lead(db: Database, lead_id: int) -> list[Letter]:
    return _letters(db, "lead_id = ? ORDER BY id", lead_id)


def recent(db: Database, limit: int = 100) -> list[Letter]:
    """The newest letters in any state, for the desk."""
    return _letters(db, "basis <> 'notice' ORDER BY id DESC LIMIT ?", limit)


def live_for_step(db: Database, lead_id: int, round: int, step: str) -> bool:
    """Is there a letter for this step that may still reach the buyer, or has?"""
    states = "('drafted', 'approved', 'claimed', 'transmitting', 'in_doubt', 'sent')"
    row = db.execute(
        f"SELECT 1 FROM outbox WHERE lead_id = ? AND round = ? AND step = ? AND basis <> 'notice' AND state IN {states}",
        [lead_id, round, step],
    )
    return row.fetchone() is not None


def under_way(db: Database, lead_id: int) -> bool:
    """Is there a letter to this lead that somebody still has to decide about, send, or answer for?"""
    states = "('drafted', 'approved', 'claimed', 'transmitting', 'in_doubt')"
    row = db.execute(f"SELECT 1 FROM outbox WHERE lead_id = ? AND basis <> 'notice' AND state IN {states} LIMIT 1", [lead_id])
    return row.fetchone() is not None


def exists(db: Database, dedupe_key: str) -> bool:
    """Was a notice with this key (a week's digest, a day's summary) already written?"""
    row = db.execute("SELECT 1 FROM outbox WHERE basis = 'notice' AND dedupe_key <> '' AND dedupe_key = ?", [dedupe_key])
    return row.fetchone() is not None


def letters_sent(db: Database, lead_id: int) -> list[LetterRef]:
    """Letters that went (or may have gone) to the buyer, oldest first: what a new letter's thread is built on."""
    rows = db.execute(
        "SELECT id, lead_id, contact_id, recipient, message_id, subject, state, basis FROM outbox"
        " WHERE lead_id = ? AND basis <> 'notice' AND state IN ('sent', 'in_doubt', 'bounced') ORDER BY COALESCE(sent_at, changed_at), id",
        [lead_id],
    )
    return [LetterRef(**dict(row)) for row in rows]


def last_notice(db: Database, prefix: str) -> tuple[str, datetime | None]:
    """The key and time of the newest notice whose key begins so; "" and None if there is none."""
    row = db.execute(
        "SELECT dedupe_key, created_at FROM outbox WHERE basis = 'notice' AND dedupe_key <> ''"
        " AND dedupe_key >= ? AND dedupe_key < ? ORDER BY id DESC LIMIT 1",
        [prefix, prefix + "\U0010ffff"],
    ).fetchone()
    return (row[0], from_text(row[1])) if row else ("", None)


def newest_notice(db: Database, prefix: str) -> Letter | None:
    """The newest notice whose key begins so."""
    key, _ = last_notice(db, prefix)
    found = _letters(db, "basis = 'notice' AND dedupe_key <> '' AND dedupe_key = ?", key) if key else []
    return found[0] if found else None


def is_paused(db: Database, account: str) -> bool:
    """Does nothing leave from this mailbox at the moment?"""
    return bool(pause_reason(db, account))


def attempts_of(db: Database, letter_id: int) -> list[dict]:
    """Every SMTP conversation about a letter."""
    return [dict(row) for row in db.execute("SELECT * FROM attempts WHERE letter_id = ? ORDER BY id", [letter_id])]


def send_facts(db: Database, letter: Letter, now: datetime, suppressed: Callable[[str], str], policy: Policy | None = None) -> SendFacts:
    """Everything that ``guards`` asks about a letter, read in the transaction that will move it.

    Args:
        suppressed: address → the reason why it must not be written to, or "".
        policy: whose limits are counted; None where only a stop is asked for, in front of the first byte: what limits there are was
            asked a moment ago.
    """
    lead = (
        db.execute(
            "SELECT l.hold_reason, l.rest_reason, l.fraud, l.company_id, l.country, c.status AS contact_status"
            " FROM leads l JOIN contacts c ON c.id = l.contact_id WHERE l.id = ?",
            [letter.lead_id],
        ).fetchone()
        if letter.lead_id is not None
        else None
    )
    row = db.execute("SELECT content_hash = approved_hash FROM outbox WHERE id = ?", [letter.id]).fetchone()
    happened = _happened_since_draft(db, letter)
    return SendFacts(
        text_is_as_approved=bool(row and row[0]),
        suppressed=_why_not(db, letter, suppressed),
        paused=pause_reason(db, letter.account),
        hold_reason=lead["hold_reason"] if lead else "",
        rest_reason=lead["rest_reason"] if lead else "",
        fraud=lead["fraud"] if lead else "none",
        contact_status=lead["contact_status"] if lead else "active",
        heard_from_buyer=not happened.isdisjoint(("ReplyReceived", "InquiryReceived")),
        colleague_answered="OwnAnswerSeen" in happened,
        mail_waiting=_unread_from(db, letter),
        local_zone_country=lead["country"] if lead else "",
        **(_counted(db, letter, lead, now, policy) if policy and letter.basis != "notice" else {}),
    )


def _why_not(db: Database, letter: Letter, suppressed: Callable[[str], str]) -> str:
    """Why one of its readers must not be written to; an answer that a person permitted may go to the one who asked."""
    found = {address: reason for address in (letter.recipient, *letter.cc) if (reason := suppressed(address))}
    if letter.recipient in found and suppressions.is_permitted(db, letter.lead_id, letter.round, letter.basis):
        del found[letter.recipient]
    return next(iter(found.values()), "")


def _counted(db: Database, letter: Letter, lead, now: datetime, policy: Policy) -> dict:
    """What was sent lately."""
    days = quotas.days_of_use(db, letter.account, now, limits.warm_up_days(policy))
    return {
        "windows": tuple(quotas.count(db, letter.account, limit, now) for limit in limits.of_account(letter.account, policy, days)),
        "window_of_domain": quotas.count_to_domain(db, letter.recipient, limits.to_domain(letter.recipient, policy), now),
        "last_sent_at": quotas.last_sent(db, letter.account),
        "follow_ups_to_company": (
            _follow_ups_to_company(db, lead["company_id"], now) if lead and letter.basis == "follow_up" else (0, 0, 0)
        ),
        **law.objections(db, letter, now, policy),
    }


def pause_reason(db: Database, account: str) -> str:
    """Why nothing leaves this mailbox until a person says so; "" if it is not paused."""
    row = db.execute("SELECT reason FROM switches WHERE name IN ('paused:all', 'paused:' || ?) AND value = 'on'", [account]).fetchone()
    return (row[0] or "paused") if row else ""


def _happened_since_draft(db: Database, letter: Letter) -> set[str]:
    """What happened to the lead after the letter was drafted that may make it needless."""
    if letter.lead_id is None:
        return set()
    rows = db.execute(
        "SELECT DISTINCT type FROM events WHERE lead_id = ? AND type IN ('ReplyReceived', 'InquiryReceived', 'OwnAnswerSeen')"
        " AND id > COALESCE((SELECT MIN(id) FROM events WHERE letter_id = ? AND type = 'LetterDrafted'), 0)",
        [letter.lead_id, letter.id],
    )
    return {row[0] for row in rows}


def _unread_from(db: Database, letter: Letter) -> bool:
    """Lies a kept mail there that nobody has thought about yet? It might be this buyer's answer."""
    if letter.basis != "follow_up":
        return False
    row = db.execute("SELECT 1 FROM inbound WHERE state = 'new' AND tries = 0 AND account = ? LIMIT 1", [letter.account])
    return row.fetchone() is not None


def _follow_ups_to_company(db: Database, company_id: int, now: datetime) -> tuple[int, int, int]:
    """Unanswered follow-ups to a company in the last 1, 7 and 30 days."""
    row = db.execute(
        "SELECT COALESCE(SUM(o.sent_at > ?), 0), COALESCE(SUM(o.sent_at > ?), 0), COUNT(*) FROM leads l JOIN outbox o ON o.lead_id = l.id"
        " WHERE l.company_id = ? AND o.basis = 'follow_up' AND o.state IN ('sent', 'in_doubt', 'claimed', 'transmitting')"
        " AND COALESCE(o.sent_at, o.changed_at) > ? AND COALESCE(o.sent_at, o.changed_at) > COALESCE(l.last_inbound_at, '')",
        [to_text(now - timedelta(hours=20)), to_text(now - timedelta(days=7)), company_id, to_text(now - timedelta(days=30))],
    ).fetchone()
    return int(row[0]), int(row[1]), int(row[2])
