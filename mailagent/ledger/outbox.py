"""Questions about letters: what waits for a person, what is ready, what is under way, what may not go."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlite_utils import Database

from mailagent.core.deciding import limits
from mailagent.core.deciding.guards import SendFacts
from mailagent.core.deciding.timing import Timing
from mailagent.core.model.known import LetterRef
from mailagent.core.model.lead import Lead
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy
from mailagent.ledger import law, quotas, setbacks, suppressions
from mailagent.ledger.db import from_text, to_text
from mailagent.ledger.timing import timing_of

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


SEND_FACTS = (
    "SELECT o.content_hash = o.approved_hash AS as_approved, l.hold_reason, l.rest_reason, l.fraud, l.company_id, l.country,"
    " l.owner, l.cadence, c.zone, c.region, c.place_source, c.status AS contact_status,"
    " (SELECT reason FROM switches WHERE name IN ('paused:all', 'paused:' || ?) AND value = 'on') AS pause"
    " FROM outbox o LEFT JOIN leads l ON l.id = o.lead_id LEFT JOIN contacts c ON c.id = l.contact_id WHERE o.id = ?"
)


def other_owner(db: Database, lead_id: int) -> str:
    """Another one of us who has an open lead with the same company; "" if there is none, or the lead is nobody's."""
    row = db.execute(
        "SELECT o.owner FROM leads l JOIN leads o ON o.company_id = l.company_id AND o.id <> l.id WHERE l.id = ? AND l.owner <> ''"
        " AND o.stage <> 'closed' AND o.owner NOT IN ('', l.owner) LIMIT 1",
        [lead_id],
    ).fetchone()
    return row[0] if row else ""


def send_facts(db: Database, letter: Letter, now: datetime, suppressed: Callable[[str], str], policy: Policy | None = None) -> SendFacts:
    """Everything that ``guards`` asks about a letter, read in the transaction that will move it.

    Args:
        suppressed: address → the reason why it must not be written to, or "".
        policy: whose limits are counted; None where only a stop is asked for, in front of the first byte: what limits there are was
            asked a moment ago.
    """
    row = db.execute(SEND_FACTS, [letter.account, letter.id]).fetchone()
    lead = row if row and letter.lead_id is not None else None
    happened = _happened_since_draft(db, letter)
    return SendFacts(
        text_is_as_approved=bool(row and row["as_approved"]),
        suppressed=_why_not(db, letter, suppressed),
        paused="" if row is None or row["pause"] is None else row["pause"] or "paused",
        hold_reason=lead["hold_reason"] if lead else "",
        rest_reason=lead["rest_reason"] if lead else "",
        fraud=lead["fraud"] if lead else "none",
        contact_status=lead["contact_status"] if lead else "active",
        heard_from_buyer=not happened.isdisjoint(("ReplyReceived", "InquiryReceived")),
        colleague_answered="OwnAnswerSeen" in happened,
        talked="TalkLogged" in happened,
        other_owner=other_owner(db, letter.lead_id) if letter.lead_id is not None else "",
        mail_waiting=_unread_from(db, letter),
        local_zone_country=lead["country"] if lead else "",
        timing=timing_of(db, letter, lead, now, policy) if policy and lead and letter.basis == "follow_up" else Timing(),
        **(_counted(db, letter, lead, now, policy) if policy and letter.basis != "notice" else {}),
        **(_at_rest(db, letter, now) if policy else {}),
    )


def _at_rest(db: Database, letter: Letter, now: datetime) -> dict:
    """Brakes that are on, and since when the letter's bytes are what they are: they bear the date of that day."""
    of_account, of_domain = quotas.rests_of(db, letter.account, letter.recipient, letter.basis, now)
    return {"account_rests_until": of_account, "domain_rests_until": of_domain, "first_tried_at": _first_tried(db, letter)}


def _first_tried(db: Database, letter: Letter) -> datetime | None:
    if not letter.attempts or letter.approved_at is None:
        return None
    row = db.execute(
        "SELECT MIN(began_at) FROM attempts WHERE letter_id = ? AND began_at >= ?", [letter.id, to_text(letter.approved_at)]
    ).fetchone()
    return from_text(row[0])


def tries(db: Database, letter: Letter) -> int:
    """How many attempts of a letter were made since it was approved, the running one included, but for those whose account failed."""
    since = letter.approved_at or letter.created_at
    row = db.execute("SELECT COUNT(*) FROM attempts WHERE letter_id = ? AND began_at >= ?", [letter.id, to_text(since)]).fetchone()
    return max(row[0] - setbacks.times_of_account(db, letter.id, since), 1)


def _why_not(db: Database, letter: Letter, suppressed: Callable[[str], str]) -> str:
    """Why one of its readers must not be written to; an answer that a person permitted may go to the one who asked."""
    found = {address: reason for address in (letter.recipient, *letter.cc) if (reason := suppressed(address))}
    if reason := suppressions.reason_in_matter(db, letter.lead_id):
        found.setdefault(letter.recipient, reason)
    if letter.recipient in found and suppressions.is_permitted(db, letter.lead_id, letter.round, letter.basis):
        del found[letter.recipient]
    return next(iter(found.values()), "")


def _counted(db: Database, letter: Letter, lead, now: datetime, policy: Policy) -> dict:
    """What was sent lately."""
    days = quotas.days_of_use(db, letter.account, now, limits.warm_up_days(policy))
    return {
        "windows": tuple(quotas.count(db, letter.account, limit, now) for limit in limits.of_account(letter.account, policy, days)),
        "window_of_domain": quotas.count_to_domain(db, letter.recipient, limits.to_domain(letter.recipient, policy), now),
        "last_sent_at": quotas.last_sent(db, letter.account, now),
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
        "SELECT DISTINCT type FROM events WHERE lead_id = ? AND (type IN ('ReplyReceived', 'InquiryReceived', 'OwnAnswerSeen')"
        # A talk from before his last mail answers nothing of it.
        " OR type = 'TalkLogged' AND json_extract(body, '$.at')"
        "   >= COALESCE((SELECT last_inbound_at FROM leads WHERE id = events.lead_id), ''))"
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
        "SELECT COALESCE(SUM(COALESCE(o.sent_at, o.changed_at) > ?), 0), COALESCE(SUM(COALESCE(o.sent_at, o.changed_at) > ?), 0), COUNT(*)"
        " FROM leads l JOIN outbox o ON o.lead_id = l.id"
        " WHERE l.company_id = ? AND o.basis = 'follow_up' AND o.state IN ('sent', 'in_doubt', 'claimed', 'transmitting')"
        " AND COALESCE(o.sent_at, o.changed_at) > ? AND COALESCE(o.sent_at, o.changed_at) > COALESCE(l.last_inbound_at, '')",
        [to_text(now - timedelta(hours=20)), to_text(now - timedelta(days=7)), company_id, to_text(now - timedelta(days=30))],
    ).fetchone()
    return int(row[0]), int(row[1]), int(row[2])
