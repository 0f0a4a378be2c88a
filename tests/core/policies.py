"""The shipped words and relays as a small policy, read straight from ``config/`` for tests of reading."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from mailagent.core.model.policy import CompanyProfile, Language, Mailbox, Policy, Relay, RelayWords

CONFIG = Path(__file__).parents[2] / "config"


@cache
def policy() -> Policy:
    languages = {}
    for path in sorted((CONFIG / "languages").glob("*.toml")):
        row = Language(**tomllib.loads(path.read_text("utf-8")))
        languages[row.code] = row
    relays = tomllib.loads((CONFIG / "relays.toml").read_text("utf-8"))
    return Policy(
        company=CompanyProfile(legal_name="Ours Co., Ltd.", domains=("ours.example",)),
        mailboxes=(Mailbox(name="sales", address="sales@ours.example"),),
        languages=languages,
        relays=tuple(Relay(**row) for row in relays["relay"]),
        relay_words=RelayWords(**relays["words"]),
    )
