"""The door of the test servers must not be what a test fails of."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest
from door import Door
from proxy import Fault, Proxy
from smtpline import SmtpLine
from switch import Switch

#: Longer than a machine ever stands still; nobody waits for it when all is well.
LONG = 60


def echo(line: socket.socket) -> None:
    while words := line.recv(100):
        line.sendall(words.upper())


def asks(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), LONG)
    # Whoever is refused may know it before he has said a word.
    with suppress(ConnectionError):
        line.sendall(b"hello")
    return line


@pytest.mark.parametrize("between", [Switch, Proxy], ids=["switch", "proxy"])
def test_a_server_that_is_halted_costs_one_line_and_not_those_after_it(between):
    """The port of the server behind is taken and nobody listens: a connection is refused, as at one that was just halted."""
    with socket.socket() as behind:
        behind.bind(("127.0.0.1", 0))
        with between(behind.getsockname()[1]) as line:
            for _again in range(3):
                with asks(line.port) as refused:
                    assert ends(refused)
            behind.listen()
            with asks(line.port) as client, behind.accept()[0] as server:
                assert server.recv(5) == b"hello"
                server.sendall(b"HELLO")
                assert client.recv(5) == b"HELLO"


def test_a_mail_server_that_is_halted_costs_one_conversation():
    with socket.socket() as behind:
        behind.bind(("127.0.0.1", 0))
        with SmtpLine(behind.getsockname()[1]) as line:
            with asks(line.port) as refused:
                assert ends(refused)
            behind.listen()
            with asks(line.port) as client, behind.accept()[0] as server:
                server.sendall(b"220 ready\r\n")
                assert client.recv(100) == b"220 ready\r\n"


def test_a_switch_that_is_off_lets_nobody_in_until_it_is_mended():
    with Door(echo) as server, Switch(server.port) as line:
        with asks(line.port) as first:
            assert first.recv(5) == b"HELLO"
            line.cut()
            assert ends(first)
        with asks(line.port) as second:
            assert ends(second)
        line.mend()
        with asks(line.port) as third:
            assert third.recv(5) == b"HELLO"
        assert line.lines == 2


def test_when_the_door_closes_nobody_is_left_inside():
    """Not those who wait for words, nor those who rest, nor the one who waits for clients."""
    before, at_rest = set(threading.enumerate()), threading.Event()

    def rest(_line: socket.socket) -> None:
        at_rest.set()
        quiet.rest()

    with Door(echo) as server, Door(rest) as quiet, Proxy(server.port, Fault("client", b"stop", "stall")) as line:
        clients = [asks(server.port), asks(quiet.port), asks(line.port)]
        assert clients[0].recv(5) == clients[2].recv(5) == b"HELLO"
        clients[2].sendall(b"stop")
        assert line.struck.wait(LONG) and at_rest.wait(LONG)
    assert not set(threading.enumerate()) - before
    for client in clients:
        assert ends(client)
        client.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", server.port), LONG)


def ends(line: socket.socket) -> bool:
    """Whether the other side hangs up, in whatever way."""
    try:
        return not line.recv(1)
    except ConnectionError:
        return True
