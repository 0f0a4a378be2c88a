"""What stands beside a request to stop is data: in every language's file, and in that of a language that a company adds."""

from __future__ import annotations

import pytest
from messages import mail
from policies import policy

from mailagent.core.model.policy import Language
from mailagent.core.reading import unsubscribe
from mailagent.core.reading.signs import find_signs


def with_language(**beside: tuple[str, ...]):
    """The shipped rules and a language that nobody ships."""
    own = Language(code="sq", name="Shqip", unsubscribe_strong=("mos më shkruani",), unsubscribe_beside=beside)
    return policy().model_copy(update={"languages": {**policy().languages, "sq": own}})


@pytest.mark.parametrize(
    "words",
    [
        "Your letters reach us all, but everything comes twice here.",
        "Every one of your mails comes\ntwice.",
        "Bei uns kommt alles DOPPELT an.",
        "Wir bekommen es an zwei Adressen.",
        "Chaque lettre arrive en double.",
        "Todo nos llega por duplicado.",
        "Письма дважды приходят к нам.",
        "你们的邮件重复收到。",
    ],
)
def test_who_gets_each_letter_twice_is_heard(words):
    assert find_signs(mail(words), policy()).gets_it_twice


@pytest.mark.parametrize("words", ["We ordered twice as much as last year.", "Please quote in two currencies.", "价格请报两种。"])
def test_who_says_something_like_it_is_not(words):
    assert not find_signs(mail(words), policy()).gets_it_twice


@pytest.mark.parametrize(
    "words", ["Who unsubscribes gets no price list, I was told.", "Ist das ein Abonnement?", "这里可以退订吗", "ABMELDUNGEN wohin?"]
)
def test_words_of_unsubscribing_are_heard(words):
    assert find_signs(mail(words), policy()).speaks_about_silence


def test_a_mail_that_speaks_of_goods_alone_has_neither():
    signs = find_signs(mail("Please quote 500 pcs of 6204-2RS."), policy())
    assert not signs.speaks_about_silence and not signs.gets_it_twice


def test_the_words_of_a_language_that_a_company_adds_decide():
    asked = "Mos më shkruani menjëherë nga dy adresa."
    assert unsubscribe.find(asked, "Re: x", "sq", with_language())[0] == "review"
    assert unsubscribe.find(asked, "Re: x", "sq", with_language(goes_on=("menjëherë",)))[0] == "auto"
    for_now = with_language(goes_on=("menjëherë",), for_now=("dy adresa",))
    assert unsubscribe.find(asked, "Re: x", "sq", for_now)[0] == "review"


def test_a_company_without_any_language_reads_on():
    bare = policy().model_copy(update={"languages": {}})
    signs = find_signs(mail("Please take us off your list."), bare)
    assert signs.stop[""][0] == "none" and not signs.gets_it_twice
