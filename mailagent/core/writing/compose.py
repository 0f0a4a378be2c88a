"""From a letter to the bytes that go over the wire: built once, the same for every retry (STANDARDS §5.2).

Theory. Python's own mail policy rewrites any Message-ID of more than 78 characters as an encoded word
(cpython #85725). Outlook's ids have 80 to 95, so an answer to an Outlook customer would fall out of his thread.
``MailPolicy`` therefore writes the headers that machines compare as they are, folded only where white space stands.
Everything that people read goes through the standard library, which encodes it, unless it is a short line of plain
ASCII: there the library has nothing to do and takes a millisecond for it, as long as the whole conversation with the server.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.policy import EmailPolicy
from email.utils import format_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from mailagent.core.model.address import SENDABLE, Address, ascii_domain
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy
from mailagent.core.writing.footer import DELIMITER
from mailagent.core.writing.plain import is_safe_header, one_line
from mailagent.errors import SendingError

_THREAD = ("message-id", "in-reply-to", "references")
_WISHES = ("list-unsubscribe", "list-unsubscribe-post", "disposition-notification-to")
_OTHER = ("auto-submitted", "x-auto-response-suppress", "precedence", "x-mailagent-letter")
_MACHINE = frozenset((*_THREAD, *_WISHES, *_OTHER))
MAX_LINE = 76


class MailPolicy(EmailPolicy):
    """The standard policy, but headers that machines compare are never encoded, only folded at spaces."""

    def fold(self, name, value):
        return self._as_it_is(name, value) if name.lower() in _MACHINE else super().fold(name, value)

    def fold_binary(self, name, value):
        return self._as_it_is(name, value).encode("ascii") if name.lower() in _MACHINE else super().fold_binary(name, value)

    def _as_it_is(self, name: str, value) -> str:
        lines = [f"{name}:"]
        for word in str(value).split():
            if len(lines[-1]) + 1 + len(word) > self.max_line_length and lines[-1] != f"{name}:":
                lines.append("")
            lines[-1] += f" {word}"
        return self.linesep.join(lines) + self.linesep


POLICY = MailPolicy(linesep="\r\n", max_line_length=MAX_LINE)
#: The headers that say what the text is, by its transfer encoding.
_KINDS = {
    encoding: b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: %b\r\nMIME-Version: 1.0\r\n' % encoding.encode()
    for encoding in ("quoted-printable", "base64")
}

# What a header may be that nobody needs to encode, quote or fold: words of plain letters with one space between them.
_PLAIN_WORDS = re.compile(r"[!-<>@-~]+(?: [!-<>@-~]+)*")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
#: Bytes of a line, without its end (RFC 5321 §4.5.3.1.6).
LONGEST_LINE = 998


def build(letter: Letter, sender: Address, now: datetime, unsubscribe_mailto: str, policy: Policy, *, one_click_url: str = "") -> bytes:
    """The bytes of the letter, ready for the wire.

    Args:
        sender: the salesperson's name and the mailbox that the buyer knows.
        now: aware; becomes the Date header, in the company's own time zone.
        unsubscribe_mailto: ``mailto:…`` link for List-Unsubscribe; ignored for notices to our own staff.
        one_click_url: ``https://…`` link that stops letters by a POST (RFC 8058); "" where no signature is known to cover it.

    Raises:
        SendingError: a header would break (a line break or direction mark in it), or an address cannot be sent to.
    """
    lines = [("From", _mailbox(sender.name, sender.email)), ("To", _mailbox(letter.recipient_name, letter.recipient))]
    if letter.cc:
        lines.append(("Cc", ", ".join(_mailbox("", address) for address in letter.cc)))
    lines.append(("Subject", _header("Subject", letter.subject)))
    lines.append(("Date", format_datetime(now.astimezone(ZoneInfo(policy.company.time_zone)))))
    lines.append(("Message-ID", f"<{_machine('Message-ID', letter.message_id)}>"))
    if letter.in_reply_to:
        lines.append(("In-Reply-To", f"<{_machine('In-Reply-To', letter.in_reply_to)}>"))
    if letter.references:
        lines.append(("References", " ".join(f"<{_machine('References', one)}>" for one in letter.references)))
    if letter.basis != "notice" and unsubscribe_mailto:
        links = [_machine("List-Unsubscribe", link) for link in (one_click_url, unsubscribe_mailto) if link]
        lines.append(("List-Unsubscribe", ", ".join(f"<{link}>" for link in links)))
        # It promises that a POST to the https address is enough, so without such an address it must not stand there (STANDARDS §4.1).
        if one_click_url:
            lines.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    if letter.basis != "notice" and policy.sending.read_receipts:
        # The same address as in From and in the envelope, or mail programs must ask their user first (RFC 8098 §2.1).
        lines.append(("Disposition-Notification-To", _machine("Disposition-Notification-To", _mailbox("", sender.email))))
    lines += _marks_of_a_machine(letter)
    lines.append(("X-Mailagent-Letter", _machine("X-Mailagent-Letter", letter.ulid)))
    text = f"{letter.body.rstrip()}\n\n{DELIMITER}\n{letter.footer.strip()}\n" if letter.footer.strip() else f"{letter.body.rstrip()}\n"
    try:
        encoding, body = _encoded(text)
    except UnicodeEncodeError as error:
        raise SendingError(f"letter {letter.id}: the text holds half a character (position {error.start}): type that word again") from error
    raw = b"".join([*(_line(name, value) for name, value in lines), _KINDS[encoding], b"\r\n", body])
    check(raw)
    return raw


def _line(name: str, value: str) -> bytes:
    """A header as it stands in the letter: the library encodes and folds what needs it."""
    is_short = len(name) + 2 + len(value) <= MAX_LINE
    if name.lower() in _MACHINE:
        # Their parts were looked at one by one; what is put together of them has single spaces.
        return f"{name}: {value}\r\n".encode("ascii") if is_short else POLICY.fold_binary(name, value)
    if is_short and _PLAIN_WORDS.fullmatch(value):
        return f"{name}: {value}\r\n".encode("ascii")
    return _folded(name, value)


@lru_cache(maxsize=512)
def _folded(name: str, value: str) -> bytes:
    return POLICY.fold_binary(*POLICY.header_store_parse(name, value))


def _encoded(text: str) -> tuple[str, bytes]:
    """The name of the transfer encoding and the text in it. Both keep every byte; base64 is shorter for most foreign letters."""
    body = b"\r\n".join((*text.encode("utf-8").splitlines(), b""))
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    if foreign * 4 > len(text):
        return "base64", base64.encodebytes(body).replace(b"\n", b"\r\n")
    return "quoted-printable", binascii.b2a_qp(body)


def check(raw: bytes) -> None:
    """Refuse bytes that a server could read as something else than one mail.

    A bare CR or LF is how one letter smuggles a second one past a server; a line of more than 998 bytes is cut by
    some (RFC 5321 §4.5.3.1.6, RFC 5322 §2.1.1).

    Raises:
        SendingError: names the first line that is wrong.
    """
    lines = raw.split(b"\r\n")
    # Counting and measuring is quick; only a letter in which something is wrong is looked at line by line.
    ends, longest = len(lines) - 1, max(map(len, lines))
    is_suspect = raw.count(b"\n") != ends or raw.count(b"\r") != ends or longest > LONGEST_LINE or b"\x00" in raw or not raw.isascii()
    for number, line in enumerate(lines if is_suspect else (), start=1):
        if b"\r" in line or b"\n" in line:
            raise SendingError(f"the finished mail has a bare line break in line {number}")
        if len(line) > LONGEST_LINE:
            raise SendingError(f"the finished mail has {len(line)} bytes in line {number}; 998 are allowed")
        if not line.isascii() or b"\x00" in line:
            raise SendingError(f"the finished mail has a raw 8-bit or zero byte in line {number}")
    if not raw.endswith(b"\r\n") or b"\r\n\r\n" not in raw:
        raise SendingError("the finished mail has no end of its headers or of its text")


def _marks_of_a_machine(letter: Letter) -> tuple[tuple[str, str], ...]:
    """What tells other machines not to answer (RFC 3834 §5).

    Only letters that nobody approved carry it: a letter that a person approved is his own, and an absence note in
    answer to it is worth having (STANDARDS §2.4).
    """
    if letter.basis == "notice":
        return (("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All"))
    if letter.basis == "acknowledgement" and not letter.approved_by:
        return (("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"))
    return ()


@lru_cache(maxsize=512)
def _mailbox(name: str, email: str) -> str:
    if not SENDABLE.fullmatch(email):
        raise SendingError(f'"{one_line(email, 80)}" is no address that a letter can be sent to')
    local, _, domain = email.rpartition("@")
    domain = ascii_domain(domain)
    if not local.isascii() or not domain.isascii():
        raise SendingError(f'"{one_line(email, 80)}" needs SMTPUTF8, which is not spoken here: ask for another address')
    if _PLAIN_LOCAL.fullmatch(local) and (not name or _PLAIN_NAME.fullmatch(name)):
        return f"{name} <{local}@{domain}>" if name else f"{local}@{domain}"
    try:
        return str(HeaderAddress(display_name=_header("name", name), addr_spec=f"{local}@{domain}"))
    except (ValueError, IndexError) as error:
        raise SendingError(f'"{one_line(email, 80)}" cannot stand in a header: {one_line(str(error))}') from error


def _header(name: str, value: str) -> str:
    if not is_safe_header(value):
        raise SendingError(f"{name}: there is a line break, a control character or a direction mark in {one_line(value, 80)!r}")
    return value


def _machine(name: str, value: str) -> str:
    if not re.fullmatch(r"[\x21-\x3b\x3d\x3f-\x7e]{1,950}", value):
        raise SendingError(f"{name}: {one_line(value, 80)!r} is not a plain token")
    return value
