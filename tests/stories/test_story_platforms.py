"""Buyers who come through a platform: one matter a buyer, one task, no letter into the void; and the day he writes himself."""

from __future__ import annotations

from datetime import timedelta

from stage import SALES

PLATFORM = "feedback@service.alibaba.com"
NOTICE = (
    "You have a new inquiry from a buyer.\n\nName: {name}\nCompany: {company}\nCountry: {country}\nMessage:\n"
    "I am interested in ball bearings 6204-2RS, {number} pcs. Please send your best price.\n\nReply now in Message Center.\n"
)
JOHN = {"name": "John Miller", "company": "Miller Pumps", "country": "United States (US)", "number": "10,000"}
MARY = {"name": "Mary Otieno", "company": "Maji Works", "country": "Kenya", "number": "2,000"}


def notice_comes(stage, buyer: dict[str, str], **more) -> None:
    subject = f"You have received an inquiry from {buyer['name']}"
    stage.buyer_writes(PLATFORM, NOTICE.format(**buyer), subject=subject, name="Alibaba.com", **more)


def leads(stage) -> list[dict]:
    return stage.rows(
        "SELECT l.id, l.source, l.country, l.owner, l.inbound_count, c.name, c.email FROM leads l JOIN contacts c ON c.id = l.contact_id"
    )


def test_two_buyers_of_one_platform_are_two_and_their_second_notices_are_theirs(stage):
    notice_comes(stage, JOHN)
    notice_comes(stage, MARY, at=stage.now + timedelta(minutes=1))
    notice_comes(stage, JOHN, at=stage.now + timedelta(minutes=2))
    stage.look()
    first, second = leads(stage)
    assert (first["name"], first["country"], first["inbound_count"]) == ("John Miller", "US", 2)
    assert (second["name"], second["country"], second["inbound_count"]) == ("Mary Otieno", "KE", 1)
    tasks = stage.tasks("platform_answer")
    assert [task["lead_id"] for task in tasks] == [first["id"], second["id"]]
    assert "Miller Pumps" in tasks[0]["evidence"] and "10,000 pcs" in tasks[0]["evidence"]
    stage.live(until=stage.now + timedelta(days=20))
    assert stage.mail.outside == []


def test_he_goes_on_in_his_matter_when_he_writes_from_his_own_address(stage):
    notice_comes(stage, JOHN)
    stage.look()
    text = "Hello,\nwe talked on Alibaba. Please send the price for 10,000 pcs 6204-2RS.\n\nJohn Miller\nMiller Pumps Inc."
    stage.buyer_writes("john@miller-pumps.example", text, name="John Miller", at=stage.now + timedelta(hours=5))
    stage.wait(hours=5)
    (lead,) = leads(stage)
    assert (lead["email"], lead["inbound_count"]) == ("john@miller-pumps.example", 2)
    assert stage.draft_for("john@miller-pumps.example").round == 1
    # The platform tells of him once more: he has an address now, so his follow-ups go on.
    notice_comes(stage, JOHN | {"number": "12,000"}, at=stage.now + timedelta(hours=1))
    stage.wait(hours=1)
    (lead,) = leads(stage)
    assert (lead["email"], lead["inbound_count"]) == ("john@miller-pumps.example", 3)
    assert stage.drafts() and len(stage.tasks("platform_answer")) == 1


def test_a_name_alone_makes_nobody_the_buyer_of_a_platform(stage):
    notice_comes(stage, JOHN)
    stage.look()
    text = "Price for 6204-2RS, 500 pcs?"
    stage.buyer_writes("john.miller@elsewhere.example", text, name="John Miller", at=stage.now + timedelta(hours=1))
    stage.wait(hours=1)
    assert sorted(lead["inbound_count"] for lead in leads(stage)) == [1, 1]


def test_a_colleague_who_passes_a_mail_on_keeps_the_buyer(stage):
    # By the language of the mail it would be Li Wei's.
    name, address = "Ana Sun", "ana.sun@acme.example"
    text = (
        "please answer\n\n-----Original Message-----\nFrom: Oscar Lind <oscar@lindgear.example>\nSent: Monday, March 9, 2026 3:14 PM\n"
        f"To: {SALES}\nSubject: bearings\n\nHi, we need 6204-2RS, 220 pcs. What can you offer?\nOscar\n"
    )
    stage.buyer_writes(address, text, subject="FW: bearings", name=name)
    (seen,) = stage.look()
    assert (seen.message.sender.email, seen.message.words.splitlines()[0][:10]) == ("oscar@lindgear.example", "Hi, we nee")
    (lead,) = leads(stage)
    assert (lead["email"], lead["owner"]) == ("oscar@lindgear.example", name)
    assert stage.rows("SELECT owner_reason FROM leads") == [{"owner_reason": "forwarded"}]
