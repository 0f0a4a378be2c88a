"""People met at a trade show: which cadence they stand in, and when their thank-you goes (DOMAIN §2).

The important ones are thanked the same evening, on the fair's clock: their first step waits for nothing, and no ban or quiet hour
holds an answer. The others are written to a few days after the show, when they are home: their first wait is counted from its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailagent.core.deciding import cadence
from mailagent.core.model import events as e
from mailagent.core.model.lead import Lead
from mailagent.core.model.policy import Policy
from mailagent.core.model.rhythm import SHOW_CLASSES
from mailagent.errors import MailagentError


def begin(lead: Lead, show: str, show_class: str, ends_at: datetime, policy: Policy, now: datetime) -> list[e.Event]:
    """A person of a show's list begins the cadence of his class.

    Args:
        show: its name as a letter may say it ("Interzum 2027").
        show_class: one of ``SHOW_CLASSES``.
        ends_at: when the show is over, aware; the waits of those who are written to later are counted from it.

    Raises:
        MailagentError: there is no such class, or ``cadences.toml`` has no cadence for it.
    """
    if show_class not in SHOW_CLASSES:
        raise MailagentError(f'"{show_class}" is no class of people met at a show; known are: {", ".join(SHOW_CLASSES)}.')
    name = cadence.choose(lead.tier or 4, frozenset(), False, policy, show_class)
    steps = policy.cadences[name] if name else None
    if steps is None or show_class not in steps.shows:
        raise MailagentError(f'cadences.toml has no cadence with "{show_class}" among its shows.')
    # What one of us has set by hand beats the class that somebody wrote down at a booth.
    tier = lead.pinned_tier or min(lead.tier or 4, steps.at_least_tier or 4)
    events: list[e.Event] = [e.MetAtShow(lead.id, show, show_class, tier, ends_at)]
    if lead.tier != tier:
        events.append(e.TierMoved(lead.id, lead.tier or 0, tier))
    first = steps.step[0]
    met = lead.but(tier=tier, show=show, show_class=show_class, show_ends_at=ends_at, round=lead.round + 1, cadence=name)
    if first.after_working_days or first.after_hours:
        planned = cadence.plan(first, max(now, ends_at), met, policy, cadence.seed_of(met, 0))
        due, reason = planned.at, f"met at a show: {planned.reason}"
    else:
        due, reason = now, "met at a show: the same evening"
    return [*events, e.RoundBegun(lead.id, name, met.round, first.id, due, reason)]


@dataclass(frozen=True)
class Floor:
    """A tier below which people of some classes do not go as long as their show is fresh (DOMAIN §2).

    Attributes:
        since: it holds for those whose show was over after this time; None: for good.
    """

    classes: tuple[str, ...]
    tier: int
    since: datetime | None


def floors(policy: Policy, now: datetime) -> Iterator[Floor]:
    """What every class of a show is worth at least today."""
    for steps in policy.cadences.values():
        if steps.shows and steps.at_least_tier:
            since = now - timedelta(days=steps.at_least_days) if steps.at_least_days else None
            yield Floor(steps.shows, steps.at_least_tier, since)
