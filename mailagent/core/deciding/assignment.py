"""Who works on a new lead, and why (DOMAIN §7). The order of the rules and what they know of people is in ``assignment.toml``.

Whoever works with a buyer or his company keeps them, even while he is away: two of us never write to one company, and his deputy
sees his list meanwhile. Everything else is only given to somebody who is there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from mailagent.core.deciding.case import Case
from mailagent.core.model.policy import Person, Policy
from mailagent.core.model.workday import Absence

#: A first line that is longer than this is no greeting, characters.
LONGEST_GREETING = 80


def assign(case: Case, language: str, country: str) -> tuple[str, str]:
    """The owner of a new lead.

    Args:
        language, country: of the buyer; "" if nobody knows.

    Returns:
        The person's name and the rule that named him; two empty strings if the company names no people.
    """
    policy, known = case.policy, case.known
    load = dict(known.owners_load)
    takers = [person for person in policy.people if takes_leads(person) and person.name not in known.absent]
    # Everybody is away, or nobody takes leads: better somebody than nobody.
    takers = takers or [person for person in policy.people if takes_leads(person)] or list(policy.people)
    for rule in policy.assignment.order:
        chosen = RULES[rule](case, takers, language, country)
        if chosen:
            return in_turn(chosen, load, policy).name, rule
    return (in_turn(takers, load, policy).name, "in_turn") if takers else ("", "")


def takes_leads(person: Person) -> bool:
    return person.takes_leads and person.role == "sales"


def in_turn(people: Iterable[Person], load: Mapping[str, int], policy: Policy) -> Person:
    """Whose turn it is: the one with the fewest open leads for his weight, the first of the list among equals."""
    weights = policy.assignment.weights
    return min(people, key=lambda person: (load.get(person.name, 0) + 1) / max(weights.get(person.name, 1.0), 0.01))


# ── the rules ───────────────────────────────────────────────────────────────────────────────────────────────────


def same_buyer(case: Case, takers: list[Person], language: str, country: str) -> list[Person]:
    lead = case.known.contact_lead
    return _named(case.policy, [lead.owner] if lead else [])


def same_company(case: Case, takers: list[Person], language: str, country: str) -> list[Person]:
    known = case.known
    owners = [known.company_lead.owner if known.company_lead else "", known.company.owner if known.company else ""]
    # A matter of a colleague of his may still be open although his own are closed.
    return _named(case.policy, [*owners, *(lead.owner for lead in known.related_leads)])[:1]


def named(case: Case, takers: list[Person], language: str, country: str) -> list[Person]:
    """Whom he greets by name, else whose own address he wrote to beside ours."""
    message = case.message
    greeted = greeted_by_name(message.words, takers, case.policy)
    if greeted:
        return greeted
    written = {address.email.casefold() for address in (*message.to, *message.cc)}
    return [person for person in takers if person.email.casefold() in written]


def forwarded(case: Case, takers: list[Person], language: str, country: str) -> list[Person]:
    by = case.message.relay_fields.get("forwarded_by", "")
    return [person for person in takers if by and person.email.casefold() == by.casefold()]


def product(case: Case, takers: list[Person], language: str, country: str) -> list[Person]:
    families = families_asked(case)
    return _of_rows(takers, (row.people for row in case.policy.assignment.goods if families.intersection(map(str.casefold, row.families))))


def region(case: Case, takers: list[Person], language: str, country: str) -> list[Person]:
    return _of_rows(takers, (row.people for row in case.policy.assignment.region if country and country in row.countries))


def speaks(case: Case, takers: list[Person], language: str, country: str) -> list[Person]:
    return [person for person in takers if language and language in person.buyer_languages]


def everybody(case: Case, takers: list[Person], language: str, country: str) -> list[Person]:
    return takers


RULES: dict[str, Callable[[Case, list[Person], str, str], list[Person]]] = {
    "same_buyer": same_buyer, "same_company": same_company, "named": named, "forwarded": forwarded,
    "product": product, "region": region, "language": speaks, "in_turn": everybody,
}  # fmt: skip


def greeted_by_name(words: str, people: Iterable[Person], policy: Policy) -> list[Person]:
    """Whom the first line of a mail greets: "Hi Chen Wei," or "Dear Mei"; nobody if two of us could be meant."""
    first = next((line.strip() for line in words[:2000].splitlines() if line.strip()), "")
    greeting = re.split(r"[,，!！:：;。]", first, maxsplit=1)[0].casefold()
    if not greeting or len(greeting) > LONGEST_GREETING:
        return []
    spoken = re.findall(r"\w+", greeting)
    # A line that is more than a greeting and a name speaks about somebody, not to him.
    if not (len(spoken) <= 2 or spoken[0] in policy.assignment.greetings) or len(spoken) > 6:
        return []
    by_whole, by_part = [], []
    for person in people:
        wholes = (person.name, *policy.assignment.called.get(person.name, ()))
        if any(_stands_in(whole.casefold(), greeting, spoken) for whole in wholes):
            by_whole.append(person)
        elif any(part in spoken for part in person.name.casefold().split() if len(part) > 1):
            by_part.append(person)
    found = by_whole or by_part
    return found if len(found) == 1 else []


def _stands_in(name: str, greeting: str, spoken: list[str]) -> bool:
    parts = re.findall(r"\w+", name)
    if not parts:
        return False
    # Chinese stands without spaces: 陈伟你好.
    if not name.isascii() and len(name) >= 2:
        return name in greeting
    return any(spoken[place : place + len(parts)] == parts for place in range(len(spoken)))


def families_asked(case: Case) -> set[str]:
    """The families of our catalogue that a mail asks about, casefolded."""
    said = {fact.value.casefold() for fact in case.facts if fact.name in ("names_product", "industry_only") and fact.value}
    goods = case.policy.catalogue
    found = {
        one.family.casefold() for one in goods.product if one.family and said.intersection(map(str.casefold, (one.code, *one.aliases)))
    }
    return found | {family.casefold() for family in goods.families if family.casefold() in said}


def _named(policy: Policy, names: Iterable[str]) -> list[Person]:
    return [person for name in dict.fromkeys(names) if name and (person := policy.person(name))]


def _of_rows(takers: list[Person], rows: Iterable[tuple[str, ...]]) -> list[Person]:
    names = {name.casefold() for row in rows for name in row}
    return [person for person in takers if names.intersection((person.name.casefold(), person.email.casefold()))]


# ── who is there ────────────────────────────────────────────────────────────────────────────────────────────────


def away(absences: Iterable[Absence], day: date) -> dict[str, str]:
    """Who is away on a day → his deputy, or ""."""
    return {one.person: one.deputy for one in absences if one.first <= day <= one.last}


def list_of(person: Person, away_today: Mapping[str, str], policy: Policy) -> tuple[str, ...]:
    """Whose work a person sees today: his own, that of the absent people whose deputy he is, and for a manager what is nobody's."""
    names = [person.name, *(name for name, deputy in away_today.items() if _deputy_of(name, deputy, away_today, policy) == person.name)]
    return tuple(dict.fromkeys((*names, *([""] if person.role == "manager" else []))))


def _deputy_of(name: str, deputy: str, away_today: Mapping[str, str], policy: Policy) -> str:
    """Who stands in for an absent person: his deputy, the deputy's deputy if he is away as well, else the manager."""
    seen = {name}
    while deputy and deputy in away_today and deputy not in seen:
        seen.add(deputy)
        deputy = away_today[deputy]
    person = policy.person(deputy) if deputy and deputy not in away_today else None
    if person:
        return person.name
    return next((one.name for one in policy.people if one.may_approve_everything and one.name not in away_today), "")


def stand_in(name: str, away_today: Mapping[str, str], policy: Policy) -> str:
    """Who does a person's work today: himself, if he is there."""
    return _deputy_of(name, away_today[name], away_today, policy) if name in away_today else name
