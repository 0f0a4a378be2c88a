"""``mailagent replan`` is killed with -9 in the middle, twice, and run again: every planned letter has moved, and has moved once."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from test_story_replan import follow_ups

from mailagent import policy as rules
from mailagent.core.deciding import cadence
from mailagent.ledger import leads, replanning
from mailagent.ledger.db import Ledger
from mailagent.resources import shipped

NUMBER = 800
LONGEST = 60.0


def replan(home: Path) -> subprocess.Popen:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAILAGENT_")}
    command = [sys.executable, "-m", "mailagent", "--home", str(home), "replan"]
    return subprocess.Popen(command, env=environment | {"PYTHONUTF8": "1"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def reached(home: Path) -> int:
    """Up to which lead it came; 0 if nobody is at it."""
    ledger = sqlite3.connect(f"file:{home / 'ledger.sqlite'}?mode=ro", uri=True)
    try:
        row = ledger.execute("SELECT value FROM switches WHERE name = ?", [replanning.UNDER_WAY]).fetchone()
        return int(row[0].partition(" ")[2]) if row else 0
    finally:
        ledger.close()


def kill_after_a_batch(home: Path, before: int) -> int:
    """Run it, and kill it as soon as it has come farther than before; how far it came."""
    running = replan(home)
    ends = time.monotonic() + LONGEST
    while reached(home) <= before:
        assert running.poll() is None, running.stdout.read()
        assert time.monotonic() < ends, "it never comes to its first batch"
    running.send_signal(signal.SIGKILL)
    assert running.wait(LONGEST) == -signal.SIGKILL
    running.stdout.close()
    return reached(home)


def test_killed_twice_and_run_again_everything_has_moved_once(stage):
    numbers = follow_ups(stage, NUMBER)
    stage.office.ledger.close()
    for part in ("config", ".env"):
        (shutil.copytree if part == "config" else shutil.copy2)(stage.shared_home / part, stage.home / part)
    calendar = (shipped("config") / "calendar.toml").read_text("utf-8")
    assert "jitter_minutes = 45\n" in calendar
    (stage.home / "config" / "calendar.toml").write_text(calendar.replace("jitter_minutes = 45\n", "jitter_minutes = 8\n"), "utf-8")

    first = kill_after_a_batch(stage.home, 0)
    second = kill_after_a_batch(stage.home, first)
    assert 0 < first < second < numbers[-1]
    rest = replan(stage.home)
    said, _ = rest.communicate(timeout=LONGEST)
    assert rest.returncode == 0 and f"looked at: {NUMBER - numbers.index(second) - 1}" in said.replace(",", ""), said
    again = replan(stage.home)
    said, _ = again.communicate(timeout=LONGEST)
    assert again.returncode == 0 and "with another time now: 0" in said, said

    policy, ledger = rules.load(stage.home), Ledger(stage.home / "ledger.sqlite")
    with ledger.reading() as db:
        planned = db.execute("SELECT lead_id, COUNT(*) FROM events WHERE type = 'StepPlanned' GROUP BY lead_id").fetchall()
        there = [leads.get(db, number) for number in numbers]
        letters = db.execute("SELECT COUNT(*) FROM outbox").fetchone()[0]
    ledger.close()
    # Each was planned at first, and at most once more under the new calendar; each stands where that puts it.
    assert {row[1] for row in planned} <= {1, 2} and len(planned) == NUMBER
    assert sum(row[1] == 2 for row in planned) > NUMBER / 2 and letters == 0
    assert all(cadence.replan(lead, policy) is None for lead in there)
