"""What an attached file really is, as far as its first bytes tell: a program, a page that asks for a password, a locked archive.

Nothing is unpacked or run. Most files are papers and pictures by their name; those cost one look at the name.
"""

from __future__ import annotations

import binascii

from mailagent.core.reading.mime import Part

#: What ``Attachment.risk`` may say.
PROGRAM, LOGIN_FORM, LOCKED, TURNED = "program", "login form", "locked archive", "turned name"
#: Characters by which the end of a name is shown as its middle: "order‮fdp.exe" looks like "orderexe.pdf".
TURNING = frozenset("\u202d\u202e\u2066\u2067")
HEAD, LONGEST_PAGE = 8_000, 400_000
PAGES = ("html", "htm", "shtml", "xhtml", "mht", "mhtml", "svg")
ARCHIVES = ("zip", "7z", "rar")
PAPERS = ("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "jpg", "jpeg", "png", "gif", "txt", "csv", "ics", "p7s", "asc", "sig", "vcf")


def risk_of(part: Part, name: str, raw_name: str) -> str:
    """What is dangerous about a file beside what its name says; "" for nothing.

    Args:
        name: the file name as people see it.
        raw_name: the same with all its characters.
    """
    if not raw_name.isascii() and not TURNING.isdisjoint(raw_name):
        return TURNED
    ending = name.rpartition(".")[2].lower()
    if ending in PAGES or part.kind == "text/html":
        page = _decoded(part, LONGEST_PAGE).lower()
        asks = b"password" in page or b"passwd" in page
        return LOGIN_FORM if asks and (b"<form" in page or b"<input" in page or b"atob(" in page) else ""
    if ending in PAPERS and part.kind != "application/octet-stream":
        return ""
    if ending in ARCHIVES or part.kind in ("application/zip", "application/x-zip-compressed"):
        return LOCKED if _is_locked(_decoded(part, HEAD)) else ""
    if part.kind.startswith("application/") and _decoded(part, 100)[:2] == b"MZ":
        return PROGRAM
    return ""


def _is_locked(head: bytes) -> bool:
    """Bit 0 of a zip entry's flags (APPNOTE 4.4.4), or the header of a RAR archive whose names are encrypted."""
    if head[:4] == b"PK\x03\x04" and len(head) > 7:
        return bool(head[6] & 1)
    # RAR 4: flag 0x80 of the main header; RAR 5: an encryption header (type 4) comes first.
    if head[:7] == b"Rar!\x1a\x07\x00" and len(head) > 11:
        return bool(head[10] & 0x80)
    return head[:8] == b"Rar!\x1a\x07\x01\x00" and len(head) > 14 and head[13] == 4


def _decoded(part: Part, limit: int) -> bytes:
    """The first bytes of a file, without its transfer encoding."""
    if part.encoding == "base64":
        piece = part.start_of_body(limit * 3 // 2).translate(None, b"\r\n\t ")[: limit // 3 * 4]
        try:
            return binascii.a2b_base64(piece[: len(piece) // 4 * 4])
        except binascii.Error:
            return b""
    if part.encoding == "quoted-printable":
        return binascii.a2b_qp(part.start_of_body(limit))
    return part.start_of_body(limit)
