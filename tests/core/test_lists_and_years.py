"""Items of lists are sentences of their own, and a year is neither a quantity nor a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailagent import policy
from mailagent.core.deciding.prediction import predict
from mailagent.core.reading import postal
from mailagent.core.reading.text import Text

RULES = policy.load(Path(__file__).resolve().parents[1] / "evaluation")


def found(words: str) -> dict[str, str]:
    raw = (
        "From: Ann Hill <ann@hinges.example>\r\nTo: sales@brightbearing.example\r\nSubject: request\r\nMessage-ID: <a@hinges.example>\r\n"
        f"Date: Mon, 2 Mar 2026 09:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
    )
    return {fact.name: fact.value for fact in reversed(predict(raw.encode(), RULES).facts)}


@pytest.mark.parametrize(
    ("items", "number"),
    [
        ("要求：\n1、提供噪音数据\n2、注脂量三成\n3、月结", 4),
        ("要求：\n（1）提供噪音数据\n（2）注脂量三成", 3),
        ("要求\n一、提供噪音数据\n二、注脂量三成", 3),
        ("要求\n1.提供噪音数据\n2.注脂量三成", 5),
        ("要求\n①噪音数据\n②注脂量", 3),
        ("Needed\n▪ noise data\n▪ grease\n– hardness", 4),
        ("We need the noise\nand the grease of it", 1),
        ("Length 12\n12.5 mm wide", 1),
    ],
)
def test_each_item_of_a_list_is_a_sentence(items, number):
    assert len(Text(items).sentences) == number


@pytest.mark.parametrize("words", ["We invite you to the 2027 bearing tender.", "Your price trend for bearings 2024-2026, please?"])
def test_a_year_is_no_quantity_and_no_model(words):
    facts = found(words)
    assert "quantity" not in facts
    assert facts.get("concrete_requirement", "") != "2024-2026"


def test_so_many_pieces_are_a_quantity_though_they_look_like_a_year():
    assert found("Please quote 2027 bearings 6204.")["quantity"].startswith("2027")


def test_who_buys_by_the_ton_asks_for_nothing_definite():
    assert "concrete_requirement" not in found("What is your rate per kg of bearings? We need 5 tons a month.")


def test_a_kilometre_of_a_highway_is_an_address():
    assert postal.is_address("BR-116 km 42, Lages - SC")
    assert not postal.is_address("from you to us it is 300 km, and 42 back")
