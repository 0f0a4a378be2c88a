"""What the files of the configuration must agree on: every check is a small generator over the finished ``Policy``.

Each check names the files it reads, so that it keeps quiet when one of them is already broken: one mistake, one line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from mailagent.core.model.address import SENDABLE
from mailagent.core.model.policy import PARTS_OF_SIGNS, Policy, Relay, Sign
from mailagent.errors import Problem

MAIN = "mailagent.toml"
TIERS = (1, 2, 3, 4)
RELAY_FIELDS = frozenset(
    ("name", "email", "company", "country", "phone", "title", "address", "website", "city", "product", "quantity", "message")
)
RELAY_LABELS = RELAY_FIELDS | {"first_name", "last_name", "subject", "aside", "heading"}
SIGN_LISTS = ("all", "any", "none", "of")

# Letters of a language without a template of its own are written in this one.
FALLBACK_LANGUAGE = "en"


@dataclass(frozen=True)
class Scene:
    """What the checks look at: the rules, and the names of the templates (``<language>/<name>``)."""

    policy: Policy
    templates: frozenset[str]


def problems(policy: Policy, templates: frozenset[str], broken: frozenset[str] = frozenset()) -> list[Problem]:
    """Everything in which the files contradict themselves or one another.

    Args:
        templates: names of all templates, ``<language>/<name>``.
        broken: files that already have a problem; checks that need them are left out.
    """
    scene = Scene(policy, templates)
    language_broken = any(name.startswith("languages/") for name in broken)
    found: list[Problem] = []
    for needed, check in CHECKS:
        if broken.isdisjoint(needed) and not (language_broken and "languages" in needed):
            found.extend(check(scene))
    return found


def advice(policy: Policy) -> list[Problem]:
    """What works as it is and still deserves a look."""
    return [replace(problem, warning=True) for problem in _advice(policy)]


def _advice(policy: Policy) -> Iterator[Problem]:
    if policy.people and not policy.managers:
        yield Problem(MAIN, "person", 'nobody has role = "manager": tier 1 cannot be approved and nobody gets the weekly digest')
    if not policy.people:
        yield Problem(MAIN, "person", "nobody is named; drafts have no owner and no signature")
    if not policy.mailboxes:
        yield Problem(MAIN, "mailbox", "no mailbox is named; there is nothing to read (run: mailagent init)")
    if policy.mailboxes and not policy.company.domains:
        yield Problem(MAIN, "company.domains", "is empty: mail of colleagues cannot be told from mail of buyers")
    graded = {tier for cadence in policy.cadences.values() for tier in cadence.tiers}
    for tier in TIERS:
        if policy.cadences and tier not in graded:
            yield Problem("cadences.toml", "", f"no cadence for tier {tier}: such leads are not followed up")


# ── mailagent.toml ──────────────────────────────────────────────────────────────────────────────────────────────


def people(scene: Scene) -> Iterator[Problem]:
    rows = scene.policy.people
    yield from _twice(MAIN, "person", "email", (person.email.casefold() for person in rows))
    yield from _twice(MAIN, "person", "name", (person.name.strip().casefold() for person in rows))
    for number, person in enumerate(rows, 1):
        if not person.name.strip():
            yield Problem(MAIN, f"person[{number}].name", "is empty; it stands under every letter")


def mailboxes(scene: Scene) -> Iterator[Problem]:
    rows = scene.policy.mailboxes
    yield from _twice(MAIN, "mailbox", "address", (mailbox.address.casefold() for mailbox in rows))
    # Two names that lead to one variable in .env would share a password.
    yield from _twice(MAIN, "mailbox", "name", (mailbox.password_variable for mailbox in rows))
    for number, mailbox in enumerate(rows, 1):
        key = f"mailbox[{number}]"
        if not re.search(r"[A-Za-z0-9]", mailbox.name):
            yield Problem(MAIN, f"{key}.name", "needs at least one of the letters a-z: the password's name in .env is made from it")
        if not any(rule.role == "inbox" for rule in mailbox.folders):
            yield Problem(MAIN, f"{key}.folders", 'has no folder with role = "inbox"; there is nothing to read')
        if mailbox.owner and scene.policy.person(mailbox.owner) is None:
            known = _listed(person.name for person in scene.policy.people)
            yield Problem(MAIN, f"{key}.owner", f'"{mailbox.owner}" is not a [[person]]; known are: {known}')
        for name in ("imap_port", "smtp_port"):
            if not 0 <= getattr(mailbox, name) <= 65535:
                yield Problem(MAIN, f"{key}.{name}", "is not a port; write a number from 1 to 65535, or 0 for the provider's")


def mailbox_providers(scene: Scene) -> Iterator[Problem]:
    providers = scene.policy.providers
    for number, mailbox in enumerate(scene.policy.mailboxes, 1):
        key = f"mailbox[{number}]"
        provider = providers.get(mailbox.provider)
        if provider is None and mailbox.provider != "generic":
            yield Problem(MAIN, f"{key}.provider", f'"{mailbox.provider}" is not in providers.toml; known are: {_listed(providers)}')
            continue
        for name in ("imap_host", "smtp_host"):
            if not getattr(mailbox, name) and not (provider and getattr(provider, name)):
                yield Problem(MAIN, f"{key}.{name}", "is missing; write the server's name, or choose a provider that is known")


def sending(scene: Scene) -> Iterator[Problem]:
    """A letter must say who sends it (STANDARDS §4.7): no switch without a name and an address."""
    policy = scene.policy
    if policy.sending.letters != "on":
        return
    for name in ("legal_name", "postal_address"):
        if not getattr(policy.company, name).strip():
            yield Problem(MAIN, f"company.{name}", "is empty, and sending is on; the law wants it in every letter")
    if not policy.company.domains:
        yield Problem(MAIN, "company.domains", 'is empty, and sending is on; write your own domains, as ["acme.example"]')
    if not policy.mailboxes:
        yield Problem(MAIN, "sending.letters", 'is "on" without a mailbox; add a [[mailbox]]')


def limits(scene: Scene) -> Iterator[Problem]:
    policy = scene.policy
    yield from _tiers(MAIN, "approval.manager_tiers", policy.approval.manager_tiers)
    for domain in policy.company.domains:
        if "@" in domain or "." not in domain:
            yield Problem(MAIN, "company.domains", f'"{domain}" is not a domain; write it as "acme.example", without @')


# ── signals and tiers ───────────────────────────────────────────────────────────────────────────────────────────


def signals(scene: Scene) -> Iterator[Problem]:
    groups = scene.policy.groups
    for name, signal in scene.policy.signals.items():
        if signal.group not in groups:
            known = _listed(groups)
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


# ── cadences ────────────────────────────────────────────────────────────────────────────────────────────────────


def cadences(scene: Scene) -> Iterator[Problem]:
    file = "cadences.toml"
    taken: dict[int, str] = {}
    for name, cadence in scene.policy.cadences.items():
        yield from _tiers(file, f"{name}.tiers", cadence.tiers)
        for tier in cadence.tiers:
            if tier in taken:
                yield Problem(file, f"{name}.tiers", f'tier {tier} already belongs to "{taken[tier]}"; a tier has one cadence')
            taken.setdefault(tier, name)
        yield from _twice(file, f"{name}.step", "id", (step.id for step in cadence.step))
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


# ── the rest ────────────────────────────────────────────────────────────────────────────────────────────────────


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
        yield Problem(file, f"words.labels.{field}", f"is not a known field; known are: {_listed(RELAY_LABELS)}")


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
                yield Problem(file, f"{key}.subject", f'"(?P<{group}>" is not a known field; known are: {_listed(RELAY_FIELDS)}')
    for field in sorted(set(relay.fields) - RELAY_FIELDS):
        yield Problem(file, f"{key}.fields.{field}", f"is not a known field; known are: {_listed(RELAY_FIELDS)}")


def languages(scene: Scene) -> Iterator[Problem]:
    for code, language in scene.policy.languages.items():
        for name in ("unsubscribe_strong", "unsubscribe_not"):
            for number, pattern in enumerate(getattr(language, name), 1):
                try:
                    re.compile(pattern)
                except re.error as error:
                    yield Problem(f"languages/{code}.toml", f"{name}[{number}]", f"is not a pattern: {error}")


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
    yield from _twice(file, "product", "code", (product.code.casefold() for product in goods.product))
    for number, product in enumerate(goods.product, 1):
        if "en" not in product.name:
            yield Problem(file, f"product[{number}].name", 'has no English; write name = { en = "…" }')
        if product.price is not None and product.price < 0:
            yield Problem(file, f"product[{number}].price", "is below zero")


# ── building stones ─────────────────────────────────────────────────────────────────────────────────────────────


def _twice(file: str, rows: str, field: str, values: Iterable[str]) -> Iterator[Problem]:
    """Rows whose value another row before them already has."""
    seen: Counter[str] = Counter()
    for number, value in enumerate(values, 1):
        seen[value] += 1
        if seen[value] > 1:
            yield Problem(file, f"{rows}[{number}].{field}", f'"{value}" stands there twice; each row needs its own')


def _tiers(file: str, key: str, tiers: Iterable[int]) -> Iterator[Problem]:
    for tier in tiers:
        if tier not in TIERS:
            yield Problem(file, key, f"{tier} is not a tier; tiers are 1, 2, 3 and 4")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


Check = Callable[[Scene], Iterator[Problem]]

CHECKS: tuple[tuple[frozenset[str], Check], ...] = tuple(
    (frozenset(files.split()), check)
    for files, check in (
        (MAIN, people),
        (MAIN, mailboxes),
        (f"{MAIN} providers.toml", mailbox_providers),
        (MAIN, sending),
        (MAIN, limits),
        ("signals.toml", signals),
        ("signals.toml tiers.toml languages", tiers),
        ("cadences.toml", cadences),
        ("cadences.toml", cadence_templates),
        ("calendar.toml", calendar),
        ("relays.toml", relays),
        ("languages", languages),
        ("law.toml", law),
        ("catalogue.toml", catalogue),
    )
)
