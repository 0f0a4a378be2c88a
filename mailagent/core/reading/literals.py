"""The strings without which a regular expression cannot match: what ``anchors`` looks for before a pattern is tried.

Theory. ``(?:please )?take (?:me|us) off`` matches no text that holds neither "take me off" nor "take us off". The pattern's own
syntax tree says so: literals in a row are joined, a choice multiplies them, and at whatever may be anything (``.{0,40}``,
``\\w+``) the row ends and another begins. Each row is a set of strings one of which is in every match; the row whose shortest
string is longest is the best to look for, and where it is made of everyday words ("remove … list") two rows are asked for
together. Where no row is certain the answer is the empty string, which is in every text: then the pattern is always tried, and
nothing is lost but time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from re import _constants as op
from re import _parser as parser

# A row of alternatives is no longer multiplied beyond so many strings, nor a class of characters spelt out beyond so many.
MOST_STRINGS, MOST_CHARACTERS, MOST_REPEATS = 256, 4, 2
# A string of so many letters is rare enough by itself; a second row with a shorter one would be found in every text.
RARE, SHORTEST_OF_SECOND = 7, 4
#: One or two sets of strings: of each one string is needed.
Rows = tuple[frozenset[str], ...]
#: What every text contains.
ALWAYS = frozenset(("",))
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_WIDTHLESS = (op.AT, op.ASSERT, op.ASSERT_NOT)


def anchors_of(pattern: str) -> frozenset[str]:
    """Strings, one of which is in every text in which the pattern is found.

    Args:
        pattern: a regular expression that is matched with regard to case, against text in which blanks are single. With
            "ignore case" nothing is certain (a dotless ı is an i), and fold does better before.
    Returns:
        the strings, without blanks at their ends; only "" if none is certain.
    Raises:
        re.error: the pattern is none.
    """
    tree = parser.parse(pattern)
    return ALWAYS if tree.state.flags & re.IGNORECASE else _best(tree)


def needs_of(pattern: str) -> tuple[Rows, frozenset[str] | None]:
    """The best rows of a pattern, and every string that it matches, if they are few (None if they are not); it is read once.

    One string of every row is in each text in which the pattern is found. The first row is ``anchors_of`` the pattern.

    Raises:
        re.error: the pattern is none.
    """
    tree = parser.parse(pattern)
    if tree.state.flags & re.IGNORECASE:
        return (ALWAYS,), None
    spelt = _all_spelt(tree)
    return (_rows(tree) if spelt is None else (_stripped(spelt),)), spelt


def _best(nodes: Iterable) -> frozenset[str]:
    """The set of strings that is best to look for in a sequence of nodes."""
    return _rows(nodes)[0]


def _rows(nodes: Iterable) -> Rows:
    """The best sets of strings to look for in a sequence of nodes, the best of all first."""
    rows, row = [ALWAYS], ALWAYS
    for node, spelt in _steps(nodes):
        if spelt is None:
            rows += [row, _inside(node)]
            row = ALWAYS
        elif len(row) * len(spelt) > MOST_STRINGS:
            rows.append(row)
            row = spelt
        else:
            row = _joined(row, spelt)
    stripped = dict.fromkeys(_stripped(row) for row in (*rows, row))
    best, *others = sorted((each for each in stripped if each != ALWAYS), key=_worth, reverse=True) or (ALWAYS,)
    second = tuple(row for row in others[:1] if min(map(len, best)) < RARE and min(map(len, row)) >= SHORTEST_OF_SECOND)
    return (best, *second)


def _stripped(row: frozenset[str]) -> frozenset[str]:
    stripped = frozenset(each.strip() for each in row)
    return ALWAYS if "" in stripped else stripped


def _worth(row: frozenset[str]) -> tuple[int, float]:
    """Long strings are rare ones."""
    return min(map(len, row)), sum(map(len, row)) / len(row)


def _inside(node: tuple) -> frozenset[str]:
    """What is in every match of a node that cannot be spelt out."""
    kind, value = node
    if kind is op.BRANCH:
        choices = frozenset().union(*(_best(each) for each in value[1]))
        return ALWAYS if "" in choices else choices
    if kind is op.SUBPATTERN:
        return ALWAYS if value[1] & re.IGNORECASE else _best(value[3])
    if kind is op.ATOMIC_GROUP:
        return _best(value)
    if kind in _REPEATS and value[0] >= 1:
        return _best(value[2])
    return ALWAYS


def _spelt(node: tuple) -> frozenset[str] | None:
    """Every string that a node can match, if they are few; None if they are not."""
    kind, value = node
    if kind is op.LITERAL:
        return frozenset((chr(value),))
    if kind in _WIDTHLESS:
        return ALWAYS
    if kind is op.IN:
        return _characters(value)
    if kind is op.BRANCH:
        return _few(_all_spelt(each) for each in value[1])
    if kind is op.SUBPATTERN:
        return None if value[1] & re.IGNORECASE else _all_spelt(value[3])
    if kind is op.ATOMIC_GROUP:
        return _all_spelt(value)
    if kind in _REPEATS and value[1] <= MOST_REPEATS:
        return _few(_all_spelt(list(value[2]) * times) for times in range(value[0], value[1] + 1))
    return None


def _steps(nodes: Iterable) -> Iterator[tuple[tuple, frozenset[str] | None]]:
    """Each node with every string that it can match, or None; letters in a row are one step."""
    letters: list[str] = []
    for node in nodes:
        if node[0] is op.LITERAL:
            letters.append(chr(node[1]))
            continue
        if letters:
            yield (op.LITERAL, 0), frozenset(("".join(letters),))
            letters = []
        yield node, _spelt(node)
    if letters:
        yield (op.LITERAL, 0), frozenset(("".join(letters),))


def _all_spelt(nodes: Sequence) -> frozenset[str] | None:
    whole = ALWAYS
    for _, spelt in _steps(nodes):
        if spelt is None or len(whole) * len(spelt) > MOST_STRINGS:
            return None
        whole = _joined(whole, spelt)
    return whole


def _few(choices: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    together: set[str] = set()
    for spelt in choices:
        if spelt is None or len(together) + len(spelt) > MOST_STRINGS:
            return None
        together |= spelt
    return frozenset(together)


def _characters(members: Sequence) -> frozenset[str] | None:
    found = set()
    for kind, value in members:
        low, high = (value, value) if kind is op.LITERAL else value if kind is op.RANGE else (0, 1_000)
        if kind not in (op.LITERAL, op.RANGE) or len(found) + high - low >= MOST_CHARACTERS:
            return None
        found |= set(map(chr, range(low, high + 1)))
    return frozenset(found)


def _joined(before: frozenset[str], after: frozenset[str]) -> frozenset[str]:
    return frozenset(a + b for a in before for b in after)
