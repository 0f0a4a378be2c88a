"""What the commands say: in Chinese to the last word, within the width of the terminal, and never the system's own error."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from mailagent.cli import main
from mailagent.commands import files
from mailagent.commands.help_page import wrapped
from mailagent.commands.kinds import DAY, MOMENT, NUMBER
from mailagent.core.model.lead import Fact
from mailagent.core.model.workday import CHANNELS
from mailagent.errors import MailagentError
from mailagent.i18n import speaking
from mailagent.policy import load
from mailagent.speech import counts, particulars, talk

WIDTH = 80
#: The help texts are said while the commands are imported, so a process of its own speaks Chinese from the beginning.
SCRIPT = """
import json, sys
from click.testing import CliRunner
from mailagent.cli import main

def below(command, *path):
    yield path
    for name, one in sorted(getattr(command, "commands", {}).items()):
        yield from below(one, *path, name)

def said(*words):
    found = CliRunner().invoke(main, list(words), prog_name="mailagent", env={"COLUMNS": "80"})
    assert "Traceback" not in found.output, found.output
    return found.output

helps = {" ".join(path): said(*path, "--help") for path in below(main)}
errors = {line: said(*line.split()) for line in json.loads(sys.argv[1])}
print(json.dumps({"helps": helps, "errors": errors}))
"""
ERRORS = {
    "order": "缺少参数 '线索编号'",
    "order x": "“x”不是编号",
    "order 99999999999999999999": "不是编号",
    "order 1 --production 2026-13-40": "“2026-13-40”不是日期。请写成 2026-12-31",
    "order 1 --production tomorrow": "“tomorrow”不是日期",
    "order 1 --pays gold": "'gold' 不在可选值之内",
    "ordre": "没有命令 'ordre'",
    "leads --tear": "没有选项 '--tear'",
    "leads --tier 9": "9 超出范围",
    "leads --tier x": "'x' 不是整数",
    "leads --owner": "选项 '--owner' 需要一个值",
    "leads 1 2": "多出的参数：1 2",
    "evaluate .": "缺少选项 '--out'",
    "--version": "mailagent，版本",
}
#: Names and codes that are the same in every language, and what is typed as it stands.
NAMES = set(
    re.findall(r"\w+", """
mailagent MAILAGENT HOME toml TOML config env OAuth SSH DNS TXT DKIM JSON CSV zip Ctrl SIGTERM NAME DATE old person uid LEAD COUNTRY DAY
DOMAIN America Denver ISO whatsapp manual off dry run quarantine retry suppress sources
templates MAILBOX ADDRESS PORT cadences days html csv ics yes lc
deposit own customer third_party done later give pool en zh log self test arrives evidence lift lang verbose init all account DIR FILE BY CA
C d apply new end
""")
)  # fmt: skip


@pytest.fixture(scope="module")
def chinese():
    environment = {**os.environ, "MAILAGENT_LANG": "zh", "COLUMNS": str(WIDTH), "PYTHONIOENCODING": "utf-8"}
    environment.pop("MAILAGENT_HOME", None)
    found = subprocess.run([sys.executable, "-c", SCRIPT, json.dumps(list(ERRORS))], env=environment, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def test_every_help_is_chinese_and_fits_the_terminal(chinese):
    helps = chinese["helps"]
    assert len(helps) > 40 and "tasks give" in helps
    for name, page in helps.items():
        assert "用法：" in page and "显示本帮助并退出" in page, name
        typed = re.sub(r"--?[a-z][a-z-]*|[\[{][a-z0-9|_]+[\]}]|\b" + r"\b|\b".join(main.commands) + r"\b", " ", page)
        english = set(re.findall(r"[A-Za-z]{2,}", typed)) - NAMES
        assert not english, f"{name}: {english}"
        for line in page.splitlines():
            assert cell_len(line) <= WIDTH, line


def test_a_day_is_shown_as_people_write_it(chinese):
    assert "%Y" not in json.dumps(chinese) and "年-月-日" in chinese["helps"]["order"]
    english = CliRunner().invoke(main, ["order", "--help"]).output
    assert "YYYY-MM-DD" in english and "%Y" not in english


@pytest.mark.parametrize("typed", ERRORS)
def test_every_wrong_input_is_answered_in_chinese(chinese, typed):
    said = chinese["errors"][typed]
    assert ERRORS[typed] in said
    assert not re.search(r"\b(?:Error|Usage|Try|Missing|Invalid|No such|Got|requires)\b", said)


def test_a_page_breaks_no_word_and_puts_no_comma_first():
    text = "记下在别处谈的内容，作为一次联系：mailagent log 12 whatsapp，“5000 件，周五付定金”。后面还有一句很长的话，它必须换行。"
    lines = wrapped(text, 24)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(line) <= 24 for line in lines) and not any(line[0] in "，。：”" for line in lines)
    assert wrapped("", 20) == [] and wrapped("a" * 50, 20) == ["a" * 50]


# ── what can be typed ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "typed", "meant"),
    [
        (DAY, "2026-12-31", datetime(2026, 12, 31)),
        (DAY, "2026/2/3", datetime(2026, 2, 3)),
        (DAY, "2026年12月31日", datetime(2026, 12, 31)),
        (MOMENT, "2026-12-31 15:30", datetime(2026, 12, 31, 15, 30)),
        (MOMENT, "2026-12-31T15:30", datetime(2026, 12, 31, 15, 30)),
        (MOMENT, "2026-12-31", datetime(2026, 12, 31)),
        (NUMBER, "#12", 12),
        (NUMBER, " 7 ", 7),
    ],
)
def test_what_is_typed_is_understood(kind, typed, meant):
    assert kind.convert(typed, None, None) == meant


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        *((DAY, text) for text in ("2026-02-30", "0001-01-01", "2026-12-31 10:00")),
        (MOMENT, "2026-12-31 25:00"),
        *((NUMBER, text) for text in ("-1", "1.5", "x", "9" * 30, "１２３4x")),
    ],
)
def test_what_cannot_be_is_refused_with_an_example(kind, typed):
    import click

    with pytest.raises(click.BadParameter, match="Write it as"):
        kind.convert(typed, None, None)


# ── talks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


NAMES_OF_CHANNELS = {
    "phone": ("电话", "PHONE"), "wechat": ("微信", "WeChat"), "mail": ("邮件", "E-Mail"), "visit": ("拜访",), "whatsapp": ("WhatsApp",),
    "sms": ("短信", "text message"), "fair": ("展会", "Trade_Fair"),
}  # fmt: skip


@pytest.mark.parametrize("speaks", ["en", "zh"])
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        *((typed, code) for code, names in NAMES_OF_CHANNELS.items() for typed in names),
        *((code, code) for code in CHANNELS),
    ],
)
def test_a_channel_is_understood_in_both_languages(speaks, typed, code):
    with speaking(speaks):
        assert talk.channel_of(typed) == code


def test_an_unknown_channel_is_answered_with_those_there_are():
    with pytest.raises(MailagentError, match="phone, WhatsApp, WeChat"):
        talk.channel_of("pigeon")
    with speaking("zh"), pytest.raises(MailagentError, match="电话, WhatsApp, 微信"):
        talk.channel_of("信鸽")


def test_what_was_understood_of_a_talk_is_said_in_words():
    found = (
        ("quantity", "5000 pcs"), ("payment_terms", "L/C at sight"), ("payment_terms", "advance 30/70"), ("named_day", "2026-03-13"),
        ("trade_role", "importer"), ("living_thread", ""), ("deadline", "2026-05-31 sure"), ("asks_price", ""),
    )  # fmt: skip
    facts = [Fact(*one) for one in found]
    with speaking("zh"):
        said = talk.understood(facts, load(None))
    assert said[:4] == ["数量：5000 pcs", "付款方式：L/C 即期", "付款方式：预付 30/70", "提到的日期：2026-03-13"]
    assert not any(re.search(r"[a-z_]{4,}", line) for line in said) and len(said) == 7 and "（确定）" in said[-2]
    assert particulars.value(Fact("payment_terms", "O/A 60 days")) == "O/A 60 days"


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_written_whole_or_refused_with_a_sentence(tmp_path: Path):
    files.write_file(tmp_path / "day.ics", b"x")
    files.write_file(tmp_path / "day.ics", b"y")
    assert (tmp_path / "day.ics").read_bytes() == b"y" and sorted(os.listdir(tmp_path)) == ["day.ics"]
    for path, says in (
        (tmp_path / "no" / "day.ics", f"there is no folder {tmp_path / 'no'}. Make it"),
        (tmp_path, "is a folder. Name a file"),
        (tmp_path / "day.ics" / "x", "a file stands where a folder must be"),
        (tmp_path / ("x" * 300), "its name is too long"),
    ):
        with pytest.raises(MailagentError) as refused:
            files.write_file(path, b"z")
        assert says in str(refused.value) and "Errno" not in str(refused.value)
    assert sorted(os.listdir(tmp_path)) == ["day.ics"]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ENOSPC, errno.ENAMETOOLONG])
def test_what_the_system_refuses_is_said_in_chinese_with_the_path(number):
    error = OSError(number, os.strerror(number), "/srv/x")
    with speaking("zh"):
        for said in (files.cannot_write(Path("/srv/x"), error), files.went_wrong(error)):
            assert "/srv" in said and "Errno" not in said and not re.search(r"[A-Za-z]{2,}", re.sub(r"/\w+|NAME", "", said)), said


def test_counts_are_in_the_right_number():
    assert [counts.leads(1), counts.leads(2), counts.tasks(0), counts.mails(1_000)] == ["1 lead", "2 leads", "0 tasks", "1,000 mails"]
    with speaking("zh"):
        assert counts.listed((counts.open_leads(1), counts.calls(3))) == "1 条进行中的线索，3 个电话"


def test_a_time_of_another_year_is_said_with_its_year():
    from mailagent.terminal.screens import local

    now = datetime.now(UTC)
    policy = load(None)
    assert re.fullmatch(r"\d\d-\d\d \d\d:\d\d", local(now, policy))
    assert local(now.replace(year=now.year - 2, day=1), policy).startswith(f"{now.year - 2}-")
