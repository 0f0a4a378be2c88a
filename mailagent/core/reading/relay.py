"""The real buyer behind a mail that somebody else sent for him.

Three ways in which a buyer's words reach us through a third party: a B2B platform's notice, a form on our own web
site, and a colleague who forwards what landed in his mailbox. In each case the sender, the words and the subject of
the message are replaced by the buyer's; who passed it on stays in ``relayed_by``, and what else the notice says about
the buyer (product, country, company, phone) in ``relay_fields``. ``config/relays.toml`` knows the platforms and forms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from mailagent.core.model.address import SENDABLE, Address
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy, Relay
from mailagent.core.reading import headers, quote_marks, quoting, senders, thread

MAX_TEXT = 20_000
FORWARD = "forward"


@dataclass(frozen=True)
class Forward:
    """The inner mail of a forward.

    Attributes:
        note: what the person who forwards says above it.
    """

    sender: Address
    subject: str
    text: str
    note: str


def unwrap(message: InboundMessage, policy: Policy) -> InboundMessage:
    """The message as if the buyer had sent it himself; any other message comes back unchanged.

    Args:
        message: what ``parse`` made of the mail.
        policy: its ``relays``, and whose domains are ours.
    """
    if message.folder_role == "sent" or message.report is not None:
        return message
    found: tuple[Relay, dict[str, str], Address] | None = None
    known = _of(policy)
    is_ours = senders.is_ours(message.sender.email, policy)
    rows = known.listed(message.sender.email)
    if known.sites and _is_site(message, policy, is_ours):
        rows = tuple(row for row in policy.relays if row.from_own_domain or row in rows)
    for row in rows:
        if not row.subject or _compiled(row.subject).search(message.subject):
            fields = _fields(message.text[:MAX_TEXT], row)
            buyer = _buyer(message, fields, row, policy)
            # A Reply-To fits every form; the form is the one whose labels stand in the mail. The first of equals wins.
            if buyer is not None and (found is None or len(fields) > len(found[1])):
                found = row, fields, buyer
    if found is not None:
        row, fields, buyer = found
        return _as_buyer(message, buyer, fields, row)
    return _unforward(message, policy) if is_ours else message


# ── platforms and forms ─────────────────────────────────────────────────────────────────────────────────────────


class _Known:
    """What of a policy every mail is held against, looked up instead of gone through.

    Attributes:
        sites: whether a row is for the mails of our own web site.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.sites = any(row.from_own_domain for row in policy.relays)
        self._rows: dict[str, tuple[Relay, ...]] = {}
        for row in policy.relays:
            for domain in dict.fromkeys(map(str.casefold, row.from_domains)):
                self._rows[domain] = (*self._rows.get(domain, ()), row)

    def listed(self, email: str) -> tuple[Relay, ...]:
        """The rows that name the sender's domain or one above it, in the policy's order."""
        domain = email.casefold().rpartition("@")[2]
        found = [self._rows[domain]] if domain in self._rows else []
        while "." in domain:
            domain = domain.partition(".")[2]
            if domain in self._rows:
                found.append(self._rows[domain])
        if len(found) < 2:
            return found[0] if found else ()
        return tuple(row for row in self.policy.relays if any(row in rows for rows in found))


_last: _Known | None = None


def _of(policy: Policy) -> _Known:
    """What is known of this policy; the last one is kept, because a programme has one policy at a time."""
    global _last
    known = _last
    if known is None or known.policy is not policy:
        _last = known = _Known(policy)
    return known


def _is_site(message: InboundMessage, policy: Policy, is_ours: bool) -> bool:
    """Our web site's own mail: from a web server's name, or from an address of ours that is no person's."""
    email = message.sender.email
    if not senders.is_website(email):
        if is_ours:
            shared = any(email.casefold() == m.address.casefold() for m in policy.mailboxes)
            if not (senders.is_nobody(email) or shared or _SHARED.match(email)):
                return False
        # Some forms are sent from a no-reply box elsewhere and name the visitor in Reply-To.
        elif not (message.reply_to and senders.is_nobody(email)):
            return False
    return not (message.thread_ids or thread.is_answer(message.subject) or thread.is_forward(message.subject))


_SHARED = re.compile(r"^(?:info|sales|office|contact|inquiry|enquiry|export|shop|admin|hello|service|mail)@", re.I)


@lru_cache(maxsize=200)
def _compiled(pattern: str) -> re.Pattern:
    return re.compile(pattern, re.I)


def _fields(text: str, row: Relay) -> dict[str, str]:
    found = {}
    for name, pattern in row.fields.items():
        match = _compiled(pattern).search(text)
        value = (match[1] or "") if match else ""
        value = value.strip() if name == "message" else headers.clean(value, 300).strip(" |*")
        if value:
            found[name] = value
    return found


def _buyer(message: InboundMessage, fields: dict[str, str], row: Relay, policy: Policy) -> Address | None:
    """The buyer's address; the platform's for a masked one; None if the mail holds no buyer."""
    name = fields.get("name", "")
    # From a stranger's no-reply box a Reply-To alone says nothing: shops and newsletters have one, too.
    speaks = {"name", "email", "message"} & fields.keys()
    own = senders.is_ours(message.sender.email, policy) or senders.is_website(message.sender.email)
    answers = message.reply_to if speaks or own or not row.from_own_domain else ()
    for email in (fields.get("email", ""), *(a.email for a in answers)):
        email = email.strip("<>.,; ")
        if email and SENDABLE.fullmatch(email) and not senders.is_ours(email, policy) and not senders.is_nobody(email):
            local, _, domain = email.rpartition("@")
            return Address(name or next((a.name for a in message.reply_to if a.email == email), ""), f"{local}@{domain.lower()}")
    if row.masked and "message" in fields:
        return Address(name or message.sender.name, message.sender.email)
    return None


def _as_buyer(message: InboundMessage, buyer: Address, fields: dict[str, str], row: Relay) -> InboundMessage:
    words = fields.get("message", "")
    method = "relay" if words else message.quote_method
    subject = message.subject
    if row.kind == "form" and fields.get("product"):
        subject = fields["product"]
    kept = {name: value for name, value in fields.items() if name != "message"}
    return message.but(
        sender=buyer,
        reply_to=(),
        subject=subject,
        words=words or message.words,
        quoted="" if words else message.quoted,
        signature="\n".join(f"{name}: {value}" for name, value in kept.items()),
        quote_method=method,
        quote_confidence=0.9 if words else message.quote_confidence,
        relayed_by=row.name,
        relay_fields=kept,
    )


# ── forwards ────────────────────────────────────────────────────────────────────────────────────────────────────


def forwarded(message: InboundMessage) -> Forward | None:
    """The mail inside a forward: its sender, subject and text; None if this is no forward."""
    return read_forward(message.text)


def read_forward(text: str) -> Forward | None:
    """The first quoted header block of a text, with what stands below it."""
    lines = [re.sub(r"^(?:> ?)+", "", line) for line in quoting.visible(text).split("\n")[:4000]]
    for i, line in enumerate(lines):
        if not line.strip():
            continue
        size = quote_marks.header_block(lines, i)
        if not size:
            inline = _address(quote_marks.sender_in(lines, i))
            if inline.email:
                note = "\n".join(x for x in lines[:i] if not quote_marks.is_mark_line(x))
                return Forward(inline, "", "\n".join(lines[i + 1 :]).strip(), note.strip())
            continue
        values = quote_marks.header_values(lines, i)
        address = _address(values.get("from", ""))
        if not address.email:
            continue
        note = [x for x in lines[:i] if not quote_marks.is_mark_line(x)]
        return Forward(address, headers.clean(values.get("subject", "")), "\n".join(lines[i + size :]).strip(), "\n".join(note).strip())
    return None


def _address(value: str) -> Address:
    """The sender in a quoted block: ``Jane <j@x>``, ``Jane [mailto:j@x]``, ``j@x``, ``<a href="mailto:j@x">``."""
    value = re.sub(r"<mailto:[^<>]{0,300}>", "", value[:1200])
    value = re.sub(r"\[\s*(?:mailto:)?([^\s\[\]]{3,300})\]", r"<\1>", value).replace("&lt;", "<").replace("&gt;", ">")
    found = headers.addresses(value)
    return found[0] if found else Address("", "")


def _unforward(message: InboundMessage, policy: Policy) -> InboundMessage:
    if not (thread.is_forward(message.subject) or re.search(r"forwarded message|转发|轉寄|weitergeleitet", message.text[:3000], re.I)):
        return message
    inner = forwarded(message)
    if inner is None or senders.is_ours(inner.sender.email, policy) or senders.is_nobody(inner.sender.email):
        return message
    cut = quoting.cut(inner.text, languages=policy.languages)
    fields = {"forwarded_by": message.sender.email}
    if inner.note:
        fields["note"] = inner.note[:1000]
    return message.but(
        sender=inner.sender,
        reply_to=(),
        subject=inner.subject or thread.normalise_subject(message.subject),
        words=cut.reply,
        quoted=cut.quoted,
        signature=cut.signature,
        quote_method=cut.method,
        quote_confidence=min(0.8, cut.confidence),
        relayed_by=FORWARD,
        relay_fields=fields,
    )
