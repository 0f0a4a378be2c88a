"""What nearly sounds like an order, a refusal or a request and is none, and what is one: one sentence each, in many languages.

Every line names what must be heard and, with a minus before it, what must not; then the tier that the mail alone earns (0: any).
``STOP`` is a follow-up that ends for good. A subject that begins with Re: makes the mail an answer.
"""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from mailagent import policy
from mailagent.core.deciding.prediction import predict

RULES = policy.load(Path(__file__).parents[1] / "evaluation")
GOODS = "Re: 6204-2RS"
SAID = [
    ("Добрый день, пришлите прайс на подшипники.", "asks_price -places_order", 4, "Запрос"),
    ("Прошу прислать каталог корпусных узлов.", "asks_catalog", 0, "Каталог"),
    ("Хотелось бы образцы получить до июня, 6204-2RS.", "asks_sample", 3, "образцы"),
    ("Партия пришла вчера, всё в порядке, спасибо.", "", 1, GOODS),
    ("Państwa konkurent sprzedaje 6204 po 0,41 USD.", "existing_supplier", 3, GOODS),
    ("Merci d'accuser réception de ce message et de nous envoyer votre tarif 6204.", "asks_price -visit_factory", 3, "demande"),
    ("Merci pour la réception chaleureuse dans votre usine la semaine dernière.", "visit_factory", 1, GOODS),
    ("We are considering placing an order for 6204-2RS in June, please send your best price.", "asks_price -places_order", 3, "enquiry"),
    ("We are thinking to place order of 2000 pcs 6305 if quality is good.", "-places_order", 3, "enquiry"),
    ("Attached is our order list, kindly quote CIF Mombasa.", "asks_price -places_order", 0, "RFQ 6204"),
    ("Large orders will follow if the 6204 price is right.", "-places_order", 3, "6204"),
    ("Please resend the PI signed and stamped, bank needs it.", "-places_order", 0, GOODS),
    ("如果交期能到月底，我们就采购5000个6205。", "-places_order", 3, GOODS),
    ("Wenn Sie 0,45 machen, nehmen wir 8000 Stück 6204.", "price_objection -places_order", 3, GOODS),
    ("Si nous accordez 5 % de remise, je passe commande demain.", "price_objection -places_order", 3, GOODS),
    ("Se il prezzo scende a 0,40 facciamo subito l'ordine.", "price_objection -places_order", 3, GOODS),
    ("0,40 dolara inerseniz hemen sipariş veririz.", "price_objection -places_order", 3, GOODS),
    ("お値段が合えば来週発注いたします。", "-places_order", 3, GOODS),
    ("가격이 맞으면 바로 발주하겠습니다.", "-places_order", 3, GOODS),
    ("إذا كان السعر مناسب سنطلب 5000 قطعة.", "-places_order", 3, GOODS),
    ("Hereby we place the order for 3000 pcs 6204-2RS, PO attached.", "places_order", 1, GOODS),
    ("我们确认下单 6204-2RS 5000个，请发PI。", "places_order", 1, GOODS),
    ("Hiermit bestellen wir 4000 Stück 6204-2RS.", "places_order", 1, GOODS),
    ("Please start production of the 6204, we signed the PI.", "places_order", 1, GOODS),
    ("PO 4410 is attached, please confirm.", "places_order", 1, GOODS),
    ("We have opted for a different vendor this time. Thanks anyway.", "STOP", 0, GOODS),
    ("谢谢，我们已经选了别的厂家。", "not_interested STOP", 0, GOODS),
    ("Geen belangstelling, dank u.", "not_interested STOP", 0, GOODS),
    ("Nie jestem zainteresowana, dziękuję.", "not_interested STOP", 0, GOODS),
    ("Wir haben uns für ein anderes Angebot entschieden.", "STOP", 0, GOODS),
    ("Kein Interesse, auch in Zukunft nicht.", "not_interested STOP", 0, GOODS),
    ("Ne şimdi ne ileride ihtiyacımız olacak.", "STOP", 0, GOODS),
    ("今回は見送ることになりました。", "not_interested STOP", 0, GOODS),
    ("予算の都合で今期は見送り、来期に再度検討します。", "not_now_contact_later -STOP", 0, GOODS),
    ("Agora não, volte a escrever em outubro.", "not_now_contact_later -STOP", 0, GOODS),
    ("不用了，年底再找我们吧。", "not_now_contact_later -STOP", 0, GOODS),
    ("Not interested right now, try again after summer.", "not_now_contact_later -STOP", 0, GOODS),
    ("Momenteel niet, misschien volgend jaar.", "not_now_contact_later -STOP", 0, GOODS),
    ("W tej chwili nie, proszę o kontakt w przyszłym roku.", "not_now_contact_later -STOP", 0, GOODS),
    ("Maybe in the future we will need them, keep us posted.", "-STOP", 0, GOODS),
    ("Chúng tôi không có nhu cầu.", "not_interested STOP", 0, GOODS),
    ("Kami tidak tertarik, terima kasih.", "not_interested STOP", 0, GOODS),
    ("Bijgaand onze order 6204-2RS 2000 st.", "places_order", 1, GOODS),
    ("Zamawiam 500 szt. 6204-2RS, proszę o proformę.", "places_order", 1, GOODS),
    ("Chúng tôi đặt mua 3000 vòng bi 6204-2RS.", "places_order", 1, GOODS),
    ("Kami pesan 2000 pcs 6204-2RS, mohon PI.", "places_order", 1, GOODS),
    ("Siparişimiz ektedir, proforma bekliyoruz.", "places_order", 1, GOODS),
    ("Em cần báo giá 6204-2RS 1000 cái.", "asks_price", 3, "hỏi"),
    ("Mohon penawaran harga 6204 ZZ.", "asks_price", 3, "Harga"),
    ("Wat zijn jullie prijzen voor 6204-2RS?", "asks_price", 3, "vraag"),
    ("Prosimy o wycenę 6204-2RS 3000 szt.", "asks_price", 3, "zapytanie"),
    ("لطفا قیمت 6204 را اعلام کنید.", "asks_price", 3, "استعلام"),
    ("Vänligen skicka offert på 6204-2RS.", "asks_price", 3, "förfrågan"),
    ("Prosím o cenovou nabídku 6204.", "asks_price", 3, "poptávka"),
    ("Яка ціна 6204-2RS?", "asks_price", 3, "запит"),
    ("Vă rugăm ofertă pentru 6204-2RS.", "asks_price", 3, "cerere"),
    ("Kérjük árajánlatukat 6204-2RS csapágyra.", "asks_price", 3, "ajánlat"),
    ("Rate for 6204 zz pls?", "asks_price", 3, "6204"),
    ("Pls advise rate 6305 1000 nos.", "asks_price", 3, "6305"),
    ("سفارش ما پیوست است: 6204 دو هزار عدد", "places_order", 1, GOODS),
    ("The vessel sailed? ETA was last week, no bill of lading here.", "delivery_question", 1, "Re: shipment"),
    ("Wo bleibt unsere Ware? ETD war der 3. Mai.", "delivery_question", 1, "Re: Versand"),
    ("Your samples have run 400 hours on our test bench without trouble.", "-asks_sample", 1, "Re: test"),
    ("Ihre Muster liefen 300 Stunden im Dauerlauf, alles in Ordnung.", "-asks_sample", 1, "Re: Test"),
    ("Last spring you supplied us 6305 units, now we need 6306.", "", 1, "6306"),
    ("Somos clientes suyos desde 2019, necesito precio 6204.", "asks_price", 1, "6204"),
    ("我们是贵司的老客户，请报6204价格。", "asks_price", 1, "询价"),
    ("I paid the deposit by PayPal this morning.", "payment_or_LC", 1, "Re: deposit"),
    ("The hub units you sold us are noisy after 100 km, we want a refund.", "complaint", 1, "Complaint"),
    ("御社から購入した軸受6204に異音があります。", "complaint", 1, "クレーム"),
    ("Können wir per PayPal zahlen?", "payment_or_LC", 3, GOODS),
    ("We need samples to run on our rig.", "asks_sample", 3, GOODS),
    ("Would like to become your customer, send price 6204.", "asks_price", 3, "6204"),
    ("Our present bearings are noisy, can you offer 6204 quieter?", "-visit_factory", 3, "6204"),
    ("The operating temperature is too high for your grease, which one do you propose?", "tech_question -price_objection", 3, GOODS),
    ("Die Temperatur ist zu hoch, welches Fett verwenden Sie?", "tech_question -price_objection", 3, GOODS),
    ("噪音太高，能用什么油脂？", "tech_question -price_objection", 3, GOODS),
    ("Quel est votre meilleur prix pour 6204 ?", "asks_price -price_objection", 3, "6204"),
    ("¿Cuál es su mejor precio para 6204?", "asks_price -price_objection", 3, "6204"),
    ("We are a distributor in Kenya, quote 6204.", "asks_price -agency_or_oem", 3, "6204"),
    ("We would like to be your distributor in Kenya.", "agency_or_oem", 0, "cooperation"),
    ("Please ship to Acme Ltd, 4 Mill Lane, Leeds.", "-delivery_question", 0, GOODS),
    ("Can you ship to Leeds before June?", "delivery_question", 0, GOODS),
    ("Saw your samples at the fair, nice. What is the price of 6204?", "asks_price -asks_sample", 3, "6204"),
    ("Thank you for the samples of 6204, what is the price for 5000?", "asks_price -asks_sample", 3, GOODS),
    ("Your quote is 9% higher than last year.", "price_objection", 3, GOODS),
    ("Ihr Preis liegt 7 % über dem Markt.", "price_objection", 3, GOODS),
    ("Votre offre est 10 % plus chère que les autres.", "price_objection", 3, GOODS),
    ("比我们现在的供应商贵8%。", "price_objection existing_supplier", 3, GOODS),
    ("Today we buy the UCP205 from a factory in Cixi.", "existing_supplier", 3, "UCP205"),
    ("Unser jetziger Lieferant macht 0,42.", "existing_supplier", 3, GOODS),
    ("Please courier two sample pieces, freight collect.", "asks_sample", 3, GOODS),
    ("Can the price be improved a bit? We need something better on the rate.", "price_objection", 3, GOODS),
    ("This is a market study for our client, which volumes do you export to Peru?", "market_research", 0, "study"),
    ("IP66 is required for the plant lights.", "-tech_question", 0, GOODS),
    ("Кто-нибудь пришлите нам каталог и прайс на 6204.", "asks_catalog -complaint", 3, "Каталог 6204"),
    ("Хотим подшипники 6204 получить до мая, сколько стоит?", "asks_price", 3, "6204"),
    ("Kindly release the telex so we can pick the goods.", "-places_order", 0, "Re: PI 3344"),
    ("Falls Sie 5 % Rabatt geben, bestellen wir heute noch.", "price_objection -places_order", 3, GOODS),
    ("Если сделаете скидку 5 %, оформим заказ на 6204.", "price_objection -places_order", 3, GOODS),
    ("若能降到0.3美金，本周就下单6204。", "price_objection -places_order", 3, GOODS),
    ("여기 발주서 첨부합니다. 6204-2RS 3000개.", "places_order", 1, GOODS),
    ("We went for a supplier nearer to home. Good luck.", "STOP", 0, GOODS),
    ("Мы выбрали другого поставщика.", "STOP", 0, GOODS),
    ("다른 업체로 결정했습니다.", "STOP", 0, GOODS),
    ("Başka bir firma ile anlaştık, teşekkürler.", "STOP", 0, GOODS),
    ("今年不需要，明年春天再联系。", "not_now_contact_later -STOP", 0, GOODS),
    ("W załączniku przesyłam zamówienie na 6204-2RS.", "places_order", 1, GOODS),
    ("Xin gửi đơn đặt hàng kèm theo, 6204-2RS 2000 cái.", "places_order", 1, GOODS),
    ("Terlampir PO kami untuk 6204-2RS.", "places_order", 1, GOODS),
    ("Has our container left Ningbo? We still have no B/L.", "", 1, "Re: shipment"),
    ("Nuestro contenedor, ¿cuándo zarpa? ETD era el 4.", "", 1, "Re: embarque"),
    ("我们的柜子什么时候开船？提单还没收到。", "", 1, "Re: 船期"),
    ("样品在台架上跑了500小时，没问题。", "-asks_sample", 1, "Re: 样品"),
    ("Die Lager, die wir bei Ihnen gekauft haben, sind laut und rostig.", "complaint", 1, "Reklamation"),
    ("The noise level is too high, which cage do you use?", "tech_question -price_objection", 3, GOODS),
    ("Le couple est trop élevé à froid, quelle graisse ?", "tech_question -price_objection", 3, GOODS),
    ("We now import UCP205 from a maker in Taiwan.", "existing_supplier", 3, "UCP205"),
    ("以后再联系我吧，现在库存多。", "not_now_contact_later -STOP", 0, GOODS),
    # Who has visited, tests our samples or orders again, and who only speaks of it.
    ("Home since Friday. Thank you again for the day at your works and the lunch.", "visit_factory", 1, GOODS),
    ("We could spend two days at your plant in May.", "", 3, GOODS),
    ("Same list as in March please, only 300 of the 6204. Mark the cartons as always.", "", 1, GOODS),
    ("Please quote 6204-2RS again, quantity as before.", "asks_price", 3, GOODS),
    ("Bitte 6204-2RS mit Stahlkäfig anbieten, Karton wie zuletzt besprochen.", "asks_price", 3, GOODS),
    ("Vos échantillons 6204 sont sur le banc depuis jeudi.", "", 1, GOODS),
    ("Die Muster stehen seit Montag auf dem Prüfstand.", "", 1, GOODS),
    ("样品已经上台架了,结果出来再告诉您。", "", 1, GOODS),
]


def _mail(text: str, subject: str) -> bytes:
    mail = EmailMessage()
    mail["From"] = "Kim Vos <kim@vosfans.example>"
    mail["To"] = "sales@brightbearing.example"
    mail["Subject"] = subject
    mail["Message-ID"] = "<a1@vosfans.example>"
    mail["Date"] = "Wed, 06 May 2026 09:00:00 +0000"
    if subject.startswith("Re:"):
        mail["In-Reply-To"] = mail["References"] = "<1@brightbearing.example>"
    mail.set_content(text)
    return mail.as_bytes()


@pytest.mark.parametrize(("text", "heard", "tier", "subject"), SAID, ids=[text[:40] for text, *_ in SAID])
def test_an_order_a_refusal_and_a_request_are_told_from_what_sounds_like_one(text, heard, tier, subject):
    fields = predict(_mail(text, subject), RULES).fields(RULES)
    said = {*fields["intents"], *(["STOP"] if fields["stop"] else [])}
    wanted = {each for each in heard.split() if each[0] != "-"}
    denied = {each[1:] for each in heard.split() if each[0] == "-"}
    assert wanted <= said
    assert not denied & said
    assert tier in (0, fields["tier"])
