"""An SMTP connection that is open, secure and logged in (RFC 5321 §3.2, RFC 3207, RFC 4954).

Whatever fails here, nothing was handed over.
"""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
from contextlib import suppress

from mailagent.core.model.endpoint import Endpoint
from mailagent.core.model.login import MECHANISMS, Secret, TokenSource, token_farewell, token_mechanism, token_words
from mailagent.core.model.refusal import Bounces
from mailagent.delivery.base import Deferred, Refused
from mailagent.delivery.hearing import Line, PlainLine, SecureLine
from mailagent.delivery.replies import clean, judge, put_off
from mailagent.errors import LoginRefused, MailboxUnreachable

#: What a command line may hold, characters (RFC 5321 §4.5.3.1.4); longer tokens travel on a line of their own.
COMMAND_LENGTH = 510
QUIT_SECONDS = 5.0


class Stopped(Exception):
    """Inside this room only: the conversation is over; carries the outcome."""

    def __init__(self, outcome: Deferred | Refused):
        self.outcome = outcome


class Dialler:
    """Opens connections to one server under one name.

    Args:
        username, secret: for AUTH, a password or a source of tokens; with an empty password no login is made (a relay on this machine).
        ca_file: trust this authority instead of the system's; "" for the system's.
        timeout: seconds for every step.
        bounces: what servers mean by their refusals, beside what the standards say.
    """

    def __init__(
        self, server: Endpoint, username: str, secret: Secret, ca_file: str = "", timeout: float = 60, bounces: Bounces | None = None
    ):
        self.server = server
        self._username = username
        self._secret = secret
        self._ca_file = ca_file
        self._timeout = timeout
        self.bounces = bounces

    def open(self) -> Line:
        """A connection over which a letter can be announced. Raises ``Stopped``; then there is none."""
        smtp = self._dial()
        try:
            self._log_in(smtp)
        except BaseException:
            hang_up(smtp)
            raise
        return smtp

    def _dial(self) -> Line:
        server = self.server
        # An address literal keeps the name of our machine to ourselves and saves the look-up of it (RFC 5321 §4.1.3).
        usual = {"local_hostname": "[127.0.0.1]", "timeout": self._timeout}
        phase = "connect"
        try:
            trust = ssl.create_default_context(cafile=self._ca_file or None)
            if server.security == "tls":
                smtp = SecureLine(server.host, server.port, context=trust, **usual)
            else:
                smtp = PlainLine(server.host, server.port, **usual)
        except FileNotFoundError:
            raise Stopped(Deferred(None, f"the file {self._ca_file} of tls_ca_file does not exist", "tls")) from None
        except smtplib.SMTPResponseException as error:
            raise Stopped(put_off(error.smtp_code, error.smtp_error, phase, self.bounces)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Stopped(_unreachable(server, error, phase)) from error
        try:
            # The end of a letter must not wait until the server has confirmed the packets before it.
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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
            raise Stopped(put_off(error.smtp_code, error.smtp_error, phase, self.bounces)) from error
        except (smtplib.SMTPException, OSError) as error:
            smtp.close()
            raise Stopped(_unreachable(server, error, phase)) from error
        return smtp

    def _greet(self, smtp: smtplib.SMTP) -> None:
        code, said = smtp.ehlo()
        if code // 100 != 2:
            raise Stopped(put_off(code, said, "connect", self.bounces))

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
            raise Stopped(judge(code, said, "login", bounces=self.bounces))

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
        said = said.replace(token.encode(), b"...").replace(_base64(words).encode(), b"...")
        raise Stopped(judge(code, said, "login", bounces=self.bounces))

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


def hang_up(smtp: smtplib.SMTP) -> None:
    """Say goodbye, if anybody still listens; never raises."""
    if smtp.sock:
        with suppress(smtplib.SMTPException, OSError):
            smtp.sock.settimeout(QUIT_SECONDS)
            smtp.quit()
        smtp.close()


def _mechanisms(smtp: smtplib.SMTP) -> list[str]:
    return smtp.esmtp_features.get("auth", "").upper().split()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def describe_break(error: Exception) -> str:
    """How a line broke, in one line of text."""
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
        text = describe_break(error)
    return Deferred(None, f"{server}: {text}", phase)
