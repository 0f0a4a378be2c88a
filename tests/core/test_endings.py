"""Endings of codes that stand apart, models in short, and numbers that are no codes."""

from pathlib import Path

import pytest
from messages import mail

from mailagent.core.reading import facts
from mailagent.policy import load

BEARINGS = load(Path(__file__).parents[1] / "evaluation")


def designations(words):
    return [fact.value for fact in facts.find(mail(words), BEARINGS) if fact.name == "designation"]


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("price of 6201 6202 6203 zz please", ["6201-ZZ", "6202-ZZ", "6203-ZZ"]),
        ("6205 and 6206 with rubber seals, both", ["6205-2RS", "6206-2RS"]),
        ("busco 6201 y 6202 blindadas", ["6201-ZZ", "6202-ZZ"]),
        ("6004 6005 双面胶盖的多少钱", ["6004-2RS", "6005-2RS"]),
        ("محتاج رولمان 6303 كاوتش", ["6303-2RS"]),
        ("Quote 22316 vibrating screen type, C4, by air", ["22316 C4"]),
        ("je cherche 6203 ZZ et 6204 ZZ, jeu C3", ["6203-ZZ C3", "6204-ZZ C3"]),
        ("6312 ve 6314 için fiyat. C3 boşluklu olsun", ["6312 C3", "6314 C3"]),
        ("我们用6312，6312要C3游隙", ["6312 C3"]),
        ("UC 207 and 208, a figure please", ["UC207", "UC208"]),
        ("6204, 05 and 06 please", ["6204", "6205", "6206"]),
        ("22216/17/18 price", ["22216", "22217", "22218"]),
        ("22216 E W33 C3 price", ["22216-E W33 C3"]),
        ("offer 1208 K with sleeve H208", ["1208-K", "H208"]),
        ("托辊轴承6204 TN的油", ["6204-TN"]),
        ("a third of the 6206s is rusty", ["6206"]),
    ],
)
def test_endings_and_models_in_short(words, codes):
    assert designations(words) == codes


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("6205, tell me if C3 is standard", ["6205"]), ("6205-2RS and 6206 open", ["6205-2RS", "6206"]),
        ("UC 207 and 300 pcs of 6204", ["UC207", "6204"]),
        ("bearing price? Campus Drive, Salina KS 67401", []), ("bearing price? 12 Front St, Toledo, OH 43605", []),
        ("bearing, see https://platform.example/m/62045", []), ("PRICE OF UCF 209 OK NOW", ["UCF209"]),
    ],
)  # fmt: skip
def test_what_is_no_ending(words, codes):
    assert designations(words) == codes
