"""The stage: a throw-away Dovecot with mailboxes that are filled behind its back, as quickly as files can be written.

The best case for every reader: the loopback, a warm page cache and a warm index. So what is measured is the reader.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "wire"))

from corpus import Mail  # noqa: E402 (the servers of the wire tests lie in a folder beside this one)
from dovecot import PASSWORD, Dovecot  # noqa: E402
from home import write_home  # noqa: E402

HERE = Path(__file__).parent


class Stage:
    """The server, a folder for everything that is written, and the commands that read from it.

    Use it in a with block: at its end, however it comes, the server is stopped and every file is gone.

    Args:
        users: names of the mailboxes; Dovecot learns of them when it starts.
    """

    def __init__(self, users: Iterable[str]):
        self.server = Dovecot([self.address(user) for user in users])
        self.folder = Path(tempfile.mkdtemp(prefix="mailagent-bench-"))

    def __enter__(self) -> Stage:
        try:
            self.server.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if hasattr(self.server, "process"):
            self.server.stop()
        shutil.rmtree(self.server.folder, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def address(user: str) -> str:
        return f"{user}@acme.example"

    @property
    def port(self) -> int:
        return self.server.imap

    @property
    def password(self) -> str:
        return PASSWORD

    def fill(self, user: str, mails: Iterable[Mail]) -> int:
        """Write mails into the user's Maildir as a delivery of Dovecot names them, then read all of them once, so that all is warm.

        Returns:
            How many there are.
        """
        home = self.server.folder / "mail" / self.address(user)
        current = home / "Maildir" / "cur"
        for name in ("cur", "new", "tmp"):
            (current.parent / name).mkdir(parents=True, exist_ok=True)
        number = 0
        for number, mail in enumerate(mails, 1):
            # S and W are the sizes with LF and with CRLF: without them the server reads every file to answer RFC822.SIZE.
            sizes = f"S={len(mail.raw)},W={len(mail.raw) + mail.raw.count(10)}"
            when = mail.arrived.timestamp()
            path = current / f"{int(when)}.M{number}P1.bench,{sizes}:2,"
            path.write_bytes(mail.raw)
            os.utime(path, (when, when))
        if os.geteuid() == 0:
            owner = self.server.folder.stat()
            for path in (home, *home.rglob("*")):
                os.chown(path, owner.st_uid, owner.st_gid)
        said = subprocess.run(self.raw(user), check=True, capture_output=True, text=True).stdout
        if int(said.split()[0]) != number:
            raise RuntimeError(f"the server hands out {said.split()[0]} of {number} mails of {user}")
        return number

    # ── commands, each a whole process ──────────────────────────────────────────────────────────────────────────

    def raw(self, user: str) -> list[str]:
        """The denominator: fetch every mail and throw it away."""
        return [sys.executable, str(HERE / "rawfetch.py"), str(self.port), self.address(user), self.password]

    def ours(self, user: str, how: str, *more: str, port: int = 0) -> list[str]:
        """Our own reading on a home folder that was never used: see ``run_ours.py``."""
        home = write_home(self.scratch() / "home", self.address(user), self.password, port or self.port)
        return [sys.executable, str(HERE / "run_ours.py"), how, str(home), *more]

    def scratch(self) -> Path:
        """An empty folder for the next run; what the run before it wrote is thrown away."""
        for old in self.folder.iterdir():
            shutil.rmtree(old)
        return Path(tempfile.mkdtemp(dir=self.folder))
