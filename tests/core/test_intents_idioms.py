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
    ("At 14.60 I take 300 floodlights.", "price_objection"),
    ("Für 14,60 würden wir 300 nehmen.", "price_objection"),
    ("À 14,60 nous en prenons 300.", "price_objection"),
    ("По 14,60 забираем 300.", "price_objection"),
    ("14.6元的话我拿300个。", "price_objection"),
    ("14불이면 300개 구매하겠습니다.", "price_objection"),
    ("O preço dos projetores tá salgado.", "price_objection"),
    ("The shades have white spots on them and the cases are soaked.", "complaint"),
    ("Auf den Gehäusen sind braune Flecken.", "complaint"),
    ("Les cartons sont détrempés.", "complaint"),
    ("Koliler sırılsıklam geldi.", "complaint"),
    ("Es la quinta vez este mes que me escribe.", "complaint"),
    ("Uw pakketten zijn doorweekt.", "complaint"),
    ("Tesisinizi gezdiğimiz için çok memnunuz.", "visit_factory"),
    ("Merci de nous avoir montré votre usine.", "visit_factory"),
    ("Спасибо, нам понравилось на вашем заводе.", "visit_factory"),
    ("Like our last order please, but 400 of the floodlights.", "places_order"),
    ("Önceki sipariş gibi olsun, sadece projektör 400 adet.", "places_order"),
    ("跟上次的柜一样做。", "places_order"),
    ("Tak jak ostatni kontener, tylko 400 lamp.", "places_order"),
    ("Деньги за образцы ушли вчера.", "confirms_sample_order"),
    ("Die Musterkosten sind überwiesen.", "confirms_sample_order"),
    ("サンプル費は昨日お支払いしました。", "confirms_sample_order"),
    ("We already hold an Italian offer.", "existing_supplier"),
    ("Das ist mehr, als ich meinem Großhändler zahle.", "existing_supplier"),
    ("Temos um fabricante espanhol.", "existing_supplier"),
    ("Nous avons reçu une offre polonaise.", "existing_supplier"),
    ("У нас есть итальянское предложение.", "existing_supplier"),
    ("手上有意大利的报价。", "existing_supplier"),
    ("We wire the 30 % on Friday.", "payment_or_lc"),
    ("El viernes pagamos el 30 %.", "payment_or_lc"),
    ("Bisa kirim ke Bandung?", "delivery_question"),
    ("Hebben jullie ze op voorraad?", "delivery_question"),
    ("พร้อมส่งไหมครับ", "delivery_question"),
    ("Keressen meg tavasszal.", "not_now_later"),
    ("Proszę odezwać się w marcu.", "not_now_later"),
    ("Mit Leuchten haben wir nichts zu tun.", "not_interested"),
    ("我们和这个没有关系。", "not_interested"),
    ("Ik ben student en schrijf mijn scriptie.", "market_research"),
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
    ("At 14.60 I take 300 floodlights.", "places_order"),
    ("Giá 14 thì lấy 300 cái.", "places_order"),
    ("14불이면 300개 구매하겠습니다.", "places_order"),
    ("Please keep the packing the same as the last order, but stronger.", "places_order"),
    ("Pode mandar as fotos?", "places_order"),
    ("能否先寄三个样品测试？", "confirms_sample_order"),
    ("The paid samples have arrived.", "confirms_sample_order"),
    ("Können wir sie in Kisten statt Kartons bekommen?", "complaint"),
    ("Please pack them in trays rather than loose.", "complaint"),
    ("能不能用木箱？", "complaint"),
    ("El precio lo estamos revisando con el jefe.", "asks_price"),
    ("I never asked you for a price.", "asks_price"),
    ("报价已收到，谢谢。", "asks_price"),
    ("نريد تقرير فحص المصابيح", "asks_sample"),
    ("Projektörü 500 adet yapın.", "price_objection"),
    ("Vendete anche a privati?", "delivery_question"),
    ("The L/C says latest shipment 31 Oct.", "delivery_question"),
    ("在展会上看到贵公司。", "visit_factory"),
    ("No need for a catalogue now.", "not_now_later"),
    ("Revenez vers moi en mars, d'ici là inutile de relancer.", "not_interested"),
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
