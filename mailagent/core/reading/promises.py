"""What we promised a buyer, and by when: in a letter of ours, or in the quotation of one below his answer.

A promise is a sentence in which *we* will do something (``trade.toml [promises]``) and that is no condition ("if you confirm …"). Its
date, if it names one, is relative to the day of our letter, which the line above a quotation tells. A promise that was kept or broken
is remembered by the buyer longer than a price; so it is shown beside his mail, and one in our Sent folder becomes a task.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property

from mailagent.core.model.lead import Fact
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import date_words, dates
from mailagent.core.reading.anchors import Anchors
from mailagent.core.reading.phrases import Phrasebook
from mailagent.core.reading.text import Text, small

#: The newest letter of ours is in the first lines of a quotation.
LONGEST_READ = 2_000
LONGEST_HEAD = 400
# A line above a quotation that names an older day than this many days ago means something else.
LONGEST_AGO = 120
MOST_PROMISES, MOST_PLACES = 6, 12
BEFORE, BEHIND = 120, 240
WILL, UNLESS = "will", "unless"
#: Words of validity, and of other things that are valid (``validity``).
HOLDS, HOLDS_NOT = "holds", "holds_not"
MARKS = re.compile(r"^[>|\s]{1,12}", re.MULTILINE)
# The next older mail of the thread begins here.
OLDER = re.compile(r"\n(?:>{2}|> >|-{3,}\s?Original|_{10,}|From: |发件人|От: |Von: |De : |On .{10,80} wrote:)")


class Prepared:
    """What is looked for in our letters, prepared once; most mails do not even have its first words."""

    def __init__(self, policy: Policy, around: date_words.Around):
        self._policy, self.around = policy, around
        first = {small(re.split(r"\s?(?:…|\.\.\.)", phrase)[0]) for phrase in policy.trade.promises.get("we_will", ())}
        self.gate = Anchors({WILL: first})
        self.gate_of_validity = Anchors({HOLDS: {small(phrase.rstrip("*")) for phrase in policy.trade.promises.get("holds", ())}})

    @cached_property
    def phrases(self) -> Phrasebook:
        """The words of promises and of time; built when a letter first promises something."""
        words, languages = self._policy.trade.promises, self._policy.languages.values()
        entries = [(WILL, "", phrase) for phrase in words.get("we_will", ())]
        entries += [(UNLESS, "", phrase) for phrase in words.get("not_ours", ())]
        entries += [(HOLDS, "", phrase) for phrase in words.get("holds", ())]
        entries += [(HOLDS_NOT, "", phrase) for phrase in words.get("holds_not", ())]
        return Phrasebook([*entries, *dates.nouns(self._policy.trade.dates, languages)])


def in_letter(words: str, day_of: Callable[[], date | None], prepared: Prepared) -> list[Fact]:
    """The promises in the words of a letter of ours; value: the date until when (ISO 8601), or "" where none is named.

    Args:
        day_of: tells the day of that letter, None if nobody knows it; asked only where something is promised.
    """
    text = Text(neighbourhoods(words[:LONGEST_READ], prepared.gate))
    found = prepared.phrases.find(text)
    doubtful = {text.sentence_of(match.first) for match in found if match.name == UNLESS}
    sentences: dict[int, tuple[int, int]] = {}
    for match in found:
        number = text.sentence_of(match.first)
        if match.name == WILL and number not in doubtful and "?" not in text.said(match.first, match.last):
            sentences.setdefault(number, (match.first, match.last))
    if not sentences:
        return []
    day = day_of()
    mentions = dates.find(text, found, prepared.around, day) if day else []
    facts: list[Fact] = []
    for number, (first, last) in sorted(sentences.items()):
        due = [each for each in mentions if text.sentence_of(each.start) == number and _may_be_due(each, first, day)]
        said = text.said(first, last)
        facts += [Fact("promised", each.last.isoformat(), said) for each in due] or [Fact("promised", "", said)]
    return facts[:MOST_PROMISES]


def neighbourhoods(words: str, gate: Anchors) -> str:
    """The parts of a letter around what is looked for; the rest need not be cut into words."""
    parts: list[list[int]] = []
    for place, _ in sorted(gate.places(small(words)))[:MOST_PLACES]:
        if parts and place - BEFORE <= parts[-1][1]:
            parts[-1][1] = place + BEHIND
        else:
            parts.append([max(0, place - BEFORE), place + BEHIND])
    return "\n\n".join(words[begin:end] for begin, end in parts)


def _may_be_due(mention: dates.Mention, promise: int, day: date) -> bool:
    """Whether a time can be the one until which something is promised; the letter's own date stands before the promise."""
    return mention.last > day or mention.last == day and mention.start > promise


def in_quotation(message: InboundMessage, policy: Policy, prepared: Prepared) -> list[Fact]:
    """The promises in the letter of ours that a buyer's mail quotes; nothing if somebody else wrote what he quotes."""
    quoted = message.quoted[:LONGEST_READ]
    if not quoted or not _is_ours(quoted[:LONGEST_HEAD], message, policy.company.domains) or not prepared.gate.present(small(quoted)):
        return []
    quoted = MARKS.sub("", _newest(quoted))
    return in_letter(quoted, lambda: _written_on(quoted[:LONGEST_HEAD], dates.day_of(message), prepared), prepared)


def _written_on(head: str, day: date | None, prepared: Prepared) -> date | None:
    """The day of a quoted letter, from the line above it; without one the day of the mail that quotes it."""
    if day is None:
        return None
    text = Text(head)
    named = (each.first for each in dates.find(text, prepared.phrases.find(text), prepared.around, day))
    return next((each for each in named if 0 <= (day - each).days <= LONGEST_AGO), day)


def _newest(quoted: str) -> str:
    older = OLDER.search(quoted, LONGEST_HEAD // 4)
    return quoted[: older.start()] if older else quoted


def _is_ours(head: str, message: InboundMessage, domains: Iterable[str]) -> bool:
    """Whether the head of a quotation names us, or at least not the buyer himself."""
    head = head.casefold()
    addresses = re.findall(r"[\w.+-]{1,64}@[\w.-]{1,100}", head) if "@" in head else []
    if addresses:
        return any(
            address.endswith(f"@{domain.casefold()}") or address.endswith(f".{domain.casefold()}")
            for address in addresses
            for domain in domains
        )
    sender = message.sender
    name = sender.name.casefold().split()
    return not (name and f"{name[0]} " in head[:120] and "wrote" in head[:200])
