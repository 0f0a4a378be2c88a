"""Past mails, read again in good time: many of them by a second process, one batch ahead of whoever thinks about them.

A mail that kills or hangs the process takes nobody with it: its batch is then read mail by mail, and it is the only one without an answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from mailagent.core.reading.read import Reading
from mailagent.errors import LedgerError
from mailagent.ledger import sources
from mailagent.ledger.db import Ledger
from mailagent.ledger.replay import Mail
from mailagent.office import Office
from mailagent.reader import ReaderLost, Task, get_ready, read_one

#: From so many mails on a second process is worth its start.
MANY = 300


class ReadAhead:
    """Reads batches in the order in which they were begun."""

    def __init__(self, office: Office, live: Ledger, count: int) -> None:
        self._office, self._live, self._many = office, live, count >= MANY
        self._begun: deque[list[Task | str]] = deque()
        if not self._many:
            get_ready(office.policy)

    def begin(self, mails: Sequence[Mail]) -> None:
        """Take the bytes of some mails and have them read."""
        tasks: list[Task | str] = []
        with self._live.reading() as db:
            for mail in mails:
                try:
                    tasks.append(Task(sources.packed(db, mail.source_id, self._live.large_sources), mail.received_at, mail.role))
                except LedgerError as error:
                    tasks.append(str(error))
        self._begun.append(tasks)
        self._send(tasks)

    def finish(self) -> list[tuple[Task | None, Reading | str]]:
        """The answers to the batch that was begun first: each mail's task, and its reading or why there is none."""
        tasks = self._begun.popleft()
        real = [one for one in tasks if isinstance(one, Task)]
        answers = iter(self._answers(real))
        return [(one, next(answers)) if isinstance(one, Task) else (None, one) for one in tasks]

    def close(self) -> None:
        """End the second process, whatever it still does."""
        self._office.end_second_reader()

    def _answers(self, tasks: list[Task]) -> list[Reading | str]:
        if not self._many or not tasks:
            return [read_one(task, self._office.policy) for task in tasks]
        try:
            return self._office.second_reader().receive(len(tasks))
        except (ReaderLost, OSError):
            answers = [self._alone(task) for task in tasks]
            # What was begun after this batch was lost with the process.
            self._office.end_second_reader()
            for batch in self._begun:
                self._send(batch)
            return answers

    def _send(self, tasks: list[Task | str]) -> None:
        real = [one for one in tasks if isinstance(one, Task)]
        if self._many and real:
            # If it does not start or has died, that is found out when its answers are asked for.
            with suppress(ReaderLost, OSError):
                self._office.second_reader().send(real)

    def _alone(self, task: Task) -> Reading | str:
        """Read one mail in a process that may end over it."""
        self._office.end_second_reader()
        try:
            reader = self._office.second_reader()
            reader.send([task])
            return reader.receive(1)[0]
        except ReaderLost as lost:
            return str(lost)
        except OSError:
            # No second process can be started at all.
            return read_one(task, self._office.policy)
