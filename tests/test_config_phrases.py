"""Phrases of the configuration in which a symbol stands where a word should: refused with file, key and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailagent import policy
from mailagent.core.reading.phrase_parts import findable, pieces
from mailagent.errors import ConfigError, Problem

LANGUAGE = "code = 'xx'\nname = 'X'\n"
LISTED = "[words]\nmoney = ['euro', '€']\n[facts]\nasks_price = ['how many {money}', 'what {money}']\n"


def problems(home: Path, file: str, text: str) -> list[Problem]:
    """What is refused in a file of the company's own."""
    path = home / "config" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    try:
        policy.load(home)
    except ConfigError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize(
    ("file", "text", "key", "words"),
    [
        (
            "languages/xx.toml",
            LANGUAGE + "[facts]\nasks_price = ['price', '(best |)rate (please|?)']\n",
            "facts.asks_price[2]",
            'the choice (please|?) has the member "?", which holds no word, so that the choice would match without it',
        ),
        (
            "languages/xx.toml",
            LANGUAGE + "[not_facts]\nasks_price = ['# (%|percent) higher']\n",
            "not_facts.asks_price[1]",
            "write the word for it, leave it out, or end the choice with a bare | if its words may be missing",
        ),
        (
            "languages/xx.toml",
            LANGUAGE + "[facts]\ndelivery_question = ['in stock (have| ¿? |there)']\n",
            "facts.delivery_question[1]",
            'has the member "¿?"',
        ),
        ("languages/xx.toml", LANGUAGE + LISTED, "words.money[2]", "wherever {money} stands nothing would match as well"),
        (
            "languages/xx.toml",
            LANGUAGE + "denies_what_follows = ['no', '!?']\n",
            "denies_what_follows[2]",
            '"!?" holds no word and can never be found; write words, or leave it out',
        ),
        ("trade.toml", "[payment]\n'30 % deposit' = ['# (%|per cent) deposit']\n", "payment.30 % deposit[1]", 'the member "%"'),
        ("trade.toml", "[dates.nouns]\nweek = ['week', '–']\n", "dates.nouns.week[2]", "can never be found"),
    ],
)
def test_a_symbol_is_no_word(tmp_path, file, text, key, words):
    (found,) = problems(tmp_path, file, text)
    assert (found.file, found.key) == (file, key) and words in found.message


def test_words_that_may_be_missing_and_symbols_beside_words_are_no_mistake(tmp_path):
    phrases = "['price (list|) … (#|bestell*|€|)', '(100 %|alle) preise', '… # stück', '(price|…)', 'no. (#|one)', '価格(は|を)']"
    assert problems(tmp_path, "languages/xx.toml", LANGUAGE + f"[facts]\nasks_price = {phrases}\n") == []


def test_what_is_refused_is_what_would_match_without_its_words():
    """The check and the phrasebook agree on what holds no word."""
    for phrase, is_optional in (
        ("rate (please|?)", True),
        ("rate (please|)", True),
        ("rate (please|100 %)", False),
        ("rate (#|one)", False),
    ):
        (whole,) = findable(phrase)
        assert [part.is_optional for kind, part in whole if kind == "choice"] == [is_optional], phrase
    assert pieces("!?") == ()
