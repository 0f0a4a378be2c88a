"""What people do at the desk: each deed through its form, and what the ledger says afterwards."""

from __future__ import annotations

import re

import pytest
from conftest import ANSWER, NOW

from mailagent.core.model import events as e
from mailagent.ledger import health, leads, suppressions, tasks
from mailagent.ledger.db import next_id


def fields(html: str) -> dict[str, str]:
    """What the letter's form carries, as a browser would send it."""
    unescape = lambda text: text.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")  # noqa: E731
    return {
        "hash": re.search(r'name="hash" value="(\w+)"', html)[1],
        "subject": unescape(re.search(r'name="subject" value="([^"]*)"', html)[1]),
        "body": unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", html, re.S)[1]).replace("\n", "\r\n"),
    }


def test_drafts_wait_on_the_first_page(desk):
    page = desk("Lin Mei").get("/").text
    assert "2 drafts wait" in page and "Anna Fischer" in page and "Omar Haddad" in page
    assert "1 thing to look at" in page and "1 letter in doubt" in page and "1 in quarantine" in page


def test_an_alarm_is_not_said_twice_on_one_page(desk, house):
    title = "The mailbox sales cannot be read: the server is away"
    with house.ledger.transaction() as db:
        while next_id(db, "tasks") < 100:
            """The tasks of this house were numbered by hand."""
        assert health.raise_alarm(db, "sales", "unread", title, since=NOW, now=NOW)
    assert desk("Lin Mei").get("/").text.count("the server is away") == 1


def test_approve_as_it_stands(desk, house):
    lin = desk("Lin Mei")
    answer = lin.post("/letter/1", do="approve", **fields(lin.get("/letter/1").text))
    assert answer.status_code == 303 and answer.location == "/"
    letter = house.letter(1)
    assert (letter.state, letter.approved_by, letter.body) == ("approved", "Lin Mei", ANSWER)
    assert "Approved: a.fischer@nordlicht.example" in lin.get("/").text


def test_approval_binds_to_what_was_seen(desk, house):
    here, there = desk("Lin Mei"), desk("Chen Jing")
    seen = fields(here.get("/letter/1").text)
    assert there.post("/letter/1", do="save", **seen | {"body": "A colleague wrote this."}).status_code == 303
    answer = here.post("/letter/1", do="approve", **seen)
    assert answer.status_code == 409 and "changed after you opened it" in answer.text
    # Neither text is lost: his own in the form, the colleague's below it.
    assert "USD 11.80 a piece" in fields(answer.text)["body"] and "A colleague wrote this." in answer.text
    assert house.letter(1).state == "drafted"


def test_save_does_not_overwrite_a_colleague(desk, house):
    here, there = desk("Lin Mei"), desk("Chen Jing")
    seen = fields(here.get("/letter/1").text)
    there.post("/letter/1", do="save", **seen | {"body": "A colleague wrote this."})
    assert here.post("/letter/1", do="save", **seen | {"body": "Mine."}).status_code == 409
    assert house.letter(1).body == "A colleague wrote this."


def test_edit_then_approve(desk, house):
    lin = desk("Lin Mei")
    before = house.letter(1).content_hash
    saved = lin.post("/letter/1", do="save", **fields(lin.get("/letter/1").text) | {"subject": "Re: 800 panels"})
    assert saved.status_code == 303 and saved.location == "/letter/1"
    letter = house.letter(1)
    assert letter.content_hash != before and (letter.state, letter.subject, letter.body) == ("drafted", "Re: 800 panels", ANSWER)
    assert lin.post("/letter/1", do="approve", **fields(lin.get("/letter/1").text)).status_code == 303
    assert house.letter(1).state == "approved"


def test_save_and_approve_in_one(desk, house):
    lin = desk("Lin Mei")
    typed = fields(lin.get("/letter/1").text) | {"body": "Dear Ms. Fischer,\r\n\r\nthe data sheet follows.\r\n"}
    assert lin.post("/letter/1", do="save_and_approve", **typed).status_code == 303
    letter = house.letter(1)
    assert letter.state == "approved" and letter.body == "Dear Ms. Fischer,\n\nthe data sheet follows."


def test_approve_never_sends_the_old_text_in_place_of_the_typed_one(desk, house):
    lin = desk("Lin Mei")
    answer = lin.post("/letter/1", do="approve", **fields(lin.get("/letter/1").text) | {"body": "Typed and not saved."})
    assert answer.status_code == 409 and "Save it first" in answer.text and "Typed and not saved." in answer.text
    assert house.letter(1).state == "drafted"


@pytest.mark.parametrize(
    ("subject", "body", "says"),
    [
        ("", "text", "needs a subject"),
        ("x", " \n ", "needs a subject"),
        ("x" * 201, "kept text", "200 letters"),
        ("x", "a\x07b kept text", "control character"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_kept(desk, house, subject, body, says):
    lin = desk("Lin Mei")
    answer = lin.post("/letter/1", do="save", **fields(lin.get("/letter/1").text) | {"subject": subject, "body": body})
    assert answer.status_code == 409 and says in answer.text
    assert fields(answer.text)["body"].strip() == body.strip()
    assert house.letter(1).body == ANSWER


def test_tier_one_needs_the_manager(desk, house):
    lin = desk("Lin Mei")
    page = lin.get("/letter/2").text
    assert "needs the manager" in page and 'value="approve"' not in page
    refused = lin.post("/letter/2", do="approve", **fields(page))
    assert refused.status_code == 409 and "manager&#39;s approval" in refused.text
    assert house.letter(2).state == "drafted"
    chen = desk("Chen Jing")
    assert chen.post("/letter/2", do="approve", **fields(chen.get("/letter/2").text)).status_code == 303
    assert house.letter(2).approved_by == "Chen Jing"


def test_an_edit_that_may_not_be_approved_is_saved_all_the_same(desk, house):
    lin = desk("Lin Mei")
    answer = lin.post("/letter/2", do="save_and_approve", **fields(lin.get("/letter/2").text) | {"body": "Better."})
    assert answer.status_code == 409 and house.letter(2).body == "Better." and house.letter(2).state == "drafted"
    # The page that says so carries the new hash, so the next press is not refused as stale.
    assert fields(answer.text)["hash"] == house.letter(2).content_hash


def test_pressing_twice_says_that_it_is_approved_already(desk):
    lin = desk("Lin Mei")
    typed = fields(lin.get("/letter/1").text)
    lin.post("/letter/1", do="approve", **typed)
    again = lin.post("/letter/1", do="approve", **typed)
    assert again.status_code == 409 and "approved already" in again.text


def test_a_change_takes_an_approved_letter_back(desk, house):
    lin = desk("Lin Mei")
    lin.post("/letter/1", do="approve", **fields(lin.get("/letter/1").text))
    lin.post("/letter/1", do="save", **fields(lin.get("/letter/1").text) | {"body": "One more thing."})
    assert (house.letter(1).state, house.letter(1).approved_by) == ("drafted", "")


def test_reject(desk, house):
    assert desk("Lin Mei").post("/letter/1/reject").status_code == 303
    assert house.letter(1).state == "rejected"
    with house.ledger.reading() as db:
        assert leads.get(db, 1).step == "follow_up_1"
    assert desk("Lin Mei").post("/letter/1/reject").status_code == 409


def test_stop_following(desk, house):
    assert desk("Lin Mei").post("/lead/1/stop").status_code == 303
    with house.ledger.reading() as db:
        lead = leads.get(db, 1)
    assert (lead.stage, lead.rest_reason, house.letter(1).state) == ("closed", "stopped", "cancelled")


def test_never_write_asks_first(desk, house):
    lin = desk("Lin Mei")
    page = lin.get("/never?letter=1").text
    assert "a.fischer@nordlicht.example" in page and house.letter(1).state == "drafted"
    assert lin.post("/never", email="a.fischer@nordlicht.example", letter="1", why="she asked on the phone").status_code == 303
    assert house.letter(1).state == "cancelled"
    with house.ledger.reading() as db:
        assert suppressions.reason_for(db, "A.Fischer@Nordlicht.example", b"k" * 32) == "manual"
        assert suppressions.listing(db)[0]["evidence"] == "she asked on the phone"


def test_never_write_to_nonsense_is_refused(desk, house):
    before = house.dump()
    answer = desk("Lin Mei").post("/never", email="not an address", letter="1")
    assert answer.status_code == 409 and "is not a mail address" in answer.text
    assert house.dump() == before


def test_who_asked_for_silence_is_answered_only_with_a_typed_reason(desk, house):
    lin = desk("Lin Mei")
    assert "What does he ask?" not in lin.get("/lead/1").text
    refused = lin.post("/lead/1/answer", why="he asks for a price")
    assert refused.status_code == 409 and "Nothing keeps us from writing to" in refused.text
    lin.post("/never", email="a.fischer@nordlicht.example", letter="1", why="she asked on the phone")
    with house.ledger.transaction() as db:
        db.execute("UPDATE leads SET last_inbound_at = '2036-01-01T00:00:00.000000Z', rest_reason = 'suppressed:manual' WHERE id = 1")
    assert "What does he ask?" in lin.get("/lead/1").text
    assert lin.post("/lead/1/answer", why=" ").status_code == 409
    assert lin.post("/lead/1/answer", why="he asks for a price").status_code == 303
    with house.ledger.reading() as db:
        assert suppressions.is_permitted(db, 1, leads.get(db, 1).round, "answer")
        assert not suppressions.is_permitted(db, 1, leads.get(db, 1).round, "follow_up")


def test_the_law_that_counts_stands_on_the_card(desk):
    assert re.search(r"<dt>Law</dt><dd>.*0 of \d follow-ups", desk("Lin Mei").get("/letter/1").text)


def test_pause_resume_and_pin(desk, house):
    lin = desk("Lin Mei")
    assert lin.post("/lead/3/pause").status_code == 303
    assert "Resume" in lin.get("/lead/3").text
    assert lin.post("/lead/3/resume").status_code == 303
    assert lin.post("/lead/3/resume").status_code == 409
    assert lin.post("/lead/3/pin", tier="1").status_code == 303
    with house.ledger.reading() as db:
        assert (leads.get(db, 3).hold_reason, leads.get(db, 3).tier, leads.get(db, 3).pinned_tier) == ("", 1, 1)
    lin.post("/lead/3/pin", tier="")
    with house.ledger.reading() as db:
        assert leads.get(db, 3).pinned_tier is None


def test_a_pause_may_end_by_its_day(desk, house):
    lin = desk("Lin Mei")
    for wrong in ("2026-03-10", "2025-01-01", "soon", "0001-01-01", "9999-12-31"):
        assert lin.post("/lead/1/pause", until=wrong).status_code == 409
    assert lin.post("/lead/1/pause", until="2026-03-20").status_code == 303
    with house.ledger.reading() as db:
        held = leads.get(db, 1)
    # The 20th begins at 16:00 UTC of the day before in Shanghai.
    assert (held.hold_reason, f"{held.held_until:%m-%d %H:%M}") == ("paused", "03-19 16:00")
    page = lin.get("/lead/1").text
    assert "until Fri 2026-03-20 00:00" in page and "until somebody resumes it" not in page


@pytest.mark.parametrize(("verb", "state"), [("confirm", "sent"), ("release", "approved"), ("abandon", "cancelled")])
def test_a_letter_in_doubt(desk, house, verb, state):
    lin = desk("Lin Mei")
    assert "may have arrived or not" in lin.get("/letters").text
    assert lin.post(f"/letter/4/{verb}").status_code == 303
    assert house.letter(4).state == state
    with house.ledger.reading() as db:
        assert tasks.open_of_kind(db, 5, "in_doubt") == []
    again = lin.post(f"/letter/4/{verb}")
    assert again.status_code == 409 and "is not in doubt" in again.text


def test_a_task_is_done(desk, house):
    assert desk("Wang Tao").post("/task/3/done", note="freight is USD 900").status_code == 303
    with house.ledger.reading() as db:
        done = tasks.get(db, 3)
    assert (done["done_by"], done["note"]) == ("Wang Tao", "freight is USD 900")
    assert desk("Wang Tao").post("/task/77/done").status_code == 409


def test_all_sending_can_be_paused(desk):
    lin = desk("Lin Mei")
    lin.post("/sending/pause")
    assert "Sending is paused" in lin.get("/").text
    lin.post("/sending/resume", scope="all")
    assert "Sending is on" in lin.get("/").text


def test_the_send_time_of_a_follow_up_is_shown_on_both_clocks(desk, house):
    house.record(e.StageChanged(3, "talking"))
    house.draft(9, 3, "Estimada Luisa: ¿recibió el catálogo?", basis="follow_up", step="follow_up_1")
    wang = desk("Lin Mei")
    # Ten past midnight of our Thursday at the latest: Wednesday's working hours in Mexico.
    page = wang.get("/letter/9").text
    assert re.search(r"Tue 2026-03-10 \d\d:\d\d <small>Mexico City", page) and "Shanghai, our time" in page
    shown = re.search(r"(\w{3} 2026-03-1\d \d\d:\d\d) <small>Shanghai", page)[1]
    wang.post("/letter/9", do="approve", **fields(page))
    assert house.letter(9).next_attempt_at > NOW
    # What was promised before the approval is what the approval planned.
    assert f"It leaves on {shown}" in wang.get("/").text
