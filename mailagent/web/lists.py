"""The long lists of the desk: mails, letters and tasks, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import abort, render_template, request
from flask_login import login_required

from mailagent.core.model.message import KINDS
from mailagent.core.model.outbox import STATES
from mailagent.ledger import folders, outbox, tasks
from mailagent.ledger import pages as lists
from mailagent.web import desk as room
from mailagent.web.pages import blueprint, own_first, whole_text

PAGE = 50


@blueprint.get("/mails")
@login_required
def mails() -> object:
    """What came in, what we took it for, and why."""
    desk, page = room.here(), page_number()
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS or kind == "quarantined" else ""
    with desk.ledger.reading() as db:
        chosen = {"state": "quarantined"} if kind == "quarantined" else {"kind": kind}
        rows = lists.mails(db, **chosen, limit=PAGE + 1, offset=page * PAGE)
        kept_back = folders.not_fetched(db) if kind == "quarantined" else []
    return render_template("mails.html", rows=rows[:PAGE], kinds=KINDS, kind=kind, kept_back=kept_back, **turning(rows, page))


@blueprint.get("/mail/<int:inbound_id>")
@login_required
def mail(inbound_id: int) -> object:
    """One mail: its words, why it is of this kind, and all of its text."""
    with room.here().ledger.reading() as db:
        chosen = lists.mail(db, inbound_id)
        if chosen is None:
            abort(404)
        whole = whole_text(db, chosen)
    return render_template("mail.html", mail=chosen, whole=whole)


@blueprint.get("/letters")
@login_required
def letters() -> object:
    """Our letters in every state; those in doubt on top, with what to do about them."""
    return render_letters()


def render_letters(error: str = "") -> str:
    desk, page = room.here(), page_number()
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    with desk.ledger.reading() as db:
        rows = lists.letters(db, states=(state,) if state else (), limit=PAGE + 1, offset=page * PAGE)
        doubtful = outbox.in_doubt(db)
    return render_template(
        "letters.html", rows=rows[:PAGE], doubtful=doubtful, states=STATES, state=state, error=error, **turning(rows, page)
    )


@blueprint.get("/tasks")
@login_required
def all_tasks() -> object:
    """Calls, promises and alarms."""
    return render_tasks()


def render_tasks(error: str = "") -> str:
    desk = room.here()
    with desk.ledger.reading() as db:
        rows = own_first(tasks.open_tasks(db), desk.person.name)
    return render_template("tasks.html", rows=rows[:200], more=max(len(rows) - 200, 0), now=desk.now(), policy=desk.policy, error=error)


def page_number() -> int:
    return max(min(request.args.get("page", 0, type=int), 100_000), 0)


def turning(rows: Sequence, page: int) -> dict:
    """Addresses of the page before and after; one row more than a page was asked for to know."""
    others = {name: value for name, value in request.args.items() if name != "page"}
    link = lambda number: f"{request.path}?{urlencode(others | {'page': number})}"  # noqa: E731
    return {"earlier_page": link(page - 1) if page else "", "later_page": link(page + 1) if len(rows) > PAGE else ""}
