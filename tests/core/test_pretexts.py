"""Which grounds to write are true on a day, which of them is taken, and that none is used twice."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from letters import CATALOGUE, COMPANY, FOLLOW_UP, LANGUAGES, LEAD, POLICY, PRICE, ROOT, TEMPLATES, mail, write

from mailagent.consistency import grounds
from mailagent.consistency.scene import Scene
from mailagent.core.deciding import feasts, pretext
from mailagent.core.model.lead import Fact
from mailagent.core.model.pretext import News, Pretexts, Quoted
from mailagent.core.writing import sample, similarity
from mailagent.core.writing.grounds import lines_of

SHIPPED = Pretexts(**tomllib.loads((ROOT / "config" / "pretexts.toml").read_text("utf-8")))
BEARING, OTHER, *_rest = CATALOGUE.product
DAY = date(2026, 3, 10)
RULES = POLICY.model_copy(update={"pretexts": SHIPPED, "company": COMPANY.model_copy(update={"country": "CN"})})
SPACE = {"en": "Space on the vessel of 20 March."}
VESSEL = News(id="v-1", kind="vessel", valid_from=DAY, valid_until=DAY + timedelta(days=10), text=SPACE)


def quoted(until: date, on: date = DAY - timedelta(days=12), **more) -> Quoted:
    return Quoted(**{"code": BEARING.code, "price": "USD 0.85", "moq": 5000, "lead_time_days": 25, "on": on, "valid_until": until} | more)


def known(day: date = DAY, *, lead=LEAD, **more) -> pretext.Known:
    return pretext.Known(**{"lead": lead, "day": day, "language": "en", "asked": (BEARING,)} | more)


def names(found) -> list[str]:
    return [one.name for one in found]


def with_goods(*products, **rules):
    return RULES.model_copy(update={"catalogue": CATALOGUE.model_copy(update={"product": products})} | rules)


def changed(product, **fields):
    return product.model_copy(update=fields)


TRUE = [
    ("validity_ends", known(quoted=(quoted(DAY + timedelta(days=5)),)), RULES),
    ("validity_ended", known(quoted=(quoted(DAY - timedelta(days=1)),)), RULES),
    ("we_close", known(date(2026, 1, 12)), RULES),
    ("we_close_soon", known(date(2026, 2, 9)), RULES),
    ("we_reopened", known(date(2026, 2, 26)), RULES),
    ("he_celebrates", known(date(2026, 12, 21), lead=replace(LEAD, country="DE")), RULES),
    ("date_wanted", known(facts=(Fact("delivery_wanted", "2026-04-20 sure"),)), RULES),
    ("offer_changed", known(quoted=(quoted(DAY + timedelta(days=60), price="USD 0.91"),)), RULES),
    ("offer_changed", known(quoted=(quoted(DAY + timedelta(days=60), moq=6000),)), RULES),
    (
        "container",
        known(facts=(Fact("quantity", "8,000 pcs"),), lead=replace(LEAD, tier=2), asked=(changed(BEARING, per_20ft=20000),)),
        RULES,
    ),
    ("next_order", known(lead=replace(LEAD, tier=1), is_customer=True), RULES),
    ("product_new", known(), with_goods(BEARING, changed(OTHER, since=DAY - timedelta(days=30)))),
    ("sells_well", known(), with_goods(BEARING, changed(OTHER, sells_in=("US",)))),
    ("certificate", known(), RULES.model_copy(update={"company": COMPANY.model_copy(update={"certificates": ("ISO 9001",)})})),
    ("freight", known(), RULES.model_copy(update={"news": (VESSEL,)})),
    ("offer", known(lead=replace(LEAD, tier=1)), RULES.model_copy(update={"news": (VESSEL.model_copy(update={"kind": "offer"}),)})),
]


@pytest.mark.parametrize(("name", "facts", "rules"), TRUE, ids=[f"{row[0]}-{number}" for number, row in enumerate(TRUE)])
def test_a_ground_that_is_true_now_is_found_and_says_why(name, facts, rules):
    found = next((one for one in pretext.true_now(facts, rules) if one.name == name), None)
    assert found, names(pretext.true_now(facts, rules))
    assert found.because and found.ground and TEMPLATES.has("en", found.template)
    assert found.needs_manager is (name == "offer")
    # Every shipped language can say it, and asks one thing.
    for language in LANGUAGES:
        text = found.values.get("text")
        values = dict(found.values) | ({"text": {language: text["en"]}} if text else {})
        said = replace(found, values=values)
        letter = write(mail(*PRICE), FOLLOW_UP, lead=replace(facts.lead, language=language), rules=rules, pretext=said)
        assert letter.template == f"{language}/{found.template}" and letter.because == found.because and letter.pretext == found.mark
        assert letter.body.count("?") + letter.body.count("？") == 1, letter.body


UNTRUE = [
    ("validity_ends", known(quoted=(quoted(DAY + timedelta(days=9)),)), "not for a while"),
    ("validity_ends", known(quoted=(quoted(DAY - timedelta(days=1)),)), "over"),
    ("validity_ends", known(quoted=(quoted(DAY + timedelta(days=3), price=""),)), "no price was named"),
    ("validity_ends", known(quoted=(quoted(DAY + timedelta(days=3)),), may_quote=False), "a suspect is quoted nothing"),
    ("validity_ended", known(quoted=(quoted(DAY - timedelta(days=9)),)), "long over"),
    ("we_close", known(date(2026, 2, 9)), "too late for a cut-off"),
    ("we_close", known(date(2025, 12, 20)), "too early"),
    ("we_reopened", known(date(2026, 3, 10)), "long ago"),
    ("he_celebrates", known(date(2026, 12, 21), lead=replace(LEAD, country="SA")), "not celebrated there"),
    ("he_celebrates", known(date(2026, 12, 21), lead=replace(LEAD, country="")), "nobody knows where he is"),
    ("date_wanted", known(facts=(Fact("delivery_wanted", "2026-03-20 sure"),)), "cannot be kept any more"),
    ("offer_changed", known(quoted=(quoted(DAY + timedelta(days=60)),)), "all as it was"),
    ("next_order", known(lead=replace(LEAD, tier=1)), "has never bought"),
    ("freight", known(date(2026, 3, 9)), "not valid yet"),
    ("freight", known(language="de"), "not written in his language"),
]


@pytest.mark.parametrize(("name", "facts", "why"), UNTRUE)
def test_what_is_not_true_now_is_no_ground(name, facts, why):
    rules = RULES.model_copy(update={"news": (VESSEL,)})
    assert name not in names(pretext.true_now(facts, rules)), why


def test_expired_news_and_news_for_others_are_never_told():
    over = VESSEL.model_copy(update={"valid_until": DAY - timedelta(days=1), "valid_from": DAY - timedelta(days=9)})
    abroad = VESSEL.model_copy(update={"countries": ("NL",)})
    other_goods = VESSEL.model_copy(update={"products": ("UCP205",)})
    his = VESSEL.model_copy(update={"id": "his", "countries": ("US",), "families": ("deep groove",)})
    rules = RULES.model_copy(update={"news": (over, abroad, other_goods, his)})
    assert [one.ground for one in pretext.true_now(known(), rules) if one.name == "freight"] == ["his"]


# ── asked again when it leaves ──────────────────────────────────────────────────────────────────────────────────


def ground(name, facts, rules):
    return next(one for one in pretext.true_now(facts, rules) if one.name == name)


def letter_on(one) -> object:
    letter = write(step=FOLLOW_UP)
    return replace(letter, pretext=one.mark, true_until=one.until.isoformat() if one.until else "")


ENDS = [
    ("validity_ends", DAY + timedelta(days=5)),
    # In 2026 the Spring Festival begins on Sunday, 15 February; with 25 days of production the last day for orders lies before it.
    ("we_close", date(2026, 1, 20)),
    ("we_close_soon", date(2026, 2, 14)),
    ("he_celebrates", date(2026, 12, 25)),
    ("date_wanted", date(2026, 3, 26)),
    ("freight", DAY + timedelta(days=10)),
]


@pytest.mark.parametrize(("name", "last"), ENDS)
def test_a_ground_is_true_until_its_last_day_and_not_a_day_longer(name, last):
    _, facts, rules = next(row for row in TRUE if row[0] == name)
    found = ground(name, facts, rules)
    letter = letter_on(found)
    assert found.until and pretext.is_true_still(letter, facts.day, rules)
    assert pretext.is_true_still(letter, found.until, rules) and not pretext.is_true_still(letter, found.until + timedelta(days=1), rules)
    assert found.until == last


@pytest.mark.parametrize("row", TRUE, ids=[f"{row[0]}-{number}" for number, row in enumerate(TRUE)])
def test_on_its_own_day_every_ground_is_true(row):
    name, facts, rules = row
    assert pretext.is_true_still(letter_on(ground(name, facts, rules)), facts.day, rules)


def test_what_was_taken_back_is_not_said():
    news = RULES.model_copy(update={"news": (VESSEL,)})
    letter = letter_on(ground("freight", known(), news))
    assert not pretext.is_true_still(letter, DAY, RULES), "the news is gone"
    sooner = news.model_copy(update={"news": (VESSEL.model_copy(update={"valid_until": DAY}),)})
    assert not pretext.is_true_still(letter, DAY + timedelta(days=1), sooner)
    _, facts, rules = next(row for row in TRUE if row[0] == "certificate")
    assert not pretext.is_true_still(letter_on(ground("certificate", facts, rules)), DAY, RULES)
    _, facts, rules = next(row for row in TRUE if row[0] == "product_new")
    assert not pretext.is_true_still(letter_on(ground("product_new", facts, rules)), DAY, with_goods(BEARING))
    _, facts, rules = next(row for row in TRUE if row[0] == "offer_changed")
    changed_again = with_goods(changed(BEARING, price=0.99), OTHER)
    assert not pretext.is_true_still(letter_on(ground("offer_changed", facts, rules)), DAY, changed_again)
    # A letter without a ground says nothing that could end.
    assert pretext.is_true_still(write(step=FOLLOW_UP), DAY + timedelta(days=99), RULES)


def test_no_ground_is_used_twice_and_no_kind_twice_in_a_row():
    later = VESSEL.model_copy(update={"id": "v-2"})
    rules = RULES.model_copy(update={"news": (VESSEL, later), "company": COMPANY.model_copy(update={"certificates": ("CE",)})})
    facts, told = known(), []
    for _ in range(4):
        chosen = pretext.choices(replace(facts, told=tuple(told)), rules)
        if not chosen:
            break
        told.append(chosen[0].mark)
    assert told == ["freight:v-1", "certificate:CE", "freight:v-2"]
    # Nothing is left that is new: then what he asked about, but not what he had last.
    left = pretext.fallbacks("follow_up_1", replace(facts, told=(*told, "follow_up_1:1")), rules)
    assert names(left) == ["follow_up_2", "follow_up_reply"]


def test_points_decide_and_tiers_limit():
    asked, facts = (changed(BEARING, per_20ft=20000),), (Fact("quantity", "8000 pcs"),)
    facts = known(quoted=(quoted(DAY + timedelta(days=3)),), facts=facts, asked=asked)
    rules = RULES.model_copy(update={"news": (VESSEL,)})
    assert names(pretext.choices(facts, rules))[:2] == ["validity_ends", "freight"]
    assert "container" not in names(pretext.choices(facts, rules)), "tier 3"


def test_the_newest_quotation_counts_and_naming_an_article_takes_no_price_back():
    lines = (quoted(DAY + timedelta(days=2)), quoted(DAY + timedelta(days=20), on=DAY), Quoted(BEARING.code, on=DAY))
    (line,) = pretext.newest_lines(lines)
    assert line.valid_until == DAY + timedelta(days=20)


def test_a_letter_remembers_what_it_quoted_and_repeating_it_quotes_nothing_anew():
    answer = write(mail(*PRICE))
    (line,) = (Quoted.of(row) for row in answer.quoted)
    assert (line.code, line.price, line.moq, line.lead_time_days) == ("6204-2RS", "USD 0.85", 5000, 25)
    assert line.on == DAY and line.valid_until == DAY + timedelta(days=CATALOGUE.validity_days)
    facts = known(line.valid_until - timedelta(days=3), quoted=(line,))
    dearer = with_goods(changed(BEARING, price=0.99))
    (ground,) = (one for one in pretext.true_now(facts, dearer) if one.name == "validity_ends")
    letter = write(mail(*PRICE), FOLLOW_UP, rules=dearer, pretext=ground)
    assert "USD 0.85" in letter.body and "0.99" not in letter.body, "what was quoted holds until its day"
    assert [Quoted.of(row).valid_until for row in letter.quoted] == [line.valid_until]
    (new,) = (one for one in pretext.true_now(facts, dearer) if one.name == "offer_changed")
    assert "USD 0.99" in (body := write(mail(*PRICE), FOLLOW_UP, rules=dearer, pretext=new).body) and "USD 0.85" in body


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 10), [("lunar_new_year", date(2026, 2, 15), date(2026, 2, 23))]),
        (date(2026, 9, 1), [("national_day", date(2026, 10, 1), date(2026, 10, 7))]),
        (date(2026, 7, 1), []),
    ],
)
def test_our_closures_are_the_long_holidays_of_our_country(day, expected):
    assert [(one.feast, one.first, one.last) for one in feasts.our_closures(day, RULES)] == expected


def test_the_cut_off_lies_before_the_holiday_by_the_time_of_production():
    (ground,) = (one for one in pretext.true_now(known(date(2026, 1, 12)), RULES) if one.name == "we_close")
    assert ground.values["cutoff"] == date(2026, 1, 20)
    body = write(mail(*PRICE), FOLLOW_UP, rules=RULES, pretext=ground).body
    assert "15 February 2026" in body and "20 January 2026" in body


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_buyers_of_one_article_read_different_letters(language):
    """The same step, the same article, the same day: the wordings differ by more than greeting and signature."""
    lead = replace(LEAD, language=language)
    for template in ("follow_up_1", "follow_up_2", "follow_up_3"):
        step = FOLLOW_UP.model_copy(update={"template": template})
        bodies = [write(mail(*PRICE), step, lead=lead, turn=turn).body for turn in range(6)]
        first = bodies[0]
        assert min(similarity.nearest(body, {1: first}).share for body in bodies[1:]) < SHIPPED.variety.same_day, template


def test_greeting_and_signature_make_no_other_letter():
    one, other = "Dear Ana,\n\nThe goods are ready.\n\nBest regards,\n\nLin", "Hello,\n\nThe goods are ready.\n\nKind regards,\n\nLi Wei"
    others = {7: other, 8: "Dear Ana,\n\nQuite another thing.\n\nBest regards,\n\nLin"}
    assert similarity.nearest(one, others) == similarity.Likeness(1.0, 7)
    assert similarity.nearest(one, {}).letter_id is None
    assert similarity.spread([one, other]) == 1.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_letter_says_how_to_stop_whatever_its_ground(language):
    word = TEMPLATES.render_part(language, "stop", {"says_stop": True})
    assert word and not TEMPLATES.render_part(language, "stop", {"says_stop": False})
    for name in ("follow_up_1", "validity", "we_close", "greeting", "news", "product_new", "proof", "offer", "next_order", "container"):
        variables = sample.samples(language, RULES)[0]
        assert word in TEMPLATES.render(language, name, variables | {"says_stop": True}).body, name
        assert word not in TEMPLATES.render(language, name, variables | {"says_stop": False}).body, name


def test_a_note_becomes_lines():
    assert lines_of("5000 pcs; deposit Friday") == ["5000 pcs", "deposit Friday"]
    assert lines_of("- 5000 pcs\n\n- deposit\u202e Friday; L/C\n") == ["5000 pcs", "deposit Friday; L/C"]


# ── the check ───────────────────────────────────────────────────────────────────────────────────────────────────

WRONG = [
    ({"pretexts": {"x": {"when": "validity_ends", "template": "validity"}}}, (), "pretexts.x.days"),
    ({"pretexts": {"x": {"when": "is_customer", "template": "nowhere"}}}, (), "pretexts.x.template"),
    ({"pretexts": {"x": {"when": "we_close", "template": "we_close", "days": 9, "days_to": 20}}}, (), "pretexts.x.days_to"),
    ({"pretexts": {"x": {"when": "news", "template": "news"}}}, (), "pretexts.x.news"),
    ({"pretexts": {"x": {"when": "news", "template": "news", "news": ["gossip"]}}}, (), "pretexts.x.news"),
    ({"fallback": ["nowhere"]}, (), "fallback[1]"),
    ({"feasts": {"x": {"match": "x", "say": {"zh": "x"}}}}, (), "feasts.x.say"),
    (None, ({"valid_until": DAY - timedelta(days=1)},), "news[1].valid_until"),
    (None, ({}, {}), "news[2].id"),
    (None, ({"text": {"en": "Did you get it?"}},), "news[1].text.en"),
    (None, ({"text": {"en": " "}},), "news[1].text"),
    (None, ({"products": ("no such",)},), "news[1].products"),
    (None, ({"families": ("no such",)},), "news[1].families"),
    (None, ({"countries": ("Holland",)},), "news[1].countries"),
    (None, ({"tiers": (7,)},), "news[1].tiers"),
]


@pytest.mark.parametrize(("rules", "news", "key"), WRONG)
def test_the_check_names_file_and_key(rules, news, key):
    texts = frozenset(f"en/{name}" for name in TEMPLATES.names("en"))
    told = tuple(VESSEL.model_copy(update=fields) for fields in news)
    made = RULES.model_copy(update={"news": told} | ({"pretexts": Pretexts(**rules)} if rules is not None else {}))
    found = [problem.key for problem in (*grounds.pretexts(Scene(made, texts)), *grounds.news(Scene(made, texts)))]
    assert found == [key]


def test_what_ships_is_in_order():
    texts = frozenset(f"en/{name}" for name in TEMPLATES.names("en"))
    assert [*grounds.pretexts(Scene(RULES, texts)), *grounds.news(Scene(RULES, texts))] == []
    for feast in SHIPPED.feasts.values():
        assert set(feast.say) >= set(LANGUAGES) and (not feast.greet or set(feast.greet) >= set(LANGUAGES))
