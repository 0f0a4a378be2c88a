"""Lines of addresses whose postcode or zone stands behind a town, and ports that are only the beginning of a street or a company's name."""

from __future__ import annotations

import pytest
from messages import bearing_policy, mail

from mailagent.core.reading import facts, postal


@pytest.mark.parametrize(
    "line",
    [
        "Coimbatore Pump Works, Peelamedu, Coimbatore 641004",
        "Nashik-422007",
        "New Delhi – 110 044",
        "Navi Mumbai 400705",
        "MIDC, Aurangabad - 431 136, India",
        "Morbi, Gujarat 363642.",
        "Delta Motors, 6th of October City, Zone C7, Egypt",
        "Zone 4, Ajman",
    ],
)
def test_it_is_a_line_of_an_address(line: str) -> None:
    assert postal.is_address(line)


@pytest.mark.parametrize(
    "line",
    ["Timken 361203", "NU 2205, Koyo 361203", "Nachi-683104", "Order 123456", "Mobile-985021", "Suresh 987654", "for Zone 2 motors"],
)
def test_it_is_none(line: str) -> None:
    assert not postal.is_address(line)


def values(words: str, name: str) -> list[str]:
    return [fact.value for fact in facts.find(mail(words), bearing_policy()) if fact.name == name]


def test_a_port_in_an_address_is_none() -> None:
    words = "样本请寄一本：宁波市镇海区港务路88号 宁波港机有限公司 李工收。另外6204的参数我们想核对一下。"
    assert values(words, "port") == []
    assert values(words, "gives_address")[0].startswith("宁波市镇海区港务路88号")


@pytest.mark.parametrize(
    ("words", "port"), [("6204请报到宁波港价格", "宁波"), ("6204 CIF 青岛港，多少钱", "青岛"), ("6204 目的港：天津", "天津")]
)
def test_a_port_stays_one(words: str, port: str) -> None:
    assert port in values(words, "port")
