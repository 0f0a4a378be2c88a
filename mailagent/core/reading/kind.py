"""What kind of mail it is: one ordered row of questions, the first answer wins.

The order is the rule of the trade. A delivery report quotes our own letter, so it is asked for before anything reads
words; a machine's mail never counts as a person's answer; a list is left alone unless a person of the thread writes
through it; who wants silence is heard before anybody asks what he might buy. What is left and answers us is a
``reply``; the rest is an ``inquiry``: when in doubt a mail is a buyer's, because a lost buyer costs more than a glance.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mailagent.core.model.known import Known
from mailagent.core.model.message import InboundMessage, Verdict
from mailagent.core.model.policy import Policy
from mailagent.core.reading import autoreply, lexicon, senders, solicitation, thread, unsubscribe
from mailagent.core.reading.lexicon import fold

#: Countries that write the month before the day.
_MONTH_FIRST = ("US", "PH")
#: The subject that our List-Unsubscribe asks for.
_TOKEN = re.compile(r"^\s{0,9}(unsubscribe)\s{1,9}[\w.=-]{20,200}\s{0,9}$", re.I)


def classify(message: InboundMessage, known: Known, policy: Policy) -> Verdict:
    """Say what a mail is, why, and in which words it says so.

    Args:
        message: what ``parse`` and ``relay.unwrap`` made of it.
        known: what the ledger knows about it; ``Known()`` for a mail by itself.
        policy: the company's rules: whose addresses are ours, and the words of the languages.
    Source: DESIGN "The journeys"; STANDARDS §2, §3, §4.3.
    """
    for check in CHECKS:
        verdict = check(message, known, policy)
        if verdict is not None:
            return verdict
    return Verdict("inquiry", "nothing else fits")


def own(message: InboundMessage, known: Known, policy: Policy) -> Verdict | None:
    """A letter of ours come back, or one that a colleague wrote (seen in Sent)."""
    if message.folder_role == "sent":
        return Verdict("own", "in Sent", message.message_id)
    if known.own_letter is not None:
        return Verdict("own", "our Message-ID", message.message_id)
    marked = next((name for name in message.headers if name.startswith("x-mailagent-")), "")
    if marked and not message.relayed_by and senders.is_ours(message.sender.email, policy):
        return Verdict("own", f"header:{marked}", marked)
    return None


def bounce(message: InboundMessage, known: Known, policy: Policy) -> Verdict | None:
    """A mail system reports a letter as not, or not yet, delivered."""
    if message.report is not None:
        first = message.report.recipients[0] if message.report.recipients else None
        evidence = f"{first.address}: {first.status} {first.reason}" if first else message.subject
        return Verdict("bounce", "delivery report" if first else "bounce_unknown", evidence[:300])
    if senders.has_null_return_path(message) and senders.is_daemon(message.sender.email):
        found = lexicon.of(policy.languages).bounce.search(fold(f"{message.subject} {message.text[:3000]}"))
        if found:
            return Verdict("bounce", "bounce_unknown", found[0])
    return None


def complaint(message: InboundMessage, known: Known, policy: Policy) -> Verdict | None:
    """Somebody pressed "this is spam" and his provider tells us (RFC 5965)."""
    if "message/feedback-report" in message.part_types or "feedback-report" in message.header("content-type").lower():
        return Verdict("complaint", "feedback report", message.subject[:200])
    return None


def receipt(message: InboundMessage, known: Known, policy: Policy) -> Verdict | None:
    """Our letter was opened, delivered, or put into a calendar; nobody has answered."""
    kinds, declared = message.part_types, message.header("content-type").lower()
    if "message/disposition-notification" in kinds or "disposition-notification" in declared:
        return Verdict("receipt", "read receipt", message.subject[:200], automatic="receipt")
    if "message/delivery-status" in kinds or "message/global-delivery-status" in kinds:
        return Verdict("receipt", "delivered", message.subject[:200], automatic="receipt")
    if "text/calendar" in kinds and re.search(r"method\s*=\s*\"?(?:reply|counter)", declared):
        return Verdict("receipt", "calendar answer", message.subject[:200], automatic="calendar")
    return None


def auto_reply(message: InboundMessage, known: Known, policy: Policy) -> Verdict | None:
    """A machine answered: absence, ticket number, left the company."""
    # A platform's notice and our own web form are sent by machines and written by buyers.
    if message.relayed_by:
        return None
    words = lexicon.of(policy.languages)
    found = autoreply.find(message, words)
    if found is None or (found.reason == "no-reply address" and _is_list(message)):
        return None
    automatic, back = found.kind, None
    if automatic in ("ooo", "auto"):
        country = known.contact.country if known.contact is not None else ""
        text = f"{message.subject}\n{message.words or message.text}"
        back = autoreply.return_date(text, message.received_at, words, month_first=country in _MONTH_FIRST)
        # "I am at the fair till 7 June": a machine that names a day of return speaks of an absence.
        automatic = "ooo" if back else automatic
    contact = autoreply.suggested_contact(message) if automatic in ("ooo", "left") else ""
    return Verdict("auto_reply", found.reason, found.evidence, automatic=automatic, return_on=back, suggested_contact=contact)


def newsletter(message: InboundMessage, known: Known, policy: Policy) -> Verdict | None:
    """Bulk mail and lists; but a person of the thread who writes through his company's list is a person."""
    sign = _is_list(message)
    if not sign or message.relayed_by:
        return None
    if known.is_participant and (known.answered_letter is not None or known.thread_lead is not None):
        return None
    # Purchasing portals send their requests for quotation with an unsubscribe link; that alone makes no newsletter.
    if sign in ("list-unsubscribe", "feedback-id") and lexicon.of(policy.languages).wants.search(fold(message.words[:3000])):
        return None
    return Verdict("newsletter", f"header:{sign}", f"{sign}: {message.header(sign)[:120]}")


def _is_list(message: InboundMessage) -> str:
    for name in ("list-id", "list-unsubscribe", "list-post", "mailing-list", "feedback-id"):
        if name in message.headers:
            return name
    if re.match(r"\s*(?:bulk|list|junk)\b", message.header("precedence"), re.I):
        return "precedence"
    return ""


def unsubscribe_request(message: InboundMessage, known: Known, policy: Policy) -> Verdict | None:
    """The writer asks us to stop: the point of the mail, or all that is said in it."""
    if senders.is_ours(message.sender.email, policy):
        return None
    if known.asks_to_stop is not None:
        return Verdict("unsubscribe", "signed token", message.subject[:200], unsubscribe="auto")
    mode, language, evidence = request_to_stop(message, known, policy)
    if mode == "auto" or (mode == "review" and _says_little_else(message)):
        return Verdict("unsubscribe", f"phrase:{language}", evidence, unsubscribe=mode)
    return None


def request_to_stop(message: InboundMessage, known: Known, policy: Policy) -> tuple[str, str, str]:
    """``unsubscribe.find`` for a message, with the language that is known best."""
    language = (known.contact.language if known.contact is not None else "") or message.language
    # A subject is a command only in a fresh mail; in an answer it is the thread's.
    # A token that we did not sign says nothing; the word before it still does.
    subject = "" if message.thread_ids else _TOKEN.sub(r"\1", message.subject)
    return unsubscribe.find(message.words, subject, language, policy, quote_confidence=message.quote_confidence)


def _says_little_else(message: InboundMessage) -> bool:
    words = message.words
    return len(words) < 400 and words.count("?") + words.count("？") <= 1


def spam_solicitation(message: InboundMessage, known: Known, policy: Policy) -> Verdict | None:
    """Somebody wants to sell to us, or the mail is a trick that is not even dressed as an inquiry."""
    if known.answered_letter is not None or known.thread_lead is not None or message.relayed_by:
        return None
    if senders.is_ours(message.sender.email, policy):
        return None
    evidence = solicitation.find(message, policy)
    return Verdict("spam_solicitation", "phrase", evidence) if evidence else None


def internal(message: InboundMessage, known: Known, policy: Policy) -> Verdict | None:
    """From our own people."""
    if not message.relayed_by and senders.is_ours(message.sender.email, policy):
        return Verdict("internal", "own address", message.sender.email)
    return None


def reply(message: InboundMessage, known: Known, policy: Policy) -> Verdict | None:
    """A person answers us or goes on with a running matter."""
    mode, _, asked = request_to_stop(message, known, policy)
    reason, evidence = _answers(message, known, policy)
    if reason:
        return Verdict("reply", reason, evidence[:300], unsubscribe=mode)
    # A first mail that also says "stop" is an inquiry with a question mark behind it.
    return Verdict("inquiry", "asks to stop as well", asked, unsubscribe=mode) if mode != "none" else None


def _answers(message: InboundMessage, known: Known, policy: Policy) -> tuple[str, str]:
    if known.answered_letter is not None:
        return known.match_method or "thread", known.answered_letter.subject
    if known.thread_lead is not None:
        return known.match_method or "thread", known.match_method
    if message.relayed_by:
        return "", ""
    if message.thread_ids:
        return "thread headers", message.thread_ids[0]
    if thread.is_answer(message.subject):
        return "subject", message.subject
    quotes_us = next((d for d in policy.company.registrable_domains if d and f"@{d}" in message.quoted.casefold()), "")
    if quotes_us:
        return "quotes us", quotes_us
    running = lexicon.of(policy.languages).running.search(fold(f"{message.subject}\n{message.words[:3000]}"))
    if running:
        return "phrase", running[0]
    return "", ""


#: The order of DESIGN: own, bounce, complaint, receipt, auto_reply, newsletter, unsubscribe, spam, internal, reply, inquiry.
CHECKS: tuple[Callable[[InboundMessage, Known, Policy], Verdict | None], ...] = (
    own,
    bounce,
    complaint,
    receipt,
    auto_reply,
    newsletter,
    unsubscribe_request,
    spam_solicitation,
    internal,
    reply,
)
