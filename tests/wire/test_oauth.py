"""Logging in by token, for reading and sending: a real login server, a real Dovecot that asks it, a real SMTP conversation."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from door import Door
from dovecot import Dovecot
from oauth_smtp import TokenSmtp
from proxy import Fault, Proxy

from mailagent.core.model.endpoint import imap_endpoint
from mailagent.core.model.policy import Mailbox, Sending
from mailagent.delivery.base import Accepted, Deferred, Refused
from mailagent.delivery.smtp import smtp_transport
from mailagent.errors import LoginRefused, MailboxUnreachable
from mailagent.mailbox.auth import dial, log_in
from mailagent.mailbox.imap import connect

# aiosmtpd warns of what every test server does.
pytestmark = [pytest.mark.wire, pytest.mark.filterwarnings("ignore:Requiring AUTH")]

USER, OTHER = "sales@acme.example", "other@acme.example"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LETTER = b"From: sales@acme.example\r\nTo: buyer@cust.example\r\nSubject: a\r\n\r\nb\r\n"


@pytest.fixture(scope="module", params=["xoauth2", "oauthbearer"])
def token_dovecot(request, dovecot, login_server_of_all) -> Iterator[Dovecot]:
    """A Dovecot that offers one way of showing a token; ``dovecot`` is here only for its check of the version."""
    server = Dovecot([USER, OTHER], login_server_of_all.url, request.param)
    server.start()
    yield server
    server.stop()


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_token_opens_the_mailbox(token_dovecot, account, tokens, login_server, security):
    port = token_dovecot.imaps if security == "tls" else token_dovecot.imap
    lines = {"imap_host": "localhost", "imap_port": port, "imap_security": security, "tls_ca_file": token_dovecot.certificate}
    connection = connect(account(**lines), tokens(), {})
    assert connection.open("INBOX").exists == 0
    assert "MOVE" in connection._client.capabilities
    connection.close()
    assert login_server.asked == []


@pytest.mark.parametrize("good", [True, False])
def test_a_server_without_the_initial_response(token_dovecot, account, tokens, login_server, good):
    """RFC 4959 is an extension: without it the token follows the server's "+"."""
    mailbox = account(imap_port=token_dovecot.imap, login=USER if good else OTHER)
    server = imap_endpoint(mailbox, {})
    box = dial(mailbox, server)
    box.client.capabilities = tuple(word for word in box.client.capabilities if word != "SASL-IR")
    if good:
        log_in(box, mailbox, tokens(), server, {})
        assert box.client.select("INBOX", readonly=True)[0] == "OK"
    else:
        with pytest.raises(LoginRefused, match="refused the token"):
            log_in(box, mailbox, tokens(), server, {})
    box.client.shutdown()


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([b"+ \r\n"] * 9, "the server asks without end"),
        ([b"+ \r\n", b"* BYE too many\r\n"], "too many"),
        ([b"+ \r\n", b"%s NO [UNAVAILABLE] later\r\n"], "takes no login at the moment: .*later"),
        ([b""], "the link broke during the login"),
    ],
)
def test_servers_that_answer_a_token_badly(account, tokens, answers, says):
    said = iter(answers)

    def serve(line: socket.socket) -> None:
        line.sendall(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready\r\n")
        tag = b""
        for command in line.makefile("rb"):
            if b"CAPABILITY" in command:
                line.sendall(b"* CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2\r\n%s OK done\r\n" % command.split()[0])
                continue
            tag = command.split()[0] if b"AUTHENTICATE" in command else tag
            answer = next(said, b"")
            if not answer:
                return
            line.sendall(answer.replace(b"%s", tag))

    source = tokens()
    with Door(serve) as door, pytest.raises(MailboxUnreachable, match=says) as caught:
        connect(account(imap_port=door.port), source, {})
    assert source.cache.read().access_token not in str(caught.value)


def test_a_token_that_ended_before_its_time_is_renewed_once(token_dovecot, account, tokens, login_server):
    source = tokens()
    login_server.end_access(USER)
    connection = connect(account(imap_port=token_dovecot.imap), source, {})
    assert connection.open("INBOX").exists == 0
    connection.close()
    assert login_server.grants == ["refresh_token"]
    # The next connection finds the new one.
    connect(account(imap_port=token_dovecot.imap), source, {}).close()
    assert login_server.grants == ["refresh_token"]


def test_a_token_that_ends_in_the_middle_of_a_session(token_dovecot, account, tokens, login_server, caplog):
    """Some servers let an open session go on, others end it: then the next connection shows a new token."""
    caplog.set_level("DEBUG")
    source = tokens()
    old = source.cache.read()
    with Proxy(token_dovecot.imap, Fault("client", b"SEARCH", "cut", pass_on=False)) as line:
        mailbox = account(imap_port=line.port)
        connection = connect(mailbox, source, {})
        assert connection.open("INBOX").exists == 0
        login_server.end_access(USER)
        assert connection.open("INBOX").exists == 0 and login_server.asked == []
        with pytest.raises(MailboxUnreachable):
            connection.new_uids(0)
        connection.close()
        again = connect(mailbox, source, {})
        assert again.open("INBOX").exists == 0
        again.close()
    assert login_server.grants == ["refresh_token"]
    new = source.cache.read()
    assert "a new access token until" in caplog.text
    assert not any(secret in caplog.text for secret in (old.access_token, old.refresh_token, new.access_token, new.refresh_token))


def test_a_permission_that_was_taken_back(token_dovecot, account, tokens, login_server):
    source = tokens()
    login_server.revoke(USER)
    for _again in range(3):
        with pytest.raises(LoginRefused, match=r"its login has ended \(invalid_grant: Token has been.*run: mailagent auth sales"):
            connect(account(imap_port=token_dovecot.imap), source, {})
    # Nobody knocks at a closed door again and again.
    assert login_server.grants == ["refresh_token"]
    assert "mailagent auth sales" in source.trouble()


def test_the_wrong_account_agreed(token_dovecot, account, tokens, login_server):
    source = tokens()
    with pytest.raises(LoginRefused, match=f'refused the token of "{OTHER}".*right account.*mailagent auth sales') as caught:
        connect(account(login=OTHER, imap_port=token_dovecot.imap), source, {})
    kept = source.cache.read()
    assert kept.access_token not in str(caught.value) and kept.refresh_token not in str(caught.value)
    assert login_server.grants == ["refresh_token"]


def test_a_server_that_takes_no_tokens(dovecot, account, tokens):
    with pytest.raises(LoginRefused, match="takes no tokens .it offers neither XOAUTH2 nor OAUTHBEARER"):
        connect(account(imap_port=dovecot.imap), tokens(), {})


def test_passwords_do_not_open_it(token_dovecot, account):
    with pytest.raises((LoginRefused, MailboxUnreachable)):
        connect(account(imap_port=token_dovecot.imap), "correct horse 7", {})


# ── sending ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["XOAUTH2", "OAUTHBEARER"])
def way_out(request, login_server) -> Iterator[TokenSmtp]:
    server = TokenSmtp(login_server, request.param)
    server.start()
    yield server
    server.stop()


def send(mailbox: Mailbox, source):
    transport = smtp_transport(mailbox, source, {}, Sending(reply_timeout_seconds=60))
    try:
        return transport.submit(LETTER, USER, ("buyer@cust.example",), lambda: True, "01J9")
    finally:
        transport.close()


def test_a_token_sends(way_out, account, tokens):
    assert isinstance(send(account(smtp_port=way_out.port), tokens()), Accepted)
    assert len(way_out.letters) == 1 and way_out.talk == ["in one line"]


def test_a_long_token_travels_on_a_line_of_its_own(way_out, account, tokens, login_server):
    source = tokens()
    long = login_server.grant(USER) + "x" * 500
    login_server._access[long] = (USER, 9e9)
    source.keep(replace(source.cache.read(), access_token=long))
    assert isinstance(send(account(smtp_port=way_out.port), source), Accepted)
    assert way_out.talk == ["on a line of its own"]


def test_sending_renews_once_too(way_out, account, tokens, login_server):
    source = tokens()
    login_server.end_access(USER)
    assert isinstance(send(account(smtp_port=way_out.port), source), Accepted)
    assert login_server.grants == ["refresh_token"] and way_out.talk.count("refused") == 1


def test_what_sending_says_when_it_may_not(way_out, account, tokens, login_server):
    source = tokens()
    wrong = send(account(login=OTHER, smtp_port=way_out.port), source)
    assert isinstance(wrong, Refused) and wrong.account_problem and wrong.code == 535 and wrong.phase == "login"
    login_server.revoke(USER)
    ended = send(account(smtp_port=way_out.port), source)
    assert isinstance(ended, Refused) and ended.account_problem and "mailagent auth sales" in ended.text
    assert not way_out.letters


def test_a_login_server_that_is_down_costs_a_letter_nothing(way_out, account, tokens, login_server):
    login_server.down = True
    outcome = send(account(smtp_port=way_out.port), tokens(life=0))
    assert isinstance(outcome, Deferred) and outcome.phase == "login" and "no time at the moment (503)" in outcome.text


def test_a_relay_that_takes_no_tokens(postfix, account, tokens):
    outcome = send(account(smtp_port=postfix.smtp), tokens())
    assert isinstance(outcome, Refused) and outcome.account_problem and "no login by token (XOAUTH2 or OAUTHBEARER)" in outcome.text
