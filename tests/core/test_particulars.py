"""Dates, prices, payment, papers, roles, questions and promises: what a mail says, in many languages and careless writing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from messages import bearing_policy, lamp_policy, mail

from mailagent.core.model.lead import Fact
from mailagent.core.reading import country, facts, feasts, near_names
from mailagent.core.reading.read import Reading, look_for_facts
from mailagent.core.reading.signs import Signs
from mailagent.core.reading.text import Text

REPLY = {"in_reply_to": ("x1@ours.example",)}


def values(message, *names: str, policy=None) -> list[str]:
    found = facts.find(message, policy or bearing_policy())
    return [fact.value for fact in found if fact.name in names]


# The mail is of Tuesday, 3 March 2026.
@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("We are not buying now, please come back to us after March.", "2026-04-01"),
        ("Bu ara stoklarımız dolu, bayramdan sonra tekrar görüşelim.", "2026-03-23"),
        ("快过年了，先放一放，五一以后再联系吧。", "2026-05-06"),
        ("Dieses Jahr nicht mehr. Melden Sie sich bitte im neuen Jahr wieder.", "2027-01-01"),
        ("Wir entscheiden erst nach der Messe im Oktober, melden Sie sich dann wieder.", "2026-11-01"),
        ("Not now. Please contact us again in two months.", "2026-05-03"),
        ("Budget is gone. Let's talk again in Q3.", "2026-07-01"),
        ("Сейчас не нужно, вернёмся к разговору в сентябре.", "2026-09-01"),
        ("Напомните о себе через месяц, пожалуйста.", "2026-04-03"),
        ("Per ora non ci serve nulla. Ci risentiamo dopo Pasqua.", "2026-04-07"),
        ("Ahora no, lo retomamos después de Semana Santa.", "2026-04-07"),
        ("今期は見送ります。来月以降に改めてご連絡ください。", "2026-04-01"),
        ("Agora não. Falamos depois das férias, em setembro.", "2026-09-01"),
        ("地块还没定，等广交会后再谈。", "2026-05-06"),
        ("Nous passerons commande après le 15 mai, pas avant.", "2026-05-16"),
        ("Please quote by Friday, let us talk again after Easter.", "2026-04-07"),
        ("Nothing this year. Write to us again in spring 2028.", "2028-03-01"),
        ("Bitte melden Sie sich im Herbst 2027 wieder.", "2027-09-01"),
        ("2027年春季再联系我们吧。", "2027-03-01"),
    ],
)  # fmt: skip
def test_later_is_the_day_he_names(words, day):
    named = values(mail(words, **REPLY), "resume_after")
    assert [value.split(" ")[0] for value in named] == [day]


@pytest.mark.parametrize(
    "words",
    [
        "We want delivery after Ramadan, please quote CIF Karachi.",
        "Our samples arrived after the fair in February, all fine.",
        "Your offer of 12 March is valid until 30 April, right?",
        "We were founded in May 1998 and buy 6204 bearings every month.",
        "Please call me on Monday.",
        "Payment 30 days after B/L. We may order 6204.",
    ],
)
def test_other_times_are_no_wish_to_be_left_alone(words):
    assert values(mail(words, **REPLY), "resume_after") == []


@pytest.mark.parametrize(
    ("words", "name", "day"),
    [
        ("We need the goods by end of June.", "delivery_wanted", "2026-06-30"),
        ("Tender closes 15 May, please quote 6204.", "deadline", "2026-05-15"),
        ("Angebot bitte bis spätestens 27.03.2026.", "deadline", "2026-03-27"),
        ("Angebot bitte bis 27.3.", "deadline", "2026-03-27"),
        ("月底前请回复报价。", "deadline", "2026-03-31"),
        ("6月末までに納品をお願いします。", "delivery_wanted", "2026-06-30"),
        ("7월 말까지 납품 가능한가요?", "delivery_wanted", "2026-07-31"),
        ("Нужна поставка до 15 мая.", "delivery_wanted", "2026-05-15"),
        ("Kurban Bayramından önce teslim lazım.", "delivery_wanted", "2026-05-26"),
        ("Nous devons être livrés avant le 15 juillet.", "delivery_wanted", "2026-07-14"),
        ("Necesitamos la mercancía antes de fin de agosto.", "delivery_wanted", "2026-08-31"),
        ("Please ship within 45 days.", "delivery_wanted", "2026-04-17"),
        ("Lieferung frei Haus bis KW 12.", "delivery_wanted", "2026-03-20"),
    ],
)  # fmt: skip
def test_until_when(words, name, day):
    assert [value.split(" ")[0] for value in values(mail(words), name)] == [day]


@pytest.mark.parametrize(
    "words", ["May I ask your price?", "We march on.", "Payment within 30 days after shipment by T/T.", "for the last 20 years"]
)
def test_no_time_at_all(words):
    assert values(mail(words), "deadline", "delivery_wanted", "resume_after") == []


@pytest.mark.parametrize(
    ("feast", "since", "first"),
    [
        ("chinese_new_year", date(2026, 3, 1), date(2027, 2, 5)), ("lantern_festival", date(2026, 1, 9), date(2026, 3, 3)),
        ("ramadan", date(2026, 1, 1), date(2026, 2, 18)), ("eid_al_adha", date(2026, 4, 1), date(2026, 5, 27)),
        ("easter", date(2027, 1, 1), date(2027, 3, 26)), ("orthodox_easter", date(2026, 1, 1), date(2026, 4, 10)),
        ("diwali", date(2026, 1, 1), date(2026, 11, 7)), ("canton_fair", date(2026, 6, 1), date(2026, 10, 15)),
        ("winter", date(2026, 1, 9), date(2025, 12, 1)), ("chinese_new_year", date(2036, 1, 1), date(2036, 1, 27)),
    ],
)  # fmt: skip
def test_feasts(feast, since, first):
    assert feasts.days_of(feast, since)[0] == first


def test_an_unknown_feast_has_no_days():
    assert feasts.days_of("nobody's day", date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("words", "price"),
    [
        ("Our target for 6204 is USD 0.45/pc.", "0.45 USD"), ("目标价 RMB 3.8/只", "3.8 CNY"),
        ("Nosso preço alvo é US$ 1.200,00", "1200 USD"),
        ("Der Zielpreis liegt bei 1,15 € pro Stück.", "1.15 EUR"), ("target 45 cents", "0.45 USD"), ("目標価格は300円です。", "300 JPY"),
        ("We accept EUR 7,80 per set.", "7.8 EUR"), ("can you do 0.37? others are at 0.40 usd", "0.37 USD"),
        ("Artikel | Menge | Zielpreis €\n6204 | 1.200 | 3,40", "3.4 EUR"),
    ],
)  # fmt: skip
def test_the_price_he_wants(words, price):
    assert values(mail(words), "target_price") == [price]


@pytest.mark.parametrize(
    "words",
    ["Your price USD 0.46/pc is too high.", "Our supplier in Wuxi gives 0.38 USD/pc.", "We can pay 50% deposit.", "6204 2rs 500 pcs"],
)
def test_prices_that_are_not_his(words):
    assert values(mail(words), "target_price") == []


@pytest.mark.parametrize(
    ("words", "term"),
    [
        ("Payment: 30% T/T deposit, 70% against copy of B/L.", "T/T 30/70"), ("We pay by L/C at sight.", "L/C at sight"),
        ("Payment LC 90 days.", "L/C 90 days"), ("OA 60 possible?", "O/A 60 days"), ("付款方式：信用证", "L/C"),
        ("Zahlungsziel 60 Tage wäre gut.", "O/A 60 days"), ("D/P at sight ok?", "D/P at sight"),
        ("Оплата: 30% предоплата", "advance 30/70"),
    ],
)  # fmt: skip
def test_how_he_pays(words, term):
    assert values(mail(words), "payment_terms") == [term]


@pytest.mark.parametrize(
    ("words", "papers"),
    [
        ("Need CE and RoHS, ISO 9001 too", ["CE", "RoHS", "ISO 9001"]), ("ce n'est pas possible", []), ("GS-21, 500 pcs", []),
        ("是否有原产地证和SGS报告？", ["COO", "SGS"]), ("within reach of our budget", []), ("Werkszeugnis 3.1 nötig", ["EN 10204"]),
    ],
)  # fmt: skip
def test_papers(words, papers):
    assert sorted(values(mail(words), "certificate")) == sorted(papers)


@pytest.mark.parametrize(
    ("words", "role"),
    [
        ("We are importers of bearings.", "importer"), ("wir sind Großhändler", "wholesaler"), ("toptancıyız", "wholesaler"),
        ("somos una ferretería de Valencia", "retailer"), ("we r a buying agent for retailers", "agent"),
        ("soy fabricante de bandas", "oem"),
        ("Eigenbedarf, wir sind Endverbraucher", "end_user"),
    ],
)  # fmt: skip
def test_his_role_in_the_trade(words, role):
    assert values(mail(words), "trade_role") == [role]


@pytest.mark.parametrize(
    ("signature", "power"),
    [("Rita Sol\nPurchasing Manager", "decides"), ("Paulo Reis\nComprador", "collects"), ("Tom Nagy\nDesign Engineer", "asks_details")],
)
def test_his_power_to_decide(signature, power):
    message = mail(f"Please quote 6204.\n\nRegards\n{signature}", signature=signature)
    assert values(message, "decision_power") == [power]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("Hi. What is your MOQ? Is 1.5 mm ok? Regards", ["What is your MOQ?", "Is 1.5 mm ok?"]),
        ("How are you? Please advise the weight of a carton.", ["Please advise the weight of a carton."]),
        ("交期多久？可否提供样品？", ["交期多久？", "可否提供样品？"]),
        ("納期はどのくらいでしょうか。よろしく。", ["納期はどのくらいでしょうか。"]),
        ("ما هي مدة التسليم؟", ["ما هي مدة التسليم؟"]),
        ("See http://x.example/?a=1 for our list.", []),
    ],
)  # fmt: skip
def test_open_questions(words, asked):
    assert [fact.evidence for fact in facts.find(mail(words), bearing_policy()) if fact.name == "open_question"] == asked


@pytest.mark.parametrize(
    ("words", "due"),
    [
        ("We will send you the quotation by Friday and the samples next week.", ["2026-03-06", "2026-03-13"]),
        ("样品我们下周三寄出，报价单明天发给您。", ["2026-03-11", "2026-03-04"]),
        ("Das Angebot erhalten Sie bis Donnerstag.", ["2026-03-05"]),
        ("Le enviaremos la cotización el viernes.", ["2026-03-06"]),
        ("I'll check with the factory.", [""]),
        ("If you confirm by 10 March we will send the goods in April.", []),
        ("Will you send the drawing by Friday?", []),
    ],
)  # fmt: skip
def test_what_we_promised(words, due):
    assert [fact.value for fact in facts.promised(mail(words), bearing_policy())] == due


def test_a_promise_of_ours_in_the_quotation():
    quoted = "On Mon, 2 Mar 2026 at 10:00, Lily <lily@lumena.example> wrote:\n> We will send the drawings by Thursday."
    assert values(mail("Any drawings yet?", quoted=quoted, **REPLY), "promised") == ["2026-03-05"]
    theirs = quoted.replace("lumena", "elsewhere")
    assert values(mail("Any drawings yet?", quoted=theirs, **REPLY), "promised") == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("6204 2rs - 10k pcs", ["6204-2RS"]), ("30205 500 pcs", ["30205"]), ("UCP 205 800 sets", ["UCP205"]),
        ("30206, 30207 and", ["30206", "30207"]),
        ("UCP204-UCP208 mixed", ["UCP204", "UCP208"]), ("30205/c3 fob", ["30205 C3"]),
    ],
)  # fmt: skip
def test_designations_end_where_the_quantity_begins(words, named):
    assert values(mail(f"Please quote {words}"), "designation") == named


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("2x40'HQ of bearings", "2 40'HQ"), ("half container of 6204", "0.5 container"), ("500 rodamientos", "500 rodamientos"),
        ("Item | Qty | Price\n6204-2RS | 3000 | 0.25", "3000"), ("Quantité : 3 000", "3000"), ("3 lakh pcs", "300000"),
        ("order for 1000 x 6204-2RS", "1000"), ("10x 6204", "10"), ("6204 一万二千套", "12000 套"), ("6204 C3 300 off", "300 off"),
    ],
)  # fmt: skip
def test_quantities_without_a_unit_behind_them(words, amount):
    assert amount in values(mail(words), "quantity")


@pytest.mark.parametrize(
    "words",
    ["RMB 22 each", "0.45/pc", "30% T/T", "200 pcs per carton", "6月10号前回复", "worth 400 million USD", "80 x 120 cm"],
)
def test_numbers_that_count_no_goods(words):
    assert values(mail(f"bearing, {words}"), "quantity") == []


def test_a_slip_of_the_pen_is_forgiven():
    names = near_names.prepare([("pruning shears", "GS-21"), ("hedge shears", "HS-50"), ("spade", "SP-1")])
    assert [fact.value for fact in near_names.find(Text("some prunning sheers pls"), names, ())] == ["GS-21"]
    assert near_names.find(Text("the printing sheets of the hedge fund"), names, ()) == []


@pytest.mark.parametrize(
    ("words", "more", "place", "source"),
    [
        ("We are importers from Ghana.", {}, "GH", "words likely"), ("Price CIF Mundra please", {}, "IN", "destination likely"),
        ("Shop in Curitiba needs lamps", {}, "BR", "town likely"), ("Toledo, OH 43604", {}, "US", "town likely"),
        ("ベアリングの見積", {"language": "ja", "utc_offset": 540}, "JP", "clock guess"),
        ("made in Peru", {}, "", ""), ("FOB Shanghai", {}, "", ""),
    ],
)  # fmt: skip
def test_where_he_sits_and_how_we_know(words, more, place, source):
    sender = "Ann <ann@post.example>"
    read = look_for_facts(Reading(mail(words, sender=sender, **more), Signs()), lamp_policy())
    assert (read.place.value if read.place else "") == place
    assert [fact.value for fact in read.facts if fact.name == "country_source"] == ([source] if source else [])
    assert not [fact for fact in read.facts if fact.name.startswith("@")]


def test_no_clock_is_believed_that_is_far_off():
    message = mail("Please contact us again after May, not now.", sent_at=datetime(1999, 1, 1, tzinfo=UTC), **REPLY)
    assert values(message, "resume_after") == ["2026-06-01 sure"]
    nobody = mail("Contact us again after May, not now.").but(received_at=datetime(1970, 1, 1, tzinfo=UTC))
    assert values(nobody, "resume_after") == []


def test_hostile_text_is_read_in_time_and_gives_few_facts():
    hostile = "USD 1.1.1.1 | " * 3_000 + "? " * 5_000 + "after May 15 by " * 5_000 + "月" * 9_000
    found = facts.find(mail(hostile), lamp_policy())
    assert len(found) <= facts.MOST_FACTS
    assert all(isinstance(fact, Fact) for fact in found)
    assert country.find_with_source(mail("x"), (), lamp_policy()) == (None, None)
