"""A bad line: a TCP proxy on 127.0.0.1 that breaks, stalls or delays when it sees certain bytes go by."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass

from door import Door


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and when.

    Attributes:
        side: whose words are watched, "client" or "server".
        after: the fault comes when these bytes (in any case) have gone by; with ``pass_on`` false their packet is swallowed.
        then: cut (FIN), reset (RST), stall (silence, the line stays open), late (everything after waits ``seconds``)
            or strip (these bytes alone are taken out).
        at_byte: instead of words, the fault comes in front of this byte of what that side says, counted from 0.
    """

    side: str
    after: bytes
    then: str
    pass_on: bool = True
    seconds: float = 0.0
    at_byte: int = -1


class Proxy:
    """Listens on ``port`` and passes everything on to the port behind it until the fault comes.

    Attributes:
        struck: set when the fault has come.
        said: everything that the client said.
    """

    def __init__(self, behind: int, fault: Fault | None = None):
        self._behind = behind
        # Without a fault the line is good and only listened to.
        self._fault = fault or Fault("nobody", b"", "cut")
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._stalled: socket.socket | None = None
        self._only_one = False
        self.struck = threading.Event()
        self.said = b""
        self._door = Door(self._welcome)
        self.port = self._door.port

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self._door.close()

    @property
    def lines(self) -> int:
        """How many connections were made."""
        return self._door.lines

    def break_at(self, fault: Fault) -> None:
        """From now on another fault waits; it comes to one line, and those that are made afterwards are good."""
        self._fault, self._only_one = fault, True

    def strike(self) -> None:
        """The fault comes now, whatever goes by: the way to break a line that cannot be listened to."""
        self.struck.set()
        for client, server in self._pairs:
            with suppress(OSError):
                self._strike(client, server)

    def _welcome(self, client: socket.socket) -> None:
        server = self._door.dial(self._behind)
        try:
            self._pairs.append((client, server))
            back = self._door.begin(self._carry, server, client, "server", client, server)
            self._carry(client, server, "client", client, server)
            back.join()
            if self._fault.then == "stall" and self.struck.is_set():
                # A stalled line stays open.
                self._door.rest()
        finally:
            self._door.hang_up(server)

    def _carry(self, source: socket.socket, target: socket.socket, side: str, client: socket.socket, server: socket.socket) -> None:
        try:
            self._pass_on(source, target, side, client, server)
        except OSError:
            # Where one side broke off, the other is told.
            for line in (client, server):
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def _pass_on(self, source: socket.socket, target: socket.socket, side: str, client: socket.socket, server: socket.socket) -> None:
        seen, fault = b"", self._fault
        passed = 0
        while data := source.recv(65536):
            passed += len(data)
            if side == self._fault.side and 0 <= self._fault.at_byte < passed and not self.struck.is_set():
                self.struck.set()
                target.sendall(data[: len(data) - (passed - self._fault.at_byte)])
                self._strike(client, server)
                return
            if self._fault.at_byte >= 0:
                # A stalled line carries nothing back either.
                if self.struck.is_set():
                    return
                target.sendall(data)
                continue
            if side == "client":
                self.said += data
            if fault is not self._fault:
                seen, fault = b"", self._fault
            # What was said so far is remembered in part, so that words split over packets are seen as well.
            known, seen = len(seen), seen + data
            found = seen.lower().find(self._fault.after.lower()) if side == self._fault.side and not self.struck.is_set() else -1
            if found < 0:
                # Silence is on both sides: a stalled line carries nothing back either.
                if self.struck.is_set() and self._fault.then == "stall" and (not self._only_one or self._stalled is client):
                    return
                target.sendall(data)
                seen = seen[-200:]
                continue
            self.struck.set()
            self._stalled = client
            seen = b""
            if self._fault.then == "strip":
                target.sendall(data.replace(self._fault.after, b""))
                continue
            end = found + len(self._fault.after) - known
            if self._fault.pass_on:
                target.sendall(data[:end])
            self._strike(client, server)
            if self._fault.then != "late":
                return
            target.sendall(data[end:])
        target.shutdown(socket.SHUT_WR)

    def _strike(self, client: socket.socket, server: socket.socket) -> None:
        match self._fault.then:
            case "late":
                self._door.rest(self._fault.seconds)
            case "cut":
                # The server gets the time to do what it was told before the line ends.
                self._door.rest(self._fault.seconds)
                for line in (client, server):
                    line.shutdown(socket.SHUT_RDWR)
            case "reset":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                # While another thread reads from it, a closed socket lives on and nothing is sent: it must wake up first.
                client.shutdown(socket.SHUT_RD)
                self._door.rest(0.02)
                client.close()
                server.shutdown(socket.SHUT_RDWR)
