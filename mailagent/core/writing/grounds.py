"""From a ground that is true now to the values that fill its template: everything under ``new``, in the language of the letter."""

from __future__ import annotations

from datetime import date

from mailagent.core.model.policy import Policy, Product
from mailagent.core.model.pretext import Pretext, Quoted
from mailagent.core.writing.plain import dictionary_of_day, one_line
from mailagent.core.writing.variables import described

#: What every template may ask for; a ground gives some of it.
NOTHING: dict[str, object] = {
    "name": "", "goods": [], "on": {}, "day": {}, "first": {}, "last": {}, "reopens": {}, "cutoff": {}, "start": {}, "lead": 0,
    "ended": False, "is_new": False, "feast": "", "greet": "", "text": "", "kind": "", "certificate": "", "full": 0, "quantity": "",
    "size": "", "lines": [], "show": "", "show_class": "",
}  # fmt: skip
#: What has changed in an article since it was quoted; nothing, where it was not.
UNCHANGED: dict[str, object] = {"old_price": "", "old_moq": 0, "old_lead": 0}
MAX_LINES, MAX_LINE = 12, 300


def new_things(pretext: Pretext | None, policy: Policy, language: str, today: date, *, may_quote: bool) -> dict[str, object]:
    """The values under ``new``.

    Args:
        pretext: None for a letter without one; every value is empty then.
        may_quote: whether prices may be named at all.
    """
    found = dict(NOTHING)
    if pretext is None:
        return found
    found["name"] = pretext.name
    # A quotation that still holds is told as it was; one that has ended, or has changed, with the figures of today.
    as_it_was = pretext.values.get("ended") is False
    for key, value in pretext.values.items():
        found[key] = _plain(value, policy, language, today, may_quote, as_it_was)
    feast = policy.pretexts.feasts.get(str(found["feast"]))
    if feast:
        found["greet"] = feast.greet.get(language, "")
        found["feast"] = feast.say.get(language) or feast.say.get("en", "")
    return found


def lines_of(note: str) -> list[str]:
    """A note as it was typed, in lines for a list: by line breaks, else by semicolons."""
    parts = note.splitlines() if "\n" in note.strip() else note.replace("；", ";").split(";")
    return [line for part in parts if (line := one_line(part.strip(" \t-*•"), MAX_LINE))][:MAX_LINES]


def _plain(value: object, policy: Policy, language: str, today: date, may_quote: bool, as_it_was: bool) -> object:
    match value:
        case date():
            return dictionary_of_day(value)
        case Product():
            return described(value, language, today, may_quote) | UNCHANGED
        case Quoted():
            return _as_quoted(value, policy, language, today, may_quote, as_it_was)
        case dict():
            # A text in every language: the letter's own, and none of another.
            return one_line(str(value.get(language, "")), 600)
        case tuple() | list():
            return [_plain(one, policy, language, today, may_quote, as_it_was) for one in value]
        case str():
            return one_line(value, MAX_LINE)
    return value


def _as_quoted(line: Quoted, policy: Policy, language: str, today: date, may_quote: bool, as_it_was: bool) -> dict[str, object]:
    """A line of an earlier quotation: as it was, or as it is today with what has changed beside it."""
    product = next((one for one in policy.catalogue.product if one.code == line.code), None)
    now = described(product, language, today, may_quote) if product else {"code": line.code, "label": line.code, "basis": "", "unit": ""}
    changed = {
        "old_price": line.price if line.price and now.get("price") and line.price != now["price"] else "",
        "old_moq": line.moq if line.moq and now.get("moq") and line.moq != now["moq"] else 0,
        "old_lead": line.lead_time_days if line.lead_time_days and now.get("lead_time_days") not in (0, None, line.lead_time_days) else 0,
    }
    before = {"price": line.price, "moq": line.moq, "lead_time_days": line.lead_time_days} if as_it_was and may_quote else {}
    return {"price": "", "moq": 0, "lead_time_days": 0, "packing": "", **now, **changed, **before}
