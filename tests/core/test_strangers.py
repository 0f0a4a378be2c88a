"""Strangers who write in short: who asks about our account, who swindles, who sells; judged by the whole chain from bytes to kind."""

from __future__ import annotations

import pytest
from messages import bearing_policy

from mailagent.core.deciding import prediction


def predicted(words: str, subject: str = "Hello", sender: str = "Ann <ann@fieldworks.example>", headers: str = "", html: bool = False):
    head = f"From: {sender}\r\nTo: sales@lumena.example\r\nSubject: {subject}\r\nMessage-ID: <1@c.example>\r\n{headers}"
    head += f"Content-Type: text/{'html' if html else 'plain'}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    policy = bearing_policy()
    return prediction.predict(f"{head}\r\n{words}".encode(), policy).fields(policy)


ACCOUNTS = [
    ("is this your new account?", "Dear Lucy, see below please. We were told to pay there."),
    ("Hello", "Our bank account has changed? I mean yours: your bank account has changed. Is this right?"),
    ("Hello", "Hello, we got a letter that your bank account has changed. Is this right?"),
    ("Hello", "Guten Tag, Bankverbindung geändert? Wir haben eine Mail mit neuer IBAN bekommen."),
    ("Hello", "Haben Sie eine neue Bankverbindung? In Ihrer letzten Mail steht eine neue IBAN."),
    ("Hello", "Bonjour, avez-vous changé de banque ? Nous avons reçu un mail avec un nouveau RIB."),
    ("Hello", "¿Es esta su nueva cuenta bancaria? Nos llegó un correo con otra cuenta."),
    ("Hello", "È questo il vostro nuovo conto? Ci è arrivata una mail con un IBAN diverso."),
    ("Hello", "Esta é a vossa nova conta bancária? Recebemos um e-mail com outro IBAN."),
    ("Hello", "Вы поменяли банк? Пришло письмо с новыми реквизитами, это вы?"),
    ("Hello", "Banka hesabınız değişti mi? Yeni IBAN içeren bir mail geldi."),
    ("Hello", "你们换账户了吗？收到一封邮件让我们付到新账户"),
    ("贵司银行账户变了吗？", "请确认"),
    ("Hello", "口座が変わりましたか？新しい口座のメールが届きました。"),
    ("Hello", "계좌가 변경되었나요? 새 계좌로 송금하라는 메일을 받았습니다."),
    ("Hello", "هل تغير حسابكم البنكي؟ وصلنا بريد بحساب جديد."),
    ("Hello", "Somebody wrote us from lucy@brightbearlng.example and asks to pay to an account in Poland. Is that you?"),
    ("Hello", "I received an email in your name naming another account in Portugal. Please call me before we pay."),
]


@pytest.mark.parametrize(("subject", "words"), ACCOUNTS)
def test_who_asks_about_another_account_is_heard(subject, words):
    assert "bank_change" in predicted(words, subject)["intents"]


@pytest.mark.parametrize(
    "words",
    [
        "No change of account I hope!! We pay tomorrow the 30% deposit.",
        "The bank account is unchanged, right? We transfer to the same account as last time.",
        "Please open a customer account for us on your web shop.",
        "Bankverbindung hat sich hoffentlich nicht geändert, wir zahlen morgen.",
        "账户没变吧？明天付定金",
    ],
)
def test_who_expects_no_change_asks_about_none(words):
    assert "bank_change" not in predicted(words)["intents"]


# (levels that are right, sender, subject, words)
SCHEMES = [
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        (
            "Je suis Maître Agbo, avocat à Lomé. Un appel d'offres de la CEDEAO porte sur 20 000 roulements ; vot"
            "re société a été retenue. Il faut payer le dossier (700 euros) et un intermédiaire agréé. Répondez e"
            "n toute discrétion."
        ),
    ),
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        (
            "Votre entreprise est présélectionnée pour le marché de fourniture du ministère. L'achat du cahier de"
            "s charges coûte 950 euros, à régler avant la signature. Montant du marché : 4 millions d'euros."
        ),
    ),
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        (
            "Su empresa fue seleccionada para la licitación del gobierno. Debe pagar el pliego (800 euros) antes "
            "de la firma del contrato, a través de nuestro abogado."
        ),
    ),
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        (
            "Ваша компания выбрана победителем тендера министерства на поставку подшипников. Для регистрации необ"
            "ходимо оплатить пошлину 900 долларов до подписания контракта."
        ),
    ),
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        (
            "Ihre Firma wurde für die Ausschreibung des Ministeriums ausgewählt. Vor Vertragsunterzeichnung ist e"
            "ine Registrierungsgebühr von 850 Euro zu zahlen. Auftragswert 3 Millionen Euro."
        ),
    ),
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        "贵公司已被选中供应我国政府项目，合同金额500万美元，需先缴纳投标注册费800美元给律师。",
    ),
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        (
            "La vostra azienda è stata selezionata per la gara del ministero. Prima della firma occorre pagare la"
            " tassa di registrazione di 700 euro al nostro avvocato."
        ),
    ),
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        (
            "A sua empresa foi selecionada para o concurso do ministério. É necessário pagar a taxa de inscrição "
            "de 600 euros antes da assinatura do contrato."
        ),
    ),
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        (
            "Şirketiniz bakanlık ihalesine seçildi. Sözleşmeden önce 900 dolar kayıt ücreti ödemeniz gerekiyor. S"
            "özleşme bedeli 5 milyon dolar."
        ),
    ),
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        "تم اختيار شركتكم لمناقصة الوزارة بقيمة 5 مليون دولار. يجب دفع رسوم التسجيل 800 دولار قبل توقيع العقد.",
    ),
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        (
            "We have a supply contract worth USD 6,000,000 for your bearings. You must come to Accra to sign with"
            " the minister. Legal fee is shared."
        ),
    ),
    (
        "suspicious|likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        "Contract is worth USD 6,000,000, come to Accra to sign next week.",
    ),
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        (
            "I am the lawyer of your late relative who left 9.5 million dollars. You are the heir of this inherit"
            "ance. Send your full name."
        ),
    ),
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        "Je suis notaire, un héritage de 4 millions d'euros vous revient. Répondez discrètement.",
    ),
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        (
            "Soy abogado; un cliente fallecido con su apellido dejó una herencia de 8 millones de dólares. Respon"
            "da con discreción."
        ),
    ),
    (
        "likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        "我是律师，一位与您同姓的客户去世，留下850万美元遗产，希望您作为继承人合作，请保密。",
    ),
    (
        "suspicious|likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Samples",
        "Kindly courier 5 of each free, freight prepaid by you, we are a big group.",
    ),
    (
        "suspicious|likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        "Envoyez-nous gratuitement 5 pièces de chaque modèle, port payé, par DHL.",
    ),
    ("suspicious|likely", "Mr. Koffi <k.koffi@avocat.example>", "Hello", "Envíen 3 de cada modelo gratis, flete pagado por ustedes."),
    (
        "suspicious|likely",
        "Mr. Koffi <k.koffi@avocat.example>",
        "Hello",
        "Bitte senden Sie je 5 Stück von jedem Typ kostenlos und frei Haus.",
    ),
    ("suspicious|likely", "Mr. Koffi <k.koffi@avocat.example>", "Hello", "请每个型号免费寄5个样品，运费你们付"),
    (
        "likely",
        "Ali <ali.h@freemail.example>",
        "6203",
        (
            "We need 500,000 pcs 6203 at once. Price no problem. We pay by cheque from our bank after you send th"
            "e courier document fee of 300 USD."
        ),
    ),
    (
        "likely",
        "Ali <ali.h@freemail.example>",
        "order",
        (
            "DEAR SELLER SEND 300000 PCS 6204. PAYMENT BY CHEQUE. YOU PAY FIRST THE REGISTRATION FEE 250 USD TO O"
            "UR AGENT."
        ),
    ),
    (
        "none",
        "Buyer <b@minco.example>",
        "Tender",
        (
            "We take part in a tender of the ministry of transport and need 2000 pcs 6204. The tender fee is paid"
            " by us. Please quote CIF Tema."
        ),
    ),
    (
        "none",
        "Achats <a@minco.example>",
        "Demande",
        (
            "Bonjour, nous répondons à un appel d'offres et cherchons 3 000 roulements 6205. Merci de votre prix "
            "CIF Abidjan."
        ),
    ),
    (
        "none",
        "Buyer <b@minco.example>",
        "Samples",
        "We can pay the sample fee and the courier for two pieces 6204 and two of 6205. Our account DHL 960123.",
    ),
    (
        "none",
        "Buyer <b@minco.example>",
        "Contract",
        (
            "Our annual turnover is 6 million USD. Please quote 6204 and come to our stand to sign the yearly con"
            "tract as agreed."
        ),
    ),
    (
        "none",
        "Buyer <b@minco.example>",
        "Licitación",
        "Necesitamos 2000 piezas 6204 para una licitación. Nosotros pagamos el pliego. Cotice CIF Callao.",
    ),
    (
        "none",
        "Buyer <b@minco.example>",
        "Samples",
        "Please send 2 pieces of each of the three models 6204, 6205 and 6206; we pay freight.",
    ),
]


@pytest.mark.parametrize(("levels", "sender", "subject", "words"), SCHEMES)
def test_schemes_of_fees_fortunes_and_samples_in_all_languages(levels, sender, subject, words):
    assert predicted(words, subject, sender)["fraud"] in levels.split("|")
