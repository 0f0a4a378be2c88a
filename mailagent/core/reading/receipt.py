"""Read receipts: a mail program says what became of a letter on somebody's screen (RFC 8098).

It *says* so: whoever has the letter can say it, many programmes never do, and one that shows a letter has not made anybody read it.
So it is information, never an answer, and it counts only for the letter and the recipient that it names.
"""

from __future__ import annotations

import re

from mailagent.core.model.message import ReadReceipt
from mailagent.core.reading import headers
from mailagent.core.reading.mime import Part

NOTIFICATION = "message/disposition-notification"
#: What may have become of it (RFC 8098 §3.2.6.2); "denied" and "failed" are of its predecessors.
BECAME = ("displayed", "deleted", "dispatched", "processed", "denied", "failed")
_DISPOSITION = re.compile(r"\s{0,20}([a-z-]{1,40})\s{0,20}/\s{0,20}([a-z-]{1,40})\s{0,20};\s{0,20}([a-z]{1,20})", re.IGNORECASE)


def read_receipt(mail: Part) -> ReadReceipt | None:
    """What a mail tells about a letter that was opened or thrown away; None for any other mail."""
    if mail.parts is None:
        return None
    part = next((part for part in mail.walk() if part.kind == NOTIFICATION), None)
    if part is None or not part.parts:
        return None
    said = part.parts[0]
    found = _DISPOSITION.match(headers.clean(said.first("disposition"), 300))
    became = found[3].lower() if found else ""
    ids = headers.message_ids(headers.clean(said.first("original-message-id"), 1000))
    recipient = next((value for name in ("final-recipient", "original-recipient") if (value := _address(said, name))), "")
    return ReadReceipt(
        original_message_id=ids[0] if ids else "",
        recipient=recipient,
        became=became if became in BECAME else "",
        is_automatic=bool(found) and found[1].lower() == "automatic-action",
    )


def _address(said: Part, name: str) -> str:
    value = headers.clean(said.first(name), 1000)
    return (value.partition(";")[2] or value).strip(" <>\t")[:320]
