"""Homes, servers and long forms for the crash tests.

``CRASHES=200 pytest tests/crash`` plays the long form (``make crash``): so many kills, and every step instead of some. Its
figures are printed at the end, one ``figure: value`` line each.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

WIRE = Path(__file__).parents[1] / "wire"
sys.path[:0] = [str(WIRE), str(Path(__file__).parent)]
# Both folders have a conftest; this one takes the other's servers and users.
_spec = importlib.util.spec_from_file_location("wire_fixtures", WIRE / "conftest.py")
_wire = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_wire)
dovecot, postfix, user = _wire.dovecot, _wire.postfix, _wire.user

CRASHES = int(os.environ.get("CRASHES", "0"))


@pytest.fixture
def figure(request):
    """Notes a figure: ``figure("kills", 200)``; it travels with the test's report, from whichever process it ran in."""
    return lambda name, value: request.node.user_properties.append((name, value))


@pytest.fixture(scope="session")
def crashes() -> int:
    """How many kills the long form wants; 0 in the short one."""
    return CRASHES


@pytest.fixture
def make_company(tmp_path, dovecot):
    """Makes a company that reads one mailbox and sends nothing to anybody."""
    from company import Company

    def make(user: str, **mailbox) -> Company:
        # Every folder is there before anybody reads it.
        client = dovecot.client(user, "Sent Items")
        client.logout()
        hurried = {"back_off_seconds": [0.05, 0.1, 0.2], "idle_seconds": 60.0, "append_sent": "never"}
        nowhere = SimpleNamespace(smtp=9)
        quiet = {"letters": "off", "notices": "off"}
        return Company(tmp_path / "home", user, dovecot, nowhere, hurried | mailbox, sending=quiet)

    return make


@pytest.fixture
def nursery():
    """Begins a nursery for a home."""
    from nursery import Nursery

    made = []

    def begin(home: Path) -> Nursery:
        made.append(Nursery(home))
        return made[-1]

    yield begin
    for one in made:
        one.close()


@pytest.fixture
def copy_of(tmp_path):
    """A home like another one, in which nothing was read yet."""

    def copy(home: Path, name: str) -> Path:
        target = tmp_path / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(home, target)
        return target

    return copy


def pytest_terminal_summary(terminalreporter):
    if CRASHES:
        for report in terminalreporter.stats.get("passed", ()):
            for name, value in report.user_properties:
                terminalreporter.write_line(f"{name}: {value}")
