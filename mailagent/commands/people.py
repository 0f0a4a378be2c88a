"""Commands about persons and their rights: who must not be written to, what is kept of somebody, and forgetting him."""

from __future__ import annotations

import click

from mailagent.commands.common import as_option, office_of, reviewer_of
from mailagent.errors import MailagentError
from mailagent.i18n import _
from mailagent.ledger import suppressions

REASONS = ("manual", "unsubscribe", "complaint", "legal")


@click.command(help=_("Never write to an address, or to anybody at @DOMAIN, again; or lift that, with the person's new consent."))
@click.argument("address", required=False)
@click.option("--reason", type=click.Choice(REASONS), default="manual", show_default=True, help=_("Why."))
@click.option("--evidence", default="", help=_("Who said so, when, in which words; kept with it."))
@click.option(
    "--lift", is_flag=True, help=_("It may be written to again. Needs --evidence; an import or an inquiry never lifts a wish for silence.")
)
@click.option("--list", "listed", is_flag=True, help=_("Everybody who must not be written to, and why."))
@as_option
@click.pass_context
def suppress(context: click.Context, address: str | None, reason: str, evidence: str, lift: bool, listed: bool, name: str | None) -> None:
    office = office_of(context)
    if listed == (address is not None):
        raise MailagentError(_("Name an address or a @domain, or say --list."))
    if address is None:
        from mailagent.terminal import screens
        from mailagent.terminal.people import suppressions_table

        with office.ledger.reading() as db:
            rows = suppressions.listing(db)
        screens.console().print(suppressions_table(rows, office.policy) if rows else _("Nobody has asked for silence."))
    elif lift:
        reviewer_of(office, name).lift(address, evidence)
        click.echo(_("{address} may be written to again. What had ended stays ended until he writes.").format(address=address))
    else:
        reviewer_of(office, name).never_write(address, evidence, reason)
        click.echo(_("{address} will never be written to.").format(address=address))


@click.command("never-write", hidden=True, help=_("The former name of “mailagent suppress”."))
@click.argument("address")
@as_option
@click.pass_context
def never_write(context: click.Context, address: str, name: str | None) -> None:
    context.invoke(suppress, address=address, name=name, reason="manual", evidence="", lift=False, listed=False)


COMMANDS = (suppress, never_write)
