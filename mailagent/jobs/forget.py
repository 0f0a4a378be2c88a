"""Forgetting a person, and giving him what is kept of him (GDPR Art. 15 and 17, PIPL Art. 45 and 47).

find what is kept → silence him, cancel, end his matters, empty the rows     one commit: all of it or nothing
                  → files beside the ledger → freed pages and the log        again by housekeeping if it was interrupted
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from mailagent.core.model import events as e
from mailagent.core.model.address import SENDABLE
from mailagent.core.model.outbox import CANCELLABLE
from mailagent.core.model.personal import PersonalData
from mailagent.delivery.spool import Spool, safe_name
from mailagent.errors import LedgerError, MailagentError
from mailagent.ledger import erasure, journal, leads, outbox, person, sources, stops, suppressions, tasks
from mailagent.office import Office

log = logging.getLogger(__name__)

#: A file of a large mail is written before its row is; a younger one may only not have it yet.
ORPHAN_AFTER = timedelta(days=1)
#: A larger file of the home folder is not looked through for an address, bytes.
LOOKED_THROUGH = 20_000_000


def kept_of(office: Office, address: str) -> PersonalData:
    """What is kept of a person; for the count before anything is done.

    Raises:
        MailagentError: it is not an address.
    """
    if not SENDABLE.fullmatch(address):
        raise MailagentError(f'"{address[:100]}" is not a mail address.')
    with office.ledger.reading() as db:
        return person.kept_of(db, address, office.settings.sources_folder)


def forget(office: Office, address: str, actor: str) -> PersonalData:
    """Erase everything of a person but the keyed hash of his address; what was erased.

    Raises:
        MailagentError: a letter to him is on its way at this moment.
        LedgerError: nothing was erased.
    """
    now = office.now()
    hashed = office.hash_address(address)
    with office.ledger.transaction() as db:
        what = person.kept_of(db, address, office.settings.sources_folder)
        letters = [outbox.get(db, number) for number in (*what.letters, *what.copies, *what.notices)]
        if any(letter.state in ("claimed", "transmitting") for letter in letters):
            raise MailagentError(f"A letter to {address} is being handed over at this moment. Try again in a minute.")
        events: list[e.Event] = stops.silence(db, [address], "erased", "he asked to be forgotten", office.hash_address, now)
        cancelled = {event.letter_id for event in events if isinstance(event, e.LetterMoved)}
        for letter in letters:
            if letter.state == "in_doubt":
                events.append(e.LetterMoved(letter.id, "abandon", "erased"))
            elif letter.state in CANCELLABLE and letter.id not in cancelled:
                events.append(e.LetterMoved(letter.id, "cancel", "erased"))
                if letter.id in what.copies:
                    events += stops.plan_again(db, letter, now)
        open_tasks = [task["id"] for lead in what.leads for task in tasks.open_tasks(db, lead_id=lead)]
        done = {event.task_id for event in events if isinstance(event, e.TaskDone)}
        events += [e.TaskDone(number) for number in open_tasks if number not in done]
        events += [e.StageChanged(lead, "closed") for lead in what.leads if leads.get(db, lead).stage != "closed"]
        if not what.is_nothing or events:
            keys = tuple(suppressions.mail_key(one, office.settings.suppression_key) for one in what.message_ids)
            events.append(e.PersonErased(what.contact_id, len(what.mails), len(what.letters), what, hashed, keys))
        journal.record(db, events, now=now, actor=actor)
    try:
        finish_erasures(office, what)
    except (LedgerError, OSError) as error:
        # He is erased all the same; housekeeping comes back to what is left in files and freed pages.
        log.warning("what an erasure leaves behind could not be removed yet: %s", error)
    return what


def is_unfinished(office: Office) -> bool:
    """Do files or freed pages still hold what was erased, until housekeeping comes to it?"""
    with office.ledger.reading() as db:
        return erasure.has_left_overs(db)


def finish_erasures(office: Office, what: PersonalData | None = None) -> None:
    """What can only follow the commit: files beside the ledger, then the freed pages and the log.

    Args:
        what: what was just erased; None looks for whatever an interrupted erasure has left.
    """
    with office.ledger.reading() as db:
        if not erasure.has_left_overs(db):
            return
        names = what.files if what else tuple(_orphans(office, db))
        ulids = what.ulids if what else tuple(_spooled(office, db))
    for name in names:
        (office.settings.sources_folder / name).unlink(missing_ok=True)
    for ulid in ulids:
        (Spool(office.settings.spool_folder).folder / f"{safe_name(ulid)}.eml").unlink(missing_ok=True)
    if office.ledger.scrub():
        with office.ledger.transaction() as db:
            erasure.set_clean(db, office.now())


def _orphans(office: Office, db) -> Iterator[str]:
    """Files of large mails that no row knows any more."""
    folder = office.settings.sources_folder
    youngest = office.now().timestamp() - ORPHAN_AFTER.total_seconds()
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_file() and path.stat().st_mtime < youngest and not erasure.is_known_file(db, path.name):
            yield path.name


def _spooled(office: Office, db) -> Iterator[str]:
    folder = office.settings.spool_folder
    for path in folder.glob("*.eml") if folder.is_dir() else ():
        if erasure.is_erased_letter(db, path.stem):
            yield path.stem


def remains(office: Office, address: str) -> list[Path]:
    """Files of the home folder in which the address still stands: backups, logs, lists that were imported. For a person to decide."""
    wanted, found = address.casefold().encode(), []
    settings = office.settings
    ledger = {settings.ledger_path, *(settings.ledger_path.with_name(f"{settings.ledger_path.name}-{end}") for end in ("wal", "shm"))}
    for path in sorted(settings.home.rglob("*")):
        if path in ledger or not path.is_file() or path.is_symlink():
            continue
        is_backup = path.is_relative_to(settings.backup_folder)
        try:
            if is_backup or path.stat().st_size <= LOOKED_THROUGH and wanted in path.read_bytes().lower():
                found.append(path)
        except OSError as error:
            log.warning("%s cannot be looked through: %s", path, error)
    return found


# ── what he may see ─────────────────────────────────────────────────────────────────────────────────────────────


def record_of(office: Office, address: str) -> tuple[dict, Iterator[tuple[str, bytes]]]:
    """Everything about a person: a record of plain values, and the mails and letters themselves as (name, bytes)."""
    what = kept_of(office, address)
    with office.ledger.reading() as db:
        record = person.record_of(db, what)
        record["suppressions"] = person.suppressions_of(db, office.hash_address(address))
        record["left_out"] = {
            "mails_that_others_wrote_in_his_matters": len(what.by_others),
            "mails_of_others_that_name_him": len(what.mentions),
        }
        mails = person.mail_files(db, what)
    return record, _files(office, what, mails)


def _files(office: Office, what: PersonalData, mails: list[tuple[int, str, int]]) -> Iterator[tuple[str, bytes]]:
    for number, at, source in mails:
        with office.ledger.reading() as db:
            try:
                yield f"mails/{at[:10]}-{number}.eml", sources.raw(db, source, office.settings.sources_folder)
            except LedgerError as error:
                log.warning("%s", error)
    for number in what.letters:
        with office.ledger.reading() as db:
            letter = outbox.get(db, number)
        if letter and letter.raw:
            yield f"letters/{letter.ulid}.eml", letter.raw
