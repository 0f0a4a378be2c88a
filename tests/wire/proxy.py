"""A bad line: a TCP proxy on 127.0.0.1 that breaks, stalls or delays when it sees certain bytes go by."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass


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
        lines: how many connections were made.
        said: everything that the client said.
    """

    def __init__(self, behind: int, fault: Fault | None = None):
        self._behind = behind
        # Without a fault the line is good and only listened to.
        self._fault = fault or Fault("nobody", b"", "cut")
        self._open: list[socket.socket] = []
        self._stalled: socket.socket | None = None
        self._only_one = False
        self.struck = threading.Event()
        self.lines = 0
        self.said = b""
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        for line in (self._door, *self._open):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def break_at(self, fault: Fault) -> None:
        """From now on another fault waits; it comes to one line, and those that are made afterwards are good."""
        self._fault, self._only_one = fault, True

    def strike(self) -> None:
        """The fault comes now, whatever goes by: the way to break a line that cannot be listened to."""
        self.struck.set()
        for client, server in zip(self._open[::2], self._open[1::2], strict=True):
            with suppress(OSError):
                self._strike(client, server)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            self.lines += 1
            server = socket.create_connection(("127.0.0.1", self._behind))
            self._open += [client, server]
            for source, target, side in ((client, server, "client"), (server, client, "server")):
                threading.Thread(target=self._carry, args=(source, target, side, client, server), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, side: str, client: socket.socket, server: socket.socket) -> None:
        seen, fault = b"", self._fault
        passed = 0
        with suppress(OSError):
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
                time.sleep(self._fault.seconds)
            case "cut":
                # The server gets the time to do what it was told before the line ends.
                time.sleep(self._fault.seconds)
                for line in (client, server):
                    line.shutdown(socket.SHUT_RDWR)
            case "reset":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                # While another thread reads from it, a closed socket lives on and nothing is sent: it must wake up first.
                client.shutdown(socket.SHUT_RD)
                time.sleep(0.02)
                client.close()
                server.shutdown(socket.SHUT_RDWR)
