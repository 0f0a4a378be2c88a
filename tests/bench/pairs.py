"""Whole processes in turn (A B A B …) after one uncounted run of each: their times, their memory, and ratios that a drifting machine keeps.

A machine that others share is slower in one minute than in the next. Both of a pair run in the same minute, so the median of the
pairs' own ratios is steady where the ratio of two medians is not.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Run:
    """One process from its start to its end.

    Attributes:
        seconds: wall time; the interpreter's start and imports are in it.
        peak_mib: the most that it and all its children had at one moment, shared pages counted once (PSS); 0 if not looked at.
        said, complained: its standard output, and its standard error.
    """

    seconds: float
    peak_mib: float
    said: str
    complained: str


def run(command: list[str], memory: bool = False) -> Run:
    """Run a command to its end. What it started is gone afterwards, also if we are interrupted.

    Raises:
        RuntimeError: it failed; with what it said last.
    """
    begin = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
        # Python looks for modules in the working folder, and whoever measures another copy of the programme stands in this one.
        cwd=tempfile.gettempdir(),
    )
    peak = _Peak(process.pid) if memory else None
    try:
        said, complained = process.communicate()
        seconds = time.perf_counter() - begin
    finally:
        if peak:
            peak.stop()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} … ended with {process.returncode}:\n{complained[-2000:]}")
    return Run(seconds, peak.mib if peak else 0.0, said, complained)


def in_turn(
    commands: Mapping[str, Callable[[], list[str]]], number: int, warm_up: bool = True, memory: bool = False
) -> dict[str, list[Run]]:
    """Run each command ``number`` times, one after the other and all over again, after one uncounted run of each.

    Args:
        commands: what makes each command; it is asked before every run, so that a run can have a fresh folder.
        memory: look at the memory of each run, which costs it a little time.
    """
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for turn in range(number + warm_up):
        for name, make in commands.items():
            done = run(make(), memory)
            if turn >= warm_up:
                runs[name].append(done)
    return runs


def ratio(above: list[Run], below: list[Run]) -> float:
    """The median of the pairs' ratios of wall time."""
    return statistics.median(a.seconds / b.seconds for a, b in zip(above, below, strict=True))


def seconds(runs: list[Run]) -> float:
    return statistics.median(each.seconds for each in runs)


class _Peak:
    """Looks every 50 ms at the memory of a process and of everything that it started."""

    def __init__(self, root: int):
        self.mib = 0.0
        self._root = root
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            self.mib = max(self.mib, sum(_pss_kib(pid) for pid in session(self._root)) / 1024)


def session(leader: int) -> list[int]:
    """A process that began a session, and all that belong to it: its children, and theirs."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # pid (name) state parent group session …; the name may hold spaces and brackets.
            if int(stat.read_text().rpartition(")")[2].split()[3]) == leader:
                found.append(int(stat.parent.name))
    return found


def _pss_kib(pid: int) -> int:
    """Proportional set size: a page that three processes share counts a third for each."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
