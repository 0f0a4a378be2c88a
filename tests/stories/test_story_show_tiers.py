"""What a trade show is worth: the tier of a class holds while the show is fresh, and then what the buyer has said himself counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stage import DETAILED
from test_story_six_months import met

from mailagent import jobs
from mailagent.core.deciding import clock, shows
from mailagent.core.model import events as e
from mailagent.ledger import journal
from mailagent.speech import words


def after(stage, days: float) -> None:
    """So many days after the show was over; housekeeping has been done since."""
    stage.clock.jump(stage.ends_at + timedelta(days=days))
    jobs.tidy(stage.office)


@pytest.fixture
def show(stage):
    stage.set(lifetime={"cools_after_days": 10}, sending={"sent_unseen_days": 0})
    stage.ends_at = stage.now + timedelta(days=2)
    return stage


@pytest.mark.parametrize(
    ("show_class", "fresh", "later"),
    [
        ("existing", 1, 1),
        ("signed", 1, 1),
        ("intends_order", 2, 3),
        ("disputes_terms", 2, 3),
        ("undecided_market", 3, 4),
        ("target", 3, 4),
        ("just_looking", 4, 4),
    ],
)
def test_a_class_is_worth_its_tier_for_thirty_days(show, show_class, fresh, later):
    address = met(show, 0, show_class, show.ends_at)
    assert show.lead_of(address).tier == fresh
    # Silence cools nobody while the show is fresh.
    after(show, 29.9)
    assert show.lead_of(address).tier == fresh
    after(show, 30.1)
    assert show.lead_of(address).tier == later
    # Once, and not once a day.
    if fresh != later:
        reasons = show.reasons(show.lead_of(address))
        assert reasons["show_over"].evidence == "met at Interzum 2026"
        assert words.signal("show_over", show.office.policy) == "the show is long over: one tier down"
        jobs.tidy(show.office)
        assert show.lead_of(address).tier == later
        assert len(show.rows("SELECT 1 FROM events WHERE type = 'TierMoved'")) == 2, "when he was met, and when the show was long over"


def test_who_has_earned_the_tier_by_his_own_mails_keeps_it(show):
    address = met(show, 0, "intends_order", show.ends_at)
    show.buyer_writes(address, DETAILED, name="Peter Klein")
    show.look()
    assert show.lead_of(address).tier == 2
    show.set(lifetime={"cools_after_days": 120})
    after(show, 31)
    assert show.lead_of(address).tier == 2


def test_a_better_tier_a_pin_and_a_hold_stay(show):
    ordered, pinned, held = (met(show, number, "intends_order", show.ends_at) for number in range(3))
    lead = show.lead_of(ordered)
    with show.office.ledger.transaction() as db:
        journal.record(db, [e.LeadScored(lead.id, None, 1, 0, 0, "none", "", None), e.TierMoved(lead.id, 2, 1)], now=show.now)
    show.person("Boss Zhang").pin_tier(show.lead_of(pinned).id, 2)
    show.person("Boss Zhang").pause(show.lead_of(held).id)
    show.set(lifetime={"cools_after_days": 0})
    after(show, 31)
    assert [show.lead_of(one).tier for one in (ordered, pinned, held)] == [1, 2, 2]


def test_what_was_set_by_hand_beats_the_class(show):
    address = met(show, 0, "just_looking", show.ends_at)
    show.person("Boss Zhang").pin_tier(show.lead_of(address).id, 3)
    begun = shows.begin(show.lead_of(address), "Interzum 2026", "intends_order", show.ends_at, show.office.policy, show.now)
    assert next(one.tier for one in begun if isinstance(one, e.MetAtShow)) == 3


def test_the_fair_is_no_witness_of_where_somebody_lives(show):
    """The same evening is the fair's; but whoever goes to a fair is not at home there, and nobody's clock is guessed from it."""
    address = met(show, 0, "existing", show.ends_at)
    lead = show.lead_of(address)
    assert lead.country == "FR" and lead.zone == "" and lead.next_due_at <= show.now
    with show.office.ledger.transaction() as db:
        db.execute("UPDATE leads SET country = ''")
        db.execute("UPDATE contacts SET country = ''")
    show.look()
    nobody_knows = clock.clock_of(show.lead_of(address), show.office.policy)
    assert (nobody_knows.source, nobody_knows.zone) == ("default", "Asia/Shanghai")
    # His thank-you waits for no window: it is drafted at once, whatever the hour is there or here.
    assert show.draft_for(address).step == "thanks" and show.draft_for(address).planned_at <= show.now
