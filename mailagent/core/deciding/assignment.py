"""Who works on a new lead, and why (DOMAIN §7): same buyer, same company, who passed it on, the buyer's language, then in turn."""

from __future__ import annotations

from mailagent.core.model.known import Known
from mailagent.core.model.policy import Policy


def assign(known: Known, policy: Policy, language: str, *, forwarded_by: str = "") -> tuple[str, str]:
    """The owner of a new lead.

    Args:
        forwarded_by: the address of the colleague who passed the mail on; "" if it came by itself.
    Returns:
        The person's name and the reason as an enumeration; two empty strings if the company names no people.
    """
    if known.contact_lead and policy.person(known.contact_lead.owner):
        return known.contact_lead.owner, "same_buyer"
    if known.company_lead and policy.person(known.company_lead.owner):
        return known.company_lead.owner, "same_company"
    if known.company and policy.person(known.company.owner):
        return known.company.owner, "same_company"
    forwarder = policy.person(forwarded_by) if forwarded_by else None
    if forwarder and forwarder.takes_leads and forwarder.role == "sales":
        return forwarder.name, "forwarded"
    takers = [person for person in policy.people if person.takes_leads and person.role == "sales"] or list(policy.people)
    if not takers:
        return "", ""
    speakers = [person for person in takers if language and language in person.buyer_languages]
    load = dict(known.owners_load)
    chosen = min(speakers or takers, key=lambda person: (load.get(person.name, 0), takers.index(person)))
    return chosen.name, "language" if speakers else "in_turn"
