"""Every command against a real mailbox, in English and Chinese, read as a person reads it."""

from __future__ import annotations

import re

import pytest
from company import letter

pytestmark = pytest.mark.wire


@pytest.fixture
def busy(company, dovecot, buyer):
    """A company whose daemon has read an inquiry and drafted an answer, and has ended."""
    company.arrives(letter(buyer, company.address), buyer)
    dovecot.wait_for_mails(company.address, 1)
    with company.daemon() as running:
        company.wait_for("SELECT id FROM outbox WHERE state = 'drafted' AND basis = 'answer'")
        assert running.stop() == 0
    return company


def ok(result, *words: str) -> str:
    assert result.returncode == 0, (result.stdout, result.stderr)
    assert result.stderr == ""
    for word in words:
        assert word in result.stdout, f"“{word}” is not in: {result.stdout}"
    return result.stdout


def test_the_first_hour_in_english(company, dovecot, buyer):
    ok(company.run("check"), "Configuration and templates are in order.")
    told = ok(company.run("doctor"), f"reading {company.address}: login works", f"sending from {company.address}: login works", "0 mails")
    assert "✗" not in told
    other = str(company.home / "other")
    ok(company.run("--home", other, "init", "--answers", str(company.answers)), other)
    ok(company.run("--home", other, "check"), "Configuration and templates are in order.")
    ok(company.run("leads"), "No leads yet")
    ok(company.run("tasks"), "Nothing to do")
    company.arrives(letter(buyer, company.address), buyer)
    dovecot.wait_for_mails(company.address, 1)

    before = sorted(path.name for path in company.home.iterdir())
    told = ok(company.run("run", "--dry"), "Anna Nowak", "inquiry", "Dear Anna Nowak", "Nothing was stored and nothing was sent.")
    assert "names one of our products" in told, "the reason in words, not as a name of the configuration"
    assert "names_product" not in told
    assert sorted(path.name for path in company.home.iterdir()) == before
    assert company.ask("SELECT COUNT(*) FROM inbound") == [(0,)]
    assert dovecot.mails(buyer) == []


def test_a_day_in_english(busy, dovecot, buyer):
    ok(busy.run("status"), "not running", "handled 1", "tier 3", "sales/INBOX")
    told = ok(busy.run("leads"), "Anna Nowak", "Kowalski", "PL", "Li Wei", "a draft waits for approval")
    assert all(len(line) <= 160 for line in told.splitlines())
    narrow = ok(busy.run("leads", env={"COLUMNS": "100"}), "Anna Nowak", "Li Wei")
    assert all(len(line) <= 100 for line in narrow.splitlines())
    told = ok(busy.run("explain", "1"), "names one of our products", "Inquiry garden shears", "a draft waits for approval", "Lead opened")
    assert told.count("a draft waits for approval") == 2, "once as what comes next, once in the history"
    assert not re.search(r"\b(WaitBegun|LeadScored|ContactMet|CompanyMet)\b", told), "events are said in words"

    ok(busy.run("replan"), "Planned steps looked at: 0; with another time now: 0.")

    ok(busy.run("review", "--as", "Li Wei", said="a\nq\n"), "! This letter needs the manager's approval", "Letter 1 needs the manager's")
    assert busy.ask("SELECT state FROM outbox WHERE basis = 'answer'") == [("drafted",)]
    ok(busy.run("review", "--as", "Boss", said="\n"), "No more drafts.")
    assert busy.ask("SELECT state FROM outbox WHERE basis = 'answer'") == [("drafted",)], "Enter alone does nothing"

    ok(busy.run("pause", "1", "--as", "Boss"), "Lead 1 is paused until somebody resumes it.")
    ok(busy.run("leads"), "held: paused")
    ok(busy.run("resume", "1", "--as", "Boss"), "Lead 1 goes on.")
    ok(busy.run("pause", "--all", "--as", "Boss"), "All sending is paused.")
    ok(busy.run("status"), "paused")
    ok(busy.run("resume", "--all", "--as", "Boss"))
    ok(busy.run("pin", "1", "2", "--as", "Boss"), "Lead 1 stays at tier 2, set by hand.")

    ok(busy.run("review", "--as", "Boss", said="a\n"), f"To: {buyer}", "approved")
    assert busy.ask("SELECT state, approved_by FROM outbox WHERE basis = 'answer'") == [("approved", "Boss")]
    ok(busy.run("review", "--as", "Boss", said="a\n"), "No drafts wait.")
    ok(busy.run("quarantine"), "Mails in quarantine: 0")
    target = ok(busy.run("backup")).strip()
    assert target.startswith(str(busy.home / "backup"))
    with busy.daemon() as running:
        dovecot.wait_for_mails(buyer, 1)
        assert running.stop() == 0
    ok(busy.run("explain", "1"), "The server took the letter", "follow-up 1")
    ok(busy.run("stop", "1", "--as", "Boss"), "No further letters to lead 1.")
    ok(busy.run("suppress", buyer, "--as", "Boss", "--evidence", "on the phone"), f"{buyer} will never be written to.")
    ok(busy.run("suppress", "--list"), "on the phone", "by hand")
    ok(busy.run("suppress", buyer, "--lift", "--evidence", "a mistake of ours", "--as", "Boss"), f"{buyer} may be written to again.")
    ok(busy.run("suppress", "--list"), "Nobody has asked for silence.")
    ok(busy.run("never-write", buyer, "--as", "Boss"), f"{buyer} will never be written to.")
    bundle = busy.home / "person.zip"
    # Whether our own copy in Sent was read before the end is chance.
    ok(busy.run("export-person", buyer, "--out", str(bundle)), f"written: {bundle}", "letters: 1;")
    assert busy.run("export-person", buyer, "--out", str(bundle)).returncode == 1
    bundle.unlink()
    ok(busy.run("forget", buyer), f"Kept of {buyer}:", "matters: 1", "Nothing was changed.")
    ok(busy.run("forget", buyer, "--yes", "--as", "Boss"), f"Erased of {buyer}:", "matters: 1", str(busy.home / "backup"))
    ok(busy.run("forget", buyer), "matters: 0")
    ok(busy.run("reconcile"), "erased here at their writer's request", "0 missing")
    ok(busy.run("suppress", "--list"), "erased, ", "at his request")


def test_a_day_in_chinese(busy, buyer):
    zh = {"env": {"MAILAGENT_LANG": "zh"}}
    for command in (["check"], ["doctor"], ["status"], ["leads"], ["explain", "1"], ["tasks"], ["quarantine"], ["run", "--dry"]):
        told = ok(busy.run(*command, **zh))
        assert re.search(r"[\u4e00-\u9fff]{2}", told), (command, told)
        for english in ("waiting", "login works", "names one of our products", "tier 3", "Lead opened"):
            assert english not in told, (command, english, told)
    told = ok(busy.run("review", "--as", "Boss", said="a\n", **zh))
    assert buyer in told
    assert busy.ask("SELECT state FROM outbox WHERE basis = 'answer'") == [("approved",)]
    refused = busy.run("explain", "999", **zh)
    assert refused.returncode == 1
    assert re.search(r"[\u4e00-\u9fff]{2}", refused.stderr)
