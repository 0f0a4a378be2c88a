"""What is kept from one mail to the next: it is bounded, and changes no answer."""

from __future__ import annotations

import random

from messages import lamp_policy

from mailagent.core.reading import codes, facts, products
from mailagent.core.reading.kept import Kept
from mailagent.core.reading.phrases import Phrasebook
from mailagent.core.reading.text import LONGEST_SENTENCE_KEPT, Text, sentences


def test_what_is_kept_is_bounded_and_what_is_asked_for_stays():
    kept: Kept[int, str] = Kept(10)
    for number in range(1_000):
        kept.keep(number, f"answer {number}")
        assert kept.get(0) == "answer 0"
        assert len(kept) <= 20
    assert kept.get(1) is None


def test_two_books_never_answer_for_each_other():
    # One company's rules must not show in another's mail, though the sentence is the same.
    asks, denies = Phrasebook([("asks", "", "send … list")]), Phrasebook([("denies", "", "no list")])
    text = "Please send us the list. No list came."
    for _ in range(3):
        assert [(match.name, match.first, match.last) for match in asks.find(Text(text))] == [("asks", 1, 5)]
        assert [(match.name, match.first, match.last) for match in denies.find(Text(text))] == [("denies", 5, 7)]


def test_a_sentence_that_was_read_before_says_the_same_in_another_place():
    entries = [
        ("asks_price", "", "please quote"),
        ("goods", "", "led tube*"),
        ("paper", "CE", "ce 証"),
        ("closes", "", "best (regards|wishes)"),
    ]
    said = ("Please quote 500 pcs of LED tubes.", "Best regards,", "We need CE 証明書 by 30.06.2026!", "é½ 10k\n\n")
    said = (*said, f"Please quote {'x' * LONGEST_SENTENCE_KEPT}.")
    warm, dice = Phrasebook(entries), random.Random(17)
    for _ in range(60):
        text = Text(" ".join(dice.choices(said, k=4)))
        found = warm.find(text)
        assert found == Phrasebook(entries).find(text)
        assert all(text.written(match.first, match.last) in text.text for match in found)
        plain = [n for n, word in enumerate(text.words) if word.isascii() and word.isalpha()]
        assert [text.text[text.start(n) : text.stop(n)].lower() for n in plain] == [text.words[n] for n in plain]


def test_phrases_end_with_their_sentence():
    book = Phrasebook([("installs", "", "(install it|driver)"), ("list", "", "send (the |)list")])
    assert book.find(Text("I fired up the install. It took an hour")) == []
    assert [match.name for match in book.find(Text("Can you install it? Send list"))] == ["installs", "list"]


def test_sentences_are_those_of_the_text():
    for text in ("", "One. Two!\n\nThree 3.5 four;\u037e five。六", "no end", "- a\n- b\n1) c", "e\u0301. " * 9):
        whole = Text(text)
        begins = [0, *whole.ends[:-1]]
        assert list(sentences(text)) == [whole.text[begin:end] for begin, end in zip(begins, whole.ends, strict=True)]


def test_a_code_is_never_hidden_by_the_look_at_all_letters():
    known = facts.prepare(lamp_policy()).codes
    assert known.known
    dice, seen = random.Random(3), 0
    for _ in range(1_500):
        code = dice.choice([*known.known, *(f"{short[:2]} {short[2:]}" for short in known.known)])
        glued = "".join(sign + dice.choice(("", "", "", "-", " ", "_", "/", "é")) for sign in dice.choice((code, code.upper())))
        text = Text(f"{dice.choice(('we need ', '(', 'on 24.12. '))}{glued}{dice.choice((' pcs', '.', ')'))}")
        found = [fact for fact in products.named(text, known, [], codes.coded(text, known), frozenset()) if fact.name == "names_product"]
        seen += bool(found)
        assert not found or known.may_stand_in(text.text), text.text
    assert seen > 100
    assert not known.may_stand_in("Dear Sir, thank you for your letter of yesterday.")
