"""Subjects with which help desks begin, and buyers too: who writes is told by the words below."""

from __future__ import annotations

import pytest
from messages import bearing_policy, mail

from mailagent.core.model.known import Known
from mailagent.core.reading import kind

BUYERS = [
    ("Request of free sample", "Dear sirs, please courier two pieces of 6204 for testing, we pay the freight."),
    ("Request for quotation", "Kindly send your best CIF Lagos for 500 pcs UCP208."),
    ("Request: bearing", "We are looking for 32008 bearings, 200 pieces."),
    ("Request Inquiry", "hello i want price 6203 zz 1000 pcs"),
    ("Ticket machine bearings", "Our firm makes ticket machines and we use 608ZZ, what is your price per 5000?"),
    ("Case bearings", "For our gear case we need 6308 C3. 40 pieces."),
    ("Request No. 4471 / 6205-2RS", "Pls find my request attached. Thanks"),
    ("Case: bearing failed in conveyor, need replacement", "We need 200 pcs 30206. When can you deliver?"),
    ("Solicitud: rodamientos", "Buenos días, necesito precio de 100 piezas 6305."),
    ("Anfrage: Kugellager", "Guten Tag, wir brauchen 6204, bitte Preis."),
    ("Запрос: подшипники", "Добрый день, нужна цена на подшипник 6206, 300 шт."),
    ("Thank you for your message on Alibaba", "I saw your page and want to know whether you can make 6002 with rubber seals?"),
    ("I am on visit to China next week", "I am on the way to Canton fair. Where is your booth? We buy 6200 series."),
    ("I am currently sourcing pillow blocks", "We are currently sourcing UCF bearings for farm machinery. Send catalogue."),
    ("Abbiamo ricevuto i campioni", "Abbiamo ricevuto i campioni, vanno bene. Procediamo con l'ordine di 500 pezzi."),
    ("已收到您的报价", "您的报价已收到，价格有点高，能再优惠吗？6204 5000个。"),
    ("Hemos recibido su cotización", "Hemos recibido su cotización. El precio es alto, ¿puede mejorar?"),
    ("工单机轴承询价", "请问 工单系统 用的轴承 608 有货吗?"),
    ("Case #2 drawing, quotation", "Case hardened rings? We need 5000 rings of case hardened steel. Quote pls."),
    ("Request #12-118 from Bright Mills", "Need offer by Friday, 6210 x 100."),
    ("Your request from Canton Fair, offer received too late", "we look for agent bearing 6205, please your offer"),
    ("Ich bin im Urlaub in China", "Ich bin im Urlaub in China und möchte Ihr Werk am 12. besuchen. Wir kaufen Kegelrollenlager."),
]
DESKS = [
    ("Ticket #48213: Quotation of bearings", "Your request has been received and a ticket was opened. Please do not reply to this e-mail."),
    ("Case 00817722 received", "Thank you for your message. We have received your request and will get back to you within 2 working days."),
    ("[Request ID 77123] Offer bearings", "We have received your e-mail and assigned it the number 77123. Our team will respond shortly."),
    ("Thank you for contacting us", "Thank you for contacting Acme support. This mailbox is not monitored."),
    ("Eingangsbestätigung Ihrer Anfrage", "Ihre Anfrage ist bei uns eingegangen. Bitte antworten Sie nicht auf diese E-Mail."),
    ("Ticket creado: 99120", "Hola, hemos recibido su mensaje y le responderemos a la brevedad. No responda a este correo."),
    ("工单 20260303 已受理", "您的来信已收到，工单号 20260303，我们会尽快回复。请勿直接回复。"),
    ("Ваше обращение №5512", "Ваше обращение зарегистрировано под номером 5512. Не отвечайте на это письмо."),
    ("Your ticket 991 has been created", "Hi, your support ticket has been received. We will reply soon."),
    ("[Case #INC0012345] New case", "Your case has been logged."),
    ("Accusé de réception de votre demande", "nous avons bien reçu votre demande n° 4410 et nous vous répondrons dans les 48h"),
]


def judged(subject: str, words: str) -> str:
    return kind.classify(mail(words, subject), Known(), bearing_policy()).kind


@pytest.mark.parametrize(("subject", "words"), BUYERS)
def test_a_buyers_request_is_no_ticket(subject, words):
    assert judged(subject, words) in ("inquiry", "reply")


@pytest.mark.parametrize(("subject", "words"), DESKS)
def test_a_desk_is_a_machine(subject, words):
    assert judged(subject, words) == "auto_reply"
