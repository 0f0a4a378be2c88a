"""For all tests: on the build machine (``CI=true``) nothing may be skipped, and no test may see the user's own home."""

from __future__ import annotations

import logging
import os

import pytest
from hypothesis import HealthCheck, settings

from mailagent import i18n

# Hypothesis tries the same examples each time, as many as it says, however slow the machine is in this minute: what fails, fails for all.
settings.register_profile("house", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
# How long the SMTP servers of the tests (aiosmtpd) may take to begin, seconds.
os.environ.setdefault("AIOSMTPD_CONTROLLER_TIMEOUT", "90")

IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """A test sees the English interface and no settings but its own."""
    for name in [name for name in os.environ if name.startswith("MAILAGENT_")]:
        monkeypatch.delenv(name)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A skipped test proves nothing; where everything is installed it is a failure."""
    outcome = yield
    report = outcome.get_result()
    _fail_if_skipped(report)
    _make_sendable(report)


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    """The same for a whole file that skips itself."""
    outcome = yield
    _fail_if_skipped(outcome.get_result())


def _fail_if_skipped(report) -> None:
    # An expected failure reports itself as skipped too, and says so in wasxfail.
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"skipped, and in CI that is a failure: {reason}"


def _make_sendable(report) -> None:
    """Hostile mail puts lone surrogates into what a test logs and says; xdist cannot send them and would end the whole run."""
    report.sections = [(title, _escaped(text)) for title, text in report.sections]
    if report.longrepr and not isinstance(report.longrepr, tuple) and _escaped(report.longreprtext) != report.longreprtext:
        report.longrepr = _escaped(report.longreprtext)


def _escaped(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@pytest.fixture(autouse=True)
def the_language_as_it_was():
    """What a test speaks, in its context or as a process, is not what the next one hears."""
    before = i18n._process_language
    i18n._context_language.set(None)
    yield
    i18n._process_language = before
    i18n._context_language.set(None)


@pytest.fixture(autouse=True)
def the_log_as_it_was():
    """A command that a test runs in this process quietens the log; the next test must not find it so."""
    loggers = [logging.getLogger(), logging.getLogger("mailagent")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
