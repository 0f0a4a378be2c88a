"""Forms of our own web site: which one it is, and what its fields say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from policies import policy

from mailagent.core.model.known import Known
from mailagent.core.reading import kind, relay
from mailagent.core.reading.parse import parse

AT = datetime(2026, 3, 3, 8, tzinfo=UTC)


def form(body: str, sender: str = "Website <noreply@ours.example>", reply_to: str = "pia@mills.example", subject: str = "New message"):
    head = f"From: {sender}\nTo: sales@ours.example\nSubject: {subject}\nMessage-ID: <f1@ours.example>\nReply-To: {reply_to}\n"
    raw = (head + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + body).encode()
    return relay.unwrap(parse(raw, received_at=AT, languages=policy().languages), policy())


LABELS = """Name: Pia Holm
Company: Holm Mills A/S
Country: Denmark
E-mail: pia@mills.example
Phone: +45 55 55 01 88
Interested in: gate valves
Message:
Please quote 60 valves DN80 for hot water, delivered Aarhus.

IP: 203.0.113.9
Page: /products/valves
"""


def test_plain_labels_fill_the_fields():
    message = form(LABELS)
    assert message.relayed_by == "Web form"
    assert message.sender.email == "pia@mills.example" and message.sender.name == "Pia Holm"
    assert message.relay_fields["company"] == "Holm Mills A/S"
    assert message.relay_fields["country"] == "Denmark"
    assert message.relay_fields["phone"] == "+45 55 55 01 88"
    assert message.relay_fields["product"] == "gate valves"
    assert message.words == "Please quote 60 valves DN80 for hot water, delivered Aarhus."


def test_the_address_may_stand_in_reply_to_alone():
    message = form("Name: Pia Holm\nMessage: Please quote 60 valves.\n\n-- \nSent from our contact page")
    assert (message.relayed_by, message.sender.email, message.words) == ("Web form", "pia@mills.example", "Please quote 60 valves.")


def test_contact_form_7_is_known_by_its_own_layout():
    message = form(
        "From: Pia Holm <pia@mills.example>\nSubject: Valves\n\nMessage Body:\nPlease quote 60 valves.\n\n-- \nThis e-mail was sent"
        " from a contact form"
    )
    assert (message.relayed_by, message.words) == ("Contact Form 7", "Please quote 60 valves.")


@pytest.mark.parametrize("sender", ["Shop <no-reply@shop.example>", "Notices <notification@bank.example>"])
def test_a_strangers_notice_with_a_reply_to_is_no_form(sender):
    message = form("Your parcel has left our store house.", sender=sender, reply_to="help@shop.example")
    assert message.relayed_by == "" and kind.classify(message, Known(), policy()).kind == "auto_reply"


def test_a_message_changed_is_another_and_knows_its_fields():
    first = form("Name: Pia Holm\n")
    second = first.but(subject="Lamps")
    assert second == replace(first, subject="Lamps") != first
    with pytest.raises(TypeError, match="subjekt"):
        first.but(subjekt="Lamps")
