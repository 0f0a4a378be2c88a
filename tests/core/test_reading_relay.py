"""Notices of platforms, forms of web sites and forwards: who the buyer is, what he says, and who may speak for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from notices import notice, unwrapped
from policies import policy

from mailagent.core.model.known import Known
from mailagent.core.reading import kind, labels, relay
from mailagent.core.reading.parse import parse

AT = datetime(2026, 3, 3, 8, tzinfo=UTC)


def form(body: str, sender: str = "Website <noreply@ours.example>", reply_to: str = "pia@mills.example", subject: str = "New message"):
    head = f"From: {sender}\nTo: sales@ours.example\nSubject: {subject}\nMessage-ID: <f1@ours.example>\nReply-To: {reply_to}\n"
    raw = (head + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + body).encode()
    return relay.unwrap(parse(raw, received_at=AT, languages=policy().languages), policy())


LABELS = """Name: Pia Holm
Company: Holm Mills A/S
Country: Denmark
E-mail: pia@mills.example
Phone: +45 55 55 01 88
Interested in: gate valves
Message:
Please quote 60 valves DN80 for hot water, delivered Aarhus.

IP: 203.0.113.9
Page: /products/valves
"""


def test_plain_labels_fill_the_fields():
    message = form(LABELS)
    assert message.relayed_by == "Web form"
    assert message.sender.email == "pia@mills.example" and message.sender.name == "Pia Holm"
    assert message.relay_fields["company"] == "Holm Mills A/S"
    assert message.relay_fields["country"] == "Denmark"
    assert message.relay_fields["phone"] == "+45 55 55 01 88"
    assert message.relay_fields["product"] == "gate valves"
    assert message.words == "Please quote 60 valves DN80 for hot water, delivered Aarhus."


def test_the_address_may_stand_in_reply_to_alone():
    message = form("Name: Pia Holm\nMessage: Please quote 60 valves.\n\n-- \nSent from our contact page")
    assert (message.relayed_by, message.sender.email, message.words) == ("Web form", "pia@mills.example", "Please quote 60 valves.")


def test_contact_form_7_is_known_by_its_own_layout():
    message = form(
        "From: Pia Holm <pia@mills.example>\nSubject: Valves\n\nMessage Body:\nPlease quote 60 valves.\n\n-- \nThis e-mail was sent"
        " from a contact form"
    )
    assert (message.relayed_by, message.words) == ("Contact Form 7", "Please quote 60 valves.")


@pytest.mark.parametrize("sender", ["Shop <no-reply@shop.example>", "Notices <notification@bank.example>"])
def test_a_strangers_notice_with_a_reply_to_is_no_form(sender):
    message = form("Your parcel has left our store house.", sender=sender, reply_to="help@shop.example")
    assert message.relayed_by == "" and kind.classify(message, Known(), policy()).kind == "auto_reply"


def test_a_message_changed_is_another_and_knows_its_fields():
    first = form("Name: Pia Holm\n")
    second = first.but(subject="Lamps")
    assert second == replace(first, subject="Lamps") != first
    with pytest.raises(TypeError, match="subjekt"):
        first.but(subjekt="Lamps")


# ── notices of platforms, known and unknown ─────────────────────────────────────────────────────────────────────


READ = {
    "labels above the values": (
        notice(
            "Global Sources <enquiry@globalsources.com>",
            "Inquiry: valves",
            "You have a new inquiry\n\nName\n   Ms. Ida Lund\nJob title\n   Purchaser\nCompany\n   Lund Rør AB\n"
            "Country/territory\n   Sweden\n"
            "E-mail\n   ida@lundror.example\nTelephone\n   (46 31) 555 0166\nMessage\n   We look for 80 gate valves a year.\n\n"
            "Products of interest\n   Gate valve\n\nTo protect you, we never ask for passwords.\n",
        ),
        ("Global Sources", "Ida Lund", "ida@lundror.example", "We look for 80 gate valves a year."),
        {"company": "Lund Rør AB", "country": "Sweden", "product": "Gate valve", "phone": "(46 31) 555 0166", "title": "Purchaser"},
    ),
    "a card without labels": (
        notice(
            "IndiaMART <buyleads@indiamart.com>",
            "Buylead: valves",
            "<p>Buyer's Contact Details:</p><div>Arun <br>Arun Pipes , Pune, MH <br>Click to call: <a>+91-9800000033</a><br>E-mail: "
            "<a href='mailto:arun@arunpipes.example'>arun@arunpipes.example</a></div><p>Buylead Details:</p><p><b>Gate Valve"
            " In Pune</b></p>"
            "<table><tr><td>Quantity</td><td>:</td><td>20 piece</td></tr></table><p>Email: buyleads@indiamart.com</p>",
        ),
        ("IndiaMART", "Arun", "arun@arunpipes.example", "Gate Valve In Pune"),
        {"company": "Arun Pipes", "quantity": "20 piece", "phone": "+91-9800000033"},
    ),
    "brackets": (
        notice(
            "外贸快车 <noreply@kuaiche.example>",
            "新询盘提醒",
            "您好，\n\n【客户姓名】Minh Tuan\n【公司】Minh Tuan JSC\n【国家】越南\n【邮箱】tuan@minhtuan.example\n"
            "【留言】\nChúng tôi cần 30 van DN80.\n\n提交时间：2026-06-02",
        ),
        ("kuaiche.example", "Minh Tuan", "tuan@minhtuan.example", "Chúng tôi cần 30 van DN80."),
        {"company": "Minh Tuan JSC", "country": "越南"},
    ),
    "questions": (
        notice(
            "Forms <submissions@forms9.example>",
            "New response",
            "1. What's your full name?\nGeorgi Ivanov\n\n2. What's the best email to reach you?\ngeorgi@ivanov.example\n\n"
            "3. Where are you located?\nBulgaria\n\n4. What can we help you with?\nDo you sell valves DN80? What is your price?",
        ),
        ("Web form", "Georgi Ivanov", "georgi@ivanov.example", "Do you sell valves DN80? What is your price?"),
        {"country": "Bulgaria"},
    ),
    "dashes and a frame": (
        notice(
            "Website <www-data@vps77.example>",
            "contact form",
            "Contact form\n=====\n* First name - Elif\n* Last name - Kaya\n* E-mail - elif@kaya.example\n"
            "* Your message - 60 vana DN80 fiyatı nedir?\n=====\nIP 192.0.2.4",
        ),
        ("Web form", "Elif Kaya", "elif@kaya.example", "60 vana DN80 fiyatı nedir?"),
        {},
    ),
    "a table in Japanese": (
        notice(
            "お問い合わせ <web@ours.example>",
            "お問い合わせ",
            "<table><tr><th>お名前</th><td>佐藤 健</td></tr><tr><th>会社名</th><td>佐藤精機</td></tr><tr><th>メールアドレス</th>"
            "<td>sato@seiki.example</td></tr>"
            "<tr><th>お問い合わせ内容</th><td>バルブDN80を60個、見積りをお願いします。</td></tr></table>",
        ),
        ("Web form", "佐藤 健", "sato@seiki.example", "バルブDN80を60個、見積りをお願いします。"),
        {"company": "佐藤精機"},
    ),
    "the visitor's address in From": (
        notice("Marek <marek@wolny.example>", "Website form", "Name: Marek Wolny\nEmail: marek@wolny.example\nMessage: 60"
        " valves DN80, please.\n"),
        ("Web form", "Marek Wolny", "marek@wolny.example", "60 valves DN80, please."),
        {},
    ),
    "his own labels stay his words": (
        notice(
            "Website <noreply@ours.example>",
            "New message",
            "Name: Anil Kumar\nEmail: anil@pumps.example\nMessage: Please quote:\nProduct: valve DN80\n"
            "Quantity: 60 pcs\nPhone for questions is below\n"
            "Email: cousin@elsewhere.example\n-----\nDelivery: Mumbai\n",
        ),
        ("Web form", "Anil Kumar", "anil@pumps.example", "Please quote:\nProduct: valve DN80\nQuantity: 60 pcs\nPhone for"
        " questions is below\n"
         "Email: cousin@elsewhere.example\n-----\nDelivery: Mumbai"),
        {},
    ),
    "injected lines": (
        notice(
            "Website <noreply@ours.example>",
            "New message",
            "Name: Test%0d%0aBcc: all@victim.example\nEmail: real@buyer.example\nMessage: <b>60</b> valves\n",
        ),
        ("Web form", "Test", "real@buyer.example", "<b>60</b> valves"),
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_a_notice_says_who_the_buyer_is_and_what_he_wants(name):
    raw, (relayed_by, who, email, words), fields = READ[name]
    message = unwrapped(raw)
    assert (message.relayed_by, message.sender.name, message.sender.email, message.words) == (relayed_by, who, email, words)
    assert fields.items() <= message.relay_fields.items() and not message.masked
    assert kind.classify(message, Known(), policy()).kind == "inquiry"


HIDDEN = "Buyer: Nguyen Hai\nCountry: Vietnam\nProduct: Gate valve DN80\nMessage: We make pumps in Hai Phong. 60 valves first order.\n"


@pytest.mark.parametrize(
    ("sender", "body", "relayed_by"),
    [
        ("Portal <no-reply@portal.example>", HIDDEN, "portal.example"),
        ("Made-in-China.com <inquiry@made-in-china.com>", HIDDEN, "Made-in-China"),
        ("Made-in-China <no-reply@mail.mic.example>", HIDDEN, "Made-in-China"),
        ("DHgate <notification@dhgate.com>", "You have a new message from your buyer Nguyen Hai:\n\nDo you sell valves DN80?\n", "DHgate"),
        ("IndiaMART <noreply@indiamart.com>", "You missed a call.\nCaller Name: Nguyen Hai\nMobile: +91-9800000052\n", "IndiaMART"),
    ],
)
def test_a_hidden_buyer_is_one_contact_that_no_letter_reaches(sender, body, relayed_by):
    first, second = (
        unwrapped(notice(sender, "New inquiry", body)),
        unwrapped(notice(sender, "Reminder: inquiry", "Dear member,\n\n" + body)),
    )
    assert first.masked and (first.relayed_by, first.sender.name) == (relayed_by, "Nguyen Hai")
    assert first.sender == second.sender and first.sender.email.endswith(".masked.invalid")
    other = unwrapped(notice(sender, "New inquiry", body.replace("Nguyen Hai", "Nguyen Lan")))
    assert other.sender.email != first.sender.email
    assert kind.classify(first, Known(), policy()).kind == "inquiry"


def test_a_platform_that_nobody_told_us_of_hands_on_a_lead():
    body = 'Hi there,\n\nKofi from Togo wants to talk to you about "floodlights":\n\n  Good day, what is your price for 80 floodlights?\n'
    unknown = "Fairground <noreply@fairground.example>"
    assert unwrapped(notice(unknown, "[Fairground] Kofi sent you a message", body)).sender.name == "Kofi"
    # Without a number in it somebody's message may be anything, as from a network of friends.
    greeting = body.replace("what is your price for 80 floodlights?", "nice to meet you")
    assert unwrapped(notice(unknown, "[Fairground] Kofi sent you a message", greeting)).sender.email == "noreply@fairground.example"


def test_our_own_address_in_a_form_makes_nobody_one_of_us():
    message = unwrapped(
        notice("Website <wordpress@ours.example>", "Hi", "Name: Sales\nEmail: sales@ours.example\nMessage: I want 60 valves.")
    )
    assert message.masked and kind.classify(message, Known(), policy()).kind == "inquiry"


STAYS = {
    "labels in a buyer's own mail": notice(
        "Ben <ben@carter.example>",
        "RFQ",
        "Please quote.\n\nProduct: valve\nName: Accounts\nEmail: accounts@carter.example\nMessage: PI to them\n\nBen",
    ),
    "somebody else's address": notice(
        "Steve <steve@mailer.example>",
        "Contact form",
        "Name: Big Customer\nEmail: victim@big.example\nMessage: send us the new bank details\n",
    ),
    "a digest": notice(
        "Alerts <no-reply@alerts.example>",
        "3 leads",
        "".join(
            f"Buyer: {who}\nCountry: Oman\nProduct: {what}\nMessage: need {what}\n\n" for who, what in (("A", "x"), ("B", "y"), ("C", "z"))
        ),
    ),
    "what we ordered in a shop": notice(
        "Shop <no-reply@shop.example>",
        "Order",
        "Name: Li Na\nEmail: lina@ours.example\nProduct: toner\nQuantity: 2\nMessage: before noon\n",
    ),
    "an absence note": notice(
        "Hans <h.weber@pumpen.example>",
        "Automatic reply",
        "I am away. Contact:\nName: Karin Vogt\nEmail: k.vogt@pumpen.example\nMessage: call her\n",
        Auto_Submitted="auto-replied",
        In_Reply_To="<a@ours.example>",
    ),
    "the agent's own notice": notice(
        "Agent <sales@ours.example>", "A task", "Name: Pia\nEmail: pia@mills.example\nMessage: 60 valves\n", X_Mailagent_Notice="1"
    ),
    "a colleague's note": notice(
        "Li Na <lina@ours.example>",
        "customer",
        "Hi, for your file:\nName: Peter\nEmail: peter@werke.example\nHe comes in August.\nBook the hotel.\n"
        "Tell the workshop.\nRegards, Li Na\n",
    ),
}


@pytest.mark.parametrize("name", STAYS)
def test_nobody_speaks_for_another(name):
    message = unwrapped(STAYS[name])
    assert message.relayed_by == "" and message.sender == parse(STAYS[name], received_at=AT).sender


def test_a_form_silences_nobody_unseen():
    raw = notice("Website <wordpress@ours.example>", "Stop", "Name: Big\nEmail: big@buyer.example\nMessage: Please unsubscribe us.\n")
    verdict = kind.classify(unwrapped(raw), Known(), policy())
    assert (verdict.kind, verdict.unsubscribe) == ("inquiry", "review")


# ── the words of forms ──────────────────────────────────────────────────────────────────────────────────────────


def test_no_label_names_two_fields():
    words = policy().relay_words
    names = [(labels.folded(label), field) for field, listed in words.labels.items() for label in listed]
    twice = {label for label, _ in names if len({field for other, field in names if other == label}) > 1}
    assert not twice and all(label for label, _ in names)


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("Your Name (required)", "name"),
        ("BUYER E-MAIL", "email"),
        ("Ihre E‑Mail-Adresse*", "email"),
        ("国家/地区", "country"),
        ("Téléphone portable", ""),
        ("Order quantity", "quantity"),
        ("Ваш телефон", "phone"),
        ("Product required", "product"),
        ("Please", ""),
        ("The name of the game is price and nothing else but the price, my friend", ""),
    ],
)
def test_a_label_is_known_however_it_is_written(label, field):
    assert labels.Vocabulary(policy().relay_words).field_of(label) == field


@pytest.mark.parametrize(
    ("end", "kept"),
    [
        ("\n\nWarm Regards,\nTeam IndiaMART\n", ""),
        ("\n\nIndiaMART - India's largest marketplace\n", ""),
        ("\n\nWe found you on IndiaMART.\nAnil\n", "\n\nWe found you on IndiaMART.\nAnil"),
        ("\n\nThanks, Anil\n\nView message\nIndiaMART InterMESH Ltd\n", "\n\nThanks, Anil"),
    ],
)
def test_the_platform_signs_and_the_buyer_speaks_of_it(end, kept):
    raw = notice("IndiaMART <noreply@indiamart.com>", "Enquiry", f"Name: Anil\nEmail: anil@pumps.example\nMessage: 60 valves, please.{end}")
    assert unwrapped(raw).words == f"60 valves, please.{kept}"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("I checked your site. We offer SEO services to rank your website on the first page of Google.", "spam_solicitation"),
        ("Просим выслать коммерческое предложение на задвижки DN80, 60 шт.", "inquiry"),
        ("We are a leading manufacturer of pumps and need 60 gate valves DN80.", "inquiry"),
    ],
)
def test_who_sells_through_our_form_sells(words, found):
    raw = notice("Website <wordpress@ours.example>", "New message", f"Name: Max Rank\nEmail: max@rank.example\nMessage: {words}\n")
    assert kind.classify(unwrapped(raw), Known(), policy()).kind == found
