"""What the parts of a mail hold: its texts, its attachments, and which text is the one people read.

A mail inside the mail is an attachment, never text (STANDARDS §0.7): our own letter comes back in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailagent.core.model.message import Attachment
from mailagent.core.reading import body, charset, files, headers, tnef
from mailagent.core.reading.mime import Part

MAX_TEXT = 2_000_000
MAX_PARTS = 500
MAX_DEPTH = 30

_PAGE = re.compile(rb"(?is)\s{0,200}<(?:!doctype|html|head|body|div|p|table|font|meta)\b")
_PATH = re.compile(r"[/\\]")
_LOOK_ELSEWHERE = re.compile(
    r"view (?:this|it) (?:e-?mail|message|newsletter|page)? ?(?:in|with) (?:your |a )?(?:web ?)?browser|"
    r"html[- ](?:capable|enabled|compatible)|"
    r"does not (?:support|display) html|此邮件为\s?html|請使用\s?html|in html format",
    re.I,
)


@dataclass
class Contents:
    """What a walk over the parts found; texts in order as (kind, text)."""

    types: list[str] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    length: int = 0


def collect(mail: Part, defects: list[str], hint: str) -> Contents:
    """Texts and attachments of the mail itself.

    Args:
        defects: what could not be read is added here.
        hint: top-level domain of the sender, for text whose charset is not named.
    """
    found = Contents()
    wrapped: list[Part] = []
    stack: list[tuple[Part, int]] = [(mail, 0)]
    while stack:
        part, depth = stack.pop()
        if len(found.types) >= MAX_PARTS:
            defects.append("too_many_parts")
            break
        if depth > MAX_DEPTH:
            defects.append("too_deep")
            continue
        kind = part.kind
        found.types.append(kind)
        if kind.startswith("message/") or kind == "text/rfc822-headers":
            if kind in ("message/rfc822", "message/global"):
                found.attachments.append(Attachment(_file_name(part, hint) or _inner_subject(part, hint), kind, 0))
            continue
        if part.parts is not None:
            stack.extend((child, depth + 1) for child in reversed(part.parts))
            continue
        name = _file_name(part, hint)
        if kind.startswith("multipart/"):
            # Its boundary never comes: the writer's words stand there all the same.
            kind = "text/html" if _PAGE.match(part.body[:2000]) else "text/plain"
        if kind in ("text/plain", "text/html") and not name and not _is_attached(part):
            if found.length < MAX_TEXT:
                text = _text_of(part, defects, hint)
                found.texts.append((kind, text))
                found.length += len(text)
            else:
                defects.append("text_too_long")
        elif tnef.is_wrapped(kind, name):
            wrapped.append(part)
        else:
            # A mail whose only part is a named text still says something.
            if kind in ("text/plain", "text/html") and depth == 0:
                found.texts.append((kind, _text_of(part, defects, hint)))
            found.attachments.append(Attachment(name, kind, part.size, files.risk_of(part, name, _whole_name(part))))
    for part in wrapped:
        _unwrap(part, found, defects, hint)
    return found


def choose(found: Contents) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    """The text people read, what of it is outside marked quotations, the marked signature, and the links.

    Plain text is taken unless it is empty, a stub of under a fifth of the HTML, or only says "use a browser".
    """
    plain = "\n".join(text for kind, text in found.texts if kind == "text/plain").strip("\n")
    html = "\n".join(text for kind, text in found.texts if kind == "text/html")
    if not html.strip():
        return plain, plain, "", ()
    said = plain.strip()
    elsewhere = len(plain) < 600 and bool(_LOOK_ELSEWHERE.search(plain))
    page = body.glance(html, 5 * len(said) + 4) if said and not elsewhere else body.read_html(html)
    if not isinstance(page, body.Page):
        return plain, plain, "", page
    if said and not elsewhere and len(said) >= len(page.text) // 5:
        return plain, plain, page.signature, page.links
    return page.text, page.own, page.signature, page.links


def _is_attached(part: Part) -> bool:
    return part.first("content-disposition").partition(";")[0].strip().lower() == "attachment"


def _whole_name(part: Part) -> str:
    """The file name with every character in it, those that nobody sees included."""
    name = part.parameter("filename", "content-disposition") or part.parameter("name")
    return headers.decode_words(name) if "=?" in name else name


def _file_name(part: Part, hint: str) -> str:
    """The file name without any path; RFC 2231 and encoded words inside quotes are both understood."""
    name = part.parameter("filename", "content-disposition") or part.parameter("name")
    if not name:
        return ""
    return _PATH.split(headers.text_of(name, hint=hint, limit=255))[-1].strip()


def _inner_subject(part: Part, hint: str) -> str:
    return headers.text_of(part.parts[0].first("subject"), hint=hint, limit=200) if part.parts else ""


def _unwrap(part: Part, found: Contents, defects: list[str], hint: str) -> None:
    """Take the text and the attachments out of what Outlook wrapped up (``winmail.dat``)."""
    try:
        inside = tnef.unwrap(part.decoded())
    except ValueError:
        inside = None
    if inside is None:
        defects.append("bad_tnef")
        found.attachments.append(Attachment(_file_name(part, hint), part.kind, part.size))
        return
    found.attachments.extend(inside.attachments)
    # The text is nearly always a copy of what stands beside it.
    if not any(text.strip() for _, text in found.texts):
        found.texts.extend(inside.texts)


def _text_of(part: Part, defects: list[str], hint: str) -> str:
    """The text of a part, its line ends LF."""
    try:
        raw = part.decoded()
    except ValueError:
        defects.append("bad_transfer_encoding")
        raw = part.body
    raw = raw[: MAX_TEXT * 2]
    label = part.parameter("charset").strip("\"' ")
    if not label and part.kind == "text/html":
        declared = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w.:-]{2,40})", raw[:4000], re.I)
        label = declared[1].decode("ascii", "replace") if declared else ""
    text, lossy = charset.decode(raw, label, hint=hint)
    if lossy:
        defects.append("decode_lossy")
    if len(text) > MAX_TEXT:
        defects.append("text_too_long")
        text = text[:MAX_TEXT]
    if "\x00" in text:
        text = text.replace("\x00", "")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.kind == "text/plain" and part.parameter("format").lower() == "flowed":
        text = body.unflow(text, part.parameter("delsp").lower() == "yes")
    return text
