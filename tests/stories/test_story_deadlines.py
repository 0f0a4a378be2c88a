"""A buyer waits for his answer: shown, acknowledged, told, escalated once to each, and met."""

from __future__ import annotations

from datetime import datetime

import pytest
from stage import SHANGHAI, SHORT, Stage

from mailagent.ledger import owed, tasks

ANNA = "anna.roth@roth.example"
TOKYO = "sato@sato.example.jp"
JAPAN = SHORT + "\nSato Trading Co.\nTokyo, Japan\nTel. +81 3 5550 1234\n"


@pytest.fixture
def drafting(company_home, tmp_path):
    with Stage(company_home, tmp_path, deadlines={"acknowledge": "draft"}) as made:
        yield made


def at(stage, text: str) -> None:
    """The clock is so far; Tuesday is the 10th."""
    stage.clock.jump(datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=SHANGHAI))
    stage.look()


def kinds(stage, owner: str = "") -> list[tuple[str, str]]:
    return [(task["owner"], task["kind"]) for task in stage.ask(tasks.open_tasks) if task["kind"] in ("late_answer", "overdue")]


def debt(stage, address: str):
    return stage.ask(owed.of_lead, stage.lead_of(address).id)


def test_an_answer_in_time_is_met_by_our_letter(stage):
    stage.buyer_writes(TOKYO, JAPAN, name="Sato")
    stage.look()
    open_debt = debt(stage, TOKYO)
    assert open_debt and open_debt.reason.startswith("buyers in JP are answered within 2")
    stage.approve_everything()
    stage.look()
    assert debt(stage, TOKYO) is None
    (row,) = stage.rows("SELECT * FROM answers_owed")
    assert row["how"] == "letter" and row["answered_at"] <= row["due_at"] and kinds(stage) == []


def test_a_breach_is_told_to_the_owner_then_the_manager_each_once(stage):
    stage.buyer_writes(TOKYO, JAPAN, name="Sato")
    stage.look()
    due = debt(stage, TOKYO).due_at
    owner = stage.lead_of(TOKYO).owner
    stage.clock.jump(due.replace(second=0))
    stage.look()
    assert kinds(stage) == [(owner, "late_answer")]
    stage.wait(minutes=30)
    stage.look()
    assert kinds(stage) == [(owner, "late_answer")]
    stage.wait(minutes=31)
    assert sorted(kinds(stage)) == sorted([(owner, "late_answer"), ("Boss Zhang", "late_answer")])
    for days in (1, 2, 3):
        stage.wait(days=days)
    assert sorted(kinds(stage)) == sorted([(owner, "late_answer"), ("Boss Zhang", "late_answer")])
    levels = [row["level"] for row in stage.rows("SELECT json_extract(body, '$.level') AS level FROM events WHERE type = 'AnswerLate'")]
    assert levels == ["owner", "manager", "deputy"]
    # The notices to both name it.
    letters = stage.rows("SELECT recipient, body FROM outbox WHERE basis = 'notice' AND body LIKE '%The answer is late%'")
    assert {row["recipient"] for row in letters} == {"li.wei@acme.example", "boss@acme.example"}
    # Whoever answers ends it for everybody.
    stage.colleague_answers_from_outlook(TOKYO, "Dear Mr Sato, here are our prices.")
    stage.look()
    assert kinds(stage) == [] and debt(stage, TOKYO) is None
    assert stage.rows("SELECT how FROM answers_owed") == [{"how": "colleague"}]


def test_a_second_mail_never_moves_the_time_back(stage):
    first = stage.buyer_writes(ANNA, SHORT + "\nHamburg, Germany\n", name="Anna Roth")
    stage.look()
    due = debt(stage, ANNA).due_at
    stage.wait(hours=3)
    stage.buyer_writes(ANNA, "And 6205-2RS please, 100 pcs.", answers=first, subject="Re: Inquiry 6204-2RS")
    stage.look()
    assert debt(stage, ANNA).due_at <= due
    assert len(stage.rows("SELECT 1 FROM answers_owed")) == 1


def test_the_buyer_is_told_when_the_answer_will_be_late(drafting):
    stage = drafting
    stage.buyer_writes(TOKYO, JAPAN, name="Sato")
    stage.look()
    (answer,) = stage.drafts()
    stage.clock.jump(debt(stage, TOKYO).due_at)
    stage.look()
    (acknowledgement,) = [one for one in stage.drafts() if one.basis == "acknowledgement"]
    assert "working out the prices" in acknowledgement.body and "March 2026" in acknowledgement.body and "USD" not in acknowledgement.body
    stage.send(acknowledgement)
    assert stage.letter(acknowledgement.id).state == "sent"
    # It answers nothing, moves nothing, and comes once.
    assert debt(stage, TOKYO) is not None
    assert [one.id for one in stage.drafts()] == [answer.id]
    stage.wait(days=1)
    assert [one.id for one in stage.drafts()] == [answer.id]
    stage.send(answer)
    assert debt(stage, TOKYO) is None
    assert stage.lead_of(TOKYO).next_due_at is not None


def test_an_acknowledgement_that_nobody_read_is_needless_once_the_answer_left(drafting):
    stage = drafting
    stage.buyer_writes(TOKYO, JAPAN, name="Sato")
    stage.look()
    (answer,) = stage.drafts()
    stage.clock.jump(debt(stage, TOKYO).due_at)
    stage.look()
    stage.send(answer)
    assert stage.drafts() == []
    assert stage.rows("SELECT state FROM outbox WHERE basis = 'acknowledgement'") == [{"state": "cancelled"}]


def test_a_mail_from_before_we_could_know_is_told_but_not_acknowledged(drafting):
    stage = drafting
    stage.buyer_writes(ANNA, SHORT, at=stage.now.replace(day=6))
    stage.look()
    assert kinds(stage) == [] and [one.basis for one in stage.drafts()] == ["answer"]
    stage.wait(minutes=40)
    assert [kind for _, kind in kinds(stage)] == ["late_answer"]


def test_who_refuses_or_is_stopped_is_owed_nothing(stage):
    stage.buyer_writes(ANNA, SHORT)
    stage.look()
    stage.person("Boss Zhang").stop_following(stage.lead_of(ANNA).id)
    assert debt(stage, ANNA) is None
    stage.wait(days=2)
    assert kinds(stage) == []
    assert stage.rows("SELECT how FROM answers_owed") == [{"how": "ended:stopped"}]


def test_what_was_owed_before_answers_had_times_gets_one_once(stage):
    """A ledger of an older release: buyers wait, and nobody has written down until when."""
    stage.buyer_writes(TOKYO, JAPAN, name="Sato")
    stage.buyer_writes(ANNA, SHORT + "\nHamburg, Germany\n", name="Anna Roth")
    stage.buyer_writes("done@done.example", SHORT, name="Done")
    stage.look()
    stage.approve(stage.draft_for("done@done.example"))
    stage.look()
    before = {row["lead_id"]: row for row in stage.rows("SELECT lead_id, inbound_id, asked_at, due_at, reason FROM answers_owed")}
    with stage.office.ledger.transaction() as db:
        db.execute("DELETE FROM answers_owed")
        db.execute("DELETE FROM switches WHERE name = 'owed_filled_in'")
    stage.wait(hours=30)
    waiting = [stage.lead_of(TOKYO).id, stage.lead_of(ANNA).id]
    after = {row["lead_id"]: row for row in stage.rows("SELECT lead_id, inbound_id, asked_at, due_at, reason FROM answers_owed")}
    assert after == {number: before[number] for number in waiting}
    # Late since long, but known only now: told when it still waits a while later, and only once.
    assert kinds(stage) == []
    stage.wait(hours=2)
    assert {who for who, kind in kinds(stage)} >= {stage.lead_of(TOKYO).owner}
    with stage.office.ledger.transaction() as db:
        db.execute("DELETE FROM answers_owed")
    stage.wait(minutes=5)
    assert stage.rows("SELECT 1 FROM answers_owed") == [], "once, after the upgrade"
