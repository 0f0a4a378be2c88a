"""What every job needs: the rules, the secrets, the ledger, the clock, and the ways to the outside.

The doors to the outside are fields, so that the demo can give the jobs a clock that runs fast; the jobs themselves
never know the difference.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mailagent import policy as rules
from mailagent import settings as places
from mailagent.core.model.address import Address
from mailagent.core.model.login import Secret, way_in
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Mailbox, Person, Policy
from mailagent.core.writing import tokens
from mailagent.core.writing.templates import TemplateSet
from mailagent.delivery.base import Transport
from mailagent.ledger import suppressions
from mailagent.ledger.db import BUSY_SECONDS, Ledger
from mailagent.ledger.review import Reviewer
from mailagent.mailbox.base import MailboxConnection
from mailagent.reader import SecondReader
from mailagent.settings import Settings

if TYPE_CHECKING:
    from mailagent.oauth.tokens import MailboxTokens

# The ways to the outside (IMAP, SMTP, OAuth) are loaded when they are first taken: most commands only look into the ledger.


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Office:
    """One company's mailagent, opened.

    Attributes:
        now: the clock; UTC, aware.
        worker: written beside every attempt, so that one can see who made it.
        progress: told how far long work is: "mailbox/folder" while mails are fetched, "" while they are read; done; of how many.
        unrecorded: what servers answered while the ledger could not be written (``jobs.deliver.Answered``).
        broken_folders: (mailbox, folder) over whose mails the line broke last time; see ``jobs/receive.py``.
    """

    settings: Settings
    policy: Policy
    templates: TemplateSet
    ledger: Ledger
    now: Callable[[], datetime] = utc_now
    worker: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    broken_folders: set[tuple[str, str]] = field(default_factory=set)
    unrecorded: list = field(default_factory=list)
    progress: Callable[[str, int, int], None] = lambda place, done, total: None
    _reader: SecondReader | None = field(default=None, init=False)
    _reader_lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _tokens: dict[str, MailboxTokens] = field(default_factory=dict, repr=False)

    def second_reader(self) -> SecondReader:
        """The process that reads many, large or suspect mails; started if there is none. Whoever sees many mails come asks early."""
        with self._reader_lock:
            if self._reader is None or not self._reader.is_alive:
                self._reader = SecondReader(self.policy)
            return self._reader

    def end_second_reader(self) -> None:
        with self._reader_lock:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def open_mailbox(self, mailbox: Mailbox) -> MailboxConnection:
        """Log in to a mailbox; the caller closes it."""
        from mailagent.mailbox import imap

        return imap.connect(mailbox, self.login_secret(mailbox), self.policy.providers)

    def open_transport(self, mailbox: Mailbox) -> Transport:
        """Something that sends from a mailbox; it connects when it is first used."""
        from mailagent.delivery.smtp import smtp_transport

        return smtp_transport(mailbox, self.login_secret(mailbox), self.policy.providers, self.policy.sending, self.policy.bounces)

    def login_secret(self, mailbox: Mailbox) -> Secret:
        """What opens a mailbox: its password, or the source of its tokens. Raises ``ConfigError`` without a password."""
        if way_in(mailbox, self.policy.providers) != "oauth2":
            return self.settings.password(mailbox)
        return self.tokens(mailbox)

    def tokens(self, mailbox: Mailbox) -> MailboxTokens:
        """The OAuth tokens of a mailbox, shared by all who log in to it here."""
        if mailbox.name not in self._tokens:
            from mailagent.oauth.tokens import open_tokens

            self._tokens[mailbox.name] = open_tokens(mailbox, self.policy.providers, self.settings, self.now)
        return self._tokens[mailbox.name]

    def login_warning(self, mailbox: Mailbox) -> str:
        """What a person should do about a mailbox's login before it ends, in one sentence; "" if nothing. Asks no server."""
        if way_in(mailbox, self.policy.providers) == "oauth2":
            return self.tokens(mailbox).trouble()
        row, code = self.policy.providers.get(mailbox.provider), self.settings.passwords.get(mailbox.password_variable, "")
        if not (row and row.code_days and code):
            return ""
        from mailagent.oauth.codes import code_trouble

        path = (self.settings.token_folder / mailbox.token_file).with_suffix(".code")
        return code_trouble(path, mailbox.name, code, row.code_days, self.now())

    def hash_address(self, email: str) -> str:
        return suppressions.key_hash(email, self.settings.suppression_key)

    def reviewer(self, person: Person) -> Reviewer:
        """The verbs of one person."""
        key = self.settings.suppression_key
        return Reviewer(
            self.ledger, self.policy, person, self.now, self.hash_address, lambda db, email: suppressions.reason_for(db, email, key)
        )

    def new_letter_ids(self, account: str) -> tuple[str, str]:
        """A letter's ULID and its Message-ID for life, under the domain of the mailbox that sends it."""
        mailbox = self.policy.mailbox(account)
        ulid = tokens.new_ulid(self.now(), os.urandom(10))
        domain = mailbox.address.rpartition("@")[2] if mailbox else "localhost"
        return ulid, tokens.message_id(ulid, self.settings.message_id_key, domain)

    def unsubscribe_mailto(self, letter: Letter, mailbox: Mailbox) -> str:
        """The List-Unsubscribe address of a letter; "" for letters to nobody we keep a record of."""
        if letter.contact_id is None:
            return ""
        return tokens.unsubscribe_mailto(mailbox.address, tokens.unsubscribe_token(letter.contact_id, self.unsubscribe_keys))

    def unsubscribe_url(self, letter: Letter) -> str:
        """The https link of a letter on the public page; "" without such a page, and for letters to nobody we keep a record of."""
        page = self.policy.public_page
        if not page.public_url or letter.contact_id is None:
            return ""
        token = tokens.unsubscribe_token(letter.contact_id, self.unsubscribe_keys, letter.lead_id)
        return tokens.unsubscribe_url(page.public_url, letter.language or "en", token)

    @property
    def unsubscribe_keys(self) -> list[bytes]:
        """The keys of unsubscribe tokens, oldest first: the last one signs."""
        return [key for _, key in sorted(self.settings.unsubscribe_keys.items())]

    def asks_to_stop(self, message: InboundMessage) -> int | None:
        """The contact whose unsubscribe token stands in the subject of a mail; None without a token that we signed."""
        token = message.subject.strip().rpartition(" ")[2]
        return tokens.read_unsubscribe_token(token, self.unsubscribe_keys) if token else None

    def sender(self, letter: Letter, mailbox: Mailbox) -> Address:
        """The salesperson's name over the address the buyer knows."""
        if letter.basis == "notice":
            return Address("mailagent", mailbox.address)
        author = self.policy.person(letter.author)
        short = self.policy.company.short_name or self.policy.company.legal_name
        name = " · ".join(part for part in (author.name if author else "", short) if part)
        return Address(name, mailbox.address)


def open_office(home: Path, *, now: Callable[[], datetime] = utc_now, busy_seconds: float = BUSY_SECONDS) -> Office:
    """Read everything below a home folder and open its ledger.

    Args:
        busy_seconds: how long a writer waits for another one.

    Raises:
        ConfigError: every mistake of the configuration at once.
        LedgerError: the ledger cannot be opened; says what to do.
    """
    policy = rules.load(home)
    settings = places.load(home)
    return Office(settings, policy, TemplateSet(rules.load_templates(home)), Ledger(settings.ledger_path, busy_seconds), now)
