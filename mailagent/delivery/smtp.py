"""Handing one letter to the provider's SMTP server, phase by phase (RFC 5321, RFC 6409).

The conversation is driven step by step because ``smtplib.sendmail`` raises the same exception whether the line
broke before the text (try again) or after it (it may have arrived); see the theory in ``base.py``.
"""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress

from mailagent.core.model.address import SENDABLE, ascii_domain
from mailagent.core.model.endpoint import Endpoint, smtp_endpoint
from mailagent.core.model.login import MECHANISMS, Secret, TokenSource, token_farewell, token_mechanism, token_words
from mailagent.core.model.policy import Mailbox, Provider
from mailagent.delivery.base import Accepted, Deferred, Lost, Outcome, Refused, Withdrawn
from mailagent.delivery.replies import clean, judge, queue_id
from mailagent.errors import LoginRefused, MailboxUnreachable, SendingError

#: How long the server may think after the last dot, seconds (RFC 5321 §4.5.3.2.6).
REPLY_SECONDS = 600
QUIT_SECONDS = 5.0
#: What a command line may hold, characters (RFC 5321 §4.5.3.1.4); longer tokens travel on a line of their own.
COMMAND_LENGTH = 510

_BARE_LINE_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_LEADING_DOT = re.compile(rb"(?m)^\.")
_ENVELOPE_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")


def smtp_transport(
    mailbox: Mailbox, secret: Secret, providers: Mapping[str, Provider], reply_seconds: float = REPLY_SECONDS
) -> SmtpTransport:
    """The way out for one mailbox.

    Args:
        reply_seconds: ``[sending] reply_timeout_seconds``.

    Raises:
        ConfigError: no host is known, or the password would travel in clear.
    """
    return SmtpTransport(
        smtp_endpoint(mailbox, providers), mailbox.username, secret, mailbox.tls_ca_file, mailbox.timeout_seconds, reply_seconds
    )


class Stopped(Exception):
    """Inside this file only: the conversation is over; carries the outcome."""

    def __init__(self, outcome: Deferred | Refused):
        self.outcome = outcome


class SmtpTransport:
    """One letter, one connection, one attempt; see ``base.Transport``.

    Args:
        username, secret: for AUTH, a password or a source of tokens; with an empty password no login is made (a relay on this machine).
        ca_file: trust this authority instead of the system's; "" for the system's.
        timeout: seconds for every step but the last reply.
    """

    def __init__(self, server: Endpoint, username: str, secret: Secret, ca_file: str = "", timeout: float = 60, reply_seconds: float = 600):
        self.server = server
        self._username = username
        self._secret = secret
        self._ca_file = ca_file
        self._timeout = timeout
        self._reply_seconds = reply_seconds
        self._smtp: smtplib.SMTP | None = None

    def submit(
        self, raw: bytes, mail_from: str, recipients: tuple[str, ...], before_payload: Callable[[], bool], envelope_id: str
    ) -> Outcome:
        payload = _payload(raw)
        sender, *receivers = [_envelope_address(address) for address in (mail_from, *recipients)]
        if not receivers:
            raise SendingError("The letter has no recipient.")
        if not _ENVELOPE_ID.fullmatch(envelope_id):
            raise SendingError(f'"{clean(envelope_id)}" cannot be an envelope id.')
        self.close()
        try:
            self._smtp = smtp = self._dial()
            self._log_in(smtp)
            self._announce(smtp, sender, receivers, envelope_id, raw)
        except Stopped as stopped:
            return stopped.outcome
        return self._transmit(smtp, payload, before_payload)

    def check_login(self) -> Deferred | Refused | None:
        """Connect and log in without sending anything; None when all is well. For ``mailagent doctor``."""
        self.close()
        try:
            self._smtp = self._dial()
            self._log_in(self._smtp)
        except Stopped as stopped:
            return stopped.outcome
        finally:
            self.close()
        return None

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp and smtp.sock:
            with suppress(smtplib.SMTPException, OSError):
                smtp.sock.settimeout(QUIT_SECONDS)
                smtp.quit()
            smtp.close()

    # ── the phases before the text: whatever fails, nothing was handed over ─────────────────────────────────────

    def _dial(self) -> smtplib.SMTP:
        server = self.server
        # An address literal keeps the name of our machine to ourselves and saves the look-up of it (RFC 5321 §4.1.3).
        usual = {"local_hostname": "[127.0.0.1]", "timeout": self._timeout}
        phase = "connect"
        try:
            trust = ssl.create_default_context(cafile=self._ca_file or None)
            if server.security == "tls":
                smtp = smtplib.SMTP_SSL(server.host, server.port, context=trust, **usual)
            else:
                smtp = smtplib.SMTP(server.host, server.port, **usual)
        except FileNotFoundError:
            raise Stopped(Deferred(None, f"the file {self._ca_file} of tls_ca_file does not exist", "tls")) from None
        except smtplib.SMTPResponseException as error:
            raise Stopped(Deferred(error.smtp_code, clean(error.smtp_error), phase)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Stopped(_unreachable(server, error, phase)) from error
        try:
            self._greet(smtp)
            if server.security == "starttls":
                phase = "tls"
                smtp.starttls(context=trust)
                self._greet(smtp)
        except Stopped:
            smtp.close()
            raise
        except smtplib.SMTPResponseException as error:
            smtp.close()
            raise Stopped(Deferred(error.smtp_code, clean(error.smtp_error), phase)) from error
        except (smtplib.SMTPException, OSError) as error:
            smtp.close()
            raise Stopped(_unreachable(server, error, phase)) from error
        return smtp

    def _greet(self, smtp: smtplib.SMTP) -> None:
        code, said = smtp.ehlo()
        if code // 100 != 2:
            raise Stopped(Deferred(code, clean(said), "connect"))

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        if not isinstance(self._secret, str):
            self._log_in_by_token(smtp, self._secret)
        elif self._secret:
            self._log_in_by_password(smtp, self._secret)

    def _log_in_by_password(self, smtp: smtplib.SMTP, password: str) -> None:
        """One mechanism only: ``smtplib.login`` tries the same wrong password with each, and some providers lock accounts."""
        offered = _mechanisms(smtp)
        try:
            if "PLAIN" in offered:
                code, said = smtp.docmd("AUTH", "PLAIN " + _base64(f"\0{self._username}\0{password}"))
            elif "LOGIN" in offered:
                code, said = smtp.docmd("AUTH", "LOGIN")
                for secret in (self._username, password):
                    if code == 334:
                        code, said = smtp.docmd(_base64(secret))
            else:
                raise self._no_way_in("login by password", offered)
        except (smtplib.SMTPException, OSError) as error:
            raise Stopped(Deferred(None, f"the line broke during the login: {type(error).__name__}", "login")) from None
        if code // 100 != 2:
            said = said.replace(password.encode(), b"...").replace(_base64(password).encode(), b"...")
            raise Stopped(judge(code, said, "login"))

    def _log_in_by_token(self, smtp: smtplib.SMTP, tokens: TokenSource) -> None:
        """Show the server an access token (XOAUTH2, RFC 7628); once more with a new one if it does not like it."""
        offered = _mechanisms(smtp)
        mechanism = token_mechanism(offered)
        if not mechanism:
            raise self._no_way_in(f"login by token ({' or '.join(MECHANISMS)})", offered)
        token, code, said = "", 535, b""
        for _try in range(2):
            try:
                token, last = tokens.token(refused=token), token
                words = token_words(mechanism, self._username, token, self.server)
            except MailboxUnreachable as error:
                raise Stopped(Deferred(None, clean(str(error)), "login")) from error
            except (LoginRefused, ValueError) as error:
                raise Stopped(Refused(None, clean(str(error)), "login", account_problem=True)) from error
            if token == last:
                break
            try:
                code, said = self._authenticate(smtp, mechanism, _base64(words))
            except (smtplib.SMTPException, OSError) as error:
                raise Stopped(Deferred(None, f"the line broke during the login: {type(error).__name__}", "login")) from None
            if code // 100 == 2:
                return
            if code // 100 != 5:
                break
        raise Stopped(judge(code, said.replace(token.encode(), b"...").replace(_base64(words).encode(), b"..."), "login"))

    def _authenticate(self, smtp: smtplib.SMTP, mechanism: str, response: str) -> tuple[int, bytes]:
        """AUTH with the token (RFC 4954 §4): in one line where it fits into one, else after the server's 334."""
        if len(f"AUTH {mechanism} {response}") <= COMMAND_LENGTH:
            code, said = smtp.docmd("AUTH", f"{mechanism} {response}")
        else:
            code, said = smtp.docmd("AUTH", mechanism)
            if code == 334:
                code, said = smtp.docmd(response)
        if code == 334:
            # The server explains its refusal and wants an answer before it says no.
            code, said = smtp.docmd(_base64(token_farewell(mechanism)))
        return code, said

    def _no_way_in(self, way: str, offered: list[str]) -> Stopped:
        what = f"only {' '.join(offered)}" if offered else "none"
        return Stopped(Refused(None, f"the server {self.server} offers no {way} ({what})", "login", account_problem=True))

    def _announce(self, smtp: smtplib.SMTP, sender: str, receivers: list[str], envelope_id: str, raw: bytes) -> None:
        """MAIL and RCPT: who writes, to whom; asks for bounces that name the letter (RFC 3461)."""
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
        phase, recipient = "mail", ""
        try:
            code, said = smtp.mail(sender, options)
            if code // 100 != 2:
                raise Stopped(judge(code, said, phase))
            phase = "rcpt"
            for recipient in receivers:
                wishes = ["NOTIFY=FAILURE,DELAY"] if dsn else []
                if dsn and recipient.isascii():
                    wishes.append(f"ORCPT=rfc822;{_xtext(recipient)}")
                code, said = smtp.rcpt(recipient, wishes)
                if code // 100 != 2:
                    raise Stopped(judge(code, said, phase, recipient))
        except (smtplib.SMTPException, OSError) as error:
            raise Stopped(Deferred(None, _break(error), phase, recipient=recipient)) from error

    # ── the text: from its first byte on only a clear answer counts ─────────────────────────────────────────────

    def _transmit(self, smtp: smtplib.SMTP, payload: bytes, before_payload: Callable[[], bool]) -> Outcome:
        try:
            code, said = smtp.docmd("DATA")
        except (smtplib.SMTPException, OSError) as error:
            return Deferred(None, _break(error), "data")
        if code != 354:
            return judge(code, said, "data")
        try:
            may_go = before_payload()
        except BaseException:
            self._cut()
            raise
        if not may_go:
            self._cut()
            return Withdrawn()
        try:
            smtp.send(payload)
            smtp.sock.settimeout(self._reply_seconds)
            code, said = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._cut()
            return Lost(f"no answer to the text: {_break(error)}")
        if code // 100 == 2:
            text = clean(said)
            return Accepted(code, text, queue_id(text))
        if code // 100 in (4, 5):
            return judge(code, said, "text")
        self._cut()
        return Lost(f"no clear answer to the text: {code} {clean(said)}")

    def _cut(self) -> None:
        """End the line at once, without QUIT and without the last dot: a server must forget such a letter (RFC 5321 §4.1.1.4)."""
        smtp, self._smtp = self._smtp, None
        if smtp:
            smtp.close()


def _payload(raw: bytes) -> bytes:
    """The text as it goes over the line: leading dots doubled, the last dot added (RFC 5321 §4.5.2)."""
    if _BARE_LINE_END.search(raw):
        # A lone CR or LF can be read as the end of the text by another server: two mails out of one (SMTP smuggling).
        raise SendingError("The letter's lines do not all end with CRLF; it was not sent.")
    if not raw.endswith(b"\r\n"):
        raw += b"\r\n"
    return _LEADING_DOT.sub(b"..", raw) + b".\r\n"


def _envelope_address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    if not SENDABLE.fullmatch(address):
        raise SendingError(f'"{clean(address)}" is not an address that mail can be sent to.')
    return f"{local}@{ascii_domain(domain)}"


def _xtext(text: str) -> str:
    """RFC 3461 §4: printable ASCII but for "+" and "=", which become "+2B" and "+3D"."""
    return re.sub(r"[^!-*,-<>-~]", lambda char: f"+{ord(char[0]):02X}", text)


def _mechanisms(smtp: smtplib.SMTP) -> list[str]:
    return smtp.esmtp_features.get("auth", "").upper().split()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def _break(error: Exception) -> str:
    return clean(f"{type(error).__name__}: {error}")


def _unreachable(server: Endpoint, error: Exception, phase: str) -> Deferred:
    if isinstance(error, socket.gaierror):
        text = "there is no server of this name; check smtp_host and the network"
    elif isinstance(error, ConnectionRefusedError):
        text = "nothing listens there; check smtp_host and smtp_port"
    elif isinstance(error, TimeoutError):
        text = "no answer in time; check smtp_port, smtp_security and the firewall"
    elif isinstance(error, ssl.SSLCertVerificationError):
        text, phase = f"its certificate cannot be trusted ({error.verify_message}); check smtp_host, or set tls_ca_file", "tls"
    elif isinstance(error, ssl.SSLError):
        text, phase = 'no TLS on this port; check smtp_port, and smtp_security "tls" or "starttls"', "tls"
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        text = f"the server does not offer what smtp_security asks for ({clean(str(error))})"
    else:
        text = _break(error)
    return Deferred(None, f"{server}: {text}", phase)
