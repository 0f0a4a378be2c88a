"""Real servers for the wire: Dovecot and Postfix, once for all tests, each test with users of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dovecot import PASSWORD, Dovecot
from oauth_server import CLIENT, SCOPE, OAuthServer
from postfix import Postfix
from reading import Reading, letter
from scripted import Quirks, Scripted

from mailagent.core.model.login import registration
from mailagent.core.model.policy import Mailbox, Provider
from mailagent.core.model.refusal import Bounces
from mailagent.oauth import grants
from mailagent.oauth.cache import Token, TokenCache
from mailagent.oauth.tokens import MailboxTokens

KNOWN_USERS = ("sales@acme.example", "li.wei@acme.example", "boss@acme.example")
KNOWN_USERS += ("buyer@cust.example", "other@cust.example", "many@cust.example")
# Dovecot reads its list of users once a while only, so all of them are there from the start; each test takes the next one.
OURS = [f"user{number}@acme.example" for number in range(1, 301)]
BUYERS = [f"buyer{number}@cust.example" for number in range(1, 301)]
_ours, _buyers = iter(OURS), iter(BUYERS)


def _missing(what: str) -> None:
    """In CI a missing server is a failure; on a developer's machine the tests are skipped and say why."""
    message = f"{what} is not here: apt-get install dovecot-imapd dovecot-lmtpd postfix"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def providers() -> dict[str, Provider]:
    """The shipped providers."""
    text = (Path(__file__).parents[2] / "config" / "providers.toml").read_text("utf-8")
    return {name: Provider(**row) for name, row in tomllib.loads(text).items()}


@pytest.fixture(scope="session")
def bounces() -> Bounces:
    """What the shipped rules say of servers' refusals."""
    return Bounces(**tomllib.loads((Path(__file__).parents[2] / "config" / "bounces.toml").read_text("utf-8")))


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    if not shutil.which("dovecot"):
        _missing("Dovecot")
    version = subprocess.run(["dovecot", "--version"], capture_output=True, text=True).stdout
    if not version.startswith("2.3."):
        _missing(f"Dovecot 2.3 (this one is {version.split()[0]}, whose configuration has another syntax)")
    server = Dovecot([*KNOWN_USERS, *OURS, *BUYERS])
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postfix(dovecot: Dovecot) -> Iterator[Postfix]:
    if not shutil.which("postfix"):
        _missing("Postfix")
    if os.geteuid() != 0:
        _missing("Root, whom Postfix needs,")
    server = Postfix(dovecot)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    """The address of somebody of ours with an empty mailbox."""
    return next(_ours)


@pytest.fixture
def buyer(dovecot: Dovecot) -> str:
    """The address of a buyer with an empty mailbox."""
    return next(_buyers)


@pytest.fixture
def settings(dovecot: Dovecot, request: pytest.FixtureRequest):
    """Makes the settings of a mailbox on the test servers; any of them can be said otherwise."""

    def make(address: str, **other) -> Mailbox:
        values = {
            "name": "sales",
            "address": address,
            "imap_host": "127.0.0.1",
            "imap_port": dovecot.imap,
            "imap_security": "none",
            "smtp_host": "127.0.0.1",
            "smtp_security": "none",
            "tls_ca_file": dovecot.certificate,
            "timeout_seconds": 60,
        }
        if "postfix" in request.fixturenames:
            values["smtp_port"] = request.getfixturevalue("postfix").smtp
        return Mailbox(**(values | other))

    return make


@pytest.fixture
def password() -> str:
    """Everybody's password."""
    return PASSWORD


# ── logging in by token ─────────────────────────────────────────────────────────────────────────────────────────


TOKEN_USER = "sales@acme.example"


@pytest.fixture(scope="session")
def login_server_of_all() -> Iterator[OAuthServer]:
    server = OAuthServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def login_server(login_server_of_all: OAuthServer) -> OAuthServer:
    """The login server as it was built: nobody agreed to anything."""
    login_server_of_all.reset()
    return login_server_of_all


@pytest.fixture
def account(login_server):
    """Makes the settings of a mailbox that logs in by token; any of them can be said otherwise."""

    def make(**other) -> Mailbox:
        values = {"name": "sales", "address": TOKEN_USER, "auth": "oauth2", "oauth_client_id": CLIENT}
        values |= {"oauth_scopes": tuple(SCOPE.split())}
        values |= {"oauth_authorise_url": f"{login_server.url}/authorise", "oauth_token_url": f"{login_server.url}/token"}
        values |= {"oauth_device_url": f"{login_server.url}/device"}
        values |= {"imap_host": "127.0.0.1", "imap_security": "none", "smtp_host": "127.0.0.1", "smtp_security": "none"}
        return Mailbox(**(values | {"timeout_seconds": 60} | other))

    return make


@pytest.fixture
def tokens(tmp_path, login_server, account):
    """Makes a source of tokens; with ``life`` seconds somebody agreed just now and his first token lives that long."""

    def make(life: float | None = 3600, now=lambda: datetime.now(UTC), secret="", service_account=dict, **other) -> MailboxTokens:
        app = registration(account(**other), {})
        source = MailboxTokens(lambda: app, TokenCache(tmp_path / "tokens" / "sales.json", "mailbox sales"), now, secret, service_account)
        if life is not None:
            ends = now() + timedelta(seconds=life)
            source.keep(Token(grants.client_of(app), login_server.grant(TOKEN_USER, life), ends, now(), login_server.lasting(TOKEN_USER)))
        return source

    return make


@pytest.fixture
def play(tmp_path):
    """Begins a server with so many mails and these quirks, and somebody who reads it."""
    made = []

    def begin(mails: int = 9, mailbox: dict | None = None, **quirks) -> Reading:
        server = Scripted(Quirks(**quirks))
        server.__enter__()
        for number in range(1, mails + 1):
            server.inbox.add(letter(number))
        reading = Reading(server, tmp_path, **(mailbox or {}))
        made.append((server, reading))
        return reading

    yield begin
    for server, reading in made:
        server.__exit__()
        reading.office.ledger.close()
