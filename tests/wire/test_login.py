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


def server(capabilities: bytes, refusal: bytes = b"OK done", greeting: bytes = b"* OK ready") -> Door:
    """A server with these capabilities that says this to every login; what AUTHENTICATE brings is taken as one line."""

    def answer(line: socket.socket) -> None:
        line.sendall(greeting + b"\r\n")
        lines = line.makefile("rb")
        for said in lines:
            tag, command, *words = said.split()
            if command == b"CAPABILITY":
                line.sendall(b"* CAPABILITY IMAP4rev1 " + capabilities + b"\r\n")
            elif command == b"AUTHENTICATE" and len(words) == 1:
                line.sendall(b"+ \r\n")
                lines.readline()
            line.sendall(tag + b" " + (refusal if command in (b"LOGIN", b"AUTHENTICATE") else b"OK") + b"\r\n")

    return Door(answer)


PUT_OFF = [
    "[UNAVAILABLE] Temporary authentication failure.",
    "[THROTTLED] slow down",
    "[OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)",
    "[ALERT] Too many simultaneous connections. (Failure)",
    "Request is throttled. Suggested Backoff Time: 300000 milliseconds",
    "Server Unavailable. 15",
    "LOGIN Login too frequently",
    "Temporary authentication failure (rate-limit)",
]
REFUSED = [
    "[AUTHENTICATIONFAILED] LOGIN internal server error",
    "[AUTHENTICATIONFAILED] Invalid credentials (Failure)",
    "[ALERT] Application-specific password required",
    "[CONTACTADMIN] try again when he has looked",
    # What it counts up holds the password as well: somebody must look.
    "Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system is busy.",
    "Too many failed login attempts",
    "LOGIN failed.",
]


@pytest.mark.parametrize("word", [b"NO", b"BAD"])
@pytest.mark.parametrize("said", PUT_OFF)
def test_a_server_that_is_full_or_throttles_is_not_a_wrong_password(settings, providers, word, said):
    answer = word + b" " + said.encode()
    with server(b"", answer) as door, pytest.raises(MailboxUnreachable, match="takes no login at the moment") as caught:
        connect(settings("a@acme.example", imap_port=door.port), "not to be told", providers)
    assert said in str(caught.value)


@pytest.mark.parametrize("said", REFUSED)
def test_a_refusal_that_a_person_must_look_at_is_not_tried_again_and_again(settings, providers, said):
    with server(b"", b"NO " + said.encode()) as door, pytest.raises(LoginRefused, match="refused the login") as caught:
        connect(settings("a@acme.example", imap_port=door.port), "not to be told", providers)
    assert said.rstrip(".") in str(caught.value)


def test_a_server_that_takes_no_login_command_is_logged_in_to_all_the_same(settings, providers):
    """LOGINDISABLED forbids the command LOGIN and no password (RFC 3501 §6.2.3). Nor do its answers have words."""
    with server(b"LOGINDISABLED AUTH=PLAIN", b"OK") as door:
        connect(settings("a@acme.example", imap_port=door.port), "not to be told", providers).close()


def test_a_server_that_takes_no_passwords_says_what_it_takes(settings, providers):
    with server(b"LOGINDISABLED AUTH=XOAUTH2") as door, pytest.raises(LoginRefused, match="over a line that is not encrypted; set"):
        connect(settings("a@acme.example", imap_port=door.port), "not to be told", providers)


def test_a_server_that_asks_nobody_who_he_is_shows_nobodys_mailbox(settings, providers):
    with server(b"", greeting=b"* PREAUTH at home") as door, pytest.raises(LoginRefused, match="lets everybody in unasked"):
        connect(settings("a@acme.example", imap_port=door.port), "not to be told", providers)


def test_a_greeting_may_be_written_small(settings, providers):
    with server(b"", greeting=b"* ok [capability imap4rev1 idle] at your service") as door:
        connect(settings("a@acme.example", imap_port=door.port), "not to be told", providers).close()


def test_a_goodbye_at_the_door_is_told_in_its_own_words(settings, providers):
    with server(b"", greeting=b"* BYE too many lines") as door, pytest.raises(MailboxUnreachable, match=r"not accepted \(too many lines\)"):
        connect(settings("a@acme.example", imap_port=door.port), "not to be told", providers)


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
