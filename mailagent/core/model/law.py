"""What a country's law asks of follow-ups: one row of ``config/law.toml``. What follows from it is in ``core/deciding/law.py``."""

from __future__ import annotations

from datetime import time

from pydantic import Field

from mailagent.core.model.company import Table


class LawRow(Table):
    """``law.toml [<CC>]``: what a country's law asks of follow-ups (STANDARDS §4.6). Engineering defaults, not advice.

    Attributes:
        basis: why we may write at all.
        max_follow_ups: unanswered follow-ups in one matter.
        days: no follow-up later than so many days after his last mail.
        days_after_purchase: a purchase lengthens that to so many days after it.
        subject_prefix: the mark that advertising needs there; put on follow-ups, never on answers.
        quiet_hours: no follow-up between these times of his day, as ["21:00", "08:00"].
        footer: keys of ``[company]`` that must be filled in before a letter may go there, beside legal_name and postal_address.
        note: what the law says, in a line of English, for whoever approves the letter.
        say: the same line in other languages of the desk, as { zh = "…" }.
    """

    basis: str
    max_follow_ups: int = Field(4, ge=0)
    days: int | None = Field(None, ge=0)
    days_after_purchase: int | None = Field(None, ge=0)
    subject_prefix: str = ""
    quiet_hours: tuple[time, time] | None = None
    footer: tuple[str, ...] = ()
    note: str = ""
    say: dict[str, str] = Field(default_factory=dict)
