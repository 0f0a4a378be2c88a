"""How it is said where a buyer sits, and how we know."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from mailagent.core.deciding.clock import BuyerClock
from mailagent.i18n import _, language
from mailagent.speech import words

#: Words in the names of countries that do not merely begin with a capital.
AS_IT_IS = {"and": "and", "of": "of", "the": "the", "sar": "SAR", "u.s.": "U.S.", "d’ivoire": "d’Ivoire"}
HAN = re.compile(r"[\u4e00-\u9fff]")


def source(name: str) -> str:
    """What told us the place."""
    names = {
        "said": _("one of us said so"),
        "phone": _("by the telephone in his signature"),
        "notice": _("by the platform or form"),
        "address": _("by the address he gives"),
        "domain": _("by the domain of his mail"),
        "words": _("by what he writes"),
        "town": _("by the town he names"),
        "destination": _("by the port of his goods"),
        "clock": _("a guess by the clock of his mails"),
        "country": _("by his country"),
        "default": _("nothing tells: our own zone"),
        "ours": _("our own zone"),
    }
    return names.get(name, name)


def line(clock: BuyerClock) -> str:
    """A buyer's clock in a line, as "Europe/Madrid, ES (by the telephone in his signature)"."""
    said = f"{clock.zone}, {clock.country}" if clock.country and clock.source != "default" else clock.zone
    how = source(clock.source)
    if clock.zones:
        how = _("{how}; which of the zones of his country is not known").format(how=how)
    return _("{what} ({how})").format(what=said, how=how)


def sureness(code: str) -> str:
    """How sure it is that he sits there."""
    return {"sure": _("sure"), "likely": _("likely"), "guess": _("a guess")}.get(code, code)


def there_now(clock: BuyerClock, now: datetime) -> str:
    """What his clock and calendar show: "Sun 2026-03-22 11:30, a day of rest; weekend Fri, Sat"."""
    local = clock.local(now)
    said = [words.clock_time(now, clock.zone)]
    if holiday := clock.holiday(local.date()):
        said.append(_("a holiday there: {name}").format(name=holiday))
    elif clock.is_weekend(local.date()):
        said.append(_("weekend there"))
    said.append(_("weekend: {days}").format(days=", ".join(words.weekday(number) for number in clock.weekend)))
    return " · ".join(said)


def country(code: str) -> str:
    """A country's name in the reader's language; the code where it has none."""
    return _countries(language()).get(code, code)


@lru_cache(maxsize=4)
def _countries(speaks: str) -> dict[str, str]:
    """Code → name, in English or Chinese."""
    # Late: 26 kB of names that few commands need. Of each country the first name is the English one, the second the Chinese.
    from mailagent.core.reading.country_names import NAMES

    names: dict[str, list[str]] = {}
    for name, code in NAMES.items():
        names.setdefault(code, []).append(name)
    if speaks == "zh":
        return {code: next((name for name in said if HAN.match(name)), said[0]) for code, said in names.items()}
    return {code: " ".join(AS_IT_IS.get(word) or word.capitalize() for word in said[0].split()) for code, said in names.items()}
