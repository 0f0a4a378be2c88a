"""The life of a token: kept, renewed in time and once only, ended, and got without a person."""

from __future__ import annotations

import json
import multiprocessing
import stat
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from door import own_port
from oauth_server import APP, APP_SECRET
from patience import PATIENCE

from mailagent.core.model.login import registration
from mailagent.core.model.policy import Mailbox, Provider
from mailagent.errors import LoginRefused, MailboxUnreachable
from mailagent.oauth import grants
from mailagent.oauth.cache import Token, TokenCache
from mailagent.oauth.codes import code_trouble
from mailagent.oauth.tokens import MailboxTokens

pytestmark = pytest.mark.wire

USER, OTHER = "sales@acme.example", "other@acme.example"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


# ── the life of a token ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("left", "asked"), [(301, 0), (299, 1), (-5, 1)])
def test_a_token_is_renewed_five_minutes_before_its_end(tokens, login_server, left, asked):
    now = NOW
    source = tokens(life=3600, now=lambda: now)
    first = source.token()
    now = NOW + timedelta(seconds=3600 - left)
    assert (source.token() != first) == bool(asked)
    assert len(login_server.asked) == asked


def test_very_short_tokens_are_not_renewed_every_time(tokens, login_server):
    login_server.life = 60
    source = tokens(life=0)
    assert source.token() == source.token()
    assert len(login_server.asked) == 1


def test_a_changed_refresh_token_is_kept_and_an_unchanged_one_too(tokens, login_server):
    source = tokens(life=0)
    first = source.cache.read().refresh_token
    source.token()
    second = source.cache.read().refresh_token
    assert second != first
    login_server.rotates = False
    source.token(refused=source.token())
    assert source.cache.read().refresh_token == second
    assert login_server.faults == []


def test_the_file_is_for_its_owner_only(tokens):
    source = tokens()
    path = source.cache.path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert source.cache.read().access_token not in repr(source) + repr(source.cache.read())
    path.chmod(0o640)
    with pytest.raises(LoginRefused, match=f"other users of this computer can read .*chmod 600 {path}"):
        source.token()
    assert "chmod 600" in source.trouble()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"client": 1}', '{"client": "a", "access_token": "b", "expires_at": 7}'])
def test_a_file_that_is_none_of_ours_is_no_token(tokens, text):
    source = tokens()
    source.cache.path.write_text(text)
    with pytest.raises(LoginRefused, match="nobody has logged in yet; run: mailagent auth sales"):
        source.token()


def test_a_token_is_shown_to_nobody_else(tokens, login_server):
    """Another app, another account, another login server: its tokens are not for them."""
    tokens()
    for other in ({"oauth_client_id": "another"}, {"address": OTHER}, {"oauth_token_url": f"http://127.0.0.1:{own_port()}/token"}):
        with pytest.raises(LoginRefused, match="nobody has logged in yet"):
            tokens(life=None, **other).token()
    assert login_server.asked == []


def test_a_folder_that_cannot_be_written_loses_no_login(tokens, login_server, monkeypatch, caplog):
    source = tokens(life=0)

    def full(_token):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(source.cache, "write", full)
    caplog.set_level("ERROR", "mailagent")
    token = source.token()
    assert login_server.owner(token) == USER
    assert "No space left" in caplog.text and token not in caplog.text
    assert "cannot be written" in source.trouble()
    # The first refresh token is void by now: only the one in memory can go on.
    monkeypatch.undo()
    assert login_server.owner(source.token(refused=token)) == USER
    assert source.cache.read().access_token != token and source.trouble() == ""


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"oauth_token_url": "http://127.0.0.1:1/token"}, "the login server 127.0.0.1 gives no answer"),
        ({"oauth_token_url": "https://login.nowhere.invalid/token"}, "login.nowhere.invalid gives no answer"),
    ],
)
def test_a_login_server_that_is_not_there(account, tmp_path, other, says):
    app = registration(account(**other), {})
    source = MailboxTokens(lambda: app, TokenCache(tmp_path / "sales.json", "mailbox sales"), lambda: NOW)
    source.keep(Token(grants.client_of(app), "a", NOW, NOW, "r"))
    with pytest.raises(MailboxUnreachable, match=says):
        source.token()
    assert source.trouble() == ""


@pytest.mark.parametrize("page", ["nowhere", "introspect"])
def test_an_answer_that_is_no_token(login_server, account, page):
    app = registration(account(oauth_token_url=f"{login_server.url}/{page}"), {})
    with pytest.raises(MailboxUnreachable, match="something that is no token.*check the oauth addresses"):
        grants.refresh(app, "", Token("", "", NOW, NOW, "r"), NOW)


@pytest.mark.parametrize(
    ("life", "days", "passed", "warns"),
    [(7 * 86_400, 0, 4, False), (7 * 86_400, 0, 5.5, True), (0, 90, 80, False), (0, 90, 82, True), (0, 0, 1000, False)],
)
def test_a_login_that_ends_is_told_before(tokens, login_server, account, life, days, passed, warns):
    """What the server said counts (Google's week for apps in testing), else what the provider is known for (90 days idle)."""
    now = NOW
    source = tokens(life=None, now=lambda: now)
    app = replace(source.registration(), login_days=days)
    source.registration = lambda: app
    ends = NOW + timedelta(seconds=life) if life else None
    source.keep(Token(grants.client_of(app), "a", NOW + timedelta(hours=1), NOW, "r", ends))
    now = NOW + timedelta(days=passed)
    assert bool(source.trouble()) == warns
    assert not warns or "its login ends on 2026-0" in source.trouble()


def test_an_authorisation_code_is_told_of_before_it_ends(tmp_path):
    path = tmp_path / "tokens" / "sales.code"

    def after(days: float, code: str = "ABCDEFGH") -> str:
        return code_trouble(path, "sales", code, 180, NOW + timedelta(days=days))

    assert after(0) == "" and after(165) == ""
    assert after(167).startswith("mailbox sales: its authorisation code is in use since 2026-03-02, and ends after about 180 days")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and "ABCDEFGH" not in path.read_text()
    # A new code begins anew.
    assert after(168, "IJKLMNOP") == "" and after(333, "IJKLMNOP") == "" and after(335, "IJKLMNOP")
    for broken in ("", "[]", '{"since": "2020-01-01", "salt": "", "mark": ""}'):
        path.write_text(broken)
        assert after(400) == ""


# ── at once ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_threads_renew_once(tokens, login_server):
    login_server.slow = 0.2
    source = tokens(life=0)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(source.token())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and len(set(found)) == 1
    assert login_server.grants == ["refresh_token"]


def _renew(mailbox: Mailbox, path, found) -> None:
    app = registration(mailbox, {})
    found.put(MailboxTokens(lambda: app, TokenCache(path, "mailbox sales"), lambda: datetime.now(UTC)).token())


def test_processes_renew_once(tokens, login_server, account):
    login_server.slow = 0.3
    source = tokens(life=0)
    spawn = multiprocessing.get_context("spawn")
    found = spawn.Queue()
    processes = [spawn.Process(target=_renew, args=(account(), source.cache.path, found)) for _ in range(2)]
    for process in processes:
        process.start()
    assert len({found.get(timeout=PATIENCE) for _ in processes}) == 1
    for process in processes:
        process.join(PATIENCE)
    assert login_server.grants == ["refresh_token"] and login_server.faults == []


def test_somebody_who_holds_the_lock_for_long(tokens):
    source = tokens(life=0)
    with source.cache.locked(), pytest.raises(MailboxUnreachable, match="another mailagent has been fetching"), source.cache.locked(0.1):
        pass


# ── without a person ────────────────────────────────────────────────────────────────────────────────────────────


def test_an_app_of_the_company(tokens, login_server):
    login_server.person = USER
    source = tokens(life=None, secret=APP_SECRET, oauth_flow="application", oauth_client_id=APP)
    assert login_server.owner(source.token()) == USER
    assert source.token() == source.token() and login_server.grants == ["client_credentials"]
    assert source.trouble() == "" and not json.loads(source.cache.path.read_text())["refresh_token"]
    wrong = tokens(life=None, secret="not it", oauth_flow="application", oauth_client_id=APP)
    with pytest.raises(LoginRefused, match="AADSTS7000215: Invalid client secret.*check oauth_client_id, its secret in .env") as caught:
        wrong.token(refused=source.token())
    assert "not it" not in str(caught.value)


@pytest.fixture(scope="module")
def key_pair() -> tuple[str, bytes]:
    """A service account's private key, and the public half for the login server."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private.decode(), key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def test_a_service_account_acts_for_the_mailbox(tokens, login_server, key_pair):
    private, login_server.public_key = key_pair
    key = {"client_email": "agent@project.example", "private_key": private, "private_key_id": "7"}
    given = {"oauth_flow": "service_account", "oauth_client_id": ""}
    source = tokens(life=None, service_account=lambda: key, **given)
    assert login_server.owner(source.token()) == USER
    with pytest.raises(LoginRefused, match="unauthorized_client"):
        tokens(life=None, service_account=lambda: key | {"client_email": "other@project.example"}, **given).token(source.token())
    with pytest.raises(LoginRefused, match="holds no key") as caught:
        tokens(life=None, service_account=lambda: key | {"private_key": private[:400]}, **given).token(source.token())
    assert private[100:140] not in str(caught.value)


def test_the_missing_package_is_named(tokens, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "google.auth", None)
    with pytest.raises(LoginRefused, match=r"pip install 'mailagent\[oauth\]'"):
        tokens(life=None, service_account=lambda: {"client_email": "a"}, oauth_flow="service_account", oauth_client_id="").token()


def test_rows_say_what_is_missing(account):
    row = {"m": Provider(title="M", oauth_flows=("browser", "application"), oauth_tenant="common", oauth_token_url="https://l.example/{tenant}")}
    with pytest.raises(Exception, match="oauth_flow.*device.*is not offered by m") as caught:
        registration(Mailbox(name="a", address=USER, provider="m", oauth_flow="device"), row)
    assert "oauth_client_id" in str(caught.value) and "oauth_device_url" in str(caught.value)
    with pytest.raises(Exception, match="oauth_tenant: is missing"):
        registration(Mailbox(name="a", address=USER, provider="m", oauth_flow="application", oauth_client_id="x"), row)
    for address in ("http://login.example/token", "https://u:p@l.example/t", "ftp://l.example", "https://["):
        with pytest.raises(Exception, match="oauth_token_url: is not an https address"):
            registration(account(oauth_token_url=address), {})
    given = {"oauth_flow": "application", "oauth_client_id": "x", "oauth_tenant": "acme.example"}
    assert registration(Mailbox(name="a", address=USER, provider="m", **given), row).token_url == "https://l.example/acme.example"
