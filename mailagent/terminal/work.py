"""The day's list and a handover in the terminal."""

from __future__ import annotations

from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from mailagent.core.deciding.daylist import Item
from mailagent.core.model.policy import Person, Policy
from mailagent.i18n import _
from mailagent.ledger.handover import Handover
from mailagent.speech import counts, day, words
from mailagent.speech.sayings import told
from mailagent.terminal.screens import clip, local, tier_badge

STYLE = {"alarm": "bold red", "answer": "bold", "call": "cyan", "promise": "magenta"}


def day_table(items: list[Item], person: Person, policy: Policy, now: datetime) -> RenderableType:
    """What waits for a person, what burns first on top."""
    title = _("Today, {name}: {count} to do").format(name=clip(person.name, 40), count=len(items))
    if not items:
        return Text(_("{name}: nothing to do.").format(name=person.name))
    table = Table(title=title, title_justify="left", header_style="bold", expand=True, show_lines=False)
    table.add_column(_("time left"), no_wrap=True)
    table.add_column(_("due"), no_wrap=True)
    table.add_column(_("what"), ratio=4, overflow="fold")
    table.add_column(_("tier"))
    table.add_column(_("buyer"), ratio=4, overflow="fold")
    table.add_column(_("more"), ratio=7, overflow="fold")
    for item in items:
        late = item.is_late(now)
        table.add_row(
            Text(day.left(item, now), style="bold red" if late else ""),
            local(item.due_at, policy),
            Text(day.group(item), style=STYLE.get(item.group, "")),
            tier_badge(item.tier) if item.lead_id is not None else "",
            clip(day.whom(item), 60) + (f" [dim]#{item.lead_id}[/]" if item.lead_id is not None else ""),
            _more(item, policy),
        )
    return Group(table, Text(_("mailagent review approves letters; mailagent tasks done TASK --note …"), style="dim"))


def _more(item: Item, policy: Policy) -> str:
    parts = [clip(day.what(item), 160)]
    if item.letter_id is not None:
        needs = " ({who})".format(who=_("manager approves")) if item.needs_manager else ""
        parts.append(_("letter {number}").format(number=item.letter_id) + needs)
    if item.task_id is not None:
        parts.append(_("task {number}").format(number=item.task_id))
    if item.phone:
        parts.append(clip(item.phone, 40))
    if item.here:
        parts.append(clip(day.clock(item.here, policy.company.time_zone), 160))
    if item.group == "call" and item.text:
        if about := day.gist(item, policy):
            parts.append(_("he asked: {gist}").format(gist=clip(about, 200)))
        parts.append(_("say: {text}").format(text=clip(item.text, 240)))
    return " · ".join(parts)


def handover_table(plan: Handover, policy: Policy) -> RenderableType:
    """What goes from one to the other: every open lead, with what hangs on it."""
    table = Table(
        title=_("From {leaver} to {successor}").format(leaver=clip(plan.leaver, 40), successor=clip(plan.successor.name, 40)),
        title_justify="left",
        header_style="bold",
        expand=True,
    )
    for name in ("#", _("tier"), _("buyer"), _("subject"), _("tasks"), _("letters"), _("introduced")):
        table.add_column(name, ratio=5 if name in (_("buyer"), _("subject")) else None, overflow="ellipsis")
    introduced = {lead.id for lead in plan.introduced}
    for lead in plan.leads:
        mine = [task for task in plan.tasks if task["lead_id"] == lead.id]
        letters = [_("draft") for one in plan.drafts if one.lead_id == lead.id]
        letters += [_("approved, to be approved again") for one in plan.approved if one.lead_id == lead.id]
        table.add_row(
            str(lead.id),
            tier_badge(lead.tier),
            clip(", ".join(filter(None, (lead.contact_name or lead.email, lead.company_name))), 60),
            clip(lead.subject, 50),
            ", ".join(words.task(task["kind"]) for task in mine),
            ", ".join(letters),
            _("yes") if lead.id in introduced else "",
        )
    lines = [
        counts.listed((counts.open_leads(len(plan.leads)), counts.closed_leads(len(plan.closed)), counts.companies(len(plan.companies)))),
        _("{tasks}, among them {promises}").format(tasks=counts.tasks(len(plan.tasks)), promises=counts.promises(len(plan.promises))),
        _("under the new signature: {letters}").format(
            letters=counts.listed((counts.drafts(len(plan.drafts)), counts.approved_letters(len(plan.approved))))
        ),
        counts.introductions(len(plan.introduced)),
    ]
    if plan.on_their_way:
        lines.append(_("just leaving under the old name: {letters}").format(letters=counts.letters(plan.on_their_way)))
    other = [f"{words.task(task['kind'])}: {told(task['title'])}" for task in plan.tasks if task["lead_id"] is None]
    return Group(table, *(Text(line) for line in lines), *(Text(clip(line, 120)) for line in other))
