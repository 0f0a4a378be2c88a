"""Which words of a mail are read, in whatever parts and forms programs send them: nothing is lost and nothing is said twice."""

from __future__ import annotations

import base64
import binascii
import time

import pytest

from mailagent.core.reading import body, embedded, smime
from mailagent.core.reading.parse import parse

HEAD = b"From: Ann Field <ann@buyer.example>\r\nSubject: Inquiry\r\nMessage-ID: <1@buyer.example>\r\nMIME-Version: 1.0\r\n"
WORDS = "Please quote 500 ball valves DN50."
NOTE = "Checked for viruses by Shield. Nothing was found in this letter."


def part(kind: str, text: str, *more: str) -> bytes:
    return "\r\n".join([f"Content-Type: {kind}; charset=utf-8", *more, "", text]).encode()


def mail(kind: str, *parts: bytes, head: bytes = HEAD, boundary: bytes = b"bb") -> bytes:
    top = head + b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n' % (kind.encode(), boundary)
    return top + b"".join(b"--%b\r\n%b\r\n" % (boundary, each) for each in parts) + b"--%b--\r\n" % boundary


PLAIN, PAGE = part("text/plain", WORDS), part("text/html", f"<p>{WORDS}</p>")
FILE = part("application/pdf; name=a.pdf", "x", "Content-Disposition: attachment; filename=a.pdf")
FIRST, SECOND = "<html><body><p>First words</p></body></html>", "<html><head><title>t</title></head><body><p>Second words</p></body></html>"
APPLE = mail(
    "mixed", part("text/html", "<div>First words</div>"), FILE, part("text/html", "<div>Second words</div>"), head=b"", boundary=b"cc"
)

READ = {
    "both forms": (mail("alternative", PLAIN, PAGE), WORDS),
    "both forms as if they followed each other": (mail("mixed", PLAIN, PAGE), WORDS),
    "both forms and a note": (
        mail("mixed", mail("alternative", PLAIN, PAGE, head=b"", boundary=b"c"), part("text/plain", NOTE)), f"{WORDS}\n\n{NOTE}"
    ),
    "a page and a plain note": (mail("mixed", PAGE, part("text/plain", NOTE)), f"{WORDS}\n\n{NOTE}"),
    "a page goes on where text ends": (
        mail("mixed", part("text/plain", "Dear Sir, see below."), FILE, part("text/html", "<p>500 valves</p><p>200 pumps</p>")),
        "Dear Sir, see below.\n\n500 valves\n\n200 pumps",
    ),
    "pages around a file": (mail("mixed", part("text/html", FIRST), FILE, part("text/html", SECOND)), "First words\n\nSecond words"),
    "pages around a file as one form": (
        mail("alternative", part("text/plain", "First words\n\nSecond words"), APPLE), "First words\n\nSecond words"
    ),
    "one text twice": (mail("mixed", PLAIN, PLAIN), WORDS),
    "a body with a name": (mail("mixed", part("text/plain; name=body.txt", WORDS), FILE), WORDS),
    "a page with a name": (mail("mixed", part("text/html; name=mail.html", f"<p>{WORDS}", "Content-Disposition: inline"), FILE), WORDS),
    "a text file beside the body": (mail("mixed", PLAIN, part("text/plain; name=log.txt", "log", "Content-Disposition: inline")), WORDS),
    "enriched text": (HEAD + part("text/enriched", "<bold>Please</bold> quote 500 ball valves DN50."), WORDS),
    "rich text": (HEAD + part("text/rtf", "{\\rtf1 Please quote 500 ball valves DN50.\\par}"), WORDS),
    "a kind of text that nobody knows": (HEAD + part("text/x-letter", WORDS), WORDS),
    "XHTML": (HEAD + part("application/xhtml+xml", f"<html><body><p>{WORDS}</p></body></html>"), WORDS),
    "a page that says it is plain": (
        HEAD + part("text/plain", f"<!DOCTYPE html><html><body><p>Dear Sir</p><p>{WORDS}</p></body></html>"), f"Dear Sir\n\n{WORDS}"
    ),
    "plain text that says it is a page": (
        HEAD + part("text/html", "R&amp;D asks:\r\n500 valves\r\n> old\r\n"), "R&D asks:\n500 valves\n> old"
    ),
    "a boundary that is not the one named": (mail("mixed", PLAIN, FILE).replace(b'boundary="bb"', b'boundary="aa"'), WORDS),
    "a boundary that nobody names": (mail("alternative", PLAIN, PAGE).replace(b'; boundary="bb"', b""), WORDS),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "text"), READ.values(), ids=READ)
def test_every_word_is_read_once(raw, text):
    message = parse(raw)
    assert message.text.strip() == text
    assert [file.name for file in message.attachments if file.name == "a.pdf"] == ["a.pdf"] * raw.count(b"filename=a.pdf")


def test_mail_inside_mail_stays_out_however_it_is_wrapped():
    inner = b"Content-Type: message/rfc822\r\n\r\nFrom: b@c.example\r\nSubject: old\r\n\r\nold words"
    assert parse(mail("mixed", PLAIN, inner)).text == WORDS


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ('<p style="font-size:0.9em">shown</p>', "shown"),
        ('<p style="font-size: 0.875rem">shown</p><p style="font-size:0">hidden</p>', "shown"),
        ('<p style="font-size:0.0px">hidden</p><p style="font-size:00pt">hidden</p><p>shown</p>', "shown"),
        ('<div style="max-height:0;overflow:hidden">hidden</div><p style="max-height:0.5em;overflow:hidden">shown</p>', "shown"),
        ('<div style="overflow:hidden;max-height:0px;opacity:0">hidden</div>shown', "shown"),
        ("<div hidden>hidden</div><p>shown</p>", "shown"),
        ("<p>one<o:p></o:p> two</p>", "one two"),
        ("<p>one<o:p></o:p></p><p><o:p>&nbsp;</o:p></p><p>two</p>", "one\n\ntwo"),
        ("<html><body><p>one</p></body></html>\n<p>two</p>", "one\n\ntwo"),
        ("<html><body><p>one</p></body></HTML>\n<!DOCTYPE html><html><body><p>two</p></body></html>", "one\n\ntwo"),
        ("<p>one</p></body></html> \n </body></html>", "one"),
    ],
)
def test_what_a_page_shows_is_read_and_nothing_else(page, text):
    assert body.read_html(page).text == text


# ── files and armour in the text ────────────────────────────────────────────────────────────────────────────────

BYTES = bytes(range(200))
UUENCODED = "begin 644 pump.dwg\n" + "".join(binascii.b2a_uu(BYTES[i : i + 45]).decode() for i in range(0, 200, 45)) + "`\nend\n"
YENC = "=ybegin line=128 size=20 name=pump one.stp\nabcd\n=yend size=20\n"


def test_a_file_in_the_text_is_a_file():
    message = parse(HEAD + part("text/plain", f"{WORDS}\n{UUENCODED}{YENC}Thanks".replace("\n", "\r\n")))
    assert message.text == f"{WORDS}\nThanks"
    assert [(file.name, file.size) for file in message.attachments] == [("pump.dwg", 200), ("pump one.stp", 20)]


@pytest.mark.parametrize(
    "text", ["We begin 644 projects\nin May\nend\n", "begin 644 x\nand so on\nend\n", "=ybegin size=x\n", "> " + UUENCODED]
)
def test_words_that_only_look_like_a_file_are_words(text):
    assert embedded.take_out(text) == (text, [])


def test_words_that_are_signed_are_read_without_the_armour():
    armour = "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEB\n=abcd\n-----END PGP SIGNATURE-----\n"
    signed = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{WORDS}\n- -- \nAnn\n{armour}"
    assert embedded.take_out(signed)[0] == f"{WORDS}\n-- \nAnn\n"
    quoted = "> -----BEGIN PGP SIGNED MESSAGE-----\n> Hash: SHA1\n"
    assert embedded.take_out(quoted)[0] == quoted


# ── signed mail ─────────────────────────────────────────────────────────────────────────────────────────────────


def element(tag: int, value: bytes, endless: bool = False) -> bytes:
    if endless:
        return bytes([tag, 0x80]) + value + b"\0\0"
    length = len(value)
    return bytes([tag]) + (bytes([length]) if length < 128 else b"\x82" + length.to_bytes(2, "big")) + value


def signed(inside: bytes, endless: bool = False) -> bytes:
    octets = element(0x24, element(4, inside[:20]) + element(4, inside[20:]), True) if endless else element(4, inside)
    what = element(0x30, bytes.fromhex("06092a864886f70d010701") + element(0xA0, octets, endless), endless)
    digests = element(0x31, element(0x30, bytes.fromhex("0609608648016503040201") + b"\x05\0", endless), endless)
    data = element(0x30, b"\x02\x01\x01" + digests + what + element(0x31, b""), endless)
    return element(0x30, bytes.fromhex("06092a864886f70d010702") + element(0xA0, data, endless), endless)


@pytest.mark.parametrize("endless", [False, True])
def test_the_words_inside_an_opaque_signature_are_read(endless):
    wrapped = base64.encodebytes(signed(mail("mixed", PLAIN, FILE, head=b""), endless))
    more = b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    message = parse(HEAD + more + wrapped)
    assert message.text == WORDS and message.sender.email == "ann@buyer.example"
    assert [file.name for file in message.attachments] == ["smime.p7m", "a.pdf"]


@pytest.mark.parametrize("cut", range(0, 120, 7))
def test_a_signature_that_is_cut_or_bent_raises_nothing(cut):
    raw = signed(PLAIN, cut % 2 == 0)
    smime.unwrap(raw[:cut])
    bent = bytearray(raw)
    bent[cut % len(raw)] ^= 0xFF
    smime.unwrap(bytes(bent))
    assert smime.unwrap(raw) == PLAIN


# ── names of files ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "disposition",
    [
        "attachment; filename*=gb2312''%B1%A8%BC%DB%B5%A5.pdf",
        "attachment; filename*1*=%DB%B5%A5.pdf; filename*0*=gb2312''%B1%A8%BC",
        "attachment; filename=bad.pdf; filename*=utf-8''%E6%8A%A5%E4%BB%B7%E5%8D%95.pdf",
        'attachment; filename="%E6%8A%A5%E4%BB%B7%E5%8D%95.pdf"',
        'attachment; filename="=?gb2312?B?saiw?=\r\n =?gb2312?B?27WlLnBkZg==?="'.replace("saiw", "sai8"),
    ],
)
def test_a_file_has_its_name_however_it_is_written(disposition):
    raw = HEAD + f"Content-Type: application/pdf\r\nContent-Disposition: {disposition}\r\n\r\nx".encode()
    assert [file.name for file in parse(raw).attachments] == ["报价单.pdf"]


# ── bombs ───────────────────────────────────────────────────────────────────────────────────────────────────────

BOMBS = {
    "flowed lines": HEAD + part("text/plain; format=flowed", "a \n" * 600_000),
    "ends of pages": HEAD + part("text/html", "</body></html>" * 60_000 + "<p>x"),
    "pages": HEAD + part("text/html", FIRST * 20_000),
    "beginnings of files": HEAD + part("text/plain", "begin 644 a\n" * 80_000 + "end\n"),
    "files": HEAD + part("text/plain", "begin 644 a\n#86)C\n`\nend\n" * 40_000),
    "yEnc": HEAD + part("text/plain", "=ybegin size=1 name=a\n" * 40_000 + "=yend \n"),
    "yEnc that ended before": HEAD + part("text/plain", "x\n=yend \n" + "=ybegin size=1 name=a\n" * 40_000),
    "armour": HEAD + part("text/plain", "-----BEGIN PGP SIGNED MESSAGE-----\n" * 28_000),
    "signatures": HEAD + part("text/plain", "-----BEGIN PGP SIGNED MESSAGE-----\n" + "-----BEGIN PGP SIGNATURE-----\n" * 30_000),
    "sequences": HEAD + b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.b64encode(b"\x30\x80" * 700_000),
    "guessed boundaries": HEAD + b"Content-Type: multipart/mixed\r\n\r\n" + b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed\r\n\r\n" % i for i in range(20_000)
    ),
    "pieces of text": mail("mixed", *[part("text/html", f"<p>{i}</p>") if i % 2 else part("text/plain", f"{i}") for i in range(480)]),
    "parts of no charset": mail("mixed", *[b"Content-Type: text/plain\r\n\r\n" + bytes(range(128, 256)) * 20] * 480),
}  # fmt: skip


@pytest.mark.parametrize("raw", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_read_in_time(raw):
    began = time.process_time()
    message = parse(raw)
    assert time.process_time() - began < 2.0
    assert message.sender.email == "ann@buyer.example"
