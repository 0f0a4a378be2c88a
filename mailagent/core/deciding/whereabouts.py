"""Where a buyer's clock stands, how we know, and how sure that is (STANDARDS §8.1).

    said      a person of ours has said so; nothing beats it
    phone     the telephone in his signature: its country, and its area code where the country has several zones
    address   his postal address, or what a form or platform says of his country
    domain    the country of his mail domain
    words     what he writes of himself, his town, the port of his goods
    clock     the offset of his own mails: a meridian and no country, so the weakest; +0000 is written by machines and says nothing

The reading has found the country (``reading/country.py``); here its zone is found, and whether it is known or only the business
capital's. A stronger witness replaces a weaker one, never the other way round.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from mailagent.core.deciding.case import Case, value_of
from mailagent.core.model.calendar import Place
from mailagent.core.model.policy import Policy

#: The sources, each stronger than those behind it; the names are those of ``reading/country.py``, and "said".
STRENGTH = ("said", "phone", "notice", "address", "domain", "words", "town", "destination", "clock")
#: So much of a signature or address is looked at.
LONGEST_READ = 1500
CODE = re.compile(r"[A-Z]{2,3}")


@dataclass(frozen=True)
class Whereabouts:
    """Where somebody sits.

    Attributes:
        zone: of his own; "" where only the country is known, and it has one zone or his part of it is not known.
        region: his state or province, where its holidays count; only a person says so.
        source: one of ``STRENGTH``; "" where nothing is known.
        sureness: sure, likely or guess.
    """

    country: str = ""
    zone: str = ""
    region: str = ""
    source: str = ""
    sureness: str = ""


NOWHERE = Whereabouts()


def beats(found: Whereabouts, source: str) -> bool:
    """Whether what was found now is stronger than what was known by this source."""
    if not found.source:
        return False
    return not source or STRENGTH.index(found.source) < _rank(source)


def _rank(source: str) -> int:
    return STRENGTH.index(source) if source in STRENGTH else len(STRENGTH)


def seen(case: Case) -> Whereabouts:
    """What one mail tells of its sender's place."""
    country = value_of(case, "country")
    if not country:
        return NOWHERE
    source, _, sureness = value_of(case, "country_source").partition(" ")
    message = case.message
    fields = message.relay_fields
    evidence = next((fact.evidence for fact in case.facts if fact.name == "country"), "")
    lines = (evidence, fields.get("city", ""), fields.get("address", ""), message.signature)
    offset = None if message.relayed_by else message.utc_offset
    zone, how = zone_in(
        country, case.policy, value_of(case, "gives_phone"), "\n".join(one for one in lines if one), offset, message.received_at
    )
    return Whereabouts(country, zone, source=source or "words", sureness="guess" if how == "clock" else sureness or "likely")


def zone_in(country: str, policy: Policy, phone: str, words: str, offset: int | None, at: datetime) -> tuple[str, str]:
    """The zone within a country of several, and what says so: phone, address or clock; ("", "") where nothing does.

    Args:
        phone: the number in his signature, with its country's code.
        words: lines of an address: a state, province or town in it may be named in ``calendar.toml``.
        offset: of his mail's date, in minutes east of UTC; 0 says nothing.
    """
    place = policy.calendar.places.get(country)
    if place is None or not place.zones:
        return "", ""
    if phone and (zone := by_area_code(country, re.sub(r"\D", "", phone), phone.lstrip().startswith(("+", "00")))):
        return zone, "phone"
    if zone := by_address(place, words[:LONGEST_READ]):
        return zone, "address"
    if offset:
        for zone in (place.zone, *place.zones):
            if at.astimezone(ZoneInfo(zone)).utcoffset().total_seconds() == offset * 60:
                return zone, "clock"
    return "", ""


@lru_cache(maxsize=4096)
def by_area_code(country: str, digits: str, is_international: bool) -> str:
    """The zone of an area code; "" for a mobile phone that is used in all of the country, or a number of another one."""
    # Late: the numbering plans of the world are large, and few countries need them.
    import phonenumbers
    from phonenumbers import timezone

    try:
        number = phonenumbers.parse(f"+{digits.removeprefix('00')}" if is_international else digits, None if is_international else country)
    except phonenumbers.NumberParseException:
        return ""
    if phonenumbers.region_code_for_number(number) != country:
        return ""
    zones = [zone for zone in timezone.time_zones_for_number(number) if "/" in zone]
    return zones[0] if len(zones) == 1 else ""


def by_address(place: Place, words: str) -> str:
    """The zone of the last state, province or town that is named: addresses end with the larger thing.

    Codes of two or three letters count where an address has them: behind a comma, or in front of a postcode.
    """
    found: list[tuple[int, str]] = []
    for name, zone in place.inside.items():
        # A large country has dozens of them; most are not even there as letters.
        if name not in words:
            continue
        if CODE.fullmatch(name):
            pattern = rf"(?:,\s*|\s[-–/]\s*){name}\b(?![\w'])|\b{name}\s+\d{{4,5}}\b|\b{name}\s+[A-Z]\d[A-Z]\b"
        else:
            pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
        found += [(one.start(), zone) for one in re.finditer(pattern, words)]
    return max(found)[1] if found else ""
