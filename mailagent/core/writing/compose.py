"""From a letter to the bytes that go over the wire: built once, the same for every retry (STANDARDS §5.2).

Theory. Python's own mail policy rewrites any Message-ID of more than 78 characters as an encoded word
(cpython #85725). Outlook's ids have 80 to 95, so an answer to an Outlook customer would fall out of his thread.
``MailPolicy`` therefore writes the headers that machines compare as they are, folded only where white space stands.
Everything that people read goes through the standard library, which encodes it.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from mailagent.core.model.address import SENDABLE, Address, ascii_domain
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy
from mailagent.core.writing.footer import DELIMITER
from mailagent.core.writing.plain import is_safe_header, one_line
from mailagent.errors import SendingError

_THREAD = ("message-id", "in-reply-to", "references")
_OTHER = ("list-unsubscribe", "auto-submitted", "x-auto-response-suppress", "precedence", "x-mailagent-letter")
_MACHINE = frozenset((*_THREAD, *_OTHER))


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


POLICY = MailPolicy(linesep="\r\n", max_line_length=76)


def build(letter: Letter, sender: Address, now: datetime, unsubscribe_mailto: str, policy: Policy) -> bytes:
    """The bytes of the letter, ready for the wire.

    Args:
        sender: the salesperson's name and the mailbox that the buyer knows.
        now: aware; becomes the Date header, in the company's own time zone.
        unsubscribe_mailto: ``mailto:…`` link for List-Unsubscribe; ignored for notices to our own staff.

    Raises:
        SendingError: a header would break (a line break or direction mark in it), or an address cannot be sent to.
    """
    message = EmailMessage(policy=POLICY)
    message["From"] = _mailbox(sender.name, sender.email)
    message["To"] = _mailbox(letter.recipient_name, letter.recipient)
    if letter.cc:
        message["Cc"] = [_mailbox("", address) for address in letter.cc]
    message["Subject"] = _header("Subject", letter.subject)
    message["Date"] = format_datetime(now.astimezone(ZoneInfo(policy.company.time_zone)))
    message["Message-ID"] = f"<{_machine('Message-ID', letter.message_id)}>"
    if letter.in_reply_to:
        message["In-Reply-To"] = f"<{_machine('In-Reply-To', letter.in_reply_to)}>"
    if letter.references:
        message["References"] = " ".join(f"<{_machine('References', one)}>" for one in letter.references)
    if letter.basis != "notice" and unsubscribe_mailto:
        # No List-Unsubscribe-Post: it promises an https address, which a mailbox alone does not have (STANDARDS §4.1).
        message["List-Unsubscribe"] = f"<{_machine('List-Unsubscribe', unsubscribe_mailto)}>"
    for name, value in _marks_of_a_machine(letter):
        message[name] = value
    message["X-Mailagent-Letter"] = _machine("X-Mailagent-Letter", letter.ulid)
    text = f"{letter.body.rstrip()}\n\n{DELIMITER}\n{letter.footer.strip()}\n" if letter.footer.strip() else f"{letter.body.rstrip()}\n"
    try:
        message.set_content(text, cte=_transfer_encoding(text))
    except UnicodeEncodeError as error:
        raise SendingError(f"letter {letter.id}: the text holds half a character (position {error.start}): type that word again") from error
    # The library names the charset and encoding; a text of one part needs no more.
    raw = message.as_bytes()
    check(raw)
    return raw


def check(raw: bytes) -> None:
    """Refuse bytes that a server could read as something else than one mail.

    A bare CR or LF is how one letter smuggles a second one past a server; a line of more than 998 bytes is cut by
    some (RFC 5321 §4.5.3.1.6, RFC 5322 §2.1.1).

    Raises:
        SendingError: names the first line that is wrong.
    """
    for number, line in enumerate(raw.split(b"\r\n"), start=1):
        if b"\r" in line or b"\n" in line:
            raise SendingError(f"the finished mail has a bare line break in line {number}")
        if len(line) > 998:
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


def _mailbox(name: str, email: str) -> HeaderAddress:
    if not SENDABLE.fullmatch(email):
        raise SendingError(f'"{one_line(email, 80)}" is no address that a letter can be sent to')
    local, _, domain = email.rpartition("@")
    domain = ascii_domain(domain)
    if not local.isascii() or not domain.isascii():
        raise SendingError(f'"{one_line(email, 80)}" needs SMTPUTF8, which is not spoken here: ask for another address')
    try:
        return HeaderAddress(display_name=_header("name", name), addr_spec=f"{local}@{domain}")
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


def _transfer_encoding(text: str) -> str:
    """Base64 where most letters are foreign to ASCII (it is shorter there), else quoted-printable. Both keep every byte."""
    foreign = sum(not character.isascii() for character in text)
    return "base64" if foreign * 4 > len(text) else "quoted-printable"
