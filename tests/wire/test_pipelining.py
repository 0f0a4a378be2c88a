"""Sender, recipients and DATA in one go (RFC 2920): what a server may answer, and what then goes over the line."""

from __future__ import annotations

import socket

import pytest
from door import Door

from mailagent.core.model.endpoint import Endpoint
from mailagent.core.model.policy import Sending
from mailagent.delivery.base import Accepted, Deferred, Refused, Withdrawn
from mailagent.delivery.line import Dialler
from mailagent.delivery.smtp import SmtpTransport

pytestmark = pytest.mark.wire

LETTER = b"From: sales@acme.example\r\nTo: a@c.example\r\nSubject: x\r\n\r\nA line.\r\n"
TO = ("a@c.example", "b@c.example")
OK, GO = b"250 OK", b"354 go on"


class Server:
    """Answers each command with the next of its lines; b"" hangs up. What came is kept, by connection and in the pieces in which it came.

    Args:
        announces: whether it takes commands in one go.
    """

    def __init__(self, *answers: bytes, announces: bool = True):
        self.answers, self.announces = list(answers), announces
        self.pieces: list[list[bytes]] = []
        self._door = Door(self._talk)
        self.port = self._door.port

    def close(self) -> None:
        self._door.close()

    def text(self) -> bytes:
        """Everything that came."""
        return b"".join(b"".join(pieces) for pieces in self.pieces)

    def _talk(self, line: socket.socket) -> None:
        pieces: list[bytes] = []
        self.pieces.append(pieces)
        line.sendall(b"220 mx.example\r\n")
        rest, in_text = b"", False
        while piece := line.recv(65536):
            pieces.append(piece)
            rest += piece
            while True:
                if in_text:
                    if b"\r\n.\r\n" not in rest:
                        break
                    rest, in_text, command = rest.partition(b"\r\n.\r\n")[2], False, b"."
                elif b"\r\n" in rest:
                    command, _, rest = rest.partition(b"\r\n")
                else:
                    break
                if command.upper().startswith(b"EHLO"):
                    line.sendall(b"250-mx.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n" if self.announces else b"250 mx.example\r\n")
                    continue
                if command.upper() == b"RSET":
                    line.sendall(b"250 OK\r\n")
                    continue
                answer = self.answers.pop(0) if self.answers else b""
                if not answer:
                    return
                in_text = answer.startswith(b"354")
                line.sendall(answer + b"\r\n")


@pytest.fixture
def serve():
    """A server with these answers, and a way to it."""
    made = []

    def start(*answers: bytes, announces: bool = True) -> tuple[Server, SmtpTransport]:
        server = Server(*answers, announces=announces)
        transport = SmtpTransport(Dialler(Endpoint("127.0.0.1", server.port, "none"), "sales", "", timeout=3), Sending(), 3)
        made.append((server, transport))
        return server, transport

    yield start
    for server, transport in made:
        transport.close()
        server.close()


def submit(transport: SmtpTransport, recipients=TO, may_go=True, asked=None):
    def ask() -> bool:
        if asked is not None:
            asked.append(1)
        return may_go

    return transport.submit(LETTER, "sales@acme.example", recipients, ask, "01JDMZ0000000000000000TEST")


def test_all_is_announced_in_one_piece_and_the_text_follows_the_354_alone(serve):
    server, transport = serve(OK, OK, OK, GO, b"250 queued as 7")
    assert isinstance(submit(transport), Accepted)
    _, announced, text = server.pieces[0]
    assert announced.split(b"\r\n") == [
        b"MAIL FROM:<sales@acme.example>", b"RCPT TO:<a@c.example>", b"RCPT TO:<b@c.example>", b"DATA", b""
    ]  # fmt: skip
    assert text == LETTER + b".\r\n"


def test_a_server_that_announces_nothing_is_asked_step_by_step(serve):
    server, transport = serve(OK, OK, OK, GO, OK, announces=False)
    assert isinstance(submit(transport), Accepted)
    assert [piece.partition(b" ")[0].strip().upper() for piece in server.pieces[0][1:5]] == [b"MAIL", b"RCPT", b"RCPT", b"DATA"]


def test_a_354_after_a_refused_recipient_gets_no_text_and_the_line_is_cut(serve):
    server, transport = serve(OK, OK, b"550 5.1.1 nobody of this name", GO, OK, OK, GO, OK)
    asked: list[int] = []
    outcome = submit(transport, asked=asked)
    assert isinstance(outcome, Refused) and outcome.hard and (outcome.phase, outcome.recipient) == ("rcpt", "b@c.example")
    assert not asked and b"A line." not in server.text()
    assert isinstance(submit(transport, TO[:1]), Accepted)
    assert len(server.pieces) == 2, "the next letter takes a new line"


def test_a_server_that_refuses_all_of_it_is_kept_for_the_next_letter(serve):
    server, transport = serve(b"250 OK", b"451 4.7.1 later", b"250 OK", b"503 no valid recipients", OK, OK, GO, OK)
    outcome = submit(transport)
    assert isinstance(outcome, Deferred) and (outcome.code, outcome.phase, outcome.recipient) == (451, "rcpt", "a@c.example")
    assert isinstance(submit(transport, TO[:1]), Accepted)
    assert len(server.pieces) == 1 and b"rset" in server.text().lower()


@pytest.mark.parametrize(
    ("answers", "code", "phase"),
    [
        ((b"",), None, "mail"),
        ((OK, b""), None, "rcpt"),
        ((OK, OK, OK, b""), None, "data"),
        ((OK, b"450 4.2.0 later", b""), 450, "rcpt"),
        ((b"421 4.3.2 closing", b""), 421, "mail"),
        ((OK, OK, OK, b"451 4.3.0 no room"), 451, "data"),
    ],
    ids=["at once", "within the recipients", "before the 354", "after a refusal", "with a farewell", "no 354"],
)
def test_a_line_that_ends_among_the_answers_can_be_tried_again(serve, answers, code, phase):
    server, transport = serve(*answers)
    asked: list[int] = []
    outcome = submit(transport, asked=asked)
    assert isinstance(outcome, Deferred) and (outcome.code, outcome.phase) == (code, phase)
    assert not asked and b"A line." not in server.text()


def test_withdrawn_after_the_354_nothing_of_the_text_is_sent(serve):
    server, transport = serve(OK, OK, OK, GO)
    assert isinstance(submit(transport, may_go=False), Withdrawn)
    assert b"A line." not in server.text()
