"""Cadences that cannot run and calendars without a day are found by ``mailagent check``, with file and key."""

from __future__ import annotations

import pytest

from mailagent import policy
from mailagent.core.model.address import SENDABLE
from mailagent.errors import ConfigError
from mailagent.resources import shipped

CADENCE = """
[{name}]
{who}

[[{name}.step]]
id = "answer"
do = "letter"
basis = "answer"
template = "answer_reply"
{more}
[[{name}.step]]
id = "rested"
do = "rest"
"""
FOLLOW_UP = '\n[[{name}.step]]\nid = "f{number}"\ndo = "letter"\nafter_working_days = {days}\ntemplate = "follow_up_2"\n{more}\n'


def problems(home, file: str, text: str) -> list[str]:
    folder = home / "config"
    folder.mkdir(exist_ok=True)
    (folder / file).write_text((shipped("config") / file).read_text("utf-8") + text, encoding="utf-8")
    try:
        policy.load(home)
    except ConfigError as error:
        return [f"{one.file}: {one.key}: {one.message}" for one in error.problems]
    return []


def letters(name: str, *days: int, more: str = "") -> str:
    rows = "".join(FOLLOW_UP.format(name=name, number=number, days=wait, more=more) for number, wait in enumerate(days))
    # That a class has two cadences now is said as well, and is another mistake.
    return CADENCE.format(name=name, more=rows, who='shows = ["target"]' if name == "fast" else "tiers = []")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (letters("nobody", 5), "nobody: nobody ever comes into it"),
        (letters("fast", 2, 2, 2), "step[4]: is follow-up 3 within 7 days"),
        (letters("fast", 2, 0), "step[3]: is follow-up 2 within day"),
        (letters("fast", 1, 5, 5, 5, 2), "step[6]: is follow-up 5 within 30 days"),
        (letters("nobody", 5, more='on_quiet_day = "whenever"'), "on_quiet_day"),
        (letters("nobody").replace('do = "rest"', 'do = "task"\ntask = "dance"'), 'task: "dance" is no kind of task'),
        (letters("nobody").replace('do = "rest"', 'do = "rest"\non_quiet_day = "call"'), "on_quiet_day: is for follow-up letters"),
    ],
)
def test_cadences_that_cannot_run(tmp_path, text, said):
    assert any(said in one for one in problems(tmp_path, "cadences.toml", text)), problems(tmp_path, "cadences.toml", text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[blackout]]\nweekdays = [1, 2, 3]\nwhy = "no"\n', "no day is left on which a follow-up may go"),
        ('[[blackout]]\ndates = ["03-01/07-31"]\nwhy = "no"\n', "from March on no follow-up may go for"),
        ('[[blackout]]\nscope = "country"\ncountries = ["QQ"]\nwhy = "no"\n', '"QQ" is not among the places'),
        ('[[blackout]]\nwhy = "no"\nbefore = 3\n', "name it with"),
        ('[[blackout]]\ndates = ["31-12"]\nwhy = "no"\n', "is no day"),
        ('[[blackout]]\nfrom = 09:00:00\nwhy = "no"\n', "belong together"),
        ('[[blackout]]\nscope = "country"\nwhy = "no"\n', "belong together"),
        ('[[blackout]]\nweekdays = [8]\nwhy = "no"\n', "days are numbers from 0"),
        ('[[closure]]\ndates = []\nname = "x"\n', "closure"),
        ('[places.XK]\nzone = "Europe/Belgrade"\nzones = ["Pacific/Auckland"]\n', "places.XK: no day is left"),
        ('[places.XK]\nzone = "Europe/Nowhere"\n', "is not a time zone"),
    ],
)
def test_calendars_that_leave_no_day(tmp_path, text, said):
    assert any(said in one for one in problems(tmp_path, "calendar.toml", text)), problems(tmp_path, "calendar.toml", text)


def test_an_approval_must_last_until_the_next_day_for_letters(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mailagent.toml").write_text("[approval]\nvalid_working_days = 1\n", encoding="utf-8")
    found = problems(tmp_path, "calendar.toml", '[[blackout]]\nweekdays = [1, 2]\nwhy = "no"\n')
    assert any("approval.valid_working_days: an approval is good for 1 working days" in one for one in found)


def test_the_shipped_blackouts_name_people_by_address_or_country_only():
    for rule in policy.load(None).calendar.blackout:
        assert rule.scope != "contact" and not any(SENDABLE.fullmatch(one) for one in rule.contacts)
        assert {"en", "zh"} <= set(rule.why)
