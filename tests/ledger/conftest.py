"""A ledger of its own for each test."""

from __future__ import annotations

import pytest

from mailagent.ledger.db import Ledger


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "ledger.sqlite", busy_seconds=2)
    yield made
    made.close()
