"""Who is writing: names in signatures of many countries, telephone numbers with their country, messengers."""

from __future__ import annotations

import pytest
from policies import policy

from mailagent.core.model.lead import Fact
from mailagent.core.reading import messenger, postal, telephone
from mailagent.core.reading.read import look_for_facts, read

WORDS = "Please quote 400 pieces of the brass valve to our port."


def facts_of(signature: str, address: str = "buyer@c.example") -> dict[str, str]:
    text = f"Hello,\n\n{WORDS}\n\n{signature}\n"
    raw = f"From: <{address}>\nTo: sales@ours.example\nSubject: valves\nContent-Type: text/plain; charset=utf-8\n\n{text}".encode()
    found = look_for_facts(read(raw, policy()), policy()).facts or ()
    return {fact.name: fact.value for fact in reversed(found)}


@pytest.mark.parametrize(
    ("signature", "person", "company"),
    [
        ("Mit freundlichen Grüßen\n\ni. A. Ute Brandner\nEinkauf\nKellner GmbH\nTel. +49 7031 555240", "Ute Brandner", "Kellner GmbH"),
        ("Met vriendelijke groet,\nSander van Dijk\nVan Dijk B.V.\nTel: +31 10 5550188", "Sander van Dijk", "Van Dijk B.V."),
        ("С уважением,\nАлексей Громов\nООО «Торг»\nг. Пермь\nтел. +7 343 5550170", "Алексей Громов", "ООО «Торг"),
        ("Saygılarımla,\nMehmet Aydın\nSatın Alma Müdürü\nYıldız Ltd. Şti.\nTel: +90 212 5550166", "Mehmet Aydın", "Yıldız Ltd. Şti."),
        ("此致\n陈志强 采购部经理\n宁波福达有限公司\n电话：+86 574 55550138", "陈志强", "宁波福达有限公司"),
        ("よろしくお願いいたします。\n株式会社丸山商会\n購買部 丸山 健一\nTEL: +81-6-5555-0147", "丸山 健一", "株式会社丸山商会"),
        ("Trân trọng,\nNguyễn Văn Hùng\nCông ty TNHH Đại Phát\nĐT: +84 28 5550 1234", "Nguyễn Văn Hùng", "Công ty TNHH Đại Phát"),
        (
            "Saludos cordiales\nIng. Rodrigo Pineda\nGerente\nBajío S.A. de C.V.\nTel. +52 477 5550160",
            "Ing. Rodrigo Pineda",
            "Bajío S.A. de C.V.",
        ),
        ("Best regards,\nKaarel Tamm\nBaltic Pumps OÜ\nTel +372 5550170", "Kaarel Tamm", "Baltic Pumps OÜ"),
        ("Regards,\nAbena Mensah (Mrs.)\nVolta Agro Ventures\nTel +233 24 5550188", "Abena Mensah", "Volta Agro Ventures"),
        ("Terima kasih,\nBudi Santoso\nPT Sinar Jaya\nTelp +62 21 5550 1234", "Budi Santoso", "PT Sinar Jaya"),
    ],
)
def test_who_signs_stands_first_in_his_signature(signature, person, company):
    found = facts_of(signature)
    assert (found["gives_person"], found["gives_company"]) == (person, company)


@pytest.mark.parametrize("greeting", ["Hoi Linda,", "Hej Linda", "Witam Linda", "Merhaba Linda", "Здравствуйте Линда", "Buongiorno Linda"])
def test_a_greeting_is_nobodys_name(greeting):
    assert "gives_person" not in facts_of(f"{greeting}\n{WORDS}")


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("Mob/WhatsApp: +52 1 477 555 0199", [("WhatsApp", "+52 1 477 555 0199")]),
        ("WhatsApp / WeChat: +86 139 5555 0101", [("WhatsApp", "+86 139 5555 0101"), ("WeChat", "+86 139 5555 0101")]),
        ("+255 712 555 010 (WhatsApp)", [("WhatsApp", "+255 712 555 010")]),
        ("https://wa.me/5214775550199", [("WhatsApp", "5214775550199")]),
        ("wa: 0812 555 0199", [("WhatsApp", "0812 555 0199")]),
        ("WeChat ID: wxid_abc88 | QQ 88776655", [("WeChat", "wxid_abc88"), ("QQ", "88776655")]),
        ("微信：fuda_chen", [("WeChat", "fuda_chen")]),
        ("LINE ID: hongda.tw", [("LINE", "hongda.tw")]),
        ("Telegram @gromov_pt", [("Telegram", "@gromov_pt")]),
        ("Skype: john.parts", [("Skype", "john.parts")]),
        ("카카오톡: daehanbrg", [("KakaoTalk", "daehanbrg")]),
        ("we can chat on whatsapp", []),
        ("Please add me on WeChat", []),
        ("Our line is busy", []),
        ("Do you use WhatsApp? Call me", []),
    ],
)
def test_messengers_are_named_with_a_number_or_a_name(line, named):
    assert [(name, who) for name, who, _ in messenger.find([line])] == named


def test_a_messenger_is_a_fact_of_the_mail():
    assert facts_of("Best regards,\nAna Silva\nWhatsApp: +55 11 95555 0101")["messenger"] == "WhatsApp: +55 11 95555 0101"


@pytest.mark.parametrize(
    ("written", "place", "phone", "country"),
    [
        ("+55 11 5555 0101", "", "+55 11 5555 0101", "BR"),
        ("+1 (416) 555-0160", "", "+1 (416) 555-0160", "CA"),
        ("0371-65550101", "CN", "+86 371 6555 0101", "CN"),
        ("0161 555 0134", "GB", "+44 161 555 0134", "GB"),
        ("030/5550101", "DE", "+49 30 5550101", "DE"),
        ("(815) 555-0175", "US", "+1 815-555-0175", "US"),
    ],
)
def test_a_telephone_number_says_its_country(written, place, phone, country):
    given = (Fact("gives_person", "Ana"), Fact("gives_phone", written, f"Tel. {written}"))
    found = telephone.located(given, Fact("country", place) if place else None)
    assert found == (given[0], Fact("gives_phone", phone, f"Tel. {written}"), Fact("phone_country", country, f"Tel. {written}"))


@pytest.mark.parametrize(
    ("line", "phone"), [("Tel.: +49 30 5550101", "+49 30 5550101"), ("电话：0371-65550101", "0371-65550101"), ("(815) 555-0175",) * 2]
)
def test_the_word_before_a_number_is_no_part_of_it(line, phone):
    assert facts_of(f"Best regards\nAna Silva\n{line}")["gives_phone"] == phone


def test_a_number_of_no_known_country_stays_as_it_is_written():
    found = facts_of("Regards\nTom Hill\nPhone: 0161 555 0134")
    assert found["gives_phone"] == "0161 555 0134"
    assert "phone_country" not in found
    assert telephone.located((Fact("asks_price", "x"),), None) == (Fact("asks_price", "x"),)


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("http://orbis.viewer.example/login?user=you", "gives_website"),
        ("http://c.example/catalogues/2026/spring/all-our-lamps.pdf", "gives_website"),
        ("我们想知道50万套时的出厂底价", "gives_company"),
    ],
)
def test_a_page_behind_a_login_and_a_price_are_neither_web_site_nor_company(line, fact):
    assert fact not in facts_of(f"{line}\nThanks", "buyer@else.example")


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("г. Тула, пр. Садовый, 5", True),
        ("Zone industrielle Nord, Oran, Algérie", True),
        ("Jl. Kenanga No. 3, Surabaya", True),
        ("Khu công nghiệp Sông Mây, Đồng Nai, Lô 4", True),
        ("Polígono industrial Norte 9, Elche", True),
        ("и пр. светильники - 500 шт", False),
        ("We need 500 al. lamps 6204", False),
        ("18 Sinpyeong-daero, Saha-gu, Busan", True),
        ("3-8-2 Minami-cho, Chuo-ku, Osaka", True),
        ("Warehouse 7, Al Quoz, Dubai", True),
        ("Godown No. 4, Bhosari, Pune", True),
        ("Ruta 9 km 278, Rosario", True),
        ("Rod. SP-330 km 12, Jundiaí/SP", True),
        ("Pol. Ind. Las Viñas, c/ 3, nave 6, Getafe", True),
        ("41 Tahrir St., Alexandria", True),
        ("16 Orchard Court, Bristol", True),
        ("Gewerbering 8 · 86899 Landsberg", True),
        ("Industrijska cesta 4, 5000 Nova Gorica", True),
        ("2416 GA Gouda, Netherlands", True),
        ("Kade 3, 2416 GA Gouda", True),
        ("Lô C4, KCN Tân Bình, Hà Nội", True),
        ("B.P. 4410, Bamako", True),
        ("ص.ب 4521، عمّان", True),
        ("440 Mill Pond, Macon GA 31201", True),
        ("Sent: Tuesday, April 28, 2026 7:05 AM", False),
        ("Unit 6205, 500 pcs", False),
        ("6205 ZZ Deep groove", False),
        ("gate valve 2 inch, 40 pcs", False),
        ("Abdul, 0803 555 0177", False),
    ],
)
def test_addresses_of_many_countries(line, is_one):
    assert postal.is_address(line) is is_one


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("Please ship them to 412 W Pine St, Racine WI 53403. I paid by card.", "412 W Pine St, Racine WI 53403"),
        ("Our new address for the invoice is Via Trento 8, 41121 Modena (we moved).", "Via Trento 8, 41121 Modena"),
        ("Muster bitte an: Kern Technik, Tor 2, Industriestr. 9, 33602 Bielefeld.", "Industriestr. 9, 33602 Bielefeld"),
        ("10只样品请寄苏州市吴中区木渎镇金枫路216号，陈工收。", "苏州市吴中区木渎镇金枫路216号，陈工收"),
        ("Envíen a Cra 43 # 12-20 Medellín, por favor.", "Cra 43 # 12-20 Medellín, por favor"),
        ("Send three pieces to Ulica Lipa 12, 51000 Rijeka, use our account.", "Ulica Lipa 12, 51000 Rijeka, use our account"),
    ],
)
def test_an_address_in_a_sentence(words, address):
    assert postal.in_prose(words)[0] == address


@pytest.mark.parametrize(
    "words",
    [
        "We need 500 pcs of 6204 for Hamburg by 12 March 2026.",
        "UCP205, 300 pcs, CIF Lagos. 6203 ZZ, 2000 pcs. 32210 K, 40 pcs.",
        "Our 5 Machines in Hall 4 run at 1480 rpm, 24 hours.",
        "In 2019 Acme bought 40, 50 and 60 mm lamps.",
        "PO 4411 Rev 2, Item 3, 1,000 pcs at 0.35 USD",
    ],
)
def test_numbers_in_a_sentence_are_no_address(words):
    assert postal.in_prose(words) is None


@pytest.mark.parametrize(
    ("signature", "phone"),
    [
        ("Best,\nMarge Hill\nHill Pumps Inc.\n715-555-0142", "715-555-0142"),
        ("Regards\nA. Kulkarni\n98220 55509", "98220 55509"),
        ("M: 98250 55507", "98250 55507"),
        ("Saludos\nIng. Raúl Peña\n81 5550 1822", "81 5550 1822"),
        ("此致\n李强\n138 0055 0133", "138 0055 0133"),
        ("att,\nEdna\nfone 47 5550-0123", "47 5550-0123"),
    ],
)
def test_a_number_needs_no_word_where_people_sign(signature, phone):
    assert facts_of(signature)["gives_phone"] == phone


@pytest.mark.parametrize("line", ["can you mix 6203 300 6204 400 6206 300 in a box", "6204 6205 6206", "32210 32211"])
def test_numbers_of_goods_are_no_telephone(line):
    assert not telephone.first(line)
    assert not telephone.alone(line)
