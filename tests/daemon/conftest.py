"""The daemon and the commands as real processes, on the servers of ``tests/wire``."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

WIRE = Path(__file__).parents[1] / "wire"
sys.path.insert(0, str(WIRE))
# Both folders have a conftest; this one takes the other's servers and users.
_spec = importlib.util.spec_from_file_location("wire_fixtures", WIRE / "conftest.py")
_wire = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_wire)
dovecot, postfix, user, buyer = _wire.dovecot, _wire.postfix, _wire.user, _wire.buyer


@pytest.fixture
def company(tmp_path, dovecot, postfix, user):
    """A company whose only mailbox is ``user``."""
    from company import Company

    return Company(tmp_path / "home", user, dovecot, postfix)
