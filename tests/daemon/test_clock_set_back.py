"""The clock of the machine is set back while the daemon runs: nothing waits until it shows the old time again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import time_machine
from patience import PATIENCE

from mailagent.core.model.policy import Policy
from mailagent.core.writing.templates import TemplateSet
from mailagent.daemon import Daemon
from mailagent.ledger.db import Ledger
from mailagent.office import Office
from mailagent.settings import Settings

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_knocking_goes_on(tmp_path):
    office = Office(
        Settings(tmp_path, b"k" * 32, b"k" * 32, b"k" * 32, {1: b"k" * 32}), Policy(), TemplateSet({}), Ledger(tmp_path / "l.sqlite")
    )
    knocks = threading.Semaphore(0)
    with time_machine.travel(NOW, tick=True) as clock:
        daemon = Daemon(office, tick_seconds=0.05)
        daemon.knock = knocks.release
        daemon.start()
        try:
            assert knocks.acquire(timeout=PATIENCE)
            clock.move_to(NOW - timedelta(hours=1))
            daemon.mind_the_clock()
            # One may have been on its way; three are life.
            assert all(knocks.acquire(timeout=PATIENCE) for _ in range(20))
            # A clock that goes on as it should is no event.
            daemon._scheduler.pause()
            planned = [job.next_run_time for job in daemon._scheduler.get_jobs()]
            daemon.mind_the_clock()
            assert [job.next_run_time for job in daemon._scheduler.get_jobs()] == planned
        finally:
            daemon.stop()
            office.ledger.close()
