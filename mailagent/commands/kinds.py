"""What can be typed behind a command beside plain text: a day, a day with a time, the number of a lead or task.

Each names in its error what is allowed, with an example; Click's own dates would show the codes of ``strptime``.
"""

from __future__ import annotations

import re
from datetime import datetime

import click

from mailagent.core.model.workday import YEARS
from mailagent.i18n import _

_DAY = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
_TIME = r"(?:[ T](\d{1,2})[:：](\d{2}))?"
#: Numbers beyond this are no numbers of ours; SQLite ends here.
LARGEST = 2**63 - 1


class Day(click.ParamType):
    """A day of the calendar, "2026-12-31" (also as 2026/12/31 or 2026年12月31日), as a datetime without a zone."""

    name = "date"
    pattern = re.compile(_DAY)
    parts = 3

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """What stands for it in the help."""
        return _("YYYY-MM-DD")

    def example(self) -> str:
        """How it is written."""
        return "2026-12-31"

    def convert(self, value, param, ctx):
        """The moment that was typed. Raises ``click.BadParameter``: no calendar has it."""
        if isinstance(value, datetime):
            return value
        found = self.pattern.fullmatch(value.strip())
        try:
            day = datetime(*(int(part) for part in found.groups()[: self.parts] if part)) if found else None
        except ValueError:
            day = None
        if day is None or day.year not in YEARS:
            self.fail(_("“{text}” is no date. Write it as {example}.").format(text=value[:40], example=self.example()), param, ctx)
        return day


class Moment(Day):
    """A day and, if it is known, a time of ours: "2026-12-31 15:30"."""

    name = "time"
    pattern = re.compile(_DAY + _TIME)
    parts = 5

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """What stands for it in the help."""
        return _("“YYYY-MM-DD HH:MM”")

    def example(self) -> str:
        """How it is written."""
        return _("2026-12-31 or “2026-12-31 15:30”")


class Number(click.ParamType):
    """The number of a lead, task or letter; "#12" is understood as well."""

    name = "integer"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """What stands for it in the help."""
        return _("NUMBER")

    def convert(self, value, param, ctx):
        """The number. Raises ``click.BadParameter``."""
        text = str(value).strip().removeprefix("#")
        if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > LARGEST:
            self.fail(_("“{text}” is no number. Write it as 12.").format(text=str(value)[:40]), param, ctx)
        return int(text)


DAY, MOMENT, NUMBER = Day(), Moment(), Number()
