"""The page of what is ahead: what would go to whom and when if nobody answered, as a calendar and a table. It sends nothing.

A salesperson sees his own leads, and those of absent colleagues for whom he stands in; the manager those of everybody.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import login_required

from mailagent.core.deciding.clock import our_clock
from mailagent.ledger import people, rights
from mailagent.speech import ahead as say
from mailagent.speech.sayings import told
from mailagent.web import desk as room
from mailagent.web.outlook import DAYS, Coming

blueprint = Blueprint("ahead", __name__)

SPANS = (14, 30, DAYS)
#: More rows than this are seen by the day.
MOST_ROWS = 200
#: So long until a page that waits looks again, seconds.
LOOK_AGAIN = 3


@blueprint.get("/ahead")
@login_required
def ahead() -> object:
    """What is ahead, by the calendar; with ``day`` one day's table."""
    desk, chosen = room.here(), request.args
    work = desk.outlook
    result = work.look()
    if result is None:
        page = render_template("ahead.html", result=None, progress=work.progress, error=told(work.trouble), is_working=work.is_working)
        return page, {"Refresh": f"{LOOK_AGAIN}"} if work.is_working else {}
    with desk.ledger.reading() as db:
        owners = people.list_of(db, desk.person, desk.policy, desk.now())
    sees_all = rights.decides_alone(desk.person, desk.policy)
    span = chosen.get("days", type=int)
    span = span if span in SPANS else SPANS[1]
    owner, ours = chosen.get("owner", "")[:100] if sees_all else "", our_clock(desk.policy)
    end = min(result.end, desk.now() + timedelta(days=span))
    rows = [
        one for one in result.rows
        if one.at <= end and (one.owner == owner if owner else sees_all or one.owner in owners)
    ]  # fmt: skip
    by_day: dict[date, list[Coming]] = {}
    for one in rows:
        by_day.setdefault(ours.local(one.at).date(), []).append(one)
    counted = {day: Counter(one.kind for one in found) for day, found in by_day.items()}
    day = typed(chosen.get("day", ""))
    table = by_day.get(day, []) if day else rows
    kept = {"days": span} | ({"owner": owner} if owner else {})
    return render_template(
        "ahead.html", result=result, is_working=work.is_working, error=told(work.trouble), say=say, policy=desk.policy, spans=SPANS,
        span=span, owner=owner, owners=sorted({one.owner for one in result.rows if one.owner}) if sees_all else (), day=day,
        months=say.months(counted, ours.local(desk.now()).date(), ours.local(end).date(), ours), counts=Counter(one.kind for one in rows),
        days=in_days(table[:MOST_ROWS], ours), more=max(len(table) - MOST_ROWS, 0), kept=kept,
        silent=result.silent if sees_all and not owner and not day else (),
    )  # fmt: skip


@blueprint.post("/ahead")
@login_required
def anew() -> object:
    """Work it out anew, in the background."""
    room.here().outlook.begin()
    return redirect(url_for("ahead.ahead"), 303)


def in_days(rows: list[Coming], ours) -> list[tuple[date, list[Coming]]]:
    """Rows under the day of ours on which they come."""
    found: dict[date, list[Coming]] = {}
    for one in rows:
        found.setdefault(ours.local(one.at).date(), []).append(one)
    return list(found.items())


def typed(text: str) -> date | None:
    """A day of an address; None if there is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
