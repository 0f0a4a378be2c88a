"""How a mailbox logs in: by a password or by a token, with which app, and what is said to the server.

Pure: the tokens are fetched in ``oauth/``, the words travel in ``mailbox/`` and ``delivery/``, which all ask here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from mailagent.core.model.endpoint import Endpoint, is_this_machine
from mailagent.core.model.policy import Mailbox, Provider
from mailagent.errors import ConfigError, Problem

#: Directories that stand for anybody's; an app without a person needs the company's own.
ANYBODYS_TENANTS = frozenset(("common", "organizations", "consumers"))
#: How a token is shown to a mail server, the better known way first (RFC 7628; XOAUTH2 is Google's, and everybody's).
MECHANISMS = ("XOAUTH2", "OAUTHBEARER")


class TokenSource(Protocol):
    """Where a mailbox's access tokens come from."""

    def token(self, refused: str = "") -> str:
        """A token that is good for some minutes at least.

        Args:
            refused: a token that the server did not take; another one is fetched.

        Raises:
            LoginRefused: there is none, and a person must look.
            MailboxUnreachable: there is none at the moment.
        """
        ...


#: What opens a mailbox: its password, or a source of tokens.
Secret = str | TokenSource


@dataclass(frozen=True)
class Registration:
    """The company's app at its provider, and what a login through it needs (RFC 6749 §2).

    Attributes:
        flow: browser, device, application or service_account; see ``Provider``.
        login_days: a login that rests for so many days ends; 0: unknown.
    """

    mailbox: str
    address: str
    flow: str
    client_id: str
    authorise_url: str
    token_url: str
    device_url: str
    scopes: tuple[str, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    redirect_host: str = "127.0.0.1"
    needs_secret: bool = False
    login_days: int = 0

    @property
    def by_person(self) -> bool:
        """Whether somebody must agree once (``mailagent auth``); otherwise the app itself is known to the provider."""
        return self.flow in ("browser", "device")


def way_in(mailbox: Mailbox, providers: Mapping[str, Provider]) -> str:
    """``password``, ``authorisation_code`` or ``oauth2``."""
    row = providers.get(mailbox.provider)
    return mailbox.auth or (row.auth if row else "password")


def registration(mailbox: Mailbox, providers: Mapping[str, Provider], flow: str = "") -> Registration:
    """The app with which a mailbox gets its tokens.

    Args:
        flow: instead of the mailbox's own.

    Raises:
        ConfigError: every mistake, with its key.
    """
    row = providers.get(mailbox.provider) or Provider(title=mailbox.provider)
    problems: list[Problem] = []

    def wrong(key: str, message: str) -> None:
        problems.append(Problem("mailagent.toml", f"mailbox.{mailbox.name}.{key}", message))

    flow = flow or mailbox.oauth_flow or (row.oauth_flows or ("browser",))[0]
    if row.oauth_flows and flow not in row.oauth_flows:
        wrong("oauth_flow", f'"{flow}" is not offered by {mailbox.provider}; there are: {", ".join(row.oauth_flows)}')
    tenant = mailbox.oauth_tenant or row.oauth_tenant
    if tenant and not re.fullmatch(r"[A-Za-z0-9.-]{1,100}", tenant):
        wrong("oauth_tenant", "is not a directory; write its domain or its id")
    elif flow == "application" and tenant in ANYBODYS_TENANTS:
        wrong("oauth_tenant", "is missing; an app that logs in by itself needs the company's own directory")
    addresses = {
        name: (getattr(mailbox, name) or getattr(row, name)).replace("{tenant}", tenant)
        for name in ("oauth_authorise_url", "oauth_token_url", "oauth_device_url")
    }
    needed = {"browser": ("oauth_authorise_url", "oauth_token_url"), "device": ("oauth_device_url", "oauth_token_url")}
    for name in needed.get(flow, ("oauth_token_url",)):
        if not _is_safe(addresses[name]):
            what = "is not an https address" if addresses[name] else "is missing; the provider's row knows none"
            wrong(name, what)
    if flow != "service_account" and not mailbox.oauth_client_id:
        wrong("oauth_client_id", "is missing; docs/providers.md says how to register an app and where it shows its id")
    scopes = mailbox.oauth_scopes or (row.oauth_scopes if flow in ("browser", "device") else row.oauth_app_scopes)
    if problems:
        raise ConfigError(problems)
    return Registration(
        mailbox.name,
        mailbox.username,
        flow,
        mailbox.oauth_client_id,
        addresses["oauth_authorise_url"],
        addresses["oauth_token_url"],
        addresses["oauth_device_url"],
        scopes,
        row.oauth_parameters,
        row.oauth_redirect_host,
        row.oauth_needs_secret and flow == "browser",
        row.login_days,
    )


def token_mechanism(offered: Collection[str]) -> str:
    """By which of the server's mechanisms a token is shown; "" if it knows none."""
    return next((name for name in MECHANISMS if name in offered), "")


def token_words(mechanism: str, user: str, token: str, server: Endpoint) -> str:
    """The first answer of XOAUTH2 and OAUTHBEARER (RFC 7628 §3.1), before base64.

    Raises:
        ValueError: the login holds a character that could end a field.
    """
    if re.search(r"[\x00-\x1f\x7f]", user + token):
        raise ValueError("a control character in the login")
    if mechanism == "XOAUTH2":
        return f"user={user}\x01auth=Bearer {token}\x01\x01"
    name = user.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\x01host={server.host}\x01port={server.port}\x01auth=Bearer {token}\x01\x01"


def token_farewell(mechanism: str) -> str:
    """What the server wants to hear after it has explained why it refuses; only then it says NO (RFC 7628 §3.2.3)."""
    return "" if mechanism == "XOAUTH2" else "\x01"


def _is_safe(address: str) -> bool:
    """Whether secrets may be sent there: https, or this very machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if not parts.hostname or parts.username or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(parts.hostname))
