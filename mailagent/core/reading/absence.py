"""When an absent person is back, and whom to write to instead: read out of a note that a machine sent (STANDARDS §2.6).

Theory. A note names up to three days: the first of the absence, its last, and the day of the return. The return is the latest
of those that stand in a sentence which speaks of a return or an absence, because nobody returns before he left. Where the
last day of the absence is meant ("bis einschließlich", "through", "tot en met", "至"), the next day counts; the word that
says so belongs to the date nearest to it. Without a date a note may name a day of the week ("back on Thursday"), a day
of the month ("back on the 17th") or nothing but "tomorrow".
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple

from mailagent.core.model.message import InboundMessage
from mailagent.core.reading import senders
from mailagent.core.reading.lexicon import Lexicon, fold

MAX_ABSENCE_DAYS = 400
#: A day of the week that is called next week's ("下周三") has this much more than the day's own number.
NEXT_WEEK = 10
# How far the word "inclusive" may stand from its date.
NEAR = 25
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_DIGIT = re.compile(r"\d")
# A full stop ends a sentence behind a word of three letters and more; "13. Nov." and "Mr." go on.
_SENTENCE_END = re.compile(r"[!?\n。；;]+|\.(?<=[^\d\s]{3}\.)\s|\.(?<=\d{4}\.)\s")
_NUMERIC = (
    (re.compile(r"(?:(\d{4})\s?[年년]\s?)?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日号號일]?"), "ymd"),
    (re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)"), "ymd"),
    (re.compile(r"(?<![\d.])(\d{1,2})[./-]\s?(\d{1,2})[./-]\s?(\d{4}|\d{2})(?![\d:])"), "dmy"),
    (re.compile(r"(?<![\d.,])(\d{1,2})\.\s?(\d{1,2})\.(?!\s?\d)"), "dm"),
    (re.compile(r"(?<![\d/.])(\d{1,2})/(\d{1,2})(?![\d/])"), "dm"),
)
_DAY_BEFORE_MONTH = re.compile(r"(\d{1,2})(?:\s?(?:st|nd|rd|th|er|º|ª|°|\.|-?го|-?ое|-?е|\.-?én))?\s?(?:of |de |d'|di |do |ngày )?$")
_DAY_AFTER_MONTH = re.compile(r"\.?,?\s?(?:the )?(\d{1,2})(?:st|nd|rd|th|\b)(?!\d|:)")
_YEAR = re.compile(r".{0,12}?\b(20\d\d)\b")
_YEAR_ALONE = re.compile(r"\.?,?\s?(20\d\d)\b")
_SURELY_MONTH_FIRST = re.compile(r"(?<![\d/.])(?:0?[1-9]|1[0-2])/(?:1[3-9]|2\d|3[01])(?!\d)")
# A day without its month: "on the 17th", "am 17.", "el día 17", "le 17", "17-го", "17号", "17일".
_DAY_ALONE = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th)\b|\b(?:am|bis|zum|ab dem|el(?: d[ií]a)?|hasta el|le|jusqu'au|au|dia|até|il|al|до|den|d\.|på|ngày|"
    r"tanggal|dnia)"
    r" (\d{1,2})(?=[.,]?(?:\s[^\d\W]|$))|\b(\d{1,2})(?:-?го| числа)|(?<!\d)(\d{1,2})[号號日일](?!\d)"
)


class _Found(NamedTuple):
    """A date and where it stands in its sentence."""

    day: date
    start: int
    end: int


def return_date(text: str, received: datetime, lexicon: Lexicon, *, month_first: bool = False) -> date | None:
    """The first day on which an absent person can be expected back.

    Args:
        text: the note without quotation.
        received: when it came; dates before it, or over a year after it, are not returns.
        month_first: the writer's country writes 6/7 for the seventh of June.
    Returns:
        the latest date of the sentences that speak of a return ("until Friday 6 June" included); of those that only speak
        of an absence if no other has one; None if there is none.
    """
    today = received.date()
    sentences = [fold(sentence) for sentence in _SENTENCE_END.split(text[:1500])]
    # A date of 11/16 anywhere says how the others are to be read.
    month_first = month_first or any(map(_SURELY_MONTH_FIRST.search, sentences))
    for speaks in (lexicon.return_word, lexicon.absent):
        best: date | None = None
        for sentence in sentences:
            if not (_DIGIT.search(sentence) and speaks.search(sentence)):
                continue
            for found in _expected(sentence, today, lexicon, month_first):
                best = found if best is None else max(best, found)
        if best is not None:
            return best
    return _vague_return(sentences, today, lexicon)


def _expected(sentence: str, today: date, lexicon: Lexicon, month_first: bool) -> list[date]:
    """The days of a sentence that lie ahead; the day after, where the sentence says that the date itself is still absent."""
    last = today + timedelta(days=MAX_ABSENCE_DAYS)
    found = [each for each in _dates(sentence, today, lexicon, month_first) if today <= each.day <= last]
    still_away = {_nearest(found, match) for match in lexicon.inclusive.finditer(sentence)} if found else set()
    return [each.day + timedelta(days=1) if each in still_away else each.day for each in found]


def _nearest(found: list[_Found], word: re.Match) -> _Found | None:
    """The date that a word like "inclusive" belongs to: the nearest, and of two the one behind it."""
    near = NEAR if len(word[0]) > 1 else 1

    def apart(each: _Found) -> tuple[int, int]:
        return (each.start - word.end(), 0) if each.start >= word.end() else (word.start() - each.end, 1)

    # One character ("至", "с") only speaks of the date right behind it.
    close = [each for each in found if 0 <= apart(each)[0] <= near and (near > 1 or not apart(each)[1])]
    return min(close, key=apart, default=None)


def _vague_return(sentences: list[str], today: date, lexicon: Lexicon) -> date | None:
    """From a note without a date: the next such day of the month or of the week after it came."""
    for sentence in sentences:
        if not lexicon.return_word.search(sentence):
            continue
        alone = max(_DAY_ALONE.finditer(sentence), key=lambda match: match.start(), default=None) if _DIGIT.search(sentence) else None
        if alone:
            day = _next_day_of_month(int(next(filter(None, alone.groups()))), today)
            if day is not None:
                return day
        names = [match[0] for match in lexicon.weekday.finditer(sentence)]
        if names:
            # "away Monday and Tuesday, back Wednesday": the last one is the return.
            number = lexicon.weekdays[names[-1]]
            # From 11 on it is a day of next week, which may be nine days off; else the next such day.
            of_next_week = number - NEXT_WEEK + 7 - today.isoweekday()
            ahead = 1 if number == 0 else of_next_week if number > NEXT_WEEK else (number - today.isoweekday() - 1) % 7 + 1
            return today + timedelta(days=ahead)
    return None


def _next_day_of_month(day: int, today: date) -> date | None:
    for months in range(3):
        year, month = today.year + (today.month + months - 1) // 12, (today.month + months - 1) % 12 + 1
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def _dates(sentence: str, today: date, lexicon: Lexicon, month_first: bool) -> list[_Found]:
    found: list[tuple[date | None, int, int]] = []
    for pattern, order in _NUMERIC:
        for match in pattern.finditer(sentence):
            if order == "ymd":
                year, month, day = match.groups()
            else:
                day, month = match[1], match[2]
                year = match[3] if order == "dmy" else None
                # Nobody writes the month first and a full stop behind it.
                if (month_first and "." not in match[0] and int(day) <= 12) or int(month) > 12:
                    day, month = month, day
            found.append((_day(year, int(month), int(day), today), *match.span()))
    for match in lexicon.month.finditer(sentence):
        month = lexicon.months[match[0]]
        before = _DAY_BEFORE_MONTH.search(sentence, max(0, match.start() - 14), match.start())
        after = _DAY_AFTER_MONTH.match(sentence, match.end(), match.end() + 10)
        year = _YEAR.match(sentence, match.end(), match.end() + 18)
        number = before or after
        alone = _YEAR_ALONE.match(sentence, match.end(), match.end() + 8)
        if number and not (number is after and alone):
            start, end = (number.start(), match.end()) if number is before else (match.start(), number.end())
            found.append((_day(year[1] if year else None, month, int(number[1]), today), start, end))
        elif alone:
            # "on parental leave until September 2027".
            found.append((_day(alone[1], month, 1, today), match.start(), alone.end()))
    return [_Found(*each) for each in found if each[0] is not None]


def _day(year: str | None, month: int, day: int, today: date) -> date | None:
    """The date; without a year the next such day from a month ago on."""
    try:
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        guess = date(today.year, month, day)
        return guess if guess >= today - timedelta(days=30) else date(today.year + 1, month, day)
    except ValueError:
        return None


def suggested_contact(message: InboundMessage) -> str:
    """The address that a note names instead; only ever a suggestion to a person, nobody agreed to it.

    The mail's own sender, machines, and the mailbox that the mail came to are left out: a note often repeats them.
    """
    ours = {each.email.casefold() for each in message.to}
    for match in _EMAIL.finditer(f"{(message.words or message.text)[:1500]}\n{message.signature[:500]}"):
        email = match[0].rstrip(".")
        if email.casefold() != message.sender.email.casefold() and email.casefold() not in ours and not senders.is_nobody(email):
            return email
    return ""
