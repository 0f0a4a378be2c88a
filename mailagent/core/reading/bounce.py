"""Reports that a letter was not delivered: who was not reached, why, and which letter it was about.

Four ways in, the surest first (STANDARDS §3.1): the machine-readable part of RFC 3464; the header that Exim and Gmail
add; ``flufl.bounce`` for sixteen historical formats; and our own reading of plain notices (QQ and NetEase write
theirs in Chinese and without any machine-readable part).

A report only *says* so: anyone can write one. Whether it is believed is decided elsewhere, by the letter it names.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from itertools import islice

from mailagent.core.model.message import BouncedRecipient, DeliveryReport
from mailagent.core.reading import bounce_reasons as reasons
from mailagent.core.reading import bounce_words as words
from mailagent.core.reading import headers
from mailagent.core.reading.mime import STATUS, Part

MAX_RECIPIENTS = 200
MAX_NOTICE_PARTS = 60
MAX_NOTICE_TEXT = 300_000
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9_-]{1,63}\.){1,8}[A-Za-z]{2,24}\b|[^\s<>\"()\[\],"
    r";:@：（），；。、“”【】]{1,64}@[^\s<>\"()\[\],;:@：（），；。、]{1,200}\.[^\s<>\"()\[\],;:@.：（），；。、]{2,24}"
)
_DAEMON = re.compile(
    r"^(?:mailer-?daemon|post-?master|mail-?daemon|mmdf|bounces?(?:[-+].*)?|mail-?delivery.*|mdaemon|"
    r"mailsystem|system|no-?reply|double-?bounce|mail-?server|delivery.*|microsoftexchange[0-9a-f]{0,40})$",
    re.I,
)

_DAEMON_NAME = re.compile(r"mail(?:er)?[- ]?(?:daemon|delivery (?:sub)?system|administrator)|postmaster")
#: Exchange's mark of a report of failure, whatever language the rest is in. It has no value.
EXCHANGE = "x-ms-exchange-message-is-ndr"
#: Parts that hold the letter that came back, or its head.
_COPIES = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers")

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[\s\-#])")

_COPY_BEGINS = re.compile(
    r"(?im)^[>\s*-]{0,10}(?:-+ ?(?:below this line is a copy|this is a copy|original message|the "
    r"following is a copy|message header|returned message|unsent message|forwarded message|message text|"
    r"原始|original e?mail).*|original message (?:headers?|follows|text).*|received: .*|return-path: .*|"
    r"原邮件.{0,20}|原信.{0,10})$"
)


def read_report(mail: Part, text: str, *, subject: str = "", sender: str = "", raw: bytes = b"") -> DeliveryReport | None:
    """What a mail reports about a letter that was not (or not yet) delivered; None if it is no such report.

    Args:
        mail: its parts.
        text: its own text, without the returned letter.
        subject, sender: decoded subject, and the address it came from.
        raw: its bytes, for the library that knows the historical formats; without them it is not asked.
    Source: RFC 3464, RFC 3462; STANDARDS §3.
    """
    blocks = _status_blocks(mail)
    envelope, mta = "", ""
    recipients: list[BouncedRecipient] = []
    delivered = False
    for block in blocks:
        envelope = envelope or _field(block, "original-envelope-id")
        mta = mta or _typed(_field(block, "reporting-mta"))
        action = re.match(r"[a-z]*", _field(block, "action").lower())[0]
        address = _recipient_of(block)
        if not address:
            continue
        if action in ("delivered", "relayed", "expanded"):
            delivered = True
        elif action or _field(block, "status"):
            recipients.append(_from_block(block, address, action, text))
    if recipients and not any(each.permanent for each in recipients) and any(asks_sender(each.diagnostic) for each in recipients):
        return None
    if not recipients:
        if delivered or not _looks_like_notice(mail, text, subject, sender):
            return None
        recipients = _from_header(mail, text) or _from_flufl(raw, text) or _from_text(mail, text, sender)
        if not recipients and not (_has_status(mail) or _is_daemon(mail, sender)):
            return None
    return DeliveryReport(_unique(recipients), _original_id(mail, text), envelope[:200], mta[:200])


def asks_sender(text: str) -> bool:
    """Whether a report's words want the sender to prove himself before his letter is let through: a filter's challenge."""
    return words.ASKS_SENDER.search(text[:3000]) is not None


def _looks_like_notice(mail: Part, text: str, subject: str, sender: str) -> bool:
    """Whether a mail speaks as a mail system about a delivery: by its report part, or by sender and words together."""
    if EXCHANGE in mail:
        return True
    if mail.kind == "multipart/report" or "x-failed-recipients" in mail or _has_status(mail):
        return not _other_report(mail, text)
    if _is_daemon(mail, sender):
        return bool(words.NOTICE.search(f"{subject}\n{text[:3000]}") or words.REJECTED.search(text[:150]))
    # A relay without a telling name: its subject must say it, and the mail must be an answer to nobody.
    if "auto-submitted" in mail or not words.NOTICE_STEMS.present(subject.lower()) or not words.NOTICE.search(subject):
        return False
    names_whom = words.NOT_DELIVERED_TO.search(text[:400])
    if names_whom and _ADDRESS.search(text, names_whom.end(), names_whom.end() + 200):
        return True
    return not re.match(r"\s*(?:re|aw|fwd?|回复)\s*:", subject, re.I) and bool(
        _COPY_BEGINS.search(text) or _STATUS.search(text[:6000]) or _REPLY.search(text[:6000]) or _has_copy(mail)
    )


# ── RFC 3464 ────────────────────────────────────────────────────────────────────────────────────────────────────


def _status_blocks(mail: Part) -> list[Part]:
    """The header groups of all delivery-status parts: one per message, one per recipient."""
    blocks: list[Part] = []
    if mail.parts is not None:
        for part in mail.walk():
            if part.kind in STATUS:
                blocks.extend(part.parts or ())
    return blocks[: MAX_RECIPIENTS * 2]


def _has_status(mail: Part) -> bool:
    return mail.parts is not None and any(part.kind in STATUS for part in mail.walk())


def _field(block: Part, name: str) -> str:
    return headers.clean(block.first(name), 2000)


def _typed(value: str) -> str:
    """``rfc822; bob@x`` → ``bob@x``: all after the first semicolon, an equals sign included."""
    return value.partition(";")[2].strip() or value.strip()


def _recipient_of(block: Part) -> str:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = _typed(_field(block, name))
        match = _ADDRESS.search(value)
        if match and name == "original-recipient" and value.lower().startswith("unknown"):
            continue
        if match:
            return _clean_address(match[0])
    return ""


def _clean_address(address: str) -> str:
    local, _, domain = address.strip("<>\"' .").rpartition("@")
    return f"{local}@{domain.lower()}"


def _from_block(block: Part, address: str, action: str, text: str) -> BouncedRecipient:
    diagnostic = _typed(_field(block, "diagnostic-code"))
    match = _STATUS.search(_field(block, "status"))
    inner = _STATUS.search(diagnostic)
    status = match[1] if match else inner[1] if inner else ""
    # Exchange says 5.0.0 in the field and the true code in the words.
    if inner and (status.endswith(".0.0") or status.startswith("2")):
        status = inner[1]
    word, permanent = reasons.reason(status, diagnostic or text[:1500])
    delayed = action == "delayed"
    if delayed:
        permanent = False
    elif action == "failed" and permanent is None:
        permanent = not status.startswith("4")
    return BouncedRecipient(address, permanent, status, word, diagnostic[:500], will_retry=delayed)


# ── notices without a machine-readable part ─────────────────────────────────────────────────────────────────────


def _is_daemon(mail: Part, sender: str) -> bool:
    path = mail.first("return-path") if "return-path" in mail else "?"
    local = sender.partition("@")[0].lower()
    is_nobody = local.startswith(("noreply", "no-reply"))
    if _DAEMON.match(local) and local != "system" and not is_nobody:
        return True
    if is_nobody or local.startswith("system"):
        return path in ("<>", "<MAILER-DAEMON>")
    name = mail.first("from").lower()
    if ("mail" in name or "postmaster" in name) and _DAEMON_NAME.search(name):
        return True
    return path in ("<>", "<MAILER-DAEMON>")


def _other_report(mail: Part, text: str) -> bool:
    kind = mail.parameter("report-type").lower()
    # Dovecot says in a read receipt that it took no letter (RFC 5429 §2.2.2).
    return "feedback" in kind or ("disposition" in kind and not words.REJECTED.search(text[:1000]))


def _has_copy(mail: Part) -> bool:
    return any(part.kind in ("message/rfc822", "text/rfc822-headers") for part in mail.walk())


def _from_header(mail: Part, text: str) -> list[BouncedRecipient]:
    value = ",".join(mail.all("x-failed-recipients"))
    return [_judged(address, text, None) for address in dict.fromkeys(_clean_address(m[0]) for m in _ADDRESS.finditer(value[:8000]))]


def _from_flufl(raw: bytes, text: str) -> list[BouncedRecipient]:
    if not raw:
        return []
    from flufl.bounce import all_failures

    message = message_from_bytes(raw)
    # The library tries some forty patterns on every line of every part: it gets only what a mail system would write.
    parts = list(islice(message.walk(), MAX_NOTICE_PARTS + 1))
    if len(parts) > MAX_NOTICE_PARTS or sum(len(p.get_payload()) for p in parts if isinstance(p.get_payload(), str)) > MAX_NOTICE_TEXT:
        return []
    try:
        temporary, permanent = all_failures(message)
    except Exception:
        return []
    found = [_judged(_clean_address(a.decode("utf-8", "replace")), text, True) for a in sorted(permanent) if b"@" in a]
    found += [_judged(_clean_address(a.decode("utf-8", "replace")), text, False) for a in sorted(temporary - permanent) if b"@" in a]
    return found


def _from_text(mail: Part, text: str, sender: str) -> list[BouncedRecipient]:
    """Addresses that stand near the words of failure, above the returned copy; our own and the machine's left out."""
    text = text[:20_000]
    copy = _COPY_BEGINS.search(text)
    top = text[: copy.start()] if copy and copy.start() > 40 else text[:4000]
    ours = {a.email.casefold() for n in ("to", "delivered-to") for v in mail.all(n)[:5] for a in headers.addresses(v)}
    found = []
    for match in _ADDRESS.finditer(top):
        address = _clean_address(match[0])
        local = address.partition("@")[0]
        before = top[max(0, match.start() - 60) : match.start()].lower()
        if address.casefold() in ours or address.casefold() == sender.casefold() or _DAEMON.match(local):
            continue
        if re.search(r"(?:message-id|in-reply-to|references|contact|write to|from|mail to|help)\W{0,6}$", before) or "cid:" in before:
            continue
        around = top[max(0, match.start() - 400) : match.end() + 600]
        is_told = EXCHANGE in mail or _REPLY.search(around) or words.NOTICE.search(around)
        if is_told or any(pattern.search(around) for _, pattern in reasons.REASONS):
            found.append(_judged(address, around, None))
        if len(found) >= 5:
            break
    return found


def _judged(address: str, text: str, permanent: bool | None) -> BouncedRecipient:
    """One recipient with the reason that the words around give; historical formats count as permanent without one."""
    near = text[:4000]
    where = near.lower().find(address.lower())
    if where >= 0:
        near = near[max(0, where - 300) : where + 900]
    copy = _COPY_BEGINS.search(near)
    if copy and copy.start() > 100:
        near = near[: copy.start()]
    match = _STATUS.search(near)
    reply = _REPLY.search(near)
    status = match[1] if match else ""
    word, judged = reasons.reason(status or ("4.0.0" if reply and reply[1].startswith("4") else ""), near)
    retrying = bool(
        re.search(
            r"still trying|will (?:be )?retr|no action is required|not yet been delivered|warning(?: message)? "
            r"only|delivery .{0,20}delayed|will keep trying|继续尝试|wird weiter",
            near,
            re.I,
        )
    )
    if permanent is False or retrying:
        judged, retrying = False, True
    elif judged is None:
        # Exim and sendmail say so above whatever the other server answered.
        judged = True if permanent is None and words.FOR_EVER.search(near) else permanent
    diagnostic = " ".join(near.split())[:300]
    return BouncedRecipient(address, judged, status, word, diagnostic, will_retry=retrying)


def complained_about(mail: Part) -> tuple[str, ...]:
    """The Message-ID of the letter that a feedback report (RFC 5965 §2) returns; nothing for any other mail."""
    if mail.kind != "multipart/report" or "feedback" not in mail.parameter("report-type").lower():
        return ()
    found = _original_id(mail, "")
    return (found,) if found else ()


def _original_id(mail: Part, text: str) -> str:
    """Message-ID of the returned letter: from the copy that is attached, else from the copy in the text."""
    for part in mail.walk():
        found = ""
        if part.kind in _COPIES and part.parts:
            ids = headers.message_ids(part.parts[0].first("message-id"))
            # Some systems encode the whole copy, head and all.
            found = ids[0] if ids else _id_in(_decoded(Part(part.fields, part.parts[0].body)).decode("utf-8", "replace")[:100_000])
        elif part.kind in _COPIES:
            found = _id_in(_decoded(part)[:100_000].decode("utf-8", "replace"))
        if found:
            return found
    return _id_in(text[:100_000])


def _decoded(part: Part) -> bytes:
    try:
        return part.decoded()
    except ValueError:
        return part.body


def _id_in(text: str) -> str:
    match = re.search(r"(?im)^[>\s]{0,10}message-id:\s{0,10}<([^<>\s]{1,900})>", text)
    return headers.normal_id(match[1]) if match else ""


def _unique(recipients: list[BouncedRecipient]) -> tuple[BouncedRecipient, ...]:
    first: dict[str, BouncedRecipient] = {}
    for recipient in recipients:
        first.setdefault(recipient.address.casefold(), recipient)
    return tuple(first.values())[:MAX_RECIPIENTS]
