"""Letters that we sign ourselves, and what a letter to ourselves proves: real servers, a real DNS server (RFC 6376, 8058 §3.1)."""

from __future__ import annotations

import email
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from door import own_port
from stub_dns import StubDns

from mailagent.core.model.policy import CompanyProfile, Person, Policy
from mailagent.core.model.proof import PROOF_DAYS, OneClickProven, circumstances
from mailagent.core.model.public import PublicPage
from mailagent.core.writing import compose
from mailagent.core.writing.templates import TemplateSet
from mailagent.delivery import signing
from mailagent.doctor import self_test
from mailagent.doctor.own_key import key_of, zone_lines
from mailagent.doctor.resolver import Resolver
from mailagent.errors import ConfigError, MailagentError
from mailagent.jobs.letter_bytes import letter_bytes
from mailagent.ledger import journal, proofs
from mailagent.ledger.db import Ledger
from mailagent.office import Office
from mailagent.settings import Settings

KEY = signing.new_key()
OTHER = signing.new_key()
SELECTOR = "mailagent"


@pytest.fixture
def office(tmp_path, dovecot, postfix, settings, user, password):
    """Makes the office of a company with one mailbox on the test servers."""

    def make(own_key: str = KEY, public_url: str = "https://mail.acme.example", **mailbox) -> Office:
        chosen = settings(user, **mailbox)
        key_file = tmp_path / "dkim.pem"
        key_file.write_text(own_key)
        key_file.chmod(0o600)
        secrets = Settings(
            tmp_path,
            b"m" * 32,
            b"s" * 32,
            b"d" * 32,
            {1: b"u" * 32},
            passwords={chosen.password_variable: password},
            dkim_keys={chosen.dkim_key_variable: str(key_file)},
        )
        policy = Policy(
            company=CompanyProfile(legal_name="Acme Ltd.", postal_address="1 West Lake Road, Hangzhou", domains=("acme.example",)),
            people=(Person(name="Li Wei", email="li.wei@acme.example"),),
            mailboxes=(chosen,),
            public_page=PublicPage(public_url=public_url),
        )
        return Office(secrets, policy, TemplateSet({}), Ledger(tmp_path / "ledger.sqlite"))

    return make


@pytest.fixture(autouse=True)
def _impatience(monkeypatch):
    """A person looks every few seconds; a test has not so much time."""
    monkeypatch.setattr(self_test, "PAUSE", 0.1)


@pytest.fixture
def dns():
    with StubDns({}) as stub:
        stub.txt(f"{SELECTOR}._domainkey.acme.example", signing.public_record(KEY))
        yield stub


def findings(office: Office, dns: StubDns, patience: float = 15) -> list[tuple[bool | None, str, str]]:
    mailbox = office.policy.mailboxes[0]
    found = self_test.self_test(office, mailbox, mailbox, Resolver(dns.address), patience)
    return [(finding.ok, finding.what, finding.advice) for finding in found]


def proof(office: Office):
    with office.ledger.reading() as db:
        return proofs.of_account(db, "sales")


def letter_of(office: Office):
    mailbox = office.policy.mailboxes[0]
    letter = self_test.letter_to_ourselves(office, mailbox, mailbox)
    return replace(letter, id=7, contact_id=3, lead_id=4, language="es", recipient="buyer@cust.example")


def bytes_of(office: Office) -> bytes:
    with office.ledger.reading() as db:
        return letter_bytes(office, db, letter_of(office), office.policy.mailboxes[0])


# ── the signature ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_signature_covers_what_matters_and_from_twice(office):
    house = office(dkim_selector=SELECTOR)
    raw = bytes_of(house)
    (found,) = signing.signatures(raw, lambda name: signing.public_record(KEY))
    assert (found.domain, found.selector, found.trouble) == ("acme.example", SELECTOR, "")
    assert found.headers.count("from") == 2 and {"to", "subject", "date", "message-id", "list-unsubscribe", "content-type"} <= set(
        found.headers
    )
    assert raw.startswith(b"DKIM-Signature: ") and raw.count(b"DKIM-Signature:") == 1
    compose.check(raw)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"Subject: ", b"Subject: Free ", 1),
        lambda raw: b"From: Mallory <m@evil.example>\r\n" + raw,
        lambda raw: raw.replace(b"List-Unsubscribe: <", b"List-Unsubscribe: <https://evil.example/>, <", 1),
        lambda raw: raw + b"and one more line\r\n",
    ],
)
def test_a_change_on_the_way_is_seen(office, change):
    raw = change(bytes_of(office(dkim_selector=SELECTOR)))
    (found,) = signing.signatures(raw, lambda name: signing.public_record(KEY))
    assert found.trouble


def test_folding_and_spaces_on_the_way_do_no_harm(office):
    raw = bytes_of(office(dkim_selector=SELECTOR))
    raw = re.sub(rb"(?m)^Subject: (\S+) ", rb"Subject:  \1\r\n\t ", raw, count=1) + b"\r\n\r\n"
    (found,) = signing.signatures(raw, lambda name: signing.public_record(KEY))
    assert found.trouble == ""


def test_openssl_agrees_that_the_key_and_its_record_belong_together(tmp_path):
    (tmp_path / "key.pem").write_text(KEY)
    said = subprocess.run(["openssl", "rsa", "-in", tmp_path / "key.pem", "-pubout"], capture_output=True, text=True, check=True).stdout
    assert "".join(said.split("\n")[1:-2]) == signing.public_record(KEY).rpartition("p=")[2]


@pytest.mark.parametrize("key", ["", "no key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "x" * 100_000])
def test_what_is_no_key_is_a_mistake_of_the_settings(office, key):
    with pytest.raises(ConfigError, match="sign"):
        bytes_of(office(key, dkim_selector=SELECTOR))
    with pytest.raises(ConfigError):
        signing.public_record(key)


def test_a_key_that_others_can_read_signs_nothing(office, tmp_path):
    house = office(dkim_selector=SELECTOR)
    (tmp_path / "dkim.pem").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        bytes_of(house)


def test_rubbish_signatures_are_no_proof_and_break_nothing():
    for value in ("", "v=1", "v=1; a=rsa-sha256; d=a; s=b; h=from; bh=x; b=y", "=;=;", "v=1; d=" + "a" * 5000, "v=2; a=x; d=é"):
        raw = f"DKIM-Signature: {value}\r\nFrom: a@b.example\r\n\r\nx\r\n".encode()
        assert all(found.trouble for found in signing.signatures(raw, lambda name: signing.public_record(KEY)))
    many = b"DKIM-Signature: v=1\r\n" * 300 + b"From: a@b.example\r\n\r\nx\r\n"
    assert len(signing.signatures(many, lambda name: None)) == 5


# ── the letter to ourselves ─────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_that_came_back_well_signed_is_a_proof(office, dns):
    house = office(dkim_selector=SELECTOR)
    assert b"List-Unsubscribe-Post" not in bytes_of(house)
    sent, shown = findings(house, dns)
    assert sent[0] is True and shown[0] is True and "covers the one-click headers" in shown[1]
    raw = bytes_of(house)
    mail = email.message_from_bytes(raw)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.match(r"<https://mail\.acme\.example/u/es/[\w.-]+>, <mailto:", " ".join(mail["List-Unsubscribe"].split()))
    (found,) = signing.signatures(raw, lambda name: signing.public_record(KEY))
    assert found.trouble == "" and {"list-unsubscribe", "list-unsubscribe-post"} <= set(found.headers)


def test_an_unsigned_letter_proves_nothing_and_takes_an_old_proof_back(office, dns):
    house = office()
    mailbox = house.policy.mailboxes[0]
    with house.ledger.transaction() as db:
        proven = OneClickProven("sales", circumstances(mailbox, house.policy), "acme.example", "s1")
        journal.record(db, [proven], now=house.now())
    assert b"List-Unsubscribe-Post" in bytes_of(house)
    assert findings(house, dns)[-1][0] is None and "without a DKIM signature" in findings(house, dns)[-1][2]
    assert proof(house) is None and b"List-Unsubscribe-Post" not in bytes_of(house)


def test_another_key_in_the_dns_proves_nothing(office, dns):
    house = office(OTHER, dkim_selector=SELECTOR)
    assert "does not hold" in findings(house, dns)[-1][2] and proof(house) is None


def test_no_key_in_the_dns_proves_nothing(office, dns):
    dns.records.clear()
    house = office(dkim_selector=SELECTOR)
    assert findings(house, dns)[-1][0] is None and proof(house) is None


def test_where_no_dns_answers_our_own_key_decides_and_it_is_said(office, dns):
    dns.is_mute = True
    house = office(dkim_selector=SELECTOR)
    ok, _what, advice = findings(house, dns)[-1]
    assert ok is None and "our own key only" in advice and proof(house) is not None


def test_a_signature_that_leaves_the_headers_out_proves_nothing(office, dns, monkeypatch):
    # As many providers sign (STANDARDS §4.1).
    monkeypatch.setattr(signing, "HEADERS", ("from", "to", "subject", "date", "message-id", "content-type"))
    house = office(dkim_selector=SELECTOR)
    assert "leaves the one-click headers out" in findings(house, dns)[-1][2] and proof(house) is None


def test_a_letter_that_does_not_come_proves_nothing(office, dns, settings):
    class Swallow:
        async def handle_DATA(self, server, session, envelope):
            return "250 taken"

    sink = Controller(Swallow(), hostname="127.0.0.1", port=own_port(), auth_require_tls=False, authenticator=lambda *_: _yes())
    sink.start()
    try:
        house = office(dkim_selector=SELECTOR, smtp_port=sink.port)
        ok, what, advice = findings(house, dns, patience=0.2)[-1]
        assert ok is None and "did not arrive within 0.2 seconds" in advice and proof(house) is None
    finally:
        sink.stop()


def _yes():
    from aiosmtpd.smtp import AuthResult

    return AuthResult(success=True)


def test_a_server_that_refuses_is_said_in_one_line(office, dns):
    house = office(smtp_port=9)
    ((ok, _what, advice),) = findings(house, dns)
    assert ok is False and "nothing listens there" in advice and proof(house) is None


def test_a_proof_ends_with_its_days_and_with_its_circumstances(office, dns):
    house = office(dkim_selector=SELECTOR)
    findings(house, dns)
    mailbox, kept, now = house.policy.mailboxes[0], proof(house), datetime.now(UTC)
    assert kept.holds(mailbox, house.policy, now)
    assert not kept.holds(mailbox, house.policy, now + timedelta(days=PROOF_DAYS, minutes=1))
    for change in ({"dkim_selector": "other"}, {"dkim_domain": "x.example"}, {"smtp_port": 1}, {"address": "b@acme.example"}):
        assert not kept.holds(mailbox.model_copy(update=change), house.policy, now)
    elsewhere = house.policy.model_copy(update={"public_page": PublicPage(public_url="https://other.example")})
    assert not kept.holds(mailbox, elsewhere, now)


# ── the key ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_key_is_made_once_for_this_user_alone(tmp_path, settings):
    home = Settings(tmp_path, b"m" * 32, b"s" * 32, b"d" * 32, {1: b"u" * 32})
    mailbox = settings("sales@acme.example", name="Sales / EU")
    path, key, is_new = key_of(home, mailbox)
    assert is_new and path.name == "dkim-sales-eu.pem" and path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(MailagentError, match="exists already.*MAILAGENT_SALES_EU_DKIM_KEY='dkim-sales-eu.pem'"):
        key_of(home, mailbox)
    named = replace(home, dkim_keys={mailbox.dkim_key_variable: path.name})
    assert key_of(named, mailbox) == (path, key, False)
    strings = re.findall(r'"([^"]*)"', zone_lines("s._domainkey.acme.example", signing.public_record(key)))
    assert "".join(strings) == signing.public_record(key) and max(map(len, strings)) <= 255
