"""How old the authorisation code of a mailbox is: some providers let a code end after half a year, and say so to nobody.

The day on which a code was first seen lies beside the tokens, with a mark by which the same code is known again. The code itself
is not in it; whoever can read the file can read ``.env`` as well, where the code stands.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

#: So long before its end a code is spoken of.
WARNING = timedelta(days=14)


def code_trouble(path: Path, mailbox: str, code: str, days: int, now: datetime) -> str:
    """What a person should do about a code that ends soon, in one sentence; "" if nothing.

    Args:
        path: where the day is kept; written when the code is a new one.
        days: about so long a code lives.
    """
    since = _first_seen(path, code, now)
    if now < since + timedelta(days=days) - WARNING:
        return ""
    return (
        f"mailbox {mailbox}: its authorisation code is in use since {since:%Y-%m-%d}, and ends after about {days} days; "
        "make a new one in the web mail and write it into .env"
    )


def _first_seen(path: Path, code: str, now: datetime) -> datetime:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(kept["since"])
        if secrets.compare_digest(kept["mark"], _mark(kept["salt"], code)) and since.tzinfo:
            return since
    except (OSError, ValueError, TypeError, KeyError):
        pass
    salt = secrets.token_hex(16)
    text = json.dumps({"since": now.isoformat(), "salt": salt, "mark": _mark(salt, code)})
    # A day that cannot be written is only a warning that comes later.
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = path.with_suffix(".new")
        with open(partial, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(text)
        os.replace(partial, path)
    return now


def _mark(salt: str, code: str) -> str:
    return hashlib.blake2b(code.encode(), salt=bytes.fromhex(salt)[:16]).hexdigest()[:32]
