"""The rhythm of following up as values: the steps of ``cadences.toml``. When letters may arrive stands in ``calendar.py``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailagent.core.model.company import Table

#: Classes of people met at a trade show (DOMAIN §2), the surest first.
SHOW_CLASSES = (
    "existing", "signed", "intends_order", "disputes_terms", "undecided_market", "undecided_supplier", "target", "asks_materials",
    "just_looking",
)  # fmt: skip

# ── cadences.toml ───────────────────────────────────────────────────────────────────────────────────────────────


class Step(Table):
    """``cadences.toml [[<cadence>.step]]``: one step.

    Attributes:
        do: letter, task, or rest (the end of the cadence).
        after_working_days / after_hours: the wait since the step before, counted from the moment it was done.
        basis: answer (goes at once, any day) or follow_up (the buyer's hours, not on his first and last day).
        template: name of a file in ``templates/<language>/``; of a follow-up, what is written when no pretext is true.
        pretexts: false: this letter is always its template, as the one that says goodbye is.
        on_quiet_day: when a follow-up's time falls on the first or last working day of the buyer's week, it will "wait" for the next day on
            which it may go; or a "call" is opened for that day and the letter follows if nobody talked to him; or the letter may "send" all
            the same, as thanks, a date that was promised, or the end of a validity (DOMAIN §4).
    """

    id: str
    do: Literal["letter", "task", "rest"]
    after_working_days: int = Field(0, ge=0, le=400)
    after_hours: float = Field(0, ge=0)
    basis: Literal["answer", "acknowledgement", "follow_up"] = "follow_up"
    template: str = ""
    pretexts: bool = True
    on_quiet_day: Literal["wait", "call", "send"] = "wait"
    task: str = ""
    say: str = ""


class Cadence(Table):
    """``cadences.toml [<name>]``: the steps in order; the last one is a rest.

    Attributes:
        tiers: leads of these tiers stand in it.
        shows: people of these classes who were met at a trade show (``SHOW_CLASSES``).
        at_least_tier: of a show: its people are of this tier, unless they are of a better one already.
        at_least_days: so many days after the show that holds; then what he wrote since counts. 0: for good.
    """

    tiers: tuple[int, ...] = ()
    shows: tuple[str, ...] = ()
    at_least_tier: int | None = Field(None, ge=1, le=4)
    at_least_days: int = Field(0, ge=0, le=3650)
    step: tuple[Step, ...]

    def index(self, step_id: str) -> int:
        """Position of a step; -1 for a name that the cadence no longer has."""
        return next((i for i, step in enumerate(self.step) if step.id == step_id), -1)

    @property
    def first_follow_up(self) -> int:
        """Where the cadence goes on after a person has answered by himself."""
        return next((i for i, step in enumerate(self.step) if step.basis == "follow_up"), len(self.step) - 1)
