"""Letters written to a folder while sending is off."""

from __future__ import annotations

import os

import pytest

from mailagent.delivery.spool import Spool, safe_name
from mailagent.errors import SendingError

RAW = b"Subject: x\r\n\r\ntext\r\n"


def test_a_letter_is_written_whole_and_once(tmp_path):
    spool = Spool(tmp_path / "home" / "spool")
    path = spool.write(RAW, "01JDMZ0000000000000000TEST")
    assert path.name == "01JDMZ0000000000000000TEST.eml"
    assert path.read_bytes() == RAW
    before = path.stat().st_mtime_ns, path.stat().st_ino
    assert spool.write(RAW, "01JDMZ0000000000000000TEST") == path
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    # It is the buyers' business: nobody else on this computer reads it.
    assert (spool.folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)
    # Nothing half-written lies about.
    assert list(spool.folder.iterdir()) == [path]


def test_a_changed_letter_takes_the_place_of_the_old_one(tmp_path):
    spool = Spool(tmp_path)
    spool.write(RAW, "a")
    assert spool.write(RAW + b"more\r\n", "a").read_bytes() == RAW + b"more\r\n"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("/tmp/x", "tmp-x"),
        ("a b\x00c\n", "a-b-c"),
        (".hidden", "hidden"),
        ("..", "letter"),
        ("", "letter"),
        ("报价.eml", "letter"),
        ("x" * 400, "x" * 120),
        ("01J.eml", "01J"),
    ],
)
def test_no_name_leads_out_of_the_folder(tmp_path, name, safe):
    assert safe_name(name) == safe
    assert Spool(tmp_path).write(RAW, name).parent == tmp_path


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SendingError, match="cannot be written to"):
        Spool(tmp_path / "file").write(RAW, "a")


def test_a_full_disk_leaves_no_half_letter(tmp_path, monkeypatch):
    spool = Spool(tmp_path)
    spool.write(RAW, "a")

    def full(handle: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SendingError, match="No space left"):
        spool.write(RAW * 2, "a")
    monkeypatch.undo()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [RAW]
