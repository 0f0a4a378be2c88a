"""How far long work is: bars in a terminal, a line now and then in the log of a service."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from mailagent.i18n import _
from mailagent.office import Office
from mailagent.terminal.screens import console

log = logging.getLogger(__name__)

#: In a log a line is written this often at most, seconds.
LINE_EVERY = 10.0


@contextmanager
def progress_of(office: Office) -> Iterator[None]:
    """Show what the office's jobs tell of their progress, until the end of the block."""
    out = console()
    if not out.is_terminal:
        office.progress = Lines()
        yield
        return
    with _bars(out) as bars:
        office.progress = Bars(bars)
        with lines_above():
            yield


@contextmanager
def counted(title: str) -> Iterator[Callable[[int, int], None]]:
    """One bar for one piece of work, to be told how much is done and of how much; nothing where nobody watches."""
    out = console()
    if not out.is_terminal:
        yield lambda done, total: None
        return
    with _bars(out) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _bars(out: Console) -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=out, transient=True)


@contextmanager
def lines_above() -> Iterator[None]:
    """Have the log's lines written above the bars, not into them."""
    handlers = [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]
    before = [one.setStream(sys.stderr) for one in handlers]
    try:
        yield
    finally:
        for handler, stream in zip(handlers, before, strict=True):
            if stream is not None:
                handler.setStream(stream)


def described(place: str) -> str:
    return _("fetching {place}").format(place=place) if place else _("reading mails")


class Bars:
    """A bar for each long piece of work; it goes when the work is done. Several threads may tell at once.

    The work is done in parts, and each part counts from its own beginning: what the bar shows is what is left of the most.
    """

    def __init__(self, bars: Progress) -> None:
        self._bars, self._lock = bars, threading.Lock()
        self._tasks: dict[str, tuple[TaskID, int]] = {}

    def __call__(self, place: str, done: int, total: int) -> None:
        left = total - done
        with self._lock:
            if place not in self._tasks:
                self._tasks[place] = self._bars.add_task(described(place), total=total), total
            task, most = self._tasks[place]
            most = max(most, total)
            self._tasks[place] = task, most
            self._bars.update(task, completed=most - left, total=most)
            if left <= 0:
                self._bars.remove_task(task)
                del self._tasks[place]


class Lines:
    """The same for a log."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def __call__(self, place: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done >= total or now - self._last.get(place, -LINE_EVERY) >= LINE_EVERY:
            self._last[place] = now
            log.info("%s: %d of %d", f"fetching {place}" if place else "reading mails", done, total)
