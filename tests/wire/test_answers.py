"""The small readers of the IMAP side, without a server: answers, UID sets, folder names."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailagent.core.model.policy import FolderRule
from mailagent.errors import FolderMissing
from mailagent.mailbox.answers import groups, plain, read_answers, read_internal_date, search_date, uid_set
from mailagent.mailbox.folders import ServerFolder, find_folders


def test_only_whole_answers_to_the_question_count():
    lines = [
        b"3 (FLAGS (\\Seen))",
        (b'1 (UID 5 FLAGS (\\Seen $Forwarded) INTERNALDATE "01-Mar-2026 23:30:00 +0000" BODY[] {4}', b"mail"),
        b")",
        b"2 (UID 6 FLAGS (\\Flagged))",
        None,
        (b"2 (FLAGS (UID 5) BODY[] {5}", b"after"),
        b" UID 6)",
        (b"9 (UID 99 BODY[] {1}", b"x"),
        b")",
        b'4 (UID 7 FLAGS () BODY[] "a \\"b\\"")',
        b"5 (UID 8 FLAGS () BODY[] NIL)",
    ]
    answers = read_answers(lines, {5, 6, 7, 8}, needs="body")
    assert {uid: answer.body for uid, answer in answers.items()} == {5: b"mail", 6: b"after", 7: b'a "b"', 8: b""}
    assert answers[5].flags == ("\\Seen", "$Forwarded")
    assert answers[5].internal_date == datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert answers[6].flags == ("UID", "5")


def test_news_about_flags_is_no_answer_about_size():
    lines = [b"1 (UID 5 FLAGS (\\Seen))", b"1 (UID 5 RFC822.SIZE 77)"]
    assert read_answers(lines, {5}, needs="size")[5].size == 77


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("17-Jul-1996 02:44:25 -0700", datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)),
        (" 1-mar-2026 00:10:00 +0800", datetime(2026, 2, 28, 16, 10, tzinfo=UTC)),
        ("31-Feb-2026 00:00:00 +0000", None),
        ("01-Foo-2026 00:00:00 +0000", None),
        ("01-Jan-0001 00:00:00 +1400", None),
        ("", None),
    ],
)
def test_internal_dates(text, when):
    assert read_internal_date(text) == when


def test_search_dates_are_english_everywhere():
    assert search_date(date(2026, 2, 7)) == "7-Feb-2026"


@given(st.sets(st.integers(1, 400)))
def test_uid_sets_say_what_was_meant(uids):
    said = set()
    for part in filter(None, uid_set(uids).split(",")):
        first, _, last = part.partition(":")
        said |= set(range(int(first), int(last or first) + 1))
    assert said == uids


@given(st.dictionaries(st.integers(1, 500), st.integers(0, 100)), st.integers(1, 10), st.integers(1, 150))
def test_groups_are_complete_in_order_and_bounded(sizes, most, most_bytes):
    made = list(groups(sizes, most, most_bytes))
    assert [uid for group in made for uid in group] == sorted(sizes)
    for group in made:
        assert 1 <= len(group) <= most
        assert len(group) == 1 or sum(sizes[uid] for uid in group) <= most_bytes


def test_what_servers_say_is_one_line_without_the_secret():
    assert plain([b"NO bad\r\n password \x1b[0m hunter2", None], "hunter2") == "NO bad password [0m …"


def server_folder(name: str, *flags: str, delimiter: str = "/") -> ServerFolder:
    return ServerFolder(name, delimiter, frozenset(flags))


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ([server_folder("INBOX"), server_folder("Verzonden", "\\sent"), server_folder("Sent")], "Verzonden"),
        ([server_folder("[Gmail]", "\\noselect"), server_folder("[Gmail]/Gesendet", "\\sent")], "[Gmail]/Gesendet"),
        ([server_folder("INBOX.Sent", delimiter=".")], "INBOX.Sent"),
        ([server_folder("Sent Messages"), server_folder("已发送")], "Sent Messages"),
        ([server_folder("其他文件夹/x"), server_folder("已发送")], "已发送"),
        ([server_folder("SENT ITEMS")], "SENT ITEMS"),
        ([server_folder("Sent", "\\noselect"), server_folder("Sent/2026"), server_folder("Enviados")], "Enviados"),
        ([server_folder("Sent", delimiter="")], "Sent"),
    ],
)
def test_the_sent_folder_in_many_tongues(listed, found):
    assert find_folders(listed, (FolderRule(role="sent"),)) == [("sent", found)]


def test_each_folder_comes_once_and_inbox_needs_no_listing():
    listed = [server_folder("Sent", "\\sent"), server_folder("Spam")]
    rules = (
        FolderRule(role="inbox"),
        FolderRule(role="inbox", name="inbox"),
        FolderRule(role="sent"),
        FolderRule(role="other", name="Sent"),
        FolderRule(role="junk"),
    )
    assert find_folders(listed, rules) == [("inbox", "INBOX"), ("sent", "Sent"), ("junk", "Spam")]


def test_a_folder_that_cannot_be_recognised_is_named():
    with pytest.raises(FolderMissing, match='recognised as "junk".*It has: A, B'):
        find_folders([server_folder("B"), server_folder("A")], (FolderRule(role="junk"),))
    with pytest.raises(FolderMissing, match='no folder "sent".*It has: Sent'):
        find_folders([server_folder("Sent")], (FolderRule(role="sent", name="sent"),))
