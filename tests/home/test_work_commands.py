"""The commands of a person's day, as they are typed: what they say, write and refuse."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailagent import policy as rules
from mailagent.cli import main
from mailagent.core.model import events as e
from mailagent.ledger import journal, leads, tasks, work
from mailagent.ledger.db import Ledger, next_id

CONFIG = """
[company]
legal_name = "Acme Garden Tools Co., Ltd."
postal_address = "1 Lake Road, Hangzhou 310000, China"
domains = ["acme.example"]

[[person]]
name = "Chen Wei"
email = "chen@acme.example"

[[person]]
name = "Lin Mei"
email = "lin@acme.example"
phone = "+86 571 5555 0001"

[[person]]
name = "Boss Zhang"
email = "boss@acme.example"
role = "manager"

[[mailbox]]
name = "sales"
address = "sales@acme.example"
imap_host = "127.0.0.1"
smtp_host = "127.0.0.1"
"""
KEYS = "\n".join(
    f"{name}={number:064x}"
    for number, name in enumerate(("MAILAGENT_MESSAGE_ID_KEY", "MAILAGENT_SUPPRESSION_KEY", "MAILAGENT_DESK_SECRET"), 1)
)
NOW = datetime.now(UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mailagent.toml").write_text(CONFIG)
    env = tmp_path / ".env"
    env.touch(mode=0o600)
    env.write_text(f"{KEYS}\nMAILAGENT_UNSUBSCRIBE_KEYS=1:{9:064x}\nMAILAGENT_SALES_PASSWORD=x\n")
    from mailagent import settings

    ledger = Ledger(settings.load(tmp_path).ledger_path)
    with ledger.transaction() as db:
        journal.record(
            db,
            [
                e.CompanyMet(1, country="DE", name="Klein GmbH", domain="klein.example"),
                e.ContactMet(1, 1, language="de", country="DE", email="p@klein.example", name="Peter Klein", phone="+49 40 5550 1234"),
                e.LeadOpened(1, 1, 1, 0, "mail", "de", "DE", "Chen Wei", "language", NOW - timedelta(days=1), "Pumps"),
                e.AnswerOwed(
                    next_id(db, "answers_owed"),
                    1,
                    None,
                    NOW - timedelta(days=1),
                    NOW - timedelta(hours=2),
                    "tier 3 is answered before we leave",
                ),
                e.TaskOpened(next_id(db, "tasks"), 1, "call", "Chen Wei", NOW, "Call him"),
            ],
            now=NOW,
        )
    ledger.close()
    return tmp_path


def run(home: Path, *words: str, fails: bool = False, lang: str = "en") -> str:
    result = CliRunner().invoke(main, ["--home", str(home), "--lang", lang, *words], env={"COLUMNS": "200"})
    assert (result.exit_code != 0) == fails, result.output
    assert "Traceback" not in result.output and (not result.exception or isinstance(result.exception, SystemExit))
    return result.output


def ask(home: Path, question, *arguments):
    from mailagent import settings

    ledger = Ledger(settings.load(home).ledger_path)
    with ledger.reading() as db:
        found = question(db, *arguments)
    ledger.close()
    return found


def test_today_shows_what_burns_and_writes_a_calendar(home, tmp_path):
    said = run(home, "today", "--as", "Chen Wei", "--ics", str(tmp_path / "day.ics"))
    assert "2 h" in said and "late" in said and "+49 40 5550 1234" in said and "Peter Klein" in said and "there now" in said
    from icalendar import Calendar

    calendar = Calendar.from_ical((tmp_path / "day.ics").read_bytes())
    assert sorted(str(one["uid"]) for one in calendar.walk("VEVENT")) == ["answer-1@acme.example", "task-1@acme.example"]
    assert "nothing to do" in run(home, "today", "--as", "Lin Mei")
    assert "Who are you" in run(home, "today", fails=True)


def test_a_talk_is_logged(home):
    said = run(home, "log", "1", "whatsapp", "5000 pcs, deposit Friday", "--as", "Chen Wei")
    assert "5000 pcs" in said and "lead 1" in said
    assert ask(home, work.talks_of, 1)[0]["channel"] == "whatsapp"
    for words, error in (
        (("9", "phone", "x"), "There is no lead 9."),
        (("1", "pigeon", "x"), "is no channel"),
        (("1", "phone", "x" * 100_000), "longer than 5000"),
        (("1", "phone", "a\x1b[31m"), "control character"),
        (("1", "phone", ""), "Type what was said"),
        (("1", "phone", "x", "--at", "2999-01-01 10:00"), "future"),
        (("1", "phone", "x", "--at", "0001-01-01 00:00"), "is no date"),
    ):
        assert error in run(home, "log", *words, "--as", "Chen Wei", fails=True)


def test_tasks_done_later_given(home):
    assert "Call him" in run(home, "tasks")
    run(home, "tasks", "later", "1", "2999-01-01", "--as", "Chen Wei")
    run(home, "tasks", "give", "1", "Lin Mei", "--as", "Chen Wei")
    assert ask(home, tasks.get, 1)["owner"] == "Lin Mei"
    assert "nobody of mailagent.toml" in run(home, "tasks", "give", "1", "Somebody", "--as", "Chen Wei", fails=True)
    run(home, "tasks", "done", "1", "--note", "500 pcs first", "--as", "Lin Mei")
    assert "done already" in run(home, "tasks", "done", "1", "--as", "Lin Mei", fails=True)
    assert len(ask(home, work.letters_wanted)) == 1


def test_each_command_says_what_it_did(home):
    """And not only that it is done."""
    boss = ("--as", "Boss Zhang")
    for words, says in (
        (("tasks", "give", "1", "lin@acme.example"), "Task 1 is Lin Mei's now."),
        (("tasks", "later", "1", "2999-01-01 09:30"), "Task 1 is put off until 2999-01-01 09:30."),
        (("tasks", "done", "1", "--note", "500 pcs first"), "A recap to the buyer will be drafted."),
        (("birthday", "1", "05-17"), "His birthday is noted: 05-17."),
        (("birthday", "1", "off"), "His birthday is forgotten."),
        (("pin", "1", "2"), "Lead 1 stays at tier 2, set by hand."),
        (("pin", "1", "off"), "Lead 1 follows its score again."),
        (("pause", "1", "--until", "2999-01-01"), "Lead 1 is paused until 2999-01-01."),
        (("resume", "1"), "Lead 1 goes on."),
        (("resume", "--account", "sales"), "Sending from sales@acme.example goes on."),
        (("resume", "--account", "@klein.example"), "Sending to @klein.example goes on."),
        (("resume", "--all"), "Sending goes on."),
        (("away", "Lin Mei", "--from", "2026-05-01", "--to", "2026-05-09", "--deputy", "Chen Wei"), "to 2026-05-09; Chen Wei stands in."),
    ):
        assert says in run(home, *words, *boss)
    assert "There is no mailbox slaes; there are: sales" in run(home, "resume", "--account", "slaes", *boss, fails=True)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_bad_path_is_named_with_what_to_do(home, tmp_path, lang):
    (tmp_path / "file").write_text("x")
    for words in (
        ("today", "--as", "Chen Wei", "--ics", str(tmp_path / "no" / "day.ics")),
        ("today", "--as", "Chen Wei", "--ics", str(tmp_path)),
        ("export-person", "p@klein.example", "--out", str(tmp_path / "no" / "x.zip")),
        ("export-person", "p@klein.example", "--out", str(tmp_path / "file" / "x.zip")),
        ("simulate", "--out", str(tmp_path / "file")),
        ("simulate", "--out", str(tmp_path / "file" / "x")),
        ("evaluate", str(tmp_path), "--out", str(tmp_path / "no" / "x")),
    ):
        said = run(home, *words, fails=True, lang=lang)
        last = said.splitlines()[-1]
        assert "Errno" not in said and str(tmp_path) in last, said
        assert (lang == "en") == bool(re.search(r"written|folder", last.replace(str(tmp_path), ""))), last
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(("no", "day", "x"))) == []


def test_the_sample_letters_of_a_preapproval_are_named_as_samples(home):
    said = run(home, "preapprove", "--as", "Boss Zhang")
    assert "are samples; the words are yours" in said and "── sample letter of templates/en/acknowledgement.txt ──" in said


def test_assign_away_order_calendar_and_handover(home):
    assert "Lin Mei works on lead 1 now" in run(home, "assign", "1", "Lin Mei", "--as", "Boss Zhang")
    assert ask(home, leads.get, 1).owner_reason == "by_hand"
    assert "Written down; 1 task of it" in run(home, "order", "1", "--production", "2999-04-10", "--pays", "deposit", "--as", "Lin Mei")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    run(home, "away", "Lin Mei", "--from", "2020-01-01", "--to", "2999-01-01", "--deputy", "Chen Wei", "--as", "Boss Zhang")
    assert "Peter Klein" in run(home, "today", "--as", "Chen Wei"), today
    assert "must not lie after" in run(
        home, "away", "Lin Mei", "--from", "2026-02-01", "--to", "2026-01-01", "--as", "Boss Zhang", fails=True
    )
    address = run(home, "calendar", "--new", "--as", "Lin Mei").strip()
    assert address.startswith("http://127.0.0.1:8025/calendar/") and address.endswith(".ics")
    assert "Say --new or --end" in run(home, "calendar", "--as", "Lin Mei", fails=True)
    dry = run(home, "handover", "Lin Mei", "Chen Wei", "--dry", "--as", "Boss Zhang")
    assert "1 open lead, 0 closed leads" in dry and "Nothing was changed" in dry and ask(home, leads.get, 1).owner == "Lin Mei"
    assert "Only the manager" in run(home, "handover", "Lin Mei", "Chen Wei", "--as", "Chen Wei", fails=True)
    assert "nobody of mailagent.toml" in run(home, "handover", "Lin Mei", "Nobody", "--as", "Boss Zhang", fails=True)
    assert "Handed over" in run(home, "handover", "Lin Mei", "Chen Wei", "--as", "Boss Zhang")
    assert ask(home, leads.get, 1).owner == "Chen Wei"


def test_texts_are_approved_beforehand_only_with_yes(home):
    assert "Nothing was changed" in run(home, "preapprove", "--as", "Boss Zhang")
    assert ask(home, work.preapprovals) == []
    assert "Approved beforehand" in run(home, "preapprove", "--yes", "--as", "Boss Zhang")
    assert {row["name"] for row in ask(home, work.preapprovals)} >= {"en/acknowledgement", "zh/acknowledgement"}
    run(home, "preapprove", "--end", "--as", "Boss Zhang")
    assert ask(home, work.preapprovals) == []


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("deadlines.toml", '[[place]]\ncountries = ["DE"]\nwithin_hours = 2\nby = 15:00:00\n', "exactly one of"),
        ("deadlines.toml", '[[place]]\ncountries = ["Germany"]\nwithin_hours = 2\n', '"Germany" is not a country'),
        (
            "deadlines.toml",
            '[[place]]\ncountries = ["DE"]\nwithin_hours = 2\n[[place]]\ncountries = ["DE"]\nwithin_hours = 3\n',
            "already stands in",
        ),
        ("deadlines.toml", "deputy_after_hours = 0.5\nmanager_after_hours = 2\n", "the manager is told first"),
        ("assignment.toml", '[[region]]\ncountries = ["DE"]\npeople = ["Nobody"]\n', '"Nobody" is no [[person]]'),
        ("assignment.toml", '[[goods]]\nfamilies = ["pumps"]\npeople = ["Lin Mei"]\n', '"pumps" is no family'),
        ("assignment.toml", '[weights]\n"Lin Mei" = 0\n', "must be above zero"),
        ("assignment.toml", '[[absence]]\nperson = "Lin Mei"\nfirst = 2026-02-01\nlast = 2026-01-01\n', "lies before the first day"),
        ("assignment.toml", 'order = ["by_mood"]\n', "order"),
    ],
)
def test_a_mistake_in_the_rules_is_named(home, file, text, says):
    (home / "config" / file).write_text(text)
    found = [str(problem) for problem in rules.check(home)]
    assert any(says in one and file in one for one in found), found
