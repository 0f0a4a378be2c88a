"""Commands about the rules themselves: how well do they read (``evaluate``), and what would other ones change (``replay``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from mailagent import policy as rules
from mailagent.core.model.policy import Policy
from mailagent.errors import MailagentError
from mailagent.i18n import _


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
    from mailagent import measure
    from mailagent.jobs import evaluate as job
    from mailagent.terminal import figures
    from mailagent.terminal.progress import counted
    from mailagent.terminal.screens import console

    policy = rules_of(context.obj, config)
    if out.is_dir() or not out.parent.is_dir():
        raise MailagentError(_("{path} cannot be written: name a file in a folder that exists with --out.").format(path=out))
    found = job.look_into(folder, but=out)
    labels = measure.load_labels(found.labels) if found.labels else []
    with counted(_("reading mails")) as saw:
        lines = job.write(job.evaluate(found, policy, saw), out)
    click.echo(_("{count} mails read, answers in {path}").format(count=len(lines), path=out))
    if found.passed_over:
        click.echo(_("{count} entries were passed over: they are no files.").format(count=found.passed_over))
    failed = [line for line in lines if "error" in line]
    for line in failed[:20]:
        click.secho(f"  {line['file']}: {line['error']}", fg="red", err=True)
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


COMMANDS: Sequence[click.Command] = (evaluate,)
