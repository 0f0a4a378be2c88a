"""Finds thousands of plain phrases of many languages in one pass over a mail's words.

**The idea.** A regular expression made of a few thousand phrases tries them all at every letter, and a hostile text
can make it slow. Here the text is cut into *tokens* once (a word, a number, or one Chinese, Japanese or Korean
character). The words that lead to phrases stand in a tree, one below the other; one pass over the words of a text walks it
wherever a word begins a branch, however many phrases there are. What is left to look at is what the pass has found: whether
the words stand in one sentence, and what a phrase says behind a gap. Where a word stands in the mail, and where sentences
end (``text.py``), is asked only for what was found.

**Asleep.** A mailbox sees a few thousand of the phrases of thirty languages. A phrase is taken apart and put into the tree when its
rarest word (``phrase_keys``) and one more were seen: the first mail need not wait for all of them, nor must they all be kept.

**What a phrase may hold** (``config/languages/*.toml``, product names in ``catalogue.toml``): plain words, and
three marks. ``bestell*`` is any word that begins so; ``#`` is any number; ``…`` skips up to five words (ten
characters of Chinese) of the same sentence: ``send … price list``.

**Families.** What people say in many ways is written once: ``(send|give us) … (the |)sample*`` stands for a phrase with any of the
words between the bars; nothing before or behind a bar means that the words may be missing. ``{sample}`` is the choice among the words
of that list in the language's ``[words]``. A family is one entry: its rarest choice leads to it, and the rest is compared then.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import NamedTuple

from mailagent.core.reading.beginnings import Beginnings
from mailagent.core.reading.phrase_keys import PhraseKeys
from mailagent.core.reading.phrase_parts import CHARACTERS_SKIPPED, Choice, Piece, findable, fits, leading, plain
from mailagent.core.reading.text import Text

MOST_MATCHES = 5_000
WORDS_SKIPPED = 5
# So many words of texts are remembered.
MOST_KNOWN = 40_000
NOTHING: list = []
# Below the words that lead to a phrase: the phrases that these words lead to, and those that go on with the beginning of a word.
HERE, BEGUN = 0, 1
Node = dict
# How the order of a phrase is made of its rank, its number in the configuration, and which of several made of it it is.
RANK_BITS, PHRASE_BITS, MEMBER_BITS = 7, 22, 20
PHRASE_MASK = (1 << PHRASE_BITS) - 1


class Match(NamedTuple):
    """A phrase that was found: what it means, and from which word to which (exclusive)."""

    name: str
    value: str
    first: int
    last: int


class Entry(NamedTuple):
    """A phrase, seen from the plain words by which it is found.

    Attributes:
        order: its place among all phrases; what begins at one place is told in this order.
        before: how many numbers stand before the plain words (none or one).
        length: how many plain words there are.
        rest: what follows them.
        behind_gap: the whole phrase, if a gap stands before the plain words; else empty.
        later: a word of the rest as it stands in a joined text.
        is_word: it is one word and nothing else.
        whole, back: a phrase with a choice, and how many words before the ones found it may begin; else nothing.
        others, begun: the first words of another choice of it, and the beginnings of words: one of all these must be in the text.
        first, beginning: of a phrase with a choice the words with which it may begin, and the beginnings of such words; None where
            that is not so simple.
    """

    order: int
    before: int
    length: int
    rest: tuple[Piece, ...]
    behind_gap: tuple[Piece, ...]
    later: str
    is_word: bool
    whole: tuple[Piece, ...] = ()
    back: int = 0
    others: frozenset[str] = frozenset()
    begun: tuple[str, ...] = ()
    first: Container[str] | None = None
    beginning: tuple[str, ...] = ()


class Phrasebook:
    """Phrases that are looked for together.

    A phrase sleeps until a text has a word without which it cannot be there (``phrase_keys``). Only then it is taken apart and put
    among those that are looked for. That changes no answer, so that several threads may use a book.

    Args:
        entries: (name, value, phrase): what a phrase means, a value for it (may be empty), and the phrase.
    """

    def __init__(self, entries: Iterable[tuple[str, str, str]]):
        self._phrases = list(entries)
        keys = PhraseKeys([phrase for _, _, phrase in self._phrases])
        self._asleep = Beginnings(keys.by_beginning)
        self._asleep_by_word = keys.by_word
        # Of some phrases a second word, and which of these were ever seen.
        self._seconds = keys.seconds
        self._second_words = frozenset(keys.seconds.values())
        self._seen: set[str] = set()
        self._waiting: set[int] = set()
        # The words that lead to phrases, one below the other, and the beginnings of words that do.
        self._led: Node = {}
        self._begun: Beginnings[Entry] = Beginnings({})
        # The words of texts, each with the phrases that its beginnings lead to.
        self._known: dict[str, list[list[Entry]]] = {}
        # The same words by their first two characters.
        self._alike: dict[str, list[str]] = {}
        # Numbers of the phrases that are looked for.
        self._awake: set[int] = set()
        # Phrases that begin with a number and have no word behind it.
        self._numbers: list[Entry] = []
        for number in keys.awake:
            self._wake(number)

    def find(self, text: Text) -> list[Match]:
        """Every phrase of the book that stands in the text, in reading order; the same words may mean several things."""
        found = sorted(set(self._found(text)))
        if len(found) > MOST_MATCHES:
            # What begins at one place is kept or dropped together.
            last = found[MOST_MATCHES - 1][0]
            found = [each for each in found if each[0] <= last]
        phrases = self._phrases
        return [Match(*phrases[order >> MEMBER_BITS & PHRASE_MASK][:2], first, last) for first, order, last in found]

    def _found(self, text: Text) -> list[tuple[int, int, int]]:
        """(first word, order of the phrase, last word) of every match."""
        found: list[tuple[int, int, int]] = []
        words, led = text.words, self._led
        known = self._learn(text.vocabulary)
        # Of the phrases that begin alike, those whose other words are in the text, too.
        possible: dict[int, list[Entry]] = {}
        end = len(words)
        for first in [place for place, word in enumerate(words) if word in led]:
            at, node = first, led[words[first]]
            while node is not None:
                if HERE in node:
                    _judge(text, first, node[HERE], possible, found)
                at += 1
                if at == end:
                    break
                word = words[at]
                if BEGUN in node:
                    # One of two characters and more stands with its first two.
                    for beginning, entries in (*node[BEGUN].get(word[:2], NOTHING), *node[BEGUN].get(word[0], NOTHING)):
                        if word.startswith(beginning):
                            _judge(text, first, entries, possible, found)
                node = node.get(word)
        begun = {word for word in text.vocabulary if known[word]}
        for place in [place for place, word in enumerate(words) if word in begun] if begun else ():
            for entries in known[words[place]]:
                _judge(text, place, entries, possible, found)
        if text.numbers:
            possibly = [each for each in self._numbers if not each.later or text.holds(each.later)]
            for place in text.numbers if possibly else ():
                for each in possibly:
                    _verify(text, place, each, found)
        return found

    def _learn(self, vocabulary: frozenset[str]) -> dict[str, list[list[Entry]]]:
        """``_known`` with these words in it; the phrases that may be in a text of them are awake."""
        known = self._known
        new = [word for word in vocabulary if word not in known]
        if not new:
            return known
        if len(known) > MOST_KNOWN:
            known, new = {}, list(vocabulary)
            self._known, self._alike = known, {}
        woken = {number for word in new if word in self._asleep_by_word for number in self._asleep_by_word[word]}
        for lists in self._asleep.of_words(new).values():
            woken.update(*lists)
        self._seen |= self._second_words.intersection(new)
        for number in woken - self._awake:
            second = self._seconds.get(number, "")
            if not second or second in self._seen:
                self._wake(number)
            elif number not in self._waiting:
                # Nobody has written that word yet: when somebody does, it wakes the phrase.
                self._waiting.add(number)
                self._asleep_by_word.setdefault(second, []).append(number)
        begun = self._begun.of_words(new)
        for word in new:
            known[word] = begun.get(word, NOTHING)
            self._alike.setdefault(word[:2], []).append(word)
        return known

    def _wake(self, number: int) -> None:
        """Put a phrase among those that are looked for."""
        for member, phrase in enumerate(findable(self._phrases[number][2])):
            if not phrase:
                continue
            first, second = _rank(phrase)
            order = ((first << RANK_BITS | second) << PHRASE_BITS | number) << MEMBER_BITS | member
            entry, strings = _entry(order, phrase)
            if not strings:
                self._numbers.append(entry)
            for string in strings:
                self._lead(string, entry)
        self._awake.add(number)

    def _lead(self, string: str, entry: Entry) -> None:
        """Let a string of words, the last perhaps only begun, lead to a phrase."""
        *words, last = string[1:].split(" ")
        if not words:
            if self._begun.add(last, entry):
                # The words that are known already may begin so.
                for word in self._alike.get(last[:2], ()) if len(last) > 1 else list(self._known):
                    if word.startswith(last):
                        self._known[word] = [*self._known[word], self._begun.owned[last]]
            return
        node = self._led
        for word in words:
            node = node.setdefault(word, {})
        if last:
            alike = node.setdefault(BEGUN, {}).setdefault(last[:2], [])
            entries = next((entries for beginning, entries in alike if beginning == last), None)
            if entries is None:
                alike.append((last, [entry]))
            else:
                entries.append(entry)
        else:
            node.setdefault(HERE, []).append(entry)


def _judge(text: Text, place: int, entries: list[Entry], possible: dict[int, list[Entry]], found: list[tuple[int, int, int]]) -> None:
    """Add the matches of the phrases that the words from a place on lead to."""
    fit = possible.get(id(entries))
    if fit is None:
        fit = [each for each in entries if not (each.later or each.others or each.begun) or _has_chance(each, text)]
        possible[id(entries)] = fit
    for entry in fit:
        if entry.whole:
            _verify_whole(text, place, entry, found)
        elif entry.is_word:
            found.append((place, entry.order, place + 1))
        elif entry.behind_gap:
            _verify_before(text, place - entry.before, entry, found)
        else:
            _verify(text, place - entry.before, entry, found)


def _entry(order: int, phrase: tuple[Piece, ...]) -> tuple[Entry, list[str]]:
    """The entry of a phrase, and the strings that lead to it; none for one that begins with a number and has no word behind it."""
    if any(kind == "choice" for kind, _ in phrase):
        return _family(order, phrase)
    before = 1 if phrase[0][0] == "number" else 0
    length, string = plain(phrase[before:])
    rest = phrase[before + length :]
    behind, longer = plain(rest[1:]) if rest and rest[0][0] == "gap" and not before else (0, "")
    if len(longer) > len(string):
        # "a … letter of credit" is looked for by its rare words.
        return Entry(order, length, behind, (), phrase, "", False), [longer]
    if length:
        return Entry(order, before, length, rest, (), _later(rest), before + length == 1 and not rest), [string]
    return Entry(order, before, 0, rest, (), _later(rest), False), []


def _family(order: int, phrase: tuple[Piece, ...]) -> tuple[Entry, list[str]]:
    """The entry of a phrase with choices, and the strings that lead to it."""
    strings, back = leading(phrase)
    words = [word for kind, word in phrase if kind in ("word", "begins")]
    later = max((f" {word}" for word in words if f" {word}" not in strings and f" {word} " not in strings), key=len, default="")
    # The strings that lead here begin with those of their own choice.
    choices = [part for _, part in phrase if isinstance(part, Choice) and not part.is_optional and not part.number]
    choices = [part for part in choices if not any(string.startswith(plain(part.options[0])[1]) for string in strings)]
    other = min(choices, key=lambda part: len(part.options), default=None)
    others, begun = (frozenset(other.by_word), tuple(f" {word}" for word in other.beginnings)) if other else (frozenset(), ())
    first, beginning = _first(phrase[0])
    return Entry(order, 0, 0, (), (), later, False, phrase, back, others, begun, first, beginning), strings


def _first(piece: Piece) -> tuple[Container[str] | None, tuple[str, ...]]:
    """The words with which what begins with this element may begin, and the beginnings of such words."""
    kind, part = piece
    if isinstance(part, Choice):
        return (None if part.is_optional or part.number else part.by_word), part.beginnings
    return {"word": ((part,), ()), "begins": ((), (part,)), "number": (None, ())}[kind]


def _has_chance(entry: Entry, text: Text) -> bool:
    """Whether the other words of a phrase are anywhere in the text."""
    if entry.later and not text.holds(entry.later):
        return False
    if not entry.others and not entry.begun:
        return True
    return not entry.others.isdisjoint(text.vocabulary) or any(map(text.holds, entry.begun))


def _rank(phrase: tuple[Piece, ...]) -> tuple[int, int]:
    """Among phrases that begin at one place: words first, then two words and more, numbers, and beginnings by their length."""
    kind, word = phrase[0]
    if kind == "choice":
        return 1, 0
    pair = len(phrase) > 1 and phrase[1][0] == "word"
    if kind == "word":
        return (1 if pair else 0), 0
    if kind == "number":
        return (2 if pair else 3), 0
    return 4, len(word)


def _later(rest: tuple[Piece, ...]) -> str:
    return max((f" {word} " if kind == "word" else f" {word}" for kind, word in rest if word), key=len, default="")


def _verify(text: Text, first: int, entry: Entry, found: list[tuple[int, int, int]]) -> None:
    """Add the match that begins at the word ``first``, if the text goes on as the phrase does, in one sentence."""
    last = first + entry.before + entry.length
    if entry.before and (first < 0 or not text.is_number(first)):
        return
    at, last = _follow(text, last, entry.rest) if entry.rest else (last - 1, last)
    if last and (at == first or _in_one_sentence(text, first, at)):
        found.append((first, entry.order, last))


def _verify_before(text: Text, last: int, entry: Entry, found: list[tuple[int, int, int]]) -> None:
    """Add the matches that begin at the word ``last`` or so far before it as a gap allows."""
    kind, word = entry.behind_gap[0]
    for first in range(max(0, last - CHARACTERS_SKIPPED), last + 1):
        if text.words[first].startswith(word) if kind == "begins" else text.words[first] == word:
            at, end = _follow(text, first, entry.behind_gap)
            if end and _in_one_sentence(text, first, at):
                found.append((first, entry.order, end))


def _verify_whole(text: Text, last: int, entry: Entry, found: list[tuple[int, int, int]]) -> None:
    """Add the matches of a phrase with choices of which the word ``last`` is a part."""
    words, begins, beginning = text.words, entry.first, entry.beginning
    for first in range(max(0, last - entry.back), last + 1):
        # That a phrase may begin here is cheaper to see than how it goes on.
        if begins is None or words[first] in begins or beginning and words[first].startswith(beginning):
            at, end = _follow(text, first, entry.whole)
            if end > last and _in_one_sentence(text, first, at):
                found.append((first, entry.order, end))


def _in_one_sentence(text: Text, first: int, last: int) -> bool:
    """Asked only of words that fit: where words stand and sentences end takes longer than to compare them."""
    return text.start(last) < text.ends[text.sentence(text.start(first))]


def _follow(text: Text, at: int, rest: tuple[Piece, ...]) -> tuple[int, int]:
    """From which word to which the last element stands of a phrase that goes on with ``rest`` at the word ``at``; 0, 0 if none does."""
    words, skip, last = text.words, 0, at - 1
    for number, piece in enumerate(rest):
        if piece[0] == "gap":
            skip = CHARACTERS_SKIPPED if at < len(words) and "\u3040" <= words[at][0] <= "\ud7af" else WORDS_SKIPPED
            continue
        if isinstance(piece[1], Choice):
            taken, here = -1, at
            for here in range(at, min(at + skip + 1, len(words))):
                taken = piece[1].taken(words, here)
                if taken >= 0:
                    break
            if taken < 0 and not piece[1].is_optional:
                return 0, 0
            if taken > 0:
                # What may be missing may also be the beginning of what follows: 银行 of 换(银行|)(账户|银行).
                following = rest[number + 1 :]
                if piece[1].is_optional and following:
                    found = _follow(text, here + taken, following)
                    return found if found[1] else _follow(text, at, following)
                last, at, skip = here, here + taken, 0
            continue
        # The nearest place where the next word stands, no farther than the gap allows.
        here = next((i for i in range(at, min(at + skip + 1, len(words))) if fits(words[i], piece)), None)
        if here is None:
            return 0, 0
        last, at, skip = here, here + 1, 0
    return last, at
