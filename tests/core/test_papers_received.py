"""Who confirms that our paper came has not ordered by it, and who takes a couple of something whose price he asks has not either."""

from __future__ import annotations

import pytest
from messages import bearing_policy, mail

from mailagent.core.reading import facts

RECEIVED = [
    "We confirm receipt of your proforma for 6204.",
    "Confirmo la recepción de la factura proforma de 6204.",
    "Confirmamos haber recibido su oferta, la vemos el lunes.",
    "Je confirme la réception de la facture proforma du 6204.",
    "Nous confirmons avoir bien reçu votre devis.",
    "Ich bestätige den Erhalt der Proforma-Rechnung über 6204.",
    "Eingang der Auftragsbestätigung bestätigt.",
    "Confermo la ricezione della fattura proforma per 6204.",
    "Confermiamo di aver ricevuto il preventivo.",
    "Confirmo a receção da fatura proforma do 6204.",
    "Confirmamos que recebemos a proposta, depois dizemos.",
    "Proforma faturanın alındığını onaylıyorum.",
    "确认收到贵司的形式发票，下周回复。",
    "Mi serve il 6204. Ne prendo un paio. Quanto costa?",
]
ORDERED = [
    "Please confirm receipt of our purchase order 4411 for 500 pcs 6204.",
    "Bitte bestätigen Sie den Eingang unserer Bestellung über 500 Stück 6204.",
    "Confirmo la recepción de la factura proforma y confirmo el pedido.",
    "Nous confirmons la proforma, lancez la production.",
    "Confirmo o recebimento da proforma e aprovo o pedido, podem produzir.",
    "Va bene il prezzo, ne prendiamo 40 pezzi, confermo l'ordine.",
    "确认形式发票，请安排生产。",
]


def names(words: str) -> set[str]:
    return {fact.name for fact in facts.find(mail(words), bearing_policy())}


@pytest.mark.parametrize("words", RECEIVED)
def test_a_receipt_is_no_order(words: str) -> None:
    assert "places_order" not in names(words)


@pytest.mark.parametrize("words", ORDERED)
def test_an_order_beside_it_stays_one(words: str) -> None:
    assert "places_order" in names(words)
