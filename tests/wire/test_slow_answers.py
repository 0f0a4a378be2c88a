"""A server that is slow, or must be dialled: whoever has something to write down hears of it before anybody waits."""

from __future__ import annotations

import socket
import ssl
import time

import pytest
from door import Door

from mailagent.core.model.endpoint import Endpoint
from mailagent.core.model.policy import Sending
from mailagent.delivery.base import Accepted
from mailagent.delivery.hearing import SLOW_SECONDS, PlainLine, Replies
from mailagent.delivery.line import Dialler
from mailagent.delivery.smtp import SmtpTransport

pytestmark = pytest.mark.wire

LETTER = b"From: sales@acme.example\r\nTo: a@c.example\r\nSubject: x\r\n\r\nA line.\r\n"
#: So much longer than what counts as slow that no machine takes it for quick.
THINKS = 40 * SLOW_SECONDS


class Thinker:
    """Takes every letter, and thinks before it answers some commands.

    Args:
        thinks_about: verbs, and "." for the end of the text.
        announces: what EHLO says it takes.
    """

    def __init__(self, *thinks_about: str, announces: str = ""):
        self.thinks_about, self.announces, self.connections = thinks_about, announces, 0
        self._door = Door(self._talk)
        self.port, self.close = self._door.port, self._door.close

    def _talk(self, line: socket.socket) -> None:
        self.connections += 1
        line.sendall(b"220 mx.example\r\n")
        rest, in_text = b"", False
        while piece := line.recv(65536):
            rest += piece
            while (end := rest.find(b"\r\n.\r\n" if in_text else b"\r\n")) >= 0:
                command, rest = rest[:end], rest[end + (5 if in_text else 2) :]
                verb = "." if in_text else command[:4].decode().upper()
                if verb in self.thinks_about:
                    time.sleep(THINKS)
                in_text = verb == "DATA"
                more = f"250-mx.example\r\n250 {self.announces or '8BITMIME'}\r\n".encode()
                line.sendall({"EHLO": more, "DATA": b"354 go on\r\n"}.get(verb, b"250 OK\r\n"))


@pytest.fixture
def thinker():
    """A server, and a way to it that tells its phases."""
    made = []

    def start(*thinks_about: str, announces: str = "", **sending) -> tuple[Thinker, SmtpTransport]:
        server = Thinker(*thinks_about, announces=announces)
        transport = SmtpTransport(Dialler(Endpoint("127.0.0.1", server.port, "none"), "sales", "", timeout=10), Sending(**sending), 10)
        made.append((server, transport))
        return server, transport

    yield start
    for server, transport in made:
        transport.close()
        server.close()


def submit(transport: SmtpTransport) -> list[str]:
    """The phases of one letter, with "go" at the last question."""
    phases: list[str] = []
    ask = lambda: phases.append("go") or True  # noqa: E731
    outcome = transport.submit(LETTER, "sales@acme.example", ("a@c.example",), ask, "01JDMZ0000000000000000TEST", phases.append)
    assert isinstance(outcome, Accepted)
    return phases


@pytest.mark.parametrize("announces", ["", "PIPELINING"])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_thinks_about_a_command_is_told_of_once(thinker, announces, verb):
    _, transport = thinker(verb, announces=announces)
    phases = submit(transport)
    assert phases.count("slow") == 1 and phases.index("slow") < phases.index("go")
    assert sorted(set(phases)) == ["data", "dial", "go", "slow", "text"]


@pytest.mark.parametrize("announces", ["", "PIPELINING"])
def test_thinking_about_the_text_is_not_slow_and_a_quick_server_never(thinker, announces):
    # The text's answer is written down with the next letter, so nothing waits for it.
    server, transport = thinker(".", announces=announces)
    assert submit(transport)[-2:] == ["go", "text"]
    assert "dial" not in submit(transport) and server.connections == 1


def test_before_a_connection_is_given_up_looked_after_or_opened_it_is_said(thinker, monkeypatch):
    server, transport = thinker(letters_per_connection=1)
    assert submit(transport)[0] == submit(transport)[0] == "dial" and server.connections == 2
    server, transport = thinker()
    submit(transport)
    # After a while of silence the connection is asked whether it lives, and who knows how long that takes.
    monkeypatch.setattr("mailagent.delivery.smtp.SILENCE_SECONDS", 0)
    assert submit(transport)[0] == "dial" and server.connections == 1


# ── what is heard ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def pair():
    """Two ends of a connection."""
    ends = socket.socketpair()
    ends[0].settimeout(10)
    yield ends
    for end in ends:
        end.close()


def test_replies_come_line_by_line_whatever_the_pieces(pair):
    ours, theirs = pair
    replies = Replies(ours, PlainLine())
    theirs.sendall(b"250-one\r\n250 two\r\n35")
    assert replies.readline(100) == b"250-one\r\n" and replies.has_more and replies.readline(100) == b"250 two\r\n"
    theirs.sendall(b"4 go\n")
    assert replies.readline(100) == b"354 go\n" and not replies.has_more
    theirs.sendall(b"x" * 20 + b"\r\n")
    assert replies.readline(8) == b"x" * 8
    assert replies.readline(100) == b"x" * 12 + b"\r\n"
    theirs.sendall(b"no end")
    theirs.close()
    assert replies.readline(100) == b"no end" and replies.readline(100) == b""


def test_silence_is_told_once_and_the_patience_of_the_line_stays(pair):
    ours, theirs = pair
    line, told = PlainLine(), []
    replies = Replies(ours, line)

    def answer():
        told.append(ours.gettimeout())
        theirs.sendall(b"250 at last\r\n")

    line.in_silence = answer
    assert replies.readline(100) == b"250 at last\r\n" and told == [10] and ours.gettimeout() == 10 and line.in_silence is None
    ours.settimeout(THINKS)
    with pytest.raises(TimeoutError):
        replies.readline(100)
    assert told == [10]


def test_a_line_under_tls_is_heard_after_a_silence_as_well(postfix, dovecot, user, password):
    """The wait that is broken off and begun anew loses nothing of a record."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    line = PlainLine("127.0.0.1", postfix.smtp, timeout=10, local_hostname="[127.0.0.1]")
    told: list[int] = []
    try:
        line.ehlo()
        line.starttls(context=context)
        assert line.ehlo()[0] == 250
        for _ in range(3):
            line.in_silence = lambda: told.append(1)
            line.sock.settimeout(10)
            # Nothing was asked, so nothing comes; then it is, and the answer is whole.
            replies = line.file
            line.sock.settimeout(THINKS)
            with pytest.raises(TimeoutError):
                replies.readline(100)
            line.sock.settimeout(10)
            assert line.noop()[0] == 250
    finally:
        line.close()
    assert told == [1, 1, 1]
