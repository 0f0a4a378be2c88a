"""Commands about the rules themselves: how well do they read (``evaluate``), and what would other ones change (``replay``)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from errno import EISDIR, ENOENT
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from mailagent import policy as rules
from mailagent.commands.common import as_option, office_of, reviewer_of
from mailagent.commands.files import cannot_write
from mailagent.core.model.policy import Policy
from mailagent.errors import MailagentError
from mailagent.i18n import _
from mailagent.ledger.db import BUSY_SECONDS
from mailagent.speech import counts, words


@click.command(
    help=_("Read the mails below a folder, offline, and write what mailagent makes of each; with labels, say how often it is right.")
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help=_("The file for the answers, one JSON line for each mail."))
@click.option(
    "--config", type=click.Path(path_type=Path), help=_("A folder whose config/ holds the rules; else this home's, or the shipped ones.")
)
@click.option("--errors", is_flag=True, help=_("List each answer that is not what its label says."))
@click.pass_context
def evaluate(context: click.Context, folder: Path, out: Path, config: Path | None, errors: bool) -> None:
    from mailagent import evaluation as job
    from mailagent import measure
    from mailagent.terminal import figures
    from mailagent.terminal.progress import counted
    from mailagent.terminal.screens import console

    policy = rules_of(context.obj, config)
    if out.is_dir() or not out.parent.is_dir():
        # Said before an hour of reading, not after it.
        raise MailagentError(cannot_write(out, IsADirectoryError(EISDIR, "") if out.is_dir() else FileNotFoundError(ENOENT, "")))
    found = job.look_into(folder, but=out)
    labels = measure.load_labels(found.labels) if found.labels else []
    with counted(_("reading mails")) as saw:
        lines = job.write(job.evaluate(found, policy, saw), out)
    click.echo(_("{mails} read, answers in {path}").format(mails=counts.mails(len(lines)), path=out))
    if found.passed_over:
        click.echo(_("Passed over, because they are no files: {count}").format(count=found.passed_over))
    failed = [line for line in lines if "error" in line]
    for line in failed[:20]:
        click.secho(words.harmless(f"  {line['file']}: {line['error']}"), fg="red", err=True)
    screen = console()
    if labels:
        measured = measure.figures(labels, lines)
        screen.print(figures.figures_table(measured, found.labels))
        if errors:
            screen.print(figures.errors_table(measured))
    else:
        kinds = Counter(str(line.get("kind", _("not read"))) for line in lines)
        screen.print(figures.kinds_table(kinds))
    context.exit(1 if failed else 0)


def rules_of(home: Path, config: Path | None) -> Policy:
    """The rules to judge by: of the folder that was named, else of the home, else the shipped ones.

    Raises:
        MailagentError: the folder that was named holds no rules.
    """
    if config is None:
        return rules.load(home if (home / "config").is_dir() else None)
    if (config / "config").is_dir():
        return rules.load(config)
    # The config folder itself is meant, too.
    if config.name == "config" and config.is_dir():
        return rules.load(config.resolve().parent)
    raise MailagentError(
        _("{path} holds no rules. Name a folder with a config/ folder in it, as “mailagent init” makes one.").format(path=config)
    )


@click.command(help=_("What would be different under the present rules: reads past mails again, sends nothing, changes nothing."))
@click.option("--since", default="90d", show_default=True, help=_("How far back: days as 90d, or a day as 2026-01-31."))
@click.option("--all", "everything", is_flag=True, help=_("Show every difference."))
@click.option(
    "--apply", "take_over", is_flag=True, help=_("Give the leads their new grades. Still sends nothing, and lifts no suppression.")
)
@as_option
@click.pass_context
def replay(context: click.Context, since: str, everything: bool, take_over: bool, name: str | None) -> None:
    from mailagent.jobs import replay as job
    from mailagent.terminal import replay as screen
    from mailagent.terminal.progress import counted
    from mailagent.terminal.screens import console

    office = office_of(context)
    start = beginning(since, office.now(), office.policy.company.time_zone)
    person = reviewer_of(office, name).person if take_over else None
    with counted(_("reading mails again")) as saw:
        found = job.replay(office, start, saw)
    screen.show(console(), found, office.ledger, office.policy, everything)
    if person is None:
        if found.leads:
            click.echo(_("Nothing was changed. --apply gives these leads their new grades."))
        return
    graded, left = job.take_over(office, found, person)
    click.echo(_("Graded anew: {leads}. Nothing was sent.").format(leads=counts.leads(graded)))
    if left:
        click.echo(_("Changed meanwhile and left alone: {leads}. Run it again.").format(leads=counts.leads(left)))


@click.command(help=_("Give every planned follow-up its time anew, as after a change of cadences or calendar; sends nothing."))
@click.pass_context
def replan(context: click.Context) -> None:
    from mailagent.jobs import replan as job
    from mailagent.terminal.progress import counted

    with counted(_("planning anew")) as saw:
        done = job.replan(office_of(context, BUSY_SECONDS), saw=saw)
    click.echo(_("Planned steps looked at: {count}; with another time now: {moved}.").format(count=done.looked_at, moved=done.moved))


def beginning(text: str, now: datetime, zone: str) -> datetime:
    """The moment that ``--since`` means: so many days ago, or the beginning of a day by the company's clock.

    Raises:
        MailagentError: it is neither, or lies in the future.
    """
    days = re.fullmatch(r"(\d{1,5})\s?d", text.strip())
    try:
        if days:
            return now - timedelta(days=int(days[1]))
        start = datetime.combine(date.fromisoformat(text.strip()), time(), ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MailagentError(
            _("--since takes a number of days as 90d, or a day as 2026-01-31; “{text}” is neither.").format(text=text[:40])
        ) from None
    if start > now:
        raise MailagentError(_("--since {text} lies in the future; name a day that is over.").format(text=text[:40]))
    return start


COMMANDS: Sequence[click.Command] = (evaluate, replay, replan)
