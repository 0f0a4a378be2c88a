"""When sending stops by itself: what a refusal or a bounce means for an account and a domain, and who is told.

Every brake is an event with the server's words beside it, and an alarm on the desk, in ``mailagent status`` and by mail, until it is
over. ``mailagent resume --account NAME`` (or ``@domain``) lifts it at once, and what came before is not counted again.

Whatever a server says to us itself counts, and so do the reports of our own side (``reading/reporter.py``). Reports from outside can be
written by anybody who got a letter: they stop no account and no domain, and a person is asked to look at them. So are the servers of
strangers, unless they are a good part of all to whom we write (``core/deciding/brakes.py``).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from mailagent.core.deciding import brakes, clock
from mailagent.core.model import events as e
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Mailbox
from mailagent.core.model.setback import Setback
from mailagent.delivery.base import Deferred, Outcome, Refused
from mailagent.jobs import watch_over
from mailagent.ledger import journal, outbox, quotas, setbacks, tasks
from mailagent.ledger.db import next_id
from mailagent.office import Office

log = logging.getLogger(__name__)

#: How much of a server's words stands in an alarm.
WORDS = 200


# ── what is counted ─────────────────────────────────────────────────────────────────────────────────────────────


def setback_of(letter: Letter, outcome: Outcome) -> e.LetterSetBack | None:
    """What an attempt counts as; None for one that says nothing about account, domain or address."""
    match outcome:
        case Deferred() if outcome.bars:
            return e.LetterSetBack(letter.id, "account", outcome.meaning.name, outcome.text)
        case Refused() if outcome.account_problem:
            return e.LetterSetBack(letter.id, "account", outcome.meaning.name if outcome.meaning else outcome.phase, outcome.text)
        case Refused() if outcome.hard:
            return e.LetterSetBack(letter.id, "hard", "userunknown", outcome.text)
        case Refused() if outcome.meaning and outcome.meaning.does == "policy":
            return e.LetterSetBack(letter.id, "policy", outcome.meaning.name, outcome.text)
        case Refused() if outcome.recipient:
            # Late, like everything that reads: most letters are taken.
            from mailagent.core.reading import bounce_reasons

            word, is_hard = bounce_reasons.reason("", outcome.text)
            kind = "host" if word == "hostunknown" else "soft" if is_hard is False else ""
            return e.LetterSetBack(letter.id, kind, word, outcome.text) if kind else None
    return None


def after_attempt(office: Office, db, letter: Letter, mailbox: Mailbox, outcome: Outcome) -> None:
    """Count how an attempt ended, and brake where it must be; in the transaction that records the outcome."""
    setback = setback_of(letter, outcome)
    if setback is None:
        return
    now = office.now()
    journal.record(db, [setback], now=now)
    if isinstance(outcome, Deferred):
        times = setbacks.in_a_row(db, mailbox.name, setback.reason, now)
        until = brakes.barred_until(outcome.meaning, times, now, brakes.zone_of(mailbox.name, office.policy), office.policy.bounces.brakes)
        title = f"Nothing leaves the mailbox {mailbox.name} until {said(office, until)}; its server wants silence: {clip(outcome.text)}"
        rest(office, db, mailbox, mailbox.name, until, setback, title, bars=True)
    elif setback.kind == "account":
        journal.record(db, [e.SendingPaused(mailbox.name, "account_problem")], now=now)
        title = f"The server refuses our account {mailbox.name}: {clip(outcome.text)}"
        watch_over.raise_alarm(office, db, mailbox, "sending", title, now, kind="account")
    else:
        brake(office, db, mailbox, setback, letter.recipient, letter.basis)


def after_bounces(office: Office, db, events: Iterable[e.Event]) -> None:
    """Brake where reports of letters that came back ask for it. The reports themselves are recorded, and so counted, already."""
    for report in events:
        if not isinstance(report, e.BounceReceived):
            continue
        letter = outbox.get(db, report.letter_id)
        mailbox = office.policy.mailbox(letter.account) if letter else None
        if mailbox is None:
            continue
        words = f"{report.status} {report.diagnostic}".strip()
        # One that blames our account stops nothing by itself: it counts as one domain's word.
        kind = "policy" if report.kind == "account" else report.kind
        brake(office, db, mailbox, e.LetterSetBack(letter.id, kind, report.reason, words), letter.recipient, letter.basis)


# ── the brakes ──────────────────────────────────────────────────────────────────────────────────────────────────


def brake(office: Office, db, mailbox: Mailbox, setback: e.LetterSetBack, recipient: str, basis: str) -> None:
    """One more setback: does the account, or the domain, rest now?"""
    if basis == "notice":
        return
    if setback.kind == "hard":
        brake_for_bounces(office, db, mailbox, setback)
    elif setback.kind == "policy":
        brake_for_policy(office, db, mailbox, setback, quotas.domain_of(recipient))


def brake_for_bounces(office: Office, db, mailbox: Mailbox, setback: e.LetterSetBack) -> None:
    """Too many addresses that do not exist: the list is bad, and going on would cost the account its name."""
    now, rules = office.now(), office.policy.bounces.brakes
    window = setbacks.bounce_window(db, mailbox.name, now, office.policy.bounces)
    sent, bounced, said_so = window.sent, window.surely, window.said
    if not brakes.too_many_bounces(sent, bounced, rules):
        if brakes.too_many_bounces(sent, said_so, rules):
            title = (
                f"About the mailbox {mailbox.name}, reports from outside say that "
                f"{said_so} of its last {sent} letters went to addresses that do not exist. Anybody can write such reports, so it goes on "
                f"sending: look at them, and if they are true, mailagent pause --all. The last one: {clip(setback.evidence)}"
            )
            ask_to_look(office, db, mailbox, title, title.partition(" say that ")[0])
        return
    of_days = setbacks.bounce_window(db, mailbox.name, now, office.policy.bounces, long=True)
    if not (brakes.too_many_bounces(sent, window.known, rules) or brakes.too_many_strangers(of_days.sent, of_days.surely, rules)):
        title = (
            f"Strangers to the mailbox {mailbox.name}: {bounced} of its last {sent} letters went to addresses that do not exist, "
            f"of people to whom nothing of ours had arrived before. One person may do this on purpose, so it goes on sending: look at "
            f"them, and if they have nothing in common, mailagent pause --all. The last answer: {clip(setback.evidence)}"
        )
        ask_to_look(office, db, mailbox, title, f"Strangers to the mailbox {mailbox.name}:")
        return
    until = now + timedelta(hours=rules.rest_hours)
    title = (
        f"The mailbox {mailbox.name} sends no letters until {said(office, until)}: "
        f"{bounced} of its last {sent} letters went to addresses that do not exist. The last answer: {clip(setback.evidence)}"
    )
    rest(office, db, mailbox, mailbox.name, until, setback, title)


def brake_for_policy(office: Office, db, mailbox: Mailbox, setback: e.LetterSetBack, domain: str) -> None:
    """One domain will not have our letters: it is left alone. Several within a short time: it is us."""
    now, rules = office.now(), office.policy.bounces.brakes
    since = now - max(timedelta(hours=rules.policy_hours), timedelta(minutes=rules.policy_domains_minutes))
    arrived = now - timedelta(hours=office.policy.bounces.arrived_hours)
    known = [
        *setbacks.of_account(db, mailbox.name, "policy", since, arrived),
        *(one for one in setbacks.of_account(db, mailbox.name, "account", since, arrived) if one.reason == "account_problem"),
    ]
    surely = [one for one in known if one.vouched]
    of_domain = [one for one in setbacks.of_domain(db, domain, "policy", since) if one.vouched]
    if brakes.is_disliked(surely, setbacks.domains_written_to(db, mailbox.name, now, rules), now, rules):
        until = now + timedelta(hours=rules.rest_hours)
        title = (
            f"The mailbox {mailbox.name} sends no letters until {said(office, until)}: "
            f"the servers of {domains_of(surely)} refuse them. The last answer: {clip(setback.evidence)}"
        )
        rest(office, db, mailbox, mailbox.name, until, setback, title)
    elif brakes.is_disliked_by(domain, of_domain, now, rules):
        until = now + timedelta(hours=rules.domain_hours)
        title = f"Nothing is sent to {domain} until {said(office, until)}: its server refuses our letters: {clip(setback.evidence)}"
        rest(office, db, mailbox, f"@{domain}", until, setback, title)
    elif brakes.is_disliked(surely, 0, now, rules):
        title = (
            f"Strangers to the mailbox {mailbox.name}: the servers of {domains_of(surely)} refuse its letters, "
            f"and nothing of ours had arrived there before. One person may do this on purpose, so it goes on sending: look at them, "
            f"and if they have nothing in common, mailagent pause --all. The last answer: {clip(setback.evidence)}"
        )
        ask_to_look(office, db, mailbox, title, f"Strangers to the mailbox {mailbox.name}:")
    elif brakes.is_disliked(known, 0, now, rules):
        title = (
            f"About the mailbox {mailbox.name}, reports from outside say that "
            f"the servers of {domains_of(known)} refuse its letters. Anybody can write such reports, so it goes on "
            f"sending: look at them, and if they are true, mailagent pause --all. The last one: {clip(setback.evidence)}"
        )
        ask_to_look(office, db, mailbox, title, title.partition(" say that ")[0])


def domains_of(known: Iterable[Setback]) -> str:
    return ", ".join(sorted({one.domain for one in known})[:5])


def ask_to_look(office: Office, db, mailbox: Mailbox, title: str, beginning: str) -> None:
    """What somebody may do to us on purpose would have stopped the account: a person looks, and it goes on meanwhile.

    Args:
        beginning: of the title; while a task that begins so is open, nobody is asked again.
    """
    if tasks.open_with_title(db, "bounce", beginning):
        return
    log.warning("%s", title)
    who = watch_over.owner_of(office, mailbox) or next((person.name for person in office.policy.managers), "")
    journal.record(db, [e.TaskOpened(next_id(db, "tasks"), None, "bounce", who, office.now(), title)], now=office.now())


def rest(
    office: Office, db, mailbox: Mailbox, scope: str, until: datetime, setback: e.LetterSetBack, title: str, *, bars: bool = False
) -> None:
    """Put a brake on, and tell of it."""
    now = office.now()
    journal.record(db, [e.SendingRested(scope, until, setback.reason, bars, clip(setback.evidence))], now=now)
    about = scope if scope.startswith("@") else ""
    log.warning("%s", title)
    watch_over.raise_alarm(office, db, mailbox, "sending", title, now, about=about, kind="account")


def said(office: Office, moment: datetime) -> str:
    return clock.say(moment, clock.our_clock(office.policy))


def clip(text: str) -> str:
    return text[:WORDS]
