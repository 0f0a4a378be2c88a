"""Commands about the mails themselves: is any missing, which could not be read, where was that word."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from mailagent.commands.common import office_of
from mailagent.core.model.policy import Mailbox
from mailagent.errors import MailagentError, MailboxError
from mailagent.i18n import _, ngettext
from mailagent.ledger import folders, inbox, search
from mailagent.office import Office
from mailagent.speech import words
from mailagent.speech.sayings import told

if TYPE_CHECKING:
    from mailagent.jobs.recount import Count


@click.command(help=_("Compare the mailboxes with the ledger, mail by mail, and fetch what is missing."))
@click.argument("mailbox", required=False)
@click.pass_context
def reconcile(context: click.Context, mailbox: str | None) -> None:
    office = office_of(context)
    chosen = [one for one in office.policy.mailboxes if mailbox in (None, one.name)]
    if not chosen:
        known = ", ".join(one.name for one in office.policy.mailboxes) or "-"
        raise MailagentError(_("There is no mailbox “{name}” in mailagent.toml. It has: {known}").format(name=mailbox, known=known))
    bad = False
    for one in chosen:
        try:
            counts = compare(office, one)
        except MailboxError as error:
            click.secho(told(str(error)), fg="red", err=True)
            bad = True
            continue
        for count in counts:
            is_bad = bool(count.still_missing or count.trouble)
            click.secho(f"{'✗' if is_bad else '✓'} {told_count(count)}", fg="red" if is_bad else "green")
            bad |= is_bad
    context.exit(1 if bad else 0)


def compare(office: Office, mailbox: Mailbox) -> list[Count]:
    """What is new is fetched first, so that only what was really missed counts as missing."""
    # Late: reading takes a while to load, and most commands read nothing.
    from mailagent import jobs
    from mailagent.jobs.recount import recount

    connection = office.open_mailbox(mailbox)
    try:
        jobs.receive(office, mailbox, connection)
        return recount(office, mailbox, connection)
    finally:
        connection.close()


def told_count(count: Count) -> str:
    if count.trouble:
        return f"{count.mailbox}/{count.folder}: {told(count.trouble)}"
    line = _("{place}: {on_server} on the server, {accounted} accounted for, {missing} missing").format(
        place=f"{count.mailbox}/{count.folder}",
        on_server=f"{count.on_server:,}",
        accounted=f"{count.accounted_for + count.fetched:,}",
        missing=f"{count.still_missing:,}",
    )
    if count.fetched:
        line += " " + _("({count} were missing and are fetched now)").format(count=count.fetched)
    if count.older:
        line += " " + _("({count} older than the first day of reading, left alone)").format(count=f"{count.older:,}")
    if count.erased:
        line += " " + _("({count} erased here at their writer's request)").format(count=f"{count.erased:,}")
    if count.kept_back:
        line += " " + _("({count} kept back by the server: mailagent quarantine)").format(count=count.kept_back)
    return line


@click.command(help=_("Mails that could not be read or fetched, with the reason. “mailagent quarantine retry” tries them again."))
@click.argument("action", required=False, type=click.Choice(["retry"]))
@click.option("--retry", is_flag=True, help=_("Try them all again."))
@click.pass_context
def quarantine(context: click.Context, action: str | None, retry: bool) -> None:
    office = office_of(context)
    if action or retry:
        with office.ledger.transaction() as db:
            count = inbox.retry_quarantined(db) + folders.retry_not_fetched(db, office.now())
        click.echo(_("Mails that will be tried again: {count}").format(count=count))
        return
    with office.ledger.reading() as db:
        found, back = inbox.quarantined(db), folders.not_fetched(db)
    for mail in found:
        size = _("{size} bytes").format(size=f"{mail['size']:,}")
        click.echo(f"{mail['id']}  {mail['account']}/{mail['folder']} uid {mail['uid']}  {size}  {words.harmless(told(mail['error']))}")
    click.echo(_("Mails in quarantine: {count}").format(count=len(found)))
    for one in back:
        tries = ngettext("{count} try", "{count} tries", one.tries).format(count=one.tries)
        click.echo(f"{one.account}/{one.folder} uid {one.uid}  {tries}  {words.harmless(told(one.error))}")
    if back:
        click.echo(_("Mails that a server keeps back: {count}. They are asked for again from time to time.").format(count=len(back)))


@click.command("search", help=_("Find mails by the words in them, the newest first."))
@click.argument("word", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help=_("At most so many."))
@click.pass_context
def search_(context: click.Context, word: tuple[str, ...], limit: int) -> None:
    from rich.table import Table

    from mailagent.terminal import screens

    office = office_of(context)
    with office.ledger.reading() as db:
        found = search.find(db, " ".join(word), limit)
    table = Table(header_style="bold")
    for name in ("#", _("when"), _("buyer"), _("kind"), _("subject"), _("lead")):
        table.add_column(name, no_wrap=name in ("#", _("when")))
    for mail in found:
        when = screens.local(datetime.fromisoformat(mail["received_at"]), office.policy, with_year=True)
        lead = str(mail["lead_id"] or "")
        subject = screens.clip(mail["subject"], 60)
        table.add_row(str(mail["id"]), when, screens.clip(mail["sender_email"], 34), words.kind(mail["kind"]), subject, lead)
    if found:
        screens.console().print(table)
    click.echo(_("Mails found: {count}").format(count=len(found)))


COMMANDS = (reconcile, quarantine, search_)
