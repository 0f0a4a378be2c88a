"""Points, tiers and doubts, each with its reasons."""

from dataclasses import replace
from pathlib import Path

import pytest
from messages import NOON, bearing_policy, lamp_policy, mail

from mailagent.core.model.known import Known
from mailagent.core.model.lead import Company, Fact, Lead
from mailagent.core.model.policy import Sign
from mailagent.core.reading import facts
from mailagent.core.scoring import fraud, tier
from mailagent.core.scoring.score import score

LEAD = Lead(
    id=1, contact_id=1, company_id=1, email="ann@fieldworks.example", contact_name="Ann Field", company_name="Field Works", source="mail",
    subject="lamps", language="en", country="FI", stage="talking", tier=3, score=40, fraud="none", owner="Lily", cadence="tier3", round=1,
    step="first", next_due_at=NOON, due_reason="", hold_reason="", held_until=None, rest_reason="", pinned_tier=None, opened_at=NOON,
    last_inbound_at=NOON, last_outbound_at=None, inbound_count=1, outbound_count=0,
)  # fmt: skip
CUSTOMER = Company(1, "Field Works", "fieldworks.example", "FI", True, "Lily")
FULL = "Ann Field\nBuyer\nField Works Oy, Rautatienkatu 10, 33100 Tampere\n+358 3 555 0190"


def judged(words="", known=None, policy=None, **more):
    policy = policy or lamp_policy()
    message = mail(words, **more)
    return score(facts.find(message, policy), message, known or Known(), policy)


def made_of(*names, known=None, message=None):
    return score(tuple(Fact(name, "", f"words of {name}") for name in names), message or mail(), known or Known(), lamp_policy())


# ── tiers ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "sign", ["places_order", "deposit_paid", "lc_opened", "confirms_sample_order", "customer_words", "delivered_goods", "has_visited"]
)
def test_one_sign_is_enough_for_tier_1(sign):
    result = made_of(sign)
    assert result.tier == 1
    assert [signal.evidence for signal in result.tier_reasons] == [f"words of {sign}"]


@pytest.mark.parametrize("sign", ["visit_factory", "asks_sample", "invitation_letter", "acknowledges"])
def test_a_plan_or_a_wish_is_not_tier_1(sign):
    assert made_of(sign).tier == 4


def test_two_of_the_three_make_tier_2():
    detailed = ("names_product", "tech_question", "asks_packing")
    contact = ("gives_company", "gives_person", "gives_phone", "gives_address")
    six = mail("x", references=tuple(f"m{i}@lumena.example" for i in range(5)))
    assert made_of(*detailed).tier == 3
    assert made_of(*detailed, *contact).tier == 2
    assert made_of(*detailed, message=six).tier == 2
    assert made_of("asks_price", *contact, message=six).tier == 2
    assert made_of("asks_price", message=six).tier == 4
    assert made_of("acknowledges", *contact, message=six).tier == 4


def test_full_contact_needs_a_place_or_a_site():
    people = ("gives_company", "gives_person", "gives_phone")
    detailed = ("names_product", "tech_question", "asks_packing")
    assert made_of(*detailed, *people).tier == 3
    assert made_of(*detailed, *people, "gives_website").tier == 2


def test_mails_of_the_ledger_count_too():
    assert made_of("names_product", "tech_question", "asks_packing", known=Known(thread_mails=5)).tier == 2


@pytest.mark.parametrize(
    ("words", "grade"),
    [
        ("Order no. 31: same as order 29 please, HB-150 make it 800", 1),
        (f"Please quote HB-150, 500 pcs, CIF Kotka. Which driver brand? Packing in single boxes?\n\n{FULL}", 2),
        ("how much is HB-150, 20 pcs", 3),
        ("we need lamps, send price list and catalog of all your products", 4),
        ("你好,想了解一下贵公司有没有什么好项目可以合作", 4),
    ],
)
def test_whole_mails(words, grade):
    assert judged(words).tier == grade


# Written for this test, in the words of no corpus.
WHOLE = [
    (
        "We run three supermarkets in Quito and renew the ceiling lights. Please send your offer for 60x60 panels 40W, "
        "1200 units, CFR Guayaquil. Is the driver flicker free? Do you have RETIE certificate? How many in a "
        "40HQ?\n\nJuan Pérez\nGerente de compras\nMegaMarket S.A.\nAv. Amazonas N34-12, Quito\nTel. +593 2 555 0101",
        2,
        "none",
    ),
    ("hi friend give me price list led light", 4, "none"),
    ("Hello, could you quote 300 pcs of street light 120W to Mombasa?", 3, "none"),
    ("Dear Lily, kindly find herewith our PO 7781 for the floodlights, please revert with your proforma.", 1, "none"),
    ("Thanks for the panels, but 14 of them arrived with cracked glass. Who pays for this? Photos attached.", 1, "none"),
    (
        "I am Dr James from the Ministry of Works. We have a contract of 15 million dollars. Come to our country to "
        "sign the contract, we will arrange visa for your director. Only a notary fee is needed.",
        None,
        "likely",
    ),
    ("Please send free samples of all your lamps by DHL, we are a big company.", 4, "suspicious"),
    (
        "您好,我们是做工程照明的,想要100瓦的投光灯500只,质保几年?防水等级?外箱尺寸?麻烦报FOB宁波价。"
        "\n王强 采购经理\n杭州大地照明工程有限公司\n杭州市西湖区文三路100号\n电话 0571-5555 0123",
        2,
        "none",
    ),
    ("请问路灯怎么卖", 3, "none"),
    ("Wir danken für Ihr Angebot, haben aber zurzeit keinen Bedarf. Bitte melden Sie sich im Herbst wieder.", 4, "none"),
    ("Ihre Hallenstrahler interessieren uns. Was kostet HB-150 bei Abnahme von 200 Stück frei Hamburg?", 3, "none"),
    ("Добрый день! Интересует светодиодный прожектор 100 Вт, 500 шт. Какая цена и срок поставки до Алматы?", 3, "none"),
    ("Bonjour, nous souhaitons devenir distributeur exclusif de votre marque au Sénégal.", 4, "none"),
    ("We transferred the 30% today, see swift. When will production be finished?", 1, "none"),
    ("Your mailbox is almost full. Sign in with your email password here to keep receiving mails.", None, "likely"),
    ("We visited you in Ningbo last October, remember? Now we'd like HB-200, 100 pcs.", 1, "none"),
    ("Is this your new bank account? We received an email that your account changed.", 4, "none"),
    ("Bom dia, gostaria de saber o preço do refletor LED 50W e prazo. Somos de Recife.", 3, "none"),
    ("Merhaba, 1000 adet LED panel için fiyat alabilir miyim?", 3, "none"),
    ("こんにちは。LED高天井灯HB-150を200台検討しています。価格と納期を教えてください。", 3, "none"),
    ("LED 패널 조명 500개 견적 부탁드립니다. PL-6060 기준입니다.", 3, "none"),
    ("الرجاء إرسال سعر كشافات LED FL-100 عدد 300 قطعة وصول ميناء جدة", 3, "none"),
    ("Not for us, we only sell furniture. Thanks anyway.", 4, "none"),
    (
        "Need quotation for 200k pcs T8 tubes, will pay by credit card, my shipper will collect and you pay him from "
        "the card.",
        None,
        "likely",
    ),
]


@pytest.mark.parametrize(("words", "grade", "doubt"), WHOLE)
def test_mails_of_many_buyers(words, grade, doubt):
    result = judged(words)
    assert (result.tier, result.fraud) == (grade, doubt)


def test_the_same_rules_for_another_trade():
    words = "how much are your pillow blocks?"
    assert judged(words, policy=bearing_policy()).tier == 3
    assert judged(words).tier == 4


def test_a_customer_is_tier_1_and_so_is_his_colleague():
    assert made_of("asks_price", known=Known(company=CUSTOMER)).tier == 1


def test_a_tier_goes_up_at_once_and_not_down():
    lead = replace(LEAD, tier=2)
    kept = made_of("names_product", known=Known(thread_lead=lead))
    assert kept.tier == 2 and kept.tier_reasons[0].name == "kept_tier"
    assert made_of("places_order", known=Known(thread_lead=lead)).tier == 1


def test_the_lead_of_a_colleague_lends_no_tier():
    assert made_of("asks_price", known=Known(company_lead=replace(LEAD, tier=2))).tier == 4


def test_a_pin_beats_the_rules_an_order_beats_the_pin_and_fraud_beats_all():
    pinned = Known(thread_lead=replace(LEAD, pinned_tier=3))
    assert made_of("acknowledges", known=pinned).tier == 3
    lifted = made_of("places_order", known=pinned)
    assert lifted.tier == 1 and lifted.tier_reasons[0].name == "lifted_above_pin"
    assert made_of("places_order", "wants_credentials", known=pinned).tier is None


def test_signs_that_name_each_other_end():
    policy = lamp_policy().model_copy(update={"signs": {"a": Sign(all=("b",)), "b": Sign(all=("a",))}})
    assert not tier.holds("a", tier.evidence({}, 1, policy))


# ── points ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_points_shown_add_up_to_the_score():
    result = judged(f"Quote HB-150, 500 pcs FOB Ningbo. MOQ? Lead time? Packing? Payment? Certificates? Samples? Catalogue?\n\n{FULL}")
    groups = lamp_policy().groups
    for axis, total in (("fit", result.fit), ("engagement", result.engagement)):
        assert sum(s.points for s in result.signals if groups[s.group].axis == axis) == total


def test_a_group_counts_no_more_than_its_cap():
    result = made_of("asks_price", "tech_question", "asks_packing", "asks_transport", "asks_certificate", "asks_terms", "delivery_question")
    assert result.engagement == lamp_policy().groups["questions"].cap


def test_a_fact_said_twice_counts_once():
    assert made_of("asks_price", "asks_price").engagement == made_of("asks_price").engagement


@pytest.mark.parametrize(
    ("said", "grade"),
    [(("names_product", "asks_price"), "A"), (("asks_catalog",), "B"), (("invitation_letter",), "C"), (("asks_sample",), "D"), ((), "")],
)
def test_the_other_common_grading(said, grade):
    assert made_of(*said).abcd == grade


# ── doubts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_likely_fraud_is_not_graded_and_says_why():
    result = judged("Which credit card do you accept? 12 tons, how much per kilogram? Charge my card and pay my own shipper from it.")
    assert result.fraud == "likely" and result.tier is None
    assert {"card_and_forwarder", "odd_unit_price"} <= {signal.name for signal in result.tier_reasons}


def test_one_odd_sign_is_suspicious_and_still_graded():
    result = made_of("asks_cost_secrets", "names_product")
    assert (result.fraud, result.tier) == ("suspicious", 3)


def test_what_is_odd_from_a_stranger_is_ordinary_from_a_customer():
    said = ("huge_order_unknown_product", "big_company_claim")
    assert made_of(*said).fraud == "suspicious"
    assert made_of(*said, known=Known(company=CUSTOMER)).fraud == "none"
    assert made_of("bank_change", "lookalike_domain", known=Known(company=CUSTOMER)).fraud == "likely"


def test_likely_fraud_stays_until_a_person_clears_it():
    result = made_of("names_product", known=Known(thread_lead=replace(LEAD, fraud="likely")))
    assert result.fraud == "likely" and result.tier is None and result.fraud_reasons[0].name == "earlier_fraud"


def test_phishing_is_told_from_trade_fraud():
    policy = lamp_policy()
    assert fraud.phishing(made_of("wants_credentials").fraud_reasons, policy) == "likely"
    assert fraud.phishing(made_of("card_and_forwarder", "overpays").fraud_reasons, policy) == "none"


@pytest.mark.parametrize(
    "words",
    [
        "We are importers in Lagos. Quote 200 pcs HB-150 CIF Lagos. Payment 30% T/T deposit, 70% against copy of B/L.",
        "University of Accra needs 24 pcs PL-6060. Please quote with DHL.",
        "We do not pay for samples, but we buy 8,000 pcs T8-18 per month. Net 60 days after two trial shipments.",
    ],
)
def test_honest_buyers_are_not_suspected(words):
    assert judged(words).fraud == "none"


# ── the shipped files ───────────────────────────────────────────────────────────────────────────────────────────


def test_every_priced_fact_can_be_found():
    """A price for a fact that nothing finds is a misspelling."""
    policy = lamp_policy()
    phrases = {fact for language in policy.languages.values() for fact in language.facts}
    here = Path(facts.__file__).parent
    code = "".join(path.read_text("utf-8") for path in (*here.glob("*.py"), *(here.parent / "scoring").glob("*.py")))
    assert [name for name in policy.signals if name not in phrases | policy.signs.keys() and f'"{name}"' not in code] == []


def test_every_signal_is_said_in_both_languages_of_the_desk():
    assert [name for name, rule in lamp_policy().signals.items() if not (rule.say.get("en") and rule.say.get("zh"))] == []


def test_all_languages_know_the_same_intents():
    policy = lamp_policy()
    common = set(policy.languages["de"].facts)
    assert len(common) > 40
    # Other languages are known by the few facts that matter most: a new bank account, a password that is wanted.
    whole = {code: language for code, language in policy.languages.items() if len(language.facts) > 40}
    assert len(whole) >= 12 and [code for code, language in whole.items() if common - set(language.facts)] == []


def test_known_providers_are_freemail_and_companies_are_not():
    known = lamp_policy().freemail
    assert {"gmail.com", "qq.com", "163.com", "mail.ru", "naver.com", "gmx.de", "libero.it", "uol.com.br", "orange.fr"} <= known
    assert "siemens.com" not in known
