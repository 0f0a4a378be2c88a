"""Mail as gateways, old programs and hurried programmers break it: what a person would read in it is what we read."""

from __future__ import annotations

import base64
import time

import pytest

from mailagent.core.reading import charset, disguised, transfer
from mailagent.core.reading.parse import parse

HEAD = b"From: Ann Field <ann@buyer.example>\r\nSubject: Inquiry\r\nMessage-ID: <1@buyer.example>\r\nMIME-Version: 1.0\r\n"
WORDS = "Please quote 500 ball valves DN50."
CHINESE = "您好，请报阀门DN50的价格，数量五百只，谢谢。"
JAPANESE = "お世話になっております。①ボールバルブの見積をお願いします。髙橋"


def mail(kind: str, body: bytes | str, encoding: str = "", head: bytes = HEAD) -> bytes:
    lines = f"Content-Type: {kind}\r\n" + (f"Content-Transfer-Encoding: {encoding}\r\n" if encoding else "")
    return head + lines.encode() + b"\r\n" + (body.encode() if isinstance(body, str) else body)


# ── heads ───────────────────────────────────────────────────────────────────────────────────────────────────────

BROKEN_HEADS = {
    "the CR doubled": mail("text/plain", WORDS).replace(b"\r\n", b"\r\r\n"),
    "spaces before the colon": HEAD.replace(b"Subject:", b"Subject :").replace(b"From:", b"From\t:") + b"\r\n" + WORDS.encode(),
    "a long line wrapped at nothing": mail(
        "text/plain", base64.b64encode(WORDS.encode()), "base64", b"Received: by mx\r\nX-Tag: a\r\nb c\r\n" + HEAD
    ),
    "rubbish above": b"+OK\r\n" + HEAD + b"\r\n" + WORDS.encode(),
}


@pytest.mark.parametrize("raw", BROKEN_HEADS.values(), ids=BROKEN_HEADS)
def test_a_broken_head_is_read_to_its_end(raw):
    message = parse(raw)
    assert (message.sender.email, message.subject, message.text) == ("ann@buyer.example", "Inquiry", WORDS)


def test_text_without_an_empty_line_above_it_is_no_head():
    text = "see below, please quote\nPrice : 5\nFrom: Bob <bob@other.example>\nSubject: old\n"
    message = parse(b"From: Ann <ann@buyer.example>\nSubject: Inquiry\nMIME-Version: 1.0\n" + text.encode() + b"\nold words")
    assert (message.sender.email, message.subject) == ("ann@buyer.example", "Inquiry")
    assert message.text == text + "\nold words"


def test_a_text_that_is_all_there_is_stays_text():
    text = "---------- Forwarded message ---------\nFrom: Bob <bob@other.example>\nDate: May 5\nSubject: old\n\nold words"
    assert parse(text.encode()).text == text


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("text/html charset=utf-8", "Zürich"),
        ("text/html, charset=utf-8", "Zürich"),
        ('"text/html"; charset=utf-8', "Zürich"),
        ("text/html (a page); charset=utf-8", "Zürich"),
        ("text", "<p>Zürich"),
    ],
)
def test_a_type_is_known_however_it_is_written(kind, expected):
    assert parse(mail(kind, "<p>Zürich")).text == expected


# ── senders ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "email", "name"),
    [
        ("Sales team: Ann Field <ann@buyer.example>;", "ann@buyer.example", "Ann Field"),
        ("Ann Field <<ann@buyer.example>>", "ann@buyer.example", "Ann Field"),
        ("Ann Field <ann@buyer.example", "ann@buyer.example", "Ann Field"),
        ('Ann <"ann field"@Buyer.example>', '"ann field"@buyer.example', "Ann"),
        ('Ann <"ann.field"@buyer.example>', "ann.field@buyer.example", "Ann"),
        ('"ann@home"@buyer.example', '"ann@home"@buyer.example', ""),
        ("Ann Field </O=HOUSE/OU=SALES/CN=ANN>", "", "Ann Field"),
        ("=?utf-8?B?546L5LyfIDx3YW5nQGJ1eWVyLmV4YW1wbGU+?=", "wang@buyer.example", "王伟"),
    ],
)
def test_the_sender_is_found_where_he_stands(value, email, name):
    sender = parse(f"From: {value}\r\nSubject: x\r\n\r\nx".encode()).sender
    assert (sender.email, sender.name) == (email, name)


def test_the_first_from_header_with_an_address_counts_and_sender_where_there_is_none():
    several = parse(b"From: \r\nFrom: Ann <ann@buyer.example>\r\n\r\nx")
    assert several.sender.email == "ann@buyer.example" and "from_anomaly:several From headers" in several.defects
    without = parse(b"Sender: Ann <ann@buyer.example>\r\n\r\nx")
    assert without.sender.email == "ann@buyer.example" and "from_anomaly:no From header" in without.defects


def test_words_of_a_subject_are_joined_across_two_names_of_one_charset_and_read_where_they_are_cut():
    raw = "关于阀门的询价单".encode("gbk")
    first, second = (base64.b64encode(piece).decode() for piece in (raw[:7], raw[7:]))
    assert parse(f"Subject: =?GBK?B?{first}?= =?gb2312?B?{second}?=\r\n\r\nx".encode()).subject == "关于阀门的询价单"
    cut = base64.b64encode("询价单价格".encode()).decode()
    assert parse(f"Subject: Re: =?utf-8?B?{cut}\r\n\r\nx".encode()).subject == "Re: 询价单价格"


# ── charsets ────────────────────────────────────────────────────────────────────────────────────────────────────


def windows_jis(text: str) -> bytes:
    """ISO-2022-JP as Windows writes it, with the characters that are in no standard."""
    out = bytearray()
    for character in text:
        lead, trail = character.encode("cp932")
        row = (lead - (0xC1 if lead >= 0xE0 else 0x81)) * 2 + 0x21
        pair = (row + 1, trail - 0x7E) if trail >= 0x9F else (row, trail - (0x20 if trail >= 0x80 else 0x1F))
        out += b"\x1b$B" + bytes(pair) + b"\x1b(B"
    return bytes(out)


@pytest.mark.parametrize(
    ("raw", "label", "text"),
    [
        (windows_jis(JAPANESE), "iso-2022-jp", JAPANESE),
        (windows_jis(JAPANESE), "", JAPANESE),
        (windows_jis(JAPANESE), "utf-8", JAPANESE),
        ("見積".encode("iso2022_jp"), "csISO2022JP", "見積"),
        (b"\x1b(I1234\x1b(B ok\n", "iso-2022-jp", "ｱｲｳｴ ok\n"),
        ("견적 부탁드립니다".encode("iso2022_kr"), "", "견적 부탁드립니다"),
        (CHINESE.encode("utf-7"), "unicode-1-1-utf-7", CHINESE),
        (CHINESE.encode("utf-16-be"), "utf-16", CHINESE),
        (CHINESE.encode("utf-16-le"), "utf-16", CHINESE),
        (WORDS.encode("utf-16-le"), "utf-8", WORDS),
        (WORDS.encode("utf-16-be"), "", WORDS),
        (WORDS.encode(), "utf-16", WORDS),
        (b"\xff\xfe" + WORDS.encode("utf-16-le"), "", WORDS),
        (b"\xef\xbb\xbf" + CHINESE.encode(), "gb2312", CHINESE),
        ("Прошу прислать цену".encode("mac_cyrillic"), "x-mac-cyrillic", "Прошу прислать цену"),
        ("Прошу прислать цену".encode("cp1251"), "win-1251", "Прошу прислать цену"),
        ("Größe für Zürich: 5 €".encode(), "iso-8859-1", "Größe für Zürich: 5 €"),
        ("Größe für Zürich".encode("latin-1"), "iso-8859-1", "Größe für Zürich"),
        ("ÄÖÜ SÃO".encode("cp1252"), "windows-1252", "ÄÖÜ SÃO"),
        ("Прошу прислать цену".encode(), "windows-1251", "Прошу прислать цену"),
        ("你好，请报价".encode(), "gb2312", "你好，请报价"),
        ("联通".encode("gbk"), "gb2312", "联通"),
        ("見積をお願いします".encode(), "shift_jis", "見積をお願いします"),
        (CHINESE.encode("gbk"), "iso-8859-1", CHINESE),
        ("Прошу прислать цену на краны".encode("cp1251"), "iso-8859-1", "Прошу прислать цену на краны"),
        ("いつもお世話になっております。見積をお願いします。".encode("euc_jp"), "", "いつもお世話になっております。見積をお願いします。"),
        ("高价格".encode("gbk") + b"\xff " + "请报".encode("gbk"), "gb2312", "高价格\ufffd 请报"),
    ],
)
def test_bytes_are_text_whatever_their_label_says(raw, label, text):
    assert charset.decode(raw, label)[0] == text


def test_every_character_of_the_japanese_standard_is_read_as_the_strict_decoder_reads_it_or_as_windows_does():
    differ = set()
    for high in range(0x21, 0x7F):
        for low in range(0x21, 0x7F):
            raw = b"\x1b$B" + bytes((high, low)) + b"\x1b(B"
            try:
                strict = raw.decode("iso2022_jp_ext")
            except UnicodeError:
                continue
            ours = disguised._japanese(raw)
            if ours != strict:
                differ.add(strict + ours)
    assert differ == {"〜～", "‖∥", "−－", "¢￠", "£￡", "¬￢"}


def test_a_subject_in_seven_bits_without_a_label_is_read():
    assert parse(b"Subject: " + "見積依頼".encode("iso2022_jp") + b"\r\n\r\nx").subject == "見積依頼"


# ── transfer encodings ──────────────────────────────────────────────────────────────────────────────────────────

CODED = base64.encodebytes(CHINESE.encode())


@pytest.mark.parametrize(
    ("body", "encoding", "expected"),
    [
        (b"500 = \r\npcs =\t\nof", "quoted-printable", b"500 pcs of"),
        (b"a =ZZ 5=6 f=c3=bcr", "quoted-printable", b"a =ZZ 5=6 f\xc3\xbcr"),
        (b"!" + CODED[:30] + b"*\r\n > " + CODED[30:], "base64", CHINESE.encode()),
        (CODED[:40] + b" " * 30 + CODED[40:], "base64", CHINESE.encode()),
        (base64.encodebytes(b"Please ") + base64.encodebytes(b"quote.\n"), "base64", b"Please quote.\n"),
        (base64.b64encode(b"Please quote").rstrip(b"=") + b"A", "base64", b"Please quote"),
        (base64.b64encode(WORDS.encode()) + b"\r\n_____\r\nlist of buyers, list@x.example\r\n", "base64", WORDS.encode()),
        (base64.urlsafe_b64encode(bytes(range(240, 256)) * 2), "base64", bytes(range(240, 256)) * 2),
        (b"as it is", "x-unknown", b"as it is"),
    ],
)
def test_a_transfer_encoding_is_taken_off_as_far_as_it_goes(body, encoding, expected):
    assert transfer.decode(body, encoding) == expected


def test_prose_that_says_it_is_base64_is_prose():
    message = parse(mail("text/plain; charset=utf-8", WORDS + " Thank you very much.", "base64"))
    assert message.text == WORDS + " Thank you very much." and "bad_transfer_encoding" in message.defects


# ── bombs ───────────────────────────────────────────────────────────────────────────────────────────────────────

PARTS = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b\r\n\r\n"
BOMBS = {
    "24 MB of lines that only the library reads": PARTS + b"a\n" * 12_000_000,
    "24 MB of carriage returns": PARTS + b"a\r" * 12_000_000,
    "a head torn at every line": HEAD + b"torn\r\nX: y\r\n" * 1_400 + b"Message-Id: <2@b.example>\r\n\r\nx",
    "escapes and no label": mail("text/plain", b"\x1b$B-!\x1b(B" * 120_000),
    "escapes": mail("text/plain; charset=iso-2022-jp", b"\x1b$B-!\x1b(B\n" * 100_000),
    "base64 in pieces": mail("text/plain", b"QQ==" * 250_000, "base64"),
    "spaces behind the sign": mail("text/plain", (b"=" + b" " * 5_000) * 200, "quoted-printable"),
}


@pytest.mark.parametrize("raw", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_read_in_time(raw):
    began = time.process_time()
    message = parse(raw)
    assert time.process_time() - began < 2.0
    assert message.sender.email == "ann@buyer.example"
