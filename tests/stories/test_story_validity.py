"""Until when our quotation holds, whoever wrote it: the follow-up comes before its end, and no letter names its prices afterwards."""

from __future__ import annotations

import json
from datetime import timedelta

from stage import PETER, SHORT

from mailagent.core.deciding import clock


def ends_of(stage) -> str:
    return stage.lead_of(PETER).quote_ends


def in_days(stage, days: int):
    return stage.now.date() + timedelta(days=days)


def our_day(stage, moment) -> str:
    return clock.our_clock(stage.office.policy).local(moment).date().isoformat()


def test_a_quotation_from_a_colleagues_own_mail_program_is_followed_up_before_it_ends(stage):
    """A lead of tier 3 is followed up after a week; his quotation holds for five days."""
    stage.buyer_writes(PETER, SHORT)
    stage.look()
    assert stage.lead_of(PETER).tier == 3
    until = in_days(stage, 6)
    stage.colleague_answers_from_outlook(
        PETER, f"Dear Peter,\n\n6204-2RS: USD 0.62 FOB Ningbo. The price is valid until {until:%d %B %Y}.\n\nLi Wei"
    )
    stage.look()
    lead = stage.lead_of(PETER)
    assert lead.quote_ends == until.isoformat()
    assert our_day(stage, lead.next_due_at) <= until.isoformat() and "before our quotation ends" in lead.due_reason
    assert [row["body"] for row in stage.rows("SELECT json_extract(body, '$.ends') AS body FROM events WHERE type = 'QuotationSeen'")] == [
        until.isoformat()
    ]


def test_a_quotation_that_holds_for_long_moves_nothing(stage):
    stage.buyer_writes(PETER, SHORT)
    stage.look()
    stage.colleague_answers_from_outlook(PETER, "Dear Peter,\n\n6204-2RS: USD 0.62 FOB Ningbo. Validity: 60 days.\n\nLi Wei")
    stage.look()
    lead = stage.lead_of(PETER)
    assert lead.quote_ends == in_days(stage, 60).isoformat() and "before our quotation" not in lead.due_reason


def test_an_older_letter_and_one_without_a_day_say_nothing_new(stage):
    stage.buyer_writes(PETER, SHORT)
    stage.look()
    stage.colleague_answers_from_outlook(PETER, "Dear Peter,\n\n6204-2RS: USD 0.62, valid for 20 days.\n\nLi Wei")
    stage.look()
    before, known = stage.now, ends_of(stage)
    stage.wait(days=1)
    earlier = before - timedelta(hours=2)
    stage.colleague_answers_from_outlook(PETER, "Dear Peter,\n\n6204-2RS: USD 0.70, valid for 40 days.\n\nLi Wei", at=earlier)
    stage.colleague_answers_from_outlook(PETER, "Dear Peter,\n\nthe drawing is attached.\n\nLi Wei")
    stage.look()
    assert known and ends_of(stage) == known


def test_the_day_that_a_person_types_into_a_draft_is_the_day_that_counts(asked):
    stage = asked
    draft = stage.draft_for(PETER)
    lines = json.loads(stage.rows("SELECT quoted FROM outbox WHERE id = ?", draft.id)[0]["quoted"])
    assert lines and lines[0][5], "the answer quotes a list price, and says until when"
    until = in_days(stage, 4)
    li = stage.person("Li Wei")
    body = "Dear Peter,\n\n" + "\n".join(f"{line[0]}: {line[1]}" for line in lines) + f"\n\nValid until {until:%d %B %Y}.\n\nLi Wei"
    li.edit(draft.id, draft.subject, body)
    row = stage.rows("SELECT quoted, true_until FROM outbox WHERE id = ?", draft.id)[0]
    assert {line[5] for line in json.loads(row["quoted"])} == {until.isoformat()} and row["true_until"] == until.isoformat()
    stage.send(stage.draft_for(PETER))
    lead = stage.lead_of(PETER)
    assert lead.quote_ends == until.isoformat() and our_day(stage, lead.next_due_at) <= until.isoformat()


def test_prices_that_he_typed_himself_are_a_quotation_as_well(stage):
    stage.buyer_writes(PETER, SHORT)
    stage.look()
    draft = stage.draft_for(PETER)
    stage.person("Li Wei").edit(draft.id, draft.subject, "Dear Peter,\n\nfor your drawing we quote USD 12.40, valid for 20 days.\n\nLi Wei")
    stage.send(stage.draft_for(PETER))
    assert ends_of(stage) == in_days(stage, 20).isoformat()


def test_a_letter_never_leaves_with_prices_that_have_ended(asked):
    """Nobody looked at the draft for weeks: its prices held for fifteen days."""
    stage = asked
    old = stage.draft_for(PETER)
    assert old.true_until
    stage.clock.jump(stage.now + timedelta(days=17))
    stage.look()
    assert stage.letter(old.id).state == "cancelled"
    while not stage.drafts():
        assert stage.clock_to_next()
    anew = stage.draft_for(PETER)
    assert anew.step == old.step and anew.true_until > old.true_until and "15" not in anew.true_until[:4]
    said = stage.rows("SELECT json_extract(body, '$.reason') AS why FROM events WHERE type = 'StepPlanned'")
    assert f"written anew: its prices held until {old.true_until}" in {row["why"] for row in said}
