"""Leads change hands: one by one, or all that a leaver had (DOMAIN §7)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from mailagent.core.model import events as e
from mailagent.core.model.lead import Lead
from mailagent.core.model.outbox import Letter, content_hash
from mailagent.core.model.policy import Person, Policy
from mailagent.core.writing.resign import re_sign
from mailagent.errors import MailagentError
from mailagent.ledger import leads, outbox, tasks
from mailagent.ledger.db import next_id
from mailagent.ledger.leads import LEAD, as_lead


@dataclass(frozen=True)
class Handover:
    """What goes from one person to another.

    Attributes:
        leads: his open ones; closed: how many others go along, so that a buyer who comes back finds the new one.
        promises: of the tasks, those that we promised somebody.
        drafts, approved: letters that are re-signed; the approvals of the second are void, and what a worker has just claimed of them
            is taken out of his hands.
        on_their_way: letters whose text has begun to leave under the old name.
        introduced: the leads whose buyers get a letter that introduces the new one, one a buyer.
    """

    leaver: str
    successor: Person
    leads: tuple[Lead, ...]
    closed: tuple[int, ...]
    companies: tuple[int, ...]
    tasks: tuple[dict, ...]
    drafts: tuple[Letter, ...]
    approved: tuple[Letter, ...]
    on_their_way: int
    introduced: tuple[Lead, ...]

    @property
    def promises(self) -> tuple[dict, ...]:
        return tuple(task for task in self.tasks if task["kind"] == "promise")


def person_of(name: str, policy: Policy) -> Person:
    """Somebody of ours by name. Raises ``MailagentError`` with everybody's names."""
    person = policy.person(name)
    if person is None:
        raise MailagentError(f'"{name[:80]}" is nobody of mailagent.toml. Use one of: {", ".join(p.name for p in policy.people)}')
    return person


def plan(db: Database, leaver: str, successor: str, policy: Policy) -> Handover:
    """What would go from one person to another.

    Raises:
        MailagentError: nobody of that name, now or ever; nothing to hand over; or twice the same.
    """
    known, new = policy.person(leaver), person_of(successor, policy)
    name = known.name if known else leaver
    if name == new.name:
        raise MailagentError("Name two different people.")
    his = [as_lead(row) for row in db.execute(f"{LEAD} WHERE l.owner = ? ORDER BY l.id", [name])]
    companies = [row[0] for row in db.execute("SELECT id FROM companies WHERE owner = ?", [name])]
    open_tasks = tasks.open_tasks(db, owner=name)
    letters = [one for one in outbox.waiting(db) if one.author == name] + _claimed(db, "author = ?", name)
    if not (his or companies or open_tasks or letters):
        if known is None:
            person_of(leaver, policy)
        raise MailagentError(f"{name} has nothing to hand over.")
    open_leads = [lead for lead in his if lead.stage != "closed"]
    return Handover(
        name,
        new,
        tuple(open_leads),
        tuple(lead.id for lead in his if lead.stage == "closed"),
        tuple(companies),
        tuple(open_tasks),
        tuple(one for one in letters if one.state == "drafted"),
        tuple(one for one in letters if one.state != "drafted"),
        _on_their_way(db, name),
        tuple(_introduced(open_leads)),
    )


def _on_their_way(db: Database, name: str) -> int:
    query = "SELECT COUNT(*) FROM outbox WHERE state IN ('transmitting', 'in_doubt') AND author = ?"
    return db.execute(query, [name]).fetchone()[0]


def _claimed(db: Database, where: str, value: object) -> list[Letter]:
    """Letters to buyers that a worker has taken and not yet begun to hand over: he waits for the server's answer, or stands still."""
    query = f"SELECT id FROM outbox WHERE {outbox.UNDER_WAY} AND state = 'claimed' AND basis <> 'notice' AND {where} ORDER BY id"
    rows = db.execute(query, [value]).fetchall()
    return [letter for row in rows if (letter := outbox.get(db, row[0]))]


def _introduced(open_leads: list[Lead]) -> list[Lead]:
    """One lead of each buyer whom we have written to and who is still followed: the newest."""
    newest = {lead.contact_id: lead for lead in open_leads if lead.outbound_count and not lead.rest_reason and lead.fraud != "likely"}
    return list(newest.values())


def events_of(db: Database, what: Handover, policy: Policy) -> list[e.Event]:
    """The events by which it happens."""
    events: list[e.Event] = []
    for number in (*(lead.id for lead in what.leads), *what.closed):
        events.append(e.LeadReassigned(number, what.successor.name, "handover"))
    events += [e.CompanyReassigned(number, what.successor.name) for number in what.companies]
    events += [e.TaskMoved(task["id"], None, what.successor.name) for task in what.tasks]
    former = policy.person(what.leaver) or nobody(what.leaver)
    for letter in (*what.drafts, *what.approved):
        events += re_signed(letter, former, what.successor)
    for lead in what.introduced:
        events.append(e.LetterWanted(next_id(db, "letters_wanted"), lead.id, "introduction", what.successor.name, what.leaver))
    events.append(e.CalendarKeySet(what.leaver))
    return events


def change_hands(db: Database, lead: Lead, person: Person, reason: str, policy: Policy) -> list[e.Event]:
    """A lead with its tasks and letters goes to somebody; what was approved under another signature is a draft again."""
    former = policy.person(lead.owner) or nobody(lead.owner)
    events: list[e.Event] = [e.LeadReassigned(lead.id, person.name, reason)]
    events += [e.TaskMoved(task["id"], None, person.name) for task in tasks.open_tasks(db, lead_id=lead.id) if task["owner"] == lead.owner]
    for letter in (*outbox.cancellable(db, lead.id), *_claimed(db, "lead_id = ?", lead.id)):
        if letter.author != person.name:
            events += re_signed(letter, former, person)
    company = leads.company(db, lead.company_id)
    if company and company.owner and company.owner != person.name:
        events.append(e.CompanyReassigned(company.id, person.name))
    return events


def re_signed(letter: Letter, former: Person, new: Person) -> list[e.Event]:
    """The approval is void, and the draft bears the new signature.

    The claim of a worker ends with it: he asks for his token once more before the first byte, and finds it gone.
    """
    events: list[e.Event] = []
    if letter.state == "claimed":
        events.append(e.LetterMoved(letter.id, "defer", "handover", letter.attempt_id, retry_at=letter.planned_at))
    if letter.state in ("approved", "claimed"):
        events.append(e.LetterMoved(letter.id, "revise", "handover"))
    body = re_sign(letter.body, former, new)
    return [
        *events,
        e.LetterReSigned(letter.id, new.name, content_hash(letter.recipient, letter.cc, letter.subject, body, letter.footer), body),
    ]


def nobody(name: str) -> Person:
    """Who is gone from mailagent.toml: only his name is left."""
    return Person.model_construct(
        name=name, email="", role="sales", title="", phone="", language="en", buyer_languages=(), takes_leads=False
    )
