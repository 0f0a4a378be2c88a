"""The day's list in the reader's language: what is to do, how much time is left, when somebody can be called."""

from __future__ import annotations

from datetime import datetime, timedelta

from mailagent.core.deciding.daylist import Item, Reach
from mailagent.core.model.policy import Policy
from mailagent.i18n import _
from mailagent.speech import words
from mailagent.speech.sayings import told

#: Facts whose values say more than their names.
VALUES = ("names_product", "quantity", "target_price", "incoterm", "port", "deadline", "delivery_wanted")


def group(item: Item) -> str:
    """What sort of thing it is."""
    if item.group == "answer":
        return _("answer: approve the draft") if item.letter_id else _("answer")
    if item.group == "approve":
        return _("approve: {what}").format(
            what=words.basis(item.reason) if item.reason in ("answer", "follow_up") else words.beside(item.reason)
        )
    return words.task(item.kind)


def what(item: Item) -> str:
    """What is to be done, in one line; nothing of what the buyer wrote."""
    if item.group == "answer":
        return words.reason(item.reason)
    return item.title if item.group == "approve" else told(item.title)


def whom(item: Item) -> str:
    """Whom it is about."""
    return ", ".join(dict.fromkeys(part for part in (item.who, item.company) if part))


def line(item: Item) -> str:
    """One line for a calendar: what, and whom it is about."""
    about = item.company or item.who
    return " · ".join(part for part in (group(item), about) if part)


def left(item: Item, now: datetime) -> str:
    """How much time is left, or by how much it is over: "2 h 10 min", "3 days late"."""
    span = item.left(now)
    text = length(abs(span))
    return _("{time} late").format(time=text) if span < timedelta(0) else text


def length(span: timedelta) -> str:
    """A span of time in words of two sizes at most."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return _("{number} min").format(number=minutes)
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        return _("{hours} h {minutes} min").format(hours=hours, minutes=rest) if rest else _("{hours} h").format(hours=hours)
    days = minutes // (24 * 60)
    return _("{days} days").format(days=days) if days > 1 else _("1 day")


def clock(here: Reach, our_zone: str) -> str:
    """His time now, his good hours, and when the next of them begins by our clock."""
    hours = ", ".join(f"{window.start:%H:%M}–{window.end:%H:%M}" for window in here.windows)
    now = _("{time} there now ({place})").format(
        time=f"{words.weekday(here.local.weekday())} {here.local:%H:%M}", place=words.place_of(here.zone)
    )
    if here.is_good_now:
        return _("{now}: call now; good hours {hours}").format(now=now, hours=hours)
    return _("{now}; good hours {hours}, next {next} our time").format(
        now=now, hours=hours, next=words.clock_time(here.next_good, our_zone)
    )


def gist(item: Item, policy: Policy) -> str:
    """What he asked last, in the reader's language: wishes first, then what goes with them."""
    wishes = [words.signal(fact.name, policy) for fact in item.gist if fact.name in policy.signals and not fact.value]
    values = [fact.value for fact in item.gist if fact.name in VALUES and fact.value]
    return " · ".join(dict.fromkeys((*wishes[:4], *values[:5])))
