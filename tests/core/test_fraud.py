"""Fraud, phishing and those who only look like it: schemes of several facts, look-alikes, files, links and the origin of a mail."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import lamp_policy, mail

from mailagent.core.model.address import Address
from mailagent.core.model.company import Mailbox
from mailagent.core.model.known import Doubts, Known, SameRequest
from mailagent.core.model.lead import Fact
from mailagent.core.model.message import Attachment
from mailagent.core.reading import facts, files, fingerprint, fraudsigns, lookalike, trust
from mailagent.core.reading.parse import parse
from mailagent.core.scoring import fraud
from mailagent.core.scoring.score import score


def judged(words, known=None, policy=None, **more):
    policy = policy or lamp_policy()
    message = mail(words, **more)
    return score(facts.find(message, policy), message, known or Known(), policy)


THREAD = {"in_reply_to": ("a@lumena.example",)}

# ── what several facts together say ───────────────────────────────────────────────────────────────────────────────────

SCHEMES = [
    # (level, the sign that must be among the reasons, words, more)
    ("likely", "diverts_payment", "Our bank account has been changed because of an audit. Pay to the new account below.", THREAD),
    ("suspicious", "bank_change", "Hello, we have changed our bank, the new account is on the letter attached. Regards, Rosa", THREAD),
    ("suspicious", "bank_change", "Nuestra cuenta bancaria ha cambiado, les adjuntamos los nuevos datos bancarios.", THREAD),
    ("likely", "diverts_payment", "我司收款账户已变更,原账户正在审计停用,请汇入新账户。", THREAD),
    ("likely", "diverts_payment", "Unsere Bankverbindung hat sich geändert, telefonisch bin ich heute nicht erreichbar.", THREAD),
    ("likely", "diverts_payment", "Don't use the account on file, it is under review. Sort code 04-00-04, 12345678.", THREAD),
    ("suspicious", "new_payee", "请不要再汇到原账户,开户行:东方银行,账号 6217 0000 1234。", THREAD),
    ("likely", "false_chief", "I am in a meeting and can't talk. I need you to make a payment. Keep this between us.", {}),
    ("likely", "false_chief", "Je suis en réunion. Il faut faire un virement urgent, c'est confidentiel, n'en parlez à personne.", {}),
    ("likely", "false_chief", "我在开会,不便接电话。有笔款要马上转给供应商,不要告诉别人。", {}),
    ("likely", "gift_cards", "Please buy 6 Steam gift cards for a client, scratch them and send me the codes.", {}),
    ("likely", "card_and_forwarder", "I pay by credit card. Charge 900 extra on my card and send it to the shipper.", {}),
    ("likely", "cheque_trick", "A cashier's check is on its way. Deposit it and send the rest back to my agent.", {}),
    ("likely", "fee_before_contract", "Your firm won the award; contract value USD 4 million. The registration fee comes first.", {}),
    ("likely", "mailbox_scare", "Your mailbox is almost full. Click here to keep it, or it will be closed.", {}),
    ("likely", "mailbox_scare", "Ваш почтовый ящик переполнен и будет заблокирован. Перейдите по ссылке и подтвердите данные.", {}),
    ("likely", "wants_credentials", "Open the order with your email and password.", {}),
    ("likely", "password_to_view", "Our order lies there. Log in by the mail address that got this letter, and its password.", {}),
    ("likely", "card_and_forwarder", "We take 900 pcs. Debit my card for the mover's charges as well; he only accepts Western Union.", {}),
    ("suspicious", "fee_asked", "You shall pay the supplier registration bond first.", {}),
    ("suspicious", "bank_change", "We stop our order. Refund the deposit to our other account, please.", THREAD),
    ("suspicious", "samples_of_everything", "Send us free samples of your lamps, all sizes. No samples no business.", {}),
    ("suspicious", "sign_in_to_view", "Our order is in a shared folder, sign in with your business email to open it.", {}),
    ("suspicious", "invitation_hunting", "Please send an invitation letter for four persons, we will see the goods when we are there.", {}),
    ("suspicious", "odd_unit_price", "how much is one kilo of your lamps?", {}),
    ("suspicious", "samples_of_everything", "Her üründen ücretsiz numune gönderin, kargo size ait.", {}),
]  # fmt: skip


@pytest.mark.parametrize(("level", "sign", "words", "more"), SCHEMES)
def test_schemes(level, sign, words, more):
    result = judged(words, **more)
    found = {signal.name: signal for signal in result.fraud_reasons}
    assert (result.fraud, sign in found) == (level, True), found
    assert found[sign].evidence


HONEST = [
    ("I prefer Western Union for the 95 USD of the samples, my bank wants 45 USD for a transfer. Who is the receiver?", THREAD),
    ("Please confirm your bank account number before we pay, our accounts department checks it for each supplier.", THREAD),
    ("Please write the IBAN and SWIFT on the PI; my phone is not reachable, mail is best.", THREAD),
    ("Is this your new bank account? We got a letter in your name.", THREAD),
    ("我们收到邮件说贵司账户变更了,这是你们的新账户吗?", THREAD),
    ("Sorry, I was in a meeting. Keep this price confidential please. We make the wire transfer today.", THREAD),
    ("Your mailbox was full and my mail came back. Please confirm that you have received the drawing.", THREAD),
    ("Do you accept credit card? I need 20 pcs FL-100. My forwarder in Yiwu will collect them.", {}),
    ("We shall need net 60 days after two trial orders; 500 pcs HB-150 each.", THREAD),
    ("Order 4711 is ready, you said. For the inspection our embassy wants an invitation letter.", THREAD),
    ("Price is no problem if the quality is good. 5,000 pcs PL-6060 CIF Lagos. What is the weight per piece in kg?", {}),
    ("Please send 2 pcs sample of each of these two: FL-100 and HB-150, we pay the courier.", {}),
    ("Log in to our supplier portal to submit the offer for FL-100, 800 pcs; your user ID comes by post.", {}),
    ("нужен новый счет на FL-100, 40 шт, старый просрочен", THREAD),
    ("We would like to open a new account with you, 300 pcs FL-100 to begin with.", {}),
]


@pytest.mark.parametrize(("words", "more"), HONEST)
def test_who_only_looks_like_it(words, more):
    result = judged(words, **more)
    assert result.fraud == "none", [(signal.name, signal.evidence) for signal in result.fraud_reasons]


def test_who_asks_whether_our_account_changed_is_heard_and_not_suspected():
    said = {fact.name for fact in facts.find(mail("Did you change your bank account?"), lamp_policy())}
    assert "asks_about_account" in said and "bank_change" not in said


def test_a_long_text_says_everything_somewhere():
    words = "Your mailbox is almost full. " + "The market for lamps grew. " * 200 + "Click here to read more."
    assert judged(words).fraud == "none"


def test_reports_and_news_are_not_accused():
    policy = lamp_policy()
    result = judged("The contract is worth 5 million dollars. The registration fee was 900 dollars.")
    assert result.fraud != "none"
    assert [fraud.of_kind(result, kind, policy).fraud for kind in ("bounce", "internal", "newsletter")] == ["none"] * 3
    hunts = judged("Enter your password now, your mailbox will be closed.")
    assert fraud.of_kind(hunts, "newsletter", policy).fraud == "likely"


# ── addresses ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("domain", "known", "how"),
    [
        ("rnotor.example", "motor.example", "same look"),
        ("vvagner.example", "wagner.example", "same look"),
        ("m0tor-co.example", "motorco.example", "same look"),
        ("xn--mtor-0qa.example", "mótor.example", "same look"),
        ("mоtor.example", "motor.example", "same look"),
        ("motor.invalid", "motor.example", "other ending"),
        ("motor-trade.example", "motor.example", "added word"),
        ("motorrs.example", "motors.example", "one letter"),
        ("motosr.example", "motors.example", "one letter"),
        ("motel.example", "motor.example", None),
        ("motor.example", "motor.example", None),
        ("abd.example", "abc.example", None),
    ],
)
def test_likeness(domain, known, how):
    if "xn--" in domain:
        domain = f"xn--{'mótor'.encode('punycode').decode()}.example"
        known = "motor.example"
    assert lookalike.likeness(domain, known, ("trade",)) == how


@given(st.text("abcdefghijkmnopqrstuvwxyz", min_size=7, max_size=20), st.integers(0, 19), st.sampled_from("abcdefgh"))
def test_a_domain_with_one_slip_has_a_shape_in_common(name, place, letter):
    place %= len(name)
    for slip in (name[:place] + name[place + 1 :], name[:place] + letter + name[place:], name[:place] + letter + name[place + 1 :]):
        near = lookalike.likeness(f"{slip}.example", f"{name}.example")
        if near in ("one letter", "same look"):
            assert lookalike.shapes(f"{slip}.example") & lookalike.shapes(f"{name}.example")


def test_the_company_quoted_below_is_not_the_one_that_writes():
    quoted = "On Monday Ann <ann@fieldworks.example> wrote:\n> please wait"
    said = judged("Our bank details have changed.", sender="Ann <ann@fie1dworks.example>", quoted=quoted, **THREAD)
    assert said.fraud == "likely" and "lookalike_in_thread" in {signal.name for signal in said.fraud_reasons}
    same = judged("ok", sender="Ann <ann@fieldworks.invalid>", quoted=quoted, **THREAD)
    assert same.fraud == "none"


def test_famous_names_on_free_addresses():
    assert "famous_name_false" in names("Bosch Procurement <bosch.buyer@gmail.com>")
    assert "famous_name_false" in names("Ann <ann@siemens-procurement.example>")
    assert "famous_name_false" not in names("Walter Bosch <walter.bosch@gmail.com>")
    assert "famous_name_false" not in names("Ann <ann@siemens-energy.example>")


def names(sender, **more):
    return {fact.name for fact in fraudsigns.find(mail("hello", sender=sender, **more), lamp_policy())}


def test_answers_that_are_led_away_in_the_middle_of_a_thread():
    elsewhere = (Address("", "ann@other.example"),)
    assert "reply_to_switched" in names("Ann <ann@fieldworks.example>", reply_to=elsewhere, **THREAD)
    colleague = (Address("", "karen@fieldworks.example"),)
    assert not {"reply_to_switched", "reply_to_mismatch"} & names("Ann <ann@fieldworks.example>", reply_to=colleague, **THREAD)
    # His own name, imitated, is no mere other address; a sister company's is.
    for domain, fact in (("fie1dworks.example", "lookalike_in_thread"), ("fieldworks-group.example", "reply_to_switched")):
        assert fact in names("Ann <ann@fieldworks.example>", reply_to=(Address("", f"ann@{domain}"),), **THREAD)


# ── whom we believe ───────────────────────────────────────────────────────────────────────────────────────────────────


def house(**mailbox):
    boxes = (Mailbox(name="sales", address="sales@lumena.example", **mailbox),)
    return lamp_policy().model_copy(update={"mailboxes": boxes})


FAIL = "dmarc=fail header.from=fieldworks.example"
ORIGINS = [
    # (expected, mailbox, Authentication-Results from the top, Received from the top)
    ("fail", {}, [f"mx.lumena.example; spf=pass; {FAIL}"], []),
    ("pass", {}, ["mx.lumena.example 1; dmarc=pass (p=reject) header.from=fieldworks.example"], []),
    ("pass", {}, ["mx.lumena.example; dkim=pass header.d=fieldworks.example; spf=none"], []),
    ("none", {}, ["mx.lumena.example; dkim=pass header.d=mailer.example; spf=pass smtp.mailfrom=b@mailer.example"], []),
    ("unknown", {}, [f"mx.evil.example; {FAIL}"], []),
    ("pass", {}, ["mx.lumena.example; dmarc=pass", f"mx.lumena.example; {FAIL}"], []),
    ("fail", {"provider": "gmail"}, [f"mx.google.com; dkim=neutral; spf=softfail; {FAIL}"], []),
    ("fail", {"provider": "163"}, [f"zwqz-mx-7; spf=fail; {FAIL};"], []),
    ("fail", {"imap_host": "outlook.office365.com"}, [f"spf=fail (sender IP is 192.0.2.1); {FAIL}; compauth=fail"],
        ["from AM0PR04.eurprd04.prod.outlook.com by VE1.prod.outlook.com"]),
    ("unknown", {}, [f"spf=fail (sender IP is 192.0.2.1); {FAIL}"], ["from a.prod.outlook.com by b.prod.outlook.com"]),
    # He calls himself one of Microsoft's servers, and another server took his mail in.
    ("unknown", {"imap_host": "outlook.office365.com"}, ["spf=pass; dmarc=pass header.from=fieldworks.example"],
        ["from a.prod.outlook.com by b.prod.outlook.com (unknown [192.0.2.1]) by mx.other.example with ESMTP; now"]),
    # A mail with two senders was looked at under the name of the other one.
    ("none", {}, ["mx.lumena.example; dmarc=pass header.from=evil.example"], []),
    ("pass", {}, ["mx.lumena.example; dmarc=pass header.from=mail.fieldworks.example"], []),
    ("unknown", {}, [f"mx.lumena.example; arc=pass; {FAIL}"], []),
    ("none", {}, ["mx.lumena.example; none (dmarc=fail)"], []),
    ("unknown", {}, [], []),
]  # fmt: skip


@pytest.mark.parametrize(("result", "mailbox", "fields", "received"), ORIGINS)
def test_only_our_own_server_is_believed(result, mailbox, fields, received):
    message = mail("hello", headers={"authentication-results": tuple(fields), "received": tuple(received)} if fields else {})
    assert trust.origin(message, house(**mailbox)).result == result


def test_a_broken_signature_alone_is_nothing():
    message = {"headers": {"authentication-results": (f"mx.lumena.example; {FAIL}",)}}
    said = judged("Please quote 500 pcs FL-100.", **message)
    assert said.fraud == "none" and "auth_failed" in {signal.name for signal in said.fraud_reasons}
    assert judged("We have changed our bank account.", **message).fraud == "likely"


# ── files and links ───────────────────────────────────────────────────────────────────────────────────────────────────


def with_file(name, data, kind="application/octet-stream"):
    message = EmailMessage()
    message["From"], message["Subject"] = "Ann <ann@fieldworks.example>", "order"
    message.set_content("please see the file")
    main, sub = kind.split("/")
    message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return parse(message.as_bytes())


LOCKED = b"PK\x03\x04\x14\x00\x01\x00" + bytes(40)
FILES = [
    ("order.zip", LOCKED, "application/zip", files.LOCKED),
    ("order.zip", b"PK\x03\x04\x14\x00\x00\x00" + bytes(40), "application/zip", ""),
    ("order.rar", b"Rar!\x1a\x07\x01\x00" + b"\x00" * 5 + b"\x04" + bytes(9), "application/x-rar", files.LOCKED),
    ("order.html", b"<form action=x><input type='Password'>", "text/html", files.LOGIN_FORM),
    ("order.html", b"<p>our order", "text/html", ""),
    ("invoice", b"MZ\x90\x00" + bytes(60), "application/octet-stream", files.PROGRAM),
    ("order\u202efdp.bin", b"x", "application/octet-stream", files.TURNED),
    ("drawing.pdf", b"%PDF-1.4", "application/pdf", ""),
]


@pytest.mark.parametrize(("name", "data", "kind", "risk"), FILES)
def test_what_a_file_really_is(name, data, kind, risk):
    (attachment,) = with_file(name, data, kind).attachments
    assert attachment.risk == risk


def test_an_archive_with_its_password_is_odd_from_a_stranger_alone():
    archive = (Attachment("list.7z", "application/x-7z-compressed", 900),)
    assert judged("The password of the list is 7788.", attachments=archive).fraud == "suspicious"
    assert judged("The drawings are in the zip, password as last time.", attachments=archive, **THREAD).fraud == "none"


def links(*pairs, **more):
    return {fact.name for fact in fraudsigns.find(mail("hello", links=pairs, **more), lamp_policy())}


def test_links_of_gateways_counters_and_old_names_are_honest():
    wrapped = "https://eur02.safelinks.protection.outlook.com/?url=x"
    assert "link_mismatch" not in links(("www.carrier.example/track", wrapped))
    assert "link_mismatch" not in links(("www.fieldworks.com", "http://fieldworks.example/"))
    assert "link_mismatch" not in links(("http://news.example/a", "http://count.example/1"), *[("more", "http://count.example/2")] * 4)
    assert "link_mismatch" in links(("https://www.carrier.example/track", "http://count.example/1"))
    assert "link_mismatch" not in links(("https://a.example", "http://b.example"), headers={"list-unsubscribe": ("<x>",)})


# ── the same request ──────────────────────────────────────────────────────────────────────────────────────────────────


WORDS = (
    "Please quote your best price CIF Mombasa for flood lights FL-100 800 pcs and high bay lamps HB-150 250 pcs with "
    "driver, packed in cartons, and tell us delivery time, warranty and payment terms for a first order this spring."
)
CHINESE = "您好,请报投光灯FL-100一千只和工矿灯HB-150五百只的含税价格,说明交货期、包装方式、付款条件和质保年限,我们四月份下单。"


@pytest.mark.parametrize("words", [WORDS, CHINESE])
def test_a_text_with_small_changes_is_recognised(words):
    changed = words.replace("Please quote", "Kindly offer").replace("spring", "month").replace("您好", "你好").replace("四月", "五月")
    assert fingerprint.likeness(words, changed) >= fingerprint.ALIKE
    assert len(set(fingerprint.marks(words)) & set(fingerprint.marks(changed))) >= fingerprint.MARKS_ALIKE


def test_short_and_different_texts_are_not():
    assert fingerprint.marks("Please send your price list, thank you.") == ()
    other = "We look for panel lights for an office in Oslo, 60x60, 40 W, 4000 K, and need the photometric files before we decide."
    assert fingerprint.likeness(WORDS, other) < fingerprint.ALIKE / 2


def test_the_same_request_from_another_country_is_no_campaign():
    alike = (SameRequest(5, "b@two.example", "KE", "2026-03-01", False),)
    known, policy = Known(doubts=Doubts(same_requests=alike)), lamp_policy()
    here = fraud.of_the_known((Fact("country", "KE"),), mail(WORDS), known, policy)
    assert [fact.name for fact in here] == ["price_fishing"] and "b@two.example" in here[0].evidence
    assert fraud.of_the_known((Fact("country", "NO"),), mail(WORDS), known, policy) == []
