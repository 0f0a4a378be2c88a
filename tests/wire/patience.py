"""How long tests wait for what must come.

A machine that builds for others stands still for seconds now and then. What is waited for comes at once when all is well, so patience
costs nothing; it ends where something never comes. A test that wants to see that something is *quick* must compare it with what it would
take otherwise (a time-out that is longer than ``PATIENCE``), never with a number of seconds that seems enough.
"""

from __future__ import annotations

import time
from collections.abc import Callable

#: Seconds until a test gives up.
PATIENCE = 90.0
#: Seconds that are longer than patience: the time-out of whatever must not be waited for. A test that ends has not waited for it.
FOR_EVER = 10 * PATIENCE


def wait_until(question: Callable[[], object], what: str | Callable[[], str], seconds: float = PATIENCE, pause: float = 0.05):
    """The first true answer; fails if there is none in time, and says ``what`` was waited for."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, f"waited {seconds} s for: {what if isinstance(what, str) else what()}"
        time.sleep(pause)
    return answer
