"""Until when a quotation of ours holds, as a letter of ours says it: "valid until 30 November", "Gültigkeit: 30 Tage", "报价有效期30天".

Whoever writes a quotation by himself, or changes the day in a draft, has promised that day and no other. So it is read off the letter:
a sentence that speaks of validity (``trade.toml [promises] holds``), of nothing else that is valid (a certificate, a letter of credit),
and names a day or a span. A span counts from the day of the letter, or from the day that the same sentence names for its beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from mailagent.core.model.lead import Fact
from mailagent.core.model.policy import Policy
from mailagent.core.reading import dates, periods
from mailagent.core.reading.date_words import words_near
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.promises import HOLDS, HOLDS_NOT, Prepared, neighbourhoods
from mailagent.core.reading.text import Text, small

#: The fact, whose value is the last day (ISO 8601).
QUOTATION_ENDS = "quotation_ends"
#: The validity stands at the foot of a quotation, below all of its lines.
LONGEST_READ = 12_000
#: No quotation holds for longer; a later day means something else.
LONGEST = timedelta(days=400)
#: So many words stand between a number and its unit at most: "30 (thirty) calendar days".
NEAR_UNIT = 3


def in_letter(words: str, day_of: Callable[[], date | None], prepared: Prepared) -> list[Fact]:
    """The last day of the quotation in a letter of ours; of several the first, because none of it may be named afterwards.

    Args:
        words: as they stand in the letter.
        day_of: tells the day of the letter, None if nobody knows it; asked only where validity is spoken of.
    """
    words = words[:LONGEST_READ]
    if not prepared.gate_of_validity.present(small(words)):
        return []
    day = day_of()
    if day is None:
        return []
    text = Text(neighbourhoods(words, prepared.gate_of_validity))
    found = prepared.phrases.find(text)
    of_others = {text.sentence_of(match.first) for match in found if match.name == HOLDS_NOT}
    said = [match for match in found if match.name == HOLDS and text.sentence_of(match.first) not in of_others]
    mentions = dates.find(text, found, prepared.around, day) if said else []
    ends = [(end, match) for match in said if (end := _end(text, match, found, mentions, prepared, day))]
    if not ends:
        return []
    end, match = min(ends, key=lambda one: one[0])
    return [Fact(QUOTATION_ENDS, end.isoformat(), text.said(match.first, match.last))]


def stated(words: str, day: date, policy: Policy) -> str:
    """The last day that a text of ours names for its quotation, as 2026-11-30; "" if it names none."""
    # Late: the words of all languages are needed for it.
    from mailagent.core.reading import facts

    found = in_letter(words, lambda: day, facts.prepare(policy).promises)
    return found[0].value if found else ""


def _end(text: Text, holds: Match, found: list[Match], mentions: list[dates.Mention], prepared: Prepared, day: date) -> date | None:
    sentence = text.sentence_of(holds.first)
    here = [each for each in mentions if text.sentence_of(each.start) == sentence]
    begins = next((each.first for each in here if each.relation in ("from", "after")), None)
    until = [each for each in here if each.relation not in ("from", "after") and day < each.last <= day + LONGEST]
    if until:
        nearest = min(until, key=lambda each: abs(each.start - holds.first))
        return nearest.first - timedelta(days=1) if nearest.relation == "before" else nearest.last
    for unit in found:
        if unit.name == dates.TIME and unit.value in periods.UNITS and text.sentence_of(unit.first) == sentence:
            number = _number(text, unit, prepared)
            end = periods.add(begins or day, unit.value, number) if number else None
            if end is not None and day < end <= day + LONGEST:
                return end
    return None


def _number(text: Text, unit: Match, prepared: Prepared) -> int:
    """How many of a unit of time: in figures, or in a small word."""
    for place in range(unit.first - 1, max(unit.first - 1 - NEAR_UNIT, -1), -1):
        if text.words[place].isdecimal() and len(text.words[place]) <= 3:
            return int(text.words[place])
    return words_near(text, unit.first, unit.last, prepared.around).number
