"""Reading a mailbox on a real server, while other people work in it."""

from __future__ import annotations

import os
import socket
import threading
import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from proxy import Proxy

from mailagent.core.model.policy import FolderRule
from mailagent.errors import FolderMissing, MailboxError, MailboxUnreachable
from mailagent.mailbox.base import Withheld
from mailagent.mailbox.fetching import Room
from mailagent.mailbox.imap import connect

pytestmark = pytest.mark.wire


def letter(number: int, size: int = 0) -> bytes:
    head = f"From: buyer@cust.example\r\nMessage-ID: <m{number}@cust.example>\r\nSubject: inquiry {number}\r\n\r\n"
    body = b"A line of ordinary text that says nothing at all.....\r\n"
    return head.encode() + body * (1 + size // len(body))


@pytest.fixture
def reader(settings, user, password, providers):
    """A connection as the agent makes it."""
    connection = connect(settings(user), password, providers, large_bytes=1_000_000)
    yield connection
    connection.close()


def test_mail_comes_byte_for_byte_in_order_and_stays_unread(dovecot, user, reader):
    odd = [
        letter(1),
        b"From: a@b.example\r\nSubject: no body\r\n\r\n",
        b"Subject: Gr\xfc\xdfe \xb0\xa1\r\n\r\n\xff\xfe raw bytes\r\n.\r\n..\r\n",
        b"X: y\r\n\r\n)\r\n* 1 FETCH (UID 99 BODY[] {3}\r\nabc\r\n",
        letter(5, size=200_000),
    ]
    when = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    for raw in odd:
        dovecot.deliver(user, raw, when=when)
    state = reader.open("INBOX")
    assert (state.role, state.exists, state.uidnext) == ("inbox", 5, 6)
    fetched = list(reader.fetch(reader.new_uids(0)))
    assert [mail.uid for mail in fetched] == [1, 2, 3, 4, 5]
    assert [mail.raw for mail in fetched] == odd
    assert {mail.internal_date for mail in fetched} == {when}
    assert [mail.size for mail in fetched] == [len(raw) for raw in odd]
    client = dovecot.client(user)
    assert client.uid("SEARCH", "UNSEEN")[1] == [b"1 2 3 4 5"]
    client.logout()


def test_the_cursor_never_brings_an_old_mail_again(dovecot, user, reader):
    for number in range(3):
        dovecot.deliver(user, letter(number))
    reader.open("INBOX")
    # "UID 4:*" answers 3 on every server; we must not believe it.
    assert reader.new_uids(1) == [2, 3]
    assert reader.new_uids(3) == []
    assert reader.new_uids(3000) == []


def test_first_run_begins_at_a_day(dovecot, user, reader):
    for days in (40, 20, 0):
        dovecot.deliver(user, letter(days), when=datetime(2026, 3, 30, 12, tzinfo=UTC) - timedelta(days=days))
    reader.open("INBOX")
    assert reader.uids_since(date(2026, 3, 1)) == [2, 3]
    assert reader.uids_since(date(2026, 4, 1)) == []


def test_two_colleagues_flagging_all_the_time_change_nothing(dovecot, user, reader):
    """Flag changes come unasked between the answers; taken for answers they made up mails (SPIKE §7.1)."""
    expected = {}
    client = dovecot.client(user)
    for number in range(1, 61):
        client.append("INBOX", None, datetime.now(UTC), letter(number))
        expected[number] = letter(number)
    client.logout()
    stop = threading.Event()

    def flag(word: str) -> None:
        other = dovecot.client(user)
        turn = 0
        while not stop.is_set():
            turn += 1
            other.uid("STORE", f"{1 + turn % 60}:60", "+FLAGS" if turn % 2 else "-FLAGS", f"(\\Flagged {word})")
        other.logout()

    colleagues = [threading.Thread(target=flag, args=(word,)) for word in ("UID", "7")]
    for colleague in colleagues:
        colleague.start()
    try:
        reader.open("INBOX")
        for _ in range(12):
            fetched = list(reader.fetch(reader.new_uids(0)))
            assert [mail.uid for mail in fetched] == list(expected)
            assert {mail.uid: mail.raw for mail in fetched} == expected
    finally:
        stop.set()
        for colleague in colleagues:
            colleague.join()


def everything(dovecot, user) -> dict[str, list[bytes]]:
    """Every mail of every folder with its flags, as another mail program sees them; it opens them for reading only."""
    client = dovecot.client(user)
    names = [line.decode().rpartition(' "/" ')[2].strip('"') for line in client.list()[1]]
    seen = {}
    for name in names:
        client.select(f'"{name}"', readonly=True)
        found = client.uid("FETCH", "1:*", "(FLAGS RFC822.SIZE)")[1]
        seen[name] = [line.replace(b" \\Recent", b"").replace(b"\\Recent", b"") for line in found if line]
    client.logout()
    return seen


def test_a_whole_day_of_ours_disturbs_nobody(dovecot, user, settings, password, providers):
    """A mail that a colleague marked as deleted survives us (STANDARDS §0.3), and nothing is written but the copy in Sent."""
    for number in range(4):
        dovecot.deliver(user, letter(number))
    dovecot.deliver(user, letter(5), folder="Drafts")
    dovecot.deliver(user, letter(6), folder="Junk")
    colleague = dovecot.client(user)
    colleague.uid("STORE", "2", "+FLAGS", "(\\Deleted)")
    colleague.uid("STORE", "3", "+FLAGS", "(\\Seen \\Flagged $Forwarded)")
    before = everything(dovecot, user)
    with Proxy(dovecot.imap) as line:
        connection = connect(settings(user, imap_port=line.port), password, providers, large_bytes=100)
        connection.folders((FolderRule(role="inbox"), FolderRule(role="sent"), FolderRule(role="junk")))
        for folder in ("INBOX", "Junk"):
            connection.open(folder)
            assert list(connection.fetch(connection.new_uids(0)))
            assert list(connection.fetch(connection.uids_since(date(2020, 1, 1))))
        connection.idle(0.2, lambda: False)
        connection.append("Sent Items", letter(9), ("\\Seen",), datetime.now(UTC))
        assert connection.find_message_id("Sent Items", "m9@cust.example")
        connection.open("INBOX")
        connection.close()
        said = line.said
    after = everything(dovecot, user)
    assert len(after.pop("Sent Items")) == 1 and before.pop("Sent Items") == []
    assert after == before and any(b"\\Deleted" in mail for mail in after["INBOX"])
    assert colleague.uid("SEARCH", "DELETED")[1] == [b"2"]
    assert colleague.uid("SEARCH", "UNSEEN")[1] == [b"1 2 4"]
    colleague.logout()
    assert len(dovecot.mails(user)) == 4
    for word in (b"STORE", b"EXPUNGE", b"SELECT", b"CLOSE", b"MOVE", b"COPY", b"CREATE", b" BODY[", b"Drafts"):
        assert word not in said, word
    # NetEase opens no folder for a client that has not said its name (STANDARDS §6.1).
    assert said.index(b"LOGIN") < said.index(b'ID ("name" "mailagent"') < said.index(b"EXAMINE")


def test_filing_moves_mail_as_it_is_and_expunges_nothing_else(dovecot, user, reader):
    for number in range(1, 6):
        dovecot.deliver(user, letter(number))
    colleague = dovecot.client(user)
    colleague.create("Newsletters")
    colleague.uid("STORE", "3", "+FLAGS", "(\\Flagged work)")
    colleague.uid("STORE", "4", "+FLAGS", "(\\Deleted)")
    reader.open("INBOX")
    assert reader.move([2, 3, 77], "Newsletters") == {2: 1, 3: 2}
    # The folder is open for reading only, as before.
    assert [mail.uid for mail in reader.fetch(reader.new_uids(0))] == [1, 4, 5]
    assert dovecot.mails(user, "Newsletters") == [letter(2), letter(3)]
    colleague.noop()
    assert colleague.uid("SEARCH", "DELETED")[1] == [b"4"] and colleague.uid("SEARCH", "UNSEEN")[1] == [b"1 4 5"]
    colleague.select("Newsletters", readonly=True)
    assert colleague.uid("SEARCH", "UNSEEN")[1] == [b"1 2"] and colleague.uid("SEARCH", "KEYWORD", "work", "FLAGGED")[1] == [b"2"]
    colleague.logout()
    assert reader.move([], "Newsletters") == {}


def test_filing_that_cannot_be_done_moves_nothing(dovecot, user, reader):
    dovecot.deliver(user, letter(1))
    reader.open("INBOX")
    with pytest.raises(FolderMissing, match='no folder "Newsletters".*Drafts'):
        reader.move([1], "Newsletters")
    reader._client.capabilities = tuple(word for word in reader._client.capabilities if word != "MOVE")
    with pytest.raises(MailboxError, match="cannot move mail .*take filing out"):
        reader.move([1], "Junk")
    # The link is as good as before, and the mail lies where it lay.
    assert reader.new_uids(0) == [1]
    assert dovecot.mails(user) == [letter(1)] and dovecot.mails(user, "Junk") == []


def test_nothing_is_moved_by_numbers_that_are_old(dovecot, user, reader):
    for number in range(2):
        dovecot.deliver(user, letter(number))
    reader.open("INBOX")
    reader._open = replace(reader._open, uidvalidity=reader._open.uidvalidity - 1)
    with pytest.raises(MailboxError, match="numbered anew"):
        reader.move([1], "Junk")
    assert dovecot.mails(user, "Junk") == []


def test_mail_that_vanishes_meanwhile_is_left_out(dovecot, user, reader):
    for number in range(5):
        dovecot.deliver(user, letter(number))
    reader.open("INBOX")
    uids = reader.new_uids(0)
    colleague = dovecot.client(user)
    colleague.uid("STORE", "2:4", "+FLAGS", "(\\Deleted)")
    colleague.expunge()
    colleague.logout()
    assert [mail.uid for mail in reader.fetch(uids)] == [1, 5]


def test_new_numbers_of_a_restored_mailbox_are_seen(dovecot, user, settings, password, providers):
    for number in range(2):
        dovecot.deliver(user, letter(number))
    before = connect(settings(user), password, providers)
    old = before.open("INBOX").uidvalidity
    before.close()
    dovecot.forget_numbers(user)
    after = connect(settings(user), password, providers)
    assert after.open("INBOX").uidvalidity not in (0, old)
    after.close()


def test_a_large_mail_is_kept_whole_and_stops_nobody(dovecot, user, reader, tmp_path):
    """60 MB, without ever holding it in memory."""
    large = letter(2, size=60_000_000)
    for raw in (letter(1), large, letter(3)):
        dovecot.deliver(user, raw)
    reader.open("INBOX")
    seen = []
    tracemalloc.start()
    for mail in reader.fetch(reader.new_uids(0), large_folder=tmp_path):
        seen.append((mail.uid, mail.oversize, mail.size))
        if mail.oversize:
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
            assert mail.raw is None
            assert mail.path.parent.parent == tmp_path
            assert mail.path.read_bytes() == large
        else:
            assert mail.raw == letter(mail.uid)
    tracemalloc.stop()
    assert seen == [(1, False, len(letter(1))), (2, True, len(large)), (3, False, len(letter(3)))]
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_of_a_large_mail_is_cleared_away(dovecot, user, reader, tmp_path):
    dovecot.deliver(user, letter(1))
    left, fresh, other = (tmp_path / name for name in ("large-mail-dead", "large-mail-young", "sources-of-ours"))
    for folder in (left, fresh, other):
        folder.mkdir()
        (folder / "mail.eml").write_bytes(b"half a mail")
    held = Room(tmp_path)
    for folder in (left, other, held.path):
        os.utime(folder, (0, 0))
    reader.open("INBOX")
    assert len(list(reader.fetch([1], large_folder=tmp_path))) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([held.path.name, fresh.name, other.name])
    held.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([fresh.name, other.name])


def test_no_room_for_a_large_mail_is_one_clear_line(dovecot, user, reader, tmp_path):
    dovecot.deliver(user, letter(1, size=2_000_000))
    reader.open("INBOX")
    for mail in reader.fetch([1], large_folder=tmp_path):
        assert mail.oversize
    # Where a file stands, no folder can be made.
    (tmp_path / "in the way").touch()
    with pytest.raises(MailboxError, match="cannot be put down in"):
        list(reader.fetch([1], large_folder=tmp_path / "in the way" / "sources"))
    assert reader.new_uids(0) == [1]


def test_a_sent_letter_is_filed_and_found(dovecot, user, reader):
    # An id of 95 characters, as Outlook makes them.
    outlook = f"AM0PR04MB{'0123456789ABCDEF' * 3}@AM0PR04MB1234.eurprd04.prod.outlook.com"
    assert len(f"<{outlook}>") >= 95
    [(role, sent)] = reader.folders((FolderRule(role="sent"),))
    assert (role, sent) == ("sent", "Sent Items")
    assert not reader.find_message_id(sent, outlook)
    raw = f"Message-ID: <{outlook}>\r\nSubject: x\r\n\r\ntext\r\n".encode()
    when = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert reader.append(sent, raw, ("\\Seen",), when) == 1
    assert reader.find_message_id(sent, outlook)
    assert reader.find_message_id(sent, f"<{outlook}>")
    assert not reader.find_message_id(sent, outlook[:-1])
    [mail] = reader.fetch([1])
    assert (mail.raw, mail.internal_date) == (raw, when)
    assert "\\Seen" in mail.flags
    assert dovecot.mails(user, "Sent Items") == [raw]


@pytest.mark.parametrize("bad", ['x>"\r\nA1 CREATE pwned\r\nA2 NOOP "', "a\x00b@c", 'a"b@c', "a\\b@c", "ü@c", ""])
def test_an_id_cannot_smuggle_a_command(reader, bad):
    with pytest.raises(MailboxError, match="cannot be searched"):
        reader.find_message_id("INBOX", bad)
    with pytest.raises(FolderMissing):
        reader.open("pwned")


def test_chinese_folders(dovecot, user, reader):
    colleague = dovecot.client(user)
    colleague.create('"&XfJT0ZAB-"')
    colleague.logout()
    assert reader.folders((FolderRule(role="other", name="已发送"),)) == [("other", "已发送")]
    reader.append("已发送", letter(1), (), datetime.now(UTC))
    state = reader.open("已发送")
    assert (state.name, state.role, state.exists) == ("已发送", "other", 1)


def test_missing_folders_are_named_with_what_is_there(reader):
    with pytest.raises(FolderMissing, match='no folder "Inquiries".*Drafts.*Sent Items'):
        reader.folders((FolderRule(role="other", name="Inquiries"),))
    with pytest.raises(FolderMissing, match='no folder "Inquiries".*Drafts'):
        reader.open("Inquiries")
    with pytest.raises(FolderMissing, match='no folder "Archive 2020"'):
        reader.append("Archive 2020", letter(1), (), datetime.now(UTC))
    # A wrong name is no reason to give up the rest.
    assert reader.open("INBOX").exists == 0


def test_a_folder_that_is_deleted_while_it_is_open(dovecot, user, settings, password, providers):
    colleague = dovecot.client(user)
    colleague.create("Inquiries")
    colleague.append("Inquiries", None, datetime.now(UTC), letter(1))
    connection = connect(settings(user), password, providers)
    rule = (FolderRule(role="other", name="Inquiries"),)
    assert connection.folders(rule) == [("other", "Inquiries")]
    connection.open("Inquiries")
    assert connection.new_uids(0) == [1]
    colleague.delete("Inquiries")
    colleague.logout()
    # Whatever the server makes of it, it is an error and no empty folder.
    with pytest.raises(MailboxError):
        mails = list(connection.fetch([1]))
        assert mails == [] or isinstance(mails[0], Withheld)
        connection.open("Inquiries")
    connection.close()
    again = connect(settings(user), password, providers)
    with pytest.raises(FolderMissing, match='no folder "Inquiries"'):
        again.folders(rule)
    again.close()


def test_a_connection_that_broke_is_not_used_again(dovecot, user, reader):
    reader.open("INBOX")
    reader._client.sock.shutdown(socket.SHUT_RDWR)
    for _ in range(2):
        with pytest.raises(MailboxUnreachable, match="mailbox sales"):
            reader.new_uids(0)
    reader.close()
