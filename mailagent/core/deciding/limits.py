"""How many letters an account may send, and when the next one may leave (STANDARDS §5.6).

Theory. Every limit is a rolling window: at most so many letters in the last minute, hour or day. Providers count so, and the ledger
holds every letter's time, so nothing beside it must be kept, survive a restart or be right twice. Whether a window is full, and when it
has room again, are one question: when was the n-th last letter sent? At that time plus the window's length the next one may leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil, log

from mailagent.core.model.address import company_domain
from mailagent.core.model.policy import Policy, Provider

#: An account that was used on so many days is not new, whatever the growth.
MOST_DAYS = 100
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """At most so many letters in a rolling window.

    Attributes:
        reason: what a letter that must wait for it is told.
    """

    reason: str
    span: timedelta
    at_most: int


@dataclass(frozen=True)
class Count:
    """A limit, and when the letter was sent that uses up its last place; None while there is room."""

    limit: Limit
    last_place: datetime | None

    def frees_at(self, now: datetime) -> datetime | None:
        """When the window has room again; None if it has now."""
        if self.last_place is None or now >= self.last_place + self.limit.span:
            return None
        return self.last_place + self.limit.span


def of_account(account: str, policy: Policy, days_of_use: int) -> tuple[Limit, ...]:
    """What an account may send in all: the provider's row and our own settings, whichever is less, and the warm-up.

    Args:
        days_of_use: on how many days before today letters left it.
    """
    mailbox, sending = policy.mailbox(account), policy.sending
    provider = policy.providers.get(mailbox.provider if mailbox else "") or Provider(title="")
    found = [
        Limit("minute_quota", MINUTE, provider.per_minute),
        Limit("hourly_quota", HOUR, min(sending.per_hour, provider.per_hour)),
        Limit("daily_quota", DAY, min(sending.per_day, provider.per_day)),
    ]
    warm = warm_up(days_of_use, policy)
    if warm is not None and warm < found[-1].at_most:
        found.append(Limit("warm_up", DAY, warm))
    return tuple(found)


def warm_up(days_of_use: int, policy: Policy) -> int | None:
    """How many letters a new account may send in a day: a few at first, more with each day of use. None without a warm-up."""
    sending = policy.sending
    if not sending.warm_up_per_day:
        return None
    return int(sending.warm_up_per_day * (1 + sending.warm_up_growth) ** min(days_of_use, MOST_DAYS))


def warm_up_days(policy: Policy) -> int:
    """After so many days of use no account is new any more."""
    sending = policy.sending
    if not sending.warm_up_per_day or sending.warm_up_per_day >= sending.per_day:
        return 0
    if not sending.warm_up_growth:
        return MOST_DAYS
    return min(ceil(log(sending.per_day / sending.warm_up_per_day) / log(1 + sending.warm_up_growth)), MOST_DAYS)


def to_domain(recipient: str, policy: Policy) -> Limit:
    """What one recipient domain gets of us in an hour. Behind a freemail domain are many people and one strict server."""
    is_freemail = company_domain(recipient, policy.freemail) is None
    return Limit("domain_quota", HOUR, policy.sending.per_hour_to_freemail if is_freemail else policy.sending.per_hour_to_domain)


def pace(account: str, last_sent_at: datetime | None, policy: Policy) -> datetime | None:
    """When the next letter may leave after the last one; None without a last one or a pace.

    No machine's beat: up to ``pace_jitter`` longer. The dice are the last letter's time, so that asking again changes nothing.
    """
    sending = policy.sending
    if last_sent_at is None or not sending.pace_seconds:
        return None
    dice = int.from_bytes(sha256(f"{account} {last_sent_at.isoformat()}".encode()).digest()[:4], "big") / 2**32
    return last_sent_at + timedelta(seconds=sending.pace_seconds * (1 + sending.pace_jitter * dice))
