"""Who works on a new lead: every rule of assignment.toml, in its order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from messages import NOON, bearing_policy, mail

from mailagent import policy as rules
from mailagent.core.deciding.assignment import assign, away, list_of, stand_in
from mailagent.core.deciding.case import Case
from mailagent.core.deciding.prediction import numbers
from mailagent.core.model.address import Address
from mailagent.core.model.known import Known
from mailagent.core.model.lead import Company, Fact, Lead
from mailagent.core.model.message import Verdict
from mailagent.core.model.policy import Person
from mailagent.core.model.workday import Absence, Goods, Region

PEOPLE = (
    Person(name="Chen Wei", email="chen.wei@ours.example", buyer_languages=("en", "de")),
    Person(name="Maria Lin", email="maria@ours.example", buyer_languages=("es",)),
    Person(name="Lin Mei", email="mei@ours.example", buyer_languages=("en",)),
    Person(name="Zhou Min", email="boss@ours.example", role="manager", takes_leads=False),
)
NOBODY = Known()
SHIPPED = rules.load(None).assignment


def case(words="Please quote.", known=NOBODY, found=(), **settings):
    base = bearing_policy().model_copy(update={"people": PEOPLE})
    more = {name: settings.pop(name) for name in ("to", "cc") if name in settings}
    policy = base.model_copy(update={"assignment": SHIPPED.model_copy(update=settings)})
    message = mail(words).but(**more)
    return Case(1, message, Verdict("inquiry", "a test"), tuple(found), None, known, policy, numbers(), str, NOON, NOON)


def lead(owner: str, stage: str = "talking") -> Lead:
    return Lead(
        id=7, contact_id=1, company_id=1, email="a@b.example", contact_name="", company_name="", source="mail", subject="",
        language="en", country="DE", stage=stage, tier=3, score=0, fraud="none", owner=owner, cadence="", round=1, step="",
        next_due_at=None, due_reason="", hold_reason="", held_until=None, rest_reason="", pinned_tier=None,
        opened_at=datetime(2026, 1, 1, tzinfo=UTC), last_inbound_at=None, last_outbound_at=None, inbound_count=1, outbound_count=0,
    )  # fmt: skip


def test_same_buyer_then_same_company_even_when_absent():
    known = Known(contact_lead=lead("Maria Lin", "closed"), absent=frozenset(["Maria Lin"]))
    assert assign(case(known=known), "en", "DE") == ("Maria Lin", "same_buyer")
    known = Known(company_lead=lead("Lin Mei"), absent=frozenset(["Lin Mei"]))
    assert assign(case("Hi Chen Wei,\n\nplease quote.", known), "en", "DE") == ("Lin Mei", "same_company")
    known = Known(company=Company(1, "B", "b.example", "DE", True, "Maria Lin"))
    assert assign(case(known=known), "en", "DE") == ("Maria Lin", "same_company")
    # Who has left the company is nobody.
    assert assign(case(known=Known(contact_lead=lead("Gone"))), "es", "ES") == ("Maria Lin", "language")


@pytest.mark.parametrize(
    ("words", "owner"),
    [
        ("Hi Chen Wei,\n\nplease quote.", "Chen Wei"),
        ("Dear Mei,\n\nplease quote.", "Lin Mei"),
        ("Hello Ms. Lin Mei!\nplease quote.", "Lin Mei"),
        ("Maria,\nplease quote.", "Maria Lin"),
        ("Hola María Lin,\nprecio por favor", None),  # another spelling is said in [called]
        ("Dear Lin,\nplease quote.", None),  # two of us could be meant
        ("Dear Sirs,\nplease quote.", None),
        ("Chen Wei told us that you make bearings, please quote.", None),  # about him, not to him
        ("Wei", "Chen Wei"),
        ("尊敬的陈伟先生：\n请报价", "Chen Wei"),
    ],
)
def test_who_is_greeted_by_name_gets_it(words, owner):
    called = {"Chen Wei": ("陈伟",)}
    found = assign(case(words, called=called), "", "")
    assert found == (owner, "named") if owner else found[1] != "named"


def test_whose_own_address_stands_beside_ours_gets_it():
    to = (Address("", "sales@ours.example"), Address("Mei", "MEI@ours.example"))
    assert assign(case(to=to), "en", "DE") == ("Lin Mei", "named")


def test_goods_then_region_then_language_then_turn():
    settings = {
        "goods": (Goods(families=("BEARINGS",), people=("Lin Mei",)),),
        "region": (Region(countries=("BR",), people=("Maria Lin", "Chen Wei")),),
    }
    asked = case(found=[Fact("names_product", "6204-2rs")], **settings)
    goods = tuple(one.model_copy(update={"family": "Bearings"}) for one in asked.policy.catalogue.product)
    catalogue = asked.policy.catalogue.model_copy(update={"product": goods})
    asked = replace(asked, policy=asked.policy.model_copy(update={"catalogue": catalogue}))
    assert assign(asked, "de", "BR") == ("Lin Mei", "product")
    assert assign(case(**settings), "de", "BR")[1] == "region"
    assert assign(case(**settings), "de", "DE") == ("Chen Wei", "language")
    known = Known(owners_load=(("Chen Wei", 5), ("Maria Lin", 1), ("Lin Mei", 3)))
    assert assign(case(known=known, **settings), "fr", "FR") == ("Maria Lin", "in_turn")
    # Whose region it is and who is away gets no new lead.
    gone = replace(known, absent=frozenset(["Maria Lin"]))
    assert assign(case(known=gone, **settings), "fr", "BR") == ("Chen Wei", "region")
    assert assign(case(known=gone, **settings), "fr", "FR") == ("Lin Mei", "in_turn")


def test_turns_follow_the_weights():
    load: dict[str, int] = {}
    for _ in range(40):
        known = Known(owners_load=tuple(load.items()))
        owner, _ = assign(case(known=known, weights={"Maria Lin": 2.0}), "", "")
        load[owner] = load.get(owner, 0) + 1
    assert load == {"Maria Lin": 20, "Chen Wei": 10, "Lin Mei": 10}


def test_when_everybody_is_away_somebody_still_gets_it():
    known = Known(absent=frozenset(person.name for person in PEOPLE))
    assert assign(case(known=known), "", "")[0] in ("Chen Wei", "Maria Lin", "Lin Mei")


def test_deputies_see_the_list_of_the_absent():
    policy = case().policy
    absences = [
        Absence(person="Chen Wei", first=date(2026, 3, 1), last=date(2026, 3, 5), deputy="Lin Mei"),
        Absence(person="Lin Mei", first=date(2026, 3, 5), last=date(2026, 3, 6), deputy="Chen Wei"),
    ]
    today = away(absences, date(2026, 3, 1))
    assert list_of(PEOPLE[2], today, policy) == ("Lin Mei", "Chen Wei")
    assert list_of(PEOPLE[0], today, policy) == ("Chen Wei",) and stand_in("Chen Wei", today, policy) == "Lin Mei"
    assert away(absences, date(2026, 3, 7)) == {}
    # Both are away and stand in for each other: the manager sees both lists, and what is nobody's.
    both = away(absences, date(2026, 3, 5))
    assert list_of(PEOPLE[3], both, policy) == ("Zhou Min", "Chen Wei", "Lin Mei", "")
