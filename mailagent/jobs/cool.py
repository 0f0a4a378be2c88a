"""Silence → a lower tier, slowly: who has not written for months is no longer as near to an order as he was (DOMAIN §1).

Who was met at a show has the tier of his class for a while, and does not cool below it; then what he has said himself counts (DOMAIN §2).
"""

from __future__ import annotations

from datetime import timedelta

from mailagent.core.deciding import shows
from mailagent.core.model import events as e
from mailagent.core.model.lead import Score, Signal
from mailagent.core.scoring import lifetime
from mailagent.core.scoring import tier as tiers
from mailagent.core.scoring.lifetime import COOLED, SHOW_OVER, faded
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
    before, kept = now - timedelta(days=rule.cools_after_days), tuple(shows.floors(office.policy, now))
    while True:
        with office.ledger.transaction() as db:
            silent = leads.silent(db, before, rule.cools, AT_ONCE, kept)
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


# ── met at a show ───────────────────────────────────────────────────────────────────────────────────────────────


def end_of_shows(office: Office) -> int:
    """Let those go one tier down whose show is long over and who have said nothing that earns its tier; how many."""
    now, moved = office.now(), 0
    for floor in shows.floors(office.policy, now):
        if floor.since is None:
            continue
        with office.ledger.transaction() as db:
            for number in leads.past_show(db, floor, AT_ONCE * 10):
                lead = leads.get(db, number)
                if earned(office, lead) > lead.tier:
                    journal.record(db, after_show(lead, leads.standing(db, lead)), now=now)
                    moved += 1
    return moved


def earned(office: Office, lead) -> int:
    """The tier that his own mails earn, as far as they are remembered."""
    said = lifetime.recall(lifetime.read(lead.memory), office.now(), office.policy, ())
    there = tiers.evidence(lifetime.as_reasons(said), lead.inbound_count + lead.outbound_count, office.policy)
    return tiers.by_rules(there, office.policy)[0]


def after_show(lead, standing: leads.Standing) -> list[e.Event]:
    """One tier lower, because the show at which he was met is long over."""
    reason, tier = Signal(SHOW_OVER, "history", 0.0, f"met at {lead.show}"), lead.tier + 1
    score = Score(standing.fit, standing.engagement, tier, (), (reason,), standing.abcd, lead.fraud)
    return [
        e.LeadScored(lead.id, None, tier, standing.fit, standing.engagement, lead.fraud, standing.abcd, score),
        e.TierMoved(lead.id, lead.tier, tier),
    ]
