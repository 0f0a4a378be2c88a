"""The door of every test server here: a port of 127.0.0.1, a thread for each who comes, and an end that leaves nothing open."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from patience import PATIENCE

#: The ports of this process; they stay taken until it ends.
_ours: list[socket.socket] = []


def own_port() -> int:
    """A port of this machine that is ours until this process ends: nobody else is given it, and whoever dials it is refused.

    A server that begins later may listen there, and may end and begin again, if it binds with SO_REUSEADDR, as servers do.
    """
    place = socket.socket()
    place.bind(("127.0.0.1", 0))
    # Only afterwards: otherwise it might be a port that somebody else keeps in the same way.
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    _ours.append(place)
    return place.getsockname()[1]


class Door:
    """Lets everybody in from the moment it is made until ``close``; use it in a with block.

    Args:
        welcome: called with each client in a thread of its own. The line ends when it returns. An ``OSError`` ends this line and no
            other: a server behind that is just halted refuses its client, and the next one finds the door open as before.

    Attributes:
        port: where it listens.
        lines: how many have come.
    """

    def __init__(self, welcome: Callable[[socket.socket], None]):
        self._welcome = welcome
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self.lines = 0
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listening.getsockname()[1]
        self.begin(self._accept)

    def __enter__(self) -> Door:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nobody comes in any more, every line ends, and everything that ``begin`` began is over when this returns."""
        with self._lock:
            self._closing.set()
            lines, threads = list(self._open), list(self._threads)
        for line in (self._listening, *lines):
            # Only a shut down socket wakes up the thread that waits at it.
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + PATIENCE
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))
        for line in (self._listening, *lines):
            line.close()

    def dial(self, port: int) -> socket.socket:
        """A line to the server behind, which ends with the door.

        Raises:
            OSError: nobody listens there.
        """
        line = socket.create_connection(("127.0.0.1", port), PATIENCE)
        line.settimeout(None)
        return self._keep(line)

    def begin(self, work: Callable[..., object], *args: object) -> threading.Thread:
        """A thread that is waited for when the door closes; a line that breaks in it is no error."""

        def run() -> None:
            with suppress(OSError):
                work(*args)

        thread = threading.Thread(target=run, daemon=True)
        with self._lock:
            self._threads = [one for one in self._threads if one.is_alive()]
            thread.start()
            self._threads.append(thread)
        return thread

    def rest(self, seconds: float | None = None) -> None:
        """Do nothing for so long; None: until the door closes, which ends every rest."""
        self._closing.wait(seconds)

    def hang_up(self, line: socket.socket) -> None:
        """End one line in both directions."""
        with self._lock:
            if line in self._open:
                self._open.remove(line)
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        line.close()

    def _accept(self) -> None:
        while True:
            client, _ = self._listening.accept()
            self.lines += 1
            self.begin(self._let_in, client)

    def _let_in(self, client: socket.socket) -> None:
        try:
            self._welcome(self._keep(client))
        finally:
            self.hang_up(client)

    def _keep(self, line: socket.socket) -> socket.socket:
        # Whoever passes on piece by piece must not wait for the other side to say that a piece has come (RFC 896).
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            if not self._closing.is_set():
                self._open.append(line)
                return line
        line.close()
        raise ConnectionAbortedError("the door is closed")
