"""What people read in Chinese: every sentence that the core, the jobs and the ledger write down has its pattern.

A whole company is lived through and every due reason, why, warning, title and refusal of its ledger is said in Chinese.
"""

from __future__ import annotations

import ast
import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from stage import DETAILED, SHORT

from mailagent.errors import MailagentError
from mailagent.i18n import _, speaking
from mailagent.ledger import leads
from mailagent.speech import story, words
from mailagent.speech.sayings import SAYINGS, told

ROOT = Path(__file__).parents[2]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PETER = "p.klein@klein-antriebe.example"
COMPLAINT = "Hello,\n\nthe bearings of your last delivery are broken. We want to visit you and talk on the phone. Can you send samples?\n"
BANK = "Dear Li,\n\nour bank account has changed, please pay to the new bank account: IBAN DE89 3704 0044 0532 0130 00.\n"
ABSENT = "I am out of the office until 20 March 2026 and will answer after my return.\n"
FRAUD = """Dear Sir,

we are a big government contractor. We buy goods worth USD 18,500,000.00 by a contract with our ministry.
An invitation letter and visa is needed. First pay the registration fee and attorney fee of USD 4,800 by Western Union.
"""


def sentences_of(stage) -> set[tuple[str, str]]:
    """Every sentence for people that the ledger holds, and where it stands."""
    found: set[tuple[str, str]] = set()
    for where, query in (
        ("due_reason", "SELECT due_reason AS said FROM leads WHERE due_reason <> ''"),
        ("why", "SELECT why AS said FROM outbox WHERE basis <> 'notice'"),
        ("warning", "SELECT value AS said FROM outbox, json_each(outbox.warnings)"),
        ("title", "SELECT title AS said FROM tasks"),
        ("event", "SELECT DISTINCT json_extract(body, '$.reason') AS said FROM events WHERE json_extract(body, '$.reason') LIKE '% %'"),
        ("kind", "SELECT DISTINCT kind_reason AS said FROM inbound"),
    ):
        for row in stage.rows(query):
            found.add((where, row["said"]))
    return found


@pytest.fixture
def lived(stage):
    """Some weeks with everything in them: questions, a fraud, a new account, an absence, bounces, a farewell, silence."""
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.buyer_writes("m.blanc@blanc.example", SHORT, name="Marie Blanc")
    stage.buyer_writes(
        "w@kowalski.example", "Dzień dobry,\n\nproszę o cenę łożysk 6204-2RS, 500 szt. CIF Gdynia.\n\nPozdrawiam\nJan Kowalski\n"
    )
    stage.buyer_writes("minister@contract.example", FRAUD, subject="Government contract")
    stage.buyer_writes("nobody@gone.example", SHORT)
    stage.buyer_writes("k.lund@lund.example", COMPLAINT, subject="Complaint")
    stage.look()
    stage.live(until=stage.now + timedelta(days=1))
    letter = stage.letters_to(PETER)[0]
    stage.buyer_replies(letter, BANK)
    stage.buyer_replies(stage.letters_to("m.blanc@blanc.example")[0], ABSENT, headers={"Auto-Submitted": "auto-replied"})
    stage.look()
    stage.live(until=stage.now + timedelta(days=25))
    return stage


def test_every_sentence_of_the_ledger_is_said_in_chinese(lived):
    found = sentences_of(lived)
    assert {"due_reason", "why", "warning", "title", "event", "kind"} == {where for where, _said in found}
    assert len(found) >= 20
    with speaking("zh"):
        english = [f"{where}: {said}" for where, said in sorted(found) if not CHINESE.search(words.reason(said))]
        assert english == []


def test_every_event_of_the_journal_is_said_in_chinese(lived):
    policy = lived.office.policy
    with speaking("zh"):
        for lead in lived.ask(leads.listing):
            for entry in lived.ask(leads.journal_of, lead.id):
                said = story.tell(entry, policy)
                assert CHINESE.search(said) or entry["type"] in story.TOLD_ELSEWHERE, (entry["type"], said)
                assert not re.search(r"\b(?:the|buyer|letter|after|he|his)\b", said), said


def test_notices_to_a_chinese_colleague_are_chinese(lived):
    with speaking("zh"):
        for letter in lived.rows("SELECT subject, body FROM outbox WHERE basis = 'notice' AND language = 'zh'"):
            assert CHINESE.search(letter["subject"]), letter["subject"]


def refusals(stage):
    """What a person must not do → the verb that does it."""
    li, boss = stage.person("Li Wei"), stage.person("Boss Zhang")
    draft = stage.draft_for(PETER)
    yield lambda: li.approve(draft.id, "another hash")
    yield lambda: li.approve(999, "")
    yield lambda: li.edit(draft.id, "", "")
    yield lambda: li.edit(draft.id, "x" * 201, "y")
    yield lambda: li.edit(draft.id, "x", "a\x07b")
    yield lambda: li.confirm(draft.id)
    yield lambda: li.release(draft.id)
    yield lambda: li.never_write("nobody")
    yield lambda: li.never_write("@gmail.com")
    yield lambda: li.never_write("@acme.example")
    yield lambda: li.lift(PETER, "he wrote so")
    yield lambda: li.resume(draft.lead_id)
    yield lambda: li.done(999)
    yield lambda: li.pause(999)
    boss.approve(draft.id, draft.content_hash)
    yield lambda: boss.approve(draft.id, draft.content_hash)
    boss.never_write(PETER)
    yield lambda: boss.edit(draft.id, draft.subject, draft.body)
    yield lambda: boss.reject(draft.id)


def test_every_refusal_is_said_in_chinese(stage):
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    for verb in refusals(stage):
        with pytest.raises(MailagentError) as refused:
            verb()
        assert told(str(refused.value)) == str(refused.value), "English is the language it was written in"
        with speaking("zh"):
            said = told(str(refused.value))
        assert CHINESE.search(said) and not re.search(r"\b(?:the|is|Letter|Lead|not)\b", said), said


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("the buyer asked", "买家询问"),
        ("buyers in DE are answered by 15:00 our time", "德国的买家在我方时间 15:00 前答复"),
        ("no list price for HB-100", "HB-100 没有目录价"),
        ("Nothing may be sent to a@b.example: unsubscribe.", "不可发信给 a@b.example：已要求退订。"),
        ("the hold (out_of_office) is over", "搁置（外出不在）已结束"),
        ("Letter 7 is cancelled already.", "信件 7 的状态已是“已取消”。"),
        ("Letter 7 is in_doubt; it can no longer be changed.", "信件 7 的状态是“存疑”，不能再修改。"),
        ("Letter 7 to a@b.example needs a new approval", "信件 7（发给 a@b.example）须重新批准"),
        ("4 hours after Tue 2026-03-10 09:24 Europe/Berlin", "周二 2026-03-10 09:24 Europe/Berlin 之后 4 小时"),
        (
            "2 working days after Tue 2026-03-10 09:24 Europe/Berlin; in the buyer's hours: Thu 2026-03-12 10:00 Europe/Berlin",
            "周二 2026-03-10 09:24 Europe/Berlin 之后 2 个工作日；按买家的工作时间：周四 2026-03-12 10:00 Europe/Berlin",
        ),
        (
            "The mailbox sales cannot be read: mailbox sales: imap.acme.example:993: nothing listens there; check imap_host and imap_port.",
            "邮箱 sales 无法读取：邮箱 sales: imap.acme.example:993：那里没有服务；请检查 imap_host 和 imap_port。",
        ),
        (
            "The mailbox sales cannot be read: mailbox sales (imap.acme.example:993): the link broke while trying to open \"Sent\" "
            "(the server hung up).",
            "邮箱 sales 无法读取：邮箱 sales (imap.acme.example:993)：打开“Sent”时连接中断（服务器断开了连接）。",
        ),
        (
            'mailbox sales (imap.acme.example:993): the server has no folder "Archive". It has: INBOX, Sent.',
            "邮箱 sales (imap.acme.example:993)：服务器上没有文件夹“Archive”。现有：INBOX, Sent。",
        ),
        (
            "Mail of sales cannot be filed: mailbox sales (imap.acme.example:993): something of the server's own",
            "邮箱 sales 的邮件无法归档：邮箱 sales (imap.acme.example:993)：something of the server's own",
        ),
        (
            "Nothing can be written down: The disk that holds /srv/ledger.db is full or failing (disk I/O error). "
            "Free some space; nothing was half-written.",
            "账本无法写入：/srv/ledger.db 所在的磁盘已满或出现故障（disk I/O error）。请腾出空间；没有写入半截内容。",
        ),
        ("the reading process ended (SIGKILL)", "解析进程已终止（SIGKILL）"),
        ("reading it ended the process", "解析该邮件使进程终止"),
        (
            "mailbox sales: its login has ended (invalid_grant); run: mailagent auth sales",
            "邮箱 sales：登录授权已失效（invalid_grant）；请运行：mailagent auth sales",
        ),
        (
            "mailagent.toml: mailbox.sales.oauth_client_id: is missing; docs/providers.md says how to register an app "
            "and where it shows its id",
            "mailagent.toml：mailbox.sales.oauth_client_id：缺少；如何注册应用、在哪里看 ID，见 docs/providers.md",
        ),
        ("a person's own words stay as they are", "a person's own words stay as they are"),
        ("The server refused letter 3 to {name}: 550 {x}", "服务器拒收信件 3（发给 {name}）：550 {x}"),
    ],
)
def test_names_and_numbers_stand_where_they_belong(english, chinese):
    assert not CHINESE.search(told(english))
    with speaking("zh"):
        assert told(english) == chinese


def test_a_long_answer_of_a_server_stays_inside_our_sentence():
    answer = "Account is abnormal, service is not open, password is incorrect. " * 5
    hint = "Ask the provider whether IMAP and SMTP are switched on for this mailbox and whether programmes need a password of their own."
    refused = f'mailbox sales: imap.acme.example:993: the server refused the login of "li@acme.example": {answer}. Check login in '
    title = f"The mailbox sales cannot be read: {refused}mailagent.toml and MAILAGENT_SALES_PASSWORD in .env. {hint}"
    assert told(title) == title
    with speaking("zh"):
        said = told(title)
    assert said.startswith("邮箱 sales 无法读取：邮箱 sales: imap.acme.example:993：服务器拒绝“li@acme.example”登录：Account is")
    # What the provider advises has its own words in each language.
    assert said.endswith("请向邮箱服务商确认已开启 IMAP 和 SMTP，以及第三方客户端是否需要专用密码。")


def test_every_saying_is_in_the_catalogue_and_finds_itself():
    with speaking("zh"):
        for saying in SAYINGS:
            assert _(saying) != saying, saying
            filled = re.sub(r"\{\w+\}", "7", saying)
            assert told(filled) == re.sub(r"\{\w+\}", "7", _(saying)), saying


#: Where sentences for people are built.
ROOMS = ("core/deciding/*.py", "core/writing/draft.py", "core/reading/kind.py", "jobs/*.py", "ledger/review.py")
ROOMS += ("daemon.py", "watch.py", "lock.py", "reader.py", "core/reading/signs.py")
ROOMS += ("mailbox/imap.py", "mailbox/fetching.py", "mailbox/talk.py", "mailbox/line.py", "delivery/smtp.py", "delivery/line.py")
#: Texts of these rooms that nobody is shown, or that are only pieces of a sentence.
NOT_SHOWN = {
    "calendar.toml leaves no day on which a letter may go",
    "one of three weeks lies ahead",
    "7; in the buyer's hours: 7",
    "he writes again",
    # commands of the protocol, and pieces that are told with the rest of their sentence
    "(MESSAGES UIDNEXT UIDVALIDITY)",
    "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])",
    "(UID FLAGS INTERNALDATE BODY.PEEK[])",
    "login by password",
    "login by token (7)",
    "the server 7 offers no 7 (7)",
    "the server lists this mail and does not hand it out7",
    # how such an alarm begins, by which an open one is found again
    "Strangers to the mailbox 7:",
    # parts of the reasons of a deadline, which are said as a whole (speech/work.py)
    "before we leave",
    "buyers of whom nobody knows where they sit",
    "by 7 our time",
    "tier 7 is answered 7",
    "within 7 of our working days",
    "within 7 of our working hours",
    # what would be a mistake of ours
    "7: no folder is open that a mail could be moved from.",
    "7: this Message-ID cannot be searched for: 7",
    "another question was put before this one was answered.",
    '"7" cannot be an envelope id.',
    "The letter has no recipient.",
    "The letter's lines do not all end with CRLF; it was not sent.",
}


def texts_in(node: ast.AST):
    """Every text below a node with 7 in its gaps, but for docstrings and the log."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Call) and ast.unparse(child.func).startswith("log."):
            continue
        if isinstance(child, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "7" for part in child.values)
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value
        else:
            yield from texts_in(child)


def test_every_sentence_in_the_source_is_said_in_chinese():
    """Also those that no story reaches: a text of three words or more is a sentence for people."""
    sentences = {
        text
        for pattern in ROOMS
        for path in (ROOT / "mailagent").glob(pattern)
        for text in texts_in(ast.parse(path.read_text(encoding="utf-8")))
        if len(re.findall(r"[A-Za-z]{2,}", text)) >= 3 and " " in text
    }
    assert len(sentences) > 50
    assert sentences >= NOT_SHOWN, "no longer in the source"
    with speaking("zh"):
        assert sorted(text for text in sentences - NOT_SHOWN if not CHINESE.search(told(text))) == []


def test_what_the_shipped_cadences_ask_people_to_do_is_said_in_chinese():
    cadences = tomllib.loads((ROOT / "config" / "cadences.toml").read_text(encoding="utf-8"))
    asked = [step["say"] for cadence in cadences.values() for step in cadence["step"] if step["do"] == "task"]
    assert asked
    with speaking("zh"):
        assert [say for say in asked if not CHINESE.search(told(say))] == []


def test_no_text_hides_in_an_f_string():
    """Babel does not see ``f"{_('text')}"``, so such a text would never be translated."""
    hidden = []
    for path in (ROOT / "mailagent").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                calls = (one for one in ast.walk(node) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name))
                hidden += [f"{path.relative_to(ROOT)}:{call.lineno}" for call in calls if call.func.id in ("_", "ngettext")]
    assert hidden == []


def test_the_words_of_a_fraud_task_name_the_signals(stage):
    with speaking("zh"):
        assert words.evidence("earlier_fraud: an earlier mail", stage.office.policy) == "an earlier mail"
        said = words.evidence("bank_change: new IBAN; note: nothing", stage.office.policy)
    assert CHINESE.search(said) and said.endswith("：new IBAN; note: nothing")
