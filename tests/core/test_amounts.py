"""How many and where to: numbers in words, beside codes and in lists; ports without a trade term; what counts no goods and is no port."""

from pathlib import Path

import pytest
from messages import mail
from pydantic import ValidationError

from mailagent.core.model.trade import Trade
from mailagent.core.reading import facts
from mailagent.policy import load

# A maker of all kinds of bearings: numbers of four and five digits may be codes, too.
BEARINGS = load(Path(__file__).parents[1] / "evaluation")


def values(words, name):
    return [fact.value for fact in facts.find(mail(words, subject="Inquiry"), BEARINGS) if fact.name == name]


def amounts(words):
    return [float(value.split(" ")[0]) for value in values(words, "quantity")]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("Please quote two dozen 6204-2RS and half a dozen UCP205.", [24, 6]),
        ("Il nous faudrait deux cents pièces du 6205", [200]),
        ("Wir brauchen zweihundert Stück 6204", [200]),
        ("Quinhentas peças do 6203, por favor", [500]),
        ("Нужно полторы тысячи штук 6204", [1500]),
        ("ci servono duemila pezzi di 6205", [2000]),
        ("6204'ten beş adet numune lütfen", [5]),
        ("نحتاج ثلاثة آلاف حبة من 6205", [3000]),
        ("6204 dwieście sztuk", [200]),
        ("UCF206, eighty units, that is all", [80]),
        ("先拿五套6204试试", [5]),
        ("6204每月各約八千顆", [8000]),
        ("6205を五個ほど見たい", [5]),
        ("Let me have ten of the 6204 to listen to", [10]),
        ("We need four 6205 and a pair of 30206", [4, 2]),
    ],
)
def test_numbers_in_words(words, numbers):
    assert amounts(words) == numbers


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("6204 - 20\n6205 - 300\n6206 - 36", [20, 300, 36]),
        ("Price of 6204 (500), 6205 (1 000) and 30206 (2.000).", [500, 1000, 2000]),
        ("can you mix 6204 300, 6205 400, 6206 350 in one carton?", [300, 400, 350]),
        ("20 paliers UCP 212 et 40 paliers UCP 214", [20, 40]),
        ("I'd want 400 of 6206 and 250 of both UCP 205 and UCP 207", [400, 250]),
        ("same list, only UCP206 you put 400 this time", [400]),
        ("6204-2RS, 120,000/yr", [120000]),
        ("6204 x 4 and 22213 EK x 8", [4, 8]),
        ("price for 100, 500 and 1,000 pcs of 6204", [100, 500, 1000]),
        # A limit that stands before an amount is none itself.
        ("Anfrage 6204, Lauf < 19, 1.200 Stück", [1200]),
        ("6204, Ra<19, 1.200 Stück", [1200]),
        ("At that money I take 1,500.", [1500]),
        ("Meet me there and I lock 6,000", [6000]),
        ("6312 ve 6314, 250'şer adet", [250]),
        ("6304 için 10.000 adetlik sipariş", [10000]),
        ("33118 – 600 u. y 32215 – 1.200 u.", [600, 1200]),
        ("6204 monthly 2,400", [2400]),
        ("6204 5천개", [5000]),
        ("we take one pallet of 6204 every month", [1]),
        ("one 20ft container of 6204", [1]),
    ],
)
def test_numbers_beside_codes_and_without_a_unit(words, numbers):
    assert sorted(set(amounts(words))) == sorted(set(numbers))


@pytest.mark.parametrize(
    "words",
    [
        "6204, 05 and 06 please", "UC 207-20 and UC 208-24", "6204, 6205, 6206 and 6207", "two of our customers ask for 6204",
        "6204 within two weeks", "6204 in 3 weeks", "one in five of the 6204 is noisy", "our order 4500-221 of 6204", "6204 at 41 dB",
        "the vessel of the 21st with the 6204", "6204, payment 30/70 please", "we build about 70 units a month",
        "Karton zu 50 Stück, 6204", "6204 in cartons of 20", "quote 7014, 7014 pairs P4",
        "6204, anything above 20k dollars by L/C", "UCP 205, SNL 516 housing", "we use 6305 a year long",
        "worth US$ 14.6 Million, bearings",
        "三个批次的报告 6204", "我司年产电机四十余万台，用6204",
    ],
)  # fmt: skip
def test_what_counts_no_goods(words):
    assert amounts(words) == []


def test_a_number_that_says_none_is_told():
    with pytest.raises(ValidationError, match="is no number"):
        Trade(number_words={"many": ("lots",)})


@pytest.mark.parametrize(
    ("words", "port"),
    [
        ("Freight: Jebel Ali by sea, 36 pcs of 6204", "Jebel Ali"),
        ("Quote 6204 open type, twenty off, Fremantle. No calls.", "Fremantle"),
        ("what is the wait on 6204 to Fremantle these days?", "Fremantle"),
        ("6204 rendu Nantes, quel prix ?", "Nantes"),
        ("Offerte 6204, geleverd Brugge", "Brugge"),
        ("Price of 6204 duty paid Saguenay please", "Saguenay"),
        ("prezzo 6204 reso Verona?", "Verona"),
        ("6204 fiyatı, Mersin teslim", "Mersin"),
        ("Mersin'e gemi kaç günde varıyor, 6204", "Mersin"),
        ("Цена 6204 и срок поставки до Достыка", "Достыка"),
        ("6204 berapa? Kirim sampai Surabaya bisa?", "Surabaya"),
        ("6204多少钱包邮深圳", "深圳"),
        ("6204含税到绍兴什么价", "绍兴"),
        ("6201ZZ 단가, 인천항 도착 기준입니다", "인천"),
        ("6204 سعر حتى ميناء العقبة", "العقبة"),
        ("your lowest of 6204 for Beirut", "Beirut"),
        ("half the money after the 6204 reach Djibouti", "Djibouti"),
        ("6204, il mare quanto fa fino a Genova?", "Genova"),
        ("un conteneur pour Abidjan avec les 6204", "Abidjan"),
        ("6204, kargo Mersin'e olacak", "Mersin"),
        ("When do the 6204 sail, and ETA Ashdod?", "Ashdod"),
        ("6204: llegamos por Iquique", "Iquique"),
        ("6204 DAP Laredo TX", "Laredo"),
    ],
)
def test_ports_without_a_trade_term(words, port):
    assert values(words, "port") == [port]


@pytest.mark.parametrize(
    "words",
    [
        "I take the train to Shanghai to see your 6204", "we sell 6204 in our shop in Mombasa", "price of 6204 frei Haus",
        "Ship to Lindgren Fans AB, 6204", "Undelivered Mail about 6204", "ATTN EXPORT DEPT. 6204", "请回复目的港和品名 6204",
        "please send 6204到邮箱", "abito a Genova e cerco 6204",
    ],
)  # fmt: skip
def test_what_is_no_port(words):
    assert values(words, "port") == []


@pytest.mark.parametrize(
    ("words", "term"),
    [
        ("6204 Preis ab Werk", "EXW"), ("6204报到岸价", "CIF"), ("6204 离岸价", "FOB"), 
        ("цена 6204 с завода", "EXW"), ("dap Venlo, 6204", ""),
    ],
)  # fmt: skip
def test_trade_terms_in_words(words, term):
    assert values(words, "incoterm") == ([term] if term else [])
