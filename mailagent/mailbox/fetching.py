"""Reading mails out of a folder: in order, none lost, none doubled, and never much in memory.

Theory. Five hundred mails are asked for at once and handed on one by one as they come, so memory holds one of them. What
came out of turn waits until those before it have come. When the answer has ended, some may be missing: they were expunged, or
the server stumbled over them, and nothing in the answer tells which. So the server is asked whether it still lists
them. What it lists is asked for again in halves, down to a single mail; only one that does not come when it is asked for alone
is withheld. The size of a mail is known when its literal begins: a large one goes straight into a file.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp

from mailagent.errors import MailboxError
from mailagent.mailbox.answers import Answer, announces_mail, ends_as_it_should, found_uids, read_answer, uid_set, usual_answer
from mailagent.mailbox.base import Fetched, Withheld
from mailagent.mailbox.talk import LITERAL, Question, Talk

#: One UID FETCH asks for at most so many mails.
GROUP_MAILS = 500
#: What came out of turn is kept up to so many bytes; the rest is asked for again.
AHEAD_BYTES = 8_000_000
#: A mail above this goes into a file, bytes.
LARGE_BYTES = 8_000_000
#: If so many mails in a row do not come, it is the server's trouble and not theirs.
MOST_WITHHELD = 20
ITEMS = "(UID FLAGS INTERNALDATE BODY.PEEK[])"
#: The folder of a large mail; one that is older than this and that nobody holds was left by a process that was killed.
ROOM = "large-mail-"
LEFT_AFTER_SECONDS = 60.0


class Fetch:
    """One journey through the open folder.

    Args:
        large_bytes: a mail above this size goes into a file below ``folder`` (the system's temporary folder if None).
    """

    def __init__(self, talk: Talk, large_bytes: int, folder: Path | None):
        self._talk = talk
        self._large_bytes = large_bytes
        self._folder = folder
        self._room: Room | None = None

    def mails(self, uids: Collection[int]) -> Iterator[Fetched | Withheld]:
        """The mails in ascending order. Raises what ``MailboxConnection.fetch`` says, or ``imaplib``'s own when the link breaks."""
        rest = iter(sorted(set(uids)))
        withheld: list[Withheld] = []
        try:
            while group := list(islice(rest, GROUP_MAILS)):
                for mail in self._group(group):
                    if isinstance(mail, Withheld):
                        withheld.append(mail)
                        if len(withheld) > MOST_WITHHELD:
                            raise MailboxError(f"the server hands out no mail at the moment: {mail.reason}")
                        continue
                    yield from withheld
                    withheld.clear()
                    yield mail
                    if mail.path:
                        mail.path.unlink(missing_ok=True)
            yield from withheld
        finally:
            if self._room:
                self._room.close()

    # ── one group ───────────────────────────────────────────────────────────────────────────────────────────────

    def _group(self, uids: list[int], asked_before: bool = False) -> Iterator[Fetched | Withheld]:
        waiting, wanted = deque(uids), set(uids)
        ahead: dict[int, Fetched] = {}
        held = 0
        question = self._talk.ask("UID", "FETCH", uid_set(uids), ITEMS)
        for mail in self._answers(question, uids):
            if mail.uid not in wanted or mail.uid in ahead:
                continue
            if mail.uid == waiting[0]:
                wanted.discard(waiting.popleft())
                yield mail
                while waiting and waiting[0] in ahead:
                    wanted.discard(waiting[0])
                    yield ahead.pop(waiting.popleft())
            elif mail.raw is not None and held + mail.size <= AHEAD_BYTES:
                ahead[mail.uid] = mail
                held += mail.size
        if not waiting:
            return
        listed = self._still_listed([uid for uid in waiting if uid not in ahead])
        missing: list[int] = []
        for uid in waiting:
            if uid in ahead:
                yield from self._again(missing, uids, asked_before, question)
                missing = []
                yield ahead.pop(uid)
            elif uid in listed:
                missing.append(uid)
        yield from self._again(missing, uids, asked_before, question)

    def _again(self, missing: list[int], asked: list[int], asked_before: bool, question: Question) -> Iterator[Fetched | Withheld]:
        """Those that the server has and did not hand out: once more, in halves; or, after a mail was asked for alone twice, its end."""
        if len(missing) > 1:
            half = len(missing) // 2
            yield from self._group(missing[:half])
            yield from self._group(missing[half:])
        elif missing and (len(asked) > 1 or not asked_before):
            yield from self._group(missing, asked_before=len(asked) == 1)
        elif missing:
            said = f": {question.said}" if question.result != "OK" and question.said else ""
            yield Withheld(missing[0], f"the server lists this mail and does not hand it out{said}")

    def _answers(self, question: Question, uids: list[int]) -> Iterator[Fetched]:
        """The mails of one answer, as they come. An answer without a UID counts where one mail was asked for."""
        line = self._talk.line
        alone = uids[0] if len(uids) == 1 else 0
        for head in question.lines():
            if usual := usual_answer(head):
                uid, flags, when, size = usual
                if size <= self._large_bytes:
                    raw = line.literal(size)
                    end = line.next_line()
                    # Where the announced size was wrong, what comes now is a piece of the mail.
                    if end == b")\r\n" and line.comes(*question.beginnings):
                        yield Fetched(uid, raw, size, when, flags)
                        continue
                    answer = self._with_end(question, head, end, raw)
                    yield Fetched(answer.uid, raw, size, answer.internal_date, answer.flags)
                    continue
            words = head.split(None, 3)
            if len(words) < 3 or words[2].upper() != b"FETCH":
                question.rest_of(head)
                continue
            about, announced = self._up_to_the_mail(head)
            if announced > self._large_bytes:
                yield self._put_down(question, about, announced, alone)
                continue
            answer = read_answer(about)
            if announced >= 0:
                body = line.literal(announced)
                answer = self._with_end(question, about, line.next_line(), body)
            if answer.body is not None and (answer.uid or alone):
                yield Fetched(answer.uid or alone, answer.body, len(answer.body), answer.internal_date, answer.flags)

    def _up_to_the_mail(self, about: bytes) -> tuple[bytes, int]:
        """An answer up to the mail in it, and the size of the mail; -1 if it brings none. Other literals are thrown away."""
        line = self._talk.line
        while announced := LITERAL.search(about[-24:]):
            if announces_mail(about):
                return about, int(announced[1])
            for _ in line.pieces(int(announced[1])):
                pass
            about += line.next_line()
        return about, -1

    def _with_end(self, question: Question, about: bytes, end: bytes, body: bytes) -> Answer:
        end = question.rest_of(end)
        if not ends_as_it_should(end) or not self._talk.line.comes(*question.beginnings):
            raise self._talk.client.abort("the server announced a wrong size for a mail")
        return read_answer(about + end, body)

    def _put_down(self, question: Question, head: bytes, size: int, alone: int) -> Fetched:
        """A large mail, written into a file while it comes."""
        self._talk.line.left, self._talk.is_inside = size, True
        with putting_down(self._folder):
            self._room = self._room or Room(self._folder)
            path = self._room.path / "mail.eml"
            file = path.open("wb", buffering=0)
        with file:
            for piece in self._talk.line.pieces(size):
                with putting_down(self._folder):
                    file.write(piece)
        answer = self._with_end(question, head, self._talk.line.next_line(), b"")
        self._talk.is_inside = False
        return Fetched(answer.uid or alone, None, size, answer.internal_date, answer.flags, oversize=True, path=path)

    # ── asking whether a mail is still there ────────────────────────────────────────────────────────────────────

    def _still_listed(self, uids: list[int]) -> set[int]:
        """Which of these the server still lists. A server that gives no clear answer has them all."""
        if not uids:
            return set()
        question = self._talk.ask("UID", "SEARCH", "UID", uid_set(uids))
        found = found_uids([question.rest_of(line) for line in question.lines()])
        if question.result == "OK" and found is not None:
            return set(found) & set(uids)
        question = self._talk.ask("UID", "FETCH", uid_set(uids), "(UID)")
        answers = [read_answer(question.rest_of(line)) for line in question.lines()]
        return {answer.uid for answer in answers} & set(uids) if question.result == "OK" else set(uids)


# ── the place of a large mail ───────────────────────────────────────────────────────────────────────────────────


class Room:
    """A folder of our own for large mails; held by a lock of the operating system, which goes with the process."""

    def __init__(self, folder: Path | None):
        # The first large mail comes before the folder.
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = Path(mkdtemp(dir=folder, prefix=ROOM))
        self._lock = os.open(self.path, os.O_RDONLY)
        # Where a file system knows no locks, nobody clears away what is left, and that is all.
        with suppress(OSError):
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def close(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def clear_left_rooms(folder: Path) -> int:
    """Remove what processes that were killed in the middle of a large mail have left in a folder; how many."""
    cleared = 0
    for path in folder.glob(ROOM + "*"):
        with suppress(OSError):
            lock = os.open(path, os.O_RDONLY)
            try:
                # One that was made just now may not be locked yet.
                if time.time() - path.stat().st_mtime > LEFT_AFTER_SECONDS:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path)
                    cleared += 1
            finally:
                os.close(lock)
    return cleared


@contextmanager
def putting_down(folder: Path | None):
    """A full disk or a file in the way is no fault of the link."""
    try:
        yield
    except OSError as error:
        raise MailboxError(f"a large mail cannot be put down in {folder or 'the temporary folder'}: {error.strerror}.") from error
