"""Subjects of a thread: what stays the same when mail programs put "Re:", "AW:" or "答复:" in front.

Gmail starts a new thread when the subject below the prefixes changes, so an answer keeps the buyer's own subject,
byte for byte, under exactly one ``Re: `` (STANDARDS §1.1.4).
"""

from __future__ import annotations

import re

#: "Ref:" is left out on purpose: in trade it means a reference number, not a reply.
_REPLY = "re|r|aw|antw|antwort|sv|vs|rif|res|odp|ynt|yn|ha|vá|回复|回覆|答复|答覆|返信|답장|回信|отв|ответ"
_FORWARD = "fw|fwd|wg|tr|rv|enc|i|vb|vl|ilt|转发|轉寄|轉發|転送|전달|пересл|nt"
_PREFIX = re.compile(rf"\s{{0,5}}(?:{_REPLY}|{_FORWARD})\s?(?:[\[(]\d{{1,3}}[\])])?\s?[:：]\s{{0,5}}", re.IGNORECASE)


def base_subject(subject: str) -> str:
    """The subject without any "Re:" or "Fwd:" in front, in whatever language.

    Args:
        subject: decoded; only the first ten prefixes are looked at.
    """
    rest = subject
    for _ in range(10):
        prefix = _PREFIX.match(rest)
        if not prefix:
            break
        rest = rest[prefix.end() :]
    return rest.strip()


def reply_subject(subject: str) -> str:
    """How an answer to this subject is titled: ``Re: `` once, then the buyer's own words; "" when he wrote none."""
    base = base_subject(subject)
    return f"Re: {base}" if base else ""
