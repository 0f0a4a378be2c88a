"""What people see of long work."""

from __future__ import annotations

import io
import logging
import sys
from types import SimpleNamespace

from rich.console import Console
from rich.progress import Progress

from mailagent.terminal import progress


def shown(bars: Progress) -> list[tuple[float, float | None]]:
    return [(task.completed, task.total) for task in bars.tasks]


def test_a_bar_goes_on_where_the_last_part_of_the_work_ended():
    bars = Progress(console=Console(file=io.StringIO()))
    tell = progress.Bars(bars)
    tell("", 400, 2000)
    assert shown(bars) == [(400, 2000)]
    # The second part of the same backlog counts anew.
    tell("", 400, 1600)
    assert shown(bars) == [(800, 2000)]
    tell("sales/INBOX", 250, 1000)
    assert shown(bars) == [(800, 2000), (250, 1000)]
    tell("", 1600, 1600)
    assert shown(bars) == [(250, 1000)]


def test_a_service_writes_a_line_now_and_then(caplog, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    tell = progress.Lines()
    with caplog.at_level(logging.INFO):
        for done in range(0, 1000, 100):
            tell("sales/INBOX", done, 1000)
            now[0] += 2
        tell("sales/INBOX", 1000, 1000)
    assert [record.getMessage() for record in caplog.records] == [
        "fetching sales/INBOX: 0 of 1000",
        "fetching sales/INBOX: 500 of 1000",
        "fetching sales/INBOX: 1000 of 1000",
    ]


def test_the_log_is_written_above_the_bars_and_finds_its_place_again(monkeypatch):
    terminal = io.StringIO()
    monkeypatch.setattr(progress, "console", lambda: Console(file=terminal, force_terminal=True, width=80))
    handler = logging.StreamHandler(sys.stderr)
    logging.getLogger().addHandler(handler)
    office = SimpleNamespace(progress=None)
    try:
        before = handler.stream
        with progress.progress_of(office):
            office.progress("", 10, 100)
            logging.getLogger().warning("something happened")
            assert handler.stream is not before
        assert handler.stream is before
    finally:
        logging.getLogger().removeHandler(handler)
    assert "something happened" in terminal.getvalue() and "10/100" in terminal.getvalue()
