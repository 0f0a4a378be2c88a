"""``mailagent review``: one draft after another in the terminal, with five separate verbs. Enter alone does nothing."""

from __future__ import annotations

import click
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from mailagent.core.deciding import clock, law
from mailagent.core.model.outbox import Letter
from mailagent.errors import ApprovalRefused, MailagentError
from mailagent.i18n import _
from mailagent.ledger import law as matter
from mailagent.ledger import leads, outbox
from mailagent.ledger.review import Reviewer
from mailagent.office import Office
from mailagent.speech import words
from mailagent.speech.law import lines as say_law
from mailagent.speech.sayings import told
from mailagent.terminal.screens import clip, local, tier_badge


def review(office: Office, reviewer: Reviewer, out: Console, only: int | None = None) -> int:
    """Show each waiting draft and do what the person says. How many were decided."""
    decided, passed = 0, set()
    while True:
        with office.ledger.reading() as db:
            waiting = [letter for letter in outbox.drafts(db) if letter.id not in passed and only in (None, letter.id)]
        if not waiting:
            out.print(_("No drafts wait.") if not passed else _("No more drafts."))
            return decided
        letter = waiting[0]
        show(office, out, letter, len(waiting))
        choice = ask()
        if choice == "q":
            return decided
        if choice == "" or choice == "l":
            passed.add(letter.id)
            continue
        try:
            if act(office, reviewer, letter, choice, out):
                decided += 1
        except (ApprovalRefused, MailagentError) as error:
            out.print(f"[red]{clip(told(str(error)), 300)}[/]")
            passed.add(letter.id)


def show(office: Office, out: Console, letter: Letter, waiting: int) -> None:
    """The card: who, when in both zones, why now, the evidence, the text, and what is appended."""
    with office.ledger.reading() as db:
        lead = leads.get(db, letter.lead_id)
        last = leads.last_mail(db, letter.lead_id)
        reasons = leads.reasons(db, letter.lead_id)
        limits = law.applied(matter.facts_of(db, lead, letter.id), office.policy)
    buyer = clock.clock_of(lead, office.policy)
    when = clock.say(letter.planned_at, buyer) if letter.basis == "follow_up" else _("as soon as it is approved")
    lines = [
        Text.assemble(tier_badge(lead.tier), f"  {lead.contact_name or lead.email}, {lead.company_name}  {lead.country}"),
        Text(_("To: {address}").format(address=", ".join((letter.recipient, *letter.cc)))),
        Text(_("When: {buyer} ({ours} here)").format(buyer=when, ours=local(letter.planned_at, office.policy))),
        Text(_("Why now: {why}").format(why=told(letter.why))),
        *((Text(_("On which ground: {why}").format(why=told(letter.because))),) if letter.because else ()),
    ]
    lines += [Text(_("Law: {text}").format(text=text), style="dim") for text in say_law(limits, office.policy)]
    decisive = [signal for signal, decides in reasons if decides and signal.evidence][:4]
    lines += [Text(f"● {words.signal(signal.name, office.policy)}: “{signal.evidence}”", style="dim") for signal in decisive]
    if last:
        lines.append(Text(_("He wrote: {words}").format(words=" ".join(last.words.split())[:300]), style="italic"))
    lines += [Text(f"! {told(warning)}", style="bold yellow") for warning in letter.warnings]
    if letter.needs_manager:
        lines.append(Text("! " + _("This letter needs the manager's approval."), style="bold yellow"))
    out.print(
        Panel(Text("\n").join(lines), title=_("Letter {id}, {count} waiting").format(id=letter.id, count=waiting), title_align="left")
    )
    out.print(Panel(Text(f"{letter.subject}\n\n{letter.body}"), border_style="green"))
    out.print(Text(letter.footer, style="dim"))


def ask() -> str:
    """One of the verbs; anything else asks again."""
    prompt = _("[a]pprove  [e]dit  [r]eject this  [s]top following  [n]ever write  [l]ater  [q]uit")
    while True:
        choice = click.prompt(prompt, default="", show_default=False, prompt_suffix=" > ").strip().lower()[:1]
        if choice in ("", "a", "e", "r", "s", "n", "l", "q"):
            return choice


def act(office: Office, reviewer: Reviewer, letter: Letter, choice: str, out: Console) -> bool:
    """Do one verb. True if the draft is decided; an edited one is shown again."""
    match choice:
        case "a":
            reviewer.approve(letter.id, letter.content_hash)
            out.print("[green]" + _("approved") + "[/]" + ("" if office.policy.sending.letters == "on" else "  " + _("(sending is off)")))
        case "e":
            changed = click.edit(f"{letter.subject}\n\n{letter.body}\n", extension=".txt")
            if changed is None:
                out.print(_("nothing was changed"))
                return False
            subject, _newline, body = changed.strip().partition("\n")
            reviewer.edit(letter.id, subject, body)
            return False
        case "r":
            reviewer.reject(letter.id)
            out.print(_("rejected; the next step is planned"))
        case "s":
            reviewer.stop_following(letter.lead_id)
            out.print(_("no further letters to this lead"))
        case "n":
            if not click.confirm(_("Never write to {address} again, in no matter?").format(address=letter.recipient)):
                return False
            reviewer.never_write(letter.recipient)
            out.print(_("this address will never be written to"))
    return True
