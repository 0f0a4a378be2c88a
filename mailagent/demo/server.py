"""A whole mail system on this machine: IMAP and SMTP with real protocols, started and stopped with the demo.

One thread, one event loop, two listeners on free ports of 127.0.0.1. Mail is held in memory and gone at the end.
All dates come from ``clock``, because the demo's time runs faster than the machine's.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mailagent.demo.imap_server import ImapStore
from mailagent.demo.smtp_server import Postmaster, delivery_report, trace_lines

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
START_SECONDS = 15.0
CALL_SECONDS = 60.0


@dataclass(frozen=True)
class Posted:
    """A letter that the SMTP server took: envelope, bytes as they came over the wire, and the demo's time."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    at: datetime


def machine_clock() -> datetime:
    return datetime.now(UTC)


class EmbeddedMail:
    """The demo's mail server: ``with EmbeddedMail({"sales@lumena.example": "secret"}) as mail: …``.

    Args:
        users: address → password; the address is the login name for IMAP and SMTP.
        own_domains: an unknown address of these domains is refused (550); without any, the users' domains.
        bounces: address → what its server answers; a letter to it comes back to the sender as a delivery report.
        on_letter: called with sender, recipients and bytes of each letter that was taken, before the client
            hears of it. It runs in a thread of its own and may call ``deliver``.
        clock: the demo's time, aware; dates delivery reports and whatever comes without a date.

    Attributes:
        imap_port, smtp_port: where it listens, on 127.0.0.1 without TLS; 0 until started.
        posted: every letter taken, in order.
    """

    def __init__(
        self,
        users: Mapping[str, str],
        own_domains: Iterable[str] = (),
        bounces: Mapping[str, str] | None = None,
        on_letter: Callable[[str, tuple[str, ...], bytes], None] | None = None,
        clock: Callable[[], datetime] = machine_clock,
    ):
        self._users = {address.lower(): password for address, password in users.items()}
        domains = frozenset(d.lower() for d in own_domains) or frozenset(a.rpartition("@")[2] for a in self._users)
        self.bounces = {address.lower(): answer for address, answer in (bounces or {}).items()}
        self.on_letter = on_letter
        self.posted: list[Posted] = []
        self.imap_port = 0
        self.smtp_port = 0
        self._clock = clock
        self._store = ImapStore(self._users, clock)
        self._postmaster = Postmaster(self._users, domains, self._accept)
        self._numbers = itertools.count(1)
        self._thread: threading.Thread | None = None

    # ── start and stop ──────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> EmbeddedMail:
        """Start both servers and return when they listen; raises what kept them from it."""
        ready: Future = Future()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="demo-mail", daemon=True)
        self._thread.start()
        ready.result(START_SECONDS)
        return self

    def stop(self) -> None:
        """End all conversations and stop listening; harmless when not started."""
        if self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join(CALL_SECONDS)
        self._thread = None

    def __enter__(self) -> EmbeddedMail:
        return self.start()

    def __exit__(self, *exc_info) -> None:
        self.stop()

    def _run(self, ready: Future) -> None:
        try:
            asyncio.run(self._serve(ready))
        except Exception as error:
            if ready.done():
                log.exception("the demo's mail server broke")
            else:
                ready.set_exception(error)

    async def _serve(self, ready: Future) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self.imap_port = await self._store.open(HOST, 0)
        smtp = await self._loop.create_server(lambda: self._postmaster.conversation(self._loop), HOST, 0)
        self.smtp_port = smtp.sockets[0].getsockname()[1]
        ready.set_result(None)
        await self._stopped.wait()
        smtp.close()
        await self._store.close()

    # ── the mailboxes ───────────────────────────────────────────────────────────────────────────────────────────

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX", flags: Iterable[str] = (), when: datetime | None = None) -> int:
        """Put a mail into a user's folder, byte for byte, and return its UID.

        Args:
            folder: made if it does not exist.
            flags: as ``\\Seen`` or a keyword.
            when: the IMAP INTERNALDATE (aware); the clock's time if None.

        Raises:
            KeyError: no such user.
        """
        return self._call(self._store.append(self._known(user), raw, folder, tuple(flags), when or self._clock()))

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """The raw mails of a user's folder, oldest UID first; KeyError if there is no such user or folder."""
        return self._call(self._store.read(self._known(user), folder))

    @property
    def outside(self) -> list[Posted]:
        """The letters that left for somebody who is not one of our users, bounced ones included."""
        return [letter for letter in self.posted if any(r.lower() not in self._users for r in letter.recipients)]

    def _known(self, user: str) -> str:
        if user.lower() not in self._users:
            raise KeyError(user)
        return user.lower()

    def _call(self, coroutine):
        if not self._thread:
            coroutine.close()
            raise RuntimeError("the demo's mail server is not running")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(CALL_SECONDS)

    # ── letters ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _accept(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> str:
        now = self._clock()
        queued = f"{next(self._numbers):08X}"
        self.posted.append(Posted(sender, recipients, raw, now))
        for recipient in recipients:
            answer = self.bounces.get(recipient.lower())
            if recipient.lower() in self._users:
                lines = trace_lines(sender, recipient, queued, now)
                await self._store.append(recipient.lower(), lines + raw, "INBOX", (), now)
            elif answer and sender.lower() in self._users:
                # The other server took half a minute to refuse it.
                later = now + timedelta(seconds=30)
                report = delivery_report(sender, recipient, raw, answer, queued, later)
                await self._store.append(sender.lower(), report, "INBOX", (), later)
        if self.on_letter:
            try:
                await self._loop.run_in_executor(None, self.on_letter, sender, recipients, raw)
            except Exception:
                # The letter was taken; what the demo's buyers make of it must not turn into an SMTP error.
                log.exception("a demo buyer could not read a letter")
        return queued
