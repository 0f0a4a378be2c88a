"""How it is said where a buyer sits, and how we know."""

from __future__ import annotations

from mailagent.core.deciding.clock import BuyerClock
from mailagent.i18n import _


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
    return f"{said} ({how})"
