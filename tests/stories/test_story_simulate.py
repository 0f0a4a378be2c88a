"""Looking ahead: what is foretold is what happens, and looking changes nothing."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from stage import DETAILED, SHORT

from mailagent.core.deciding import clock, obstacles
from mailagent.i18n import set_process_language
from mailagent.jobs.simulate import simulate
from mailagent.terminal import foresight

BUYERS = {
    "p.klein@klein-antriebe.example.de": ("Peter Klein", DETAILED),
    "marie@blanc.example.fr": ("Marie Blanc", SHORT),
    "joao@rolamentos.example.br": ("João Souza", SHORT.replace("Marie Blanc", "João Souza\n+55 92 3555 0132")),
    "sara@bearings.example.sa": ("=Sara <Al Harbi>", SHORT.replace("Marie Blanc", "Sara Al Harbi")),
    "ken@jikuuke.example.jp": ("佐藤 健", SHORT.replace("Marie Blanc", "Ken Sato")),
    "tom@parts.example.us": ("Tom Hill", DETAILED.replace("Hamburg, Germany", "Denver, CO 80202, USA").replace("+49 40 5550 1234", "")),
}


@pytest.fixture
def answered(stage):
    """Six buyers of six countries, each with an answer that has gone."""
    for address, (name, words) in BUYERS.items():
        stage.buyer_writes(address, words.replace("Peter Klein", name) if words is DETAILED else words, name=name)
    stage.look()
    stage.approve_everything()
    stage.look()
    return stage


def everything(stage) -> tuple:
    with stage.office.ledger.reading() as db:
        tables = ("events", "outbox", "tasks", "leads", "counters", "switches")
        return tuple(tuple(map(tuple, db.execute(f"SELECT * FROM {table}").fetchall())) for table in tables)


def test_looking_ahead_changes_nothing_and_keeps_every_rule(answered):
    stage = answered
    before = everything(stage)
    found = simulate(stage.office, 120)
    assert everything(stage) == before
    policy = stage.office.policy
    letters = [one for one in found.happens if one.kind == "letter"]
    assert {one.lead.email for one in letters} == set(BUYERS) and found.leads == len(BUYERS)
    for one in letters:
        asked = obstacles.Asked(one.lead.email, one.step.on_quiet_day != "send")
        assert one.step.basis != "follow_up" or obstacles.obstacle(one.at, one.buyer, policy, asked) == "", one.reason
        assert one.reason and (one.wanted_at or one.step.basis != "follow_up")
    assert [one.at for one in found.happens] == sorted(one.at for one in found.happens)
    # Everybody comes to an end that has a name.
    assert {one.lead.id for one in found.happens if one.kind == "rest"} == {one.lead.id for one in letters}


def test_what_was_foretold_is_what_happens(answered):
    stage = answered
    lead = stage.lead_of("p.klein@klein-antriebe.example.de")
    foretold = [one for one in simulate(stage.office, 60, lead_id=lead.id).happens if one.kind == "letter"][:2]
    sent = []
    for _ in range(60):
        stage.approve_everything()
        stage.look()
        sent = [one for one in stage.letters_to(lead.email) if one.basis == "follow_up" and one.sent_at]
        if len(sent) == 2 or not stage.clock_to_next():
            break
    assert [one.step for one in sent] == [one.what for one in foretold]
    for real, said in zip(sent, foretold, strict=True):
        assert abs((real.sent_at - said.at).total_seconds()) < 600


def test_the_files_are_harmless_and_complete(answered, tmp_path):
    stage = answered
    found = simulate(stage.office, 90)
    # A picture of it for people who look: SHOW_PAGES_IN=folder.
    folder = Path(os.environ.get("SHOW_PAGES_IN") or tmp_path / "out")
    for name in ("zh", "en"):
        set_process_language(name)
        table, page = foresight.write(found, stage.office.policy, folder / name)
    rows = list(csv.reader(table.read_text("utf-8-sig").splitlines()))
    assert len(rows) == len(found.happens) + 1
    assert not any(cell.startswith(foresight.FORMULA) for row in rows for cell in row)
    text = page.read_text("utf-8")
    assert "<Al Harbi>" not in text and "<script" not in text and "http" not in text
    for one in found.happens:
        assert f"{one.buyer.local(one.at):%Y-%m-%d %H:%M}" in text


def test_a_person_says_where_the_buyer_sits(answered):
    stage = answered
    lead = stage.lead_of("marie@blanc.example.fr")
    stage.person("Li Wei").place(lead.id, "us", "America/Denver", "CO")
    moved = stage.lead_of("marie@blanc.example.fr")
    buyer = clock.clock_of(moved, stage.office.policy)
    assert (buyer.zone, buyer.source, moved.country, moved.region) == ("America/Denver", "said", "US", "CO")
    assert obstacles.obstacle(moved.next_due_at, buyer, stage.office.policy) == ""
    # What he writes later does not beat it.
    stage.buyer_writes("marie@blanc.example.fr", SHORT.replace("Marie Blanc", "Marie Blanc\n+33 1 55 50 12 34"), name="Marie Blanc")
    stage.look()
    assert stage.lead_of("marie@blanc.example.fr").zone == "America/Denver"
