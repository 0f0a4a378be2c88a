"""A mail of nothing but signature dashes is looked through once, not once for each of its lines."""

from __future__ import annotations

import pytest

from mailagent.core.reading import signature


class Line(str):
    """A line that counts how often any of its kind is looked at."""

    looks = 0

    def strip(self, *characters) -> str:
        Line.looks += 1
        return super().strip(*characters)


@pytest.mark.parametrize("text", ["--", "-- "])
def test_many_dashes_are_each_looked_at_a_few_times(text):
    Line.looks = 0
    lines = [Line(text) for _ in range(3_000)]
    above, below = signature.split(lines, None)
    assert len(above) + len(below) == 3_000 and bool(below) is (text == "-- ")
    assert Line.looks < 20 * 3_000


def test_the_signature_begins_at_the_first_dashes_with_little_enough_below():
    lines = ["Hello", "--", *["x"] * 26, "", "--", "Peter"]
    assert signature.split(lines, None) == (lines[:29], lines[29:])
    assert signature.split(["", "--", "Peter"], None)[1] == []
