"""Where the tokens of a mailbox lie: one file, for its owner only, written whole or not at all, with a lock beside it."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from mailagent.errors import LoginRefused, MailboxUnreachable

FOLDER = "tokens"
LARGEST_FILE = 1_000_000
#: How long somebody else may take to fetch a token, seconds.
LOCK_SECONDS = 60.0


@dataclass(frozen=True)
class Token:
    """What a login server gave us.

    Attributes:
        client: for which app, server and login it is good; a token is never shown to another one.
        expires_at, obtained_at: of the access token, UTC.
        refresh_token: "" where the app speaks for itself.
        login_ends_at: when the refresh token ends, if the server said so.
        refused: why the server does not take the refresh token any more; "" while it does.
    """

    client: str
    access_token: str = field(repr=False)
    expires_at: datetime
    obtained_at: datetime
    refresh_token: str = field(default="", repr=False)
    login_ends_at: datetime | None = None
    refused: str = ""


class TokenCache:
    """The file of one mailbox's tokens.

    Args:
        path: ``<home>/tokens/<mailbox>.json``.
        who: begins every error, as "mailbox sales".
    """

    def __init__(self, path: Path, who: str):
        self.path = path
        self._who = who

    def read(self) -> Token | None:
        """The tokens; None if there are none, or if the file is not one of ours.

        Raises:
            LoginRefused: others can read it, so that its tokens may be known to anybody.
        """
        try:
            with self.path.open("rb") as file:
                # Asked of the open file, so that nobody can change it between the question and the reading.
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                if os.name == "posix" and mode & 0o077:
                    raise LoginRefused(f"{self._who}: other users of this computer can read {self.path}; run: chmod 600 {self.path}")
                text = file.read(LARGEST_FILE)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LoginRefused(f"{self._who}: {self.path} cannot be read ({error.strerror}); check who owns it.") from None
        try:
            return _token(json.loads(text))
        except (ValueError, TypeError, KeyError, RecursionError):
            return None

    def write(self, token: Token) -> None:
        """Put the tokens down; a reader sees the old ones or the new ones, and no half.

        Raises:
            OSError: the folder cannot be written, or the disk is full.
        """
        self._make_folder()
        document = asdict(token) | {"note": "OAuth tokens of mailagent: keep them secret. mailagent auth writes this file."}
        text = json.dumps(document, default=datetime.isoformat, indent=1)
        handle, partial = tempfile.mkstemp(dir=self.path.parent, prefix=".token-")
        try:
            # mkstemp makes files that only the owner can read.
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, self.path)
        except BaseException:
            with suppress(OSError):
                os.unlink(partial)
            raise

    @contextmanager
    def locked(self, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        """Nobody else fetches tokens for this mailbox meanwhile, in this process or another. The lock dies with its holder.

        Raises:
            MailboxUnreachable: somebody holds it for longer than ``seconds``, or the folder cannot be written.
        """
        try:
            self._make_folder()
            lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise MailboxUnreachable(f"{self._who}: {self.path.parent} cannot be written ({error.strerror}).") from None
        try:
            deadline = time.monotonic() + seconds
            while not _taken(lock):
                if time.monotonic() > deadline:
                    raise MailboxUnreachable(f"{self._who}: another mailagent has been fetching its token for {seconds:.0f} s.")
                time.sleep(0.02)
            yield
        finally:
            os.close(lock)

    def _make_folder(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _token(document: dict[str, Any]) -> Token:
    said = {name: document[name] for name in (each.name for each in fields(Token)) if name in document}
    for name in ("expires_at", "obtained_at", "login_ends_at"):
        if said.get(name):
            said[name] = datetime.fromisoformat(said[name])
            if said[name].tzinfo is None:
                raise ValueError(name)
    if not all(isinstance(said[name], str) for name in ("client", "access_token")):
        raise TypeError("not a text")
    return Token(**said)
