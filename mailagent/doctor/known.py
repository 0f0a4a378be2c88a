"""What we only believe of a provider: settings of ``providers.toml`` that no page of its own confirms.

A wrong host is found out by the login, a wrong name in the DNS or a wrong quota by nobody; so the doctor says what stands on memory.
"""

from __future__ import annotations

from collections.abc import Iterator

from mailagent.core.model.policy import Mailbox, Policy, Provider
from mailagent.doctor.finding import Finding
from mailagent.i18n import _


def examine_providers(policy: Policy) -> Iterator[Finding]:
    """One finding for each provider of which something could not be verified, but for what a mailbox says itself."""
    asked: set[str] = set()
    for mailbox in policy.mailboxes:
        provider = policy.providers.get(mailbox.provider)
        if provider is None or mailbox.provider in asked:
            continue
        asked.add(mailbox.provider)
        if names := [name for name in provider.unverified if rests_on_it(mailbox, provider, name)]:
            what = _("what we know of {title}: not all of it could be verified").format(title=provider.title)
            advice = _("compare these with its own help pages, and say them in your own providers.toml: {names}")
            yield Finding(None, what, advice.format(names=", ".join(f"{name} = {shown(provider, name)}" for name in names)))


def rests_on_it(mailbox: Mailbox, provider: Provider, name: str) -> bool:
    """Whether a mailbox uses a setting of its provider; not if it names another host, or signs its letters itself."""
    if name.startswith(("imap_", "smtp_")):
        return getattr(mailbox, name, None) == getattr(provider, name)
    return name != "dkim_selectors" or not mailbox.dkim_selector


def unsure(provider: Provider, name: str) -> str:
    """A remark behind advice that rests on a setting which could not be verified; "" behind any other."""
    if name not in provider.unverified:
        return ""
    return " " + _("(we could not verify {name}: see the help pages of {title})").format(name=name, title=provider.title)


def shown(provider: Provider, name: str) -> str:
    value = getattr(provider, name)
    if isinstance(value, dict):
        return ", ".join(f"{key} {number}" for key, number in value.items())
    return ", ".join(value) if isinstance(value, tuple) else str(value)
