"""What a mail says: products, quantities, intents, contact data, doubts, and what it does not say."""

import time
from dataclasses import replace

import pytest
from messages import BEARINGS, bearing_policy, lamp_policy, mail

from mailagent.core.model.address import Address
from mailagent.core.model.message import Attachment
from mailagent.core.reading import codes, facts, fraudsigns, lookalike, quantities
from mailagent.core.reading.phrases import Phrasebook
from mailagent.core.reading.text import Text


def found(message, policy=None):
    return facts.find(message, policy or lamp_policy())


def names(message, policy=None):
    return {fact.name for fact in found(message, policy)}


def values(message, name, policy=None):
    return [fact.value for fact in found(message, policy) if fact.name == name]


# ── products ────────────────────────────────────────────────────────────────────────────────────────────────────

SPELLINGS = ["6204-2RS", "6204 2rs", "62042RS", "６２０４－２ＲＳ", "6204/2RS C3", "6204.2RS-C3", "6204rs"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_code_however_it_is_written(spelling):
    assert values(mail(f"Please quote {spelling} today"), "names_product", bearing_policy()) == ["6204-2RS"]


@pytest.mark.parametrize(
    ("words", "product"),
    [
        ("we need 6204 with rubber seals", "6204"),
        ("深沟球轴承6204多少钱", "6204-2RS"),
        ("Pillow Blocks for conveyors", "pillow block"),
        ("price for UCP 205", "pillow block"),
        ("30205 and so on", "taper roller"),
        ("NU312ECP C3", "NU 312 ECP"),
    ],
)
def test_series_names_and_families(words, product):
    assert product in values(mail(words), "names_product", bearing_policy())


@pytest.mark.parametrize(
    ("words", "product"),
    [("need HB150 for our hall", "HB-150"), ("Angebot für LED-Hallenstrahler bitte", "high bay"), ("请报LED工矿灯", "high bay"),
     ("прожекторы светодиодные нужны", "flood light"), ("reflectores LED para estadio", "flood light")],
)  # fmt: skip
def test_the_shipped_example_company_knows_its_lamps(words, product):
    assert product in values(mail(words), "names_product")


@pytest.mark.parametrize("words", ["we ordered 6204 pcs", "PO 6204 of May", "founded 6204 km away", "USD 6204"])
def test_a_number_of_something_else_is_no_product(words):
    assert values(mail(words), "names_product", bearing_policy()) == []


def test_the_trade_alone_is_no_product():
    said = names(mail("we use bearings in our mill, send price list"), bearing_policy())
    assert "industry_only" in said and "general_inquiry" in said
    assert not said & {"names_product", "concrete_requirement"}


def test_a_model_that_the_catalogue_lacks_is_a_requirement():
    assert values(mail("Need bearing 23152 CCK/W33, 2 pcs"), "concrete_requirement", bearing_policy())


def test_standards_orders_and_dates_are_no_models():
    said = names(mail("Your price for bearings? ISO 9001 needed, PO 88214 of 2024, RAL 7016, tel 5550123"), bearing_policy())
    assert "concrete_requirement" not in said


def test_bare_digits_of_a_web_address_are_no_product():
    read = "As seen on https://news.example/shop/0-62041-6204-8751383.html"
    assert values(mail(read), "names_product", bearing_policy()) == []
    assert values(mail("As seen on https://shop.example/b-6204-2rs-c3"), "names_product", bearing_policy()) == ["6204-2RS"]
    assert values(mail("see www.firm.example 6204 open"), "names_product", bearing_policy()) == ["6204"]


def test_codes_come_from_the_catalogue_and_nowhere_else():
    known = codes.prepare(BEARINGS)
    assert known.look_up("62042rs") == "6204-2RS" and known.look_up("hb150") == ""


# ── numbers and terms ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "value"),
    [("8,000 pcs", "8000 pcs"), ("8.000 Stück", "8000 Stück"), ("20 000 kits", "20000 kits"), ("5万套", "50000 套"),
     ("10k pcs", "10000 pcs"), ("500个", "500 个"), ("1.200 uds", "1200 uds"), ("2,5 tons", "2.5 tons"), ("20.000 adet", "20000 adet"),
     ("3 000個", "3000 個")],
)  # fmt: skip
def test_quantities(words, value):
    assert values(mail(f"We need: {words}"), "quantity") == [value]


@pytest.mark.parametrize(
    ("words", "number"), [("8,000", 8000), ("8.000", 8000), ("0.58", 0.58), ("1.234.567", 1234567), ("12,5", 12.5), ("x", None)]
)
def test_numbers_of_all_countries(words, number):
    assert quantities.number(words) == number


@pytest.mark.parametrize(
    ("words", "term", "port"),
    [("price CIF Karachi please", "CIF", "Karachi"), ("C & F Lagos", "C&F", "Lagos"), ("FOB price", "FOB", None),
     ("请报FOB青岛价", "FOB", "青岛"), ("quote DAP Umeå", "DAP", "Umeå"), ("fob ningbo", "FOB", "ningbo")],
)  # fmt: skip
def test_trade_terms_and_ports(words, term, port):
    assert values(mail(words), "incoterm") == [term]
    assert values(mail(words), "port") == ([port] if port else [])


@pytest.mark.parametrize("words", ["das hat er dat gesagt", "fas y fobia", "the precipitation"])
def test_common_words_are_no_trade_terms(words):
    assert values(mail(words), "incoterm") == []


# ── intents, in twelve languages ────────────────────────────────────────────────────────────────────────────────

SAYS = [
    ("What is your best price for 500 pcs?", "asks_price"),
    ("请报价", "asks_price"),
    ("請報價", "asks_price"),
    ("¿Cuánto cuesta por caja?", "asks_price"),
    ("CUANTO CUESTA", "asks_price"),
    ("Bitte senden Sie uns ein Angebot", "asks_price"),
    ("Merci de nous envoyer un devis", "asks_price"),
    ("Qual o preço?", "asks_price"),
    ("Сколько стоит?", "asks_price"),
    ("Fiyat teklifinizi rica ederiz", "asks_price"),
    ("vorremmo un preventivo", "asks_price"),
    ("お見積をお願いします", "asks_price"),
    ("견적 부탁드립니다", "asks_price"),
    ("نرجو إرسال عرض سعر", "asks_price"),
    ("Could you send us two samples first", "asks_sample"),
    ("能寄样品吗", "asks_sample"),
    ("Please find our purchase order attached", "places_order"),
    ("We have paid the deposit this morning", "deposit_paid"),
    ("水单见附件", "deposit_paid"),
    ("Your price is too high", "price_objection"),
    ("太贵了", "price_objection"),
    ("Wir haben kein Interesse", "not_interested"),
    ("目前不需要", "not_now_later"),
    ("Please write me in February, not now", "not_now_later"),
    ("пока не нужны, напишите в марте", "not_now_later"),
    ("What is the colour temperature and the beam angle?", "tech_question"),
    ("What is your lead time?", "delivery_question"),
    ("La mercancía llegó dañada, queremos presentar un reclamo", "complaint"),
    ("We would like to be your sole agent in Ghana", "agency_or_oem"),
    ("I visited your factory last May", "has_visited"),
    ("We plan to visit your factory in April", "visit_factory"),
    ("What is your MOQ?", "asks_terms"),
    ("How is it packed, single box or bulk?", "asks_packing"),
    ("Please issue invitation letters for six persons", "invitation_letter"),
    ("We have changed our bank, please use the new account number", "bank_change"),
    ("log in with your email and email password", "wants_credentials"),
    ("How much per kilogram?", "odd_unit_price"),
    ("多少钱一斤", "odd_unit_price"),
    ("same as last order please", "customer_words"),
]


@pytest.mark.parametrize(("words", "fact"), SAYS)
def test_what_a_mail_says(words, fact):
    assert fact in names(mail(words))


SAYS_NOT = [
    ("At this stage we do not need prices", "asks_price"),
    ("No need of quotation now", "asks_price"),
    ("If your price is good we will place an order", "places_order"),
    ("Thanks, we received the samples", "asks_sample"),
    ("What is your minimum order?", "places_order"),
    ("We visited your booth at the fair", "has_visited"),
    ("Please visit our website", "visit_factory"),
    ("Payment: 30% deposit on order, balance before shipment", "deposit_paid"),
    ("What is your delivery time?", "delivered_goods"),
    ("We are looking for a new supplier", "existing_supplier"),
    ("contact me on WhatsApp", "wants_credentials"),
]


@pytest.mark.parametrize(("words", "fact"), SAYS_NOT)
def test_what_a_mail_does_not_say(words, fact):
    assert fact not in names(mail(words))


def test_every_fact_shows_its_words_and_no_more_than_200_characters():
    long = "bla " * 200 + "what is your best price for HB-150 " + "bla " * 200
    said = {fact.name: fact for fact in found(mail(long))}
    assert "best price" in said["asks_price"].evidence and len(said["asks_price"].evidence) <= 200


def test_the_quotation_below_is_never_read():
    message = mail("Thank you.", text="Thank you.\n> our price list: reply STOP", quoted="our price list for HB-150")
    assert not names(message) & {"asks_price", "names_product"}


def test_our_own_subject_in_a_reply_is_not_his_word():
    assert "names_product" not in names(mail("Please register in our portal", subject="Re: LED high bay HB-150"))
    assert "names_product" in names(mail("price please", subject="LED high bay HB-150"))


def test_a_forwarded_mail_is_read_whole():
    whole = "See below, can you quote?\n\nFrom: Piet\n\nwe need HB-150, 4 pcs"
    message = mail("See below, can you quote?", subject="Fwd: lamps", text=whole)
    assert "HB-150" in values(message, "names_product")


def test_intents_are_in_a_fixed_order_and_once():
    said = found(mail("Price? What is your MOQ? How is it packed? Send catalogue."))
    assert facts.intents(said) == ("asks_price", "asks_catalog", "asks_terms", "general_inquiry")


def test_a_new_language_needs_no_code():
    extra = lamp_policy().languages["en"].model_copy(update={"code": "nl", "name": "Nederlands", "facts": {"asks_price": ("prijsopgave",)}})
    policy = lamp_policy().model_copy(update={"languages": {**lamp_policy().languages, "nl": extra}})
    assert "asks_price" in names(mail("Graag een prijsopgave"), policy)


def test_marks_in_phrases():
    book = Phrasebook([("gap", "", "send … list"), ("begin", "", "bestel*"), ("number", "", "po #")])
    said = {match.name for match in book.find(Text("Send me your best list. Bestellung PO 4411"))}
    assert said == {"gap", "begin", "number"}
    assert book.find(Text("Send it. The list")) == []


# ── who writes ──────────────────────────────────────────────────────────────────────────────────────────────────

SIGNATURE = "Ann Field\nPurchasing Manager\nField Works Oy, Rautatienkatu 10, 33100 Tampere\n+358 3 555 0190\nwww.fieldworks.example"


def test_a_full_signature():
    said = names(mail("Please quote HB-150.", signature=SIGNATURE))
    assert said >= {f"gives_{what}" for what in ("company", "person", "title", "phone", "address", "website")}
    assert said >= {"decision_role", "own_domain"}


def test_a_signature_that_was_not_cut_off_is_found_at_the_end():
    said = names(mail(f"Please quote HB-150.\n\n{SIGNATURE}"))
    assert said >= {"gives_company", "gives_person", "gives_phone", "gives_address"}


@pytest.mark.parametrize(
    ("signature", "fact"),
    [("宁波光明进出口有限公司", "gives_company"), ("電話 053-555-0120", "gives_phone"), ("(815) 555-0175", "gives_phone"),
     ("〒430-0000 静岡県浜松市", "gives_address"), ("Storgatan 4, 111 30 Stockholm", "gives_address"), ("ООО «Ромашка»", "gives_company"),
     ("Einkauf", "gives_title"), ("采购经理", "decision_role")],
)  # fmt: skip
def test_contact_data_of_many_countries(signature, fact):
    assert fact in names(mail("ok", signature=signature))


def test_a_mail_domain_alone_is_no_website_and_a_department_no_person():
    said = names(mail("price?", sender="Sales Department <sales@fieldworks.example>"))
    assert not said & {"gives_website", "gives_person"}


def test_freemail_is_told_from_a_company():
    assert "freemail" in names(mail("price?", sender="Ann <ann.field@gmail.com>"))
    assert "own_domain" in names(mail("price?"))


def test_the_buyer_of_a_notice_is_the_buyer():
    fields = {"name": "Eva Lind", "company": "Nordlys AB", "email": "eva@nordlys.example", "phone": "+46 90 555 012", "product": "HB-150"}
    message = mail("Please quote", sender="Platform <notice@platform.example>", relayed_by="platform", relay_fields=fields)
    said = {fact.name: fact.value for fact in found(message)}
    assert said["gives_company"] == "Nordlys AB" and said["own_domain"] == "nordlys.example" and said["names_product"] == "HB-150"


# ── doubts ──────────────────────────────────────────────────────────────────────────────────────────────────────


LOOK_LIKE = ["1umena.example", "lumena-group.example", "lurnena.example", "lumenaa.example", "lumena.test", "lumnea.example"]


@pytest.mark.parametrize("domain", LOOK_LIKE)
def test_domains_that_look_like_ours(domain):
    assert lookalike.likeness(domain, "lumena.example", ("group",))


@pytest.mark.parametrize("domain", ["lumena.example", "alumina.example", "luminous.example", "fieldworks.example"])
def test_domains_that_do_not(domain):
    assert not lookalike.likeness(domain, "lumena.example", ("group",))


@pytest.mark.parametrize(
    ("visible", "href", "crossed"),
    [("https://mail.lumena.example/up", "http://203.0.113.200/up.php", True), ("www.bank.example", "https://www.bank.example/x", False),
     ("our page", "https://fieldworks.example", False), ("bank.example", "https://evil.test/bank.example", True),
     ("click", "data:text/html,x", True), ("click", "https://a@evil.test/", True), ("mail me", "mailto:ann@fieldworks.example", False)],
)  # fmt: skip
def test_links_that_lead_elsewhere(visible, href, crossed):
    assert bool(fraudsigns.crossed(visible, href, fraudsigns.Lists())) is crossed


@pytest.mark.parametrize(
    ("name", "bad"), [("order.pdf.html", True), ("po.exe", True), ("drawing.pdf", False), ("list.xlsx", False), ("photos.tar.gz", False)]
)
def test_files_that_can_do_harm(name, bad):
    message = mail("see attached", attachments=(Attachment(name, "application/octet-stream", 10),))
    assert bool({"program_file", "disguised_file", "active_file"} & names(message)) is bad


def test_answers_that_go_elsewhere():
    message = mail("order", reply_to=(Address("", "ann@other.example"),))
    assert "reply_to_mismatch" in names(message)
    assert "reply_to_mismatch" not in names(replace(message, relayed_by="web form"))


def test_a_huge_order_out_of_nowhere():
    words = "We confirm our order of 95.000 pcs for our new plant. Ship immediately."
    assert "huge_order_unknown_product" in names(mail(words))
    assert "huge_order_unknown_product" not in names(mail(words, references=("a@lumena.example",)))


# ── hostile text ────────────────────────────────────────────────────────────────────────────────────────────────

HOSTILE = [
    "1 " * 500_000, "9" * 1_000_000, "价格多少钱样品" * 140_000, "+1 " * 330_000, "a@" * 500_000, "A1-" * 330_000, "a\n" * 500_000,
    "市" * 1_000_000, "www." * 250_000, "\ud800" * 1000, "\x00\u202e" * 10_000, "Ann Field, " * 90_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:8]))
def test_a_megabyte_of_anything_is_read_in_two_seconds(text):
    lamp_policy(), found(mail("warm up"))
    began = time.process_time()
    found(mail(text, subject=text[:3000], sender=f"{text[:500]} <ann@fieldworks.example>", signature=text))
    assert time.process_time() - began < 2
