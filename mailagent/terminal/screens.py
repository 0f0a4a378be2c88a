"""Tables for people: what came in, the leads, one lead explained, the state of the daemon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from mailagent.core.deciding import law
from mailagent.core.deciding.clock import clock_of
from mailagent.core.model.alarm import Health
from mailagent.core.model.lead import Lead
from mailagent.core.model.policy import Policy
from mailagent.i18n import _
from mailagent.ledger import folders, health, inbox, leads, outbox, owed, reports, tasks
from mailagent.ledger import law as matter
from mailagent.ledger.db import Ledger
from mailagent.ledger.inbox import Handled
from mailagent.ledger.owed import Owed
from mailagent.speech import grade, particulars, place, story, words
from mailagent.speech.law import lines as say_law
from mailagent.speech.sayings import told

#: What would steer a terminal → a sign of one column that is seen instead.
SIGNS = {code: chr(0x2400 + code) for code in range(32) if code not in (9, 10)} | {127: "␡"}
SIGNS |= dict.fromkeys((*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "�")
TIER_STYLE = {1: "bold white on red", 2: "bold black on yellow", 3: "bold white on blue", 4: "white on grey37"}


class PlainConsole(Console):
    """A terminal that shows what mail says and never obeys it: no text steers, paints or turns it (STANDARDS §7)."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """What is to be shown, with visible signs for whatever would steer the terminal."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(segment.text.translate(SIGNS), segment.style)


def console() -> Console:
    return PlainConsole(highlight=False, soft_wrap=False)


def tier_badge(tier: int | None) -> Text:
    return Text(f" {tier} " if tier else " ? ", style=TIER_STYLE.get(tier or 0, "bold white on magenta"))


def local(moment: datetime | None, policy: Policy, with_year: bool = False) -> str:
    """A time as our own clock shows it; ``with_year`` where it may be long ago. The year is left out only where it is this one."""
    if moment is None:
        return ""
    zone = ZoneInfo(policy.company.time_zone)
    shown = moment.astimezone(zone)
    is_this_year = shown.year == datetime.now(zone).year
    return f"{shown:%m-%d %H:%M}" if is_this_year and not with_year else f"{shown:%Y-%m-%d %H:%M}"


def clip(text: str, length: int) -> str:
    """One line, escaped for the terminal: mail must not paint our screen."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return escape(line if len(line) <= length else line[: length - 1] + "…")


def understood_table(handled: list[Handled], grades: dict[int, tuple[int | None, str]]) -> Table:
    """What was made of each mail, and why.

    Args:
        grades: inbound id → tier and the reason for it, for mails of people.
    """
    table = Table(title=_("What came in, and what mailagent made of it"), title_justify="left", header_style="bold", expand=True)
    table.add_column(_("from"), ratio=5, no_wrap=True, overflow="ellipsis")
    table.add_column(_("subject"), ratio=7, no_wrap=True, overflow="ellipsis")
    table.add_column(_("lang"), width=4)
    table.add_column(_("kind"), ratio=3, no_wrap=True)
    table.add_column(_("tier"), width=4)
    table.add_column(_("because"), ratio=9, no_wrap=True, overflow="ellipsis")
    for one in handled:
        message, verdict = one.message, one.verdict
        tier, reason = grades.get(one.inbound_id, (None, ""))
        is_graded = one.inbound_id in grades
        why = reason or f"{words.reason(verdict.reason)}: {verdict.evidence}".strip(": ")
        table.add_row(
            clip(message.sender.name or message.sender.email, 40),
            clip(message.subject, 60),
            message.language,
            words.automatic(verdict.automatic) if verdict.automatic not in ("", "auto") else words.kind(verdict.kind),
            tier_badge(tier) if is_graded else "",
            clip(why, 120),
        )
    return table


def leads_table(found: list[Lead], policy: Policy, debts: Mapping[int, Owed] = MappingProxyType({}), now: datetime | None = None) -> Table:
    """Leads, the hottest first, each with its next step or the reason for none.

    Args:
        debts: lead → the answer that its buyer waits for.
    """
    table = Table(title=_("Leads"), title_justify="left", header_style="bold", expand=True)
    table.add_column("#", justify="right")
    table.add_column(_("tier"))
    table.add_column(_("buyer"), ratio=5, no_wrap=True, overflow="ellipsis")
    table.add_column(_("country"))
    table.add_column(_("subject"), ratio=5, no_wrap=True, overflow="ellipsis")
    table.add_column(_("owner"), no_wrap=True)
    table.add_column(_("answer by"), no_wrap=True)
    table.add_column(_("next"), ratio=6, no_wrap=True, overflow="ellipsis")
    for lead in found:
        who = ", ".join(filter(None, (lead.contact_name or lead.email, lead.company_name)))
        table.add_row(
            str(lead.id),
            tier_badge(lead.tier),
            clip(who, 60),
            lead.country,
            clip(lead.subject, 60),
            clip(lead.owner, 20),
            _answer_by(debts.get(lead.id), policy, now),
            clip(next_words(lead, policy), 90),
        )
    return table


def _answer_by(debt: Owed | None, policy: Policy, now: datetime | None) -> str:
    if debt is None:
        return ""
    at = local(debt.due_at, policy)
    return f"[bold red]{at}[/]" if now and debt.is_late(now) else at


def next_words(lead: Lead, policy: Policy) -> str:
    """What happens next with a lead, or why nothing does."""
    if lead.hold_reason:
        until = _("until {time}").format(time=local(lead.held_until, policy)) if lead.held_until else _("until somebody resumes it")
        return _("held: {why}, {until}").format(why=words.reason(lead.hold_reason), until=until)
    if lead.rest_reason:
        return _("rests: {why}").format(why=words.reason(lead.rest_reason))
    if lead.next_due_at:
        return f"{words.step(lead, policy)}, {local(lead.next_due_at, policy)}"
    return told(lead.due_reason) if lead.due_reason else ""


def explain(out: Console, ledger: Ledger, policy: Policy, lead_id: int, now: datetime | None = None) -> bool:
    """Everything about one lead: grade and the sentences that led to it, mails, letters, events. False if there is none."""
    with ledger.reading() as db:
        lead = leads.get(db, lead_id)
        if lead is None:
            return False
        reasons = leads.reasons(db, lead_id)
        mails = inbox.mails_of(db, lead_id)
        letters = outbox.of_lead(db, lead_id)
        history = leads.journal_of(db, lead_id)
        waiting = tasks.open_tasks(db, lead_id=lead_id)
        standing_now = leads.standing(db, lead)
        limits = law.applied(matter.facts_of(db, lead), policy)
        last = leads.last_mail(db, lead_id)
        debt = owed.of_lead(db, lead_id)
    heading = Text.assemble(tier_badge(lead.tier), f" {words.tier(lead.tier)}   ", (clip(lead.contact_name or lead.email, 60), "bold"))
    standing = (
        _("Owner: {name}").format(name=lead.owner or "-") + (f" ({words.reason(lead.owner_reason)})" if lead.owner_reason else ""),
        _("Stage: {stage}").format(stage=words.stage(lead.stage)),
        words.fraud(lead.fraud),
    )
    facts = [
        f"{lead.email}   {clip(lead.company_name, 60)}   {lead.country}   {lead.language}",
        clip(lead.subject, 100),
        "   ".join(filter(None, standing)),
        *grade.lines(lead, standing_now, now or datetime.now(UTC), policy),
        _("Next step: {what}").format(what=clip(next_words(lead, policy), 160)),
        _("His clock: {where}").format(where=place.line(clock_of(lead, policy))),
    ]
    if lead.next_due_at and lead.due_reason:
        facts.append(_("Then because: {why}").format(why=clip(told(lead.due_reason), 300)))
    if debt:
        at = _answer_by(debt, policy, now or datetime.now(UTC))
        facts.append(_("Answer by: {time} ({why})").format(time=at, why=clip(words.reason(debt.reason), 120)))
    facts += [_("Law: {text}").format(text=clip(text, 160)) for text in say_law(limits, policy)]
    if lead.next_due_at and lead.due_reason:
        facts.append(_("Why then: {why}").format(why=clip(told(lead.due_reason), 200)))
    out.print(Panel(Text("\n").join([heading, *(Text.from_markup(fact) for fact in facts)]), title=f"#{lead.id}", title_align="left"))
    if reasons:
        table = Table(title=_("Why this tier"), title_justify="left", header_style="bold")
        for name in ("", _("reason"), _("points"), _("the words")):
            table.add_column(name, justify="right" if name == _("points") else "left")
        for signal, decides in reasons:
            said = words.signal(signal.name, policy)
            evidence = clip(words.signal_words(signal), 90)
            table.add_row("●" if decides else "", said, f"{signal.points:+g}" if signal.points else "", evidence)
        out.print(table)
    said = particulars.shown(last.facts if last else ())
    if said:
        table = Table(title=_("What was understood"), title_justify="left", header_style="bold")
        for name in (_("what"), _("value"), _("the words")):
            table.add_column(name)
        for name, value, evidence in said:
            table.add_row(name, clip(value, 60), clip(evidence, 90))
        out.print(table)
    timeline = Table(title=_("What happened"), title_justify="left", header_style="bold")
    timeline.add_column(_("when"), no_wrap=True)
    timeline.add_column(_("who"), no_wrap=True)
    timeline.add_column(_("what"))
    rows = []
    for mail in mails:
        rows.append((mail["received_at"], clip(mail["sender_email"], 30), f"✉ {words.kind(mail['kind'])}: {clip(mail['subject'], 80)}"))
    rows += [(event["at"], clip(event["actor"], 30), clip(story.tell(event, policy), 110)) for event in history]
    # What happened at one moment stays in the order in which it was written down.
    for at, who, what in sorted(rows, key=lambda row: row[0]):
        timeline.add_row(local(datetime.fromisoformat(at), policy), who, what)
    out.print(timeline)
    for letter in letters:
        if letter.state in ("drafted", "approved", "in_doubt"):
            state = words.state(letter.state)
            out.print(_("Letter {id} ({state}): {subject}").format(id=letter.id, state=state, subject=clip(letter.subject, 80)))
    for task in waiting:
        out.print(_("Task {id}: {title}").format(id=task["id"], title=clip(told(task["title"]), 120)))
    return True


def status(out: Console, ledger: Ledger, policy: Policy, running: bool) -> None:
    """Is the daemon alive, what has it read and sent, what waits for a person."""
    with ledger.reading() as db:
        numbers = reports.status(db)
        boxes = [(health.of_mailbox(db, one.name), health.open_alarms(db, account=one.name)) for one in policy.mailboxes]
        house = health.open_alarms(db, account="")
        cursors = folders.cursors(db)
    table = Table(show_header=False, box=None, padding=(0, 2))
    table.add_column()
    # Chinese has no spaces to break at: a long answer of a server is folded, never cut.
    table.add_column(overflow="fold")
    table.add_row(_("daemon"), "[green]" + _("running") + "[/]" if running else "[red]" + _("not running") + "[/]")
    for one, alarms in boxes:
        table.add_row(one.account, health_words(one, policy))
        for alarm in alarms:
            table.add_row(_("alarm"), f"[red]{clip(told(alarm.title), 300)}[/]")
    for alarm in house:
        table.add_row(_("alarm"), f"[red]{clip(told(alarm.title), 300)}[/]")
    letters = numbers["letters"]
    switch = _("on") if policy.sending.letters == "on" else _("off: letters go to the spool folder")
    table.add_row(_("sending"), switch)
    for scope, reason in numbers["pauses"].items():
        table.add_row(_("paused"), f"[yellow]{scope}: {words.reason(reason)}[/]")
    table.add_row(_("mails"), ", ".join(f"{words.mail_state(state)} {count}" for state, count in numbers["mails"].items()) or "0")
    table.add_row(_("kinds"), "\n".join(f"{count:4}  {words.kind(kind)}" for kind, count in numbers["kinds"].items()) or "-")
    table.add_row(_("leads"), "\n".join(f"{count:4}  {words.tier(tier or None)}" for tier, count in numbers["leads"].items()) or "-")
    table.add_row(_("letters"), "\n".join(f"{count:4}  {words.state(state)}" for state, count in letters.items()) or "-")
    table.add_row(_("drafts waiting"), str(letters.get("drafted", 0)))
    table.add_row(_("open tasks"), str(numbers["open_tasks"]))
    table.add_row(_("suppressed addresses"), str(numbers["suppressions"]))
    table.add_row(_("last mail"), local(numbers["last_mail_at"], policy) or "-")
    table.add_row(_("last letter"), local(numbers["last_sent_at"], policy) or "-")
    for cursor in cursors:
        looked = local(cursor.checked_at, policy)
        skipped = _(", {count} older mails left alone").format(count=cursor.skipped) if cursor.skipped else ""
        table.add_row(
            f"{cursor.account}/{cursor.folder}", _("read up to {uid}, looked at {time}").format(uid=cursor.last_uid, time=looked) + skipped
        )
    out.print(table)


def health_words(one: Health, policy: Policy) -> str:
    """How a mailbox is, in a line."""
    if one.failing_since:
        error = clip(told(one.error), 300)
        return "[red]" + _("cannot be read since {time}: {error}").format(time=local(one.failing_since, policy), error=error) + "[/]"
    if one.looked_at is None:
        return _("not looked at yet")
    last = local(one.last_mail_at, policy) or "-"
    return _("looked at {time}, last mail {last}").format(time=local(one.looked_at, policy), last=last)


def tasks_table(found: list[dict], policy: Policy) -> Table:
    """What people have to do, the most urgent first."""
    table = Table(title=_("Tasks"), title_justify="left", header_style="bold", expand=True)
    for name in ("#", _("due"), _("owner"), _("kind"), _("buyer"), _("what")):
        # A line of Chinese has no blanks to be broken at, and the end of a warning is what one must do.
        table.add_column(name, ratio=6 if name == _("what") else None, overflow="fold" if name == _("what") else "ellipsis")
    for task in found:
        who = task["contact_name"] or task["email"] or ""
        due = local(datetime.fromisoformat(task["due_at"]), policy)
        what = clip(told(task["title"]), 300)
        table.add_row(str(task["id"]), due, clip(task["owner"], 20), words.task(task["kind"]), clip(who, 30), what)
    return table
