"""What is ahead, shown: a table in the terminal, a table for Excel, and a page with a calendar for the phone."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mailagent.core.deciding.clock import our_clock
from mailagent.core.deciding.foresight import Foreseen
from mailagent.core.model.policy import Policy
from mailagent.i18n import _, language
from mailagent.jobs.simulate import Simulation
from mailagent.speech import ahead as say
from mailagent.speech import counts as number_of
from mailagent.speech import words
from mailagent.speech.counts import listed
from mailagent.speech.sayings import told
from mailagent.terminal.screens import clip, tier_badge

#: More rows than this are for the files; a terminal scrolls them away.
MOST_ROWS = 400
#: A text that begins so is a formula to Excel; mail is hostile text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
STYLES = {"letter": "bold", "call": "yellow", "task": "cyan", "rest": "grey50"}


def what(one: Foreseen, policy: Policy) -> str:
    return say.what(one.kind, one.what, one.lead.cadence, policy)


def summary(simulation: Simulation) -> str:
    """How much there is of everything."""
    counts = Counter(one.kind for one in simulation.happens)
    return listed(
        (
            number_of.leads(simulation.leads),
            number_of.letters(counts["letter"]),
            number_of.calls(counts["call"]),
            number_of.other_tasks(counts["task"]),
            number_of.ends(counts["rest"]),
        )
    )


def show(out: Console, simulation: Simulation, policy: Policy) -> None:
    """The table in the terminal: by the buyer's own time, with the reason for each."""
    table = Table(title=_("What is ahead"), title_justify="left", header_style="bold", expand=True)
    table.add_column(_("his time"), no_wrap=True)
    table.add_column("#", justify="right")
    table.add_column(_("tier"))
    table.add_column(_("buyer"), ratio=4, no_wrap=True, overflow="ellipsis")
    table.add_column(_("owner"), ratio=2, no_wrap=True, overflow="ellipsis")
    table.add_column(_("what"), ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column(_("because"), ratio=7, overflow="fold")
    for one in simulation.happens[:MOST_ROWS]:
        table.add_row(
            when(one),
            str(one.lead.id),
            tier_badge(one.lead.tier),
            clip(buyer(one), 60),
            clip(one.lead.owner, 20),
            f"{say.ICONS[one.kind]} {clip(what(one, policy), 40)}",
            clip(why(one), 200),
            style=STYLES[one.kind],
        )
    out.print(table if simulation.happens else _("Nothing would go out in this time."))
    if len(simulation.happens) > MOST_ROWS:
        out.print(_("… and {count} more; --out DIR writes all of them").format(count=len(simulation.happens) - MOST_ROWS))
    for reason, count in sorted(simulation.silent.items(), key=lambda row: -row[1]):
        why_not = clip(words.reason(told(reason)), 100)
        out.print(_("nothing is planned for {leads}: {why}").format(leads=number_of.leads(count), why=why_not))
    out.print(summary(simulation))
    out.print(say.assumes(), style="grey50")


def when(one: Foreseen) -> str:
    """By the buyer's clock."""
    return f"{words.clock_time(one.at, one.buyer.zone)} {words.place_of(one.buyer.zone)}"


def buyer(one: Foreseen) -> str:
    return words.harmless(", ".join(filter(None, (one.lead.contact_name or one.lead.email, one.lead.company_name))))


def why(one: Foreseen) -> str:
    return say.why(one.reason, one.is_late)


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────


def write(simulation: Simulation, policy: Policy, folder: Path) -> tuple[Path, Path]:
    """``simulation.csv`` and ``simulation.html`` into a folder, which is made if it is missing.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table, page = folder / "simulation.csv", folder / "simulation.html"
    # With the mark of UTF-8 Excel and WPS read Chinese without being asked.
    table.write_text(as_csv(simulation, policy), encoding="utf-8-sig", newline="")
    page.write_text(as_page(simulation, policy), encoding="utf-8")
    return table, page


def as_csv(simulation: Simulation, policy: Policy) -> str:
    """All rows for a spreadsheet."""
    text = io.StringIO()
    rows = csv.writer(text)
    times = (_("his time"), _("his zone"), _("our time"))
    about = (_("lead"), _("tier"), _("buyer"), _("company"), _("address"), _("country"), _("owner"), _("because"))
    rows.writerow((*times, _("what"), _("step"), *about))
    ours = our_clock(policy)
    for one in simulation.happens:
        lead = one.lead
        times = (f"{one.buyer.local(one.at):%Y-%m-%d %H:%M}", one.buyer.zone, f"{ours.local(one.at):%Y-%m-%d %H:%M}")
        about = (lead.id, lead.tier or "", lead.contact_name, lead.company_name, lead.email, lead.country, lead.owner, why(one))
        rows.writerow([_cell(value) for value in (*times, say.kind(one.kind), what(one, policy), *about)])
    return text.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def as_page(simulation: Simulation, policy: Policy) -> str:
    """A page by itself, without scripts and without anything from elsewhere: the calendar, then the days."""
    # Late: only this needs Jinja.
    from jinja2 import Environment, PackageLoader

    pages = Environment(loader=PackageLoader("mailagent.terminal", "pages"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    ours = our_clock(policy)
    by_day: dict[date, list[Foreseen]] = {}
    for one in simulation.happens:
        by_day.setdefault(ours.local(one.at).date(), []).append(one)
    counted = {day: Counter(one.kind for one in rows) for day, rows in by_day.items()}
    return pages.get_template("simulation.html").render(
        language=language(),
        title=_("What is ahead"),
        span=f"{ours.local(simulation.begin):%Y-%m-%d} – {ours.local(simulation.end):%Y-%m-%d} · {ours.zone}",
        summary=summary(simulation),
        assumes=say.assumes(),
        silent=[(words.reason(told(reason)), count) for reason, count in sorted(simulation.silent.items(), key=lambda row: -row[1])],
        nothing=_("nothing is planned for these leads"),
        legend=[(name, say.kind(name)) for name in say.KINDS] + [("off", _("our house is closed"))],
        weekdays=[words.weekday(number) for number in range(say.DAYS_OF_A_WEEK)],
        months=say.months(counted, ours.local(simulation.begin).date(), ours.local(simulation.end).date(), ours),
        days=[day_of(day, rows, policy) for day, rows in sorted(by_day.items())],
        by_his_clock=_("the first time is the buyer's, the day is ours"),
    )


def day_of(day: date, rows: list[Foreseen], policy: Policy) -> dict:
    """One day's list."""
    return {
        "id": f"{day}",
        "title": f"{words.weekday(day.weekday())} {day}",
        "rows": [
            {
                "kind": one.kind,
                "icon": say.ICONS[one.kind],
                "time": when(one),
                "tier": one.lead.tier or "?",
                "lead": one.lead.id,
                "buyer": buyer(one),
                "country": one.lead.country,
                "owner": one.lead.owner,
                "what": what(one, policy),
                "why": why(one),
                "late": one.is_late,
            }
            for one in rows
        ],
    }
