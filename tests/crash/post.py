"""The mails of the crash tests: ordinary ones and every odd sort that has cost somebody a mail; and how they arrive."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

from dovecot import Dovecot

CRLF = b"\r\n"
WORDS = (
    "Hello,\n\nwe are a distributor in Poland and interested in your garden shears.\n"
    "Please quote your best FOB price for {pieces} pcs, with lead time and payment terms.\n\n"
    "Best regards\nAnna Nowak\nPurchasing Manager\nTel. +48 22 123 45 67\n"
)
_number = itertools.count(1)


def mail(sender: str, to: str, subject: str, text: str, message_id: str = "", charset: str = "utf-8", *more: str) -> bytes:
    """The bytes of a mail, with nothing in it that a library would add."""
    head = [f'From: "Anna Nowak" <{sender}>', f"To: {to}", f"Subject: {subject}", "Date: Sun, 22 Nov 2026 09:00:00 +0000", *more]
    if message_id:
        head.append(f"Message-ID: <{message_id}>")
    head += ["MIME-Version: 1.0", f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: 8bit"]
    return "\r\n".join([*head, "", text.replace("\n", "\r\n")]).encode(charset, "replace")


def inquiry(buyer: str, to: str, message_id: str = "", subject: str = "Inquiry garden shears") -> bytes:
    return mail(buyer, to, subject, WORDS.format(pieces=2000), message_id or f"{buyer.partition('@')[0]}@mail.{buyer.partition('@')[2]}")


def inquiry_in_gbk(buyer: str, to: str) -> bytes:
    text = "您好，\n\n我们是波兰的经销商，对园艺剪很感兴趣。请报 2000 把的 FOB 价格、交货期和付款方式。\n\n谢谢\n诺瓦克\n"
    return mail(buyer, to, "询价 园艺剪", text, f"gbk-{buyer}", "gbk")


def inquiry_without_id(buyer: str, to: str) -> bytes:
    return mail(buyer, to, "Inquiry without an id", WORDS.format(pieces=700))


def large_inquiry(buyer: str, to: str, size: int = 3_000_000) -> bytes:
    """A picture of some megabytes, as buyers send them."""
    line = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU2Nzg5" + CRLF
    head = mail(buyer, to, "Inquiry with a picture", "", f"large-{buyer}").replace(b"Content-Type: text/plain; charset=utf-8\r\n", b"")
    head = head.replace(b"Content-Transfer-Encoding: 8bit\r\n\r\n", b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n')
    text = b"--b\r\nContent-Type: text/plain\r\n\r\n" + WORDS.format(pieces=300).replace("\n", "\r\n").encode()
    picture = b"\r\n--b\r\nContent-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + text + picture + line * (size // len(line)) + b"--b--\r\n"


def newsletter(number: int, to: str) -> bytes:
    more = ("List-Unsubscribe: <mailto:leave@fair.example>", "Precedence: bulk", "List-Id: <news.fair.example>")
    return mail("news@fair.example", to, f"Fair news {number}", "See you in hall 3.\n", f"news-{number}@fair.example", "utf-8", *more)


def bounce(number: int, to: str) -> bytes:
    text = (
        f'From: MAILER-DAEMON@mx{number}.example\nTo: {to}\nSubject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\n'
        f"Message-ID: <bounce{number}@mx.example>\nDate: Sun, 22 Nov 2026 09:00:00 +0000\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\nContent-Type: text/plain\n\n'
        "Your mail could not be delivered.\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; nobody{number}@gone.example\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    )
    return text.replace("\n", "\r\n").encode()


def broken(number: int, to: str) -> bytes:
    """A head that ends in the middle of a word, bytes that are no text, lines like a server's, no end."""
    head = b"From: <torn%d@odd%d.example>\r\nTo: %s\r\nSubject: =?x?Q?=\r\n\xff\xfe broken\r\n\r\n" % (number, number, to.encode())
    return head + b"\x00\x01\r\n* 1 FETCH (UID 9)\r\n)\r\nA1 OK done\r\n."


def handful(number: int, to: str) -> list[bytes]:
    """Some mails, each time another mixture; ``number`` tells the handfuls apart."""
    buyer = f"buyer{number}@company{number}.example"
    mails = [inquiry(buyer, to)]
    match number % 6:
        case 0:
            mails += [inquiry_in_gbk(f"wang{number}@trade{number}.example", to), newsletter(number, to)]
        case 1:
            mails += [inquiry_without_id(f"noid{number}@firm{number}.example", to), mails[0]]
        case 2:
            mails += [large_inquiry(f"large{number}@big{number}.example", to)] if number % 4 == 2 else [broken(number, to)]
        case 3:
            mails += [bounce(number, to), newsletter(number, to)]
        case 4:
            # The same words of the same man once more, with another Message-ID.
            mails += [inquiry(buyer, to, f"again{number}@mail.company{number}.example")]
        case 5:
            mails += [inquiry(f"plain{n}@shop{number}{n}.example", to) for n in range(8)]
    return mails


def arrive(dovecot: Dovecot, user: str, *mails: bytes, folder: str = "") -> None:
    """Put mails into a mailbox without asking the server, as its own delivery does: written aside, then renamed."""
    box = dovecot.folder / "mail" / user / "Maildir" / (f".{folder}" if folder else "")
    owner = (dovecot.folder / "mail").stat()
    for raw in mails:
        name = f"{time.time_ns() // 1000}.M{next(_number)}P{os.getpid()}.test"
        aside: Path = box / "tmp" / name
        aside.write_bytes(raw)
        os.chown(aside, owner.st_uid, owner.st_gid)
        os.rename(aside, box / "new" / name)
