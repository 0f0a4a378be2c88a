"""What ``mailagent.toml`` must agree on with itself and with ``providers.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailagent.consistency.scene import MAIN, Scene, known_tiers, listed, twice
from mailagent.errors import Problem


def people(scene: Scene) -> Iterator[Problem]:
    rows = scene.policy.people
    yield from twice(MAIN, "person", "email", (person.email.casefold() for person in rows))
    yield from twice(MAIN, "person", "name", (person.name.strip().casefold() for person in rows))
    for number, person in enumerate(rows, 1):
        if not person.name.strip():
            yield Problem(MAIN, f"person[{number}].name", "is empty; it stands under every letter")


def mailboxes(scene: Scene) -> Iterator[Problem]:
    rows = scene.policy.mailboxes
    yield from twice(MAIN, "mailbox", "address", (mailbox.address.casefold() for mailbox in rows))
    # Two names that lead to one variable in .env would share a password.
    yield from twice(MAIN, "mailbox", "name", (mailbox.password_variable for mailbox in rows))
    for number, mailbox in enumerate(rows, 1):
        key = f"mailbox[{number}]"
        if not re.search(r"[A-Za-z0-9]", mailbox.name):
            yield Problem(MAIN, f"{key}.name", "needs at least one of the letters a-z: the password's name in .env is made from it")
        if not any(rule.role == "inbox" for rule in mailbox.folders):
            yield Problem(MAIN, f"{key}.folders", 'has no folder with role = "inbox"; there is nothing to read')
        if mailbox.owner and scene.policy.person(mailbox.owner) is None:
            known = listed(person.name for person in scene.policy.people)
            yield Problem(MAIN, f"{key}.owner", f'"{mailbox.owner}" is not a [[person]]; known are: {known}')
        for name in ("imap_port", "smtp_port"):
            if not 0 <= getattr(mailbox, name) <= 65535:
                yield Problem(MAIN, f"{key}.{name}", "is not a port; write a number from 1 to 65535, or 0 for the provider's")


def mailbox_providers(scene: Scene) -> Iterator[Problem]:
    providers = scene.policy.providers
    for number, mailbox in enumerate(scene.policy.mailboxes, 1):
        key = f"mailbox[{number}]"
        provider = providers.get(mailbox.provider)
        if provider is None and mailbox.provider != "generic":
            yield Problem(MAIN, f"{key}.provider", f'"{mailbox.provider}" is not in providers.toml; known are: {listed(providers)}')
            continue
        for name in ("imap_host", "smtp_host"):
            if not getattr(mailbox, name) and not (provider and getattr(provider, name)):
                yield Problem(MAIN, f"{key}.{name}", "is missing; write the server's name, or choose a provider that is known")


def sending(scene: Scene) -> Iterator[Problem]:
    """A letter must say who sends it (STANDARDS §4.7): no switch without a name and an address."""
    policy = scene.policy
    if policy.sending.letters != "on":
        return
    for name in ("legal_name", "postal_address"):
        if not getattr(policy.company, name).strip():
            yield Problem(MAIN, f"company.{name}", "is empty, and sending is on; the law wants it in every letter")
    if not policy.company.domains:
        yield Problem(MAIN, "company.domains", 'is empty, and sending is on; write your own domains, as ["acme.example"]')
    if not policy.mailboxes:
        yield Problem(MAIN, "sending.letters", 'is "on" without a mailbox; add a [[mailbox]]')


def limits(scene: Scene) -> Iterator[Problem]:
    policy = scene.policy
    yield from known_tiers(MAIN, "approval.manager_tiers", policy.approval.manager_tiers)
    for domain in policy.company.domains:
        if "@" in domain or "." not in domain:
            yield Problem(MAIN, "company.domains", f'"{domain}" is not a domain; write it as "acme.example", without @')
