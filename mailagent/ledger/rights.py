"""Who may decide about what belongs to somebody else (DOMAIN §7).

Stopping is open to everybody, for it harms nobody: whoever sees trouble pauses a lead or all sending. Letting something go on, and giving
a lead away, is the affair of its owner, of who stands in for him while he is away, and of the manager; a pause may also be ended by whoever
began it, and what lies in the pool be taken by whoever is free. A company without a manager trusts everybody.
"""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from mailagent.core.model.lead import Lead
from mailagent.core.model.policy import Person, Policy
from mailagent.errors import MailagentError
from mailagent.ledger import people


def decides_alone(person: Person, policy: Policy) -> bool:
    """Whether nothing here is another's for this person: he is the manager or deputy, or the company has none."""
    return person.may_approve_everything or not policy.managers


def is_his(db: Database, lead: Lead, person: Person, policy: Policy, now: datetime) -> bool:
    """Whether a person decides about a lead: his own, that of an absent colleague for whom he stands in, or anybody's for the manager."""
    return decides_alone(person, policy) or lead.owner in (person.name, *people.list_of(db, person, policy, now))


def may_give(db: Database, lead: Lead, to: Person, person: Person, policy: Policy, now: datetime) -> bool:
    """Whether a person gives a lead to another: his own, or one of the pool to himself."""
    return is_his(db, lead, person, policy, now) or (not lead.owner and to.name == person.name)


def may_let_go_on(db: Database, lead: Lead, person: Person, policy: Policy, now: datetime) -> bool:
    """Whether a person ends the hold of a lead: of his own, or a pause of his own. One in the pool is nobody's, so anybody may.

    A pause is his own only if nobody else has held the lead since it last went on: pausing once more takes nothing away from another.
    """
    if not lead.owner or is_his(db, lead, person, policy, now):
        return True
    if lead.hold_reason != "paused":
        return False
    began = "COALESCE((SELECT MAX(id) FROM events WHERE lead_id = ?1 AND type = 'LeadResumed'), 0)"
    held = db.execute(f"SELECT DISTINCT actor FROM events WHERE lead_id = ?1 AND type = 'LeadHeld' AND id > {began}", [lead.id])
    return [row[0] for row in held] == [person.name]


def check_giving(db: Database, lead: Lead, to: Person, person: Person, policy: Policy, now: datetime) -> None:
    """Raises ``MailagentError``: the lead is another's, or lies in the pool and would go to a third."""
    if may_give(db, lead, to, person, policy, now):
        return
    if not lead.owner:
        raise MailagentError(f"Lead {lead.id} lies in the pool: take it yourself, or ask the manager to give it to somebody.")
    raise MailagentError(f"Lead {lead.id} is {lead.owner}'s. Only its owner or the manager gives it to somebody else.")


def check_going_on(db: Database, lead: Lead, person: Person, policy: Policy, now: datetime) -> None:
    """Raises ``MailagentError``: the lead is another's, and another held it."""
    if not may_let_go_on(db, lead, person, policy, now):
        raise MailagentError(f"Lead {lead.id} is {lead.owner}'s. Only its owner or the manager lets it go on.")


def why_not_sending(db: Database, scope: str, person: Person, policy: Policy) -> str:
    """Why this person may not let sending go on, and who may; "" if he may: who paused it himself, or owns the mailbox that was refused.

    Args:
        scope: "all", a mailbox, or "@domain".
    """
    mailbox = policy.mailbox(scope)
    row = db.execute("SELECT actor FROM switches WHERE name = ? AND value = 'on'", [f"paused:{scope}"]).fetchone()
    his = {row[0] if row else "", mailbox.owner if mailbox else ""}
    if decides_alone(person, policy) or person.name in his:
        return ""
    if mailbox and mailbox.owner:
        return f"Only {mailbox.owner} or the manager lets sending from the mailbox {mailbox.name} go on."
    return "Only the manager, or who paused it, lets sending go on."


def check_sending(db: Database, scope: str, person: Person, policy: Policy) -> None:
    """Raises ``MailagentError``: this person may not let sending go on; it says who may (``why_not_sending``)."""
    if why := why_not_sending(db, scope, person, policy):
        raise MailagentError(why)
