"""What ``deadlines.toml`` and ``assignment.toml`` must agree on with the rest: countries, people, families."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mailagent.consistency.scene import Scene, listed, twice
from mailagent.errors import Problem

DEADLINES, ASSIGNMENT = "deadlines.toml", "assignment.toml"


def deadlines(scene: Scene) -> Iterator[Problem]:
    rules = scene.policy.deadlines
    yield from twice(DEADLINES, "tier", "tier", (row.tier for row in rules.tier))
    taken: dict[str, int] = {}
    for number, row in enumerate(rules.place, 1):
        yield from _countries(DEADLINES, f"place[{number}].countries", row.countries)
        for code in row.countries or ("",):
            if code in taken:
                what = f"{code} already stands in place[{taken[code]}]" if code else f"place[{taken[code]}] is for all others already"
                yield Problem(DEADLINES, f"place[{number}].countries", f"{what}; only the first one counts")
            taken.setdefault(code, number)
    if rules.deputy_after_hours < rules.manager_after_hours:
        yield Problem(DEADLINES, "deputy_after_hours", "is sooner than manager_after_hours; the manager is told first")


def assignment(scene: Scene) -> Iterator[Problem]:
    rules, policy = scene.policy.assignment, scene.policy
    yield from _people(scene, "weights", rules.weights)
    yield from _people(scene, "called", rules.called)
    for number, row in enumerate(rules.region, 1):
        yield from _people(scene, f"region[{number}].people", row.people)
        yield from _countries(ASSIGNMENT, f"region[{number}].countries", row.countries)
    families = {family.casefold() for family in policy.catalogue.families}
    families |= {product.family.casefold() for product in policy.catalogue.product if product.family}
    for number, goods in enumerate(rules.goods, 1):
        yield from _people(scene, f"goods[{number}].people", goods.people)
        for family in goods.families:
            if family.casefold() not in families:
                yield Problem(
                    ASSIGNMENT, f"goods[{number}].families", f'"{family}" is no family of catalogue.toml; it has {listed(families)}'
                )
    for number, absence in enumerate(rules.absence, 1):
        yield from _people(scene, f"absence[{number}].person", [absence.person])
        yield from _people(scene, f"absence[{number}].deputy", [absence.deputy] if absence.deputy else [])
        if absence.last < absence.first:
            yield Problem(ASSIGNMENT, f"absence[{number}].last", "lies before the first day")
    for name, weight in rules.weights.items():
        if weight <= 0:
            yield Problem(
                ASSIGNMENT, f"weights.{name}", "must be above zero; whoever gets no leads has takes_leads = false in mailagent.toml"
            )


def _people(scene: Scene, key: str, names: Iterable[str]) -> Iterator[Problem]:
    known = listed(person.name for person in scene.policy.people)
    for name in names:
        if scene.policy.person(name) is None:
            yield Problem(ASSIGNMENT, key, f'"{name}" is no [[person]] of mailagent.toml; there is {known}')


def _countries(file: str, key: str, codes: Iterable[str]) -> Iterator[Problem]:
    for code in codes:
        if not re.fullmatch(r"[A-Z]{2}", code):
            yield Problem(file, key, f'"{code}" is not a country; write its two capital letters, as DE')
