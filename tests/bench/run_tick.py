"""Our side of the figures of ``tick.py``, and APScheduler's. Each call is one process that ends and prints one JSON object.

    python run_tick.py tick FEW_HOME MANY_HOME JOBS TURNS   ticks with the same number of leads due in both houses, and the same jobs in
                                                            APScheduler (none of them with JOBS = 0), in turn
    python run_tick.py memory HOME TURNS                    the same ticks in one house alone: the most memory that it took
    python run_tick.py fill HOME LEADS                      makes a house, as years of business leave it
    python run_tick.py replan HOME                          all planned letters anew, as after a change of the calendar

What is due are tasks (the calls of the cadences), so that no letter is rendered: what is measured is to find, decide, claim and record.
Which leads are due is drawn anew for every tick, by another connection: nothing of them lies in memory.
"""

from __future__ import annotations

import json
import random
import resource
import sqlite3
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from home import write_home

from mailagent import jobs, office
from mailagent.ledger.db import to_text
from mailagent.office import Office

NOW = datetime(2026, 3, 11, 8, 30, tzinfo=UTC)
DUE = 500
IDLE = 200
#: Rows of the fill: the shape of a house, not its history. Every lead has a person and a third of them share a company.
FILL = """
INSERT INTO companies (id, name, domain, country, met_at)
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :leads * 2 / 3)
  SELECT i, 'Company ' || i, 'company' || i || '.example', 'DE', '2024-01-01T00:00:00.000000Z' FROM n;
INSERT INTO contacts (id, company_id, email, match_key, name, language, country, met_at)
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :leads)
  SELECT i, 1 + i % (:leads * 2 / 3), 'buyer' || i || '@company' || (1 + i % (:leads * 2 / 3)) || '.example',
    'buyer' || i || '@company' || (1 + i % (:leads * 2 / 3)) || '.example', 'Buyer ' || i, 'en', 'DE', '2024-01-01T00:00:00.000000Z' FROM n;
INSERT INTO leads (id, contact_id, company_id, source, subject, language, country, stage, tier, fit, engagement, owner, owner_reason,
    cadence, round, step, next_due_at, due_reason, rest_reason, opened_at, last_inbound_at, inbound_count, outbound_count, memory)
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :leads)
  SELECT i, i, 1 + i % (:leads * 2 / 3), 'mail', 'Inquiry about garden shears no. ' || i, 'en', 'DE', 'talking', 1 + i % 4, 20, 30,
    'Li Wei', 'in_turn', 'key', 1, CASE WHEN i % 5 = 0 THEN 'follow_up_1' ELSE 'rested' END,
    CASE WHEN i % 5 = 0 THEN strftime('%Y-%m-%dT%H:%M:%S.000000Z', :soon, '+' || (ABS(RANDOM()) % 5184000) || ' seconds') END,
    CASE WHEN i % 5 = 0 THEN '1 working days after Mon 09:12 (DE)' ELSE '' END, CASE WHEN i % 5 = 0 THEN '' ELSE 'rested' END,
    strftime('%Y-%m-%dT%H:%M:%S.000000Z', :now, '-' || (ABS(RANDOM()) % 20000000) || ' seconds'),
    strftime('%Y-%m-%dT%H:%M:%S.000000Z', :now, '-' || (2000000 + ABS(RANDOM()) % 10000000) || ' seconds'), 1, 1,
    '{"asks_price":["2026-01-03","please quote your best price"],"names_product":["2026-01-03","garden shears"]}' FROM n;
INSERT INTO events (at, actor, type, lead_id, body)
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :leads * 3)
  SELECT strftime('%Y-%m-%dT%H:%M:%S.000000Z', :now, '-' || (20000000 - i % 20000000) || ' seconds'), 'agent',
    CASE i % 3 WHEN 0 THEN 'LeadScored' WHEN 1 THEN 'StepPlanned' ELSE 'RoundBegun' END, 1 + ABS(RANDOM()) % :leads,
    '{"due_at": "2026-04-01T08:00:00.000000Z", "reason": "1 working days after Mon 09:12 (DE)", "step": "follow_up_1"}' FROM n;
INSERT INTO counters VALUES ('companies', :leads), ('contacts', :leads), ('leads', :leads);
"""


def open_house(home: Path) -> Office:
    return office.open_office(home, now=lambda: NOW)


def fill(home: Path, number: int) -> dict:
    """A ledger with so many leads, thrice as many events, and a fifth of the leads with a step planned."""
    write_home(home, "sales@acme.example", "nobody asks", 9)
    ours = open_house(home)
    path = ours.ledger.path
    ours.ledger.close()
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF", "cache_size = -400000", "temp_store = MEMORY"):
        db.execute(f"PRAGMA {pragma}")
    rows = db.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL").fetchall()
    kinds = dict(db.execute("SELECT name, type FROM sqlite_master WHERE type IN ('index', 'trigger')"))
    db.execute("BEGIN")
    for name, _ in rows:
        db.execute(f"DROP {kinds[name]} {name}")
    values = {"leads": number, "now": to_text(NOW), "soon": to_text(NOW + timedelta(days=2))}
    for statement in FILL.split(";\n"):
        if statement.strip():
            db.execute(statement, {name: value for name, value in values.items() if f":{name}" in statement})
    db.execute("INSERT OR REPLACE INTO owners_load SELECT owner, COUNT(*) FROM leads WHERE stage <> 'closed' GROUP BY owner")
    for _, sql in rows:
        db.execute(sql)
    db.execute("COMMIT")
    db.execute("ANALYZE")
    db.execute("PRAGMA journal_mode = WAL")
    db.close()
    return {"mib": path.stat().st_size / 2**20}


class House:
    """An office, and another connection by which its leads become due."""

    def __init__(self, home: Path):
        self.ours = open_house(home)
        self.other = sqlite3.connect(self.ours.ledger.path, isolation_level=None)
        self.leads = self.other.execute("SELECT MAX(id) FROM leads").fetchone()[0]
        self.draw = random.Random(self.leads)
        (name, steps), *_ = ((name, one) for name, one in self.ours.policy.cadences.items() if any(s.do == "task" for s in one.step))
        self.cadence, self.step = name, next(step.id for step in steps.step if step.do == "task")

    def make_due(self) -> None:
        due = [(self.cadence, self.step, to_text(NOW - timedelta(seconds=n)), number) for n, number in enumerate(self.drawn())]
        self.other.execute("BEGIN IMMEDIATE")
        self.other.executemany(
            "UPDATE leads SET cadence = ?, step = ?, next_due_at = ?, rest_reason = '', hold_reason = '' WHERE id = ?", due
        )
        self.other.execute("COMMIT")
        self.other.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def drawn(self) -> list[int]:
        return self.draw.sample(range(1, self.leads + 1), DUE)

    def tick(self) -> float:
        """Milliseconds of one tick in which so many leads are due."""
        self.make_due()
        began = time.perf_counter()
        made = jobs.plan(self.ours)
        taken = time.perf_counter() - began
        if made != DUE:
            raise RuntimeError(f"{made} steps were made, and {DUE} were due")
        return 1000 * taken

    def idle(self) -> float:
        """Milliseconds of one tick in which nothing is due."""
        began = time.perf_counter()
        if jobs.plan(self.ours):
            raise RuntimeError("something was due")
        return 1000 * (time.perf_counter() - began)


def tick(few: Path, many: Path, number_of_jobs: int, turns: int) -> dict:
    """Ticks in both houses, and APScheduler's wake-ups, in turn; the first of each warms up."""
    houses = [House(few), House(many)]
    scheduler = Scheduler(many.parent / "jobs.db", number_of_jobs) if number_of_jobs else None
    taken: list[list[float]] = [[], [], []]
    for _ in range(turns + 1):
        for house, mine in zip(houses, taken[:2], strict=True):
            mine.append(house.tick())
        if scheduler:
            taken[2].append(scheduler.wake())
    idle = sorted(houses[1].idle() for _ in range(IDLE))
    return {"few": taken[0][1:], "many": taken[1][1:], "scheduler": taken[2][1:], "idle": idle[len(idle) // 2]}


def memory(home: Path, turns: int) -> dict:
    """The most that a process held that did nothing but tick."""
    house = House(home)
    for _ in range(turns):
        house.tick()
    return {"mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def replan(home: Path) -> dict:
    """All planned letters anew, under a calendar with one more day off."""
    from mailagent.jobs.replan import replan as anew

    house = House(home)
    # Planned times of the fill are not of the buyers' hours, so nearly every lead moves.
    began = time.perf_counter()
    done = anew(house.ours)
    return {
        "leads": done.looked_at,
        "moved": done.moved,
        "seconds": time.perf_counter() - began,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


# ── APScheduler ─────────────────────────────────────────────────────────────────────────────────────────────────


def follow_up(lead: int, step: int) -> None:
    """What a job of APScheduler calls: nothing is done in it, so that only finding, claiming and recording are measured."""


class Scheduler:
    """APScheduler 3 with one job a planned step, in its SQLAlchemy store on SQLite, driven by hand; its jobs run in this thread."""

    def __init__(self, path: Path, number: int):
        import pickle

        from apscheduler.executors.base import BaseExecutor
        from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
        from apscheduler.schedulers.base import STATE_RUNNING, BaseScheduler
        from apscheduler.triggers.date import DateTrigger
        from apscheduler.util import datetime_to_utc_timestamp

        class AtOnce(BaseExecutor):
            def _do_submit_job(self, job, run_times) -> None:
                job.func(*job.args, **job.kwargs)
                self._run_job_success(job.id, [])

        class ByHand(BaseScheduler):
            def wakeup(self) -> None:
                pass

            def shutdown(self, wait: bool = True) -> None:
                super().shutdown(wait)

        self.scheduler = ByHand(timezone=UTC, job_defaults={"misfire_grace_time": None})
        self.store = SQLAlchemyJobStore(url=f"sqlite:///{path}")
        self.scheduler.add_executor(AtOnce())
        self.scheduler.add_jobstore(self.store)
        self.scheduler.start(paused=True)
        began = datetime.now(UTC)
        self.scheduler.add_job(f"{__name__}:follow_up", DateTrigger(began + timedelta(days=900)), args=[0, 1], id="pattern")
        pattern = self.scheduler.get_job("pattern").__getstate__()

        def row(name: str, at: datetime) -> dict:
            state = {**pattern, "id": name, "args": [1, 1], "next_run_time": at, "trigger": DateTrigger(at)}
            return {"id": name, "next_run_time": datetime_to_utc_timestamp(at), "job_state": pickle.dumps(state, pickle.HIGHEST_PROTOCOL)}

        self.row, self.turn = row, 0
        self._add(f"far{number}" for number in range(number))
        self.scheduler.state = STATE_RUNNING

    def _add(self, names, due: bool = False) -> None:
        began = datetime.now(UTC)
        rows = [self.row(name, began if due else began + timedelta(hours=1, seconds=5 * place)) for place, name in enumerate(names)]
        with self.store.engine.begin() as connection:
            for first in range(0, len(rows), 10_000):
                connection.execute(self.store.jobs_t.insert(), rows[first : first + 10_000])

    def wake(self) -> float:
        """Milliseconds of one wake-up with so many jobs due."""
        self.turn += 1
        self._add((f"due{self.turn}.{number}" for number in range(DUE)), due=True)
        began = time.perf_counter()
        self.scheduler._process_jobs()
        return 1000 * (time.perf_counter() - began)


COMMANDS: dict[str, Callable[..., dict]] = {
    "fill": lambda home, number: fill(Path(home), int(number)),
    "tick": lambda few, many, number, turns: tick(Path(few), Path(many), int(number), int(turns)),
    "memory": lambda home, turns: memory(Path(home), int(turns)),
    "replan": lambda home: replan(Path(home)),
}

if __name__ == "__main__":
    # APScheduler finds a job's function by the name of its module.
    sys.modules["run_tick"] = sys.modules["__main__"]
    __name__ = "run_tick"
    print(json.dumps(COMMANDS[sys.argv[1]](*sys.argv[2:])))
