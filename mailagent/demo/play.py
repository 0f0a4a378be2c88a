"""``mailagent demo``: reads the morning's mail, shows what it understood, lets time run, opens the desk.

Three ways to play: for a person (the desk stays open, Enter lets time jump), ``--days N`` (time runs first, the demo
plays the salespeople), and ``--check`` (nobody is needed: it verifies the outcome and exits 0 or 1).
"""

from __future__ import annotations

import logging
import select
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from mailagent import dry_run
from mailagent.demo import checks
from mailagent.demo.world import World, open_world
from mailagent.i18n import _, ngettext
from mailagent.ledger import leads, outbox, reports
from mailagent.speech import story, words
from mailagent.terminal import screens

CHECK_DAYS = 30
#: Events worth a line while time runs.
TOLD = ("ReplyReceived", "CadenceEnded", "LeadHeld", "TierMoved", "OwnAnswerSeen", "BounceReceived")


def play(*, days: int = 0, checking: bool = False, port: int = 8025, out: Console | None = None) -> int:
    """Play the demo; the exit code."""
    logging.getLogger("mailagent").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    out = out or screens.console()
    try:
        with open_world() as world:
            first_morning(world, out)
            if checking:
                return check(world, out, days or CHECK_DAYS)
            if days:
                run_time(world, out, days)
            return open_desk(world, out, port)
    except KeyboardInterrupt:
        out.print(_("The demo has ended; nothing of it is left on this machine."))
        return 0


def first_morning(world: World, out: Console) -> None:
    """Fetch and understand what lies in the mailbox; show it, and the drafts."""
    total = len(world.samples)
    bar = Progress(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), console=out, transient=True)
    with bar:
        line = bar.add_task(_("reading the mailbox"), total=total)

        def saw(handled) -> None:
            world.handled.append(handled)
            bar.update(line, advance=1)

        world.daemon.saw = saw
        world.look()
        world.daemon.saw = world.handled.append
    out.print(screens.understood_table(world.handled, dry_run.grades(world.office, world.handled)))
    with world.office.ledger.reading() as db:
        status, waiting = reports.status(db), outbox.drafts(db)
    tiers = ", ".join(f"{words.tier(tier or None)}: {count}" for tier, count in status["leads"].items())
    out.print(Text(_("{mails} mails read. Leads: {tiers}").format(mails=len(world.handled), tiers=tiers), style="bold"))
    count = len(waiting)
    drafted = ngettext("{count} letter is drafted and waits for approval.", "{count} letters are drafted and wait for approval.", count)
    out.print(drafted.format(count=count) + (" " + _("One of them:") if waiting else ""))
    if waiting:
        shown = next((letter for letter in waiting if letter.template.endswith("answer_detailed")), waiting[0])
        head = _("To: {address}").format(address=shown.recipient) + "\n" + _("Subject: {subject}").format(subject=shown.subject)
        text = Text(f"{head}\n\n{shown.body}\n\n-- \n{shown.footer}")
        out.print(Panel(text, title=words.due_reason(shown.why), title_align="left", border_style="green"))


# ── time runs ───────────────────────────────────────────────────────────────────────────────────────────────────


def run_time(world: World, out: Console, days: int) -> None:
    """Let days pass in seconds, playing the salespeople, and tell what happens; the digests at the end."""
    out.rule(ngettext("{days} day passes", "{days} days pass", days).format(days=days), align="left")
    until = world.clock.now() + timedelta(days=days)
    told = last_event(world)
    posted = 0
    while True:
        if world.approve_everything():
            world.look()
        told = tell(world, out, told)
        posted = tell_letters(world, out, posted)
        if not world.step(until):
            break
    show_digests(out, world)


def last_event(world: World) -> int:
    with world.office.ledger.reading() as db:
        return leads.newest_event(db)


def tell(world: World, out: Console, after: int) -> int:
    """A line for each noteworthy event since ``after``."""
    with world.office.ledger.reading() as db:
        news = leads.events_since(db, after)
    for event in news:
        if event["type"] in TOLD:
            who = event["contact_name"] or event["email"]
            what = screens.clip(story.tell(event, world.office.policy), 110)
            out.print(f"{stamp(world, event['at'])}  [dim]#{event['lead_id']}[/] {screens.clip(who, 28)}: {what}")
    return news[-1]["id"] if news else after


def tell_letters(world: World, out: Console, after: int) -> int:
    """A line for each letter that reached a buyer's server."""
    staff = {person.email for person in world.office.policy.people}
    for one in world.mail.posted[after:]:
        if one.recipients[0] not in staff:
            subject = screens.clip(checks.subject_of(one.raw), 70)
            out.print(f"{stamp(world, one.at)}  [green]→[/] {one.recipients[0]}: {subject}")
    return len(world.mail.posted)


def stamp(world: World, at: str | datetime) -> str:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    local = moment.astimezone(ZoneInfo(world.office.policy.company.time_zone))
    return f"{words.weekday(local.weekday())} {local:%m-%d %H:%M}"


def show_digests(out: Console, world: World) -> None:
    """The manager's weekly mails: the first one whole, of the others the subject."""
    manager = world.office.policy.managers[0].email
    weekly = [one for one in world.mail.posted if one.recipients[0] == manager and "-W" in checks.subject_of(one.raw)]
    for one in weekly[:1]:
        title = f"{stamp(world, one.at)}  {manager}: {screens.clip(checks.subject_of(one.raw), 90)}"
        out.print(Panel(Text(checks.text_of(one.raw).strip()), title=title, title_align="left", border_style="cyan"))
    for one in weekly[1:]:
        out.print(f"{stamp(world, one.at)}  [cyan]→[/] {manager}: {screens.clip(checks.subject_of(one.raw), 90)}")


# ── without anybody ─────────────────────────────────────────────────────────────────────────────────────────────


def check(world: World, out: Console, days: int) -> int:
    """Let time run, verify what came of it, say so in one line."""
    first = checks.first_morning(world)
    run_time(world, out, days)
    results = [*first, *checks.whole_story(world)]
    failed = [what for what, ok in results if not ok]
    for what in failed:
        out.print(f"[red]✗ {screens.clip(what, 200)}[/]")
    if failed:
        out.print(f"demo: {len(failed)} of {len(results)} checks failed")
        return 1
    out.print(f"demo: {len(results)} checks passed")
    return 0


# ── for a person ────────────────────────────────────────────────────────────────────────────────────────────────


def open_desk(world: World, out: Console, port: int) -> int:
    """Serve the desk, run the daemon, and let Enter move the clock, until Ctrl-C."""
    from mailagent.desk import open_desk as serve

    world.clock.run()
    server = serve(world.office, port=port, open_as=world.office.policy.managers[0].name)
    world.daemon.tick_seconds = 2.0
    world.daemon.start()
    out.print()
    out.print(Text(_("The desk is open: http://127.0.0.1:{port}/").format(port=server.port), style="bold"))
    out.print(_("Read, edit, approve or reject there. Enter here: time jumps to the next thing that happens. Ctrl-C: end."))
    told, posted = last_event(world), len(world.mail.posted)
    try:
        while True:
            if enter_pressed():
                world.step(world.clock.now() + timedelta(days=7))
                out.print(f"[dim]{stamp(world, world.clock.now())}[/]")
            told = tell(world, out, told)
            posted = tell_letters(world, out, posted)
    finally:
        world.daemon.stop(5)
        server.stop()


def enter_pressed() -> bool:
    """Wait a second for Enter; without a keyboard, only wait."""
    if not sys.stdin or not sys.stdin.isatty():
        select.select([], [], [], 1.0)
        return False
    ready, _writable, _broken = select.select([sys.stdin], [], [], 1.0)
    return bool(ready) and bool(sys.stdin.readline())
