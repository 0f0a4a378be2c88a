"""What phrases mean in their sentence, and what only the whole of an answer says."""

from __future__ import annotations

import pytest
from messages import lamp_policy, mail

from mailagent.core.reading import facts
from mailagent.core.reading.phrases import Phrasebook
from mailagent.core.reading.text import Text

THREAD = {"in_reply_to": ("<1@ours.example>",), "references": ("<0@buyer.example>", "<1@ours.example>")}


def wants(words: str, **fields) -> set[str]:
    return set(facts.intents(facts.find(mail(words, **fields), lamp_policy())))


@pytest.mark.parametrize(
    ("words", "no"),
    [
        ("No need to quote now, we only wanted to say hello.", "asks_price"),
        ("We do not need a catalogue, we have the new one.", "asks_catalog"),
        ("We don't require any samples this time.", "asks_sample"),
        ("Wir brauchen derzeit keine Muster.", "asks_sample"),
        ("No necesitamos cotización por ahora.", "asks_price"),
        ("Nous n'avons pas besoin d'échantillons.", "asks_sample"),
        ("样品就不用了,谢谢。", "asks_sample"),
        ("サンプルは不要です。", "asks_sample"),
        ("견적은 필요 없습니다.", "asks_price"),
        ("Numuneye gerek yok.", "asks_sample"),
    ],
)
def test_a_denied_request_is_none(words, no):
    assert no not in wants(words)


@pytest.mark.parametrize(
    ("words", "still"),
    [
        ("No need for samples, just quote 500 pcs.", "asks_price"),
        ("We don't need the catalogue. Please send the price list.", "asks_price"),
        ("Muster brauchen wir nicht, aber bitte ein Angebot für 300 Stück.", "asks_price"),
        ("样品不用了,报个价就行。", "asks_price"),
    ],
)
def test_a_denial_ends_with_its_clause(words, still):
    assert still in wants(words)


@pytest.mark.parametrize(
    "words",
    [
        "Your price is much too high for us.",
        "Der Preis ist uns zu hoch.",
        "Il prezzo è fuori mercato.",
        "Le prix est trop élevé.",
        "السعر مرتفع جدا بالنسبة لنا",
        "단가가 너무 높습니다.",
        "价格太贵了。",
    ],
)
def test_who_bargains_does_not_ask_for_a_price(words):
    said = wants(words)
    assert "price_objection" in said and "asks_price" not in said


@pytest.mark.parametrize(
    ("words", "is_later"),
    [
        ("We are not interested at the moment, maybe next year.", True),
        ("De momento no necesitamos nada, quizá para la próxima temporada.", True),
        ("Сейчас не актуально, вернёмся к вопросу после Нового года.", True),
        ("暂时没有采购计划,过完年再说吧。", True),
        ("Thank you, but our answer is no, please close our file.", False),
        ("Wir haben uns anderweitig entschieden.", False),
        ("以后不用再联系了。", False),
    ],
)
def test_later_is_no_refusal(words, is_later):
    said = wants(words)
    assert ("not_now_later" in said, "not_interested" in said) == (is_later, not is_later)


@pytest.mark.parametrize(
    "words",
    [
        "Thanks, got it.", "Vielen Dank, wir melden uns.", "收到,谢谢!", "Merci, bien reçu.", "Спасибо, получили.",
        "ありがとうございます。拝受しました。",
    ],  # fmt: skip
)
def test_thanks_and_nothing_else_are_a_receipt(words):
    assert wants(words, subject="Re: offer", **THREAD) == {"acknowledges"}


def test_an_answer_goes_on_about_the_goods_of_its_thread():
    said = {fact.name for fact in facts.find(mail("How soon can you ship?", subject="Re: HB100 for our shops", **THREAD), lamp_policy())}
    assert "thread_names_product" in said and "names_product" not in said
    refused = facts.find(mail("Thank you, we are not interested.", subject="Re: HB100 for our shops", **THREAD), lamp_policy())
    assert "thread_names_product" not in {fact.name for fact in refused}


def test_a_family_takes_its_words_from_a_list_and_may_leave_some_out():
    book = Phrasebook([
        ("asks", "", "(send|give us) … (the |)(sample*|test piece)"), ("counter", "", "(at|for) # (we buy|deal)"),
        ("when", "", "liefer(zeit|termin)e"),
        ("terms", "", "(open account|# days)"),
    ])
    for words, names in [
        ("please send me the samples", ["asks"]),
        ("give us one test piece", ["asks"]),
        ("give me one test piece", []),
        ("send it. The sample is here", []),
        ("for 0.42 we buy", ["counter"]),
        ("for us we buy", []),
        ("welche Liefertermine", ["when"]),
        ("we get 60 days", ["terms"]),
    ]:
        assert [match.name for match in book.find(Text(words))] == names, words


def test_a_phrase_may_only_name_lists_that_are_there():
    german = lamp_policy().languages["de"]
    table = german.model_dump() | {"words": {"send": ("schicken",)}, "facts": {"asks_sample": ("{send} … muster",)}}
    assert type(german).model_validate(table).facts["asks_sample"] == ("(schicken) … muster",)
    with pytest.raises(ValueError, match="bring"):
        type(german).model_validate(table | {"facts": {"asks_sample": ("{bring} … muster",)}})
