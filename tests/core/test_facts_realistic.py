"""What realistic mail taught: numbers that count nothing, lines that are no address, sentences that are no company."""

from __future__ import annotations

import pytest
from messages import bearing_policy, lamp_policy, mail

from mailagent.core.model.address import registrable_domain
from mailagent.core.model.known import Known
from mailagent.core.reading import facts, kind
from mailagent.core.scoring.score import score


def values(words, name, policy=None, **more):
    return [fact.value for fact in facts.find(mail(words, **more), policy or lamp_policy()) if fact.name == name]


def names(words, **more):
    return {fact.name for fact in facts.find(mail(words, **more), lamp_policy())}


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "quantities"),
    [
        ("Need 40 pcs high bay, 4000 K, CRI 80", ["40 pcs"]),
        ("panels in 3000K and 6500K please", []),
        ("Bitte 25 Stück in 5.000 K", ["25 Stück"]),
        ("we can take 10k pcs", ["10000 kpcs", "10000 pcs"]),
        ("qty 10k", ["10000"]),
        ("How many go into a 1x40' container?", []),
        ("do you load 20' containers", []),
        ("price of T5-14 tubes", []),
        ("price of 60x60 sets", []),
    ],
)
def test_colour_temperatures_and_lengths_are_no_quantities(words, quantities):
    found = values(words, "quantity")
    assert bool(found) == bool(quantities) and set(found) <= set(quantities)


SIGNATURE = (
    "Please quote bearings.\n\nIvo Marin\nMarin Strojevi d.o.o.\nObrtnička ulica 17, 31000 Osijek\nTel. +385 31 555 4100\nMob 098 555 4200"
)


def test_telephone_numbers_and_postcodes_are_no_models():
    assert values(SIGNATURE, "concrete_requirement", bearing_policy()) == []
    assert values(SIGNATURE.replace("bearings", "UCQ 4711"), "concrete_requirement", bearing_policy()) == ["UCQ 4711"]
    assert values(SIGNATURE, "quantity") == []
    assert values("LED strip in 6500K wanted, price?", "concrete_requirement") == []


def test_a_model_beside_a_telephone_number_is_still_seen():
    words = "We are waiting for your price of UCQ 4711 bearings, please ring +385 31 555 4100 today"
    assert values(words, "concrete_requirement", bearing_policy()) == ["UCQ 4711"]


# ── who writes ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "line",
    [
        "the town has ordered 30 street lights and we have to install them",
        "We buy lamps for the market in our district, 2 floors, and the mall",
        "our office will pay the road transport of 300 pieces to the building",
        "Your colleague gave me your address and told me to ask for 90 pieces, 4000 K, in",
        "* Outdoor and street lighting move to hall 7",
    ],
)
def test_a_sentence_is_no_address(line):
    assert values(f"Hello,\n{line}\nAnn", "gives_address") == []


@pytest.mark.parametrize(
    "line",
    ["Plot 7, Kombo Road, Serekunda", "12 main street, lagos", "Hauptstraße 5, 4020 Linz", "Av. Bolívar 220, Quito",
     "ul. Lipowa 3, 90-001 Łódź", "上海市静安区南京西路88号", "Unit 2, Mill Park, Leeds LS1 4AP"],
)  # fmt: skip
def test_an_address_is_one_however_it_is_written(line):
    assert values(f"Please send prices.\n\nAnn Field\n{line}", "gives_address") == [line]


@pytest.mark.parametrize(
    ("ending", "company"),
    [
        ("Lámparas del Norte, S.A. de C.V.", "Lámparas del Norte, S.A. de C.V."),
        ("Greetings from Kofi Brothers Ltd", "Kofi Brothers Ltd"),
        ("Baltic Trade & Co. Ltd., Riga", "Baltic Trade & Co. Ltd."),
        ("Please keep this as strictly private.", None),
        ("We are a small trading company", None),
        ("S.A. de C.V.", None),
        ("Orient Supplies Pvt. Ltd.", "Orient Supplies Pvt. Ltd."),
    ],
)
def test_a_company_has_a_name_before_its_legal_form(ending, company):
    found = values(f"Please send prices.\n\nAnn Field\n{ending}", "gives_company", sender="Ann Field <ann@mail.example>")
    assert found == ([company] if company else [])


def test_a_town_that_begins_the_domain_is_no_company():
    assert values("Please quote.\n\nRegards\nKumasi", "gives_company", sender="Ann <ann@kumasitool.example>") == []
    assert values("Please quote.\n\nRegards\nKumasi Tools", "gives_company", sender="Ann <ann@kumasitools.example>") == ["Kumasi Tools"]


@pytest.mark.parametrize("closing", ["Gracias", "Muchas gracias", "Saludos", "Merci", "Danke", "Thanks", "Obrigado"])
def test_a_closing_is_nobodys_name(closing):
    assert values(f"Send prices\n\n{closing}", "gives_person", sender="<compras@sol.example>") == []


def test_the_name_below_the_closing_is_found():
    assert values("Send prices\n\nGracias,\nInés Vidal", "gives_person", sender="<compras@sol.example>") == ["Inés Vidal"]


def test_companies_of_one_country_under_an_unknown_ending_stay_apart():
    assert registrable_domain("mail.acme.com.pk.internal") == "acme.com.pk.internal"
    assert registrable_domain("other.com.pk.internal") != registrable_domain("acme.com.pk.internal")
    assert registrable_domain("eu.acme.internal") == "acme.internal"
    assert registrable_domain("shop.acme.co.uk") == "acme.co.uk"


@pytest.mark.parametrize(
    ("domain", "company"),
    [
        ("www.city.kobe.jp", "city.kobe.jp"),
        ("a.b.acme.ck", "b.acme.ck"),
        ("mail.xn--fiqs8s.xn--55qx5d.cn", "xn--fiqs8s.xn--55qx5d.cn"),
        ("acme.github.io", "github.io"),
        ("www.acme.com:8080/prices", "acme.com"),
        ("10.0.0.1", "0.1"),
        ("co.uk", "co.uk"),
    ],
)
def test_the_domain_that_a_company_registers(domain, company):
    assert registrable_domain(domain) == company


# ── words that another language has as well ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        ("We need 70 high bays for the port of Rotterdam", "complaint"),
        ("Chiedo un preventivo per 20 pannelli", "complaint"),
        ("Dear Lumena team, please quote 20 panels", "tech_question"),
        ("They write that the account has changed because of a tax audit", "visit_factory"),
        ("The quality and specification is no problem for us", "tech_question"),
    ],
)
def test_a_name_or_a_foreign_word_says_nothing(words, absent):
    assert absent not in names(words)


@pytest.mark.parametrize(
    ("words", "present"),
    [
        ("Due lampade sono arrivate rotte", "complaint"),
        ("Le pilote est en panne depuis lundi", "complaint"),
        ("How many lumens per watt?", "tech_question"),
        ("Wir planen im Mai ein Werksaudit", "visit_factory"),
    ],
)
def test_and_the_words_themselves_still_do(words, present):
    assert present in names(words)


# ── an order too good to be true ────────────────────────────────────────────────────────────────────────────────

CONTRACT = """Dear CEO,

your company was chosen for a government contract of USD 12,600,000.00: 320,000 pieces of solar street lights for rural schools.
We pay 100% T/T in advance as soon as the contract is signed by both sides. The specification is no problem.
{more}

Barrister Paul Obi"""


@pytest.mark.parametrize(
    "more",
    [
        "Your commission of 5 % for yourself is included in the price.",
        "The contract registration and attorney fees of US$3,900 are borne by the supplier and must be paid before.",
        "Come to our office for the signing of the contract with your passport.",
        "",
    ],
)
def test_a_contract_of_millions_from_nowhere_is_likely_fraud_and_no_order(more):
    message = mail(CONTRACT.format(more=more), "Contract award", "Paul Obi <office@development-fund.example>")
    found = facts.find(message, lamp_policy())
    result = score(found, message, Known(), lamp_policy())
    assert "places_order" not in {fact.name for fact in found}
    assert (result.fraud, result.tier) == ("likely", None)


@pytest.mark.parametrize(
    "words",
    [
        "Please send the proforma for 600 panels. We place the order as soon as we have it and pay the deposit by T/T.",
        "The signed contract is attached, please proceed with production of 600 panels.",
    ],
)
def test_a_real_order_is_still_one(words):
    message = mail(words)
    result = score(facts.find(message, lamp_policy()), message, Known(), lamp_policy())
    assert (result.fraud, result.tier) == ("none", 1)


def test_a_yearly_turnover_is_no_huge_sum():
    assert "huge_sum" not in names("Our annual turnover is USD 40 million, we need 200 panels")
    assert "huge_sum" in names("The project is worth 3.5 million euros")


def test_a_municipal_tender_is_not_taken_for_fraud():
    words = "We bid for the street lighting of our town, 1,800 pieces SL-120. Please send price FOB, IES file and ENEC certificate."
    message = mail(words)
    assert score(facts.find(message, lamp_policy()), message, Known(), lamp_policy()).fraud == "none"


# ── waiting for an answer is not answering ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "closing",
    ["Quedo atento a su respuesta.", "I look forward to your reply.", "We wait for your answer.", "Ich freue mich auf Ihre Antwort.",
     "Dans l'attente de votre réponse", "In attesa di una vostra risposta", "Aguardo sua resposta", "Ждем ваш ответ",
     "ご返信お待ちしております。", "Cevabınız için şimdiden teşekkürler", "빠른 답변 감사하겠습니다"],
)  # fmt: skip
def test_a_closing_that_waits_for_an_answer_leaves_an_inquiry_one(closing):
    assert kind.classify(mail(f"40 panels LED PL-6060\n\n{closing}"), Known(), lamp_policy()).kind == "inquiry"


def test_thanks_for_an_answer_is_one():
    assert kind.classify(mail("We received your reply of Monday, 40 panels it is."), Known(), lamp_policy()).kind == "reply"


LEFT = {
    "en": "Tom no longer works here. Please write to Eve.",
    "en at": "Please note that Tom Hall is no longer at Hall & Sons.",
    "en us": "Tom does not work with us anymore.",
    "de": "Herr Kurz arbeitet nicht mehr für die Kurz GmbH.",
    "es": "Luis ya no trabaja con nosotros.",
    "fr": "Luc ne travaille plus chez nous.",
    "it": "Luca non lavora più presso la nostra azienda.",
    "pt": "O Luís não trabalha mais na empresa.",
    "ru": "Иван больше у нас не работает.",
    "tr": "Can Bey artık bizimle çalışmıyor.",
    "zh": "王先生已离职。",
    "ja": "田中は退職いたしました。",
    "ko": "김 과장은 더 이상 근무하지 않습니다.",
    "ar": "السيد علي لم يعد يعمل لدينا.",
}


@pytest.mark.parametrize("words", LEFT.values(), ids=LEFT)
def test_who_no_longer_works_there_has_left(words):
    message = mail(words, headers={"auto-submitted": ("auto-replied",)})
    assert kind.classify(message, Known(), lamp_policy()).automatic == "left"


def test_who_has_left_for_a_holiday_comes_back():
    message = mail("I have left for my holiday and am back on 20 March 2026.", headers={"auto-submitted": ("auto-replied",)})
    assert kind.classify(message, Known(), lamp_policy()).automatic == "ooo"
