"""What a mail itself says about its kind, before anybody asks the ledger.

Finding these signs is the slow part of classifying, and it needs nothing but the mail and the rules: so it can be done
ahead, in another process. What is left for ``kind.classify`` is to weigh them against what the ledger knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import absence, autoreply, formbot, lexicon, machinewords, senders, solicitation, thread, trust, unsubscribe
from mailagent.core.reading.autoreply import Automatic
from mailagent.core.reading.clues import Clues, Gate
from mailagent.core.reading.lexicon import Lexicon, fold

#: The subject that our List-Unsubscribe asks for.
_TOKEN = re.compile(r"^\s{0,9}(unsubscribe)\s{1,9}[\w.=-]{20,200}\s{0,9}$", re.I)
# The name of a list at the end of its header, as RFC 2919 §2 writes it.
_LIST_NAME = re.compile(r"<?\s{0,9}([\w.-]{1,253})\s{0,9}>?\s{0,9}$")
#: Why a mail goes on with something of which nothing but its subject tells ("Re: …").
SUBJECT_ALONE = "subject"
LIST_HEADERS = ("list-id", "list-unsubscribe", "list-post", "mailing-list", "feedback-id")
#: Of these, the ones that purchasing portals put on their requests for quotation as well.
OFTEN_BUYERS = ("list-unsubscribe", "feedback-id")
# "Unsubscribe | Manage preferences": what one may click below a newsletter is no wish of its writer.
_MENU = re.compile(r"(?:[^\n|.!?。]{1,60}\|)+[^\n|.!?。]{1,60}(?:\.|$)")
_BULK = re.compile(r"\s*(?:bulk|list|junk)\b", re.I)
# So much of a mail any pattern is asked of.
LONGEST_READ, LONGEST_TEXT = 20_000, 4_000
# Who gets every letter twice says so before so many characters.
LONGEST_CLAIM = 2_000


@dataclass(frozen=True)
class Signs:
    """The signs of one mail; picklable.

    Attributes:
        is_ours: the sender is an account or a person of ours.
        mark: the header by which we mark our own letters; "".
        bounce_word: from a mail system without a report: the words that say that something was not delivered.
        automatic: why a machine wrote it.
        back, back_month_first: the day on which an absent person is back, where dates begin with the day or the month.
        suggested_contact: whom an absence note names instead.
        list_header: the header that only lists and bulk mail carry.
        wants: it says that its writer wants to buy; looked at only in mail with a list's header.
        stop: ``unsubscribe.by_language``.
        goes_on_buying: beside a request to stop it speaks of business.
        offer: the words by which somebody wants to sell to us.
        bot: the words of a robot that fills in forms, if it says nothing else.
        news: the words of bulk mail, in mail without a list's header.
        goes_on: why it goes on with a running matter, and the words that say so.
        speaks_about_silence: it holds words of unsubscribing, whether it asks for that or speaks about it.
        gets_it_twice: he says that our letters reach him twice.
        is_disowned: our own mail server says that it does not come from the domain that it names.
    """

    is_ours: bool = False
    mark: str = ""
    bounce_word: str = ""
    automatic: Automatic | None = None
    back: date | None = None
    back_month_first: date | None = None
    suggested_contact: str = ""
    list_header: str = ""
    wants: bool = False
    stop: Mapping[str, unsubscribe.Answer] = field(default_factory=lambda: {"": unsubscribe.NOTHING})
    goes_on_buying: bool = False
    offer: str = ""
    news: str = ""
    bot: str = ""
    goes_on: tuple[str, str] = ("", "")
    speaks_about_silence: bool = False
    gets_it_twice: bool = False
    is_disowned: bool = False


def find_signs(message: InboundMessage, policy: Policy, clues: Clues | None = None) -> Signs:
    """Everything that can be said about a mail's kind without the ledger.

    Args:
        message: what ``parse`` and ``relay.unwrap`` made of it.
        policy: the company's rules.
        clues: which patterns have a chance; None to find out.
    """
    is_ours = senders.is_ours(message.sender.email, policy)
    mark = next(filter(_is_mark, message.headers), "")
    if message.report is not None or message.folder_role in ("sent", "draft"):
        # Its kind is known; nothing more will be asked.
        return Signs(is_ours, mark)
    words = lexicon.of(policy.languages)
    clues = clues or find_clues(message, words)
    list_header = "" if is_our_list(message, policy) else _list_header(message)
    is_disowned = trust.is_disowned(message, policy)
    automatic = None if message.relayed_by else autoreply.find(message, words, clues)
    if automatic is not None and automatic.reason == "no-reply address" and list_header:
        automatic = None
    bounce_word = _bounce_word(message, words)
    if automatic is not None and automatic.reason == "no-reply address" and not message.thread_ids:
        # Nobody reads answers at the addresses of advertisers either, and they have had no letter of ours.
        automatic = None if solicitation.find(message, policy, clues) else automatic
    if automatic is not None:
        return _of_a_machine(message, words, Signs(is_ours, mark, bounce_word, automatic, is_disowned=is_disowned))
    # A subject is a command only in a fresh mail; in an answer it is the thread's.
    # A token that we did not sign says nothing; the word before it still does.
    token = _TOKEN.match(message.subject)
    subject = "" if message.thread_ids else token[1] if token else message.subject
    goes_on = ("", "") if message.relayed_by else _goes_on(message, policy, words, clues)
    own_words = _without_menus(message.words)
    stop = unsubscribe.by_language(own_words, subject, policy, quote_confidence=message.quote_confidence, clues=clues)
    return Signs(
        is_ours=is_ours,
        mark=mark,
        bounce_word=bounce_word,
        list_header=list_header,
        wants=list_header != "" and "wants" in clues.text and words.wants.search(fold(message.words[:3000])) is not None,
        stop=stop,
        goes_on_buying=_goes_on_buying(message.words, stop[""], words),
        offer="" if is_ours and not message.relayed_by else solicitation.find(message, policy, clues, answers=bool(goes_on[0])),
        news=_news(message, policy, clues, goes_on, list_header) if not (message.relayed_by or is_ours) else "",
        bot="" if is_ours and not message.relayed_by else formbot.asks_only_for_price(message, policy),
        goes_on=goes_on,
        speaks_about_silence=_says(words.beside.speaks_about, message.words[:LONGEST_READ]) if "speaks_about" in clues.text else False,
        gets_it_twice=_says(words.beside.twice, message.words[:LONGEST_CLAIM]) if "twice" in clues.text else False,
        is_disowned=is_disowned,
    )


def _says(pattern: re.Pattern, words: str) -> bool:
    return pattern.search(fold(words)) is not None


def _without_menus(words: str) -> str:
    if "|" not in words:
        return words
    # Only in the lines that have one: the pattern takes its time over each place where one may begin.
    lines = words[:LONGEST_READ].split("\n")
    return "\n".join([_MENU.sub("", line) if "|" in line else line for line in lines])


@lru_cache(maxsize=2000)
def _is_mark(header_name: str) -> bool:
    return header_name.startswith("x-mailagent-")


def find_clues(message: InboundMessage, words: Lexicon) -> Clues:
    """Which patterns have a chance in this mail; two passes, one over the subject and one over everything."""
    of_subject, of_text = _gates(words)
    subject = fold(message.subject)
    text = f"{subject} {fold(message.words[:LONGEST_READ] or message.text[:LONGEST_TEXT])}"
    if not text.isascii():
        text = solicitation.joined(text)
    in_text = of_text.open(text)
    if "ambiguous" in in_text and not unsubscribe.may_be_one_word(message.words, text, words):
        in_text -= {"ambiguous"}
    return Clues(of_subject.open(subject), in_text)


_last: tuple[Lexicon, Gate, Gate] | None = None


def _gates(words: Lexicon) -> tuple[Gate, Gate]:
    """The gates over all patterns; the last ones are kept, as the lexicon is."""
    global _last
    if _last is None or _last[0] is not words:
        subject = {"automatic_subject": words.anchors["automatic_subject"], **autoreply.SUBJECT_ANCHORS}
        _last = words, Gate(subject), Gate({**words.anchors, **autoreply.TEXT_ANCHORS, **machinewords.ANCHORS})
    return _last[1:]


def _bounce_word(message: InboundMessage, words: Lexicon) -> str:
    if not (senders.has_null_return_path(message) and senders.is_daemon(message.sender.email)):
        return ""
    found = words.bounce.search(fold(f"{message.subject} {message.text[:3000]}"))
    return found[0] if found else ""


def is_our_list(message: InboundMessage, policy: Policy) -> bool:
    """Whether it came through a group of our own, as ``sales@`` often is one: its headers speak of our house and not of the sender."""
    name = _LIST_NAME.search(message.header("list-id")[-300:]) if "list-id" in message.headers else None
    return name is not None and f".{name[1]}".casefold().endswith(tuple(f".{domain}" for domain in policy.company.registrable_domains))


def _list_header(message: InboundMessage) -> str:
    for name in LIST_HEADERS:
        if name in message.headers:
            return name
    return "precedence" if "precedence" in message.headers and _BULK.match(message.header("precedence")) else ""


def _of_a_machine(message: InboundMessage, words: Lexicon, signs: Signs) -> Signs:
    kind, contact, back, month_first = signs.automatic.kind, "", None, None
    if kind in ("ooo", "auto"):
        text = f"{message.subject}\n{message.words or message.text}"
        back, month_first = (absence.return_date(text, message.received_at, words, month_first=first) for first in (False, True))
    if kind in ("ooo", "left") or back or month_first:
        contact = absence.suggested_contact(message)
    return replace(signs, back=back, back_month_first=month_first, suggested_contact=contact)


def _goes_on_buying(own_words: str, answer: unsubscribe.Answer, words: Lexicon) -> bool:
    mode, language, sentence = answer
    return mode == "review" and unsubscribe.goes_on_buying(own_words[:LONGEST_READ], sentence, words.request_in[language], words)


def _news(message: InboundMessage, policy: Policy, clues: Clues, goes_on: tuple[str, str], list_header: str) -> str:
    return solicitation.find_news(message, policy, clues, answers=bool(goes_on[0]), listed=bool(list_header))


def _goes_on(message: InboundMessage, policy: Policy, words: Lexicon, clues: Clues) -> tuple[str, str]:
    if message.thread_ids:
        return "thread headers", message.thread_ids[0]
    quoted = message.quoted.casefold()
    quotes_us = next((d for d in policy.company.registrable_domains if d and f"@{d}" in quoted), "") if quoted else ""
    if quotes_us:
        return "quotes us", quotes_us
    if thread.is_answer(message.subject):
        return SUBJECT_ALONE, message.subject
    if "running" in clues.text:
        running = words.running.search(fold(f"{message.subject}\n{message.words[:3000]}"))
        return ("phrase", running[0]) if running else ("", "")
    return "", ""
