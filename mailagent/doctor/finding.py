"""What the doctor says about one thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was tried: ok is True (works), None (works, but look) or False (does not)."""

    ok: bool | None
    what: str
    advice: str = ""
