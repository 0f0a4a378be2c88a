"""Requests to stop in all languages that have a file, in words nobody listed, and the wishes of buyers that only sound like one."""

from __future__ import annotations

import pytest
from messages import mail
from policies import policy

from mailagent.core.model.known import Known
from mailagent.core.reading import kind, unsubscribe

REQUESTS = [
    "Dear Lily,\n\nThank you but we do not need lamps. Kindly remove our address from your mailing list.\n\nBest regards",
    "Remove me please from ur list, thx",
    "If you contact me again I report you to the authorities. Do not e-mail this company again.",
    "We've asked twice already. Take this address out of your database.",
    "plz unsuscribe",
    "Could you be so kind and take me off your list?",
    "Guten Tag, bitte streichen Sie uns aus Ihrem Verteiler, wir haben kein Interesse.",
    "Hiermit widerspreche ich gemäß Art. 21 DSGVO der Nutzung meiner Daten zu Werbezwecken.",
    "Bonjour, merci de supprimer mon adresse de votre base de données.",
    "Les pido que me saquen de su lista de correos, gracias.",
    "Vi chiedo di cancellare il mio indirizzo dal vostro database e di non scrivermi più.",
    "Tire-me da sua lista, por favor.",
    "Уберите мой адрес из вашей рассылки, больше не пишите!",
    "Mail almak istemiyorum, lütfen listeden çıkarınız.",
    "يرجى حذف بريدي من قائمتكم",
    "你好，请把我的邮箱从你们的名单里删掉。",
    "請勿再寄送此類郵件，謝謝",
    "麻烦将本邮箱移出贵司的群发名单",
    "今後このようなメールの送信はお控えください。",
    "더 이상 메일 보내지 마세요. 수신 거부합니다.",
    "Graag ons verwijderen uit uw mailinglijst.",
    "Wilt u mij van de lijst halen? Ik heb hier geen belangstelling voor.",
    "Proszę o usunięcie mojego adresu z bazy.",
    "Vänligen ta bort mig från er utskickslista.",
    "Vui lòng xóa địa chỉ của tôi khỏi danh sách.",
    "Tolong hapus email saya dari daftar Anda dan jangan kirim email lagi.",
    "Prosím vyřaďte mě z databáze.",
    "Будь ласка, видаліть мою адресу зі списку розсилки.",
    "Παρακαλώ διαγράψτε με από τη λίστα σας",
    "กรุณาลบอีเมลของเราออกจากรายชื่อ",
]


@pytest.mark.parametrize("words", REQUESTS)
def test_a_request_in_any_language_is_obeyed(words):
    found = kind.classify(mail(words, "Re: offer", in_reply_to=("l1@ours.example",)), Known(), policy())
    assert (found.kind, found.unsubscribe) == ("unsubscribe", "auto")
    assert found.evidence


BUYERS = [
    "Please stop the production of order 118, the drawing has changed.",
    "Please remove item 3 from the order and send the revised PI.",
    "Please take us off the cc list for shipping notices. The order goes on as planned.",
    "Please don't send the goods before we confirm. Stop sending documents to the old forwarder.",
    "Bitte nehmen Sie Position 3 aus der Liste und schicken Sie mir keine Muster mehr, wir bestellen 2000 Stück.",
    "Bitte schicken Sie uns keine Rechnungen mehr per Post. Bestellung folgt.",
    "Veuillez ne plus nous envoyer d'échantillons par DHL, nous avons un compte FedEx.",
    "Por favor no me envíen más muestras; envíen cotización del panel.",
    "Больше не присылайте счёт на старые реквизиты, ждём счёт на 5000 шт.",
    "Пожалуйста, удалите позицию 4 из заказа и пришлите новый счет.",
    "不要再发DHL了，请改用顺丰，运费到付。",
    "请把第3个型号从报价单里删除，其余按原价下单。",
    "サンプルの送付はもう不要です。正式に1000個注文します。",
    "Numune göndermeyin artık, sipariş vereceğiz. Proforma lütfen.",
    "We no longer receive your mails, please check the address.",
    "It seems to me we should use a list to get this out.",
    "Not sure what to write any more.",
]


@pytest.mark.parametrize("words", BUYERS)
def test_what_a_buyer_wants_no_more_of_is_no_request(words):
    assert unsubscribe.find(words, "Re: offer", "", policy())[0] == "none"


def test_who_leaves_a_newsletter_and_waits_for_a_quotation_is_not_silenced():
    words = "Take me off the monthly newsletter please. Direct quotes are fine, and I am still waiting for yours on the LP-300."
    found = kind.classify(mail(words, "Re: offer", in_reply_to=("l1@ours.example",)), Known(), policy())
    assert (found.kind, found.unsubscribe) == ("reply", "review")


def test_who_would_rather_be_called_is_not_silenced():
    assert unsubscribe.find("Stop emailing me, write to me in WhatsApp.", "Re: offer", "en", policy())[0] == "review"
