"""Silence → a lower tier, slowly: who has not written for months is no longer as near to an order as he was (DOMAIN §1)."""

from __future__ import annotations

from datetime import timedelta

from mailagent.core.model import events as e
from mailagent.core.model.lead import Score, Signal
from mailagent.core.scoring.lifetime import COOLED, faded
from mailagent.ledger import journal, leads
from mailagent.office import Office

AT_ONCE = 200


def cool(office: Office) -> int:
    """Let silent leads go one tier down; how many. No letter is stopped or sent because of it.

    Customers, pinned leads, held ones and those with a date of their own stay as they are.
    """
    rule, now, cooled = office.policy.lifetime, office.now(), 0
    if not rule.cools_after_days or not rule.cools:
        return 0
    before = now - timedelta(days=rule.cools_after_days)
    while True:
        with office.ledger.transaction() as db:
            silent = leads.silent(db, before, rule.cools, AT_ONCE)
            for one in silent:
                journal.record(db, down(one, (now - one.heard_at).days, office), now=now)
        cooled += len(silent)
        if len(silent) < AT_ONCE:
            return cooled


def down(lead: leads.Silent, days: int, office: Office) -> list[e.Event]:
    """One tier lower, with the reason."""
    reason = Signal(COOLED, "history", 0.0, f"no mail since {lead.heard_at:%Y-%m-%d}")
    tier, engagement = lead.tier + 1, round(faded(lead.engagement, days, office.policy), 1)
    score = Score(lead.fit, engagement, tier, (), (reason,), lead.abcd, lead.fraud)
    return [
        e.LeadScored(lead.id, None, tier, lead.fit, engagement, lead.fraud, lead.abcd, score),
        e.TierMoved(lead.id, lead.tier, tier),
    ]
