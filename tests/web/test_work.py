"""A person's day at the desk: the list, the forms, and the calendar that needs no login but a key."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from conftest import NOW

from mailagent.core.model import events as e
from mailagent.ledger import journal, leads, owed, tasks, work
from mailagent.ledger import today as day
from mailagent.ledger.db import next_id

CALL, PLATFORM = 901, 902


@pytest.fixture
def lin(desk, house):
    """Lin Mei owes an answer, has a call that was due an hour ago and an answer to give on a platform."""
    with house.ledger.transaction() as db:
        number, due = next_id(db, "answers_owed"), NOW + timedelta(hours=1)
        journal.record(db, [e.AnswerOwed(number, 1, None, NOW, due, "tier 3 is answered before we leave")], now=NOW)
        journal.record(db, [e.TaskOpened(CALL, 1, "call", "Lin Mei", NOW - timedelta(hours=1), "Call him")], now=NOW)
        asked = e.TaskOpened(PLATFORM, 1, "platform_answer", "Lin Mei", NOW + timedelta(days=1), "Answer there", "x")
        journal.record(db, [asked, e.TaskTextWritten(PLATFORM, "Dear buyer,\n<b>our price</b>")], now=NOW)
    return desk("Lin Mei")


def ask(house, question, *arguments):
    with house.ledger.reading() as db:
        return question(db, *arguments)


def test_what_burns_stands_on_top_and_nothing_of_it_is_markup(lin):
    page = lin.get("/day").text
    assert page.index("1 h late") < page.index("1 h<")
    assert "&lt;b&gt;our price" in page and "there now (Berlin)" in page and "tier 3 is answered before we leave" in page
    assert "answer: approve the draft" in page


def test_the_day_is_told_apart_and_the_rest_of_each_part_is_folded(lin):
    page = lin.get("/day").text
    parts = [page.index(f'id="{name}"') for name in ("now", "today", "later")]
    assert parts == sorted(parts) and page.count("<details open>") == 1
    assert '<details class="band" id="later">' in page and '<section class="band" id="now">' in page
    late, answer, platform = page.index("Call him"), page.index("tier 3 is answered"), page.index("Answer there")
    assert parts[0] < late < parts[1] < answer < parts[2] < platform
    assert "1 answer · 2 calls · 1 other task" in " ".join(page.split())


def test_an_answer_that_is_given_on_a_platform_is_one_thing_to_do(lin, house):
    with house.ledger.transaction() as db:
        number = next_id(db, "answers_owed")
        journal.record(db, [e.AnswerOwed(number, 2, None, NOW, NOW - timedelta(hours=2), "tier 1 is answered at once")], now=NOW)
        asked = e.TaskOpened(910, 2, "platform_answer", "Lin Mei", NOW + timedelta(days=2), "Answer in the back office", "x")
        journal.record(db, [asked], now=NOW)
    items = ask(house, day.list_of, house.policy.person("Lin Mei"), house.policy, NOW)
    (item,) = [one for one in items if one.lead_id == 2 and one.group != "approve"]
    assert item.task_id == 910 and item.due_at == NOW - timedelta(hours=2)
    assert lin.post("/task/910/done", back="day").status_code == 303 and ask(house, owed.of_lead, 2) is None


def test_an_empty_day_says_so(desk, house):
    with house.ledger.transaction() as db:
        db.execute("UPDATE tasks SET done_at = due_at")
        db.execute("UPDATE outbox SET author = 'Nobody' WHERE state = 'drafted'")
    page = desk("Wang Tao").get("/day").text
    assert 'class="bands"' not in page and page.count("<ol") == 0


def test_the_list_speaks_chinese_codes_nowhere(lin, desk):
    page = desk("Wang Tao").get("/day")
    assert page.status_code == 200 and "platform_answer" not in lin.get("/day").text


def test_a_talk_is_logged_with_one_line(lin, house):
    assert lin.post("/lead/1/log", channel="whatsapp", text="5000 pcs, deposit Friday").status_code == 303
    assert ask(house, owed.of_lead, 1) is None
    assert [talk["text"] for talk in ask(house, work.talks_of, 1)] == ["5000 pcs, deposit Friday"]
    page = lin.get("/lead/1").text
    assert "WhatsApp" in page and "5000 pcs, deposit Friday" in page
    for wrong in (
        {"channel": "pigeon", "text": "x"},
        {"channel": "phone", "text": " "},
        {"channel": "phone", "text": "x", "at": "2999-01-01T10:00"},
    ):
        assert lin.post("/lead/1/log", **wrong).status_code == 409
    assert lin.post("/lead/1/log", channel="phone", text="x", at="yesterday").status_code == 409


def test_a_call_is_done_with_a_note_and_its_recap_is_asked_for(lin, house):
    assert lin.post(f"/task/{CALL}/done", back="day", note="wants 500 pcs").location == "/day"
    (wanted,) = ask(house, work.letters_wanted)
    assert ask(house, work.letter_wanted, wanted)["note"] == "wants 500 pcs"
    assert lin.post(f"/task/{CALL}/done", note="again").status_code == 409


def test_tasks_are_put_off_and_given_away(lin, house):
    assert lin.post(f"/task/{CALL}/later", until="1", back="day").status_code == 303
    assert tasks.due_at(ask(house, tasks.get, CALL)).date() == date(2026, 3, 11)
    assert lin.post(f"/task/{CALL}/later", until="2026-03-20").status_code == 303
    assert lin.post(f"/task/{CALL}/later", until="soon").status_code == 409
    assert lin.post(f"/task/{CALL}/give", to="Wang Tao").status_code == 303
    assert ask(house, tasks.get, CALL)["owner"] == "Wang Tao"
    assert lin.post(f"/task/{CALL}/give", to="Nobody").status_code == 409
    # Only the manager decides about the pool.
    assert lin.post(f"/task/{CALL}/pool", answer="yes").status_code == 409


def test_a_lead_is_given_away_and_says_why(lin, house, desk):
    assert lin.post("/lead/1/assign", to="Wang Tao").status_code == 303
    assert ask(house, leads.get, 1).owner == "Wang Tao"
    assert "by hand" in lin.get("/lead/1").text
    assert lin.post("/lead/1/assign", to="Wang Tao").status_code == 409


def test_a_person_says_where_the_buyer_is(lin, house):
    page = lin.get("/lead/1").text
    assert "Europe/Berlin, DE (by his country)" in page and "there now: Tue 2026-03-10 02:30 · weekend: Sat, Sun" in page
    assert lin.post("/lead/1/place", country="ae", zone="Asia/Dubai", region="du").status_code == 303
    moved = ask(house, leads.get, 1)
    assert (moved.country, moved.zone, moved.region, moved.place_source) == ("AE", "Asia/Dubai", "DU", "said")
    page = lin.get("/lead/1").text
    assert "Asia/Dubai, AE (one of us said so)" in page and ">sure<" in page and "weekend: Sat, Sun" in page
    assert '<option value="AE" selected>United Arab Emirates (AE)</option>' in page
    no_zones, no_region = ({"country": "DE", "zone": zone} for zone in ("Berlin", "x" * 5000)), {"country": "DE", "region": "B<"}
    for wrong in ({"country": "XX"}, {}, *no_zones, no_region):
        refused = lin.post("/lead/1/place", **wrong)
        assert refused.status_code == 409 and 'role="alert"' in refused.text
    assert ask(house, leads.get, 1) == moved
    assert lin.get("/lead/1/place").status_code == 405 and lin.browser.post("/lead/1/place", data={"country": "DE"}).status_code == 400


def test_the_dates_of_an_order_are_typed(lin, house):
    assert lin.post("/lead/1/order", production="2026-04-10", deposit="on").status_code == 303
    assert lin.post("/lead/1/order", production="tomorrow").status_code == 409
    assert lin.post("/lead/1/order").status_code == 409
    assert ask(house, work.order_dates, 1)["production"]["day"] == "2026-04-10"


def test_the_calendar_needs_a_key_and_only_a_key(lin, desk, house):
    made = lin.post("/calendar/new")
    path = re.search(r"/calendar/[\w-]+\.ics", made.text)[0]
    anybody = desk()
    feed = anybody.get(path)
    assert feed.status_code == 200 and feed.mimetype == "text/calendar" and feed.headers["Cache-Control"] == "no-store"
    assert b"answer" in feed.data and b"our price" not in feed.data and b"+49" not in feed.data
    assert path not in lin.get("/day").text
    # The ledger cannot give it away.
    rows = ask(house, lambda db: [row[0] for row in db.execute("SELECT key_hash FROM calendar_keys")])
    assert len(rows) == 1 and rows[0] not in path
    assert anybody.get("/calendar/" + "x" * 32 + ".ics").status_code == 404
    assert anybody.get("/calendar/" + "x" * 5000 + ".ics").status_code == 404
    # A new one ends the old one; so does taking it back.
    again = re.search(r"/calendar/[\w-]+\.ics", lin.post("/calendar/new").text)[0]
    assert anybody.get(path).status_code == 404 and anybody.get(again).status_code == 200
    assert lin.post("/calendar/end").status_code == 303
    assert anybody.get(again).status_code == 404


def test_the_feed_is_read_by_the_library_and_keeps_its_names(lin, desk, house):
    from icalendar import Calendar

    with house.ledger.transaction() as db:
        title = "Answer; there, \\ soon\r\nX-EVIL: 1"
        journal.record(db, [e.TaskOpened(903, 1, "promise", "Lin Mei", NOW + timedelta(hours=2), title)], now=NOW)
        db.execute("UPDATE companies SET name = ?", ["A; B, C\r\nBEGIN:VEVENT"])
    path = re.search(r"/calendar/[\w-]+\.ics", lin.post("/calendar/new").text)[0]
    text = lin.get(path).data
    assert b"\r\n" in text and text.replace(b"\r\n", b"").count(b"\n") == 0 and b"\r\nX-EVIL" not in text
    calendar = Calendar.from_ical(text)
    events = {str(one["uid"]): one for one in calendar.walk("VEVENT")}
    items = ask(house, day.list_of, house.policy.person("Lin Mei"), house.policy, NOW)
    assert len(events) == len(items) and {"task-901@lumena.example", "task-903@lumena.example"} <= set(events)
    promise = events["task-903@lumena.example"]
    assert promise["dtstart"].dt == NOW + timedelta(hours=2) and promise["dtstamp"].dt == NOW
    assert str(promise["summary"]).endswith("A; B, C  BEGIN:VEVENT".replace("  ", " "))
    house.at = NOW + timedelta(minutes=5)
    assert {str(one["uid"]) for one in Calendar.from_ical(lin.get(path).data).walk("VEVENT")} == set(events)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/lead/1/log", {"channel": "phone", "text": "x", "at": "0001-01-01T00:00"}),
        ("/lead/1/log", {"channel": "phone", "text": "x", "at": "9999-12-31T23:59"}),
        ("/lead/1/order", {"production": "9999-12-31"}),
        ("/lead/1/order", {"delivery": "0001-01-01"}),
        (f"/task/{CALL}/later", {"until": "9999-12-31"}),
        (f"/task/{CALL}/later", {"until": "0001-01-01"}),
    ],
)
def test_days_at_the_ends_of_time_are_refused_with_a_sentence(lin, path, form):
    assert lin.post(path, **form).status_code == 409
