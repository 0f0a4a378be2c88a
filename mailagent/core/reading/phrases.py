"""Finds thousands of plain phrases of many languages in one pass over a mail's words.

**The idea.** A regular expression made of a few thousand phrases tries them all at every letter, and a hostile text
can make it slow. Here the text is cut into *tokens* once (a word, a number, or one Chinese, Japanese or Korean
character). The words that lead to phrases stand in a tree, one below the other; one pass over the words of a text walks it
wherever a word begins a branch, however many phrases there are. What is left to look at is what the pass has found: whether the
other words of the phrase are in the sentence as well, and what it says behind a gap.

**Sentence by sentence.** No phrase reaches over the end of a sentence. So a sentence that was searched before, in this mail or in
another, has its answer already; and of the phrases to which its words lead nearly all are told apart by a look at the set of its words.

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

from collections.abc import Iterable
from typing import NamedTuple

from mailagent.core.reading.beginnings import Beginnings
from mailagent.core.reading.phrase_entries import Entry, entry_of, rank
from mailagent.core.reading.phrase_keys import PhraseKeys
from mailagent.core.reading.phrase_parts import CHARACTERS_SKIPPED, Piece, findable, fits
from mailagent.core.reading.text import Sentence, Text

MOST_MATCHES = 5_000
WORDS_SKIPPED = 5
# So many words of texts are remembered.
MOST_KNOWN = 40_000
# The answers of sentences with so many words at most, and so many matches, are kept.
MOST_WORDS_KEPT, MOST_MATCHES_KEPT = 60, 60
NOTHING: list = []
# Below the words that lead to a phrase: the phrases that these words lead to, and those that go on with the beginning of a word.
HERE, BEGUN = 0, 1
Node = dict
# First word, order of the phrase, last word (exclusive).
Found = tuple[int, int, int]
# How the order of a phrase is made of its rank, its number in the configuration, and which of several made of it it is.
RANK_BITS, PHRASE_BITS, MEMBER_BITS = 7, 22, 20
PHRASE_MASK = (1 << PHRASE_BITS) - 1


class Match(NamedTuple):
    """A phrase that was found: what it means, and from which word to which (exclusive)."""

    name: str
    value: str
    first: int
    last: int


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
        # Those of them, and of the words that lead to phrases, with which a phrase may begin.
        self._starts: set[str] = set()
        # The same words by their first two characters.
        self._alike: dict[str, list[str]] = {}
        # Numbers of the phrases that are looked for.
        self._awake: set[int] = set()
        # Phrases that begin with a number and have no word behind it.
        self._numbers: list[Entry] = []
        # Under this a sentence that is said again has what was found in it.
        self._mark = object()
        for number in keys.awake:
            self._wake(number)

    def find(self, text: Text) -> list[Match]:
        """Every phrase of the book that stands in the text, in reading order; the same words may mean several things."""
        phrases, mark = self._phrases, self._mark
        said = [(base, sentence, sentence.answers.get(mark)) for base, sentence in zip(text.firsts, text.sentences, strict=True)]
        self._learn({word for _, sentence, found in said if found is None for word in sentence.words})
        matches: list[Match] = []
        for base, sentence, found in said:
            if found is None:
                found = self._found(sentence) if sentence.words else ()
                if len(sentence.words) <= MOST_WORDS_KEPT and len(found) <= MOST_MATCHES_KEPT:
                    sentence.answers[mark] = found
            for first, order, last in found:
                name, value, _ = phrases[order >> MEMBER_BITS & PHRASE_MASK]
                matches.append(Match(name, value, base + first, base + last))
        if len(matches) > MOST_MATCHES:
            # What begins at one place is kept or dropped together.
            last = matches[MOST_MATCHES - 1].first
            matches = [each for each in matches if each.first <= last]
        return matches

    def _found(self, sentence: Sentence) -> tuple[Found, ...]:
        """Every match in a sentence of words that were learnt, in reading order."""
        found: list[Found] = []
        words, led, known, starts = sentence.words, self._led, self._known, self._starts
        vocabulary = frozenset(words)
        end = len(words)
        for first in [place for place, word in enumerate(words) if word in starts]:
            word = words[first]
            for entries in known.get(word, NOTHING):
                _judge(sentence, vocabulary, first, entries, found)
            node, at = led.get(word), first
            while node is not None:
                if HERE in node:
                    _judge(sentence, vocabulary, first, node[HERE], found)
                at += 1
                if at == end:
                    break
                word = words[at]
                if BEGUN in node:
                    # One of two characters and more stands with its first two.
                    for beginning, entries in (*node[BEGUN].get(word[:2], NOTHING), *node[BEGUN].get(word[0], NOTHING)):
                        if word.startswith(beginning):
                            _judge(sentence, vocabulary, first, entries, found)
                node = node.get(word)
        if sentence.numbers and self._numbers:
            for entry in self._numbers:
                # The number is a part of the phrase, the first.
                for place in sentence.numbers if vocabulary.issuperset(entry.needs) else ():
                    _verify(words, place, entry, found)
        return tuple(sorted(set(found))) if found else ()

    def _learn(self, vocabulary: set[str]) -> None:
        """Know these words: the phrases that may be in a text of them are awake."""
        known = self._known
        if not vocabulary or known.keys() >= vocabulary:
            return
        new = [word for word in vocabulary if word not in known]
        if len(known) > MOST_KNOWN:
            known, new = {}, list(vocabulary)
            self._known, self._alike, self._starts = known, {}, set(self._led)
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
            if known[word]:
                self._starts.add(word)
            self._alike.setdefault(word[:2], []).append(word)

    def _wake(self, number: int) -> None:
        """Put a phrase among those that are looked for."""
        for member, phrase in enumerate(findable(self._phrases[number][2])):
            if not phrase:
                continue
            first, second = rank(phrase)
            order = ((first << RANK_BITS | second) << PHRASE_BITS | number) << MEMBER_BITS | member
            entry, strings = entry_of(order, phrase)
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
                        self._starts.add(word)
            return
        self._starts.add(words[0])
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


def _judge(sentence: Sentence, vocabulary: frozenset[str], place: int, entries: list[Entry], found: list[Found]) -> None:
    """Add the matches of the phrases that the words from a place on lead to."""
    for entry in entries:
        if entry.is_word:
            found.append((place, entry.order, place + 1))
        elif vocabulary.issuperset(entry.needs) and (not (entry.begun or entry.choices) or _has_chance(entry, sentence, vocabulary)):
            if entry.whole:
                _verify_whole(sentence.words, place, entry, found)
            elif entry.behind_gap:
                _verify_before(sentence.words, place - entry.before, entry, found)
            else:
                _verify(sentence.words, place - entry.before, entry, found)


def _has_chance(entry: Entry, sentence: Sentence, vocabulary: frozenset[str]) -> bool:
    """Whether the beginnings of words and one member of each choice of a phrase are anywhere in the sentence."""
    for choice in entry.choices:
        if vocabulary.isdisjoint(choice.by_word):
            if not choice.begun or sentence.heads.isdisjoint(choice.heads):
                return False
            joined = sentence.joined
            for beginning in choice.spaced:
                if beginning in joined:
                    break
            else:
                return False
    if entry.begun:
        joined = sentence.joined
        for beginning in entry.begun:
            if beginning not in joined:
                return False
    return True


def _verify(words: list[str], first: int, entry: Entry, found: list[Found]) -> None:
    """Add the match that begins at the word ``first``, if the sentence goes on as the phrase does."""
    last = first + entry.before + entry.length
    if entry.before and (first < 0 or not words[first][0].isdigit()):
        return
    last = _follow(words, last, entry.rest) if entry.rest else last
    if last:
        found.append((first, entry.order, last))


def _verify_before(words: list[str], last: int, entry: Entry, found: list[Found]) -> None:
    """Add the matches that begin at the word ``last`` or so far before it as a gap allows."""
    kind, word = entry.behind_gap[0]
    for first in range(max(0, last - CHARACTERS_SKIPPED), last + 1):
        if words[first].startswith(word) if kind == "begins" else words[first] == word:
            end = _follow(words, first, entry.behind_gap)
            if end:
                found.append((first, entry.order, end))


def _verify_whole(words: list[str], last: int, entry: Entry, found: list[Found]) -> None:
    """Add the matches of a phrase with choices of which the word ``last`` is a part."""
    begins, beginning = entry.first, entry.beginning
    for first in range(max(0, last - entry.back), last + 1) if entry.back else (last,):
        # That a phrase may begin here is cheaper to see than how it goes on.
        if begins is None or words[first] in begins or beginning and words[first].startswith(beginning):
            end = _follow(words, first, entry.whole)
            if end > last:
                found.append((first, entry.order, end))


def _follow(words: list[str], at: int, rest: tuple[Piece, ...]) -> int:
    """Behind which word a phrase ends that goes on with ``rest`` at the word ``at`` of a sentence; 0 if it does not."""
    skip, end = 0, len(words)
    for number, (kind, part) in enumerate(rest):
        if kind == "gap":
            skip = CHARACTERS_SKIPPED if at < end and "\u3040" <= words[at][0] <= "\ud7af" else WORDS_SKIPPED
            continue
        # The nearest place where the next element stands, no farther than the gap allows.
        here, beyond = at, min(at + skip + 1, end)
        if kind == "word":
            while here < beyond and words[here] != part:
                here += 1
            if here >= beyond:
                return 0
            at, skip = here + 1, 0
        elif kind == "choice":
            taken = -1
            while here < beyond:
                taken = part.taken(words, here)
                if taken >= 0:
                    break
                here += 1
            if taken < 0 and not part.is_optional:
                return 0
            if taken > 0:
                # What may be missing may also be the beginning of what follows: 银行 of 换(银行|)(账户|银行).
                following = rest[number + 1 :] if part.is_optional else ()
                if following:
                    return _follow(words, here + taken, following) or _follow(words, at, following)
                at, skip = here + taken, 0
        else:
            while here < beyond and not fits(words[here], (kind, part)):
                here += 1
            if here >= beyond:
                return 0
            at, skip = here + 1, 0
    return at
