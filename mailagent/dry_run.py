"""``mailagent run --dry``: reads the last days of the mailbox and shows what it would have understood and drafted.

It is the real daemon's work on a ledger that lives in a temporary folder and is thrown away: nothing is stored in the
home folder, nothing is sent, and the mailbox is only read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from mailagent import jobs
from mailagent.core.model.outbox import Letter
from mailagent.jobs.receive import receive
from mailagent.ledger import folders, leads, outbox
from mailagent.ledger.db import Ledger
from mailagent.ledger.inbox import Handled
from mailagent.office import Office
from mailagent.speech import words


@contextmanager
def scratch_office(office: Office, days: int) -> Iterator[Office]:
    """The same company on a ledger that is thrown away, with everything that leaves the house switched off."""
    with tempfile.TemporaryDirectory(prefix="mailagent-dry-") as folder:
        start = (office.now() - timedelta(days=days)).date()
        policy = office.policy.model_copy(
            update={
                "reading": office.policy.reading.model_copy(update={"start_date": start, "draft_max_age_days": days + 1}),
                "sending": office.policy.sending.model_copy(update={"letters": "off", "notices": "off"}),
            }
        )
        scratch = replace(
            office, settings=replace(office.settings, home=Path(folder)), policy=policy, ledger=Ledger(Path(folder) / "ledger.sqlite")
        )
        try:
            yield scratch
        finally:
            scratch.ledger.close()


def read_and_draft(office: Office, progress: Callable[[int], None] = lambda count: None) -> list[Handled]:
    """Fetch, think and draft, all in the scratch ledger.

    Args:
        progress: told how many mails were handled so far.

    Raises:
        MailboxError: the mailbox cannot be read.
    """
    handled: list[Handled] = []

    def saw(one: Handled) -> None:
        handled.append(one)
        progress(len(handled))

    for mailbox in office.policy.mailboxes:
        connection = office.open_mailbox(mailbox)
        try:
            receive(office, mailbox, connection)
        finally:
            connection.close()
    jobs.handle(office, saw=saw)
    jobs.plan(office)
    return handled


def grades(office: Office, handled: list[Handled]) -> dict[int, tuple[int | None, str]]:
    """For each mail of a person: its lead's tier and the words that decided it."""
    found: dict[int, tuple[int | None, str]] = {}
    with office.ledger.reading() as db:
        for one in handled:
            if one.lead_id is None or one.verdict.kind not in ("inquiry", "reply"):
                continue
            lead = leads.get(db, one.lead_id)
            reasons = leads.reasons(db, one.lead_id, one.inbound_id)
            chosen = [signal for signal, decides in reasons if decides] or [signal for signal, _decides in reasons[:3]]
            why = "; ".join(f"{words.signal(signal.name, office.policy)} “{signal.evidence}”" for signal in chosen)
            found[one.inbound_id] = (lead.tier, why)
    return found


def waiting_drafts(office: Office) -> list[Letter]:
    with office.ledger.reading() as db:
        return outbox.drafts(db)


def skipped_mails(office: Office) -> int:
    """How many mails were older than the days asked for."""
    with office.ledger.reading() as db:
        return sum(cursor.skipped for cursor in folders.cursors(db))
