"""Has anybody seen what our own people wrote? Follow-ups wait while a Sent folder is out of sight, and somebody hears of it.

A salesperson answers from his own mail program, and only his Sent folder tells (DOMAIN §4). ``timing.py`` holds the letters back when
they are claimed; here it becomes an alarm, so that ``status``, ``doctor``, the desk and a notice say why nothing goes.
"""

from __future__ import annotations

from mailagent.core.deciding import clock
from mailagent.jobs import watch_over
from mailagent.ledger import health, timing
from mailagent.office import Office

TROUBLE = "sent_unseen"


def watch_sent(office: Office) -> None:
    """Raise and end the alarms about Sent folders."""
    now = office.now()
    with office.ledger.reading() as db:
        unseen = {one.mailbox: one for one in timing.unseen(db, office.policy, now)}
        told = {alarm.account for alarm in health.open_alarms(db, trouble=TROUBLE)}
    for mailbox in office.policy.mailboxes:
        found = unseen.get(mailbox.name)
        if (found is not None) == (mailbox.name in told):
            continue
        with office.ledger.transaction() as db:
            if found is None:
                health.end_alarms(db, mailbox.name, TROUBLE, now)
            elif found.seen_at is None:
                title = f"The Sent folder of the mailbox {mailbox.name} was never seen: no follow-ups go until it is"
                watch_over.raise_alarm(office, db, mailbox, TROUBLE, title, now)
            else:
                since = clock.say(found.seen_at, clock.our_clock(office.policy))
                title = f"The Sent folder of the mailbox {mailbox.name} has not been seen since {since}: no follow-ups go until it is"
                watch_over.raise_alarm(office, db, mailbox, TROUBLE, title, found.seen_at)
