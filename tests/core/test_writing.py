"""Letters: what stands in them, what never does, and what a buyer's mail program makes of them."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email import policy as email_policy
from itertools import pairwise
from pathlib import Path

import pytest

from mailagent.core.model.address import Address
from mailagent.core.model.known import LetterRef
from mailagent.core.model.lead import Company, Contact, Fact, Lead
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.outbox import content_hash
from mailagent.core.model.policy import Cadence, Catalogue, CompanyProfile, LawRow, Mailbox, Person, Policy, Product, Step
from mailagent.core.model.subject import base_subject, reply_subject
from mailagent.core.writing import compose, draft, footer, sample, tokens
from mailagent.core.writing.draft import LastMail
from mailagent.core.writing.templates import TemplateSet
from mailagent.core.writing.variables import money, person_name
from mailagent.errors import SendingError, TemplateError

ROOT = Path(__file__).parents[2]
TEXTS = {f"{path.parent.name}/{path.stem}": path.read_text("utf-8") for path in (ROOT / "templates").glob("*/*.txt")}
TEMPLATES = TemplateSet(TEXTS)
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
KEY = b"sixteen bytes or more"
OUTLOOK_ID = "AM0PR04MB" + "1234A1B2C3D4E5F60718293A4B5C6D7E8F901" + "@AM0PR04MB1234.eurprd04.prod.OUTLOOK.com12345678"
COMPANY = CompanyProfile(
    legal_name="Ningbo Example Bearing Co., Ltd.",
    postal_address="88 Example Road, Ningbo, China",
    domains=("ours.example",),
    introduction={"en": "We make ball bearings since 1998."},
)
CATALOGUE = Catalogue(
    families={"deep groove": ("deep groove ball bearing",)},
    payment={"en": "30 % deposit, balance against copy of B/L"},
    product=(
        Product(code="6204-2RS", name={"en": "ball bearing", "zh": "深沟球轴承"}, family="deep groove", price=0.85, port="Ningbo", moq=5000,
                lead_time_days=25, packing={"en": "200 per carton"}),
        Product(code="6205-2RS", name={"en": "ball bearing"}, family="deep groove", price=0.99),
        Product(code="6203-2RS", name={"en": "ball bearing"}, family="deep groove", price=0.71),
        Product(code="UCP205", name={"en": "pillow block"}),
    ),
)  # fmt: skip
LIN = Person(name="Lin Mei", email="lin@ours.example", title="Sales Manager", phone="+86 574 8700 0000")
POLICY = Policy(
    company=COMPANY,
    people=(LIN,),
    mailboxes=(Mailbox(name="sales", address="sales@ours.example"),),
    catalogue=CATALOGUE,
    law={"KR": LawRow(basis="inquiry", subject_prefix="(광고)")},
)
LEAD = Lead(
    id=7, contact_id=3, company_id=2, email="j.smith@acme.example", contact_name="John Smith", company_name="Acme", source="direct",
    subject="Price for 6204", language="en", country="US", stage="new", tier=3, score=40.0, fraud="none", owner="Lin Mei", round=1,
    cadence="standard", step="answer", next_due_at=None, due_reason="", hold_reason="", held_until=None, rest_reason="", pinned_tier=None,
    opened_at=NOW, last_inbound_at=NOW, last_outbound_at=None, inbound_count=1, outbound_count=0,
)  # fmt: skip
ANSWER = Step(id="answer", do="letter", basis="answer", template="answer_standard")
FOLLOW_UP = Step(id="follow_up_1", do="letter", template="follow_up_1")
PRICE = (Fact("asks_price"), Fact("names_product", "6204 2rs"))
LANGUAGES = TEMPLATES.languages()


def mail(*facts, subject="RE: Price for 6204", message_id=OUTLOOK_ID, references=(), cc=()):
    return LastMail(subject, message_id, tuple(references), "words", NOW - timedelta(days=1), tuple(facts), tuple(cc))


def write(last=None, step=ANSWER, lead=LEAD, contact=None, company=None, templates=TEMPLATES, rules=POLICY, **more):
    ulid = tokens.new_ulid(NOW, bytes(range(10)))
    ids = {"letter_id": 1, "ulid": ulid, "message_id": tokens.message_id(ulid, KEY, "ours.example")}
    return draft.write(lead, contact, company, step, last, LIN, rules, templates, now=NOW, planned_at=NOW, **ids, **more)


SENDER = Address("Lin Mei", "sales@ours.example")


def build(letter, sender=SENDER):
    return compose.build(letter, sender, NOW, "mailto:sales@ours.example?subject=unsubscribe%20abc", POLICY)


def letter_ref(message_id, subject="6204"):
    return LetterRef(1, 7, 3, "j.smith@acme.example", message_id, subject, "sent", "answer")


# ── templates ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_english_chinese_and_spanish_are_there():
    assert {"en", "zh", "es"} <= set(LANGUAGES)
    for language in LANGUAGES:
        assert TEMPLATES.names(language) == TEMPLATES.names("en")


@pytest.mark.parametrize("rules", [POLICY, Policy()], ids=["with catalogue", "without"])
def test_every_template_renders_with_everything_and_with_nothing(rules):
    assert sample.problems(TEMPLATES, rules) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TEMPLATES.names("en"))
def test_no_letter_pushes(language, name):
    """DOMAIN §4: never "did you get our offer?", "any news?", "if you need any information please contact us"."""
    pushing = ("any news", "did you get", "did you receive", "feel free", "do not hesitate", "just checking", "有没有消息", "收到报价")
    for variables in sample.samples(language, POLICY):
        text = TEMPLATES.render(language, name, variables).body.casefold()
        assert not [word for word in pushing if word in text]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["follow_up_1", "follow_up_2", "follow_up_3", "follow_up_reply"])
def test_a_follow_up_asks_exactly_one_thing(language, name):
    for variables in sample.samples(language, POLICY):
        body = TEMPLATES.render(language, name, variables).body
        assert body.count("?") + body.count("？") == 1, body


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letters_of_a_round_differ(language):
    for variables in sample.samples(language, POLICY)[:3]:
        bodies = [TEMPLATES.render(language, name, variables).body for name in TEMPLATES.names(language)]
        assert len(set(bodies)) == len(bodies)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_third_letter_says_how_to_stop(language):
    word = {"en": "unsubscribe", "zh": "退订", "es": "baja", "de": "Abmeldung", "fr": "désinscription", "ru": "стоп", "pt": "descadastrar",
            "tr": "listeden çıkar"}[language]  # fmt: skip
    variables = sample.samples(language, POLICY)[0]
    assert word in TEMPLATES.render(language, "follow_up_3", variables).body
    assert word in footer.build(COMPANY, TEMPLATES, language)


BROKEN = {
    "missing variable": ("Subject: x\n\nDear {{ nobody }},", "line 3", "nobody"),
    "syntax": ("Subject: x\n\n{% if %}", "line 3", ""),
    "no subject": ("Dear all,\n", "Subject", ""),
    "attribute trick": ("Subject: x\n\n{{ name.__class__.__mro__ }}", "line 3", "unsafe"),
    "function trick": ("Subject: x\n\n{{ name.format.__globals__ }}", "line 3", ""),
    "string method": ("Subject: x\n\n{{ name.ljust(100) }}", "line 3", ""),
    "filter": ("Subject: x\n\n{{ name|attr('upper') }}", "line 3", "attr"),
    "huge range": ("Subject: x\n\n{% for i in range(100000000) %}x{% endfor %}", "line 3", "range"),
    "huge text": ("Subject: x\n\n{{ 'a' * 50000000 }}", "line 3", "numbers only"),
    "huge format": ("Subject: x\n\n{{ '%0999999999d' % 1 }}", "line 3", "numbers only"),
    "huge power": ("Subject: x\n\n{{ 9 ** 9 ** 9 }}", "line 3", "numbers only"),
    "change of a list": ("Subject: x\n\n{{ things.append(1) }}", "line 3", ""),
    "file of the computer": ("Subject: x\n\n{% include '../../etc/passwd' %}", "line 3", ""),
    "leftover": ("Subject: x\n\nDear [NAME],", "a gap was left open", ""),
    "nothing": ("Subject: x\n\nYour order: None", "a gap was left open", ""),
    "empty greeting": ("Subject: x\n\nDear {{ empty }},", "greeting", ""),
    "no such part": ("Subject: x\n\n{% include 'nothing' %}", "line 3", "nothing"),
}


@pytest.mark.parametrize("text, place, word", BROKEN.values(), ids=BROKEN)
def test_a_broken_template_is_named_with_its_line(text, place, word):
    with pytest.raises(TemplateError) as caught:
        TemplateSet({"en/x": text}).render("en", "x", {"name": "John", "empty": "", "things": [1]})
    assert "templates/en/x.txt" in str(caught.value) and place in str(caught.value) and word in str(caught.value)


def test_the_output_is_capped():
    text = "Subject: x\n\n{% for a in things %}{% for b in things %}{% for c in things %}{{ name }}{% endfor %}{% endfor %}{% endfor %}"
    with pytest.raises(TemplateError, match="200 KB"):
        TemplateSet({"en/x": text}).render("en", "x", {"things": [1] * 100, "name": "a" * 100})


def test_only_plain_values_fill_a_gap():
    for value in (None, object(), LEAD, [NOW]):
        with pytest.raises(TemplateError, match="plain"):
            TemplateSet({"en/x": "Subject: x\n\nhello {{ v }}"}).render("en", "x", {"v": value})


def test_a_language_that_lacks_a_letter_is_reported():
    texts = {key: text for key, text in TEXTS.items() if key != "zh/follow_up_2"}
    assert "templates/zh/follow_up_2.txt" in [problem.file for problem in sample.problems(TemplateSet(texts), POLICY)]


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


@pytest.mark.parametrize("language, expected", [("zh", "zh"), ("zh-TW", "zh"), ("es", "es"), ("xx", "en"), ("", "en")])
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
    ("ACME", ""), ("Buyer 7", ""), ("", ""), ("  Ana\u202e  Pérez\n", "Ana Pérez"), ("采购部", ""), ("Jean-Luc O'Neil", "Jean-Luc O'Neil"),
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


# ── threads and subjects ────────────────────────────────────────────────────────────────────────────────────────


def test_references_keep_the_first_and_the_last_nineteen():
    ids = [f"{number}@x.example" for number in range(30)]
    parent, references = draft.thread(mail(references=ids, message_id="last@x.example"), ())
    assert parent == "last@x.example" == references[-1]
    assert len(references) == 20 and references[0] == "0@x.example" and references[1] == "12@x.example"


def test_a_buyer_without_a_message_gets_our_own_thread():
    earlier = [letter_ref("one@ours.example", "6204"), letter_ref("two@ours.example")]
    letter = write(mail(*PRICE, subject="", message_id=""), FOLLOW_UP, earlier=earlier)
    assert letter.in_reply_to == "two@ours.example" and letter.references == ("one@ours.example", "two@ours.example")
    assert letter.subject == "Re: 6204"


def test_the_ids_are_taken_as_the_buyer_wrote_them():
    headers = {"message-id": (f"<{OUTLOOK_ID}>",), "in-reply-to": ("<A@B.Example>",)}
    message = InboundMessage("h", OUTLOOK_ID.lower(), Address("", "j@acme.example"), NOW, subject="x", headers=headers, references=())
    last = LastMail.of(message, ())
    assert last.message_id == OUTLOOK_ID and last.references == ("A@B.Example",)


def test_the_notice_of_a_platform_is_no_thread():
    platform = Address("", "n@platform.example")
    message = InboundMessage("h", "n@platform.example", platform, NOW, subject="New inquiry!", relayed_by="platform")
    last = LastMail.of(message, PRICE)
    assert (last.subject, last.message_id) == ("", "") and last.facts == PRICE


SUBJECTS = [
    ("RE: AW: Re[2]: Offer 6204", "Re: Offer 6204"), ("回复：答复: 询价", "Re: 询价"), ("Fwd: RV: Precio", "Re: Precio"),
    ("Ref: 6204", "Re: Ref: 6204"), ("Offer", "Re: Offer"), ("Re:", ""), ("", ""), ("Reply wanted: x", "Re: Reply wanted: x"),
    ("Re:Re:  two  spaces", "Re: two  spaces"),
]  # fmt: skip


@pytest.mark.parametrize("subject, expected", SUBJECTS)
def test_one_prefix_and_the_buyers_words(subject, expected):
    assert reply_subject(subject) == expected
    assert base_subject(expected) == base_subject(subject)


# ── bytes ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_long_ids_of_outlook_arrive_letter_by_letter():
    assert len(OUTLOOK_ID) >= 93
    raw = build(write(mail(*PRICE, references=[OUTLOOK_ID.replace("AM0", "BN1"), "short@x.example"])))
    assert f"In-Reply-To: <{OUTLOOK_ID}>\r\n".encode() in raw
    assert f"References: <{OUTLOOK_ID.replace('AM0', 'BN1')}>".encode() in raw and f"<{OUTLOOK_ID}>\r\n".encode() in raw
    assert b"=?" not in raw.split(b"\r\n\r\n")[0]


def test_the_mail_is_read_back_as_it_was_written():
    lead = replace(LEAD, contact_name="Jané Döe", language="zh")
    last = mail(*PRICE, subject="报价单 " + "很长的主题" * 12, cc=("boss@acme.example",), message_id="short@acme.example")
    letter = write(last, lead=lead)
    raw = build(letter, Address("林梅", "sales@ours.example"))
    read = message_from_bytes(raw, policy=email_policy.default)
    assert read["Subject"] == letter.subject
    assert read["From"].addresses[0].display_name == "林梅" and read["To"].addresses[0].addr_spec == letter.recipient
    assert read["To"].addresses[0].display_name == "Jané Döe" and len(read["To"].addresses) == 1
    assert [address.addr_spec for address in read["Cc"].addresses] == ["boss@acme.example"]
    assert read.get_content().replace("\r\n", "\n") == f"{letter.body}\n\n-- \n{letter.footer}\n"
    assert read["List-Unsubscribe"] == "<mailto:sales@ours.example?subject=unsubscribe%20abc>"
    assert read["Date"].datetime == NOW and read["X-Mailagent-Letter"] == letter.ulid
    assert read["Auto-Submitted"] is None and read["List-Unsubscribe-Post"] is None
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))


def test_the_same_letter_gives_the_same_bytes():
    letter = write(mail(*PRICE))
    assert build(letter) == build(letter)


def test_notices_say_that_a_machine_wrote_them():
    notice = replace(write(mail(*PRICE)), basis="notice", footer="", cc=(), in_reply_to="", references=())
    read = message_from_bytes(build(notice), policy=email_policy.default)
    assert read["Auto-Submitted"] == "auto-generated" and read["X-Auto-Response-Suppress"] == "All" and read["List-Unsubscribe"] is None
    assert "\n-- " not in read.get_content()


INJECTIONS = {
    "subject": {"subject": "hello\r\nBcc: x@y.example"},
    "subject, line separator": {"subject": "hello\u2028Bcc: x@y.example"},
    "subject, direction": {"subject": "hello \u202egpj.exe"},
    "name": {"recipient_name": "John\nBcc: x@y.example"},
    "recipient": {"recipient": "a@b.example, c@d.example"},
    "recipient, line": {"recipient": "a@b.example\r\nBcc: c@d.example"},
    "recipient, Unicode": {"recipient": "jané@b.example"},
    "copy": {"cc": ("a@b.example\nBcc: c@d.example",)},
    "id": {"in_reply_to": "a@b>\r\nBcc: <c@d.example"},
    "references": {"references": ("a@b", "c d@e")},
    "half a character": {"body": "x \udc80"},
}


@pytest.mark.parametrize("changes", INJECTIONS.values(), ids=INJECTIONS)
def test_header_injection_is_refused(changes):
    with pytest.raises(SendingError):
        build(replace(write(mail(*PRICE)), **changes))


def test_a_domain_of_another_script_is_written_as_dns_sees_it():
    raw = build(replace(write(mail(*PRICE)), recipient="kauf@müller.example"))
    assert b"kauf@xn--mller-kva.example" in raw


@pytest.mark.parametrize("text", [b"x\ny\r\n", b"x\ry\r\n", b"x" * 999 + b"\r\n", b"\xff\r\n", b"x\0\r\n", b"x"])
def test_bytes_that_could_smuggle_are_refused(text):
    compose.check(b"A: b\r\n\r\nx\r\n")
    with pytest.raises(SendingError):
        compose.check(b"A: b\r\n\r\n" + text)


def test_the_hash_changes_with_every_field():
    base = ("a@b.example", ("c@d.example",), "subject", "body", "footer", ("f1",))
    changed = [(*base[:i], (part + ("x",) if isinstance(part, tuple) else part + "x"), *base[i + 1 :]) for i, part in enumerate(base)]
    # Text that moves from one field into the next is another letter too.
    moved = ("a@b.example", ("c@d.example",), "subjectb", "ody", "footer", ("f1",))
    assert len({content_hash(*fields) for fields in (base, moved, *changed)}) == len(changed) + 2


# ── tokens ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_our_message_ids_are_known_again_and_cannot_be_invented():
    ulid = tokens.new_ulid(NOW, bytes(range(10)))
    ours = tokens.message_id(ulid, KEY, "ours.example")
    assert len(ours) <= 70 and set(ours) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-@")
    assert tokens.verify(ours, KEY) == tokens.verify(f"<{ours.upper()}>", KEY) == ulid
    forged = ours.replace(ulid, tokens.new_ulid(NOW, bytes(10)))
    for stranger in (forged, "", "fu.x.y@z", ours + " x", "x" + ours, tokens.message_id(ulid, b"another key, as long", "ours.example")):
        assert tokens.verify(stranger, KEY) is None


def test_later_letters_have_later_ids():
    ulids = [tokens.new_ulid(NOW + timedelta(milliseconds=n), bytes([255 - n] * 10)) for n in range(5)]
    assert all(len(ulid) == 26 for ulid in ulids) and all(a < b for a, b in pairwise(ulids))


def test_unsubscribe_tokens_survive_a_change_of_keys():
    old, new = b"old key of sixteen b", b"new key of sixteen b"
    token = tokens.unsubscribe_token(42, [old])
    assert tokens.read_unsubscribe_token(token, [old, new]) == 42
    assert tokens.read_unsubscribe_token(token, [new]) is None
    assert tokens.read_unsubscribe_token(token[:-1] + ("a" if token[-1] != "a" else "b"), [old]) is None
    assert tokens.unsubscribe_mailto("sales@ours.example", token).endswith(f"?subject=unsubscribe%20{token}")


@pytest.mark.parametrize("amount, text", [(0.85, "USD 0.85"), (1250, "USD 1250.00"), (0.1255, "USD 0.1255"), (12.5, "USD 12.50")])
def test_prices_read_the_same_in_every_country(amount, text):
    assert money("USD", amount) == text


# ── the shipped config ──────────────────────────────────────────────────────────────────────────────────────────


def shipped(name):
    return tomllib.loads((ROOT / "config" / name).read_text("utf-8"))


@pytest.mark.parametrize("name, table", shipped("cadences.toml").items())
def test_a_cadence_answers_follows_up_and_rests(name, table):
    steps = Cadence(**table).step
    assert steps[0].basis == "answer" and steps[-1].do == "rest"
    letters = [step for step in steps if step.do == "letter"]
    assert all(TEMPLATES.has("en", step.template) for step in letters) and letters[-1].template == "follow_up_3"
    assert len({step.id for step in steps}) == len(steps) and len(letters) <= 4


def test_tiers_1_to_4_have_a_cadence_and_near_deals_are_followed_up_sooner():
    cadences = {name: Cadence(**table) for name, table in shipped("cadences.toml").items()}
    by_tier = {tier: cadence for cadence in cadences.values() for tier in cadence.tiers}
    waits = [sum(step.after_working_days for step in by_tier[tier].step[: by_tier[tier].index("follow_up_1") + 1]) for tier in (1, 2, 3, 4)]
    assert waits == [2, 2, 5, 8] and cadences["reply"].tiers == ()


def test_every_row_of_the_law_is_valid_and_unknown_countries_have_one():
    rows = {code: LawRow(**row) for code, row in shipped("law.toml").items()}
    assert rows["unknown"].max_follow_ups <= 3 and rows["CA"].days == 180 and rows["DE"].max_follow_ups == 2
