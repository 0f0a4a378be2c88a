"""What one of us typed about a talk: "5000 pcs, deposit Friday". Read with the same words as a buyer's mail."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from mailagent.core.model.address import Address
from mailagent.core.model.lead import Fact
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import dates, facts
from mailagent.core.reading.text import Text

#: A day that was named, and that nothing else explains.
NAMED_DAY = "named_day"
#: What only says something about a mail as a mail, or about its sender.
NOT_OF_A_TALK = ("own_domain", "short_mail", "order_without_product", "in_thread", "archive_file")


def read_talk(text: str, at: datetime, policy: Policy) -> tuple[Fact, ...]:
    """The facts of a typed line, and every day that it names as ``named_day``.

    Args:
        text: as it was typed, at most a few thousand characters.
        at: when the talk was; "Friday" is the next one after it, by our calendar.
    """
    zone = ZoneInfo(policy.company.time_zone)
    message = InboundMessage(
        "0" * 64, "talk@mailagent.invalid", Address("", "talk@mailagent.invalid"), at, words=text, text=text, sent_at=at,
        utc_offset=int(at.astimezone(zone).utcoffset().total_seconds() // 60),
    )  # fmt: skip
    found = tuple(
        fact for fact in facts.find(message, policy) if fact.name not in NOT_OF_A_TALK and not fact.name.startswith(("gives_", "@"))
    )
    explained = {fact.value.partition(" ")[0] for fact in found}
    today = at.astimezone(zone).date()
    return (*found, *(fact for fact in named_days(text, today, policy) if fact.value not in explained))


def named_days(text: str, today: date, policy: Policy) -> list[Fact]:
    """The days from today on that a text names, each once."""
    words, prepared = Text(text), facts.prepare(policy)
    mentions = dates.find(words, prepared.phrases.find(words), prepared.particulars.around, today)
    found: dict[str, Fact] = {}
    for mention in mentions:
        day = mention.first if mention.relation in ("after", "from", "in", "") else mention.last
        if mention.sure == dates.SURE and day >= today and (mention.last - mention.first).days < 7:
            found.setdefault(day.isoformat(), Fact(NAMED_DAY, day.isoformat(), words.said(mention.start, mention.stop)))
    return list(found.values())
