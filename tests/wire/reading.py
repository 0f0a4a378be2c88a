"""Somebody who reads a scripted server: our connection, ``jobs.receive`` and a ledger of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from proxy import Proxy
from scripted import Scripted

from mailagent import jobs
from mailagent.core.model.policy import FolderRule, Mailbox, Policy
from mailagent.core.writing.templates import TemplateSet
from mailagent.errors import MailboxError
from mailagent.ledger import sources, tasks
from mailagent.ledger.db import Ledger
from mailagent.mailbox.imap import connect
from mailagent.office import Office
from mailagent.settings import Settings

INBOX_ONLY = (FolderRule(role="inbox", name="INBOX"),)


def letter(number: int, size: int = 0) -> bytes:
    head = b"Message-ID: <m%d@cust.example>\r\nSubject: inquiry %d\r\n\r\n" % (number, number)
    return head + b"Some words (and more)\r\n" * (1 + size // 23)


class Reading:
    """One mailbox on a scripted server, read into a ledger as the daemon does it: after a failure, on a new connection."""

    def __init__(self, server: Scripted | Proxy, home: Path, **mailbox):
        self.server = server
        values = {"imap_host": "127.0.0.1", "imap_port": server.port, "imap_security": "none", "timeout_seconds": 1}
        self.mailbox = Mailbox(**{"name": "sales", "address": "sales@acme.example", "folders": INBOX_ONLY} | values | mailbox)
        self.now = datetime.now(UTC)
        secrets = Settings(home, b"k" * 32, b"k" * 32, b"k" * 32, {1: b"k" * 32})
        policy = Policy(mailboxes=(self.mailbox,))
        self.office = Office(secrets, policy, TemplateSet({}), Ledger(home / "ledger.sqlite"), lambda: self.now)
        self.password = "secret"
        self.errors: list[MailboxError] = []

    def connect(self):
        return connect(self.mailbox, self.password, {})

    def look(self) -> None:
        """One look on a connection of its own; raises what goes wrong."""
        connection = self.connect()
        try:
            jobs.receive(self.office, self.mailbox, connection)
        finally:
            connection.close()

    def look_again_and_again(self, times: int = 8) -> None:
        """What the daemon does on a bad day; time passes between the looks."""
        for _ in range(times):
            try:
                self.look()
            except MailboxError as error:
                self.errors.append(error)
            self.now += timedelta(minutes=10)

    def rows(self, query: str) -> list[dict]:
        with self.office.ledger.reading() as db:
            return [dict(row) for row in db.execute(query)]

    def kept(self) -> list[bytes]:
        """The bytes of all mails in the ledger, in the order in which they came."""
        with self.office.ledger.reading() as db:
            numbers = [row["id"] for row in db.execute("SELECT id FROM sources ORDER BY id")]
            return [sources.raw(db, number, self.office.settings.sources_folder) for number in numbers]

    def inbound(self) -> int:
        return self.rows("SELECT COUNT(*) AS number FROM inbound")[0]["number"]

    def alarms(self) -> list[str]:
        with self.office.ledger.reading() as db:
            return [task["title"] for task in tasks.open_tasks(db)]
