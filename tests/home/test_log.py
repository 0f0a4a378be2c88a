"""The log: it rotates, only its owner reads it, and no secret and no forged line is ever in it."""

from __future__ import annotations

import logging
import stat

import pytest

from mailagent import log
from mailagent.errors import ConfigError


@pytest.fixture
def logger():
    yield logging.getLogger("mailagent.test")
    log.configure(None)
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if getattr(handler, "set_by_mailagent", False)]:
        root.removeHandler(handler)


def lines(home) -> list[str]:
    return (home / "log" / "mailagent.log").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer ya29.a0AfH6SMB-x", "ya29"),
        ("user=a@b.example\x01auth=Bearer ya29.xyz\x01\x01", "ya29"),
        ("auth=c2VjcmV0", "c2VjcmV0"),
        ("KLPM1 LOGIN sales@acme.example geheim", "geheim"),
        ('KLPM1 LOGIN "sales@acme.example" "ge\\"heim nis"', "heim"),
        ("AUTH PLAIN AHNhbGVzAGdlaGVpbQ==", "AHNh"),
        ("AUTHENTICATE XOAUTH2 dXNlcj1h", "dXNl"),
        ("PASS geheim", "geheim"),
        ("password=geheim", "geheim"),
        ('{"access_token": "ya29.geheim", "x": 1}', "geheim"),
        ("grant_type=refresh_token&refresh_token=geheim&x=1", "geheim"),
        ("client_secret=GOCSPX-geheim", "geheim"),
        ("GET /?code=4/0Ageheim&state=x", "geheim"),
        ('{"password": "geheim"}', "geheim"),
        ("Exception on /calendar/4oTg-heim_4oTgheim.ics [GET]", "4oTg"),
        ("Exception on /enter/WyJMaSBXZWkiLCJ4Il0.abc [POST]", "WyJM"),
    ],
)
def test_what_protocols_betray_is_hidden(text, secret):
    assert secret not in log.redacted(text)
    assert log.HIDDEN in log.redacted(text)


@pytest.mark.parametrize("text", ["login refused for sales@acme.example", "mail 7 passed the checks", "login as sales@acme.example"])
def test_useful_lines_stay_whole(text):
    assert log.redacted(text) == text


def test_known_secrets_are_hidden_wherever_they_stand(tmp_path, logger):
    log.configure(tmp_path, secrets=("geheim", "geheimnis"))
    logger.info("said %s and %s", "geheim", "geheimnis")
    try:
        raise OSError("535 geheim is wrong")
    except OSError:
        logger.exception("failed")
    text = "\n".join(lines(tmp_path))
    assert "geheim" not in text and "nis" not in text
    assert f"said {log.HIDDEN} and {log.HIDDEN}" in text and f"OSError: 535 {log.HIDDEN} is wrong" in text


def test_a_subject_cannot_forge_a_line(tmp_path, logger):
    log.configure(tmp_path)
    logger.info("subject: %s", "Hello\r\n2026-01-01T00:00:00Z INFO mailagent: all sent\x1b[2J\u2028x")
    assert len(lines(tmp_path)) == 1
    assert "\x1b" not in lines(tmp_path)[0]


def test_lone_surrogates_are_written(tmp_path, logger):
    log.configure(tmp_path)
    logger.info("name: %s", "M\udcfcller")
    assert lines(tmp_path)[0].endswith("name: M\\udcfcller")


def test_only_the_owner_reads_it(tmp_path, logger):
    log.configure(tmp_path)
    logger.info("hello")
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "log" / "mailagent.log").stat().st_mode) == 0o600


def test_it_rotates(tmp_path, logger, monkeypatch):
    monkeypatch.setattr(log, "FILE_BYTES", 2_000)
    log.configure(tmp_path)
    for number in range(200):
        logger.info("line %d %s", number, "x" * 60)
    files = sorted((tmp_path / "log").iterdir())
    assert len(files) == log.FILES_KEPT + 1
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 and file.stat().st_size <= 2_000 for file in files)


def test_a_second_call_replaces_the_first(tmp_path, logger):
    log.configure(tmp_path)
    log.configure(tmp_path)
    logger.info("once")
    assert len(lines(tmp_path)) == 1


def test_verbose_says_more(tmp_path, logger):
    log.configure(tmp_path)
    logger.debug("quiet")
    log.configure(tmp_path, verbose=True)
    logger.debug("loud")
    assert [line.rpartition(" ")[2] for line in lines(tmp_path)] == ["loud"]


def test_a_folder_that_is_a_file(tmp_path, logger):
    (tmp_path / "log").write_text("")
    with pytest.raises(ConfigError, match="the log cannot be written"):
        log.configure(tmp_path)
