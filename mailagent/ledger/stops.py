"""Whoever must not be written to: what a suppression does at once, and what it takes to lift one.

There is one concept, the suppression, whoever asks for it: a mail of the buyer, a colleague at the desk or the terminal,
an imported list, an erasure. It takes effect in the transaction that writes it down: everything that waits for the address
is cancelled, copies to it fall away, and its matters have ended. The guards ask for it again at the claim and before the first byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlite_utils import Database

from mailagent.core.model import events as e
from mailagent.core.model.address import SENDABLE, match_key, registrable_domain
from mailagent.core.model.lead import Lead
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy
from mailagent.errors import MailagentError
from mailagent.ledger import leads, outbox, tasks
from mailagent.ledger.copies import drop
from mailagent.ledger.db import next_id
from mailagent.ledger.suppressions import matter_key

#: Why a person may silence an address, and the reason with which its matters end (STANDARDS §4.4).
ENDS = {"manual": "never_write", "unsubscribe": "unsubscribed", "complaint": "complaint", "legal": "legal", "erased": "erased"}
#: Wishes and orders: only a new consent of the person himself lifts them, and it must be recorded.
NEED_CONSENT = ("unsubscribe", "complaint", "legal", "erased")
#: A shorter account of a consent names neither when nor how he gave it, characters.
SHORTEST_EVIDENCE = 15


def checked(target: str, policy: Policy) -> str:
    """An address, or a domain written as ``@acme.example``, that can be silenced.

    Raises:
        MailagentError: it is neither; or a domain that would silence strangers (free mail) or ourselves.
    """
    target = target.strip()
    if not SENDABLE.fullmatch(f"x{target}" if target.startswith("@") else target):
        raise MailagentError(f'"{target[:100]}" is not a mail address.')
    if target.startswith("@"):
        domain = match_key(target)[1:]
        if registrable_domain(domain) in policy.freemail or domain in policy.freemail:
            raise MailagentError(f"{target} belongs to a provider of free mail: name the addresses instead.")
        if registrable_domain(domain) in policy.company.registrable_domains:
            raise MailagentError(f"{target} is our own domain.")
    return target


def silence(
    db: Database, targets: Sequence[str], reason: str, evidence: str, hash_address: Callable[[str], str], now: datetime
) -> list[e.Event]:
    """The events by which addresses (or whole domains) are silenced, with everything that follows at once.

    Args:
        targets: addresses, or domains as ``@acme.example``; what is silenced for this reason already stays as it is.
        reason: a name of ``ENDS``.
        evidence: who said so, when, in which words.
        now: when a letter that only copied such an address is planned anew, because it may speak of him who is erased.
    """
    hashes = {target: hash_address(target) for target in targets}
    live = {hashed for hashed in hashes.values() if _is_live(db, hashed, reason)}
    events: list[e.Event] = []
    for target, hashed in hashes.items():
        if hashed not in live:
            contact = _contact_id(db, target)
            number = next_id(db, "suppressions")
            events.append(
                e.AddressSuppressed(number, reason, "domain" if target[0] == "@" else "global", None, contact, target, hashed, evidence)
            )
            live.add(hashed)
    people = _people(db, targets)
    matters = [lead for person in people for lead in leads.of_contact(db, person)]
    events += _end(db, matters, targets, ENDS[reason], now)
    return events


def stop_by_link(
    db: Database, contact_id: int, lead_id: int | None, evidence: str, hash_address: Callable[[str], str], now: datetime
) -> list[e.Event]:
    """The events of a click on the link of a letter: all letters to its reader end, or those of one matter (STANDARDS §4.2, §4.4).

    Args:
        lead_id: the one matter that he chose; None for all letters.

    Returns:
        Nothing when it has taken effect before, however often he clicks, or when nobody is known under this number any more.
    """
    if has_stopped(db, contact_id, lead_id, hash_address):
        return []
    chosen = _matter(db, contact_id, lead_id)
    if chosen is None:
        return silence(db, [leads.contact(db, contact_id).email], "unsubscribe", evidence, hash_address, now)
    key, events = matter_key(chosen.id), []
    if not _is_live(db, key, "unsubscribe"):
        # Without his address: the row says which matter, and there is nothing in it to be erased one day.
        events.append(e.AddressSuppressed(next_id(db, "suppressions"), "unsubscribe", key, None, contact_id, "", key, evidence))
    return events + _end(db, [chosen], [], ENDS["unsubscribe"], now)


def stop_by_refusal(db: Database, letter: Letter, evidence: str, hash_address: Callable[[str], str]) -> list[e.Event]:
    """The events by which an address is given up that a server says does not exist: nothing goes to it in any of his matters.

    What rests already keeps its reason, and a question that is open about him stays open: he may write again.
    """
    number = next_id(db, "suppressions")
    hashed = hash_address(letter.recipient)
    events: list[e.Event] = [
        e.AddressSuppressed(number, "hard_bounce", "global", None, letter.contact_id, letter.recipient, hashed, evidence[:300])
    ]
    if letter.contact_id is None:
        return events
    events += [e.LetterMoved(waits.id, "cancel", "bounced") for waits in outbox.waiting_for(db, letter.contact_id)]
    his = [lead for lead in leads.of_contact(db, letter.contact_id) if lead.stage != "closed"]
    return events + [e.CadenceEnded(lead.id, "bounced") for lead in his if lead.id == letter.lead_id or not lead.rest_reason]


def has_stopped(db: Database, contact_id: int, lead_id: int | None, hash_address: Callable[[str], str]) -> bool:
    """Whether his wish is on record and nothing waits any more, so that another click changes nothing. It only reads."""
    contact = leads.contact(db, contact_id)
    if contact is None or contact.status == "erased":
        return True
    chosen = _matter(db, contact_id, lead_id)
    said = _is_live(db, hash_address(contact.email), "unsubscribe")
    if chosen is not None:
        said = said or _is_live(db, matter_key(chosen.id), "unsubscribe")
    # Asked for every click, however often one person clicks: it costs as much as waits for him, and not what waits for all.
    his = outbox.waiting_for(db, contact_id) if said else []
    return said and not any(chosen is None or letter.lead_id == chosen.id for letter in his)


def _matter(db: Database, contact_id: int, lead_id: int | None) -> Lead | None:
    """The matter of this number if it is his; one that is not his stands for all of his letters."""
    lead = leads.get(db, lead_id) if lead_id is not None else None
    return lead if lead and lead.contact_id == contact_id else None


def _is_live(db: Database, hashed: str, reason: str) -> bool:
    row = db.execute("SELECT 1 FROM suppressions WHERE key_hash = ? AND reason = ? AND lifted_at IS NULL", [hashed, reason]).fetchone()
    return row is not None


def _end(db: Database, matters: list, targets: Sequence[str], reason: str, now: datetime) -> list[e.Event]:
    """Cancel what waits for these people, end their matters, and answer the questions that were open about them."""
    ended = {lead.id for lead in matters}
    events: list[e.Event] = []
    for letter in outbox.waiting(db):
        if letter.lead_id in ended or is_meant(letter.recipient, targets):
            events.append(e.LetterMoved(letter.id, "cancel", reason))
        elif gone := {copy: reason for copy in letter.cc if is_meant(copy, targets)}:
            if reason == ENDS["erased"]:
                events += [e.LetterMoved(letter.id, "cancel", reason), *plan_again(db, letter, now)]
            else:
                events += drop(db, letter, gone, now)
    for lead in matters:
        events.append(e.CadenceEnded(lead.id, reason))
        if lead.hold_reason == "unsubscribe_review":
            events.append(e.LeadResumed(lead.id, None, ""))
            events += [e.TaskDone(number) for number in tasks.open_of_kind(db, lead.id, "unsubscribe_review")]
    return events


def plan_again(db: Database, letter: Letter, now: datetime) -> list[e.Event]:
    """Only a copy would have gone to him who is erased: the one whom the letter was for still gets it, drafted anew without his traces."""
    lead = leads.get(db, letter.lead_id) if letter.lead_id is not None else None
    if lead is None or lead.round != letter.round or lead.rest_reason:
        return []
    due = max(now, letter.planned_at)
    return [e.StepPlanned(lead.id, letter.step, due, "a copy would have gone to somebody who wants no letters")]


def lift(db: Database, target: str, evidence: str, hash_address: Callable[[str], str]) -> list[e.Event]:
    """The events by which an address may be written to again. His matters stay ended until he writes, or a person goes on.

    Raises:
        MailagentError: it is not silenced; or he asked for silence himself, and the new consent is not on record.
    """
    keys = [hash_address(target), *(matter_key(lead.id) for person in _people(db, [target]) for lead in leads.of_contact(db, person))]
    query = "SELECT reason, key_hash FROM suppressions WHERE key_hash = ? AND lifted_at IS NULL"
    rows = [row for key in keys for row in db.execute(query, [key]).fetchall()]
    if not rows:
        raise MailagentError(f"{target} is not suppressed.")
    reasons, said = [row[0] for row in rows], " ".join(evidence.split())
    if not said:
        raise MailagentError("Say with --evidence why it may be written to again.")
    if any(reason in NEED_CONSENT for reason in reasons) and len(said) < SHORTEST_EVIDENCE:
        raise MailagentError(f"{target} asked for silence: only his own new consent lifts it. Say when and how he gave it.")
    return [
        e.SuppressionLifted(reason, "opt_in" if reason in NEED_CONSENT else "by_hand", hashed, said[:500])
        for reason, hashed in dict.fromkeys((row[0], row[1]) for row in rows)
    ]


def is_meant(address: str, targets: Sequence[str]) -> bool:
    """Is this address one of the targets, or does its domain lie below one of them?"""
    key = match_key(address)
    domain = key.rpartition("@")[2]
    for target in targets:
        wanted = match_key(target)
        if key == wanted or wanted[:1] == "@" and (domain == wanted[1:] or domain.endswith("." + wanted[1:])):
            return True
    return False


def _contact_id(db: Database, target: str) -> int | None:
    row = db.execute("SELECT id FROM contacts WHERE match_key = ?", [match_key(target)]).fetchone()
    return row[0] if row else None


def _people(db: Database, targets: Sequence[str]) -> list[int]:
    """The contacts behind the targets. A domain is looked for in all of them: people do that seldom."""
    found = [number for target in targets if (number := _contact_id(db, target)) is not None]
    domains = [target for target in targets if target.startswith("@")]
    if domains:
        everybody = db.execute("SELECT id, email FROM contacts WHERE status <> 'erased'")
        found += [row["id"] for row in everybody if is_meant(row["email"], domains)]
    return list(dict.fromkeys(found))
