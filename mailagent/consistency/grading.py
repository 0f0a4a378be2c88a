"""What ``signals.toml`` and ``tiers.toml`` must agree on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from mailagent.consistency.scene import Scene, listed
from mailagent.core.model.policy import PARTS_OF_SIGNS, Sign
from mailagent.errors import Problem

SIGN_LISTS = ("all", "any", "none", "of")


def signals(scene: Scene) -> Iterator[Problem]:
    groups = scene.policy.groups
    for name, signal in scene.policy.signals.items():
        if signal.group not in groups:
            known = listed(groups)
            yield Problem("signals.toml", f"signals.{name}.group", f'"{signal.group}" is not among the groups; known are: {known}')
        if "en" not in signal.say:
            yield Problem("signals.toml", f"signals.{name}.say", "has no English; add en = …")


def tiers(scene: Scene) -> Iterator[Problem]:
    policy = scene.policy
    of_languages = (fact for language in policy.languages.values() for fact in language.facts)
    known = frozenset((*PARTS_OF_SIGNS, *policy.signals, *policy.signs, *of_languages))
    for number, rule in enumerate(policy.tiers, 1):
        yield from _unknown_facts(f"tier[{number}]", rule, ("any", "of"), known)
        yield from _reachable(f"tier[{number}]", rule)
    for name, sign in policy.signs.items():
        yield from _unknown_facts(f"signs.{name}", sign, SIGN_LISTS, known)
        yield from _reachable(f"signs.{name}", sign)
    yield from _circles(policy.signs)
    levels = policy.fraud_levels
    for name in sorted({"suspicious", "likely"} ^ set(levels)):
        yield Problem("tiers.toml", f"fraud.{name}", "is missing; add it" if name not in levels else "is not a known level; remove it")
    if {"suspicious", "likely"} <= set(levels) and levels["suspicious"] >= levels["likely"]:
        yield Problem("tiers.toml", "fraud", "suspicious must be fewer points than likely")


def _circles(signs: Mapping[str, Sign]) -> Iterator[Problem]:
    """Signs may be made of signs, but none of itself."""
    parts = {name: {part for field in SIGN_LISTS for part in getattr(sign, field, ()) if part in signs} for name, sign in signs.items()}
    try:
        TopologicalSorter(parts).prepare()
    except CycleError as error:
        yield Problem("tiers.toml", f"signs.{error.args[1][0]}", f"is made of itself: {' ← '.join(error.args[1])}")


def _unknown_facts(key: str, rule, names: Iterable[str], known: frozenset[str]) -> Iterator[Problem]:
    for name in names:
        for fact in getattr(rule, name, ()):
            if fact not in known:
                yield Problem("tiers.toml", f"{key}.{name}", f'"{fact}" is neither a signal, a sign nor a fact of a language file')


def _reachable(key: str, rule) -> Iterator[Problem]:
    if rule.at_least > len(rule.of):
        yield Problem("tiers.toml", f"{key}.at_least", f"asks for {rule.at_least} but only {len(rule.of)} stand in of")
    if rule.of and rule.at_least < 1:
        yield Problem("tiers.toml", f"{key}.at_least", "is missing: how many of these must be there?")
