"""A request to stop, put together from its parts in whatever order a language or a hurry puts them.

``unsubscribe_strong`` knows whole phrases; nobody can list all of them. But a request to stop is made of few parts. Either
somebody is to be *taken* off a *list*, and it is the writer *himself*; or somebody is to *stop* *sending mails*, or sending *to him*.
Where the parts of one of the two stand in one short sentence that holds no number and no goods, it is a request.

How sure it is depends on what else is said (``unsubscribe_beside``). "Do not write to me" can only mean mails, and so can "send us
nothing more"; "do not send it to me" needs a person. So does every wish with a condition, a time, a place or a better way behind
it ("… before Monday", "… in Chinese", "… to the shop"): it is about how we write, not about silence.
"""

from __future__ import annotations

import re

from mailagent.core.reading.lexicon import UNSPACED, Lexicon, Request, fold
from mailagent.core.reading.unsubscribe_beside import Beside

#: Longer sentences join parts that do not belong together; up to what share of that they are believed at once.
MOST_WORDS, MOST_CHARACTERS, SURE = 26, 50, 0.8
_DIGIT = re.compile(r"\d")
_CLAUSES = re.compile(r"[,，、،:：]| - |--")


def find(text: str, sentences: list[str], requests: list[Request], lexicon: Lexicon) -> tuple[str, Request, str] | None:
    """The first sentence that holds the parts of a request: how sure it is ("auto" or "review"), in which language, its words.

    Args:
        text: the writer's own words.
        sentences: the same, cut.
        requests: the languages whose parts may be in it.
    """
    for original in sentences:
        sentence = fold(original)
        if _DIGIT.search(sentence) or lexicon.beside.otherwise.search(sentence) or lexicon.wants.search(sentence):
            continue
        for request in requests:
            # A language may say nothing of the parts.
            if "remove" not in request.parts or request.goods.search(sentence):
                continue
            if request.denied is not None and request.denied.search(sentence):
                continue
            mode = _parts(request, sentence, lexicon.beside)
            is_question = text[text.find(original) + len(original) :].startswith(("?", "？"))
            # "Could you take me off your list?" is a request as well.
            if mode == "auto" or (mode and not is_question):
                return mode, request, original
    return None


def _parts(request: Request, sentence: str, beside: Beside) -> str:
    parts = request.parts
    if _length(request, sentence) <= 1 and parts["remove"].search(sentence) and parts["self"].search(sentence):
        lists = parts["lists"]
        if lists.search(sentence):
            # "Mailing list" and "my contact" are no sending: that, too, would have to stop.
            sends = parts["send"].search(parts["self"].sub(" ", lists.sub(" ", sentence))) is not None
            if not sends or parts["stop"].search(sentence):
                return "auto"
    # Other parts belong together only where nothing parts them; the rest of the sentence may still say to whom.
    to_whom = parts["self"].search(sentence) is not None or parts["mail"].search(sentence) is not None
    best = ""
    for clause in _CLAUSES.split(sentence) if to_whom else ():
        length = _length(request, clause)
        if length <= 1 and parts["stop"].search(clause) and parts["send"].search(clause):
            mail = parts["mail"].search(clause) is not None
            means_mail = mail or any(name in parts and parts[name].search(clause) for name in ("write", "anything"))
            is_whole = mail or parts["self"].search(clause) is not None
            is_sure = is_whole and means_mail and length <= SURE and not beside.limit.search(clause)
            best = "auto" if is_sure else best or "review"
    return best


def _length(request: Request, said: str) -> float:
    """How long it is, as a share of the longest that is believed."""
    return len(said) / MOST_CHARACTERS if request.language in UNSPACED else (said.count(" ") + 1) / MOST_WORDS
