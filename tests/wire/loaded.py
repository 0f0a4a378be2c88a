"""A programme that has loaded mailagent once and forks a process for each command.

To load everything takes most of the time of a short command, and the tests give hundreds of them. What runs is the same command in a
process of its own, with its own environment, input and output. Started as ``python loaded.py``; orders and answers are lines of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


class Loaded:
    """The programme, as a test sees it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, arguments: tuple[str, ...], env: dict[str, str], said: str | None, seconds: float) -> subprocess.CompletedProcess:
        """One command of mailagent, to its end; one that does not end within ``seconds`` is killed (code -9)."""
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "0").write_text(said or "", "utf-8")
            order = {"arguments": arguments, "env": env, "folder": folder, "seconds": seconds}
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            code = json.loads(self._process.stdout.readline())
            out, err = (Path(folder, name).read_text("utf-8") for name in "12")
        return subprocess.CompletedProcess(["mailagent", *arguments], code, out, err)


# ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    import mailagent.cli
    import mailagent.core.reading.read
    import mailagent.daemon
    import mailagent.delivery.smtp
    import mailagent.doctor
    import mailagent.mailbox.imap  # noqa: F401

    for line in sys.stdin:
        order = json.loads(line)
        seconds = order.pop("seconds")
        pid = os.fork()
        if pid == 0:
            return obey(**order)
        print(wait(pid, seconds), flush=True)


def wait(pid: int, seconds: float) -> int:
    ends = time.monotonic() + seconds
    while not (found := os.waitpid(pid, os.WNOHANG))[0]:
        if time.monotonic() > ends:
            os.kill(pid, 9)
        time.sleep(0.002)
    return os.waitstatus_to_exitcode(found[1])


def obey(arguments: list[str], env: dict[str, str], folder: str) -> None:
    """Be the command, and end as a process of Python ends: what is open is closed, a ledger with its last words."""
    for number, mode in enumerate((os.O_RDONLY, *(os.O_WRONLY | os.O_CREAT,) * 2)):
        os.dup2(os.open(f"{folder}/{number}", mode, 0o600), number)
    # The line that brought the order stays where it is: it is not this process's input.
    sys.stdin, sys.stdout, sys.stderr = (open(number, mode, encoding="utf-8") for number, mode in enumerate("rww"))  # noqa: SIM115
    os.environ.clear()
    os.environ.update(env)
    from mailagent.cli import main as mailagent

    mailagent(arguments, prog_name="mailagent")


if __name__ == "__main__":
    main()
