"""Whether now is the time for a follow-up: asked once more when it is claimed, because what was planned may have become false.

The buyer's hours and days, holidays and blackouts there, our own closed house, how much its author has sent in the last hour, whether
letters pile up after a standstill, and whether we have seen what our own people wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mailagent.core.deciding import clock, limits, obstacles, slots
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy

#: A letter that could have gone so long ago waits in a row with others, and they go one after another.
A_STANDSTILL = timedelta(hours=1)
#: Why a letter is ready again that was claimed with the letter before it, which met something: it has waited for nothing.
BEFORE_ITS_TURN = "before_its_turn"


@dataclass(frozen=True)
class Timing:
    """What the ledger says about the time of a follow-up.

    Attributes:
        zone, region, source: of the buyer's clock; "" where only his country is known.
        quiet_days: whether the first and last working day of his week are closed to this letter.
        of_author: what the letter's author has sent in the last hour; None without a limit.
        catching_up: what the account has sent in the last hour, against the limit for letters that are late; None for others.
        unseen: a mailbox whose Sent folder has not been seen for days, so that nobody knows what its owner wrote; "" if there is none.
    """

    zone: str = ""
    region: str = ""
    source: str = ""
    quiet_days: bool = True
    of_author: limits.Count | None = None
    catching_up: limits.Count | None = None
    unseen: str = ""


@dataclass(frozen=True)
class Untimely:
    """Why not now, and when to ask again; ``is_stale``: a person must look at the letter first."""

    reason: str
    retry_at: datetime
    is_stale: bool = False


def untimely(letter: Letter, country: str, timing: Timing, policy: Policy, now: datetime) -> Untimely | None:
    """The first reason why a follow-up does not go now; None if it may."""
    if timing.unseen:
        return Untimely("sent_unseen", now + timedelta(hours=1))
    for count in (timing.of_author, timing.catching_up if is_late(letter, now) else None):
        if count and (at := count.frees_at(now)):
            return Untimely(count.limit.reason, at)
    buyer = clock.buyer_clock(country, policy, zone=timing.zone, region=timing.region, source=timing.source)
    asked = obstacles.Asked(letter.recipient, timing.quiet_days)
    found = obstacles.find(now, obstacles.scene_of(buyer, policy, asked))
    if found is None:
        return None
    try:
        at = slots.find(slots.Wish(now, asked=asked), buyer, policy, letter.ulid).at
    except slots.NoTimeLeft:
        return Untimely("no_time_left", now + timedelta(days=1), is_stale=True)
    if at - letter.planned_at > timedelta(days=policy.calendar.late_days):
        # What was true when it was approved may not be true by then (STANDARDS §8.5).
        return Untimely("moved_too_far", at, is_stale=True)
    return Untimely(found.code, at)


def is_late(letter: Letter, now: datetime) -> bool:
    """Whether it waits in a row with others, after a standstill."""
    if letter.next_attempt_at is not None and now - letter.next_attempt_at > A_STANDSTILL:
        return True
    # What came to the end of a standstill at night, or on his Sunday, was put off to the same morning as all the others.
    return letter.state_reason not in ("", BEFORE_ITS_TURN) and now - letter.planned_at > A_STANDSTILL


def hourly_of_author(policy: Policy) -> limits.Limit | None:
    """How many follow-ups one of us sends in an hour: what he could have written by hand (DOMAIN §4)."""
    most = policy.sending.follow_ups_per_hour_per_person
    return limits.Limit("person_quota", limits.HOUR, most) if most else None


def catch_up(policy: Policy) -> limits.Limit:
    """How many letters leave an account in an hour when they have piled up (STANDARDS §8.9)."""
    return limits.Limit("catch_up", limits.HOUR, policy.sending.catch_up_per_hour)
