"""From the key of our signature to the click of a buyer: the real commands, a real daemon, and its page behind our web server."""

from __future__ import annotations

import email
import re
import urllib.error
import urllib.request
from email.policy import default

import pytest
from company import Company, letter
from stub_dns import StubDns

from mailagent.errors import MailagentError
from mailagent.office import open_office

pytestmark = pytest.mark.wire

PUBLIC = "https://mail.acme.example"
OPEN = "SELECT id FROM outbox WHERE state = 'drafted' AND basis = ?"
STATE = """SELECT (SELECT COUNT(*) FROM suppressions), (SELECT COUNT(*) FROM events WHERE type IN ('AddressSuppressed', 'CadenceEnded')),
  (SELECT group_concat(state) FROM outbox WHERE lead_id IS NOT NULL), (SELECT group_concat(rest_reason) FROM leads)"""


@pytest.fixture
def dns():
    with StubDns({("acme.example", "MX"): ["10 mx.acme.example."], ("mx.acme.example", "A"): ["192.0.2.25"]}) as server:
        server.txt("acme.example", "v=spf1 ip4:192.0.2.25 -all")
        server.txt("_dmarc.acme.example", "v=DMARC1; p=none; rua=mailto:dmarc@acme.example")
        yield server


def sign(company: Company) -> str:
    """Make a key by ``mailagent dkim-key`` and do what it says, but for the record, which it gives."""
    made = company.run("dkim-key", "sales")
    assert made.returncode == 0, made.stderr
    assert (company.home / "dkim-sales.pem").stat().st_mode & 0o077 == 0 and "PRIVATE KEY" not in made.stdout
    line = re.search(r"MAILAGENT_SALES_DKIM_KEY='[^']+'", made.stdout)[0]
    env = company.home / ".env"
    env.write_text(f"{env.read_text('utf-8')}\n{line}\n", "utf-8")
    company.change(mailbox={"dkim_selector": "mailagent"})
    return re.search(r"^v=DKIM1; k=rsa; p=\S+$", made.stdout, re.MULTILINE)[0]


def approve(company: Company, letter_id: int) -> None:
    office = open_office(company.home)
    [(seen,)] = company.ask("SELECT content_hash FROM outbox WHERE id = ?", letter_id)
    try:
        office.reviewer(office.policy.person("Boss")).approve(letter_id, seen)
    finally:
        office.ledger.close()


def look(company: Company) -> None:
    """News makes the daemon look at once, instead of at its next tick; a round later they are handled."""
    [(before,)] = company.ask("SELECT COUNT(*) FROM inbound WHERE state = 'handled'")
    news = letter("news@fair.example", company.address, "News of the fair", "Hall 3.\r\n", "Fair", List_Id="<news.fair.example>")
    company.dovecot.deliver(company.address, news)
    company.wait_for("SELECT COUNT(*) > ? FROM inbound WHERE state = 'handled'", before)


def ask(url: str, method: str, body: bytes | None = None) -> tuple[int, bytes]:
    """A request as the web server with the certificate passes it on."""
    passed_on = {"X-Forwarded-For": "203.0.113.9", "Host": "mail.acme.example"}
    request = urllib.request.Request(url, data=body, method=method, headers=passed_on)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_the_key_the_dns_and_the_letter_to_ourselves_as_commands(company, dns):
    """``dkim-key``, ``doctor --resolver`` and ``doctor --self-test``, as a person types them on his first day."""
    record = sign(company)
    # Whatever is not published is said with what to publish; then it is.
    name = "mailagent._domainkey.acme.example"
    missing = company.run("doctor", "--resolver", dns.address)
    assert missing.returncode == 1 and name in missing.stdout and record in missing.stdout.replace("\n", ""), missing.stdout
    assert {"acme.example MX", "acme.example TXT", "_dmarc.acme.example TXT", f"{name} TXT"} <= set(dns.asked)
    dns.txt(name, record)
    found = company.run("doctor", "--resolver", dns.address)
    assert record not in found.stdout and any(line.startswith("✓") and name in line for line in found.stdout.splitlines()), found.stdout
    assert "Traceback" not in missing.stderr + found.stderr


def test_one_click_from_a_real_letter_stops_everything_within_the_same_round(company, dns, dovecot, buyer):
    dns.txt("mailagent._domainkey.acme.example", sign(company))
    company.hurry()
    company.change(unsubscribe={"public_url": PUBLIC, "port": 0})
    proven = company.run("doctor", "--self-test", "--resolver", dns.address, "--patience", "2")
    assert proven.returncode == 0 and "covers the one-click headers; proven until" in proven.stdout, proven.stdout + proven.stderr

    with company.daemon() as running:
        running.wait_for_words("The public page:")
        port = int(re.search(rf"The public page: {PUBLIC}, served on 127\.0\.0\.1:(\d+)", running.said)[1])
        company.arrives(letter(buyer, company.address), buyer)
        approve(company, company.wait_for(OPEN, "answer"))
        look(company)
        (raw,) = dovecot.wait_for_mails(buyer, 1)
        head = email.message_from_bytes(raw, policy=default)
        assert head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        link = re.search(r"<(https://[^>]+)>", head["List-Unsubscribe"])[1]
        assert link.startswith(f"{PUBLIC}/u/")
        here = link.replace(PUBLIC, f"http://127.0.0.1:{port}")
        # What comes next waits for a person, in the same matter.
        waits = company.wait_for(OPEN, "follow_up")

        before = company.ask(STATE)
        for method in ("GET", "HEAD", "GET"):
            assert ask(here, method)[0] == 200
        assert ask(here, "POST", b"List-Unsubscribe=No")[0] == 400
        assert ask(here[:-3] + "xyz", "POST", b"List-Unsubscribe=One-Click")[0] == 200
        assert company.ask(STATE) == before

        status, _page = ask(here, "POST", b"List-Unsubscribe=One-Click")
        # It is on the disk before it is answered, and all that waited is cancelled with it.
        assert status == 200
        assert company.ask("SELECT reason, scope FROM suppressions WHERE lifted_at IS NULL") == [("unsubscribe", "global")]
        assert company.ask("SELECT state, state_reason FROM outbox WHERE id = ?", waits) == [("cancelled", "unsubscribed")]
        assert company.ask("SELECT rest_reason FROM leads") == [("unsubscribed",)]
        assert ask(here, "POST", b"List-Unsubscribe=One-Click")[0] == 200
        assert company.ask("SELECT COUNT(*) FROM suppressions") == [(1,)]
        with pytest.raises(MailagentError):
            approve(company, waits)
        # A whole round later nothing was drafted anew and nothing has left.
        look(company)
        assert running.stop() == 0
    assert running.said.splitlines()[-1] == "mailagent has ended."
    assert len(dovecot.mails(buyer)) == 1 and company.ask(OPEN, "follow_up") == [] and company.ask(OPEN, "answer") == []
    with pytest.raises(urllib.error.URLError):
        ask(here, "GET")
