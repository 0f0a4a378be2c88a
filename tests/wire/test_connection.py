"""Many letters over one connection: it is kept, checked, given up in time, and dialled again where that can do no harm."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from door import own_port
from patience import FOR_EVER, PATIENCE
from proxy import Fault, Proxy
from test_submission import ULID, Ledger, letter

from mailagent.core.model.policy import Sending
from mailagent.delivery import smtp
from mailagent.delivery.base import Accepted, Deferred, Lost, Refused, Withdrawn
from mailagent.delivery.smtp import SmtpTransport, smtp_transport

pytestmark = pytest.mark.wire


class Sink:
    """A server (aiosmtpd) that counts its connections.

    Attributes:
        answers: what it says to a verb instead of yes, as {"MAIL": ["421 4.3.2 bye"]}; one after the other, then yes again.
        hangs_up: it closes the connection after each letter that it took.
        talk: the verbs of all clients, each with the number of its connection.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[str]] = {}
        self.hangs_up = False
        self.letters: list[bytes] = []
        self.talk: list[tuple[int, str]] = []
        self.connections = 0
        self.closed = threading.Event()
        self.port = own_port()
        sink = self

        class Server(SMTP):
            def connection_made(self, transport):
                sink.connections += 1
                self.number = sink.connections
                super().connection_made(transport)

            def connection_lost(self, error):
                sink.closed.set()
                super().connection_lost(error)

        class Counted(Controller):
            def factory(self):
                return Server(self.handler)

        self._controller = Counted(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> Sink:
        self._controller.start()
        # The controller looks once itself whether the server is there.
        self.connections = 0
        self.talk.clear()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def _say(self, server, verb: str, usual: str) -> str:
        self.talk.append((server.number, verb))
        waiting = self.answers.get(verb)
        return waiting.pop(0) if waiting else usual

    async def handle_RSET(self, server, _session, _envelope) -> str:  # noqa: N802 (the names are aiosmtpd's)
        return self._say(server, "RSET", "250 OK")

    async def handle_MAIL(self, server, _session, envelope, address, options) -> str:  # noqa: N802
        envelope.mail_from = address
        return self._say(server, "MAIL", "250 OK")

    async def handle_RCPT(self, server, _session, envelope, address, options) -> str:  # noqa: N802
        said = self._say(server, "RCPT", "250 OK")
        if said.startswith("2"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server, _session, envelope) -> str:  # noqa: N802
        said = self._say(server, "DATA", "250 OK id=1")
        if said.startswith("2"):
            self.letters.append(envelope.content)
        if self.hangs_up:
            self.closed.clear()
            server.loop.call_later(0.01, server.transport.close)
        return said

    async def handle_QUIT(self, server, _session, _envelope) -> str:  # noqa: N802
        return self._say(server, "QUIT", "221 Bye")

    def verbs(self, connection: int) -> list[str]:
        return [verb for number, verb in self.talk if number == connection]


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        yield server


@pytest.fixture
def dial(settings, providers):
    """Makes a transport to a port; ``sending`` says its limits."""
    made: list[SmtpTransport] = []

    def make(port: int, secret: str = "", timeout: float = 60, **sending) -> SmtpTransport:
        mailbox = settings("sales@acme.example", smtp_port=port, timeout_seconds=timeout)
        made.append(smtp_transport(mailbox, secret, providers, Sending(**{"reply_timeout_seconds": 60} | sending)))
        return made[-1]

    yield make
    for transport in made:
        transport.close()


def hand_over(transport: SmtpTransport, number: int = 1, before=None, recipient: str = "buyer@cust.example"):
    return transport.submit(letter(number), "sales@acme.example", (recipient,), before or Ledger(), ULID)


@pytest.fixture(autouse=True)
def talkative(monkeypatch):
    """No connection was ever silent, however long the machine stood still between two letters."""
    monkeypatch.setattr(smtp, "SILENCE_SECONDS", FOR_EVER)


@pytest.fixture
def silent(monkeypatch, talkative):
    """Every connection has been silent for so long that it is asked whether it lives."""
    monkeypatch.setattr(smtp, "SILENCE_SECONDS", 0)


ONCE = ["MAIL", "RCPT", "DATA"]


def test_letters_share_a_connection(sink, dial):
    transport = dial(sink.port)
    for number in range(3):
        assert isinstance(hand_over(transport, number), Accepted)
    transport.close()
    assert sink.verbs(1) == [*ONCE, *ONCE, *ONCE, "QUIT"]
    assert (sink.connections, len(sink.letters)) == (1, 3)


def test_after_a_silence_a_connection_is_asked_whether_it_lives(sink, dial, silent):
    transport = dial(sink.port)
    for number in range(2):
        assert isinstance(hand_over(transport, number), Accepted)
    assert sink.verbs(1) == [*ONCE, "RSET", *ONCE]


def test_a_real_server_is_logged_in_to_once(dovecot, postfix, buyer, dial, password):
    before = postfix.log.count("sasl_method=")
    with Proxy(postfix.smtp) as line:
        transport = dial(line.port, password)
        for number in range(4):
            assert isinstance(hand_over(transport, number, recipient=buyer), Accepted)
        transport.close()
        assert (line.lines, line.said.count(b"AUTH PLAIN")) == (1, 1)
    arrived = dovecot.wait_for_mails(buyer, 4)
    assert {number for number in range(4) if any(raw.endswith(letter(number)) for raw in arrived)} == {0, 1, 2, 3}
    assert postfix.log.count("sasl_method=") == before + 4


def test_a_refused_letter_does_not_end_the_connection_and_leaves_nothing_behind(sink, dial):
    sink.answers = {"RCPT": ["550 5.1.1 no such user"], "DATA": ["554 5.7.1 spam"]}
    transport = dial(sink.port)
    assert isinstance(hand_over(transport, 1), Refused)
    assert isinstance(hand_over(transport, 2), Refused)
    assert isinstance(hand_over(transport, 3), Accepted)
    assert sink.connections == 1
    assert sink.verbs(1) == ["MAIL", "RCPT", "RSET", *ONCE, "RSET", *ONCE]
    assert [b"letter3@" in raw for raw in sink.letters] == [True]


def test_a_server_that_hangs_up_after_each_letter_is_dialled_again(sink, dial):
    sink.hangs_up = True
    transport, ledger = dial(sink.port), Ledger()
    for number in range(3):
        assert isinstance(hand_over(transport, number, ledger), Accepted)
        assert sink.closed.wait(PATIENCE)
    assert (sink.connections, len(sink.letters), ledger.asked) == (3, 3, 3)


@pytest.mark.parametrize("says", ["421 4.3.2 shutting down", "450 MI:DMC 163 smtp5 too many messages in a connection"])
@pytest.mark.parametrize("verb", ["RSET", "MAIL"])
def test_goodbye_between_two_letters_costs_a_new_connection_and_no_try(sink, dial, silent, verb, says):
    transport, ledger = dial(sink.port), Ledger()
    assert isinstance(hand_over(transport, 1, ledger), Accepted)
    sink.answers = {verb: [says]}
    assert isinstance(hand_over(transport, 2, ledger), Accepted)
    assert (sink.connections, len(sink.letters), ledger.asked) == (2, 2, 2)


def test_goodbye_on_a_new_connection_is_an_answer(sink, dial):
    """Once is enough: who says it to a fresh connection wants to be left alone."""
    transport = dial(sink.port)
    sink.answers = {"MAIL": ["250 OK", "421 4.7.0 too busy", "421 4.7.0 too busy"]}
    assert isinstance(hand_over(transport, 1), Accepted)
    outcome = hand_over(transport, 2)
    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.phase) == (421, "mail")
    assert sink.connections == 2
    assert isinstance(hand_over(transport, 3), Accepted)
    assert sink.connections == 3


@pytest.mark.parametrize(("verb", "phase"), [("RCPT", "rcpt"), ("DATA", "text")])
def test_goodbye_after_mail_is_an_answer_about_the_letter(sink, dial, verb, phase):
    """From RCPT on the letter itself may be what the server does not like: the plan of retries decides, not we."""
    transport = dial(sink.port)
    assert isinstance(hand_over(transport, 1), Accepted)
    sink.answers = {verb: ["421 4.7.0 try again later"]}
    outcome = hand_over(transport, 2)
    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.phase, sink.connections) == (421, phase, 1)
    # It has said goodbye: nobody talks to it again over this line.
    assert isinstance(hand_over(transport, 3), Accepted)
    assert sink.connections == 2


@pytest.mark.parametrize("then", ["cut", "reset", "stall"])
@pytest.mark.parametrize("words", [b"rset", b"mail FROM:"])
def test_a_line_that_dies_between_two_letters_is_dialled_again(sink, dial, silent, words, then):
    ledger = Ledger()
    with Proxy(sink.port) as line:
        transport = dial(line.port, timeout=2 if then == "stall" else 60)
        assert isinstance(hand_over(transport, 1, ledger), Accepted)
        line.break_at(Fault("client", words, then, pass_on=False))
        assert isinstance(hand_over(transport, 2, ledger), Accepted)
        assert line.struck.is_set()
        assert line.lines == 2
    assert (len(sink.letters), ledger.asked) == (2, 2)


def test_a_line_that_dies_after_the_last_dot_leaves_doubt_however_many_letters_it_carried(sink, dial):
    ledger = Ledger()
    with Proxy(sink.port) as line:
        transport = dial(line.port)
        assert isinstance(hand_over(transport, 1, ledger), Accepted)
        line.break_at(Fault("server", b"OK id=", "cut", pass_on=False))
        assert isinstance(hand_over(transport, 2, ledger), Lost)
        assert line.lines == 1
        # The next one goes over a new line; the doubtful one is nobody's to send again.
        assert isinstance(hand_over(transport, 3, ledger), Accepted)
        assert line.lines == 2
    assert [b"letter2@" in raw for raw in sink.letters] == [False, True, False]
    assert ledger.asked == 3


def test_a_withdrawn_letter_takes_its_connection_with_it(sink, dial):
    """The last dot must never be sent, so the line is cut; the next letter gets one of its own."""
    transport = dial(sink.port)
    assert isinstance(hand_over(transport, 1), Accepted)
    assert isinstance(hand_over(transport, 2, Ledger(False)), Withdrawn)
    assert isinstance(hand_over(transport, 3), Accepted)
    assert (sink.connections, len(sink.letters)) == (2, 2)


def test_a_connection_carries_so_many_letters_and_no_more(sink, dial):
    transport = dial(sink.port, letters_per_connection=2)
    for number in range(5):
        assert isinstance(hand_over(transport, number), Accepted)
    transport.close()
    assert [sink.verbs(number).count("DATA") for number in (1, 2, 3)] == [2, 2, 1]
    assert all(sink.verbs(number)[-1] == "QUIT" for number in (1, 2, 3))


def test_a_connection_has_its_time(sink, dial):
    transport = dial(sink.port, connection_seconds=0)
    for number in range(3):
        assert isinstance(hand_over(transport, number), Accepted)
    assert sink.connections == 3
