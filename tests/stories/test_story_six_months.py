"""Half a year of silence: what every tier and every class of a trade show is sent, on which ground, and how it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from stage import DETAILED, Stage

from mailagent.core.deciding import shows
from mailagent.core.model import events as e
from mailagent.core.model.pretext import News
from mailagent.core.model.rhythm import SHOW_CLASSES
from mailagent.core.writing import similarity
from mailagent.ledger import journal
from mailagent.ledger.db import next_id

IN_LYON = DETAILED.replace("Hafenstrasse 12, 20457 Hamburg, Germany", "12 rue du Port, 69002 Lyon, France").replace(
    "+49 40 5550 1234", "+33 4 72 55 01 22"
)
BUYERS = {
    1: (
        "klaus@customer-eins.example",
        "Please send the proforma invoice, we place the order: 20,000 pcs 6204-2RS.\n\nBest regards\nKlaus Weber\n",
    ),
    2: ("peter@klein-antriebe.example", IN_LYON),
    3: ("marie@blanc-drei.example", "Hello,\n\nwhat is your price for 6204-2RS, 5,000 pcs?\n\nBest regards\nMarie Blanc\n"),
    4: ("info@nobody-vier.example", "Hello, please tell us more about your company.\n"),
}
HALF_A_YEAR = timedelta(days=183)
#: Fallbacks are no news; everything else may be said once only.
SUBSTANCE = ("follow_up_1", "follow_up_2", "follow_up_3", "follow_up_reply")


def pinned(stage, address: str, tier: int) -> None:
    """A person says so, and the cadence of that tier begins."""
    lead = stage.lead_of(address)
    stage.person("Boss Zhang").pin_tier(lead.id, tier)
    name, _steps = stage.office.policy.cadence_for(tier)
    begun = e.RoundBegun(lead.id, name, lead.round + 1, "answer", stage.now, "the buyer asked")
    cancelled = [e.LetterMoved(letter.id, "cancel", "stopped") for letter in stage.drafts() if letter.lead_id == lead.id]
    with stage.office.ledger.transaction() as db:
        journal.record(db, [*cancelled, begun], now=stage.now)


def sent_to(stage, address: str):
    return sorted((one for one in stage.letters_to(address) if one.sent_at), key=lambda one: one.sent_at)


def limits_hold(letters) -> bool:
    """One a day, two in a week, four in thirty days (DOMAIN §4)."""
    times = [letter.sent_at for letter in letters if letter.basis == "follow_up"]
    return all(
        sum(at - span < one <= at for one in times) <= most
        for at in times
        for span, most in ((timedelta(days=1), 1), (timedelta(days=7), 2), (timedelta(days=30), 4))
    )


def is_never_the_same_twice(letters) -> bool:
    marks = [letter.pretext for letter in letters if letter.basis == "follow_up"]
    kinds = [mark.partition(":")[0] for mark in marks]
    grounds = [mark for mark in marks if mark.partition(":")[0] not in SUBSTANCE]
    return all(one != other for one, other in zip(kinds, kinds[1:], strict=False)) and len(set(grounds)) == len(grounds)


def keeps_his_hours(letters, zone: str) -> bool:
    local = [letter.sent_at.astimezone(ZoneInfo(zone)) for letter in letters if letter.basis == "follow_up"]
    return all(at.weekday() in (1, 2, 3) and 9 <= at.hour <= 16 for at in local)


@pytest.fixture(scope="module")
def four_tiers(company_home, tmp_path_factory):
    """One buyer of each tier writes on 10 March; nobody ever answers."""
    with Stage(company_home, tmp_path_factory.mktemp("tiers"), company={"certificates": ("ISO 9001:2015",)}) as stage:
        stage.set(sending={"sent_unseen_days": 0})
        for tier, (address, text) in BUYERS.items():
            place = "" if tier == 2 else f"12 rue du Port, 69002 Lyon, France\nTel. +33 4 72 55 01 2{tier}\n"
            stage.buyer_writes(address, text + place, subject=f"Inquiry {tier}")
        stage.look()
        for tier, (address, _text) in BUYERS.items():
            pinned(stage, address, tier)
        stage.look()
        stage.live(until=stage.now + HALF_A_YEAR, steps=400)
        yield stage


@pytest.mark.parametrize("tier", BUYERS)
def test_every_tier_hears_something_new_each_time_and_then_rests(four_tiers, tier):
    address = BUYERS[tier][0]
    letters = sent_to(four_tiers, address)
    assert [letter.basis for letter in letters][:1] == ["answer"]
    follow_ups = [letter for letter in letters if letter.basis == "follow_up"]
    assert len(follow_ups) == {1: 3, 2: 3, 3: 3, 4: 2}[tier]
    assert all(letter.because or letter.step == "follow_up_3" for letter in follow_ups)
    assert is_never_the_same_twice(letters) and limits_hold(letters) and keeps_his_hours(letters, "Europe/Paris")
    assert "unsubscribe" in follow_ups[-1].body and "unsubscribe" not in follow_ups[0].body
    assert similarity.spread(letter.body for letter in letters) < 0.9
    lead = four_tiers.lead_of(address)
    assert (lead.next_due_at, lead.rest_reason) == (None, "rested")


def test_the_nearer_to_an_order_the_sooner_and_the_oftener(four_tiers):
    first = {tier: sent_to(four_tiers, address)[1].sent_at for tier, (address, _text) in BUYERS.items()}
    assert first[1] <= first[2] + timedelta(days=1) and first[2] < first[3] < first[4]
    counted = "SELECT COUNT(*) AS n FROM tasks WHERE kind = 'call' AND lead_id = ?"
    calls = {tier: four_tiers.rows(counted, four_tiers.lead_of(address).id)[0]["n"] for tier, (address, _text) in BUYERS.items()}
    assert calls[1] >= 2 and calls[2] >= 2 and calls[3] == calls[4] == 0
    # Tier 2: at first a contact every three days, later one a week, calls and messages among them.
    lead = four_tiers.lead_of(BUYERS[2][0])
    touched = [letter.sent_at for letter in sent_to(four_tiers, BUYERS[2][0])]
    tasks = four_tiers.rows("SELECT opened_at FROM tasks WHERE kind = 'call' AND lead_id = ?", lead.id)
    touched = sorted([*touched, *(datetime.fromisoformat(task["opened_at"]).replace(tzinfo=UTC) for task in tasks)])
    gaps = [(later - earlier).days for earlier, later in zip(touched, touched[1:], strict=False)]
    assert gaps[0] <= 5 and max(gaps) <= 8, gaps


# ── trade shows ─────────────────────────────────────────────────────────────────────────────────────────────────


def met(stage, number: int, show_class: str, ends_at: datetime) -> str:
    """Somebody of the show's list, as the import will write him down."""
    address = f"visitor{number}@visitor-{number}.example"
    with stage.office.ledger.transaction() as db:
        company, contact, lead = (next_id(db, name) for name in ("companies", "contacts", "leads"))
        known = [
            e.CompanyMet(company, country="FR", name=f"Visitor {number}", domain=f"visitor-{number}.example"),
            e.ContactMet(contact, company, language="en", country="FR", email=address, name=f"Anna Visit{'abcdefghi'[number]}"),
            e.LeadOpened(lead, contact, company, 0, "show", "en", "FR", "Li Wei", "met", stage.now, subject=""),
        ]
        journal.record(db, known, now=stage.now)
    begun = shows.begin(stage.lead_of(address), "Interzum 2026", show_class, ends_at, stage.office.policy, stage.now)
    with stage.office.ledger.transaction() as db:
        journal.record(db, begun, now=stage.now)
    return address


@pytest.fixture(scope="module")
def show(company_home, tmp_path_factory):
    """A show in Cologne: nine people, one of each class, are written down on its second evening; it ends two days later."""
    with Stage(company_home, tmp_path_factory.mktemp("show")) as stage:
        stage.set(sending={"sent_unseen_days": 0, "warm_up_per_day": 0})
        stage.evening, stage.ends_at = stage.now, stage.now + timedelta(days=2)
        stage.visitors = {one: met(stage, number, one, stage.ends_at) for number, one in enumerate(SHOW_CLASSES)}
        stage.look()
        stage.live(until=stage.now + HALF_A_YEAR, steps=600)
        yield stage


IMPORTANT = ("existing", "signed", "intends_order")


@pytest.mark.parametrize("show_class", SHOW_CLASSES)
def test_every_class_of_a_show_is_thanked_in_its_time_and_rests_in_the_end(show, show_class):
    address = show.visitors[show_class]
    letters = sent_to(show, address)
    thanks = letters[0]
    assert (thanks.step, thanks.template) == ("thanks", "en/show_thanks") and "Interzum 2026" in thanks.body
    if show_class in IMPORTANT:
        assert thanks.sent_at - show.evening < timedelta(hours=3)
    else:
        assert timedelta(days=1) <= thanks.sent_at - show.ends_at < timedelta(days=12)
    # No first mail after a show has an attachment.
    assert not any(part.is_attachment() for part in show.letters_at(address)[0].walk())
    follow_ups = [letter for letter in letters if letter.basis == "follow_up"]
    assert 1 <= len(follow_ups) <= 3 and "unsubscribe" in follow_ups[-1].body
    assert is_never_the_same_twice(letters) and limits_hold(letters) and keeps_his_hours(letters, "Europe/Paris")
    lead = show.lead_of(address)
    assert (lead.next_due_at, lead.rest_reason, lead.show_class) == (None, "rested", show_class)


def test_each_class_has_its_tier_and_reads_its_own_letter(show):
    tiers = {one: show.lead_of(address).tier for one, address in show.visitors.items()}
    assert tiers["existing"] == tiers["signed"] == 1 and tiers["intends_order"] == tiers["disputes_terms"] == 2
    assert tiers["target"] == 3 and tiers["just_looking"] == 4
    first = [sent_to(show, address)[0].body for address in show.visitors.values()]
    assert similarity.spread(first) < 0.9


def test_a_written_answer_ends_the_cadence_of_the_show(stage):
    address = met(stage, 0, "target", stage.now)
    stage.live(until=stage.now + timedelta(days=14))
    (thanks,) = sent_to(stage, address)
    stage.buyer_replies(thanks, "Thank you. What is your price for 6204-2RS, 5,000 pcs?")
    stage.look()
    lead = stage.lead_of(address)
    assert (lead.cadence, lead.step, lead.show_class) == ("reply", "answer", "target")
    assert stage.draft_for(address).basis == "answer"


# ── news and likeness ───────────────────────────────────────────────────────────────────────────────────────────


def test_two_buyers_of_the_same_article_get_different_letters_on_the_same_day(stage):
    for number in range(4):
        stage.buyer_writes(f"buyer{number}@firm-{number}.example", BUYERS[3][1], name=f"Buyer {'ABCD'[number]}", subject="Inquiry 6204-2RS")
    stage.look()
    stage.live(until=stage.now + timedelta(days=12), steps=40)
    letters = [one for number in range(4) for one in stage.letters_to(f"buyer{number}@firm-{number}.example") if one.basis == "follow_up"]
    assert len(letters) == 4 and similarity.spread(letter.body for letter in letters) < 0.9


def test_a_letter_on_news_goes_while_it_is_true_and_an_offer_needs_the_manager(stage):
    today = stage.now.date()
    news = News(
        id="spring", kind="offer", valid_from=today, valid_until=today + timedelta(days=20), tiers=(2,),
        text={"en": "Until the end of the month the second container costs 3 % less."},
    )  # fmt: skip
    stage.office.policy = stage.office.policy.model_copy(update={"news": (news,)})
    stage.buyer_writes("peter@klein-antriebe.example", DETAILED, name="Peter Klein")
    stage.look()
    stage.send(stage.draft_for("peter@klein-antriebe.example"))
    while not stage.drafts():
        assert stage.clock_to_next()
    letter = stage.draft_for("peter@klein-antriebe.example")
    assert letter.pretext == "offer:spring" and "3 % less" in letter.body and letter.needs_manager
    assert letter.because == f"news: spring, valid until {news.valid_until}"
