"""A notice to one of our own people: which mailbox it leaves from, and how it enters the outbox."""

from __future__ import annotations

from mailagent.core.model import events as e
from mailagent.core.model.alarm import Alarm
from mailagent.core.model.outbox import Letter, content_hash
from mailagent.core.model.policy import Person
from mailagent.core.writing.templates import Rendered
from mailagent.ledger import health, journal, outbox
from mailagent.ledger.db import next_id
from mailagent.office import Office


def sender_account(office: Office, db) -> str:
    """The mailbox from which a notice that can wait leaves: the first that works, else the first."""
    return working_account(office, db, health.open_alarms(db, trouble="unread")) or office.policy.mailboxes[0].name


def working_account(office: Office, db, unread: list[Alarm]) -> str:
    """The mailbox from which a notice may leave now; "" if there is none.

    One that is read without trouble comes first. One that cannot be reached for reading may still send; one whose login
    is refused must not be tried again for a notice, because that locks the account.
    """
    accounts = [mailbox.name for mailbox in office.policy.mailboxes if not outbox.is_silent(db, mailbox.name, office.now())]
    troubled = {alarm.account for alarm in unread}
    failures = {name: health.of_mailbox(db, name).failure for name in accounts}
    well = [name for name in accounts if name not in troubled and not failures[name]]
    reachable = [name for name in accounts if failures[name] not in ("refused", "settings")]
    return next(iter([*well, *reachable]), "")


def write_notice(office: Office, db, person: Person, rendered: Rendered, key: str, account: str) -> None:
    """Put a notice into the outbox; it is released by its switch, not by a person."""
    letter = notice(office, next_id(db, "outbox"), person, rendered, key, account)
    journal.record(db, [e.LetterDrafted(letter.id, None, "notice", "", letter.template, letter)], now=office.now())


def notice(office: Office, number: int, person: Person, rendered: Rendered, key: str, account: str) -> Letter:
    """The notice itself, as a letter."""
    ulid, message_id = office.new_letter_ids(account)
    return Letter(
        id=number, ulid=ulid, lead_id=None, contact_id=None, account=account, recipient=person.email,
        recipient_name=person.name, cc=(), basis="notice", round=0, step="", template="notice", language=person.language,
        subject=rendered.subject, body=rendered.body, footer="", warnings=(), why=key, message_id=message_id, in_reply_to="",
        references=(), state="drafted", content_hash=content_hash(person.email, (), rendered.subject, rendered.body, ""),
        needs_manager=False, author="", approved_by="", approved_at=None, planned_at=office.now(), next_attempt_at=None, attempts=0,
        attempt_id=None, lease_until=None, raw=None, sent_at=None, filed="", provider_message_id="", state_reason="",
        dedupe_key=key, created_at=office.now(),
    )  # fmt: skip
