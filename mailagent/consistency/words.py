"""What the files of mails and goods must agree on: ``relays.toml``, the languages, ``law.toml``, ``catalogue.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailagent.consistency.scene import Scene, listed, twice
from mailagent.core.model.address import SENDABLE
from mailagent.core.model.policy import Relay
from mailagent.errors import Problem

RELAY_FIELDS = frozenset(
    ("name", "email", "company", "country", "phone", "title", "address", "website", "city", "product", "quantity", "message")
)
RELAY_LABELS = RELAY_FIELDS | {"first_name", "last_name", "subject", "aside", "heading"}


def relays(scene: Scene) -> Iterator[Problem]:
    file = "relays.toml"
    seen: dict[str, int] = {}
    for number, relay in enumerate(scene.policy.relays, 1):
        key = f"relay[{number}]"
        first = seen.setdefault(relay.name.casefold(), number)
        if first != number:
            yield Problem(file, f"{key}.name", f'"{relay.name}" is the name of relay[{first}] already; give each its own')
        if not (relay.from_domains or relay.from_addresses or relay.from_own_domain):
            yield Problem(file, key, "names no sender; add from_domains, from_addresses, or from_own_domain = true")
        for place, domain in enumerate(relay.from_domains, 1):
            if "@" in domain or "." not in domain.strip("."):
                yield Problem(file, f"{key}.from_domains[{place}]", f'"{domain}" is no domain; write it as alibaba.com')
        for place, address in enumerate(relay.from_addresses, 1):
            if not SENDABLE.fullmatch(address):
                yield Problem(file, f"{key}.from_addresses[{place}]", f'"{address}" is no e-mail address')
        if relay.country and not re.fullmatch(r"[A-Z]{2}", relay.country):
            yield Problem(file, f"{key}.country", "is not a country; write its two capital letters, as IN")
        yield from _relay_patterns(file, key, relay)
    for place, pattern in enumerate(scene.policy.relay_words.subjects, 1):
        try:
            re.compile(pattern)
        except re.error as error:
            yield Problem(file, f"words.subjects[{place}]", f"is not a pattern: {error}")
    for field in sorted(set(scene.policy.relay_words.labels) - RELAY_LABELS):
        yield Problem(file, f"words.labels.{field}", f"is not a known field; known are: {listed(RELAY_LABELS)}")


def _relay_patterns(file: str, key: str, relay: Relay) -> Iterator[Problem]:
    for name, pattern in (("subject", relay.subject), *((f"fields.{field}", text) for field, text in relay.fields.items())):
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            yield Problem(file, f"{key}.{name}", f"is not a pattern: {error}")
            continue
        if name.startswith("fields.") and not compiled.groups:
            yield Problem(file, f"{key}.{name}", "has no group; put the value into parentheses")
        # A pattern with two ways to find one field numbers them: name, name2.
        for group in sorted({each.rstrip("0123456789") for each in compiled.groupindex} - RELAY_FIELDS):
            if name == "subject":
                yield Problem(file, f"{key}.subject", f'"(?P<{group}>" is not a known field; known are: {listed(RELAY_FIELDS)}')
    for field in sorted(set(relay.fields) - RELAY_FIELDS):
        yield Problem(file, f"{key}.fields.{field}", f"is not a known field; known are: {listed(RELAY_FIELDS)}")


# What stands behind a backslash in a pattern is no letter.
_ESCAPED = re.compile(r"\\.")


def languages(scene: Scene) -> Iterator[Problem]:
    for code, language in scene.policy.languages.items():
        if code in scene.trusted:
            continue
        file, beside = f"languages/{code}.toml", dict(language.unsubscribe_beside)
        lists = {name: getattr(language, name) for name in ("unsubscribe_strong", "unsubscribe_not")}
        for name, patterns in (lists | {f"unsubscribe_beside.{name}": patterns for name, patterns in beside.items()}).items():
            for number, pattern in enumerate(patterns, 1):
                key, literal = f"{name}[{number}]", _ESCAPED.sub("", pattern)
                try:
                    compiled = re.compile(pattern)
                except re.error as error:
                    yield Problem(file, key, f"is not a pattern: {error}")
                    continue
                if name in lists:
                    continue
                if literal != literal.casefold():
                    yield Problem(file, key, "is compared with small letters and would never be found; write small letters, and ss for ß")
                elif compiled.groups:
                    yield Problem(file, key, "has a group with a number; write (?:…) in place of (…)")
                elif compiled.fullmatch(""):
                    yield Problem(file, key, "is found in every mail, because it matches without a word; leave nothing but words in it")


def public_page(scene: Scene) -> Iterator[Problem]:
    """The page speaks every language of the table, and English to everybody else; it knows our name and nothing more."""
    pages = scene.policy.page_words
    if scene.policy.public_page.public_url and "en" not in pages:
        yield Problem("unsubscribe.toml", "en", "is missing: the page in English, which stands for every language without a table")
    for code, words in pages.items():
        if not re.fullmatch(r"[a-z]{2,3}", code):
            yield Problem("unsubscribe.toml", code, 'is not a language; write its two small letters, as "es"')
        for key, text in words:
            if re.search(r"[{}]", text.replace("{company}", "")):
                yield Problem("unsubscribe.toml", f"{code}.{key}", "may hold {company} and no other braces")
            elif not text.strip():
                yield Problem("unsubscribe.toml", f"{code}.{key}", "is empty")


def law(scene: Scene) -> Iterator[Problem]:
    for code, row in scene.policy.law.items():
        if not re.fullmatch(r"[A-Z]{2}|unknown", code):
            yield Problem("law.toml", code, 'is not a country; write its two capital letters, as DE, or "unknown" for all others')
        if re.search(r"[\r\n]", row.subject_prefix):
            yield Problem("law.toml", f"{code}.subject_prefix", "must be one line")
        if row.quiet_hours and row.quiet_hours[0] == row.quiet_hours[1]:
            yield Problem("law.toml", f"{code}.quiet_hours", "begin and end at the same time; leave the key out if there are none")
        for name in row.footer:
            if not isinstance(getattr(scene.policy.company, name, None), str):
                yield Problem("law.toml", f"{code}.footer", f'"{name}" is no key of [company] in mailagent.toml that holds a text')


def catalogue(scene: Scene) -> Iterator[Problem]:
    file, goods = "catalogue.toml", scene.policy.catalogue
    yield from twice(file, "product", "code", (product.code.casefold() for product in goods.product))
    for number, product in enumerate(goods.product, 1):
        if "en" not in product.name:
            yield Problem(file, f"product[{number}].name", 'has no English; write name = { en = "…" }')
        if product.price is not None and product.price < 0:
            yield Problem(file, f"product[{number}].price", "is below zero")
