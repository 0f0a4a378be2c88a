"""The bytes of the mails, as they came: compressed in a row, or in a file beside the ledger when they are large.

zstd packs a mail about four times as fast as zlib and a little smaller; what older releases packed with zlib is read as well.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import zstandard
from sqlite_utils import Database

from mailagent.errors import LedgerError
from mailagent.ledger.db import to_text

LEVEL = 3
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
PIECE = 1 << 20
#: A large source while it is written; it gets its own name when it is whole.
PARTIAL = "large.part"

_packer = zstandard.ZstdCompressor(level=LEVEL)
#: One unpacker for each thread, because two threads must not share one; to make it takes five times as long as to unpack a mail.
_of_thread = threading.local()


@dataclass(frozen=True)
class Packed:
    """The bytes of one mail as the ledger keeps them: in the row, or in a file.

    Attributes:
        body: compressed; None if they lie in ``path``.
        path: below the folder of large sources.
    """

    body: bytes | None
    path: Path | None

    def open(self, limit: int | None = None) -> bytes:
        """The bytes as they came, at most ``limit`` of them; no more than that is ever unpacked into memory.

        Raises:
            LedgerError: they are damaged, or the file is gone.
        """
        try:
            if self.body is not None:
                return _unpack(self.body)[:limit]
            return _unpack_file(self.path, limit)
        except (OSError, zlib.error, zstandard.ZstdError) as error:
            where = f"in {self.path}" if self.path else "in the ledger"
            raise LedgerError(f"The bytes of a mail {where} cannot be read ({error}). Restore them from a backup.") from error


def digest(raw: bytes | Path) -> tuple[str, int]:
    """SHA-256 (hex) and size of the bytes, or of the file that holds them."""
    if isinstance(raw, bytes):
        return hashlib.sha256(raw).hexdigest(), len(raw)
    with open(raw, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), raw.stat().st_size


def add(db: Database, sha: str, size: int, raw: bytes | Path, large_sources: Path, inline_bytes: int, now: datetime) -> int:
    """Put new bytes into the ledger; above ``inline_bytes`` into a file. Their number."""
    body, path = _store(raw, sha, size, large_sources, inline_bytes)
    return db.execute(
        "INSERT INTO sources (sha256, size, raw, path, kept_at) VALUES (?, ?, ?, ?, ?)", [sha, size, body, path, to_text(now)]
    ).lastrowid


def packed(db: Database, source_id: int, large_sources: Path) -> Packed:
    """A source as it is kept, so that another process can unpack it.

    Raises:
        LedgerError: the bytes were forgotten (retention).
    """
    row = db.execute("SELECT raw, path FROM sources WHERE id = ?", [source_id]).fetchone()
    if row["raw"] is None and row["path"] is None:
        raise LedgerError(f"The bytes of mail {source_id} were forgotten ([reading] retention_days); what was made of it stays.")
    return Packed(row["raw"], large_sources / row["path"] if row["path"] else None)


def raw(db: Database, source_id: int, large_sources: Path, limit: int | None = None) -> bytes:
    """The bytes of a source as they came; at most ``limit`` of them.

    Raises:
        LedgerError: they were forgotten (retention).
    """
    return packed(db, source_id, large_sources).open(limit)


def take_out(db: Database, source_id: int, said: bytes, instead: bytes) -> None:
    """Take a word out of the bytes of a mail that lies in a row. Its hash stays, so that the server's copy is known again."""
    row = db.execute("SELECT raw FROM sources WHERE id = ? AND raw IS NOT NULL", [source_id]).fetchone()
    if row:
        clean = re.sub(re.escape(said), instead, _unpack(row["raw"]), flags=re.IGNORECASE)
        db.execute("UPDATE sources SET raw = ? WHERE id = ?", [_packer.compress(clean), source_id])


def purge(db: Database, before: datetime, large_sources: Path, limit: int = 1000) -> tuple[int, list[Path]]:
    """Forget the bytes of mails kept before a time (retention); what was made of them stays.

    Returns:
        How many, and the files that may be deleted once this is committed.
    """
    rows = db.execute(
        "SELECT s.id, s.path FROM sources s JOIN inbound i ON i.source_id = s.id"
        " WHERE s.purged_at IS NULL AND s.kept_at < ? AND i.state = 'handled' LIMIT ?",
        [to_text(before), limit],
    ).fetchall()
    for row in rows:
        db.execute("UPDATE sources SET raw = NULL, path = NULL, purged_at = ? WHERE id = ?", [to_text(before), row["id"]])
    return len(rows), [large_sources / row["path"] for row in rows if row["path"]]


# ── packing ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _store(raw: bytes | Path, sha: str, size: int, folder: Path, inline_bytes: int) -> tuple[bytes | None, str | None]:
    if size <= inline_bytes:
        return _packer.compress(raw if isinstance(raw, bytes) else raw.read_bytes()), None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{sha}.eml.zst"
    if not target.exists():
        # Whoever stores holds the ledger's write lock, so one name is enough; what a killed process left under it is thrown away.
        partial = folder / PARTIAL
        packer = zstandard.ZstdCompressor(level=LEVEL).compressobj()
        try:
            partial.unlink(missing_ok=True)
            with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
                for chunk in [raw] if isinstance(raw, bytes) else _pieces(raw):
                    out.write(packer.compress(chunk))
                out.write(packer.flush())
                out.flush()
                os.fsync(out.fileno())
            os.replace(partial, target)
        except BaseException as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            if isinstance(error, OSError):
                said = f"A large mail cannot be kept in {folder} ({error.strerror}). Free some space there, or let this user write."
                raise LedgerError(said) from error
            raise
    return None, target.name


def _unpack(body: bytes) -> bytes:
    if not body.startswith(ZSTD_MAGIC):
        return zlib.decompress(body)
    unpacker = getattr(_of_thread, "unpacker", None)
    if unpacker is None:
        unpacker = _of_thread.unpacker = zstandard.ZstdDecompressor()
    return unpacker.decompress(body)


def _unpack_file(path: Path, limit: int | None) -> bytes:
    with open(path, "rb") as file:
        is_zstd = file.read(len(ZSTD_MAGIC)) == ZSTD_MAGIC
        file.seek(0)
        if is_zstd:
            return zstandard.ZstdDecompressor().stream_reader(file).read(-1 if limit is None else limit)
        return zlib.decompressobj().decompress(file.read(), limit or 0)


def _pieces(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            yield piece

