"""Strangers who resemble somebody we know, and the same request from several mailboxes (DOMAIN §6)."""

from __future__ import annotations

from datetime import timedelta

from stage import DETAILED, SHORT

from mailagent.ledger import leads

PETER = "p.klein@klein-antriebe.example"
NEW_ACCOUNT = "Please note our new bank account for the refund: IBAN LT12 1000 0111 0100 1000."
SAME = """Hello,

please quote your best price CIF Karachi for 6204-2RS 8,000 pcs, 6205-2RS 6,000 pcs and 6308-ZZ 1,500 pcs, packed in
industrial boxes, and tell us the delivery time and the payment terms for a first order in May.

{name}
"""


def reasons(stage, address):
    """Every sign that the newest matter with this person rests on."""
    return {signal.name for signal, _ in stage.ask(leads.reasons, stage.lead_of(address).id)}


def becomes_customer(stage):
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    first = stage.draft_for(PETER)
    stage.send(first)
    stage.buyer_replies(first, "We accept. Please send the proforma invoice, this is our order no. 4711 for 20,000 pcs 6204-2RS.")
    stage.look()
    assert stage.lead_of(PETER).stage == "customer"


def test_a_domain_that_looks_like_a_customers_is_found_by_index(stage):
    becomes_customer(stage)
    for address, sign, level in (
        ("p.klein@kIein-antriebe.example", "mimics_customer", "likely"),
        ("p.klein@klein-antrieben.example", "near_customer_domain", "suspicious"),
        ("p.klein@klein-antriebe-group.example", "near_customer_domain", "suspicious"),
        ("p.klein@klein-antriebe.invalid", "near_customer_domain", "suspicious"),
    ):
        stage.buyer_writes(address, NEW_ACCOUNT, subject="Refund", name="Accounts")
        stage.look()
        assert sign in reasons(stage, address.lower())
        assert (stage.lead_of(address.lower()).fraud, stage.lead_of(address.lower()).hold_reason) == (level, "bank_change")


def test_a_stranger_who_is_only_named_alike_is_left_in_peace(stage):
    becomes_customer(stage)
    stage.buyer_writes("anna@gross-antriebe.example", SHORT, subject="6204", name="Anna Gross")
    stage.look()
    assert stage.lead_of("anna@gross-antriebe.example").fraud == "none"


def test_a_known_name_with_a_new_address_and_a_new_account_is_no_friend(stage):
    becomes_customer(stage)
    stage.buyer_writes("peter.klein.1971@freemail.example", SHORT, subject="6204", name="Peter Klein")
    stage.look()
    lead = stage.lead_of("peter.klein.1971@freemail.example")
    assert lead.fraud == "none" and "known_name_new_address" in reasons(stage, lead.email)
    stage.buyer_writes("kleinpeter@freemail.example", NEW_ACCOUNT, subject="Refund", name="Peter Klein")
    stage.look()
    lead = stage.lead_of("kleinpeter@freemail.example")
    assert (lead.fraud, lead.hold_reason) == ("likely", "bank_change")


def test_the_same_request_from_three_mailboxes_is_linked_and_told_once(stage):
    mailboxes = ("asif.k@one-trader.example", "sourcing77@two-buyers.example", "bilal@three-import.example")
    for address, name in zip(mailboxes, ("Asif K", "Imran", "Bilal Traders"), strict=True):
        stage.buyer_writes(address, SAME.format(name=name), subject="Inquiry", name=name)
        stage.look()
        stage.live(until=stage.now + timedelta(days=2), approving=False)
    assert [stage.lead_of(address).fraud for address in mailboxes] == ["suspicious"] * 3
    assert all("price_fishing" in reasons(stage, address) for address in mailboxes)
    (task,) = stage.tasks("fraud")
    assert "asif.k@one-trader.example" in task["evidence"]
    # It is not forgotten with his next mail, and told to nobody a second time.
    stage.buyer_writes(mailboxes[0], "Any news about our inquiry? How are the 6308-ZZ packed?", subject="Inquiry", name="Asif K")
    stage.look()
    assert stage.lead_of(mailboxes[0]).fraud == "suspicious" and len(stage.tasks("fraud")) == 1


def test_two_colleagues_and_a_request_of_last_season_are_no_campaign(stage):
    stage.buyer_writes("a@one-house.example", SAME.format(name="Anna"), subject="Inquiry", name="Anna")
    stage.buyer_writes("b@one-house.example", SAME.format(name="Bela"), subject="Inquiry", name="Bela")
    stage.look()
    stage.live(until=stage.now + timedelta(days=40), approving=False)
    stage.buyer_writes("c@other-house.example", SAME.format(name="Carl"), subject="Inquiry", name="Carl")
    stage.look()
    people = ("a@one-house.example", "b@one-house.example", "c@other-house.example")
    assert [stage.lead_of(address).fraud for address in people] == ["none"] * 3 and stage.tasks("fraud") == []
