"""How many letters an account may send, and when the next one may leave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailagent.core.deciding import limits
from mailagent.core.model.policy import Mailbox, Policy, Provider, Sending

NOW = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
SALES = Mailbox(name="sales", address="sales@acme.example", provider="qq")
QQ = Provider(title="QQ", per_minute=3, per_hour=40, per_day=100)


def policy(**sending) -> Policy:
    return Policy(mailboxes=(SALES,), providers={"qq": QQ}, sending=Sending(**sending), freemail=frozenset({"mail.example"}))


def numbers(account: str, rules: Policy, days: int = 99) -> dict[str, int]:
    return {limit.reason: limit.at_most for limit in limits.of_account(account, rules, days)}


def test_the_lesser_of_our_own_number_and_the_providers_counts():
    assert numbers("sales", policy(per_hour=30, per_day=200)) == {"minute_quota": 3, "hourly_quota": 30, "daily_quota": 100}
    assert numbers("sales", policy(per_hour=50, per_day=60)) == {"minute_quota": 3, "hourly_quota": 40, "daily_quota": 60}


def test_an_unknown_provider_allows_what_an_unknown_one_may():
    """Five a minute, fifty an hour, two hundred a day (STANDARDS §5.6)."""
    assert numbers("gone", policy(per_hour=1000, per_day=1000)) == {"minute_quota": 5, "hourly_quota": 50, "daily_quota": 200}


@pytest.mark.parametrize(("days", "cap"), [(0, 20), (1, 24), (2, 28), (5, 49), (8, 85), (9, None), (50, None)])
def test_a_new_account_warms_up(days, cap):
    """Twenty on the first day, a fifth more after each day of use, until the day's quota is less."""
    assert numbers("sales", policy(per_day=500), days).get("warm_up") == cap


def test_without_a_warm_up_there_is_none_and_it_ends():
    assert "warm_up" not in numbers("sales", policy(warm_up_per_day=0), 0)
    assert limits.warm_up_days(policy(warm_up_per_day=0)) == 0
    rules = policy(per_day=200)
    enough = limits.warm_up_days(rules)
    assert limits.warm_up(enough, rules) >= 200 > limits.warm_up(enough - 1, rules)


def test_freemail_domains_have_a_number_of_their_own():
    rules = policy(per_hour_to_domain=30, per_hour_to_freemail=7)
    assert limits.to_domain("a@buyer.example", rules).at_most == 30
    assert limits.to_domain("a@mail.example", rules).at_most == 7


@given(st.floats(1, 3600), st.floats(0, 3), st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))
def test_the_pace_is_never_quicker_and_does_not_move_when_asked_again(seconds, jitter, moment):
    rules, last = policy(pace_seconds=seconds, pace_jitter=jitter), moment.replace(tzinfo=UTC)
    at = limits.pace("sales", last, rules)
    assert at == limits.pace("sales", last, rules)
    assert timedelta(seconds=seconds) <= at - last <= timedelta(seconds=seconds * (1 + jitter), microseconds=1)


def test_the_pace_is_no_machines_beat():
    rules = policy(pace_seconds=20)
    waits = {limits.pace("sales", NOW + timedelta(seconds=n), rules) - NOW - timedelta(seconds=n) for n in range(20)}
    assert len(waits) == 20
    assert limits.pace("sales", None, rules) is None and limits.pace("sales", NOW, policy(pace_seconds=0)) is None
