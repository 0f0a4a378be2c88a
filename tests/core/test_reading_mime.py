"""The fast reader of parts against the standard library's: wherever it answers at all, it answers the same."""

from __future__ import annotations

from email.message import Message
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from policies import policy

from mailagent.core.reading import mime
from mailagent.core.reading.parse import parse

ROOT = Path(__file__).parents[2]
CORPORA = ROOT.parent / "shared" / "corpora"
OURS = sorted([*(ROOT / "tests" / "mail").glob("*.eml"), *(ROOT / "mailagent" / "demo" / "mail").rglob("*.eml")])


def both_ways(raw: bytes) -> tuple[mime.Part | None, mime.Part | None]:
    """What the fast reader says, and the library if the fast one says anything."""
    fast = mime.read_plainly(raw)
    return fast, None if fast is None else mime.read_by_the_library(raw)


def the_library_alone(raw: bytes, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(mime, "read_plainly", lambda _: None)
        return parse(raw, languages=policy().languages)


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_our_own_mails_are_the_same_message_in_both_ways(path, monkeypatch):
    raw = path.read_bytes()
    assert mime.read_plainly(raw) is not None
    assert parse(raw, languages=policy().languages) == the_library_alone(raw, monkeypatch)


CATEGORIES = ("a_bounces", "b_replies", "c_autoreply_unsub", "d_mime", "e_fraud_spam", "f_business_threads", "inquiries")


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_mail_of_the_corpora_has_the_same_parts_in_both_ways(category, monkeypatch):
    folder = CORPORA / category
    if not folder.is_dir():
        pytest.skip(f"no corpora at {CORPORA}")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in (".json", ".jsonl", ".md", ".py")]
    sure = 0
    for number, path in enumerate(files):
        raw = path.read_bytes()
        fast, slow = both_ways(raw)
        assert fast == slow, path
        sure += fast is not None
        if number % 25 == 0:
            assert parse(raw, languages=policy().languages) == the_library_alone(raw, monkeypatch), path
    # b_replies are mostly texts without a head.
    assert sure > len(files) * (0.2 if category == "b_replies" else 0.85)


MIXED = b"""From: Ana <ana@c.example>
Subject: =?utf-8?q?v=C3=A1lvulas?=
Content-Type: multipart/mixed; boundary="outer"

preamble
--outer
Content-Type: multipart/alternative;
 boundary=inner

--inner
Content-Type: text/plain; charset=utf-8; format=flowed

Please quote
--inner
Content-Type: text/html

<p>Please quote</p>

--inner--
epilogue
--outer
Content-Type: application/pdf; name="=?utf-8?b?5oql5Lu3LnBkZg==?="
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename*=utf-8''%E6%8A%A5%E4%BB%B7.pdf

JVBERi0xLjQK
--outer
Content-Type: message/rfc822

Subject: inner mail
Message-ID: <7@d.example>

text of the inner mail
--outer
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.c.example

Final-Recipient: rfc822; bob@d.example
Action: failed
Status: 5.1.1

--outer--
"""
ODD = [
    MIXED,
    MIXED.replace(b"\n", b"\r\n"),
    MIXED.replace(b"--outer--\n", b""),
    MIXED.replace(b"--inner--\n", b""),
    MIXED.replace(b"inner", b"outer"),
    MIXED.replace(b"--outer\nContent-Type: message/rfc822", b"--outer\n--outer\nContent-Type: message/rfc822"),
    MIXED.replace(b"--outer\nContent-Type: message/rfc822", b"--outer  \t\nContent-Type: message/rfc822"),
    MIXED.replace(b"--outer\nContent-Type: message/rfc822", b"--outerx\nContent-Type: message/rfc822"),
    MIXED.replace(b"multipart/mixed", b"multipart/digest"),
    MIXED.replace(b"preamble\n", b""),
    MIXED.replace(b"--inner\n", b"--inner\r\r\n\n", 1),
    MIXED.replace(b"Subject", b"Subject "),
    b"From someone Mon Jan  1 00:00:00 2026\n" + MIXED,
    b"\n" + MIXED,
    MIXED.replace(b"Please quote", b"Please\rquote"),
    MIXED.replace(b"Please quote", b"Please \xe6\x8a\xa5 quote"),
    MIXED.replace(b'boundary="outer"', b'boundary="outer"; boundary="inner"'),
    b"Subject: only a head",
    b"Content-Type: multipart/mixed; boundary=b\n\n--b--\n",
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n\n--b",
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\nX: y\n--b--",
]


@pytest.mark.parametrize("raw", ODD)
def test_odd_structures_are_read_the_same_or_left_to_the_library(raw):
    fast, slow = both_ways(raw)
    assert fast == slow


PIECES = [
    b"\n",
    b"\r\n",
    b"\r",
    b" ",
    b"\t",
    b"--",
    b"--outer",
    b"\n--outer\n",
    b"\n--inner--\n",
    b"\n\n",
    b"From ",
    b":",
    b"Content-Type: multipart/mixed; boundary=x\n",
    b"Content-Type: message/rfc822\n",
    b"\nContent-Type: text/plain\n\n",
    b"=",
    b'"',
    b";",
    b"\xff",
    b"\x00",
]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_mutilated_mails_are_read_the_same_or_left_to_the_library(data):
    raw = bytearray(data.draw(st.sampled_from([MIXED, *(path.read_bytes()[:6000] for path in OURS[:20])])))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), start + data.draw(st.integers(0, 200)))
        how = data.draw(st.sampled_from(["cut", "double", "insert", "swap", "end"]))
        if how == "cut":
            del raw[start:end]
        elif how == "double":
            raw[start:start] = raw[start:end]
        elif how == "insert":
            raw[start:start] = data.draw(st.sampled_from(PIECES))
        elif how == "swap":
            raw[start:end] = raw[start:end][::-1]
        else:
            del raw[end:]
    fast, slow = both_ways(bytes(raw))
    assert fast == slow


NAMES = st.sampled_from(["charset", "boundary", "name", "Format", "name*", "name*0*", "x-y"])
VALUES = st.text(st.characters(codec="ascii", exclude_characters="\r\n"), max_size=20)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(NAMES, VALUES, st.booleans()), max_size=4), st.sampled_from([";", "; ", " ;\t", " "]))
@example([("boundary", "=_a;b", True)], "; ")
@example([("charset", "utf-8", False), ("charset", "gbk", False)], ";")
def test_parameters_are_what_the_library_says(pairs, between):
    value = "text/plain" + "".join(f'{between}{name}="{text}"' if quoted else f"{between}{name}={text}" for name, text, quoted in pairs)
    holder = Message()
    # Where the first semicolon is forgotten it is thought there.
    holder["Content-Type"] = value.replace("text/plain ", "text/plain; ", 1) if between == " " else value
    for name in ("charset", "boundary", "format", "x-y"):
        try:
            expected = holder.get_param(name)
        except (ValueError, TypeError, LookupError):
            return
        assert mime.parameters(value.strip()).get(name, "") == (expected if isinstance(expected, str) else expected[2] if expected else "")


def test_a_boundary_folded_inside_its_quotation_marks_is_one_boundary():
    raw = b'From: a@b.example\nContent-Type: multipart/mixed; boundary="two\n words"\n\n--two words\n\nfound\n--two words--\n'
    assert parse(raw).words == "found"
    assert mime.read_by_the_library(raw) == mime.read_plainly(raw)


def test_a_multipart_whose_boundary_never_comes_still_says_something():
    raw = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=never; charset=gb2312\n\n" + "请报阀门的价格".encode("gb18030")
    assert parse(raw).words == "请报阀门的价格"


def test_a_file_name_in_raw_bytes_keeps_its_characters():
    name = "报价单.pdf".encode("gb18030")
    raw = b'From: a@b.cn\nContent-Type: application/pdf; name="' + name + b'"\nContent-Transfer-Encoding: base64\n\nJVBERi0=\n'
    assert [a.name for a in parse(raw).attachments] == ["报价单.pdf"]


def test_the_size_of_an_attachment_is_counted_not_decoded():
    head = b"From: a@b.example\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n"
    raw = head + b"JVBERi0xLjQK\n" * 1000
    assert mime.read_plainly(raw).size == 13_000 * 3 // 4 - 1_000
