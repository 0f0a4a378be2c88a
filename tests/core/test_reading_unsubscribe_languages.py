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


SURE = [
    "Get me off whatever list you bought, please.",
    "Kindly refrain from sending further commercial messages to any address at our firm.",
    "I would be grateful if this could be the last message I get from your company.",
    "你们的广告邮件太频繁了，以后不要再往这个邮箱发了，否则我就举报。",
    "煩請將本公司自寄送名單中移除，日後請勿再來信，感謝。",
    "Bitte schicken Sie uns künftig nichts mehr zu.",
    "Por gentileza parem de mandar propaganda para este e-mail, tirem ele do cadastro de vocês.",
    "Vi prego di non inviarmi più comunicazioni pubblicitarie e di cancellare il mio nominativo.",
    "Прошу більше не надсилати листів на цю скриньку, видаліть її з вашої бази.",
    "Proszę o zaprzestanie wysyłania ofert na ten adres i usunięcie go z Państwa bazy.",
    "Tolong jangan kirim email penawaran lagi ke alamat ini ya, terima kasih.",
]


@pytest.mark.parametrize("text", SURE)
def test_parts_of_a_request_are_believed_in_any_order(text):
    assert unsubscribe.find(text, "Re: offer", "", policy())[0] == "auto"


# Each holds the words of a request and is a buyer's: he hesitates, misses a mail, sends us elsewhere, or wants silence for a while.
NEVER_SURE = [
    "Do not hesitate to contact me if you need anything further.",
    "Please contact me for any further information.",
    "If you have no further questions please write to me with the PI.",
    "We did not get your email, please send it again to this address.",
    "I do not have your mail please send again to me",
    "Bill no longer works here, please write to me directly.",
    "Please do not send me emails in Chinese, I cannot read them.",
    "Don't write to me before Monday, I am travelling.",
    "Please do not call me, write to me by email instead.",
    "We don't want you to send us old stock.",
    "Please stop sending me quotations one by one, put all in one mail.",
    "Never send me a mail without the price again, I have no time.",
    "I don't want to bother you but I never had an answer, please write to me.",
    "Please don't contact our end customer directly, write to us.",
    "Do not send anything to me by courier, just a mail.",
    "In Zukunft bitte keine Mails an Herrn Roth, der schreibt nicht gern, sondern an uns.",
    "Bitte zögern Sie nicht, uns zu kontaktieren.",
    "Ihre Mail haben wir nicht mehr, bitte schicken Sie sie uns noch einmal.",
    "Herr Maier ist nicht mehr im Haus bitte schreiben Sie mir.",
    "Ich möchte keine Zeit verlieren, schreiben Sie mir bitte den Preis.",
    "Lassen Sie mich das in Ruhe ansehen, ich schreibe Ihnen.",
    "N'hésitez pas à me contacter.",
    "Je ne trouve plus votre mail, merci de me l'envoyer.",
    "Je ne reçois plus vos mails, écrivez-moi à cette adresse.",
    "Inutile de m'écrire en anglais, je parle français.",
    "No dude en escribirme a este correo.",
    "No me llegó su correo, mándelo otra vez.",
    "Juan ya no está con nosotros, escríbame a mí a este correo.",
    "No dejen de escribirme cuando tengan precio.",
    "Basta con que me envíe un correo.",
    "Não deixe de me escrever.",
    "Não me enviou o e-mail, pode mandar?",
    "Não quero perder tempo, me mande o preço por e-mail.",
    "Non ho più la vostra mail, inviatemela di nuovo.",
    "Inviatemi più informazioni via mail.",
    "Basta inviarmi una mail con il prezzo.",
    "Non esitate a contattarmi.",
    "Впредь пишите мне на этот адрес.",
    "Мы не получали от вас писем, напишите нам ещё раз.",
    "Не хочу ждать, пишите мне цену.",
    "Больше не пишите Иванову, пишите мне.",
    "Bundan sonra bana bu adrese yazın.",
    "Maili bana bir daha gönderin lütfen.",
    "Bana mail atmanız yeterli.",
    "Eski fiyat istemiyorum, bana yeni fiyat yazın.",
    "في حال عدم توفر الكمية تواصل معي.",
    "لا تتردد في التواصل معي.",
    "لم يصلني بريدكم، أرسلوه لي مرة أخرى.",
    "以后请发到这个邮箱，不要再发到旧邮箱。",
    "我不想再等了，请联系我。",
    "不要再给我发旧型号了，我要6205的。",
    "请不要再联系我同事，直接联系我。",
    "没有收到您的邮件，请再发一次到我邮箱。",
    "不用再发样品，直接给我报价。",
    "ご遠慮なくご連絡ください。",
    "今後はこちらのアドレスにご連絡ください。",
    "連絡はメールで結構です。",
    "ご迷惑をおかけしますが、こちらにメールをお送りください。",
    "電話は控えて、メールで私に連絡ください。",
    "앞으로는 이 주소로 연락 주세요.",
    "더 이상 질문이 있으면 저희에게 연락 주세요.",
    "주저하지 마시고 저희에게 연락 주세요.",
    "메일이 안 와요, 저에게 다시 보내 주세요.",
    "Jangan ragu menghubungi saya.",
    "Cukup kirim email ke saya.",
    "Chỉ cần gửi email cho tôi thôi.",
    "Xin đừng ngần ngại liên hệ với chúng tôi.",
    "Nie otrzymałem maila, proszę wysłać do mnie jeszcze raz.",
    "Proszę nie wahać się do mnie pisać.",
    "Aarzel niet om contact met ons op te nemen.",
    "Nog geen mail ontvangen, graag naar mij sturen.",
    "Прошу не затягивать, напишите мне.",
    "Tveka inte att kontakta mig.",
    "Please remove me from the old thread and add me to the list of the Tuesday shipment.",
    "Take us as your agent, put us on your list of dealers.",
    "Please delete the first line, keep my address on the packing list.",
    "Bitte streichen Sie meine Adresse auf der Liste und setzen Sie die neue Adresse ein.",
    "No need to write me every day, once a week with stock list is fine.",
    "Please don't bother to send me the drawing, I have it.",
    "Don't send anything yet, I have to ask my boss.",
    "Do not send anything until I confirm.",
    "先不要发，我再确认一下。",
    "请不要再发货到我仓库。",
    "Do not ship any more to us this month.",
    "Stop, I was wrong, send me the mail for Kenya not Ghana.",
    "Ne m'envoyez rien avant lundi.",
    "No me escriba más tarde de las cinco.",
    "No envíen nada todavía, esperen mi correo.",
    "Non mandate niente ora, vi scrivo domani.",
    "Schicken Sie mir vorerst nichts mehr, wir melden uns im Mai.",
    "Пока ничего не присылайте мне, в отпуске до мая.",
]


@pytest.mark.parametrize("text", NEVER_SURE)
def test_a_buyer_is_never_silenced_by_words_that_also_ask_to_stop(text):
    assert unsubscribe.find(text, "Re: offer", "", policy())[0] != "auto"
