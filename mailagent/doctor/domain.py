"""What the DNS says of the domains from which letters leave: do receivers believe them, and does an answer come back (STANDARDS §4.5)?

Where something is missing the advice holds the record to publish, word for word. Where nobody answers, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from mailagent.core.model.address import ascii_domain, registrable_domain
from mailagent.core.model.policy import Mailbox, Policy, Provider
from mailagent.doctor import dmarc, keys, spf
from mailagent.doctor.finding import Finding
from mailagent.doctor.known import unsure
from mailagent.doctor.resolver import SECONDS, Resolver, Unanswered
from mailagent.i18n import _

#: Names that lead nowhere by agreement (RFC 2606, RFC 6761); asked for only where a resolver was named.
RESERVED = ("example", "invalid", "test", "localhost")


def examine_domain(
    mailbox: Mailbox, policy: Policy, resolver: Resolver, *, own_key: str = "", reserved_too: bool = False
) -> Iterator[Finding]:
    """SPF, DKIM, DMARC, MX and the way back of a mailbox's domain.

    Args:
        own_key: the public half (base64) of the key that signs its letters; "" if its provider signs.
        reserved_too: ask for names that only tests know.
    """
    domain = ascii_domain(mailbox.address.rpartition("@")[2]).lower()
    if registrable_domain(domain) in policy.freemail or domain in policy.freemail:
        # Its provider looks after it; there is nothing that the company could publish.
        return
    if domain.rpartition(".")[2] in RESERVED and not reserved_too:
        yield Finding(None, _("DNS of {domain}: not checked").format(domain=domain), _("it is a name for examples only"))
        return
    provider = policy.providers.get(mailbox.provider) or Provider(title="generic")
    signing = ascii_domain(mailbox.signing_domain).lower() if mailbox.dkim_selector else domain
    checks = (
        ("MX", lambda: way_back(domain, resolver)),
        ("SPF", lambda: examine_spf(domain, provider, resolver)),
        ("DKIM", lambda: examine_keys(signing, mailbox, provider, resolver, own_key)),
        ("DMARC", lambda: examine_dmarc(domain, signing, mailbox, resolver)),
    )
    # All four are asked at once: a DNS that is far away, or gone, is waited for once. Each thread speaks the language of the one that asks.
    with ThreadPoolExecutor(len(checks)) as pool:
        asked = [(what, pool.submit(copy_context().run, lambda check=check: list(check()))) for what, check in checks]
        for what, found in asked:
            try:
                yield from found.result()
            except Unanswered as silent:
                text = _("no answer from the DNS about {name} within {seconds} s; try again, or name another one with --resolver")
                advice = text.format(name=str(silent), seconds=f"{SECONDS:g}")
                yield Finding(None, _("{what} of {domain}: not checked").format(what=what, domain=domain), advice)


def title_of(provider: Provider) -> str:
    """A provider's name; one that is none of those we know has a name in every language."""
    return _("your mail server") if provider.title in ("Any other server", "generic") else provider.title


def way_back(domain: str, resolver: Resolver) -> Iterator[Finding]:
    """Bounces and answers go to the domain of our address: somebody must take them (RFC 5321 §5.1, RFC 7505)."""
    servers = resolver.mail_servers(domain)
    if [name for _preference, name in servers] == ["."]:
        yield Finding(
            False,
            _("{domain} says that it takes no mail (null MX)").format(domain=domain),
            _("answers and bounces cannot come back, and many receivers refuse mail from such a domain: publish the MX of your provider"),
        )
        return
    if not servers:
        if resolver.addresses(domain):
            yield Finding(
                None, _("{domain} has no MX record").format(domain=domain), _("its address stands in; publish the MX of your provider")
            )
        else:
            yield Finding(
                False,
                _("{domain} has no MX record and no address").format(domain=domain),
                _("answers and bounces cannot come back: publish the MX of your provider"),
            )
        return
    dead = [name for _preference, name in servers if name != "." and not resolver.addresses(name)]
    if len(dead) == len(servers):
        advice = _("no server of its MX has an address ({names}): answers and bounces cannot come back").format(names=", ".join(dead[:3]))
        yield Finding(False, _("MX of {domain}").format(domain=domain), advice)
    elif dead:
        yield Finding(None, _("MX of {domain}").format(domain=domain), _("no address: {names}").format(names=", ".join(dead[:3])))
    else:
        yield Finding(True, _("MX of {domain}: {name}").format(domain=domain, name=servers[0][1]))


def examine_spf(domain: str, provider: Provider, resolver: Resolver) -> Iterator[Finding]:
    """Whether the domain says that its provider may send for it (RFC 7208)."""
    found, wanted = spf.read(domain, resolver.texts), provider.spf_includes
    what = _("SPF of {domain}").format(domain=domain)
    example = f"v=spf1 {' '.join(f'include:{name}' for name in wanted[:1]) or 'include:…'} ~all"
    publish = _("publish at {name} as TXT: {record}")
    if not found.records:
        advice = publish.format(name=domain, record=example) + unsure(provider, "spf_includes")
        yield Finding(None, _("{domain} has no SPF record").format(domain=domain), advice)
        return
    if len(found.records) > 1:
        advice = _("there are {count} SPF records; with more than one none counts: make one of them").format(count=len(found.records))
        yield Finding(False, what, advice)
        return
    advice: list[str] = []
    if wanted and not found.names & {name.lower() for name in wanted}:
        first, _space, rest = found.records[0].partition(" ")
        record = f"{first} include:{wanted[0]} {rest}".strip()
        advice.append(_("it does not name {title}, which sends your letters:").format(title=title_of(provider)) + " ")
        advice[-1] += publish.format(name=domain, record=record) + unsure(provider, "spf_includes")
    if found.lookups > spf.MOST_LOOKUPS:
        text = _("it takes {count} questions to the DNS; above {most} receivers give up: take out what no longer sends")
        advice.append(text.format(count=found.lookups, most=spf.MOST_LOOKUPS))
    elif found.lookups == spf.MOST_LOOKUPS:
        text = _("it takes {count} questions to the DNS, and not one more is allowed: take out what no longer sends")
        advice.append(text.format(count=found.lookups))
    if found.broken:
        advice.append(_("it includes names without an SPF record: {names}").format(names=", ".join(found.broken[:3])))
    if found.last == "+":
        advice.append(_("it ends with +all: everybody may send in your name; write ~all"))
    elif found.last in ("", "?"):
        advice.append(_("it does not say what is not yours: let it end with ~all"))
    broken = found.lookups > spf.MOST_LOOKUPS or found.last == "+"
    yield Finding((False if broken else None) if advice else True, what, "; ".join(advice))


def examine_keys(domain: str, mailbox: Mailbox, provider: Provider, resolver: Resolver, own_key: str) -> Iterator[Finding]:
    """Whether the key by which letters are verified is published (RFC 6376)."""
    selectors = (mailbox.dkim_selector,) if mailbox.dkim_selector else provider.dkim_selectors
    if not selectors:
        text = _("no selector is known for {title}: switch its DKIM signing on, then run: mailagent doctor --self-test")
        yield Finding(None, _("DKIM of {domain}: not checked").format(domain=domain), text.format(title=title_of(provider)))
        return
    missing: list[str] = []
    for selector in selectors:
        name = f"{selector}._domainkey.{domain}"
        published = [key for text in resolver.texts(name) if (key := keys.read(text))]
        if published:
            yield judge_key(name, published[0], own_key)
            return
        missing.append(name)
    if mailbox.dkim_selector:
        record = f"v=DKIM1; k=rsa; p={own_key}" if own_key else _("what “mailagent dkim-key” prints")
        advice = _("your letters are signed and nobody can verify it: publish at {name} as TXT: {record}")
        yield Finding(False, _("no DKIM key at {name}").format(name=missing[0]), advice.format(name=missing[0], record=record))
    else:
        advice = _("switch DKIM signing on at {title} and publish the key that it shows you").format(title=title_of(provider))
        advice += unsure(provider, "dkim_selectors")
        yield Finding(None, _("no DKIM key at {name}").format(name=", ".join(missing)), advice)


def judge_key(name: str, key: keys.Key, own_key: str) -> Finding:
    what = _("DKIM key at {name}").format(name=name)
    if key.is_revoked:
        return Finding(False, what, _("it is empty, which means that it was taken back: publish the key anew"))
    if not key.is_readable:
        return Finding(False, what, _("it cannot be read: it may have been cut or broken in two when it was pasted; publish it anew"))
    if not key.is_for_mail:
        return Finding(False, what, _("it is published for something else (s= or h=): publish it without these tags"))
    if own_key and key.public != own_key:
        return Finding(False, what, _("it is not the key that signs your letters: publish what “mailagent dkim-key” prints"))
    if key.kind == "rsa" and key.bits < keys.LEAST_BITS:
        return Finding(False, what, _("it has {bits} bits, which receivers refuse: make one of 2048").format(bits=key.bits))
    if key.kind == "rsa" and key.bits < keys.USUAL_BITS:
        return Finding(None, what, _("it has {bits} bits: make one of 2048").format(bits=key.bits))
    if key.is_testing:
        return Finding(None, what, _("it says t=y (testing): receivers treat your letters as unsigned; take that out"))
    return Finding(True, what)


def examine_dmarc(domain: str, signing: str, mailbox: Mailbox, resolver: Resolver) -> Iterator[Finding]:
    """Whether the domain says what to do with mail that only pretends to be from it (RFC 9989)."""
    found = dmarc.read(domain, resolver.texts)
    what = _("DMARC of {domain}").format(domain=domain)
    if found is None:
        record = f"v=DMARC1; p=none; rua=mailto:{mailbox.address}"
        advice = _("publish at {name} as TXT: {record}").format(name=f"_dmarc.{registrable_domain(domain)}", record=record)
        yield Finding(None, _("{domain} has no DMARC record").format(domain=domain), advice)
        return
    if found.is_several:
        yield Finding(False, what, _("there are several records; then none counts: leave one of them"))
        return
    advice: list[str] = []
    if found.tag("p") and found.tag("p").lower() not in dmarc.POLICIES:
        advice.append(_("p={value} is none of none, quarantine, reject, and counts as none").format(value=found.tag("p")[:30]))
    if found.is_testing:
        advice.append(_("t=y: receivers only watch and do not do what it asks"))
    if former := [name for name in dmarc.FORMER if found.tag(name)]:
        advice.append(_("{tags}: no longer part of DMARC (RFC 9989); may be taken out").format(tags=", ".join(former)))
    if signing != domain and registrable_domain(signing) != registrable_domain(domain):
        text = _("your letters are signed in the name of {signing}, which does not count for {domain}: set dkim_domain")
        yield Finding(False, what, text.format(signing=signing, domain=domain))
        return
    said = _("{what}: {policy}, from {place}").format(what=what, policy=f"p={found.policy}", place=found.found_at)
    only_former = len(advice) == len([name for name in (former,) if name])
    yield Finding(True if only_former else None, said, "; ".join(advice))
