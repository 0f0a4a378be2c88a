"""A line that is torn at any byte: what was whole is kept, the rest comes with the next connection, and nothing comes twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from proxy import Fault, Proxy
from reading import Reading, letter

from mailagent.errors import MailboxError, MailboxUnreachable

pytestmark = pytest.mark.wire

MAILS = 12
STEPS = 12


@pytest.mark.parametrize("security", ["none", "tls"])
@pytest.mark.parametrize("then", ["cut", "reset", "stall"])
def test_a_line_that_is_torn_at_any_byte(dovecot, user, password, tmp_path, security, then):
    expected = [letter(number, size=400 * number) for number in range(1, MAILS + 1)]
    client = dovecot.client(user)
    for raw in expected:
        client.append("INBOX", None, datetime.now(UTC), raw)
    client.logout()
    port = dovecot.imaps if security == "tls" else dovecot.imap
    # A silent line costs its time-out each time; the others are cheap.
    steps = STEPS // 4 if then == "stall" else STEPS
    said = sum(map(len, expected)) + 2_500
    torn = 0
    for step in range(steps):
        home = tmp_path / str(step)
        home.mkdir()
        with Proxy(port, Fault("server", b"", then, at_byte=(2 * step + 1) * said // (2 * steps))) as line:
            waits = {"timeout_seconds": 1 if then == "stall" else 60}
            reading = Reading(line, home, address=user, imap_security=security, tls_ca_file=dovecot.certificate, **waits)
            reading.password = password
            try:
                reading.look()
            except MailboxUnreachable:
                torn += 1
            assert all(raw in expected for raw in reading.kept())
        # The next connection finds a good line.
        reading.mailbox = reading.mailbox.model_copy(update={"imap_port": port, "timeout_seconds": 60})
        try:
            reading.look()
        finally:
            kept = reading.kept()
            reading.office.ledger.close()
        assert sorted(kept) == sorted(expected) and len(kept) == MAILS
    assert torn >= steps // 2


def test_every_break_is_an_error_of_ours(dovecot, user, password, tmp_path):
    """No break of the line ends as an exception that nobody expects."""
    dovecot.deliver(user, letter(1))
    for at_byte in range(0, 900, 60):
        with Proxy(dovecot.imap, Fault("server", b"", "cut", at_byte=at_byte)) as line:
            reading = Reading(line, tmp_path, address=user, timeout_seconds=60)
            reading.password = password
            try:
                connection = reading.connect()
                connection.open("INBOX")
                list(connection.fetch([1]))
                connection.close()
            except MailboxError as error:
                assert user in str(error) or "mailbox sales" in str(error)
            finally:
                reading.office.ledger.close()
