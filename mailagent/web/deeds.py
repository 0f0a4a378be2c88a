"""What can be done at the desk. Every deed is a POST: one verb of ``Reviewer``, then 303 to a page that shows it.

What is refused is shown on the page where it was tried, with status 409, and what was typed is still there.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_login import login_required, login_user, logout_user

from mailagent.errors import LedgerError, MailagentError
from mailagent.i18n import LANGUAGES, _, speaking
from mailagent.ledger import outbox
from mailagent.ledger.worker import Worker
from mailagent.speech import words
from mailagent.speech.sayings import told
from mailagent.web import desk as room
from mailagent.web import leads, lists, pages
from mailagent.web.session import SignedIn
from mailagent.web.typed import typed_begin

blueprint = Blueprint("deeds", __name__)

REFUSED = 409


def attempt(deed: Callable[[], object], done: str, goto: str, page: Callable[[str], str]) -> object:
    """Do it and go on; or show the page again with the reason why not."""
    try:
        deed()
    except LedgerError:
        raise
    except MailagentError as error:
        return page(told(str(error))), REFUSED
    flash(done)
    return redirect(goto, 303)


# ── letters ─────────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.post("/letter/<int:letter_id>")
@login_required
def decide(letter_id: int) -> object:
    """Approve, save, or save and approve: the three buttons under the text.

    All three carry the text as the person sees it and the hash of the draft he opened. *Approve* lets nothing go
    that was typed over and not saved; *save* never overwrites what a colleague saved meanwhile.
    """
    desk = room.here()
    verb, seen = request.form.get("do", ""), request.form.get("hash", "")
    typed = (request.form.get("subject", ""), request.form.get("body", "").replace("\r\n", "\n"))
    with desk.ledger.reading() as db:
        letter = outbox.get(db, letter_id)

    def page(reason: str) -> str:
        return pages.render_letter(letter_id, error=reason, typed=typed)

    if letter is None or letter.content_hash != seen:
        return page(_("This draft was changed after you opened it. Your own text is kept below; compare, then decide.")), REFUSED
    changed = (" ".join(typed[0].split()), typed[1].strip()) != (letter.subject, letter.body.strip())
    if verb == "approve" and changed:
        return page(_("You changed the text. Save it first, or use “Save and approve”.")), REFUSED
    if verb not in ("approve", "save", "save_and_approve"):
        return page(_("Choose one of the buttons.")), REFUSED
    try:
        if verb != "approve" and changed:
            seen = desk.reviewer.edit(letter_id, *typed, seen)
        if verb != "save":
            desk.reviewer.approve(letter_id, seen)
    except LedgerError:
        raise
    except MailagentError as error:
        return page(told(str(error))), REFUSED
    if verb == "save":
        flash(_("Saved. Nobody has approved it yet.") if changed else _("Nothing was changed."))
        return redirect(url_for("pages.letter", letter_id=letter_id), 303)
    flash(approved(letter_id))
    return redirect(url_for("pages.today"), 303)


def approved(letter_id: int) -> str:
    """What happens to a letter that was just approved."""
    desk = room.here()
    with desk.ledger.reading() as db:
        letter = outbox.get(db, letter_id)
    if desk.policy.sending.letters == "off":
        return _("Approved: {recipient}. Sending is off, so the letter will lie in the spool folder.").format(recipient=letter.recipient)
    if letter.next_attempt_at and letter.next_attempt_at > desk.now():
        at = words.clock_time(letter.next_attempt_at, desk.policy.company.time_zone)
        return _("Approved: {recipient}. It leaves on {at}, our time.").format(recipient=letter.recipient, at=at)
    return _("Approved: {recipient}. It leaves now.").format(recipient=letter.recipient)


@blueprint.post("/letter/<int:letter_id>/reject")
@login_required
def reject(letter_id: int) -> object:
    """Not this letter; the next step is planned."""
    return attempt(
        lambda: room.here().reviewer.reject(letter_id),
        _("Rejected. The next step is planned."),
        url_for("pages.today"),
        lambda reason: pages.render_letter(letter_id, error=reason),
    )


@blueprint.post("/letter/<int:letter_id>/confirm")
@login_required
def confirm(letter_id: int) -> object:
    """A letter in doubt did arrive."""
    return attempt(lambda: room.here().reviewer.confirm(letter_id), _("It counts as sent."), url_for("pages.letters"), lists.render_letters)


@blueprint.post("/letter/<int:letter_id>/release")
@login_required
def release(letter_id: int) -> object:
    """A letter in doubt did not arrive: send the same bytes again."""
    return attempt(
        lambda: room.here().reviewer.release(letter_id), _("It will be sent once more."), url_for("pages.letters"), lists.render_letters
    )


@blueprint.post("/letter/<int:letter_id>/abandon")
@login_required
def abandon(letter_id: int) -> object:
    """A letter in doubt is given up."""
    return attempt(
        lambda: room.here().reviewer.abandon(letter_id),
        _("Given up. The next step is planned."),
        url_for("pages.letters"),
        lists.render_letters,
    )


@blueprint.post("/never")
@login_required
def never() -> object:
    """Never write to this address, in no matter, by nobody."""
    email, why = request.form.get("email", ""), request.form.get("why", "").strip()[:300]
    return attempt(
        lambda: room.here().reviewer.never_write(email, why),
        _("{email} will never be written to again.").format(email=email),
        url_for("pages.today"),
        lambda reason: pages.render_never(request.form.get("letter", type=int), request.form.get("lead", type=int), reason),
    )


# ── leads and tasks ─────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.post("/lead/<int:lead_id>/<any(stop, pause, resume, pin):verb>")
@login_required
def change_lead(lead_id: int, verb: str) -> object:
    """Stop following, pause, resume, or set the tier."""
    reviewer = room.here().reviewer
    tier, until = request.form.get("tier", ""), request.form.get("until", "")
    paused = _("Paused until {day}.").format(day=until[:10]) if until.strip() else _("Paused until somebody resumes it.")
    deeds = {
        "stop": (lambda: reviewer.stop_following(lead_id), _("This lead is no longer followed.")),
        "pause": (lambda: reviewer.pause(lead_id, typed_begin(until)), paused),
        "resume": (lambda: reviewer.resume(lead_id), _("It goes on.")),
        "pin": (
            lambda: reviewer.pin_tier(lead_id, int(tier) if tier in ("1", "2", "3", "4") else None),
            _("Tier {tier} set by hand.").format(tier=tier) if tier else _("The tier follows the score again."),
        ),
    }
    deed, done = deeds[verb]
    return attempt(deed, done, url_for("pages.lead", lead_id=lead_id), lambda reason: leads.render_lead(lead_id, reason))


@blueprint.post("/lead/<int:lead_id>/answer")
@login_required
def answer_silenced(lead_id: int) -> object:
    """Answer what somebody asks who asked for silence before, with the reason typed."""
    why = request.form.get("why", "")[:500]
    return attempt(
        lambda: room.here().reviewer.answer_silenced(lead_id, why),
        _("A draft will be written. It is the only letter that may go to him."),
        url_for("pages.lead", lead_id=lead_id),
        lambda reason: leads.render_lead(lead_id, reason),
    )


@blueprint.post("/task/<int:task_id>/done")
@login_required
def task_done(task_id: int) -> object:
    """The task was done."""
    lead_id = request.form.get("lead", type=int)
    goto = url_for("pages.lead", lead_id=lead_id) if lead_id else url_for("pages.all_tasks")
    goto = url_for("work.my_day") if request.form.get("back") == "day" else goto
    note = request.form.get("note", "").strip()
    return attempt(lambda: Worker(room.here().reviewer).done(task_id, note), _("Done."), goto, lists.render_tasks)


@blueprint.post("/sending/<any(pause, resume):verb>")
@login_required
def sending(verb: str) -> object:
    """Stop all sending at once, or let it go on."""
    reviewer = room.here().reviewer
    scope = request.form.get("scope", "all")[:100]
    deed = reviewer.pause_all if verb == "pause" else lambda: reviewer.resume_all(scope)
    done = _("All sending is paused.") if verb == "pause" else _("Sending goes on.")
    return attempt(deed, done, url_for("pages.today"), pages.render_today)


# ── coming, going, language ─────────────────────────────────────────────────────────────────────────────────────


@blueprint.post("/login")
def login() -> object:
    """Name and password."""
    desk = room.here()
    name, target = request.form.get("name", ""), request.form.get("next", "")

    def page(reason: str) -> str:
        return render_template("login.html", has_passwords=desk.door.has_passwords, target=target, name=name, error=reason)

    try:
        person = desk.door.by_password(name, request.form.get("password", ""), request.remote_addr or "")
    except MailagentError as error:
        return page(str(error)), 429
    if person is None:
        return page(_("Name and password do not belong together.")), 403
    return welcome(SignedIn(person), target)


@blueprint.post("/enter/<token>")
def enter(token: str) -> object:
    """Use a one-time link up."""
    person = room.here().door.by_link(token)
    if person is None:
        return render_template("enter.html", person=None, token=token), 403
    return welcome(SignedIn(person), "")


def welcome(user: SignedIn, target: str) -> object:
    """A new session for this person; the old one, and what somebody may have put into it, is gone."""
    kept = {name: session[name] for name in ("language",) if name in session}
    session.clear()
    session.update(kept)
    session.permanent = True
    login_user(user)
    return redirect(own_path(target), 303)


def own_path(target: str) -> str:
    """The path if it is one of ours, else the first page: "//elsewhere" and "/\\elsewhere" lead to another host."""
    is_ours = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if is_ours else url_for("pages.today")


@blueprint.post("/logout")
@login_required
def logout() -> object:
    """Sign out."""
    logout_user()
    session.clear()
    return redirect(url_for("pages.login"), 303)


@blueprint.post("/language")
def choose_language() -> object:
    """Speak the other language in this session."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        session["language"] = chosen
        with speaking(chosen):
            flash(_("This desk speaks English now."))
    return redirect(own_path(request.form.get("back", "")), 303)
