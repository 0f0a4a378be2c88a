"""What the dates of a buyer's mail mean: goods that he needs by then, an answer that is due, or a wish to be left alone until then.

``dates.py`` finds the times; the words of the same sentence tell their meaning. A time that nothing explains is no fact. "After
March" beside a verb of talking or ordering is the day on which he wants to hear from us again (DOMAIN §4: "later" gets the date he
named).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from mailagent.core.model.lead import Fact
from mailagent.core.reading.date_words import Around
from mailagent.core.reading.dates import GUESS, LIKELY, SURE, Mention, find, sentence_of
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.text import Text

RESUME, DEADLINE, DELIVERY = "resume_after", "deadline", "delivery_wanted"
SURENESS = (SURE, LIKELY, GUESS)
CLEARNESS = ("after", "from", "in", "by", "before", "", "within")
# "Call me on Monday" is no wish to be left alone until Monday.
# A feast that is just over is not the one of next year.
LONGEST_WAIT = timedelta(days=330)
SHORTEST_WAIT, SHORTEST_UNSAID_WAIT = timedelta(days=3), timedelta(days=10)


def find_whens(text: Text, found: list[Match], around: Around, day: date, paying: Iterable[int] = ()) -> list[Fact]:
    """The dates that matter, as facts; value: the date (ISO 8601) and how sure it is, e.g. "2026-04-01 sure".

    Args:
        found: what the phrasebook found; the nouns of time and "not now" among it.
        day: the day of the mail.
        paying: numbers of the sentences that speak of payment; "30 days" there is no date.
    """
    mentions = find(text, found, around, day)
    if not mentions:
        return []
    paying = frozenset(paying)
    not_now = {text.sentence_of(match.first) for match in found if match.name == "not_now_later"}
    covered = {match.first: match.last for match in found if match.name == "not_now_later"}
    facts: dict[tuple[str, str], Fact] = {}
    best = ()
    for mention in mentions:
        number = text.sentence_of(mention.start)
        if number in paying and mention.sure == LIKELY and mention.relation in ("within", "in", "by"):
            continue
        cues = frozenset().union(*(owners for _, _, owners in around.sentence.spans(sentence_of(text, mention.start, mention.stop))))
        cool = bool(not_now & {number - 1, number, number + 1})
        if cool and "goods_due" in cues and "again" not in cues and _is_only(mention, covered):
            # "Delivery after Ramadan" is no wish to wait.
            cool = False
        meaning = _meaning(mention, cues, cool, day)
        if not meaning:
            continue
        name, when = meaning
        said = Fact(name, f"{when.isoformat()} {mention.sure}", text.said(mention.start, mention.stop))
        if name != RESUME:
            facts.setdefault((name, said.value), said)
            continue
        # Of several times the surest counts, then the one with the clearest word beside it.
        rank = (SURENESS.index(mention.sure), CLEARNESS.index(mention.relation))
        if not best or rank < best:
            best = rank
            facts[name, ""] = said
    return list(facts.values())


def _is_only(mention: Mention, covered: dict[int, int]) -> bool:
    """Whether nothing says "not now" but the time itself ("after Ramadan")."""
    return all(first <= mention.start < last for first, last in covered.items())


def _meaning(mention: Mention, cues: frozenset[str], not_now: bool, day: date) -> tuple[str, date] | None:
    if mention.last < day:
        return None
    when = _resumes(mention, cues, not_now, day)
    if when:
        return RESUME, when
    relation = mention.relation
    due = cues & {"tender", "answer_due", "goods_due"}
    if relation not in ("before", "by", "within") and not (relation in ("", "in") and due):
        return None
    if "not_ours" in cues and not cues & {"tender", "goods_due"}:
        # How long our own offer is valid, or what was sent when.
        return None
    when = mention.first - timedelta(days=1) if relation == "before" else mention.last
    if when < day:
        return None
    if "tender" in cues or "goods_due" not in cues:
        return DEADLINE, when
    return DELIVERY, when


def _resumes(mention: Mention, cues: frozenset[str], not_now: bool, day: date) -> date | None:
    """The day from which he wants to hear from us again; None if that is not what the sentence says."""
    relation = mention.relation
    # "Not before June", "not buying until the second quarter": then, and not the day before.
    when = mention.last + timedelta(days=1) if relation == "after" else mention.first
    if when < day + SHORTEST_WAIT or relation == "within" or mention.sure != SURE and when > day + LONGEST_WAIT:
        return None
    if not_now:
        return when if relation not in ("before", "by") or not cues & {"goods_due", "answer_due"} else None
    if "tender" in cues or "not_ours" in cues and relation not in ("after", "from"):
        return None
    if "goods_due" in cues and "again" not in cues:
        return None
    if relation in ("after", "from"):
        return when if cues & {"again", "decide"} else None
    if relation == "in" and "again" in cues:
        return when if when >= day + SHORTEST_UNSAID_WAIT else None
    return None
