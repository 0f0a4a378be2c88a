"""An IMAP server of our own that can be told to misbehave, because no real provider can be reached from a test.

It holds folders in memory and answers a small part of RFC 3501 over real sockets. What it does wrong is said by ``Quirks``; what
providers were seen to do wrong is in STANDARDS §6.5. Whatever it does, the mails themselves are there: a reader that is
patient gets all of them, once.
"""

from __future__ import annotations

import re
import socket
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from door import Door

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass
class Mail:
    uid: int
    raw: bytes
    when: datetime
    flags: str = ""


@dataclass
class Folder:
    uidvalidity: int = 7
    mails: list[Mail] = field(default_factory=list)
    uidnext: int = 1
    marks: str = ""

    def add(self, raw: bytes, when: datetime | None = None) -> int:
        self.mails.append(Mail(self.uidnext, raw, when or datetime.now(UTC)))
        self.uidnext += 1
        return self.mails[-1].uid

    def renumber(self, uidvalidity: int, first: int = 1) -> None:
        """Everything gets new numbers, as after a restored backup."""
        self.uidvalidity = uidvalidity
        for number, mail in enumerate(self.mails, first):
            mail.uid = number
        self.uidnext = first + len(self.mails)


@dataclass(frozen=True)
class Quirks:
    """What goes wrong. ``times`` says how often, over all connections, for the faults marked with (t); -1 is for ever.

    Attributes:
        before, after: capabilities before and after the login.
        unsafe_login: no folder is opened for a client that has not introduced itself (NetEase).
        bye: where the server says goodbye and hangs up (t): "login", "fetch", "idle".
        empty: UID FETCH answers OK and nothing else (t).
        keeps: these UIDs are listed and never handed out; ``answer`` says how: "silence", "no", "nil".
        vanished: these UIDs are listed by nothing any more; the SEARCH before still had them.
        cut: the line ends in the middle of this mail (t).
        size_off: this mail is announced with so many bytes too many or too few: (uid, bytes) (t).
        without_uid: answers to UID FETCH do not say which mail they are about.
        unasked: lines that come before each mail.
        more: what each answer tells besides, before the mail and behind it: (b"X-LABELS (a) ", b" EMAILID (M6)").
        backwards: the newest mail comes first.
        search: "lines" (a line for each UID), "esearch", "none" (no line at all), "no" (refused).
        small: key words are written in small letters.
        quoted: bodies that can be quoted strings are no literals.
        idle: "yes", "no" (refused), "silent" (no answer ever).
        status: whether the server answers STATUS.
        alert: every answer carries [ALERT].
        drip: seconds between two bytes of an answer to FETCH.
        deaf_to: a command that is never answered, as b"FETCH" (t).
        renumbers: the folder is numbered anew in the middle of this command, as b"EXAMINE" or b"FETCH" (t).
    """

    before: str = "IMAP4rev1"
    after: str = "IMAP4rev1 IDLE"
    unsafe_login: bool = False
    bye: str = ""
    empty: bool = False
    keeps: tuple[int, ...] = ()
    answer: str = "silence"
    vanished: tuple[int, ...] = ()
    cut: int = 0
    size_off: tuple[int, int] = (0, 0)
    without_uid: bool = False
    unasked: tuple[bytes, ...] = ()
    more: tuple[bytes, bytes] = (b"", b"")
    backwards: bool = False
    search: str = ""
    small: bool = False
    quoted: bool = False
    idle: str = "yes"
    status: bool = True
    alert: bool = False
    drip: float = 0.0
    deaf_to: bytes = b""
    renumbers: bytes = b""
    times: int = -1


class Scripted:
    """The server. Use it in a with block; ``said`` holds every line of every client."""

    def __init__(self, quirks: Quirks | None = None, delimiter: str = "/", **folders: Folder):
        self.quirks = quirks or Quirks()
        self.delimiter = delimiter
        self.folders = {"INBOX": Folder(), **folders}
        self.left = self.quirks.times
        self.said: list[bytes] = []
        self.logins = 0
        self._lock = threading.RLock()
        self.door = Door(lambda line: Session(self, line).run())
        self.port = self.door.port

    @property
    def inbox(self) -> Folder:
        return self.folders["INBOX"]

    def behave(self, **otherwise) -> None:
        """From now on, something else goes wrong; without arguments nothing does."""
        self.quirks = replace(Quirks(), **otherwise)
        self.left = self.quirks.times

    def strikes(self) -> bool:
        """Whether a fault that comes a few times only comes now."""
        with self._lock:
            if self.left == 0:
                return False
            self.left -= 1
            return True

    def commands(self, word: bytes) -> list[bytes]:
        return [line for line in self.said if word in line.upper()]

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *_: object) -> None:
        self.door.close()


def internal_date(mail: Mail) -> str:
    return f"{mail.when.day:2d}-{MONTHS[mail.when.month - 1]}-{mail.when:%Y %H:%M:%S} +0000"


class HungUp(OSError):
    """The session is over."""


class Session:
    """One connection."""

    def __init__(self, server: Scripted, line: socket.socket):
        self.server = server
        self.line = line
        self.words = line.makefile("rb")
        self.introduced = False
        self.logged_in = False
        self.told = 0
        self.folder: Folder | None = None

    @property
    def quirks(self) -> Quirks:
        return self.server.quirks

    def run(self) -> None:
        self.say(b"* OK [CAPABILITY %s] ready" % self.quirks.before.encode())
        while text := self.words.readline():
            self.server.said.append(text)
            tag, _, rest = text.strip().partition(b" ")
            name, _, rest = rest.partition(b" ")
            name = name.upper()
            if name == b"UID":
                name, _, rest = rest.partition(b" ")
                name = name.upper()
            if self.quirks.deaf_to == name and self.server.strikes():
                self.server.door.rest()
                raise HungUp
            verb = getattr(self, "do_" + name.decode().lower(), None)
            result = verb(rest) if verb else b"BAD unknown command"
            if self.quirks.alert:
                result = result.replace(b"OK ", b"OK [ALERT] Your password expires soon. ", 1)
            self.say(tag + b" " + (result or b"OK done"))
            self.logged_in = self.logged_in or name == b"LOGIN"
            if name == b"LOGOUT":
                raise HungUp

    def say(self, text: bytes) -> None:
        if self.quirks.small and self.logged_in:
            text = re.sub(rb"^(\* (?:\d+ )?|\S+ )([A-Za-z]+(?: \[[A-Z-]+)?)", lambda found: found[1] + found[2].lower(), text)
        self.line.sendall(text + b"\r\n")

    def hang_up(self, last: bytes = b"* BYE the server must restart") -> None:
        self.say(last)
        raise HungUp

    # ── commands ────────────────────────────────────────────────────────────────────────────────────────────────

    def do_capability(self, _: bytes) -> bytes:
        self.say(b"* CAPABILITY " + (self.quirks.after if self.server.logins else self.quirks.before).encode())
        return b"OK done"

    def do_login(self, _: bytes) -> bytes:
        self.server.logins += 1
        if self.quirks.bye == "login" and self.server.strikes():
            self.hang_up()
        return b"OK logged in"

    def do_id(self, _: bytes) -> bytes:
        self.introduced = True
        self.say(b"* ID NIL")
        return b"OK done"

    def do_noop(self, _: bytes) -> bytes:
        self.tell()
        return b"OK done"

    def tell(self) -> None:
        """New mail is told once to each client."""
        if self.folder and self.told != len(self.folder.mails):
            self.told = len(self.folder.mails)
            self.say(b"* %d EXISTS" % self.told)

    def do_logout(self, _: bytes) -> bytes:
        self.say(b"* BYE until next time")
        return b"OK done"

    def do_list(self, _: bytes) -> bytes:
        for name, folder in self.server.folders.items():
            self.say(f'* LIST (\\HasNoChildren {folder.marks}) "{self.server.delimiter}" "{name}"'.encode())
        return b"OK done"

    def do_examine(self, rest: bytes) -> bytes:
        if self.quirks.unsafe_login and not self.introduced:
            return b"NO SELECT Unsafe Login. Please contact kefu@188.com for help"
        name = rest.decode().strip('"')
        if name not in self.server.folders:
            self.folder = None
            return b"NO no such folder"
        self.folder = self.server.folders[name]
        if self.quirks.renumbers == b"EXAMINE" and self.server.strikes():
            self.folder.renumber(self.folder.uidvalidity + 1)
        self.say(b"* FLAGS (\\Seen \\Deleted)")
        self.told = -1
        self.tell()
        self.say(b"* 0 RECENT")
        self.say(b"* OK [UIDVALIDITY %d] numbers" % self.folder.uidvalidity)
        self.say(b"* OK [UIDNEXT %d] next" % self.folder.uidnext)
        return b"OK [READ-ONLY] done"

    do_select = do_examine

    def do_status(self, rest: bytes) -> bytes:
        name = rest.decode().rpartition(" (")[0].strip('"')
        if not self.quirks.status or name not in self.server.folders:
            return b"NO not now" if self.quirks.status else b"BAD what is that"
        folder = self.server.folders[name]
        numbers = b"MESSAGES %d UIDNEXT %d UIDVALIDITY %d" % (len(folder.mails), folder.uidnext, folder.uidvalidity)
        self.say(b'* STATUS "%s" (%s)' % (name.encode(), numbers))
        return b"OK done"

    def do_search(self, rest: bytes) -> bytes:
        words = rest.decode().split()
        uids = [mail.uid for mail in self.folder.mails]
        if words[0] == "UID":
            uids = self.in_set(words[1])
        elif words[0] == "SINCE":
            day, month, year = words[1].split("-")
            since = date(int(year), MONTHS.index(month) + 1, int(day))
            uids = [mail.uid for mail in self.folder.mails if mail.when.date() >= since]
        match self.quirks.search:
            case "no":
                return b"NO cannot search"
            case "none":
                pass
            case "lines":
                for uid in uids:
                    self.say(b"* SEARCH %d" % uid)
                    self.say(b"* %d FETCH (FLAGS (\\Seen))" % uid)
            case "esearch":
                self.say(b'* ESEARCH (TAG "x") UID' + (b" ALL " + ",".join(map(str, uids)).encode() if uids else b""))
            case _:
                self.say(b" ".join([b"* SEARCH", *(b"%d" % uid for uid in uids)]))
        return b"OK done"

    def do_idle(self, _: bytes) -> bytes:
        if self.quirks.idle == "no":
            return b"NO not for you"
        if self.quirks.idle == "silent":
            self.server.door.rest()
            raise HungUp
        self.say(b"+ idling")
        self.line.settimeout(0.05)
        while True:
            if self.quirks.bye == "idle" and self.server.strikes():
                self.hang_up()
            self.tell()
            try:
                done = self.line.recv(100)
            except TimeoutError:
                continue
            self.line.settimeout(None)
            if done.upper().startswith(b"DONE"):
                return b"OK done"
            raise HungUp

    def do_fetch(self, rest: bytes) -> bytes:
        said, _, items = rest.decode().partition(" ")
        uids = self.in_set(said, all_of_them=True)
        mails = [(number, mail) for number, mail in enumerate(self.folder.mails, 1) if mail.uid in uids]
        if "BODY" not in items:
            for number, mail in mails:
                self.say(b'* %d FETCH (UID %d INTERNALDATE "%s")' % (number, mail.uid, internal_date(mail).encode()))
            return b"OK done"
        if self.quirks.vanished:
            self.folder.mails = [mail for mail in self.folder.mails if mail.uid not in self.quirks.vanished]
            mails = [(number, mail) for number, mail in mails if mail.uid not in self.quirks.vanished]
        if self.quirks.empty and self.server.strikes():
            return b"OK done"
        if self.quirks.bye == "fetch" and self.server.strikes():
            for number, mail in mails[: len(mails) // 2]:
                self.give(number, mail)
            self.hang_up()
        kept = [mail for _, mail in mails if mail.uid in self.quirks.keeps]
        for number, mail in reversed(mails) if self.quirks.backwards else mails:
            for news in self.quirks.unasked:
                self.say(news)
            if self.quirks.renumbers == b"FETCH" and self.server.strikes():
                self.folder.renumber(self.folder.uidvalidity + 1, first=2)
                self.say(b"* OK [UIDVALIDITY %d] all is new" % self.folder.uidvalidity)
            if mail.uid not in self.quirks.keeps:
                self.give(number, mail)
            elif self.quirks.answer == "nil":
                self.say(b"* %d FETCH (UID %d FLAGS () BODY[] NIL)" % (number, mail.uid))
            elif self.quirks.answer == "no":
                return b"NO [SERVERBUG] this mail cannot be read"
        return b"NO some mails could not be read" if kept and self.quirks.answer == "partly" else b"OK done"

    def give(self, number: int, mail: Mail) -> None:
        when = internal_date(mail)
        before, behind = self.quirks.more
        head = f'* {number} FETCH (UID {mail.uid} FLAGS ({mail.flags}) INTERNALDATE "{when}" '.encode() + before + b"BODY[] "
        if self.quirks.without_uid:
            head = head.replace(b"UID %d " % mail.uid, b"")
        if self.quirks.quoted and not re.search(rb'[\r\n"\\\x80-\xff]', mail.raw):
            self.say(head + b'"' + mail.raw + b'")')
            return
        size = len(mail.raw)
        if mail.uid == self.quirks.size_off[0] and self.server.strikes():
            size += self.quirks.size_off[1]
        if mail.uid == self.quirks.cut and self.server.strikes():
            self.line.sendall(head + b"{%d}\r\n" % size + mail.raw[: len(mail.raw) // 2])
            raise HungUp
        if self.quirks.small:
            head = head.lower().replace(when.lower().encode(), when.encode())
        answer = head + b"{%d}\r\n" % size + mail.raw + behind + b")\r\n"
        if self.quirks.drip:
            for at in range(len(answer)):
                self.line.sendall(answer[at : at + 1])
                self.server.door.rest(self.quirks.drip)
        else:
            self.line.sendall(answer)

    def in_set(self, said: str, all_of_them: bool = False) -> list[int]:
        """The UIDs of a set that the folder has; "*" is the last one, and "9:*" never is nothing (RFC 3501 §6.4.8)."""
        there = [mail.uid for mail in self.folder.mails]
        last = there[-1] if there else 0
        found: set[int] = set()
        for part in said.split(","):
            first, _, end = part.partition(":")
            low, high = (last if bound == "*" else int(bound) for bound in (first, end or first))
            found |= {uid for uid in there if min(low, high) <= uid <= max(low, high)}
        return sorted(found)
