"""Bytes to message: real layouts in ``tests/mail/*.eml`` with what must come out beside them, and bytes that bite."""

from __future__ import annotations

import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policies import policy

from mailagent.core.model.known import Known
from mailagent.core.reading import kind, relay
from mailagent.core.reading.parse import EPOCH, parse

MAILS = sorted((Path(__file__).parents[1] / "mail").glob("reading_*.eml"))
AT = datetime(2026, 3, 3, 8, tzinfo=UTC)


def read(raw: bytes, **more):
    return parse(raw, received_at=AT, languages=policy().languages, **more)


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_says_what_its_twin_says(path):
    expected = tomllib.loads(path.with_suffix(".toml").read_text("utf-8"))
    message = read(path.read_bytes())
    unwrapped = relay.unwrap(message, policy())
    verdict = kind.classify(unwrapped, Known(), policy())
    found = {
        "kind": verdict.kind,
        "automatic": verdict.automatic,
        "unsubscribe": verdict.unsubscribe,
        "return_on": verdict.return_on,
        "sender": unwrapped.sender.email,
        "name": unwrapped.sender.name,
        "subject": message.subject,
        "words": unwrapped.words,
        "signature": unwrapped.signature,
        "relayed_by": unwrapped.relayed_by,
        "relay_fields": dict(unwrapped.relay_fields),
        "attachments": [a.name for a in message.attachments],
        "links": [list(link) for link in message.links],
        "defects": list(message.defects),
        "bounced": [[r.address, r.status, r.reason, r.will_retry] for r in message.report.recipients] if message.report else [],
        "permanent": [r.permanent for r in message.report.recipients] if message.report else [],
        "original_message_id": message.report.original_message_id if message.report else "",
        "envelope_id": message.report.envelope_id if message.report else "",
    }
    assert {key: found[key] for key in expected} == expected


def test_there_are_mails_to_read():
    assert len(MAILS) >= 10


HEAD = b"From: Ana <ana@c.example>\r\nTo: sales@ours.example\r\nMessage-ID: <1@C.Example>\r\nDate: Tue, 3 Mar 2026 09:00:00 +0100\r\n"


def with_text(text: bytes, charset: str, subject: bytes = b"x") -> bytes:
    return (
        HEAD
        + b"Subject: "
        + subject
        + b"\r\nContent-Type: text/plain; charset="
        + charset.encode()
        + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + text
    )


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("朱镕基路的阀门报价", "gb18030", "gb2312"),
        ("朱镕基路的阀门报价", "gb18030", "x-gbk"),
        ("閥門報價", "cp950", "big5"),
        ("①バルブの見積", "cp932", "shift_jis"),
        ("バルブの見積", "iso2022_jp", "iso-2022-jp"),
        ("밸브 견적 부탁드립니다 똠", "cp949", "ks_c_5601-1987"),
        ("“Ventile” – 5 €", "cp1252", "iso-8859-1"),
        ("Vana fiyatı ğüşi", "cp1254", "iso-8859-9"),
        ("Цена клапанов", "koi8_r", "koi8-r"),
        ("Цена клапанов", "cp1251", "windows-1251"),
        ("Цена клапанов", "utf-8", "utf8mb4"),
        ("请报阀门的价格，谢谢", "gb18030", "unknown-8bit"),
        ("请报阀门的价格，谢谢", "gb18030", "no-such-charset"),
        ("Größe", "utf-8", "us-ascii"),
        ("Größe", "utf-8", "default"),
        ("การเสนอราคา", "cp874", "tis-620"),
    ],
)
def test_labels_of_charsets_lie_and_the_text_is_right(text, codec, label):
    message = read(with_text(text.encode(codec), label))
    assert message.text == text
    assert "decode_lossy" not in message.defects


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Bonjour, le délai de la dernière livraison a été dépassé. Hélène", "cp1252"),
        ("Größe und Maß der Ventile prüfen", "cp1252"),
        ("Señor Ibáñez: cotización de válvulas", "cp1252"),
        ("Vi behöver ventiler på måndag, återkom gärna", "cp1252"),
        ("It’s fine – we’ll take the “small” valves as soon as you can send them to us", "cp1252"),
        ("Vana için fiyat teklifi rica ediyorum, şartname ektedir, saygılarımla", "cp1254"),
        ("Proszę o ofertę na zawory, są małe i miłe", "cp1250"),
        ("Proszę o ofertę na zawory, są małe i miłe", "iso8859_2"),
        ("请报阀门的价格，谢谢", "gb18030"),
        ("Please quote the valve 阀门 and send it to 上海市 soon", "gb18030"),
        ("請報閥門的價格，謝謝", "cp950"),
        ("バルブの見積をお願いします", "cp932"),
        ("밸브 견적을 부탁드립니다", "cp949"),
        ("Здравствуйте, сколько стоят клапаны?", "cp1251"),
        ("Здравствуйте, сколько стоят клапаны?", "koi8_r"),
        ("Please send the price of valves. С уважением, Мария", "cp1251"),
        ("שלום, אנא שלחו הצעת מחיר לשסתומים כדוריים", "cp1255"),
        ("Please quote. תודה רבה ויום נעים", "iso8859_8"),
        ("пришлите, пожалуйста, цены на клапаны. Спасибо", "cp1251"),
    ],
)
def test_bytes_without_a_label_are_read_by_what_they_look_like(text, codec):
    message = read(with_text(text.encode(codec), "", subject=text.encode(codec)))
    assert (message.text, message.subject) == (text, text)
    assert "decode_lossy" not in message.defects


@pytest.mark.parametrize("name", ["Hélène Marchand", "José", "Société Générale d’Été", "Jürgen Großmann", "Çağrı Yılmaz"])
def test_a_raw_name_in_a_header_keeps_its_accents(name):
    codec = "cp1254" if "ğ" in name else "cp1252"
    raw = HEAD.replace(b"From: Ana", b"From: " + name.encode(codec)) + b"Subject: x\r\n\r\nx"
    assert read(raw).sender.name == name


def test_characters_that_cannot_be_read_are_replaced_and_named():
    message = read(with_text("请报阀门的价格".encode("gb18030")[:-1], "utf-8"))
    assert "\ufffd" in message.text
    assert "decode_lossy" in message.defects


def test_a_character_cut_in_two_encoded_words_is_whole_again():
    import base64

    raw = "阀门报价单".encode("gb2312")
    words = b" ".join(b"=?GB2312?B?" + base64.b64encode(part) + b"?=" for part in (raw[:3], raw[3:]))
    assert read(with_text(b"x", "utf-8", words)).subject == "阀门报价单"


@pytest.mark.parametrize(
    ("value", "email", "name", "odd"),
    [
        ("Ana Silva <ana@C.Example>", "ana@c.example", "Ana Silva", False),
        ('"Silva, Ana" <ana@c.example>', "ana@c.example", "Silva, Ana", False),
        ("Silva, Ana <ana@c.example>", "ana@c.example", "Silva, Ana", False),
        ("ana@c.example (Ana Silva)", "ana@c.example", "Ana Silva", False),
        ("ana@c.example", "ana@c.example", "", False),
        ("ceo@ours.example <evil@y.example>", "evil@y.example", "ceo@ours.example", True),
        ('"boss@ours.example" <evil@y.example>', "evil@y.example", "boss@ours.example", True),
        ("Boss <boss@ours.example> <evil@y.example>", "evil@y.example", "Boss <boss@ours.example>", True),
        ("a@x.example, b@y.example", "b@y.example", "", True),
        ("=?utf-8?q?Jos=C3=A9?= <j@c.example>", "j@c.example", "José", False),
        ("undisclosed", "", "undisclosed", True),
        ("(((" * 2000, "", None, True),
    ],
)
def test_who_a_from_header_really_names(value, email, name, odd):
    message = read(b"From: " + value.encode() + b"\r\nSubject: x\r\n\r\nx")
    assert message.sender.email == email
    assert name is None or message.sender.name == name
    assert any(d.startswith("from_anomaly") for d in message.defects) is odd


def test_ids_are_read_from_brackets_whatever_stands_between_them():
    raw = HEAD + b"In-Reply-To: <a@X.example>,<b@y.example>\r\nReferences: <1@a>\r\n\t<2@B>(x)<3@c>\r\n\r\nx"
    message = read(raw)
    assert message.message_id == "1@c.example"
    assert message.in_reply_to == ("a@x.example", "b@y.example")
    assert message.references == ("1@a", "2@b", "3@c")
    assert message.thread_ids == ("a@x.example", "b@y.example", "3@c", "2@b", "1@a")


@pytest.mark.parametrize("value", [b"<>", b"", b"   ", b"<a b@c>"])
def test_a_useless_message_id_is_replaced_by_one_made_of_the_bytes(value):
    message = read(b"From: a@b.example\r\nMessage-ID: " + value + b"\r\n\r\nx")
    assert message.message_id_is_synthetic
    assert message.message_id.endswith("@missing.invalid")


def test_times_are_utc_and_an_offset_of_minus_zero_says_nothing():
    message = read(HEAD + b"\r\nx")
    assert message.sent_at == AT and message.utc_offset == 60
    silent = parse(HEAD.replace(b"+0100", b"-0000") + b"\r\nx")
    assert silent.utc_offset is None and silent.received_at == silent.sent_at
    lost = parse(b"From: a@b.example\r\nDate: someday\r\n\r\nx")
    assert lost.received_at == EPOCH and {"no_date", "no_received_time"} <= set(lost.defects)


@pytest.mark.parametrize("space", [*"\t\n\x0b\x0c\x1c\x1f\u00a0\u2003\u3000\x85", "\r\n", "\n\n  \n"])
def test_mails_that_differ_in_white_space_only_have_one_body_hash(space):
    head = b"From: a@x.example\nContent-Type: text/plain; charset=utf-8\n\n"
    plain = parse(head + b"Send us the price of 400 pieces.")
    spaced = parse(head + f"{space}Send us{space} the{space}price {space}of 400 pieces.{space}".encode())
    assert spaced.body_hash == plain.body_hash
    assert parse(head + b"Send us the price of 40 0 pieces.").body_hash != plain.body_hash


def test_flowed_text_becomes_paragraphs():
    raw = HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\nPlease quote \r\nthe valve.\r\n> old \r\n> words\r\n-- \r\nAna\r\n"
    message = read(raw)
    assert message.words == "Please quote the valve."
    assert message.quoted == "> old words"


HTML = {
    "gmail": '<div>MINE</div><div class="gmail_quote"><div class="gmail_attr">On Tue Lin '
    'wrote:<br></div><blockquote class="gmail_quote">unsubscribe</blockquote></div>',
    "outlook web": '<div>MINE</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Lin</div><div>unsubscribe</div>',
    "outlook desktop": '<p>MINE</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> '
    "Lin</p></div></div><p>unsubscribe</p>",
    "hotmail": '<div>MINE<br><div><hr id="stopSpelling">Date: x<br>unsubscribe</div></div>',
    "apple": '<div>MINE</div><blockquote type="cite">unsubscribe</blockquote>',
    "yahoo": '<div>MINE</div><div class="yahoo_quoted">unsubscribe</div>',
    "proton": '<div>MINE</div><div class="protonmail_quote">unsubscribe</div>',
    "qq": "<div>MINE</div><includetail><div>unsubscribe</div></includetail>",
    "netease": '<div>MINE</div><div class="ntes-mailmaster-quote">unsubscribe</div>',
    "zimbra": '<div>MINE</div><div data-marker="__QUOTED_TEXT__">unsubscribe</div>',
    "hidden": '<div>MINE</div><div style="display:none">unsubscribe</div><span style="font-size:0px">unsubscribe</span>',
}


@pytest.mark.parametrize("program", HTML)
def test_what_a_mail_program_marks_as_quoted_in_html_is_not_the_writers(program):
    raw = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + HTML[program].encode()
    assert read(raw).words == "MINE"


def test_an_answer_between_quotations_in_html_is_kept():
    html = '<blockquote type="cite">Which port?</blockquote><div>MINE: Santos</div>'
    html += '<blockquote type="cite">How many?</blockquote><div>MINE: 400</div>'
    assert read(HEAD + b"Content-Type: text/html\r\n\r\n" + html.encode()).words == "MINE: Santos\nMINE: 400"


def test_text_of_a_mail_inside_the_mail_is_never_ours():
    raw = (
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nsee below\r\n--b\r\nContent-Type: '
        b"message/rfc822\r\n\r\nSubject: inner\r\n\r\nunsubscribe\r\n--b--\r\n"
    )
    message = read(raw)
    assert message.words == "see below"
    assert [a.name for a in message.attachments] == ["inner"]


def test_a_stub_of_plain_text_gives_way_to_html():
    raw = (
        HEAD + b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: '
        b"text/plain\r\n\r\nPlease view this email in your browser\r\n--b\r\nContent-Type: "
        b"text/html\r\n\r\n<p>We need 400 valves</p>\r\n--b--\r\n"
    )
    assert read(raw).words == "We need 400 valves"


# ── bytes that bite ─────────────────────────────────────────────────────────────────────────────────────────────


def nested(depth: int) -> bytes:
    head = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (i, i) for i in range(depth))
    return HEAD + head + b"Content-Type: text/plain\r\n\r\nend"


BITING = {
    "empty": b"",
    "one byte": b"\xff",
    "no header": b"\r\n\r\nonly text",
    "nul": b"\x00" * 10_000,
    "random": bytes(range(256)) * 4_000,
    "1,000 nested parts": nested(1_000),
    "300 nested parts": nested(300),
    "100,000 parts": HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 100_000,
    "20,000 addresses": b"From: a@b.example\r\nTo: " + b"x@y.example, " * 20_000 + b"\r\n\r\nx",
    "20,000 addresses in From": b"From: " + b"x@y.example, " * 20_000 + b"\r\n\r\nx",
    "nested comments": b"From: " + b"(" * 20_000 + b"a@b.example\r\nTo: " + b"(" * 20_000 + b"\r\n\r\nx",
    "endless header": b"X: " + b"a" * 3_000_000 + b"\r\n\r\nx",
    "many headers": b"X: a\r\n" * 200_000 + b"\r\nx",
    "encoded words": b"From: a@b.example\r\nSubject: " + b"=?utf-8?q?" * 100_000 + b"\r\n\r\nx",
    "quoted strings": b"From: " + b'"\\' * 200_000 + b"\r\n\r\nx",
    "brackets": b"From: " + b"<" * 400_000 + b"\r\nReferences: " + b"<" * 400_000 + b"\r\n\r\nx",
    "deep html": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 100_000 + b"x",
    "table cells": HEAD + b"Content-Type: text/html\r\n\r\n<table><tr>" + b"<td>a</td>" * 90_000,
    "many links": HEAD + b"Content-Type: text/html\r\n\r\n" + b'<a href="http://x">y</a>' * 40_000,
    "quotes in html": HEAD
    + b"Content-Type: text/html\r\n\r\n"
    + b'<div id="appendonsend"></div><div style="border-top:solid #E1E1E1"></div>' * 12_000,
    "unclosed tags": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<" * 1_000_000,
    "base64 rubbish": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=A=" * 300_000,
    "uuencode": HEAD + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\r\n" + b"M" * 500_000,
    "bad parameters": HEAD + b"Content-Type: text/plain; charset*0*=utf-8''%FF; charset*1=\"x; name*=a'b\r\nContent-Disposition: "
    b"attachment; filename*=''%\r\n\r\nx",
    "lone surrogates": HEAD + b"Subject: =?utf-7?q?+2AA-?= =?utf-16-le?b?ANg=?=\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+2AA-",
    "codec that is no charset": HEAD + b"Content-Type: text/plain; charset=rot13\r\n\r\n\xe4",
    "punycode": HEAD + b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a-" * 100_000 + b"\xff",
    "delivery status rubbish": HEAD + b"Content-Type: multipart/report; report-type=delivery-status; "
    b'boundary="b"\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n' + b"Final-Recipient: rfc822;\r\n\r\n" * 20_000,
    "daemon without end": b"From: mailer-daemon@x.example\r\nSubject: failure notice\r\n\r\n" + b"a@b.example user unknown " * 40_000,
}


@pytest.mark.parametrize("case", BITING)
def test_no_bytes_raise_hang_or_leave_lone_surrogates(case):
    began = time.process_time()
    message = read(BITING[case])
    verdict = kind.classify(relay.unwrap(message, policy()), Known(), policy())
    assert time.process_time() - began < 2.0
    shown = [
        message.subject,
        message.text,
        message.words,
        message.sender.name,
        message.sender.email,
        message.message_id,
        *message.defects,
        *message.references,
        verdict.evidence,
    ]
    "".join([*shown, *(v for values in message.headers.values() for v in values), *(a.name for a in message.attachments)]).encode("utf-8")


def test_an_oversize_mail_is_read_from_its_head_and_first_text():
    raw = (
        HEAD + b'Subject: big\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nPlease '
        b"quote\r\n--b\r\nContent-Type: application/zip; name=a.zip\r\n\r\n" + b"A" * 2_000_000
    )
    message = read(raw, max_bytes=500_000)
    assert (message.subject, message.words) == ("big", "Please quote")
    assert "oversize" in message.defects and message.size == len(raw)


def test_invisible_characters_are_stripped_from_names_and_subjects():
    message = read('From: "An\u202ea" <a@b.example>\r\nSubject: in\u200bvoice\u202e exe\x07\r\n\r\nx'.encode())
    assert (message.sender.name, message.subject) == ("Ana", "invoice exe")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=3_000))
def test_any_bytes_make_a_message(raw):
    assert parse(raw).size == len(raw)


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=400),
    st.text(max_size=200),
    st.sampled_from(["text/plain", "text/html", "multipart/report", "message/rfc822", "multipart/mixed; boundary=x"]),
)
def test_any_header_and_body_make_a_message(header, body, content_type):
    raw = f"From: {header}\nSubject: {header}\nReferences: {header}\nContent-Type: {content_type}\n\n{body}".encode("utf-8", "replace")
    message = parse(raw)
    assert not [d for d in message.defects if d.startswith("unreadable")]
