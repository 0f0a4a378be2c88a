"""Sending stops by itself before somebody else stops it: bounces, refusals by policy, quotas; people see why, and can let it go on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from smtpline import Act, SmtpLine
from stage import SHANGHAI, SHORT

from mailagent.ledger import health, outbox, quotas

MANY = {"letters": "on", "notices": "off", "pace_seconds": 0, "warm_up_per_day": 0, "per_hour": 1000, "per_day": 1000}
BUYERS = [f"buyer{number}@firm{number}.example" for number in range(1, 6)]


def company_of(number: int) -> str:
    return BUYERS[number - 1]


@pytest.fixture
def many(stage):
    """Answers to five buyers of five companies: more in a minute would be a matter of quotas, approved and due."""
    stage.set(sending=MANY)
    for buyer in BUYERS:
        stage.buyer_writes(buyer)
    stage.look()
    for buyer in BUYERS:
        stage.approve(stage.draft_for(buyer))
    return stage


def through(stage, script):
    """One round over a line that follows a script; what it did."""
    with SmtpLine(stage.mail.smtp_port, script) as line:
        stage.send_through(line.port)
        stage.look()
        acts = list(line.acts)
    stage.send_through(0)
    return acts


def says(phase: str, words: str, only=lambda moment: True):
    return lambda moment: Act("say", words.encode()) if moment.phase == phase and only(moment) else None


def states(stage) -> list[str]:
    return [stage.letters_to(buyer)[-1].state for buyer in BUYERS]


def alarms(stage) -> list:
    return stage.ask(lambda db: health.open_alarms(db, trouble="sending"))


def resting(stage) -> dict:
    return stage.ask(quotas.resting, stage.now)


# ── what the provider says of our account ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("phase", "words", "span"),
    [
        ("rcpt", "451 MI:SFQ 163 smtp8", timedelta(minutes=15)),
        ("dot", "451 RP:QRC 163 smtp8", timedelta(minutes=15)),
        ("auth", "454 4.7.0 Too many login attempts, please try again later", timedelta(minutes=15)),
        ("connect", "421 4.7.0 Too many connections from this address", timedelta(minutes=15)),
        ("dot", "550 sender frequency limited", timedelta(minutes=60)),
    ],
)
def test_an_account_that_is_asked_to_be_silent_is_silent_and_no_letter_loses_a_try(many, phase, words, span):
    through(many, says(phase, words))
    assert states(many) == ["approved"] * 5 and many.mail.posted == []
    # One letter found it out; nobody tries the others, whatever was claimed already.
    attempts = [one for buyer in BUYERS for one in many.ask(outbox.attempts_of, many.letters_to(buyer)[-1].id)]
    assert sum(one["smtp_code"] is not None for one in attempts) == 1
    until, why = resting(many)["sales"]
    assert until == many.now + span and words.partition(" ")[2][:20] in why
    (alarm,) = alarms(many)
    assert words.partition(" ")[2][:20] in alarm.title and alarm.account == "sales"
    many.wait(minutes=span.total_seconds() / 60 - 1)
    assert many.mail.posted == []
    many.wait(minutes=1)
    assert states(many) == ["sent"] * 5 and alarms(many) == []


def test_it_is_silent_twice_as_long_each_time(many):
    spans = []
    for _ in range(3):
        through(many, says("auth", "454 4.7.0 Too many login attempts"))
        until = resting(many)["sales"][0]
        spans.append((until - many.now).total_seconds() / 60)
        many.clock.jump(until)
    assert spans == [15, 30, 60]
    many.look()
    assert states(many) == ["sent"] * 5


@pytest.mark.parametrize("words", ["550 5.4.5 Daily user sending limit exceeded", "550 RP:TRC 163 smtp2", "550 MI:STC 163 smtp2"])
def test_a_days_quota_ends_with_the_providers_day(many, words):
    through(many, says("rcpt", words))
    midnight = resting(many)["sales"][0]
    assert midnight.astimezone(SHANGHAI).strftime("%H:%M") == "00:00"
    assert timedelta(0) < midnight - many.now <= timedelta(days=1)
    assert states(many) == ["approved"] * 5
    many.clock.jump(midnight)
    many.look()
    assert states(many) == ["sent"] * 5


def test_notices_do_not_knock_at_a_barred_account_either(many):
    through(many, says("rcpt", "550 5.4.5 Daily user sending limit exceeded"))
    many.set(sending=MANY | {"notices": "on"})
    many.look()
    waiting = [row for row in many.rows("SELECT state, account FROM outbox WHERE basis = 'notice'")]
    assert many.mail.posted == [] and all(row["state"] in ("drafted", "approved") for row in waiting)


def test_a_login_that_is_refused_pauses_until_a_person_says_so(many):
    through(many, says("auth", "535 5.7.8 authentication failed"))
    (alarm,) = alarms(many)
    assert alarm.title == "The server refuses our account sales: 5.7.8 authentication failed"
    many.wait(days=1)
    assert states(many) == ["approved"] * 5
    many.person("Boss Zhang").resume_all("sales")
    many.look()
    assert states(many) == ["sent"] * 5 and alarms(many) == [] and many.tasks("account") == []


def test_a_person_lifts_a_rest_at_once(many):
    through(many, says("auth", "454 4.7.0 Too many login attempts"))
    many.person("Boss Zhang").resume_all("sales")
    many.look()
    assert states(many) == ["sent"] * 5 and alarms(many) == []


# ── addresses that do not exist ─────────────────────────────────────────────────────────────────────────────────


def unknown(*numbers: int):
    gone = {BUYERS[number - 1] for number in numbers}
    return says("rcpt", "550 5.1.1 no such user here", lambda moment: moment.recipient in gone)


def test_too_many_bounces_rest_the_account_and_tell_why(many):
    through(many, unknown(1, 2, 3))
    assert states(many) == ["failed"] * 3 + ["approved"] * 2
    until, why = resting(many)["sales"]
    assert until == many.now + timedelta(hours=24) and "no such user here" in why
    (alarm,) = alarms(many)
    assert "3 of its last 3 letters went to addresses that do not exist" in alarm.title and "no such user here" in alarm.title
    (task,) = many.tasks("account")
    assert task["title"] == alarm.title
    many.wait(hours=23)
    assert states(many).count("sent") == 0
    many.wait(hours=1)
    assert states(many) == ["failed"] * 3 + ["sent"] * 2


def test_reports_that_come_later_count_as_well(many):
    many.look()
    assert states(many) == ["sent"] * 5
    for number in (1, 2, 3):
        many.report_comes(many.letters_to(company_of(number))[-1])
    many.look()
    assert states(many)[:3] == ["bounced"] * 3
    assert "3 of its last 5 letters" in alarms(many)[0].title


def test_what_came_before_a_person_let_it_go_on_is_not_counted_again(many):
    through(many, unknown(1, 2, 3))
    many.person("Boss Zhang").resume_all("sales")
    through(many, unknown(4))
    assert states(many) == ["failed"] * 4 + ["sent"] and resting(many) == {}


def test_two_bounces_are_no_rate(many):
    through(many, unknown(1, 2))
    assert states(many) == ["failed"] * 2 + ["sent"] * 3 and alarms(many) == []


# ── refusals by policy ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_domain_that_refuses_us_twice_is_left_alone_for_a_day(stage):
    stage.set(sending=MANY)
    for name in ("ann", "bob", "cai"):
        stage.buyer_writes(f"{name}@strict.example")
    stage.buyer_writes("dora@easy.example")
    stage.look()
    stage.approve_everything()
    through(stage, says("dot", "554 5.7.1 Message rejected as spam", lambda moment: moment.recipient.endswith("strict.example")))
    found = {name: stage.letters_to(f"{name}@strict.example")[-1] for name in ("ann", "bob", "cai")}
    assert sorted(letter.state for letter in found.values()) == ["approved", "failed", "failed"]
    (waits,) = [letter for letter in found.values() if letter.state == "approved"]
    assert waits.state_reason == "domain_rests" and waits.next_attempt_at == stage.now + timedelta(hours=24)
    assert stage.letters_to("dora@easy.example")[-1].state == "sent"
    assert set(resting(stage)) == {"@strict.example"}
    (alarm,) = alarms(stage)
    assert alarm.about == "@strict.example" and "Message rejected as spam" in alarm.title
    # Nobody is silenced: he did nothing wrong.
    assert stage.rows("SELECT * FROM suppressions") == []
    stage.person("Boss Zhang").resume_all("@strict.example")
    stage.look()
    assert stage.letter(waits.id).state == "sent" and alarms(stage) == []


def test_several_domains_that_refuse_us_rest_the_account(many):
    through(many, says("dot", "554 5.7.1 blocked by reputation"))
    assert states(many) == ["failed"] * 3 + ["approved"] * 2
    (alarm,) = alarms(many)
    assert alarm.about == "" and "the servers of firm1.example, firm2.example, firm3.example refuse them" in alarm.title


def test_reports_about_old_letters_stop_nothing_however_often_they_come(many):
    """Whoever once got letters of ours under three domains could silence the account for ever."""
    many.look()
    assert states(many) == ["sent"] * 5
    many.wait(hours=30)
    for number in (1, 2, 3):
        for _ in range(2):
            many.report_comes(many.letters_to(company_of(number))[-1], status="5.7.1", text="554 5.7.1 blocked by reputation")
    many.look()
    assert len(many.rows("SELECT 1 FROM setbacks WHERE kind = 'policy'")) == 6
    assert resting(many) == {} and alarms(many) == []


def test_reports_about_fresh_letters_do(many):
    many.look()
    for number in (1, 2, 3):
        many.report_comes(many.letters_to(company_of(number))[-1], status="5.7.1", text="554 5.7.1 blocked by reputation")
    many.look()
    assert set(resting(many)) == {"sales"}


# ── reports that anybody may have written ───────────────────────────────────────────────────────────────────────


def reviews(stage) -> list[str]:
    return [task["title"] for task in stage.tasks("bounce") if task["title"].startswith("About the mailbox")]


def test_three_buyers_who_forge_reports_about_their_own_fresh_letters_rest_nothing(many):
    """Whoever got a letter knows its Message-ID and its recipient; more is not needed to write a report about it."""
    many.look()
    for number in (1, 2, 3):
        many.report_comes(many.letters_to(company_of(number))[-1], written_outside=True)
    many.look()
    assert resting(many) == {} and alarms(many) == []
    (asked,) = reviews(many)
    assert "reports from outside say that 3 of its last 5 letters went to addresses that do not exist" in asked
    # Each silences himself alone; the two others go on.
    assert states(many) == ["bounced"] * 3 + ["sent"] * 2
    many.report_comes(many.letters_to(company_of(4))[-1], written_outside=True)
    many.look()
    assert len(reviews(many)) == 1 and resting(many) == {}


def test_forged_refusals_by_policy_rest_neither_account_nor_domain(many):
    many.look()
    for number in (1, 2, 3):
        letter = many.letters_to(company_of(number))[-1]
        many.report_comes(letter, status="5.7.1", text="554 5.7.1 blocked by reputation", written_outside=True)
    many.look()
    assert resting(many) == {} and alarms(many) == []
    assert "the servers of firm1.example, firm2.example, firm3.example refuse its letters" in reviews(many)[0]


def test_forged_reports_do_not_add_to_true_ones(many):
    many.look()
    for number in (1, 2, 3):
        many.report_comes(many.letters_to(company_of(number))[-1], written_outside=number > 1)
    many.look()
    assert resting(many) == {} and len(reviews(many)) == 1
    for number in (4, 5):
        many.report_comes(many.letters_to(company_of(number))[-1])
    many.look()
    assert set(resting(many)) == {"sales"} and "3 of its last 5 letters" in alarms(many)[0].title


# ── three domains of one attacker ───────────────────────────────────────────────────────────────────────────────

REGULARS = [f"regular{number}@works{number}.example" for number in range(1, 13)]


@pytest.fixture
def busy(stage):
    """Twelve buyers got their answers days ago; what waits today is for three who had never written before."""
    stage.set(sending=MANY)
    for buyer in REGULARS:
        stage.buyer_writes(buyer)
    stage.look()
    for buyer in REGULARS:
        stage.send(stage.draft_for(buyer))
        stage.wait(minutes=1)
    stage.wait(days=6)
    for buyer in BUYERS[:3]:
        stage.buyer_writes(buyer)
    stage.look()
    for buyer in BUYERS[:3]:
        stage.approve(stage.draft_for(buyer))
    return stage


def asked(stage) -> list[str]:
    return [task["title"] for task in stage.tasks("bounce") if task["title"].startswith("Strangers to the mailbox sales:")]


@pytest.mark.parametrize(
    ("phase", "words", "told"),
    [
        ("rcpt", "550 5.1.1 no such user here", "3 of its last 3 letters went to addresses that do not exist"),
        ("dot", "554 5.7.1 blocked by reputation", "the servers of firm1.example, firm2.example, firm3.example refuse its letters"),
    ],
)
def test_three_strangers_who_refuse_our_answers_silence_nobody_else(busy, phase, words, told):
    """Whoever asks for prices from three domains of his own, and answers 550, would otherwise stop the mail of all for a day."""
    strangers = set(BUYERS)
    through(busy, says(phase, words, lambda moment: moment.recipient in strangers))
    assert [busy.letters_to(buyer)[-1].state for buyer in BUYERS[:3]] == ["failed"] * 3
    assert resting(busy) == {} and alarms(busy) == []
    (title,) = asked(busy)
    assert told in title and words.partition(" ")[2] in title
    busy.buyer_replies(busy.letters_to(REGULARS[0])[-1], SHORT)
    busy.look()
    assert busy.send(busy.draft_for(REGULARS[0])).state == "sent"


def test_subdomains_of_one_domain_are_one_domain(stage):
    stage.set(sending=MANY)
    buyers = [f"ann@{name}.firm.example" for name in ("a", "b", "c")]
    for buyer in buyers:
        stage.buyer_writes(buyer)
    stage.look()
    stage.approve_everything()
    through(stage, says("dot", "554 5.7.1 blocked by reputation"))
    assert resting(stage) == {} and alarms(stage) == []


@pytest.mark.parametrize("words", ["550 5.1.1 no such user here", "554 5.7.1 blocked by reputation"])
def test_three_to_whom_letters_had_arrived_before_rest_the_account_at_once(busy, words):
    for buyer in REGULARS[:3]:
        busy.buyer_replies(busy.letters_to(buyer)[-1], SHORT)
    busy.look()
    for buyer in REGULARS[:3]:
        busy.approve(busy.draft_for(buyer))
    phase = "rcpt" if "5.1.1" in words else "dot"
    through(busy, says(phase, words, lambda moment: moment.recipient in REGULARS))
    assert set(resting(busy)) == {"sales"} and asked(busy) == []


def test_strangers_who_are_a_good_part_of_all_rest_it_too(busy):
    """The account is disliked indeed, or somebody fills in our form with invented addresses: then the number of strangers grows."""
    refuses = says("rcpt", "550 5.1.1 no such user here", lambda moment: moment.recipient not in REGULARS)
    through(busy, refuses)
    assert resting(busy) == {} and len(asked(busy)) == 1
    more = [f"new{number}@fresh{number}.example" for number in range(1, 5)]
    for buyer in more:
        busy.buyer_writes(buyer)
    busy.wait(minutes=1)
    for buyer in more:
        busy.approve(busy.draft_for(buyer))
    through(busy, refuses)
    # Twelve letters arrived and six did not: that is a third.
    assert [busy.letters_to(buyer)[-1].state for buyer in more] == ["failed"] * 3 + ["approved"]
    assert set(resting(busy)) == {"sales"} and "6 of its last 6 letters went to addresses that do not exist" in alarms(busy)[0].title


# ── people see it ───────────────────────────────────────────────────────────────────────────────────────────────


def test_status_shows_why(many, capsys):
    from mailagent.terminal import screens

    through(many, unknown(1, 2, 3))
    screens.status(screens.console(), many.office.ledger, many.office.policy, True)
    shown = " ".join(capsys.readouterr().out.split())
    assert "addresses that do not exist" in shown and "no such user" in shown


def test_the_manager_gets_a_mail(many):
    many.set(sending=MANY | {"notices": "on"})
    through(many, unknown(1, 2, 3))
    many.look()
    told = [posted for posted in many.mail.posted if b"do not exist" in posted.raw or b"addresses=20that" in posted.raw]
    assert told
