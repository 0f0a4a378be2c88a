"""A person's data as one file that he can be given: a zip with a readable record and his mails."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write_bundle(path: Path, record: dict, files: Iterable[tuple[str, bytes]]) -> int:
    """Write ``person.json`` and the files into a zip that only this user can read; how many files there are beside the record.

    Raises:
        OSError: the file is there already, or cannot be written; half a file is taken away again.
    """
    count = 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
            bundle.writestr("person.json", json.dumps(record, ensure_ascii=False, indent=2, default=str))
            for name, raw in files:
                bundle.writestr(name, raw)
                count += 1
    except BaseException:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise
    return count
