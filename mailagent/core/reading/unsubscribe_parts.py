"""A request to stop, put together from its parts in whatever order a language or a hurry puts them.

``unsubscribe_strong`` knows whole phrases; nobody can list all of them. But a request to stop is made of few parts. Either
somebody is to be *taken* off a *list*, and it is the writer *himself*; or somebody is to *stop* *sending mails*, or sending *to him*.
Where the parts of one of the two stand in one short sentence that holds no number and no goods, it is a request. The first is
as sure as a phrase; the second may also be a wish about one kind of mail, so that a person looks at it.
"""

from __future__ import annotations

import re

from mailagent.core.reading.lexicon import UNSPACED, Lexicon, Request, fold

#: Longer sentences join parts that do not belong together.
MOST_WORDS, MOST_CHARACTERS, SURE_WORDS = 22, 45, 13
_DIGIT = re.compile(r"\d")
# Something else is to be used from now on: a wish about the way, not about silence.
_ELSEWHERE = re.compile(
    r"\b(?:instead|rather|old (?:address|e-?mail|mail)|new (?:address|e-?mail|mail)|colleague|stattdessen|neue adresse|alte adresse|"
    r"kolleg\w+|plutôt|"
    r"nouvelle adresse|collègue|en lugar|nueva dirección|colega|em vez|novo e-?mail|invece|nuovo indirizzo|вместо|новый адрес|"
    r"коллег\w+|yerine|yeni adres)\b|"
    r"改用|新邮箱|新郵箱|旧邮箱|舊郵箱|代わりに|新しい|대신|بدلا"
)


def find(text: str, sentences: list[str], requests: list[Request], lexicon: Lexicon) -> tuple[str, Request, str] | None:
    """The first sentence that holds the parts of a request: how sure it is ("auto" or "review"), in which language, its words.

    Args:
        text: the writer's own words.
        sentences: the same, cut.
        requests: the languages whose parts may be in it.
    """
    for original in sentences:
        sentence = fold(original)
        if _DIGIT.search(sentence) or _ELSEWHERE.search(sentence) or lexicon.wants.search(sentence):
            continue
        for request in requests:
            most = len(sentence) <= MOST_CHARACTERS if request.language in UNSPACED else sentence.count(" ") < MOST_WORDS
            if not most or request.goods.search(sentence) or (request.denied is not None and request.denied.search(sentence)):
                continue
            mode = _parts(request, sentence)
            if mode and not text[text.find(original) + len(original) :].startswith(("?", "？")):
                return mode, request, original
            if mode == "auto":
                # "Could you take me off your list?" is a request as well.
                return mode, request, original
    return None


def _parts(request: Request, sentence: str) -> str:
    has = {name: pattern.search(sentence) is not None for name, pattern in request.parts.items()}
    if has["remove"] and has["lists"] and has["self"] and (has["stop"] or not has["send"]):
        return "auto" if sentence.count(" ") < SURE_WORDS else "review"
    if has["stop"] and has["send"] and (has["self"] or has["mail"]):
        return "review"
    return ""
