"""What a letter rests on ends before it leaves: it never goes, and its step is written anew on a ground that is true now."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from stage import PETER

from mailagent.core.deciding import clock, obstacles
from mailagent.core.model.pretext import News


def news_until(stage, days: int) -> News:
    today = stage.now.date()
    text = {"en": "Our forwarder has space on a vessel to Hamburg."}
    return News(id="vessel-1", kind="vessel", valid_from=today, valid_until=today + timedelta(days=days), text=text)


@pytest.fixture
def on_news(asked):
    """A follow-up that rests on a piece of news waits for approval; the news ends some days later."""
    stage = asked
    stage.office.policy = stage.office.policy.model_copy(update={"news": (news_until(stage, 6),)})
    stage.send(stage.draft_for(PETER))
    while not stage.drafts():
        assert stage.clock_to_next()
    assert stage.draft_for(PETER).pretext == "freight:vessel-1"
    return stage


def is_in_his_hours(stage, at) -> bool:
    buyer = clock.clock_of(stage.lead_of(PETER), stage.office.policy)
    return obstacles.obstacle(at, buyer, stage.office.policy) == ""


def until_it_is_written_anew(stage, number: int):
    stage.wait(minutes=1)
    while not [one for one in stage.drafts() if one.id != number]:
        assert stage.clock_to_next()
    return stage.draft_for(PETER)


def test_an_approved_letter_on_news_that_ended_never_goes_and_another_one_is_written(on_news):
    stage = on_news
    letter = stage.draft_for(PETER)
    assert letter.true_until == stage.office.policy.news[0].valid_until.isoformat()
    # It was approved, but nobody was there to send it until the news was over.
    stage.approve_everything()
    stage.clock.jump(stage.now + timedelta(days=1 + (stage.office.policy.news[0].valid_until - stage.now.date()).days))
    stage.look()
    assert (stage.letter(letter.id).state, stage.letter(letter.id).state_reason) == ("cancelled", "no_longer_true")
    anew = until_it_is_written_anew(stage, letter.id)
    assert anew.step == letter.step and anew.pretext != letter.pretext and "vessel" not in anew.body
    assert anew.planned_at >= stage.now and is_in_his_hours(stage, anew.planned_at)
    said = stage.rows("SELECT json_extract(body, '$.reason') AS why FROM events WHERE type = 'StepPlanned' ORDER BY id")
    assert any(row["why"] == f"written anew: what the letter rested on is no longer true ({letter.because})" for row in said)
    assert stage.letters_at(PETER)[1:] == []


def test_news_that_the_house_takes_back_is_not_told_either(on_news):
    stage = on_news
    letter = stage.draft_for(PETER)
    stage.approve_everything()
    stage.office.policy = stage.office.policy.model_copy(update={"news": ()})
    stage.clock.jump(stage.letter(letter.id).next_attempt_at + timedelta(minutes=1))
    stage.look()
    assert (stage.letter(letter.id).state, stage.letter(letter.id).state_reason) == ("cancelled", "no_longer_true")
    assert "vessel" not in until_it_is_written_anew(stage, letter.id).body
    assert len(stage.letters_at(PETER)) == 1


def test_a_draft_that_nobody_read_in_time_is_written_anew_by_itself(on_news):
    stage = on_news
    letter = stage.draft_for(PETER)
    stage.wait(days=12)
    assert (stage.letter(letter.id).state, stage.letter(letter.id).state_reason) == ("cancelled", "no_longer_true")
    assert "vessel" not in until_it_is_written_anew(stage, letter.id).body


def test_what_a_person_has_worked_on_comes_back_to_him(on_news):
    stage = on_news
    letter = stage.draft_for(PETER)
    stage.person("Boss Zhang").edit(letter.id, letter.subject, letter.body.replace("Hamburg", "Bremen"))
    stage.approve_everything()
    stage.office.policy = stage.office.policy.model_copy(update={"news": ()})
    stage.clock.jump(stage.letter(letter.id).next_attempt_at + timedelta(minutes=1))
    stage.look()
    assert (stage.letter(letter.id).state, stage.letter(letter.id).state_reason) == ("drafted", "no_longer_true")
    assert any("needs a new approval: no_longer_true" in task["title"] for task in stage.tasks("letter"))
    # Nothing takes his own words away from him.
    stage.wait(days=15)
    assert stage.letter(letter.id).state == "drafted"


def test_a_quotation_is_told_of_on_his_last_working_day_rather_than_not_at_all(asked):
    """The letter that says until when the prices hold leaves on a Friday where Tuesday would be too late."""
    stage = asked
    lead = stage.lead_of(PETER)
    first = stage.send(stage.draft_for(PETER))
    assert first.quoted
    buyer = clock.clock_of(lead, stage.office.policy)
    # The answer named its prices; they end on a Saturday, after a Friday for which the next letter is meant.
    friday = next(day for n in range(3, 20) if (day := buyer.local(stage.now).date() + timedelta(days=n)).weekday() == 4)
    ends = (friday + timedelta(days=1)).isoformat()
    with stage.office.ledger.transaction() as db:
        rows = [[*row[:5], ends] for row in first.quoted]
        db.execute("UPDATE outbox SET quoted = ? WHERE id = ?", [json.dumps(rows), first.id])
        wanted = buyer.local(stage.now).replace(year=friday.year, month=friday.month, day=friday.day, hour=8, minute=1)
        db.execute("UPDATE leads SET quote_ends = ?, wanted_at = ? WHERE id = ?", [ends, wanted.isoformat(), lead.id])
    stage.person("Li Wei").place(lead.id, "DE")
    while not stage.drafts():
        assert stage.clock_to_next()
    letter = stage.draft_for(PETER)
    assert letter.pretext == f"validity_ends:{ends}" and letter.any_day and letter.true_until == ends
    stage.approve_everything()
    while stage.letter(letter.id).state == "approved":
        assert stage.clock_to_next()
    sent = stage.letter(letter.id)
    assert sent.state == "sent" and buyer.local(sent.sent_at).date() == friday
