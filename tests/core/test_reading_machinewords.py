"""Mail of machines that carry no mark but their words, and people who only sound like one."""

from __future__ import annotations

import pytest
from messages import NOON, lamp_policy, mail

from mailagent.core.model.known import Known
from mailagent.core.reading import kind
from mailagent.core.reading.parse import parse


def verdict(words, subject="lamps", sender="Ann Field <ann@fieldworks.example>", **more):
    return kind.classify(mail(words, subject, sender, **more), Known(), lamp_policy())


MACHINES = {
    "absence": ("I am out of the office until 12 March.", "ooo"),
    "absence with a deputy": ("Thank you for your message. I am on vacation until 12 March. In urgent cases please write to Bo.", "ooo"),
    "absence in German": ("Ich bin bis zum 12.03.2026 nicht im Büro. In dringenden Fällen wenden Sie sich an Frau Berg.", "ooo"),
    "no answers": ("This is an automated message, please do not reply. Your parcel is on its way.", "auto"),
    "virus": ("A virus was found in a file that you sent to us. The attachment has been removed.", "auto"),
    "list manager": ("Your request to subscribe to the list lamps has been completed.", "auto"),
    "sender check": (
        "This mailbox is protected against spam. Please click https://check.example/1 to have your message delivered.", "challenge"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("words", "automatic"), MACHINES.values(), ids=MACHINES)
def test_a_machine_is_known_by_its_words(words, automatic):
    found = verdict(words)
    assert found.kind == "auto_reply" and found.automatic == automatic
    assert found.evidence


PEOPLE = [
    "I am out of the office until Friday, but send me the price of 40 panels please.",
    "I will be on vacation until 12 March. Can you hold the shipment?",
    "We use an automatic message board, please quote 30 lamps for it.",
    "My scanner says that a virus was found in your attachment, can you send it again?",
    "Our request to join the list of bidders was accepted. Please quote 30 lamps.",
    "Our hall is protected against dust. Please use IP65 lamps, delivery in May.",
]


@pytest.mark.parametrize("words", PEOPLE)
def test_a_person_who_sounds_like_a_machine_is_a_person(words):
    assert verdict(words).kind in ("inquiry", "reply")


def test_a_note_of_absence_names_its_sender():
    assert verdict("See below.", "Ann Field is out of the office").kind == "auto_reply"
    assert verdict("See below, shall we wait for her?", "Eva Moss is out of the office").kind == "inquiry"


@pytest.mark.parametrize("subject", ["[help.fieldworks.example #77] AutoReply: lamps", "[Automatyczna odpowiedź] lamps"])
def test_a_tag_before_the_sign_or_around_it(subject):
    assert verdict("We have it.", subject).kind == "auto_reply"


def test_a_gateway_that_names_whom_it_did_not_reach_reports_a_bounce():
    head = b"From: gateway@far.example\r\nTo: sales@lumena.example\r\nSubject: Delivery failure notification\r\n"
    head += b"Message-ID: <g1@far.example>\r\nContent-Type: text/plain\r\n\r\n"
    told = parse(head + b"Your mail\r\ncould not be delivered to the following recipients:\r\n\r\nbo@far.example\r\n", received_at=NOON)
    asked = parse(head + b"Our parcel could not be delivered to your office, please ring us.\r\n", received_at=NOON)
    assert kind.classify(told, Known(), lamp_policy()).kind == "bounce"
    assert [one.address for one in told.report.recipients] == ["bo@far.example"]
    assert kind.classify(asked, Known(), lamp_policy()).kind != "bounce"
