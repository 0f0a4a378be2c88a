"""The reader understands the demo's mails as a salesperson would: kind, tier and language of each, by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import as_file, files
from zoneinfo import ZoneInfo

import pytest

from mailagent import policy
from mailagent.core.model.known import Known
from mailagent.core.model.lead import Company
from mailagent.core.reading import facts, kind, language, parse, relay
from mailagent.core.scoring.score import score
from mailagent.demo import samples

START = datetime(2026, 3, 10, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
SAMPLES = {one.name: one for one in samples.load(START)}


@pytest.fixture(scope="module")
def rules():
    with as_file(files("mailagent.demo") / "company") as home:
        return policy.load(home)


def read(one, rules):
    role = "sent" if one.folder == "Sent" else "inbox"
    return relay.unwrap(parse.parse(one.raw, received_at=one.received_at.astimezone(UTC), folder_role=role), rules)


@pytest.mark.parametrize("name", list(SAMPLES))
def test_kind_tier_and_language(name, rules):
    one = SAMPLES[name]
    message = read(one, rules)
    verdict = kind.classify(message, Known(), rules)
    understood = {"kind": verdict.kind, "alone": None, "language": message.language or language.detect(message.words)[0]}
    if verdict.automatic in ("ooo", "left"):
        understood["automatic"] = verdict.automatic
    if verdict.kind in ("inquiry", "reply"):
        grade = score(facts.find(message, rules), message, Known(), rules)
        understood["alone"] = grade.tier
        if "fraud" in one.expect:
            understood["fraud"] = grade.fraud
    assert understood == {key: one.expect[key] for key in understood} | (
        {"automatic": one.expect["automatic"]} if "automatic" in one.expect else {}
    )


def test_the_absence_has_its_day_and_the_form_its_buyer(rules):
    assert str(kind.classify(read(SAMPLES["weiss_out_of_office"], rules), Known(), rules).return_on) == "2026-03-19"
    form = read(SAMPLES["web_form"], rules)
    assert (form.sender.email, form.sender.name) == ("p.vandam@vandam-logistics.example", "Pieter van Dam")
    platform = read(SAMPLES["platform_inquiry"], rules)
    assert platform.relayed_by and platform.sender.name == "Ahmet Yildiz" and platform.relay_fields["country"] == "Turkey"


def test_a_colleague_of_a_customer_inherits_the_tier(rules):
    one = SAMPLES["pritchard_colleague"]
    known = Known(company=Company(1, "Harcourt Lighting Ltd.", "harcourt-lighting.example", "GB", True, "Chen Wei"))
    message = read(one, rules)
    assert score(facts.find(message, rules), message, known, rules).tier == one.expect["tier"] == 1
