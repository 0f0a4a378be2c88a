"""Replay: what other rules would have made of the past, told to a ledger that is thrown away."""

from __future__ import annotations

from dataclasses import replace as changed
from io import StringIO

import pytest
from click.testing import CliRunner
from rich.console import Console
from stage import DETAILED, SHORT

from mailagent import cli
from mailagent.core.model.policy import TierRule
from mailagent.jobs import read_ahead
from mailagent.jobs import replay as again
from mailagent.jobs.replay import replay, take_over
from mailagent.ledger import leads, sources
from mailagent.terminal import replay as screen

#: What stands in for a mail that breaks the interpreter itself.
TRAP = """
import os
from mailagent.core.reading import relay
real = relay.unwrap
def unwrap(message, *more):
    if message.subject == "Fair news":
        os.kill(os.getpid(), 9)
    return real(message, *more)
relay.unwrap = unwrap
"""
PETER, MARIE, HANS = "p.klein@klein-antriebe.example", "marie@blanc.example", "hans@muster.example"
ONLY_PRICE = "Hello,\n\nplease send me your general price list.\n\nBest regards\nHans Muster\n"
TABLES = ("events", "inbound", "leads", "signals", "outbox", "attempts", "tasks", "suppressions", "contacts", "companies", "thread_ids")


@pytest.fixture
def lived(stage):
    """A month of three buyers: answers, follow-ups, a pause, a pin, a reply, an absence, a bounce and a wish for silence."""
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.wait(minutes=5)
    first = stage.send(stage.draft_for(PETER))
    stage.wait(hours=1)
    stage.buyer_writes(MARIE, SHORT, name="Marie Blanc")
    stage.wait(minutes=7)
    hans = stage.buyer_writes(HANS, ONLY_PRICE, subject="Price list")
    stage.wait(minutes=7)
    to_marie = stage.send(stage.draft_for(MARIE))
    stage.wait(minutes=1)
    stage.person("Boss Zhang").pin_tier(stage.lead_of(MARIE).id, 2)
    stage.wait(hours=30)
    stage.buyer_replies(first, "I am out of the office.", headers={"Auto-Submitted": "auto-replied"})
    stage.wait(hours=3)
    stage.buyer_replies(first, "I am back. Your price is too high, we have an offer of USD 0.40.")
    stage.wait(days=2)
    stage.report_comes(to_marie)
    stage.wait(hours=5)
    stage.buyer_writes(HANS, "Please remove me from your mailing list.", subject="Re: Price list", answers=hans)
    stage.wait(hours=5)
    stage.person("Boss Zhang").stop_following(stage.lead_of(MARIE).id)
    stage.wait(hours=5)
    stage.buyer_writes("news@fair.example", "Stand 12", subject="Fair news", headers={"List-Unsubscribe": "<mailto:u@fair.example>"})
    stage.wait(hours=1)
    return stage


def start(stage):
    return stage.now.replace(year=stage.now.year - 1)


def contents(stage) -> dict[str, list]:
    return {table: stage.rows(f"SELECT * FROM {table}") for table in TABLES}


def with_rules(stage, **update):
    return changed(stage.office, policy=stage.office.policy.model_copy(update=update))


def price_makes_tier_3(policy):
    """Whoever asks for a price is tier 3, product or not."""
    rules = [
        TierRule(tier=3, any=(*rule.any, "asks_price", "asks_catalog", "general_inquiry"), say=rule.say) if rule.tier == 3 else rule
        for rule in policy.tiers
    ]
    return {"tiers": tuple(rules)}


def test_under_the_same_rules_nothing_would_be_different(lived):
    before, sent = contents(lived), len(lived.mail.posted)
    found = replay(lived.office, start(lived))
    assert [(one.mail.subject, one.before, one.after) for one in found.differences] == []
    assert found.read_again == len(lived.rows("SELECT 1 FROM inbound WHERE state = 'handled'"))
    assert (found.differing, found.failing, found.purged, found.leads) == (0, 0, 0, [])
    assert contents(lived) == before and len(lived.mail.posted) == sent


def test_a_changed_rule_shows_just_the_leads_that_it_concerns(lived):
    before = contents(lived)
    found = replay(with_rules(lived, **price_makes_tier_3(lived.office.policy)), start(lived))
    (change,) = found.leads
    assert (change.lead_id, change.before, change.after) == (lived.lead_of(HANS).id, (4, "none"), (3, "none"))
    (one,) = found.differences
    assert one.mail.sender == HANS and one.aspects == ("tier", "next")
    assert (one.before.tier, one.after.tier, one.before.next, one.after.next) == (4, 3, "unclear", "standard")
    assert any("price list" in reason.evidence.lower() for reason in one.reasons)
    assert contents(lived) == before


def test_taking_over_gives_new_grades_in_a_persons_name_and_nothing_else(lived):
    office = with_rules(lived, **price_makes_tier_3(lived.office.policy))
    before, hans = contents(lived), lived.lead_of(HANS)
    boss = lived.office.policy.person("Boss Zhang")
    assert take_over(office, replay(office, start(lived)), boss) == (1, 0)
    assert lived.lead_of(HANS).tier == 3
    assert any("price list" in reason.evidence.lower() for reason in lived.reasons(hans).values())
    news = lived.rows("SELECT actor, type, lead_id FROM events WHERE id > ?", len(before["events"]))
    assert [tuple(row.values()) for row in news] == [("Boss Zhang", "LeadScored", hans.id), ("Boss Zhang", "TierMoved", hans.id)]
    after = contents(lived)
    untouched = [table for table in TABLES if table not in ("events", "leads", "signals")]
    assert {table: after[table] for table in untouched} == {table: before[table] for table in untouched}
    # He had asked for silence, and that stays so.
    assert lived.suppressed(HANS) == "unsubscribe"
    # Once taken over, the same rules change nothing any more; and what has changed since is left alone.
    again = replay(office, start(lived))
    assert again.leads == []
    lived.person("Boss Zhang").pin_tier(hans.id, 2)
    stale = replay(with_rules(lived), start(lived))
    lived.person("Boss Zhang").pin_tier(hans.id, 1)
    assert take_over(lived.office, stale, boss) == (0, len(stale.leads))


def test_a_pin_and_a_stop_of_a_person_hold_in_the_past_as_well(lived):
    """Under rules that make everybody tier 4 the pinned lead keeps its pin, and the stopped one does not begin anew."""
    office = with_rules(lived, tiers=(TierRule(tier=4),))
    found = replay(office, start(lived))
    assert {change.lead_id: change.after[0] for change in found.leads} == {lived.lead_of(PETER).id: 4}
    assert lived.lead_of(MARIE).tier == 2


def test_what_retention_has_purged_and_what_cannot_be_read_is_said(lived, monkeypatch):
    with lived.office.ledger.transaction() as db:
        assert sources.purge(db, lived.now, lived.office.ledger.large_sources, limit=1)[0] == 1
    real = sources.Packed.open

    def break_one(packed, limit=None):
        raw = real(packed, limit)
        if b"your price is too high" in raw.lower():
            raise ValueError("broken beyond repair")
        return raw

    monkeypatch.setattr(sources.Packed, "open", break_one)
    found = replay(lived.office, start(lived))
    assert (found.purged, found.failing, found.differing) == (1, 1, 0)
    ((mail, why),) = found.failed
    assert mail.sender == PETER and "broken beyond repair" in why
    out = Console(width=160, record=True, file=StringIO())
    screen.show(out, found, lived.office.ledger, lived.office.policy)
    said = out.export_text()
    assert "1 more could not be: retention" in said and "broken beyond repair" in said and "Nothing would be different." in said


def test_a_mail_that_kills_its_reader_takes_no_other_with_it(lived, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(TRAP)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(read_ahead, "MANY", 1)
    monkeypatch.setattr(again, "AT_ONCE", 9)
    found = replay(lived.office, start(lived))
    ((mail, why),) = found.failed
    assert mail.subject == "Fair news" and "ended" in why
    assert (found.differing, found.read_again) == (0, len(lived.rows("SELECT 1 FROM inbound WHERE state = 'handled'")) - 1)


def test_only_the_asked_time_is_judged_anew(lived):
    office = with_rules(lived, **price_makes_tier_3(lived.office.policy))
    (hans,) = lived.rows("SELECT received_at FROM inbound WHERE sender_email = ? ORDER BY id LIMIT 1", HANS)
    found = replay(office, lived.now.fromisoformat(hans["received_at"]).replace(microsecond=0) + (lived.now - lived.now))
    assert found.differing == 1
    later = replay(office, lived.now)
    assert (later.read_again, later.differing, later.leads) == (0, 0, [])


def test_the_command_tells_it_and_names_mistakes(lived, tmp_path, monkeypatch):
    office = with_rules(lived, **price_makes_tier_3(lived.office.policy))
    monkeypatch.setattr("mailagent.commands.rules.office_of", lambda context: office)

    def run(*arguments: str):
        return CliRunner(env={"COLUMNS": "200"}).invoke(cli.main, ["--home", str(tmp_path), "replay", *arguments])

    said = run("--since", "400d").output
    assert "Judged otherwise now: 1 mail (" in said and "price list" in said.lower() and "--apply" in said
    assert "Read again under the present rules" in run("--since", "2026-01-01").output
    for text in ("soon", "90", "2026-13-01", "-3d", "9999999d", "90d; drop"):
        result = run("--since", text)
        assert result.exit_code == 1 and "--since takes a number of days" in result.output, result.output
    assert "lies in the future" in run("--since", "2999-01-01").output
    assert "Who are you?" in run("--apply").output
    assert "Graded anew: 1 lead." in run("--since", "400d", "--apply", "--as", "Boss Zhang").output
    assert lived.ask(leads.get, lived.lead_of(HANS).id).tier == 3
