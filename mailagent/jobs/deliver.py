"""What a person approved → the wire, at most once.

    ready → guards → compose → claim                         commit
          → MAIL, RCPT, DATA, 354 → guards again → transmit  commit
          → the text → the server's answer → record          commit

Between any two of these a reply or an unsubscribe may be handled; the guards ask again inside both commits. If the
link breaks after the text was handed over, the letter is in doubt and is never sent again by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailagent.core.deciding import cadence, guards
from mailagent.core.deciding.retry import BACK_OFF, retry_at
from mailagent.core.model import events as e
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Mailbox
from mailagent.core.writing import compose
from mailagent.delivery.base import Accepted, Deferred, Lost, Outcome, Refused, Transport, Withdrawn
from mailagent.delivery.spool import Spool
from mailagent.errors import ConfigError, IllegalMove, LedgerError, SendingError
from mailagent.ledger import journal, leads, outbox, suppressions
from mailagent.ledger.db import next_id
from mailagent.office import Office

log = logging.getLogger(__name__)


def deliver(
    office: Office,
    stop: Callable[[], bool] = lambda: False,
    fresh: Collection[str] | None = None,
    without: Collection[str] = (),
) -> set[str]:
    """Send what is approved and due, one letter after another.

    Args:
        stop: asked between letters; True ends the job (SIGTERM).
        fresh: mailboxes that were looked at a moment ago; None means all of them. A letter to a buyer leaves from no
            other: his answer, or a colleague's, may have come since.
        without: mailboxes that somebody else sends from.

    Returns:
        Mailboxes from which letters would leave if they were looked at first.
    """
    release_notices(office)
    is_on = office.policy.sending.letters == "on"
    with office.ledger.reading() as db:
        ready = outbox.ready(db, office.now(), spooled_too=is_on, accounts=fresh, without=without)
        wanted = outbox.accounts_ready(db, office.now()) - set(without) if is_on else set()
    transports: dict[str, Transport] = {}
    try:
        for letter in ready:
            if stop():
                break
            try:
                hand_over(office, letter, transports)
            except LedgerError:
                raise
            except Exception:
                log.exception("letter %d broke us; the others go on", letter.id)
    finally:
        for transport in transports.values():
            transport.close()
    known = {mailbox.name for mailbox in office.policy.mailboxes}
    return set() if fresh is None else (wanted & known) - set(fresh)


def hand_over(office: Office, letter: Letter, transports: dict[str, Transport]) -> None:
    """One ready letter: to the spool while sending is off, else one attempt."""
    mailbox = office.policy.mailbox(letter.account)
    if mailbox is None:
        postpone(office, letter, "account_removed", timedelta(hours=1))
    elif letter.basis != "notice" and office.policy.sending.letters == "off":
        spool(office, letter, mailbox)
    elif claim := make_claim(office, letter, mailbox):
        attempt(office, claim, mailbox, transports)


def release_notices(office: Office) -> None:
    """Notices to our own people need nobody's approval; their switch decides."""
    if office.policy.sending.notices == "off":
        return
    with office.ledger.transaction() as db:
        for notice in outbox.waiting_notices(db):
            move = e.LetterMoved(notice.id, "approve", "notice", content_hash=notice.content_hash, retry_at=office.now())
            journal.record(db, [move], now=office.now())


def spool(office: Office, letter: Letter, mailbox: Mailbox) -> None:
    """Sending is off: put the letter where the IT person can read it. It stays approved and is counted as not sent."""
    folder = Spool(office.settings.spool_folder)
    if not folder.holds(letter.ulid):
        try:
            raw = compose_letter(office, letter, mailbox)
        except SendingError as error:
            with office.ledger.transaction() as db:
                journal.record(db, back_to_its_author(db, letter, error, office.now()), now=office.now())
            return
        folder.write(raw, letter.ulid)
    # Due at once when sending is switched on; until then ``ready`` leaves it out.
    postpone(office, letter, "sending_is_off", timedelta(0))


def postpone(office: Office, letter: Letter, reason: str, wait: timedelta) -> None:
    with office.ledger.transaction() as db:
        journal.record(db, [e.LetterPostponed(letter.id, office.now() + wait, reason)], now=office.now())


def compose_letter(office: Office, letter: Letter, mailbox: Mailbox) -> bytes:
    return compose.build(letter, office.sender(letter, mailbox), office.now(), office.unsubscribe_mailto(letter, mailbox), office.policy)


# ── claim ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Claim:
    """A letter that is ours to attempt, under a fencing token."""

    letter: Letter
    attempt_id: int
    raw: bytes


def make_claim(office: Office, letter: Letter, mailbox: Mailbox) -> Claim | None:
    """Take the letter for one attempt, or write down why not. The bytes are built at the first claim and kept."""
    now = office.now()
    with office.ledger.transaction() as db:
        letter = outbox.get(db, letter.id)
        if letter.state != "approved":
            return None
        objection = guards.objection(letter, facts_about(office, db, letter), office.policy, now)
        if objection:
            log.info("letter %d does not go now: %s (%s)", letter.id, objection.verb, objection.reason)
            journal.record(db, object_to(office, db, letter, objection), now=now)
            return None
        try:
            raw = letter.raw or compose_letter(office, letter, mailbox)
        except SendingError as error:
            journal.record(db, back_to_its_author(db, letter, error, now), now=now)
            return None
        attempt_id = next_id(db, "attempts")
        lease = now + timedelta(minutes=office.policy.sending.lease_minutes)
        move = e.LetterMoved(letter.id, "claim", attempt_id=attempt_id, lease_until=lease, raw=None if letter.raw else raw)
        journal.record(db, [move], now=now, actor=office.worker)
    return Claim(letter, attempt_id, raw)


def back_to_its_author(db, letter: Letter, error: SendingError, now: datetime) -> list[e.Event]:
    """A letter that cannot be put into bytes is a draft again, with a task that says why."""
    log.error("letter %d cannot be composed: %s", letter.id, error)
    events: list[e.Event] = [e.LetterMoved(letter.id, "revise", "cannot_be_composed")]
    if letter.lead_id is not None:
        title = f"A letter cannot be sent as it stands: {error}"
        events.append(e.TaskOpened(next_id(db, "tasks"), letter.lead_id, "letter", letter.author, now, title))
    return events


def facts_about(office: Office, db, letter: Letter) -> guards.SendFacts:
    return outbox.send_facts(db, letter, office.now(), suppressions.checker(db, office.settings.suppression_key))


def object_to(office: Office, db, letter: Letter, objection: guards.Objection) -> list[e.Event]:
    """What becomes of an approved letter that may not go now."""
    match objection.verb:
        case "cancel":
            events: list[e.Event] = [e.LetterMoved(letter.id, "cancel", objection.reason)]
            # Where the lead itself has not moved on, its end is said: without a letter nothing would wake it again.
            if objection.reason.startswith(("suppressed:", "contact_", "fraud")) and letter.lead_id is not None:
                events.append(e.CadenceEnded(letter.lead_id, objection.reason))
            return events
        case "revise":
            # It is a draft again, and the one who approved it must hear so.
            title = f"Letter {letter.id} to {letter.recipient} needs a new approval"
            return [
                e.LetterMoved(letter.id, "revise", objection.reason),
                e.TaskOpened(next_id(db, "tasks"), letter.lead_id, "letter", letter.author, office.now(), title),
            ]
        case _:
            return [e.LetterPostponed(letter.id, objection.retry_at, objection.reason)]


# ── attempt ─────────────────────────────────────────────────────────────────────────────────────────────────────


def attempt(office: Office, claim: Claim, mailbox: Mailbox, transports: dict[str, Transport]) -> None:
    """One SMTP conversation about one letter; whatever happens in it is recorded."""
    letter = claim.letter
    try:
        if mailbox.name not in transports:
            transports[mailbox.name] = office.open_transport(mailbox)
        outcome = transports[mailbox.name].submit(
            claim.raw,
            mailbox.address,
            (letter.recipient, *letter.cc),
            lambda: begin_transmission(office, claim),
            letter.ulid,
        )
    except (SendingError, ConfigError) as error:
        outcome = Refused(None, str(error), "connect", account_problem=isinstance(error, ConfigError))
    try:
        with office.ledger.transaction() as db:
            journal.record(db, consequences(office, db, claim, mailbox, outcome), now=office.now())
    except IllegalMove as error:
        # Our lease ran out while we talked: somebody else has put the letter in doubt or back. Theirs is the word.
        log.warning("letter %d: %s", letter.id, error)


def begin_transmission(office: Office, claim: Claim) -> bool:
    """The last question, between the server's 354 and the first byte. From this commit on it may have arrived."""
    now = office.now()
    with office.ledger.transaction() as db:
        letter = outbox.get(db, claim.letter.id)
        facts = facts_about(office, db, letter)
        stop = guards.stop(letter, facts)
        if letter.state != "claimed" or letter.attempt_id != claim.attempt_id:
            return False
        if stop:
            journal.record(db, [e.LetterMoved(letter.id, "withdraw", stop.reason, claim.attempt_id)], now=now)
            return False
        if letter.basis != "notice" and facts.hold_reason or facts.paused:
            later, reason = now + timedelta(minutes=10), "paused" if facts.paused else f"held:{facts.hold_reason}"
        elif letter.basis != "notice" and facts.mail_waiting:
            # It was fetched while we talked to the server; nothing is handled before we are done, so it must be asked here.
            later, reason = now + timedelta(minutes=1), "mail_waiting"
        else:
            later, reason = None, ""
        if later:
            journal.record(db, [e.LetterMoved(letter.id, "defer", reason, claim.attempt_id, retry_at=later)], now=now)
            return False
        seconds = office.policy.sending.reply_timeout_seconds + 60
        lease = now + timedelta(seconds=seconds)
        journal.record(db, [e.LetterMoved(letter.id, "transmit", attempt_id=claim.attempt_id, lease_until=lease)], now=now)
    return True


def consequences(office: Office, db, claim: Claim, mailbox: Mailbox, outcome: Outcome) -> list[e.Event]:
    """From the server's answer to events (STANDARDS §5.4)."""
    letter, now = claim.letter, office.now()
    lead = leads.get(db, letter.lead_id) if letter.lead_id is not None and letter.basis != "notice" else None
    token = {"attempt_id": claim.attempt_id}
    match outcome:
        case Accepted():
            events: list[e.Event] = [
                e.LetterMoved(
                    letter.id,
                    "accept",
                    **token,
                    smtp_code=outcome.code,
                    smtp_text=outcome.text,
                    provider_message_id=outcome.provider_id if "@" in outcome.provider_id else "",
                )
            ]
            if lead:
                events += after_sent(office, lead, letter)
            return events
        case Deferred():
            later = retry_at(letter.attempts + 1, now)
            told = now + outcome.retry_after if outcome.retry_after else now
            said = {"smtp_code": outcome.code, "smtp_text": outcome.text}
            if later:
                return [e.LetterMoved(letter.id, "defer", f"server:{outcome.phase}", **token, retry_at=max(later, told), **said)]
            # The table is used up: back to a person, who sees what the server said. A notice goes on by itself, slowly.
            return [
                e.LetterMoved(letter.id, "defer", "tried_too_often", **token, retry_at=now + BACK_OFF[-1], **said),
                *(object_to(office, db, letter, guards.Objection("revise", "tried_too_often")) if lead else []),
            ]
        case Refused() if outcome.account_problem:
            title = f"The server refuses our account {mailbox.name}: {outcome.text[:200]}"
            return [
                e.LetterMoved(
                    letter.id,
                    "defer",
                    "account_problem",
                    **token,
                    retry_at=now + timedelta(hours=1),
                    smtp_code=outcome.code,
                    smtp_text=outcome.text,
                ),
                e.SendingPaused(mailbox.name, "account_problem"),
                e.TaskOpened(next_id(db, "tasks"), None, "account", "", now, title),
            ]
        case Refused():
            events = [e.LetterMoved(letter.id, "refuse", outcome.phase, **token, smtp_code=outcome.code, smtp_text=outcome.text)]
            return events + (after_refusal(office, db, lead, letter, outcome) if lead else [])
        case Lost():
            events = [e.LetterMoved(letter.id, "lose", "no_answer", **token, retry_at=now + timedelta(minutes=1), smtp_text=outcome.text)]
            if lead:
                title = f"Did letter {letter.id} to {letter.recipient} arrive? The server did not answer"
                events.append(e.TaskOpened(next_id(db, "tasks"), lead.id, "in_doubt", lead.owner, now, title, outcome.text))
            return events
        case Withdrawn():
            return []  # begin_transmission has written down why


def after_sent(office: Office, lead, letter: Letter) -> list[e.Event]:
    """The wait for the next step begins now, unless the buyer's own doing has moved the lead on meanwhile."""
    events: list[e.Event] = []
    if lead.stage == "new" and letter.basis == "answer":
        events.append(e.StageChanged(lead.id, "talking"))
    if lead.round == letter.round and not lead.rest_reason:
        events.append(cadence.after_step(lead, letter.step, office.now(), office.policy))
    return events


def after_refusal(office: Office, db, lead, letter: Letter, outcome: Refused) -> list[e.Event]:
    """The address does not exist: never again. Any other refusal is for a person; the recipient did nothing wrong."""
    now = office.now()
    if outcome.hard and outcome.recipient in ("", letter.recipient):
        return [
            e.AddressSuppressed(
                next_id(db, "suppressions"),
                "hard_bounce",
                "global",
                None,
                letter.contact_id,
                letter.recipient,
                office.hash_address(letter.recipient),
                outcome.text[:300],
            ),
            e.CadenceEnded(lead.id, "bounced"),
            e.TaskOpened(
                next_id(db, "tasks"),
                lead.id,
                "bounce",
                lead.owner,
                now,
                f"{letter.recipient} does not exist: find another way to the buyer",
            ),
        ]
    title = f"The server refused letter {letter.id} to {letter.recipient}: {outcome.text[:200]}"
    return [
        e.TaskOpened(next_id(db, "tasks"), lead.id, "letter", lead.owner, now, title),
        e.WaitBegun(lead.id, "the server refused the letter; a person must look"),
    ]
