"""What the parts of a mail hold: its texts, its attachments, and which text is the one people read.

A mail inside the mail is an attachment, never text (STANDARDS §0.7): our own letter comes back in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from mailagent.core.model.message import Attachment
from mailagent.core.reading import body, charset, embedded, files, headers, mime, rtf, smime, tnef
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


# A page that says it is plain text, whole, with nothing before it.
_WHOLE_PAGE = re.compile(r"\s{0,200}(?:<!--.{0,500}?-->\s{0,200})?<(?:!doctype html|html)\b", re.I | re.S)
#: Text that people read when a mail has no other; files for programs (vCards, calendars, tables) are none.
_READABLE = ("text/enriched", "text/richtext", "text/rtf", "application/rtf", "application/xhtml+xml", "text/markdown")
_MARKUP = re.compile(r"<[^<>\n]{1,60}>")
_PERCENT = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]%")
#: Two texts say the same when so much of the shorter stands in the longer, told by rows of four letters.
_SAME, _ROW, _COMPARED = 0.6, 4, 20_000


class Said(NamedTuple):
    """One text of a mail.

    Attributes:
        kind: text/plain or text/html.
        group: the alternatives (RFC 2046 §5.1.4) among which it stands, by a number; 0 for none: it follows the text before it.
    """

    kind: str
    text: str
    group: int = 0


@dataclass
class Contents:
    """What a walk over the parts found; texts in order."""

    types: list[str] = field(default_factory=list)
    texts: list[Said] = field(default_factory=list)
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
    spare: list[Part] = []
    stack: list[tuple[Part, int, int]] = [(mail, 0, 0)]
    while stack:
        part, depth, group = stack.pop()
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
        if part.parts is None and kind.startswith("multipart/"):
            part = mime.read_by_guess(part) or part
        if part.parts is not None:
            group = group or (len(found.types) if kind == "multipart/alternative" else 0)
            stack.extend((child, depth + 1, group) for child in reversed(part.parts))
            continue
        name = _file_name(part, hint)
        if kind.startswith("multipart/"):
            # Its boundary never comes: the writer's words stand there all the same.
            kind = "text/html" if _PAGE.match(part.body[:2000]) else "text/plain"
        if kind in ("text/plain", "text/html") and not name and not _is_attached(part):
            _hear(part, kind, group, found, defects, hint)
        elif tnef.is_wrapped(kind, name):
            wrapped.append(part)
        else:
            # A mail whose only part is a named text still says something.
            if kind in ("text/plain", "text/html") and depth == 0:
                _hear(part, kind, group, found, defects, hint)
            elif not _is_attached(part) and (kind in ("text/plain", "text/html", *_READABLE) or not name and kind.startswith("text/x-")):
                spare.append(part)
            elif smime.is_wrapped(kind, name) and (inside := _signed_mail(part)) is not None:
                stack.append((inside, depth + 1, group))
            found.attachments.append(Attachment(name, kind, part.size, files.risk_of(part, name, _whole_name(part))))
    for part in wrapped:
        _unwrap(part, found, defects, hint)
    if spare and not any(said.text.strip() for said in found.texts):
        for part in spare:
            _hear(part, part.kind, 0, found, defects, hint)
    return found


def _hear(part: Part, kind: str, group: int, found: Contents, defects: list[str], hint: str) -> None:
    """Take the text of a part for words of the writer, without the files that old programs put among them."""
    if found.length >= MAX_TEXT:
        defects.append("text_too_long")
        return
    text = _text_of(part, defects, hint)
    if kind == "application/xhtml+xml":
        kind = "text/html"
    elif kind in ("text/rtf", "application/rtf"):
        kind, text = "text/plain", rtf.to_text(part.decoded())
    elif kind in ("text/enriched", "text/richtext"):
        kind, text = "text/plain", _MARKUP.sub("", text).replace("<<", "<")
    elif kind != "text/html":
        kind = "text/plain"
        if "begin" in text or "BEGIN PGP" in text:
            text, inside = embedded.take_out(text)
            found.attachments.extend(Attachment(headers.clean(name, 255), "application/octet-stream", size) for name, size in inside)
    found.texts.append(Said(kind, text, group))
    found.length += len(text)


def _signed_mail(part: Part) -> Part | None:
    """The mail inside an opaque signature; None if there is none to be read."""
    try:
        inside = smime.unwrap(part.decoded())
    except ValueError:
        return None
    return mime.read(inside, [])[0] if inside else None


def choose(found: Contents) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    """The text people read, what of it is outside marked quotations, the marked signature, and the links.

    Of alternatives one is taken; texts that follow each other are read one after the other, but for programs that send both forms
    of one text so.
    """
    texts = found.texts
    if len(texts) == 2 and texts[0].group == texts[1].group != 0:
        return _of_both(texts)
    if len(texts) > 1:
        texts = _without_twins(texts)
        kinds = {said.kind for said in texts}
        if len(kinds) > 1 and len({said.group or -number for number, said in enumerate(texts)}) > 1:
            return _one_after_the_other(texts)
    elif texts and texts[0].kind == "text/plain" and texts[0].text.lstrip()[:1] == "<" and _WHOLE_PAGE.match(texts[0].text):
        texts = [Said("text/html", texts[0].text)]
    return _of_both(texts)


def _of_both(texts: list[Said]) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    """One of two forms: plain text, unless it is empty, a stub of under a fifth of the HTML, or only says "use a browser"."""
    plain = "\n".join(said.text for said in texts if said.kind == "text/plain").strip("\n")
    html = "\n".join(said.text for said in texts if said.kind == "text/html")
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


def _one_after_the_other(texts: list[Said]) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    """Texts of which some are alternatives and others go on where those end."""
    plain, html = ("".join(said.text for said in texts if said.kind == kind and not said.group) for kind in ("text/plain", "text/html"))
    # Both forms of one text, by a program that does not say so, are alternatives.
    twofold = plain.strip() and html.strip() and _is_same(plain, unescape(re.sub(r"<[^<>]{0,2000}>", " ", html[:MAX_TEXT])))
    rows: dict[int, list[Said]] = {}
    for number, said in enumerate(texts):
        rows.setdefault(said.group or (0 if twofold else -number - 1), []).append(said)
    read = [_of_both(row) for row in rows.values()]
    read = [each for each in read if each[0].strip()]
    text = "\n\n".join(each[0] for each in read)
    own = text if all(each[0] is each[1] for each in read) else "\n\n".join(each[1] for each in read)
    return text, own, next((each[2] for each in reversed(read) if each[2]), ""), tuple(link for each in read for link in each[3])


def _without_twins(texts: list[Said]) -> list[Said]:
    """The texts without such as are no words, and each once."""
    kept, seen = [], set()
    for said in texts:
        key = (said.kind, said.text.strip())
        if key[1] and key not in seen:
            seen.add(key)
            kept.append(said)
    return kept or texts[:1]


def _is_same(text: str, other: str) -> bool:
    rows, others = (
        {squeezed[i : i + _ROW] for i in range(len(squeezed) - _ROW + 1)}
        for squeezed in ("".join(filter(str.isalnum, each[:_COMPARED])) for each in (text, other))
    )
    shorter = min(len(rows), len(others))
    return shorter > 0 and len(rows & others) >= _SAME * shorter


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
    if "%" in name and _PERCENT.search(name):
        # Written as in an address of the web.
        plain = unquote_to_bytes(name[:2000])
        name = plain.decode() if charset.is_utf8(plain) else name
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
    if not any(said.text.strip() for said in found.texts):
        found.texts.extend(Said(kind, text, MAX_PARTS) for kind, text in inside.texts)


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
