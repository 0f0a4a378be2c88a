"""The law that counts for a matter, in a line or two for the card, ``review`` and ``explain``."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from mailagent.core.deciding.law import Applied
from mailagent.core.model.policy import Policy
from mailagent.i18n import _, language


def bases() -> dict[str, str]:
    """Why we may write at all."""
    return {
        "legitimate_interest": _("legitimate interest"),
        "opt_out": _("he may refuse"),
        "implied_consent": _("his inquiry implies consent"),
        "inquiry": _("his inquiry"),
        "merchants_may_refuse": _("merchants may refuse"),
        "prior_consent": _("his consent"),
        "business_relation": _("business relation"),
        "inferred_consent": _("his inquiry lets consent be inferred"),
    }


def lines(law: Applied, policy: Policy) -> list[str]:
    """Which row counts and on what basis; what it limits and how far that is used up; what it says."""
    where = law.code.replace("unknown", _("country not known for certain"))
    basis = bases().get(law.row.basis, law.row.basis.replace("_", " "))
    said = [
        _("{country} ({basis}): {count} of {most} follow-ups").format(
            country=where, basis=basis, count=law.follow_ups, most=law.row.max_follow_ups
        )
    ]
    if law.until:
        day = f"{law.until.astimezone(ZoneInfo(policy.company.time_zone)):%Y-%m-%d}"
        said[0] += ", " + (_("until {day}, because he has bought") if law.since_purchase else _("until {day}")).format(day=day)
    if law.row.quiet_hours:
        start, end = law.row.quiet_hours
        said[0] += ", " + _("not from {start} to {end} there").format(start=f"{start:%H:%M}", end=f"{end:%H:%M}")
    if law.row.subject_prefix:
        said[0] += ", " + _("marked {mark}").format(mark=law.row.subject_prefix)
    return [*said, _note(law.row.note, policy)] if law.row.note else said


def _note(note: str, policy: Policy) -> str:
    """What the law says, in the reader's language; of several rows at once where the country is not known for certain."""
    # The longest first: one may be a part of another.
    for row in sorted(policy.law.values(), key=lambda row: -len(row.note)):
        if row.note and language() in row.say:
            note = note.replace(row.note, row.say[language()])
    return note
