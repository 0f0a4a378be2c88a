"""Phrases in which something can never be said: a symbol is no word, and where it stands alone it says nothing.

A phrase is looked for by its words (``core/reading/phrases.py``), and everything between them is left out. So a member of a choice that
is a symbol is a member without words, and that means "may be missing": ``(price|?)`` would find the phrase with and without a price.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from mailagent.consistency.scene import Scene
from mailagent.errors import Problem

#: Where a phrase stands in its file, and the phrase.
Placed = tuple[str, str]

HOLLOW = (
    'the choice ({choice}) has the member "{member}", which holds no word, so that the choice would match without it; '
    "write the word for it, leave it out, or end the choice with a bare | if its words may be missing"
)
SILENT = '"{phrase}" holds no word and can never be found; write words, or leave it out'
LIST = (
    'the member "{member}" holds no word, and wherever {{{name}}} stands nothing would match as well; '
    "write the word for it, or leave it out"
)
SHOWN = 60
#: A member of a choice that begins with neither letter, number nor mark.
SUSPECT = re.compile(r"[(|] ?[^\w\s(|)#…]")


def languages(scene: Scene) -> Iterator[Problem]:
    """``languages/<xx>.toml``: phrases, and the lists of words that stand in their braces."""
    for code, language in scene.policy.languages.items():
        if code in scene.trusted:
            continue
        file, hollow = f"languages/{code}.toml", set()
        for name, members in language.words.items():
            for number, member in enumerate(members, 1):
                if member.strip() and not says_something(member):
                    hollow.add(member)
                    yield Problem(file, f"words.{name}[{number}]", LIST.format(member=member, name=name))
        placed = [*_placed("facts", language.facts), *_placed("not_facts", language.not_facts)]
        for name in ("denies_what_follows", "denies_what_precedes"):
            placed += _placed("", {name: getattr(language, name)})
        yield from _hollow(file, placed, hollow)


def trade(scene: Scene) -> Iterator[Problem]:
    """``trade.toml``: phrases of all languages."""
    rules = scene.policy.trade
    tables = ("payment", "certificates", "trade_roles", "decision_power", "questions", "promises", "counted", "number_words", "terms")
    tables += ("ports", "cities")
    placed = [one for name in tables for one in _placed(name, getattr(rules, name))]
    yield from _hollow("trade.toml", [*placed, *_placed("dates.nouns", rules.dates.nouns)])


def says_something(text: str) -> bool:
    """Whether any word, number or mark of ours can be found in it."""
    if text[:1].isalnum():
        return True
    from mailagent.core.reading.phrase_parts import PIECE

    return PIECE.search(text) is not None


def _placed(table: str, phrases: Mapping[str, Iterable[str]]) -> Iterator[Placed]:
    """Of these phrases those that deserve a closer look: there are ten thousand of them, and they are looked at in every start."""
    for name, said in phrases.items():
        for number, phrase in enumerate(said, 1):
            if not phrase[:1].isalnum() or "|" in phrase and SUSPECT.search(phrase):
                yield f"{table}.{name}[{number}]".lstrip("."), phrase


def _hollow(file: str, placed: Iterable[Placed], told: Iterable[str] = ()) -> Iterator[Problem]:
    """Phrases without words, and with a choice that has a member without words, but for members that were told already."""
    known = set(told)
    for key, phrase in placed:
        if not says_something(phrase):
            yield Problem(file, key, SILENT.format(phrase=phrase[:SHOWN]))
        elif "|" in phrase and SUSPECT.search(phrase):
            yield from _hollow_choices(file, key, phrase, known)


def _hollow_choices(file: str, key: str, phrase: str, known: set[str]) -> Iterator[Problem]:
    from mailagent.core.reading.phrase_parts import CHOICE

    for choice in CHOICE.findall(phrase):
        members = choice.split("|")
        # Where the words may be missing anyway, a symbol adds nothing and takes nothing away.
        if all(member.strip() for member in members):
            bad = next((each for each in members if each not in known and not says_something(each)), None)
            if bad is not None:
                shown = choice if len(choice) <= SHOWN else f"{choice[:SHOWN]}…"
                yield Problem(file, key, HOLLOW.format(choice=shown, member=bad.strip()))
                return
