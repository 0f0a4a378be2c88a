"""Getting in, and what a person is told when it fails."""

from __future__ import annotations

import socket

import pytest
from door import Door, own_port
from proxy import Fault, Proxy

from mailagent.core.model.policy import Provider
from mailagent.errors import ConfigError, LoginRefused, MailboxUnreachable
from mailagent.mailbox.imap import connect

pytestmark = pytest.mark.wire


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_each_way_in(dovecot, user, settings, password, providers, security):
    port = dovecot.imaps if security == "tls" else dovecot.imap
    connection = connect(settings(user, imap_host="localhost", imap_port=port, imap_security=security), password, providers)
    assert connection.open("INBOX").exists == 0
    # Told only after the login (STANDARDS §0.4).
    assert "MOVE" in connection._client.capabilities
    assert connection._client.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert connection._client.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    connection.close()


def test_a_wrong_password_says_where_to_put_the_right_one(dovecot, user, settings, providers):
    secret = "wrong but still secret"
    with pytest.raises(LoginRefused) as caught:
        connect(settings(user, provider="qq"), secret, providers)
    told = str(caught.value)
    assert "MAILAGENT_SALES_PASSWORD" in told
    assert user in told
    assert "authorisation code" in told
    assert secret not in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("password", "says"), [("", "there is no password"), ("a\r\nb", "control character"), ("пароль", "refused the login")]
)
def test_passwords_that_cannot_be_right(dovecot, user, settings, providers, password, says):
    with pytest.raises(LoginRefused, match=says):
        connect(settings(user), password, providers)


def test_unknown_host(settings, providers):
    with pytest.raises(MailboxUnreachable, match="imap.nowhere.invalid:993: there is no server of this name; check imap_host"):
        connect(settings("a@acme.example", imap_host="imap.nowhere.invalid", imap_port=993, imap_security="tls"), "x", providers)


def test_closed_port(settings, providers):
    with pytest.raises(MailboxUnreachable, match="nothing listens there; check imap_host and imap_port"):
        connect(settings("a@acme.example", imap_port=own_port()), "x", providers)


def test_tls_spoken_to_a_plain_port(dovecot, settings, providers):
    with pytest.raises(MailboxUnreachable, match="no TLS on this port; check imap_port"):
        connect(settings("a@acme.example", imap_security="tls"), "x", providers)


def test_a_certificate_that_nobody_vouches_for(dovecot, settings, providers):
    mailbox = settings("a@acme.example", imap_port=dovecot.imaps, imap_security="tls", tls_ca_file="")
    with pytest.raises(MailboxUnreachable, match="certificate cannot be trusted.*tls_ca_file"):
        connect(mailbox, "x", providers)
    with pytest.raises(MailboxUnreachable, match="/no/such/file.pem of tls_ca_file does not exist"):
        connect(mailbox.model_copy(update={"tls_ca_file": "/no/such/file.pem"}), "x", providers)


def test_a_server_that_says_nothing(settings, providers):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mailbox = settings("a@acme.example", imap_port=mute.getsockname()[1], timeout_seconds=1)
        with pytest.raises(MailboxUnreachable, match="no answer within 1 s"):
            connect(mailbox, "x", providers)


def test_a_line_that_breaks_at_the_login_is_not_a_wrong_password(dovecot, user, settings, password, providers):
    with Proxy(dovecot.imap, Fault("client", b"LOGIN", "cut", pass_on=False)) as line:
        with pytest.raises(MailboxUnreachable, match="broke during the login") as caught:
            connect(settings(user, imap_port=line.port), password, providers)
        assert password not in str(caught.value)


def test_a_full_server_is_not_a_wrong_password(settings, providers):
    """RFC 5530: the answer codes of a refusal that will pass."""

    def answer(line: socket.socket) -> None:
        line.sendall(b"* OK ready\r\n")
        for said in line.makefile("rb"):
            tag, command, *_ = said.split()
            reply = b"* CAPABILITY IMAP4rev1\r\n%s OK done" if command == b"CAPABILITY" else b"%s NO [UNAVAILABLE] try later"
            line.sendall(reply % tag + b"\r\n")

    with Door(answer) as door, pytest.raises(MailboxUnreachable, match="takes no login at the moment: .*try later"):
        connect(settings("a@acme.example", imap_port=door.port), "x", providers)


def test_a_password_never_travels_in_clear(settings):
    rows = {"generic": Provider(title="x")}
    with pytest.raises(ConfigError, match=r'mailbox.sales.imap_security: "none" would send the password in clear to mail.acme.example'):
        connect(settings("a@acme.example", imap_host="mail.acme.example"), "x", rows)


@pytest.mark.parametrize("answer", [b"NO what for", b"BAD unknown command"])
def test_an_introduction_that_is_refused(settings, answer):
    """RFC 2971 is an extension, and nobody minds its absence; but where folders stay shut without it, it is better said at once."""

    def serve(line: socket.socket) -> None:
        line.sendall(b"* OK ready\r\n")
        for said in line.makefile("rb"):
            tag, command, *_ = said.split()
            if command == b"CAPABILITY":
                line.sendall(b"* CAPABILITY IMAP4rev1\r\n")
            line.sendall(tag + b" " + (answer if command == b"ID" else b"OK done") + b"\r\n")

    with Door(serve) as door:
        mailbox = settings("a@acme.example", provider="n", imap_port=door.port)
        connect(mailbox, "x", {"n": Provider(title="N")}).close()
        with pytest.raises(MailboxUnreachable, match="not accept our introduction .*(what for|unknown)"):
            connect(mailbox, "x", {"n": Provider(title="N", needs_id=True)})
