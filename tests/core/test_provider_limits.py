"""What the shipped ``providers.toml`` allows: half of what is published, and little where nothing is (STANDARDS §5.6)."""

from __future__ import annotations

import pytest

from mailagent import policy as rules
from mailagent.core.model.provider import Provider

ROWS = rules.load(None).providers
SPANS = ("per_minute", "per_hour", "per_day")
#: STANDARDS §5.6, and the pages that providers.toml names: what is published, by provider.
PUBLISHED = {
    "gmail": {"per_day": 500},
    "gmail_relay": {"per_day": 10_000},
    "microsoft365": {"per_minute": 30, "per_day": 10_000},
    "exmail": {"per_day": 500},
    "zoho": {"per_hour": 50},
}
#: Providers that count by the days of their own clock.
CHINESE = ("exmail", "qq", "163", "126", "yeah", "qiye163", "aliyun", "microsoft365_china")


def test_what_nobody_knows_is_five_fifty_two_hundred():
    assert [getattr(ROWS["generic"], span) for span in SPANS] == [5, 50, 200] == [getattr(Provider(title=""), span) for span in SPANS]


@pytest.mark.parametrize("name", ROWS)
def test_half_of_what_is_published_and_else_no_more_than_for_anybody(name):
    row = ROWS[name]
    for span in SPANS:
        allowed = getattr(row, span)
        if span in row.published:
            assert allowed == row.published[span] // 2, span
        elif not row.published:
            assert allowed <= getattr(ROWS["generic"], span), span
    assert row.per_minute <= row.per_hour <= row.per_day and row.per_hour <= 60 * row.per_minute


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_figures_are_those_of_the_standards(name):
    assert ROWS[name].published == PUBLISHED[name]


@pytest.mark.parametrize("name", ROWS)
def test_what_is_not_verified_is_a_setting_of_the_row(name):
    for setting in ROWS[name].unverified:
        assert getattr(ROWS[name], setting), setting


@pytest.mark.parametrize("name", CHINESE)
def test_days_end_at_midnight_in_china(name):
    assert ROWS[name].time_zone == "Asia/Shanghai"
