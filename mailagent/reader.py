"""A second process that reads mails (bytes → ``Reading``) while the first one decides and writes.

Two things need it. A first import of a hundred thousand mails should use both cores. And a mail that was tried before, or is
very large, is read where it can do no harm: if the process dies or hangs over it, only this process does.

It is started as ``python -m mailagent.reader``, gets pickled work on its standard input and answers on its standard output, both
of them ours alone. It opens no ledger, no mailbox and no file but large sources, and ends when its input ends.
"""

from __future__ import annotations

import fcntl
import gc
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Protocol

from mailagent.core.model.policy import Policy
from mailagent.errors import MailagentError

if TYPE_CHECKING:
    from mailagent.core.reading.read import Reading

# What reads is loaded with the first mail: its patterns take longer to build than most commands need for everything.

#: So long may the reading of one mail take before the process is given up, seconds, and so long that of a whole batch.
MAIL_SECONDS, BATCH_SECONDS = 30.0, 120.0
START_SECONDS = 60.0
#: So many new objects are made before Python looks for rings of garbage; its usual 700 cost a twentieth of the time.
SELDOM = 50_000
#: An answer begins with its length; it is read in pieces of at most so many bytes.
LENGTH = struct.Struct(">Q")
PIECE = 1 << 20
#: So much of the answers may wait for the first process while the second one reads on: the most that Linux gives to anybody.
PIPE_BYTES = 1 << 20


class Packed(Protocol):
    """The bytes of a mail, packed; see ``ledger/sources.py``."""

    def open(self, limit: int | None = None) -> bytes: ...


@dataclass(frozen=True)
class Task:
    """One mail to read."""

    packed: Packed
    received_at: datetime
    role: str


class ReaderLost(Exception):
    """The second process died or hung over its work; says how."""


def read_one(task: Task, policy: Policy) -> Reading | str:
    """What the mail says; or, if it broke us, how (one line)."""
    from mailagent.core.reading.read import read

    try:
        raw = task.packed.open(policy.reading.max_parse_bytes + 1)
        return read(raw, policy, received_at=task.received_at, folder_role=task.role)
    except MailagentError as error:
        # A sentence of ours says it all.
        return str(error)[:500]
    except (Exception, RecursionError) as error:
        return f"{type(error).__name__}: {error}"[:500]


_ready_for: Policy | None = None


def get_ready(policy: Policy) -> None:
    """The first mail of a process builds its word lists; that is no part of any mail's time."""
    from mailagent.core.reading.read import read

    global _ready_for
    if _ready_for is not policy:
        usual = gc.get_threshold()
        # A hundred thousand new objects that all stay: to look for garbage among them takes a fifth of the time.
        gc.set_threshold(0)
        try:
            read(b"Subject: price\r\n\r\nHello, please quote your best price for 500 pcs.\r\n", policy)
        finally:
            gc.set_threshold(*usual)
        _ready_for = policy


class SecondReader:
    """The other process, as the first one sees it. Started at once, ready a second later; ``close`` ends it."""

    def __init__(self, policy: Policy) -> None:
        # Unbuffered, so that what has come is never hidden from ``select``.
        command = [sys.executable, "-P", "-m", "mailagent.reader"]
        # The same mailagent as this one, whatever lies in the working folder.
        here = str(Path(__file__).parents[1])
        paths = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
        environment = os.environ | {"PYTHONPATH": paths}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=environment)
        with suppress(OSError, AttributeError):
            # A batch's answers are several times what a pipe holds by itself, and who cannot write stands still.
            fcntl.fcntl(self._process.stdout.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._is_ready = False
        # If it dies at once, that is found out when something is asked of it.
        with suppress(ReaderLost):
            self._send(policy)

    def get_ready(self) -> None:
        """Wait until it is; so its start is not counted as reading. Raises ``ReaderLost``."""
        if not self._is_ready:
            self._answer(START_SECONDS)
            self._is_ready = True

    def send(self, tasks: Sequence[Task]) -> None:
        """Give it work; several batches may be under way. Raises ``ReaderLost``."""
        self._send(tuple(tasks))

    def receive(self, count: int) -> list[Reading | str]:
        """The answers to the oldest batch, which had ``count`` mails, in its order. Raises ``ReaderLost``."""
        self.get_ready()
        return self._answer(min(BATCH_SECONDS, MAIL_SECONDS * count))

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                stream.close()

    def _answer(self, seconds: float) -> object:
        deadline = time.monotonic() + seconds
        return pickle.loads(self._read(LENGTH.unpack(self._read(LENGTH.size, deadline))[0], deadline))

    def _read(self, size: int, deadline: float) -> bytes:
        pieces = []
        while size:
            if self._process.stdout.closed:
                raise ReaderLost("the reading process ended before")
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                self.close()
                raise ReaderLost("reading took too long")
            piece = self._process.stdout.read(min(size, PIECE))
            if not piece:
                self.close()
                raise ReaderLost(f"the reading process ended ({_how(self._process.returncode)})")
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _send(self, thing: object) -> None:
        try:
            rest = memoryview(pickle.dumps(thing, pickle.HIGHEST_PROTOCOL))
            while rest:
                rest = rest[self._process.stdin.write(rest) :]
        except (OSError, ValueError):
            self.close()
            raise ReaderLost(f"the reading process ended ({_how(self._process.returncode)})") from None


def _how(code: int | None) -> str:
    return signal.Signals(-code).name if code and code < 0 else f"exit {code}"


def main() -> None:
    """The life of the second process."""
    # Ctrl-C in a terminal reaches all processes; this one ends when the first one lets go of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever a library prints must not stand between our answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    work: Queue = Queue()

    def listen() -> None:
        # Always listening, so that the first process never waits for a full pipe while it holds our answers.
        with suppress(EOFError, OSError, pickle.UnpicklingError):
            while True:
                work.put(pickle.load(sys.stdin.buffer))
        work.put(None)

    threading.Thread(target=listen, daemon=True).start()

    def answer(thing: object) -> None:
        packed = pickle.dumps(thing, pickle.HIGHEST_PROTOCOL)
        answers.write(LENGTH.pack(len(packed)))
        answers.write(packed)
        answers.flush()

    policy = work.get()

    from mailagent.core.reading.read import slim

    with suppress(BrokenPipeError):
        get_ready(policy)
        # What was built for all mails need not be looked through for garbage again and again, and a mail leaves next to none.
        gc.freeze()
        gc.set_threshold(SELDOM, 20, 50)
        answer("ready")
        while (tasks := work.get()) is not None:
            answer([one if isinstance(one, str) else slim(one) for one in (read_one(task, policy) for task in tasks)])


if __name__ == "__main__":
    main()
