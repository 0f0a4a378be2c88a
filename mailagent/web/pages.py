"""What can be read at the desk: today, one letter, and the way in. Every page is a GET, read in one read-only view of the ledger.

The leads' pages are in ``leads.py``, the long lists in ``lists.py``; all of them belong to this blueprint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_login import current_user, login_required

from mailagent.core.deciding import clock, law, slots
from mailagent.core.model.lead import Lead
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy
from mailagent.core.reading import parse
from mailagent.ledger import health, leads, outbox, owed, reports, rights, tasks
from mailagent.ledger import law as matter
from mailagent.ledger import pages as lists
from mailagent.ledger.db import Database, from_text
from mailagent.speech import words
from mailagent.speech.law import lines as say_law
from mailagent.web import desk as room

blueprint = Blueprint("pages", __name__)

CARDS = 60
#: So much of a mail is read again to show it whole; the rest stays in the mailbox.
SHOWN_BYTES, SHOWN_LETTERS = 2_000_000, 60_000


@dataclass(frozen=True)
class Leaving:
    """When a letter would leave if it were approved now, and on whose clock."""

    at: datetime
    buyer: clock.BuyerClock
    at_once: bool


# ── signing in ──────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/login")
def login() -> object:
    """Name and password, or how to get a link."""
    if current_user.is_authenticated:
        return redirect(url_for("pages.today"), 303)
    return render_template("login.html", has_passwords=room.here().door.has_passwords, target=request.args.get("next", ""))


@blueprint.get("/enter/<token>")
def enter(token: str) -> object:
    """The page a one-time link opens; its button signs in."""
    person = room.here().door.read_link(token)
    return render_template("enter.html", person=person, token=token), 200 if person else 403


# ── today ───────────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/")
@login_required
def today() -> object:
    """What waits for a person: drafts, tasks and alarms, and how the house stands."""
    return render_today()


def render_today(error: str = "") -> str:
    desk = room.here()
    person, now = desk.person, desk.now()
    with desk.ledger.reading() as db:
        drafts = outbox.drafts(db)
        cards = [(letter, leads.get(db, letter.lead_id)) for letter in drafts[:CARDS]]
        waiting = tasks.open_tasks(db)
        status = reports.status(db)
        doubtful = outbox.in_doubt(db)
        alarms = health.open_alarms(db)
        # What stands in red above is not said a second time beside it; its task stays on the page of tasks.
        said = {alarm.task_id for alarm in alarms}
        waiting = [task for task in waiting if task["id"] not in said]
        mailboxes = [health.of_mailbox(db, mailbox.name) for mailbox in desk.policy.mailboxes]
        stopped = {*status["pauses"], *(alarm.about or alarm.account for alarm in alarms if alarm.trouble == "sending")}
        # Why this person may not let it go on, by what is stopped; "" where he may.
        resuming = {scope: rights.why_not_sending(db, scope, person, desk.policy) for scope in stopped}
    mine = [pair for pair in cards if is_mine(pair[0], person)]
    return render_template(
        "today.html",
        error=error,
        mine=mine,
        others=[pair for pair in cards if pair not in mine],
        more=max(len(drafts) - CARDS, 0),
        leaving={letter.id: when_it_leaves(letter, lead, desk.policy, now) for letter, lead in cards},
        tasks=own_first(waiting, person.name)[:8],
        task_count=len(waiting),
        status=status,
        doubtful=len(doubtful),
        alarms=alarms,
        mailboxes=mailboxes,
        sending=desk.policy.sending.letters,
        resuming=resuming,
    )


def is_mine(letter: Letter, person) -> bool:
    """Is it this person's to decide?"""
    return (person.may_approve_everything and letter.needs_manager) or (letter.author == person.name and not letter.needs_manager)


def own_first(rows: list[dict], name: str) -> list[dict]:
    return [dated(row) for row in sorted(rows, key=lambda row: row["owner"] not in (name, ""))]


def dated(row: dict) -> dict:
    return row | {"due_at": from_text(row["due_at"])}


def when_it_leaves(letter: Letter, lead: Lead | None, policy: Policy, now: datetime) -> Leaving:
    """The time at which ``Reviewer.approve`` would let it go."""
    buyer = clock.clock_of(lead, policy) if lead else clock.buyer_clock("", policy)
    at = letter.next_attempt_at or slots.leaving_time(letter, lead, policy, now)
    return Leaving(at, buyer, at <= now)


# ── one letter ──────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/letter/<int:letter_id>")
@login_required
def letter(letter_id: int) -> object:
    """One letter with everything that is needed to decide about it."""
    return render_letter(letter_id)


def render_letter(letter_id: int, *, error: str = "", typed: tuple[str, str] | None = None) -> str:
    """The letter's page.

    Args:
        error: why the last try was refused.
        typed: subject and text as the person left them, so that nothing typed is lost.
    """
    desk = room.here()
    with desk.ledger.reading() as db:
        chosen = outbox.get(db, letter_id)
        if chosen is None or chosen.basis == "notice":
            abort(404)
        lead = leads.get(db, chosen.lead_id)
        reasons = leads.reasons(db, chosen.lead_id)
        limits = law.applied(matter.facts_of(db, lead, letter_id), desk.policy)
        mail = lists.newest_mail_of_buyer(db, chosen.lead_id)
        last = leads.last_mail(db, chosen.lead_id)
        debt = owed.of_lead(db, chosen.lead_id)
        whole = whole_text(db, mail)
        earlier = [one for one in outbox.of_lead(db, chosen.lead_id) if one.id != chosen.id and one.basis != "notice"]
        attempts = outbox.attempts_of(db, letter_id)
    subject, body = typed or (chosen.subject, chosen.body)
    return render_template(
        "letter.html",
        error=error,
        letter=chosen,
        lead=lead,
        owed=debt,
        now=desk.now(),
        subject=subject,
        body=body,
        was_typed=typed is not None and typed != (chosen.subject, chosen.body),
        can_edit=chosen.state in ("drafted", "approved"),
        may_approve=desk.person.may_approve_everything or not chosen.needs_manager,
        leaving=when_it_leaves(chosen, lead, desk.policy, desk.now()),
        zone=desk.policy.company.time_zone,
        law=say_law(limits, desk.policy),
        reasons=priced(reasons, desk.policy),
        facts=last.facts[:60] if last else (),
        mail=mail,
        whole=whole,
        earlier=list(reversed(earlier))[:20],
        attempts=[one | {"began_at": from_text(one["began_at"])} for one in attempts],
        policy=desk.policy,
    )


def whole_text(db: Database, mail: dict | None) -> str:
    """All of a mail's text, quotations and signature included; "" if its bytes are gone."""
    raw = lists.source_of(db, mail["source_id"], room.here().ledger.large_sources, SHOWN_BYTES) if mail else None
    if raw is None:
        return ""
    return parse.parse(raw, received_at=mail["received_at"], folder_role=mail["role"]).text[:SHOWN_LETTERS]


def priced(reasons: Sequence, policy: Policy) -> list[dict]:
    """Signals with the words that people know them by."""
    return [
        {"say": words.signal(signal.name, policy), "points": signal.points, "evidence": words.signal_words(signal), "decides": decides}
        for signal, decides in reasons
    ]


@blueprint.get("/never")
@login_required
def never() -> object:
    """Are you sure? The page before an address is never written to again."""
    return render_never(request.args.get("letter", type=int), request.args.get("lead", type=int))


def render_never(letter_id: int | None, lead_id: int | None, error: str = "") -> str:
    with room.here().ledger.reading() as db:
        chosen = outbox.get(db, letter_id) if letter_id else None
        lead = leads.get(db, chosen.lead_id if chosen else lead_id) if chosen or lead_id else None
    if lead is None:
        abort(404)
    email = chosen.recipient if chosen else lead.email
    back = url_for("pages.letter", letter_id=chosen.id) if chosen else url_for("pages.lead", lead_id=lead.id)
    return render_template("never.html", email=email, lead=lead, letter=chosen, back=back, error=error)
