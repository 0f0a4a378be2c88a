"""Mails in a folder → predictions in a file, one JSON line each. No ledger, no mailbox, no network: only the rules are at work.

Every file below the folder is taken for a mail whatever its name, but for the helpers that lie beside mails: labels, tables, texts
and programs. Links to folders are not followed (they may lead in a circle), and what is no file (a pipe, a device) is passed over.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mailagent.core.deciding.prediction import predict
from mailagent.core.model.policy import Policy
from mailagent.errors import MailagentError
from mailagent.i18n import _
from mailagent.reader import get_ready
from mailagent.speech.trouble import why

#: What lies beside mails and is none.
HELPERS = frozenset((".jsonl", ".json", ".md", ".rst", ".py", ".pyc", ".txt", ".csv", ".tsv", ".toml", ".yaml", ".yml", ".xlsx"))
LABELS = "labels.jsonl"
#: Where the mails of a labelled folder lie, and what the names in its labels are relative to.
MAILS = "eml"


@dataclass(frozen=True)
class Folder:
    """A folder of mails.

    Attributes:
        names_from: the folder that the names in predictions and labels are relative to.
        labels: the file of labels; None if the mails have none.
    """

    path: Path
    names_from: Path
    labels: Path | None
    files: tuple[Path, ...]
    passed_over: int

    def name_of(self, file: Path) -> str:
        base = self.names_from if file.is_relative_to(self.names_from) else self.path
        # A name may hold bytes that are no text; they are shown, not raised.
        return file.relative_to(base).as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def look_into(path: Path, but: Path | None = None) -> Folder:
    """Find the mails of a folder, in the order of their names.

    Args:
        but: a file that is no mail although it may lie there: the one to be written.

    Raises:
        MailagentError: there is no such folder, it cannot be read, or nothing in it is a mail.
    """
    if not path.exists():
        raise MailagentError(_("There is no folder {path}. Name the folder that holds the mails.").format(path=path))
    if not path.is_dir():
        raise MailagentError(_("{path} is a file. Name the folder that holds the mails.").format(path=path))
    files, passed_over = [], 0
    for file in _walk(path):
        if file.suffix.lower() in HELPERS or file.name.startswith((".", "README", "LICENSE")) or (but and _same(file, but)):
            continue
        if file.is_file():
            files.append(file)
        else:
            passed_over += 1
    if not files:
        raise MailagentError(_("{path} holds no mails. Save them as .eml files in it, or name another folder.").format(path=path))
    inner = path / MAILS
    beside = path.parent / LABELS if path.name == MAILS else None
    labels = next((one for one in (path / LABELS, beside) if one and one.is_file()), None)
    return Folder(path, inner if labels and inner.is_dir() else path, labels, tuple(sorted(files)), passed_over)


def _walk(path: Path) -> Iterator[Path]:
    def complain(error: OSError) -> None:
        raise MailagentError(_("{path} cannot be read: {error}").format(path=error.filename, error=why(error))) from None

    for folder, folders, names in os.walk(path, onerror=complain):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(folder, name) for name in names)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def evaluate(folder: Folder, policy: Policy, saw: Callable[[int, int], None] = lambda done, total: None) -> Iterator[dict[str, object]]:
    """A prediction for each mail of a folder, in the folder's order.

    Args:
        saw: told how many were read, and of how many.
    """
    get_ready(policy)
    for number, file in enumerate(folder.files, 1):
        yield {"file": folder.name_of(file), **_predicted(file, policy)}
        saw(number, len(folder.files))


def _predicted(file: Path, policy: Policy) -> dict[str, object]:
    began = time.perf_counter()
    try:
        with file.open("rb") as source:
            raw = source.read(policy.reading.max_parse_bytes + 1)
        fields = predict(raw, policy).fields(policy)
    except OSError as error:
        return {"error": f"{file.name} cannot be read: {error.strerror}", "seconds": 0.0}
    except (Exception, RecursionError) as error:  # a mail must never raise; if one does, the others are still read
        return {"error": f"{type(error).__name__}: {error}"[:500], "seconds": round(time.perf_counter() - began, 6)}
    return {**fields, "seconds": round(time.perf_counter() - began, 6)}


def write(lines: Iterator[dict[str, object]], out: Path) -> list[dict[str, object]]:
    """Write predictions; an earlier file of that name stays as it was until all are written.

    Returns:
        The lines without the texts of the mails, so that many mails need little memory.

    Raises:
        MailagentError: the file cannot be written.
    """
    kept = []
    # A link stays a link; a device or a pipe is written to and never replaced by a file.
    out = out.resolve()
    is_file = out.is_file() or not out.exists()
    beside = out.with_name(f".{out.name}.{os.getpid()}") if is_file else out
    try:
        with beside.open("w", encoding="utf-8") as file:
            for line in lines:
                # Half a surrogate pair may stand in a broken mail, and no file takes it.
                file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n")
                kept.append({name: value for name, value in line.items() if name not in ("signature", "subject", "reason")})
        if is_file:
            os.replace(beside, out)
    except OSError as error:
        raise MailagentError(
            _("{path} cannot be written: {error}. Name another file with --out.").format(path=out, error=why(error))
        ) from None
    finally:
        if is_file:
            beside.unlink(missing_ok=True)
    return kept
