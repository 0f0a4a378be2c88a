"""Where a buyer's clock stands: by the telephone, the address, the offset of his mails, and what one of us said."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from policies import CONFIG

from mailagent.core.deciding import clock, slots
from mailagent.core.deciding.whereabouts import Whereabouts, beats, zone_in
from mailagent.core.model.policy import Calendar, CompanyProfile, Policy

CALENDAR = Calendar(**tomllib.loads((CONFIG / "calendar.toml").read_text("utf-8")))
POLICY = Policy(company=CompanyProfile(country="CN", time_zone="Asia/Shanghai"), calendar=CALENDAR)
SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "phone", "words", "offset", "zone", "how"),
    [
        ("US", "+1 415 555 0132", "", None, "America/Los_Angeles", "phone"),
        ("US", "+1 (312) 555-0132", "Houston, TX 77002", None, "America/Chicago", "phone"),
        ("US", "", "Acme Bearings\n12 Main St\nDenver, CO 80202\nUSA", None, "America/Denver", "address"),
        ("US", "", "Portland, OR 97201", None, "America/Los_Angeles", "address"),
        ("US", "", "Austin, Texas", None, "America/Chicago", "address"),
        # "OR", "IN" and "ME" are words as well: without a comma or a postcode they are no states.
        ("US", "", "PLEASE QUOTE FOB OR CIF IN USD TO ME", None, "", ""),
        ("US", "", "", -420, "America/Los_Angeles", "clock"),
        ("US", "", "", 0, "", ""),
        ("US", "+49 30 5550132", "", None, "", ""),
        ("CA", "+1 604 555 0132", "", None, "America/Vancouver", "phone"),
        ("CA", "", "Calgary, AB T2P 1J9", None, "America/Edmonton", "address"),
        ("BR", "+55 92 3555 0132", "", None, "America/Manaus", "phone"),
        ("BR", "", "Av. Paulista 1000 - São Paulo - SP", None, "America/Sao_Paulo", "address"),
        # A Russian or Australian mobile phone is used everywhere in the country.
        ("RU", "+7 916 555 01 32", "", None, "", ""),
        ("RU", "+7 383 255 01 32", "", None, "Asia/Novosibirsk", "phone"),
        ("RU", "", "г. Екатеринбург, ул. Ленина 1", None, "Asia/Yekaterinburg", "address"),
        ("AU", "+61 412 555 132", "Perth WA 6000", None, "Australia/Perth", "address"),
        ("DE", "+49 30 5550132", "Berlin", 120, "", ""),
    ],
)
def test_the_zone_within_a_country(country, phone, words, offset, zone, how):
    assert zone_in(country, POLICY, phone, words, offset, SUMMER) == (zone, how)


@pytest.mark.parametrize(
    ("found", "known_by", "wins"),
    [
        ("phone", "domain", True),
        ("phone", "said", False),
        ("clock", "", True),
        ("domain", "domain", False),
        ("address", "phone", False),
        ("", "", False),
    ],
)
def test_a_stronger_witness_replaces_a_weaker_one(found, known_by, wins):
    assert beats(Whereabouts("US", source=found), known_by) is wins


@pytest.mark.parametrize("country", sorted(code for code, place in CALENDAR.places.items() if place.zones))
def test_where_the_zone_is_a_guess_it_is_day_in_all_of_them(country):
    buyer = clock.buyer_clock(country, POLICY)
    assert buyer.zones
    for month in (1, 7):
        slot = slots.next_slot(datetime(2026, month, 12, 20, tzinfo=UTC), buyer, POLICY, country)
        for zone in (buyer.zone, *buyer.zones):
            local = slot.at.astimezone(ZoneInfo(zone))
            assert 8 <= local.hour <= 18 and (local.hour < 18 or local.minute == 0), zone
    known = clock.buyer_clock(country, POLICY, zone=buyer.zones[0], source="phone")
    assert known.zones == () and known.zone == buyer.zones[0]
