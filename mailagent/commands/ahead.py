"""The command that looks ahead: what would be sent to whom and when, sending nothing."""

from __future__ import annotations

from pathlib import Path

import click

from mailagent.commands.common import office_of, somebody
from mailagent.commands.files import writing
from mailagent.commands.kinds import NUMBER
from mailagent.errors import MailagentError
from mailagent.i18n import _

A_QUARTER = 90


@click.command(help=_("What would be sent to whom and when, and why then, if nobody answered. Sends nothing."))
@click.option("--days", type=click.IntRange(1, 400), default=A_QUARTER, show_default=True, help=_("So many days ahead."))
@click.option("--lead", type=NUMBER, help=_("Only this lead."))
@click.option("--owner", default="", help=_("Only this person's."))
@click.option("--out", type=click.Path(path_type=Path), help=_("Write a table and a page with a calendar there."))
@click.pass_context
def simulate(context: click.Context, days: int, lead: int | None, owner: str, out: Path | None) -> None:
    from mailagent.jobs import simulate as job
    from mailagent.ledger import leads
    from mailagent.terminal import foresight
    from mailagent.terminal.progress import counted
    from mailagent.terminal.screens import console

    office = office_of(context)
    if owner:
        owner = somebody(office, owner).name
    if lead is not None:
        with office.ledger.reading() as db:
            if leads.get(db, lead) is None:
                raise MailagentError(_("There is no lead {lead}. mailagent leads lists them.").format(lead=lead))
    if out is not None:
        # Said before the work, not after it.
        with writing(out):
            out.mkdir(parents=True, exist_ok=True)
    with counted(_("looking ahead")) as tell:
        found = job.simulate(office, days, lead_id=lead, owner=owner, tell=tell)
    foresight.show(console(), found, office.policy)
    if out is None:
        return
    with writing(out):
        written = foresight.write(found, office.policy, out)
    for path in written:
        click.echo(_("written: {path}").format(path=path))


COMMANDS = (simulate,)
