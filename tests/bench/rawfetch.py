"""The denominator: all mails of a mailbox by pipelined UID FETCH over a connection of its own, nothing parsed, nothing kept.

    python rawfetch.py PORT USER PASSWORD

Two commands are always under way, so that the server never waits for the client; each body is read by its length, as one bytes
object. Nothing is imported that is not needed: the start of the interpreter is part of the time. Prints mails and bytes.
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator

CHUNK_MAILS, COMMANDS_UNDER_WAY = 500, 2
RECEIVE_BYTES = 1 << 18

LITERAL = re.compile(rb"\{(\d+)\}\r\n$")


class Line:
    """A logged-in connection with the inbox open for reading only."""

    def __init__(self, port: int, user: str, password: str):
        self._socket = socket.create_connection(("127.0.0.1", port), 60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer, self._at, self._tags = b"", 0, 0
        self._line()
        self.ask(f'LOGIN "{user}" "{password}"')
        self.ask("EXAMINE INBOX")

    def ask(self, command: str) -> list[bytes]:
        """Say one command; the lines before its answer."""
        tag, lines = self._say(command), []
        while not (line := self._line()).startswith(tag):
            lines.append(line)
        _refuse_bad(tag, line)
        return lines

    def bodies(self, uids: list[int]) -> Iterator[bytes]:
        """The mails, as they come."""
        chunks = [uids[start : start + CHUNK_MAILS] for start in range(0, len(uids), CHUNK_MAILS)]
        commands = [f"UID FETCH {chunk[0]}:{chunk[-1]} (UID FLAGS BODY.PEEK[])" for chunk in chunks]
        under_way = [self._say(command) for command in commands[:COMMANDS_UNDER_WAY]]
        said = len(under_way)
        while under_way:
            line = self._line()
            if line.startswith(under_way[0]):
                _refuse_bad(under_way.pop(0), line)
                if said < len(commands):
                    under_way.append(self._say(commands[said]))
                    said += 1
            elif literal := LITERAL.search(line):
                yield self._bytes(int(literal[1]))
                self._line()

    def close(self) -> None:
        self.ask("LOGOUT")
        self._socket.close()

    def _say(self, command: str) -> bytes:
        self._tags += 1
        self._socket.sendall(f"t{self._tags} {command}\r\n".encode())
        return b"t%d " % self._tags

    def _more(self) -> None:
        data = self._socket.recv(RECEIVE_BYTES)
        if not data:
            raise ConnectionError("the server hung up")
        self._buffer, self._at = self._buffer[self._at :] + data, 0

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\n", self._at)) < 0:
            self._more()
        line, self._at = self._buffer[self._at : end + 1], end + 1
        return line

    def _bytes(self, number: int) -> bytes:
        if len(self._buffer) - self._at >= number:
            self._at += number
            return self._buffer[self._at - number : self._at]
        parts, missing = [self._buffer[self._at :]], number - (len(self._buffer) - self._at)
        # What is missing is not glued to the buffer again and again: a large mail would cost its square.
        while missing > 0:
            self._buffer, self._at = b"", 0
            self._more()
            self._at = min(missing, len(self._buffer))
            parts.append(self._buffer[: self._at])
            missing -= self._at
        return b"".join(parts)


def _refuse_bad(tag: bytes, line: bytes) -> None:
    if line[len(tag) : len(tag) + 2] != b"OK":
        raise ConnectionError(line.decode("utf-8", "replace").strip())


def main(port: int, user: str, password: str) -> None:
    line = Line(port, user, password)
    uids = [int(uid) for answer in line.ask("UID SEARCH ALL") for uid in answer.split()[2:]]
    number = size = 0
    for body in line.bodies(uids):
        number += 1
        size += len(body)
    line.close()
    print(number, size)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
