"""When we stop sending by ourselves, for how long, and how patient we are with an address (STANDARDS §3.3, §5.4, §5.6).

Theory. An account that goes on while its letters come back loses its name with everybody within a day, and a blocked account
sends nothing. So three things are counted: addresses that do not exist (our list is bad), refusals by policy (one domain does not
like us, or several do), and what our own provider asks for. Each leads to a rest of known length with the server's words beside it;
only what a person alone can mend is a pause.

But whom we write to is chosen by whoever writes to us: three domains cost ten dollars, and their owner could ask for prices, answer
550, and silence us for everybody. So strangers, to whom nothing of ours had ever arrived, count as a share and not as a number: whoever
is really disliked is refused by a good part of all, while an attacker would need a third of our mail.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailagent.core.model.address import registrable_domain
from mailagent.core.model.policy import Policy
from mailagent.core.model.refusal import Bounces, Brakes, Refusal
from mailagent.core.model.setback import Setback


def zone_of(account: str, policy: Policy) -> ZoneInfo:
    """By which clock the account's provider counts its days; the company's own where nobody knows."""
    mailbox = policy.mailbox(account)
    provider = policy.providers.get(mailbox.provider) if mailbox else None
    return ZoneInfo(provider.time_zone if provider and provider.time_zone else policy.company.time_zone)


def next_midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """When the next day begins by this clock, in UTC."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(0), zone).astimezone(now.tzinfo)


def barred_until(row: Refusal, times: int, now: datetime, zone: ZoneInfo, brakes: Brakes) -> datetime:
    """How long an account is silent that its server asked to be.

    Args:
        times: how often it was asked so in a row, this time included.
        zone: the provider's clock.
    """
    if row.until_midnight:
        return next_midnight(now, zone)
    span = timedelta(minutes=row.minutes)
    if row.doubles:
        span = min(span * 2 ** min(times - 1, 16), timedelta(hours=brakes.longest_back_off_hours))
    return now + max(span, timedelta(minutes=row.minutes))


def too_many_bounces(sent: int, bounced: int, brakes: Brakes) -> bool:
    """Do too many of an account's letters come back?

    Args:
        sent: letters of the window; bounced: those of them whose address does not exist.
    """
    return bounced >= brakes.least_bounces and bounced / max(sent, bounced) > brakes.bounce_rate


def too_many_strangers(sent: int, bounced: int, brakes: Brakes) -> bool:
    """Are those that came back so many, strangers' included, that it does not matter to whom they went?

    Args:
        sent: letters of the long window (``stranger_days``); bounced: those of them whose address does not exist.
    """
    return bounced > brakes.stranger_rate * sent


def is_disliked_by(domain: str, setbacks: Iterable[Setback], now: datetime, brakes: Brakes) -> bool:
    """Has one domain refused our letters by policy often enough to be left alone?"""
    since = now - timedelta(hours=brakes.policy_hours)
    return len({one.letter_id for one in setbacks if one.domain == domain and one.at > since}) >= brakes.policy_refusals


def is_disliked(setbacks: Iterable[Setback], written_to: int, now: datetime, brakes: Brakes) -> bool:
    """Have several domains refused an account's letters by policy within a short time, and are they more than some strangers?

    Args:
        written_to: how many domains the last letters of the account went to; 0 where strangers count like all others.
    """
    since = now - timedelta(minutes=brakes.policy_domains_minutes)
    late = [one for one in setbacks if one.at > since]
    known = {registrable_domain(one.domain) for one in late if not one.is_stranger}
    refusing = {registrable_domain(one.domain) for one in late}
    if len(known) >= brakes.policy_domains:
        return True
    return len(refusing) >= brakes.policy_domains and len(refusing) > brakes.stranger_rate * written_to


# ── patience with an address ────────────────────────────────────────────────────────────────────────────────────


def held_until(setbacks: Iterable[Setback], reason: str, now: datetime, bounces: Bounces) -> datetime | None:
    """Until when nothing goes to a person whose mailbox does not take our letters for a reason that passes; None: we go on.

    Args:
        setbacks: of this person since his last sign of life, this one included.
        reason: why the last one came back.
    """
    patience = bounces.patience(reason)
    since = now - timedelta(days=patience.in_days)
    counted = {one.letter_id: one.at.date() for one in setbacks if one.kind == "soft" and one.reason != "mesgtoobig" and one.at > since}
    if len(counted) < patience.times or len(set(counted.values())) < patience.on_days:
        return None
    return now + timedelta(days=patience.hold_days)


def is_host_gone(setbacks: Iterable[Setback], now: datetime, bounces: Bounces) -> bool:
    """Was his domain not found before, long enough ago that it is no accident of the name servers?"""
    return any(one.kind == "host" and now - one.at >= timedelta(hours=bounces.host_hours) for one in setbacks)
