"""Until when a quotation of ours holds, read off our own letters in the languages of our buyers."""

from __future__ import annotations

from datetime import date

import pytest
from messages import bearing_policy, mail

from mailagent.core.reading import validity
from mailagent.core.reading.facts import promised

DAY = date(2026, 11, 2)


def ends(words: str) -> str:
    return validity.stated(words, DAY, bearing_policy())


@pytest.mark.parametrize(
    "words",
    [
        "Our offer: 6204-2RS USD 0.62 per piece FOB Ningbo. The prices are valid until 30 November 2026.",
        "6204-2RS: USD 0.62. Valid till Nov 30.",
        "Validity of this quotation: 30.11.2026",
        "These prices are valid through the end of November.",
        "We can hold these prices until 30 November.",
        "Unser Angebot ist gültig bis 30. November 2026.",
        "Gültigkeit des Angebots: bis zum 30.11.2026",
        "Notre offre est valable jusqu'au 30 novembre 2026.",
        "La oferta es válida hasta el 30 de noviembre de 2026.",
        "A proposta é válida até 30 de novembro de 2026.",
        "L'offerta è valida fino al 30 novembre 2026.",
        "Предложение действительно до 30 ноября 2026 г.",
        "Teklifimiz 30 Kasım 2026 tarihine kadar geçerlidir.",
        "هذا العرض صالح حتى 30 نوفمبر 2026",
        "以上报价有效期至2026年11月30日。",
        "本见积の有効期限は2026年11月30日です。",
        "본 견적은 2026년 11월 30일까지 유효합니다.",
        "De prijzen zijn geldig tot 30 november 2026.",
        "Oferta jest ważna do 30.11.2026.",
    ],
)
def test_the_day_until_which_it_holds(words):
    assert ends(f"Dear Peter,\n\n{words}\n\nBest regards\nLi Wei") == "2026-11-30"


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("The quotation is valid for 30 days.", "2026-12-02"),
        ("Validity: 30 days", "2026-12-02"),
        ("Prices valid for 30 (thirty) calendar days from today.", "2026-12-02"),
        ("Our prices are valid for two weeks.", "2026-11-16"),
        ("The offer is valid for one month.", "2026-12-02"),
        ("Das Angebot ist 14 Tage gültig.", "2026-11-16"),
        ("Cette offre est valable 30 jours.", "2026-12-02"),
        ("Oferta válida por 15 días.", "2026-11-17"),
        ("Validade da proposta: 10 dias.", "2026-11-12"),
        ("Validità dell'offerta: 30 giorni.", "2026-12-02"),
        ("Цены действительны в течение 14 дней.", "2026-11-16"),
        ("Teklifimiz 15 gün geçerlidir.", "2026-11-17"),
        ("العرض صالح لمدة 30 يوم", "2026-12-02"),
        ("报价有效期30天。", "2026-12-02"),
        ("本报价有效期为两周。", "2026-11-16"),
        ("見積有効期間：30日間", "2026-12-02"),
        ("견적 유효기간: 30일", "2026-12-02"),
    ],
)
def test_a_span_counts_from_the_day_of_the_letter(words, end):
    assert ends(words) == end


@pytest.mark.parametrize(
    "words",
    [
        "Our ISO 9001 certificate is valid until 30 November 2026.",
        "The L/C must be valid until 30 November.",
        "The warranty is valid for 12 months.",
        "That quotation was valid until 15 October.",
        "The price is no longer valid.",
        "Delivery by 30 November. This is a valid question.",
        "We ship within 30 days after the deposit.",
        "Please answer until 30 November.",
        "Valid until further notice.",
        "我们的证书有效期至2026年11月30日。",
        "validity " * 300,
    ],
)
def test_what_is_no_validity_of_a_quotation(words):
    assert ends(words) == ""


def test_of_several_the_first_counts():
    assert ends("Prices for 6204 are valid until 20 November.\nFor 6205 they are valid until 30 November.") == "2026-11-20"


def test_it_stands_at_the_foot_of_a_long_quotation():
    lines = "\n".join(f"{number}. bearing 62{number:02} 2RS, 1,000 pcs, USD 0.{number:02}" for number in range(1, 90))
    assert ends(f"{lines}\n\nTerms: FOB Ningbo, 30% deposit. Validity: 15 days.") == "2026-11-17"


def test_a_letter_of_ours_bears_it_as_a_fact():
    message = mail("Dear Peter,\n\n6204-2RS: USD 0.62 FOB Ningbo, valid for 30 days. We will send the drawing tomorrow.\n\nLi Wei")
    found = {fact.name: fact for fact in promised(message, bearing_policy())}
    assert set(found) == {"promised", "quotation_ends"} and "valid" in found["quotation_ends"].evidence
