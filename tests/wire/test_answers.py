"""The small readers of the IMAP side, without a server: answers, UID sets, folder names."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailagent.core.model.policy import FolderRule
from mailagent.errors import FolderMissing
from mailagent.mailbox.answers import (
    ends_as_it_should,
    found_uids,
    in_set,
    plain,
    read_answer,
    read_internal_date,
    search_date,
    uid_set,
    usual_answer,
)
from mailagent.mailbox.folders import ServerFolder, find_folders, read_list

WHEN = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


def test_a_usual_answer_is_read_at_one_go():
    line = b'* 1 FETCH (UID 5 FLAGS (\\Seen $Forwarded) INTERNALDATE "01-Mar-2026 23:30:00 +0000" BODY[] {4}\r\n'
    assert usual_answer(line) == (5, ("\\Seen", "$Forwarded"), WHEN, 4)
    assert usual_answer(line.lower()) == (5, ("\\seen", "$forwarded"), WHEN, 4)


@pytest.mark.parametrize(
    "line",
    [
        b'* 1 FETCH (FLAGS (UID 5) INTERNALDATE "01-Mar-2026 23:30:00 +0000" BODY[] {4}\r\n',
        b"* 1 FETCH (UID 5 BODY[] {4}\r\n",
        b'* 1 FETCH (UID 5 FLAGS () INTERNALDATE "01-Mar-2026 23:30:00 +0000" BODY[] "ab")\r\n',
        b"* 1 FETCH (FLAGS (\\Seen))\r\n",
        b"* 3 EXISTS\r\n",
        b"",
    ],
)
def test_what_is_not_usual_is_left_to_the_careful_reader(line):
    assert usual_answer(line) is None


@pytest.mark.parametrize(
    ("about", "literal", "uid", "flags", "body"),
    [
        (b"* 3 FETCH (FLAGS (\\Seen))", None, 0, ("\\Seen",), None),
        # Words that anybody may choose are no UID.
        (b"* 2 FETCH (FLAGS (UID 5) BODY[] {5}\r\n UID 6)\r\n", b"after", 6, ("UID", "5"), b"after"),
        (b'* 4 FETCH (UID 7 FLAGS () BODY[] "a \\"b\\" UID 9")', None, 7, (), b'a "b" UID 9'),
        (b'* 4 FETCH (UID 7 BODY[] "")', None, 7, (), b""),
        # NIL is a mail that the server cannot read, not an empty one.
        (b"* 5 FETCH (UID 8 FLAGS () BODY[] NIL)", None, 8, (), None),
        (b"* 5 fetch (uid 8 flags (\\seen) body[] {2}\r\n)", b"ab", 8, ("\\seen",), b"ab"),
        (b"* 5 FETCH (BODY[] {2}\r\n)", b"ab", 0, (), b"ab"),
        # Items in any order, others among them, and blanks where none belong.
        (b'* 5 FETCH (X-GM-LABELS ("UID 9" {4}\r\n) MODSEQ (7) UID  8 BODY[]  ~{2}\r\n X-NO (a (b) "c)") )\r\n', b"ab", 8, (), b"ab"),
        # A part of a mail is not the mail.
        (b"* 5 FETCH (UID 8 BODY[HEADER] {2}\r\n)", b"ab", 8, (), None),
        (b"* 5 FETCH (UID 99999999999 BODY[] {2}\r\n)", b"ab", 0, (), b"ab"),
    ],
)
def test_an_answer_is_read_with_care(about, literal, uid, flags, body):
    answer = read_answer(about, literal)
    assert (answer.uid, answer.flags, answer.body) == (uid, flags, body)


ENDS = [b")\r\n", b")\n", b" )\r\n", b" UID 6)\r\n"]
ENDS += [b' X-GM-LABELS ("a)b" (c)) EMAILID (M6))\r\n', b' FLAGS (\\Seen) INTERNALDATE "x" uid 7 MODSEQ (12))\r\n']
NO_ENDS = [b"\r\n", b"(see above)\r\n", b" see below)\r\n", b" be quick)\r\n", b"A5 OK done\r\n", b"* 2 FETCH (UID 3)\r\n", b""]


@pytest.mark.parametrize("end", ENDS)
def test_ends_of_answers(end):
    assert ends_as_it_should(end)


@pytest.mark.parametrize("end", NO_ENDS)
def test_what_follows_a_body_of_the_wrong_size_is_no_end(end):
    assert not ends_as_it_should(end)


@pytest.mark.parametrize(
    ("lines", "uids"),
    [
        ([b"* SEARCH 2 3\r\n", b"* 4 EXISTS\r\n", b"* SEARCH 7 3\r\n"], [2, 3, 7]),
        ([b"* SEARCH\r\n"], []),
        ([b"* search 4\r\n"], [4]),
        ([b"* SEARCH 2 5 (MODSEQ 917162500)\r\n"], [2, 5]),
        ([b'* ESEARCH (TAG "A5") UID ALL 1:3,7\r\n'], [1, 2, 3, 7]),
        ([b'* ESEARCH (TAG "A5") UID COUNT 0\r\n'], []),
        ([b"* ESEARCH UID ALL 1:4294967295\r\n"], []),
        # No numbers of mails (RFC 3501 §9): a cursor that followed them would pass all that come.
        ([b"* SEARCH 0 3 4294967296 99999999999 " + b"9" * 5000 + b"\r\n"], [3]),
        ([b"* ESEARCH UID ALL 4,99999999990:99999999999," + b"9" * 5000 + b"\r\n"], [4]),
        ([b"* 4 EXISTS\r\n"], None),
        ([], None),
    ],
)
def test_answers_to_a_search(lines, uids):
    assert found_uids(lines) == uids


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("17-Jul-1996 02:44:25 -0700", datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)),
        (" 1-mar-2026 00:10:00 +0800", datetime(2026, 2, 28, 16, 10, tzinfo=UTC)),
        ("31-Feb-2026 00:00:00 +0000", None),
        ("2/-Feb-2026 00:00:00 +0000", None),
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


def test_sets_keep_their_order():
    assert list(in_set("4,1:3,9:8,x")) == [4, 1, 2, 3, 8, 9]


def test_what_servers_say_is_one_line_without_the_secret():
    assert plain([b"NO bad\r\n password \x1b[0m hunter2", None], "hunter2") == "NO bad password [0m …"


@pytest.mark.parametrize(
    "told", ["EXAMINE command error: BAD [b'User is not connected.']", "b'* BYE User is not connected.'", 'b"User is not connected."']
)
def test_what_the_library_wraps_up_is_unwrapped(told):
    assert plain(ValueError(told)) == "User is not connected."


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
        # The one nearest to the top, whatever comes first.
        ([server_folder("Archive/Sent"), server_folder("Sent")], "Sent"),
        ([server_folder("Customers/Sent"), server_folder("Gesendet")], "Gesendet"),
        ([server_folder("INBOX.Old.Sent", delimiter="."), server_folder("INBOX.sent-mail", delimiter=".")], "INBOX.sent-mail"),
        ([server_folder("Archive/Sent"), server_folder("[Gmail]/Sent Mail")], "[Gmail]/Sent Mail"),
        ([server_folder("Archive/Sent")], "Archive/Sent"),
    ],
)
def test_the_sent_folder_in_many_tongues(listed, found):
    assert find_folders(listed, (FolderRule(role="sent"),)) == [("sent", found)]


@pytest.mark.parametrize(
    ("line", "folder"),
    [
        (b'(\\HasNoChildren \\Sent) "/" "&XfJT0ZAB-"', ("已发送", "/", {"\\hasnochildren", "\\sent"})),
        (b"() nil Sent", ("Sent", "", set())),
        ((b'() "." {7}', b'Se"nt\\x'), ('Se"nt\\x', ".", set())),
        (b'() "\\\\" "Mail\\\\Sent"', ("Mail\\Sent", "\\", set())),
        # RFC 9051 §6.3.9.7 and RFC 5258 tell more behind the name.
        (b'(\\Sent) "/" "Sent" ("OLDNAME" ("INBOX.Sent"))', ("Sent", "/", {"\\sent"})),
        ("() \"/\" \"草稿\"".encode("gb18030"), ("草稿", "/", set())),
    ],
)
def test_a_line_of_the_list(line, folder):
    (found,) = read_list([line, b""])
    assert (found.name, found.delimiter, found.flags) == folder


@pytest.mark.parametrize("line", [None, b"", b'"/" "Sent"', (b'() "/" {7}', b"A\r\nB OK")])
def test_a_line_that_names_no_folder(line):
    assert read_list([line]) == []


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


@pytest.mark.parametrize(
    "folder",
    [
        server_folder("Entwürfe"),
        server_folder("[Gmail]/草稿"),
        server_folder("INBOX.Drafts", delimiter="."),
        server_folder("X", "\\drafts"),
    ],
)
def test_drafts_are_not_read_even_if_somebody_asks_for_them(folder):
    with pytest.raises(FolderMissing, match="holds drafts, which are never read"):
        find_folders([folder], (FolderRule(role="other", name=folder.name),))


def test_all_mail_is_read_only_by_its_name():
    marks = {"[Gmail]/All Mail": "\\all", "[Gmail]/Sent Mail": "\\sent", "[Gmail]/Spam": "\\junk"}
    listed = [server_folder(name, mark) for name, mark in marks.items()]
    assert find_folders(listed, (FolderRule(role="sent"), FolderRule(role="junk"))) == [
        ("sent", "[Gmail]/Sent Mail"),
        ("junk", "[Gmail]/Spam"),
    ]
    assert find_folders(listed, (FolderRule(role="other", name="[Gmail]/All Mail"),)) == [("other", "[Gmail]/All Mail")]


def test_a_folder_that_cannot_be_recognised_is_named():
    with pytest.raises(FolderMissing, match='recognised as "junk".*It has: A, B'):
        find_folders([server_folder("B"), server_folder("A")], (FolderRule(role="junk"),))
    with pytest.raises(FolderMissing, match='no folder "sent".*It has: Sent'):
        find_folders([server_folder("Sent")], (FolderRule(role="sent", name="sent"),))
