"""IDLE: woken by new mail, also by mail that came a moment too early; and a dead line is noticed."""

from __future__ import annotations

import threading
import time

import pytest
from patience import PATIENCE, wait_until
from proxy import Fault, Proxy

from mailagent.core.model.policy import FolderRule, Mailbox
from mailagent.errors import MailboxUnreachable
from mailagent.mailbox.idle import has_news
from mailagent.mailbox.imap import connect

pytestmark = pytest.mark.wire

RAW = b"Subject: x\r\n\r\ntext\r\n"


#: What comes at once comes long before the wait for it would end, even on a machine that stands still for a while.
AT_ONCE = PATIENCE / 2


def never() -> bool:
    return False


def be_impatient(connection) -> None:
    """From now on the connection waits a second for an answer. Until here the machine may have taken its time."""
    connection._client.sock.settimeout(1)


@pytest.fixture(params=["tls", "none"])
def reader(dovecot, user, settings, password, providers, request):
    port = dovecot.imaps if request.param == "tls" else dovecot.imap
    connection = connect(settings(user, imap_port=port, imap_security=request.param, noop_seconds=0.2), password, providers)
    connection.open("INBOX")
    yield connection
    connection.close()


def test_new_mail_wakes(dovecot, user, reader):
    assert not reader.idle(0.3, never)
    threading.Timer(0.3, dovecot.deliver, (user, RAW)).start()
    start = time.monotonic()
    assert reader.idle(PATIENCE, never)
    assert time.monotonic() - start < AT_ONCE
    assert reader.new_uids(0) == [1]
    # What was seen does not wake again.
    assert not reader.idle(0.3, never)


def test_mail_that_came_just_before_wakes_at_once(dovecot, user, reader):
    """Ten of ten: such news sits in the reading buffer, where watching the socket misses it (SPIKE §7.5)."""
    for number in range(1, 11):
        assert len(reader.new_uids(number - 1)) == 0
        dovecot.deliver(user, RAW)
        start = time.monotonic()
        assert reader.idle(PATIENCE, never)
        assert time.monotonic() - start < AT_ONCE
        assert reader.new_uids(number - 1) == [number]


def test_news_that_came_with_another_answer_is_not_lost(dovecot, user, reader):
    """Mail that arrives after the search and is told with a FETCH: IDLE alone never tells it again."""
    dovecot.deliver(user, RAW)
    assert reader.idle(PATIENCE, never)
    uids = reader.new_uids(0)
    assert uids == [1]
    dovecot.deliver(user, RAW)
    wait_until(lambda: list(reader.fetch(uids)) and has_news(reader._client), "the second mail is told")
    start = time.monotonic()
    assert reader.idle(PATIENCE, never)
    assert time.monotonic() - start < AT_ONCE


def test_somebody_else_reading_does_not_wake(dovecot, user, reader):
    dovecot.deliver(user, RAW)
    assert reader.idle(PATIENCE, never)
    assert reader.new_uids(0) == [1]
    colleague = dovecot.client(user)
    reading = threading.Timer(0.2, colleague.uid, ("STORE", "1", "+FLAGS", "(\\Seen)"))
    reading.start()
    assert not reader.idle(1.2, never)
    reading.join()
    colleague.logout()


def test_a_stop_is_heard_soon(reader):
    start = time.monotonic()
    assert not reader.idle(PATIENCE, lambda: time.monotonic() - start > 0.3)
    assert time.monotonic() - start < AT_ONCE
    # The line is still good.
    assert reader.new_uids(0) == []


def test_without_idle_the_server_is_asked(dovecot, user, reader):
    reader._client.capabilities = tuple(word for word in reader._client.capabilities if word != "IDLE")
    assert not reader.idle(0.3, never)
    dovecot.deliver(user, RAW)
    assert reader.idle(PATIENCE, never)


@pytest.mark.parametrize("then", ["cut", "reset", "stall"])
def test_a_dead_line_is_noticed(dovecot, user, settings, password, providers, then):
    with Proxy(dovecot.imap, Fault("server", b"+ idling\r\n", then)) as line:
        connection = connect(settings(user, imap_port=line.port), password, providers)
        connection.open("INBOX")
        be_impatient(connection)
        with pytest.raises(MailboxUnreachable, match="broke while trying to wait for mail"):
            connection.idle(1, never)
        connection.close()


DOINGS = {
    "idle": lambda connection: connection.idle(1, never),
    "noop": lambda connection: _without_idle(connection).idle(PATIENCE, never),
    "search": lambda connection: connection.new_uids(0),
    "open": lambda connection: connection.open("INBOX"),
    "fetch": lambda connection: list(connection.fetch([1])),
    "list": lambda connection: connection.folders((FolderRule(role="sent"),)),
}


def _without_idle(connection):
    connection._client.capabilities = ()
    return connection


@pytest.mark.parametrize("security", ["none", "tls"])
@pytest.mark.parametrize("then", ["cut", "reset", "stall"])
@pytest.mark.parametrize("doing", DOINGS)
def test_a_line_that_dies_is_noticed_in_every_state(dovecot, user, settings, password, providers, security, then, doing):
    """Within the wait that the settings allow, plain and under TLS; "stall" is a link that is half open and says nothing."""
    dovecot.deliver(user, RAW)
    port = dovecot.imaps if security == "tls" else dovecot.imap
    with Proxy(port, Fault("nobody", b"", then)) as line:
        mailbox = settings(user, imap_port=line.port, imap_security=security, noop_seconds=0.3)
        connection = connect(mailbox, password, providers)
        connection.open("INBOX")
        connection.new_uids(0)
        be_impatient(connection)
        line.strike()
        with pytest.raises(MailboxUnreachable, match="broke while trying to"):
            DOINGS[doing](connection)
        connection.close()


@pytest.mark.parametrize("waits", [{"idle_seconds": 250, "timeout_seconds": 60}, {"idle_seconds": 230, "timeout_seconds": 70}])
def test_settings_that_would_let_a_dead_link_go_unnoticed_are_refused(waits):
    with pytest.raises(ValueError, match="must stay below 300"):
        Mailbox(name="sales", address="sales@acme.example", **waits)


def test_the_shipped_waits_notice_a_dead_link_within_five_minutes():
    mailbox = Mailbox(name="sales", address="sales@acme.example")
    assert max(mailbox.idle_seconds, mailbox.noop_seconds) + mailbox.timeout_seconds < 300


@pytest.mark.parametrize("then", ["cut", "reset", "stall"])
def test_a_line_that_breaks_inside_a_mail_gives_no_half_mail(dovecot, user, settings, password, providers, then):
    for number in range(3):
        dovecot.deliver(user, b"Subject: %d\r\n\r\n" % number + b"ordinary text\r\n" * 100 + b"END%d\r\n" % number)
    with Proxy(dovecot.imap, Fault("server", b"END1", then)) as line:
        connection = connect(settings(user, imap_port=line.port), password, providers)
        connection.open("INBOX")
        be_impatient(connection)
        with pytest.raises(MailboxUnreachable):
            list(connection.fetch([1, 2, 3]))
        connection.close()
    again = connect(settings(user), password, providers)
    again.open("INBOX")
    assert [mail.raw[-6:] for mail in again.fetch([1, 2, 3])] == [b"END0\r\n", b"END1\r\n", b"END2\r\n"]
    again.close()
