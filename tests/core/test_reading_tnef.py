"""``winmail.dat``: files built byte by byte as Outlook builds them, and files that lie about their lengths."""

from __future__ import annotations

import base64
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailagent.core.reading import rtf, tnef
from mailagent.core.reading.parse import parse

TEXT, HTML, RTF, CODEPAGE, LONG_NAME = 0x1000, 0x1013, 0x1009, 0x3FDE, 0x3707
STRING, UNICODE, BINARY, NUMBER = 0x1E, 0x1F, 0x102, 0x03


def attribute(level: int, name: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*rows: tuple[int, int, bytes | int]) -> bytes:
    out = struct.pack("<I", len(rows))
    for name, kind, value in rows:
        out += struct.pack("<HH", kind, name)
        if isinstance(value, int):
            out += struct.pack("<I", value)
        else:
            out += struct.pack("<II", 1, len(value)) + value + b"\x00" * (-len(value) % 4)
    return out


def file_of(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)


def mail_with(wrapped: bytes, text: str = "") -> bytes:
    return (
        b"From: buyer@c.example\r\nMessage-ID: <1@c.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
        + text.encode()
        + b"\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(wrapped)
        + b"--b--\r\n"
    )


def message(*rows: tuple[int, int, bytes | int], codepage: int = 936) -> bytes:
    return file_of(attribute(1, 0x9007, struct.pack("<II", codepage, 0)), attribute(1, 0x9003, properties(*rows)))


ATTACHED = (
    attribute(2, 0x9002, b"\x01\x00" + b"\x00" * 12),
    attribute(2, 0x8010, b"QUOTA~1.PDF\x00"),
    attribute(2, 0x800F, b"%PDF-1.4"),
    attribute(2, 0x9005, properties((LONG_NAME, UNICODE, "C:\\报价要求.pdf\0".encode("utf-16-le")))),
)


# Two characters in code page 936 beside one in Unicode with its stand-in for old readers.
RICH = b"{\\rtf1\\ansicpg936 \\'c7\\'eb\\'b1\\'a8\\u38400?\\'c3\\'c5\\'b5\\'c4 \\'bc\\'db\\'b8\\'f1}"


@pytest.mark.parametrize(
    "wrapped",
    [
        message((TEXT, STRING, "请报阀门的价格\0".encode("gb18030"))),
        message((TEXT, UNICODE, "请报阀门的价格\0".encode("utf-16-le"))),
        message((HTML, BINARY, "<p>请报阀门的价格</p>".encode()), (CODEPAGE, NUMBER, 65001)),
        message((RTF, BINARY, b"\0" * 8 + b"MELA\0\0\0\0" + RICH)),
        file_of(attribute(1, 0x9007, struct.pack("<I", 936)), attribute(1, 0x800C, "请报阀门的价格\0".encode("gb18030"))),
    ],
    ids=["string", "unicode", "html", "rtf", "old"],
)
def test_the_words_of_an_outlook_buyer_are_not_lost(wrapped):
    read = parse(mail_with(wrapped))
    assert read.words.replace(" ", "") == "请报阀门的价格"
    assert not read.attachments
    assert "bad_tnef" not in read.defects


def test_attachments_have_their_own_names_and_sizes():
    read = parse(mail_with(file_of(*ATTACHED)))
    assert [(a.name, a.size) for a in read.attachments] == [("报价要求.pdf", 8)]


def test_a_text_that_stands_beside_it_is_not_said_twice():
    wrapped = message((TEXT, UNICODE, "Please quote\0".encode("utf-16-le")))
    assert parse(mail_with(wrapped, "Please quote")).text == "Please quote"


def test_what_cannot_be_read_stays_an_attachment_and_is_named():
    read = parse(mail_with(b"not what it says"))
    assert [a.name for a in read.attachments] == ["winmail.dat"]
    assert "bad_tnef" in read.defects


@pytest.mark.parametrize(
    "hostile",
    [
        message((TEXT, 0x1002, 0xFFFFFFFF)),
        message((TEXT, 0x101E, 0xFFFFFFFF)),
        file_of(attribute(1, 0x9003, struct.pack("<I", 0xFFFFFFFF) + b"\x00" * 4000)),
        file_of(*[attribute(2, 0x9002, b"")] * 50_000),
        file_of(attribute(1, 0x9003, struct.pack("<IHHII", 1, 0x1E, TEXT, 1, 0xFFFFFFFF))),
        message((RTF, BINARY, b"\0" * 8 + b"LZFu\0\0\0\0" + b"\xff\x00\x1f" * 1_000_000)),
        message((RTF, BINARY, b"\0" * 8 + b"MELA\0\0\0\0" + b"{" * 2_000_000)),
    ],
    ids=["many values", "many strings", "many properties", "many attachments", "long value", "bomb", "deep"],
)
def test_lies_about_lengths_end_soon(hostile):
    assert parse(mail_with(hostile)).source_hash


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 400), st.binary(max_size=12), st.integers(0, 12))
def test_no_bytes_raise(place, noise, cut):
    rows = properties((TEXT, STRING, b"words\0"), (RTF, BINARY, b"\0" * 8 + b"LZFu" + b"\x10" * 40))
    wrapped = file_of(attribute(1, 0x9003, rows), *ATTACHED)
    tnef.unwrap(wrapped[:place] + noise + wrapped[place + cut :])
    rtf.to_text(rtf.decompress(noise * 20 + wrapped[place:]))


def test_compressed_rich_text_is_the_example_of_the_standard():
    # MS-OXRTFCP §3.1.1.
    packed = bytes.fromhex("2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0")
    assert rtf.decompress(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert rtf.to_text(rtf.decompress(packed)) == "hello world"
