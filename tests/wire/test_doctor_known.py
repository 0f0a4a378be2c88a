"""What the doctor says of settings of a provider that nobody could verify: said once, and behind every advice that rests on them."""

from __future__ import annotations

import pytest
from stub_dns import StubDns

from mailagent import policy as rules
from mailagent.core.model.policy import Mailbox, Policy, Provider
from mailagent.doctor.domain import examine_domain
from mailagent.doctor.known import examine_providers
from mailagent.doctor.resolver import Resolver

DOMAIN = "acme.example"
SURE = Provider(title="Post & Co.", imap_host="imap.post.example", spf_includes=("spf.post.example",), dkim_selectors=("s1",))
UNSURE = SURE.model_copy(update={"unverified": ("imap_host", "spf_includes", "dkim_selectors")})


def company(provider: Provider, **mailbox) -> Policy:
    """A company with two mailboxes at one provider."""
    said = {"provider": "post", "imap_host": provider.imap_host} | mailbox
    boxes = tuple(Mailbox(**({"name": name, "address": f"{name}@{DOMAIN}"} | said)) for name in ("sales", "export"))
    return Policy(providers={"post": provider}, mailboxes=boxes)


def test_it_is_said_once_for_each_provider_with_what_we_believe():
    (finding,) = examine_providers(company(UNSURE))
    assert finding.ok is None and "Post & Co." in finding.what and "verified" in finding.what
    assert "imap_host = imap.post.example, spf_includes = spf.post.example, dkim_selectors = s1" in finding.advice
    assert list(examine_providers(company(SURE))) == []


def test_what_a_mailbox_says_itself_rests_on_nobodys_memory():
    (finding,) = examine_providers(company(UNSURE, imap_host="mail.acme.example", dkim_selector="mailagent"))
    assert "imap_host" not in finding.advice and "dkim_selectors" not in finding.advice and "spf_includes" in finding.advice


@pytest.mark.parametrize("spf", ["v=spf1 ip4:192.0.2.1 ~all", None])
def test_advice_that_rests_on_it_says_so(spf):
    with StubDns({(DOMAIN, "MX"): ["10 mx.acme.example."], ("mx.acme.example", "A"): ["192.0.2.25"]}) as dns:
        if spf:
            dns.txt(DOMAIN, spf)
        said = {}
        for provider in (SURE, UNSURE):
            policy = company(provider)
            found = examine_domain(policy.mailboxes[0], policy, Resolver(dns.address), own_key="", reserved_too=True)
            said[bool(provider.unverified)] = {finding.what: finding for finding in found}
    for word, name in (("SPF", "spf_includes"), ("DKIM", "dkim_selectors")):
        sure, unsure = (next(one for what, one in said[which].items() if word in what) for which in (False, True))
        assert sure.ok is None and unsure.ok is None
        assert unsure.advice == f"{sure.advice} (we could not verify {name}: see the help pages of Post & Co.)"


def test_of_the_shipped_providers_some_are_not_sure():
    names = {name for name, row in rules.load(None).providers.items() if row.unverified}
    assert names == {"exmail", "qiye163", "aliyun", "zoho"}
