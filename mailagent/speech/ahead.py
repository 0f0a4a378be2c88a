"""What is ahead, said: what happens, why then, and the months as a calendar. The terminal's page and the desk's show the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from mailagent.core.deciding.clock import BuyerClock
from mailagent.core.model.policy import Policy
from mailagent.i18n import _
from mailagent.speech import words
from mailagent.speech.sayings import told

ICONS = {"letter": "✉", "call": "☎", "task": "☐", "rest": "·"}
KINDS = ("letter", "call", "task", "rest")
#: A day is coloured by how many letters leave on it, in so many shades.
SHADES = 4
DAYS_OF_A_WEEK = 7


def kind(name: str) -> str:
    """What happens, in the reader's language."""
    return {"letter": _("letter"), "call": _("call"), "task": _("task"), "rest": _("end")}[name]


def what(name: str, step: str, cadence: str, policy: Policy) -> str:
    """A letter by its place in the cadence, a task by its kind, an end by its reason."""
    if name == "rest":
        return words.reason(step)
    return words.step_of(cadence, step, policy) if name == "letter" else words.task(step)


def why(reason: str, is_late: bool) -> str:
    """The reason for a time, and a word of warning where it slid far."""
    return told(reason) + (" " + _("(much later than it was meant: look at it)") if is_late else "")


def assumes() -> str:
    """What the forecast takes for granted."""
    return _("Nobody answers, every draft is approved at once, nothing bounces. Nothing was sent and nothing was written down.")


def months(by_day: Mapping[date, Counter[str]], first: date, last: date, ours: BuyerClock) -> list[dict]:
    """The months as weeks of cells; a cell knows how much happens and whether our house is closed.

    Args:
        by_day: our day → how much of each of ``KINDS``.
        first, last: the days between which was looked ahead.
    """
    most = max((counts["letter"] for counts in by_day.values()), default=0) or 1
    found, month = [], first.replace(day=1)
    while month <= last:
        following = (month + timedelta(days=31)).replace(day=1)
        cells: list[dict] = [{"blank": True}] * month.weekday()
        for offset in range((following - month).days):
            day = month + timedelta(days=offset)
            counts = by_day.get(day, Counter())
            cells.append(
                {
                    "number": day.day,
                    "id": f"{day}" if day in by_day else "",
                    "outside": not first <= day <= last,
                    "closed": ours.holiday(day) or ("" if ours.is_working_day(day) else words.reason("weekend")),
                    "strength": -(-SHADES * counts["letter"] // most),
                    "counts": [(name, counts[name]) for name in ("letter", "call", "task") if counts[name]],
                }
            )
        cells += [{"blank": True}] * (-len(cells) % DAYS_OF_A_WEEK)
        weeks = [cells[start : start + DAYS_OF_A_WEEK] for start in range(0, len(cells), DAYS_OF_A_WEEK)]
        # A week that is wholly over, or beyond the end, only takes room.
        shown = [cell for week in weeks if any(not cell.get("blank") and not cell["outside"] for cell in week) for cell in week]
        found.append({"name": f"{month:%Y-%m}", "cells": shown})
        month = following
    return found
