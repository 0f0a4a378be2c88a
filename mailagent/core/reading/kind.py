"""What kind of mail it is: one ordered row of questions, the first answer wins.

The order is the rule of the trade. A delivery report quotes our own letter, so it is asked for before anything reads
words; a machine's mail never counts as a person's answer; a list is left alone unless a person of the thread writes
through it; who wants silence is heard before anybody asks what he might buy. What is left and answers us is a
``reply``; the rest is an ``inquiry``: when in doubt a mail is a buyer's, because a lost buyer costs more than a glance.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from mailagent.core.model.known import Known
from mailagent.core.model.lead import Score
from mailagent.core.model.message import InboundMessage, Verdict
from mailagent.core.model.policy import Policy
from mailagent.core.reading.bounce import asks_sender
from mailagent.core.reading.signs import OFTEN_BUYERS, SUBJECT_ALONE, Signs, find_signs

#: Countries that write the month before the day.
_MONTH_FIRST = ("US", "PH")
#: Why a mail is an inquiry about which no question was answered, and the sign that it is none after all.
NOTHING_ELSE, NO_INQUIRY = "nothing else fits", "no_inquiry"
#: A machine's mail that nothing but its address betrays, and the sign that a buyer speaks through it.
NO_REPLY, ASKS_FOR_GOODS = "no-reply address", "asks_for_goods"
#: The fact of a mail that wants silence, and nothing else, in words that no pattern knows.
WANTS_SILENCE, SURELY = "wants_silence", "wants_silence_surely"
#: The signs that he speaks of goods beside it, and wants something of them.
SPEAKS_OF_GOODS, STILL_BUYS = "speaks_of_goods", "still_buys"
#: The fact of a mail that sells and wants nothing.
SELLS_PLAINLY = "sells_plainly"
#: The fact of a mail that puts us off to a later time.
LATER = "not_now_later"
TOLD_BY_FACTS = frozenset((NO_INQUIRY, ASKS_FOR_GOODS, WANTS_SILENCE, SURELY, SPEAKS_OF_GOODS, STILL_BUYS, SELLS_PLAINLY, LATER))
#: So many characters are a short mail; who wants silence has said how before so many.
FEW_WORDS = 300
#: A request to stop that bears a token of ours, which names the person.
SIGNED = "signed token"
_CALENDAR_ANSWER = re.compile(r"method\s*=\s*\"?(?:reply|counter)")


def classify(message: InboundMessage, known: Known, policy: Policy, signs: Signs | None = None) -> Verdict:
    """Say what a mail is, why, and in which words it says so.

    Args:
        message: what ``parse`` and ``relay.unwrap`` made of it.
        known: what the ledger knows about it; ``Known()`` for a mail by itself.
        policy: the company's rules: whose addresses are ours, and the words of the languages.
        signs: what ``find_signs`` found in this mail under these rules; None to look now.
    Source: DESIGN "The journeys"; STANDARDS §2, §3, §4.3.
    """
    signs = signs or find_signs(message, policy)
    for check in CHECKS:
        verdict = check(message, known, signs)
        if verdict is not None:
            return _in_doubt(verdict) if signs.is_disowned else verdict
    return Verdict("inquiry", NOTHING_ELSE, is_disowned=signs.is_disowned)


def is_open(verdict: Verdict, message: InboundMessage) -> bool:
    """Whether the facts of a mail may change what it is, although no buyer seems to speak; see ``in_view_of``."""
    asks_for_silence = verdict.unsubscribe != "none" and verdict.reason != SIGNED
    return asks_for_silence or verdict.reason == NO_REPLY and not message.thread_ids


def in_view_of(verdict: Verdict, message: InboundMessage, score: Score, known: Known, signs: Signs) -> Verdict:
    """The same verdict, or that a stranger's mail is none of a buyer's: it only sells, or it is a trick not even dressed as an inquiry.

    What one phrase left in doubt, all words of a mail together may settle: that he wants no more letters.

    Args:
        verdict: what ``classify`` said.
        score: what the mail's facts are worth; the sign ``no_inquiry`` of ``signals.toml`` says which facts make none.
        known: somebody whom we know as a buyer may offer us something, too.
        signs: what ``classify`` went by.
    """
    said = {signal.name: signal.evidence[:300] for signal in score.signals if signal.name in TOLD_BY_FACTS}
    # A form may have been filled in by anybody, and a mail may be in somebody's name.
    speaks_for_himself = not verdict.is_disowned and not is_filled_in(message)
    if verdict.kind == "unsubscribe" and verdict.reason != SIGNED:
        # "Leave us alone until July, then I need them again."
        puts_off = verdict.unsubscribe == "review" and LATER in said and WANTS_SILENCE not in said
        if puts_off or (SPEAKS_OF_GOODS if verdict.unsubscribe == "review" else STILL_BUYS) in said:
            # "Drop my colleague from your list; and a price for the UC 207": he goes on, and a person sees what shall stop.
            goes_on = reply(message, known, signs) or verdict
            return replace(goes_on, unsubscribe="review", evidence=verdict.evidence, is_disowned=verdict.is_disowned)
        if verdict.unsubscribe == "review" and SURELY in said and speaks_for_himself and not signs.gets_it_twice:
            return replace(verdict, unsubscribe="auto")
    # Whoever asks for silence in words of unsubscribing is understood by the phrases; where they found no request, he speaks about
    # one. And whoever gets every letter twice wants one of them to stop: a person sees which.
    wants_silence = WANTS_SILENCE in said and not signs.gets_it_twice and not signs.speaks_about_silence
    # A phrase in a longer mail may be one of ours, quoted without a mark ("answer STOP"); a short one that is heard the same way is his.
    in_doubt = verdict.unsubscribe == "review" and len(message.words) > FEW_WORDS
    if wants_silence and verdict.kind in ("inquiry", "reply") and SPEAKS_OF_GOODS in said:
        return replace(verdict, unsubscribe="review", evidence=said[WANTS_SILENCE])
    if wants_silence and verdict.kind in ("inquiry", "reply") and not in_doubt:
        # Who answers a letter of ours means that; of a stranger a person sees first what he means, unless it is beyond doubt.
        mode = "auto" if (verdict.kind == "reply" or SURELY in said) and speaks_for_himself else "review"
        return replace(verdict, kind="unsubscribe", unsubscribe=mode, reason="facts", evidence=said[WANTS_SILENCE])
    if verdict.reason == NO_REPLY and ASKS_FOR_GOODS in said:
        return replace(verdict, kind="inquiry", reason="facts", evidence=said[ASKS_FOR_GOODS], automatic="")
    # "Re: ocean rates": who only sells has written an answer's subject, and answers nothing of ours.
    is_pretended = verdict.reason == SUBJECT_ALONE and SELLS_PLAINLY in said
    if NO_INQUIRY not in said or not (is_pretended or verdict.reason in (NOTHING_ELSE, NO_REPLY)) or known.contact_lead is not None:
        return verdict
    return replace(verdict, kind="spam_solicitation", reason="facts", evidence=said[NO_INQUIRY], automatic="")


def _in_doubt(verdict: Verdict) -> Verdict:
    """What a mail in somebody's name says does not silence him unseen, unless our own signature in it names him."""
    is_sure = verdict.unsubscribe != "auto" or verdict.reason == SIGNED
    return replace(verdict, is_disowned=True, unsubscribe=verdict.unsubscribe if is_sure else "review")


def own(message: InboundMessage, known: Known, signs: Signs) -> Verdict | None:
    """A letter of ours come back, or one that a colleague wrote (seen in Sent), or has not finished yet."""
    if message.folder_role == "draft":
        return Verdict("own", "a draft", message.message_id)
    if message.folder_role == "sent":
        return Verdict("own", "in Sent", message.message_id)
    if known.own_letter is not None:
        return Verdict("own", "our Message-ID", message.message_id)
    if signs.mark and signs.is_ours and not message.relayed_by:
        return Verdict("own", f"header:{signs.mark}", signs.mark)
    return None


def bounce(message: InboundMessage, known: Known, signs: Signs) -> Verdict | None:
    """A mail system reports a letter as not, or not yet, delivered."""
    if message.report is not None:
        first = message.report.recipients[0] if message.report.recipients else None
        evidence = f"{first.address}: {first.status} {first.reason}" if first else message.subject
        return Verdict("bounce", "delivery report" if first else "bounce_unknown", evidence[:300])
    return Verdict("bounce", "bounce_unknown", signs.bounce_word) if signs.bounce_word else None


def complaint(message: InboundMessage, known: Known, signs: Signs) -> Verdict | None:
    """Somebody pressed "this is spam" and his provider tells us (RFC 5965)."""
    if "message/feedback-report" in message.part_types or "feedback-report" in message.header("content-type").lower():
        return Verdict("complaint", "feedback report", message.subject[:200])
    return None


def receipt(message: InboundMessage, known: Known, signs: Signs) -> Verdict | None:
    """Our letter was opened, delivered, or put into a calendar; nobody has answered."""
    kinds, declared = message.part_types, message.header("content-type").lower()
    if "message/disposition-notification" in kinds or "disposition-notification" in declared:
        return Verdict("receipt", "read receipt", message.subject[:200], automatic="receipt")
    if "message/delivery-status" in kinds or "message/global-delivery-status" in kinds:
        if asks_sender(message.text):
            return Verdict("auto_reply", "sender check", message.subject[:200], automatic="challenge")
        return Verdict("receipt", "delivered", message.subject[:200], automatic="receipt")
    if "text/calendar" in kinds and _CALENDAR_ANSWER.search(declared):
        return Verdict("receipt", "calendar answer", message.subject[:200], automatic="calendar")
    return None


def auto_reply(message: InboundMessage, known: Known, signs: Signs) -> Verdict | None:
    """A machine answered: absence, ticket number, left the company."""
    # A platform's notice and our own web form are sent by machines and written by buyers: there signs has none.
    found = signs.automatic
    if found is None:
        return None
    # "Hi all, I am on leave 11 to 15 May" is a colleague's own word; a machine of ours says in a header that it is one.
    if signs.is_ours and not signs.is_disowned and not found.reason.startswith("header:"):
        return None
    country = known.contact.country if known.contact is not None else ""
    back = signs.back_month_first if country in _MONTH_FIRST else signs.back
    # "I am at the fair till 7 June": a machine that names a day of return speaks of an absence.
    automatic = "ooo" if back else found.kind
    contact = signs.suggested_contact if automatic in ("ooo", "left") else ""
    return Verdict("auto_reply", found.reason, found.evidence, automatic=automatic, return_on=back, suggested_contact=contact)


def newsletter(message: InboundMessage, known: Known, signs: Signs) -> Verdict | None:
    """Bulk mail and lists; but a person of the thread who writes through his company's list is a person."""
    sign = signs.list_header
    if not sign or message.relayed_by:
        return None
    if known.is_participant and (known.answered_letter is not None or known.thread_lead is not None):
        return None
    # Purchasing portals send their requests for quotation with an unsubscribe link; that alone makes no newsletter. And a buyer whom
    # we know may write through his purchasing department's list.
    if signs.wants and (sign in OFTEN_BUYERS or known.contact_lead is not None):
        return None
    return Verdict("newsletter", f"header:{sign}", f"{sign}: {message.header(sign)[:120]}")


def unsubscribe_request(message: InboundMessage, known: Known, signs: Signs) -> Verdict | None:
    """The writer asks us to stop: the point of the mail, or all that is said in it."""
    if signs.is_ours:
        return None
    if known.asks_to_stop is not None:
        return Verdict("unsubscribe", SIGNED, message.subject[:200], unsubscribe="auto")
    if is_filled_in(message) and known.lead is None:
        return None
    mode, language, evidence = request_to_stop(message, known, signs)
    if mode == "auto" or (mode == "review" and not signs.goes_on_buying and _says_little_else(message)):
        return Verdict("unsubscribe", f"phrase:{language}", evidence, unsubscribe=mode)
    return None


def request_to_stop(message: InboundMessage, known: Known, signs: Signs) -> tuple[str, str, str]:
    """The request in the language that is known best: the contact's, or else the mail's."""
    language = (known.contact.language if known.contact is not None else "") or message.language
    mode, language, evidence = signs.stop.get(language) or signs.stop[""]
    return "review" if mode == "auto" and is_filled_in(message) else mode, language, evidence


def is_filled_in(message: InboundMessage) -> bool:
    """Whether it came through a form or a platform: anybody can fill in anybody's address, so nobody is silenced by it unseen."""
    return bool(message.relayed_by) and "forwarded_by" not in message.relay_fields


def _says_little_else(message: InboundMessage) -> bool:
    words = message.words
    return len(words) < 400 and words.count("?") + words.count("？") <= 1


def spam_solicitation(message: InboundMessage, known: Known, signs: Signs) -> Verdict | None:
    """Somebody wants to sell to us, or the mail is a trick that is not even dressed as an inquiry."""
    if known.answered_letter is not None or known.thread_lead is not None:
        return None
    if signs.bot:
        return Verdict("spam_solicitation", "form robot", signs.bot)
    return Verdict("spam_solicitation", "phrase", signs.offer) if signs.offer else None


def bulk(message: InboundMessage, known: Known, signs: Signs) -> Verdict | None:
    """News, a fair, other people's requests: written for many readers, though no header says so."""
    if known.answered_letter is not None or known.thread_lead is not None or not signs.news:
        return None
    return Verdict("newsletter", "phrase", signs.news)


def internal(message: InboundMessage, known: Known, signs: Signs) -> Verdict | None:
    """From our own people; not what only bears their address."""
    if signs.is_ours and not signs.is_disowned and not message.relayed_by:
        return Verdict("internal", "own address", message.sender.email)
    return None


def reply(message: InboundMessage, known: Known, signs: Signs) -> Verdict | None:
    """A person answers us or goes on with a running matter."""
    mode, _, asked = request_to_stop(message, known, signs)
    reason, evidence = _answers(known, signs)
    if reason:
        return Verdict("reply", reason, evidence[:300], unsubscribe=mode)
    # A first mail that also says "stop" is an inquiry with a question mark behind it.
    return Verdict("inquiry", "asks to stop as well", asked, unsubscribe=mode) if mode != "none" else None


def _answers(known: Known, signs: Signs) -> tuple[str, str]:
    if known.answered_letter is not None:
        return known.match_method or "thread", known.answered_letter.subject
    if known.thread_lead is not None:
        return known.match_method or "thread", known.match_method
    return signs.goes_on


#: The order of DESIGN: own, bounce, complaint, receipt, auto_reply, newsletter, unsubscribe, spam, internal, reply, inquiry.
CHECKS: tuple[Callable[[InboundMessage, Known, Signs], Verdict | None], ...] = (
    own,
    bounce,
    complaint,
    receipt,
    auto_reply,
    newsletter,
    unsubscribe_request,
    bulk,
    spam_solicitation,
    internal,
    reply,
)
