"""Reasons not to send now. Asked three times: when a letter is claimed, again between the server's 354 and the first
byte of text, and when a person approves.

An objection names what becomes of the letter:

    cancel      the reason will not go away (he answered, he asked us to stop)
    revise      a person must look again (the approval is too old)
    postpone    later (outside his hours, a quota, a pause)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mailagent.core.deciding import clock
from mailagent.core.model.address import is_masked
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy


@dataclass(frozen=True)
class SendFacts:
    """What the ledger says about a letter at this moment.

    Attributes:
        suppressed: why the recipient (or a copy) must not be written to; "" if he may.
        heard_from_buyer: a mail of the buyer was handled after the letter was drafted.
        mail_waiting: mail of this account was fetched and not yet read; it might be his answer.
        follow_ups_to_company: unanswered follow-ups to the company in 1, 7 and 30 days.
    """

    text_is_as_approved: bool = True
    suppressed: str = ""
    paused: str = ""
    hold_reason: str = ""
    rest_reason: str = ""
    fraud: str = "none"
    contact_status: str = "active"
    heard_from_buyer: bool = False
    colleague_answered: bool = False
    mail_waiting: bool = False
    follow_ups_to_company: tuple[int, int, int] = (0, 0, 0)
    sent_last_hour: int = 0
    sent_last_day: int = 0
    last_sent_at: datetime | None = None
    local_zone_country: str = ""


@dataclass(frozen=True)
class Objection:
    """Why a letter does not go now, and what becomes of it."""

    verb: str
    reason: str
    retry_at: datetime | None = None


def objection(letter: Letter, facts: SendFacts, policy: Policy, now: datetime) -> Objection | None:
    """The first reason against sending this letter now; None if it may go.

    Notices to our own people only ask for the pause of their account.
    """
    return stop(letter, facts) or stale(letter, facts, policy, now) or wait(letter, facts, policy, now)


def stop(letter: Letter, facts: SendFacts) -> Objection | None:
    """Reasons that end the letter for good (DOMAIN §4: stop at once)."""
    if letter.basis == "notice":
        return None
    if is_masked(letter.recipient):
        # It only stands for a buyer whose own address a platform hides: nothing can arrive there.
        return Objection("cancel", "masked_address")
    if facts.suppressed:
        return Objection("cancel", f"suppressed:{facts.suppressed}")
    if facts.fraud == "likely":
        return Objection("cancel", "fraud")
    if facts.contact_status != "active":
        return Objection("cancel", f"contact_{facts.contact_status}")
    if facts.heard_from_buyer:
        return Objection("cancel", "buyer_wrote")
    if facts.colleague_answered:
        return Objection("cancel", "colleague_answered")
    # Whoever of us stopped the lead meant its answer as well; where anything else ended it, an answer may still be owed.
    if facts.rest_reason == "stopped" or facts.rest_reason and letter.basis == "follow_up":
        return Objection("cancel", f"ended:{facts.rest_reason}")
    return None


def stale(letter: Letter, facts: SendFacts, policy: Policy, now: datetime) -> Objection | None:
    """Approvals that no longer count."""
    if letter.basis == "notice":
        return None
    if not facts.text_is_as_approved:
        return Objection("revise", "text_changed")
    ours = clock.our_clock(policy)
    if letter.approved_at and clock.working_days_between(letter.approved_at, now, ours) > policy.approval.valid_working_days:
        return Objection("revise", "approval_too_old")
    return None


def wait(letter: Letter, facts: SendFacts, policy: Policy, now: datetime) -> Objection | None:
    """Reasons that go away by themselves."""
    if facts.paused:
        return Objection("postpone", "paused", now + timedelta(minutes=10))
    if letter.basis == "notice":
        return None
    if facts.hold_reason:
        return Objection("postpone", f"held:{facts.hold_reason}", now + timedelta(hours=1))
    if facts.mail_waiting:
        return Objection("postpone", "mail_waiting", now + timedelta(minutes=1))
    sending = policy.sending
    if facts.sent_last_hour >= sending.per_hour:
        return Objection("postpone", "hourly_quota", now + timedelta(minutes=15))
    if facts.sent_last_day >= sending.per_day:
        return Objection("postpone", "daily_quota", now + timedelta(hours=2))
    if facts.last_sent_at and sending.pace_seconds and now < facts.last_sent_at + timedelta(seconds=sending.pace_seconds):
        return Objection("postpone", "pace", facts.last_sent_at + timedelta(seconds=sending.pace_seconds))
    if letter.basis != "follow_up":
        return None
    day, week, month = facts.follow_ups_to_company
    if day >= sending.follow_ups_per_day:
        return Objection("postpone", "one_a_day_to_a_company", now + timedelta(hours=4))
    if week >= sending.follow_ups_per_7_days or month >= sending.follow_ups_per_30_days:
        return Objection("postpone", "follow_up_limit", now + timedelta(days=1))
    buyer = clock.buyer_clock(facts.local_zone_country, policy)
    obstacle = clock.obstacle(now, buyer, policy)
    if obstacle:
        return Objection("postpone", obstacle, clock.next_slot(now, buyer, policy, letter.ulid).at)
    return None
