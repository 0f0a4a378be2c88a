"""A line with a switch: it can be cut, go deaf, and be good again, while a programme uses it."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress

from door import Door


class Switch:
    """Listens on ``port`` and passes everything on to the port behind it, while it is on."""

    def __init__(self, behind: int):
        self._behind = behind
        self._is_on = True
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._deaf: set[int] = set()
        self._door = Door(self._welcome)
        self.port = self._door.port

    def __enter__(self) -> Switch:
        return self

    def __exit__(self, *_: object) -> None:
        self._door.close()

    @property
    def lines(self) -> int:
        """How many connections reached the server behind."""
        return len(self._pairs)

    def cut(self) -> None:
        """Every line ends now, and new ones are closed at once."""
        with self._lock:
            self._is_on = False
        for pair in self._pairs:
            for side in pair:
                with suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """New lines are good again."""
        self._is_on = True

    def go_deaf(self) -> None:
        """The lines of this moment stay open and carry nothing any more; new ones are good."""
        self._deaf |= {id(pair) for pair in self._pairs}

    def _welcome(self, client: socket.socket) -> None:
        if not self._is_on:
            return
        pair = (client, self._door.dial(self._behind))
        try:
            with self._lock:
                # It may have been cut while the server was dialled.
                if not self._is_on:
                    return
                self._pairs.append(pair)
            self._carry(pair)
        finally:
            self._door.hang_up(pair[1])

    def _carry(self, pair: tuple[socket.socket, socket.socket]) -> None:
        other = {pair[0]: pair[1], pair[1]: pair[0]}
        while True:
            for source in select.select(pair, [], [])[0]:
                data = source.recv(65536)
                if id(pair) in self._deaf:
                    # Whoever hangs up at a deaf line is not heard either.
                    if not data:
                        self._door.rest()
                        return
                    continue
                if not data:
                    other[source].shutdown(socket.SHUT_WR)
                    return
                other[source].sendall(data)
