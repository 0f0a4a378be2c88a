"""A line that breaks once, at a chosen byte, in a chosen way; after that it is good. It neither knows nor cares what it carries."""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from door import Door

#: How a line can break: closed, reset, silent, one byte now and then, bytes that do not belong, bytes that are missing.
WAYS = ("fin", "reset", "stall", "drip", "garbage", "gap")
#: A dripping line brings a byte so often, seconds.
DRIP = 0.02


@dataclass(frozen=True)
class Break:
    """Where and how.

    Attributes:
        side: whose bytes are counted, "server" or "client".
        at: after so many of them.
        then: one of ``WAYS``.
    """

    side: str
    at: int
    then: str


class BadLine:
    """Listens on ``port`` and carries everything to the port behind it.

    Attributes:
        struck: set when it has broken.
        broken_in: in which step that was, as ``step`` tells it.
        heard, said: everything that the server and the client said on the first connection.
        steps: (side, so many bytes had gone by then, step), one entry for each packet of the first connection.
    """

    def __init__(self, behind: int, fault: Break | None, step: Callable[[], str] = lambda: ""):
        self._behind, self._fault, self._step = behind, fault, step
        self.steps: list[tuple[str, int, str]] = []
        self.broken_in = ""
        self._count = {"server": 0, "client": 0}
        self.struck = threading.Event()
        self.heard, self.said = b"", b""
        self._first = threading.Lock()
        self._door = Door(self._welcome)
        self.port = self._door.port

    def __enter__(self) -> BadLine:
        return self

    def __exit__(self, *_: object) -> None:
        self._door.close()

    @property
    def lines(self) -> int:
        """How many connections were made."""
        return self._door.lines

    def step_at(self, side: str, at: int) -> str:
        """The step in which a byte of the first connection went by."""
        return next((step for which, end, step in self.steps if which == side and at < end), "")

    def _welcome(self, client: socket.socket) -> None:
        server = self._door.dial(self._behind)
        is_first = self._first.acquire(blocking=False)
        try:
            back = self._door.begin(self._carry, server, client, "server", is_first)
            self._carry(client, server, "client", is_first)
            back.join()
        finally:
            self._door.hang_up(server)

    def _carry(self, source: socket.socket, target: socket.socket, side: str, is_first: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if is_first:
                    self.heard += data if side == "server" else b""
                    self.said += data if side == "client" else b""
                fault, before = self._fault, self._count[side]
                self._count[side] += len(data)
                if is_first:
                    self.steps.append((side, self._count[side], self._step()))
                if fault is None or self.struck.is_set() or fault.side != side or self._count[side] <= fault.at:
                    target.sendall(data)
                    continue
                self.broken_in = self._step()
                self.struck.set()
                target.sendall(data[: fault.at - before])
                if not self._break(source, target, data[fault.at - before :]):
                    return
            target.shutdown(socket.SHUT_WR)

    def _break(self, source: socket.socket, target: socket.socket, rest: bytes) -> bool:
        """What becomes of the bytes that come next; whether the line lives on."""
        match self._fault.then:
            case "fin":
                for line in (source, target):
                    line.shutdown(socket.SHUT_RDWR)
            case "reset":
                for line in (source, target):
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    # What another thread still reads is only closed when that thread lets go of it: it must wake up first.
                    line.shutdown(socket.SHUT_RD)
                    line.close()
            case "stall":
                # Nothing comes any more, and nobody says so, until somebody hangs up.
                while source.recv(65536):
                    pass
            case "drip":
                for byte in rest:
                    target.sendall(bytes([byte]))
                    self._door.rest(DRIP)
                # What comes afterwards drips as well, for as long as the other side bears it.
                while more := source.recv(1):
                    target.sendall(more)
                    self._door.rest(DRIP)
            case "garbage":
                target.sendall(bytes(random.Random(self._fault.at).choice(b"\x00\xff{}()*+ \"\\\r\nAz") for _ in range(9)) + rest)
                return True
            case "gap":
                target.sendall(rest[9:])
                return True
        return False
