"""Where processes are born that will be killed: a programme that has loaded mailagent once and forks a life for each order.

A killed daemon costs a second of start-up each time, and most of two hundred kills would fall into it. Here everything is
loaded already: a life begins to read mail within some hundredths of a second, as a process group of its own. What it runs is
``mailagent run`` itself, or one reading from beginning to end. Started as ``python nursery.py``; orders and answers are lines of JSON.
"""

from __future__ import annotations

import ctypes
import functools
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

#: How long what was killed or told to end may take to be gone, seconds.
PATIENCE = 90.0
PR_SET_CHILD_SUBREAPER = 36


class Nursery:
    """The programme, as a test sees it.

    Args:
        home: a home folder whose rules all the lives have in common.
    """

    def __init__(self, home: Path):
        self._lives: list[Life] = []
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("MAILAGENT_")} | {"COLUMNS": "160"},
        )

    def _say(self, **order) -> dict:
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def begin(self, home: Path, *command: str, **how) -> Life:
        """Begin a life.

        Args:
            command: of mailagent; without one, everything that is new is read and thought about, once.
            how: trap: the arguments of ``traps.Trap``; minutes: how far the clock is ahead; many: from so many mails on
                the second reader reads; busy_seconds: how long a writer waits; mortal: permissions hold
                for it, even if it is root's; forked: the second reader is born here, too, and not loaded
                anew; poison: whoever decides about a mail with this in its subject is killed by it;
                sends: approved letters leave, once, and nothing is read.
        """
        self._lives.append(Life(self, home, self._say(do="begin", home=str(home), command=command, **how)["pid"]))
        return self._lives[-1]

    def wait(self, pid: int, seconds: float) -> int | None:
        """How the life ended, with everybody who belonged to it (exit code, or minus the signal); None if it goes on."""
        return self._say(do="wait", pid=pid, seconds=seconds)["code"]

    def close(self) -> None:
        for life in self._lives:
            if not life.is_over:
                life.kill()
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()


class Life:
    """One process group."""

    def __init__(self, nursery: Nursery, home: Path, pid: int):
        self._nursery, self.home, self.pid = nursery, home, pid
        self.is_over = False

    def wait(self, seconds: float = 0.0) -> int | None:
        """How it ended, once nobody of it is left; None if it goes on."""
        code = self._nursery.wait(self.pid, seconds)
        self.is_over = code is not None
        return code

    def kill(self, number: int = signal.SIGKILL) -> int:
        """Everything of it, now."""
        # It may have fallen into a trap this very moment.
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)
        code = self.wait(PATIENCE)
        assert code is not None, "a killed process lives on"
        return code

    def kill_parent(self) -> int:
        """Only the process that reads and thinks; the second reader must notice, and end by itself."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        code = self.wait(PATIENCE)
        assert code is not None, "the second reader has outlived its parent"
        return code

    def readers(self) -> list[int]:
        """The second readers of this life."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, _, rest = entry.read_text().partition(" (")
                state, parent = rest.rpartition(") ")[2].split()[:2]
            except (OSError, ValueError):
                continue
            if int(parent) == self.pid and state != "Z":
                found.append(int(pid))
        return found

    def end(self, seconds: float = PATIENCE) -> int:
        """SIGTERM, and the exit code."""
        os.kill(self.pid, signal.SIGTERM)
        code = self.wait(seconds)
        assert code is not None, "the daemon does not end"
        return code


# ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    # Whoever loses his parent becomes ours, so that we see when the last one of a group has ended.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    load(Path(sys.argv[1]))
    codes: dict[int, int] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if order.pop("do") == "begin":
            answer = {"pid": fork(order)}
        else:
            answer = {"code": wait(codes, **order)}
        print(json.dumps(answer), flush=True)


def load(home: Path) -> None:
    """Everything that every life would have to load for itself."""
    import mailagent.cli  # noqa: F401
    import mailagent.daemon  # noqa: F401
    import mailagent.delivery.smtp  # noqa: F401
    from mailagent import policy as rules
    from mailagent.core.reading.read import read
    from mailagent.office import utc_now

    rules.load = functools.cache(rules.load)
    policy = rules.load(home)
    read(b"Subject: price\r\n\r\nHello, please quote 500 pcs.\r\n", policy, received_at=utc_now(), folder_role="inbox")
    # A copy of the home has the same rules; only what one test says otherwise is read anew.
    cached, text = rules.load, (home / "config" / "mailagent.toml").read_bytes()
    rules.load = lambda other: cached(home if (other / "config" / "mailagent.toml").read_bytes() == text else other)


def fork(order: dict) -> int:
    pid = os.fork()
    if pid:
        # Both sides say it, so that it is true whoever is first.
        with suppress(OSError):
            os.setpgid(pid, pid)
        return pid
    code = 70
    try:
        os.setpgid(0, 0)
        code = live(**order)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def wait(codes: dict[int, int], pid: int, seconds: float) -> int | None:
    ends = time.monotonic() + seconds
    while True:
        try:
            gone, status = os.waitpid(-pid, os.WNOHANG)
        except ChildProcessError:
            return codes.pop(pid)
        if gone == pid:
            codes[pid] = os.waitstatus_to_exitcode(status)
        elif not gone:
            if time.monotonic() >= ends:
                return None
            time.sleep(0.002)


def live(
    home: str,
    command: list[str],
    trap: dict | None = None,
    minutes: float = 0,
    many: int = 300,
    busy_seconds: float = 30,
    mortal: bool = False,
    forked: bool = False,
    poison: str = "",
    sends: bool = False,
) -> int:
    from traps import Trap

    import mailagent.mailbox.fetching
    import mailagent.mailbox.imap
    from mailagent import office as offices
    from mailagent import reader

    here = Path(home)
    out = os.open(here / "terminal.txt", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o666)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ["MAILAGENT_HOME"] = home
    if poison:
        lay_poison(poison)
    if mortal:
        obey_permissions()
    # Smaller than in life, so that a mail of some megabytes goes the way of one of a hundred.
    mailagent.mailbox.imap.connect.__kwdefaults__["large_bytes"] = 1_000_000
    sys.modules["mailagent.jobs.handle"].MANY = many
    offices.open_office.__kwdefaults__["now"] = lambda: offices.utc_now() + timedelta(minutes=minutes)
    if minutes:
        # The large mails' folders of those who were killed are as old as that, too.
        mailagent.mailbox.fetching.LEFT_AFTER_SECONDS -= 60 * minutes
    trap = trap and Trap(**trap)
    if trap:
        trap.set()
    if forked:
        reader.subprocess.Popen = functools.partial(ForkedReader, trap)
    if command:
        import mailagent.commands.house
        from mailagent.cli import main as mailagent_main

        mailagent.commands.house.BUSY_SECONDS = busy_seconds
        mailagent_main(list(command), prog_name="mailagent")
        return 0
    office = offices.open_office(here, busy_seconds=busy_seconds)
    send_once(office) if sends else read_once(office)
    return 0


def lay_poison(words: str) -> None:
    """What stands in for a mail over which the process that decides runs out of memory, or hits a fault in a library."""
    handling = sys.modules["mailagent.jobs.handle"]
    real = handling.think

    def think(office, db, inbound_id, reading):
        if words in reading.message.subject:
            os.killpg(0, signal.SIGKILL)
        return real(office, db, inbound_id, reading)

    handling.think = think


def obey_permissions() -> None:
    """Root may write anywhere; from now on this process may do what the files say (capabilities(7): none is left)."""
    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, none) != 0:
        raise OSError(ctypes.get_errno(), "capset")


class ForkedReader:
    """A second reader that has loaded everything already; to ``mailagent.reader`` it looks like a process it has started."""

    def __init__(self, trap, command, **_):
        if trap:
            trap.step("reader", "begin")
        (work, self._in), (self._out, answers) = os.pipe(), os.pipe()
        self.returncode = None
        self.pid = os.fork()
        if self.pid == 0:
            from mailagent import reader

            if trap:
                trap.disarm()
            os.dup2(work, 0)
            os.dup2(answers, 1)
            os.closerange(3, 1000)
            sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115 (they live as long as the process)
            try:
                reader.main()
            finally:
                os._exit(0)
        os.close(work)
        os.close(answers)
        if trap:
            trap.reader = self.pid
        self.stdin, self.stdout = open(self._in, "wb", buffering=0), open(self._out, "rb", buffering=0)  # noqa: SIM115

    def kill(self) -> None:
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode

    def poll(self) -> int | None:
        if self.returncode is None:
            gone, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if gone else None
        return self.returncode


def send_once(office) -> None:
    """What the daemon does of sending in one round: what a dead predecessor left is settled, and what is approved and due goes out."""
    from mailagent import jobs

    jobs.reconcile(office, after_restart=True)
    jobs.deliver(office)
    office.ledger.close()


def read_once(office) -> None:
    """What the daemon does in each look, without its clock and its threads: so the n-th step is the same each time."""
    from mailagent import jobs

    for mailbox in office.policy.mailboxes:
        connection = office.open_mailbox(mailbox)
        try:
            jobs.receive(office, mailbox, connection)
            jobs.reconcile_server(office, mailbox, connection)
        finally:
            connection.close()
    jobs.handle(office)
    jobs.plan(office)
    jobs.reconcile(office)
    office.ledger.close()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    # Nothing of the test's own line to us may reach a life.
    main()
