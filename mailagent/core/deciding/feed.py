"""A person's day as a calendar that his phone subscribes to (RFC 5545). Read only, and no more of a buyer than whom it is about.

Each thing to do is a short event at its time, not a VTODO: the calendars of phones and of Outlook show no tasks of a subscribed
calendar. It blocks no time, and has the same UID as long as it is the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from mailagent.core.deciding.daylist import Item

#: An event without a length is not shown everywhere.
LENGTH = timedelta(minutes=15)
LONGEST = 200


def calendar_of(
    items: Iterable[Item], now: datetime, domain: str, title: str, say: Callable[[Item], str], url: Callable[[Item], str]
) -> bytes:
    """The feed.

    Args:
        domain: of our company, behind the UIDs.
        title: the name of the calendar.
        say: what is to be done, in one line, in the person's language.
        url: where it is done; "" if there is no such page.
    """
    # Late: nothing else needs it.
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//mailagent//today//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", timedelta(minutes=30), parameters={"VALUE": "DURATION"})
    for item in items:
        event = Event()
        event.add("uid", f"{_name(item)}@{domain or 'mailagent.invalid'}")
        event.add("dtstamp", now)
        event.add("dtstart", item.due_at)
        event.add("duration", LENGTH)
        event.add("summary", _line(say(item)))
        event.add("categories", [item.group])
        event.add("transp", "TRANSPARENT")
        event.add("class", "CONFIDENTIAL")
        if where := url(item):
            event.add("url", where)
        calendar.add_component(event)
    return calendar.to_ical()


def _name(item: Item) -> str:
    if item.task_id is not None:
        return f"task-{item.task_id}"
    return f"answer-{item.owed_id}" if item.owed_id is not None else f"letter-{item.letter_id}"


def _line(text: str) -> str:
    """One line without what would steer whoever shows it; the library escapes the rest."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:LONGEST]
