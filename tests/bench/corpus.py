"""Ten thousand mails of a sales mailbox, the same ones for the same seed: what the measuring stage reads.

The mixture is that of the peers' measuring: a third plain, half with an HTML twin (every tenth a newsletter), a tenth with attachments,
some out-of-office answers and bounces; half of them answers in threads of up to twelve, several charsets and encodings, two to six
``Received`` lines, a DKIM signature on most. Everything is written by hand here, and not by ``email.message``, so that what is read
does not come from the library that reads it, and because it is ten times quicker.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import random
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from html import escape

import phrases

SEED = 20261
DESK = "sales@acme.example"
BEGIN = datetime(2025, 1, 6, 8, tzinfo=UTC)
DEEPEST_THREAD = 12
#: Stands in every Message-ID and every buyer's address, so that a copy of the whole corpus can be made another one by ``repeat``.
ROUND = b".r0"


@dataclass(frozen=True)
class Mail:
    """One mail with LF line ends, as a Maildir keeps it, and when it arrived."""

    arrived: datetime
    raw: bytes


@dataclass
class _Thread:
    buyer: _Buyer
    subject: str
    ids: list[str]
    said: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Buyer:
    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def mails(number: int, seed: int = SEED) -> Iterator[Mail]:
    """The first ``number`` mails of the corpus of a seed, oldest first."""
    return _Writer(seed).write(number)


def repeat(corpus: list[Mail], number: int) -> Iterator[Mail]:
    """More mails than there are: the corpus again and again, each time from other buyers, in other threads, a while later.

    Each mail differs by its bytes from every other; what it says does not change.
    """
    span = corpus[-1].arrived - corpus[0].arrived + timedelta(hours=1)
    for count in range(number):
        turn, place = divmod(count, len(corpus))
        mail = corpus[place]
        raw = mail.raw.replace(ROUND, b".r%d" % turn) if turn else mail.raw
        if turn:
            # A bounce has no address to change; this line is in every mail.
            raw = b"X-Turn: %d\n%s" % (turn, raw)
        yield Mail(mail.arrived + turn * span, raw)


def fingerprint(corpus: list[Mail]) -> str:
    """The same for the same mails: written beside the figures, so that one sees what was measured."""
    digest = hashlib.sha256()
    for mail in corpus:
        digest.update(mail.raw)
    return digest.hexdigest()[:16]


class _Writer:
    """Writes one corpus; every choice comes from one seeded generator."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.prose = phrases.prose()
        self.now = BEGIN
        self.threads: list[_Thread] = []

    def write(self, number: int) -> Iterator[Mail]:
        # The buyers do not depend on ``number``: a smaller corpus is the beginning of the larger one.
        buyers = [self._buyer(index) for index in range(1700)]
        for index in range(number):
            self.now += timedelta(seconds=self.random.randrange(20, 4000))
            yield Mail(self.now, self._mail(index, self.random.choice(buyers)))

    def _buyer(self, index: int) -> _Buyer:
        pick = self.random.choice
        domain = f"{pick(phrases.TRADES)}-{pick(phrases.FORMS)}{index // 2}.example"
        return _Buyer(f"{pick(phrases.FIRST_NAMES)} {pick(phrases.LAST_NAMES)}", f"p{index}.r0@{domain}")

    # ── one mail ────────────────────────────────────────────────────────────────────────────────────────────────

    def _mail(self, index: int, buyer: _Buyer) -> bytes:
        rnd, kind = self.random, self.random.random()
        charset, said = self._paragraphs(buyer)
        thread = rnd.choice(self.threads[-400:]) if self.threads and rnd.random() < 0.55 else None
        is_answer = thread is not None and len(thread.ids) < DEEPEST_THREAD
        buyer = thread.buyer if is_answer else buyer
        mail_id = f"<{rnd.getrandbits(80):x}.{index}.r0@{buyer.domain}>"
        headers: list[tuple[str, str]] = []
        if is_answer:
            subject = rnd.choice(("Re: ", "RE: ", "Re: ", "AW: ")) + thread.subject
            headers += [("In-Reply-To", thread.ids[-1]), ("References", "\n ".join(thread.ids))]
            quotation = [f"> {line}" for part in thread.said for line in part.splitlines()]
            said = [self._filled(rnd.choice(phrases.ANSWERS), "en"), *said[:2]]
            said.append("\n".join([f"On {format_datetime(self.now)}, Sales wrote:", *quotation]))
            thread.said = (said[:3] + thread.said)[:14]
            thread.ids.append(mail_id)
        else:
            subject = self._filled(rnd.choice(phrases.SUBJECTS), rnd.choice(tuple(phrases.PRODUCTS)))
            self.threads.append(_Thread(buyer, subject, [mail_id], said[:6]))
        sender = buyer if kind < 0.975 else _Buyer("Mail Delivery System", f"mailer-daemon@{buyer.domain}")
        headers = self._envelope(buyer) + self._address_lines(sender, subject, mail_id) + headers
        text = "\n\n".join(said) + f"\n\n-- \n{buyer.name}\n{buyer.address}\n"
        if kind < 0.30:
            return _joined(headers, self._text_part(text, charset))
        if kind < 0.74:
            return _joined(headers, self._alternative(text, charset, _page(said)))
        if kind < 0.84:
            link = f"https://click.example/u/{rnd.getrandbits(64):x}"
            headers += [("List-Unsubscribe", f"<{link}>, <mailto:leave@click.example>"), ("Precedence", "bulk")]
            more = [rnd.choice(self.prose[0].paragraphs) for _ in range(rnd.randrange(4, 12))]
            return _joined(headers, self._alternative(text[:600], charset, self._newsletter(said + more)))
        if kind < 0.95:
            attached = [self._attachment(index, subject) for _ in range(rnd.choice((1, 1, 2)))]
            return _joined(headers, self._multipart("mixed", [self._alternative(text, charset, _page(said)), *attached]))
        if kind < 0.975:
            headers += [("Auto-Submitted", "auto-replied"), ("X-Autoreply", "yes")]
            until = f"I am out of the office until {self.now + timedelta(days=9):%d %B}.\n\n"
            return _joined(headers, self._text_part(until + text, charset))
        return _joined(headers, self._bounce(index, buyer, text))

    def _paragraphs(self, buyer: _Buyer) -> tuple[str, list[str]]:
        """Half of the buyers' texts are of the trade, the rest is other people's prose; with the charset that suits."""
        rnd = self.random
        if rnd.random() < 0.5:
            language = "en" if rnd.random() < 0.55 else rnd.choice(tuple(phrases.INQUIRIES))
            sentences = phrases.INQUIRIES[language]
            said = [self._filled(sentence, language) for sentence in rnd.sample(sentences, rnd.randrange(2, len(sentences) + 1))]
            said += [textwrap.fill(rnd.choice(self.prose[0].paragraphs), 72) for _ in range(rnd.choice((1, 2, 4, 6)))]
            return {"ru": "windows-1251", "zh": "gb18030", "de": "iso-8859-1"}.get(language, "utf-8"), said
        language = self.prose[0] if rnd.random() < 0.75 else rnd.choice(self.prose)
        number = rnd.choice((2, 3, 3, 4, 6, 8, 12))
        return language.charset, [textwrap.fill(rnd.choice(language.paragraphs), 72) for _ in range(number)]

    def _filled(self, sentence: str, language: str) -> str:
        rnd = self.random
        return sentence.format(
            product=rnd.choice(phrases.PRODUCTS[language]),
            number=rnd.choice((100, 300, 500, 1000, 2500, 5000, 20000)),
            price=f"{rnd.randrange(60, 900) / 100:.2f}",
            term=rnd.choice(phrases.TERMS),
            town=rnd.choice(phrases.TOWNS),
            month=rnd.choice(phrases.MONTHS),
        )

    def _envelope(self, buyer: _Buyer) -> list[tuple[str, str]]:
        """What the servers on the way wrote above the mail."""
        rnd, lines = self.random, []
        for hop in range(rnd.randrange(2, 7)):
            host = f"mx{hop}.{buyer.domain}"
            text = f"from {host} ({host} [192.0.2.{rnd.randrange(1, 255)}])\n\tby relay{hop}.example (Postfix)"
            text += f" with ESMTPS id {rnd.getrandbits(60):X}\n\tfor <{DESK}>; {format_datetime(self.now - timedelta(seconds=hop))}"
            lines.append(("Received", text))
        if rnd.random() < 0.7:
            signature = "\n\t ".join(textwrap.wrap(base64.b64encode(rnd.randbytes(256)).decode(), 70))
            digest = base64.b64encode(rnd.randbytes(32)).decode()
            text = f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={buyer.domain}; s=s1;\n\th=from:to:subject:date:message-id;"
            lines.append(("DKIM-Signature", f"{text} bh={digest};\n\tb={signature}"))
            lines.append(("Authentication-Results", "mx.acme.example; dkim=pass; spf=pass; dmarc=pass"))
        return lines

    def _address_lines(self, buyer: _Buyer, subject: str, mail_id: str) -> list[tuple[str, str]]:
        rnd = self.random
        lines = [("From", f"{_phrase(buyer.name)} <{buyer.address}>"), ("To", f"Acme Sales <{DESK}>")]
        if rnd.random() < 0.25:
            others = (f"c{rnd.randrange(9000)}.r0@{buyer.domain}" for _ in range(rnd.randrange(1, 5)))
            lines.append(("Cc", ",\n ".join(others)))
        zone = timezone(timedelta(hours=rnd.randrange(-8, 10)))
        mailer = rnd.choice(("Apple Mail (2.3774)", "Microsoft Outlook 16.0", "Mutt/2.2.9", "Thunderbird 128.3"))
        return [
            *lines,
            ("Subject", _encoded(subject)),
            ("Date", format_datetime(self.now.astimezone(zone))),
            ("Message-ID", mail_id),
            ("X-Mailer", mailer),
            ("MIME-Version", "1.0"),
        ]

    # ── its parts ───────────────────────────────────────────────────────────────────────────────────────────────

    def _text_part(self, text: str, charset: str, subtype: str = "plain", encoding: str = "") -> bytes:
        encoding = encoding or self.random.choice(("quoted-printable", "quoted-printable", "base64", "8bit"))
        try:
            body = text.encode(charset)
        except UnicodeEncodeError:
            charset, body = "utf-8", text.encode()
        return _part(f'text/{subtype}; charset="{charset}"', encoding, body)

    def _alternative(self, text: str, charset: str, page: str) -> bytes:
        parts = [self._text_part(text, charset), self._text_part(page, "utf-8", "html", "quoted-printable")]
        return self._multipart("alternative", parts)

    def _multipart(self, subtype: str, parts: list[bytes], parameters: str = "") -> bytes:
        boundary = f"=_{self.random.getrandbits(96):024x}"
        head = f'Content-Type: multipart/{subtype};{parameters}\n boundary="{boundary}"\n\n'.encode()
        line = b"\n--" + boundary.encode()
        return head + b"This is a message with several parts.\n" + b"".join(line + b"\n" + part for part in parts) + line + b"--\n"

    def _attachment(self, index: int, subject: str) -> bytes:
        rnd, kind = self.random, self.random.random()
        if kind < 0.5:
            name = rnd.choice(("inquiry.pdf", "Zeichnung März.pdf", "чертёж.pdf", "图纸.pdf"))
            return _file(name, "application/pdf", b"%PDF-1.5\n" + rnd.randbytes(rnd.randrange(2000, 14000)))
        if kind < 0.7:
            rows = "".join(f"{row};{rnd.choice(phrases.PRODUCTS['en'])};{rnd.randrange(9999) / 100}\n" for row in range(120))
            return _file("list.csv", "text/csv", b"no;article;price\n" + rows.encode())
        if kind < 0.85:
            event = f"UID:{index}\nDTSTART:{self.now:%Y%m%dT%H%M%SZ}\nSUMMARY:{subject}"
            text = f"BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\nBEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR\n"
            return _file("invite.ics", "text/calendar", text.encode())
        picture = b"\x89PNG\r\n\x1a\n" + rnd.randbytes(rnd.randrange(1500, 6000))
        return _file("logo.png", "image/png", picture, f"inline\nContent-ID: <{index}@img.example>")

    def _newsletter(self, said: list[str]) -> str:
        rnd = self.random
        styles = "".join(
            f".c{size}{{font:{10 + size}px/1.4 Arial,sans-serif;color:#{rnd.randrange(1 << 24):06x};padding:{size}px;margin:0 auto}}\n"
            for size in range(40)
        )
        rows = "".join(
            f'<tr><td class="c{row % 40}" style="border-collapse:collapse;padding:12px 24px">'
            f'<a href="https://click.example/t/{rnd.getrandbits(96):x}?u={rnd.getrandbits(64):x}&amp;utm_source=mail">'
            f'<img src="https://img.example/{rnd.getrandbits(64):x}.png" width="600" alt=""></a><p>{escape(text)}</p></td></tr>\n'
            for row, text in enumerate(said)
        )
        return _document(f'<table width="600" cellpadding="0" cellspacing="0" role="presentation">{rows}</table>', styles)

    def _bounce(self, index: int, buyer: _Buyer, text: str) -> bytes:
        said = f"Your message to {buyer.address} could not be delivered.\n550 5.1.1 user unknown\n"
        status = f"Reporting-MTA: dns; mx.{buyer.domain}\n\nFinal-Recipient: rfc822; {buyer.address}\nAction: failed\nStatus: 5.1.1\n"
        ours = [("From", DESK), ("To", buyer.address), ("Subject", "Our offer"), ("Message-ID", f"<o{index}.r0@acme.example>")]
        parts = [
            _part("text/plain; charset=us-ascii", "7bit", said.encode()),
            b"Content-Type: message/delivery-status\n\n" + status.encode(),
            b"Content-Type: message/rfc822\n\n" + _joined(ours, self._text_part(text[:800], "utf-8")),
        ]
        return self._multipart("report", parts, " report-type=delivery-status;")


def _joined(headers: list[tuple[str, str]], part: bytes) -> bytes:
    return "".join(f"{name}: {value}\n" for name, value in headers).encode() + part


def _part(content_type: str, encoding: str, body: bytes, disposition: str = "") -> bytes:
    """A leaf of the tree: its headers, an empty line, its bytes in the encoding."""
    head = f"Content-Type: {content_type}\nContent-Transfer-Encoding: {encoding}\n"
    if disposition:
        head += f"Content-Disposition: {disposition}\n"
    if encoding == "base64":
        body = base64.encodebytes(body)
    elif encoding == "quoted-printable":
        body = binascii.b2a_qp(body, istext=True)
    return head.encode() + b"\n" + body


def _file(name: str, content_type: str, body: bytes, disposition: str = "attachment") -> bytes:
    how, _, more = disposition.partition("\n")
    return _part(content_type, "base64", body, f'{how};\n filename="{_encoded(name)}"' + (f"\n{more}" if more else ""))


def _page(said: list[str]) -> str:
    return _document('<div dir="ltr">' + "".join(f"<p>{escape(text)}</p>\n" for text in said) + "</div>", "p{margin:0 0 8px}\n")


def _document(body: str, styles: str) -> str:
    head = f'<meta http-equiv="Content-Type" content="text/html; charset=utf-8"><style>{styles}</style>'
    return f"<!DOCTYPE html>\n<html><head>{head}</head>\n<body>{body}</body></html>\n"


def _phrase(name: str) -> str:
    return f'"{name}"' if name.isascii() else _encoded(name)


def _encoded(text: str) -> str:
    """A header's text as RFC 2047 has it: encoded words of at most 75 characters, where it is not ASCII."""
    if text.isascii():
        return text
    pieces = [text[start : start + 10] for start in range(0, len(text), 10)]
    return "\n ".join(f"=?utf-8?b?{base64.b64encode(piece.encode()).decode()}?=" for piece in pieces)
