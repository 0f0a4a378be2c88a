"""Header lines: encoded words, message ids, addresses and dates, read from their raw values.

The standard library's ``policy.default`` is not used: it raises on ``Message-ID: <>``, breaks a Chinese character
that was split over two encoded words, and takes the *display name* of ``ceo@ours <evil@theirs>`` for the address
(STANDARDS §0, §1.2, §7.2, §9.2). What follows is linear in the length of the header and raises on nothing.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

from mailagent.core.model.address import Address
from mailagent.core.reading import charset

MAX_HEADER = 16_384
MAX_IDS = 60
MAX_ADDRESSES = 20_000

_ENCODED_WORD = re.compile(r"=\?([\w.:+'()-]{1,60})(?:\*[\w-]{0,20})?\?([bBqQ])\?(.{0,2000}?)\?=")
_INVISIBLE = re.compile("[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_FOLD = re.compile(r"\r?\n[ \t]?|\r")
_BRACKETED_ID = re.compile(r"<([^<>\s]{1,900})>")
_BARE_ID = re.compile(r"[^\s<>,@\"]{1,400}@[^\s<>,@\"]{1,400}")
_CONTROL = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]")
_ADDRESS_IN_NAME = re.compile(r"[^\s<>()\"',;:]{1,64}@[\w.-]{1,200}\.\w{2,20}")
# ``Name <a@b>`` and ``"Name" <a@b>``, and pieces of a list of such, without anything that asks for a closer look.
_PLAIN_ADDRESS = re.compile(
    r"\s*(?:\"([^\"\\<>@()]{0,300})\"|([^\"\\<>@,;:()\[\]]{0,300}))\s?<([\w.%+/=&-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{1,250})>\s*", re.A
)
_BARE_ADDRESS = re.compile(r"\s*([\w.%+/=&-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{1,250})\s*", re.A)
_QUOTED_LOCAL = re.compile(r'"((?:[^"\\]|\\.){1,64})"@([^\s<>()",;@]{1,253})')
_LOCAL = re.compile(r"[^\s<>()\"\\,:;@\[\]]+")
_EMPTY_ANGLES = re.compile(r"<\s{0,20}>|\s{0,20}<$")
# A word that a gateway cut off: the end of the line is its end.
_CUT_WORD = re.compile(r"=\?([\w.-]{1,60})\?[bB]\?([A-Za-z0-9+/]{4,2000})=?=?\??$")
_GROUP = re.compile(r'[^:"<>@,;]{0,200}:(.*);\s*', re.S)
# What an Exchange writes where others write the address, and brackets around nothing.
_NO_ADDRESS = re.compile(r"(?<=\S)\s*<(?:/[^<>@]{0,1000})?>\s*$")
_PIECE = re.compile(r"(?:[^\",;<(\\]|\"[^\"\\]*\"|<[^<>\",;(\\]*>)+")
_SPACES = re.compile(r"\s+")


def unfold(value: str) -> str:
    """A header value on one line."""
    if "\n" in value or "\r" in value:
        value = _FOLD.sub(" ", value)
    return value.strip()


def clean(text: str, limit: int = 1000) -> str:
    """One visible line: NFC, no control or bidi characters, single spaces."""
    if text.isprintable():
        # Neither surrogates nor anything invisible, and the space is the only white space.
        text = text[: limit * 4] if text.isascii() else unicodedata.normalize("NFC", text[: limit * 4])
        return " ".join(text.split())[:limit]
    text = unicodedata.normalize("NFC", charset.scrub(text[: limit * 4]))
    text = _SPACES.sub(" ", _INVISIBLE.sub(" ", text) if "\n" in text else _INVISIBLE.sub("", text.replace("\t", " ")))
    return text.strip()[:limit]


def decode_words(value: str, *, hint: str = "") -> str:
    """A header with RFC 2047 encoded words as text.

    Adjacent words of one charset are joined as *bytes* before decoding: mailers cut a GB2312 character in two.
    """
    value = charset.header_text(unfold(value)[:MAX_HEADER], hint=hint)
    if "=?" not in value:
        return value
    pieces: list[str] = []
    waiting, waiting_label, position = b"", "", 0
    cut = _CUT_WORD.search(value) if not value.endswith("?=") else None
    if cut:
        value = f"{value[: cut.start()]}=?{cut[1]}?B?{cut[2]}?="
    for match in _ENCODED_WORD.finditer(value):
        between = value[position : match.start()]
        label = charset.codec_of(match[1]) or match[1].lower()
        adjacent = bool(waiting) and not between.strip()
        if waiting and not (adjacent and label == waiting_label):
            pieces.append(charset.decode(waiting, waiting_label, hint=hint)[0])
            waiting = b""
        if not adjacent:
            pieces.append(between)
        waiting += _word_bytes(match[2], match[3])
        waiting_label, position = label, match.end()
    if waiting:
        pieces.append(charset.decode(waiting, waiting_label, hint=hint)[0])
    pieces.append(value[position:])
    return "".join(pieces)


def _word_bytes(encoding: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(raw, header=True)
    try:
        return binascii.a2b_base64(raw, strict_mode=True)
    except binascii.Error:
        pass
    raw = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return base64.b64decode(raw[: len(raw) // 4 * 4])


def text_of(value: str, *, hint: str = "", limit: int = 1000) -> str:
    """A free-text header (Subject, a display name) as people should see it."""
    return clean(decode_words(value, hint=hint), limit)


# ── message ids ─────────────────────────────────────────────────────────────────────────────────────────────────


def message_ids(value: str) -> tuple[str, ...]:
    """All ids of a Message-ID, In-Reply-To or References value, in order, at most 60 (STANDARDS §1.2).

    Exchange puts commas between ids and others leave out the space, so the brackets alone are trusted; only a
    single bare word with an ``@`` is taken without them.
    """
    value = unfold(value)[: MAX_HEADER * 4]
    if not value:
        return ()
    found = _BRACKETED_ID.findall(value)
    if not found:
        bare = value.strip(" <>")
        found = [bare] if _BARE_ID.fullmatch(bare) else []
    if len(found) > MAX_IDS:
        found = found[:1] + found[-(MAX_IDS - 1) :]
    return tuple(dict.fromkeys(charset.scrub(normal_id(i)) for i in found))


def normal_id(message_id: str) -> str:
    """The form in which two ids are compared: no brackets, the domain in lower case."""
    local, at, domain = message_id.strip().strip("<>").rpartition("@")
    return f"{local}@{domain.lower()}" if at else domain


# ── addresses ───────────────────────────────────────────────────────────────────────────────────────────────────


def addresses(value: str, *, hint: str = "") -> tuple[Address, ...]:
    """All addresses of a To, Cc or Reply-To header; groups and comments are understood, nonsense is skipped."""
    if not value:
        return ()
    found = []
    for piece in _split(charset.header_text(unfold(value)[:MAX_HEADER], hint=hint), ",;"):
        address, _ = _one_address(piece, hint)
        if address.email:
            found.append(address)
        if len(found) >= MAX_ADDRESSES:
            break
    return tuple(found)


def sender(values: tuple[str, ...], *, hint: str = "") -> tuple[Address, tuple[str, ...]]:
    """Who wrote it, and what is odd about the way he says so (STANDARDS §7.2).

    Args:
        values: every raw From header of the mail; the first that holds an address counts.
    Returns:
        the address between the *last* pair of angle brackets, and reasons as "several From headers".
    """
    if not values:
        return Address("", ""), ("no From header",)
    odd: list[str] = []
    if len(values) > 1:
        odd.append("several From headers")
        values = tuple(sorted(values, key=lambda each: "@" not in each))
    value = charset.header_text(unfold(values[0])[:MAX_HEADER], hint=hint)
    if "@" not in value and "=?" in value and "@" in (decoded := decode_words(value, hint=hint)):
        # Some programs encode the address with the name.
        odd.append("address in an encoded word")
        value = decoded.replace("=?", "")
    if ":" in value and (group := _GROUP.fullmatch(value)):
        value = group[1]
    if not value.isprintable() and _CONTROL.search(value):
        odd.append("control characters in From")
    pieces = [_one_address(piece, hint) for piece in _split(value, ",")]
    named = [(address, pairs) for address, pairs in pieces if address.email]
    if not named:
        return Address(clean(_NO_ADDRESS.sub("", decode_words(value, hint=hint)), 200), ""), (*odd, "no address in From")
    address, pairs = named[-1]
    if len(named) > 1:
        odd.append("several addresses in From")
    elif len(pieces) > 1:
        # "Doe, John <j@x>" without quotation marks is a name with a comma.
        whole, pairs = _one_address(value, hint)
        address = whole if whole.email else address
    if pairs > 1:
        odd.append("several angle brackets in From")
    shown = _ADDRESS_IN_NAME.search(address.name) if "@" in address.name else None
    if shown and shown[0].casefold() != address.email.casefold():
        odd.append("another address in the display name")
    return address, tuple(odd)


def _split(value: str, separators: str) -> list[str]:
    """Cut at separators that stand outside quotation marks, comments and angle brackets."""
    if not any(separator in value for separator in separators):
        return [value] if value.strip() else []
    if separators == ",;" and "(" not in value and "\\" not in value and len(value) < 4000:
        pieces = _PIECE.findall(value)
        if sum(map(len, pieces)) + value.count(",") + value.count(";") == len(value) + sum(p.count(",") + p.count(";") for p in pieces):
            return [piece for piece in pieces if piece.strip()]
    pieces, start, quoted, depth, angle, escaped = [], 0, False, 0, False, False
    for i, character in enumerate(value):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"' and not depth:
            quoted = not quoted
        elif quoted:
            continue
        elif character == "(":
            depth += 1
        elif character == ")":
            depth = max(0, depth - 1)
        elif depth:
            continue
        elif character == "<":
            angle = True
        elif character == ">":
            angle = False
        elif character in separators and not angle:
            pieces.append(value[start:i])
            start = i + 1
    pieces.append(value[start:])
    if quoted or depth:
        # A quotation mark that never closes hides the rest of the line: then every separator counts.
        return re.split("[" + re.escape(separators) + "]", value)
    return [piece for piece in pieces if piece.strip()]


def _one_address(piece: str, hint: str) -> tuple[Address, int]:
    """One mailbox out of ``name <address>``, ``address (name)`` or a bare address; and how many angle pairs it had."""
    plain = _PLAIN_ADDRESS.fullmatch(piece)
    if plain:
        quoted, bare, email = plain.groups()
        local, _, domain = email.strip(".").rpartition("@")
        if local:
            return Address(_name(bare if quoted is None else quoted, hint), f"{local}@{domain.lower()}"), 1
    alone = None if plain else _BARE_ADDRESS.fullmatch(piece)
    if alone:
        local, _, domain = alone[1].strip(".").rpartition("@")
        if local:
            return Address("", f"{local}@{domain.lower()}"), 0
    angles = list(re.finditer(r"<([^<>]{0,400})>", _without_quoted(piece)))
    angles = [match for match in angles if "@" in match[1]]
    if angles:
        last = angles[-1]
        name = piece[: last.start()] + " " + piece[last.end() :]
        return Address(_name(name, hint), _email(piece[last.start() + 1 : last.end() - 1])), len(angles)
    comment = re.search(r"\(([^()]{0,300})\)", piece)
    bare = re.sub(r"\([^()]{0,300}\)", " ", piece).strip().rpartition(":")[2].strip()
    match = _QUOTED_LOCAL.search(bare) or re.search(r"(?:^|[\s<])([^\s<>\"]{1,200}@[^\s<>\"]{1,253})", bare)
    if match and match.re is _QUOTED_LOCAL:
        return Address(_name(comment[1] if comment else bare[: match.start()], hint), _email(match[0])), 0
    if not match:
        return Address("", ""), 0
    name = comment[1] if comment else bare[: match.start()]
    return Address(_name(name, hint), _email(match[1])), 0


def _without_quoted(piece: str) -> str:
    """The same length of text with everything between quotation marks blanked, so that ``"<a@b>" <c@d>`` is one pair."""
    return re.sub(r'"(?:[^"\\]|\\.){0,500}"', lambda m: " " * len(m[0]), piece)


def _name(raw: str, hint: str) -> str:
    raw = raw.strip()
    if len(raw) > 1 and raw[0] == raw[-1] == '"':
        raw = raw[1:-1]
    if "\\" in raw:
        raw = re.sub(r"\\(.)", r"\1", raw)
    text = clean(decode_words(raw, hint=hint), 200)
    if "<" in text:
        text = _EMPTY_ANGLES.sub("", text)
    return text.strip("\"' ").strip()


def _email(raw: str) -> str:
    """The address with its domain in lower case; spaces, comments and a source route are taken off."""
    quoted = _QUOTED_LOCAL.fullmatch(raw.strip()) if '"@' in raw else None
    if quoted:
        if not _LOCAL.fullmatch(quoted[1]):
            # The marks belong to an address with a space or an @ before its own (RFC 5321 §4.1.2).
            return charset.scrub(clean(f'"{quoted[1]}"@{quoted[2].lower()}', 320))
        raw = f"{quoted[1]}@{quoted[2]}"
    raw = re.sub(r"\([^()]{0,300}\)", "", raw)
    raw = _INVISIBLE.sub("", raw).replace(" ", "").strip("<>.,;:'\"")
    raw = re.sub(r"^(?:mailto|smtp):", "", raw, flags=re.I)
    if raw.startswith("@") and ":" in raw:
        raw = raw.rpartition(":")[2]
    local, at, domain = raw.rpartition("@")
    if not at or not local or not domain:
        return ""
    return charset.scrub(f"{local}@{domain.lower()}")[:320]


# ── dates ───────────────────────────────────────────────────────────────────────────────────────────────────────


_MONTHS = {name: i for i, name in enumerate(("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1)}
# What RFC 5322 §3.3 says and nearly everybody writes.
_PLAIN_DATE = re.compile(
    rf"(?:[A-Z][a-z]{{2}}, ?)?(\d\d?) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d):(\d\d)(?::(\d\d))? (([+-])(\d\d)([0-5]\d))(?: \([A-Za-z]+\))?",
    re.A,
)


def date_of(value: str) -> tuple[datetime | None, int | None]:
    """When a Date header says it was: in UTC, and the writer's offset in minutes (None for "-0000" or none)."""
    value = unfold(value)[:200]
    plain = _PLAIN_DATE.fullmatch(value)
    try:
        if plain and plain[7] != "-0000":
            day, month, year, hour, minute, second, sign, hours, minutes = plain.group(1, 2, 3, 4, 5, 6, 8, 9, 10)
            offset = int(hours) * 60 + int(minutes)
            if offset <= 15 * 60 and 1980 < int(year) < 2200:
                offset = -offset if sign == "-" else offset
                local = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC)
                return local - timedelta(minutes=offset), offset
        parts = parsedate_tz(charset.scrub(value))
        if parts is None:
            return None, None
        # RFC 5322 §3.3: "-0000" says that the zone is not known; the library turns it into UTC.
        seconds = None if re.search(r"-0000\b|(?<![+-])\b\d\d:\d\d(?::\d\d)?\s*$", value) else parts[9]
        if seconds is not None and abs(seconds) > 15 * 3600:
            seconds = None
        zone = timezone(timedelta(seconds=seconds)) if seconds is not None else UTC
        moment = datetime(*parts[:6], tzinfo=zone).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None, None
    if not 1980 <= moment.year <= 2200:
        return None, None
    return moment, None if seconds is None else seconds // 60
