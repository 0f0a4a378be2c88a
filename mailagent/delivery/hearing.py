"""A connection that hears a server's replies line by line, and notices when none comes.

``smtplib`` reads through a buffer that cannot be asked whether a reply lies there already. Ours can, so that what must be done anyway is
done while a slow server is waited for, and not before a quick one is heard.
"""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Callable

#: After so much silence a server counts as slow, seconds: longer than one in the same house needs, shorter than anybody notices.
SLOW_SECONDS = 0.005
_PIECE = 65536


class Replies:
    """What comes over a connection, as the file that ``smtplib`` reads.

    Args:
        line: whose ``in_silence`` is called once when the server is slow.
    """

    def __init__(self, sock: socket.socket, line: Line):
        self._sock, self._line, self._rest = sock, line, b""

    def readline(self, limit: int) -> bytes:
        """The next line with its end; shorter if it is longer than ``limit`` or the connection ends."""
        while (end := self._rest.find(b"\n", 0, limit)) < 0 and len(self._rest) < limit:
            piece = self._piece()
            if not piece:
                break
            self._rest += piece
        place = end + 1 if end >= 0 else min(limit, len(self._rest))
        found, self._rest = self._rest[:place], self._rest[place:]
        return found

    @property
    def has_more(self) -> bool:
        """Whether something lies there already."""
        return bool(self._rest)

    def close(self) -> None:
        """Nothing: the connection closes itself."""

    def _piece(self) -> bytes:
        sock, patience = self._sock, self._sock.gettimeout()
        if self._line.in_silence is None or patience is not None and patience <= SLOW_SECONDS:
            return sock.recv(_PIECE)
        sock.settimeout(SLOW_SECONDS)
        try:
            return sock.recv(_PIECE)
        except TimeoutError:
            pass
        finally:
            sock.settimeout(patience)
        in_silence, self._line.in_silence = self._line.in_silence, None
        in_silence()
        return sock.recv(_PIECE)


class Line(smtplib.SMTP):
    """An SMTP connection.

    Attributes:
        in_silence: called once when a reply does not come within ``SLOW_SECONDS``; None asks for nothing.
    """

    in_silence: Callable[[], None] | None = None

    @property
    def has_heard_more(self) -> bool:
        """Whether the server has said more than it was asked."""
        return isinstance(self.file, Replies) and self.file.has_more

    def getreply(self) -> tuple[int, bytes]:
        """As ``smtplib`` does it, out of our own buffer."""
        if self.file is None and self.sock is not None:
            self.file = Replies(self.sock, self)
        return super().getreply()


class PlainLine(Line):
    """One that is open, or becomes secure later (STARTTLS)."""


class SecureLine(Line, smtplib.SMTP_SSL):
    """One that is secure from its first byte."""
