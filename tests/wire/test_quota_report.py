"""A buyer's mailbox that is really full: Dovecot counts what lies in it and refuses, Postfix reports, and we read that it will heal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from dovecot import PASSWORD, Dovecot
from postfix import Postfix

from mailagent import policy as rules
from mailagent.core.model.policy import Sending
from mailagent.core.reading import reporter
from mailagent.core.reading.read import read
from mailagent.delivery.base import Accepted
from mailagent.delivery.smtp import smtp_transport

pytestmark = pytest.mark.wire

SALES, BUYER = "sales@acme.example", "small.box@cust.example"
MOST_BYTES = 20_000
QUOTA = f"""
mail_plugins = $mail_plugins quota
plugin {{
  quota = maildir:Mails
  quota_rule = *:bytes={MOST_BYTES}
}}
"""


class SmallDovecot(Dovecot):
    """A server whose users may keep some twenty thousand bytes."""

    def resume(self) -> None:
        path = self.folder / "dovecot.conf"
        written = path.read_text("utf-8")
        if QUOTA not in written:
            path.write_text(written + QUOTA, "utf-8")
        super().resume()


@pytest.fixture(scope="module")
def small(dovecot: Dovecot, postfix: Postfix) -> Iterator[tuple[SmallDovecot, Postfix]]:
    """The other two servers are asked for only because they say so where this machine has none."""
    box = SmallDovecot([SALES, BUYER])
    box.start()
    server = Postfix(box)
    try:
        server.start()
        yield box, server
    finally:
        server.stop()
        box.stop()


def letter(number: int, size: int) -> bytes:
    head = f"From: {SALES}\r\nTo: {BUYER}\r\nMessage-ID: <fu.{number}@acme.example>\r\nSubject: your inquiry\r\n\r\n"
    return head.encode() + b"A line of the letter that may well be read.\r\n" * (size // 45)


def test_a_mailbox_that_fills_up_takes_the_first_letter_and_reports_the_second(small, settings, providers):
    dovecot, postfix = small
    transport = smtp_transport(settings(SALES, smtp_port=postfix.believing), PASSWORD, providers, Sending(reply_timeout_seconds=10))
    for number, size in ((1, MOST_BYTES * 3 // 4), (2, MOST_BYTES // 2)):
        assert isinstance(
            transport.submit(letter(number, size), SALES, (BUYER,), lambda: True, f"01JDMZ0000000000000000QTA{number}"), Accepted
        )
        if number == 1:
            dovecot.wait_for_mails(BUYER, 1)
    transport.close()
    (raw,) = dovecot.wait_for_mails(SALES, 1)
    company = rules.load(None).company.model_copy(update={"domains": ("acme.example",)})
    policy = rules.load(None).model_copy(update={"company": company})
    mail = read(raw, policy, received_at=datetime.now(UTC), folder_role="inbox").message
    (failed,) = mail.report.recipients
    assert (failed.address, failed.status, failed.reason) == (BUYER, "5.2.2", "mailboxfull")
    # Dovecot calls it final; it is no reason to give up a buyer.
    assert b"552 5.2.2" in raw and (failed.permanent, failed.will_retry) == (False, False)
    assert mail.report.original_message_id == "fu.2@acme.example" and mail.report.envelope_id.endswith("QTA2")
    assert reporter.is_our_own_side(mail, policy) and len(dovecot.mails(BUYER)) == 1
