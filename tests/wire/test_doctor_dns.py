"""What the doctor says of a domain, asked of a real DNS server on this machine (STANDARDS §4.5; RFC 7208, 6376, 7505, 9989)."""

from __future__ import annotations

import base64

import pytest
from stub_dns import StubDns

from mailagent.core.model.policy import Mailbox, Policy, Provider
from mailagent.delivery import signing
from mailagent.doctor import dmarc, keys, spf
from mailagent.doctor.domain import examine_domain
from mailagent.doctor.resolver import Resolver, Unanswered
from mailagent.errors import MailagentError
from mailagent.i18n import speaking

DOMAIN = "acme.example"
GOOD = {
    (DOMAIN, "MX"): ["20 backup.post.example.", "10 mx.post.example."],
    ("mx.post.example", "A"): ["192.0.2.25"],
    ("backup.post.example", "AAAA"): ["2001:db8::25"],
    (DOMAIN, "TXT"): ['"v=spf1 include:spf.post.example ~all"', '"some-other-verification=1"'],
    ("spf.post.example", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 -all"'],
    ("_dmarc.acme.example", "TXT"): ['"v=DMARC1; p=quarantine; rua=mailto:reports@acme.example"'],
}
PROVIDER = Provider(title="Post & Co.", spf_includes=("spf.post.example",), dkim_selectors=("s1", "s2"))
KEY = signing.new_key()
RECORD = signing.public_record(KEY)
PUBLIC = RECORD.rpartition("p=")[2]


@pytest.fixture
def world():
    """A DNS server in which everything is as it should be; tests take away and add."""
    with StubDns({key: list(values) for key, values in GOOD.items()}) as stub:
        stub.txt("s2._domainkey.acme.example", RECORD)
        yield stub


def examine(stub: StubDns, address: str = f"sales@{DOMAIN}", own_key: str = "", reserved_too: bool = True, **mailbox) -> dict[str, tuple]:
    """ok and advice by what was looked at."""
    policy = Policy(providers={"post": PROVIDER, "generic": Provider(title="Any")}, freemail=frozenset({"freemail.example"}))
    chosen = Mailbox(**({"name": "sales", "address": address, "provider": "post"} | mailbox))
    found = examine_domain(chosen, policy, Resolver(stub.address), own_key=own_key, reserved_too=reserved_too)
    return {finding.what: (finding.ok, finding.advice) for finding in found}


def only(found: dict[str, tuple], word: str) -> tuple[str, bool | None, str]:
    """The one finding whose name holds a word."""
    ((what, (ok, advice)),) = [(what, said) for what, said in found.items() if word in what]
    return what, ok, advice


def test_a_domain_that_is_in_order(world):
    found = examine(world)
    assert found == {
        "MX of acme.example: mx.post.example": (True, ""),
        "SPF of acme.example": (True, ""),
        "DKIM key at s2._domainkey.acme.example": (True, ""),
        "DMARC of acme.example: p=quarantine, from acme.example": (True, ""),
    }


# ── MX and the way back ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("records", "ok", "words"),
    [
        (["0 ."], False, "null MX"),
        ([], False, "no MX record and no address"),
        (["10 gone.example."], False, "answers and bounces cannot come back"),
        (["10 gone.example.", "20 mx.post.example."], None, "no address: gone.example"),
    ],
)
def test_where_answers_cannot_come_back(world, records, ok, words):
    world.records[DOMAIN, "MX"] = records
    found = examine(world)
    ((what, (said, advice)),) = [(what, one) for what, one in found.items() if "MX" in what]
    assert said is ok and words in f"{what} {advice}"


def test_a_domain_whose_address_stands_in_for_an_mx(world):
    world.records[DOMAIN, "MX"] = []
    world.records[DOMAIN, "A"] = ["192.0.2.1"]
    assert only(examine(world), "no MX record")[1] is None


# ── SPF ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("record", "ok", "words"),
    [
        ("", None, "publish at acme.example as TXT: v=spf1 include:spf.post.example ~all"),
        ("v=spf1 ip4:198.51.100.1 -all", None, "as TXT: v=spf1 include:spf.post.example ip4:198.51.100.1 -all"),
        ("v=spf1 include:spf.post.example +all", False, "everybody may send in your name"),
        ("v=spf1 include:spf.post.example all", False, "+all"),
        ("v=spf1 include:spf.post.example", None, "~all"),
        ("v=spf1 include:spf.post.example ?all", None, "~all"),
        ("v=spf1 include:spf.post.example include:nobody.example ~all", None, "names without an SPF record: nobody.example"),
        ("v=spf1 include:deep.example ~all", True, ""),
        ("v=spf1 redirect=deep.example", True, ""),
        ("v=spf1 INCLUDE:SPF.post.example ~ALL", True, ""),
        ("v=spf1 include:spf.post.example " + "a mx " * 5 + "~all", False, "11 questions"),
        ("v=spf1 include:spf.post.example " + "a mx " * 4 + "ptr ~all", None, "not one more"),
        ("v=spf1 include:spf.post.example include:circle.example ~all", False, "questions"),
        ("v=spf1 include:spf.post.example exists:%{i}._spf.acme.example a:x.example/24//64 -all", True, ""),
    ],
)
def test_spf(world, record, ok, words):
    world.records[DOMAIN, "TXT"] = [f'"{record}"'] if record else []
    world.records["deep.example", "TXT"] = ['"v=spf1 include:spf.post.example -all"']
    world.records["circle.example", "TXT"] = ['"v=spf1 include:circle.example include:circle.example -all"']
    _what, said, advice = only(examine(world), "SPF")
    assert said is ok and words in advice


def test_two_spf_records_are_none(world):
    world.records[DOMAIN, "TXT"] = ['"v=spf1 include:spf.post.example ~all"', '"v=spf1 ~all"', '"v=spf10 -all"']
    assert only(examine(world), "SPF")[1:] == (False, "there are 2 SPF records; with more than one none counts: make one of them")


def test_a_record_that_includes_itself_ends():
    asked = []

    def texts(name):
        asked.append(name)
        return ["v=spf1 include:a.example include:a.example include:a.example ~all"]

    found = spf.read("a.example", texts)
    assert found.lookups > spf.MOST_LOOKUPS and len(asked) < 100


# ── DKIM ────────────────────────────────────────────────────────────────────────────────────────────────────────


def weak(bits: int) -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    public = rsa.generate_private_key(65537, bits).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(public.public_bytes(serialization.Encoding.DER, form)).decode()


@pytest.mark.parametrize(
    ("record", "ok", "words"),
    [
        ("v=DKIM1; k=rsa; p=", False, "taken back"),
        ("v=DKIM1; p=MIIBIjANBg", False, "cannot be read"),
        (f"v=DKIM1; p={PUBLIC[:200]} {PUBLIC[200:]}", True, ""),
        (f"v=DKIM1; p={PUBLIC[:-40]}", False, "cannot be read"),
        (f"v=DKIM1; t=y; p={PUBLIC}", None, "t=y"),
        (f"v=DKIM1; s=tlsrpt; p={PUBLIC}", False, "something else"),
        (f"v=DKIM1; h=sha1; p={PUBLIC}", False, "something else"),
        (f"p={PUBLIC}", True, ""),
        (f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(32)).decode()}", True, ""),
        (f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(31)).decode()}", False, "cannot be read"),
        (f"v=DKIM1; p={weak(1024)}", None, "1024 bits"),
    ],
)
def test_published_keys(world, record, ok, words):
    world.records.pop(("s2._domainkey.acme.example", "TXT"))
    world.txt("s1._domainkey.acme.example", record)
    _what, said, advice = only(examine(world), "DKIM")
    assert said is ok and words in advice


def test_a_key_below_1024_bits_is_refused():
    assert keys.rsa_bits(base64.b64decode(weak(1024))) == 1024
    judged = [keys.Key("rsa", bits, "x") for bits in (512, 1023)]
    from mailagent.doctor.domain import judge_key

    assert [judge_key("x", key, "").ok for key in judged] == [False, False]


def test_no_key_and_no_selector(world):
    world.records.pop(("s2._domainkey.acme.example", "TXT"))
    what, ok, advice = only(examine(world), "DKIM")
    assert ok is None and "s1._domainkey.acme.example, s2._domainkey.acme.example" in what and "Post & Co." in advice
    assert "not checked" in only(examine(world, provider="generic"), "DKIM")[0]


def test_our_own_key(world):
    own = {"dkim_selector": "mailagent", "own_key": PUBLIC}
    _what, ok, advice = only(examine(world, **own), "DKIM")
    assert ok is False and f"publish at mailagent._domainkey.acme.example as TXT: v=DKIM1; k=rsa; p={PUBLIC}" in advice
    world.txt("mailagent._domainkey.acme.example", RECORD)
    assert only(examine(world, **own), "DKIM")[1] is True
    _what, ok, advice = only(examine(world, **(own | {"own_key": "x" * 40})), "DKIM")
    assert ok is False and "not the key that signs" in advice


@pytest.mark.parametrize(
    "der", [b"", b"\x30", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"\x30\x03\x02\x01", bytes(range(64, 128)), bytes(300)]
)
def test_rubbish_is_no_key(der):
    assert keys.rsa_bits(der) == 0


# ── DMARC ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("record", "ok", "words"),
    [
        ("v=DMARC1; p=none", True, ""),
        ("v=DMARC1; p=reject; t=y", None, "t=y"),
        ("v=DMARC1; p=reject; pct=50; rf=afrf", True, "pct, rf: no longer part of DMARC"),
        ("v=DMARC1; p=reject; np=reject; psd=n; t=n", True, ""),
        ("v=DMARC1; rua=mailto:x@acme.example", True, ""),
        ("v=DMARC1; p=monitor", None, "p=monitor"),
        ("V=DMARC1; p=reject", None, "publish at _dmarc.acme.example as TXT: v=DMARC1; p=none; rua=mailto:sales@acme.example"),
        ("p=reject; v=DMARC1", None, "publish at"),
    ],
)
def test_dmarc(world, record, ok, words):
    world.records["_dmarc.acme.example", "TXT"] = [f'"{record}"']
    _what, said, advice = only(examine(world), "DMARC")
    assert said is ok and words in advice


def test_two_dmarc_records_are_none(world):
    world.records["_dmarc.acme.example", "TXT"] = ['"v=DMARC1; p=none"', '"v=DMARC1; p=reject"']
    assert only(examine(world), "DMARC")[1] is False


def test_the_walk_up_the_tree():
    records = {"_dmarc.b.example": ["v=DMARC1; p=none; sp=reject"], "_dmarc.example": ["v=DMARC1; p=quarantine; psd=y"]}

    def read(domain: str) -> tuple[str, str]:
        found = dmarc.read(domain, lambda name: records.get(name, []))
        return found.found_at, found.policy

    # One label below a public suffix is the organisation; for who has none of his own, the suffix's counts.
    assert read("mail.b.example") == ("b.example", "reject") and read("mail.c.example") == ("example", "quarantine")
    records["_dmarc.x.mail.b.example"] = ["v=DMARC1; p=reject; psd=n"]
    assert read("deep.x.mail.b.example") == ("x.mail.b.example", "reject")
    del records["_dmarc.example"]
    assert read("mail.b.example") == ("b.example", "reject") and dmarc.read("c.example", lambda name: []) is None
    long = ".".join(f"l{n}" for n in range(12))
    assert dmarc.places(long)[:3] == [long, "l5.l6.l7.l8.l9.l10.l11", "l6.l7.l8.l9.l10.l11"] and len(dmarc.places(long)) == 8
    assert dmarc.places("a.b.c") == ["a.b.c", "b.c", "c"]


def test_letters_signed_in_another_name_do_not_count_for_dmarc(world):
    world.txt("m._domainkey.other.example", RECORD)
    _what, ok, advice = only(examine(world, dkim_selector="m", dkim_domain="other.example"), "DMARC")
    assert ok is False and "set dkim_domain" in advice


# ── nobody answers ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_silent_resolver_is_asked_once_and_nothing_is_claimed(world):
    world.is_mute = True
    found = examine(world)
    assert {what for what in found} == {f"{what} of acme.example: not checked" for what in ("MX", "SPF", "DKIM", "DMARC")}
    assert all(ok is None and "--resolver" in advice for ok, advice in found.values()) and world.asked == []


def test_one_broken_name_does_not_keep_the_others_from_being_asked(world):
    world.broken.add("_dmarc.acme.example")
    found = examine(world)
    assert only(found, "DMARC")[0] == "DMARC of acme.example: not checked" and only(found, "SPF")[1] is True


def test_a_resolver_that_does_not_exist():
    policy = Policy(providers={})
    mailbox = Mailbox(name="sales", address="sales@acme.example")
    found = list(examine_domain(mailbox, policy, Resolver("127.0.0.1:9"), reserved_too=True))
    assert len(found) == 4 and all(finding.ok is None for finding in found)
    for server in ("no such name", "::zz", "127.0.0.1:99999", "127.0.0.1:0", "https://dns.example/", "[::1]:x", "x" * 9999):
        with pytest.raises(MailagentError, match="is no address of a DNS server"):
            Resolver(server)
    assert Resolver("::1")._server == ("::1", 53) and Resolver("[::1]:5353")._server == ("::1", 5353)


def test_a_resolver_that_takes_its_time_with_every_answer_is_given_up(world, monkeypatch):
    resolver = Resolver(world.address)
    assert resolver.mail_servers(DOMAIN) and not resolver.is_silent
    monkeypatch.setattr("mailagent.doctor.resolver.PATIENCE", 0.0)
    assert resolver.texts(DOMAIN) and resolver.is_silent
    with pytest.raises(Unanswered):
        resolver.texts(DOMAIN)


def test_the_four_questions_speak_the_language_of_the_one_who_asks(world):
    with speaking("zh"):
        found = examine(world)
    assert list(found)[0].startswith("acme.example 的 MX") and len(found) == 4


def test_names_that_are_nobodys_are_not_asked_for(world):
    assert examine(world, address="sales@freemail.example") == {}
    assert only(examine(world, reserved_too=False), "DNS")[1] is None and world.asked == []


def test_names_from_other_scripts(world):
    world.records["xn--bcher-kva.example", "MX"] = ["10 mx.post.example."]
    assert "MX of xn--bcher-kva.example: mx.post.example" in examine(world, address="sales@bücher.example")
