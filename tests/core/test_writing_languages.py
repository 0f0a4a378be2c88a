"""Each language's letters as its readers write: date, count, greeting, marks, and the word that stops the letters."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from letters import COMPANY, LANGUAGES, LEAD, POLICY, PRICE, TEMPLATES, mail, write
from policies import policy

from mailagent.core.model.policy import Product
from mailagent.core.reading import unsubscribe
from mailagent.core.writing import footer, sample
from mailagent.core.writing.plain import dictionary_of_day

DATES = [
    ("en", "1 April 2026", "9 March 2026"),
    ("zh", "2026年4月1日", "2026年3月9日"),
    ("es", "1 de abril de 2026", "9 de marzo de 2026"),
    ("de", "1. April 2026", "9. März 2026"),
    ("fr", "1er avril 2026", "9 mars 2026"),
    ("ru", "1 апреля 2026 года", "9 марта 2026 года"),
    ("pt", "1.º de abril de 2026", "9 de março de 2026"),
]
DAYS = [
    ("en", {1: "1 day", 2: "2 days"}),
    ("zh", {1: "1 天", 25: "25 天"}),
    ("es", {1: "1 día", 2: "2 días"}),
    ("de", {1: "1 Tag", 2: "2 Tage"}),
    ("fr", {1: "1 jour", 2: "2 jours"}),
    ("ru", {1: "1 день", 2: "2 дня", 5: "5 дней", 11: "11 дней", 14: "14 дней", 21: "21 день", 22: "22 дня", 111: "111 дней"}),
    ("pt", {1: "1 dia", 2: "2 dias"}),
]
GREETINGS = [
    ("en", "Dear Kim Lee,", "Dear Acme team,", "Hello,"),
    ("zh", "Kim Lee，您好：", "Acme的各位同仁，您好：", "您好："),
    ("es", "Buen día, Kim Lee:", "Estimado equipo de Acme:", "Buen día:"),
    ("de", "Guten Tag Kim Lee,", "Sehr geehrtes Team von Acme,", "Guten Tag,"),
    ("fr", "Bonjour Kim Lee,", "Bonjour à l'équipe Acme,", "Bonjour,"),
    ("ru", "Здравствуйте, Kim Lee!", "Здравствуйте, уважаемые коллеги из компании Acme!", "Здравствуйте!"),
    ("pt", "Olá, Kim Lee,", "Olá, colegas da Acme,", "Bom dia,"),
]


def test_the_tables_leave_no_language_out():
    for table in (DATES, DAYS, GREETINGS):
        assert [row[0] for row in table if row[0] in LANGUAGES] == [row[0] for row in table]
        assert {row[0] for row in table} == set(LANGUAGES)


@pytest.mark.parametrize("language, first, ninth", DATES)
def test_a_date_is_written_as_the_language_writes_it(language, first, ninth):
    for day, words in ((date(2026, 4, 1), first), (date(2026, 3, 9), ninth)):
        assert words in footer.build(COMPANY, TEMPLATES, language, wrote_on=day)
        variables = {**sample.samples(language, POLICY)[0], "wrote_on": dictionary_of_day(day)}
        assert words in TEMPLATES.render(language, "acknowledgement", variables).body


@pytest.mark.parametrize("language, counts", DAYS)
def test_a_count_of_days_agrees_with_its_noun(language, counts):
    for number, words in counts.items():
        product = Product(code="K-1", name={}, lead_time_days=number)
        rules = POLICY.model_copy(update={"catalogue": POLICY.catalogue.model_copy(update={"product": (product,)})})
        variables = sample.samples(language, rules)[0]
        for name in ("answer_standard", "follow_up_1"):
            body = TEMPLATES.render(language, name, variables).body
            assert re.search(rf"(?<!\d){re.escape(words)}(?!\w)", body), body


@pytest.mark.parametrize("language, person, company, nobody", GREETINGS)
def test_a_greeting_guesses_neither_sex_nor_title(language, person, company, nobody):
    buyers = ((person, "Kim Lee", "Acme"), (company, "", "Acme"), (nobody, "", ""))
    for greeting, name, firm in buyers:
        letter = write(mail(*PRICE), lead=replace(LEAD, language=language, contact_name=name, company_name=firm))
        assert letter.body.splitlines()[0] == greeting


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_we_offer_stops_our_letters_at_once(language):
    """Every buyer who does as our letter says must be obeyed, however he types the word (STANDARDS §4.3)."""
    last_line = footer.build(COMPANY, TEMPLATES, language).splitlines()[-1]
    word, quoted = re.search(r"[“„«]\s*([^“”„«»]+?)\s*[”“»]", last_line).group(1, 0)
    third = TEMPLATES.render(language, "follow_up_3", sample.samples(language, POLICY)[0]).body
    assert quoted in third
    for answer in (word, quoted, word.upper(), f"{word.capitalize()}.", f"{word}\n\nJohn Smith\nAcme Ltd"):
        for known in (language, ""):
            mode, spoken, evidence = unsubscribe.find(answer, "Re: Price for 6204", known, policy())
            assert (mode, spoken) == ("auto", language) and evidence, answer
    assert unsubscribe.find("", word, language, policy())[0] == "auto"


@pytest.mark.parametrize("name", TEMPLATES.names("de"))
def test_a_german_letter_goes_on_in_lower_case_after_the_comma(name):
    for variables in sample.samples("de", POLICY):
        first = TEMPLATES.render("de", name, variables).body.split("\n\n")[1]
        assert first[0].islower() or first.startswith("Ihre "), first


@pytest.mark.parametrize("name", TEMPLATES.names("fr"))
def test_french_marks_are_never_torn_from_their_word(name):
    for variables in sample.samples("fr", POLICY):
        # A subject is a header, where every space becomes a plain one.
        body = TEMPLATES.render("fr", name, variables).body
        assert not re.search(r" [:;?!»]|« |\w[:;?!»](?!//)|«\w", body), body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TEMPLATES.names("en"))
def test_no_hole_is_left_in_a_sentence(language, name):
    for variables in sample.samples(language, POLICY):
        rendered = TEMPLATES.render(language, name, variables)
        assert not re.search(r"\S  +\S| [,.](?:\s|$)|\.\.|,,|\(\)|“”|„“|«\s?»", f"{rendered.subject}\n{rendered.body}"), rendered.body
