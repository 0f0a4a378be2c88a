"""What is ahead, at the desk: worked out beside it, shown with its time, everybody's to the manager, his own to a salesperson."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from conftest import NOW

from mailagent.core.deciding.clock import our_clock
from mailagent.core.deciding.foresight import Simulation
from mailagent.core.model import events as e
from mailagent.errors import LedgerError
from mailagent.jobs.simulate import simulate
from mailagent.ledger import timing
from mailagent.speech import ahead as say
from mailagent.web import outlook


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A page waits for the result however slow the machine is."""
    monkeypatch.setattr(outlook, "PATIENCE", 60.0)


@pytest.fixture
def boss(desk):
    """``boss()``: the manager, who reads English in this session."""

    def open_desk(**more):
        visitor = desk("Chen Jing", **more)
        visitor.post("/language", language="en")
        return visitor

    return open_desk


def test_the_manager_sees_everybodys_and_a_salesperson_his_own(desk, boss):
    page = boss().get("/ahead?days=90").text
    assert "Casa Luz" in page and "Nordlicht" in page and "follow-up 1" in page
    lin = desk("Lin Mei")
    page = lin.get("/ahead?days=90").text
    assert "Nordlicht" in page and "Casa Luz" not in page and "follow-up 1" in page
    # An address that names somebody else shows nothing of his.
    assert "Casa Luz" not in lin.get("/ahead?days=90&owner=Wang+Tao").text
    page = boss().get("/ahead?days=90&owner=Wang+Tao").text
    assert "Casa Luz" in page and "Nordlicht" not in page


def test_a_day_of_the_calendar_is_shown_by_itself(boss, house):
    manager = boss()
    page = manager.get("/ahead?days=90").text
    found = simulate(house, 90)
    days = sorted({our_clock(house.policy).local(one.at).date() for one in found.happens})
    assert len(days) > 2 and all(f"day={day}" in page for day in days)
    one = manager.get(f"/ahead?days=90&day={days[1]}").text
    assert one.count("<table") == 1 and f" {days[1]} <span" in one
    assert "<table" not in manager.get("/ahead?day=2026-03-15").text
    for nonsense in ("day=soon", "days=-1", "days=x", "owner=" + "x" * 5000, "day=9999-12-31"):
        assert manager.get(f"/ahead?{nonsense}").status_code == 200


def test_looking_changes_nothing_and_says_when_it_looked(desk, house):
    before = house.dump()
    page = desk("Lin Mei").get("/ahead").text
    assert house.dump() == before
    assert "As it looked at Tue 2026-03-10 09:30" in page and "Nothing was sent" in page


def test_it_is_worked_out_beside_the_desk_and_once_at_a_time(desk, house, monkeypatch):
    monkeypatch.setattr(outlook, "PATIENCE", 0.0)
    has_told, may_end, calls = threading.Event(), threading.Event(), []

    def foresee(days, most, tell):
        calls.append((days, most))
        tell(7, 70)
        has_told.set()
        assert may_end.wait(60)
        return simulate(house, days, most=most, tell=tell)

    lin = desk("Lin Mei", foresee=foresee)
    work = lin.browser.application.extensions["desk"].outlook
    for _ in range(3):
        waiting = lin.get("/ahead")
        assert waiting.status_code == 200 and waiting.headers["Refresh"] and "being worked out" in waiting.text
    assert has_told.wait(60)
    assert "7 of 70 leads" in lin.get("/ahead").text and calls == [(outlook.DAYS, outlook.MOST_LEADS)]
    may_end.set()
    assert work._ended.wait(60)
    done = lin.get("/ahead")
    assert "Refresh" not in done.headers and "Nordlicht" in done.text and len(calls) == 1
    # Asked for anew, and when it is old, it is worked out again; what is known is shown meanwhile.
    may_end.clear()
    assert lin.post("/ahead").status_code == 303
    assert "a newer one is being worked out" in lin.get("/ahead").text and len(calls) == 2
    may_end.set()
    assert work._ended.wait(60)
    house.at = NOW + outlook.FRESH + timedelta(minutes=1)
    assert lin.get("/ahead").status_code == 200
    assert work._ended.wait(60) and len(calls) == 3


def test_what_goes_wrong_is_said(desk):
    def broken(days, most, tell):
        raise LedgerError("The ledger is away.")

    def more_broken(days, most, tell):
        raise ValueError("no such thing")

    assert "The ledger is away." in desk("Lin Mei", foresee=broken).get("/ahead").text
    page = desk("Lin Mei", foresee=more_broken).get("/ahead").text
    assert "could not be worked out" in page and "no such thing" not in page


def test_working_it_out_anew_needs_a_token(desk):
    assert desk("Lin Mei").browser.post("/ahead").status_code == 400


def test_of_a_large_house_the_leads_whose_next_step_comes_first_are_looked_at(boss, house):
    for number in range(10, 20):
        house.inquiry(number, f"B{number} <b{number}@b{number}.example>", f"Buyer {number}", "DE", "hi", "hi", 4)
        house.record(e.StepPlanned(number, "follow_up_1", NOW + timedelta(days=30 - number), "at once"))
    house.record(e.LeadHeld(19, "paused", NOW + timedelta(minutes=5)), e.LeadHeld(18, "paused"))
    with house.ledger.reading() as db:
        first = [lead.id for lead in timing.first_open(db, 6)]
        assert [lead.id for lead in timing.first_open(db, 1000)][:6] == first
        # Whatever can go on is among them, soon or late, and nothing that cannot.
        able = {lead.id for lead in timing.open_leads(db)} - {18, 4, 5}
        assert {lead.id for lead in timing.first_open(db, 1000)} == able
    assert 19 in first and 10 not in first and 18 not in first
    found = simulate(house, 90, most=6)
    assert {one.lead.id for one in found.happens} <= set(first) and (found.leads, found.of) == (6, simulate(house, 1).leads)
    few = boss(foresee=lambda days, most, tell: simulate(house, days, most=6, tell=tell)).get("/ahead").text
    assert f"Of {found.of} open leads the 6 were looked at" in few


def test_names_are_text(desk, house):
    with house.ledger.transaction() as db:
        db.execute("UPDATE companies SET name = ?", ["<b>Evil</b> \u202e gnp.exe"])
    page = desk("Lin Mei").get("/ahead?days=90").text
    assert "<b>Evil" not in page and "&lt;b&gt;Evil" in page and "\u202e" not in page


def test_nothing_ahead(boss):
    page = boss(foresee=lambda days, most, tell: Simulation(NOW, NOW + timedelta(days=90), (), {}, 0, 0)).get("/ahead").text
    assert "Nothing would go out in this time." in page


def test_weeks_that_are_over_take_no_room(house):
    ours = our_clock(house.policy)
    (march,) = say.months({}, NOW.date(), NOW.date() + timedelta(days=9), ours)
    assert len(march["cells"]) == 14 and march["cells"][0]["number"] == 9 and march["cells"][0]["outside"]
