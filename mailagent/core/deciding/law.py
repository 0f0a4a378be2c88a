"""What the law of the buyer's country allows: how many follow-ups, until when, at what hours, under what mark (STANDARDS §4.6).

An inquiry is the basis on which we write at all, and it starts the clocks. Answers to what he asked are always allowed; follow-ups
are limited, and the limits are asked twice: before one is drafted, and when it is claimed for sending. Whose country is not known
well has the stricter of both rows, that of the country and that of the unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailagent.core.deciding import clock
from mailagent.core.model.law import LawRow
from mailagent.core.model.policy import Policy

UNKNOWN = "unknown"
#: How sure a country must be to be taken alone; see ``core/reading/country.py``.
SURE = ("sure", "likely")


@dataclass(frozen=True)
class LawFacts:
    """What the ledger says about a matter, as far as the law asks.

    Attributes:
        countries: where the matter and its person are said to be, two letters each; one where both agree.
        sureness: how sure the witness of the country is: sure, likely, guess, or "" if a person or a list said it.
        asked_at: when he asked last; his mail is the consent.
        bought_at: when his company ordered or paid last; None if it never did.
        follow_ups: follow-ups since his last mail that went or may have gone.
    """

    countries: tuple[str, ...]
    sureness: str
    asked_at: datetime
    bought_at: datetime | None = None
    follow_ups: int = 0


@dataclass(frozen=True)
class Applied:
    """The row that counts for a matter, and how far it is used up.

    Attributes:
        code: of the row; several joined by "+" where the stricter of them counts.
        until: the last moment of a follow-up; None where the law names no end.
        since_purchase: the end is counted from a purchase.
    """

    code: str
    row: LawRow
    country: str
    follow_ups: int
    until: datetime | None
    since_purchase: bool = False

    def objection(self, at: datetime) -> str:
        """Why no further follow-up may go at a time, as ``law:CA``; "" if one may."""
        over = self.follow_ups >= self.row.max_follow_ups or self.until is not None and at > self.until
        return f"law:{self.code}" if over else ""

    def quiet_until(self, at: datetime, policy: Policy) -> datetime | None:
        """The end of the quiet hours at his place, if a time lies in them; else None."""
        if not self.row.quiet_hours:
            return None
        start, end = self.row.quiet_hours
        zone = ZoneInfo(clock.buyer_clock(self.country, policy).zone)
        local = at.astimezone(zone)
        wall = local.time().replace(tzinfo=None)
        inside = start <= wall < end if start < end else wall >= start or wall < end
        if not inside:
            return None
        day = local.date() + timedelta(days=1) if start > end and wall >= start else local.date()
        return datetime.combine(day, end, zone).astimezone(UTC)


def applied(facts: LawFacts, policy: Policy) -> Applied:
    """The row that counts: that of his country; the stricter of several where nobody knows for certain."""
    named = [code for one in facts.countries if (code := one.upper()) in policy.law]
    codes = list(dict.fromkeys(named)) if named else [UNKNOWN]
    if facts.sureness not in (*SURE, "") or len(named) < len(facts.countries):
        codes.append(UNKNOWN)
    codes = [code for code in dict.fromkeys(codes) if code in policy.law]
    row = strictest([policy.law[code] for code in codes]) if codes else LawRow(basis="opt_out")
    until, since_purchase = _end(row, facts)
    country = next((one for one in facts.countries if one), "")
    return Applied("+".join(codes) or UNKNOWN, row, country, facts.follow_ups, until, since_purchase)


def asks_purchases(countries: Iterable[str], policy: Policy) -> bool:
    """Whether a row that may count for these countries makes a difference between those who bought and those who did not."""
    rows = (policy.law.get(code) for code in (*(one.upper() for one in countries), UNKNOWN))
    return any(row is not None and row.days_after_purchase is not None for row in rows)


def strictest(rows: Iterable[LawRow]) -> LawRow:
    """One row that keeps to all of them."""
    rows = tuple(rows)
    if len(rows) == 1:
        return rows[0]
    days = [row.days for row in rows if row.days is not None]
    # Two years after a purchase count only where no row denies them.
    lifted = [row.days_after_purchase for row in rows if row.days is not None]
    return LawRow(
        basis=rows[0].basis,
        max_follow_ups=min(row.max_follow_ups for row in rows),
        days=min(days) if days else None,
        days_after_purchase=min(lifted) if lifted and None not in lifted else None,
        subject_prefix=next((row.subject_prefix for row in rows if row.subject_prefix), ""),
        quiet_hours=_longest(row.quiet_hours for row in rows),
        footer=tuple(dict.fromkeys(field for row in rows for field in row.footer)),
        note="; ".join(dict.fromkeys(row.note for row in rows if row.note)),
    )


def _longest(hours: Iterable[tuple[time, time] | None]) -> tuple[time, time] | None:
    return max(
        (one for one in hours if one),
        key=lambda one: (one[1].hour * 60 + one[1].minute - one[0].hour * 60 - one[0].minute) % 1440,
        default=None,
    )


def _end(row: LawRow, facts: LawFacts) -> tuple[datetime | None, bool]:
    if row.days is None:
        return None, False
    end = facts.asked_at + timedelta(days=row.days)
    if row.days_after_purchase is not None and facts.bought_at is not None:
        later = facts.bought_at + timedelta(days=row.days_after_purchase)
        if later > end:
            return later, True
    return end, False
