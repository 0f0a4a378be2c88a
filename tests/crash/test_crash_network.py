"""The line cut, reset, stalled, dripping and torn at every step of the protocol, plain and under TLS: nothing is lost or doubled."""

from __future__ import annotations

import functools
import imaplib
import random
import re
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from badline import WAYS, BadLine, Break
from company import wait_until
from inspection import inspect, on_server
from post import arrive, broken, inquiry, inquiry_in_gbk, large_inquiry, newsletter

from mailagent import jobs, watch
from mailagent.ledger.db import Ledger
from mailagent.mailbox import idle, imap
from mailagent.office import open_office

pytestmark = pytest.mark.wire

#: What is said in the life of a connection, and so where a line can break.
STEPS = frozenset(("connect", "CAPABILITY", "LOGIN", "ID", "LIST", "EXAMINE", "UID SEARCH", "UID FETCH", "IDLE", "DONE", "LOGOUT"))
#: These ways cost a time-out each, and are taken less often.
SLOW = ("stall", "drip")
#: Breaks of each step in the short form, and slow ones of all steps.
EACH, FEW_SLOW = 1, 3
#: How long a server may be silent here, seconds.
PATIENCE = 0.6
IDLE_SECONDS = 1.0
#: Beside the beginnings, middles and ends, so many bytes by chance; most of them lie in a literal.
PLACES = 40
#: Breaks of the long form, for each sort of line.
MOST = 150

COMMAND = re.compile(rb"^(?:[A-Z]+\d+ )?((?:UID )?[A-Z]+)")


class Tap:
    """Listens to what the client says, so that a break has a name: the last command."""

    def __init__(self):
        self.last = "connect"

    def hear(self, data: bytes) -> None:
        if found := COMMAND.match(data):
            self.last = found[1].decode()


@pytest.fixture
def tap(monkeypatch):
    tap = Tap()
    real = imaplib.IMAP4.send
    monkeypatch.setattr(imaplib.IMAP4, "send", lambda client, data: (tap.hear(data), real(client, data))[1])
    for name, seconds in ((imap, "CLOSE_SECONDS"), (idle, "GLANCE")):
        monkeypatch.setattr(name, seconds, {"CLOSE_SECONDS": PATIENCE, "GLANCE": 0.03}[seconds])
    connect = functools.partial(imap.connect, large_bytes=50_000)
    monkeypatch.setattr(imap, "connect", connect)
    return tap


class Scene:
    """One mailbox on Dovecot, and the real watch that reads it over a bad line into a ledger of its own."""

    def __init__(self, company, user: str, dovecot, tls: bool, tap: Tap, folder: Path):
        self.dovecot, self.user, self.tap, self.tls, self.folder = dovecot, user, tap, tls, folder
        self.office = open_office(company.home)
        self.office.ledger.close()
        self.empty = company.ledger
        self.maildir = dovecot.folder / "mail" / user / "Maildir"

    def play(self, fault: Break | None) -> BadLine:
        """Read everything while the line breaks, get news by IDLE, end; what was read is compared with the server."""
        home = self.folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        shutil.copy(self.empty, home / "ledger.sqlite")
        found = set(self.files())
        self.tap.last = "connect"
        # The session that is counted must be one whole line, and a busy machine may be slower than this scene is patient.
        patience = PATIENCE if fault else 60
        with BadLine(self.dovecot.imaps if self.tls else self.dovecot.imap, fault, lambda: self.tap.last) as line:
            office = self.office_of(home, line.port, patience)
            stopping = threading.Event()
            reading = watch.Watch(office, office.policy.mailboxes[0], stopping, lambda: None)
            thread = threading.Thread(target=reading.run, daemon=True)
            thread.start()
            ask = functools.partial(self.count, office)
            try:
                wait_until(lambda: ask("locations") >= len(found), f"{fault} heals")
                arrive(self.dovecot, self.user, inquiry("late@news.example", self.user))
                wait_until(lambda: ask("locations") > len(found), f"{fault} heals, and there is news")
                # Back in IDLE, or where it hangs instead.
                wait_until(lambda: self.tap.last == "IDLE" or fault, "the watch waits")
            finally:
                stopping.set()
                reading.wanted.set()
                thread.join(90)
            assert not thread.is_alive()
        there = on_server(self.dovecot, self.user)
        jobs.handle(office)
        office.ledger.close()
        inspect(home, there)
        assert {flags for _, flags in there.values()} == {""}
        for name, path in self.files().items():
            if name not in found:
                path.unlink()
        return line

    def files(self) -> dict[str, Path]:
        """The mails of the mailbox by their names; the server moves and marks them, and leaves the beginning as it was."""
        return {path.name.partition(":")[0]: path for path in self.maildir.rglob("*.test*")}

    def office_of(self, home: Path, port: int, patience: float):
        security = {"imap_security": "tls", "tls_ca_file": self.dovecot.certificate} if self.tls else {"imap_security": "none"}
        waits = {"timeout_seconds": patience, "idle_seconds": IDLE_SECONDS, "back_off_seconds": (0.02,), "login_pause_seconds": 0.05}
        [mailbox] = self.office.policy.mailboxes
        mailbox = mailbox.model_copy(update={"imap_port": port, **security, **waits})
        policy = self.office.policy.model_copy(update={"mailboxes": (mailbox,)})
        ledger = Ledger(home / "ledger.sqlite")
        return replace(self.office, settings=replace(self.office.settings, home=home), policy=policy, ledger=ledger, broken_folders=set())

    @staticmethod
    def count(office, table: str) -> int:
        with office.ledger.reading() as db:
            return db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_the_line_breaks_at_every_step(dovecot, user, make_company, tmp_path, tap, crashes, figure, tls):
    company = make_company(user)
    mails = [inquiry("anna@kowalski.example", user), inquiry_in_gbk("wang@trade.example", user), newsletter(1, user), broken(1, user)]
    arrive(dovecot, user, *mails, large_inquiry("lara@big.example", user, 90_000))
    arrive(dovecot, user, inquiry(user, "jim@elsewhere.example", "ours1@acme.example"), folder="Sent Items")
    # A ledger with its tables, in which nothing is.
    Ledger(company.ledger).close()
    scene = Scene(company, user, dovecot, tls, tap, tmp_path / "scene")
    line = scene.play(None)
    assert line.lines == 1
    breaks = places_to_break(line, tls, random.Random(20261122))
    steps = {line.step_at(fault.side, fault.at) for fault in breaks}
    assert steps >= STEPS, STEPS - steps
    if not crashes:
        breaks = some(breaks, lambda fault: line.step_at(fault.side, fault.at))
    hit, not_reached = Counter(), 0
    for fault in breaks:
        line = scene.play(fault)
        if not line.struck.is_set():
            # The stream was a little shorter this time.
            not_reached += 1
            continue
        hit[line.broken_in] += 1
    assert not_reached <= len(breaks) // 10
    name = "tls" if tls else "plain"
    figure(f"breaks_{name}", sum(hit.values()))
    figure(f"broken_steps_{name}", ", ".join(f"{step.lower().replace(' ', '_')} {number}" for step, number in sorted(hit.items())))
    if crashes:
        assert hit.keys() >= STEPS, STEPS - hit.keys()


def places_to_break(line: BadLine, tls: bool, chance: random.Random) -> list[Break]:
    """Before, in and after everything that was said, as it was heard on a line that did not break."""
    starts, places = set(), set()
    for side, stream in (("server", line.heard), ("client", line.said)):
        ends = records(stream) if tls else lines(stream)
        for start, end in zip([0, *ends], ends, strict=False):
            starts.add((side, start))
            inside = {start + min(3, (end - start) // 2), (start + end) // 2, end - 1}
            places |= {(side, at) for at in inside if at < len(stream)}
        places |= {(side, chance.randrange(len(stream))) for _ in range(PLACES)}
    rest = sorted(places - starts)
    places = starts | set(chance.sample(rest, min(len(rest), max(0, MOST - len(starts)))))
    found = []
    for number, (side, at) in enumerate(sorted(places)):
        # Every place in one way, in turn; what costs a time-out only now and then.
        then = WAYS[number % len(WAYS)]
        if then in SLOW and number % (3 * len(WAYS)) >= len(WAYS):
            then = ("fin", "reset")[number % 2]
        # Bytes that are missing or too many are found by whoever reads them; what the server hears is not for us to mend.
        if side == "client" and then in ("garbage", "gap"):
            then = "fin"
        found.append(Break(side, at, then))
    return found


def some(breaks: list[Break], step: Callable[[Break], str]) -> list[Break]:
    """The short form: some for each step, evenly over its bytes and in different ways; few that cost a time-out."""
    by_step: dict[str, list[Break]] = {}
    for fault in breaks:
        if fault.then not in SLOW:
            by_step.setdefault(step(fault), []).append(fault)
    slow = [fault for fault in breaks if fault.then in SLOW]
    chosen = [one for found in by_step.values() for one in found[len(found) // 4 :: max(1, len(found) // EACH)][:EACH]]
    return [*chosen, *slow[1 :: len(slow) // FEW_SLOW + 1]]


def lines(stream: bytes) -> list[int]:
    """Where the lines end; a literal is as long as it is announced, and counts as one."""
    ends, at = [], 0
    while at < len(stream):
        end = stream.find(b"\n", at) + 1 or len(stream)
        ends.append(end)
        if announced := re.search(rb"\{(\d+)\+?\}\r\n\Z", stream[at:end]):
            end += int(announced[1])
            ends.append(end)
        at = end
    return ends


def records(stream: bytes) -> list[int]:
    """Where the records of TLS end (RFC 8446 §5.1)."""
    ends, at = [], 0
    while at < len(stream):
        at += 5 + int.from_bytes(stream[at + 3 : at + 5])
        ends.append(min(at, len(stream)))
    return ends
