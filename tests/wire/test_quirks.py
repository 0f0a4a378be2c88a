"""The world's servers and their bad days, played by a server of our own: nothing is lost, nothing is doubled.

Every case runs the real reading half: our connection, ``jobs.receive`` and a ledger. "Fetching failed" must never look
like "nothing is there".
"""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from patience import PATIENCE
from reading import letter

from mailagent.errors import MailboxError, MailboxUnreachable
from mailagent.mailbox.base import Withheld

NEWS = (b"* 3 FETCH (FLAGS (\\Seen))", b"* 99 EXISTS", b"* 99 RECENT", b"* 99 FETCH (UID 77 FLAGS (UID 5))", b"* OK still here")

#: Days on which one look is enough.
ODD = {
    "capabilities only before the login": {"before": "IMAP4rev1 IDLE MOVE", "after": "IMAP4rev1"},
    "other capabilities after the login": {"before": "IMAP4rev1 IDLE STARTTLS", "after": "IMAP4rev1 MOVE"},
    "Unsafe Login until ID": {"unsafe_login": True},
    "news between the mails": {"unasked": NEWS},
    "a chunk that is empty": {"empty": True, "times": 1},
    "two chunks that are empty": {"empty": True, "times": 2},
    "answers without UID": {"without_uid": True},
    "labels that nobody asked for": {"more": (b'X-GM-LABELS ("UID 3" "BODY[] NIL") ', b" EMAILID (M6) MODSEQ (18446744073709551615)")},
    "a literal before the mail": {"more": (b"X-GM-LABELS ({6}\r\nUID 77 b) BODY[HEADER] {3}\r\nabc ", b"")},
    "a literal behind the mail": {"more": (b"", b' ENVELOPE ("d" {4}\r\n)\r\n* NIL) X-GM-MSGID 12345678901234567890')},
    "blanks where none belong": {"more": (b" ", b" ")},
    "the newest first": {"backwards": True},
    "a search in many lines": {"search": "lines"},
    "an extended search": {"search": "esearch"},
    "a search without a result": {"search": "none"},
    "no search": {"search": "no"},
    "small letters": {"small": True},
    "quoted bodies": {"quoted": True},
    "alerts": {"alert": True},
}
#: Days on which the line breaks, and another look is needed.
BAD = {
    "goodbye after the login": {"bye": "login", "times": 2},
    "goodbye inside the mails": {"bye": "fetch", "times": 3},
    "a literal that is cut": {"cut": 5, "times": 1},
    "a literal that is cut twice": {"cut": 5, "times": 2},
    "a size that is too large": {"size_off": (4, 3), "times": 1},
    "a size that is far too large": {"size_off": (4, 500_000), "times": 1},
    "a size that is too small": {"size_off": (4, -3), "times": 1},
    "a size that ends inside a line": {"size_off": (4, -9), "times": 1},
    "a size that is too small at the last mail": {"size_off": (9, -7), "times": 1},
    "a size that is too large at the last mail": {"size_off": (9, 2), "times": 1},
    "no answer to the mails": {"deaf_to": b"FETCH", "times": 1},
    "no answer to the search": {"deaf_to": b"SEARCH", "times": 1},
    "no answer to the opening": {"deaf_to": b"EXAMINE", "times": 1},
    "no answer to the login": {"deaf_to": b"LOGIN", "times": 1},
}


@pytest.mark.parametrize("quirks", ODD.values(), ids=ODD)
def test_an_odd_server_hands_out_everything_at_one_look(play, quirks):
    reading = play(**quirks)
    reading.look()
    assert reading.kept() == [letter(number) for number in range(1, 10)]
    before = len(reading.server.commands(b"BODY.PEEK"))
    reading.server.behave()
    reading.look()
    assert reading.inbound() == 9 and len(reading.server.commands(b"BODY.PEEK")) == before
    assert reading.alarms() == []


@pytest.mark.parametrize("quirks", BAD.values(), ids=BAD)
def test_after_a_bad_day_everything_is_there_once(play, quirks):
    reading = play(**quirks)
    with pytest.raises(MailboxError):
        reading.look()
    reading.look_again_and_again(5)
    assert sorted(reading.kept()) == sorted(letter(number) for number in range(1, 10))
    assert reading.inbound() == 9 and reading.alarms() == []


@pytest.mark.parametrize("answer", ["silence", "no", "nil", "partly"])
@pytest.mark.parametrize("keeps", [(1,), (4, 5), (9,)])
def test_what_the_server_keeps_back_is_reported_and_the_rest_is_read(play, answer, keeps):
    reading = play(keeps=keeps, answer=answer)
    reading.look_again_and_again(6)
    others = [letter(number) for number in range(1, 10) if number not in keeps]
    assert reading.kept() == others
    assert len(reading.alarms()) == len(keeps)
    assert all(f"cannot hand out mail {uid} of INBOX" in title for uid, title in zip(keeps, sorted(reading.alarms()), strict=True))
    # When the server has been mended, they come, and the alarms go.
    reading.server.behave()
    reading.now += timedelta(days=2)
    reading.look()
    assert sorted(reading.kept()) == sorted([*others, *(letter(number) for number in keeps)])
    assert reading.alarms() == []


def test_what_is_gone_is_no_loss(play):
    """The search lists mails that are expunged before they are fetched: asked again, the server no longer lists them."""
    reading = play(vanished=(2, 3, 9))
    reading.look()
    assert reading.kept() == [letter(number) for number in (1, 4, 5, 6, 7, 8)]
    assert reading.alarms() == []


def test_the_connection_says_of_each_mail_what_became_of_it(play):
    reading = play(keeps=(2,), vanished=(4,))
    connection = reading.connect()
    connection.open("INBOX")
    told = list(connection.fetch([1, 2, 3, 4, 5]))
    assert [mail.uid for mail in told] == [1, 2, 3, 5]
    assert [type(mail) for mail in told if mail.uid == 2] == [Withheld]
    # The link is as good as before.
    assert connection.new_uids(5) == [6, 7, 8, 9]
    connection.close()


def test_a_server_that_refuses_everything_is_not_taken_for_nine_hundred_bad_mails(play):
    reading = play(mails=60, keeps=tuple(range(1, 61)), answer="no")
    connection = reading.connect()
    connection.open("INBOX")
    with pytest.raises(MailboxError, match="hands out no mail at the moment.*cannot be read"):
        list(connection.fetch(range(1, 61)))
    reading.server.behave()
    assert [mail.uid for mail in connection.fetch(range(1, 61))] == list(range(1, 61))
    connection.close()


def test_a_folder_that_is_numbered_anew_between_two_looks(play):
    reading = play()
    reading.look()
    # The new numbers are low: the mail that is new lies below the old cursor.
    reading.server.inbox.mails = reading.server.inbox.mails[5:]
    reading.server.inbox.add(letter(10))
    reading.server.inbox.renumber(8)
    reading.look()
    assert reading.kept() == [letter(number) for number in range(1, 11)] and reading.inbound() == 10
    reading.server.inbox.add(letter(11))
    reading.look()
    assert reading.inbound() == 11


@pytest.mark.parametrize("when", [b"EXAMINE", b"FETCH"])
def test_a_folder_that_is_numbered_anew_while_it_is_open(play, when):
    reading = play(renumbers=when, times=1)
    reading.look_again_and_again(4)
    assert sorted(reading.kept()) == sorted(letter(number) for number in range(1, 10))
    assert reading.inbound() == 9 and reading.alarms() == []


def test_new_numbers_in_the_middle_are_an_error_and_no_mail(play):
    reading = play(renumbers=b"FETCH", times=1)
    connection = reading.connect()
    connection.open("INBOX")
    with pytest.raises(MailboxError, match="numbered the folder anew"):
        list(connection.fetch(range(1, 10)))
    assert connection.open("INBOX").uidvalidity == 8
    assert [mail.uid for mail in connection.fetch(range(2, 11))] == list(range(2, 11))
    connection.close()


def test_an_answer_that_drips_is_given_up(play):
    reading = play(mails=2, drip=0.2, mailbox={"timeout_seconds": 1})
    with pytest.raises(MailboxUnreachable, match="next to nothing"):
        reading.look()
    reading.server.behave()
    reading.look_again_and_again(3)
    assert sorted(reading.kept()) == [letter(1), letter(2)]


def test_a_mail_that_drips_its_bytes_is_given_up(play, monkeypatch):
    """The line about it came at once, and the bytes do not."""
    reading = play(mails=1)
    reading.server.inbox.mails[0].raw = letter(1, size=100_000)
    monkeypatch.setattr("scripted.Session.give", drip_the_body)
    with pytest.raises(MailboxUnreachable, match="next to nothing"):
        reading.look()


def drip_the_body(session, number, mail) -> None:
    session.line.sendall(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (number, mail.uid, len(mail.raw)))
    for at in range(len(mail.raw)):
        session.line.sendall(mail.raw[at : at + 1])
        time.sleep(0.2)


def test_idle_that_is_refused_is_replaced_by_questions(play):
    reading = play(idle="no", mailbox={"noop_seconds": 0.1})
    connection = reading.connect()
    connection.open("INBOX")
    connection.new_uids(0)
    reading.server.inbox.add(letter(10))
    assert connection.idle(PATIENCE, lambda: False)
    assert connection.new_uids(9) == [10]
    connection.close()


@pytest.mark.parametrize("quirks", [{"bye": "idle"}, {"idle": "silent"}], ids=str)
def test_a_goodbye_or_silence_in_idle_ends_the_connection(play, quirks):
    reading = play(**quirks)
    connection = reading.connect()
    connection.open("INBOX")
    # The server would be silent for ever.
    with pytest.raises(MailboxUnreachable):
        connection.idle(1, lambda: False)
    connection.close()


def test_mail_in_idle_wakes(play):
    reading = play()
    connection = reading.connect()
    connection.open("INBOX")
    assert connection.new_uids(9) == []
    reading.server.inbox.add(letter(10))
    assert connection.idle(PATIENCE, lambda: False)
    assert connection.new_uids(9) == [10]
    connection.close()


def test_a_fetch_that_is_left_in_the_middle_disturbs_nothing(play):
    reading = play(mails=40)
    connection = reading.connect()
    connection.open("INBOX")
    mails = connection.fetch(range(1, 41))
    assert next(mails).uid == 1
    mails.close()
    assert connection.new_uids(38) == [39, 40]
    left = connection.fetch(range(1, 41))
    assert next(left).uid == 1
    assert connection.open("INBOX").exists == 40
    # Who goes on with it all the same is told, and gets no mail under a wrong number.
    with pytest.raises(MailboxError, match="another question"):
        list(left)
    assert [mail.raw for mail in connection.fetch([7])] == [letter(7)]
    connection.close()
