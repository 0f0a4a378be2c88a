"""Numbers that are no models: days, postcodes, papers, standards, passwords, round amounts; and a seal that is no trade term."""

from __future__ import annotations

import pytest
from messages import bearing_policy, mail

from mailagent.core.reading import facts


def values(words: str, name: str) -> list[str]:
    return [fact.value for fact in facts.find(mail(words), bearing_policy()) if fact.name == name]


@pytest.mark.parametrize(
    "words",
    [
        "We spoke of bearings on 2027/2/9 in our office.",
        "Price of the bearings by 2027-02-09, please.",
        "Send bearings to Kralja Petra 8, 52100 Pula, attn. Ana.",
        "Send the bearings to Brivibas 8, Jelgava LV-3001.",
        "Bearings go to Weg 4, D-70565 Stuttgart.",
        "Bearings go to Peenya, Bengaluru 560058.",
        "Bearings go to our works in Leeds, LS12 4QP, please.",
        "Bearings in crates with the ISPM-15 stamp, please.",
        "Bearings with a certificate EN 10204 and noise as in ISO 5753.",
        "Bearings after ISO/TS 16949 and ГОСТ 8338-75, please.",
        "Price of bearings for 1000, 10 000, 100 000 please",
        "Price of bearings for 2000 or 5000 please",
        "The list of bearings is locked, password is 2027LIST.",
        "The list of bearings is locked; Passwort: B2027X",
        "Bearings of proforma BB27-118 did not come.",
        "Bearings of your offer no. Q27118 did not come.",
        "轴承清单，密码：AB2027",
        "轴承合同号：HT2027-08 什么时候发货",
    ],
)
def test_it_is_no_model(words: str) -> None:
    assert not [value for value in values(words, "concrete_requirement") if any(map(str.isdigit, value))]


@pytest.mark.parametrize(
    ("words", "model"),
    [
        ("Need bearing 23152 CCK/W33 this year", "23152"),
        ("Your offer for bearing HK2020 2RS, please", "HK2020"),
        ("Price of bearings in the 51000 and 52000 series?", "51000"),
        ("Need bearing Koyo 361203 please", "361203"),
        ("order bearing NJ2310E", "NJ2310E"),
    ],
)
def test_a_model_stays_one(words: str, model: str) -> None:
    assert any(value.startswith(model) for value in values(words, "concrete_requirement"))


@pytest.mark.parametrize("words", ["Price of 6203 DDU C3 please", "6204 DDU and 6004 ZZ needed", "6204-DDU NSK, price?", "price 6204 ddu"])
def test_the_seal_of_a_bearing_is_no_trade_term(words: str) -> None:
    assert values(words, "incoterm") == []
    assert values(words, "port") == []


@pytest.mark.parametrize(
    "words", ["Bearing price DDU Hamburg please", "6204 ZZ, 5000 DDU Hamburg", "bearing 6204, DDU Hamburg", "6204 DDU Hamburg, 500 pcs"]
)
def test_the_term_stays_one(words: str) -> None:
    assert values(words, "incoterm") == ["DDU"]
    assert values(words, "port") == ["Hamburg"]
