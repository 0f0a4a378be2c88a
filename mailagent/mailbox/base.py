"""What the rest of the programme knows of a mailbox: three values and eleven verbs.

A connection belongs to one thread. It only ever *reads* folders (EXAMINE, PEEK): people's unread mail stays unread
and nothing is flagged or deleted. It writes two things, and each only when it is told to: a copy of a sent letter
(``append``), and the folder a mail lies in (``move``).

Theory of "nothing is lost". Of every UID that is asked for, ``fetch`` says one of three things: here it is (``Fetched``),
the server has it and does not hand it out (``Withheld``), or nothing at all, and then the server itself has said,
when it was asked again, that it no longer has it. An answer that failed never looks like an empty folder.

After ``MailboxUnreachable`` the connection is dead: close it and make a new one. After any other ``MailboxError`` it is as
good as before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from mailagent.core.model.policy import FolderRule


@dataclass(frozen=True)
class FolderState:
    """A folder as it stood when it was opened.

    Attributes:
        name: as people read it (decoded), with the server's own delimiter.
        role: inbox, sent, junk or other.
        uidvalidity: when this number changes, every UID of the folder means another mail (RFC 3501 §2.3.1.1).
        uidnext: the next new mail gets at least this UID.
        exists: how many mails there are.
    """

    name: str
    role: str
    uidvalidity: int
    uidnext: int
    exists: int


@dataclass(frozen=True)
class Fetched:
    """One mail as the server keeps it, byte for byte.

    Attributes:
        raw: the bytes; None for an oversize mail.
        size: bytes of the mail as it was received here.
        internal_date: when the server took it, UTC.
        oversize: too large for memory; its bytes are in the file ``path``.
        path: lives until the next mail is asked for: copy it or move it away before.
    """

    uid: int
    raw: bytes | None
    size: int
    internal_date: datetime | None
    flags: tuple[str, ...] = ()
    oversize: bool = False
    path: Path | None = None


@dataclass(frozen=True)
class Withheld:
    """A mail that the server lists and does not hand out, although it was asked for it alone as well.

    It is neither gone nor read: whoever moves the cursor over it must write it down first, and ask for it again.

    Attributes:
        reason: what the server said, or did, as one line for people.
    """

    uid: int
    reason: str


class MailboxConnection(Protocol):
    """A logged-in connection to one mailbox. Every verb may raise ``MailboxUnreachable`` or ``MailboxError``."""

    def folders(self, rules: tuple[FolderRule, ...]) -> list[tuple[str, str]]:
        """The server's names for the folders that the configuration asks for, as (role, name), without doubles.

        Raises:
            FolderMissing: one is not there; ask with one rule at a time to go on with the others.
        """
        ...

    def open(self, folder: str) -> FolderState:
        """Open a folder for reading only. Raises ``FolderMissing``, ``FolderRefused``."""
        ...

    def new_uids(self, after_uid: int) -> list[int]:
        """UIDs above ``after_uid`` in the open folder, ascending."""
        ...

    def uids_since(self, day: date) -> list[int]:
        """UIDs of the mails that the server took on ``day`` or later (its own calendar), ascending."""
        ...

    def internal_dates(self, uids: Collection[int]) -> dict[int, datetime]:
        """When the server took each of these mails; those that are gone, or of which it does not tell, are left out."""
        ...

    def fetch(self, uids: Collection[int], large_folder: Path | None = None) -> Iterator[Fetched | Withheld]:
        """The mails themselves, in ascending order of their UIDs; memory stays flat.

        Whenever a UID is given out, all smaller ones that were asked for have been given out, withheld, or are gone, so a
        cursor may follow. UIDs that do not come are gone: the server no longer lists them (``UID SEARCH``). After an
        exception nothing is known about the UIDs that did not come yet.

        Use no other verb of the connection before the iterator has come to its end or was closed.

        Args:
            large_folder: where an oversize mail is put down while it is read; the system's temporary folder if None.

        Raises:
            MailboxError: the server hands out nothing at all at the moment, or numbered the folder anew
                while it was open (``open`` it again).
        """
        ...

    def idle(self, seconds: float, stop: Callable[[], bool]) -> bool:
        """Wait for news in the open folder. True: look now. A hint only: look after every wait all the same."""
        ...

    def append(self, folder: str, raw: bytes, flags: tuple[str, ...], when: datetime) -> int | None:
        """Put a mail into a folder; its UID there if the server tells (UIDPLUS). Raises ``FolderMissing``, ``FolderRefused``."""
        ...

    def move(self, uids: Collection[int], folder: str) -> dict[int, int]:
        """Move mails of the open folder into another one, flags and all (UID MOVE, RFC 6851); the open folder stays open.

        Nothing is ever copied and deleted instead: where the server does not offer MOVE, the mails stay where they are.

        Returns:
            Old UID → UID in the other folder, as far as the server tells (COPYUID, RFC 4315); mails that are gone are left out.

        Raises:
            FolderMissing: there is no such folder; it is not made.
            MailboxError: the server does not offer MOVE or refuses it, or the open folder was numbered anew meanwhile.
        """
        ...

    def find_message_id(self, folder: str, message_id: str) -> bool:
        """Whether a folder holds a mail with this Message-ID. Leaves that folder open."""
        ...

    def close(self) -> None:
        """Say goodbye; never raises."""
        ...
