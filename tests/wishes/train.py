"""Learns what wishes sound like from the sentences beside this file, and writes ``config/languages/<xx>.wishes``.

    make wishes                       all languages
    make wishes LANGUAGES="en zh"     these

Each line of ``<xx>.tsv`` is the wishes that a sentence says (names of facts, with blanks between; ``-`` for none), a tab, and the
sentence. ``CODE`` stands for any part number. A third of the lines are near misses, which teach as much as the others.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import sys
from collections import Counter
from pathlib import Path

import scipy.sparse as sparse
from sklearn.linear_model import LogisticRegression

from mailagent.core.reading import ear, wishes
from mailagent.core.reading.facts import INTENTS
from mailagent.core.reading.text import Sentence

HERE = Path(__file__).resolve().parent
LANGUAGES = HERE.parents[1] / "config" / "languages"
NOTHING = "-"
PART_NUMBERS = ("6204-2RS", "UCP205", "DN50", "30206", "LX-200", "6305 ZZ", "A4471", "UCFL 207", "XK-3190", "M8x40", "608ZZ", "512179")
#: How closely the weights follow the sentences, how many sentences a wish needs, and below which weight a name says nothing.
CLOSENESS, FEWEST, FAINTEST = 100.0, 5, 0.02
#: What stands in one sentence alone is left out: it makes a file three times as large and no better.
TWICE = 2


class Sentences:
    """The sentences of one language with what they want."""

    def __init__(self, path: Path) -> None:
        self.digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self.wanted: list[frozenset[str]] = []
        self.held: list[Counter[str]] = []
        numbers = itertools.cycle(PART_NUMBERS)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            said, tab, sentence = line.partition("\t")
            names = frozenset(said.split()) - {NOTHING}
            unknown = names - {*INTENTS, *wishes.BESIDE}
            if not tab or not said or unknown:
                raise SystemExit(f"{path.name}, line {number}: {'no such wish: ' + ', '.join(sorted(unknown)) if unknown else 'no tab'}")
            while "CODE" in sentence:
                sentence = sentence.replace("CODE", next(numbers), 1)
            for words in ear.pieces(Sentence(sentence)):
                self.wanted.append(names)
                self.held.append(held(words))


def held(words: list[str]) -> Counter[str]:
    """What a sentence holds, each name with how often it counts."""
    each = set(words)
    return Counter([*each, *ear.rows(words), *itertools.chain.from_iterable(map(ear.inside, each))])


def learn(sentences: Sentences) -> bytes:
    """The file of a language."""
    number = len(sentences.held)
    seen = Counter(name for one in sentences.held for name in one)
    names = sorted(name for name, times in seen.items() if times >= TWICE)
    rarity = [math.log((1 + number) / (1 + seen[name])) + 1 for name in names]
    wanted = [wish for wish in (*INTENTS, *wishes.BESIDE) if sum(wish in one for one in sentences.wanted) >= FEWEST]
    _, weights = _fit(sentences, names, rarity, wanted)
    # What hardly weighs anything is left out, and the rest learns to do without it.
    loudest = max(abs(weight) for row in weights for weight in row)
    kept = [place for place, row in enumerate(weights) if max(map(abs, row)) >= FAINTEST * loudest]
    names, rarity = [names[place] for place in kept], [rarity[place] for place in kept]
    bias, weights = _fit(sentences, names, rarity, wanted)
    return ear.packed(wanted, bias, names, [each**2 for each in rarity], weights, f"{number} sentences, {sentences.digest}")


def _fit(sentences: Sentences, names: list[str], rarity: list[float], wanted: list[str]) -> tuple[list[float], list[list[float]]]:
    """The bias of each wish, and the weights of each name for each wish, times its rarity."""
    place = {name: number for number, name in enumerate(names)}
    rows, columns, values = [], [], []
    for row, one in enumerate(sentences.held):
        known = {name: count for name, count in one.items() if name in place}
        length = math.sqrt(sum(count * rarity[place[name]] ** 2 for name, count in known.items()))
        for name, count in known.items():
            rows.append(row)
            columns.append(place[name])
            values.append(count * rarity[place[name]] / length)
    table = sparse.csr_matrix((values, (rows, columns)), shape=(len(sentences.held), len(names)))
    bias, weights = [], []
    for wish in wanted:
        says = [wish in one for one in sentences.wanted]
        model = LogisticRegression(C=CLOSENESS, solver="liblinear", intercept_scaling=10.0).fit(table, says)
        bias.append(float(model.intercept_[0]))
        weights.append(model.coef_[0] * rarity)
    return bias, [[float(of_wish[number]) for of_wish in weights] for number in range(len(names))]


def main(only: list[str]) -> None:
    for path in sorted(HERE.glob("*.tsv")):
        if only and path.stem not in only:
            continue
        sentences = Sentences(path)
        learnt = learn(sentences)
        (LANGUAGES / f"{path.stem}.wishes").write_bytes(learnt)
        print(f"{path.stem}: {len(sentences.held)} sentences, {len(learnt) // 1024} KiB")


if __name__ == "__main__":
    main(sys.argv[1:])
