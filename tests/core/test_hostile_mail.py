"""A megabyte of anything, in every place of a mail where words are read: it gives a kind and a reason, and in good time."""

from __future__ import annotations

import html
import json
import time
from functools import cache
from pathlib import Path

import pytest

from mailagent import policy as rules
from mailagent.core.deciding.prediction import predict
from mailagent.reader import get_ready

MEGABYTE = 1_000_000
#: Usual is a tenth of it; what grows with the square of the length needs minutes.
MOST_SECONDS = 3.0

REPEATED = {
    "quoted": ">\n", "deep quotes": "> > > ", "senders": "From: Ann <a@b.example>\n",
    "header blocks": "From: a\nSent: b\nTo: c\nSubject: d\n\n", "labels": "Name: John\n",
    "products": "Product: 6204 bearing\nQuantity: 500 pcs\n", "colons": ":", "digits": "1", "numbers": "1 ", "dotted": "1.", "at": "@",
    "half addresses": "a@", "brackets": "(", "pairs": "(a) ", "tags": "<", "braces": "{{ 7*7 }} ", "dates": "12.05.2026 ",
    "days": "May 5 ", "Chinese days": "5月5日", "months": "January февраля mars ", "after": "after March ", "by": "by the end of ",
    "weeks": "in 3 weeks week 32 ", "feasts": "after Ramadan 春节后 ", "letters": "a", "mixed": "aB1", "characters": "轴承",
    "Chinese": "请问最小起订量是多少？", "Japanese": "お見積りをお願いします。", "Arabic": "نطلب عرض سعر ", "Thai": "ราคา",
    "requests": "please quote ",
    "sentences": "Please quote. ", "questions": "What is your MOQ?\n", "marks": "?", "stops": ".", "silence": "unsubscribe ",
    "wishes": "please remove me from your mailing list ", "refusals": "not interested ", "absence": "I am out of the office until ",
    "left": "no longer with the company ", "accounts": "please pay to our new bank account IBAN DE89370400440532013000 ",
    "passwords": "password login verify your mailbox ", "closings": "Best regards,\nAnn Field\nField GmbH\n", "delimiters": "-- \n",
    "rules": "_", "cells": " a | b ", "tabs": "\t", "lines": "\n", "carriage returns": "\r", "hard spaces": "\u00a0",
    "unseen": "\u200b", "accents": "e\u0301", "turned": "\u202ea\u202c", "nothing": "\0", "wide": "１２３", "signs": "😀",
    "links": "https://a.example/b ", "half links": "www.", "telephones": "Tel: +49 30 1234567\n",
    "messengers": "WhatsApp: +86 138 1234 5678 ", "pieces": "5000 pcs ", "prices": "USD 1.25 ", "places": "CIF Hamburg, ",
    "terms": "FOB/CIF/EXW/", "designations": "6204-2RS C3 ", "short designations": "6204 ", "half codes": "A1-",
    "payment": "30% T/T net 60 days ", "countries": "We are from Brazil, Kenya, ", "companies": "Field GmbH ", "people": "Ann Field, ",
    "attributions": "On Mon, May 5, 2026 at 3:00 PM Ann <a@b.example> wrote:\n",
    "forwards": "---------- Forwarded message ----------\nFrom: a@b.example\n\n",
    "disclaimers": "This e-mail is confidential and intended solely for the addressee. ",
    "offers": "we offer SEO services first page of google ", "failures": "550 5.1.1 <a@b.example> user unknown\n",
    "promises": "we will send the samples by Friday. ", "robots": "I wanted to know your price. ",
}  # fmt: skip
DISTINCT = {
    "addresses": "ann{}@b{}.example ", "hosts": "https://b{}.example/x{} ", "numbered": "Label{}: value{}\n", "codes": "62{}-2RS/{} ",
    "amounts": "{} pcs USD {}.25 ", "houses": "Field{} GmbH{}\n", "writers": "From: Ann{} <ann{}@b.example>\n",
}  # fmt: skip
HEAD = (
    "From: {sender}\r\nTo: sales@brightbearing.example\r\nSubject: {subject}\r\nMessage-ID: <x@buyer.example>\r\n{more}"
    "Date: Mon, 11 May 2026 10:00:00 +0200\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n"
)
FORM = "Name: John\nEmail: john@buyer.example\nCompany: {0:.200000}\nMessage: {0:.600000}\nCountry: {0:.200000}\n"
REPORT = (
    "--b\r\n\r\n{0:.400000}\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; {1:.200000}\r\n\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\nMessage-ID: <a@b>\r\n\r\n{0:.400000}\r\n--b--\r\n"
)


def mail(body: str, *, sender: str = "Ann Field <ann@buyer.example>", subject: str = "Inquiry", more: str = "", kind: str = "") -> bytes:
    head = HEAD.format(sender=sender, subject=subject, more=more, kind=kind or "text/plain; charset=utf-8")
    return (head + body).encode("utf-8", "surrogatepass")


def on_one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


#: Where the text stands in the mail.
VESSELS = {
    "plain": lambda text: mail(text),
    "page": lambda text: mail("<p>" + html.escape(text).replace("\n", "<br>\n"), kind="text/html; charset=utf-8"),
    "answer": lambda text: mail(f"Please quote 6204, 500 pcs.\n{text}", subject="Re: offer", more="In-Reply-To: <a@b.example>\r\n"),
    "subject": lambda text: mail("Please quote 6204.", subject=on_one_line(text[:250_000])),
    "sender": lambda text: mail("Please quote 6204.", sender=f"{on_one_line(text[:250_000])} <ann@buyer.example>"),
    "form": lambda text: mail(FORM.format(text), sender="wordpress@brightbearing.example", subject="New message from your website"),
    "platform": lambda text: mail(text, sender="feedback@service.alibaba.com", subject="Inquiry from Alibaba.com"),
    "forward": lambda text: mail(
        f"see below\n\n---------- Forwarded message ---------\nFrom: John <john@buyer.example>\nSubject: hi\n\n{text}",
        sender="boss@brightbearing.example",
        subject="Fwd: hi",
    ),
    "own letter": lambda text: mail(text, sender="sales@brightbearing.example"),
    "machine": lambda text: mail(text, subject="Automatic reply: hi", more="Auto-Submitted: auto-replied\r\n"),
    "notice": lambda text: mail(text, sender="mailer-daemon@mx.example", subject="Mail delivery failed"),
    "report": lambda text: mail(
        REPORT.format(text, on_one_line(text)),
        sender="mailer-daemon@mx.example",
        kind="multipart/report; report-type=delivery-status; boundary=b",
    ),
}


@cache
def bright():
    policy = rules.load(Path(__file__).parents[1] / "evaluation")
    get_ready(policy)
    predict(mail("warm up"), policy)
    return policy


def texts():
    yield from ((name, piece * (MEGABYTE // len(piece.encode("utf-8", "surrogatepass")))) for name, piece in REPEATED.items())
    for name, piece in DISTINCT.items():
        yield f"distinct {name}", "".join(piece.format(number, number) for number in range(MEGABYTE // (len(piece) + 6)))


def assert_read_in_time(raw: bytes, name: str = "") -> None:
    policy = bright()
    began = time.process_time()
    fields = predict(raw, policy).fields(policy)
    assert time.process_time() - began < MOST_SECONDS, name
    assert fields["kind"] and fields["reason"] and json.dumps(fields), name
    assert not [defect for defect in fields["defects"] if defect.startswith("unreadable")]


@pytest.mark.parametrize("vessel", VESSELS)
def test_a_megabyte_of_anything_anywhere_is_read_in_time(vessel):
    # Each text goes into two vessels, or the table would take minutes.
    place = list(VESSELS).index(vessel)
    for number, (name, text) in enumerate(texts()):
        if (number + place) % 6 == 0:
            assert_read_in_time(VESSELS[vessel](text), name)


TAGS = ("div", "table", "blockquote", "span", "ul", "td", "a href=x", "pre", 'div class="gmail_quote"', 'p style="display:none"')
ODD = {
    **{f"nested {tag}": mail(f"<{tag}>" * 90_000 + "please quote", kind="text/html") for tag in TAGS},
    **{f"row of {tag}": mail(f"<{tag}>x</{tag.split()[0]}>" * 40_000, kind="text/html") for tag in TAGS},
    "table": mail("<table>" + "<tr><td>Name</td><td>John</td></tr>" * 28_000, kind="text/html"),
    "crossed links": mail("".join(f'<a href="http://e{i}.example/a">http://f{i}.example</a>' for i in range(15_000)), kind="text/html"),
    "recipients": mail("please quote", more="Cc: " + ", ".join(f"a{i}@b.example" for i in range(10_000)) + "\r\n"),
    "references": mail("please quote", more="References: " + " ".join(f"<{i}@b.example>" for i in range(12_000)) + "\r\n"),
    "open reference": mail("please quote", more="References: " + "<" * 200_000 + "\r\n"),
    "received": mail("please quote", more="Received: from a by b; Mon, 11 May 2026\r\n" * 2_800),
    "authentication": mail("please quote", more="Authentication-Results: mx.example; " + "spf=fail " * 25_000 + "\r\n"),
    "encoded words": mail("please quote", subject="=?utf-8?q?a?= " * 15_000),
    "open encoded words": mail("please quote", subject="=?utf-8?b?" * 20_000),
    "parameters": mail("please quote", kind="text/plain" + ";a=b" * 60_000),
    "parts": mail("--b\r\nContent-Type: text/plain\r\n\r\nplease quote\r\n" * 18_000, kind="multipart/mixed; boundary=b"),
    "files": mail("--b\r\nContent-Disposition: attachment; filename=a.pdf.exe\r\n\r\nx\r\n" * 7_000, kind="multipart/mixed; boundary=b"),
    "mails in mails": mail("Content-Type: message/rfc822\r\n\r\n" * 30_000, kind="message/rfc822"),
    "nothing": b"",
    "nulls": b"\0" * MEGABYTE,
    "no text": bytes(range(256)) * 4_000,
    "half characters": b"Content-Type: text/plain; charset=gb18030\r\n\r\n" + b"\x81" * MEGABYTE,
    "escapes": b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + b"\x1b$B" * 330_000,
    "no charset": b"Content-Type: text/plain; charset=unicode_escape\r\n\r\n" + b"\\x" * 500_000,
}


@pytest.mark.parametrize("raw", ODD.values(), ids=ODD)
def test_odd_mails_are_read_in_time(raw):
    assert_read_in_time(raw)
