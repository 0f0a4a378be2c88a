"""The real buyer behind a mail that somebody else sent for him.

Three ways in which a buyer's words reach us through a third party: a B2B platform's notice, a web form, and a colleague who forwards
what landed in his mailbox (``forward``). In each case the sender, the words and the subject of the message are replaced by the buyer's;
who passed it on stays in ``relayed_by``, and what else the notice says about the buyer (product, country, company, phone) in
``relay_fields``. ``form`` reads the lines with labels; ``config/relays.toml`` knows the platforms and the words.

**Nobody speaks for another.** The address inside a mail counts only if the mail itself comes from a known platform, from our own house or
web site, or from a box behind which nobody sits (no-reply@, wordpress@, notification@). A buyer who writes "E-mail: boss@…"
stays the sender. An unknown platform is read by the same words as the known ones, so a new one loses no lead.

**Masked.** A platform that hides the buyer's address gets one made up from his name and firm (``….masked.invalid``): two buyers of one
platform are two contacts, a second notice about one of them finds the first, and no letter can ever go there (RFC 2606).
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from mailagent.core.model.address import MASKED_DOMAIN, SENDABLE, Address, registrable_domain
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy, Relay
from mailagent.core.reading import country, forward, quoting, relay_senders, senders, thread
from mailagent.core.reading.form import MAX_TEXT, MESSAGE, TELEPHONE, Form, merge, read_form
from mailagent.core.reading.forward import Forward, read_forward
from mailagent.core.reading.labels import folded
from mailagent.core.reading.relay_senders import KnownRelays

__all__ = ["FORWARD", "Forward", "forwarded", "read_forward", "unwrap"]

FORWARD = "forward"
WEB_FORM = "Web form"
#: Fields that say what he wants.
GOODS = frozenset(("product", "quantity"))
#: So many lines without a label may stand in a form that somebody of ours sends by hand.
FEW_LINES = 3
#: What stands beside a platform's name where it signs.
_OF_A_HOUSE = frozenset(("the", "team", "your", "by", "from"))
#: So long is a platform's own last paragraph at most, characters.
LONGEST_FAREWELL = 120


def unwrap(message: InboundMessage, policy: Policy, raw: bytes = b"") -> InboundMessage:
    """The message as if the buyer had sent it himself; any other message comes back unchanged.

    Args:
        message: what ``parse`` made of the mail.
        policy: its ``relays`` and their words, and whose domains are ours.
        raw: the bytes of the mail, to read a mail that a colleague forwards as an attachment.
    """
    if message.folder_role in ("sent", "draft") or message.report is not None:
        return message
    is_ours = senders.is_ours(message.sender.email, policy)
    if is_ours and any(name.startswith("x-mailagent-") for name in message.headers):
        # The agent's own notice about a buyer, or a letter of ours: no new word of his.
        return message
    found = _notice(message, policy, is_ours)
    if found is None and is_ours and forward.is_forward(message):
        found = _unforward(message, policy, raw)
    return found or message


def forwarded(message: InboundMessage) -> Forward | None:
    """The mail inside a forward: its sender, subject and text; None if this is no forward."""
    return read_forward(message.text)


# ── reading a notice ────────────────────────────────────────────────────────────────────────────────────────────


def _notice(message: InboundMessage, policy: Policy, is_ours: bool) -> InboundMessage | None:
    """The buyer's message out of a platform's notice or a form; None if it is neither."""
    known = relay_senders.of(policy)
    email = message.sender.email
    rows = known.listed(email)
    is_site = not rows and relay_senders.is_site(message, policy, known, is_ours)
    if not rows and (is_ours and not is_site or not is_site and not senders.is_nobody(email) or relay_senders.continues(message)):
        return None
    is_machine = not is_ours or senders.is_nobody(email) or senders.is_website(email)
    form = read_form(message.text[:MAX_TEXT], known.vocabulary)
    if form.digest or not rows and not is_site and any(senders.is_ours(one, policy) for one in form.emails):
        # Several buyers are nobody's inquiry; and a shop's notice about us says what we ordered there.
        return None
    if is_site and not is_machine and not _is_filled_in(form, message, policy):
        return None
    row = _best_row(message, form, rows or (known.sites if is_site else known.named(message)))
    if rows and row is None:
        return None
    announced = _announced(message, form, known) if row is None or row.kind == "platform" else False
    if row is not None:
        _complete(form, row)
    buyer, masked = _buyer(message, form, row, policy, is_known=bool(rows) or is_site)
    if buyer is None and announced and row is not None and rows:
        # Its layout is a new one, and it says that a buyer is behind it.
        buyer, masked = _masked_address(message, form, row), True
    if buyer is None and announced and row is None and "name" in form.fields and any(map(str.isdigit, form.message)):
        # A platform that we do not know hands on somebody's words with a model or a quantity in them: no lead is dropped for its sender.
        buyer, masked = _masked_address(message, form, row), True
    if buyer is None:
        return None
    name = row.name if row else WEB_FORM if is_site else registrable_domain(message.sender.domain) or message.sender.domain
    return _as_buyer(message, buyer, form, name, is_form=row.kind == "form" if row else is_site, masked=masked)


def _announced(message: InboundMessage, form: Form, known: KnownRelays) -> bool:
    """Whether the subject says that a buyer asks; whom it names is the buyer if the notice has no label for him."""
    for pattern in known.policy.relay_words.subjects:
        match = _compiled(pattern).search(message.subject)
        if match is None:
            continue
        name = " ".join((match.groupdict().get("name") or "").split())
        if country.named(name):
            form.fields.setdefault("country", name)
        elif name and name[:1] != name[:1].lower() or name and not name.isascii():
            form.fields.setdefault("name", name)
        return True
    return False


def _is_filled_in(form: Form, message: InboundMessage, policy: Policy) -> bool:
    """Whether a mail from an ordinary address of ours is a form and not a colleague's letter with labels in it."""
    shared = any(message.sender.email.casefold() == mailbox.address.casefold() for mailbox in policy.mailboxes)
    if (shared or _SHARED.match(message.sender.email)) and (form.message or message.reply_to):
        return True
    return bool(form.message) and "email" in form.fields and len(form.rest.splitlines()) <= FEW_LINES


_SHARED = re.compile(r"^(?:info|sales|office|contact|inquiry|enquiry|export|shop|admin|hello|service|mail)@", re.I)


@lru_cache(maxsize=200)
def _compiled(pattern: str) -> re.Pattern:
    return re.compile(pattern, re.I)


def _best_row(message: InboundMessage, form: Form, rows: tuple[Relay, ...]) -> Relay | None:
    """The row whose own patterns find most; of equals the one that needs none, and then the first. Its finds are in the form."""
    best: tuple[tuple[int, bool], Relay, dict[str, str]] | None = None
    for row in rows:
        found = {}
        if row.subject:
            match = _compiled(row.subject).search(message.subject)
            if match is None:
                continue
            found = {name.rstrip("0123456789"): value.strip() for name, value in match.groupdict().items() if value}
        own = _by_patterns(message.text[:MAX_TEXT], row)
        rank = (len(own), not row.fields)
        if best is None or rank > best[0]:
            best = rank, row, found | own
    if best is None:
        return None
    stated = {name: value for name, value in best[2].items() if name in best[1].fields or name not in form.fields}
    if TELEPHONE.fullmatch(stated.get("name", "")):
        del stated["name"]
    if "email" in stated:
        form.emails.insert(0, stated["email"])
    merge(form, stated)
    return best[1]


def _by_patterns(text: str, row: Relay) -> dict[str, str]:
    found = {}
    for name, pattern in row.fields.items():
        match = _compiled(pattern).search(text)
        value = (match[1] or "") if match else ""
        value = value.strip() if name == MESSAGE else " ".join(value.split())[:300].strip(" |*,")
        if value:
            found[name] = value
    return found


def _complete(form: Form, row: Relay) -> None:
    """What a platform shows without labels: below the buyer's name his country and his firm."""
    name = form.fields.get("name", "")
    if name and form.message.partition("\n")[0].strip().casefold() == name.casefold():
        # "Inquiry details" was the title of his card and not of his words.
        form.rest, form.message = f"{form.rest}\n{form.message}", ""
    lines = [line for line in form.rest.splitlines() if folded(line) != folded(row.name)]
    if row.kind == "platform" and name:
        at = next((i for i, line in enumerate(lines) if line.casefold() == name.casefold()), -1)
        card, company = 0 if at < 0 else 1, form.fields.get("company", "")
        for line in lines[at + 1 : at + 4] if at >= 0 else ():
            if not line.strip():
                break
            if country.named(line):
                form.fields.setdefault("country", line)
            elif company and folded(company) in folded(line):
                pass
            elif not company and len(line) <= 60 and len(line.split()) <= 6 and line[-1] not in "!?。:：,":
                form.fields["company"] = company = line
            else:
                break
            card += 1
        if at >= 0:
            del lines[at : at + card]
    form.rest = "\n".join(lines)
    # A foreign number says more than the marketplace's own country.
    if row.country and "country" not in form.fields and not form.fields.get("phone", "").startswith("+"):
        form.fields["country"] = row.country


def _buyer(
    message: InboundMessage, form: Form, row: Relay | None, policy: Policy, *, is_known: bool
) -> tuple[Address | None, bool]:
    """The buyer's address, and whether it is only made up because the notice hides his; None if the mail holds no buyer.

    Args:
        is_known: the sender is a platform or form that we know, or our own web site.
    """
    fields = form.fields
    name = fields.get("name", "")
    is_own = not row or row.kind == "form"
    house = "" if is_known and is_own and not (row and row.from_domains) else registrable_domain(message.sender.domain)
    # From an unknown no-reply box a Reply-To alone says nothing: shops and newsletters have one, too.
    answers = [one.email for one in message.reply_to] if is_known or form.message and name else []
    speaks = bool(form.message) or bool(name and (GOODS | {"company", "country"}) & fields.keys())
    if is_known or speaks and len(fields) + bool(form.message) >= 3:
        for email in (*form.emails, *answers):
            if _is_buyers(email, house, policy):
                local, _, domain = email.rpartition("@")
                shown = next((one.name for one in message.reply_to if one.email == email), "")
                fields["email"] = f"{local}@{domain.lower()}"
                return Address(name or shown, fields["email"]), False
    fields.pop("email", None)
    hides = (row is not None and row.masked) or is_known
    enough = bool(form.message) and bool(name or fields.keys() & GOODS) if hides else bool(form.message) and len(fields) >= 3
    if enough or hides and name and fields.keys() & {*GOODS, "country", "phone", "company"}:
        return _masked_address(message, form, row), True
    if row is not None and row.masked and form.message:
        return _masked_address(message, form, row), True
    return None, False


def _is_buyers(email: str, house: str, policy: Policy) -> bool:
    """Whether an address in a notice can be the buyer's: not ours, nobody's or the platform's own."""
    if not SENDABLE.fullmatch(email) or senders.is_ours(email, policy) or senders.is_nobody(email):
        return False
    domain = email.rpartition("@")[2]
    return registrable_domain(domain) != house and not any(row.kind == "platform" for row in relay_senders.of(policy).listed(email))


def _masked_address(message: InboundMessage, form: Form, row: Relay | None) -> Address:
    """One address for one buyer of one platform, whatever number of notices come about him."""
    fields = form.fields
    name = fields.get("name", "")
    known_by = [name, fields.get("company", ""), fields.get("phone", "")] if name else [form.message or message.text]
    platform = row.name if row else registrable_domain(message.sender.domain)
    key = hashlib.sha256("\n".join(map(folded, (platform, *known_by))).encode("utf-8", "replace")).hexdigest()[:10]
    local = re.sub(r"[^a-z0-9]+", "-", folded(name)).strip("-")[:30] or "buyer"
    host = re.sub(r"[^a-z0-9]+", "-", folded(platform)).strip("-")[:40] or "platform"
    return Address(name or message.sender.name, f"{local}-{key}@{host}.{MASKED_DOMAIN}")


def _as_buyer(message: InboundMessage, buyer: Address, form: Form, name: str, *, is_form: bool, masked: bool) -> InboundMessage:
    fields = form.fields
    has_labels = bool(form.message or fields.keys() - {"email"})
    words = _without_house(form.message, message, name) or (form.rest or fields.get("product", "") if has_labels else "")
    subject = message.subject
    if is_form:
        subject = fields.get("subject") or fields.get("product") or subject
    fields.pop("subject", None)
    return message.but(
        sender=buyer,
        reply_to=(),
        subject=subject,
        words=words or message.words,
        quoted="" if words else message.quoted,
        signature="\n".join(f"{key}: {value}" for key, value in fields.items()) if has_labels else message.signature,
        quote_method="relay" if words else message.quote_method,
        quote_confidence=0.9 if words else message.quote_confidence,
        relayed_by=name,
        relay_fields=fields,
        masked=masked,
    )


def _without_house(words: str, message: InboundMessage, name: str) -> str:
    """The buyer's words without a short last paragraph in which the platform speaks of itself."""
    above, gap, last = words.rpartition("\n\n")
    if not gap or len(last) > LONGEST_FAREWELL or not above.strip():
        return words
    for house in (folded(message.sender.name), folded(name)):
        # "Warm regards, Team IndiaMART", and "TradeBridge – connecting …"; a buyer may well speak of the platform.
        signed = folded(last.strip().rpartition("\n")[2]).split()
        if len(house) > 4 and (folded(last).startswith(house) or set(signed) - set(house.split()) <= _OF_A_HOUSE and house in folded(last)):
            return above.rstrip()
    return words


# ── forwards ────────────────────────────────────────────────────────────────────────────────────────────────────


def _unforward(message: InboundMessage, policy: Policy, raw: bytes) -> InboundMessage | None:
    """The mail that a colleague passes on, as if it had come to us; None if there is none from outside in it."""
    inner = forward.innermost(message, policy, raw)
    if inner is None:
        return None
    added = {"forwarded_by": message.sender.email}
    if inner.note:
        added["note"] = inner.note[:1000]
    sent_at = forward.date_of(inner.sent, policy.languages) if inner.sent else None
    if sent_at is not None:
        added["sent"] = sent_at.date().isoformat()
    subject = inner.subject or thread.normalise_subject(message.subject)
    passed_on = message.but(sender=inner.sender, reply_to=(), subject=subject, text=inner.text, sent_at=sent_at or message.sent_at)
    fresh = inner.message or passed_on.but(words=inner.text, quoted="", signature="", in_reply_to=(), references=())
    is_ours = senders.is_ours(inner.sender.email, policy)
    notice = _notice(fresh, policy, is_ours)
    if notice is not None:
        found = {name: getattr(notice, name) for name in ("sender", "subject", "words", "signature", "relayed_by", "masked")}
        return passed_on.but(**found, quoted="", quote_method="relay", quote_confidence=0.8, relay_fields={**notice.relay_fields, **added})
    if is_ours or senders.is_nobody(inner.sender.email):
        return None
    cut = quoting.cut(inner.text, languages=policy.languages)
    return passed_on.but(
        words=cut.reply,
        quoted=cut.quoted,
        signature=cut.signature,
        quote_method=cut.method,
        quote_confidence=min(0.8, cut.confidence),
        relayed_by=FORWARD,
        relay_fields=added,
    )
