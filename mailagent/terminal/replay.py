"""What other rules would change, as people read it: the counts first, then lead by lead and mail by mail."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from mailagent.core.model.policy import Policy
from mailagent.i18n import _
from mailagent.jobs.replay import Difference, Judgement, LeadChange, Replay
from mailagent.ledger import leads
from mailagent.ledger.db import Ledger
from mailagent.speech import counts, words
from mailagent.speech.sayings import told
from mailagent.terminal.screens import clip, local

#: So many rows of a table are shown unless all are asked for.
ROWS = 60


def show(out: Console, found: Replay, ledger: Ledger, policy: Policy, everything: bool = False) -> None:
    """Print the whole result."""
    since = local(found.since, policy, with_year=True)
    out.print(_("Read again under the present rules, since {since}: {mails}.").format(mails=counts.mails(found.read_again), since=since))
    if found.purged:
        out.print(_("{count} more could not be: retention has forgotten their bytes.").format(count=f"{found.purged:,}"))
    if found.failing:
        out.print(_("{count} could not be read:").format(count=f"{found.failing:,}"), style="red")
        for mail, why in found.failed[:ROWS]:
            out.print(f"  {local(mail.received_at, policy, True)}  {clip(mail.sender, 50)}  {clip(told(why), 200)}")
    if not found.differing and not found.leads:
        out.print(_("Nothing would be different."))
        return
    out.print(_("Judged otherwise now: {mails} ({what})").format(mails=counts.mails(found.differing), what=counted(found)))
    most = len(found.differences) if everything else ROWS
    if found.leads:
        out.print(leads_table(found.leads[: most if everything else ROWS], ledger, policy))
        _say_rest(out, len(found.leads) - ROWS, everything)
    if found.differences:
        out.print(mails_table(found.differences[:most], policy))
        _say_rest(out, found.differing - min(most, len(found.differences)), False)


def _say_rest(out: Console, count: int, everything: bool) -> None:
    if count > 0 and not everything:
        out.print(_("… and {count} more (--all)").format(count=f"{count:,}"))


def counted(found: Replay) -> str:
    """How many mails differ in what."""
    return ", ".join(f"{aspect(name)} {count:,}" for name, count in found.counts.most_common())


def aspect(name: str) -> str:
    """What of a mail differs."""
    return {
        "kind": _("kind"),
        "tier": _("tier"),
        "fraud": _("doubts"),
        "silence": _("no more letters"),
        "next": _("next step"),
    }[name]


def leads_table(changes: list[LeadChange], ledger: Ledger, policy: Policy) -> Table:
    """The leads whose grade would be another one, with the words that the new one rests on."""
    table = Table(title=_("Leads that would be graded otherwise"), title_justify="left", header_style="bold", expand=True)
    table.add_column("#", justify="right")
    table.add_column(_("buyer"), ratio=4, no_wrap=True, overflow="ellipsis")
    table.add_column(_("recorded"), no_wrap=True)
    table.add_column(_("would be"), no_wrap=True)
    table.add_column(_("because"), ratio=8, overflow="fold")
    with ledger.reading() as db:
        for change in changes:
            lead = leads.get(db, change.lead_id)
            who = ", ".join(filter(None, (lead.contact_name or lead.email, lead.company_name)))
            reasons = change.score.tier_reasons[:3]
            table.add_row(str(lead.id), clip(who, 50), graded(*change.before), graded(*change.after), because(reasons, policy))
    return table


def mails_table(differences: list[Difference], policy: Policy) -> Table:
    """The mails that would be judged otherwise."""
    table = Table(title=_("Mails that would be judged otherwise"), title_justify="left", header_style="bold", expand=True)
    table.add_column(_("received"), no_wrap=True)
    table.add_column(_("from"), ratio=4, no_wrap=True, overflow="ellipsis")
    table.add_column(_("subject"), ratio=4, no_wrap=True, overflow="ellipsis")
    table.add_column(_("recorded → would be"), ratio=6, overflow="fold")
    table.add_column(_("because"), ratio=7, overflow="fold")
    for one in differences:
        changes = "; ".join(
            f"{aspect(name)}: {valued(name, one.before, policy)} → {valued(name, one.after, policy)}" for name in one.aspects
        )
        why = because(one.reasons[:3], policy) if "kind" not in one.aspects else ""
        why = why or clip(f"{words.reason(one.verdict.reason)}: {one.verdict.evidence}".strip(": "), 120)
        received = local(one.mail.received_at, policy, with_year=True)
        table.add_row(received, clip(one.mail.sender, 50), clip(one.mail.subject, 60), changes, why)
    return table


def because(reasons, policy: Policy) -> str:
    """Signals with the words that they rest on."""
    return "; ".join(f"{words.signal(one.name, policy)} “{clip(one.evidence, 80)}”" for one in reasons)


def graded(tier: int | None, fraud: str) -> str:
    """A grade in words."""
    return " · ".join(filter(None, (str(tier) if tier else _("verify first"), words.fraud(fraud) if fraud not in ("", "none") else "")))


def valued(name: str, one: Judgement, policy: Policy) -> str:
    """One aspect of a judgement in words."""
    value = getattr(one, name)
    if name == "kind":
        code, _colon, automatic = value.partition(":")
        return words.automatic(automatic) if automatic not in ("", "auto") else words.kind(code)
    if name == "tier":
        return str(value) if value else "–"
    if name == "fraud":
        return words.fraud(value) if value not in ("", "none") else "–"
    if name == "silence":
        return {"": "–", "review": _("a person decides")}.get(value) or words.reason(value)
    return (words.cadence(value) if value in policy.cadences else words.reason(value)) if value else "–"
