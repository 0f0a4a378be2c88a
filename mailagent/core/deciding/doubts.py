"""What follows from a doubt beside the grade: the alarm about an account, and matters that hang together (DOMAIN §6)."""

from __future__ import annotations

from mailagent.core.deciding.case import Case, task
from mailagent.core.model import events as e
from mailagent.core.model.lead import Lead
from mailagent.core.scoring.fraud import same_region

#: He tells a new account, or asks whether ours is new: both are answered by telephone.
ACCOUNT = frozenset(("bank_change", "new_payee", "asks_about_account"))


def speaks_of_account(case: Case) -> bool:
    """Whether the mail is about a bank account that is not the one we know."""
    doubts = {signal.name for signal in case.score.fraud_reasons} if case.score else frozenset()
    return not ACCOUNT.isdisjoint(case.fact_names | doubts)


def alarm_about_account(case: Case, lead: Lead) -> list[e.Event]:
    """Somebody speaks of a new bank account: nothing goes to that company until a person has called (DOMAIN §6)."""
    said = (*case.facts, *(case.score.fraud_reasons if case.score else ()))
    words = next((one.evidence for one in said if one.name in ACCOUNT), "")
    title = "A new bank account is spoken of: call him on a number you already have before anything else"
    held = {lead.id, *(other.id for other in case.known.related_leads)}
    return [*(e.LeadHeld(number, "bank_change") for number in sorted(held)), task(case, lead, "fraud", title, words)]


def link_same_requests(case: Case, lead: Lead) -> list[e.Event]:
    """The same request came from other mailboxes of that region: both matters show it, and one person looks at them once (DOMAIN §6)."""
    if case.score is None:
        return []
    doubt = next((signal for signal in case.score.fraud_reasons if signal.name == "price_fishing"), None)
    if doubt is None:
        return []
    alike = same_region(case.facts, case.known.doubts.same_requests)
    if not alike:
        return []
    words = f"the same request came from {case.message.sender.email} (lead {lead.id})"
    events: list[e.Event] = [e.LeadsLinked(lead.id, one.lead_id, doubt.name, doubt.group, doubt.points, words) for one in alike]
    if not any(one.is_linked for one in alike):
        title = "The same request came from several mailboxes: compare them before you quote"
        events.append(task(case, lead, "fraud", title, doubt.evidence))
    return events
