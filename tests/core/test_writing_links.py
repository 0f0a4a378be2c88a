"""The headers by which a letter can be stopped, and the wish for a read receipt (RFC 2369, 8058, 8098)."""

from __future__ import annotations

import email
from dataclasses import replace

import pytest
from letters import NOW, POLICY, PRICE, mail, write

from mailagent.core.model.address import Address
from mailagent.core.writing import compose, tokens
from mailagent.errors import SendingError

SENDER = Address("Lin Mei · Acme", "sales@ours.example")
TOKEN = tokens.unsubscribe_token(123_456, [b"k" * 32], 98_765)
MAILTO = tokens.unsubscribe_mailto(SENDER.email, TOKEN)
URL = tokens.unsubscribe_url("https://mail.ours.example/post", "zh", TOKEN)


def built(url: str = URL, receipts: bool = False, **changes) -> bytes:
    policy = POLICY.model_copy(update={"sending": POLICY.sending.model_copy(update={"read_receipts": receipts})})
    return compose.build(replace(write(mail(*PRICE)), **changes), SENDER, NOW, MAILTO, policy, one_click_url=url)


def header(raw: bytes, name: str) -> str | None:
    """As it stands in the bytes, lines joined."""
    value = email.message_from_bytes(raw).get(name)
    return None if value is None else " ".join(value.split())


def test_one_click_names_the_address_first_then_the_mail_and_makes_the_promise():
    raw = built()
    assert header(raw, "List-Unsubscribe") == f"<{URL}>, <{MAILTO}>"
    assert header(raw, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert max(len(line) for line in raw.split(b"\r\n")) < 998


def test_without_a_proven_address_only_the_mail_is_named_and_nothing_is_promised():
    raw = built("")
    assert header(raw, "List-Unsubscribe") == f"<{MAILTO}>" and header(raw, "List-Unsubscribe-Post") is None


def test_notices_to_our_own_people_can_be_stopped_by_nobody():
    raw = built(basis="notice", receipts=True)
    assert not any(header(raw, name) for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "Disposition-Notification-To"))


def test_a_read_receipt_is_asked_for_only_where_the_company_wants_it_and_at_the_address_of_from():
    assert header(built(), "Disposition-Notification-To") is None
    raw = built(receipts=True)
    assert header(raw, "Disposition-Notification-To") == SENDER.email == email.utils.parseaddr(header(raw, "From"))[1]


@pytest.mark.parametrize(
    "url", ["https://x/\r\nBcc: a@b", "https://x/>,<https://y", "https://x/ y", "https://x/é", "https://x/" + "a" * 2000]
)
def test_a_link_that_would_break_the_header_is_refused(url):
    with pytest.raises(SendingError):
        built(url)
