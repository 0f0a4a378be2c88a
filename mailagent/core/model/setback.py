"""A letter that was not taken, as the brakes and the patience with an address count it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Setback:
    """A letter that was not taken, or came back.

    Attributes:
        kind: one of ``refusal.KINDS``.
        reason: the name of the refusal, or Sisimai's word for a bounce.
        domain: of the recipient.
        evidence: the server's words.
    """

    at: datetime
    letter_id: int
    kind: str
    reason: str
    domain: str = ""
    evidence: str = ""
