"""The demo's mails and buyers are what they claim to be, and stay inside their own world."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from mailagent.core.model.message import KINDS
from mailagent.demo import buyers, samples

START = datetime(2026, 3, 10, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
SAMPLES = {one.name: one for one in samples.load(START)}
LETTER = (
    b"From: Chen Wei <sales@lumena.example>\r\nTo: x@y.example\r\nSubject: =?utf-8?q?Re=3A_Cotizaci=C3=B3n_SL-120?=\r\n"
    b"Message-ID: <fu.01J.abc@lumena.example>\r\nReferences: <first@y.example>\r\nDate: Tue, 10 Mar 2026 09:00:00 +0800\r\n"
    b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
    + "Estimada Lucía:\r\n\r\nnuestro precio es USD 46.\r\n".encode()
)


def test_about_forty_mails_arrive_in_order_within_the_days_before_the_start():
    assert 38 <= len(SAMPLES) <= 45
    times = [one.received_at for one in SAMPLES.values()]
    assert times == sorted(times)
    assert times[0] >= START.replace(day=6, hour=0, minute=0) and times[-1] <= START - timedelta(minutes=5)


def test_every_kind_tier_and_enough_languages_are_there():
    expected = [one.expect for one in SAMPLES.values()]
    assert {e["kind"] for e in expected} == set(KINDS) - {"complaint"}
    graded = Counter(e["tier"] for e in expected if e["kind"] in ("inquiry", "reply"))
    assert all(graded[tier] >= 4 for tier in (1, 2, 3, 4)) and graded[None] == 1
    assert len({e["language"] for e in expected if e["kind"] == "inquiry"}) >= 8
    assert all(len(e["note"]) > 15 for e in expected)


@pytest.mark.parametrize("one", list(SAMPLES.values()), ids=list(SAMPLES))
def test_a_sample_is_a_mail_as_a_server_takes_it(one):
    assert b"x-demo" not in one.raw.lower() and b"{{" not in one.raw
    assert b"\r\n\r\n" in one.raw and not re.search(rb"(?<!\r)\n", one.raw)
    # RFC 5321 §4.5.3.1.6; a server would refuse longer lines.
    assert max(len(line) for line in one.raw.split(b"\r\n")) <= 998
    # Quoted-printable may break a line in the middle of an address.
    hosts = set(re.findall(rb"@([A-Za-z0-9.-]+\.[A-Za-z]{2,})", one.raw.replace(b"=\r\n", b"")))
    assert hosts and all(host.endswith(b".example") for host in hosts)
    if one.name != "moreau_broken":
        mail = message_from_bytes(one.raw, policy=policy.default)
        assert one.raw.split(b"\r\n\r\n")[0].isascii()
        assert abs(parsedate_to_datetime(str(mail["Date"])) - one.received_at) < timedelta(minutes=1)
        text = mail.get_body(("plain", "html")) if mail.get_content_maintype() != "multipart" else next(mail.iter_parts())
        assert "\ufffd" not in text.get_content()


def test_charsets_and_ids_that_were_promised():
    def charset(name):
        return message_from_bytes(SAMPLES[name].raw).get_content_charset()

    wanted = {
        "liu_gaopeng": "gb18030",
        "sokolov_flood_lights": "windows-1251",
        "nakamura_sample": "iso-2022-jp",
        "brockmann_panels": "iso-8859-1",
    }
    assert {name: charset(name) for name in wanted} == wanted
    assert "\u5de5\u77ff\u706f".encode("gb18030") in message_from_bytes(SAMPLES["liu_gaopeng"].raw).get_payload(decode=True)
    assert len(message_from_bytes(SAMPLES["whitmore_purchase_order"].raw)["Message-ID"]) == 95
    assert "projecteur extérieur".encode("windows-1252") in SAMPLES["moreau_broken"].raw
    one, copy = SAMPLES["wanjiku_price"], SAMPLES["wanjiku_price_again"]
    assert one.raw != copy.raw
    assert message_from_bytes(one.raw)["Message-ID"] == message_from_bytes(copy.raw)["Message-ID"]
    assert one.raw.partition(b"\r\n\r\n")[2] == copy.raw.partition(b"\r\n\r\n")[2]


def test_a_colleagues_answer_lies_in_sent_and_answers_an_inquiry():
    (own,) = [one for one in SAMPLES.values() if one.folder == "Sent"]
    answered = message_from_bytes(own.raw)["In-Reply-To"]
    assert answered == message_from_bytes(SAMPLES["benali_panneaux"].raw)["Message-ID"]
    assert own.flags == ("\\Seen",) and own.received_at > SAMPLES["benali_panneaux"].received_at


def test_dates_move_with_the_start():
    later = {one.name: one for one in samples.load(START + timedelta(days=100))}
    assert later["asante_high_bays"].received_at - SAMPLES["asante_high_bays"].received_at == timedelta(days=100)
    assert b"18.03.2026" in message_from_bytes(SAMPLES["weiss_out_of_office"].raw).get_payload(decode=True)
    assert b"26.06.2026" in message_from_bytes(later["weiss_out_of_office"].raw).get_payload(decode=True)


def test_a_file_without_a_time_is_named():
    with pytest.raises(ValueError, match="nobody: X-Demo-At"):
        samples.sample("nobody", "From: a@b.example\n\nhello", START)


@pytest.mark.parametrize("reaction", buyers.reactions(), ids=lambda one: f"{one.name}-{one.to_letter}")
def test_an_answer_threads_and_quotes(reaction):
    mail = message_from_bytes(buyers.answer(reaction, LETTER, START), policy=policy.default)
    assert mail["In-Reply-To"] == "<fu.01J.abc@lumena.example>"
    assert str(mail["References"]).split() == ["<first@y.example>", "<fu.01J.abc@lumena.example>"]
    assert "Cotización SL-120" in mail["Subject"] and str(mail["Subject"]).lower().count("re:") <= 1
    text = mail.get_content()
    assert reaction.body.strip().split("\n")[0] in text and "{{" not in text
    assert ("nuestro precio es USD 46." in text) == (reaction.style != "none")
    assert (mail["Auto-Submitted"] == "auto-replied") == reaction.automatic


def test_every_reacting_buyer_is_one_of_the_samples():
    graded = [one for one in SAMPLES.values() if one.expect["tier"]]
    senders = {message_from_bytes(one.raw, policy=policy.default)["From"].addresses[0].addr_spec for one in graded}
    assert {one.address for one in buyers.reactions()} | set(buyers.bounces()) <= senders


def test_buyers_answer_the_letter_they_were_told_to_and_only_once():
    now = [START]
    crowd = buyers.Buyers(lambda: now[0])
    kwame = "k.asante@accra-electrical.example"
    crowd.hear("sales@lumena.example", (kwame, "nobody@silent.example"), LETTER)
    assert crowd.next_at is None
    crowd.hear("sales@lumena.example", (kwame.title(),), LETTER)
    assert crowd.next_at == START + timedelta(hours=21.5)
    assert crowd.due(START + timedelta(hours=21)) == []
    (one,) = crowd.due(START + timedelta(hours=22))
    assert one.recipient == "sales@lumena.example" and b"proforma" in one.raw
    assert crowd.due(START + timedelta(days=9)) == [] and crowd.next_at is None


def test_the_demos_company_is_a_valid_configuration():
    from mailagent.core.model.policy import CompanyProfile, Mailbox, Person

    text = (files("mailagent.demo") / "company/config/mailagent.toml").read_text("utf-8")
    table = tomllib.loads(text)
    assert CompanyProfile(**table["company"]).registrable_domains == {"lumena.example"}
    assert [Person(**row).role for row in table["person"]] == ["sales", "sales", "manager"]
    assert Mailbox(**table["mailbox"][0]).address == samples.SALES
    # At most three lines about the company (DOMAIN §5).
    assert all(len(said.strip().split("\n")) <= 3 for said in table["company"]["introduction"].values())
