"""One daemon on one ledger: the lock, and the question whether somebody holds it."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from mailagent.errors import LedgerBusy, LedgerError

LOCK_FILE = "mailagent.lock"


class Lock:
    """One daemon on one ledger. The lock is the operating system's: it goes away with the process, however it dies.

    Raises:
        LedgerBusy: another daemon runs on this home folder.
    """

    def __init__(self, home: Path):
        self.path = home / LOCK_FILE
        try:
            self._file = open(self.path, "a+")  # noqa: SIM115 (held open for the life of the daemon)
        except OSError as error:
            raise LedgerError(f"{self.path} cannot be written ({error.strerror}). May this user write in {home}?") from None
        # "mailagent status" holds the lock for a moment when it asks; a daemon that starts just then must not give up.
        if not any(_locked(self._file, fcntl.LOCK_EX) or time.sleep(0.1) for _ in range(5)):
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise LedgerBusy(f"Another mailagent (process {holder}) runs on {home}. Stop it first, or use another --home.")
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        self._file.truncate(0)
        self._file.close()


def is_running(home: Path) -> bool:
    """Does a daemon hold the lock of this home folder? Whoever may read the folder may ask."""
    try:
        with open(home / LOCK_FILE) as file:
            return not _locked(file, fcntl.LOCK_SH)
    except OSError:
        return False


def _locked(file: IO[str], kind: int) -> bool:
    """Take the operating system's lock of a file, if nobody else has it; it goes when the file is closed."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
