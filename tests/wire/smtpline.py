"""A line to a real SMTP server that follows the conversation and does what a script says at each of its phases.

Up to the last dot it may answer in the server's place: the server never hears of it. What it does at the last dot is what happens in
life: the server took the letter and its answer is lost, late or never comes; or the server forgot it and says so.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from dataclasses import dataclass

from door import Door

#: The phases, in order. "text" is the middle of the text, "dot" its end.
PHASES = ("connect", "ehlo", "auth", "mail", "rcpt", "data", "text", "dot")
VERBS = {b"EHLO": "ehlo", b"HELO": "ehlo", b"AUTH": "auth", b"MAIL": "mail", b"RCPT": "rcpt", b"DATA": "data"}


@dataclass(frozen=True)
class Act:
    """What the line does.

    Attributes:
        do: say (``words`` in the server's place) · drop (the line ends) · stall (nothing comes any more) · late (the server's answer comes
            after ``seconds``).
        taken: at the last dot, with drop and stall: whether the server got the dot.
    """

    do: str
    words: bytes = b""
    seconds: float = 0.0
    taken: bool = True


@dataclass(frozen=True)
class Moment:
    """Where the conversation is: the phase, the how many-th letter of all, and to whom it goes."""

    phase: str
    letter: int
    recipient: str = ""


class Gone(OSError):
    """One side hung up."""


class SmtpLine:
    """Listens on ``port``.

    Args:
        behind: the port of the server.
        script: asked at every phase; None lets it go by.

    Attributes:
        acts: (phase, what was done), in order.
        letters: how many were announced.
    """

    def __init__(self, behind: int, script: Callable[[Moment], Act | None] = lambda moment: None):
        self.behind, self.script = behind, script
        self.acts: list[tuple[str, str]] = []
        self.letters = 0
        self.door = Door(lambda client: Talk(self, client).run())
        self.port = self.door.port

    def __enter__(self) -> SmtpLine:
        return self

    def __exit__(self, *_: object) -> None:
        self.door.close()

    def act(self, phase: str, recipient: str = "") -> Act | None:
        act = self.script(Moment(phase, self.letters, recipient))
        if act:
            self.acts.append((phase, act.do if act.do != "say" else act.words[:3].decode()))
        return act


class Talk:
    """One connection of a client."""

    def __init__(self, line: SmtpLine, client: socket.socket):
        self._line, self._client = line, client
        self._said = client.makefile("rb")
        self._preamble: list[bytes] = []
        self._server: socket.socket | None = None

    def run(self) -> None:
        """Follow the conversation to its end."""
        try:
            self._converse()
        finally:
            if self._server:
                self._line.door.hang_up(self._server)

    def _converse(self) -> None:
        if not self._obey(self._line.act("connect"), lambda: self._dial()):
            return
        recipient = ""
        while words := self._said.readline():
            verb = words[:4].upper()
            phase = VERBS.get(verb, "")
            if phase == "mail":
                self._line.letters += 1
            if phase == "rcpt":
                recipient = words.partition(b"<")[2].partition(b">")[0].decode()
            act = self._line.act(phase, recipient) if phase else None
            if not self._obey(act, lambda words=words, phase=phase: self._pass(words, phase)):
                return
            if phase == "data" and not act and self._answer.startswith(b"354") and not self._text(recipient):
                return

    def _obey(self, act: Act | None, otherwise: Callable[[], None]) -> bool:
        """Do it; whether the line lives on."""
        match act.do if act else "":
            case "say":
                self._client.sendall(act.words + b"\r\n")
                return not act.words.startswith(b"421")
            case "drop":
                return False
            case "stall":
                self._wait_for_the_end()
                return False
            case "late":
                self._line.door.rest(act.seconds)
        otherwise()
        return True

    def _text(self, recipient: str) -> bool:
        """The letter itself, to its last dot."""
        body, act = b"", self._line.act("text", recipient)
        while (words := self._said.readline()) != b".\r\n":
            if not words:
                raise Gone
            body += words
        if act and act.do != "say":
            # The line breaks somewhere in the middle: the server has half a letter and no dot.
            self._server.sendall(body[: random.Random(len(body)).randrange(len(body))])
            if act.do != "late":
                return self._obey(act, lambda: None)
            self._line.door.rest(act.seconds)
            self._line.door.hang_up(self._server)
            return False
        act = self._line.act("dot", recipient)
        if act and (act.do == "say" or not act.taken):
            # A server that says no, or never saw the dot, has forgotten the letter.
            self._line.door.hang_up(self._server)
            lives = self._obey(act, lambda: None)
            if lives:
                self._dial(silently=True)
            return lives
        self._server.sendall(body + b".\r\n")
        answer = self._hear()
        if act and act.do in ("drop", "stall"):
            return self._obey(act, lambda: None)
        if act:
            self._line.door.rest(act.seconds)
        self._client.sendall(answer)
        return True

    # ── the server ──────────────────────────────────────────────────────────────────────────────────────────────

    def _dial(self, silently: bool = False) -> None:
        self._server = self._line.door.dial(self._line.behind)
        self._heard = self._server.makefile("rb")
        greeting = self._hear()
        if not silently:
            self._client.sendall(greeting)
            return
        for words in self._preamble:
            self._server.sendall(words)
            self._hear()

    def _pass(self, words: bytes, phase: str) -> None:
        if phase in ("ehlo", "auth"):
            self._preamble.append(words)
        self._server.sendall(words)
        self._answer = self._hear()
        self._client.sendall(self._answer)

    def _hear(self) -> bytes:
        answer = b""
        while True:
            words = self._heard.readline()
            if not words:
                raise Gone
            answer += words
            if words[3:4] != b"-":
                return answer

    def _wait_for_the_end(self) -> None:
        while self._said.readline():
            pass
