"""A line with a switch: it can be cut, go deaf, and be good again, while a programme uses it."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress


class Switch:
    """Listens on ``port`` and passes everything on to the port behind it, while it is on.

    Attributes:
        lines: how many connections were made while it was on.
    """

    def __init__(self, behind: int):
        self._behind = behind
        self._is_on = True
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._deaf: set[int] = set()
        self.lines = 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Switch:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def cut(self) -> None:
        """Every line ends now, and new ones are closed at once."""
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

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            if not self._is_on:
                client.close()
                continue
            self.lines += 1
            pair = (client, socket.create_connection(("127.0.0.1", self._behind)))
            self._pairs.append(pair)
            threading.Thread(target=self._carry, args=(pair,), daemon=True).start()

    def _carry(self, pair: tuple[socket.socket, socket.socket]) -> None:
        other = {pair[0]: pair[1], pair[1]: pair[0]}
        with suppress(OSError):
            while True:
                for source in select.select(pair, [], [])[0]:
                    data = source.recv(65536)
                    if id(pair) in self._deaf:
                        # Whoever hangs up at a deaf line is not heard either.
                        if not data:
                            return
                        continue
                    if not data:
                        other[source].shutdown(socket.SHUT_WR)
                        return
                    other[source].sendall(data)
