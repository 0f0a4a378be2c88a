"""The days a mail speaks of: "by the end of March", "nach der Messe im Oktober", "正月十五以后", "in two months", each as real dates.

Theory. A date in a sentence is a *noun of time* (a month, a feast, a week, "30.06.2026") with small words around it: which part of
it ("end of"), on which side of it ("after", "until"), how many ("in two months"). The nouns stand in the phrasebook of facts, so a
mail that names none costs nothing. Only around a noun that was found are the small words looked for, before it, or behind it in
languages that put them there. What is meant by the date (goods that are due, an answer that is due, a wish to be left alone until
then) is said by other words of the same sentence; ``whens.py`` reads them.

The small words are ``date_words.py``, the nouns ``config/trade.toml`` ``[dates]``. All dates are relative to the day of the mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta

from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Language
from mailagent.core.model.trade import TimeWords
from mailagent.core.reading import periods
from mailagent.core.reading.date_words import Around, Near, words_near
from mailagent.core.reading.periods import UNITS, WEEKDAYS
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.text import Text

#: Before the name of a noun of time in the phrasebook.
TIME = "@"
MONTH = "month:"
MOST_DATES = 12
#: So many words stand between a weekday and its date at most: "Monday the 20th of April".
NEAR_WEEKDAY = 3
LONGEST_DAY_MONTH, LONGEST_DATE = 6, 11
LONGEST_SENTENCE = 300
# A month's name that is a word, a name or another month elsewhere is a month only with a number or a small word beside it.
SHORT_NAME = 4
DOUBTFUL = frozenset({"march", "marca", "marta", "junho", "marco"})
# Words between a day and its month ("15th of May", "15 de mayo").
FILLERS = frozenset({"th", "st", "nd", "rd", "of", "de", "del", "do", "da", "the", "den", "e", "er", "tes", "o"})
DAY_SIGNS = frozenset({"日", "号", "號", "일"})
NUMERIC = re.compile(
    r"(?<![\d./-])(?:(?P<year>20\d\d)[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})|"
    r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second>\d{1,2})(?P=mark)(?P<last>(?:20)?\d\d))(?![\d/-]|\.\d)"
)
SHORT_NUMERIC = re.compile(r"(\d{1,2})[./](\d{1,2})(?![./-]?\d|\s?[%x×])")
SURE, LIKELY, GUESS = "sure", "likely", "guess"
FARTHEST = timedelta(days=1100)
# A Date header farther than this from the day our server took the mail is wrong.
CLOCKS_DIFFER = timedelta(days=45)


@dataclass(frozen=True)
class Mention:
    """A time of which the text speaks.

    Attributes:
        first, last: its days.
        relation: after, from, before, by, within, in (or on), or "" when nothing stands beside it.
        sure: sure for a date or month, likely for a feast or a count of weeks, guess for a season.
        start, stop: where its noun stands in the text, in words.
        part: whether "end of", "middle of" or "start of" was said.
    """

    first: date
    last: date
    relation: str
    sure: str
    start: int
    stop: int
    part: str = ""


def nouns(words: TimeWords, languages: Iterable[Language]) -> Iterator[tuple[str, str, str]]:
    """The nouns of time for the phrasebook."""
    for noun, phrases in words.nouns.items():
        for phrase in phrases:
            yield TIME, noun, phrase
    named = {(name, number) for language in languages for name, number in language.months.items()}
    named |= {(name, int(number)) for number, names in words.months.items() for name in names}
    for name, number in sorted(named):
        yield TIME, f"{MONTH}{number}", name


def day_of(message: InboundMessage) -> date | None:
    """The day on which a mail was written, by its writer's clock; None where no clock was right."""
    moment = message.sent_at
    if moment is None or abs(moment - message.received_at) > CLOCKS_DIFFER:
        moment = message.received_at
    if not 1980 <= moment.year <= 2090:
        return None
    return (moment.astimezone(UTC) + timedelta(minutes=message.utc_offset or 0)).date()


def find(text: Text, found: list[Match], around: Around, day: date) -> list[Mention]:
    """The times of which a text speaks, in reading order.

    Args:
        found: what the phrasebook found in it; only nouns of time are looked at.
        day: the day of the mail.
    """
    mentions = list(_numeric(text, around, day))
    taken = {place for mention in mentions for place in range(mention.start, mention.stop)}
    named = [match for match in found if match.name == TIME]
    for match in sorted(named, key=lambda match: (match.first - match.last, match.value not in WEEKDAYS, match.first)):
        # Of nouns that cover each other the longest counts: "Ramazan Bayramı", not "Ramazan".
        if taken.isdisjoint(range(match.first, match.last)):
            mention = _mention(text, match, around, day)
            if mention and day - FARTHEST < mention.first and mention.last < day + FARTHEST:
                mentions.append(mention)
                taken.update(range(mention.start, mention.stop))
        if len(mentions) >= MOST_DATES:
            break
    mentions.sort(key=lambda mention: mention.start)
    return _said_once(mentions, {match.first for match in named if match.value in WEEKDAYS}) if len(mentions) > 1 else mentions


def _said_once(mentions: list[Mention], weekdays: set[int]) -> list[Mention]:
    """ "Monday, 20 April" is one day and not the coming Monday as well: of a weekday beside its date only the date is left.

    Args:
        weekdays: where names of weekdays stand, in words.
    """
    kept: list[Mention] = []
    for mention in mentions:
        before = kept[-1] if kept else None
        is_beside = before and before.start in weekdays and mention.start - before.stop <= NEAR_WEEKDAY
        is_date = mention.first == mention.last and mention.start not in weekdays
        if is_beside and is_date and before.first.weekday() == mention.first.weekday():
            kept[-1] = replace(mention, relation=mention.relation or before.relation, start=before.start)
        else:
            kept.append(mention)
    return kept


def sentence_of(text: Text, place: int, last: int) -> str:
    """The words of the sentence around a time, joined, at most ``LONGEST_SENTENCE`` characters to each side; "17. August" ends none."""
    start, stop = text.start(place), text.stop(last - 1)
    number = text.sentence(start)
    low, high = (text.ends[number - 1] if number else 0), text.ends[text.sentence(stop - 1)]
    # Cut anew: to ask where each of its words stands in the mail would take longer.
    return Text(text.text[max(low, start - LONGEST_SENTENCE) : min(high, stop + LONGEST_SENTENCE)]).joined


def _mention(text: Text, match: Match, around: Around, day: date) -> Mention | None:
    noun, first, last = match.value, match.first, match.last
    if noun == "month_number":
        return _eastern_month(text, match, around, day)
    if noun.startswith(MONTH):
        return _named_month(text, match, around, day)
    if noun in UNITS and not (first and (text.words[first - 1] in around.numbers or text.is_number(first - 1))):
        # "The day", "per month": how many is not said.
        return None
    near = words_near(text, first, last, around)
    if noun in UNITS:
        return _distance(text, match, near, day)
    if noun == "numeric_date":
        short = SHORT_NUMERIC.match(text.text, text.start(last - 1))
        period = periods.day_of_month(int(short[1]), int(short[2]), None, day) if short else None
        near = words_near(text, last - 1, last, around)
        return Mention(period, period, near.relation, SURE, last - 1, last) if period else None
    number = (
        next((int(text.words[place]) for place in (last - 1, last - 2) if text.words[place].isdecimal()), 0) if noun == "week_number" else 0
    )
    since = periods.begin_of_year(text.words, first, last, day)
    period = periods.span_of(noun, since, number)
    if noun in WEEKDAYS and near.is_next and text.words[first][0] >= "\u3040":
        # 下周三 is the Wednesday of the week that comes.
        there = day + timedelta(days=7 - day.weekday() + WEEKDAYS.index(noun))
        period = there, there
    if period is None:
        return None
    sure = SURE if noun in ("today", "tomorrow", "day_after_tomorrow", *WEEKDAYS) else LIKELY
    if noun in ("spring", "summer", "autumn", "winter", "next_season", "holidays"):
        sure = GUESS
    if since > day:
        # Whoever writes the year beside it means just that one.
        sure = SURE
    if noun.startswith("this_") and near.relation == "before":
        # 月底前: what ends is included.
        return _parted(Mention(*period, "by", LIKELY, first, last), near)
    relation = near.relation or (
        "after" if text.written(first, last) in ("节后", "年后", "过完年", "新年后", "过了年", "開年", "开年", "連休明け", "gw明け") else ""
    )
    relation = relation or ("before" if text.written(first, last) == "年前" else "")
    return _parted(Mention(*period, relation, sure, first, last), near)


def _parted(mention: Mention, near: Near) -> Mention:
    """The part of a time that was meant: "end of", "mid", "early"."""
    days = (mention.last - mention.first).days + 1
    if not near.part or days < 5:
        return mention
    third = max(days // 3, 1)
    first, last = mention.first, mention.last
    if near.part == "end":
        first = last - timedelta(days=third - 1)
    elif near.part == "start":
        last = first + timedelta(days=third - 1)
    else:
        first = first + timedelta(days=days // 2 - (1 if days > 20 else 0))
        last = first + timedelta(days=third // 2)
    # "Mid September" is in September.
    relation = "by" if near.part == "end" and mention.relation == "before" else mention.relation or "in"
    return Mention(first, last, relation, mention.sure, mention.start, mention.stop, near.part)


# ── months and days ───────────────────────────────────────────────────────────────────────────────────────────────


def _named_month(text: Text, match: Match, around: Around, day: date) -> Mention | None:
    words, first, last = text.words, match.first, match.last
    number = int(match.value.removeprefix(MONTH))
    here, at = None, first - 1
    while at >= 0 and first - at <= 3 and words[at] in FILLERS:
        at -= 1
    if at >= 0 and words[at].isdecimal() and int(words[at]) <= 31:
        here, first = int(words[at]), at
    elif last < len(words) and words[last].isdecimal() and 0 < int(words[last]) <= 31 and not _counts(text, last):
        here, last = int(words[last]), last + 1
    stop = last
    while stop < len(words) and stop - last < 2 and words[stop] in FILLERS:
        stop += 1
    year = None
    if stop < len(words) and len(words[stop]) == 4 and words[stop].isdecimal() and words[stop].startswith("20"):
        year, last = int(words[stop]), stop + 1
    near = words_near(text, first, last, around)
    name = words[match.first]
    if here is None and year is None and not near.is_beside and (len(name) < SHORT_NAME or name in DOUBTFUL):
        return None
    if here is not None:
        exact = periods.day_of_month(here, number, year, day)
        return Mention(exact, exact, near.relation, SURE, first, last) if exact else None
    return _parted(Mention(*periods.month_of(number, year, day), near.relation, SURE, first, last), near)


def _counts(text: Text, place: int) -> bool:
    """Whether a number behind a month counts something else ("in March 20 pcs")."""
    return place + 1 < len(text.words) and text.words[place + 1] in ("pcs", "sets", "pieces", "stuck", "t", "mt", "units", "containers")


def _eastern_month(text: Text, match: Match, around: Around, day: date) -> Mention | None:
    """ "5月15日", "3月底", "6월 말"."""
    words, last = text.words, match.last
    digits = words[match.first]
    if not digits.isdecimal() or not 1 <= int(digits) <= 12:
        return None
    here = None
    if last + 1 < len(words) and words[last].isdecimal() and words[last + 1] in DAY_SIGNS and int(words[last]) <= 31:
        here, last = int(words[last]), last + 2
    near = words_near(text, match.first, last, around)
    if here is not None:
        exact = periods.day_of_month(here, int(digits), None, day)
        return Mention(exact, exact, near.relation, SURE, match.first, last) if exact else None
    return _parted(Mention(*periods.month_of(int(digits), None, day), near.relation, SURE, match.first, last), near)


def _numeric(text: Text, around: Around, day: date) -> Iterator[Mention]:
    """ "2026-05-15", "15.05.2026", "5/15/26": the day first, as most of the world writes, unless that is no date."""
    written, places = text.text, None
    for match in _around_years(written, day):
        exact = periods.of_numbers(match)
        if exact is None or not day - FARTHEST < exact < day + FARTHEST:
            continue
        places = places or {text.start(place): place for place in text.numbers}
        first = places.get(match.start())
        if first is None:
            continue
        last = first + 1
        while last < len(text.words) and text.start(last) < match.end():
            last += 1
        yield Mention(exact, exact, words_near(text, first, last, around).relation, SURE, first, last)


def _around_years(written: str, day: date) -> Iterator[re.Match]:
    """Dates in numbers, looked for only where this year or the next is written."""
    done = 0
    for year in (day.year, day.year + 1):
        for sign in (f"{year}", f"/{year % 100:02}", f".{year % 100:02}", f"-{year % 100:02}"):
            place = written.find(sign)
            for _ in range(MOST_DATES):
                if place < 0:
                    break
                match = NUMERIC.search(written, max(0, place - LONGEST_DAY_MONTH), place + LONGEST_DATE)
                if match:
                    yield match
                    done += 1
                place = written.find(sign, place + len(sign))
            if done >= MOST_DATES:
                return


# ── weeks, quarters, feasts, distances ────────────────────────────────────────────────────────────────────────────


def _distance(text: Text, match: Match, near: Near, day: date) -> Mention | None:
    """ "in two months", "within 45 days", "三周后": a time so far from the day of the mail."""
    first = match.first
    number = near.number
    if first and text.words[first - 1].isdecimal() and len(text.words[first - 1]) <= 3:
        number, first = int(text.words[first - 1]), first - 1
    if not number or near.relation not in ("in", "within", "after", "by"):
        return None
    there = periods.add(day, match.value, number)
    # "Two months later" begins then; "in two months" is about then.
    relation = "from" if near.relation == "after" else near.relation
    return Mention(there, there, relation, LIKELY, first, match.last) if there else None
