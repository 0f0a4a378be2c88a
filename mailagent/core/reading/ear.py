"""The sum behind a learnt wish: what the words of one sentence weigh, and the file in which all weights of a language lie.

A sentence is its words, its words in a row and the letters inside its words; each has a weight for each wish (logistic regression over
counts, weighted by rarity and divided by the length of the sentence). Which wishes there are, and what becomes of a chance, is none of
this file's business; see ``wishes.py``. How the weights are learnt: ``tests/wishes/train.py``.
"""

from __future__ import annotations

import json
import math
import re
import struct
from array import array
from collections.abc import Container, Iterator
from itertools import pairwise

import marisa_trie
import zstandard

from mailagent.core.reading.kept import Remembered
from mailagent.core.reading.text import SINGLE, Sentence

# A sentence is heard in pieces of so many words, one beginning so many words behind the other.
LONGEST_PIECE, STEP = 40, 30
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
CHARACTER = re.compile(f"[{SINGLE}\u0e00-\u0e7f]")
CHARACTERS = re.compile(f"(?<![^ ])[{SINGLE}\u0e00-\u0e7f]")
LARGEST_MODEL = 64_000_000
WORDS_KNOWN, NAMES_KNOWN = 12_000, 12_000


class Ear:
    """What was learnt for one language.

    Theory. A sentence holds dozens of names, and each has a weight for each wish: adding them one by one is a thousand additions. So all
    weights of a name are one number, in which each wish has sixteen bits of its own, and Python adds numbers of any length at once.
    A negative weight borrows from the lane above it; in the sum ``level`` gives back what was borrowed. Above all lanes stands how much
    the name counts for the length of the sentence.

    A hundred thousand names as strings in a dictionary would be twenty megabytes for English alone; in a trie they are a quarter of one. A
    name's number in the trie is its row among the weights, and only names that are met get a number of all their weights.

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
            self._row = marisa_trie.Trie().frombytes(names)
            squares = len(self._row) * 4
            self._squares = array("f", rest[:squares])
            weights = rest[squares:]
        except (zstandard.ZstdError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ValueError(f"not what was learnt of a language: {error}") from None
        if len(weights) != len(self._row) * len(self.wishes) or len(self._bias) != len(self.wishes):
            raise ValueError("cut off")
        self._learnt = weights
        self._width = 2 * len(self.wishes)
        self._unpack = struct.Struct(f"<{len(self.wishes)}H").unpack
        self._lowest = int.from_bytes(b"\x80\0" * len(self.wishes), "little")
        self._level = int.from_bytes(b"\0\x80" * len(self.wishes), "little")
        # A name → its weights, as far as it was met; a word → the sum of what it holds.
        self._known: Remembered[str, int] = Remembered(self._weights, NAMES_KNOWN)
        self._words: Remembered[str, int] = Remembered(self._of_word, WORDS_KNOWN)
        # Under this a sentence that is said again has its chances.
        self._mark = object()

    def chances(self, sentence: Sentence) -> dict[str, float]:
        """The chance of each of ``wishes`` in one sentence; what has next to none is left out."""
        found = sentence.answers.get(self._mark)
        if found is None:
            sentence.answers[self._mark] = found = self._chances(sentence)
        return found

    def _chances(self, sentence: Sentence) -> dict[str, float]:
        best: dict[str, float] = {}
        for words in pieces(sentence):
            for wish, weight in self._weigh(words):
                if weight > best.get(wish, FAINTEST):
                    best[wish] = weight
        return {wish: 1 / (1 + math.exp(-weight)) for wish, weight in best.items()}

    def _weigh(self, words: list[str]) -> list[tuple[str, float]]:
        row, distinct = self._row, set(words)
        if not any(word in row for word in distinct - WITHOUT_WORDS):
            # A telephone number wants nothing, and no more does a text of which no word is known.
            return []
        total = sum(map(self._words.__getitem__, distinct))
        total += sum(map(self._known.__getitem__, rows(words, row)))
        total += self._level
        bits = 8 * self._width
        unit = self._unit / math.sqrt((total >> bits) / SQUARE)
        lanes = self._unpack((total & ((1 << bits) - 1)).to_bytes(self._width, "little"))
        weights = zip(self.wishes, self._bias, lanes, strict=True)
        return [(wish, weight) for wish, bias, lane in weights if (weight := bias + unit * (lane - MIDDLE)) > FAINTEST]

    def _of_word(self, word: str) -> int:
        return sum([self._known[name] for name in (word, *inside(word)) if name in self._row])

    def _weights(self, name: str) -> int:
        """All weights of a name, and above them how much it counts."""
        row, width = self._row[name], self._width
        # Each weight above its lowest, in the lower byte of its lane; only those that are met, because most never are.
        lanes = bytearray(width)
        lanes[::2] = self._learnt[row * width // 2 : (row + 1) * width // 2].translate(ABOVE_LOWEST)
        return int.from_bytes(lanes, "little") - self._lowest + (round(self._squares[row] * SQUARE) << 8 * width)


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


def rows(words: list[str], known: Container[str] | None = None) -> set[str]:
    """The words in a row, from two on.

    Args:
        known: of these names only; a row of which a part is unknown is unknown as well, so that most are never put together.
    """
    line = [BEGIN, *words, END]
    most = IN_A_ROW
    joined = " ".join(words)
    if not joined.isascii() and len(CHARACTERS.findall(joined)) * 2 > len(words):
        most = CHARACTERS_IN_A_ROW
    row = [f"{before} {word}" for before, word in pairwise(line)]
    held = {name for name in row if known is None or name in known}
    found = set(held)
    for length in range(3, most + 1):
        # What is no known row stays as an empty one.
        both = zip(row, row[1:], line[length - 1 :])  # noqa: B905 (each row is one shorter)
        row = [f"{before} {word}" if before in held and behind in held else "" for before, behind, word in both] if held else []
        held = {name for name in row if name and (known is None or name in known)}
        found |= held
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
    trie = marisa_trie.Trie(names, num_tries=1)
    place = sorted(range(len(names)), key=lambda number: trie[names[number]])
    largest = max(abs(weight) for row in weights for weight in row)
    unit = largest / 127
    listed = trie.tobytes()
    head = json.dumps({"about": about, "wishes": wishes, "bias": bias, "unit": unit, "names": len(listed)})
    body = bytes(round(weight / unit) & 0xFF for number in place for weight in weights[number])
    counts = array("f", [squares[number] for number in place]).tobytes()
    return zstandard.ZstdCompressor(level=19).compress(head.encode() + b"\n" + listed + counts + body)
