"""Commands about persons and their rights: who must not be written to, what is kept of somebody, and forgetting him."""

from __future__ import annotations

from pathlib import Path

import click

from mailagent.commands.common import as_option, office_of, reviewer_of
from mailagent.commands.files import writing
from mailagent.commands.kinds import NUMBER
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


@click.command(
    "export-person", help=_("Everything that is kept of a person, as a zip that he can be given: a readable record and his mails.")
)
@click.argument("address")
@click.option("--out", type=click.Path(path_type=Path), help=_("The file to write (else person-DATE.zip in this folder)."))
@click.pass_context
def export_person(context: click.Context, address: str, out: Path | None) -> None:
    from mailagent.exchange.bundle import write_bundle
    from mailagent.jobs.forget import record_of

    office = office_of(context)
    record, files = record_of(office, address)
    target = out or Path(f"person-{office.now():%Y%m%d-%H%M%S}.zip")
    if target.is_file():
        raise MailagentError(_("{path} is there already. Name another file with --out.").format(path=target))
    with writing(target):
        count = write_bundle(target, record, files)
    click.echo(_("written: {path}").format(path=target))
    numbers = {"mails": len(record["mails"]), "letters": len(record["letters"]), "files": count}
    click.echo(_("Mails: {mails}, letters: {letters}; as they were sent: {files}.").format(**numbers))


@click.command(
    help=_("Erase a person: all that is kept of him but a keyed hash, by which he is never written to again. Counts first; --yes does it.")
)
@click.argument("address")
@click.option("--yes", is_flag=True, help=_("Really do it. It cannot be undone."))
@as_option
@click.pass_context
def forget(context: click.Context, address: str, yes: bool, name: str | None) -> None:
    from mailagent.jobs import forget as job

    office = office_of(context)
    who = reviewer_of(office, name).person.name if yes else ""
    what = job.forget(office, address, who) if yes else job.kept_of(office, address)
    click.echo((_("Erased of {address}:") if yes else _("Kept of {address}:")).format(address=address))
    for text, rows in (
        (_("matters: {count}"), what.leads),
        (_("mails from him, to him and in his matters: {count}"), what.mails),
        (_("letters and notices: {count}"), (*what.letters, *what.notices)),
        (_("tasks: {count}"), what.tasks),
        (_("mails of others that name him (his address is taken out of what is shown of them): {count}"), (*what.mentions, *what.copies)),
    ):
        click.echo(f"  {text.format(count=len(rows))}")
    if not yes:
        click.echo(_("Nothing was changed. Run it again with --yes."))
        return
    if job.is_unfinished(office):
        click.echo(_("The freed pages of the ledger are in use at the moment; the daily housekeeping overwrites them."))
    click.echo(_("What remains: the mails on the mail server (delete them there; they are not taken in again),"))
    click.echo(_("the bytes of the mails of others in which he is named, and these files:"))
    for path in job.remains(office, address):
        click.echo(f"  {path}")


@click.command(
    "answer",
    help=_("Let what somebody asks be answered, once, who asked for silence before: a draft is written, and no follow-up comes of it."),
)
@click.argument("lead", type=NUMBER)
@click.option("--reason", required=True, help=_("What he asks, in your words; kept with it."))
@as_option
@click.pass_context
def answer(context: click.Context, lead: int, reason: str, name: str | None) -> None:
    reviewer_of(office_of(context), name).answer_silenced(lead, reason)
    click.echo(_("A draft will be written. It is the only letter that may go to him."))


COMMANDS = (suppress, never_write, answer, export_person, forget)
