"""A person's day as a calendar to subscribe to, and the key under which only he reads it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from mailagent.core.deciding.daylist import Item
from mailagent.core.deciding.feed import calendar_of
from mailagent.core.model.policy import Person, Policy
from mailagent.i18n import _
from mailagent.speech import day


def new_key() -> tuple[str, str]:
    """A new key, and the hash of it that the ledger keeps."""
    key = secrets.token_urlsafe(24)
    return key, hash_of(key)


def hash_of(key: str) -> str:
    return hashlib.sha256(b"mailagent calendar " + key.encode()).hexdigest()


def feed_of(items: Iterable[Item], person: Person, policy: Policy, now: datetime, desk_url: str) -> bytes:
    """The calendar, in the language that is spoken.

    Args:
        desk_url: where the desk is opened, so that an event leads there; "" without one.
    """
    domain = next(iter(sorted(policy.company.domains)), "")
    url = desk_url.rstrip("/")
    title = _("mailagent: {name}").format(name=person.name)

    def page(item: Item) -> str:
        if not url:
            return ""
        if item.letter_id is not None:
            return f"{url}/letter/{item.letter_id}"
        return f"{url}/lead/{item.lead_id}" if item.lead_id is not None else f"{url}/tasks"

    return calendar_of(items, now, domain, title, day.line, page)
