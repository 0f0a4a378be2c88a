"""One mailbox, watched: one long connection that reads what is new, waits in IDLE, and looks after every wait.

Theory. A watch only reads and puts into the ledger; what the mails mean is thought about elsewhere (``daemon.py``), so a
mailbox that hangs, drips or holds a mail of 60 MB keeps nobody waiting but itself. IDLE is a hint: a look follows
every wait whatever it says. A wait and the time in which a server must answer are shorter than five minutes
together, so a link that died in silence is found out in that time. Whatever breaks, the connection is made anew after a wait
that grows; it shrinks again only when a connection has really served, because one that dies right after each login would
otherwise knock at the server's door without end. A connection that brought mail before it broke has served. A refused login
waits longest: trying again locks accounts. And a server that calls again and again when nothing is there is believed less and less.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from mailagent import jobs
from mailagent.core.model.endpoint import with_habits
from mailagent.core.model.policy import Mailbox
from mailagent.errors import FolderMissing, LedgerError, LoginRefused, MailagentError
from mailagent.jobs import watch_over
from mailagent.ledger import folders
from mailagent.mailbox.base import MailboxConnection
from mailagent.office import Office

log = logging.getLogger(__name__)

#: Waits differ by this part, so that many mailboxes of one server do not come back all at once.
JITTER = 0.2
#: So many calls of the server for nothing, one after another, are answered at once; then there is a rest before each wait.
VAIN_CALLS = 3


@dataclass
class Watch:
    """One mailbox and the thread that looks after it.

    Attributes:
        has_looked: called after every look; the thinking is done by whoever is told.
        on_error: told about what cannot be read, for the terminal.
        wanted: set by anybody who wants the mailbox to be looked at now.
        looked: when it was last read to its end, by the clock that only runs forward; None before the first time.
        failures: how many connections in a row did not serve.
        reached: how far the folders had been read at the last failure.
    """

    office: Office
    mailbox: Mailbox
    stopping: threading.Event
    has_looked: Callable[[], None]
    on_error: Callable[[str], None] = lambda text: None
    wanted: threading.Event = field(default_factory=threading.Event)
    looked: float | None = None
    failures: int = 0
    reached: tuple = ()

    def run(self) -> None:
        """Until the end: connect, read, wait, look again; after a failure wait first."""
        self.mailbox = with_habits(self.mailbox, self.office.policy.providers)
        while not self.stopping.is_set():
            try:
                self.session()
            except Exception as error:  # whatever breaks, a mailbox is never given up
                self.stopping.wait(self.note(error))

    def session(self) -> None:
        """The life of one connection: read everything, then wait for news, until it is old or breaks."""
        connection = self.office.open_mailbox(self.mailbox)
        try:
            ends = time.monotonic() + self.mailbox.connection_seconds
            looks, vain, called = 0, 0, False
            while not self.stopping.is_set() and time.monotonic() < ends:
                new = self.look(connection)
                looks += 1
                # It has served if it brought something, or if it was still there after a wait.
                if new or looks > 1:
                    self.failures = 0
                vain = vain + 1 if called and not new else 0
                if vain > VAIN_CALLS:
                    self.wanted.wait(min(self.longest_wait, self.back_off(vain - VAIN_CALLS)))
                called = self.wait_for_news(connection)
        finally:
            connection.close()

    def look(self, connection: MailboxConnection) -> int:
        """Read what is new, tell that it is there, and tie up loose ends on the server. How many mails are new."""
        new = self.read(connection)
        self.has_looked()
        jobs.reconcile_server(self.office, self.mailbox, connection)
        return new

    def read(self, connection: MailboxConnection) -> int:
        """Put what is new into the ledger. How many mails that is."""
        self.wanted.clear()
        new = jobs.receive(self.office, self.mailbox, connection)
        self.looked = time.monotonic()
        watch_over.note_look(self.office, self.mailbox)
        if new:
            log.info("%s: %d new mails", self.mailbox.name, new)
        return new

    @property
    def longest_wait(self) -> float:
        """After so many seconds a look follows, whatever the server says or does not say."""
        return min(self.mailbox.poll_seconds, self.mailbox.idle_seconds)

    def wait_for_news(self, connection: MailboxConnection) -> bool:
        """IDLE in the first folder that there is; the next look follows whatever it says. True if the server called."""
        folder = first_folder(self.mailbox, connection) if self.mailbox.idle else ""
        if not folder:
            self.wanted.wait(self.longest_wait)
            return False
        state = connection.open(folder)
        with self.office.ledger.reading() as db:
            cursor = folders.cursor(db, self.mailbox.name, folder)
        # Mail that came while we were busy is counted by this opening already; IDLE would never tell it.
        if not cursor or cursor.uidvalidity != state.uidvalidity or connection.new_uids(cursor.last_uid):
            return True
        return connection.idle(self.longest_wait, lambda: self.stopping.is_set() or self.wanted.is_set())

    def note(self, error: Exception) -> float:
        """Write a failure down, tell of it, and say how long to wait before the next try, in seconds."""
        self.failures = 1 if self.brought_something() else self.failures + 1
        pause = self.pause_after(error)
        name = self.mailbox.name
        if isinstance(error, (MailagentError, OSError)):
            log.warning("%s Next try in %.0f s.", error, pause)
        else:
            log.error("%s: reading broke; the connection is made anew in %.0f s", name, pause, exc_info=error)
        self.on_error(f"{name}: {error}" if str(error) and name not in str(error) else str(error) or f"{name}: {type(error).__name__}")
        # The ledger's own trouble is not the mailbox's, and could not be written down.
        if not isinstance(error, LedgerError):
            try:
                watch_over.note_failure(self.office, self.mailbox, error)
            except LedgerError as busy:
                log.error("%s", busy)
        self.has_looked()
        return pause

    def brought_something(self) -> bool:
        """Has any folder been read further since the last failure?"""
        before = self.reached
        with suppress(LedgerError), self.office.ledger.reading() as db:
            mine = [one for one in folders.cursors(db) if one.account == self.mailbox.name]
            self.reached = tuple((one.folder, one.uidvalidity, one.last_uid) for one in mine)
        return self.reached != before

    def pause_after(self, error: Exception) -> float:
        return self.mailbox.login_pause_seconds if isinstance(error, LoginRefused) else self.back_off(self.failures)

    def back_off(self, times: int) -> float:
        """The wait after so many failures in a row, seconds."""
        waits = self.mailbox.back_off_seconds
        return waits[min(times, len(waits)) - 1] * random.uniform(1 - JITTER, 1 + JITTER)


def first_folder(mailbox: Mailbox, connection: MailboxConnection) -> str:
    """The server's name of the first folder of the configuration that exists; "" if none does."""
    for rule in mailbox.folders:
        try:
            return connection.folders((rule,))[0][1]
        except FolderMissing:
            continue
    return ""
