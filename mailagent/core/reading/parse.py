"""From the bytes of one mail to an ``InboundMessage``; whatever the bytes are, nothing is raised.

The standard library's ``compat32`` parser does the MIME; everything it would choke on is bounded before and after:
1,000 nested parts end in a RecursionError, 100,000 sibling parts cost seconds (STANDARDS §7.7). What was cut off or
could not be read is named in ``defects``; the bytes themselves stay in the source, so nothing is lost.

Defects: oversize · header_too_long · too_many_parts · too_deep · text_too_long · decode_lossy · bad_transfer_encoding ·
no_message_id · no_date · from_anomaly:<what> · no_received_time · unreadable:<exception>
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message

from mailagent.core.model.address import Address
from mailagent.core.model.message import Attachment, InboundMessage
from mailagent.core.model.policy import Language
from mailagent.core.reading import body, bounce, charset, headers, quoting

MAX_HEAD = 256 * 1024
MAX_HEAD_LINES = 1_000
MAX_PARTS = 500
MAX_DEPTH = 30
MAX_TEXT = 2_000_000
#: How much of a mail that is too large is still read: its head and its first text.
OVERSIZE_PART = 400_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse(
    raw: bytes,
    *,
    received_at: datetime | None = None,
    folder_role: str = "inbox",
    max_bytes: int = 25_000_000,
    languages: Mapping[str, Language] | None = None,
) -> InboundMessage:
    """Read one mail.

    Args:
        raw: the bytes as the server gave them.
        received_at: when our server took the mail (INTERNALDATE), aware; without it the Date header counts.
        folder_role: inbox, sent, junk, or other: where it was found.
        max_bytes: a larger mail is read from its head and its first text only (defect "oversize").
        languages: ``policy.languages``: their closings and mobile tails help to find the signature.
    Returns:
        the message; never raises. Broken mail has ``defects``.
    """
    try:
        return _parse(raw, received_at, folder_role, max_bytes, languages)
    except (Exception, RecursionError) as error:
        return _unreadable(raw, received_at, folder_role, error)


def _parse(
    raw: bytes,
    received_at: datetime | None,
    folder_role: str,
    max_bytes: int,
    languages: Mapping[str, Language] | None,
) -> InboundMessage:
    defects: list[str] = []
    size, source_hash = len(raw), hashlib.sha256(raw).hexdigest()
    message = message_from_bytes(_bounded(raw, max_bytes, defects))
    head = _head(message)

    def first(name: str) -> str:
        values = head.get(name, ())
        return values[0] if values else ""

    sender, odd = headers.sender(head.get("from", ()))
    defects.extend(f"from_anomaly:{what}" for what in odd)
    hint = sender.domain.rpartition(".")[2]
    sender = headers.sender(head.get("from", ()), hint=hint)[0]

    ids = headers.message_ids(first("message-id"))
    if not ids:
        defects.append("no_message_id")
    sent_at, offset = headers.date_of(first("date"))
    if sent_at is None:
        defects.append("no_date")
    if received_at is None:
        received_at = sent_at or EPOCH
        if sent_at is None:
            defects.append("no_received_time")

    found = _collect(message, defects, hint)
    text, own, marked_signature, links = _choose(found)
    subject = headers.text_of(first("subject"), hint=hint)
    answers = bool(first("in-reply-to") or first("references"))
    cut = quoting.cut(own, languages=languages, answers=answers, marked_signature=marked_signature)
    quoted = cut.quoted
    if own is not text and len(own) < len(text):
        quoted = quoted or text
        cut = quoting.surer(cut)
    return InboundMessage(
        source_hash=source_hash,
        message_id=ids[0] if ids else f"{source_hash[:32]}@missing.invalid",
        message_id_is_synthetic=not ids,
        sender=sender,
        received_at=received_at,
        subject=subject,
        in_reply_to=headers.message_ids(" ".join(head.get("in-reply-to", ())[:3])) or bounce.complained_about(message),
        references=headers.message_ids(" ".join(head.get("references", ())[:3])),
        reply_to=headers.addresses(first("reply-to"), hint=hint),
        to=headers.addresses(", ".join(head.get("to", ())[:20]), hint=hint),
        cc=headers.addresses(", ".join(head.get("cc", ())[:20]), hint=hint),
        sent_at=sent_at,
        utc_offset=offset,
        text=text,
        words=cut.reply,
        quoted=quoted,
        signature=cut.signature,
        quote_method=cut.method,
        quote_confidence=cut.confidence,
        body_hash=hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest(),
        headers=head,
        content_type=charset.scrub(message.get_content_type()),
        part_types=tuple(found.types),
        attachments=tuple(found.attachments),
        links=links,
        report=bounce.read_report(message, text, subject=subject, sender=sender.email),
        size=size,
        folder_role=folder_role,
        defects=tuple(dict.fromkeys(defects)),
    )


# ── before the parser ───────────────────────────────────────────────────────────────────────────────────────────


def _bounded(raw: bytes, max_bytes: int, defects: list[str]) -> bytes:
    """The bytes that the parser may see."""
    # An mbox line or empty lines before the first header would turn the whole head into body.
    raw = raw.lstrip(b"\r\n \t\x00\xef\xbb\xbf") if raw[:1] in (b"\r", b"\n", b" ", b"\t", b"\x00", b"\xef") else raw
    if raw.startswith(b">From "):
        raw = raw[1:]
    if len(raw) > max_bytes:
        defects.append("oversize")
        raw = raw[:OVERSIZE_PART]
    # Old Macintosh files end their lines with CR alone.
    if b"\n" not in raw[:20_000] and b"\r" in raw[:20_000]:
        raw = raw.replace(b"\r", b"\n")
    blank = re.search(rb"\r?\n\r?\n", raw[: MAX_HEAD * 2])
    end = blank.start() if blank else min(len(raw), MAX_HEAD * 2)
    head = raw[:end]
    if len(head) > MAX_HEAD or head.count(b"\n") > MAX_HEAD_LINES * 3:
        defects.append("header_too_long")
        lines = head[:MAX_HEAD].split(b"\n")[: MAX_HEAD_LINES * 3]
        raw = b"\n".join(lines).rstrip(b"\r\n") + raw[end:]
    for count, match in enumerate(re.finditer(rb"(?m)^--[^\s-][^\r\n]{0,100}", raw)):
        if count > MAX_PARTS * 4:
            defects.append("too_many_parts")
            return raw[: match.start()]
    return raw


def _head(message: Message) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        values = found.setdefault(charset.scrub(str(name)).lower()[:200], [])
        if len(values) < 200:
            values.append(charset.header_text(headers.unfold(str(value))[:MAX_HEAD]))
    return {name: tuple(values) for name, values in found.items()}


# ── the parts ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class _Parts:
    """What a walk over the parts found; texts in order as (kind, text)."""

    types: list[str] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    length: int = 0


def _collect(message: Message, defects: list[str], hint: str) -> _Parts:
    """Texts and attachments of the mail itself; a mail inside the mail is an attachment, never text (STANDARDS §0.7)."""
    found = _Parts()
    stack: list[tuple[Message, int]] = [(message, 0)]
    while stack:
        part, depth = stack.pop()
        if len(found.types) >= MAX_PARTS:
            defects.append("too_many_parts")
            break
        if depth > MAX_DEPTH:
            defects.append("too_deep")
            continue
        kind = charset.scrub(part.get_content_type())[:100]
        found.types.append(kind)
        payload = part.get_payload()
        name = _file_name(part, hint)
        disposition = _disposition(part)
        if kind.startswith("message/") or kind == "text/rfc822-headers":
            if kind in ("message/rfc822", "message/global"):
                found.attachments.append(Attachment(name or _inner_subject(payload, hint), kind, 0))
            continue
        if isinstance(payload, list):
            stack.extend((child, depth + 1) for child in reversed(payload) if isinstance(child, Message))
            continue
        if kind in ("text/plain", "text/html") and not name and disposition != "attachment":
            if found.length < MAX_TEXT:
                text = _decode_part(part, kind, defects, hint)
                found.texts.append((kind, text))
                found.length += len(text)
            else:
                defects.append("text_too_long")
        elif kind in ("text/plain", "text/html") and depth == 0:
            # A mail whose only part is a named text still says something.
            found.texts.append((kind, _decode_part(part, kind, defects, hint)))
            found.attachments.append(Attachment(name, kind, _decoded_size(part)))
        else:
            found.attachments.append(Attachment(name, kind, _decoded_size(part)))
    return found


def _disposition(part: Message) -> str:
    raw = str(part.get("content-disposition", "") or "")
    return raw.partition(";")[0].strip().lower()


def _file_name(part: Message, hint: str) -> str:
    """The file name without any path; RFC 2231 and encoded words inside quotes are both understood."""
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError, AttributeError):
        name = None
    if not name:
        return ""
    text = headers.text_of(str(name), hint=hint, limit=255)
    return re.split(r"[/\\]", text)[-1].strip()


def _inner_subject(payload, hint: str) -> str:
    inner = payload[0] if isinstance(payload, list) and payload else None
    if not isinstance(inner, Message):
        return ""
    return next((headers.text_of(str(v), hint=hint, limit=200) for n, v in inner.raw_items() if n.lower() == "subject"), "")


def _decoded_size(part: Message) -> int:
    payload = part.get_payload()
    if not isinstance(payload, str):
        return 0
    if str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
        return len(payload) * 3 // 4 - payload.count("\n")
    return len(payload)


def _decode_part(part: Message, kind: str, defects: list[str], hint: str) -> str:
    try:
        raw = part.get_payload(decode=True)
    except (ValueError, TypeError, LookupError, AssertionError, UnicodeError):
        defects.append("bad_transfer_encoding")
        raw = str(part.get_payload()).encode("utf-8", "surrogateescape")
    raw = (raw or b"")[: MAX_TEXT * 2]
    try:
        label = part.get_param("charset") or ""
        label = label[2] if isinstance(label, tuple) else str(label)
    except (ValueError, TypeError, IndexError, LookupError):
        label = ""
    label = label.strip("\"' ")
    if not label and kind == "text/html":
        declared = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w.:-]{2,40})", raw[:4000], re.I)
        label = declared[1].decode("ascii", "replace") if declared else ""
    text, lossy = charset.decode(raw, label, hint=hint)
    if lossy:
        defects.append("decode_lossy")
    if len(text) > MAX_TEXT:
        defects.append("text_too_long")
        text = text[:MAX_TEXT]
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    if kind == "text/plain" and _param(part, "format") == "flowed":
        text = body.unflow(text, _param(part, "delsp") == "yes")
    return text


def _param(part: Message, name: str) -> str:
    try:
        return str(part.get_param(name) or "").lower()
    except (ValueError, TypeError, LookupError):
        return ""


_LOOK_ELSEWHERE = re.compile(
    r"view (?:this|it) (?:e-?mail|message|newsletter|page)? ?(?:in|with) (?:your |a )?(?:web ?)?browser|"
    r"html[- ](?:capable|enabled|compatible)|"
    r"does not (?:support|display) html|此邮件为\s?html|請使用\s?html|in html format",
    re.I,
)


def _choose(found: _Parts) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    """The text people read, what of it is outside marked quotations, the marked signature, and the links.

    Plain text is taken unless it is empty, a stub of under a fifth of the HTML, or only says "use a browser".
    """
    plain = "\n".join(text for kind, text in found.texts if kind == "text/plain").strip("\n")
    html = "\n".join(text for kind, text in found.texts if kind == "text/html")
    if not html.strip():
        return plain, plain, "", ()
    page = body.read_html(html)
    stub = len(plain.strip()) < len(page.text) // 5 or (len(plain) < 600 and _LOOK_ELSEWHERE.search(plain))
    if plain.strip() and not stub:
        return plain, plain, page.signature, page.links
    return page.text, page.own, page.signature, page.links


def _unreadable(raw: bytes, received_at: datetime | None, folder_role: str, error: BaseException) -> InboundMessage:
    """The least that can be said of a mail that broke the reading: its hash, and a look at its first lines."""
    source_hash = hashlib.sha256(raw).hexdigest()
    start = raw[:MAX_HEAD].decode("utf-8", "replace")

    def line(name: str) -> str:
        match = re.search(rf"(?im)^{name}:[ \t]*([^\r\n]{{0,1000}})", start)
        return match[1] if match else ""

    try:
        sender = headers.sender((line("from"),))[0]
        subject = headers.text_of(line("subject"))
        ids = headers.message_ids(line("message-id"))
    except (Exception, RecursionError):
        sender, subject, ids = Address("", ""), "", ()
    return InboundMessage(
        source_hash=source_hash,
        message_id=ids[0] if ids else f"{source_hash[:32]}@missing.invalid",
        message_id_is_synthetic=not ids,
        sender=sender,
        received_at=received_at or EPOCH,
        subject=subject,
        size=len(raw),
        folder_role=folder_role,
        body_hash=source_hash,
        quote_confidence=0.0,
        defects=(f"unreadable:{type(error).__name__}",),
    )
