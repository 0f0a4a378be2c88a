"""What servers mean when they refuse a letter, and what becomes of sending then: ``config/bounces.toml`` (STANDARDS §3.3, §5.4, §5.6)."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, model_validator

from mailagent.core.model.company import Table

#: What a refusal leads to; see ``Refusal``.
Consequence = Literal["pause", "bar", "wait", "policy", "no_such_address"]
Phase = Literal["connect", "tls", "login", "mail", "rcpt", "data", "text"]
#: What letters that were not taken are counted as; ``setbacks.kind`` of the ledger.
KINDS = ("hard", "host", "soft", "delay", "policy", "account")
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")


def enhanced_code(text: str) -> str:
    """The enhanced status code in a server's words (RFC 3463): "5.7.1"; "" without one."""
    found = _ENHANCED.search(text)
    return found[1] if found else ""


class Refusal(Table):
    """``bounces.toml [[refusal]]``: one sort of refusal, how it is recognised, and what it means. The first row that fits counts.

    A row fits where one of its words, codes or replies does (a row without any of them fits every reply), in one of its phases.

    Attributes:
        name: what people see it called by.
        words: parts of what the server says, in small letters; one is enough.
        status: enhanced codes (RFC 3463); "5.7." stands for all that begin so.
        replies: the three digits.
        phases: only in these; none: in all.
        permanent: true: only 5xx; false: only 4xx; unsaid: both.
        does: pause (our account is refused: nothing leaves it until a person says so) · bar (the account is asked to be silent, so
            nothing leaves it for a while) · wait (this letter waits) · policy (the recipient's side will not have our letters; he did
            nothing wrong) · no_such_address (never again to him).
        minutes: with bar and wait: for how long.
        doubles: with bar: twice as long each time in a row.
        until_midnight: with bar: until the provider's day is over instead.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")
    words: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    replies: tuple[int, ...] = ()
    phases: tuple[Phase, ...] = ()
    permanent: bool | None = None
    does: Consequence
    minutes: int = Field(0, ge=0, le=24 * 60)
    doubles: bool = False
    until_midnight: bool = False

    @model_validator(mode="after")
    def _says_how_long(self) -> Refusal:
        if self.does in ("bar", "wait") and not self.minutes and not self.until_midnight:
            raise ValueError(f'"{self.does}" needs minutes, or until_midnight')
        if self.does not in ("bar", "wait") and (self.minutes or self.doubles or self.until_midnight):
            raise ValueError(f'"{self.does}" knows no minutes, doubles or until_midnight')
        if self.does == "wait" and (self.doubles or self.until_midnight):
            raise ValueError('"wait" knows only minutes')
        if any(word != word.lower() or not word.strip() for word in self.words):
            raise ValueError("words are written in small letters, and none is empty")
        return self

    def fits(self, code: int | None, status: str, text: str, phase: str) -> bool:
        """Does it speak of this reply?

        Args:
            status: the enhanced code in it, or "".
            text: the server's words, in small letters.
        """
        if self.phases and phase not in self.phases:
            return False
        digit = str(code)[:1] if code else status[:1]
        if self.permanent is not None and digit != ("5" if self.permanent else "4"):
            return False
        if not (self.words or self.status or self.replies):
            return True
        by_status = any(status == one or one.endswith(".") and status.startswith(one) for one in self.status)
        return by_status or code in self.replies or any(word in text for word in self.words)


class Brakes(Table):
    """``bounces.toml [brakes]``: when we stop by ourselves.

    Attributes:
        bounce_rate: more of an account's letters than this came back because the address does not exist: the account rests …
        bounce_letters, bounce_hours: … of its last so many, sent in so many hours …
        least_bounces: … if it were so many at least …
        rest_hours: … for so long.
        policy_refusals, policy_hours: so many refusals by policy from one domain in so many hours, and nothing goes to it …
        domain_hours: … for so long.
        policy_domains, policy_domains_minutes: refusals by policy from so many domains in so many minutes: the account rests.
        stranger_rate, stranger_days: of people to whom nothing of ours had arrived before, more than this share of the last
            ``bounce_letters`` letters (or of the domains they went to) in so many days.
        longest_back_off_hours: what doubles is never longer than this.
    """

    bounce_rate: float = Field(0.05, ge=0, le=1)
    bounce_letters: int = Field(50, ge=1, le=10_000)
    bounce_hours: int = Field(24, ge=1, le=24 * 30)
    least_bounces: int = Field(3, ge=1)
    rest_hours: int = Field(24, ge=1, le=24)
    policy_refusals: int = Field(2, ge=1)
    policy_hours: int = Field(24, ge=1, le=24 * 30)
    domain_hours: int = Field(24, ge=1, le=24)
    policy_domains: int = Field(3, ge=1)
    policy_domains_minutes: int = Field(60, ge=1)
    stranger_rate: float = Field(0.3, ge=0, le=1)
    stranger_days: int = Field(7, ge=1, le=90)
    longest_back_off_hours: int = Field(12, ge=1, le=24)


class Patience(Table):
    """``bounces.toml [soft.<reason>]``: after so much for a passing reason nothing goes to a person for a while; "other" is the rest.

    Attributes:
        times, on_days: so many letters, on so many different days at least …
        in_days: … came back within so many days …
        hold_days: … and his matters are held for so many.
    """

    times: int = Field(3, ge=1)
    on_days: int = Field(3, ge=1)
    in_days: int = Field(14, ge=1, le=365)
    hold_days: int = Field(60, ge=1, le=365)


class Bounces(Table):
    """``bounces.toml``: what refusals mean, when we brake, and how patient we are.

    Attributes:
        host_hours: a domain that is not found is believed when it is not found again so many hours later.
        arrived_hours: a letter of which nothing came back for so long has arrived.
    """

    host_hours: int = Field(24, ge=1)
    arrived_hours: int = Field(72, ge=1)
    brakes: Brakes = Field(default_factory=Brakes)
    soft: dict[str, Patience] = Field(default_factory=dict)
    refusal: tuple[Refusal, ...] = ()

    def meaning(self, code: int | None, text: str, phase: str, status: str = "") -> Refusal | None:
        """The row that speaks of a server's reply; None if none does.

        Args:
            code: the three digits, if there are any.
            status: the enhanced code, where it stands elsewhere than in the words.
        """
        status, small = status or enhanced_code(text), text.lower()
        return next((row for row in self.refusal if row.fits(code, status, small, phase)), None)

    def patience(self, reason: str) -> Patience:
        """How patient we are with a reason that passes."""
        return self.soft.get(reason) or self.soft.get("other") or Patience()
