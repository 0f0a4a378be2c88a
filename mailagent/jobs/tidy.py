"""Housekeeping once a day: a backup, forgetting the bytes of mail that is older than the retention says, and leads that cooled."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

from mailagent.jobs.cool import cool, end_of_shows
from mailagent.jobs.forget import finish_erasures
from mailagent.jobs.greet import greet
from mailagent.jobs.pool import watch_untouched
from mailagent.ledger import doubts, sources
from mailagent.office import Office

log = logging.getLogger(__name__)

KEPT_BACKUPS = 7


def tidy(office: Office) -> None:
    """Back up, purge, let silent leads cool, ask about those that nobody touches.

    Nothing of it touches what a person still needs to act on.
    """
    backup(office)
    finish_erasures(office)
    before = office.now() - timedelta(days=office.policy.reading.retention_days)
    with office.ledger.transaction() as db:
        doubts.forget_requests(db, office.now())
        purged, files = sources.purge(db, before, office.settings.sources_folder)
    # Only now: what is not committed may still be needed.
    for file in files:
        file.unlink(missing_ok=True)
    if purged:
        log.info("the bytes of %d old mails were forgotten (retention)", purged)
    if over := end_of_shows(office):
        log.info("%d leads of shows that are long over went one tier down", over)
    if cooled := cool(office):
        log.info("%d silent leads went one tier down", cooled)
    if greetings := greet(office):
        log.info("%d greetings are worth it in the coming days", greetings)
    if warned := watch_untouched(office):
        log.info("%d leads that nobody touches: their owners, or the manager, are asked", warned)


def backup(office: Office) -> Path:
    """A consistent copy of the ledger in the backup folder; the newest ones are kept.

    Raises:
        LedgerError: the copy cannot be written; the ledger itself is untouched.
    """
    folder = office.settings.backup_folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = office.ledger.backup(folder / f"ledger-{office.now():%Y%m%d-%H%M%S}.sqlite")
    target.chmod(0o600)
    for old in sorted(folder.glob("ledger-*.sqlite"))[:-KEPT_BACKUPS]:
        old.unlink()
    return target
