"""One question to a provider's login server, and what its answer means (RFC 6749 §5).

The standard library is enough: a form goes out, JSON comes back. Tokens and secrets are in no error and no log.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib import error, parse, request

from mailagent.core.model.endpoint import is_this_machine
from mailagent.errors import MailboxUnreachable

#: How long the login server may be silent, seconds.
SECONDS = 30
LARGEST_ANSWER = 1_000_000
#: How much of the login server's explanation is kept, characters: what to do stands behind it.
TEXT_LIMIT = 160
#: Errors that pass by themselves (RFC 6749 §4.1.2.1).
PASSING = frozenset(("temporarily_unavailable", "server_error"))


class Denied(Exception):
    """The login server says no.

    Attributes:
        code: the standard's word for it, as ``invalid_grant``.
        text: the server's own explanation, one short line.
        interval: for ``slow_down``, the seconds that it wants between two questions; 0 if it does not say.
    """

    def __init__(self, code: str, text: str = "", interval: float = 0):
        super().__init__(code)
        self.code = code
        self.text = text
        self.interval = interval

    def __str__(self) -> str:
        return f"{self.code}: {self.text}" if self.text else self.code


class _NoDetours(request.HTTPRedirectHandler):
    """Secrets go where the configuration says and nowhere else."""

    def redirect_request(self, *_):
        return None


def ask(url: str, form: Mapping[str, str], who: str, seconds: float = SECONDS) -> dict[str, Any]:
    """Post a form and read the answer.

    Args:
        who: begins every error, as "mailbox sales".

    Raises:
        Denied: the server understood and refused.
        MailboxUnreachable: no answer, or none that makes sense: worth trying again.
    """
    host = parse.urlsplit(url).hostname or ""
    where = f"{who}: the login server {host}"
    question = request.Request(url, parse.urlencode(form).encode(), {"Accept": "application/json", "User-Agent": "mailagent"})
    handlers: list[Any] = [_NoDetours(), request.HTTPSHandler(context=ssl.create_default_context())]
    if is_this_machine(host):
        # A company's proxy does not know our own machine.
        handlers.append(request.ProxyHandler({}))
    try:
        try:
            with request.build_opener(*handlers).open(question, timeout=seconds) as answer:
                status, body = answer.status, answer.read(LARGEST_ANSWER)
        except error.HTTPError as refusal:
            with refusal:
                status, body = refusal.code, refusal.read(LARGEST_ANSWER)
    except ssl.SSLCertVerificationError as failure:
        raise MailboxUnreachable(f"{where} cannot be trusted ({failure.verify_message}).") from None
    except (OSError, http.client.HTTPException, ValueError) as failure:
        reason = getattr(failure, "reason", None)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise MailboxUnreachable(f"{where} cannot be trusted ({reason.verify_message}).") from None
        raise MailboxUnreachable(f"{where} gives no answer ({_line(str(reason or failure) or type(failure).__name__)}).") from None
    said = _json(body)
    code = said.get("error")
    if isinstance(code, dict):
        # Google's other services wrap their errors once more.
        code, said = code.get("status"), {"error_description": code.get("message")}
    if status >= 500 or status == 429 or code in PASSING:
        raise MailboxUnreachable(f"{where} has no time at the moment ({status}).")
    if code:
        interval, text = said.get("interval"), str(said.get("error_description") or "")
        raise Denied(_line(str(code)), _line(text), interval if isinstance(interval, int | float) else 0)
    if status != 200 or not said:
        raise MailboxUnreachable(f"{where} answers with something that is no token ({status}); check the oauth addresses.")
    return said


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _line(text: str) -> str:
    """Foreign words on one short line. Microsoft's end in numbers for its own support."""
    words = " ".join("".join(char if char.isprintable() else " " for char in text[:2000]).split())
    return words.partition(" Trace ID:")[0][:TEXT_LIMIT]
