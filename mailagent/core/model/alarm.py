"""How a mailbox is, and what is wrong with the house: what the daemon keeps so that silence is never taken for peace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: What can be wrong, as codes of the ledger.
TROUBLES = ("unread", "silent", "login_ends", "folder", "sending", "sent_unseen", "disk", "ledger")


@dataclass(frozen=True)
class Health:
    """A mailbox as the daemon found it last.

    Attributes:
        looked_at: when everything new was last read, UTC; None if that never worked.
        read_at: when it last gave us anything; later than ``looked_at`` while a long backlog is being read.
        failing_since: since when it cannot be read; None while all is well.
        failure: why, as a code: refused, settings, unreachable, broken; "" while all is well.
        error: why, as a sentence.
        last_mail_at: when the newest mail from outside came.
    """

    account: str
    looked_at: datetime | None = None
    read_at: datetime | None = None
    failing_since: datetime | None = None
    failure: str = ""
    error: str = ""
    last_mail_at: datetime | None = None


@dataclass(frozen=True)
class Alarm:
    """Something that a person must hear of, from the moment it was found until it is over.

    Attributes:
        account: the mailbox; "" for the house itself.
        trouble: one of ``TROUBLES``.
        about: what of it, where a mailbox can have several at once: the folder.
        title: one sentence with the figures it rests on.
        since: when the trouble began, which may be before it was found.
        task_id: the task on the desk.
    """

    id: int
    account: str
    trouble: str
    about: str
    title: str
    since: datetime
    raised_at: datetime
    over_at: datetime | None
    task_id: int | None
