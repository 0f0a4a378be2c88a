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
        is_stranger: no letter of ours had ever arrived there before, and he is on no list of ours: it was his doing that we wrote.
        vouched: we heard it from a server that we spoke to, or in a report of our own side; anybody can write other reports.
    """

    at: datetime
    letter_id: int
    kind: str
    reason: str
    domain: str = ""
    evidence: str = ""
    vouched: bool = True
    is_stranger: bool = False
