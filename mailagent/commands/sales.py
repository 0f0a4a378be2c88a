"""Commands for the people who work with it: leads and why, drafts, tasks, and the verbs that stop things."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from mailagent.commands.common import as_option, office_of, reviewer_of, somebody
from mailagent.commands.kinds import DAY, NUMBER
from mailagent.errors import MailagentError
from mailagent.i18n import _


@click.command(help=_("All leads, the hottest first, with their next step."))
@click.option("--tier", type=click.IntRange(1, 4), help=_("Only this tier."))
@click.option("--owner", default="", help=_("Only this person's."))
@click.pass_context
def leads(context: click.Context, tier: int | None, owner: str) -> None:
    from mailagent.ledger import leads as questions
    from mailagent.ledger import owed
    from mailagent.terminal import screens

    office = office_of(context)
    with office.ledger.reading() as db:
        found = questions.listing(db, tier=tier, owner=owner, now=office.now(), half_life_days=office.policy.lifetime.half_life_days)
        debts = owed.of_leads(db, [lead.id for lead in found])
    screens.console().print(screens.leads_table(found, office.policy, debts, office.now()) if found else _("No leads yet."))


@click.command(help=_("Why a lead stands where it stands: the words that graded it, and everything that happened."))
@click.argument("lead", type=NUMBER)
@click.pass_context
def explain(context: click.Context, lead: int) -> None:
    from mailagent.terminal import screens

    office = office_of(context)
    if not screens.explain(screens.console(), office.ledger, office.policy, lead, office.now()):
        raise MailagentError(_("There is no lead {lead}. mailagent leads lists them.").format(lead=lead))


@click.command(help=_("Read drafts and approve, edit or reject them."))
@as_option
@click.option("--letter", type=NUMBER, help=_("Only this letter."))
@click.pass_context
def review(context: click.Context, name: str | None, letter: int | None) -> None:
    from mailagent.terminal import review as screen
    from mailagent.terminal.screens import console

    office = office_of(context)
    screen.review(office, reviewer_of(office, name), console(), letter)


@click.command(help=_("Nothing goes out for a lead (or for all) until it is resumed."))
@click.argument("lead", type=NUMBER, required=False)
@click.option("--all", "everything", is_flag=True, help=_("Stop all sending at once."))
@click.option("--until", type=DAY, help=_("Until this day, else until resumed."))
@as_option
@click.pass_context
def pause(context: click.Context, lead: int | None, everything: bool, until: datetime | None, name: str | None) -> None:
    office = office_of(context)
    reviewer = reviewer_of(office, name)
    if everything == (lead is not None):
        raise MailagentError(_("Name a lead, or say --all."))
    if everything:
        reviewer.pause_all()
        click.echo(_("All sending is paused. mailagent resume --all goes on."))
    else:
        reviewer.pause(lead, until.replace(tzinfo=ZoneInfo(office.policy.company.time_zone)).astimezone(UTC) if until else None)
        said = _("Lead {lead} is paused until {day}.") if until else _("Lead {lead} is paused until somebody resumes it.")
        click.echo(said.format(lead=lead, day=until.date() if until else ""))


@click.command(help=_("End a pause or a hold."))
@click.argument("lead", type=NUMBER, required=False)
@click.option("--all", "everything", is_flag=True, help=_("Sending goes on."))
@click.option("--account", help=_("Sending from this mailbox goes on, after the server refused it."))
@as_option
@click.pass_context
def resume(context: click.Context, lead: int | None, everything: bool, account: str | None, name: str | None) -> None:
    from mailagent.ledger import outbox

    office = office_of(context)
    reviewer = reviewer_of(office, name)
    if (lead is not None) + everything + (account is not None) != 1:
        raise MailagentError(_("Name a lead, or say --all, or --account NAME."))
    if lead is not None:
        reviewer.resume(lead)
        click.echo(_("Lead {lead} goes on.").format(lead=lead))
    elif account is not None:
        # A domain that refused us rests as "@domain"; a mailbox may have left the configuration while it rested.
        mailbox = office.policy.mailbox(account)
        if mailbox is None and not account.startswith("@"):
            with office.ledger.reading() as db:
                paused = outbox.is_paused(db, account)
            if not paused:
                known = ", ".join(one.name for one in office.policy.mailboxes) or _("none")
                raise MailagentError(_("There is no mailbox {name}; there are: {known}").format(name=account[:80], known=known))
        reviewer.resume_all(mailbox.name if mailbox else account)
        text = _("Sending from {address} goes on.") if mailbox else _("Sending to {address} goes on.")
        click.echo(text.format(address=mailbox.address if mailbox else account))
    else:
        reviewer.resume_all("all")
        click.echo(_("Sending goes on."))


@click.command(help=_("Set a lead's tier by hand; it beats the score."))
@click.argument("lead", type=NUMBER)
@click.argument("tier", type=click.Choice(["1", "2", "3", "4", "off"]))
@as_option
@click.pass_context
def pin(context: click.Context, lead: int, tier: str, name: str | None) -> None:
    office = office_of(context)
    reviewer_of(office, name).pin_tier(lead, None if tier == "off" else int(tier))
    said = _("Lead {lead} follows its score again.") if tier == "off" else _("Lead {lead} stays at tier {tier}, set by hand.")
    click.echo(said.format(lead=lead, tier=tier))


@click.command(help=_('Note the birthday that the buyer of a lead told us, DAY as 05-17; "off" forgets it. A greeting becomes a task.'))
@click.argument("lead", type=NUMBER)
@click.argument("day")
@as_option
@click.pass_context
def birthday(context: click.Context, lead: int, day: str, name: str | None) -> None:
    reviewer_of(office_of(context), name).note_birthday(lead, "" if day == "off" else day)
    said = _("His birthday is forgotten.") if day == "off" else _("His birthday is noted: {day}. A greeting becomes a task.")
    click.echo(said.format(day=day))


@click.command(help=_("Say where the buyer of a lead sits: COUNTRY in two letters. Letters keep his hours and holidays."))
@click.argument("lead", type=NUMBER)
@click.argument("country", required=False)
@click.option("--zone", default="", help=_("His time zone, as America/Denver, where his country has several."))
@click.option("--region", default="", help=_("His state or province, as BY or CA, where its holidays count."))
@as_option
@click.pass_context
def place(context: click.Context, lead: int, country: str | None, zone: str, region: str, name: str | None) -> None:
    from mailagent.core.deciding.clock import clock_of
    from mailagent.ledger import leads as questions
    from mailagent.speech import place as sayings

    office = office_of(context)
    if country:
        reviewer_of(office, name).place(lead, country, zone, region)
    with office.ledger.reading() as db:
        found = questions.get(db, lead)
    if found is None:
        raise MailagentError(_("There is no lead {lead}. mailagent leads lists them.").format(lead=lead))
    click.echo(sayings.line(clock_of(found, office.policy)))


@click.command(help=_("Print a link that opens the web page as you; good once, for ten minutes."))
@as_option
@click.pass_context
def desk(context: click.Context, name: str | None) -> None:
    from mailagent.desk import link_for

    office = office_of(context)
    click.echo(link_for(office, reviewer_of(office, name).person.name))


@click.command("desk-password", help=_("Set somebody's password for the web page."))
@click.argument("name")
@click.password_option(help=_("Asked for if not given."))
@click.pass_context
def desk_password(context: click.Context, name: str, password: str) -> None:
    from mailagent.web.session import set_desk_password

    office = office_of(context)
    person = somebody(office, name)
    click.echo(_("written: {path}").format(path=set_desk_password(office.settings.home, person.name, password)))


@click.command(help=_("Stop following a lead."))
@click.argument("lead", type=NUMBER)
@as_option
@click.pass_context
def stop(context: click.Context, lead: int, name: str | None) -> None:
    office = office_of(context)
    reviewer_of(office, name).stop_following(lead)
    click.echo(_("No further letters to lead {lead}.").format(lead=lead))


COMMANDS = (leads, explain, review, pause, resume, pin, place, birthday, desk, desk_password, stop)
