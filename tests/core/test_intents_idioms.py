"""Orders, rivals, stock, money and faults as buyers really say them: idiom, short forms and chat, with twins that say something else."""

from __future__ import annotations

import pytest
from messages import bearing_policy, lamp_policy, mail

from mailagent.core.reading import facts

THREAD = {"in_reply_to": ("<1@ours.example>",), "references": ("<1@ours.example>",)}
SAID = [
    ("Do you carry the floodlights on the shelf?", "delivery_question"),
    ("By when would 300 pieces land in Felixstowe?", "delivery_question"),
    ("老板，能发德邦物流吗？", "delivery_question"),
    ("Vous livrez en Suisse avant la fin du mois ?", "delivery_question"),
    ("Сколько дней от аванса до погрузки?", "delivery_question"),
    ("Ile czasu trwa realizacja zamówienia?", "delivery_question"),
    ("Έχετε άμεσα διαθέσιμα;", "delivery_question"),
    ("Go on with production please.", "places_order"),
    ("I want to buy 300 floodlights.", "places_order"),
    ("Nous souhaitons acheter 300 projecteurs.", "places_order"),
    ("一样的再来一批。", "places_order"),
    ("We presently buy these from another factory in Cixi.", "existing_supplier"),
    ("We have a yearly agreement with one maker.", "existing_supplier"),
    ("Derzeit beziehen wir die Leuchten über einen Großhändler.", "existing_supplier"),
    ("Jelenleg egy nagykereskedőtől vesszük.", "existing_supplier"),
    ("Our accounts made the 30 % this morning, the money is on its way.", "payment_or_lc"),
    ("Bisa tempo 30 hari?", "payment_or_lc"),
    ("You sent us the wrong type.", "complaint"),
    ("Dentro c'erano lampade da 50 W invece di quelle da 100 W.", "complaint"),
    ("На 10 штуках нет маркировки.", "complaint"),
    ("Is the lens glued or clipped in?", "tech_question"),
    ("We would like to see how you make them.", "visit_factory"),
    ("价格是人民币到付，定金明天打。", "payment_or_lc"),
]
# What looks like an intent and is none.
NOT_SAID = [
    ("I want to buy 300 floodlights, what is your price?", "places_order"),
    ("If the samples are fine, we go on with production.", "places_order"),
    ("Our last ones cracked, please quote 200 of yours.", "complaint"),
    ("请不要发错型号。", "complaint"),
    ("Please make no mistakes with the label.", "complaint"),
    ("Nous cherchons des fabricants de projecteurs.", "existing_supplier"),
    ("We have a delivery problem: our agent in Guangzhou is closed.", "visit_factory"),
    ("Sorry for the long silence.", "tech_question"),
    ("Our target markets are Kenya and Uganda.", "price_objection"),
    ("贵司产品已通过审核，无需报价。", "not_interested"),
    ("¿Las piezas se controlan por muestreo?", "asks_sample"),
    ("Tell me what you charge for freight to Lagos.", "asks_price"),
]


def said(words: str, **thread) -> set[str]:
    return set(facts.intents(facts.find(mail(words, **thread), lamp_policy())))


@pytest.mark.parametrize(("words", "intent"), SAID, ids=[words[:25] for words, _ in SAID])
def test_an_idiom_is_understood(words, intent):
    assert intent in said(words, **THREAD)


@pytest.mark.parametrize(("words", "intent"), NOT_SAID, ids=[words[:25] for words, _ in NOT_SAID])
def test_what_only_looks_like_an_intent_is_none(words, intent):
    assert intent not in said(words)


def test_pieces_are_counted_behind_their_code():
    found = facts.find(mail("Please quote 6204-2RS x 60 and 30205 x 1,200."), bearing_policy())
    assert [fact.value for fact in found if fact.name == "quantity"] == ["60", "1200"]


def test_a_size_counts_nothing():
    found = facts.find(mail("The ring of the 30205 is 25 x 52 x 15 mm."), bearing_policy())
    assert [fact.value for fact in found if fact.name == "quantity"] == []


def test_a_price_in_yuan_is_no_quantity():
    found = facts.find(mail("总金额人民币860万元，发票开13个点。"), lamp_policy())
    assert [fact.value for fact in found if fact.name == "quantity"] == []
