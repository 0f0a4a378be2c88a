"""Trying every letter template before a buyer sees one: the fullest lead and the barest one, in every language.

``mailagent check`` calls ``problems``; a template that cannot be filled is found at the desk, not on the day it is due.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from mailagent.core.model.lead import Company, Contact, Fact, Lead
from mailagent.core.model.policy import CompanyProfile, Person, Policy, Product
from mailagent.core.model.pretext import NEWS_KINDS, Pretext, Quoted
from mailagent.core.model.rhythm import SHOW_CLASSES
from mailagent.core.writing import footer
from mailagent.core.writing.grounds import new_things
from mailagent.core.writing.templates import TemplateSet
from mailagent.core.writing.variables import TOPICS, letter_variables
from mailagent.errors import Problem, TemplateError

_DAY = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
_AUTHOR = Person(name="Lin Mei", email="lin@example.com", title="Sales Manager", phone="+86 574 0000 0000")
_BARE_AUTHOR = Person(name="Lin Mei", email="lin@example.com")
_COMPANY = CompanyProfile(legal_name="Example Co., Ltd.", postal_address="1 Example Road, Ningbo, China")


def problems(templates: TemplateSet, policy: Policy) -> list[Problem]:
    """Every letter template that cannot be filled, in whatever language, with file and line.

    Args:
        policy: the company's own, so that its catalogue and introduction are tried as well.
    """
    found: list[Problem] = []
    for language in templates.languages():
        every = samples(language, policy)
        # Only answers take up each wish by itself; in a follow-up what is new makes the difference, and there are ten sorts of it.
        few = [*every[: len(NEWS_KINDS)], *every[-2:]]
        answers = {f"{language}/{name}": every for name in templates.names(language) if name.startswith("answer")}
        found += templates.problems({language: few, **answers}, folders=(language,))
        try:
            footer.build(_COMPANY, templates, language, wrote_on=_DAY.date(), subject="Quotation No. 12")
        except TemplateError as error:
            file, _, message = str(error).partition(": ")
            found.append(Problem(file, "", message))
    return list(dict.fromkeys(found))


def samples(language: str, policy: Policy) -> list[dict[str, object]]:
    """The variables that every letter of a language must render with: all known, nothing known, each wish by itself."""
    products = [Fact("names_product", product.code) for product in policy.catalogue.product[:2]]
    details = [
        Fact("quantity", "8000 pcs"),
        Fact("incoterm", "CIF"),
        Fact("port", "Santos"),
        Fact("names_product", "X-1"),
    ]
    wishes = [[*products, Fact(names[0])] for names in TOPICS.values()]
    every = [*products, *details, *(Fact(names[0]) for topic, names in TOPICS.items() if topic != "complaint")]
    full = [_letter(language, policy, facts, turn, bare=False) for turn, facts in enumerate((every, *wishes, [*products, *details]))]
    bare = [_letter(language, policy, [Fact(names[0])], turn, bare=True) for turn, names in enumerate(TOPICS.values())]
    return [*full, *bare, _letter(language, policy, [], 0, bare=True)]


def _new(language: str, policy: Policy, turn: int) -> dict[str, object]:
    """Something new of every sort, now this way and now that."""
    day = _DAY.date()
    old = Quoted("6204-2RS", "USD 0.91", 6000, 28, day, day)
    goods = policy.catalogue.product[:1] or (Product(code="X-1", name={"en": "sample product"}, price=1.5, port="Ningbo", moq=10),)
    feast = next((name for name, feast in policy.pretexts.feasts.items() if feast.greet), "")
    values = {
        "goods": goods if turn % 3 else (replace(old, code=goods[0].code),), "on": day, "day": day, "first": day, "last": day,
        "reopens": day, "cutoff": day if turn % 2 else "", "start": day, "lead": 25, "ended": turn % 2 == 1, "is_new": turn % 2 == 0,
        "feast": feast, "text": {language: "8 × 8 × 8."}, "kind": NEWS_KINDS[turn % len(NEWS_KINDS)], "full": 1200, "size": "20'",
        "quantity": "800 pcs",
        "certificate": "ISO 9001" if turn % 2 else "", "lines": ("5000 pcs", "L/C"), "show": "Interzum 2027" if turn % 2 else "",
        "show_class": SHOW_CLASSES[turn % len(SHOW_CLASSES)],
    }  # fmt: skip
    pretext = Pretext("sample", "", values=values)
    new = new_things(pretext, policy, language, day, may_quote=True)
    # A company's own pretexts.toml may greet nobody; the template is tried all the same.
    return new | {"greet": new["greet"] or "x y", "feast": new["feast"] or "x"}


def _letter(language: str, policy: Policy, facts: list[Fact], turn: int, *, bare: bool) -> dict[str, object]:
    lead = Lead(
        id=1, contact_id=1, company_id=1, email="buyer@example.com", contact_name="", company_name="", source="direct", subject="",
        language=language, country="", stage="new", tier=3, score=0.0, fraud="none", owner="Lin Mei", cadence="", round=1, step="",
        next_due_at=None, due_reason="", hold_reason="", held_until=None, rest_reason="", pinned_tier=None, opened_at=_DAY,
        last_inbound_at=None, last_outbound_at=None, inbound_count=1, outbound_count=0,
    )  # fmt: skip
    contact = None if bare else Contact(1, 1, "buyer@example.com", "Ana Pérez", language, "", "active")
    company = None if bare else Company(1, "Muster & Söhne", "example.com", "", False, "Lin Mei")
    return letter_variables(
        lead,
        contact,
        company,
        facts,
        _BARE_AUTHOR if bare else _AUTHOR,
        policy,
        language,
        subject="" if bare else "Quotation No. 12",
        wrote_on=None if bare else _DAY.date(),
        today=_DAY.date(),
        is_first=True,
        turn=turn,
        says_stop=turn % 4 == 1,
        new=_new(language, policy, turn),
    )
