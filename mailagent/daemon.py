"""The background process: one lock, one clock, one thread a mailbox, the desk, and a clean end.

Theory. APScheduler only knocks: every job asks the ledger what is due (a scheduler's own store loses jobs when the
process dies). A mailbox has one long connection in a thread of its own, which waits in IDLE and looks after every
wait whatever IDLE says. All thinking happens in ``work``, one at a time: a wake-up from a mailbox and the tick of the
clock share one lock. A letter to a buyer leaves only from a mailbox that was looked at within the last minute: his
answer, or a colleague's, may have come since (the clock wakes the mailbox's thread for that). SIGTERM sets one flag that
every wait and every loop asks; the step in hand is finished.
"""

from __future__ import annotations

import fcntl
import logging
import os
import random
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from mailagent import jobs
from mailagent.core.model import events as e
from mailagent.core.model.policy import Mailbox
from mailagent.errors import ConfigError, FolderMissing, LedgerBusy, LedgerError, LoginRefused, MailboxError, MailboxUnreachable
from mailagent.ledger import inbox, journal, tasks
from mailagent.ledger.inbox import Handled
from mailagent.mailbox.base import MailboxConnection
from mailagent.office import Office

log = logging.getLogger(__name__)

TICK_SECONDS = 30
#: A connection is made anew this often, whether it seems alive or not (STANDARDS §6.3).
CONNECTION_LIFE = timedelta(minutes=28)
IDLE_SLICE_SECONDS = 290
#: Letters leave only if their mailbox, Sent included, was looked at so many seconds ago at most.
FRESH_SECONDS = 60.0
LOCK_FILE = "mailagent.lock"
BACK_OFF_SECONDS = (5, 15, 30, 60, 120, 300, 600)


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


@dataclass
class Daemon:
    """Everything that runs, and how it stops.

    Attributes:
        tick_seconds: how often the clock knocks.
        on_error: told about a mailbox that cannot be read, for the terminal.
        saw: told about every mail that was handled.
        closing: what else must end with the daemon (the desk's server).
    """

    office: Office
    tick_seconds: float = TICK_SECONDS
    idle_slice_seconds: float = IDLE_SLICE_SECONDS
    on_error: Callable[[str], None] = lambda text: None
    saw: Callable[[Handled], None] = lambda handled: None
    stopping: threading.Event = field(default_factory=threading.Event)
    closing: list[Callable[[], None]] = field(default_factory=list)
    _working: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)
    _looked: dict[str, float] = field(default_factory=dict)
    _wanted: dict[str, threading.Event] = field(default_factory=lambda: defaultdict(threading.Event))

    # ── work ────────────────────────────────────────────────────────────────────────────────────────────────────

    def work(self) -> None:
        """One round of everything that the clock asks for. Only one at a time; a second caller waits its turn."""
        with self._working:
            for job in (self._handle, jobs.plan, jobs.reconcile, jobs.announce, jobs.write_digest, self._deliver):
                if self.stopping.is_set():
                    return
                try:
                    job(self.office)
                except LedgerError as error:
                    # A locked ledger or a full disk: nothing is lost, the next tick tries again.
                    log.error("%s", error)
                    self.on_error(str(error))
                    return
                except Exception:
                    log.exception("the job %s broke; the others go on", job.__name__)

    def _handle(self, office: Office) -> None:
        jobs.handle(office, saw=self.saw)

    def _deliver(self, office: Office) -> None:
        """Send from the mailboxes that were just looked at; have the others looked at first."""
        now = time.monotonic()
        fresh = {name for name, at in self._looked.items() if now - at <= FRESH_SECONDS}
        for account in jobs.deliver(office, self.stopping.is_set, fresh):
            self._wanted[account].set()

    def tidy(self) -> None:
        try:
            with self._working:
                jobs.tidy(self.office)
        except (LedgerError, OSError) as error:
            log.error("housekeeping: %s", error)

    # ── mailboxes ───────────────────────────────────────────────────────────────────────────────────────────────

    def watch(self, mailbox: Mailbox) -> None:
        """One mailbox for ever: connect, read, wait in IDLE, look again; after a failure back off with jitter."""
        failures = 0
        while not self.stopping.is_set():
            try:
                self.session(mailbox)
                failures = 0
            except LoginRefused as error:
                # Trying again locks accounts: a long wait, and a person is told.
                self.report(mailbox, error)
                self.stopping.wait(BACK_OFF_SECONDS[-1])
            except (MailboxUnreachable, MailboxError, ConfigError, LedgerError, OSError) as error:
                failures += 1
                pause = BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS)) - 1] * random.uniform(0.8, 1.2)
                log.warning("%s Next try in %.0f s.", error, pause)
                self.on_error(str(error))
                if failures == 4:
                    self.report(mailbox, error)
                self.stopping.wait(pause)
            except Exception as error:
                failures += 1
                log.exception("%s: reading broke; the connection is made anew", mailbox.name)
                self.on_error(f"{mailbox.name}: {error}")
                self.stopping.wait(BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS)) - 1])

    def session(self, mailbox: Mailbox) -> None:
        """The life of one connection: read everything, then wait for news, until it is old or breaks."""
        connection = self.office.open_mailbox(mailbox)
        try:
            ends = datetime.now(UTC) + CONNECTION_LIFE
            self.settle(mailbox)
            while not self.stopping.is_set() and datetime.now(UTC) < ends:
                self.look(mailbox, connection)
                self.wait_for_news(mailbox, connection)
        finally:
            connection.close()

    def look(self, mailbox: Mailbox, connection: MailboxConnection) -> None:
        """Read what is new, think about it at once, and tie up loose ends on the server."""
        self._wanted[mailbox.name].clear()
        new = jobs.receive(self.office, mailbox, connection)
        self._looked[mailbox.name] = time.monotonic()
        if new:
            log.info("%s: %d new mails", mailbox.name, new)
        self.work()
        jobs.reconcile_server(self.office, mailbox, connection)

    def wait_for_news(self, mailbox: Mailbox, connection: MailboxConnection) -> None:
        """IDLE in the first folder that there is; a safety poll follows whatever it says."""
        seconds = min(mailbox.poll_seconds, self.idle_slice_seconds)
        folder = first_folder(mailbox, connection) if mailbox.idle else ""
        if not folder:
            self._wanted[mailbox.name].wait(seconds)
            return
        state = connection.open(folder)
        with self.office.ledger.reading() as db:
            cursor = inbox.cursor(db, mailbox.name, folder)
        # Mail that came while we thought and sent is counted by this opening already; IDLE would never tell it.
        if cursor and cursor.uidvalidity == state.uidvalidity and not connection.new_uids(cursor.last_uid):
            connection.idle(seconds, lambda: self.stopping.is_set() or self._wanted[mailbox.name].is_set())

    def report(self, mailbox: Mailbox, error: Exception) -> None:
        """A mailbox that cannot be read is an alarm on the desk, once."""
        log.error("%s", error)
        self.on_error(str(error))
        title = f"The mailbox {mailbox.name} cannot be read: {error}"
        try:
            with self.office.ledger.transaction() as db:
                journal.raise_alarm(db, "mailbox", title, self.office.now())
        except LedgerError as busy:
            log.error("%s", busy)

    def settle(self, mailbox: Mailbox) -> None:
        """The mailbox can be read again: its alarms are done."""
        with self.office.ledger.transaction() as db:
            for number in tasks.open_with_title(db, "mailbox", f"The mailbox {mailbox.name} cannot be read"):
                journal.record(db, [e.TaskDone(number, "it can be read again")], now=self.office.now())

    # ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Begin: a thread for each mailbox, and the clock."""
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            # The jobs run in the scheduler's own thread: Python waits for the threads of a pool when it ends, and one that
            # hangs on a silent server would hold the process for minutes.
            executors={"default": DebugExecutor()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        # A tick that comes while the last one still works is skipped, which is what we want; it needs no warning.
        logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
        logging.getLogger("apscheduler.executors").setLevel(logging.ERROR)
        now = datetime.now(UTC)
        self._scheduler.add_job(self.work, "interval", seconds=self.tick_seconds, next_run_time=now)
        self._scheduler.add_job(self.tidy, "interval", hours=24, next_run_time=now + timedelta(minutes=10))
        self._scheduler.start()
        for mailbox in self.office.policy.mailboxes:
            thread = threading.Thread(target=self.watch, args=(mailbox,), name=f"mailbox-{mailbox.name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, seconds: float = 8.5) -> None:
        """End: the step in hand is finished; what still hangs on the network after ``seconds`` is left to the process's end.

        A letter that is left so has its attempt written down; nothing sends it again by itself.
        """
        self.stopping.set()
        for wanted in list(self._wanted.values()):
            wanted.set()
        deadline = datetime.now(UTC) + timedelta(seconds=seconds)
        for thread in self._threads:
            thread.join(max(0.1, (deadline - datetime.now(UTC)).total_seconds()))
        # A letter that is on the wire holds this lock; its outcome is recorded before we go, if the server answers.
        if self._working.acquire(timeout=max(0.1, (deadline - datetime.now(UTC)).total_seconds())):
            self._working.release()
            self._scheduler.shutdown(wait=False)
        else:
            log.warning("a server has not answered for %.0f s; it is left, and what it was told is written down", seconds)
        for close in self.closing:
            close()


def first_folder(mailbox: Mailbox, connection: MailboxConnection) -> str:
    """The server's name of the first folder of the configuration that exists; "" if none does."""
    for rule in mailbox.folders:
        try:
            return connection.folders((rule,))[0][1]
        except FolderMissing:
            continue
    return ""


def run(office: Office, started: Callable[[Daemon], None] = lambda daemon: None, **options) -> None:
    """Be the daemon until SIGTERM or Ctrl-C.

    Args:
        started: called once everything runs, for the line in the terminal and the desk.

    Raises:
        LedgerBusy: another daemon runs on this ledger.
    """
    lock = Lock(office.settings.home)
    # We hold the lock, so whoever had taken a letter is dead: what he left is settled before anything else.
    jobs.reconcile(office, after_restart=True)
    daemon = Daemon(office, **options)
    # A handler only notes the signal: it runs in the middle of whatever this thread does, and an Event has a lock of its own.
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: asked.append(number))
    try:
        daemon.start()
        started(daemon)
        while not (asked or daemon.stopping.is_set()):
            time.sleep(0.2)
        log.info("stopping: the step in hand is finished first")
        daemon.stop()
    finally:
        lock.release()
