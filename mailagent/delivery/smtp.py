"""Handing letters to the provider's SMTP server, phase by phase (RFC 5321, RFC 6409).

The conversation is driven step by step because ``smtplib.sendmail`` raises the same exception whether the line
broke before the text (try again) or after it (it may have arrived); see the theory in ``base.py``.

Letters that follow each other share one connection: a login costs the server more than a letter, and providers count
logins. Whether a kept connection still lives is asked with RSET, unless the server has just taken a letter over it and
said nothing since: then MAIL asks as well and saves a way there and back. Where it does not live, a new one is dialled,
once, in front of MAIL or in its place: nothing of the letter was handed over yet.
"""

from __future__ import annotations

import re
import select
import smtplib
import time
from collections.abc import Callable, Mapping

from mailagent.core.model.address import SENDABLE, ascii_domain
from mailagent.core.model.endpoint import smtp_endpoint
from mailagent.core.model.login import Secret
from mailagent.core.model.policy import Mailbox, Provider, Sending
from mailagent.core.model.refusal import Bounces
from mailagent.delivery.base import Accepted, Deferred, Lost, Outcome, Refused, Withdrawn, idle
from mailagent.delivery.hearing import Line
from mailagent.delivery.line import Dialler, Stopped, describe_break, hang_up
from mailagent.delivery.replies import clean, ends_connection, judge, queue_id
from mailagent.errors import SendingError

#: How long the server may think about whether it is still there, seconds.
CHECK_SECONDS = 10.0
#: After so much silence it is asked, seconds.
SILENCE_SECONDS = 5.0

_ENVELOPE_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")


def smtp_transport(
    mailbox: Mailbox, secret: Secret, providers: Mapping[str, Provider], sending: Sending | None = None, bounces: Bounces | None = None
) -> SmtpTransport:
    """The way out for one mailbox.

    Args:
        sending: ``[sending]``: how long a server may think, and how much goes over one connection.
        bounces: ``bounces.toml``: what servers mean by their refusals, beside what the standards say.

    Raises:
        ConfigError: no host is known, or the password would travel in clear.
    """
    server = smtp_endpoint(mailbox, providers)
    dialler = Dialler(server, mailbox.username, secret, mailbox.tls_ca_file, mailbox.timeout_seconds, bounces)
    return SmtpTransport(dialler, sending or Sending(), mailbox.timeout_seconds)


class SmtpTransport:
    """One letter after another over one connection, each in one attempt; see ``base.Transport``.

    Args:
        dialler: opens connections.
        sending: the last reply may take ``reply_timeout_seconds`` (RFC 5321 §4.5.3.2.6 asks for ten minutes); a connection carries
            ``letters_per_connection`` and lives for ``connection_seconds`` at most.
        timeout: seconds for every other step.
    """

    def __init__(self, dialler: Dialler, sending: Sending, timeout: float = 60):
        self._dialler = dialler
        self._sending = sending
        self._timeout = timeout
        self._smtp: Line | None = None
        self._opened_at = 0.0
        self._carried = 0
        self._took_one_at: float | None = None
        self._meanwhile: Callable[[str], None] = idle

    def submit(
        self,
        raw: bytes,
        mail_from: str,
        recipients: tuple[str, ...],
        before_payload: Callable[[], bool],
        envelope_id: str,
        meanwhile: Callable[[str], None] = idle,
    ) -> Outcome:
        payload = _payload(raw)
        sender, *receivers = [_envelope_address(address) for address in (mail_from, *recipients)]
        if not receivers:
            raise SendingError("The letter has no recipient.")
        if not _ENVELOPE_ID.fullmatch(envelope_id):
            raise SendingError(f'"{clean(envelope_id)}" cannot be an envelope id.')
        self._meanwhile = meanwhile
        try:
            smtp, answer = self._announced(sender, receivers, envelope_id, raw)
        except Stopped as stopped:
            return stopped.outcome
        finally:
            # From the text on nothing is left to be written down but the answer itself.
            if self._smtp:
                self._smtp.in_silence = None
        return self._transmit(smtp, answer, payload, before_payload)

    def check_login(self) -> Deferred | Refused | None:
        """Connect and log in without sending anything; None when all is well. For ``mailagent doctor``."""
        try:
            hang_up(self._dialler.open())
        except Stopped as stopped:
            return stopped.outcome
        return None

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp:
            hang_up(smtp)

    # ── the phases before the text: whatever fails, nothing was handed over ─────────────────────────────────────

    def _announced(self, sender: str, receivers: list[str], envelope_id: str, raw: bytes) -> tuple[Line, tuple[int, bytes]]:
        """The connection over which the server has heard who writes to whom, and its reply to DATA."""
        if kept := self._kept():
            try:
                return kept, self._announce(kept, sender, receivers, envelope_id, raw)
            except Stopped as stopped:
                said = stopped.outcome
                # It heard MAIL and said goodbye, or nothing any more: it had had enough of this connection, not of the letter.
                if said.phase != "mail" or said.code is not None and not ends_connection(said.code, said.text):
                    raise
                self._cut()
        self._meanwhile("dial")
        self._smtp = smtp = self._dialler.open()
        self._opened_at, self._carried, self._took_one_at = time.monotonic(), 0, None
        return smtp, self._announce(smtp, sender, receivers, envelope_id, raw)

    def _kept(self) -> Line | None:
        """The connection of the letter before, if it still lives and has not carried enough."""
        smtp = self._smtp
        if smtp is None:
            return None
        age = time.monotonic() - self._opened_at
        if self._carried >= self._sending.letters_per_connection or age >= self._sending.connection_seconds:
            self._meanwhile("dial")
            self.close()
            return None
        took_one_at, self._took_one_at = self._took_one_at, None
        if took_one_at is not None and time.monotonic() - took_one_at < SILENCE_SECONDS and not _speaks(smtp):
            smtp.sock.settimeout(self._timeout)
            return smtp
        self._meanwhile("dial")
        try:
            smtp.sock.settimeout(min(CHECK_SECONDS, self._timeout))
            code, _ = smtp.rset()
            smtp.sock.settimeout(self._timeout)
        except (smtplib.SMTPException, OSError, AttributeError):
            code = 0
        if code // 100 != 2:
            self._cut()
        return self._smtp

    def _announce(self, smtp: Line, sender: str, receivers: list[str], envelope_id: str, raw: bytes) -> tuple[int, bytes]:
        """MAIL, RCPT and DATA: who writes, to whom; asks for bounces that name the letter (RFC 3461). The reply to DATA."""
        smtp.in_silence = lambda: self._meanwhile("slow")
        dsn = smtp.has_extn("dsn")
        options = [f"SIZE={len(raw)}"] if smtp.has_extn("size") else []
        if not raw.isascii() and smtp.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        if dsn:
            options += ["RET=HDRS", f"ENVID={envelope_id}"]
        foreign = [address for address in (sender, *receivers) if not address.isascii()]
        if foreign and not smtp.has_extn("smtputf8"):
            text = "our server cannot write to an address with letters beyond ASCII"
            raise Stopped(Refused(None, text, "rcpt", recipient=foreign[0]))
        if foreign:
            options.append("SMTPUTF8")
        wishes = {
            one: (["NOTIFY=FAILURE,DELAY"] if dsn else []) + ([f"ORCPT=rfc822;{_xtext(one)}"] if dsn and one.isascii() else [])
            for one in receivers
        }
        if smtp.has_extn("pipelining") and not foreign:
            return self._announce_at_once(smtp, sender, options, wishes)
        phase, recipient = "mail", ""
        try:
            code, said = smtp.mail(sender, options)
            if code // 100 != 2:
                raise self._stopped(code, said, phase)
            phase = "rcpt"
            for recipient in receivers:
                code, said = smtp.rcpt(recipient, wishes[recipient])
                if code // 100 != 2:
                    raise self._stopped(code, said, phase, recipient)
            phase, recipient = "data", ""
            smtp.putcmd("DATA")
            self._meanwhile(phase)
            return smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._cut()
            raise Stopped(Deferred(None, describe_break(error), phase, recipient=recipient)) from error

    def _announce_at_once(self, smtp: Line, sender: str, options: list[str], wishes: Mapping[str, list[str]]) -> tuple[int, bytes]:
        """The same in one go, where the server takes it so (RFC 2920): one way there and back instead of three.

        A server may say 354 although it refused a recipient. No text follows then: the line is cut, and it must forget the letter.
        """
        # What could end a command early is in none of the addresses: see ``_envelope_address``.
        said_to = [("mail", "", f"MAIL FROM:<{sender}>", options)]
        said_to += [("rcpt", one, f"RCPT TO:<{one}>", wishes[one]) for one in wishes]
        lines = [" ".join([command, *more]) for _, _, command, more in said_to]
        refused, phase, recipient = None, "mail", ""
        try:
            smtp.send("\r\n".join([*lines, "DATA", ""]))
            self._meanwhile("data")
            for phase, recipient, _, _ in said_to:
                code, said = smtp.getreply()
                if code // 100 != 2 and refused is None:
                    refused = code, said, phase, recipient
            phase, recipient = "data", ""
            answer = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._cut()
            if refused:
                raise self._stopped(*refused) from error
            raise Stopped(Deferred(None, describe_break(error), phase, recipient=recipient)) from error
        if refused:
            if answer[0] // 100 == 3:
                self._cut()
            raise self._stopped(*refused)
        return answer

    # ── the text: from its first byte on only a clear answer counts ─────────────────────────────────────────────

    def _transmit(self, smtp: Line, answer: tuple[int, bytes], payload: bytes, before_payload: Callable[[], bool]) -> Outcome:
        code, said = answer
        if code != 354:
            return self._stopped(code, said, "data").outcome
        try:
            may_go = before_payload()
        except BaseException:
            self._cut()
            raise
        if not may_go:
            self._cut()
            return Withdrawn()
        self._carried += 1
        try:
            smtp.send(payload)
            self._meanwhile("text")
            smtp.sock.settimeout(self._sending.reply_timeout_seconds)
            code, said = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._cut()
            return Lost(f"no answer to the text: {describe_break(error)}")
        if code // 100 == 2:
            text = clean(said)
            self._took_one_at = time.monotonic()
            return Accepted(code, text, queue_id(text))
        if code // 100 in (4, 5):
            return self._stopped(code, said, "text").outcome
        self._cut()
        return Lost(f"no clear answer to the text: {code} {clean(said)}")

    def _stopped(self, code: int, said: bytes, phase: str, recipient: str = "") -> Stopped:
        """What a reply that is not a yes means; the connection is kept unless the server ends it with this reply."""
        if ends_connection(code, clean(said)):
            self._cut()
        return Stopped(judge(code, said, phase, recipient, self._dialler.bounces))

    def _cut(self) -> None:
        """End the line at once, without QUIT and without the last dot: a server must forget such a letter (RFC 5321 §4.1.1.4)."""
        smtp, self._smtp = self._smtp, None
        if smtp:
            smtp.close()


def _speaks(smtp: Line) -> bool:
    """Whether the server has said something unasked, or hung up."""
    return bool(smtp.sock is None or smtp.has_heard_more or select.select([smtp.sock], [], [], 0)[0])


def _payload(raw: bytes) -> bytes:
    """The text as it goes over the line: leading dots doubled, the last dot added (RFC 5321 §4.5.2)."""
    ends = raw.count(b"\r\n")
    if raw.count(b"\n") != ends or raw.count(b"\r") != ends:
        # A lone CR or LF can be read as the end of the text by another server: two mails out of one (SMTP smuggling).
        raise SendingError("The letter's lines do not all end with CRLF; it was not sent.")
    if not raw.endswith(b"\r\n"):
        raw += b"\r\n"
    if raw.startswith(b"."):
        raw = b"." + raw
    return raw.replace(b"\n.", b"\n..") + b".\r\n"


def _envelope_address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    if not SENDABLE.fullmatch(address):
        raise SendingError(f'"{clean(address)}" is not an address that mail can be sent to.')
    return f"{local}@{ascii_domain(domain)}"


def _xtext(text: str) -> str:
    """RFC 3461 §4: printable ASCII but for "+" and "=", which become "+2B" and "+3D"."""
    return re.sub(r"[^!-*,-<>-~]", lambda char: f"+{ord(char[0]):02X}", text)
