"""A buyer names the day himself: the letter goes on that day, though it is a Monday, and not before it."""

from __future__ import annotations

from datetime import date

import pytest
from stage import PETER

from mailagent.core.deciding import clock


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("Not now please. Contact me again on Monday, 20 April 2026.", date(2026, 4, 20)),
        ("Not now, our budget is closed. Write to us again on Friday, 24 April 2026.", date(2026, 4, 24)),
        # The first of May is a holiday there, and our own house is closed until the fifth.
        ("Not now, please come back to us on 1 May 2026.", date(2026, 5, 6)),
    ],
)
def test_the_letter_goes_on_the_day_that_he_named(asked, words, day):
    stage = asked
    first = stage.send(stage.draft_for(PETER))
    stage.buyer_replies(first, words)
    stage.look()
    answer = stage.send(stage.draft_for(PETER))
    assert answer.basis == "answer" and stage.lead_of(PETER).cadence == "later"
    while not stage.drafts():
        assert stage.clock_to_next()
    letter = stage.draft_for(PETER)
    assert letter.any_day and letter.why.startswith("he named this day")
    stage.approve_everything()
    while stage.letter(letter.id).state == "approved":
        assert stage.clock_to_next()
    buyer = clock.clock_of(stage.lead_of(PETER), stage.office.policy)
    sent = stage.letter(letter.id)
    assert sent.state == "sent" and buyer.local(sent.sent_at).date() == day
    assert stage.tasks("call") == []
