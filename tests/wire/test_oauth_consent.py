"""``mailagent auth``: a person agrees, in a browser, by pasting or on another device; and everything that can go wrong with that."""

from __future__ import annotations

import os
import socket
import threading
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from click.testing import CliRunner
from dovecot import Dovecot
from oauth_server import APP, APP_SECRET, CLIENT, SCOPE
from oauth_smtp import TokenSmtp
from patience import PATIENCE

from mailagent.cli import main
from mailagent.core.model import events
from mailagent.ledger import journal
from mailagent.oauth.cache import TokenCache
from mailagent.oauth.loopback import Loopback, read_answer
from mailagent.office import open_office

pytestmark = [pytest.mark.wire, pytest.mark.filterwarnings("ignore:Requiring AUTH")]

USER, OTHER = "sales@acme.example", "other@acme.example"
KEY = "0f" * 32


@pytest.fixture(scope="module")
def token_dovecot(dovecot, login_server_of_all) -> Iterator[Dovecot]:
    server = Dovecot([USER, OTHER], login_server_of_all.url, "xoauth2 oauthbearer")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def way_out(login_server) -> Iterator[TokenSmtp]:
    server = TokenSmtp(login_server)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def home(tmp_path, login_server, token_dovecot, way_out) -> Path:
    """A company whose one mailbox logs in by token."""
    mailbox = {
        "name": "sales",
        "address": USER,
        "auth": "oauth2",
        "oauth_client_id": CLIENT,
        "oauth_authorise_url": f"{login_server.url}/authorise",
        "oauth_token_url": f"{login_server.url}/token",
        "oauth_device_url": f"{login_server.url}/device",
        "imap_host": "127.0.0.1",
        "imap_port": token_dovecot.imap,
        "imap_security": "none",
        "smtp_host": "127.0.0.1",
        "smtp_port": way_out.port,
        "smtp_security": "none",
    }
    lines = [f"{name} = {value if isinstance(value, int) else f'{value!r}'}" for name, value in mailbox.items()]
    lines.append(f"oauth_scopes = {SCOPE.split()}")
    text = "[company]\nlegal_name = 'Acme'\npostal_address = 'x'\ndomains = ['acme.example']\n"
    text += "[[person]]\nname = 'Lin Mei'\nemail = 'lin@acme.example'\nrole = 'manager'\n[[mailbox]]\n" + "\n".join(lines) + "\n"
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mailagent.toml").write_text(text)
    keys = {name: KEY for name in ("MAILAGENT_MESSAGE_ID_KEY", "MAILAGENT_SUPPRESSION_KEY", "MAILAGENT_DESK_SECRET")}
    keys["MAILAGENT_UNSUBSCRIBE_KEYS"] = f"1:{KEY}"
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in keys.items()))
    (tmp_path / ".env").chmod(0o600)
    return tmp_path


def change(home: Path, old: str, new: str) -> None:
    path = home / "config" / "mailagent.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def run(home: Path, *words: str, typed: str = "", lang: str = "en"):
    return CliRunner().invoke(main, ["--home", str(home), "--lang", lang, *words], input=typed, catch_exceptions=False)


@pytest.fixture
def browser(monkeypatch) -> list[str]:
    """A person's browser: it follows every redirect, to the login server and back to us. Keeps the pages that it ended at."""
    pages: list[str] = []

    def visit(url: str) -> bool:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=PATIENCE) as page:
            pages.append(page.read().decode())
        return True

    monkeypatch.setattr(webbrowser, "open", visit)
    return pages


def kept(home: Path):
    return TokenCache(home / "tokens" / "sales.json", "mailbox sales").read()


def test_a_person_agrees_in_his_browser(home, browser, login_server, way_out):
    login_server.person = USER
    done = run(home, "auth")
    assert done.exit_code == 0, done.output
    assert login_server.owner(kept(home).access_token) == USER
    assert login_server.grants == ["authorization_code"]
    # Both ways were tried for real.
    assert "reading sales@acme.example: login works" in done.output and "sending from sales@acme.example: login works" in done.output
    assert way_out.talk and not way_out.letters
    assert "You can close this window" in browser[0]
    for secret in (kept(home).access_token, kept(home).refresh_token):
        assert secret not in done.output
    assert run(home, "check").exit_code == 0


def test_he_is_told_that_sending_is_paused(home, browser, login_server):
    """A login that was refused has stopped the letters; only a person lets them go on."""
    login_server.person = USER
    assert "paused" not in run(home, "auth").output
    with open_office(home).ledger.transaction() as db:
        journal.record(db, [events.SendingPaused("sales", "account_problem")], now=datetime.now(UTC))
    assert "mailagent resume --account sales" in run(home, "auth").output


def test_he_who_declines_is_told_so(home, browser, login_server):
    done = run(home, "auth", "sales")
    assert done.exit_code == 1 and "access_denied" in done.output and "the consent was declined" in done.output
    assert "You did not agree" in browser[0]
    assert kept(home) is None and login_server.asked == []


def test_the_wrong_account_shows_at_once(home, browser, login_server):
    login_server.person = OTHER
    done = run(home, "auth", "sales")
    assert done.exit_code == 1
    assert 'refused the token of "sales@acme.example"' in done.output and "Agree as the right account" in done.output


def test_half_a_consent_is_none(home, browser, login_server):
    login_server.person, login_server.scope = USER, "mail.read"
    done = run(home, "auth")
    assert done.exit_code == 1 and "not everything was allowed (missing: mail.send)" in done.output and kept(home) is None


def test_nobody_agrees_in_time(home, monkeypatch, login_server):
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    monkeypatch.setattr("mailagent.commands.auth.SECONDS_A_MINUTE", 0.005)
    done = run(home, "auth", "--minutes", "1")
    assert done.exit_code == 1 and "Nobody agreed within 1 minutes" in done.output
    assert login_server.url + "/authorise" in done.output


def test_no_browser_on_this_computer(home, login_server, monkeypatch):
    """Over SSH: the address is printed, and the one that the far browser ends at is pasted."""
    login_server.person = USER
    seen: list[str] = []

    def person(question, value_proc, **_options):
        [url] = [line for line in seen if line.startswith(login_server.url)]
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        with pytest.raises(Exception, match="not the answer to our question"):
            value_proc("http://127.0.0.1:1/?code=abc&state=another")
        with pytest.raises(Exception, match="there is no code"):
            value_proc(f"http://127.0.0.1:1/?{urlencode({'state': query['state']})}")
        return value_proc(f"  {login_server.authorise(query)}\n")

    echo = __import__("click").echo
    monkeypatch.setattr("click.echo", lambda text="", **more: (seen.append(str(text)), echo(text, **more)))
    monkeypatch.setattr("click.prompt", person)
    done = run(home, "auth", "--no-browser")
    assert done.exit_code == 0, done.output
    assert login_server.owner(kept(home).access_token) == USER


def test_a_code_on_another_device(home, login_server, monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr("mailagent.commands.auth.sleep", waited.append)
    login_server.person, login_server.pending = USER, 3
    done = run(home, "auth", "--device")
    assert done.exit_code == 0, done.output
    assert "ABCD-EFGH" in done.output and login_server.url in done.output
    # Asked to slow down, we add five seconds to every further wait (RFC 8628 §3.5).
    assert waited == [1, 1, 6, 6]


def test_a_login_server_that_is_away_for_a_moment(home, login_server, monkeypatch):
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        login_server.down = len(waited) == 1

    monkeypatch.setattr("mailagent.commands.auth.sleep", sleep)
    login_server.person = USER
    assert run(home, "auth", "--device").exit_code == 0
    assert waited == [1, 2]


def test_a_login_server_that_stays_away(home, login_server, monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr("mailagent.commands.auth.sleep", lambda seconds: (waited.append(seconds), setattr(login_server, "down", True)))
    done = run(home, "auth", "--device")
    assert done.exit_code == 1 and "no time at the moment" in done.output and 3 < len(waited) < 12


def test_a_device_that_nobody_uses(home, login_server, monkeypatch):
    monkeypatch.setattr("mailagent.commands.auth.sleep", lambda seconds: None)
    done = run(home, "auth", "--device")
    assert done.exit_code == 1 and "the consent was declined" in done.output


def test_an_app_needs_nobody(home, login_server):
    change(home, CLIENT, APP)
    change(home, "auth = 'oauth2'", "auth = 'oauth2'\noauth_flow = 'application'\noauth_tenant = 'acme.example'")
    missing = run(home, "auth")
    assert missing.exit_code == 1 and ".env: MAILAGENT_SALES_OAUTH_SECRET: is missing" in missing.output
    (home / ".env").write_text((home / ".env").read_text() + f'MAILAGENT_SALES_OAUTH_SECRET="{APP_SECRET}"\n')
    login_server.person = USER
    done = run(home, "auth")
    assert done.exit_code == 0 and "nobody has to agree" in done.output and APP_SECRET not in done.output
    assert login_server.grants == ["client_credentials"]


def test_the_port_is_taken(home, login_server):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        change(home, "auth = 'oauth2'", f"auth = 'oauth2'\noauth_port = {port}")
        done = run(home, "auth")
    assert done.exit_code == 1 and f"port {port} of this computer cannot be used" in done.output


@pytest.mark.parametrize(
    ("words", "says"),
    [(("auth", "nobody"), "There is no mailbox nobody; there are: sales"), (("auth", "sales@acme.example"), "logs in by password")],
)
def test_which_mailbox_is_meant(home, words, says):
    if "password" in says:
        change(home, "auth = 'oauth2'", "auth = 'password'")
        assert "No mailbox logs in by token" in run(home, "auth").output
    done = run(home, *words)
    assert done.exit_code == 1 and says in done.output


def test_a_provider_that_takes_no_tokens_is_named_with_what_it_takes(home):
    change(home, "auth = 'oauth2'", "provider = '163'")
    done = run(home, "auth", "sales")
    assert done.exit_code == 1 and "logs in by a code" in done.output and "授权码" in done.output
    assert 'auth = "oauth2"' not in done.output


def test_check_and_doctor_and_status_tell_before_the_login_ends(home, browser, login_server):
    for command in ("check", "doctor", "status"):
        told = run(home, command).output
        assert "nobody has logged in yet; run: mailagent auth sales" in " ".join(told.split()), command
    login_server.person, login_server.refresh_life = USER, 86_400
    run(home, "auth")
    for command in ("check", "doctor", "status"):
        assert "its login ends on " in run(home, command).output, command


# ── where the browser returns to ────────────────────────────────────────────────────────────────────────────────


def knock(address: str, host: str = "") -> tuple[int, str]:
    request = urllib.request.Request(address, headers={"Host": host} if host else {})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=PATIENCE) as page:
            return page.status, page.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def test_only_our_answer_counts():
    with Loopback() as door:
        found: list = []
        waiting = threading.Thread(target=lambda: found.append(door.wait("our state", PATIENCE)))
        waiting.start()
        assert knock(f"{door.redirect_uri}/favicon.ico")[0] == 404
        assert knock(f"{door.redirect_uri}/?code=x&state=another")[0] == 400
        assert knock(f"{door.redirect_uri}/?code=x")[0] == 400
        assert knock(f"{door.redirect_uri}/?code=x&code=y&state=our+state")[0] == 400
        # A page of the internet under a name of its own that leads to this computer (DNS rebinding).
        assert knock(f"{door.redirect_uri}/?code=x&state=our+state", "evil.example")[0] == 404
        # A browser that opens a second line and says nothing does not stop the first.
        with socket.create_connection(("127.0.0.1", door.port)):
            status, page = knock(f"{door.redirect_uri}/?code=the+code&state=our+state")
        waiting.join(PATIENCE)
        assert status == 200 and "Thank you" in page
        assert found[0].code == "the code" and not found[0].error


def test_the_page_speaks_the_persons_language_and_repeats_nothing():
    from mailagent.i18n import speaking

    with Loopback("localhost") as door, speaking("zh"):
        assert door.redirect_uri == f"http://localhost:{door.port}"
        answers: list = []

        def wait() -> None:
            with speaking("zh"):
                answers.append(door.wait("s", PATIENCE))

        waiting = threading.Thread(target=wait)
        waiting.start()
        status, page = knock(f"http://127.0.0.1:{door.port}/?error=%3Cscript%3E&state=s")
        waiting.join(PATIENCE)
    assert status == 200 and '<html lang="zh">' in page and "<script" not in page
    assert answers[0].error == "<script>" and not answers[0].code


def test_time_runs_out():
    with Loopback() as door:
        assert door.wait("s", 0.05) is None
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", door.port), PATIENCE)


MANY = "http://127.0.0.1/?" + "a=1&" * 60 + "state=s&code=c"


@pytest.mark.parametrize("address", ["", "x" * 9000, MANY, "?code=&state=s", "?state=%ff&code=c"])
def test_addresses_that_are_no_answer(address):
    with pytest.raises(ValueError):
        read_answer(address, "s")


def test_the_word_for_a_refusal_does_not_steer_the_terminal():
    assert read_answer("?error=denied%1b%5d0%3bx%07%0d%0a&state=s", "s").error == "denied ]0;x   "


def test_ports_are_free_again(home):
    # One that the system gives to nobody by itself, so that it is still free the second time.
    port = 20_000 + os.getpid() % 10_000
    for _again in range(2):
        with Loopback("127.0.0.1", port) as door:
            assert door.port == port
