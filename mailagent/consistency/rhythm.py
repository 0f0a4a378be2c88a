"""What ``cadences.toml`` and ``calendar.toml`` must agree on: a cadence that cannot run is found before a lead stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailagent.consistency.scene import Scene, known_tiers, listed, twice
from mailagent.core.model.rhythm import SHOW_CLASSES
from mailagent.errors import Problem

# Letters of a language without a template of its own are written in this one.
FALLBACK_LANGUAGE = "en"


def cadences(scene: Scene) -> Iterator[Problem]:
    file = "cadences.toml"
    taken: dict[int, str] = {}
    classes: dict[str, str] = {}
    for name, cadence in scene.policy.cadences.items():
        yield from known_tiers(file, f"{name}.tiers", cadence.tiers)
        for tier in cadence.tiers:
            if tier in taken:
                yield Problem(file, f"{name}.tiers", f'tier {tier} already belongs to "{taken[tier]}"; a tier has one cadence')
            taken.setdefault(tier, name)
        for show_class in cadence.shows:
            if show_class not in SHOW_CLASSES:
                message = f'"{show_class}" is no class of people met at a show; known are: {listed(SHOW_CLASSES)}'
                yield Problem(file, f"{name}.shows", message)
            elif show_class in classes:
                message = f'"{show_class}" already belongs to "{classes[show_class]}"; a class has one cadence'
                yield Problem(file, f"{name}.shows", message)
            classes.setdefault(show_class, name)
        if cadence.at_least_days and not (cadence.shows and cadence.at_least_tier):
            yield Problem(file, f"{name}.at_least_days", "says how long at_least_tier of a show holds; name both, and its shows")
        yield from twice(file, f"{name}.step", "id", (step.id for step in cadence.step))
        if not cadence.step or cadence.step[-1].do != "rest":
            yield Problem(file, f"{name}.step", 'must end with a step that has do = "rest"')
        for number, step in enumerate(cadence.step, 1):
            if step.do == "rest" and number < len(cadence.step):
                yield Problem(file, f"{name}.step[{number}].do", "a rest can only be the last step; nothing after it would happen")
            if step.do == "letter" and not step.template:
                yield Problem(file, f"{name}.step[{number}].template", "is missing: which letter?")


def cadence_templates(scene: Scene) -> Iterator[Problem]:
    for name, cadence in scene.policy.cadences.items():
        for number, step in enumerate(cadence.step, 1):
            wanted = f"{FALLBACK_LANGUAGE}/{step.template}"
            if step.do == "letter" and step.template and wanted not in scene.templates:
                message = f'there is no file templates/{wanted}.txt for "{step.template}"'
                yield Problem("cadences.toml", f"{name}.step[{number}].template", message)


def calendar(scene: Scene) -> Iterator[Problem]:
    file, rules = "calendar.toml", scene.policy.calendar
    if not rules.windows:
        yield Problem(file, "window", "there is none: no letter could ever leave")
    ordered = sorted(enumerate(rules.windows, 1), key=lambda row: row[1].start)
    for (_, earlier), (number, later) in zip(ordered, ordered[1:], strict=False):
        if later.start < earlier.end:
            yield Problem(file, f"windows[{number}]", "overlaps another window; make them one")
    if rules.our_hours[0] >= rules.our_hours[1]:
        yield Problem(file, "our_hours", "the first time must be earlier than the second")
    weekends = {"our_weekend": rules.our_weekend, **{f"places.{code}.weekend": place.weekend for code, place in rules.places.items()}}
    for key, days in weekends.items():
        if any(day not in range(7) for day in days) or len(set(days)) == 7:
            yield Problem(file, key, "days are numbers from 0 (Monday) to 6 (Sunday), and not all seven")
    for code in rules.places:
        if not re.fullmatch(r"[A-Z]{2}", code):
            yield Problem(file, f"places.{code}", "is not a country; write its two capital letters, as DE")
    if rules.default_place and rules.default_place not in rules.places:
        yield Problem(file, "default_place", f'"{rules.default_place}" is not among the places')
