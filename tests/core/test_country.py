"""The table of countries' names is the one that babel has."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from mailagent.core.reading import country
from mailagent.core.reading.country_names import NAMES

GENERATOR = Path(__file__).resolve().parents[2] / "docs/country_names.py"


@pytest.fixture(scope="module")
def theirs():
    spec = importlib.util.spec_from_file_location("country_names_of_babel", GENERATOR)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.names()


def test_no_name_is_another_countrys(theirs):
    assert {name for name in NAMES.keys() & theirs.keys() if NAMES[name] != theirs[name]} == set()


def test_the_table_is_fresh(theirs):
    # Each release of the CLDR spells a few names anew: that alone breaks nothing.
    assert len(NAMES.keys() ^ theirs.keys()) <= 0.05 * len(theirs), "run: python docs/country_names.py"
    assert set(theirs.values()) == set(NAMES.values())


@pytest.mark.parametrize(("name", "code"), [("germany", "DE"), ("alemania", "DE"), ("türkiye", "TR"), ("沙特阿拉伯", "SA"), ("uae", "AE")])
def test_names_in_several_languages(name, code):
    assert country.names()[name] == code
