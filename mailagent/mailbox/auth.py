"""Getting in: the line to the server, the login and the introduction (STANDARDS §6.1).

Every way in which this fails ends in one sentence that says what to do. The password is in none of them.
"""

from __future__ import annotations

import base64
import imaplib
import re
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError, MailboxLoginError

from mailagent import __version__
from mailagent.core.model.endpoint import Endpoint
from mailagent.core.model.login import MECHANISMS, Secret, TokenSource, token_farewell, token_mechanism, token_words
from mailagent.core.model.policy import Mailbox, Provider
from mailagent.errors import LoginRefused, MailboxUnreachable
from mailagent.mailbox.answers import plain
from mailagent.mailbox.line import line_of

#: What a refusal means, by its code (RFC 5530 §3; THROTTLED and OVERQUOTA are Google's): not now, or look at it.
_NOT_NOW = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|THROTTLED|OVERQUOTA)\]", re.I)
_LOOK_AT_IT = re.compile(r"\[(AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED|PRIVACYREQUIRED|CONTACTADMIN)\]", re.I)
#: Many servers give no code. One that counts up everything that may be wrong, the password among it, wants somebody to look.
_PASSWORD = re.compile(r"passw|passcode|credential|authori[sz]ation code|密码|授权码", re.I)
_NOT_NOW_IN_WORDS = re.compile(
    r"too many (simultaneous )?(connections|logins|requests)|try again|temporar|throttled|frequen(cy|tly)|system (is )?busy|频繁|系统繁忙"
    r"|server (is )?(busy|unavailable)|(internal|backend) (server )?error|exceeded .{0,30}limits|authenticated but not connected",
    re.I,
)

# imaplib does not know the command by which a client introduces itself (RFC 2971).
imaplib.Commands.setdefault("ID", ("NONAUTH", "AUTH", "SELECTED"))


class _Lined:
    """What an imaplib client reads from is a ``Line`` from its first byte on: the greeting may be written in small letters, too."""

    def open(self, *place, **terms) -> None:
        super().open(*place, **terms)
        line_of(self)


class _Client(_Lined, imaplib.IMAP4):
    """Over an open line, until STARTTLS."""


class _TlsClient(_Lined, imaplib.IMAP4_SSL):
    """Encrypted from the beginning."""


class Box(BaseMailBox):
    """imap-tools' box around such a client. Raises whatever the system, TLS and imaplib raise."""

    def __init__(self, mailbox: Mailbox, server: Endpoint):
        self._mailbox, self._server = mailbox, server
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        place, terms = (self._server.host, self._server.port), {"timeout": self._mailbox.timeout_seconds}
        if self._server.security == "none":
            return _Client(*place, **terms)
        trust = ssl.create_default_context(cafile=self._mailbox.tls_ca_file or None)
        if self._server.security == "tls":
            return _TlsClient(*place, ssl_context=trust, **terms)
        client = _Client(*place, **terms)
        try:
            client.starttls(ssl_context=trust)
        except BaseException:
            with suppress(OSError):
                client.shutdown()
            raise
        # What came before the line was encrypted is thrown away with the old one.
        line_of(client)
        return client


def dial(mailbox: Mailbox, server: Endpoint) -> BaseMailBox:
    """Open the line. Raises ``MailboxUnreachable``."""
    where = f"mailbox {mailbox.name}: {server}"
    try:
        box = Box(mailbox, server)
    except FileNotFoundError:
        raise MailboxUnreachable(f"{where}: the file {mailbox.tls_ca_file} of tls_ca_file does not exist.") from None
    except socket.gaierror as error:
        raise MailboxUnreachable(f"{where}: there is no server of this name; check imap_host and the network.") from error
    except ConnectionRefusedError as error:
        raise MailboxUnreachable(f"{where}: nothing listens there; check imap_host and imap_port.") from error
    except TimeoutError as error:
        raise MailboxUnreachable(f"{where}: no answer within {mailbox.timeout_seconds} s; check port, security and firewall.") from error
    except ssl.SSLCertVerificationError as error:
        raise MailboxUnreachable(
            f"{where}: its certificate cannot be trusted ({error.verify_message}); check imap_host, or set tls_ca_file."
        ) from error
    except ssl.SSLError as error:
        raise MailboxUnreachable(f'{where}: no TLS on this port; check imap_port, and imap_security "tls" or "starttls".') from error
    # A ValueError is what imaplib raises over bytes in the greeting that are no text.
    except (OSError, imaplib.IMAP4.error, ImapToolsError, ValueError) as error:
        raise MailboxUnreachable(f"{where}: the connection was not accepted ({plain(error)}).") from error
    # Without this, every APPEND waits 40 ms for the other side (SPIKE §1); the rest tells us of links that died in silence.
    box.client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    box.client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, seconds in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, option):
            box.client.sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), seconds)
    return box


def log_in(box: BaseMailBox, mailbox: Mailbox, secret: Secret, server: Endpoint, providers: Mapping[str, Provider]) -> None:
    """Log in by password, or by a token.

    Raises:
        LoginRefused: a person must look; trying again locks accounts.
        MailboxUnreachable: the server takes no login at the moment.
    """
    if box.client.state != "NONAUTH":
        told = "the server lets everybody in unasked (PREAUTH), so nobody knows whose mailbox it shows; check imap_host and imap_port."
        raise LoginRefused(f"mailbox {mailbox.name}: {server}: {told}")
    if isinstance(secret, str):
        _log_in_by_password(box, mailbox, secret, server, providers)
    else:
        _log_in_by_token(box, mailbox, secret, server, providers)


def _log_in_by_password(box: BaseMailBox, mailbox: Mailbox, password: str, server: Endpoint, providers: Mapping[str, Provider]) -> None:
    who = f"mailbox {mailbox.name}: {server}"
    if not password:
        raise LoginRefused(f"{who}: there is no password; write {mailbox.password_variable}=… into .env.")
    if re.search(r"[\x00-\x1f\x7f]", mailbox.username + password):
        raise LoginRefused(f"{who}: login or password holds a control character; check {mailbox.password_variable} in .env.")
    offers = set(box.client.capabilities)
    if "LOGINDISABLED" in offers and "AUTH=PLAIN" not in offers:
        raise LoginRefused(f"{who}: {_no_passwords(mailbox, server, offers)}")
    try:
        if (mailbox.username + password).isascii() and "LOGINDISABLED" not in offers:
            box.login(mailbox.username, password, initial_folder=None)
        else:
            box.login_utf8(mailbox.username, password, initial_folder=None)
    except (imaplib.IMAP4.abort, OSError) as error:
        raise MailboxUnreachable(f"{who}: the link broke during the login ({plain(error, password)}).") from None
    except (imaplib.IMAP4.error, MailboxLoginError) as error:
        answer = plain(error, password)
        if is_put_off(answer):
            raise MailboxUnreachable(f"{who}: the server takes no login at the moment: {answer}") from None
        raise LoginRefused(
            f'{who}: the server refused the login of "{mailbox.username}": {answer.rstrip(".")}. '
            f"Check login in mailagent.toml and {mailbox.password_variable} in .env. {_hint(mailbox, providers)}".rstrip()
        ) from None


def _no_passwords(mailbox: Mailbox, server: Endpoint, offers: set[str]) -> str:
    """What to do about a server that says in advance that it takes no password (LOGINDISABLED, RFC 3501 §6.2.3)."""
    if server.security == "none":
        return 'the server takes no password over a line that is not encrypted; set imap_security = "starttls" or "tls".'
    if token_mechanism({word.removeprefix("AUTH=") for word in offers if word.startswith("AUTH=")}):
        return f'the server takes tokens only; set auth = "oauth2" and run mailagent auth {mailbox.name}.'
    return "the server takes no passwords (LOGINDISABLED); ask whoever looks after it."


def is_put_off(refusal: str) -> bool:
    """Whether a refused login says "not now" and not "wrong password": the one is tried again, for the other somebody must look."""
    if _NOT_NOW.search(refusal) or _LOOK_AT_IT.search(refusal):
        return _NOT_NOW.search(refusal) is not None
    return not _PASSWORD.search(refusal) and _NOT_NOW_IN_WORDS.search(refusal) is not None


def _log_in_by_token(box: BaseMailBox, mailbox: Mailbox, tokens: TokenSource, server: Endpoint, providers: Mapping[str, Provider]) -> None:
    """Show the server an access token (XOAUTH2, RFC 7628); once more with a new one if it does not like it."""
    who = f"mailbox {mailbox.name}: {server}"
    mechanism = token_mechanism({word.removeprefix("AUTH=") for word in box.client.capabilities if word.startswith("AUTH=")})
    if not mechanism:
        raise LoginRefused(f"{who}: the server takes no tokens (it offers neither {' nor '.join(MECHANISMS)}); check auth and provider.")
    token = ""
    for _try in range(2):
        token, last = tokens.token(refused=token), token
        if token == last:
            break
        try:
            words = token_words(mechanism, mailbox.username, token, server)
        except ValueError:
            raise LoginRefused(f"{who}: the login holds a control character; check login in mailagent.toml.") from None
        try:
            accepted, said = _authenticate(box.client, mechanism, words)
        except (imaplib.IMAP4.error, OSError) as error:
            raise MailboxUnreachable(f"{who}: the link broke during the login ({plain(error, token)}).") from None
        if accepted:
            return
        answer = plain(said, token)
        if is_put_off(answer):
            raise MailboxUnreachable(f"{who}: the server takes no login at the moment: {answer}")
    raise LoginRefused(
        f'{who}: the server refused the token of "{mailbox.username}": {answer.rstrip(".")}. '
        f"Agree as the right account: mailagent auth {mailbox.name}. {_hint(mailbox, providers)}".rstrip()
    )


def _authenticate(client: imaplib.IMAP4, mechanism: str, words: str) -> tuple[bool, object]:
    """AUTHENTICATE with the token; whether the server took it, and what it said.

    imaplib has no initial response (RFC 4959), which saves a round and is what the large providers describe.
    """
    response = base64.b64encode(words.encode()).decode("ascii")
    direct = "SASL-IR" in client.capabilities
    tag = client._command("AUTHENTICATE", mechanism, *([response] if direct else []))
    answers = [*([] if direct else [response.encode()]), base64.b64encode(token_farewell(mechanism).encode())]
    while not client.tagged_commands.get(tag):
        # None is the server's "+". A refusal comes as one more, with the reason in it, and wants an answer before its NO.
        if client._get_response() is None:
            if not answers:
                raise client.abort("the server asks without end")
            client.send(answers.pop(0) + b"\r\n")
        elif goodbye := client.untagged_responses.get("BYE"):
            raise client.abort(goodbye[-1].decode("utf-8", "replace"))
    typ, data = client.tagged_commands.pop(tag)
    if typ == "OK":
        client.state = "AUTH"
    return typ == "OK", data


def _hint(mailbox: Mailbox, providers: Mapping[str, Provider]) -> str:
    provider = providers.get(mailbox.provider)
    return provider.hint.get("en", "") if provider else ""


def introduce(client: imaplib.IMAP4, needed: bool = False) -> None:
    """What must be said between login and the first folder.

    Servers offer more after the login than before it, and imaplib keeps the first list. NetEase opens no folder for a client
    that did not say its name.

    Args:
        needed: without the introduction nothing can be read (``providers.toml`` ``needs_id``).
    """
    try:
        typ, data = client.capability()
        if typ == "OK" and data and data[-1]:
            client.capabilities = tuple(data[-1].decode("ascii", "replace").upper().split())
        typ, data = client._simple_command("ID", f'("name" "mailagent" "version" "{__version__}" "vendor" "mailagent")')
        if needed and typ != "OK":
            raise client.error(plain(data))
    except (imaplib.IMAP4.abort, OSError) as error:
        raise MailboxUnreachable(f"The link broke after the login ({plain(error)}).") from error
    except imaplib.IMAP4.error as error:
        # A server that does not know ID says BAD; nothing is lost where nobody asks for it.
        if needed:
            told = f"The server does not accept our introduction (ID), and opens no folder without it: {plain(error)}"
            raise MailboxUnreachable(told) from None
