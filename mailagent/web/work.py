"""A person's day at the desk, made for a phone: what burns first, one line to log a talk, tasks that are done, put off or given away.

The calendar feed is the one page without a login: who has its address reads it, and nothing can be done there. Its key is in the
ledger as a hash only.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_login import login_required

from mailagent.core.deciding import deadlines
from mailagent.core.deciding.daylist import Item
from mailagent.core.model.policy import Policy
from mailagent.core.model.workday import CHANNELS
from mailagent.i18n import _, speaking
from mailagent.ledger import people
from mailagent.ledger import today as day
from mailagent.ledger.worker import NEEDS, Worker
from mailagent.speech import day as say
from mailagent.speech.calendar import feed_of, hash_of, new_key
from mailagent.web import desk as room
from mailagent.web import leads as leads_pages
from mailagent.web import lists
from mailagent.web.deeds import attempt
from mailagent.web.typed import typed_day, typed_time

blueprint = Blueprint("work", __name__)

#: So much of each part of a day is seen at once; the rest is folded.
AT_ONCE = 8
#: A key is 32 letters; nothing longer is looked up.
LONGEST_KEY = 100


def worker() -> Worker:
    return Worker(room.here().reviewer)


@blueprint.get("/day")
@login_required
def my_day() -> object:
    """One person's list: what is to be done now, what today, what later; what burns first on top."""
    return render_day()


def render_day(error: str = "", address: str = "") -> str:
    desk = room.here()
    person, now = desk.person, desk.now()
    with desk.ledger.reading() as db:
        items = day.list_of(db, person, desk.policy, now)
        absent = people.away(db, desk.policy, now)
    return render_template(
        "day.html", error=error, items=items, bands=bands_of(items, now, desk.policy), counts=Counter(item.group for item in items),
        now=now, say=say, channels=CHANNELS, policy=desk.policy, address=address, at_once=AT_ONCE,
        stands_in=[name for name in absent if name in {item.owner for item in items} and name != person.name],
    )  # fmt: skip


def bands_of(items: list[Item], now: datetime, policy: Policy) -> dict[str, list[Item]]:
    """The day's list in what is to be done now (alarms, and what is late), today, and later; each in its order, none of them empty."""
    today = deadlines.our_day(now, policy)
    bands: dict[str, list[Item]] = {"now": [], "today": [], "later": []}
    for item in items:
        if item.group == "alarm" or item.is_late(now):
            bands["now"].append(item)
        else:
            bands["today" if deadlines.our_day(item.due_at, policy) <= today else "later"].append(item)
    return {name: band for name, band in bands.items() if band}


# ── talks, tasks, leads ─────────────────────────────────────────────────────────────────────────────────────────


@blueprint.post("/lead/<int:lead_id>/log")
@login_required
def log_talk(lead_id: int) -> object:
    """One line about a talk."""
    form = request.form
    return attempt(
        lambda: worker().log_talk(lead_id, form.get("channel", ""), form.get("text", ""), typed_time(form.get("at", ""))),
        _("Written down. It counts as a contact."),
        url_for("pages.lead", lead_id=lead_id),
        lambda reason: leads_pages.render_lead(lead_id, reason),
    )


@blueprint.post("/task/<int:task_id>/<any(later, give, pool):verb>")
@login_required
def change_task(task_id: int, verb: str) -> object:
    """Put a task off, give it to somebody, or decide about the pool."""
    form = request.form
    deeds = {
        "later": (lambda: worker().snooze(task_id, later(form.get("until", ""))), _("Put off.")),
        "give": (lambda: worker().give_task(task_id, form.get("to", "")), _("Given to {name}.").format(name=form.get("to", "")[:80])),
        "pool": (lambda: worker().decide_pool(task_id, form.get("answer") == "yes"), _("Decided.")),
    }
    deed, done = deeds[verb]
    from_day = form.get("back") == "day"
    goto = url_for("work.my_day" if from_day else "pages.all_tasks")
    return attempt(deed, done, goto, render_day if from_day else lists.render_tasks)


@blueprint.post("/lead/<int:lead_id>/assign")
@login_required
def assign(lead_id: int) -> object:
    """Give a lead, with all others of its company, to somebody."""
    name = request.form.get("to", "")
    return attempt(
        lambda: worker().assign(lead_id, name),
        _("{name} works on it now.").format(name=name[:80]),
        url_for("pages.lead", lead_id=lead_id),
        lambda reason: leads_pages.render_lead(lead_id, reason),
    )


@blueprint.post("/lead/<int:lead_id>/place")
@login_required
def say_place(lead_id: int) -> object:
    """Where the buyer is, said by a person: it beats whatever was read in his mails."""
    form = request.form
    return attempt(
        lambda: room.here().reviewer.place(lead_id, form.get("country", ""), form.get("zone", ""), form.get("region", "")),
        _("Written down. What is planned for him keeps his hours and holidays."),
        url_for("pages.lead", lead_id=lead_id),
        lambda reason: leads_pages.render_lead(lead_id, reason),
    )


@blueprint.post("/lead/<int:lead_id>/order")
@login_required
def order(lead_id: int) -> object:
    """The dates of an order."""
    form = request.form

    def deed() -> None:
        dates = {what: typed_day(text) for what in ("production", "delivery", "sample_received") if (text := form.get(what, "").strip())}
        worker().set_order(lead_id, dates, tuple(need for need in NEEDS if form.get(need)))

    return attempt(
        deed,
        _("Written down; its tasks are made."),
        url_for("pages.lead", lead_id=lead_id),
        lambda reason: leads_pages.render_lead(lead_id, reason),
    )


def later(text: str) -> datetime:
    """When a task comes back: "1" or "7" days on, at the hour at which we open; or a day that was typed."""
    desk = room.here()
    today = deadlines.our_day(desk.now(), desk.policy)
    wanted = today + timedelta(days=int(text)) if text in ("1", "3", "7") else typed_day(text)
    return deadlines.at_our(deadlines.next_working_day(wanted, desk.policy), desk.policy.calendar.our_hours[0], desk.policy)


# ── the calendar ────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.post("/calendar/<any(new, end):verb>")
@login_required
def change_calendar(verb: str) -> object:
    """Make the address of the calendar anew (it is shown this once), or end it."""
    key, hashed = new_key() if verb == "new" else ("", "")
    worker().set_calendar_key(hashed)
    if verb == "end":
        flash(_("The calendar's address has ended."))
        return redirect(url_for("work.my_day"), 303)
    return render_day(address=url_for("work.feed", key=key, _external=True))


@blueprint.get("/calendar/<key>.ics")
def feed(key: str) -> object:
    """A person's day for his calendar. Without a login: the key says whose it is, and it can be taken back."""
    desk = room.here()
    with desk.ledger.reading() as db:
        name = people.calendar_of(db, hash_of(key)) if len(key) <= LONGEST_KEY else ""
        person = desk.policy.person(name) if name else None
        items = day.list_of(db, person, desk.policy, desk.now()) if person else []
    if person is None:
        abort(404)
    with speaking(person.language):
        text = feed_of(items, person, desk.policy, desk.now(), url_for("pages.today", _external=True))
    return Response(text, content_type="text/calendar; charset=utf-8", headers={"Content-Disposition": 'inline; filename="mailagent.ics"'})
