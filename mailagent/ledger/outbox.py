"""Questions about letters: what waits for a person, what is ready, what is under way, what may not go."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlite_utils import Database

from mailagent.core.model.known import LetterRef
from mailagent.core.model.lead import Lead
from mailagent.core.model.outbox import Letter
from mailagent.ledger import quotas, setbacks
from mailagent.ledger.db import from_text, to_text

TIMES = ("approved_at", "planned_at", "next_attempt_at", "lease_until", "sent_at", "created_at")
LISTS = ("cc", "warnings", "references", "quoted")
#: Letters whose account waits for a person, or for its window (notices do not wait for that), are not looked at.
AWAKE = (
    "NOT EXISTS (SELECT 1 FROM switches WHERE name IN ('paused:all', 'paused:' || outbox.account) AND value = 'on'"
    " OR name = 'barred:' || outbox.account AND value > ?1)"
    " AND (basis = 'notice' OR NOT EXISTS (SELECT 1 FROM switches WHERE name = 'resting:' || outbox.account AND value > ?1))"
)
#: Letters that are neither drafts nor done: word for word the condition of the index, or SQLite reads the whole table.
UNDER_WAY = "state IN ('claimed', 'transmitting', 'in_doubt')"
FIELDS = tuple(Letter.__dataclass_fields__)
_ELSEWHERE = {"references": "thread", "raw": "(SELECT raw FROM letter_bytes WHERE letter_id = outbox.id) AS raw"}
#: The columns stand in the order of ``Letter``'s fields.
LETTER = f"SELECT {', '.join(_ELSEWHERE.get(name, name) for name in FIELDS)} FROM outbox"


def as_letter(row) -> Letter:
    values = dict(zip(FIELDS, row, strict=True))
    for name in TIMES:
        if values[name] is not None:
            values[name] = from_text(values[name])
    for name in LISTS:
        values[name] = tuple(json.loads(values[name])) if values[name] != "[]" else ()
    values["needs_manager"], values["any_day"] = bool(values["needs_manager"]), bool(values["any_day"])
    # As ``Letter(**values)`` would, which takes four times as long.
    letter = object.__new__(Letter)
    letter.__dict__.update(values)
    return letter


def _letters(db: Database, where: str, *arguments: object) -> list[Letter]:
    return [as_letter(row) for row in db.execute(f"{LETTER} WHERE {where}", arguments)]


def get(db: Database, letter_id: int) -> Letter | None:
    """One letter by its number, or None."""
    found = _letters(db, "id = ?", letter_id)
    return found[0] if found else None


def is_as_before(db: Database, letter: Letter) -> bool:
    """Whether nothing has become of an approved letter since it was read: its text is fixed, and whatever else moves is asked here."""
    row = db.execute(
        "SELECT state, state_reason, attempts, attempt_id, content_hash, author, approved_at, next_attempt_at, planned_at"
        " FROM outbox WHERE id = ?",
        [letter.id],
    ).fetchone()
    was = letter.state, letter.state_reason, letter.attempts, letter.attempt_id, letter.content_hash, letter.author
    return tuple(row) == (*was, to_text(letter.approved_at), to_text(letter.next_attempt_at), to_text(letter.planned_at))


def standing(db: Database, letter_id: int) -> tuple[str, int | None]:
    """Where a letter stands, and under which fencing token: all of it that moves once it is approved."""
    row = db.execute("SELECT state, attempt_id FROM outbox WHERE id = ?", [letter_id]).fetchone()
    return row[0], row[1]


def drafts(db: Database, *, lead_id: int | None = None) -> list[Letter]:
    """What waits for a person's approval, the oldest plan first."""
    if lead_id is not None:
        return _letters(db, "state = 'drafted' AND lead_id = ? ORDER BY planned_at, id", lead_id)
    return _letters(db, "state = 'drafted' AND basis <> 'notice' ORDER BY planned_at, id")


def waiting_notices(db: Database) -> list[Letter]:
    """Notices to our own people that were written and not yet released."""
    return _letters(db, "state = 'drafted' AND basis = 'notice' ORDER BY planned_at, id")


def waiting_for(db: Database, contact_id: int) -> list[Letter]:
    """Letters to one person that a stop can still cancel."""
    return _letters(db, "contact_id = ? AND basis <> 'notice' AND state IN ('drafted', 'approved') ORDER BY id", contact_id)


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
        *(accounts or ()),
        *without,
        limit,
    )


def accounts_ready(db: Database, now: datetime) -> set[str]:
    """Mailboxes from which letters to buyers would leave now."""
    rows = db.execute(
        f"SELECT DISTINCT account FROM outbox WHERE state = 'approved' AND next_attempt_at <= ? AND basis <> 'notice' AND {AWAKE}",
        [to_text(now)],
    )
    return {row[0] for row in rows}


def next_ready(db: Database) -> datetime | None:
    """When the next approved letter may leave: at its own time, or when its account has rested."""
    row = db.execute(
        "SELECT MIN(MAX(next_attempt_at, COALESCE((SELECT value FROM switches WHERE name = 'barred:' || outbox.account), ''),"
        " CASE WHEN basis = 'notice' THEN '' ELSE"
        " COALESCE((SELECT value FROM switches WHERE name = 'resting:' || outbox.account), '') END))"
        " FROM outbox WHERE state = 'approved'"
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


def due_after_hold(db: Database, lead: Lead, now: datetime) -> datetime | None:
    """When the step of a lead comes whose hold ends now; None if it waits for a letter, or rests.

    What waited may have been cancelled while it was held: then its step comes again, and the lead is not forgotten.
    """
    idle = lead.next_due_at is None and not lead.rest_reason and lead.cadence and not under_way(db, lead.id)
    return max(now, lead.next_due_at or now) if lead.next_due_at or idle else None


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


def is_silent(db: Database, account: str, now: datetime) -> bool:
    """Does not even a notice leave from this mailbox: it is paused, or its server wants silence?"""
    return is_paused(db, account) or quotas.rests_of(db, account, "", "notice", now)[0] is not None


def attempts_of(db: Database, letter_id: int) -> list[dict]:
    """Every SMTP conversation about a letter."""
    return [dict(row) for row in db.execute("SELECT * FROM attempts WHERE letter_id = ? ORDER BY id", [letter_id])]


def other_owner(db: Database, lead_id: int) -> str:
    """Another one of us who has an open lead with the same company; "" if there is none, or the lead is nobody's."""
    row = db.execute(
        "SELECT o.owner FROM leads l JOIN leads o ON o.company_id = l.company_id AND o.id <> l.id WHERE l.id = ? AND l.owner <> ''"
        " AND o.stage <> 'closed' AND o.owner NOT IN ('', l.owner) LIMIT 1",
        [lead_id],
    ).fetchone()
    return row[0] if row else ""


def have_one_buyer(db: Database, letter: Letter, others: Iterable[Letter]) -> bool:
    """Is a letter about one matter with one of the others, or to one company?"""
    matters = [one.lead_id for one in others if one.lead_id is not None]
    if letter.lead_id is None or not matters:
        return False
    marks = ", ".join("?" * len(matters))
    query = f"SELECT 1 FROM leads a JOIN leads b ON b.company_id = a.company_id WHERE a.id = ? AND b.id IN ({marks})"
    return db.execute(query, [letter.lead_id, *matters]).fetchone() is not None


def tries(db: Database, letter: Letter) -> int:
    """How many attempts of a letter were made since it was approved, the running one included.

    Those whose account failed are not counted, nor those that we ended ourselves before anybody was asked.
    """
    since = letter.approved_at or letter.created_at
    row = db.execute(
        "SELECT COUNT(*) FROM attempts WHERE letter_id = ? AND began_at >= ?"
        " AND NOT (outcome = 'defer' AND smtp_code IS NULL AND smtp_text = '')",
        [letter.id, to_text(since)],
    ).fetchone()
    return max(row[0] - setbacks.times_of_account(db, letter.id, since), 1)


def pause_reason(db: Database, account: str) -> str:
    """Why nothing leaves this mailbox until a person says so; "" if it is not paused."""
    row = db.execute("SELECT reason FROM switches WHERE name IN ('paused:all', 'paused:' || ?) AND value = 'on'", [account]).fetchone()
    return (row[0] or "paused") if row else ""
