"""Requests to stop, in twelve languages, and the business words that only look like one."""

from __future__ import annotations

import pytest
from policies import policy

from mailagent.core.reading import unsubscribe

REQUESTS = [
    ("unsubscribe", "", ""),
    ("Unsubscribe!!", "", ""),
    ("Kindly unsubscribe us. Thank you", "", ""),
    ("STOP", "", ""),
    ("ＵＮＳＵＢＳＣＲＩＢＥ", "", ""),
    ("Hello,\n\nPlease remove us from your list.\n\nKind regards\nJoan Hill\nHill Ltd", "", ""),
    ("", "unsubscribe", ""),
    ("any text", "Unsubscribe", ""),
    ("do not contact me again", "", ""),
    ("Stop sending me mails!", "", ""),
    ("please take us off your mailing list", "", ""),
    ("Quit spamming me.", "", ""),
    ("Could you be so kind and take me off your mailing list?", "", ""),
    ("退订", "", ""),
    ("麻烦退订，谢谢", "", ""),
    ("TD", "", "zh"),
    ("不要再给我们发邮件了", "", ""),
    ("请勿再联系我们", "", ""),
    ("取消訂閱", "", ""),
    ("Baja", "", "es"),
    ("Por favor, dennos de baja", "", ""),
    ("No me envíen más correos", "", ""),
    ("Se désabonner", "", ""),
    ("Merci de ne plus nous contacter", "", ""),
    ("Veuillez me désinscrire", "", ""),
    ("Bitte abmelden", "", ""),
    ("Bitte keine weiteren E-Mails.", "", ""),
    ("Bitte senden Sie uns keine Angebote mehr", "", ""),
    ("Descadastrar", "", ""),
    ("Não desejo mais receber e-mails", "", ""),
    ("Отпишите нас", "", ""),
    ("Не присылайте нам больше писем", "", ""),
    ("الرجاء إلغاء الاشتراك", "", ""),
    ("listeden çıkarın", "", ""),
    ("Cancellatemi", "", ""),
    ("Non scriveteci più", "", ""),
    ("配信停止をお願いします", "", ""),
    ("今後の連絡は不要です。", "", ""),
    ("수신거부", "", ""),
    ("수신 거부 부탁드립니다", "", ""),
]

# What offices write: for a whole company, by law, in long politeness.
FORMAL = [
    "We object to the processing of our data for marketing purposes.",
    "Under the GDPR I request that you delete all my data at once.",
    "We withdraw our consent to receive your e-mails.",
    "Please remove all addresses at mills.example from your lists.",
    "Do not contact anyone at our company again.",
    "Cease and desist.",
    "Take us off too, please!",
    "Hiermit widersprechen wir der Verwendung unserer Daten zu Werbezwecken.",
    "Bitte löschen Sie alle unsere gespeicherten Daten.",
    "Solicito la eliminación de todos mis datos de su base.",
    "Veuillez supprimer toutes nos coordonnées de vos fichiers.",
    "Прошу удалить мои данные из вашей базы",
    "别再发了,我们不买,请退订。",
    "お世話になっております。弊社への営業メールの配信を停止していただけますようお願い申し上げます。",
]

HARMLESS = [
    ("We object to the price of 3 USD, it is too high", ""),
    ("Please block the domain of the fake supplier", ""),
    ("Wir widersprechen der Rechnung vom Mai", ""),
    ("Please delete our old address from the invoice", ""),
    ("Remove\nthe label from the cartons", ""),
    ("Stop valve\nJuan", ""),
    ("Please quote. The stop valve is needed in June.", ""),
    ("We need 30 emergency stop buttons", ""),
    ("No, thanks, maybe in spring", ""),
    ("Please cancel order 77", ""),
    ("Can you remove me from CC and add Eve instead?", ""),
    ("The unsubscribe link of our own newsletter is broken, can your tool repair it?", ""),
    ("In the list of goods: remove item 5", ""),
    ("How do I unsubscribe a user in your program?", ""),
    ("If you want to unsubscribe, click here", ""),
    ("Please quote the valve", "Re: STOP valve"),
    ("Stop by at our booth in Hannover", ""),
    ("RET 300 pcs red hose", ""),
    ("价格有点高，请重新报价", ""),
    ("请退订单88的定金", ""),
    ("客户要求取消订单", ""),
    ("拒收货物怎么办？", ""),
    ("订单取消了吗？", ""),
    ("La baja presión es un problema", ""),
    ("Bitte melden Sie sich.", ""),
    ("Wir müssen uns am Montag abmelden beim Zoll", ""),
    ("Стоп-кран нужен, 5 шт", ""),
    ("解除契約について", ""),
    ("The word unsubscribe in your footer is misspelt", ""),
]


@pytest.mark.parametrize(("words", "subject", "language"), REQUESTS)
def test_a_plain_request_is_obeyed_at_once(words, subject, language):
    mode, spoken, evidence = unsubscribe.find(words, subject, language, policy())
    assert mode == "auto"
    assert spoken and evidence


@pytest.mark.parametrize("words", FORMAL)
def test_a_formal_request_is_heard(words):
    assert unsubscribe.find(words, "Re: offer", "", policy())[0] in ("auto", "review")


@pytest.mark.parametrize("words", [FORMAL[0], FORMAL[3], FORMAL[-2]])
def test_a_formal_request_that_says_nothing_else_is_obeyed_at_once(words):
    assert unsubscribe.find(words, "Re: offer", "", policy())[0] == "auto"


@pytest.mark.parametrize("words", ["Baja\n\nLuis Mora\nFerretería Luna", "Стоп\nИван", "Stop\n\nEva Kahn\nBuyer", "red\nCan Demir"])
def test_an_ambiguous_word_above_a_name_goes_to_a_person(words):
    assert unsubscribe.find(words, "Re: offer", "", policy())[0] == "review"


@pytest.mark.parametrize(("words", "subject"), HARMLESS)
def test_business_words_are_no_request(words, subject):
    assert unsubscribe.find(words, subject, "", policy())[0] == "none"


@pytest.mark.parametrize(
    ("word", "language", "mode"),
    [("red", "tr", "auto"), ("red", "en", "review"), ("baja", "", "review"), ("стоп", "ru", "auto"), ("解除", "ja", "auto")],
)
def test_a_business_word_counts_only_alone_and_surely_only_in_its_language(word, language, mode):
    assert unsubscribe.find(word, "Re: offer", language, policy())[0] == mode


def test_a_request_inside_a_long_mail_goes_to_a_person():
    words = "We liked the valves. " * 15 + "\nPlease remove me from your list.\n" + "The project is over. " * 15
    mode, language, evidence = unsubscribe.find(words, "Re: valves", "en", policy())
    assert (mode, language) == ("review", "en")
    assert "remove me" in evidence


def test_an_unsure_cut_is_never_obeyed_without_a_person():
    assert unsubscribe.find("unsubscribe", "", "en", policy(), quote_confidence=0.3)[0] == "review"


def test_the_subject_of_an_answer_is_no_command():
    assert unsubscribe.find("Thank you for the price.", "Re: unsubscribe", "en", policy())[0] == "none"
    assert unsubscribe.find("See https://x.example/unsubscribe?u=1 for the data sheet", "", "en", policy())[0] == "none"
