"""What every event is: a frozen dataclass in the past tense, with what the journal may keep and what it may not."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache


def private(default=""):
    """A field that never enters the journal."""
    return field(default=default, metadata={"private": True})


@dataclass(frozen=True)
class Event:
    """Base of all events."""

    def public_fields(self) -> dict:
        """What the journal may keep: ids, enumerations, numbers, times."""
        return {name: getattr(self, name) for name in public_names(type(self))}


@cache
def public_names(kind: type[Event]) -> tuple[str, ...]:
    """The fields of a kind of event that the journal may keep."""
    return tuple(f.name for f in fields(kind) if not f.metadata.get("private"))
