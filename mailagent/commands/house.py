"""Commands for the person who looks after mailagent: is it well, does it run, what did it keep."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from mailagent import log
from mailagent import policy as rules
from mailagent import settings as places
from mailagent.commands.common import office_of
from mailagent.core.model.login import way_in
from mailagent.core.model.policy import Policy
from mailagent.errors import MailagentError, Problem
from mailagent.i18n import _
from mailagent.ledger.db import BUSY_SECONDS
from mailagent.oauth.tokens import open_tokens
from mailagent.office import Office, utc_now
from mailagent.speech import mistakes
from mailagent.speech.sayings import told


@click.command(help=_("Report every mistake in configuration and templates, with file and key."))
@click.pass_context
def check(context: click.Context) -> None:
    problems = list(rules.check(context.obj))
    # What only deserves a look does not hide what is missing.
    if all(problem.warning for problem in problems) and (context.obj / "config").is_dir():
        policy = rules.load(context.obj)
        problems += places.check(context.obj, policy) or login_problems(context.obj, policy)
    for problem in problems:
        click.echo(mistakes.say(problem))
    if problems:
        context.exit(1)
    click.echo(_("Configuration and templates are in order."))


def login_problems(home: Path, policy: Policy) -> list[Problem]:
    """Mailboxes that log in by a token that is missing or about to end."""
    settings = places.load(home)
    by_token = [mailbox for mailbox in policy.mailboxes if way_in(mailbox, policy.providers) == "oauth2"]
    sources = ((mailbox, open_tokens(mailbox, policy.providers, settings, utc_now)) for mailbox in by_token)
    return [Problem(f"tokens/{mailbox.token_file}", "", told(text)) for mailbox, tokens in sources if (text := tokens.trouble())]


@click.command(help=_("Log in for reading and sending, ask the DNS about our domains, and say what works and what to do."))
@click.option("--resolver", default="", metavar="ADDRESS[:PORT]", help=_("Ask this DNS server instead of the system's."))
@click.option("--self-test", is_flag=True, help=_("Send one letter from each mailbox to ourselves and look at its signature."))
@click.option("--arrives", default="", metavar="MAILBOX", help=_("With --self-test: to which mailbox of ours (else their own)."))
@click.option("--patience", default=120.0, show_default=True, help=_("With --self-test: so long a letter may take, seconds."))
@click.pass_context
def doctor(context: click.Context, resolver: str, self_test: bool, arrives: str, patience: float) -> None:
    from mailagent import doctor as practice

    office, bad = office_of(context), False
    findings = letters_to_ourselves(office, resolver, arrives, patience) if self_test else practice.examine(office, resolver)
    for finding in findings:
        sign, colour = {True: ("✓", "green"), None: ("!", "yellow"), False: ("✗", "red")}[finding.ok]
        click.secho(f"{sign} {finding.what}", fg=colour)
        if finding.advice:
            click.echo(f"  {finding.advice}")
        bad |= finding.ok is False
    context.exit(1 if bad else 0)


def letters_to_ourselves(office: Office, resolver: str, arrives: str, patience: float):
    """The findings of one letter from each mailbox."""
    from mailagent.doctor.resolver import Resolver
    from mailagent.doctor.self_test import self_test

    target = office.policy.mailbox(arrives)
    if arrives and target is None:
        known = ", ".join(mailbox.name for mailbox in office.policy.mailboxes)
        raise MailagentError(_("There is no mailbox {name}; there are: {known}").format(name=arrives, known=known))
    asked = Resolver(resolver)
    for mailbox in office.policy.mailboxes:
        yield from self_test(office, mailbox, target or mailbox, asked, patience)


@click.command("dkim-key", help=_("Make the key that signs a mailbox's letters, and print the DNS record that belongs to it."))
@click.argument("mailbox")
@click.option("--selector", default="mailagent", show_default=True, help=_("Its name in the DNS, if none is configured yet."))
@click.pass_context
def dkim_key(context: click.Context, mailbox: str, selector: str) -> None:
    from mailagent.delivery import signing
    from mailagent.doctor.own_key import key_of, zone_lines

    office = office_of(context)
    chosen = office.policy.mailbox(mailbox)
    if chosen is None:
        known = ", ".join(one.name for one in office.policy.mailboxes) or _("none")
        raise MailagentError(_("There is no mailbox {name}; there are: {known}").format(name=mailbox, known=known))
    path, key, is_new = key_of(office.settings, chosen)
    selector = chosen.dkim_selector or selector
    name, record = f"{selector}._domainkey.{chosen.signing_domain}", signing.public_record(key)
    click.echo(_("made: {path}").format(path=path) if is_new else _("the key of {path}").format(path=path))
    click.echo(_("\n1. Publish at {name} as TXT:\n").format(name=name))
    click.echo(record)
    click.echo(_("\n   or, in a zone file:\n"))
    click.echo(zone_lines(name, record))
    click.echo(_("\n2. In .env: {line}").format(line=f"{chosen.dkim_key_variable}='{path.name}'"))
    click.echo(_("3. In mailagent.toml, under this [[mailbox]]: {line}").format(line=f'dkim_selector = "{selector}"'))
    click.echo(_("4. When the record is published: mailagent doctor, then mailagent doctor --self-test"))


@click.command(help=_("Be the daemon, until Ctrl-C or SIGTERM."))
@click.option("--dry", is_flag=True, help=_("Read, understand and draft without storing or sending anything."))
@click.option("--days", default=30, show_default=True, type=click.IntRange(0, 3650), help=_("With --dry: how far back to read."))
@click.option("--no-desk", is_flag=True, help=_("Without the web page."))
@click.pass_context
def run(context: click.Context, dry: bool, days: int, no_desk: bool) -> None:
    office = office_of(context, BUSY_SECONDS)
    if dry:
        return run_dry(office, days)
    from mailagent import daemon

    log.configure(office.settings.home, context.meta["verbose"], office.settings.secrets)
    take_in_lists(office)
    from mailagent.terminal.progress import progress_of

    def started(running: daemon.Daemon) -> None:
        click.echo(_("mailagent runs on {home}. Ctrl-C ends it.").format(home=office.settings.home))
        if office.policy.sending.letters == "off":
            click.echo(_("Sending is off: approved letters go to {folder}.").format(folder=office.settings.spool_folder))
        if not no_desk:
            serve_desk(office, running)
        serve_public_page(office, running)

    with progress_of(office):
        is_stuck = daemon.run(office, started)
    if is_stuck:
        click.echo(_("Reading a mail has not come to an end. mailagent begins anew; see: mailagent quarantine"))
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    click.echo(_("mailagent has ended."))
    return None


def serve_desk(office: Office, running) -> None:
    from mailagent.desk import open_desk

    server = open_desk(office)
    running.closing.append(server.stop)
    click.echo(_("The desk: http://{host}:{port}/").format(host=office.policy.desk.host, port=server.port))


def serve_public_page(office: Office, running) -> None:
    """The page on which buyers stop letters; only where it has an https address."""
    from mailagent.public import open_public_page

    if server := open_public_page(office):
        running.closing.append(server.stop)
        text = _("The public page: {url}, served on {host}:{port}")
        click.echo(text.format(url=office.policy.public_page.public_url, host=server.host, port=server.port))


def take_in_lists(office: Office) -> None:
    """Customers and opt-outs that ``init`` left in the import folder."""
    from mailagent.lists import take_in

    for line in take_in(office):
        click.echo(line)


def run_dry(office: Office, days: int) -> None:
    from rich.progress import Progress, SpinnerColumn, TextColumn

    from mailagent import dry_run
    from mailagent.terminal import screens

    out = screens.console()
    with dry_run.scratch_office(office, days) as scratch:
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=out, transient=True) as bar:
            line = bar.add_task(_("reading the last {days} days").format(days=days))
            so_far = _("mails understood: {count}")
            handled = dry_run.read_and_draft(scratch, lambda count: bar.update(line, description=so_far.format(count=count)))
        out.print(screens.understood_table(handled, dry_run.grades(scratch, handled)))
        for letter in dry_run.waiting_drafts(scratch):
            out.rule(screens.clip(f"{letter.recipient}: {letter.subject}", 100), align="left")
            out.print(letter.body, markup=False)
        drafts = len(dry_run.waiting_drafts(scratch))
        older = dry_run.skipped_mails(scratch)
    out.print(
        _("Mails understood: {mails}. Letters drafted: {drafts}. Older mails left alone: {older}.").format(
            mails=len(handled), drafts=drafts, older=older
        )
    )
    out.print(_("Nothing was stored and nothing was sent."))


@click.command(help=_("What the daemon has read and sent, and what waits for you."))
@click.pass_context
def status(context: click.Context) -> None:
    from mailagent.lock import is_running
    from mailagent.terminal import screens

    office = office_of(context)
    screens.status(screens.console(), office.ledger, office.policy, is_running(office.settings.home))
    for warning in filter(None, map(office.login_warning, office.policy.mailboxes)):
        click.secho(f"! {told(warning)}", fg="yellow")


@click.command(help=_("Write a consistent copy of the ledger into the backup folder."))
@click.pass_context
def backup(context: click.Context) -> None:
    from mailagent.jobs.tidy import backup as back_up

    click.echo(str(back_up(office_of(context))))
    click.echo(_("Keep .env (its keys remember who asked for no more letters), config/ and sources/ in your own backup as well."))


@click.command(help=_("A whole company on this machine: mail server, mails, daemon, page. No real mail leaves it."))
@click.option("--days", default=0, type=click.IntRange(0, 365), help=_("Let so many days pass quickly."))
@click.option("--check", "checking", is_flag=True, help=_("Approve by itself, verify the outcome, and exit 0 or 1."))
@click.option("--port", default=8025, show_default=True, type=click.IntRange(0, 65535), help=_("Where the page is served."))
@click.pass_context
def demo(context: click.Context, days: int, checking: bool, port: int) -> None:
    try:
        from mailagent.demo import play
    except ImportError as error:
        raise MailagentError(_("The demo needs its own packages: pip install 'mailagent[demo]' ({error})").format(error=error)) from error
    context.exit(play.play(days=days, checking=checking, port=port))


COMMANDS = (check, doctor, dkim_key, run, status, backup, demo)
