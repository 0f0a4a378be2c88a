"""What every check of the configuration looks at, and the stones that checks are built of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailagent.core.model.policy import Policy
from mailagent.errors import Problem

MAIN = "mailagent.toml"
TIERS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Scene:
    """What the checks look at.

    Attributes:
        policy: the rules.
        templates: the names of the templates (``<language>/<name>``).
        trusted: languages whose patterns and phrases need not be looked at one by one.
    """

    policy: Policy
    templates: frozenset[str]
    trusted: frozenset[str] = frozenset()


def twice(file: str, rows: str, field: str, values: Iterable[str]) -> Iterator[Problem]:
    """Rows whose value another row before them already has."""
    seen: Counter[str] = Counter()
    for number, value in enumerate(values, 1):
        seen[value] += 1
        if seen[value] > 1:
            yield Problem(file, f"{rows}[{number}].{field}", f'"{value}" stands there twice; each row needs its own')


def known_tiers(file: str, key: str, tiers: Iterable[int]) -> Iterator[Problem]:
    """Tiers that do not exist."""
    for tier in tiers:
        if tier not in TIERS:
            yield Problem(file, key, f"{tier} is not a tier; tiers are 1, 2, 3 and 4")


def listed(names: Iterable[str]) -> str:
    """Names as a message shows them."""
    return ", ".join(sorted(names)) or "none"
