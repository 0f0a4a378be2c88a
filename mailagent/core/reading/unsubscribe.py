"""Whether the writer asks us to stop writing.

The law wants such a request obeyed at once; the trade wants no buyer lost because he wrote "emergency stop". So there
are two answers. **auto**: the request is the mail, or stands alone on a line of a short mail. **review**: the words
are there but in a long mail, or beside words of a running business; the follow-ups stop at once and a person confirms. A
word that is also a business word ("red", "baja", "TD") counts only as the whole mail, and surely only in its own language.

What is to stop matters as much as the wish that it stop: "send no more samples" is a buyer. So a sentence that speaks of
goods and not of mails is no request (``goods_words``, ``mail_words``), and one that speaks of both is for a person.

Only the writer's own words are read (never the quotation: our own footer stands there), without links
(STANDARDS §4.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailagent.core.model.policy import Policy
from mailagent.core.reading import lexicon as words
from mailagent.core.reading import thread, unsubscribe_claims, unsubscribe_parts
from mailagent.core.reading.clues import ALL, Clues
from mailagent.core.reading.lexicon import UNSPACED, Lexicon, Request, fold
from mailagent.core.reading.unsubscribe_beside import Beside

_LINK = re.compile(r"<?\b(?:https?://|www\.|mailto:)\S{1,2000}")
_SENTENCE_END = re.compile(r"[\n.!?;。！？；]+")
# "Art. 21", "Nr. 5" go on behind their full stop.
_ABBREVIATED = re.compile(r"\b([Aa]rt|[AN]r|[Aa]bs)\. ?(?=\d)")
_CLAUSE_END = re.compile(r"[,，、]")
# Over so many characters a text is no single word, whatever greeting stands around it.
LONGEST_WORD_ALONE, LONGEST_IN_PARTS = 2_000, 500
SHORTEST_TEXT = 80
# "Thank you very much" with the blanks and signs around it.
LONGEST_POLITE_END = 32
_LONG, FIRST_SENTENCES = 40, 14
MOST_SIGNATURE_LINES = 9


Answer = tuple[str, str, str]
NOTHING: Answer = ("none", "", "")


@dataclass(frozen=True)
class _Asked:
    """What is looked at.

    Attributes:
        text: the writer's words without links.
        whole: all of them, folded, without greeting and politeness.
        subject: of a fresh mail, without tags; "" where the subject is the thread's.
        command: the subject as ``whole`` is of the words.
        length: of the words as they came.
        one_word: an ambiguous word may be all that is said.
    """

    text: str
    whole: str
    subject: str
    command: str
    length: int
    one_word: bool


def find(own_words: str, subject: str, language: str, policy: Policy, *, quote_confidence: float = 1.0) -> Answer:
    """Read a request to stop out of what a person wrote.

    Args:
        own_words: the text without quotation and signature.
        subject: as it came, prefixes included.
        language: of the lead or the mail, "" if unknown; decides about ambiguous single words.
        quote_confidence: under 0.5 the text may hold somebody else's words: never "auto".
    Returns:
        ``auto``, ``review`` or ``none``; the language of the phrase; the words themselves.
    """
    answers = by_language(own_words, subject, policy, quote_confidence=quote_confidence)
    return answers.get(language, answers[""])


def by_language(
    own_words: str, subject: str, policy: Policy, *, quote_confidence: float = 1.0, clues: Clues = ALL
) -> Mapping[str, Answer]:
    """``find`` for every language at once, because who writes is known only later.

    Args:
        clues: which patterns have a chance.
    Returns:
        the answer for each language in which it is another one than usual, and the usual one under "".
    """
    lexicon = words.of(policy.languages)
    if not clues.any_of(lexicon.asks_for_silence):
        return {"": NOTHING}
    possible = [request for request in lexicon.requests if request.clue in clues.text]
    one_word = "ambiguous" in clues.text
    # A request in other words than ours is looked for in short mails only.
    is_short = len(own_words) <= LONGEST_IN_PARTS
    in_parts = [request for request in lexicon.requests if request.clue_of_parts in clues.text and request.parts] if is_short else []
    if not (possible or one_word or in_parts):
        return {"": NOTHING}
    text = _without_links(own_words[:20_000])
    fresh = "" if thread.is_answer(subject) or thread.is_forward(subject) else thread.normalise_subject(subject)
    asked = _Asked(text, _bare(text, lexicon.beside), fresh, _bare(fresh, lexicon.beside), len(own_words), one_word)
    languages = {r.language for word in (asked.whole, asked.command) for r in lexicon.ambiguous.get(word, ())}
    answers = {code: _find(asked, code, lexicon, possible) for code in ("", *sorted(languages))}
    if in_parts and answers[""][0] != "auto":
        # What a phrase leaves in doubt may be clear from the parts of the sentence.
        found = _in_parts(text, in_parts, lexicon)
        answers[""] = found if found[0] == "auto" else answers[""] if answers[""] != NOTHING else found
    if quote_confidence >= 0.5:
        return answers
    return {code: ("review" if mode == "auto" else mode, spoken, evidence) for code, (mode, spoken, evidence) in answers.items()}


def _without_links(text: str) -> str:
    return _LINK.sub(" http ", text) if any(beginning in text for beginning in ("http", "www.", "mailto:")) else text


def may_be_one_word(own_words: str, folded: str, lexicon: Lexicon) -> bool:
    """Whether one of the ambiguous words may be all that words or subject say.

    Args:
        own_words: as for ``find``.
        folded: these words and the subject, folded.
    """
    # In a very short text it may even be glued to what stands before it.
    if len(own_words) < SHORTEST_TEXT:
        return True
    return len(own_words) <= LONGEST_WORD_ALONE and lexicon.ambiguous_words.occur(folded)


def _find(asked: _Asked, language: str, lexicon: Lexicon, possible: list[Request]) -> Answer:
    whole = asked.whole
    found = _command(asked, language, lexicon, possible)
    if found:
        return found
    for request in lexicon.ambiguous.get(whole, ()):
        return ("auto" if language == request.language or whole in lexicon.beside.known_everywhere else "review"), request.language, whole
    for request in possible:
        if whole and request.inside.fullmatch(whole) and not _speaks_about_it(request, whole):
            mode = _about_mail(whole, whole, request)
            if mode != "none":
                return mode, request.language, whole[:200]
    above = _above_a_name(asked.text, lexicon) if asked.one_word else None
    if above is not None:
        return "review", above.language, asked.text.strip()[:200]
    found = _in_sentences(asked.text, possible, lexicon)
    if found == NOTHING and asked.subject and asked.length < 400:
        return _in_sentences(asked.subject, possible, lexicon, at_most="review")
    return found


def _above_a_name(text: str, lexicon: Lexicon) -> Request | None:
    """One ambiguous word with nothing but a name or a signature below it ("Baja", then "Juan Pérez"): a person decides."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines = lines[1:] if lines and not _bare(lines[0], lexicon.beside) else lines
    if not 2 <= len(lines) <= MOST_SIGNATURE_LINES or any(
        len(line) > 60 or line[0].islower() or line.endswith(("?", ":", ";", "？")) for line in lines[1:]
    ):
        return None
    return next(iter(lexicon.ambiguous.get(_bare(lines[0], lexicon.beside), ())), None)


def _command(asked: _Asked, language: str, lexicon: Lexicon, possible: list[Request]) -> Answer | None:
    """A fresh mail whose subject is the request and whose body says nothing else."""
    subject = asked.command
    if not subject or asked.length >= 400:
        return None
    for request in lexicon.requests:
        if subject in request.ambiguous:
            if (len(asked.whole) < 40 or " " in subject) and (subject in lexicon.beside.known_everywhere or language == request.language):
                return "auto", request.language, subject
            return None
        if request in possible and request.inside.fullmatch(subject) and not _speaks_about_it(request, subject):
            return "auto", request.language, subject[:200]
    return None


def _in_sentences(text: str, possible: list[Request], lexicon: Lexicon, at_most: str = "auto") -> Answer:
    if not possible:
        return NOTHING
    beside = lexicon.beside
    text = unsubscribe_claims.prepared(text, beside)
    text = _ABBREVIATED.sub(r"\1 ", text) if "r. " in text or "t. " in text or "s. " in text else text
    sentences = [s.strip() for s in _SENTENCE_END.split(text) if s.strip()][:200]
    told = [(number, original) for number, original in enumerate(sentences) if _may_ask(fold(original), possible)]
    if not told:
        return NOTHING
    bare = [(number, original, _bare(original, beside)) for number, original in told]
    # What is the point of a short mail is believed at once, unless its writer goes on buying.
    names_law = beside.law.search(fold(text)) is not None
    if _word_count(text) > _LONG and not names_law:
        at_most = "review"
    for _, original, sentence in (each for each in bare if each[0] < FIRST_SENTENCES):
        for request in possible:
            # Chinese and Japanese run their sentences on with commas: there the clause is what stands alone.
            parted = _CLAUSE_END.split(sentence) if request.language in UNSPACED else ()
            clauses = (sentence, *(_bare(clause, beside) for clause in parted))
            alone = next((c for c in clauses if c and c not in request.ambiguous and request.inside.fullmatch(c)), "")
            # What stands alone must stand in the sentence as a word of its own, too.
            if alone and request.inside.search(fold(original)) and not _denied(request, sentence, text, original, beside):
                mode = _about_mail(alone, sentence, request)
                if mode != "none":
                    return _as_sure_as(mode, at_most, text, original, request, lexicon), request.language, original[:200]
    for _, original, sentence in bare:
        for request in possible:
            match = request.inside.search(sentence)
            if not match or match[0] in request.ambiguous or len(match[0]) <= 3 or _denied(request, sentence, text, original, beside):
                continue
            # One word inside a sentence is a topic; with "please", "me" or "our" beside it, it is a wish.
            is_clause = " " in match[0] or request.language in UNSPACED
            if not (is_clause or beside.wish.search(fold(original))):
                continue
            mode = _about_mail(match[0], sentence, request)
            if mode != "none" and request.inside.search(fold(original)):
                sure = is_clause and (names_law or _is_all(sentence[match.end() :], beside))
                mode = mode if sure else "review"
                return _as_sure_as(mode, at_most, text, original, request, lexicon), request.language, original[:200]
    return NOTHING


def _is_all(rest: str, beside: Beside) -> bool:
    """Whether a request ends where its phrase ends: "stop emailing me from two addresses" is about something else."""
    return not rest.strip() or bool(beside.goes_on.match(rest))


def _in_parts(text: str, possible: list[Request], lexicon: Lexicon) -> Answer:
    sentences = [s.strip() for s in _SENTENCE_END.split(text) if s.strip()][:FIRST_SENTENCES]
    found = unsubscribe_parts.find(text, sentences, possible, lexicon)
    if found is None:
        return NOTHING
    mode, request, sentence = found
    at_most = "auto" if _word_count(text) <= _LONG else "review"
    return _as_sure_as(mode, at_most, text, sentence, request, lexicon), request.language, sentence[:200]


def _about_mail(said: str, sentence: str, request: Request) -> str:
    """How sure it is that mails shall stop: "none" where the sentence speaks of goods only, "review" where of both."""
    if not request.goods.search(sentence):
        return "auto"
    return "review" if request.mail.search(said) else "none"


def _as_sure_as(mode: str, at_most: str, text: str, sentence: str, request: Request, lexicon: Lexicon) -> str:
    if lexicon.beside.for_now.search(fold(sentence)):
        return "review"
    return "auto" if mode == at_most == "auto" and not goes_on_buying(text, sentence, request, lexicon) else "review"


def goes_on_buying(text: str, sentence: str, request: Request, lexicon: Lexicon) -> bool:
    """Whether somebody who asks us to stop speaks of business as well: what he says beside his request.

    He asks something, names a quantity or a type, says what he wants, or speaks of prices and goods. What stands in a sentence
    that denies is not counted: "we need nothing", "we never ordered".

    Args:
        text: his own words.
        sentence: the one in which he asks us to stop.
        request: how his language does it.
    """
    beside = lexicon.beside
    rest = text.replace(f"{sentence}?", " ").replace(sentence, " ")
    folded = fold(rest)
    if "?" in folded or beside.quantity.search(folded) or beside.channel.search(fold(text)):
        return True
    said = [each for each in map(fold, _SENTENCE_END.split(rest)[:200]) if not beside.denial.search(each)]
    return any(lexicon.wants.search(each) or beside.business.search(each) or request.goods.search(each) for each in said)


def _may_ask(folded: str, requests: list[Request]) -> bool:
    return any(request.anchors.present(folded) for request in requests)


def _denied(request: Request, sentence: str, text: str, original: str, beside: Beside) -> bool:
    """A sentence that speaks *about* unsubscribing, or asks how it is done."""
    if _speaks_about_it(request, sentence):
        return True
    # "How do I …?" loses its question mark when sentences are cut; look at what follows in the text.
    end = text.find(original) + len(original)
    follows = text[end : end + 1]
    return follows in ("?", "？") and not beside.courtesy.search(fold(original))


def _speaks_about_it(request: Request, sentence: str) -> bool:
    return request.denied is not None and request.denied.search(sentence) is not None


def _bare(text: str, beside: Beside) -> str:
    """Folded words without greeting and politeness at either end."""
    bare = _stripped(fold(text))
    for _ in range(8):
        shorter = _stripped(thread.without(beside.polite_before, thread.without(beside.greeting, bare)))
        end = beside.polite_after.search(shorter, max(0, len(shorter) - LONGEST_POLITE_END))
        ended = _stripped(shorter[: end.start()]) if end else shorter
        shorter = ended or shorter
        if shorter == bare or not shorter:
            break
        bare = shorter
    return bare


def _stripped(text: str) -> str:
    return text.strip(" \t.,!?;:，。！？；：、\"'“”„‘’‚«»‹›「」『』()[]<>*-_—…")


def _word_count(text: str) -> int:
    if re.search(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]", text):
        return len(re.sub(r"\s", "", text)) // 2
    return len(text.split())
