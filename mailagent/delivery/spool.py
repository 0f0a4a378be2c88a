"""Where letters go while sending is switched off: a folder of .eml files that any mail program opens."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from mailagent.errors import SendingError

_UNSAFE = re.compile(r"[^A-Za-z0-9._@+-]+")


class Spool:
    """A folder into which letters are written instead of being sent; made when the first one comes."""

    def __init__(self, folder: Path):
        self.folder = Path(folder)

    def holds(self, name: str) -> bool:
        """Was a letter of this name written already?"""
        return (self.folder / f"{safe_name(name)}.eml").is_file()

    def write(self, raw: bytes, name: str) -> Path:
        """Write one letter; after a crash there is the whole file or none. The same name again is the same letter.

        Args:
            name: usually the letter's ULID; anything that could lead out of the folder is replaced.

        Raises:
            SendingError: the folder cannot be written to.
        """
        target = self.folder / f"{safe_name(name)}.eml"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if target.is_file() and target.read_bytes() == raw:
                return target
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".writing-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(raw)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, target)
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary)
                raise
            _settle(self.folder)
        except OSError as error:
            raise SendingError(f"The letter cannot be written to {self.folder}: {error.strerror}.") from error
        return target


def safe_name(name: str) -> str:
    """A file name without any way out of its folder: ``../a b`` becomes ``a-b``."""
    return _UNSAFE.sub("-", name.removesuffix(".eml")).strip(".-")[:120] or "letter"


def _settle(folder: Path) -> None:
    """Make the new name itself durable (the folder is written as well)."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
