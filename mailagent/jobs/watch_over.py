"""Do the mailboxes live? What each look and each failure means, and the dead-man alarm.

Theory. An agent that reads nothing looks just like a quiet day, so silence itself must be looked at. Four things are told
to people: a mailbox that cannot be read, one that answers and to which no mail comes (``core/deciding/silence.py``),
a login that is about to end, and a disk that is nearly full. An alarm is raised once and ends by itself;
``announce`` tells of both by mail.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta

from mailagent.core.deciding import clock, silence
from mailagent.core.model.alarm import Health
from mailagent.core.model.policy import Mailbox
from mailagent.errors import ConfigError, LoginRefused, MailboxError
from mailagent.ledger import folders, health, outbox, quotas
from mailagent.office import Office

log = logging.getLogger(__name__)

#: A look is written down this often at most: it is one small commit.
NOTED_EVERY = timedelta(minutes=1)
#: What only a person can mend is told at once; the rest may mend itself.
TOLD_AT_ONCE = ("refused", "settings", "broken")
TITLE_LETTERS = 600


def note_look(office: Office, mailbox: Mailbox) -> None:
    """Everything new in a mailbox was read: it lives, and whatever was wrong with reading it is over."""
    now = office.now()
    with office.ledger.reading() as db:
        known = health.of_mailbox(db, mailbox.name)
        alarmed = health.open_alarms(db, account=mailbox.name, trouble="unread")
    if not known.failure and not alarmed and known.looked_at and now - known.looked_at < NOTED_EVERY:
        return
    with office.ledger.transaction() as db:
        health.note_look(db, mailbox.name, now)
        if health.end_alarms(db, mailbox.name, "unread", now):
            log.info("%s: the mailbox can be read again", mailbox.name)


def note_failure(office: Office, mailbox: Mailbox, error: Exception) -> None:
    """A mailbox could not be read; what a person must mend is an alarm at once, the rest when it lasts."""
    now, failure = office.now(), failure_of(error)
    with office.ledger.transaction() as db:
        since = health.note_failure(db, mailbox.name, failure, str(error) or type(error).__name__, now)
        if failure in TOLD_AT_ONCE or now - since >= patience(office):
            raise_unread(office, db, mailbox, str(error), since)


def note_folders(office: Office, mailbox: Mailbox, missing: Mapping[str, str]) -> None:
    """Which folders of the configuration are not on the server, or not opened by it: an alarm for each, which ends when it can be read.

    Args:
        missing: the folder's name or role → what the server said.
    """
    with office.ledger.reading() as db:
        known = {alarm.about for alarm in health.open_alarms(db, account=mailbox.name, trouble="folder")}
    if known == set(missing):
        return
    with office.ledger.transaction() as db:
        for about, error in missing.items():
            raise_alarm(office, db, mailbox, "folder", error, office.now(), about=about, kind="folder")
        for about in known - set(missing):
            health.end_alarms(db, mailbox.name, "folder", office.now(), about=about)


def is_long_unread(office: Office, mailbox: Mailbox, folder: str) -> bool:
    """Was a folder that is refused now never read, or not for so long that people must hear of it?"""
    with office.ledger.reading() as db:
        cursor = folders.cursor(db, mailbox.name, folder)
    return cursor is None or cursor.checked_at is None or office.now() - cursor.checked_at >= patience(office)


def failure_of(error: Exception) -> str:
    """What sort of failure it is, as a code of the ledger."""
    if isinstance(error, LoginRefused):
        return "refused"
    if isinstance(error, ConfigError):
        return "settings"
    return "unreachable" if isinstance(error, (MailboxError, OSError)) else "broken"


def raise_unread(office: Office, db, mailbox: Mailbox, error: str, since: datetime) -> None:
    title = f"The mailbox {mailbox.name} cannot be read: {error}"
    raise_alarm(office, db, mailbox, "unread", title, since)


def raise_alarm(office: Office, db, mailbox: Mailbox, trouble: str, title: str, since: datetime, **more: str) -> None:
    """An alarm about a mailbox, for its owner or the manager. ``more``: ``about`` and ``kind`` of the ledger's own."""
    about = {"since": since, "now": office.now(), "owner": owner_of(office, mailbox), **more}
    if health.raise_alarm(db, mailbox.name, trouble, title[:TITLE_LETTERS], **about) and trouble in ("silent", "login_ends"):
        # What cannot be read was logged by whoever tried.
        log.error("%s", title)


def owner_of(office: Office, mailbox: Mailbox) -> str:
    person = office.policy.person(mailbox.owner) if mailbox.owner else None
    return person.name if person else ""


def patience(office: Office) -> timedelta:
    return timedelta(minutes=office.policy.reading.unreachable_minutes)


# ── the round ───────────────────────────────────────────────────────────────────────────────────────────────────


def watch_over(office: Office, started_at: datetime | None = None) -> None:
    """Look at every mailbox and at the house, as often as the clock knocks.

    Args:
        started_at: since when anybody reads the mailboxes; what was not looked at before that is no trouble.
    """
    for mailbox in office.policy.mailboxes:
        with office.ledger.reading() as db:
            known = health.of_mailbox(db, mailbox.name)
            open_now = {alarm.trouble for alarm in health.open_alarms(db, account=mailbox.name)}
        watch_reading(office, mailbox, known, open_now, started_at)
        watch_silence(office, mailbox, known, open_now)
        watch_login(office, mailbox, open_now)
    watch_disk(office)
    watch_sending(office)
    forget_mailboxes(office)


def forget_mailboxes(office: Office) -> None:
    """What was wrong with a mailbox that nobody reads any more is nobody's trouble."""
    with office.ledger.reading() as db:
        gone = [one for one in health.open_alarms(db) if one.account and office.policy.mailbox(one.account) is None]
    for alarm in gone:
        with office.ledger.transaction() as db:
            health.end_alarms(db, alarm.account, alarm.trouble, office.now(), about=alarm.about)


def watch_reading(office: Office, mailbox: Mailbox, known: Health, open_now: set[str], started_at: datetime | None) -> None:
    """A failure that lasts, and a mailbox of which nothing is heard at all: not even that it failed."""
    if "unread" in open_now:
        return
    now = office.now()
    if known.failing_since:
        if now - known.failing_since >= patience(office):
            with office.ledger.transaction() as db:
                raise_unread(office, db, mailbox, known.error, known.failing_since)
        return
    heard = max(filter(None, (known.looked_at, known.read_at, started_at)), default=None)
    # A reading that hangs is given its time-outs and a whole wait before it counts as dead.
    waits = timedelta(seconds=mailbox.poll_seconds + mailbox.timeout_seconds)
    if started_at and now - heard > max(patience(office), waits):
        with office.ledger.transaction() as db:
            since = clock.say(heard, clock.our_clock(office.policy))
            raise_unread(office, db, mailbox, f"nothing was heard of it since {since}", heard)


def watch_silence(office: Office, mailbox: Mailbox, known: Health, open_now: set[str]) -> None:
    """No mail for longer than is usual; over as soon as one comes. Only a mailbox that was looked at is judged."""
    now, reading = office.now(), office.policy.reading
    is_fresh = known.looked_at is not None and not known.failure and now - known.looked_at <= patience(office) + NOTED_EVERY
    if not known.last_mail_at or not is_fresh:
        return
    if "silent" not in open_now:
        (_, quiet) = silence.worked_hours([known.last_mail_at, max(now, known.last_mail_at)], office.policy)
        # Most of the time this is all that has to be asked.
        if quiet < reading.silence_hours:
            return
    with office.ledger.reading() as db:
        times = health.arrivals(db, mailbox.name, known.last_mail_at - timedelta(weeks=reading.silence_weeks))
    found = silence.judge(times, now, office.policy)
    if found and found.is_alarming:
        if "silent" not in open_now:
            with office.ledger.transaction() as db:
                raise_alarm(office, db, mailbox, "silent", found.sentence(mailbox.name, office.policy), found.since)
    elif "silent" in open_now:
        with office.ledger.transaction() as db:
            health.end_alarms(db, mailbox.name, "silent", now)


def watch_login(office: Office, mailbox: Mailbox, open_now: set[str]) -> None:
    """A token that is about to end, while there is still time to give a new one."""
    warn = getattr(office, "login_warning", None)
    warning = warn(mailbox) if warn else ""
    if not warning and "login_ends" not in open_now:
        return
    with office.ledger.transaction() as db:
        if warning:
            title = f"The login of the mailbox {mailbox.name} needs a person: {warning}"
            raise_alarm(office, db, mailbox, "login_ends", title, office.now())
        else:
            health.end_alarms(db, mailbox.name, "login_ends", office.now())


def watch_sending(office: Office) -> None:
    """Brakes that are off: their time is over, or a person let it go on."""
    now = office.now()
    with office.ledger.reading() as db:
        told = health.open_alarms(db, trouble="sending")
        at_rest = quotas.resting(db, now) if told else {}
        paused = {alarm.account for alarm in told if outbox.is_paused(db, alarm.account)}
    for alarm in told:
        if (alarm.about or alarm.account) in at_rest or not alarm.about and alarm.account in paused:
            continue
        with office.ledger.transaction() as db:
            health.end_alarms(db, alarm.account, "sending", now, about=alarm.about)


def watch_disk(office: Office) -> None:
    """Less room than is set: told while there is still enough to write it down."""
    free = shutil.disk_usage(office.settings.home).free // 1_000_000
    least, now = office.policy.reading.free_megabytes, office.now()
    with office.ledger.reading() as db:
        is_open = bool(health.open_alarms(db, account="", trouble="disk"))
    if free < least and not is_open:
        title = f"The disk is nearly full: {free} MB are free for {office.settings.home}; make some room, or mail cannot be kept"
        log.error("%s", title)
        with office.ledger.transaction() as db:
            health.raise_alarm(db, "", "disk", title, since=now, now=now, kind="house")
    # Some room to spare, so that the alarm does not come and go with every mail.
    elif is_open and free >= least * 1.1:
        with office.ledger.transaction() as db:
            health.end_alarms(db, "", "disk", now)
