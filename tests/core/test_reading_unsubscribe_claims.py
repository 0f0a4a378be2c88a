"""Requests to stop that speak of data, of a law or of nothing but "no more mails", and the buyers who say something like it."""

from __future__ import annotations

import pytest
from messages import bearing_policy, mail

from mailagent.core.model.known import Known
from mailagent.core.reading import kind, lexicon, unsubscribe_claims

REQUESTS = [
    "Please delete my personal data.",
    "Delete all data you have about me.",
    "Erase my data in accordance with Art. 17 GDPR.",
    "Löschen Sie alle Daten, die Sie über mich gespeichert haben.",
    "Bitte löschen Sie meine personenbezogenen Daten gemäß Art. 17 DSGVO.",
    "Veuillez supprimer toutes mes données personnelles.",
    "Effacez toutes les données que vous avez sur moi, art. 17 RGPD.",
    "Por favor borren todos mis datos personales.",
    "Solicito la supresión de mis datos conforme al art. 17 del RGPD.",
    "Cancellate tutti i miei dati personali.",
    "Por favor, apaguem os meus dados pessoais.",
    "Удалите мои персональные данные.",
    "Прошу удалить все данные обо мне.",
    "Kişisel verilerimi siliniz.",
    "Lütfen benimle ilgili tüm verileri silin.",
    "Verwijder al mijn persoonsgegevens.",
    "Proszę usunąć moje dane osobowe.",
    "个人信息请删除。",
    "请删除我的个人资料",
    "请删除我的联系方式",
    "把我的联系方式删了",
    "勿扰",
    "请勿打扰，谢谢",
    "别发了",
    "不要再发了",
    "别再给我发了！",
    "別再寄了",
    "個人情報を削除してください。",
    "私のデータをすべて削除してください",
    "제 개인정보를 삭제해 주세요.",
    "احذفوا بياناتي الشخصية من فضلكم",
    "يرجى حذف جميع بياناتي",
    "no mas correos",
    "no más correos por favor",
    "NO MAS EMAILS",
    "ya no mas mails",
    "plus de mail svp",
    "plus de mails merci",
    "stop mail",
    "niente più mail grazie",
    "basta email",
    "keine mails mehr",
    "bitte keine emails mehr",
    "geen mails meer aub",
    "chega de emails",
    "nao quero mais emails",
    "больше не надо писем",
    "хватит писем",
    "artık mail yok lütfen",
    "mail atmayın",
    "żadnych maili więcej",
    "Gelieve mij uit te schrijven.",
    "Gelieve ons uit te schrijven van deze lijst.",
    "Graag uitschrijven.",
    "Schrijf mij uit aub",
    "لطفا دیگر ایمیل نفرستید",
    "لطفا ایمیل من را از لیست خود حذف کنید",
    "دیگر برای من ایمیل نفرستید",
    "Molim vas uklonite me s liste.",
    "Molim da mi više ne šaljete mailove.",
    "Ne šaljite mi više ponude mailom.",
    "Odjavite me sa mailing liste",
    "I found my address in your mailing, remove.",
    "my address is in your mailing list, remove please",
    "who gave you my mail? Stop it.",
    "Where did you get my e-mail address? Stop this.",
    "Who gave you my address? Stop writing.",
    "Woher haben Sie meine Adresse? Hören Sie damit auf.",
    "D'où avez-vous mon adresse ? Arrêtez ça.",
    "Откуда у вас мой адрес? Прекратите.",
    "你从哪里得到我的邮箱？别发了。",
    "De donde sacaron mi correo? Ya basta.",
]
# In many words, as lawyers write: believed at once, because a law is named.
LAWYERS = [
    (
        "Sehr geehrte Damen und Herren,\n\nSie haben am 3. März eine Werbemail an unsere Mitarbeiterin Frau Kern gesandt."
        " Eine Einwilligung liegt nicht vor. Wir widersprechen der Nutzung sämtlicher Adressen unter @kernwerk.example "
        "zu Werbezwecken und verlangen Auskunft über die Herkunft der Daten binnen eines Monats. Sollten wir erneut Wer"
        "bung erhalten, behalten wir uns rechtliche Schritte vor, insbesondere eine Beschwerde bei der zuständigen Aufs"
        "ichtsbehörde.\n\nDatenschutzbeauftragter Dr. Falk"
    ),
    (
        "Dear Sir or Madam,\n\nOn 3 March you sent an advertising e-mail to an employee of ours, Ms Kern, although we nev"
        "er gave you consent and have no business relation with you. Pursuant to Article 21 GDPR we hereby object to an"
        "y further processing of our personal data for direct marketing purposes, and we request erasure of all data th"
        "at you hold about our staff in accordance with Article 17. Please confirm within one month that you have compl"
        "ied. Otherwise we shall lodge a complaint with the supervisory authority.\n\nData Protection Officer"
    ),
    (
        "Madame, Monsieur,\n\nVous avez adressé le 3 mars un message publicitaire à notre collaboratrice sans consentemen"
        "t préalable de notre part. Conformément à l'article 21 du RGPD, nous nous opposons au traitement de nos donnée"
        "s à des fins de prospection et demandons l'effacement de toutes les données nous concernant dans un délai d'un"
        " mois. À défaut, nous saisirons la CNIL.\n\nLe délégué à la protection des données"
    ),
    (
        "Estimados señores:\n\nEl 3 de marzo enviaron publicidad a una empleada nuestra sin consentimiento. De conformida"
        "d con el artículo 21 del RGPD nos oponemos al tratamiento de nuestros datos con fines de mercadotecnia directa"
        " y solicitamos la supresión de todos los datos en el plazo de un mes. De lo contrario presentaremos una reclam"
        "ación ante la autoridad.\n\nDelegado de Protección de Datos"
    ),
]
BUYERS = [
    "Please delete the last item from the order and send a new PI.",
    "Delete 6204 from the list, we need only 6205, 500 pcs.",
    "Please delete the drawing with our data after quoting, it is confidential. Price for 200?",
    "Bitte löschen Sie Position 3 aus der Bestellung.",
    "请把 6204 从订单里删除，其他不变。",
    "别发了海运，改空运，6204 500个。",
    "先别发了货，等我通知。订单 PO118",
    "no mas descuentos? necesitamos mejor precio de 6204",
    "plus de 500 pièces par mail de commande, prix ?",
    "Stop it at 5000 pcs per month for 6204 please, and quote.",
    "Who gave you this price? We need a better one for 6204.",
    "We comply with GDPR. Our data sheet is attached; quote 200 pcs 6204 please.",
    "Žao mi je, pošaljite mi ponudu za 6204, 200 kom.",
    "لطفا قیمت بلبرینگ ۶۲۰۴ را بفرستید",
    "Wir haben derzeit keine Mails mehr von Ihnen erhalten, wo bleibt das Angebot für 6204?",
]


def asked(words: str) -> str:
    return kind.classify(mail(words, "Hello"), Known(), bearing_policy()).unsubscribe


@pytest.mark.parametrize("words", REQUESTS)
def test_who_wants_his_data_deleted_wants_silence(words):
    assert asked(words) in ("auto", "review")


@pytest.mark.parametrize("words", LAWYERS)
def test_who_names_a_law_is_believed_at_once(words):
    assert asked(words) == "auto"


@pytest.mark.parametrize("words", BUYERS)
def test_a_buyer_may_delete_and_stop_other_things(words):
    assert asked(words) == "none"


def test_the_question_where_the_address_is_from_belongs_to_what_follows():
    beside = lexicon.of(bearing_policy().languages).beside
    assert unsubscribe_claims.prepared("Who gave you my mail? Stop it.", beside) == "Who gave you my mail, Stop it."
    assert unsubscribe_claims.prepared("Who is your agent? Stop it.", beside) == "Who is your agent? Stop it."
