"""The trial of the templates asks everything that can make a difference, once, and remembers only that all is in order."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from letters import POLICY, TEXTS

from mailagent import trial
from mailagent.core.writing import sample
from mailagent.core.writing.templates import TemplateSet
from mailagent.errors import TemplateError

BRANCHES = {
    "en/words": "{% macro greet(who) %}Dear {{ who }},{% endmacro %}",
    "en/part": "{% if b %}{{ missing_in_part }}{% endif %}{{ c }}",
    "en/good": 'Subject: x\n\n{% from "words" import greet %}\n{{ greet("you") }}\n{% if a %}a{% endif %}{{ c }}',
    "en/branch": "Subject: x\n\nHello you,\n{% if a and c == 'z' %}{{ missing }}{% endif %}",
    "en/nested": 'Subject: x\n\nHello you,\n{% include "part" %}',
    "en/deep": "Subject: x\n\nHello you,\n{% if d.inner and not d.outer %}{{ missing }}{% endif %}",
    "en/leftover": "Subject: x\n\nHello you,\n{% if not a %}[NAME]{% endif %}",
    "en/type": "Subject: x\n\nHello you,\n{{ 1 / e }}",
}
SAMPLES = [
    {"a": a, "b": b, "c": c, "d": {"inner": a, "outer": b}, "e": e}
    for a, b, c, e in product((True, False), (True, False), ("x", "z"), (1, 0))
]  # fmt: skip


def naive(texts: dict[str, str]) -> set[tuple[str, str]]:
    """Every template with every sample, each by itself."""
    found = set()
    for name in (key.partition("/")[2] for key, text in texts.items() if text.startswith("Subject:")):
        for variables in SAMPLES:
            try:
                TemplateSet(texts).render("en", name, variables)
            except TemplateError as error:
                file, _, message = str(error).partition(": ")
                found.add((file, message))
    return found


def test_samples_that_are_passed_over_would_have_found_nothing_more():
    found = {(problem.file, problem.message) for problem in TemplateSet(BRANCHES).problems({"en": SAMPLES})}
    assert found == naive(BRANCHES)
    assert {file for file, _message in found} == {f"templates/en/{name}.txt" for name in ("branch", "part", "deep", "leftover", "type")}


def test_a_template_is_filled_once_for_what_it_reads(monkeypatch):
    filled = []
    original = TemplateSet._filled
    monkeypatch.setattr(TemplateSet, "_filled", lambda self, key, *more: filled.append(key) or original(self, key, *more))
    TemplateSet(BRANCHES).problems({"en": SAMPLES})
    # "good" reads a and c, which are four together; "type" reads e.
    assert filled.count("en/good") == 4 and len(SAMPLES) == 16


def test_the_verdict_is_remembered_and_never_hides_a_mistake(tmp_path: Path, monkeypatch):
    tried = []
    original = sample.problems
    monkeypatch.setattr(sample, "problems", lambda *arguments: tried.append(1) or original(*arguments))
    texts = {key: text for key, text in TEXTS.items() if key.startswith("en/")}
    assert trial.problems(texts, POLICY, tmp_path) == [] and len(tried) == 1
    assert trial.problems(texts, POLICY, tmp_path) == [] and len(tried) == 1
    # Another text, other goods, or a file that says something else: everything is tried again.
    broken = texts | {"en/news": texts["en/news"] + "\n{{ nope }}\n"}
    for _again in range(2):
        assert "'nope' is undefined" in trial.problems(broken, POLICY, tmp_path)[0].message
    assert len(tried) == 3
    goods = POLICY.catalogue.model_copy(update={"product": POLICY.catalogue.product[:1]})
    assert trial.problems(texts, POLICY.model_copy(update={"catalogue": goods}), tmp_path) == [] and len(tried) == 4
    (tmp_path / trial.SEAL).write_bytes(b"\xff\x00")
    assert trial.problems(texts, POLICY, tmp_path) == [] and len(tried) == 5


@pytest.mark.parametrize("home", [None, Path("/proc/nowhere")])
def test_without_a_home_that_can_be_written_to_it_is_tried_each_time(home, monkeypatch):
    tried = []
    monkeypatch.setattr(sample, "problems", lambda *_arguments: tried.append(1) or [])
    assert trial.problems({}, POLICY, home) == trial.problems({}, POLICY, home) == []
    assert len(tried) == 2
