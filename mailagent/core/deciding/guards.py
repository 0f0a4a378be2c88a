"""Reasons not to send now. Asked three times: when a letter is claimed, again between the server's 354 and the first
byte of text, and when a person approves.

An objection names what becomes of the letter:

    cancel      the reason will not go away (he answered, he asked us to stop)
    revise      a person must look again (the approval is too old)
    drop_copies a copy of it must not go; without that copy a person must look again
    rewrite     what it says is no longer true: its step is planned and written anew
    postpone    later (outside his hours, a quota, a pause)

What delays a letter may be its own affair or its account's. Of the second kind are pauses and quotas: they are said once of the account,
and not written beside each letter that waits for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mailagent.core.deciding import clock, limits, pretext
from mailagent.core.deciding.timing import Timing, untimely
from mailagent.core.model.address import is_masked
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy


@dataclass(frozen=True)
class SendFacts:
    """What the ledger says about a letter at this moment.

    Attributes:
        suppressed: why the recipient must not be written to; "" if he may.
        has_silenced_copy: somebody who would get a copy must not be written to.
        heard_from_buyer: a mail of the buyer was handled after the letter was drafted.
        talked: a talk with him was logged after the letter was drafted.
        other_owner: a colleague of the lead's owner who has an open lead with the same company: two of us never write to one.
        mail_waiting: mail of this account was fetched and not yet read; it might be his answer.
        windows: the limits of the account, each with the time that tells when it has room.
        window_of_domain: the same of the recipient's domain.
        follow_ups_to_company: unanswered follow-ups to the company in 1, 7 and 30 days.
        account_rests_until, domain_rests_until: a brake is on: nothing leaves the account, or goes to the recipient's domain, before.
        first_tried_at: when its bytes were built, with that day's date in them.
        local_zone_country, timing: where he is, and what else is asked about the hour; see ``timing.py``.
        law, quiet_until: what the law of his country says against a follow-up at all, and against one at this hour; see ``law.py``.
    """

    text_is_as_approved: bool = True
    suppressed: str = ""
    has_silenced_copy: bool = False
    paused: str = ""
    hold_reason: str = ""
    rest_reason: str = ""
    fraud: str = "none"
    contact_status: str = "active"
    heard_from_buyer: bool = False
    colleague_answered: bool = False
    talked: bool = False
    other_owner: str = ""
    mail_waiting: bool = False
    follow_ups_to_company: tuple[int, int, int] = (0, 0, 0)
    windows: tuple[limits.Count, ...] = ()
    window_of_domain: limits.Count | None = None
    last_sent_at: datetime | None = None
    account_rests_until: datetime | None = None
    domain_rests_until: datetime | None = None
    first_tried_at: datetime | None = None
    local_zone_country: str = ""
    timing: Timing = Timing()
    law: str = ""
    quiet_until: datetime | None = None


@dataclass(frozen=True)
class Objection:
    """Why a letter does not go now, and what becomes of it.

    Attributes:
        retry_at: with ``postpone``: when to ask again; None while the account waits for a person.
        is_accounts: nothing is wrong with the letter; its account rests, and no other letter leaves it either.
    """

    verb: str
    reason: str
    retry_at: datetime | None = None
    is_accounts: bool = False


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
    if facts.talked and (letter.basis == "acknowledgement" or letter.basis == "follow_up" and letter.round >= 0):
        # Logged after it was claimed; before that it was cancelled by the log itself.
        return Objection("cancel", "talk")
    # Whoever of us stopped the lead meant its answer as well; where anything else ended it, an answer may still be owed.
    if facts.rest_reason == "stopped" or facts.rest_reason and letter.basis == "follow_up":
        return Objection("cancel", f"ended:{facts.rest_reason}")
    if facts.law and letter.basis == "follow_up":
        return Objection("cancel", facts.law)
    return None


def stale(letter: Letter, facts: SendFacts, policy: Policy, now: datetime) -> Objection | None:
    """Approvals that no longer count."""
    if letter.basis == "notice":
        return None
    if not facts.text_is_as_approved:
        return Objection("revise", "text_changed")
    if facts.has_silenced_copy:
        return Objection("drop_copies", "copy_silenced")
    if facts.other_owner:
        return Objection("revise", "two_of_us")
    ours = clock.our_clock(policy)
    if (letter.pretext or letter.true_until) and not pretext.is_true_still(letter, ours.local(now).date(), policy):
        return Objection("rewrite", "no_longer_true")
    if letter.approved_at and clock.working_days_between(letter.approved_at, now, ours) > policy.approval.valid_working_days:
        return Objection("revise", "approval_too_old")
    if facts.first_tried_at and now - facts.first_tried_at > timedelta(hours=policy.sending.same_bytes_hours):
        # Its date is too old to be sent as it is, and is never changed behind the back of the one who approved it (STANDARDS §5.2).
        return Objection("revise", "date_too_old")
    return None


def wait(letter: Letter, facts: SendFacts, policy: Policy, now: datetime) -> Objection | None:
    """Reasons that go away by themselves."""
    if facts.paused:
        return Objection("postpone", "paused", is_accounts=True)
    if facts.account_rests_until:
        return Objection("postpone", "account_rests", facts.account_rests_until, is_accounts=True)
    if letter.basis == "notice":
        return None
    if facts.hold_reason:
        return Objection("postpone", f"held:{facts.hold_reason}", now + timedelta(hours=1))
    if facts.domain_rests_until:
        return Objection("postpone", "domain_rests", facts.domain_rests_until)
    if facts.mail_waiting:
        return Objection("postpone", "mail_waiting", now + timedelta(minutes=1))
    if objection := crowded(letter, facts, policy, now):
        return objection
    if letter.basis != "follow_up":
        return None
    if facts.quiet_until:
        return Objection("postpone", "quiet_hours", facts.quiet_until)
    if objection := enough_said(letter, facts, policy, now):
        return objection
    if found := untimely(letter, facts.local_zone_country, facts.timing, policy, now):
        return Objection("revise" if found.is_stale else "postpone", found.reason, None if found.is_stale else found.retry_at)
    return None


def spooling(letter: Letter, facts: SendFacts, policy: Policy, now: datetime) -> Objection | None:
    """The first reason against writing a letter to the spool: what would keep it from buyers, but for the hour, the pace and quotas.

    While sending is off nothing leaves, so nothing can be too much or at the wrong time; whether it may go at all is asked all the same.
    """
    found = stop(letter, facts) or stale(letter, facts, policy, now)
    if found or letter.basis == "notice":
        return found
    if facts.hold_reason:
        return Objection("postpone", f"held:{facts.hold_reason}", now + timedelta(hours=1))
    if facts.mail_waiting:
        return Objection("postpone", "mail_waiting", now + timedelta(minutes=1))
    return enough_said(letter, facts, policy, now)


def enough_said(letter: Letter, facts: SendFacts, policy: Policy, now: datetime) -> Objection | None:
    """A company got its share of follow-ups without an answer."""
    if letter.basis != "follow_up":
        return None
    day, week, month = facts.follow_ups_to_company
    if day >= policy.sending.follow_ups_per_day:
        return Objection("postpone", "one_a_day_to_a_company", now + timedelta(hours=4))
    if week >= policy.sending.follow_ups_per_7_days or month >= policy.sending.follow_ups_per_30_days:
        return Objection("postpone", "follow_up_limit", now + timedelta(days=1))
    return None


def crowded(letter: Letter, facts: SendFacts, policy: Policy, now: datetime) -> Objection | None:
    """Too much was sent lately: by the account, or to the recipient's domain. The time is that at which there is room again."""
    full = [(at, count.limit.reason) for count in facts.windows if (at := count.frees_at(now))]
    next_beat = limits.pace(letter.account, facts.last_sent_at, policy)
    if next_beat and now < next_beat:
        full.append((next_beat, "pace"))
    if full:
        at, reason = max(full)
        return Objection("postpone", reason, at, is_accounts=True)
    if facts.window_of_domain and (at := facts.window_of_domain.frees_at(now)):
        return Objection("postpone", facts.window_of_domain.limit.reason, at)
    return None
