"""Hears what is wanted in sentences that no list of phrases holds.

**The idea.** Phrases (``phrases.py``) are sure and know nothing but themselves: who writes "what's the damage for 250?" asks for a
price and stands in no list. So the wishes are learnt as well: for each language thousands of sentences that people of the trade might
write (``tests/wishes``), each with what it wants, give every word, every two to four words in a row and every three to five letters
of a word a weight for each wish (logistic regression; the weights are data, ``config/languages/<xx>.wishes``). Here the weights of
what a sentence holds are added up. That is a chance for each wish, without a list, and in a millisecond a mail.

**Both together.** What is likely enough is a fact, with the sentence for its evidence, as if a phrase had said it. A phrase whose mail
makes its wish next to impossible is not meant ("I never asked for a price").

The weights seldom act: a wish is a reason for points, for a word in the reasons, for a task. Only a mail that answers us, wants silence in
so many words and nothing else beside it, silences its writer (``kind.in_view_of``); a stranger's is put before a person.
"""

from __future__ import annotations

import json
import math
import re
import sys
from array import array
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import zstandard

from mailagent.core.reading.kept import Kept
from mailagent.core.reading.text import SINGLE, Sentence, Text

# From this chance on a wish is heard; below the other a phrase that says it is not believed. What makes somebody a customer, or ends
# a follow-up, must be surer to be heard, and is believed whenever a phrase says it.
LIKELY, SERIOUS, IMPOSSIBLE = 0.45, 0.8, 0.02
# A whole mail that wants silence, or that sells, says so with this chance, and nothing a buyer wants has more than the other.
SURE, UNHEARD = 0.8, 0.3
# So many sentences sell in a mail that only sells; and a mail that only wants silence is no longer than so many words.
SENTENCES_OF_SELLERS, LONGEST_REFUSAL = 2, 60
# A sentence is heard in pieces of so many words, one beginning so many words behind the other; and so many pieces of a mail.
LONGEST_PIECE, STEP, MOST_PIECES = 40, 30, 60
# What weighs is not heard in fewer words than these: of "HB-150" only letters are known.
FEWEST_WORDS = 3
NUMBER, QUESTION, BEGIN, END = "#", "?", "^", "$"
WITHOUT_WORDS = frozenset({NUMBER, QUESTION})
QUESTION_MARKS = ("?", "？", "؟")
# What has less is no chance (its weight, before it becomes one); a chance is next to none long before.
FAINTEST = -5.0
# The middle of a lane (of 16 bits), and what a square of one is above all lanes; from a weight of -128 on to 0.
MIDDLE, SQUARE = 1 << 15, 1 << 10
ABOVE_LOWEST = bytes((code + 128) % 256 for code in range(256))
# Before the letters inside a word.
INSIDE = "~"
SHORTEST_INSIDE, LONGEST_INSIDE, SHORTEST_WORD = 3, 5, 3
# Words in a row; one more where every character is a word.
IN_A_ROW, CHARACTERS_IN_A_ROW = 3, 4
# The wishes that are heard; the others are told apart from these.
HEARD = frozenset({
    "asks_price", "asks_sample", "asks_catalog", "price_objection", "existing_supplier", "market_research",
    "places_order", "payment_or_lc", "delivery_question", "not_now_later", "not_interested", "visit_factory", "complaint",
    "tech_question", "asks_terms",
})  # fmt: skip
# What is told apart from the wishes although other rules hear it.
BESIDE = ("unsubscribe", "acknowledges")
# What who wants silence may say as well.
REFUSALS = frozenset({"not_interested", "complaint", "not_now_later", "existing_supplier"})
WEIGHTY = frozenset({"places_order", "complaint", "not_interested", "visit_factory"})
# What a tier or a pause rests on is believed as well.
BELIEVED = WEIGHTY | {"tech_question", "not_now_later", "price_objection"}
# What a buyer asks; of somebody who plainly offers something it is a turn of speech ("can I have your floor plan?").
ASKED_BY_BUYERS = frozenset({
    "asks_price", "asks_sample", "asks_catalog", "delivery_question", "tech_question", "places_order", "payment_or_lc", "asks_terms",
    "market_research", "price_objection",
})  # fmt: skip
# Who confirms the order of samples, or tests them, does not ask for them; who orders does not ask for the price.
NOTHING: frozenset[str] = frozenset()
TAKES_BACK = {"asks_sample": frozenset({"confirms_sample_order", "samples_in_test"}), "asks_price": frozenset({"places_order"})}
CHARACTER = re.compile(f"[{SINGLE}\u0e00-\u0e7f]")
CHARACTERS = re.compile(f"(?<![^ ])[{SINGLE}\u0e00-\u0e7f]")
LARGEST_MODEL = 64_000_000
SENTENCES_HEARD = 1_000


@dataclass(frozen=True)
class Wish:
    """What a mail may want.

    Attributes:
        name: of the fact.
        chance: from 0 to 1.
        sentence: the number of the sentence that says it most clearly.
        times: how many sentences are likely to say it.
    """

    name: str
    chance: float
    sentence: int
    times: int


class Hearing:
    """What was learnt, for all languages.

    Args:
        learnt: a language's code → the bytes of its file.
    """

    def __init__(self, learnt: Mapping[str, bytes]) -> None:
        self._learnt = learnt
        self._ears: dict[str, Ear | None] = {}

    def hear(self, text: Text, language: str) -> dict[str, Wish]:
        """Every wish with its chance in a text; none if nothing was learnt for its language."""
        if language not in self._ears:
            try:
                self._ears[language] = Ear(self._learnt[language]) if language in self._learnt else None
            except ValueError:
                # Phrases go on without it; ``mailagent check`` names the file.
                self._ears[language] = None
        ear = self._ears[language]
        return ear.hear(text) if ear else {}


def is_unheard(name: str, heard: Mapping[str, Wish]) -> bool:
    """Whether a phrase names a wish that is next to impossible in its mail."""
    return name in HEARD and name not in BELIEVED and name in heard and heard[name].chance < IMPOSSIBLE


def beyond(heard: Mapping[str, Wish], said: Collection[str]) -> list[Wish]:
    """The likely wishes that no phrase said, in a fixed order.

    Args:
        heard: every wish with its chance.
        said: the facts that phrases state.
    """
    found = [wish for name, wish in heard.items() if name in HEARD and name not in said and wish.chance >= least(name)]
    if "sells_to_us" in said:
        found = [wish for wish in found if wish.name not in ASKED_BY_BUYERS]
    names = {*said, *(wish.name for wish in found)}
    return [wish for wish in found if not names & TAKES_BACK.get(wish.name, NOTHING)]


def least(name: str) -> float:
    """From which chance on a wish is heard."""
    return SERIOUS if name in WEIGHTY else LIKELY


def of_whole(heard: Mapping[str, Wish], text: Text, first_own: int) -> list[Wish]:
    """What a mail says as a whole, besides which it wants nothing: that it only sells, or that it wants no more letters.

    Args:
        heard: every wish with its chance.
        text: what was heard.
        first_own: where the words begin that are surely his own; a subject may be that of a thread of others.
    """
    if not heard or any(wish.chance >= UNHEARD for name, wish in heard.items() if name in HEARD - REFUSALS):
        return []
    found = []
    sells, silence = heard.get("sells_to_us"), heard.get("unsubscribe")
    if sells and sells.chance >= SURE and sells.times >= SENTENCES_OF_SELLERS:
        found.append(replace(sells, name="sells_plainly"))
    if silence and silence.chance >= SURE and len(text.words) <= LONGEST_REFUSAL and text.ends[silence.sentence] > first_own:
        found.append(replace(silence, name="wants_silence"))
    return found


class Ear:
    """What was learnt for one language.

    Theory. A sentence holds dozens of names, and each has a weight for each wish: adding them one by one is a thousand additions. So all
    weights of a name are one number, in which each wish has sixteen bits of its own, and Python adds numbers of any length at once.
    A negative weight borrows from the lane above it; in the sum ``level`` gives back what was borrowed. Above all lanes stands how much
    the name counts for the length of the sentence.

    Args:
        learnt: the bytes that ``packed`` made.

    Attributes:
        about: where it comes from.
        wishes: the names of the facts, in the order of all chances.

    Raises:
        ValueError: these are not such bytes, or not all of them.
    """

    def __init__(self, learnt: bytes) -> None:
        try:
            raw = zstandard.ZstdDecompressor().decompress(learnt, max_output_size=LARGEST_MODEL)
            head, _, rest = raw.partition(b"\n")
            said = json.loads(head)
            self.about: str = said["about"]
            self.wishes: tuple[str, ...] = tuple(said["wishes"])
            self._bias: list[float] = said["bias"]
            self._unit: float = said["unit"]
            names, rest = rest[: said["names"]], rest[said["names"] :]
            self._row = {name: number for number, name in enumerate(names.decode().split("\n"))}
            squares = len(self._row) * 4
            self._squares = array("f", rest[:squares])
            weights = rest[squares:]
        except (zstandard.ZstdError, KeyError, TypeError, UnicodeDecodeError) as error:
            raise ValueError(f"not what was learnt of a language: {error}") from None
        if len(weights) != len(self._row) * len(self.wishes) or len(self._bias) != len(self.wishes):
            raise ValueError("cut off")
        # Each weight above its lowest, in the lower byte of its lane.
        self._lanes = bytearray(2 * len(weights))
        self._lanes[::2] = weights.translate(ABOVE_LOWEST)
        self._width = 2 * len(self.wishes)
        self._lowest = int.from_bytes(b"\x80\0" * len(self.wishes), "little")
        self._level = int.from_bytes(b"\0\x80" * len(self.wishes), "little")
        # A name → its weights, as far as it was met; a word → the sum of what it holds.
        self._known: dict[str, int] = {}
        self._words: Kept[str, int] = Kept(8_000)
        self._weighty = frozenset(number for number, name in enumerate(self.wishes) if name in WEIGHTY)
        self._heard: Kept[Sentence, list[tuple[int, float]]] = Kept(SENTENCES_HEARD)

    def hear(self, text: Text) -> dict[str, Wish]:
        """The chance of every wish in a text: that of the sentence that says it most clearly."""
        best = [0.0] * len(self.wishes)
        where, times = [0] * len(self.wishes), [0] * len(self.wishes)
        pieces = 0
        for number, sentence in enumerate(text.sentences):
            if not sentence.words:
                continue
            pieces += 1 + len(sentence.words) // LONGEST_PIECE
            if pieces > MOST_PIECES:
                break
            found = self._heard.get(sentence)
            if found is None:
                found = self._heard.keep(sentence, self._chances(sentence))
            for wish, chance in found:
                if chance > best[wish]:
                    best[wish], where[wish] = chance, number
                times[wish] += chance >= LIKELY
        return {name: Wish(name, best[wish], where[wish], times[wish]) for wish, name in enumerate(self.wishes)}

    def chances(self, sentence: Sentence) -> dict[str, float]:
        """The chance of each of ``wishes`` in one sentence; what has next to none is left out."""
        return {self.wishes[wish]: chance for wish, chance in self._chances(sentence)}

    def _chances(self, sentence: Sentence) -> list[tuple[int, float]]:
        best: dict[int, float] = {}
        few = len(sentence.words) < FEWEST_WORDS
        for words in pieces(sentence):
            for wish, weight in self._weigh(words):
                if not (few and wish in self._weighty) and weight > best.get(wish, FAINTEST):
                    best[wish] = weight
        return [(wish, 1 / (1 + math.exp(-weight))) for wish, weight in best.items()]

    def _weigh(self, words: list[str]) -> list[tuple[int, float]]:
        known, row, total, is_known = self._known, self._row, 0, False
        for word in set(words):
            of_word = self._words.get(word)
            total += self._words.keep(word, self._of_word(word)) if of_word is None else of_word
            is_known = is_known or word in row and word not in WITHOUT_WORDS
        if not is_known:
            # A telephone number wants nothing, and no more does a text of which no word is known.
            return []
        for name in rows(words):
            if name in row:
                total += known.get(name) or self._weights(name)
        total += self._level
        bits = 8 * self._width
        unit = self._unit / math.sqrt((total >> bits) / SQUARE)
        lanes = memoryview((total & ((1 << bits) - 1)).to_bytes(self._width, sys.byteorder)).cast("H")
        if sys.byteorder == "big":
            lanes = lanes[::-1]
        weights = enumerate(zip(self._bias, lanes, strict=True))
        return [(wish, weight) for wish, (bias, lane) in weights if (weight := bias + unit * (lane - MIDDLE)) > FAINTEST]

    def _of_word(self, word: str) -> int:
        return sum([self._known.get(name) or self._weights(name) for name in (word, *inside(word)) if name in self._row])

    def _weights(self, name: str) -> int:
        """All weights of a name, and above them how much it counts."""
        row, width = self._row[name], self._width
        lanes = int.from_bytes(self._lanes[row * width : (row + 1) * width], "little")
        self._known[name] = weights = lanes - self._lowest + (round(self._squares[row] * SQUARE) << 8 * width)
        return weights


def pieces(sentence: Sentence) -> Iterator[list[str]]:
    """The words of a sentence as they are learnt: numbers are one number, a question is a word; a long sentence in parts."""
    words: list[str] = []
    for word in sentence.words:
        if not word[0].isdigit():
            words.append(word)
        elif not words or words[-1] != NUMBER:
            words.append(NUMBER)
    if any(mark in sentence.text for mark in QUESTION_MARKS):
        words.append(QUESTION)
    if len(words) <= LONGEST_PIECE:
        yield words
        return
    for first in range(0, len(words) - (LONGEST_PIECE - STEP), STEP):
        yield words[first : first + LONGEST_PIECE]


def rows(words: list[str]) -> set[str]:
    """The words in a row, from two on."""
    line = [BEGIN, *words, END]
    found: set[str] = set()
    row, most = line, IN_A_ROW
    joined = " ".join(words)
    if not joined.isascii() and len(CHARACTERS.findall(joined)) * 2 > len(words):
        most = CHARACTERS_IN_A_ROW
    for length in range(2, most + 1):
        row = [f"{before} {word}" for before, word in zip(row, line[length - 1 :])]  # noqa: B905 (each row is one shorter)
        found.update(row)
    return found


def inside(word: str) -> list[str]:
    """The letters in a row inside a word, its ends among them."""
    if len(word) < SHORTEST_WORD or _is_character(word):
        return []
    whole = f"<{word[:30]}>"
    return [
        INSIDE + whole[first : first + length]
        for length in range(SHORTEST_INSIDE, LONGEST_INSIDE + 1)
        for first in range(len(whole) - length + 1)
    ]


def _is_character(word: str) -> bool:
    """Whether it is written without blanks: each character is a word of its own."""
    return CHARACTER.match(word) is not None


def packed(wishes: list[str], bias: list[float], names: list[str], squares: list[float], weights: list[list[float]], about: str) -> bytes:
    """What was learnt, as the bytes of a file.

    Args:
        wishes: the names of the facts.
        bias: of each wish, before anything is heard.
        names: what sentences may hold: words, words in a row, letters inside.
        squares: how much each counts for the length of a sentence.
        weights: of each name for each wish.
        about: where it comes from.
    """
    largest = max(abs(weight) for row in weights for weight in row)
    unit = largest / 127
    listed = "\n".join(names).encode()
    head = json.dumps({"about": about, "wishes": wishes, "bias": bias, "unit": unit, "names": len(listed)})
    body = bytes(round(weight / unit) & 0xFF for row in weights for weight in row)
    return zstandard.ZstdCompressor(level=19).compress(head.encode() + b"\n" + listed + array("f", squares).tobytes() + body)
