"""Amounts whose number and multiple stand apart ("60 萬顆"), follow each other ("2백만 개"), or are half of one ("half a million")."""

from __future__ import annotations

import pytest
from messages import bearing_policy, mail

from mailagent.core.reading import facts


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("6204 每年 45 萬顆", "450000 顆"),
        ("6204 每年45萬顆", "450000 顆"),
        ("6204 45 万套", "450000 套"),
        ("6204 1.5 万只", "15000 只"),
        ("6204 3 千个", "3000 个"),
        ("6204 5 百套", "500 套"),
        ("6204 40 多万套", "400000 套"),
        ("6204 一万套", "10000 套"),
        ("6204を7 万個お願いします", "70000 個"),
        ("6204 7만개", "70000 개"),
        ("6204 7 만 개", "70000 개"),
        ("6204 2 백만 개", "2000000 개"),
        ("6204 - 2.5 lakh nos", "250000"),
        ("half a million pcs of 6204", "500000 pcs"),
        ("eine halbe Million Stück 6204", "500000 Stück"),
    ],
)
def test_it_is_one_amount(words: str, value: str) -> None:
    said = [fact.value for fact in facts.find(mail(words), bearing_policy()) if fact.name == "quantity"]
    assert said == [value]


@pytest.mark.parametrize("words", ["轴承新闻有6百万人看", "6204 的展会有 10 萬人", "6204 베어링 3만명 방문"])
def test_people_are_no_goods(words: str) -> None:
    assert not [fact for fact in facts.find(mail(words), bearing_policy()) if fact.name == "quantity"]
