"""From the bytes of one mail to an ``InboundMessage``; whatever the bytes are, nothing is raised.

``mime`` finds the parts, ``contents`` the texts in them, ``quoting`` the writer's own words. What the standard library's
parser would choke on is bounded before: 1,000 nested parts end in a RecursionError, 100,000 sibling parts cost seconds
(STANDARDS §7.7). What was cut off or could not be read is named in ``defects``; the bytes themselves stay in the source, so
nothing is lost.

Defects: oversize · header_too_long · too_many_parts · too_deep · text_too_long · decode_lossy · bad_transfer_encoding ·
no_message_id · no_date · from_anomaly:<what> · no_received_time · bad_tnef · unreadable:<exception>
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from mailagent.core.model.address import Address
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Language
from mailagent.core.reading import bounce, contents, headers, mime, quoting, receipt
from mailagent.core.reading.mime import MAX_HEAD, Part

MAX_HEAD_LINES = 1_000
#: How much of a mail that is too large is still read: its head and its first text.
OVERSIZE_PART = 400_000
_TLD = re.compile(r"@[^\s<>@]{0,250}\.([A-Za-z]{2,20})>?\s*$")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BLANK = InboundMessage("", "", Address("", ""), EPOCH)


def parse(
    raw: bytes,
    *,
    received_at: datetime | None = None,
    folder_role: str = "inbox",
    max_bytes: int = 25_000_000,
    languages: Mapping[str, Language] | None = None,
    ours: tuple[str, ...] = (),
) -> InboundMessage:
    """Read one mail.

    Args:
        raw: the bytes as the server gave them.
        received_at: when our server took the mail (INTERNALDATE), aware; without it the Date header counts.
        folder_role: inbox, sent, junk, or other: where it was found.
        max_bytes: a larger mail is read from its head and its first text only (defect "oversize").
        languages: ``policy.languages``: their closings and mobile tails help to find the signature.
        ours: our own letterhead (``own_letter.letterhead``), by which a letter of ours is known that was quoted without marks.
    Returns:
        the message; never raises. Broken mail has ``defects``.
    """
    try:
        return _parse(raw, received_at, folder_role, max_bytes, languages, ours)
    except (Exception, RecursionError) as error:
        return _unreadable(raw, received_at, folder_role, error)


def _parse(
    raw: bytes,
    received_at: datetime | None,
    folder_role: str,
    max_bytes: int,
    languages: Mapping[str, Language] | None,
    ours: tuple[str, ...],
) -> InboundMessage:
    defects: list[str] = []
    size, source_hash = len(raw), hashlib.sha256(raw).hexdigest()
    bounded = _bounded(raw, max_bytes, defects)
    mail, bounded = mime.read(bounded, defects)
    head = _headers(mail)
    first = mail.first

    # Who hands a mail in without saying who wrote it may well say who sent it.
    said_from = head.get("from") or head.get("sender", ())[:1]
    # The country of the sender helps to read his name.
    guess = _TLD.search(said_from[0][-300:]) if said_from else None
    hint = guess[1].lower() if guess else ""
    sender, odd = headers.sender(said_from, hint=hint)
    if hint != sender.domain.rpartition(".")[2]:
        hint = sender.domain.rpartition(".")[2]
        sender = headers.sender(said_from, hint=hint)[0]
    if said_from and "from" not in head:
        odd = ("no From header", *odd)
    defects.extend(f"from_anomaly:{what}" for what in odd)

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

    found = contents.collect(mail, defects, hint)
    text, own, marked_signature, links = contents.choose(found)
    subject = headers.text_of(first("subject"), hint=hint)
    answers = bool(first("in-reply-to") or first("references"))
    cut = quoting.cut(own, languages=languages, answers=answers, marked_signature=marked_signature, ours=ours, stripped=own is not text)
    quoted = cut.quoted
    if own is not text and len(own) < len(text):
        quoted = quoted if quoted.strip("> \n") and cut.method != "attribution" else text
        cut = quoting.surer(cut)
    # To change the blank form is quicker than to set its forty fields one by one.
    return _BLANK.but(
        source_hash=source_hash,
        message_id=ids[0] if ids else f"{source_hash[:32]}@missing.invalid",
        message_id_is_synthetic=not ids,
        sender=sender,
        received_at=received_at,
        subject=subject,
        in_reply_to=headers.message_ids(" ".join(head.get("in-reply-to", ())[:3])) or bounce.complained_about(mail),
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
        content_type=mail.kind,
        part_types=tuple(found.types),
        attachments=tuple(found.attachments),
        links=links,
        report=bounce.read_report(mail, text, subject=subject, sender=sender.email, raw=bounded),
        receipt=receipt.read_receipt(mail),
        size=size,
        folder_role=folder_role,
        relay_fields={},
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
    if raw.find(b"\n", 0, 20_000) < 0 and raw.find(b"\r", 0, 20_000) >= 0:
        raw = raw.replace(b"\r", b"\n")
    crlf = raw.find(b"\n\r\n", 0, MAX_HEAD * 2) if b"\r" in raw else -1
    bare = raw.find(b"\n\n", 0, crlf if crlf >= 0 else MAX_HEAD * 2)
    end = min(place if place >= 0 else len(raw) for place in (crlf, bare, MAX_HEAD * 2))
    if end > MAX_HEAD or raw.count(b"\n", 0, end) > MAX_HEAD_LINES * 3:
        defects.append("header_too_long")
        lines = raw[: min(end, MAX_HEAD)].split(b"\n")[: MAX_HEAD_LINES * 3]
        raw = b"\n".join(lines).rstrip(b"\r\n") + raw[end:]
    return raw


def _headers(mail: Part) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in mail.fields:
        if name not in found:
            found[name] = (value,)
        elif len(found[name]) < 200:
            found[name] += (value,)
    return found


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
