"""The law of the buyer's country: which row counts, how far it is used up, and when nothing may go."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from mailagent import policy as rules
from mailagent.core.deciding.law import LawFacts, applied, strictest
from mailagent.core.model.law import LawRow
from mailagent.core.model.policy import Calendar, Place, Policy
from mailagent.resources import shipped

ASKED = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
LAW = {
    "unknown": LawRow(basis="legitimate_interest", max_follow_ups=3, note="as in the EU"),
    "CA": LawRow(basis="implied_consent", max_follow_ups=4, days=180, days_after_purchase=730, note="CASL"),
    "DE": LawRow(basis="inquiry", max_follow_ups=2, note="UWG"),
    "KR": LawRow(basis="inquiry", max_follow_ups=2, days=180, subject_prefix="(광고)", quiet_hours=(time(21), time(8))),
}
POLICY = Policy(law=LAW, calendar=Calendar(places={"KR": Place(zone="Asia/Seoul"), "CA": Place(zone="America/Toronto")}))


def law(*countries: str, sureness: str = "sure", **more):
    return applied(LawFacts(countries or ("",), sureness, ASKED, **more), POLICY)


@pytest.mark.parametrize(
    ("countries", "sureness", "code", "most"),
    [
        (("DE",), "sure", "DE", 2),
        (("de",), "likely", "DE", 2),
        (("DE",), "", "DE", 2),
        (("CA",), "guess", "CA+unknown", 3),
        (("DE",), "guess", "DE+unknown", 2),
        (("CA", "DE"), "sure", "CA+DE", 2),
        (("NZ",), "sure", "unknown", 3),
        (("CA", "NZ"), "sure", "CA+unknown", 3),
        (("",), "", "unknown", 3),
    ],
)
def test_the_row_that_counts(countries, sureness, code, most):
    found = law(*countries, sureness=sureness)
    assert (found.code, found.row.max_follow_ups) == (code, most)


def test_follow_ups_are_counted_and_the_last_one_may_still_go():
    assert law("DE", follow_ups=1).objection(ASKED) == ""
    assert law("DE", follow_ups=2).objection(ASKED) == "law:DE"


@pytest.mark.parametrize(
    ("days", "bought_days_ago", "code"),
    [(179, None, ""), (180, None, ""), (181, None, "law:CA"), (181, 0, ""), (729, 0, ""), (731, 0, "law:CA"), (181, 700, "law:CA")],
)
def test_canada_ends_six_months_after_the_inquiry_and_two_years_after_a_purchase(days, bought_days_ago, code):
    bought = ASKED - timedelta(days=bought_days_ago) if bought_days_ago is not None else None
    assert law("CA", bought_at=bought).objection(ASKED + timedelta(days=days)) == code


def test_a_purchase_lifts_nothing_where_one_of_two_rows_knows_no_purchase():
    assert law("CA", "KR", bought_at=ASKED).objection(ASKED + timedelta(days=181)) == "law:CA+KR"


@pytest.mark.parametrize(
    ("utc", "until"),
    [
        (datetime(2026, 3, 11, 11, 59, tzinfo=UTC), None),
        (datetime(2026, 3, 11, 12, 0, tzinfo=UTC), datetime(2026, 3, 11, 23, 0, tzinfo=UTC)),
        (datetime(2026, 3, 11, 20, 0, tzinfo=UTC), datetime(2026, 3, 11, 23, 0, tzinfo=UTC)),
        (datetime(2026, 3, 11, 23, 0, tzinfo=UTC), None),
    ],
)
def test_quiet_hours_are_those_of_his_place(utc, until):
    assert law("KR").quiet_until(utc, POLICY) == until


def test_the_stricter_of_two_rows_keeps_to_both():
    row = strictest([LAW["CA"], LAW["KR"]])
    assert (row.max_follow_ups, row.days, row.days_after_purchase, row.subject_prefix) == (2, 180, None, "(광고)")
    assert row.quiet_hours == (time(21), time(8)) and row.basis == "implied_consent"


def test_the_shipped_rows(tmp_path):
    import tomllib

    rows = tomllib.loads((shipped("config") / "law.toml").read_text(encoding="utf-8"))
    shipped_law = rules.FILES["law.toml"].model_validate(rows).root
    assert shipped_law["CA"].days == 180 and shipped_law["CA"].days_after_purchase == 730
    assert shipped_law["KR"].quiet_hours == (time(21), time(8)) and shipped_law["DE"].max_follow_ups == 2
    assert all(row.max_follow_ups <= 4 and row.note for row in shipped_law.values())
