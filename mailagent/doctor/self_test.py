"""``mailagent doctor --self-test``: one letter from each mailbox to ourselves, to see how it is signed when it arrives.

Theory. Whoever promises one click must have it covered by a valid DKIM signature (RFC 8058 §3.1), and many providers sign a list of
headers of their own without it. Nobody can be asked about that; it is seen on a letter that has made the whole way. What is seen is
written into the ledger, and only while it stands there do letters of that mailbox carry the headers of one-click links.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from mailagent.core.model.address import ascii_domain, registrable_domain
from mailagent.core.model.event import Event
from mailagent.core.model.outbox import Letter, content_hash
from mailagent.core.model.policy import Mailbox
from mailagent.core.model.proof import COVERED, PROOF_DAYS, OneClickDisproved, OneClickProven, circumstances
from mailagent.core.writing import compose, tokens
from mailagent.delivery import signing
from mailagent.delivery.base import Accepted
from mailagent.delivery.signing import Signature
from mailagent.doctor.finding import Finding
from mailagent.doctor.resolver import Resolver, Unanswered
from mailagent.errors import MailagentError
from mailagent.i18n import _
from mailagent.jobs.letter_bytes import sign
from mailagent.ledger import journal
from mailagent.mailbox.base import Fetched
from mailagent.office import Office
from mailagent.speech.sayings import told

#: Where no public page is configured yet, the headers are tried with this address.
NOWHERE = "https://unsubscribe.invalid"
#: So long the letter may take, and so often it is looked for, seconds.
PATIENCE, PAUSE = 120.0, 3.0
#: In an inbox with many mails only the newest are looked through.
NEWEST = 200


def self_test(office: Office, mailbox: Mailbox, arrives: Mailbox, resolver: Resolver, patience: float = PATIENCE) -> Iterator[Finding]:
    """Send one letter from a mailbox to ourselves, wait for it, look at its signatures, and write down what they prove.

    Args:
        arrives: the mailbox of ours to which it goes; some providers sign nothing that stays with them, then it is one elsewhere.
        resolver: asked for the keys.
        patience: so long it may take, seconds.
    """
    what = _("a letter from {address} to {other}").format(address=mailbox.address, other=arrives.address)
    try:
        letter = letter_to_ourselves(office, mailbox, arrives)
        token = tokens.unsubscribe_token(0, office.unsubscribe_keys)
        url = tokens.unsubscribe_url(office.policy.public_page.public_url or NOWHERE, "en", token)
        mailto = tokens.unsubscribe_mailto(mailbox.address, token)
        sender = office.sender(letter, mailbox)
        raw = sign(office, mailbox, compose.build(letter, sender, office.now(), mailto, office.policy, one_click_url=url))
        transport = office.open_transport(mailbox)
        try:
            outcome = transport.submit(raw, mailbox.address, (arrives.address,), lambda: True, letter.ulid)
        finally:
            transport.close()
        if not isinstance(outcome, Accepted):
            yield Finding(False, what, told(outcome.text))
            return
        came = arrived(office, arrives, letter.message_id, patience)
    except (MailagentError, OSError) as error:
        yield Finding(False, what, told(str(error)))
        return
    if came is None:
        yield Finding(None, what, _("it did not arrive within {seconds:g} seconds; nothing is proven").format(seconds=patience))
        return
    yield Finding(True, _("{what} arrived").format(what=what))
    yield from judge(office, mailbox, came, resolver)


def judge(office: Office, mailbox: Mailbox, came: bytes, resolver: Resolver) -> Iterator[Finding]:
    """What the signatures of the letter that came back prove; it is written down."""
    found, remark = verified(office, mailbox, came, resolver)
    good = next((one for one in found if not one.trouble and set(COVERED) <= set(one.headers)), None)
    domain = ascii_domain(mailbox.address.rpartition("@")[2])
    if good is None:
        reason, advice = why_not(found)
        write_down(office, OneClickDisproved(mailbox.name, reason))
        yield Finding(
            None, _("no one-click link in letters of {address}: the mail address stands alone").format(address=mailbox.address), advice
        )
        return
    write_down(office, OneClickProven(mailbox.name, circumstances(mailbox, office.policy), good.domain[:200], good.selector[:100]))
    ends = (office.now() + timedelta(days=PROOF_DAYS)).date()
    text = _("the signature of {domain} (selector {selector}) covers the one-click headers; proven until {day}")
    said = text.format(domain=good.domain, selector=good.selector, day=ends)
    if registrable_domain(good.domain) != registrable_domain(domain):
        yield Finding(None, said, _("it is not in the name of {domain}, so it does not count for DMARC").format(domain=domain))
    elif not office.policy.public_page.public_url:
        yield Finding(None, said, _("there is no public_url in mailagent.toml [unsubscribe] yet, so letters name the mail address alone"))
    else:
        yield Finding(None if remark else True, said, remark)


def verified(office: Office, mailbox: Mailbox, came: bytes, resolver: Resolver) -> tuple[list[Signature], str]:
    """The signatures, verified by the keys of the DNS; ours by our own key where nobody answers, with a remark."""
    try:
        return signing.signatures(came, lambda name: next(iter(resolver.texts(name)), None)), ""
    except Unanswered:
        if not mailbox.dkim_selector:
            return [], ""
    ours = f"{mailbox.dkim_selector}._domainkey.{ascii_domain(mailbox.signing_domain)}"
    record = signing.public_record(office.settings.dkim_key(mailbox))
    found = signing.signatures(came, lambda name: record if name.lower() == ours.lower() else None)
    return found, _("verified with our own key only: the DNS could not be asked whether {name} is published").format(name=ours)


def why_not(found: list[Signature]) -> tuple[str, str]:
    """Why no signature proves it: a word for the ledger, and what to do."""
    own = _("sign the letters yourself: mailagent dkim-key, then dkim_selector (docs/unsubscribe.md)")
    if not found:
        return "unsigned", _("it came without a DKIM signature that could be verified: switch signing on at the provider, or") + " " + own
    if all(one.trouble for one in found):
        said = "; ".join(f"{one.domain}: {one.trouble}" for one in found[:3])
        return "invalid", _("its signature does not hold ({trouble})").format(trouble=said)
    return "uncovered", _("its signature leaves the one-click headers out:") + " " + own


def write_down(office: Office, event: Event) -> None:
    with office.ledger.transaction() as db:
        journal.record(db, [event], now=office.now())


def arrived(
    office: Office, mailbox: Mailbox, message_id: str, patience: float, sleep: Callable[[float], None] = time.sleep
) -> bytes | None:
    """The letter as it came, from the inbox or the folder for junk; None if it does not come in time."""
    ends = time.monotonic() + patience
    connection = office.open_mailbox(mailbox)
    try:
        rules = [rule for rule in mailbox.folders if rule.role in ("inbox", "junk")]
        while True:
            for _role, folder in connection.folders(tuple(rules)):
                if raw := fetched(connection, folder, message_id, office):
                    return raw
            if time.monotonic() >= ends:
                return None
            sleep(min(PAUSE, patience))
    finally:
        connection.close()


def fetched(connection, folder: str, message_id: str, office: Office) -> bytes | None:
    if not connection.find_message_id(folder, message_id):
        return None
    connection.open(folder)
    # The server's calendar may be a day apart from ours.
    uids = connection.uids_since((office.now() - timedelta(days=2)).date())
    wanted = message_id.encode()
    # The iterator goes to its end: nothing else may be asked before.
    came = [mail for mail in connection.fetch(uids[-NEWEST:]) if isinstance(mail, Fetched) and mail.raw]
    return next((mail.raw for mail in reversed(came) if wanted in mail.raw.partition(b"\r\n\r\n")[0]), None)


def letter_to_ourselves(office: Office, mailbox: Mailbox, arrives: Mailbox) -> Letter:
    """A letter like any other, which is in no outbox; our own mark keeps it from being taken for a buyer's."""
    ulid, message_id = office.new_letter_ids(mailbox.name)
    subject, body = _("mailagent tests its own signature"), _("This letter went from mailagent to itself. You may delete it.")
    return Letter(
        id=0, ulid=ulid, lead_id=None, contact_id=None, account=mailbox.name, recipient=arrives.address, recipient_name="", cc=(),
        basis="answer", round=0, step="", template="", language="en", subject=subject, body=body, footer="", warnings=(), why="self-test",
        message_id=message_id, in_reply_to="", references=(), state="approved",
        content_hash=content_hash(arrives.address, (), subject, body, ""), needs_manager=False, author="", approved_by="", approved_at=None,
        planned_at=office.now(), next_attempt_at=None, attempts=0, attempt_id=None, lease_until=None, raw=None, sent_at=None, filed="",
        provider_message_id="", state_reason="", dedupe_key="", created_at=office.now(),
    )  # fmt: skip
