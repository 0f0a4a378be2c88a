"""What would be sent to whom and when, if nobody answered: the ledger is read, nothing is written and nothing is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from mailagent.core.deciding import foresight, law
from mailagent.core.deciding.foresight import Simulation, Start, Traffic
from mailagent.core.model.lead import Lead
from mailagent.ledger import law as matter
from mailagent.ledger import leads, timing
from mailagent.office import Office


def simulate(
    office: Office,
    days: int,
    *,
    lead_id: int | None = None,
    owner: str = "",
    most: int = 0,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Simulation:
    """Walk every open lead through its cadence.

    Args:
        days: so far ahead.
        lead_id, owner: only this lead, only this person's.
        most: of a whole house that has more, only so many leads, those whose next step comes first; 0 looks at all.
        tell: told how many leads were read, then how many were walked through, and of how many.
    """
    now = office.now()
    starts: list[Start] = []
    silent: Counter[str] = Counter()
    with office.ledger.reading() as db:
        total = 1 if lead_id is not None else timing.count_open(db, owner)
        companies = timing.recent_of_all(db, now)
        is_cut = 0 < most < total and lead_id is None and not owner
        chosen = timing.first_open(db, most) if is_cut else timing.open_leads(db, owner, lead_id)
        looked_at = most if is_cut else total
        for done, lead in enumerate(chosen, 1):
            start = start_of(office, db, lead)
            if start.at is None:
                silent[start.why_not] += 1
            else:
                starts.append(start)
            if done % 100 == 0 or done == looked_at:
                tell(done, looked_at)
    end = now + timedelta(days=days)
    happens = foresight.foresee(starts, office.policy, now, end, Traffic(office.policy, companies), tell)
    return Simulation(now, end, tuple(happens), dict(silent), len(starts) + sum(silent.values()), total)


def start_of(office: Office, db, lead: Lead) -> Start:
    """Where a lead stands now, and when it goes on."""
    policy = office.policy
    author = policy.person(lead.owner) or next(iter(policy.people), None)
    account = (policy.mailbox(leads.account_written_to(db, lead.id)) or next(iter(policy.mailboxes), None)) if policy.mailboxes else None
    at, reason, why_not, step = lead.next_due_at, lead.due_reason, "", lead.step
    if waits := timing.waiting_letter(db, lead.id):
        step, at, _, _ = waits
        reason = lead.due_reason
    if lead.hold_reason:
        at = max(lead.held_until, at or lead.held_until) if lead.held_until and (at or step) else None
        why_not = "" if at else lead.hold_reason
    if at is None:
        why_not = why_not or lead.due_reason or "not planned"
    applied = law.applied(matter.facts_of(db, lead), policy)
    return Start(
        # What his mails said is remembered in a text that no step asks for; a hundred thousand of them would fill the memory.
        lead.but(step=step, next_due_at=at, memory=""),
        at,
        reason,
        why_not,
        account.name if account else "",
        author.name if author else "",
        applied,
    )
