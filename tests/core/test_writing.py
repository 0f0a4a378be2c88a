"""Drafts: what stands in a letter, and what never does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from letters import (
    ANSWER,
    COMPANY,
    FOLLOW_UP,
    LEAD,
    POLICY,
    PRICE,
    letter_ref,
    mail,
    write,
)

from mailagent.core.model.lead import Company, Contact, Fact
from mailagent.core.model.outbox import content_hash
from mailagent.core.writing.variables import person_name
from mailagent.errors import TemplateError

# ── drafts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_answer_to_a_request_for_prices_names_them():
    letter = write(mail(*PRICE))
    assert letter.body.startswith("Dear John Smith,")
    for words in ("USD 0.85", "FOB Ningbo", "MOQ 5000", "25 days", "25 March 2026", "since 1998", "Lin Mei", "Ningbo Example Bearing"):
        assert words in letter.body
    assert letter.subject == "Re: Price for 6204" and letter.state == "drafted" and not letter.needs_manager
    assert letter.content_hash == content_hash(letter.recipient, letter.cc, letter.subject, letter.body, letter.footer)
    assert "You wrote to us on 9 March 2026 about “Price for 6204”" in letter.footer and "unsubscribe" in letter.footer
    assert COMPANY.postal_address in letter.footer


def test_no_price_is_made_up():
    letter = write(mail(Fact("asks_price"), Fact("names_product", "UCP 205"), Fact("names_product", "LM11949")))
    assert "USD" not in letter.body and "three details" in letter.body
    assert "no list price for UCP205" in letter.warnings and "not in the catalogue: LM11949" in letter.warnings


def test_a_series_means_every_product_of_it_and_a_family_is_nothing_foreign():
    letter = write(mail(Fact("asks_price"), Fact("names_product", "6204"), Fact("names_product", "deep groove")))
    assert "6204-2RS ball bearing: USD 0.85" in letter.body and not [note for note in letter.warnings if "catalogue" in note]


@pytest.mark.parametrize(("term", "holds_freight"), [("CIF", True), ("DAP", True), ("FCA", False), ("EXW", False)])
def test_freight_is_added_only_where_the_term_holds_it(term, holds_freight):
    letter = write(mail(*PRICE, Fact("incoterm", term), Fact("port", "Hamburg")))
    assert ("the freight depends on" in letter.body) is holds_freight
    (warning,) = [note for note in letter.warnings if term in note]
    assert warning.endswith("add the freight" if holds_freight else "work the price out")


def test_what_he_has_said_is_not_asked():
    asks = (Fact("asks_price"), Fact("asks_sample"), Fact("names_product", "6204-2RS"))
    assert "Which quantity do you plan" in write(mail(*asks)).body
    assert "Which quantity do you plan" not in write(mail(*asks, Fact("quantity", "1200 pcs"))).body


def test_suspects_are_quoted_nothing():
    letter = write(mail(*PRICE), lead=replace(LEAD, fraud="suspicious"))
    assert "0.85" not in letter.body and "fraud" in letter.warnings[0]


def test_a_price_objection_brings_one_cheaper_alternative_and_no_discount():
    step = replace_step(ANSWER, template="answer_reply")
    body = write(mail(Fact("price_objection"), Fact("names_product", "6204-2RS")), step).body
    assert "6203-2RS" in body and "0.71" in body and "6205-2RS" not in body and "discount" not in body


def replace_step(step, **changes):
    return step.model_copy(update=changes)


def test_a_complaint_is_the_managers_and_promises_nothing():
    letter = write(mail(Fact("complaint"), *PRICE))
    assert letter.needs_manager and any("complaint" in note for note in letter.warnings)
    assert "USD" not in letter.body and "photos" in letter.body


@pytest.mark.parametrize("tier, needs", [(1, True), (2, False), (3, False), (4, False)])
def test_tier_1_needs_the_manager(tier, needs):
    assert write(mail(*PRICE), lead=replace(LEAD, tier=tier)).needs_manager is needs


def test_the_company_introduces_itself_once_and_never_to_customers():
    assert "since 1998" in write(mail(*PRICE)).body
    assert "since 1998" not in write(mail(*PRICE), earlier=[letter_ref("one@ours.example")]).body
    assert "since 1998" not in write(mail(*PRICE), company=Company(2, "Acme", "acme.example", "US", True, "Lin Mei")).body


def test_two_leads_never_get_the_same_text():
    others = [
        write(mail(*PRICE)),
        write(mail(*PRICE), lead=replace(LEAD, contact_name="Ana Pérez")),
        write(mail(Fact("asks_price"), Fact("names_product", "6205-2RS"))),
        write(mail(*PRICE, Fact("quantity", "300 pcs"))),
        write(mail(), lead=replace(LEAD, contact_name="", company_name="")),
        write(mail(subject="Cooperation"), lead=replace(LEAD, contact_name="", company_name="")),
    ]
    assert len({letter.body for letter in others}) == len(others) == len({letter.content_hash for letter in others})


LETTERS_IN = [
    ("zh", "zh"), ("zh-TW", "zh"), ("es", "es"), ("de-AT", "de"), ("fr", "fr"), ("ru", "ru"), ("pt-BR", "pt"), ("xx", "en"), ("", "en"),
]  # fmt: skip


@pytest.mark.parametrize("language, expected", LETTERS_IN)
def test_the_language_is_the_buyers_if_there_is_a_letter_in_it(language, expected):
    letter = write(mail(*PRICE), lead=replace(LEAD, language=language))
    assert letter.language == expected
    assert any("written in English" in note for note in letter.warnings) is (language == "xx")


def test_a_chinese_letter_reads_well():
    letter = write(mail(*PRICE, subject="回复：询价 6204"), lead=replace(LEAD, language="zh", contact_name="王伟", subject="询价 6204"))
    assert letter.subject == "Re: 询价 6204"
    assert letter.body.startswith("王伟，您好：") and "深沟球轴承" in letter.body and "2026年3月25日" in letter.body
    assert "Dear" not in letter.body and "退订" in letter.footer


NAMES = [
    ("John Smith", "John Smith"), ("李明", "李明"), ("sales", ""), ("Purchasing Dept", ""), ("info@acme.example", ""), ("Smith, John", ""),
    ("ACME", ""), ("Buyer 7", ""), ("", ""), ("  Ana\u202e  Pérez\n", "Ana Pérez"), ("采购部", ""), ("Отдел закупок", ""), ("ООО Свет", ""),
    ("Service commercial", ""), ("Abteilung Einkauf", ""), ("Ольга Петрова", "Ольга Петрова"), ("Jean-Luc O'Neil", "Jean-Luc O'Neil"),
]  # fmt: skip


@pytest.mark.parametrize("given, used", NAMES)
def test_a_name_is_used_as_given_or_not_at_all(given, used):
    assert person_name(given, "Acme") == used


def test_nobody_is_greeted_by_an_empty_name():
    assert write(mail(), lead=replace(LEAD, contact_name="")).body.startswith("Dear Acme team,")
    assert write(mail(), lead=replace(LEAD, contact_name="", company_name="")).body.startswith("Hello,")


def test_text_of_the_buyer_stays_text():
    trick = "{{ 7*7 }} {% include 'words' %} None [NAME]"
    letter = write(mail(Fact("names_product", trick), subject=trick), lead=replace(LEAD, contact_name="", company_name=trick))
    assert "{{ 7*7 }}" in letter.body and "49" not in letter.body and letter.subject == f"Re: {trick}"


def test_copies_of_the_buyer_are_kept_in_answers_only():
    last = mail(*PRICE, cc=("boss@acme.example", "sales@ours.example", "lin@ours.example", "x@mail.ours.example", "rival@other.example"))
    letter = write(last)
    assert letter.cc == ("boss@acme.example", "rival@other.example")
    assert "a copy goes to another company: rival@other.example" in letter.warnings
    assert write(last, FOLLOW_UP).cc == ()


def test_the_law_marks_follow_ups_not_answers():
    korea = replace(LEAD, country="KR")
    assert write(mail(*PRICE), FOLLOW_UP, lead=korea).subject == "(광고) Re: Price for 6204"
    assert write(mail(*PRICE), lead=korea).subject == "Re: Price for 6204"


@pytest.mark.parametrize("key", ["legal_name", "postal_address"])
def test_no_letter_without_our_name_and_address(key):
    rules = POLICY.model_copy(update={"company": COMPANY.model_copy(update={key: " "})})
    with pytest.raises(TemplateError, match=key):
        write(mail(*PRICE), rules=rules)


def test_an_unusable_recipient_is_refused():
    with pytest.raises(TemplateError, match="no address"):
        write(mail(*PRICE), contact=Contact(3, 2, "a@b.example\r\nBcc: c@d.example", "J", "en", "US", "active"))
