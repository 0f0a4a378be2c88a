"""The background process: one lock, one clock, threads that read, think and send, and a clean end.

Theory. APScheduler only knocks: every job asks the ledger what is due (a scheduler's own store loses jobs when the process dies),
and a clock that is set back does not silence it. Three sorts of threads do the work, and none waits for another: a ``Watch`` for
each mailbox reads; one thread thinks about what was read, whichever mailbox it came from; and for each mailbox one sends. A server
that hangs holds up its own thread and no other. They meet in the ledger alone, where every step is a transaction and the guards ask
again before a letter leaves. A letter to a buyer leaves only from a mailbox that was looked at within the last minute: his answer,
or a colleague's, may have come since (the sender wakes the mailbox's thread for that). A thread that dies of anything is started
again, and people are told. Nothing looks after the thinking, which tells of everything else: where it does not come to an end, the
programme ends and begins anew, and the mail over which that happened has used up a try (``jobs/handle.py``). SIGTERM sets one flag
that every wait and every loop asks; the step in hand is finished.
"""

from __future__ import annotations

import faulthandler
import logging
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from mailagent import jobs
from mailagent.core.model.policy import Mailbox
from mailagent.errors import LedgerError
from mailagent.jobs import watch_over, watch_sent
from mailagent.jobs.ledger_trouble import LedgerTrouble
from mailagent.jobs.replan import keep_to_rhythm
from mailagent.ledger import outbox
from mailagent.ledger.inbox import Handled
from mailagent.lock import Lock
from mailagent.mailbox.base import MailboxConnection
from mailagent.office import Office
from mailagent.watch import Watch

log = logging.getLogger(__name__)

#: Letters leave only if their mailbox, Sent included, was looked at so many seconds ago at most.
FRESH_SECONDS = 60.0
#: After so long the thinking about a backlog makes room for what else is due.
BACKLOG_SECONDS = 10.0
#: A clock that is set back by more than this is an event; less is how clocks are kept right, seconds.
CLOCK_STEP = 5.0
#: A round of thinking that lasts longer never ends, seconds; the longest ones take some minutes.
STUCK_SECONDS = 900.0
#: A changed rhythm is taken up for so long in each round, seconds.
REPLAN_SECONDS = 2.0


@dataclass
class Daemon:
    """Everything that runs, and how it stops.

    Attributes:
        tick_seconds: how often the clock knocks; None takes the setting.
        on_error: told about a mailbox that cannot be read, for the terminal.
        saw: told about every mail that was handled.
        closing: what else must end with the daemon (the desk's server).
    """

    office: Office
    tick_seconds: float | None = None
    on_error: Callable[[str], None] = lambda text: None
    saw: Callable[[Handled], None] = lambda handled: None
    stopping: threading.Event = field(default_factory=threading.Event)
    closing: list[Callable[[], None]] = field(default_factory=list)
    _thinking: threading.Lock = field(default_factory=threading.Lock)
    _news: threading.Event = field(default_factory=threading.Event)
    _letters: dict[str, threading.Event] = field(default_factory=dict)
    _tidying: threading.Event = field(default_factory=threading.Event)
    _ledger_trouble: LedgerTrouble = field(default_factory=LedgerTrouble)
    _watches: dict[str, Watch] = field(default_factory=dict)
    _threads: dict[str, threading.Thread] = field(default_factory=dict)
    _started_at: datetime | None = None
    _is_behind: bool = False
    _keeps_rhythm: bool = False
    _thinks_since: float | None = None
    _ahead: float = field(default_factory=lambda: time.time() - time.monotonic())

    # ── thinking ────────────────────────────────────────────────────────────────────────────────────────────────

    def work(self) -> None:
        """One round of everything that the clock asks for, at once: think, then send."""
        if self.think():
            self.send()

    def think(self) -> bool:
        """One round of everything that needs no server. False if the ledger cannot be used, and the rest must wait."""
        with self._thinking, self._timed():
            for job in (self._handle, self._plan, self._keep_time, jobs.reconcile, self._watch_over, self._announce, jobs.write_digest):
                if self.stopping.is_set():
                    return False
                try:
                    job(self.office)
                except LedgerError as error:
                    # A locked ledger or a full disk: nothing is lost, the next tick tries again.
                    log.error("%s", error)
                    self.on_error(str(error))
                    self._ledger_trouble.note_failure(self.office, error)
                    return False
                except Exception:
                    log.exception("the job %s broke; the others go on", job.__name__)
        return True

    @contextmanager
    def _timed(self) -> Iterator[None]:
        self._thinks_since = time.monotonic()
        try:
            yield
        finally:
            self._thinks_since = None

    @property
    def is_stuck(self) -> bool:
        """Has a round of thinking lasted so long that it will not come to an end?"""
        since = self._thinks_since
        return since is not None and time.monotonic() - since > STUCK_SECONDS

    def _announce(self, office: Office) -> None:
        """Whoever gets so far has written to the ledger, or could have."""
        self._ledger_trouble.note_success(office)
        jobs.announce(office)

    def _handle(self, office: Office) -> None:
        ends = time.monotonic() + BACKLOG_SECONDS
        jobs.handle(office, saw=self.saw, stop=lambda: self.stopping.is_set() or time.monotonic() > ends)
        self._is_behind = time.monotonic() > ends
        if self._is_behind:
            self._news.set()

    def _plan(self, office: Office) -> None:
        """Nobody is followed up while mails wait that may hold his answer."""
        if not self._is_behind:
            self._keep_to_rhythm(office)
            jobs.plan(office, self.stopping.is_set)

    def _keep_to_rhythm(self, office: Office) -> None:
        """A changed rhythm is taken up piece by piece, so that neither mail nor letters wait for it."""
        if self._keeps_rhythm:
            return
        ends = time.monotonic() + REPLAN_SECONDS
        self._keeps_rhythm = keep_to_rhythm(office, lambda: self.stopping.is_set() or time.monotonic() > ends).is_done
        if not self._keeps_rhythm:
            self._news.set()

    def _keep_time(self, office: Office) -> None:
        """What waits in the backlog may be the answer that somebody is told to be late."""
        if not self._is_behind:
            jobs.keep_time(office)

    def _watch_over(self, office: Office) -> None:
        """Whether mail has come is known when all of it was read."""
        if not self._is_behind:
            watch_over.watch_over(office, self._started_at)
            watch_sent.watch_sent(office)

    def tidy(self) -> None:
        try:
            with self._thinking:
                jobs.tidy(self.office)
        except (LedgerError, OSError) as error:
            log.error("housekeeping: %s", error)

    # ── sending ─────────────────────────────────────────────────────────────────────────────────────────────────

    def send(self, without: Collection[str] = ()) -> None:
        """Send from the mailboxes that were just looked at; have the others looked at first.

        Args:
            without: mailboxes from which another thread sends.
        """
        try:
            now = time.monotonic()
            fresh = {name for name, watch in self._watches.items() if watch.looked is not None and now - watch.looked <= FRESH_SECONDS}
            wanted = jobs.deliver(self.office, self.stopping.is_set, fresh, without)
            # Copies for the Sent folder are put there by the mailbox's own thread.
            with self.office.ledger.reading() as db:
                filing = {letter.account for letter in outbox.to_be_filed(db, self.office.now() - timedelta(hours=1))}
                wanted |= filing - set(without)
        except LedgerError as error:
            log.error("%s", error)
            self.on_error(str(error))
            self._ledger_trouble.suspect(self.office, error)
            return
        except Exception:
            log.exception("sending broke; the next round tries again")
            return
        for account in wanted & set(self._watches):
            self._watches[account].wanted.set()

    # ── mailboxes ───────────────────────────────────────────────────────────────────────────────────────────────

    def look(self, mailbox: Mailbox, connection: MailboxConnection) -> None:
        """One whole round for one mailbox, step by step: read, think, send, tie up loose ends on the server."""
        self.watch_of(mailbox).read(connection)
        self.work()
        jobs.reconcile_server(self.office, mailbox, connection)

    def watch_of(self, mailbox: Mailbox) -> Watch:
        """The one watch of a mailbox."""
        if mailbox.name not in self._watches:
            self._watches[mailbox.name] = Watch(self.office, mailbox, self.stopping, self._news.set, self.on_error)
        return self._watches[mailbox.name]

    # ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Begin: the threads, and the clock that knocks at their doors."""
        self._started_at = self.office.now()
        for mailbox in self.office.policy.mailboxes:
            self.watch_of(mailbox)
            self._letters[mailbox.name] = threading.Event()
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            # What it calls only sets a flag or two, in the scheduler's own thread; there is no pool to wait for at the end.
            executors={"default": DebugExecutor()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
        logging.getLogger("apscheduler.executors").setLevel(logging.ERROR)
        now = datetime.now(UTC)
        seconds = self.tick_seconds or self.office.policy.reading.tick_seconds
        self._scheduler.add_job(self.knock, "interval", seconds=seconds, next_run_time=now)
        self._scheduler.add_job(self._tidying.set, "interval", hours=24, next_run_time=now + timedelta(minutes=10))
        self._scheduler.start()

    def mind_the_clock(self) -> None:
        """Plan the knocking anew if the clock was set back: the scheduler would wait until it shows the old time again."""
        before, self._ahead = self._ahead, time.time() - time.monotonic()
        if self._ahead < before - CLOCK_STEP:
            log.warning("the clock of this machine was set back by %.0f s", before - self._ahead)
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))

    def knock(self) -> None:
        """The clock's tick: every thread lives, and looks whether something is due."""
        for name, target in (
            ("thinking", self._think_on),
            *((f"sending-{account}", partial(self._send_on, account)) for account in self._watches),
            *((f"mailbox-{account}", watch.run) for account, watch in self._watches.items()),
        ):
            thread = self._threads.get(name)
            if thread is not None and thread.is_alive() or self.stopping.is_set():
                continue
            if thread is not None:
                self.report_death(name)
            # Python waits for no daemon thread at its end: one that hangs on a silent server must not hold the process.
            self._threads[name] = threading.Thread(target=target, name=name, daemon=True)
            self._threads[name].start()
        self._news.set()

    def report_death(self, name: str) -> None:
        """A thread died of something that nobody foresaw: people are told, and it is started again."""
        log.error("the thread %s has died; it is started again", name)
        for watch in self._watches.values():
            if name == f"mailbox-{watch.mailbox.name}":
                watch.note(RuntimeError("the thread that reads it died; it was started again"))

    def _think_on(self) -> None:
        while self._next(self._news):
            self.think()
            for letters in self._letters.values():
                letters.set()
            if self._tidying.is_set():
                self._tidying.clear()
                self.tidy()

    def _send_on(self, account: str) -> None:
        others = set(self._watches) - {account}
        while self._next(self._letters[account]):
            self.send(others)

    def _next(self, event: threading.Event) -> bool:
        """Wait until there is something to do; False at the end."""
        event.wait()
        event.clear()
        return not self.stopping.is_set()

    def stop(self, seconds: float = 8.5) -> None:
        """End: the step in hand is finished; what still hangs on the network after ``seconds`` is left to the process's end.

        A letter that is left so has its attempt written down; nothing sends it again by itself.
        """
        self.stopping.set()
        for event in (self._news, *self._letters.values(), *(watch.wanted for watch in self._watches.values())):
            event.set()
        self._scheduler.shutdown(wait=False)
        deadline = time.monotonic() + seconds
        # A letter that is on the wire comes first: its outcome is recorded before we go, if the server answers.
        for name in sorted(self._threads, key=lambda name: name.startswith("mailbox-")):
            if name == "thinking" and self.is_stuck:
                continue
            self._threads[name].join(max(0.1, deadline - time.monotonic()))
        left = [name for name, thread in self._threads.items() if thread.is_alive()]
        if left:
            log.warning("no answer for %.0f s: %s; it is left, and what the server was told is written down", seconds, ", ".join(left))
        for close in self.closing:
            close()


def run(office: Office, started: Callable[[Daemon], None] = lambda daemon: None, **options) -> bool:
    """Be the daemon until SIGTERM or Ctrl-C.

    Args:
        started: called once everything runs, for the line in the terminal and the desk.

    Returns:
        Whether it ended because it was stuck, and should be begun anew.

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
        armed = float("-inf")
        while not (asked or daemon.stopping.is_set() or daemon.is_stuck):
            if time.monotonic() - armed > STUCK_SECONDS / 3:
                # A pattern that never comes to its end lets no other thread run: then this ends the process, and says where it was.
                faulthandler.dump_traceback_later(STUCK_SECONDS, exit=True)
                armed = time.monotonic()
            time.sleep(0.2)
            daemon.mind_the_clock()
        if is_stuck := daemon.is_stuck:
            log.error("the thinking has not come to an end for %.0f s; mailagent is begun anew", STUCK_SECONDS)
        else:
            log.info("stopping: the step in hand is finished first")
        daemon.stop()
    finally:
        faulthandler.cancel_dump_traceback_later()
        lock.release()
    return is_stuck
