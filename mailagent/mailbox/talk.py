"""Questions whose answers are read as they come: UID FETCH and UID SEARCH.

Theory. ``imaplib`` gathers an answer as a whole before anybody sees a line of it: five hundred mails in memory, and
four regular expressions a line. Here a question hands out its lines one by one; what the server says unasked is kept for
``imaplib`` (new mail) or acted upon (a farewell, new numbers). A question that was left in the middle is read to its end
before the next one is put.
"""

from __future__ import annotations

import imaplib
import logging
import re
from collections.abc import Iterator

from mailagent.errors import MailboxError
from mailagent.mailbox.answers import plain
from mailagent.mailbox.line import line_of

log = logging.getLogger(__name__)

#: The end of a line that announces a literal.
LITERAL = re.compile(rb"\{(\d{1,15})\+?\}\r?\n\Z")
_NEWS = re.compile(rb"\* (\d+) (EXISTS|RECENT)\b", re.I)
_NUMBERS = re.compile(rb"\* OK \[UIDVALIDITY (\d+)\]", re.I)
_ALERT = re.compile(rb"(?:\*|\S+) (?:OK|NO|BAD) \[ALERT\] ?(.*)", re.I)


class Talk:
    """What is being said on one connection.

    Attributes:
        uidvalidity: of the folder as it was opened.
        is_inside: a literal, or what stands behind it, may still have to be read.
    """

    def __init__(self, client: imaplib.IMAP4):
        self.client = client
        self.line = line_of(client)
        self.uidvalidity = 0
        self.is_inside = False
        self._unfinished: Question | None = None

    def ask(self, *words: str) -> Question:
        """Put a question, as ``ask("UID", "SEARCH", "ALL")``; read all of its ``lines``."""
        self.finish()
        self._unfinished = Question(self, self.client._command(*words))
        return self._unfinished

    @property
    def is_busy(self) -> bool:
        """Whether an answer was left in its middle."""
        return self._unfinished is not None and not self._unfinished.result

    def finish(self) -> None:
        """Read what is left of the last answer, and throw it away: call before anything else is said."""
        question, self._unfinished = self._unfinished, None
        if question and not question.result:
            question.given_up = True
            # What the server says of new numbers is of no use to anybody now.
            self.uidvalidity = 0
            if self.is_inside:
                for _ in self.line.pieces(self.line.left):
                    pass
                question.rest_of(self.line.next_line())
                self.is_inside = False
            for line in question.rest():
                question.rest_of(line)


class Question:
    """One command under way.

    Attributes:
        result: OK, NO or BAD, once the last line was read; "" before.
        said: what the server said with it.
        given_up: another question was put before this one had come to its end.
    """

    def __init__(self, talk: Talk, tag: bytes):
        self._talk = talk
        self._tag = tag + b" "
        #: How a line of the answer may begin.
        self.beginnings = (b"* ", self._tag)
        self.result = ""
        self.said = ""
        self.given_up = False

    def lines(self) -> Iterator[bytes]:
        """The lines of the answer, each with its end; a literal that a line announces must be taken before the next one.

        Raises:
            imaplib.IMAP4.abort, OSError: the link is dead.
            MailboxError: the folder was numbered anew: what comes now is about other mails; or another question was put meanwhile.
        """
        for line in self.rest():
            yield line
            if self.given_up:
                raise MailboxError("another question was put before this one was answered.")

    def rest(self) -> Iterator[bytes]:
        """The lines that nobody has read yet."""
        client, read = self._talk.client, self._talk.line.next_line
        while True:
            line = read()
            if line.startswith(b"* "):
                if line[2:4] in (b"OK", b"ok", b"BY", b"by"):
                    self._hear(line)
                elif news := _NEWS.match(line):
                    client._append_untagged(news[2].decode().upper(), news[1])
                else:
                    yield line
            elif line.startswith(self._tag):
                client.tagged_commands.pop(self._tag[:-1], None)
                result, _, said = line[len(self._tag) :].partition(b" ")
                self.said = plain(said)
                self.result = result.strip().decode("ascii", "replace").upper()
                return
            else:
                raise imaplib.IMAP4.abort(f"the server said something that belongs nowhere: {plain(line[:100])}")

    def rest_of(self, line: bytes) -> bytes:
        """A line that nobody wants, with its literals thrown away; what stands around them."""
        whole = line
        while announced := LITERAL.search(line):
            for _ in self._talk.line.pieces(int(announced[1])):
                pass
            line = self._talk.line.next_line()
            whole += line
        return whole

    def whole(self, line: bytes) -> bytes:
        """A line with everything that belongs to it, where only small literals can come."""
        part = line
        while announced := LITERAL.search(part):
            part = self._talk.line.read(int(announced[1])) + self._talk.line.next_line()
            line += part
        return line

    def _hear(self, line: bytes) -> None:
        if line[2:5].upper() == b"BYE":
            raise imaplib.IMAP4.abort(plain(line[5:]) or "the server said goodbye")
        if (numbers := _NUMBERS.match(line)) and self._talk.uidvalidity not in (0, int(numbers[1])):
            raise MailboxError("the server numbered the folder anew while it was open; it must be opened again.")
        if alert := _ALERT.match(line):
            # RFC 3501 §7.1: a person must be shown this.
            log.warning("the server says: %s", plain(alert[1]))
