"""What ``pretexts.toml`` and ``news.toml`` must agree on: a ground that could never be said is found before a letter waits for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailagent.consistency.scene import Scene, known_tiers, listed, twice
from mailagent.core.model.pretext import NEWS_KINDS
from mailagent.errors import Problem

FALLBACK_LANGUAGE = "en"
PRETEXTS, NEWS = "pretexts.toml", "news.toml"
#: Conditions that look at a date: without days they would hold on that very day only.
DATED = frozenset(("validity_ends", "validity_ended", "we_close", "we_close_soon", "we_reopened", "he_celebrates", "product_new"))


def pretexts(scene: Scene) -> Iterator[Problem]:
    rules = scene.policy.pretexts
    for name, rule in rules.pretexts.items():
        key = f"pretexts.{name}"
        if f"{FALLBACK_LANGUAGE}/{rule.template}" not in scene.templates:
            yield Problem(PRETEXTS, f"{key}.template", f"there is no file templates/{FALLBACK_LANGUAGE}/{rule.template}.txt")
        yield from known_tiers(PRETEXTS, f"{key}.tiers", rule.tiers)
        if rule.when in DATED and not rule.days:
            yield Problem(PRETEXTS, f"{key}.days", f'is missing; "{rule.when}" looks so many days ahead or back')
        if rule.days_to and rule.days_to > rule.days:
            yield Problem(PRETEXTS, f"{key}.days_to", f"is {rule.days_to}, farther than days = {rule.days}: it would never be true")
        if (rule.when == "news") != bool(rule.news):
            message = "is missing: which kinds of news?" if rule.when == "news" else f'means nothing with when = "{rule.when}"; take it out'
            yield Problem(PRETEXTS, f"{key}.news", message)
        for kind in rule.news:
            if kind not in NEWS_KINDS:
                yield Problem(PRETEXTS, f"{key}.news", f'"{kind}" is no kind of news; known are: {listed(NEWS_KINDS)}')
    for number, template in enumerate(rules.fallback, 1):
        if f"{FALLBACK_LANGUAGE}/{template}" not in scene.templates:
            yield Problem(PRETEXTS, f"fallback[{number}]", f"there is no file templates/{FALLBACK_LANGUAGE}/{template}.txt")
    for name, feast in rules.feasts.items():
        for field in ("say", "greet"):
            if getattr(feast, field) and "en" not in getattr(feast, field):
                yield Problem(PRETEXTS, f"feasts.{name}.{field}", "has no English; add en = …")
        for code in feast.countries:
            if not re.fullmatch(r"[A-Z]{2}", code):
                yield Problem(PRETEXTS, f"feasts.{name}.countries", f'"{code}" is not a country; write its two capital letters, as DE')


def news(scene: Scene) -> Iterator[Problem]:
    goods = scene.policy.catalogue
    codes = {product.code for product in goods.product}
    families = {product.family for product in goods.product if product.family} | set(goods.families)
    yield from twice(NEWS, "news", "id", (one.id for one in scene.policy.news))
    told = {kind for rule in scene.policy.pretexts.pretexts.values() for kind in rule.news}
    for number, one in enumerate(scene.policy.news, 1):
        key = f"news[{number}]"
        if one.valid_until < one.valid_from:
            yield Problem(NEWS, f"{key}.valid_until", f"is {one.valid_until}, before valid_from: it would never be told")
        if not any(text.strip() for text in one.text.values()):
            yield Problem(NEWS, f"{key}.text", 'is empty; write text = { en = "…" }')
        for language, text in one.text.items():
            if not re.fullmatch(r"[a-z]{2,3}", language):
                yield Problem(NEWS, f"{key}.text.{language}", "is not a language; write its code, as en")
            if "?" in text or "？" in text:
                yield Problem(NEWS, f"{key}.text.{language}", "asks something; the letter asks one thing already, so say only what is new")
        for code in one.countries:
            if not re.fullmatch(r"[A-Z]{2}", code):
                yield Problem(NEWS, f"{key}.countries", f'"{code}" is not a country; write its two capital letters, as DE')
        yield from known_tiers(NEWS, f"{key}.tiers", one.tiers)
        for code in one.products:
            if code not in codes:
                yield Problem(NEWS, f"{key}.products", f'"{code}" is no product of catalogue.toml')
        for family in one.families:
            if family not in families:
                yield Problem(NEWS, f"{key}.families", f'"{family}" is no family of catalogue.toml; known are: {listed(families)}')
        if one.kind not in told:
            yield Problem(NEWS, f"{key}.kind", f'no pretext of pretexts.toml tells news of the kind "{one.kind}"')
