"""Reasons not to send: each alone, their order, and what becomes of the letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailagent.core.deciding.guards import SendFacts, objection
from mailagent.core.deciding.limits import DAY, HOUR, Count, Limit
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Calendar, Place, Policy, Sending

#: Wednesday, ten o'clock in Berlin.
NOW = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
POLICY = Policy(calendar=Calendar(places={"DE": Place(zone="Europe/Berlin")}), sending=Sending(pace_seconds=20, pace_jitter=0))
FOLLOW_UP = Letter(
    id=1, ulid="01J", lead_id=1, contact_id=1, account="sales", recipient="b@c.example", recipient_name="", cc=(), basis="follow_up",
    round=1, step="follow_up_1", template="", language="en", subject="", body="", footer="", warnings=(), why="", message_id="",
    in_reply_to="", references=(), state="approved", content_hash="", needs_manager=False, author="", approved_by="Li Wei",
    approved_at=NOW - timedelta(hours=1), planned_at=NOW, next_attempt_at=NOW, attempts=0, attempt_id=None, lease_until=None, raw=None,
    sent_at=None, filed="", provider_message_id="", state_reason="", dedupe_key="", created_at=NOW,
)  # fmt: skip
ANSWER, NOTICE = replace(FOLLOW_UP, basis="answer"), replace(FOLLOW_UP, basis="notice", lead_id=None)
HOURLY, DAILY, TO_DOMAIN = Limit("hourly_quota", HOUR, 30), Limit("daily_quota", DAY, 200), Limit("domain_quota", HOUR, 30)
FREE = SendFacts(local_zone_country="DE")


def said(letter, facts=FREE, now=NOW):
    found = objection(letter, facts, POLICY, now)
    return (found.verb, found.reason) if found else None


@pytest.mark.parametrize(
    ("fact", "follow_up", "answer", "notice"),
    [
        ({}, None, None, None),
        ({"suppressed": "unsubscribe"}, ("cancel", "suppressed:unsubscribe"), ("cancel", "suppressed:unsubscribe"), None),
        ({"fraud": "likely"}, ("cancel", "fraud"), ("cancel", "fraud"), None),
        ({"fraud": "suspicious"}, None, None, None),
        ({"contact_status": "left"}, ("cancel", "contact_left"), ("cancel", "contact_left"), None),
        ({"contact_status": "erased"}, ("cancel", "contact_erased"), ("cancel", "contact_erased"), None),
        ({"heard_from_buyer": True}, ("cancel", "buyer_wrote"), ("cancel", "buyer_wrote"), None),
        ({"colleague_answered": True}, ("cancel", "colleague_answered"), ("cancel", "colleague_answered"), None),
        ({"rest_reason": "stopped"}, ("cancel", "ended:stopped"), ("cancel", "ended:stopped"), None),
        ({"rest_reason": "colleague_wrote"}, ("cancel", "ended:colleague_wrote"), None, None),
        ({"text_is_as_approved": False}, ("revise", "text_changed"), ("revise", "text_changed"), None),
        ({"paused": "by_hand"}, ("postpone", "paused"), ("postpone", "paused"), ("postpone", "paused")),
        ({"hold_reason": "paused"}, ("postpone", "held:paused"), ("postpone", "held:paused"), None),
        ({"mail_waiting": True}, ("postpone", "mail_waiting"), ("postpone", "mail_waiting"), None),
        ({"windows": (Count(HOURLY, NOW - timedelta(minutes=59)),)}, ("postpone", "hourly_quota"), ("postpone", "hourly_quota"), None),
        ({"windows": (Count(HOURLY, NOW - timedelta(minutes=60)),)}, None, None, None),
        ({"windows": (Count(HOURLY, None),)}, None, None, None),
        ({"window_of_domain": Count(TO_DOMAIN, NOW)}, ("postpone", "domain_quota"), ("postpone", "domain_quota"), None),
        ({"last_sent_at": NOW - timedelta(seconds=5)}, ("postpone", "pace"), ("postpone", "pace"), None),
        ({"last_sent_at": NOW - timedelta(seconds=20)}, None, None, None),
        ({"follow_ups_to_company": (1, 1, 1)}, ("postpone", "one_a_day_to_a_company"), None, None),
        ({"follow_ups_to_company": (0, 2, 2)}, ("postpone", "follow_up_limit"), None, None),
        ({"follow_ups_to_company": (0, 1, 4)}, ("postpone", "follow_up_limit"), None, None),
        ({"follow_ups_to_company": (0, 1, 3)}, None, None, None),
    ],
)
def test_each_reason_alone(fact, follow_up, answer, notice):
    facts = replace(FREE, **fact)
    assert (said(FOLLOW_UP, facts), said(ANSWER, facts), said(NOTICE, facts)) == (follow_up, answer, notice)


def test_what_ends_a_letter_is_asked_before_what_delays_it():
    everything = replace(FREE, suppressed="unsubscribe", paused="x", hold_reason="paused", text_is_as_approved=False)
    assert said(FOLLOW_UP, everything) == ("cancel", "suppressed:unsubscribe")
    assert said(FOLLOW_UP, replace(everything, suppressed="")) == ("revise", "text_changed")


@pytest.mark.parametrize(
    ("approved", "now", "old"),
    [
        # Five working days at our place: Tuesday to Tuesday still counts, Wednesday no more.
        (datetime(2026, 3, 3, 2, tzinfo=UTC), datetime(2026, 3, 10, 9, tzinfo=UTC), False),
        (datetime(2026, 3, 3, 2, tzinfo=UTC), datetime(2026, 3, 11, 9, tzinfo=UTC), True),
        (datetime(2026, 3, 6, 2, tzinfo=UTC), datetime(2026, 3, 8, 9, tzinfo=UTC), False),
    ],
)
def test_an_approval_lasts_five_working_days(approved, now, old):
    assert (said(replace(ANSWER, approved_at=approved), now=now) == ("revise", "approval_too_old")) is old


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (datetime(2026, 3, 11, 4, 0, tzinfo=UTC), "outside_hours"),
        (datetime(2026, 3, 13, 9, 0, tzinfo=UTC), "first_or_last_working_day"),
        (datetime(2026, 3, 14, 9, 0, tzinfo=UTC), "weekend"),
    ],
)
def test_a_follow_up_waits_for_his_hours_and_an_answer_does_not(now, reason):
    letter = replace(FOLLOW_UP, approved_at=now)
    found = objection(letter, FREE, POLICY, now)
    assert (found.verb, found.reason) == ("postpone", reason) and found.retry_at > now
    assert objection(letter, FREE, POLICY, found.retry_at) is None
    assert said(replace(letter, basis="answer"), now=now) is None


def test_a_postponed_letter_is_always_tried_later():
    crowds = ({"windows": (Count(DAILY, NOW),)}, {"window_of_domain": Count(TO_DOMAIN, NOW)})
    for fact in ({"hold_reason": "x"}, {"mail_waiting": True}, *crowds):
        assert objection(ANSWER, replace(FREE, **fact), POLICY, NOW).retry_at > NOW


def test_what_stands_against_the_account_is_told_from_what_stands_against_the_letter():
    accounts = ({"paused": "by_hand"}, {"windows": (Count(HOURLY, NOW),)}, {"last_sent_at": NOW})
    letters = ({"hold_reason": "x"}, {"window_of_domain": Count(TO_DOMAIN, NOW)}, {"follow_ups_to_company": (1, 1, 1)})
    for facts, is_accounts in (*((fact, True) for fact in accounts), *((fact, False) for fact in letters)):
        assert objection(FOLLOW_UP, replace(FREE, **facts), POLICY, NOW).is_accounts is is_accounts, facts


def test_a_quota_is_asked_again_when_its_window_has_room():
    """And of several the last one, or the account would be asked in vain in between."""
    hour, day = Count(HOURLY, NOW - timedelta(minutes=50)), Count(DAILY, NOW - timedelta(hours=20))
    assert objection(ANSWER, replace(FREE, windows=(hour,)), POLICY, NOW).retry_at == NOW + timedelta(minutes=10)
    both = objection(ANSWER, replace(FREE, windows=(hour, day), last_sent_at=NOW), POLICY, NOW)
    assert (both.reason, both.retry_at) == ("daily_quota", NOW + timedelta(hours=4))
    assert objection(ANSWER, replace(FREE, windows=(hour,)), POLICY, NOW + timedelta(minutes=10)) is None


def test_nothing_goes_to_an_address_that_only_stands_for_a_hidden_buyer():
    hidden = replace(ANSWER, recipient="ann-lee-1a2b3c4d5e@alibaba-com.masked.invalid")
    assert said(hidden) == ("cancel", "masked_address") and said(replace(hidden, recipient="ann@masked.example")) is None
