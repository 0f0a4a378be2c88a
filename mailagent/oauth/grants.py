"""The ways to a token, one function each. They ask the login server and answer with a ``Token``; nothing is kept here."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from mailagent.core.model.login import Registration
from mailagent.errors import LoginRefused, MailboxUnreachable
from mailagent.oauth.cache import Token
from mailagent.oauth.request import Denied, ask

#: How long a token lives if the server does not say, seconds.
USUAL_LIFE = 3600
#: RFC 7523 §3: how long our signed word is good, seconds.
ASSERTION_SECONDS = 600
#: Permissions that only ask for a refresh token or a name; servers do not repeat them.
SILENT_SCOPES = frozenset(("offline_access", "openid", "profile", "email"))


def client_of(app: Registration) -> str:
    """For whom a token is good; a short mark that gives nothing away."""
    text = "\n".join((app.token_url, app.client_id, app.address, "person" if app.by_person else app.flow))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


# ── a person in his browser (RFC 6749 §4.1, RFC 7636) ───────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Consent:
    """One question to a person: what his browser is sent with, and what only we know.

    Attributes:
        state: comes back with the answer, so that nobody can slip us another one.
        verifier: proves at the end that it was us who asked.
    """

    url: str
    redirect_uri: str
    state: str
    verifier: str


def consent(app: Registration, redirect_uri: str) -> Consent:
    """The page on which a person agrees."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(app.scopes),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "login_hint": app.address,
        **app.parameters,
    }
    return Consent(f"{app.authorise_url}{'&' if '?' in app.authorise_url else '?'}{urlencode(query)}", redirect_uri, state, verifier)


def exchange_code(app: Registration, secret: str, asked: Consent, code: str, now: datetime) -> Token:
    """The tokens for a code that the browser brought back. Raises ``LoginRefused``, ``MailboxUnreachable``."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": asked.redirect_uri, "code_verifier": asked.verifier}
    return _lasting(app, _ask(app, app.token_url, form, secret), now)


# ── a code on another device (RFC 8628) ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class DeviceCode:
    """What a person types where; ``seconds`` until it is over, ``interval`` between two questions."""

    user_code: str
    address: str
    device_code: str
    seconds: float
    interval: float


def ask_device(app: Registration) -> DeviceCode:
    """Begin: a short code for the person. Raises ``LoginRefused``, ``MailboxUnreachable``."""
    said = _ask(app, app.device_url, {"scope": " ".join(app.scopes)}, "")
    address = said.get("verification_uri") or said.get("verification_url")
    if not all(isinstance(each, str) and each for each in (said.get("user_code"), address, said.get("device_code"))):
        raise MailboxUnreachable(f"{_who(app)}: the login server answers with something that is no device code.")
    return DeviceCode(said["user_code"], address, said["device_code"], _number(said, "expires_in", 900), _number(said, "interval", 5))


def wait_for_device(
    app: Registration, secret: str, code: DeviceCode, now: Callable[[], datetime], sleep: Callable[[float], None]
) -> Token:
    """Ask until the person has agreed, as often as the server allows.

    Raises:
        LoginRefused: he declined, or the time is over.
        MailboxUnreachable: the login server is gone.
    """
    interval, ends = code.interval, now() + timedelta(seconds=code.seconds)
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": code.device_code}
    while now() < ends:
        sleep(interval)
        try:
            return _lasting(app, ask(app.token_url, _form(app, form, secret), _who(app)), now())
        except MailboxUnreachable as gone:
            # The person may still be typing: ask less often, as long as the code is good (RFC 8628 §3.5).
            interval *= 2
            if now() + timedelta(seconds=interval) >= ends:
                raise gone from None
        except Denied as denied:
            if denied.code == "slow_down":
                interval = max(denied.interval, interval + 5)
            elif denied.code != "authorization_pending":
                raise refusal(app, denied) from None
    raise refusal(app, Denied("expired_token"))


# ── later, and without a person ─────────────────────────────────────────────────────────────────────────────────


def refresh(app: Registration, secret: str, old: Token, now: datetime) -> Token:
    """The next access token (RFC 6749 §6). Servers that change the refresh token send the new one along.

    Raises:
        Denied: ``invalid_grant``: only a person can help.
        LoginRefused, MailboxUnreachable: as everywhere.
    """
    form = {"grant_type": "refresh_token", "refresh_token": old.refresh_token}
    try:
        said = ask(app.token_url, _form(app, form, secret), _who(app))
    except Denied as denied:
        if denied.code in ("invalid_grant", "interaction_required", "consent_required", "login_required"):
            raise
        raise refusal(app, denied) from None
    return _token(app, said, now, old)


def application_token(app: Registration, secret: str, now: datetime) -> Token:
    """A token for the app itself, which the company's administrator has let in (RFC 6749 §4.4)."""
    form = {"grant_type": "client_credentials", "scope": " ".join(app.scopes)}
    return _token(app, _ask(app, app.token_url, form, secret), now)


def service_account_token(app: Registration, key: Mapping[str, Any], now: datetime) -> Token:
    """A token for a Google service account that acts for the mailbox's owner (RFC 7523, domain-wide delegation).

    Args:
        key: the JSON file that Google hands out: ``client_email``, ``private_key``, ``private_key_id``.
    """
    try:
        from google.auth import crypt, jwt
    except ImportError:
        raise LoginRefused(f"{_who(app)}: a service account needs its own package; run: pip install 'mailagent[oauth]'") from None
    issued = int(now.timestamp())
    claims = {
        "iss": key.get("client_email"),
        "sub": app.address,
        "scope": " ".join(app.scopes),
        "aud": app.token_url,
        "iat": issued,
        "exp": issued + ASSERTION_SECONDS,
    }
    try:
        assertion = jwt.encode(crypt.RSASigner.from_service_account_info(dict(key)), claims).decode()
    except (ValueError, TypeError, KeyError):
        # What the library says may hold a part of the key.
        raise no_key(app) from None
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    return _token(app, _ask(app, app.token_url, form, "", client=False), now)


# ── what they share ─────────────────────────────────────────────────────────────────────────────────────────────


def refusal(app: Registration, denied: Denied) -> LoginRefused:
    """What a person is told when the login server says no."""
    if denied.code == "access_denied":
        advice = "the consent was declined"
    elif denied.code in ("expired_token", "code_expired"):
        advice = "nobody typed the code in time"
    elif denied.code in ("invalid_client", "unauthorized_client", "invalid_request"):
        advice = "the app is not accepted; check oauth_client_id, its secret in .env and its settings at the provider"
    elif denied.code == "invalid_scope":
        advice = "the app may not ask for this; check its permissions at the provider"
    elif app.by_person:
        advice = f"run: mailagent auth {app.mailbox}"
    else:
        advice = "check what the provider's administrator allows the app"
    return LoginRefused(f"{_who(app)}: the login server refused ({denied}): {advice}.")


def no_key(app: Registration) -> LoginRefused:
    """What a person is told when a service account's file is none. Nothing of the file is in it."""
    return LoginRefused(f"{_who(app)}: the service account's file holds no key; download it again from Google.")


def _ask(app: Registration, url: str, form: Mapping[str, str], secret: str, client: bool = True) -> dict[str, Any]:
    try:
        return ask(url, _form(app, form, secret) if client else form, _who(app))
    except Denied as denied:
        raise refusal(app, denied) from None


def _form(app: Registration, form: Mapping[str, str], secret: str) -> dict[str, str]:
    return {**form, "client_id": app.client_id, **({"client_secret": secret} if secret else {})}


def _lasting(app: Registration, said: Mapping[str, Any], now: datetime) -> Token:
    """A token out of a person's consent: all that we need, and for longer than an hour."""
    given = said.get("scope")
    if isinstance(given, str) and given.strip():
        # Microsoft's hosts have several names for the same permission: its last word counts.
        had = {_last_word(scope) for scope in given.split()} | SILENT_SCOPES
        lacking = [scope for scope in app.scopes if _last_word(scope) not in had]
        if lacking:
            raise LoginRefused(
                f"{_who(app)}: not everything was allowed (missing: {', '.join(lacking)}); "
                f"run: mailagent auth {app.mailbox}, and tick all boxes."
            )
    token = _token(app, said, now)
    if not token.refresh_token:
        raise LoginRefused(
            f"{_who(app)}: the login server gave no lasting permission; "
            "take mailagent out of the account's list of apps, and agree again."
        )
    return token


def _last_word(scope: str) -> str:
    """``https://outlook.office.com/SMTP.Send`` → ``smtp.send``."""
    return scope.casefold().rstrip("/").rpartition("/")[2]


def _token(app: Registration, said: Mapping[str, Any], now: datetime, old: Token | None = None) -> Token:
    access, renewed = said.get("access_token"), said.get("refresh_token")
    kind = str(said.get("token_type") or "Bearer")
    if not isinstance(access, str) or not access or not access.isascii() or kind.casefold() != "bearer":
        raise MailboxUnreachable(f"{_who(app)}: the login server answers with something that is no token; check the oauth addresses.")
    ends = _number(said, "refresh_token_expires_in", 0)
    keeps = old is not None and not isinstance(renewed, str)
    return Token(
        client_of(app),
        access,
        now + timedelta(seconds=_number(said, "expires_in", USUAL_LIFE)),
        now,
        renewed if isinstance(renewed, str) else old.refresh_token if old else "",
        now + timedelta(seconds=ends) if ends else old.login_ends_at if old and keeps else None,
    )


def _number(said: Mapping[str, Any], name: str, usual: float) -> float:
    """A number of seconds, within reason; some servers write it as text."""
    try:
        number = float(said.get(name) or usual)
    except (TypeError, ValueError):
        return usual
    return min(number, 400 * 86_400.0) if number > 0 else usual


def _who(app: Registration) -> str:
    return f"mailbox {app.mailbox}"


def read_service_account(text: str) -> dict[str, Any]:
    """A service account's file. Raises ``ValueError`` when it is something else."""
    key = json.loads(text)
    if not isinstance(key, dict) or not all(isinstance(key.get(name), str) for name in ("client_email", "private_key")):
        raise ValueError("not the key of a service account")
    return key
