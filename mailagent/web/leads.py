"""The leads at the desk: all of them, in an order that one chooses, and the file of each."""

from __future__ import annotations

from flask import abort, render_template, request
from flask_login import login_required

from mailagent.core.deciding.clock import clock_of
from mailagent.core.model.lead import Lead
from mailagent.core.model.policy import Policy
from mailagent.core.model.workday import CHANNELS
from mailagent.ledger import inbox, leads, outbox, owed, rights, tasks, work
from mailagent.ledger import pages as lists
from mailagent.ledger.db import Database, from_text
from mailagent.speech import grade, place, story
from mailagent.web import desk as room
from mailagent.web.lists import PAGE, page_number, turning
from mailagent.web.pages import blueprint, dated, priced

#: How a letter went from hand to hand: true, and of no use to who reads the story of a buyer.
OF_SENDING, VERBS_OF_SENDING = ("SentCopyFiled",), ("claim", "transmit", "accept")


@blueprint.get("/leads")
@login_required
def all_leads() -> object:
    """Every lead: where it stands, what comes next, and why nothing comes. Whom we owe an answer stands on top."""
    desk, chosen = room.here(), request.args
    tier = chosen.get("tier", "")
    tier = tier if tier in ("1", "2", "3", "4", "none") else ""
    order = chosen.get("order", "")
    order = order if order in lists.ORDERS else lists.ORDERS[0]
    owner, page = chosen.get("owner", "")[:100], page_number()
    with desk.ledger.reading() as db:
        fading = {"now": desk.now(), "half_life_days": desk.policy.lifetime.half_life_days}
        rows = lists.leads(db, tier=tier, owner=owner, order=order, limit=PAGE + 1, offset=page * PAGE, **fading)
        owners = lists.owners(db)
        debts = owed.of_leads(db, [one.id for one in rows])
    # His own name comes first, whether he has leads or not.
    mine = desk.person.name
    names = [mine, *(name for name in owners if name != mine)]
    return render_template(
        "leads.html", rows=rows[:PAGE], owed=debts, now=desk.now(), policy=desk.policy, owners=names, chosen_tier=tier, owner=owner,
        order=order, orders=lists.ORDERS, pool=lists.IN_THE_POOL, **turning(rows, page),
    )  # fmt: skip


@blueprint.get("/lead/<int:lead_id>")
@login_required
def lead(lead_id: int) -> object:
    """The file of one lead: why its tier, and everything that happened."""
    return render_lead(lead_id)


def render_lead(lead_id: int, error: str = "") -> str:
    desk = room.here()
    with desk.ledger.reading() as db:
        chosen = leads.get(db, lead_id)
        if chosen is None:
            abort(404)
        now, clock = desk.now(), clock_of(chosen, desk.policy)
        asked = (chosen, desk.person, desk.policy, now)
        return render_template(
            "lead.html",
            error=error,
            lead=chosen,
            clock=clock,
            place=place,
            countries=sorted((place.country(code), code) for code in desk.policy.calendar.places),
            zones=dict.fromkeys((clock.zone, *clock.zones)) if clock.source != "default" else (),
            person=lists.person(db, chosen.contact_id),
            reasons=priced(leads.reasons(db, lead_id), desk.policy),
            grades=grade.lines(chosen, leads.standing(db, chosen), now, desk.policy),
            tasks=[dated(row) for row in tasks.open_tasks(db, lead_id=lead_id)],
            drafts=outbox.drafts(db, lead_id=lead_id),
            owed=owed.of_lead(db, lead_id),
            now=now,
            dates=work.order_dates(db, lead_id),
            channels=CHANNELS,
            people=[one.name for one in desk.policy.people if rights.may_give(db, chosen, one, *asked[1:])],
            may_resume=rights.may_let_go_on(db, *asked),
            timeline=told_apart(story_of(db, chosen, desk.policy)),
            policy=desk.policy,
        )


def story_of(db: Database, chosen: Lead, policy: Policy) -> list[dict]:
    """Mails, letters and events of a lead in one line of time, the newest first."""
    entries: list[dict] = []
    for row in inbox.mails_of(db, chosen.id):
        # The copy of a letter of ours that came back out of the Sent folder: the letter itself stands in the story.
        if row["outcome"] == "own_copy":
            continue
        who = "us" if row["kind"] == "own" or row["role"] == "sent" else "buyer"
        entries.append({"at": from_text(row["received_at"]), "who": who, "mail": row})
    for one in outbox.of_lead(db, chosen.id):
        if one.basis != "notice" and one.sent_at:
            entries.append({"at": one.sent_at, "who": "us", "letter": one})
    for talk in work.talks_of(db, chosen.id):
        entries.append({"at": talk["at"], "who": "us", "talk": talk})
    for row in leads.journal_of(db, chosen.id):
        sentence = "" if row["type"] in story.TOLD_ELSEWHERE else story.tell(row, policy)
        if sentence:
            of_sending = row["type"] in OF_SENDING or row["body"].get("verb") in VERBS_OF_SENDING
            happened = {"text": sentence, "actor": "agent" if of_sending else row["actor"], "of_sending": of_sending}
            entries.append({"at": from_text(row["at"]), "who": "house"} | happened)
    # Sorted forwards and then turned, so that what happened at one moment stays in its order.
    return sorted(entries, key=lambda entry: entry["at"])[::-1][:300]


def told_apart(entries: list[dict]) -> list[dict]:
    """The same story; what merely tells how a letter was sent is folded together, so that one finds what happened."""
    told: list[dict] = []
    for entry in entries:
        if not entry.get("of_sending"):
            told.append(entry)
        elif told and "folded" in told[-1]:
            told[-1]["folded"].append(entry)
        else:
            told.append({"at": entry["at"], "who": "house", "folded": [entry]})
    return told
