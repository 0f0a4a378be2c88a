"""A letter's bytes as they leave: composed, with the link that stops letters, and signed where we sign ourselves (STANDARDS §5.2)."""

from __future__ import annotations

import logging

from mailagent.core.model import events as e
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Mailbox
from mailagent.core.writing import compose
from mailagent.delivery import signing
from mailagent.errors import ConfigError
from mailagent.ledger import proofs
from mailagent.ledger.db import next_id
from mailagent.office import Office

log = logging.getLogger(__name__)


def letter_bytes(office: Office, db, letter: Letter, mailbox: Mailbox, *, signed: bool = True) -> bytes:
    """What goes over the wire; built once and kept for every try.

    One click is promised only while a letter to ourselves has shown that the signature covers the promise (RFC 8058 §3.1).

    Args:
        signed: false for what only people will read.

    Raises:
        SendingError: the letter cannot be put into bytes.
        ConfigError: the key that signs it cannot be used.
    """
    url = office.unsubscribe_url(letter)
    if url:
        proof = proofs.of_account(db, mailbox.name)
        url = url if proof and proof.holds(mailbox, office.policy, office.now()) else ""
    raw = compose.build(
        letter, office.sender(letter, mailbox), office.now(), office.unsubscribe_mailto(letter, mailbox), office.policy, one_click_url=url
    )
    return sign(office, mailbox, raw) if signed else raw


def sign(office: Office, mailbox: Mailbox, raw: bytes) -> bytes:
    """The letter with our signature, where the mailbox has a selector. Raises ``ConfigError``: the key cannot be used."""
    if not mailbox.dkim_selector:
        return raw
    raw = signing.sign(raw, mailbox.signing_domain, mailbox.dkim_selector, office.settings.dkim_key(mailbox))
    compose.check(raw)
    return raw


def without_key(db, mailbox: Mailbox, error: ConfigError, office: Office) -> list[e.Event]:
    """Nothing leaves unsigned where letters were to be signed: the account pauses, and a person hears why."""
    log.error("nothing can leave %s: %s", mailbox.name, error)
    title = f"The letters of {mailbox.name} cannot be signed: {' '.join(str(error).split())[:200]}"
    return [
        e.SendingPaused(mailbox.name, "account_problem"),
        e.TaskOpened(next_id(db, "tasks"), None, "account", "", office.now(), title),
    ]
