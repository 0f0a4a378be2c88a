"""Commands of a person's day: what waits, what was said elsewhere, tasks, who works on what."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from mailagent.commands.common import as_option, office_of, reviewer_of
from mailagent.commands.files import write_file
from mailagent.commands.kinds import DAY, MOMENT, NUMBER
from mailagent.errors import MailagentError
from mailagent.i18n import _, ngettext, speaking
from mailagent.office import Office


def worker_of(office: Office, name: str | None):
    """The person at the terminal, with the verbs about the work."""
    from mailagent.ledger.worker import Worker

    return Worker(reviewer_of(office, name))


def ours(office: Office, moment: datetime) -> datetime:
    """A time that was typed, by our clock."""
    from mailagent.ledger.worker import known_day

    known_day(moment.date())
    return moment.replace(tzinfo=ZoneInfo(office.policy.company.time_zone)).astimezone(UTC)


@click.command(help=_("Your list for today, what burns first on top: answers due, letters to approve, calls, promises, alarms."))
@click.option("--ics", type=click.Path(path_type=Path), help=_("Write it as a calendar file as well."))
@as_option
@click.pass_context
def today(context: click.Context, ics: Path | None, name: str | None) -> None:
    from mailagent.ledger import today as day
    from mailagent.speech.calendar import feed_of
    from mailagent.terminal import work as screen
    from mailagent.terminal.screens import console

    office = office_of(context)
    person = reviewer_of(office, name).person
    with office.ledger.reading() as db:
        items = day.list_of(db, person, office.policy, office.now())
    console().print(screen.day_table(items, person, office.policy, office.now()))
    if ics:
        with speaking(person.language):
            calendar = feed_of(items, person, office.policy, office.now(), "")
        write_file(ics, calendar)
        click.echo(_("written: {path}").format(path=ics))


@click.command(help=_("The address of your list as a calendar to subscribe to. Whoever has it can read it; --new makes another one."))
@click.option("--new", "anew", is_flag=True, help=_("Make a new address; the old one ends."))
@click.option("--end", "ends", is_flag=True, help=_("The address ends."))
@as_option
@click.pass_context
def calendar(context: click.Context, anew: bool, ends: bool, name: str | None) -> None:
    from mailagent.speech.calendar import new_key

    office = office_of(context)
    worker = worker_of(office, name)
    if anew == ends:
        raise MailagentError(_("Say --new or --end. An address is shown once, when it is made."))
    if ends:
        worker.set_calendar_key("")
        click.echo(_("The calendar's address has ended."))
        return
    key, hashed = new_key()
    worker.set_calendar_key(hashed)
    desk = office.policy.desk
    click.echo(f"http://{desk.host}:{desk.port}/calendar/{key}.ics")


@click.command("log", help=_('Write down what was said elsewhere: mailagent log 12 whatsapp "5000 pcs, deposit Friday"'))
@click.argument("lead", type=NUMBER)
@click.argument("channel")
@click.argument("text")
@click.option("--at", type=MOMENT, help=_("When it was, by our clock (else now)."))
@as_option
@click.pass_context
def log_talk(context: click.Context, lead: int, channel: str, text: str, at: datetime | None, name: str | None) -> None:
    from mailagent.speech import talk, words

    office, channel = office_of(context), talk.channel_of(channel)
    found = worker_of(office, name).log_talk(lead, channel, text, ours(office, at) if at else None)
    said = _("Written down ({channel}): it counts as a contact with lead {lead}.")
    click.echo(said.format(channel=words.channel(channel), lead=lead))
    for line in talk.understood(found, office.policy):
        click.echo(f"  {words.harmless(line)}")


@click.group("tasks", invoke_without_command=True, help=_("What people have to do; done, later and give change a task."))
@click.option("--owner", default="", help=_("Only this person's."))
@click.option("--done", type=NUMBER, help=_("Mark this task as done."))
@as_option
@click.pass_context
def tasks(context: click.Context, owner: str, done: int | None, name: str | None) -> None:
    if context.invoked_subcommand:
        return
    from mailagent.ledger import tasks as questions
    from mailagent.terminal import screens

    office = office_of(context)
    if done is not None:
        worker_of(office, name).done(done)
    with office.ledger.reading() as db:
        found = questions.open_tasks(db, owner=owner)
    screens.console().print(screens.tasks_table(found, office.policy) if found else _("Nothing to do."))


@tasks.command("done", help=_("A task was done. After a call, say what was agreed: a recap to the buyer is drafted."))
@click.argument("task", type=NUMBER)
@click.option("--note", default="", help=_("What came of it."))
@as_option
@click.pass_context
def task_done(context: click.Context, task: int, note: str, name: str | None) -> None:
    recaps = worker_of(office_of(context), name).done(task, note)
    said = _("Task {task} is done. A recap to the buyer will be drafted.") if recaps else _("Task {task} is done.")
    click.echo(said.format(task=task))


@tasks.command("later", help=_("Put a task off until a day, or a day and a time, of ours."))
@click.argument("task", type=NUMBER)
@click.argument("until", type=MOMENT)
@as_option
@click.pass_context
def task_later(context: click.Context, task: int, until: datetime, name: str | None) -> None:
    office = office_of(context)
    worker_of(office, name).snooze(task, ours(office, until))
    click.echo(_("Task {task} is put off until {time}.").format(task=task, time=f"{until:%Y-%m-%d %H:%M}"))


@tasks.command("give", help=_("Somebody else does it."))
@click.argument("task", type=NUMBER)
@click.argument("to")
@as_option
@click.pass_context
def task_give(context: click.Context, task: int, to: str, name: str | None) -> None:
    office = office_of(context)
    worker_of(office, name).give_task(task, to)
    click.echo(_("Task {task} is {name}'s now.").format(task=task, name=office.policy.person(to).name))


@tasks.command("pool", help=_("The manager's answer: does the untouched lead of this task return to the pool?"))
@click.argument("task", type=NUMBER)
@click.argument("answer", type=click.Choice(["yes", "no"]))
@as_option
@click.pass_context
def task_pool(context: click.Context, task: int, answer: str, name: str | None) -> None:
    worker_of(office_of(context), name).decide_pool(task, answer == "yes")
    click.echo(_("The lead is back in the pool.") if answer == "yes" else _("The lead stays with its owner."))


@click.command(help=_("Give a lead, with all others of its company, to somebody."))
@click.argument("lead", type=NUMBER)
@click.argument("to")
@as_option
@click.pass_context
def assign(context: click.Context, lead: int, to: str, name: str | None) -> None:
    office = office_of(context)
    moved = worker_of(office, name).assign(lead, to)
    text = ngettext("{name} works on lead {leads} now.", "{name} works on leads {leads} now.", len(moved))
    click.echo(text.format(name=office.policy.person(to).name, leads=", ".join(map(str, moved))))


@click.command(help=_("Everything that one person has goes to another: leads, tasks, promises, drafts. Old approvals are void."))
@click.argument("leaver")
@click.argument("successor")
@click.option("--dry", is_flag=True, help=_("Only show what would go."))
@as_option
@click.pass_context
def handover(context: click.Context, leaver: str, successor: str, dry: bool, name: str | None) -> None:
    from mailagent.terminal import work as screen
    from mailagent.terminal.screens import console

    office = office_of(context)
    plan = worker_of(office, name).hand_over(leaver, successor, dry=dry)
    console().print(screen.handover_table(plan, office.policy))
    click.echo(_("Nothing was changed. Run it again without --dry.") if dry else _("Handed over."))


@click.command(help=_("The dates of an order, as they were agreed; tasks come of them: deposit, L/C, inspections, samples."))
@click.argument("lead", type=NUMBER)
@click.option("--production", type=DAY, help=_("When production begins."))
@click.option("--delivery", type=DAY, help=_("When the goods are delivered."))
@click.option("--sample-received", type=DAY, help=_("When the sample reached him."))
@click.option("--pays", type=click.Choice(["deposit", "lc"]), multiple=True, help=_("What must be here before."))
@click.option("--inspects", type=click.Choice(["own", "customer", "third_party"]), multiple=True, help=_("Who inspects the goods."))
@as_option
@click.pass_context
def order(context: click.Context, lead: int, pays: tuple, inspects: tuple, name: str | None, **days: datetime | None) -> None:
    from mailagent.speech import counts

    office = office_of(context)
    dates: dict[str, date] = {what: day.date() for what, day in days.items() if day}
    made = worker_of(office, name).set_order(lead, dates, (*pays, *inspects))
    click.echo(_("Written down; {tasks} of it. mailagent tasks shows them.").format(tasks=counts.tasks(made)))


@click.command(help=_("Somebody is away: he gets no new leads, and his deputy sees his list."))
@click.argument("person")
@click.option("--from", "first", type=DAY, required=True, help=_("The first day."))
@click.option("--to", "last", type=DAY, required=True, help=_("The last day."))
@click.option("--deputy", default="", help=_("Who stands in for him."))
@as_option
@click.pass_context
def away(context: click.Context, person: str, first: datetime, last: datetime, deputy: str, name: str | None) -> None:
    office = office_of(context)
    worker_of(office, name).set_absence(person, first.date(), last.date(), deputy)
    who, stand_in = office.policy.person(person).name, office.policy.person(deputy).name if deputy else ""
    said = _("{name} is away from {first} to {last}; {deputy} stands in.") if deputy else _("{name} is away from {first} to {last}.")
    click.echo(said.format(name=who, first=first.date(), last=last.date(), deputy=stand_in))


@click.command(help=_("Let acknowledgements leave without being read each time, in the words that they have now. Prints them first."))
@click.option("--yes", is_flag=True, help=_("Approve the texts as they are printed."))
@click.option("--end", "ends", is_flag=True, help=_("Every one is read again."))
@as_option
@click.pass_context
def preapprove(context: click.Context, yes: bool, ends: bool, name: str | None) -> None:
    from mailagent.jobs.preapprove import end, texts

    office = office_of(context)
    worker = worker_of(office, name)
    if ends:
        end(office, worker)
        click.echo(_("Every one is read again."))
        return
    click.echo(_("The buyer, the subject and the people in these letters are samples; the words are yours."))
    for key, text, fingerprint in texts(office):
        click.echo(_("── sample letter of templates/{file}.txt ──").format(file=key) + f"\n{text}\n")
        if yes:
            worker.preapprove(key, fingerprint)
    click.echo(_("Approved beforehand, until a text is changed.") if yes else _("Nothing was changed. Run it again with --yes."))


COMMANDS = (today, log_talk, tasks, assign, handover, order, away, calendar, preapprove)
