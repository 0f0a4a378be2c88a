"""Threads, bytes and tokens: what a buyer's mail program makes of a letter."""

from __future__ import annotations

import base64
import quopri
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email import policy as email_policy
from email.headerregistry import Address as HeaderAddress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from letters import (
    FOLLOW_UP,
    KEY,
    LEAD,
    NOW,
    OUTLOOK_ID,
    PRICE,
    build,
    letter_ref,
    mail,
    write,
)

from mailagent.core.model.address import Address
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.outbox import content_hash
from mailagent.core.model.subject import base_subject, reply_subject
from mailagent.core.writing import compose, draft, tokens
from mailagent.core.writing.draft import LastMail
from mailagent.core.writing.variables import money
from mailagent.errors import SendingError

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


# ── the short way past the library ──────────────────────────────────────────────────────────────────────────────


@given(value=st.one_of(st.from_regex(r"[ -~]{1,70}", fullmatch=True), st.text(max_size=60)))
@settings(max_examples=300)
def test_a_plain_header_is_what_the_library_would_write(value):
    """Where we do not ask it, it would have changed nothing."""
    try:
        theirs = compose.POLICY.fold_binary(*compose.POLICY.header_store_parse("Subject", value))
    except (ValueError, UnicodeError):
        return
    assert compose._line("Subject", value) == theirs


@pytest.mark.parametrize("name", ["", "Anna Nowak", "Nowak, Anna", "Dr. Anna Nowak", 'A "B" C', "李伟", "Jané Döe, Inc.", "a@b"])
@pytest.mark.parametrize("email", ["anna.nowak@buyer.example", "o'brien@buyer.example", "a+b=c@buyer.example"])
def test_a_plain_name_is_what_the_library_would_write(name, email):
    local, _, domain = email.partition("@")
    theirs = email_policy.SMTP.header_store_parse("To", HeaderAddress(display_name=name, username=local, domain=domain))[1]
    assert compose._line("To", compose._mailbox(name, email)) == compose.POLICY.fold_binary("To", theirs)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400), st.booleans())
def test_a_text_comes_out_of_its_encoding_as_it_went_in(text, foreign):
    text = "汉字" * 200 + text if foreign else "plain text " * 200 + text
    encoding, body = compose._encoded(text + "\n")
    assert encoding == ("base64" if foreign else "quoted-printable")
    assert all(len(line) <= 76 and line.isascii() for line in body.split(b"\r\n"))
    decoded = (base64.b64decode if foreign else quopri.decodestring)(body)
    assert decoded == b"\r\n".join((*(text + "\n").encode().splitlines(), b""))
