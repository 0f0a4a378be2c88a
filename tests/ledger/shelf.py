"""Letters and matters to put into a ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from mailagent.core.model import events as e
from mailagent.core.model.outbox import Letter, content_hash
from mailagent.ledger import journal
from mailagent.ledger.db import next_id

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
SECRET = "Peter Klein"


def letter(number: int, **changes) -> Letter:
    """A letter as the writer makes it; to nobody we have a lead of, unless ``lead_id`` says so."""
    made = Letter(
        id=number, ulid=f"01J{number:023d}", lead_id=None, contact_id=None, account="sales", recipient=f"buyer{number}@c.example",
        recipient_name=SECRET, cc=(), basis="answer", round=1, step="answer", template="answer_standard", language="en", subject="Re: 6204",
        body="Dear Mr Klein", footer="Acme", warnings=(), why="he asked", message_id=f"fu.{number}@acme.example", in_reply_to="",
        references=(), state="drafted", content_hash="", needs_manager=False, author="Li Wei", approved_by="", approved_at=None,
        planned_at=NOW, next_attempt_at=None, attempts=0, attempt_id=None, lease_until=None, raw=None, sent_at=None, filed="",
        provider_message_id="", state_reason="", dedupe_key="", created_at=NOW,
    )  # fmt: skip
    made = replace(made, **changes)
    return replace(made, content_hash=content_hash(made.recipient, made.cc, made.subject, made.body, made.footer))


def drafted(db, **changes) -> Letter:
    """A new draft in the outbox."""
    made = letter(next_id(db, "outbox"), **changes)
    journal.record(db, [e.LetterDrafted(made.id, made.lead_id, made.basis, made.step, made.template, made)], now=NOW)
    return made


def move(db, number: int, verb: str, **fields) -> None:
    journal.record(db, [e.LetterMoved(number, verb, **fields)], now=NOW, actor="Li Wei")


def lead(db) -> int:
    """A company, a person and a matter."""
    number = next_id(db, "leads")
    journal.record(
        db,
        [
            e.CompanyMet(number, name="Klein GmbH", domain=f"klein{number}.example"),
            e.ContactMet(number, number, email=f"p@klein{number}.example", name=SECRET, phone="+49 40 1"),
            e.LeadOpened(number, number, number, 1, "mail", "en", "DE", "Li Wei", "in_turn", NOW, "Bearings for Klein"),
        ],
        now=NOW,
    )
    return number
