"""What the ledger says about a matter, as far as the law asks: where the buyer is, when he asked, bought, and was written to."""

from __future__ import annotations

import json
from datetime import datetime

from sqlite_utils import Database

from mailagent.core.deciding.law import LawFacts, applied, asks_purchases
from mailagent.core.model.lead import Lead
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy
from mailagent.ledger import leads
from mailagent.ledger.db import from_text

#: Letters that went, may have gone, or are on their way.
COUNTED = "('claimed', 'transmitting', 'in_doubt', 'sent', 'bounced')"


def facts_of(db: Database, lead: Lead, but_letter: int = 0) -> LawFacts:
    """The facts of one matter at this moment.

    Args:
        but_letter: the letter that is asked about; it does not count against itself.
    """
    contact = leads.contact(db, lead.contact_id)
    countries = tuple(dict.fromkeys(one for one in (lead.country, contact.country if contact else "") if one))
    asked = lead.last_inbound_at or lead.opened_at
    return _facts(db, lead.id, lead.round, lead.company_id, countries, lead.country, asked, but_letter)


def _facts(
    db: Database,
    lead_id: int,
    round_: int,
    company_id: int,
    countries: tuple[str, ...],
    country: str,
    asked: datetime,
    but_letter: int,
    purchases: bool = True,
) -> LawFacts:
    count = db.execute(
        f"SELECT COUNT(*) FROM outbox WHERE lead_id = ? AND round = ? AND basis = 'follow_up' AND state IN {COUNTED} AND id <> ?",
        [lead_id, round_, but_letter],
    ).fetchone()[0]
    bought = leads.business_of(db, company_id).last_at if purchases else None
    return LawFacts(countries or ("",), _sureness(db, lead_id, country) if countries else "", asked, bought, count)


def _sureness(db: Database, lead_id: int, country: str) -> str:
    """How sure the surest mail of the matter is of the country; "" where none of them says it."""
    said = []
    rows = db.execute("SELECT facts FROM inbound WHERE lead_id = ? AND kind IN ('inquiry', 'reply') ORDER BY id DESC LIMIT 20", [lead_id])
    for row in rows:
        facts = {fact[0]: fact[1] for fact in json.loads(row["facts"])}
        if facts.get("country") == country and facts.get("country_source"):
            said.append(facts["country_source"].rpartition(" ")[2])
    return next((one for one in ("sure", "likely", "guess") if one in said), "")


def objections(db: Database, letter: Letter, lead, now: datetime, policy: Policy) -> dict:
    """What the law says against sending a follow-up now, as two fields of ``guards.SendFacts``.

    Args:
        lead: a row with lead_id, round, company_id, country, opened_at, last_inbound_at, and the person's country as contact_country.
    """
    countries = tuple(dict.fromkeys(one for one in (lead["country"], lead["contact_country"]) if one))
    asked = from_text(lead["last_inbound_at"] or lead["opened_at"])
    # It is asked for every letter, and most countries do not ask what was bought.
    purchases = asks_purchases(countries, policy)
    facts = _facts(db, lead["lead_id"], lead["round"], lead["company_id"], countries, lead["country"], asked, letter.id, purchases)
    limits = applied(facts, policy)
    return {"law": limits.objection(now), "quiet_until": limits.quiet_until(now, policy)}
