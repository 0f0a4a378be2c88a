"""What each event does to the state tables: one small function an event, chosen by its type.

What an event changes in the row of its lead, and nowhere else, stands in ``lead_changes.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache, singledispatch

from sqlite_utils import Database

from mailagent.core.model import events as e
from mailagent.core.model.address import match_key
from mailagent.core.model.outbox import MOVES
from mailagent.core.model.pretext import Quoted
from mailagent.errors import IllegalMove
from mailagent.ledger import owed, quotas, tasks
from mailagent.ledger.db import to_text
from mailagent.ledger.doubts import remember_customer, remember_shapes
from mailagent.ledger.lead_changes import PIECES, LeadChanges


@singledispatch
def project(event: e.Event, db: Database, now: datetime, actor: str) -> None:
    """Apply one event. One without a function of its own changes its lead's row, or only the journal."""
    project_all((event,), db, now, actor)


def project_all(events: Iterable[e.Event], db: Database, now: datetime, actor: str) -> None:
    """Apply events in their order; what several in a row change of one lead is written at once."""
    changes, functions = LeadChanges(db), project.registry
    for event in events:
        kind = type(event)
        if kind in PIECES:
            changes.add(event)
            if kind is e.LeadScored:
                _write_reasons(event, db, now, actor)
            elif kind in owed.ENDS:
                owed.meet_by_event(db, event, now, actor)
            elif kind is e.StageChanged and event.stage == "customer":
                remember_customer(db, event.lead_id)
        # No event is derived from another kind than their base, so its function need not be searched for.
        elif kind in functions:
            changes.write()
            functions[kind](event, db, now, actor)
    changes.write()


@project.register
def _(event: e.CompanyMet, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "INSERT INTO companies (id, name, domain, country, is_customer, owner, met_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [event.company_id, event.name, event.domain, event.country, int(event.is_customer), event.owner, to_text(now)],
    )
    if event.is_customer and event.domain:
        remember_shapes(db, event.company_id, event.domain)


@project.register
def _(event: e.ContactMet, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "INSERT INTO contacts (id, company_id, email, match_key, name, title, phone, language, country, zone, place_source, place_sureness,"
        " met_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [event.contact_id, event.company_id, event.email, match_key(event.email), event.name, event.title, event.phone]
        + [event.language, event.country, event.zone, event.place_source, event.place_sureness, to_text(now)],
    )


@project.register
def _(event: e.ContactLeft, db: Database, now: datetime, actor: str) -> None:
    db.execute("UPDATE contacts SET status = 'left' WHERE id = ?", [event.contact_id])


@project.register
def _(event: e.ContactReturned, db: Database, now: datetime, actor: str) -> None:
    db.execute("UPDATE contacts SET status = 'active' WHERE id = ? AND status = 'left'", [event.contact_id])


@project.register
def _(event: e.PlaceLearnt, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "UPDATE contacts SET country = ?, zone = ?, region = ?, place_source = ?, place_sureness = ? WHERE id = ?",
        [event.country, event.zone, event.region, event.source, event.sureness, event.contact_id],
    )
    db.execute(
        "UPDATE leads SET country = ? WHERE contact_id = ? AND country <> ? AND stage <> 'closed'",
        [event.country, event.contact_id, event.country],
    )


@project.register
def _(event: e.AddressLearnt, db: Database, now: datetime, actor: str) -> None:
    db.execute("UPDATE contacts SET email = ?, match_key = ? WHERE id = ?", [event.email, match_key(event.email), event.contact_id])


@project.register
def _(event: e.BirthdayTold, db: Database, now: datetime, actor: str) -> None:
    db.execute("UPDATE contacts SET birthday = ? WHERE id = ?", [event.day, event.contact_id])


# ── leads ───────────────────────────────────────────────────────────────────────────────────────────────────────


@project.register
def _(event: e.LeadOpened, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "INSERT INTO leads (id, contact_id, company_id, source, subject, language, country, owner, owner_reason, opened_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [event.lead_id, event.contact_id, event.company_id, event.source, event.subject, event.language, event.country]
        + [event.owner, event.owner_reason, to_text(event.opened_at)],
    )


def _write_reasons(event: e.LeadScored, db: Database, now: datetime, actor: str) -> None:
    if event.score is None:
        return
    if actor != "agent":
        # A mail that is graded a second time (mailagent replay --apply): its old reasons are no reasons any more.
        db.execute("DELETE FROM signals WHERE lead_id = ? AND inbound_id IS ?", [event.lead_id, event.inbound_id])
    deciding = set(event.score.tier_reasons)
    # A fact may be a tier reason without a price: it is written down all the same.
    reasons = dict.fromkeys((*event.score.signals, *event.score.tier_reasons, *event.score.fraud_reasons))
    db.conn.executemany(
        "INSERT INTO signals (lead_id, inbound_id, name, grp, points, evidence, decides_tier, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (event.lead_id, event.inbound_id, one.name, one.group, one.points, one.evidence[:200], int(one in deciding), to_text(now))
            for one in reasons
        ],
    )


@project.register
def _(event: e.LeadsLinked, db: Database, now: datetime, actor: str) -> None:
    for one, other in ((event.lead_id, event.other_id), (event.other_id, event.lead_id)):
        db.execute("INSERT OR IGNORE INTO lead_links (lead_id, other_id, at) VALUES (?, ?, ?)", [one, other, to_text(now)])
    # The one that came first was graded without knowing of the second; from now on it shows the doubt as well.
    db.execute("UPDATE leads SET fraud = 'suspicious' WHERE id = ? AND fraud = 'none'", [event.other_id])
    db.execute(
        "INSERT INTO signals (lead_id, inbound_id, name, grp, points, evidence, decides_tier, at) VALUES (?, NULL, ?, ?, ?, ?, 0, ?)",
        [event.other_id, event.reason, event.group, event.points, event.evidence[:200], to_text(now)],
    )


@project.register
def _(event: e.TierPinned, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "UPDATE leads SET pinned_tier = ?, pinned_by = ?, tier = COALESCE(?, tier) WHERE id = ?",
        [event.tier, actor, event.tier, event.lead_id],
    )


# ── the rhythm ──────────────────────────────────────────────────────────────────────────────────────────────────


@project.register
def _(event: e.DateNamed, db: Database, now: datetime, actor: str) -> None:
    # Without a reason beside it the time holds nothing: it is the day that the next follow-up is planned for.
    db.execute("UPDATE leads SET held_until = ? WHERE id = ? AND hold_reason = ''", [to_text(event.until), event.lead_id])


@project.register
def _(event: e.TaskOpened, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "INSERT INTO tasks (id, lead_id, kind, owner, title, evidence, due_at, opened_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [event.task_id, event.lead_id, event.kind, event.owner, event.title, event.evidence[:500], to_text(event.due_at), to_text(now)],
    )


@project.register
def _(event: e.TaskDone, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "UPDATE tasks SET done_at = ?, done_by = ?, note = ? WHERE id = ? AND done_at IS NULL",
        [to_text(now), actor, event.note, event.task_id],
    )
    owed.meet_by_task(db, event.task_id, now, actor)
    tasks.end_alarms(db, event.task_id, now, actor)


@project.register
def _(event: e.AddressSuppressed, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "INSERT INTO suppressions (id, key_hash, scope, reason, email, evidence, inbound_id, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [
            event.suppression_id,
            event.key_hash,
            event.scope,
            event.reason,
            event.email,
            event.evidence[:500],
            event.inbound_id,
            to_text(now),
        ],
    )


    if event.contact_id is not None:
        # What was permitted before he asked for silence again is permitted no more.
        db.execute("DELETE FROM permissions WHERE lead_id IN (SELECT id FROM leads WHERE contact_id = ?)", [event.contact_id])


@project.register
def _(event: e.AnswerPermitted, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "INSERT OR REPLACE INTO permissions (lead_id, round, reason, actor, at) VALUES (?, ?, ?, ?, ?)",
        [event.lead_id, event.round, event.reason[:500], actor, to_text(now)],
    )


@project.register
def _(event: e.SuppressionLifted, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "UPDATE suppressions SET lifted_at = ?, lifted_by = ?, lifted_reason = ? WHERE key_hash = ? AND reason = ? AND lifted_at IS NULL",
        [to_text(now), actor, event.evidence or event.why, event.key_hash, event.reason],
    )


@project.register
def _(event: e.SendingPaused, db: Database, now: datetime, actor: str) -> None:
    throw_switch(db, f"paused:{event.scope}", "on", event.reason, now, actor)


@project.register
def _(event: e.SendingResumed, db: Database, now: datetime, actor: str) -> None:
    throw_switch(db, f"paused:{event.scope}", "off", "", now, actor)
    if event.wakes:
        quotas.wake(db, event.scope, now, actor)


def throw_switch(db: Database, name: str, value: str, reason: str, now: datetime, actor: str) -> None:
    """Put a switch into a position, with who did it and why."""
    db.execute(
        "INSERT INTO switches (name, value, reason, at, actor) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value, reason = excluded.reason, at = excluded.at, actor = excluded.actor",
        [name, value, reason, to_text(now), actor],
    )


# ── the outbox ──────────────────────────────────────────────────────────────────────────────────────────────────


@project.register
def _(event: e.LetterDrafted, db: Database, now: datetime, actor: str) -> None:
    letter = event.letter
    db.execute(
        "INSERT INTO outbox (id, ulid, lead_id, contact_id, account, recipient, recipient_name, cc, basis, round, step, template,"
        " language, subject, body, footer, warnings, why, message_id, in_reply_to, thread, state, content_hash, needs_manager,"
        " author, planned_at, dedupe_key, created_at, changed_at, pretext, because, quoted, any_day, true_until)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'drafted', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [letter.id, letter.ulid, letter.lead_id, letter.contact_id, letter.account, letter.recipient, letter.recipient_name]
        + [json.dumps(letter.cc), letter.basis, letter.round, letter.step, letter.template, letter.language, letter.subject]
        + [letter.body, letter.footer, json.dumps(letter.warnings), letter.why, letter.message_id, letter.in_reply_to]
        + [json.dumps(letter.references), letter.content_hash, int(letter.needs_manager), letter.author, to_text(letter.planned_at)]
        + [letter.dedupe_key, to_text(now), to_text(now), letter.pretext, letter.because, json.dumps(letter.quoted)]
        + [int(letter.any_day), letter.true_until],
    )
    if letter.lead_id is not None:
        db.execute(
            "INSERT OR IGNORE INTO thread_ids (message_id, lead_id, letter_id) VALUES (?, ?, ?)",
            [letter.message_id, letter.lead_id, letter.id],
        )


@project.register
def _(event: e.DraftEdited, db: Database, now: datetime, actor: str) -> None:
    cursor = db.execute(
        "UPDATE outbox SET subject = ?, body = ?, content_hash = ?, approved_by = '', approved_at = NULL, approved_hash = '',"
        # Who works on a text whose ground has ended has seen that, and it is his own from then on.
        " true_until = CASE WHEN true_until < ? THEN '' ELSE true_until END, changed_at = ? WHERE id = ? AND state = 'drafted'",
        [event.subject, event.body, event.content_hash, to_text(now)[:10], to_text(now), event.letter_id],
    )
    if cursor.rowcount != 1:
        raise IllegalMove(f"Letter {event.letter_id} is no longer a draft, so it cannot be edited.")
    # A price that the person took out was not quoted, and what he says of its last day holds.
    said, until = db.execute("SELECT quoted, true_until FROM outbox WHERE id = ?", [event.letter_id]).fetchone()
    rows = json.loads(said)
    named = [row for row in rows if not row[1] or row[1] in event.body]
    if event.quote_ends:
        # Prices that he typed himself are a quotation, too, although nobody knows of what.
        named = [[*row[:5], event.quote_ends] for row in named] or [["", "", 0, 0, to_text(now)[:10], event.quote_ends]]
        until = event.quote_ends if until == Quoted.last_day(rows) or until > event.quote_ends else until
    if named != rows:
        db.execute("UPDATE outbox SET quoted = ?, true_until = ? WHERE id = ?", [json.dumps(named), until, event.letter_id])


@project.register
def _(event: e.CopiesDropped, db: Database, now: datetime, actor: str) -> None:
    row = db.execute("SELECT warnings FROM outbox WHERE id = ? AND state = 'drafted'", [event.letter_id]).fetchone()
    if row is None:
        raise IllegalMove(f"Letter {event.letter_id} is no longer a draft, so it cannot be edited.")
    db.execute(
        "UPDATE outbox SET cc = ?, warnings = ?, content_hash = ?, approved_by = '', approved_at = NULL, approved_hash = '', changed_at = ?"
        " WHERE id = ?",
        [json.dumps(event.left), json.dumps([*json.loads(row[0]), *event.warnings]), event.content_hash, to_text(now), event.letter_id],
    )


#: Moves that must show their attempt. A worker that was asleep while its lease ran out shows an old one and moves nothing.
FENCED = ("transmit", "accept", "refuse", "lose", "defer", "withdraw")


@cache
def _move(verb: str, *columns: str) -> str:
    """The statement that moves a letter, and sets these columns, if it is where the move starts."""
    sets = ", ".join(f"{name} = ?" for name in columns) + (", attempts = attempts + 1" if verb == "claim" else "")
    token = " AND attempt_id = ?" if verb in FENCED else ""
    return f"UPDATE outbox SET {sets} WHERE id = ? AND state IN ({', '.join('?' * len(MOVES[verb][0]))}){token}"


@project.register
def _(event: e.LetterMoved, db: Database, now: datetime, actor: str) -> None:
    starts, end = MOVES[event.verb]
    changes: dict[str, object] = {"state": end, "state_reason": event.reason, "changed_at": to_text(now)}
    match event.verb:
        case "approve":
            changes |= {"approved_by": actor, "approved_at": to_text(now), "approved_hash": event.content_hash}
            changes |= {"next_attempt_at": to_text(event.retry_at)}
        case "revise":
            changes |= {"approved_by": "", "approved_at": None, "approved_hash": "", "next_attempt_at": None}
        case "claim":
            changes |= {"attempt_id": event.attempt_id, "lease_until": to_text(event.lease_until)}
            db.execute(
                "INSERT INTO attempts (id, letter_id, began_at, worker) VALUES (?, ?, ?, ?)",
                [event.attempt_id, event.letter_id, to_text(now), actor],
            )
        case "transmit":
            changes |= {"lease_until": to_text(event.lease_until)}
        case "defer" | "release":
            changes |= {"next_attempt_at": to_text(event.retry_at), "attempt_id": None, "lease_until": None}
        case "lose":
            changes |= {"next_attempt_at": to_text(event.retry_at), "attempt_id": None, "lease_until": None}
        case "accept" | "confirm":
            changes |= {"sent_at": to_text(now), "provider_message_id": event.provider_message_id}
            changes |= {"attempt_id": None, "lease_until": None, "next_attempt_at": None}
        case "refuse" | "withdraw" | "cancel" | "abandon":
            changes |= {"attempt_id": None, "lease_until": None, "next_attempt_at": None}
    arguments: list[object] = [*changes.values(), event.letter_id, *starts]
    fenced = event.verb in FENCED
    if fenced:
        arguments.append(event.attempt_id)
    if db.execute(_move(event.verb, *changes), arguments).rowcount != 1:
        raise IllegalMove(f"Letter {event.letter_id} can no longer be moved by “{event.verb}”: it is not in the right state any more.")
    if event.raw is not None:
        db.execute("INSERT INTO letter_bytes (letter_id, raw) VALUES (?, ?)", [event.letter_id, event.raw])
    elif event.verb == "revise":
        db.execute("DELETE FROM letter_bytes WHERE letter_id = ?", [event.letter_id])
    if fenced and event.verb != "transmit":
        db.execute(
            "UPDATE attempts SET ended_at = ?, outcome = ?, smtp_code = ?, smtp_text = ? WHERE id = ?",
            [to_text(now), event.verb, event.smtp_code, event.smtp_text[:500], event.attempt_id],
        )
    if "in_doubt" in starts:
        # The question that was asked of a person has its answer, whoever found it.
        db.execute(
            "UPDATE tasks SET done_at = ?, done_by = ?, note = ? WHERE kind = 'in_doubt' AND done_at IS NULL"
            " AND lead_id = (SELECT lead_id FROM outbox WHERE id = ?)",
            [to_text(now), actor, event.reason, event.letter_id],
        )
    if end == "sent":
        owed.meet_by_letter(db, event.letter_id, now, actor)
        db.execute(
            "UPDATE leads SET outbound_count = outbound_count + 1, last_outbound_at = ?, quote_ends = COALESCE(NULLIF((SELECT"
            " MAX(json_extract(line.value, '$[5]')) FROM outbox o, json_each(o.quoted) line WHERE o.id = ?), ''), quote_ends)"
            " WHERE id = (SELECT lead_id FROM outbox WHERE id = ? AND basis <> 'notice')",
            [to_text(now), event.letter_id, event.letter_id],
        )


@project.register
def _(event: e.LetterPostponed, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "UPDATE outbox SET next_attempt_at = ?, state_reason = ? WHERE id = ? AND state = 'approved'",
        [to_text(event.retry_at), event.reason, event.letter_id],
    )


@project.register
def _(event: e.SentCopyFiled, db: Database, now: datetime, actor: str) -> None:
    # Whoever filed it first: our own copy is read again later, and must not look like the provider's.
    db.execute("UPDATE outbox SET filed = ? WHERE id = ? AND filed = ''", [event.by, event.letter_id])
    if event.provider_message_id:
        found = "UPDATE outbox SET provider_message_id = ? WHERE id = ? AND provider_message_id = ''"
        db.execute(found, [event.provider_message_id, event.letter_id])
