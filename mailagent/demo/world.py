"""The demo's stage: the mail server, the company's office, a clock that jumps, and the buyers who answer.

The programme on this stage is the real one: the daemon's own rounds, over real IMAP and SMTP. Only the clock and the
people are played.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from zoneinfo import ZoneInfo

from mailagent.core.deciding import digest
from mailagent.core.model.policy import Mailbox
from mailagent.daemon import Daemon
from mailagent.demo import buyers, samples
from mailagent.demo.server import EmbeddedMail
from mailagent.i18n import language
from mailagent.jobs.plan import DRAFT_AHEAD
from mailagent.ledger import leads, outbox
from mailagent.ledger.inbox import Handled
from mailagent.mailbox.base import MailboxConnection
from mailagent.office import Office, open_office

#: A Tuesday morning at the company's place: the demo shows the same on any date.
START = datetime(2026, 3, 10, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


@dataclass
class JumpingClock:
    """The demo's time: it stands still or runs at the pace of the real one, and jumps when asked to."""

    moment: datetime = START
    runs: bool = False
    _since: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        return self.moment + timedelta(seconds=time.monotonic() - self._since) if self.runs else self.moment

    def jump(self, to: datetime) -> None:
        """Go to a later time; never back."""
        self.moment, self._since = max(to, self.now()), time.monotonic()

    def run(self) -> None:
        """From now on time passes by itself as well."""
        self._since, self.runs = time.monotonic(), True


@dataclass
class World:
    """Everything on the stage."""

    mail: EmbeddedMail
    office: Office
    daemon: Daemon
    buyers: buyers.Buyers
    clock: JumpingClock
    samples: list[samples.Sample]
    handled: list[Handled] = field(default_factory=list)
    connection: MailboxConnection | None = None

    @property
    def mailbox(self) -> Mailbox:
        return self.office.policy.mailboxes[0]

    def look(self) -> None:
        """One round of the daemon, at this moment of the demo's clock: read, think, draft, send, tie up."""
        if self.connection is None:
            self.connection = self.office.open_mailbox(self.mailbox)
        self.daemon.look(self.mailbox, self.connection)

    def next_moment(self) -> datetime | None:
        """The next time at which anything is going to happen."""
        now = self.clock.now()
        with self.office.ledger.reading() as db:
            due, ready = leads.next_due(db), outbox.next_ready(db)
        candidates = [ready, self.buyers.next_at, digest.next_due(now, self.office.policy)]
        if due is not None:
            # A letter is drafted some hours before its time; a task comes at its time.
            candidates += [due - DRAFT_AHEAD, due]
        return min((moment for moment in candidates if moment and moment > now), default=None)

    def step(self, until: datetime) -> bool:
        """Jump to the next moment and let everybody act; False when nothing happens before ``until``."""
        moment = self.next_moment()
        if moment is None or moment > until:
            self.clock.jump(until)
            return False
        self.clock.jump(moment)
        self.deliver_answers()
        self.look()
        return True

    def deliver_answers(self) -> None:
        """Buyers whose time has come write."""
        for answer in self.buyers.due(self.clock.now()):
            self.mail.deliver(answer.recipient, answer.raw, when=answer.at)

    def approve_everything(self) -> int:
        """Play the salespeople: approve what waits, the manager what only he may. How many."""
        with self.office.ledger.reading() as db:
            waiting = outbox.drafts(db)
        manager = self.office.policy.managers[0]
        for letter in waiting:
            person = manager if letter.needs_manager else self.office.policy.person(letter.author) or manager
            self.office.reviewer(person).approve(letter.id, letter.content_hash)
        return len(waiting)


@contextmanager
def open_world() -> Iterator[World]:
    """Set the stage: a home folder that is thrown away, servers on free ports, the sample mails delivered."""
    clock = JumpingClock()
    crowd = buyers.Buyers(clock.now)
    password = secrets.token_urlsafe(12)
    with tempfile.TemporaryDirectory(prefix="mailagent-demo-") as folder:
        home = Path(folder)
        make_home(home, password)
        people = ("chen.wei@lumena.example", "maria.lin@lumena.example", "zhou.min@lumena.example")
        users = {samples.SALES: password, **{person: password for person in people}}
        with EmbeddedMail(users, bounces=buyers.bounces(), on_letter=crowd.hear, clock=clock.now) as mail:
            office = open_office(home, now=clock.now)
            office.policy = with_ports(office, mail)
            mails = samples.load(START)
            for one in mails:
                mail.deliver(samples.SALES, one.raw, one.folder, one.flags, one.received_at)
            world = World(mail, office, Daemon(office), crowd, clock, mails)
            world.daemon.saw = world.handled.append
            try:
                yield world
            finally:
                if world.connection:
                    world.connection.close()
                office.ledger.close()


def make_home(home: Path, password: str) -> None:
    """The company's folder: its configuration, and a ``.env`` with fresh keys."""
    with as_file(files("mailagent.demo") / "company" / "config") as config:
        shutil.copytree(config, home / "config")
    names = ("MAILAGENT_MESSAGE_ID_KEY", "MAILAGENT_SUPPRESSION_KEY", "MAILAGENT_DESK_SECRET")
    lines = [f"{name}={secrets.token_hex(32)}" for name in names]
    lines += [f"MAILAGENT_UNSUBSCRIBE_KEYS=1:{secrets.token_hex(32)}", f"MAILAGENT_SALES_PASSWORD='{password}'"]
    env = home / ".env"
    env.touch(mode=0o600)
    env.write_text("\n".join(lines) + "\n")


def with_ports(office: Office, mail: EmbeddedMail):
    """The policy with the ports of the embedded server; who watches the demo in Chinese reads the manager's mail in it too."""
    (mailbox,) = office.policy.mailboxes
    mailbox = mailbox.model_copy(update={"imap_port": mail.imap_port, "smtp_port": mail.smtp_port})
    people = office.policy.people
    if language() == "zh":
        people = tuple(person.model_copy(update={"language": "zh"}) for person in people)
    return office.policy.model_copy(update={"mailboxes": (mailbox,), "people": people})
