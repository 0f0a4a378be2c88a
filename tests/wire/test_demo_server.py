"""The embedded mail server of the demo speaks IMAP and SMTP as the agent and its users need them."""

from __future__ import annotations

import contextlib
import imaplib
import logging
import smtplib
import socket
import threading
import time
import warnings
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes

import pytest
from patience import PATIENCE

pytest.importorskip("pymap", reason="pip install mailagent[demo]")

from mailagent.demo.server import EmbeddedMail  # noqa: E402

SALES, MANAGER = "sales@lumena.example", "zhou.min@lumena.example"
NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
GONE = "old.buyer@gone.example"
RAW = b"From: a@buyer.example\r\nMessage-ID: <m1@buyer.example>\r\nSubject: HB-150 price\r\n\r\nPlease quote 200 pcs.\r\n"


@pytest.fixture
def mail():
    users = {SALES: "geheim", MANAGER: "secret"}
    with EmbeddedMail(users, bounces={GONE: f"550 5.1.1 <{GONE}>: user unknown"}, clock=lambda: NOW) as server:
        yield server


@contextlib.contextmanager
def imap(mail, user=SALES, password="geheim", folder="INBOX"):
    client = imaplib.IMAP4("127.0.0.1", mail.imap_port, timeout=PATIENCE)
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.login(user, password)
    if folder:
        client.select(folder)
    try:
        yield client
    finally:
        client.logout()


@contextlib.contextmanager
def smtp(mail, user=SALES, password="geheim"):
    with smtplib.SMTP("127.0.0.1", mail.smtp_port, timeout=PATIENCE) as client:
        client.login(user, password)
        yield client


def test_starts_and_stops_so_that_ports_are_free():
    server = EmbeddedMail({SALES: "x"}).start()
    port = server.imap_port
    server.stop()
    server.stop()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def test_stop_ends_an_open_conversation(mail):
    client = imaplib.IMAP4("127.0.0.1", mail.imap_port, timeout=PATIENCE)
    client.login(SALES, "geheim")
    # The client would not end for ever.
    mail.stop()
    with pytest.raises((imaplib.IMAP4.abort, imaplib.IMAP4.error, OSError)):
        client.noop()
        client.noop()


def test_a_wrong_password_is_refused_by_both(mail):
    with pytest.raises(imaplib.IMAP4.error), imap(mail, password="wrong"):
        pass
    with pytest.raises(smtplib.SMTPAuthenticationError), smtp(mail, password="wrong"):
        pass


def test_mail_comes_back_byte_for_byte_with_the_date_it_was_given(mail):
    when = datetime(2026, 3, 6, 9, 14, tzinfo=timezone(timedelta(hours=1)))
    hostile = b"From: x@y\r\nSubject: caf\xe9 \xff\xfe\r\n\r\nbody \x80\x81\x00\r\n"
    headerless = b"no headers at all\r\n"
    uids = [mail.deliver(SALES, raw, when=when) for raw in (RAW, hostile, headerless)]
    assert mail.messages(SALES) == [RAW, hostile, headerless]
    with imap(mail) as client:
        for uid, raw in zip(uids, (RAW, hostile, headerless), strict=True):
            _, answer = client.uid("FETCH", str(uid), "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])")
            line, body = next(part for part in answer if isinstance(part, tuple))
            assert body == raw
            assert b'"06-Mar-2026 09:14:00 +0100"' in line
            assert b"\\Seen" not in line


def test_append_without_a_date_takes_the_demos_clock(mail):
    with imap(mail) as client:
        assert client.append("Sent", r"(\Seen)", None, RAW)[0] == "OK"
        client.select("Sent")
        _, answer = client.uid("FETCH", "1:*", "(INTERNALDATE)")
    assert b"10-Mar-2026 00:30:00 +0000" in answer[0]


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        (("FROM", "a@buyer"), 1),
        (("SUBJECT", "hb-150"), 1),
        (("HEADER", "Message-ID", "<m1@buyer.example>"), 1),
        (("SINCE", "09-Mar-2026"), 2),
        (("TEXT", "quote"), 1),
        (("UNSEEN",), 2),
        (("SUBJECT", "nothing"), 0),
    ],
)
def test_search(mail, criteria, found):
    mail.deliver(SALES, RAW)
    mail.deliver(SALES, b"Subject: other\r\n\r\nother\r\n")
    with imap(mail) as client:
        _, answer = client.uid("SEARCH", *criteria)
        assert len(answer[0].split()) == found


def test_keywords_set_by_store_stay_and_others_see_them(mail):
    uid = str(mail.deliver(SALES, RAW))
    with imap(mail) as one, imap(mail) as other:
        one.uid("STORE", uid, "+FLAGS.SILENT", r"(\Flagged MailagentHandled)")
        other.noop()
        _, answer = other.uid("FETCH", uid, "(FLAGS)")
        assert b"MailagentHandled" in answer[0] and b"\\Flagged" in answer[0]


def test_folders_have_special_uses_and_can_be_made(mail):
    with imap(mail) as client:
        _, listed = client.list()
        lines = b"\n".join(listed)
        for name in (b"Sent", b"Drafts", b"Junk", b"Trash"):
            assert any(b"\\" + name in line and name in line for line in lines.split(b"\n"))
        assert client.create('"To approve"')[0] == "OK"
        assert client.create('"To approve"')[0] == "NO"
        assert client.select("Nowhere")[0] == "NO"


def test_move_and_expunge(mail):
    uids = [str(mail.deliver(SALES, RAW)) for _ in range(3)]
    with imap(mail) as client:
        assert client.uid("MOVE", uids[0], "Trash")[0] == "OK"
        client.uid("STORE", f"{uids[1]},{uids[2]}", "+FLAGS.SILENT", r"(\Deleted)")
        client.uid("EXPUNGE", uids[1])
        _, left = client.uid("SEARCH", "ALL")
    assert left[0].split() == [uids[2].encode()]
    assert len(mail.messages(SALES, "Trash")) == 1


def read_until(client, wanted, seconds=PATIENCE):
    """The server's lines up to the first that holds ``wanted``; times out if it never comes."""
    client.sock.settimeout(seconds)
    lines = [client.readline()]
    while wanted not in lines[-1]:
        lines.append(client.readline())
    return b"".join(lines)


def test_idle_reports_mail_that_came_before_and_during(mail):
    with imap(mail) as client:
        mail.deliver(SALES, RAW)
        client.send(b"x1 IDLE\r\n")
        assert b"1 EXISTS" in read_until(client, b"+ ")
        threading.Timer(0.1, mail.deliver, (SALES, RAW)).start()
        read_until(client, b"2 EXISTS")
        client.send(b"DONE\r\n")
        read_until(client, b"x1 OK")
        # The connection is still in order.
        assert client.noop()[0] == "OK"


def test_smtp_delivers_inside_outside_and_back(mail):
    letter = b"From: sales@lumena.example\r\nMessage-ID: <fu.1@lumena.example>\r\nSubject: Quotation\r\n\r\nDear Sir\r\n"
    with smtp(mail) as client:
        client.sendmail(SALES, [MANAGER, "anna@cust.example", GONE], letter)
    (copy,) = mail.messages(MANAGER)
    assert copy.endswith(letter)
    assert [posted.recipients for posted in mail.outside] == [(MANAGER, "anna@cust.example", GONE)]
    assert mail.outside[0].raw == letter
    report = message_from_bytes(mail.messages(SALES)[0])
    assert report.get_content_type() == "multipart/report" and report["Return-Path"] == "<>"
    machine = report.get_payload()[1].get_payload()[1]
    assert machine["Final-Recipient"] == f"rfc822; {GONE}" and machine["Status"] == "5.1.1" and machine["Action"] == "failed"
    assert "<fu.1@lumena.example>" in report.get_payload()[2].get_payload()


def test_smtp_refuses_strangers_and_unknown_colleagues(mail):
    with smtplib.SMTP("127.0.0.1", mail.smtp_port, timeout=PATIENCE) as client:
        client.ehlo()
        assert client.mail(SALES)[0] == 530
    with smtp(mail) as client, pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail(SALES, ["nobody@lumena.example"], RAW)
    assert mail.posted == []


def test_the_hook_may_answer_and_may_fail(mail, caplog):
    def answer(sender, recipients, raw):
        mail.deliver(sender, b"Subject: Re: thanks\r\n\r\n" + recipients[0].encode() + b"\r\n")

    def fail(sender, recipients, raw):
        raise ValueError("no template")

    with smtp(mail) as client:
        mail.on_letter = answer
        client.sendmail(SALES, ["anna@cust.example"], RAW)
        assert mail.messages(SALES)[0].endswith(b"anna@cust.example\r\n")
        mail.on_letter = fail
        with caplog.at_level(logging.ERROR):
            client.sendmail(SALES, ["anna@cust.example"], RAW)
        assert "no template" in caplog.text
    assert len(mail.posted) == 2


def test_unknown_users_and_folders_are_named(mail):
    with pytest.raises(KeyError, match="nobody"):
        mail.deliver("nobody@lumena.example", RAW)
    with pytest.raises(KeyError, match="Nowhere"):
        mail.messages(SALES, "Nowhere")
    with pytest.raises(RuntimeError):
        EmbeddedMail({SALES: "x"}).deliver(SALES, RAW)


def test_nothing_is_said_on_stderr(mail, capfd, caplog):
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        with imap(mail) as client, smtp(mail) as sender:
            sender.sendmail(SALES, [MANAGER], RAW)
            client.append("Sent", None, None, RAW)
        # A client that goes away without a word, in the middle of a command.
        rude = socket.create_connection(("127.0.0.1", mail.imap_port))
        rude.recv(100)
        rude.sendall(b"a1 LOGIN ")
        rude.close()
        time.sleep(0.05)
        mail.stop()
    assert capfd.readouterr().err == ""
    assert caplog.records == []


def test_four_clients_at_once(mail):
    for number in range(20):
        mail.deliver(SALES, RAW.replace(b"m1@", b"m%d@" % number))
    faults = []

    def work():
        try:
            with imap(mail) as client:
                for _ in range(10):
                    client.append("INBOX", None, None, RAW)
                    _, answer = client.uid("FETCH", "101:110", "(UID FLAGS BODY.PEEK[])")
                    assert len([part for part in answer if isinstance(part, tuple)]) == 10
                    client.uid("STORE", "105", "+FLAGS.SILENT", "(Busy)")
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert faults == []
    assert len(mail.messages(SALES)) == 60
