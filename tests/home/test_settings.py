"""Secrets: where they come from, what is refused, and that nobody sees them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailagent import settings
from mailagent.core.model.policy import Mailbox, Policy, Provider
from mailagent.errors import ConfigError

KEY = "0f" * 32
OTHER = "a1" * 32
COMPLETE = f"""\
MAILAGENT_MESSAGE_ID_KEY='{KEY}'
MAILAGENT_SUPPRESSION_KEY={KEY}
MAILAGENT_DESK_SECRET="{KEY}"
MAILAGENT_UNSUBSCRIBE_KEYS='1:{KEY},2:{OTHER}'
MAILAGENT_SALES_PASSWORD='it''s $HOME #1'
"""
SALES = Mailbox(name="sales", address="sales@acme.example")


def env(home: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path = home / ".env"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)
    return path


def refused(home: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        settings.load(home)
    return [str(problem) for problem in caught.value.problems]


def test_what_env_says(tmp_path):
    env(tmp_path, COMPLETE.replace("it''s", "its"))
    found = settings.load(tmp_path)
    assert found.message_id_key == bytes.fromhex(KEY)
    assert dict(found.unsubscribe_keys) == {1: bytes.fromhex(KEY), 2: bytes.fromhex(OTHER)}
    assert found.password(SALES) == "its $HOME #1"
    assert found.ledger_path.parent == found.spool_folder.parent == found.log_folder.parent == tmp_path


def test_the_environment_wins_and_is_left_alone(tmp_path, monkeypatch):
    env(tmp_path, COMPLETE.replace("it''s", "its"))
    monkeypatch.setenv("MAILAGENT_SALES_PASSWORD", "from outside")
    before = dict(os.environ)
    assert settings.load(tmp_path).password(SALES) == "from outside"
    assert dict(os.environ) == before


def test_no_file_is_needed_where_the_environment_says_all(tmp_path, monkeypatch):
    for name in settings.KEYS:
        monkeypatch.setenv(name, f"7:{KEY}" if name == settings.UNSUBSCRIBE_KEYS else KEY)
    assert list(settings.load(tmp_path).unsubscribe_keys) == [7]


def test_secrets_are_not_shown(tmp_path):
    env(tmp_path, COMPLETE.replace("it''s", "its"))
    found = settings.load(tmp_path)
    shown = repr(found) + str(found)
    assert KEY not in shown and OTHER not in shown and "$HOME" not in shown and "\\x0f" not in shown
    assert set(found.secrets) == {KEY, OTHER, "its $HOME #1"}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666, 0o620, 0o610])
def test_a_file_that_others_can_reach_is_refused(tmp_path, mode):
    path = env(tmp_path, COMPLETE, mode)
    assert any(f"chmod 600 {path}" in problem for problem in refused(tmp_path))


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_the_owner_alone_is_fine(tmp_path, mode):
    env(tmp_path, COMPLETE.replace("it''s", "its"), mode)
    settings.load(tmp_path)


def test_all_missing_keys_are_named_at_once(tmp_path):
    found = "\n".join(refused(tmp_path))
    assert all(name in found for name in settings.KEYS)
    assert found.count("mailagent init") == len(settings.KEYS)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("MAILAGENT_DESK_SECRET=abc", "MAILAGENT_DESK_SECRET: is not a key"),
        (f"MAILAGENT_DESK_SECRET={KEY[:-1]}g", "MAILAGENT_DESK_SECRET: is not a key"),
        (f"MAILAGENT_UNSUBSCRIBE_KEYS={KEY}", "MAILAGENT_UNSUBSCRIBE_KEYS: is not a list"),
        (f"MAILAGENT_UNSUBSCRIBE_KEYS=1:{KEY},1:{OTHER}", "each number once"),
        ("MAILAGENT_SALES_PASSWORD", "MAILAGENT_SALES_PASSWORD: has no value"),
        ("X='\udcff'", "not UTF-8"),
        ("MAILAGENT_SALES_PASSWORD='abc", "line 6 cannot be read; write NAME='value'"),
        ("abc def", "line 6 cannot be read; write NAME='value'"),
    ],
)
def test_a_broken_line_is_named_without_its_value(tmp_path, line, words):
    env(tmp_path, (COMPLETE.replace("it''s", "its") + line + "\n").encode("utf-8", "surrogateescape"))
    found = "\n".join(refused(tmp_path))
    assert words in found
    assert KEY[:-1] not in found and "abc" not in found


def test_check_names_mailboxes_without_a_password(tmp_path):
    env(tmp_path, COMPLETE.replace("it''s", "its"))
    policy = Policy(mailboxes=(SALES, Mailbox(name="Info 2", address="info@acme.example")))
    assert [str(problem) for problem in settings.check(tmp_path, policy)] == [
        ".env: MAILAGENT_INFO_2_PASSWORD: is missing: the password of info@acme.example"
    ]
    with pytest.raises(ConfigError, match="MAILAGENT_INFO_2_PASSWORD"):
        settings.load(tmp_path).password(policy.mailboxes[1])


def test_check_names_what_a_login_by_token_lacks(tmp_path):
    env(tmp_path, COMPLETE.replace("it''s", "its") + "MAILAGENT_ROBOT_SERVICE_ACCOUNT=key.json\n")
    gmail = Provider(title="G", oauth_flows=("browser", "service_account"), oauth_token_url="https://t.example", oauth_needs_secret=True)
    row = gmail.model_copy(update={"oauth_authorise_url": "https://a.example"})
    robot = Mailbox(name="robot", address="r@acme.example", provider="g", auth="oauth2", oauth_flow="service_account")
    person = Mailbox(name="p", address="p@acme.example", provider="g", auth="oauth2", oauth_client_id="x")
    lost = Mailbox(name="lost", address="l@acme.example", provider="g", auth="oauth2")
    policy = Policy(mailboxes=(SALES, robot, person, lost), providers={"g": row})

    def told() -> list[str]:
        return [str(problem) for problem in settings.check(tmp_path, policy)]

    missing = ".env: MAILAGENT_P_OAUTH_SECRET: is missing: the secret of the app x"
    nameless = "mailagent.toml: mailbox.lost.oauth_client_id: is missing; "
    nameless += "docs/providers.md says how to register an app and where it shows its id"
    assert told() == [".env: MAILAGENT_ROBOT_SERVICE_ACCOUNT: key.json: there is no such file", missing, nameless]
    key = tmp_path / "key.json"
    key.write_text('{"private_key": "geheim"}')
    key.chmod(0o644)
    assert f"other users of this computer can read it; run: chmod 600 {key}" in told()[0]
    key.chmod(0o600)
    assert told() == [missing, nameless]
    assert settings.load(tmp_path).service_account(robot) == '{"private_key": "geheim"}'


def test_where_home_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert settings.find_home(None) == tmp_path.resolve()
    monkeypatch.setenv("MAILAGENT_HOME", "there")
    assert settings.find_home(None) == (tmp_path / "there").resolve()
    assert settings.find_home("here") == (tmp_path / "here").resolve()
