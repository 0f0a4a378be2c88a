"""Strangers who only sell, and notices of parcels that are held; judged by the whole chain from bytes to kind."""

from __future__ import annotations

import pytest
from messages import bearing_policy

from mailagent.core.deciding import prediction


def predicted(words: str, subject: str = "Hello", sender: str = "Ann <ann@fieldworks.example>", headers: str = "", html: bool = False):
    head = f"From: {sender}\r\nTo: sales@lumena.example\r\nSubject: {subject}\r\nMessage-ID: <1@c.example>\r\n{headers}"
    head += f"Content-Type: text/{'html' if html else 'plain'}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    policy = bearing_policy()
    return prediction.predict(f"{head}\r\n{words}".encode(), policy).fields(policy)


PARCELS = [
    (
        "likely",
        "DHL Express <t@dhl-notify.example>",
        "Your parcel is on hold",
        (
            "Dear customer, your parcel could not be delivered due to unpaid customs of 2.99 EUR. <a href='http:/"
            "/dhl-notify.example/pay'>Confirm your address and card</a>"
        ),
    ),
    (
        "likely",
        "DHL <x@zoll-dhl.example>",
        "Sendung wartet",
        (
            "Ihr Paket wird zurückgehalten: offene Zollgebühr 1,99 EUR. <a href='http://zoll-dhl.example'>Jetzt b"
            "ezahlen</a>"
        ),
    ),
    (
        "likely",
        "Chronopost <x@chrono.example>",
        "Colis en attente",
        "Votre colis est bloqué en douane, frais impayés 2,99 €. <a href='http://chrono.example'>Réglez ici</a>",
    ),
    (
        "likely",
        "Correos <x@correos-es.example>",
        "Paquete",
        (
            "Su paquete está retenido en aduana por falta de pago de 1,95 €. <a href='http://correos.example'>Pag"
            "ar aquí</a>"
        ),
    ),
    ("likely", "EMS <x@ems-pay.example>", "包裹通知", "您的包裹因未支付关税被扣留，请点击链接支付 15 元：http://ems-pay.example"),
    (
        "likely",
        "Почта <x@pochta-rf.example>",
        "Посылка",
        "Ваша посылка задержана на таможне. Оплатите пошлину 99 руб по ссылке http://pochta.example",
    ),
    (
        "likely",
        "PTT <x@ptt-kargo.example>",
        "Kargo",
        (
            "Kargonuz gümrükte bekliyor, ödenmemiş ücret 19 TL. <a href='http://ptt.example'>Buraya tıklayın ve ö"
            "deyin</a>"
        ),
    ),
    (
        "likely",
        "Buyer <b@b.example>",
        "Payment",
        "Please send your online banking login and PIN so that we can make the transfer of the deposit.",
    ),
    (
        "likely",
        "Buyer <b@b.example>",
        "Zahlung",
        "Bitte senden Sie uns Ihre Online-Banking-Zugangsdaten, damit wir die Anzahlung leisten können.",
    ),
    (
        "none",
        "Buyer <b@b.example>",
        "samples on hold",
        (
            "The parcel with your samples is on hold at customs in Lagos, they want an invoice with HS code. Plea"
            "se send it today."
        ),
    ),
    (
        "none",
        "Buyer <b@b.example>",
        "Muster",
        "Unser Paket mit Ihren Mustern hängt beim Zoll, bitte senden Sie die Proforma. Die Zollgebühr zahlen wir.",
    ),
    ("none", "Buyer <b@b.example>", "清关", "请提供形式发票，包裹在海关被扣，需要清关。关税我们自己付。"),
]


@pytest.mark.parametrize(("level", "sender", "subject", "words"), PARCELS)
def test_a_parcel_that_is_held_until_somebody_clicks(level, sender, subject, words):
    assert predicted(words, subject, sender, html="<a" in words)["phishing"] == level


KINDS = [
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "We produce seals and rubber parts for bearing makers. Let us know your requirement, we will quote.",
    ),
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "We supply seamless steel tubes 100Cr6 for bearing rings. May we offer you for your production?",
    ),
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "Hannover Messe - your booth",
        "Hello exhibitor, we build individual stands from 180 EUR per sqm. Can I have your floor plan?",
    ),
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "I am a freelance translator Chinese-German and would be glad to translate your catalogue.",
    ),
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        (
            "Sehr geehrte Damen und Herren, ich bin Fotograf und mache Produktfotos für Ihren Katalog. Darf ich I"
            "hnen ein Angebot schicken?"
        ),
    ),
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "Your company has been shortlisted for the Global Industry Award. To receive the trophy choose a package.",
    ),
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "I have 2,300 bearing buyers with emails and phone numbers, price 199 USD. Interested?",
    ),
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "外贸老板您好，我们做跨境收款，费率0.3%，秒到账，欢迎加微信了解。",
    ),
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "Предлагаем станки шлифовальные для колец подшипников, цены от производителя. Готовы выслать каталог.",
    ),
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "Somos fabricantes de jaulas de latón para rodamientos, nos gustaría ofrecerles nuestros productos.",
    ),
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "Nous fabriquons des joints en caoutchouc pour roulements et aimerions devenir votre fournisseur.",
    ),
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "我们是专业生产钢球的厂家，质量稳定，价格优惠，贵司需要可以寄样。",
    ),
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "私どもは保持器メーカーです。貴社にご提案させていただきたくご連絡しました。",
    ),
    ("spam_solicitation", "Ann Field <ann@fieldworks.example>", "Hello", "Rulman bilyesi üreticisiyiz, firmanıza teklif vermek isteriz."),
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "急",
        "在吗？我在开会不方便电话。马上加财务进这个QQ群，有笔款今天要付给供应商。先别跟别人说。",
    ),
    (
        "spam_solicitation",
        "Ann Field <ann@fieldworks.example>",
        "Quick",
        (
            "Are you at your desk? I need you to process an urgent payment today. Keep it confidential, I am in a"
            " meeting."
        ),
    ),
    (
        "newsletter",
        "RFQ Digest <digest@hub-b2b.example>",
        "8 new RFQs this week",
        (
            "1. Buyer from Brazil needs 5,000 pcs 6204\n2. Buyer from India requires 32210\nQuote now: https://hub."
            "example/rfq\nUnsubscribe | Settings"
        ),
    ),
    (
        "inquiry",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "Our company makes pumps and is a leading manufacturer. We need 6204 and 6305, 3000 pcs, quote please.",
    ),
    ("inquiry", "Ann Field <ann@fieldworks.example>", "Hello", "想做你们深沟球轴承的独家代理，请介绍政策。"),
    (
        "inquiry",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "We would like to be your exclusive agent in Peru for deep groove bearings.",
    ),
    (
        "inquiry",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "We are a freight company and also need 200 pcs 6204 for our own trucks. Price?",
    ),
    (
        "inquiry",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "We offer repair service for gearboxes in Ghana. Can your 32208 replace Timken? We need 60.",
    ),
    (
        "inquiry",
        "Ann Field <ann@fieldworks.example>",
        "Hello",
        "Wir bauen Messestände und brauchen für die Drehbühnen 200 Stück 51110. Was kosten die?",
    ),
    ("inquiry", "Purchasing <rfq@buyer.example>", "RFQ 118", "Please quote for 500 pcs 6204, delivery by list below"),
    ("inquiry", "Ann Field <ann@fieldworks.example>", "Hello", "Предлагаем вам стать нашим поставщиком подшипников 6204, нужно 5000 шт."),
    ("inquiry", "Ann Field <ann@fieldworks.example>", "Hello", "我们做轴承贸易的，想采购6204，价格优惠的话长期合作。"),
]


@pytest.mark.parametrize(("kind", "sender", "subject", "words"), KINDS)
def test_who_sells_and_wants_nothing_is_no_buyer(kind, sender, subject, words):
    headers = "List-Unsubscribe: <https://hub.example/u>\r\nPrecedence: bulk\r\n" if kind == "newsletter" else ""
    assert predicted(words, subject, sender, headers)["kind"] == kind
