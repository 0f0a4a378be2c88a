"""A stage for each story; the company's rules are read once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# A bad line between us and a server is played by the wire's own proxy.
sys.path.append(str(Path(__file__).parents[1] / "wire"))

from patience import FOR_EVER  # noqa: E402
from stage import DETAILED, PETER, Stage  # noqa: E402

from mailagent import daemon  # noqa: E402


@pytest.fixture(autouse=True)
def one_look_is_enough(monkeypatch):
    """In life a look that takes long leaves the rest to the next one; what a story tells must not hang on how quick the machine is."""
    monkeypatch.setattr(daemon, "BACKLOG_SECONDS", FOR_EVER)
    monkeypatch.setattr(daemon, "REPLAN_SECONDS", FOR_EVER)


@pytest.fixture(scope="session")
def company_home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("company")


@pytest.fixture
def stage(company_home, tmp_path):
    with Stage(company_home, tmp_path) as made:
        yield made


@pytest.fixture
def asked(stage):
    """Peter Klein has written for the first time, and his mail was read."""
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    return stage
