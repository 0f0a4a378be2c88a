"""Who sells to us, who informs the whole world, who is a robot, and the buyers who use the same words."""

from __future__ import annotations

import pytest
from messages import lamp_policy, mail

from mailagent.core.model.known import Known, LetterRef
from mailagent.core.reading import kind


def judged(words, subject="Hello", **more):
    return kind.classify(mail(words, subject, **more), Known(), lamp_policy())


SELLERS = [
    "Do you need a business loan? We fund projects at 3% interest rate. Reply with the amount needed.",
    "Sehr geehrte Damen und Herren, wir übersetzen Kataloge und Webseiten in 30 Sprachen.",
    "Somos una agencia de marketing digital, ¿le gustaría recibir una propuesta?",
    "Наша компания предлагает доставку сборных грузов из Китая, таможенное оформление.",
    "我司专业做俄罗斯双清，时效稳定，价格优惠，欢迎来电咨询。",
    "免 费 加 盟，诚 招 独 家 代 理，低投入高回报，热线 12345",
    "Congratulations! Claim your prize now, click here, no obligation.",
    "Dear purchasing team, we punch washers for lamp makers. Which quantity do you use every month? Samples to your factory are free.",
    "We liquidate our store in Turin: 900 lamps of European brands, ex works, photos if you like.",
    "外贸企业还在为没有询盘发愁吗？我们的系统帮您群发，现在预约演示。",
    "Obtenga su certificado ISO 9001 este mes, sin auditoría presencial. Cupo limitado.",
    "Earn extra income from home! No risk, money back guarantee. Click here, order now.",
]


@pytest.mark.parametrize("words", SELLERS)
def test_who_sells_to_us_is_no_lead(words):
    found = judged(words)
    assert found.kind == "spam_solicitation" and found.evidence


BUYERS = [
    "We are a leading distributor in Nigeria. Send catalogue and price list, discount for 5000 pcs. Credit terms? A download is fine.",
    "本公司专业从事工程，免费样品可以提供吗？求购面板灯，请报最优惠的价格，欢迎来电联系。",
    "I saw your booth at the fair. Please send the newsletter and the price of the panel.",
    "Do you give a guarantee? We pay by credit card.",
    "We buy surplus stock of lamps. Do you have any clearance lots? Send the list with prices.",
    "Notre transitaire vient chercher les lampes. Quel est le prix départ usine ?",
]


@pytest.mark.parametrize("words", BUYERS)
def test_a_buyer_may_use_their_words(words):
    assert judged(words).kind == "inquiry"


NEWS = [
    "Registration for the Lighting Expo 2027 is open. Book your booth, early bird rates end soon. 3,000 exhibitors and visitors.",
    "12 new buying requests match your products:\n1. Lamps, Peru\n2. Panels, Egypt\nQuote now | Manage your alerts",
    "Sichern Sie sich Ihr kostenloses Messeticket! 800 Aussteller und Besucher. Sie erhalten diese E-Mail, weil Sie Aussteller waren.",
    "이번 호 주요 기사. 웹에서 보기. 수신을 원하지 않으시면 클릭하세요.",
]


@pytest.mark.parametrize("words", NEWS)
def test_bulk_mail_is_known_without_a_header(words):
    assert judged(words).kind == "newsletter"


ROBOT = [
    "Hi, I wanted to know your price.",
    "Hola, quería saber tu precio.",
    "Hallo, ek wou jou prys ken.",
    "Xin chào, tôi muốn biết giá của bạn.",
    "Hi, მინდოდა ვიცოდე თქვენი ფასი.",
    "Salam, qiymətinizi bilmək istədim.",
]


@pytest.mark.parametrize("words", ROBOT)
def test_the_robot_that_only_asks_for_a_price_is_no_lead(words):
    found = judged(words)
    assert (found.kind, found.reason) == ("spam_solicitation", "form robot")


@pytest.mark.parametrize(
    "words",
    ["Hola, quería saber el precio del panel LP-300", "I want to know your price", "Hi, what is your price?", "Цена светильника?"],
)
def test_one_word_more_and_it_is_a_person(words):
    assert judged(words).kind == "inquiry"


def test_the_robots_words_below_our_letter_are_an_answer():
    letter = LetterRef(1, 1, 1, "ann@fieldworks.example", "l1@lumena.example", "LP-300", "sent", "reply")
    found = kind.classify(mail("Hi, I wanted to know your price."), Known(answered_letter=letter, match_method="thread"), lamp_policy())
    assert found.kind == "reply"


# Makers of other things say who they are as rivals do; then they ask.
MAKERS = [
    "Hi we are manufacturer of agricultural pumps in Coimbatore, our factory produces 400 pumps a day, uses 6205. Share your best rates.",
    "Good day, our company is a leading manufacturer of electric motors. Who handles exports at your side?",
    "We supply all kinds of spare parts to mines. Is 22320 in your production?",
    "Bonjour, nous fabriquons des ventilateurs et nous utilisons des 6203. Pouvez-vous livrer 5000 pièces ?",
    "Buenas, fabricamos bombas en Rosario, usamos 6306 2RS, 800 por mes. ¿Las hacen ustedes?",
    "Olá, trabalhamos com peças agrícolas. Vocês têm rolamento 30205?",
    "Siamo produttori di motoriduttori, usiamo 6004 e 6204. Avete disponibilità?",
    "Wir sind Hersteller von Lüftern und verbauen 6201 2Z. Können Sie 10.000 Stück liefern?",
    "Мы производим насосы, используем 180306. Делаете такие?",
    "我厂生产电机，每月用6203约两万套，你们能做吗？",
    "我司专业生产水泵，现用6305，想换一家轴承厂，方便寄几套试装吗？",
    "弊社は送風機を製造しております。6203ZZ 月5000個、対応可能でしょうか。",
    "당사는 모터 제조업체입니다. 6202 월 1만개 공급 가능한가요?",
    "نحن مصنع مضخات ونستخدم 6204 هل يتوفر لديكم؟",
    "Chúng tôi là nhà sản xuất quạt, dùng 6200 hàng tháng 5000 vòng. Bên bạn có hàng không?",
    "Kami adalah produsen kipas, pakai 608zz 20 ribu per bulan. Bisa supply?",
    "你好，我们是批发商，想做你们深沟球轴承的独家代理，请问有什么条件？首批拿货量要多少？",
]


@pytest.mark.parametrize("words", MAKERS)
def test_who_makes_other_things_and_asks_is_a_buyer(words):
    assert judged(words).kind == "inquiry"


def test_what_one_may_click_below_a_newsletter_is_nobodys_wish():
    found = kind.classify(mail("New: our steel prices of the week.\n\nUnsubscribe | Manage preferences", "Prices"), Known(), lamp_policy())
    assert found.unsubscribe == "none"
