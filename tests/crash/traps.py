"""Traps: a process of ours that falls into one dies at a named step, as if the machine had been switched off just then.

Theory. What a dead process leaves behind changes only where it speaks to something outside of it: a statement or a commit of
the ledger, a word to or from the server, a file that is made, renamed or removed, a word to or from the second
reader. Between two such steps nothing outside changes, so a process that dies at each of them has died everywhere. A trap
counts the steps and kills at the one it was set for; a trap that is set for no step only writes the steps down. One more
sort dies *in* a commit, some microseconds after it began.
"""

from __future__ import annotations

import functools
import imaplib
import os
import random
import signal
import smtplib
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

#: A commit takes about this long, seconds.
COMMIT_SECONDS = 0.004


class Trap:
    """Counts the steps of this process and those who share it.

    Args:
        at: the step at which it kills; 0 for none.
        sort: only steps of this sort are counted ("commit", "sql", "hear", "say", "file", "reader"); "" for all.
        whom: "group" (everything of ours), "self" (only this process) or "reader" (only the second reader).
        inside: it kills a moment after the step began instead of before it.
        notes: a file in which all steps are written down.
    """

    def __init__(self, at: int = 0, sort: str = "", whom: str = "group", inside: bool = False, notes: str = ""):
        self._at, self._sort, self._whom, self._inside = at, sort, whom, inside
        self._notes = open(notes, "a") if notes else None  # noqa: SIM115 (lives as long as the process)
        self._lock = threading.Lock()
        self._count = 0
        #: The process number of the second reader.
        self.reader = 0

    def step(self, sort: str, name: str) -> None:
        """This is about to be done."""
        with self._lock:
            if self._sort and not sort.startswith(self._sort):
                return
            self._count += 1
            if self._notes:
                self._notes.write(f"{sort} {name}\n")
                self._notes.flush()
            if self._count != self._at:
                return
        if self._inside:
            threading.Thread(target=lambda: (time.sleep(random.uniform(0, COMMIT_SECONDS)), self._kill()), daemon=True).start()
        else:
            self._kill()

    def _kill(self) -> None:
        if self._whom == "reader":
            with suppress(ProcessLookupError):
                if self.reader:
                    os.kill(self.reader, signal.SIGKILL)
        elif self._whom == "self":
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            os.killpg(0, signal.SIGKILL)

    def disarm(self) -> None:
        """Nobody falls into it any more, in this process."""
        self._at, self._notes = 0, None

    # ── where it lies ───────────────────────────────────────────────────────────────────────────────────────────

    def set(self) -> None:
        """From now on every step of this process goes over the trap."""
        self._watch_ledger()
        self._watch_line()
        self._watch_files()
        self._watch_second_reader()

    def _watch_ledger(self) -> None:
        trap = self

        class Watched(sqlite3.Connection):
            def execute(self, sql, *arguments):
                words = " ".join(str(sql).split()[:3])
                trap.step("commit" if words == "COMMIT" else "sql", words)
                answer = super().execute(sql, *arguments)
                if words == "COMMIT":
                    trap.step("commit", "is done")
                return answer

        sqlite3.connect = functools.partial(sqlite3.connect, factory=Watched)

    def _watch_line(self) -> None:
        from mailagent.mailbox.line import Line

        self._around(Line, "_gulp", "hear", lambda line: "server")
        for kind in (imaplib.IMAP4, imaplib.IMAP4_SSL):
            self._around(kind, "send", "say", lambda client, data: " ".join(data.decode("latin-1").split()[1:3])[:30])
        self._around(smtplib.SMTP, "send", "say", lambda client, data: (data if isinstance(data, str) else data.decode("latin-1"))[:4])
        self._around(smtplib.SMTP, "getreply", "hear", lambda client: "server")

    def _watch_files(self) -> None:
        for owner, name in ((os, "replace"), (os, "fsync"), (os, "open"), (tempfile, "mkdtemp"), (Path, "unlink")):
            self._around(owner, name, "file", lambda *_, name=name: name)
        fetching = sys.modules["mailagent.mailbox.fetching"]
        fetching.mkdtemp = tempfile.mkdtemp

    def _watch_second_reader(self) -> None:
        from mailagent.reader import SecondReader

        trap, real = self, subprocess.Popen.__init__

        def begin(process, *arguments, **options):
            trap.step("reader", "begin")
            real(process, *arguments, **options)
            trap.reader = process.pid

        subprocess.Popen.__init__ = begin
        self._around(SecondReader, "_send", "reader", lambda *_: "send")
        self._around(SecondReader, "_read", "reader", lambda *_: "read")

    def _around(self, owner, name: str, sort: str, say) -> None:
        real = getattr(owner, name)

        def watched(*arguments, **options):
            self.step(sort, say(*arguments))
            return real(*arguments, **options)

        setattr(owner, name, watched)
