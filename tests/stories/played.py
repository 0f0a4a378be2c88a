"""A stage without servers, for walks of thousands of ticks: the same company, ledger, jobs and people; only mail goes no real way."""

from __future__ import annotations

import itertools
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from stage import Stage

from mailagent import jobs
from mailagent.core.model.policy import Policy
from mailagent.delivery.base import Accepted, Deferred, Lost, Withdrawn, idle
from mailagent.demo.world import START, JumpingClock
from mailagent.jobs.replan import keep_to_rhythm
from mailagent.ledger import inbox

_SHARED = tempfile.TemporaryDirectory()
#: What was prepared once for a policy stays prepared: every stage has the same one.
_policies: dict[str, Policy] = {}
#: Quotas are tested elsewhere; here they would only hide what happens at other times.
FREE = {"notices": "off", "pace_seconds": 0, "per_hour": 999, "per_day": 999, "warm_up_per_day": 0, "sent_unseen_days": 0}


class Watcher(Protocol):
    """Who looks at every letter at its first byte."""

    def at_the_first_byte(self, ulid: str) -> None: ...


@dataclass
class Post:
    """The outside: mails come in straight to the ledger, and letters are looked at the moment they are handed over."""

    stage: PlayedStage
    imap_port: int = 1
    smtp_port: int = 1
    mood: str = "takes"
    numbers: itertools.count = field(default_factory=lambda: itertools.count(1))

    def deliver(self, account: str, raw: bytes, folder: str = "INBOX", flags: tuple = (), when: datetime | None = None) -> None:
        role = "sent" if folder == "Sent" else "inbox"
        office = self.stage.office
        with office.ledger.transaction() as db:
            inbox.keep(
                db, account="sales", folder=folder, role=role, uidvalidity=1, uid=next(self.numbers), raw=raw, flags=flags,
                received_at=when or office.now(), now=office.now(), large_sources=office.settings.sources_folder, inline_bytes=1_000_000,
            )  # fmt: skip

    def submit(self, raw, mail_from, recipients, before_payload, envelope_id, meanwhile=idle):
        meanwhile("data")
        if not before_payload():
            return Withdrawn()
        self.stage.walk.at_the_first_byte(envelope_id)
        meanwhile("text")
        if self.mood == "later":
            return Deferred(451, "4.3.0 try again later", "text")
        return Lost("no answer") if self.mood == "lost" else Accepted(250, "ok")

    def close(self) -> None:
        pass


class PlayedStage(Stage):
    """A stage without a server: the same company, ledger and people."""

    def __init__(self, walk: Watcher, home: Path):
        self.walk, self.clock = walk, JumpingClock(START)
        self.shared_home, self.home = Path(_SHARED.name), home
        self.sections = {"deadlines": {"acknowledge": "draft"}, "sending": FREE}
        self.handled, self.smtp_port, self._numbers = [], 0, itertools.count(1)
        self.mail = Post(self)
        self._open()

    def _open(self) -> None:
        super()._open()
        # Everything that is prepared once for a policy stays prepared.
        self.office.policy = _policies.setdefault("policy", self.office.policy.model_copy(update={"providers": {}}))
        self.office.open_transport = lambda mailbox: self.mail

    def look(self) -> None:
        """One round of the daemon, without its servers."""
        jobs.handle(self.office)
        keep_to_rhythm(self.office)
        jobs.plan(self.office)
        jobs.keep_time(self.office)
        jobs.reconcile(self.office)
        jobs.deliver(self.office)
