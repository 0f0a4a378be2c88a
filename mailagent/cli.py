"""The commands. Each one calls one job or asks the ledger one question; what it says is in ``terminal/``.

A mistake of the person or of the world ends in one clear line and exit code 1; a traceback never reaches him.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from mailagent import __version__, log
from mailagent import policy as rules
from mailagent import settings as places
from mailagent.errors import ConfigError, MailagentError
from mailagent.i18n import _, set_process_language
from mailagent.init_command import init_command
from mailagent.office import Office, open_office


class Commands(click.Group):
    """Turns our own errors into one line (or a list of problems), and everything else into a line and a log entry."""

    def invoke(self, context: click.Context):
        try:
            return super().invoke(context)
        except ConfigError as error:
            click.echo(_("The configuration has {count} mistakes:").format(count=len(error.problems)), err=True)
            for problem in error.problems:
                click.echo(f"  {problem}", err=True)
            context.exit(1)
        except MailagentError as error:
            click.echo(str(error), err=True)
            context.exit(1)
        except (BrokenPipeError, KeyboardInterrupt):
            context.exit(130)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except OSError as error:
            click.echo(_("This did not work: {error}").format(error=error), err=True)
            context.exit(1)
        except Exception as error:
            logging.getLogger(__name__).debug("unexpected", exc_info=True)
            click.echo(_("Something unexpected happened: {error}").format(error=f"{type(error).__name__}: {error}"), err=True)
            click.echo(_("Run it again with --verbose and send us what it prints."), err=True)
            context.exit(1)


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="mailagent")
@click.option("--home", type=click.Path(path_type=Path), help=_("The company's home folder (else MAILAGENT_HOME, else this folder)."))
@click.option("--lang", type=click.Choice(["en", "zh"]), help=_("Language of the programme."))
@click.option("--verbose", is_flag=True, help=_("Say more, and show the details of an unexpected error."))
@click.pass_context
def main(context: click.Context, home: Path | None, lang: str | None, verbose: bool) -> None:
    """The agent that export companies run on their sales mailbox."""
    if lang:
        set_process_language(lang)
    context.obj = places.find_home(home)
    context.meta["verbose"] = verbose
    log.configure(None, verbose)
    if not verbose:
        # A command says what it found by itself; the log is the daemon's.
        logging.getLogger("mailagent").setLevel(logging.CRITICAL)


main.add_command(init_command)


def office_of(context: click.Context) -> Office:
    home = context.obj
    if not (home / "config").is_dir():
        raise MailagentError(_("{home} holds no configuration. Run “mailagent init” there, or name another --home.").format(home=home))
    return open_office(home)


def reviewer_of(office: Office, name: str | None):
    """The person at the terminal; without --as the only one there is."""
    people = office.policy.people
    if name is None and len(people) == 1:
        name = people[0].name
    person = office.policy.person(name) if name else None
    if person is None:
        known = ", ".join(p.name for p in people) or _("nobody; see mailagent.toml [[person]]")
        raise MailagentError(_("Who are you? Use --as NAME with one of: {names}").format(names=known))
    return office.reviewer(person)


as_option = click.option("--as", "name", help=_("Who you are: a name of mailagent.toml (recorded as local, not authenticated)."))


# ── looking after it ────────────────────────────────────────────────────────────────────────────────────────────


@main.command()
@click.pass_context
def check(context: click.Context) -> None:
    """Report every mistake in configuration and templates, with file and key."""
    problems = rules.check(context.obj)
    if not problems and (context.obj / "config").is_dir():
        problems = places.check(context.obj, rules.load(context.obj))
    for problem in problems:
        click.echo(str(problem))
    if problems:
        context.exit(1)
    click.echo(_("Configuration and templates are in order."))


@main.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Log in for reading and sending, and say what works."""
    from mailagent import doctor as practice

    bad = False
    for finding in practice.examine(office_of(context)):
        sign, colour = {True: ("✓", "green"), None: ("!", "yellow"), False: ("✗", "red")}[finding.ok]
        click.secho(f"{sign} {finding.what}", fg=colour)
        if finding.advice:
            click.echo(f"  {finding.advice}")
        bad |= finding.ok is False
    context.exit(1 if bad else 0)


@main.command()
@click.option("--dry", is_flag=True, help=_("Read, understand and draft without storing or sending anything."))
@click.option("--days", default=30, show_default=True, type=click.IntRange(0, 3650), help=_("With --dry: how far back to read."))
@click.option("--no-desk", is_flag=True, help=_("Without the web page."))
@click.pass_context
def run(context: click.Context, dry: bool, days: int, no_desk: bool) -> None:
    """Be the daemon, until Ctrl-C or SIGTERM."""
    office = office_of(context)
    if dry:
        return run_dry(office, days)
    from mailagent import daemon

    log.configure(office.settings.home, context.meta["verbose"], office.settings.secrets)
    take_in_lists(office)

    def started(running: daemon.Daemon) -> None:
        click.echo(_("mailagent runs on {home}. Ctrl-C ends it.").format(home=office.settings.home))
        if office.policy.sending.letters == "off":
            click.echo(_("Sending is off: approved letters go to {folder}.").format(folder=office.settings.spool_folder))
        if not no_desk:
            serve_desk(office, running)

    daemon.run(office, started)
    click.echo(_("mailagent has ended."))
    return None


def serve_desk(office: Office, running) -> None:
    from mailagent.desk import open_desk

    server = open_desk(office)
    running.closing.append(server.stop)
    click.echo(_("The desk: http://{host}:{port}/").format(host=office.policy.desk.host, port=server.port))


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
            handled = dry_run.read_and_draft(scratch, lambda n: bar.update(line, description=_("{count} mails understood").format(count=n)))
        out.print(screens.understood_table(handled, dry_run.grades(scratch, handled)))
        for letter in dry_run.waiting_drafts(scratch):
            out.rule(screens.clip(f"{letter.recipient}: {letter.subject}", 100), align="left")
            out.print(letter.body, markup=False)
        drafts = len(dry_run.waiting_drafts(scratch))
        older = dry_run.skipped_mails(scratch)
    out.print(
        _("{mails} mails understood, {drafts} letters drafted, {older} older mails left alone.").format(
            mails=len(handled), drafts=drafts, older=older
        )
    )
    out.print(_("Nothing was stored and nothing was sent."))


@main.command()
@click.pass_context
def status(context: click.Context) -> None:
    """What the daemon has read and sent, and what waits for you."""
    from mailagent.daemon import is_running
    from mailagent.terminal import screens

    office = office_of(context)
    screens.status(screens.console(), office.ledger, office.policy, is_running(office.settings.home))


@main.command()
@click.pass_context
def backup(context: click.Context) -> None:
    """Write a consistent copy of the ledger into the backup folder."""
    from mailagent.jobs.tidy import backup as back_up

    click.echo(str(back_up(office_of(context))))


@main.command()
@click.option("--retry", is_flag=True, help=_("Try them all again."))
@click.pass_context
def quarantine(context: click.Context, retry: bool) -> None:
    """Mails that broke us three times, with the reason."""
    from mailagent.ledger import inbox

    office = office_of(context)
    if retry:
        with office.ledger.transaction() as db:
            click.echo(_("{count} mails will be tried again").format(count=inbox.retry_quarantined(db)))
        return
    with office.ledger.reading() as db:
        found = inbox.quarantined(db)
    for mail in found:
        click.echo(f"{mail['id']}  {mail['account']}/{mail['folder']} uid {mail['uid']}  {mail['size']} bytes  {mail['error']}")
    click.echo(_("{count} mails in quarantine").format(count=len(found)))


# ── working with it ─────────────────────────────────────────────────────────────────────────────────────────────


@main.command()
@click.option("--tier", type=click.IntRange(1, 4), help=_("Only this tier."))
@click.option("--owner", default="", help=_("Only this person's."))
@click.pass_context
def leads(context: click.Context, tier: int | None, owner: str) -> None:
    """All leads, the hottest first, with their next step."""
    from mailagent.ledger import leads as questions
    from mailagent.terminal import screens

    office = office_of(context)
    with office.ledger.reading() as db:
        found = questions.listing(db, tier=tier, owner=owner)
    screens.console().print(screens.leads_table(found, office.policy))


@main.command()
@click.argument("lead", type=int)
@click.pass_context
def explain(context: click.Context, lead: int) -> None:
    """Why a lead stands where it stands: the words that graded it, and everything that happened."""
    from mailagent.terminal import screens

    office = office_of(context)
    if not screens.explain(screens.console(), office.ledger, office.policy, lead):
        raise MailagentError(_("There is no lead {lead}. mailagent leads lists them.").format(lead=lead))


@main.command()
@as_option
@click.option("--letter", type=int, help=_("Only this letter."))
@click.pass_context
def review(context: click.Context, name: str | None, letter: int | None) -> None:
    """Read drafts and approve, edit or reject them."""
    from mailagent.terminal import review as screen
    from mailagent.terminal.screens import console

    office = office_of(context)
    screen.review(office, reviewer_of(office, name), console(), letter)


@main.command()
@click.option("--owner", default="", help=_("Only this person's."))
@click.option("--done", type=int, help=_("Mark this task as done."))
@as_option
@click.pass_context
def tasks(context: click.Context, owner: str, done: int | None, name: str | None) -> None:
    """What people have to do."""
    from mailagent.ledger import tasks as questions
    from mailagent.terminal import screens

    office = office_of(context)
    if done is not None:
        reviewer_of(office, name).done(done)
    with office.ledger.reading() as db:
        found = questions.open_tasks(db, owner=owner)
    screens.console().print(screens.tasks_table(found, office.policy))


@main.command()
@click.argument("lead", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help=_("Stop all sending at once."))
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help=_("Until this day, else until resumed."))
@as_option
@click.pass_context
def pause(context: click.Context, lead: int | None, everything: bool, until: datetime | None, name: str | None) -> None:
    """Nothing goes out for a lead (or for all) until it is resumed."""
    office = office_of(context)
    reviewer = reviewer_of(office, name)
    if everything == (lead is not None):
        raise MailagentError(_("Name a lead, or say --all."))
    if everything:
        reviewer.pause_all()
        click.echo(_("All sending is paused. mailagent resume --all goes on."))
    else:
        reviewer.pause(lead, until.replace(tzinfo=UTC) if until else None)
        click.echo(_("Lead {lead} is paused.").format(lead=lead))


@main.command()
@click.argument("lead", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help=_("Sending goes on."))
@click.option("--account", help=_("Sending from this mailbox goes on, after the server refused it."))
@as_option
@click.pass_context
def resume(context: click.Context, lead: int | None, everything: bool, account: str | None, name: str | None) -> None:
    """End a pause or a hold."""
    office = office_of(context)
    reviewer = reviewer_of(office, name)
    if (lead is not None) + everything + (account is not None) != 1:
        raise MailagentError(_("Name a lead, or say --all, or --account NAME."))
    if lead is not None:
        reviewer.resume(lead)
    else:
        reviewer.resume_all(account or "all")
    click.echo(_("It goes on."))


@main.command()
@click.argument("lead", type=int)
@click.argument("tier", type=click.Choice(["1", "2", "3", "4", "off"]))
@as_option
@click.pass_context
def pin(context: click.Context, lead: int, tier: str, name: str | None) -> None:
    """Set a lead's tier by hand; it beats the score."""
    office = office_of(context)
    reviewer_of(office, name).pin_tier(lead, None if tier == "off" else int(tier))
    click.echo(_("Done."))


@main.command()
@as_option
@click.pass_context
def desk(context: click.Context, name: str | None) -> None:
    """Print a link that opens the web page as you; good once, for ten minutes."""
    from mailagent.desk import link_for

    office = office_of(context)
    click.echo(link_for(office, reviewer_of(office, name).person.name))


@main.command("desk-password")
@click.argument("name")
@click.password_option(help=_("Asked for if not given."))
@click.pass_context
def desk_password(context: click.Context, name: str, password: str) -> None:
    """Set somebody's password for the web page."""
    from mailagent.web.session import set_desk_password

    office = office_of(context)
    person = reviewer_of(office, name).person
    click.echo(_("written: {path}").format(path=set_desk_password(office.settings.home, person.name, password)))


@main.command()
@click.argument("lead", type=int)
@as_option
@click.pass_context
def stop(context: click.Context, lead: int, name: str | None) -> None:
    """Stop following a lead."""
    office = office_of(context)
    reviewer_of(office, name).stop_following(lead)
    click.echo(_("No further letters to lead {lead}.").format(lead=lead))


@main.command("never-write")
@click.argument("address")
@as_option
@click.pass_context
def never_write(context: click.Context, address: str, name: str | None) -> None:
    """Never write to an address again, in no matter."""
    office = office_of(context)
    reviewer_of(office, name).never_write(address)
    click.echo(_("{address} will never be written to.").format(address=address))


@main.command()
@click.option("--days", default=0, type=click.IntRange(0, 365), help=_("Let so many days pass quickly."))
@click.option("--check", "checking", is_flag=True, help=_("Approve by itself, verify the outcome, and exit 0 or 1."))
@click.option("--port", default=8025, show_default=True, type=click.IntRange(0, 65535), help=_("Where the page is served."))
@click.pass_context
def demo(context: click.Context, days: int, checking: bool, port: int) -> None:
    """A whole company on this machine: mail server, mails, daemon, page. No real mail leaves it."""
    try:
        from mailagent.demo import play
    except ImportError as error:
        raise MailagentError(_("The demo needs its own packages: pip install 'mailagent[demo]' ({error})").format(error=error)) from error
    context.exit(play.play(days=days, checking=checking, port=port))


if __name__ == "__main__":
    sys.exit(main())
