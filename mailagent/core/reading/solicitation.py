"""Mail that wants to sell to us: search-engine tricks, address lists, rival factories, fake notices.

It is dangerous to be clever here, because buyers introduce themselves as well ("we are a leading manufacturer of
pumps and need bearings"). So a mail must say that it *offers*, and must not say that it *wants*; the phrases are in
``languages/<xx>.toml`` (``solicits``, ``wants``).
"""

from __future__ import annotations

from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import lexicon
from mailagent.core.reading.clues import ALL, Clues
from mailagent.core.reading.lexicon import fold


def find(message: InboundMessage, policy: Policy, clues: Clues = ALL) -> str:
    """The phrase by which a mail offers something to us; "" if it does not, or if it also wants to buy."""
    if "solicits" not in clues.text:
        return ""
    words = lexicon.of(policy.languages)
    text = fold(f"{message.subject}\n{message.words[:6000]}")
    offer = words.solicits.search(text)
    if offer is None:
        return ""
    return "" if words.wants.search(text) else offer[0]
