"""The line to the server, read in large gulps: what ``imaplib`` reads from, and what we read mail from ourselves.

Theory. ``imaplib`` reads by way of a small buffer that nobody can look into, takes a literal of any announced size into memory, and
knows answers in capitals only. A line that drips (a byte now and then) never runs into the socket's time-out. This one
shows what it holds, hands out large literals in pieces, writes key words in capitals (RFC 3501 §9 allows any case), and
gives up a line or a literal that makes no progress.
"""

from __future__ import annotations

import imaplib
import re
import select
import socket
import ssl
import time
from collections.abc import Iterator

#: Bytes that are asked of the system at once.
GULP = 1 << 18
#: The longest line: a list of the UIDs of some millions of mails.
LONGEST_LINE = 32_000_000
#: The largest literal that ``imaplib`` may take into memory: names, refusals, never a mail.
LARGEST_LITERAL = 1_000_000
#: Within twice the time-out, a line must end and a literal bring so many bytes.
LEAST_PROGRESS = 10_000

_SMALL = re.compile(rb"(?:\* (?:\d+ )?|[A-Z]{1,9}\d{1,9} )(?:[a-z]\S*(?: \[[A-Za-z-]+)?|\S+ \[[a-z-]+)")

#: An end without a word; RFC 3501 §7.1 wants some, and imaplib insists on it.
_BARE = re.compile(rb"[A-Z]{1,9}\d{1,9} (?:OK|NO|BAD) ?\r?\n", re.I)


class Line:
    """A socket that is read line by line and literal by literal. It stands in the place of ``imaplib``'s file."""

    def __init__(self, sock: socket.socket, held: bytes = b""):
        self._sock = sock
        self._held = held
        self._at = 0
        #: Bytes of a literal that nobody has taken yet.
        self.left = 0

    # ── as imaplib reads ────────────────────────────────────────────────────────────────────────────────────────

    def readline(self, limit: int = -1) -> bytes:
        """The next line as imaplib wants it: its key words in capitals, and a blank behind an end without words."""
        line = self.next_line()
        if _BARE.fullmatch(line):
            line = line.rstrip() + b" \r\n"
        return _SMALL.sub(lambda words: words[0].upper(), line, count=1) if _SMALL.match(line) else line

    def read(self, size: int) -> bytes:
        """A literal for ``imaplib``, which asks for none that is large."""
        if size > LARGEST_LITERAL:
            raise imaplib.IMAP4.abort(f"the server announces {size} bytes where none belong")
        return self.literal(size)

    def close(self) -> None:
        """The socket is closed by whoever opened it."""
        self._held, self._at = b"", 0

    # ── as we read ──────────────────────────────────────────────────────────────────────────────────────────────

    def next_line(self) -> bytes:
        """The next line as it came, with its end.

        Raises:
            imaplib.IMAP4.abort, OSError: the link is dead.
        """
        end = self._held.find(b"\n", self._at) + 1
        if not end:
            end = self._fetch_line_end()
        line, self._at = self._held[self._at : end], end
        return line

    def comes(self, *beginnings: bytes) -> bool:
        """Whether the next line begins with one of these; waits for as much of it, and takes nothing."""
        longest = max(map(len, beginnings))
        while len(self._held) - self._at < longest and not self._held.startswith(beginnings, self._at):
            self._gulp()
        return self._held.startswith(beginnings, self._at)

    def literal(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        end = self._at + size
        if end <= len(self._held):
            body, self._at = self._held[self._at : end], end
            return body
        return b"".join(self.pieces(size))

    def pieces(self, size: int) -> Iterator[bytes]:
        """The next ``size`` bytes, as they come."""
        self.left = size
        started, progress = time.monotonic(), 0
        while self.left > 0:
            if self._at == len(self._held):
                self._gulp()
            piece = self._held[self._at : self._at + self.left]
            self._at += len(piece)
            self.left -= len(piece)
            progress += len(piece)
            yield piece
            if progress >= LEAST_PROGRESS:
                started, progress = time.monotonic(), 0
            elif self.left:
                self._refuse_dripping(started)

    def has_more(self, seconds: float) -> bool:
        """Whether something has come within ``seconds``; takes nothing of it. Raises if the link is gone."""
        if self._at < len(self._held):
            return True
        pending = isinstance(self._sock, ssl.SSLSocket) and self._sock.pending()
        if not pending and not select.select([self._sock], [], [], seconds)[0]:
            return False
        usual = self._sock.gettimeout()
        # What has come may be a message of TLS and no word of the server.
        self._sock.settimeout(0)
        try:
            self._gulp()
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            self._sock.settimeout(usual)
        return True

    def _fetch_line_end(self) -> int:
        started, searched = time.monotonic(), len(self._held) - self._at
        while True:
            self._gulp()
            end = self._held.find(b"\n", self._at + searched) + 1
            if end:
                return end
            searched = len(self._held) - self._at
            if searched > LONGEST_LINE:
                raise imaplib.IMAP4.abort(f"the server says more than {LONGEST_LINE} bytes in one line")
            self._refuse_dripping(started)

    def _gulp(self) -> None:
        more = self._sock.recv(GULP)
        if not more:
            raise imaplib.IMAP4.abort("the server hung up")
        self._held = self._held[self._at :] + more if self._at < len(self._held) else more
        self._at = 0

    def _refuse_dripping(self, started: float) -> None:
        patience = 2 * (self._sock.gettimeout() or 60)
        if time.monotonic() - started > patience:
            raise imaplib.IMAP4.abort(f"the server has said next to nothing for {patience:.0f} s")


def line_of(client: imaplib.IMAP4) -> Line:
    """The line of a connection; takes the place of the file that ``imaplib`` made for itself."""
    name = "_file" if hasattr(client, "_file") else "file"
    file = getattr(client, name)
    if isinstance(file, Line):
        return file
    usual = client.sock.gettimeout()
    client.sock.settimeout(0)
    try:
        # What was read ahead already belongs to us.
        held = file.read(len(file.peek(1)))
    except (BlockingIOError, ssl.SSLWantReadError):
        held = b""
    finally:
        client.sock.settimeout(usual)
    line = Line(client.sock, held or b"")
    setattr(client, name, line)
    # The file held on to the socket; what it held is ours now.
    file.close()
    return line
