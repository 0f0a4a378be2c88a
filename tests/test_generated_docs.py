"""The pages of ``docs/`` that come out of the code say what the code says (``make docs``)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"


def generator():
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", generator().PAGES)
def test_the_page_is_up_to_date(name):
    assert (DOCS / name).read_text(encoding="utf-8") == generator().PAGES[name](), "run: make docs"
