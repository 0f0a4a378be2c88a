"""The rhythm of following up as values: the steps of ``cadences.toml``, and when letters may arrive, ``calendar.toml``."""

from __future__ import annotations

from datetime import time
from typing import Literal

from pydantic import Field, model_validator

from mailagent.core.model.company import Table, Zone

# ── cadences.toml ───────────────────────────────────────────────────────────────────────────────────────────────


class Step(Table):
    """``cadences.toml [[<cadence>.step]]``: one step.

    Attributes:
        do: letter, task, or rest (the end of the cadence).
        after_working_days / after_hours: the wait since the step before, counted from the moment it was done.
        basis: answer (goes at once, any day) or follow_up (the buyer's hours, not on his first and last day).
        template: name of a file in ``templates/<language>/``.
    """

    id: str
    do: Literal["letter", "task", "rest"]
    after_working_days: int = Field(0, ge=0, le=400)
    after_hours: float = Field(0, ge=0)
    basis: Literal["answer", "acknowledgement", "follow_up"] = "follow_up"
    template: str = ""
    task: str = ""
    say: str = ""


class Cadence(Table):
    """``cadences.toml [<name>]``: the steps in order; the last one is a rest."""

    tiers: tuple[int, ...] = ()
    step: tuple[Step, ...]

    def index(self, step_id: str) -> int:
        """Position of a step; -1 for a name that the cadence no longer has."""
        return next((i for i, step in enumerate(self.step) if step.id == step_id), -1)

    @property
    def first_follow_up(self) -> int:
        """Where the cadence goes on after a person has answered by himself."""
        return next((i for i, step in enumerate(self.step) if step.basis == "follow_up"), len(self.step) - 1)


# ── calendar.toml ───────────────────────────────────────────────────────────────────────────────────────────────


class Place(Table):
    """``calendar.toml [places.<CC>]``: where a country's business clock stands and when it rests."""

    zone: Zone
    weekend: tuple[int, ...] = (5, 6)


class Window(Table):
    """``calendar.toml [[window]]``: a span of the buyer's working day in which letters may arrive."""

    start: time
    end: time

    @model_validator(mode="after")
    def _ordered(self) -> Window:
        if self.start >= self.end:
            raise ValueError("start must be earlier than end")
        return self


def _usual_windows() -> tuple[Window, ...]:
    return Window(start=time(9, 0), end=time(11, 30)), Window(start=time(13, 30), end=time(16, 30))


class Calendar(Table):
    """``calendar.toml``: time zones by country, the sending windows, and our own working hours."""

    windows: tuple[Window, ...] = Field(default_factory=_usual_windows)
    our_hours: tuple[time, time] = (time(8, 30), time(18, 0))
    our_weekend: tuple[int, ...] = (5, 6)
    quiet_first_and_last_day: bool = True
    default_place: str = ""
    places: dict[str, Place] = Field(default_factory=dict)
