"""What the desk shows, and what it must never do: change anything by a GET, or take a mail's text for anything but text."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from conftest import NOW

from mailagent.core.model import events as e
from mailagent.core.model.lead import Fact
from mailagent.ledger import journal
from mailagent.ledger.db import next_id

PAGES = (
    "/", "/day", "/leads", "/leads?order=next&owner=-",
    "/leads?tier=2&owner=Lin+Mei", "/leads?tier=none", "/leads?tier=9&page=-3", "/lead/1", "/lead/2", "/lead/3", "/lead/4",
    "/lead/5", "/letter/1", "/letter/2", "/letter/3", "/letter/4", "/mails", "/mails?kind=quarantined", "/mails?kind=reply&page=7",
    "/mail/1", "/mail/6", "/letters", "/letters?state=sent", "/tasks", "/never?letter=1", "/never?lead=4", "/login", "/enter/nonsense",
)  # fmt: skip


def test_a_get_changes_nothing(desk, house):
    before = house.dump()
    for name in ("Lin Mei", "Chen Jing", "Wang Tao"):
        visitor = desk(name)
        for page in PAGES:
            assert visitor.get(page).status_code in (200, 303, 403), page
    assert house.dump() == before


@pytest.mark.parametrize(
    "path", ["/letter/1/reject", "/letter/4/confirm", "/lead/1/stop", "/task/1/done", "/sending/pause", "/logout", "/language"]
)
def test_deeds_have_no_get(desk, house, path):
    before = house.dump()
    assert desk("Lin Mei").get(path).status_code == 405
    assert house.dump() == before


@pytest.mark.parametrize("path", ["/letter/1", "/letter/1/reject", "/never", "/lead/1/stop", "/task/1/done", "/sending/pause", "/login"])
@pytest.mark.parametrize("token", [None, "", "made-up"])
def test_a_deed_needs_its_token(desk, house, path, token):
    before = house.dump()
    form = {"do": "approve", "email": "a@b.example"} | ({"csrf_token": token} if token is not None else {})
    assert desk("Lin Mei").browser.post(path, data=form).status_code == 400
    assert house.dump() == before


@pytest.mark.parametrize("path", ["/letter/99", "/lead/99", "/mail/99", "/never?lead=99", "/never", "/nowhere"])
def test_what_is_not_there(desk, path):
    answer = desk("Lin Mei").get(path)
    assert answer.status_code == 404 and "There is nothing here" in answer.text


def test_the_evidence_is_beside_the_letter(desk):
    page = desk("Lin Mei").get("/letter/1").text
    for text in (
        "names one of our products", "+15", "your panel PL-6060, 40 W, 4000 K",  # why this tier
        "we are a wholesaler of office lighting",  # his own words
        "Our new catalogue is out.",  # what he quoted, folded
        "he asks for CIF Hamburg",  # a warning
        "88 Binjiang Road", "einkauf@nordlicht.example", "the buyer asked",
    ):  # fmt: skip
        assert text in page, text
    assert page.index("<details>") < page.index("Our new catalogue is out.")
    # Who approves reads the mail first, then why it is graded so.
    assert page.index("s last mail</h2>") < page.index("Why this tier")


def test_a_letter_in_doubt_says_what_to_look_at(desk):
    assert "Look into the Sent folder, or ask the buyer" in desk("Lin Mei").get("/letter/4").text
    assert "Look into the Sent folder" not in desk("Lin Mei").get("/letter/1").text


def test_countries_have_their_names(desk):
    lin = desk("Lin Mei")
    assert "Germany" in lin.get("/leads").text and "· Germany" in lin.get("/letter/1").text
    lin.post("/language", language="zh")
    for path in ("/leads", "/letter/1", "/lead/1", "/"):
        assert "德国" in lin.get(path).text, path


def test_what_brought_no_points_is_folded(desk, house):
    with house.ledger.transaction() as db:
        for name, points, decides in (("beside", 0, 0), ("deciding", 0, 1), ("counted", 7, 0)):
            db.execute(
                "INSERT INTO signals (lead_id, inbound_id, name, grp, points, evidence, decides_tier, at)"
                " VALUES (1, NULL, ?, 'matter', ?, ?, ?, '2026-03-01T00:00:00.000000Z')",
                [name, points, f"words of {name}", decides],
            )
    for path in ("/letter/1", "/lead/1"):
        page = desk("Lin Mei").get(path).text
        fold = page.index("Seen beside that, without points")
        assert max(page.index("words of deciding"), page.index("words of counted")) < fold < page.index("words of beside")


def test_a_lead_tells_its_story(desk):
    page = desk("Lin Mei").get("/lead/3").text
    for text in ("Lead opened by mail", "Graded: tier 3", "Draft written: answer", "Letter approved", "Chen Jing", "took the letter"):
        assert text in page, text
    places = [page.index(text) for text in ("The server took the letter", "Letter approved", "Draft written", "Lead opened")]
    assert places == sorted(places)


def test_a_lead_tells_its_grade_and_the_words_behind_it(desk, house):
    with house.ledger.transaction() as db:
        db.execute("UPDATE leads SET abcd = 'B', memory = ? WHERE id = 1", ['{"met_at_fair":["2026-03-01","at your booth"]}'])
        db.execute(
            "INSERT INTO signals (lead_id, inbound_id, name, grp, points, evidence, decides_tier, at)"
            " VALUES (1, NULL, 'cooled', 'history', 0, 'no mail since 2025-09-01', 1, '2026-03-01T00:00:00.000000Z')"
        )
    page = desk("Lin Mei").get("/lead/1").text
    for text in ("of 100, engagement", "Grade B: collects information or compares", "Met at a trade show: just looking"):
        assert text in page, text
    for text in ("silent for long: one tier down", "no mail since 2025-09-01", "names one of our products", "your panel PL-6060"):
        assert text in page, text


def test_leads_are_filtered_and_turned(desk, house):
    lin = desk("Lin Mei")
    assert "Casa Luz" in lin.get("/leads?tier=3").text and "Nordlicht" not in lin.get("/leads?tier=3").text
    assert "Grant Fund" in lin.get("/leads?tier=none").text
    assert "Casa Luz" not in lin.get("/leads?owner=Lin+Mei").text
    for number in range(10, 60):
        house.inquiry(number, f"B{number} <b{number}@b{number}.example>", f"Buyer {number}", "DE", "hi", "hi", 4)
    first = lin.get("/leads?tier=4").text
    assert first.count("<tr>") == 51 and "/leads?tier=4&amp;page=1" in first
    assert lin.get("/leads?tier=4&page=1").text.count("<tr>") == 2


def shown(page: str) -> list[int]:
    """The leads of a table, from top to bottom."""
    return [int(number) for number in re.findall(r'<td><a href="/lead/(\d+)"', page)]


def test_whom_we_owe_an_answer_stands_on_top_unless_another_order_is_wished(desk, house):
    lin = desk("Lin Mei")
    by_heat = shown(lin.get("/leads?order=heat").text)
    assert by_heat[-1] == 4 and by_heat.index(2) < by_heat.index(1) < by_heat.index(3)
    with house.ledger.transaction() as db:
        for lead, hours in ((3, 5), (5, 2)):
            owed = e.AnswerOwed(next_id(db, "answers_owed"), lead, None, NOW, NOW + timedelta(hours=hours), "tier 3")
            journal.record(db, [owed], now=NOW)
    assert shown(lin.get("/leads").text) == [5, 3, *(number for number in by_heat if number not in (3, 5))]
    assert shown(lin.get("/leads?order=heat").text) == by_heat and shown(lin.get("/leads?order=nonsense").text)[:2] == [5, 3]
    # Lead 2 is planned before everything else now, and lead 5, which is held, only has its answer's deadline.
    house.record(e.StepPlanned(2, "follow_up_1", NOW + timedelta(hours=1), "at once"))
    house.record(e.StepPlanned(5, "follow_up_1", NOW - timedelta(hours=1), "at once"), e.LeadHeld(5, "paused"))
    assert shown(lin.get("/leads?order=next").text)[:3] == [2, 5, 3]
    house.record(e.LeadReassigned(3, "", "pool"))
    assert shown(lin.get("/leads?owner=-").text) == [3] and 3 not in shown(lin.get("/leads?owner=Wang+Tao").text)


def test_what_lies_in_the_pool_is_said_so(desk, house):
    house.record(e.LeadReassigned(3, "", "pool"))
    page = desk("Lin Mei").get("/lead/3").text
    assert page.count("nobody: in the pool") == 2 and "works on it now" not in page


HOSTILE = "<script>alert(1)</script> {{7*7}} {% raw %} <img src=x onerror=alert(1)> \u202eevil\u202c \x1b[31m</textarea></pre>"


def test_hostile_text_is_text(desk, house):
    house.inquiry(
        7, '"<b>Eve</b> \u202exe.cod" <eve@evil.example>', "<script>Evil</script> {{7*7}}", "DE", HOSTILE.replace("\x1b", ""), HOSTILE, 3,
        facts=(Fact("names_product", HOSTILE, HOSTILE),),
    )  # fmt: skip
    house.draft(7, 7, HOSTILE, subject=HOSTILE, warnings=(HOSTILE,), why=HOSTILE)
    lin = desk("Lin Mei")
    with house.ledger.reading() as db:
        mail_id = db.execute("SELECT id FROM inbound WHERE lead_id = 7").fetchone()[0]
    for path in ("/", "/letter/7", "/lead/7", "/leads", "/mails", f"/mail/{mail_id}", "/letters", "/never?letter=7"):
        page = lin.get(path).text
        assert "{{7*7}}" in page or "Eve" in page or "eve@evil" in page, path
        assert not re.search(r"<script|<img|<b>Eve", page), path
        # Outside the field that is edited, nothing turns the direction of the page around.
        outside = re.sub(r"<textarea.*?</textarea>|<input[^>]*>", "", page, flags=re.S)
        assert "\u202e" not in outside and "\x1b" not in outside, path
    assert "&lt;/textarea&gt;" in lin.get("/letter/7").text


def test_headers_forbid_what_no_page_needs(desk):
    for path in ("/", "/letter/1", "/nowhere", "/static/desk.css"):
        headers = desk("Lin Mei").get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'")
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    assert desk("Lin Mei").get("/letter/1").headers["Cache-Control"] == "no-store"


def test_pages_need_nothing_but_themselves(desk):
    for path in PAGES:
        page = desk("Lin Mei").get(path).text
        assert "style=" not in page and "<script" not in page and not re.search(r'(?:src|href|action)="https?:', page), path


def test_chinese(desk):
    page = desk("Chen Jing").get("/letter/1").text
    assert '<html lang="zh-CN">' in page and "批准" in page and "点名了我们的产品" in page
    lin = desk("Lin Mei")
    assert lin.post("/language", language="zh", back="/leads").location == "/leads"
    assert '<html lang="zh-CN">' in lin.get("/leads").text
    lin.post("/language", language="en", back="//evil.example/")
    assert '<html lang="en">' in lin.get("/leads").text


def test_the_language_of_one_page_does_not_stay_behind(desk):
    from mailagent import i18n

    before = i18n.language()
    desk("Chen Jing").get("/")
    assert i18n.language() == before
