"""The past, told again to a scratch ledger: mails in the order in which they were handled, and between them what happened.

Theory. The journal holds ids, enumerations and times only; names and texts lie in the state tables. So an event of the journal is
made whole again with the row that it wrote (who a contact is does not change with the rules), and then takes effect in the
scratch ledger by the very function that wrote the real one. What a *mail* led to is not taken from the journal when the mail is
thought about again: its rows are told apart by their time, which is the mail's own. The scratch ledger gives the same numbers to
the same leads and people, so that everything that came later still finds them; what was never there gets numbers from ``NEW`` on.

The scratch ledger is no truth: without the triggers and foreign keys that guard one, because under other rules a letter may have
been written for a lead that never came to be.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from sqlite_utils import Database

from mailagent.core.model import events as e
from mailagent.core.model.lead import Fact, Score, Signal
from mailagent.core.model.message import InboundMessage
from mailagent.core.scoring.lifetime import read, remember
from mailagent.errors import IllegalMove
from mailagent.ledger import doubts, leads
from mailagent.ledger.db import Ledger, from_text, to_text
from mailagent.ledger.known import find_contact
from mailagent.ledger.project import project

#: Numbers of what only the new rules know begin here.
NEW = 1_000_000_000
CHUNK = 500
TYPES = {kind.__name__: kind for kind in e.EVENTS}
#: Never the consequence of a mail, whatever the time says: the planner and the outbox write them.
NEVER_OF_A_MAIL = frozenset(("LetterDrafted", "DraftEdited", "LetterPostponed", "WaitBegun", "SendingPaused", "SendingResumed"))
#: Without meaning for what a mail is and where a lead stands; a buyer's own address is met with him, since only the live ledger has it.
LEFT_OUT = frozenset(
    ("TaskOpened", "TaskDone", "DraftEdited", "LetterPostponed", "SentCopyFiled", "SendingPaused", "SendingResumed", "AddressLearnt",
     "PersonErased", "AnswerPermitted", "AnswerOwed", "AnswerLate", "TalkLogged", "OrderDateSet", "LetterWanted", "TextPreApproved",
     "PreApprovalEnded", "AbsenceSet", "LetterReSigned", "CopiesDropped", "CompanyReassigned", "CalendarKeySet",
     "TaskMoved", "TaskEscalated", "TaskTextWritten", "SendingRested",
     "LetterSetBack")
)
#: They keep a real ledger true, and would stop a scratch one.
GUARDS = (
    "DROP TRIGGER events_are_never_changed", "DROP TRIGGER letters_begin_as_drafts", "DROP TRIGGER outbox_moves",
    "DROP TRIGGER letters_need_an_approval", "DROP TRIGGER approved_text_is_fixed", "DROP TRIGGER letter_bytes_are_built_once",
    "DROP INDEX outbox_one_live_letter_per_step", "DROP INDEX outbox_one_waiting_draft_per_lead", "DROP INDEX outbox_dedupe",
)  # fmt: skip


@dataclass(frozen=True)
class Mail:
    """A handled mail as the ledger has it.

    Attributes:
        purged: retention has forgotten its bytes, so that it cannot be read again.
    """

    inbound_id: int
    source_id: int
    account: str
    role: str
    received_at: datetime
    handled_at: str
    size: int
    kind: str
    automatic: str
    lead_id: int | None
    contact_id: int | None
    sender: str
    subject: str
    purged: bool


@dataclass(frozen=True)
class Entry:
    """One row of the journal."""

    id: int
    at: str
    actor: str
    type: str
    body: dict

    @property
    def lead_id(self) -> int | None:
        return self.body.get("lead_id")


def count_mails(live: Ledger, since: datetime | None = None) -> int:
    """How many handled mails there are to tell of; of those that were received since a time."""
    with live.reading() as db:
        query = "SELECT COUNT(*) FROM inbound WHERE state = 'handled' AND received_at >= ?"
        return db.execute(query, [to_text(since) or ""]).fetchone()[0]


def history(live: Ledger) -> Iterator[Mail | Entry]:
    """Everything that happened until now, in order; a mail comes before what was written down because of it.

    Read in pieces, so that neither memory grows nor a long reading keeps the daemon's ledger from tidying up.
    """
    with live.reading() as db:
        last = db.execute("SELECT COALESCE(MAX(id), 0) FROM events").fetchone()[0]
        latest = db.execute("SELECT COALESCE(MAX(handled_at), '') FROM inbound").fetchone()[0]
    mails, entries = _mails(live, latest), _entries(live, last)
    mail, entry = next(mails, None), next(entries, None)
    while mail or entry:
        if mail and (entry is None or mail.handled_at <= entry.at):
            yield mail
            mail = next(mails, None)
        else:
            yield entry
            entry = next(entries, None)


def _mails(live: Ledger, latest: str) -> Iterator[Mail]:
    at, received, number = "", "", 0
    while True:
        with live.reading() as db:
            rows = db.execute(
                "SELECT i.id, i.source_id, i.account, i.role, i.received_at, i.handled_at, s.size, i.kind, i.automatic, i.lead_id,"
                " i.contact_id, i.sender_email, i.subject, s.raw IS NULL AND s.path IS NULL AS purged"
                " FROM inbound i JOIN sources s ON s.id = i.source_id WHERE i.handled_at IS NOT NULL AND i.state = 'handled'"
                " AND (i.handled_at, i.received_at, i.id) > (?, ?, ?) AND i.handled_at <= ?"
                " ORDER BY i.handled_at, i.received_at, i.id LIMIT ?",
                [at, received, number, latest, CHUNK],
            ).fetchall()
        if not rows:
            return
        for row in rows:
            values = list(row)
            at, received, number = values[5], values[4], values[0]
            values[4], values[-1] = from_text(received), bool(values[-1])
            yield Mail(*values)


def _entries(live: Ledger, last: int) -> Iterator[Entry]:
    number = 0
    while True:
        with live.reading() as db:
            rows = db.execute(
                "SELECT id, at, actor, type, lead_id, letter_id, body FROM events WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
                [number, last, CHUNK],
            ).fetchall()
        if not rows:
            return
        for row in rows:
            number = row["id"]
            body = json.loads(row["body"]) | {name: row[name] for name in ("lead_id", "letter_id") if row[name] is not None}
            yield Entry(number, row["at"], row["actor"], row["type"], body)


# ── the scratch ledger ──────────────────────────────────────────────────────────────────────────────────────────────


class Scratch(Ledger):
    """An empty ledger without what keeps a real one true."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with self.transaction() as db:
            for statement in GUARDS:
                db.execute(statement)

    def _connection(self) -> Database:
        is_new = getattr(self._local, "db", None) is None
        db = super()._connection()
        if is_new:
            db.execute("PRAGMA foreign_keys = OFF")
            # Nothing here need survive a power cut.
            db.execute("PRAGMA synchronous = OFF")
        return db


def copy_mail(live: Database, scratch: Database, mail: Mail) -> None:
    """Tell the scratch ledger of a mail as it was handled, without thinking about it again."""
    row = dict(live.execute("SELECT * FROM inbound WHERE id = ?", [mail.inbound_id]).fetchone())
    _insert(scratch, "inbound", row | {"facts": "[]", "answer_head": "{}"})
    for thread in live.execute("SELECT * FROM thread_ids WHERE inbound_id = ?", [mail.inbound_id]).fetchall():
        _insert(scratch, "thread_ids", dict(thread))
    if row["kind"] == "inquiry" and row["lead_id"] is not None and not row["match_method"]:
        doubts.remember_request(scratch, mail.inbound_id, row["words"], mail.received_at)


def announce_mail(scratch: Database, mail: Mail) -> None:
    """Tell the scratch ledger that a mail has come, which is to be thought about again."""
    row = {"id": mail.inbound_id, "source_id": mail.source_id, "account": mail.account, "role": mail.role}
    _insert(scratch, "inbound", row | {"received_at": to_text(mail.received_at), "state": "new"})


def take_back(scratch: Database, mail: Mail) -> None:
    """Forget that a mail was announced."""
    scratch.execute("DELETE FROM inbound WHERE id = ?", [mail.inbound_id])


def apply(live: Database, scratch: Database, entry: Entry) -> None:
    """Let an event of the journal take effect in the scratch ledger; what the new rules made impossible has none."""
    if entry.type in LEFT_OUT or entry.type not in TYPES:
        return
    now = from_text(entry.at)
    match entry.type:
        case "CompanyMet":
            _meet(live, scratch, entry, "companies", "company_id", ("name", "domain"))
        case "ContactMet":
            _meet(live, scratch, entry, "contacts", "contact_id", ("email", "name", "title", "phone"))
        case "AddressSuppressed":
            _copy(live, scratch, "suppressions", entry.body["suppression_id"], lifted_at=None)
        case "SuppressionLifted":
            _lift(live, scratch, entry)
        case "LetterDrafted":
            _draft(live, scratch, entry)
        case "LeadScored":
            _grade(live, scratch, entry)
        case _:
            with suppress(IllegalMove):
                project(whole(entry), scratch, now, entry.actor)


def whole(entry: Entry) -> e.Event:
    """The event behind a row of the journal; what is private stays empty."""
    kind = TYPES[entry.type]
    values = {}
    for one in fields(kind):
        if one.name in entry.body:
            value = entry.body[one.name]
            values[one.name] = from_text(value) if value is not None and "datetime" in str(one.type) else value
        elif one.default is MISSING and not one.metadata.get("private"):
            # The journal of an older release lacks what came later.
            values[one.name] = None
    return kind(**values)


def _meet(live: Database, scratch: Database, entry: Entry, table: str, key: str, private: tuple[str, ...]) -> None:
    """A company or person, with what the journal does not keep of them; one that the new rules have met already stays."""
    number = entry.body[key]
    row = live.execute(f"SELECT {', '.join(private)} FROM {table} WHERE id = ?", [number]).fetchone()
    if row and not scratch.execute(f"SELECT 1 FROM {table} WHERE id = ?", [number]).fetchone():
        event = replace(whole(entry), **{name: row[name] or "" for name in private})
        # Another one of the same domain or address may be there under another number.
        with suppress(sqlite3.IntegrityError):
            project(event, scratch, from_text(entry.at), entry.actor)


def _copy(live: Database, scratch: Database, table: str, number: int, **changed: object) -> None:
    row = live.execute(f"SELECT * FROM {table} WHERE id = ?", [number]).fetchone()
    if row:
        _insert(scratch, table, dict(row) | changed)


def _draft(live: Database, scratch: Database, entry: Entry) -> None:
    if entry.lead_id is not None and leads.get(scratch, entry.lead_id) is None:
        return
    drafted = {"state": "drafted", "body": "", "footer": "", "sent_at": None, "approved_by": "", "approved_at": None}
    _copy(live, scratch, "outbox", entry.body["letter_id"], **drafted, attempt_id=None, lease_until=None, provider_message_id="")
    for thread in live.execute("SELECT * FROM thread_ids WHERE letter_id = ?", [entry.body["letter_id"]]).fetchall():
        _insert(scratch, "thread_ids", dict(thread))


def _grade(live: Database, scratch: Database, entry: Entry) -> None:
    """A grade as it was given, with what the lead remembers since; silence cools only a lead that still stands where it stood."""
    lead = leads.get(scratch, entry.lead_id)
    inbound = entry.body.get("inbound_id")
    if lead is None or inbound is None and lead.tier != (entry.body["tier"] or 0) - 1:
        return
    project(whole(entry), scratch, from_text(entry.at), entry.actor)
    row = live.execute("SELECT facts, received_at FROM inbound WHERE id = ?", [inbound]).fetchone()
    if row:
        facts = tuple(Fact(*fact) for fact in json.loads(row["facts"]))
        memory = remember(read(lead.memory), facts, from_text(row["received_at"])) or lead.memory
        scratch.execute("UPDATE leads SET memory = ? WHERE id = ?", [memory, lead.id])


def _lift(live: Database, scratch: Database, entry: Entry) -> None:
    """The journal does not say whose silence was lifted; the row that was lifted at that moment does."""
    query = "SELECT key_hash FROM suppressions WHERE lifted_at = ? AND reason = ?"
    for row in live.execute(query, [entry.at, entry.body["reason"]]).fetchall():
        lifted = e.SuppressionLifted(entry.body["reason"], entry.body["why"], row["key_hash"])
        project(lifted, scratch, from_text(entry.at), entry.actor)


def _insert(db: Database, table: str, row: dict) -> None:
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT OR IGNORE INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def numbers_for(live: Database, scratch: Database, mail: Mail, message: InboundMessage) -> Callable[[str], int]:
    """Numbers for what thinking about a mail again brings into being: those that the real ledger gave, where it did.

    Raises:
        Nothing: a person or lead that the real ledger does not know gets a number of its own.
    """
    contact = find_contact(live, message.sender.email) if message.sender.email else None
    # He may have another address by now than the one that this mail came from.
    contact = contact or (leads.contact(live, mail.contact_id) if mail.contact_id is not None else None)
    real = {"leads": mail.lead_id, "contacts": contact.id if contact else None, "companies": contact.company_id if contact else None}

    def number(table: str) -> int:
        wanted = real.pop(table, None)
        # The lead that it went to is a new one only if nothing has opened it.
        if wanted is not None and not scratch.execute(f"SELECT 1 FROM {table} WHERE id = ?", [wanted]).fetchone():
            return wanted
        return next(_fresh)

    return number


_fresh = count(NEW)


# ── what came out ───────────────────────────────────────────────────────────────────────────────────────────────────


def grade_of(db: Database, lead_id: int) -> tuple[int | None, str] | None:
    """Tier and fraud of a lead as it stands; None if there is no such lead."""
    row = db.execute("SELECT tier, fraud FROM leads WHERE id = ?", [lead_id]).fetchone()
    return (row["tier"], row["fraud"]) if row else None


def score_of(scratch: Database, lead_id: int) -> tuple[int | None, Score] | None:
    """The newest score of a lead with its reasons, and the mail that it is of; None for a lead without one."""
    lead = scratch.execute("SELECT tier, fit, engagement, abcd, fraud FROM leads WHERE id = ?", [lead_id]).fetchone()
    newest = scratch.execute("SELECT inbound_id FROM signals WHERE lead_id = ? ORDER BY id DESC LIMIT 1", [lead_id]).fetchone()
    if lead is None or newest is None:
        return None
    reasons: list[tuple[Signal, bool]] = leads.reasons(scratch, lead_id, newest[0])
    signals, deciding = tuple(signal for signal, _ in reasons), tuple(signal for signal, decides in reasons if decides)
    return newest[0], Score(lead["fit"], lead["engagement"], lead["tier"], signals, deciding, lead["abcd"], lead["fraud"])
