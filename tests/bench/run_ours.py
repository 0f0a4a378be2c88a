"""What the daemon does with a mailbox, as one process that ends: our side of every pair.

    python run_ours.py receive HOME        fetch, compress, keep, commit
    python run_ours.py full HOME           the same, then handle until nothing waits
    python run_ours.py check HOME TIMES    receive, then look so often again where nothing is new
    python run_ours.py daemon HOME         the daemon itself, which says when IDLE woke it; ends with its standard input

Prints one JSON object: how many mails, and the seconds of each part without the start of the interpreter. With MAILAGENT_BENCH_PROFILE
set to a folder, ``receive.txt`` and ``handle.txt`` there say where the time went; all of it is then done in one process.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mailagent import jobs, office
from mailagent.office import Office


def main(how: str, home: Path, times: int = 0) -> None:
    ours = office.open_office(home)
    try:
        if how == "daemon":
            watch(ours)
        else:
            print(json.dumps(read(ours, how, times)))
    finally:
        ours.ledger.close()


def read(ours: Office, how: str, times: int) -> dict:
    """Receive everything that is there, and handle it or look again, as ``how`` says."""
    (mailbox,) = ours.policy.mailboxes
    connection = ours.open_mailbox(mailbox)
    try:
        received, receive_seconds = timed("receive", lambda: jobs.receive(ours, mailbox, connection))
        said = {"received": received, "receive_seconds": receive_seconds}
        if how == "full":
            said["handled"], said["handle_seconds"] = timed("handle", lambda: handle_all(ours))
        if how == "check":
            said["check_ms"] = [1000 * timed("", lambda: jobs.receive(ours, mailbox, connection))[1] for _ in range(times)]
    finally:
        connection.close()
    return said


def handle_all(ours: Office) -> int:
    """As often as there is something left."""
    handled = 0
    while more := jobs.handle(ours):
        handled += more
    return handled


def timed(name: str, work: Callable[[], int]) -> tuple[int, float]:
    """What work gave, and its wall time; its profile is written down if somebody asked for it."""
    folder = os.environ.get("MAILAGENT_BENCH_PROFILE", "")
    if folder and name:
        import cProfile
        import pstats

        # The profiler sees one process and one thread, so no second process may read ahead while it looks.
        sys.modules["mailagent.jobs.handle"].MANY = sys.maxsize
        profile = cProfile.Profile()
        begin = time.perf_counter()
        value = profile.runcall(work)
        taken = time.perf_counter() - begin
        with open(Path(folder) / f"{name}.txt", "w", encoding="utf-8") as out:
            stats = pstats.Stats(profile, stream=out)
            stats.sort_stats("tottime").print_stats(60)
            stats.sort_stats("cumulative").print_stats(60, "mailagent")
        return value, taken
    begin = time.perf_counter()
    return work(), time.perf_counter() - begin


def watch(ours: Office) -> None:
    """The whole daemon: its clock, its lock, a thread for the mailbox. Says ``woke <monotonic seconds>`` whenever IDLE saw news."""
    from mailagent.daemon import Daemon

    open_mailbox = ours.open_mailbox

    def open_and_listen(mailbox):
        connection = open_mailbox(mailbox)
        idle = connection.idle

        def idle_and_say(*arguments, **options):
            has_news = idle(*arguments, **options)
            if has_news:
                print("woke", time.monotonic(), flush=True)
            return has_news

        connection.idle = idle_and_say
        return connection

    ours.open_mailbox = open_and_listen
    daemon = Daemon(ours)
    daemon.start()
    try:
        sys.stdin.read()
    finally:
        daemon.stop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int((sys.argv[3:] or ["0"])[0]))
