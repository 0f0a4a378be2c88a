"""Is the calendar fit for the year to come? China's make-up days are known when the State Council has said them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mailagent.core.deciding import clock, public_holidays
from mailagent.doctor.finding import Finding
from mailagent.i18n import _
from mailagent.ledger import timing
from mailagent.office import Office

#: From this month on the next year's calendars are known, or should be.
NOVEMBER = 11


def examine_rhythm(office: Office) -> Iterator[Finding]:
    """The public holidays of this year, and towards its end of the next one, for us and for the countries of our buyers."""
    policy = office.policy
    if not policy.calendar.public_holidays:
        yield Finding(None, _("public holidays are switched off"), "calendar.toml public_holidays")
        return
    today = clock.our_clock(policy).local(office.now()).date()
    with office.ledger.reading() as db:
        countries = dict.fromkeys((policy.company.country.upper(), *timing.countries_of_leads(db)))
    years = (today.year, today.year + 1) if today.month >= NOVEMBER else (today.year,)
    lacking = [
        f"{code} {year}"
        for year in years
        for code in countries
        if public_holidays.lacks_make_up_days(code, "", year, policy.calendar)
    ]
    unknown = [code for code in countries if code and not public_holidays.of_year(code, "", today.year).names]
    if lacking:
        advice = _("install a newer package “holidays”, or write them into calendar.toml as [[holiday]] with works = true")
        what = _("days that are worked instead of holidays are not known yet: {where}").format(where=", ".join(lacking))
        yield Finding(None, what, advice)
    if unknown:
        advice = _("write them into calendar.toml as [[holiday]]")
        yield Finding(None, _("no public holidays are known for {countries}").format(countries=", ".join(unknown)), advice)
    if not lacking and not unknown:
        yield Finding(True, _("public holidays of {count} countries").format(count=len(countries)), _next_rest(office, today))


def _next_rest(office: Office, today: date) -> str:
    """The next day on which our house is closed."""
    ours = clock.our_clock(office.policy)
    for ahead in range(1, 120):
        day = today + ahead * clock.ONE_DAY
        if name := ours.holiday(day):
            return _("our next one: {day} {name}").format(day=day, name=name)
    return ""
