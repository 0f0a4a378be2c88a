"""Templates and the shipped cadences: every letter in every language, and what the sandbox refuses."""

from __future__ import annotations

import tomllib

import pytest
from letters import (
    LANGUAGES,
    LEAD,
    NOW,
    POLICY,
    ROOT,
    TEMPLATES,
    TEXTS,
)

from mailagent.core.model.policy import Cadence, LawRow, Policy
from mailagent.core.writing import sample
from mailagent.core.writing.templates import TemplateSet
from mailagent.errors import TemplateError

# ── templates ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_language_has_every_letter():
    assert {"en", "zh", "es", "de", "fr", "ru", "pt"} <= set(LANGUAGES)
    for language in LANGUAGES:
        assert TEMPLATES.names(language) == TEMPLATES.names("en")


@pytest.mark.parametrize("rules", [POLICY, Policy()], ids=["with catalogue", "without"])
def test_every_template_renders_with_everything_and_with_nothing(rules):
    assert sample.problems(TEMPLATES, rules) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TEMPLATES.names("en"))
def test_no_letter_pushes(language, name):
    """DOMAIN §4: never "did you get our offer?", "any news?", "if you need any information please contact us"."""
    pushing = (
        "any news", "did you get", "did you receive", "feel free", "do not hesitate", "just checking", "有没有消息", "收到报价",
        "alguna novedad", "no dude en", "ha recibido nuestra", "quedamos a su disposición",
        "gibt es neuigkeiten", "zögern sie nicht", "erhalten haben", "zur verfügung", "nachfassen",
        "n'hésitez pas", "avez-vous reçu", "avez-vous bien reçu", "à votre disposition", "sauf erreur", "des nouvelles",
        "есть ли новости", "не стесняйтесь", "получили ли вы", "вы получили наше", "будем ждать", "обращайтесь",
        "alguma novidade", "não hesite", "recebeu a nossa", "à disposição", "ficamos no aguardo",
    )  # fmt: skip
    for variables in sample.samples(language, POLICY):
        text = TEMPLATES.render(language, name, variables).body.casefold()
        assert not [word for word in pushing if word in text]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["follow_up_1", "follow_up_2", "follow_up_3", "follow_up_reply"])
def test_a_follow_up_asks_exactly_one_thing(language, name):
    for variables in sample.samples(language, POLICY):
        body = TEMPLATES.render(language, name, variables).body
        assert body.count("?") + body.count("？") == 1, body


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letters_of_a_round_differ(language):
    for variables in sample.samples(language, POLICY)[:3]:
        bodies = [TEMPLATES.render(language, name, variables).body for name in TEMPLATES.names(language)]
        assert len(set(bodies)) == len(bodies)


BROKEN = {
    "missing variable": ("Subject: x\n\nDear {{ nobody }},", "line 3", "nobody"),
    "syntax": ("Subject: x\n\n{% if %}", "line 3", ""),
    "no subject": ("Dear all,\n", "Subject", ""),
    "attribute trick": ("Subject: x\n\n{{ name.__class__.__mro__ }}", "line 3", "unsafe"),
    "function trick": ("Subject: x\n\n{{ name.format.__globals__ }}", "line 3", ""),
    "string method": ("Subject: x\n\n{{ name.ljust(100) }}", "line 3", ""),
    "filter": ("Subject: x\n\n{{ name|attr('upper') }}", "line 3", "attr"),
    "huge range": ("Subject: x\n\n{% for i in range(100000000) %}x{% endfor %}", "line 3", "range"),
    "huge text": ("Subject: x\n\n{{ 'a' * 50000000 }}", "line 3", "numbers only"),
    "huge format": ("Subject: x\n\n{{ '%0999999999d' % 1 }}", "line 3", "numbers only"),
    "huge power": ("Subject: x\n\n{{ 9 ** 9 ** 9 }}", "line 3", "numbers only"),
    "change of a list": ("Subject: x\n\n{{ things.append(1) }}", "line 3", ""),
    "file of the computer": ("Subject: x\n\n{% include '../../etc/passwd' %}", "line 3", ""),
    "leftover": ("Subject: x\n\nDear [NAME],", "a gap was left open", ""),
    "nothing": ("Subject: x\n\nYour order: None", "a gap was left open", ""),
    "empty greeting": ("Subject: x\n\nDear {{ empty }},", "greeting", ""),
    "no such part": ("Subject: x\n\n{% include 'nothing' %}", "line 3", "nothing"),
}


@pytest.mark.parametrize("text, place, word", BROKEN.values(), ids=BROKEN)
def test_a_broken_template_is_named_with_its_line(text, place, word):
    with pytest.raises(TemplateError) as caught:
        TemplateSet({"en/x": text}).render("en", "x", {"name": "John", "empty": "", "things": [1]})
    assert "templates/en/x.txt" in str(caught.value) and place in str(caught.value) and word in str(caught.value)


def test_the_output_is_capped():
    text = "Subject: x\n\n{% for a in things %}{% for b in things %}{% for c in things %}{{ name }}{% endfor %}{% endfor %}{% endfor %}"
    with pytest.raises(TemplateError, match="200 KB"):
        TemplateSet({"en/x": text}).render("en", "x", {"things": [1] * 100, "name": "a" * 100})


def test_only_plain_values_fill_a_gap():
    for value in (None, object(), LEAD, [NOW]):
        with pytest.raises(TemplateError, match="plain"):
            TemplateSet({"en/x": "Subject: x\n\nhello {{ v }}"}).render("en", "x", {"v": value})


def test_a_language_that_lacks_a_letter_is_reported():
    texts = {key: text for key, text in TEXTS.items() if key != "zh/follow_up_2"}
    assert "templates/zh/follow_up_2.txt" in [problem.file for problem in sample.problems(TemplateSet(texts), POLICY)]


# ── the shipped config ──────────────────────────────────────────────────────────────────────────────────────────


def shipped(name):
    return tomllib.loads((ROOT / "config" / name).read_text("utf-8"))


@pytest.mark.parametrize("name, table", shipped("cadences.toml").items())
def test_a_cadence_answers_follows_up_and_rests(name, table):
    steps = Cadence(**table).step
    letters = [step for step in steps if step.do == "letter"]
    # Somebody of ours may look at a stranger's site before he is thanked for his visit.
    assert letters[0].basis == "answer" and steps[-1].do == "rest" and (steps[0] is letters[0] or Cadence(**table).shows)
    # Who has ordered is answered and then left in peace; everybody else gets the letter that says how to stop, whatever is new.
    last = "answer_reply" if name == "order" else "follow_up_3"
    assert all(TEMPLATES.has("en", step.template) for step in letters) and letters[-1].template == last
    assert name == "order" or not letters[-1].pretexts
    assert len({step.id for step in steps}) == len(steps) and len(letters) <= 4


def test_tiers_1_to_4_have_a_cadence_and_near_deals_are_followed_up_sooner():
    cadences = {name: Cadence(**table) for name, table in shipped("cadences.toml").items()}
    by_tier = {tier: cadence for cadence in cadences.values() for tier in cadence.tiers}
    waits = [sum(step.after_working_days for step in by_tier[tier].step[: by_tier[tier].index("follow_up_1") + 1]) for tier in (1, 2, 3, 4)]
    assert waits == [2, 2, 5, 8] and cadences["reply"].tiers == ()


def test_every_row_of_the_law_is_valid_and_unknown_countries_have_one():
    rows = {code: LawRow(**row) for code, row in shipped("law.toml").items()}
    assert rows["unknown"].max_follow_ups <= 3 and rows["CA"].days == 180 and rows["DE"].max_follow_ups == 2
