"""Files that a person names at a command: written whole or not at all, and what is wrong with a path in one sentence."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mailagent.errors import MailagentError
from mailagent.i18n import _
from mailagent.speech.trouble import why


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What is written to a path, or into a folder, that a person named.

    Raises:
        MailagentError: it cannot be, with the path, the reason and what to do.
    """
    try:
        yield
    except OSError as error:
        raise MailagentError(cannot_write(path, error)) from error


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What is read from a path that a person named. Raises ``MailagentError`` as ``writing`` does."""
    try:
        yield
    except OSError as error:
        raise MailagentError(_("{path} cannot be read: {why}").format(path=path, why=why(error))) from error


def write_file(path: Path, content: bytes) -> None:
    """A file beside its place, moved there when it is whole; what was there is replaced.

    Raises:
        MailagentError: as ``writing``.
    """
    with writing(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "", str(path))
        partial = path.with_name(f"{path.name}.part")
        try:
            partial.write_bytes(content)
            os.replace(partial, path)
        except OSError:
            with suppress(OSError):
                partial.unlink()
            raise


def cannot_write(path: Path, error: OSError) -> str:
    """Why a path cannot be written, and what to do."""
    folder = path.absolute().parent
    if error.errno == errno.ENOENT:
        return _("{path} cannot be written: there is no folder {folder}. Make it, or name another place.").format(path=path, folder=folder)
    if error.errno == errno.EISDIR:
        return _("{path} is a folder. Name a file, as {example}.").format(path=path, example=path / "NAME")
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return _("{path} cannot be written: a file stands where a folder must be. Name another place.").format(path=path)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        text = _("{path} cannot be written: this user may not write in {folder}. Name another place, or change the rights of the folder.")
        return text.format(path=path, folder=folder)
    return _("{path} cannot be written: {why}").format(path=path, why=why(error))


def went_wrong(error: OSError) -> str:
    """One line about whatever the system refused, with the file that it is about."""
    name = error.filename if isinstance(error.filename, str) else ""
    if name and error.errno:
        return _("This did not work: {path}: {error}").format(path=name, error=why(error))
    return _("This did not work: {error}").format(error=why(error))
