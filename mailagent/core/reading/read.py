"""From the bytes of one mail to everything that can be said of it by itself.

Theory. What a mail *says* depends on its bytes and the company's rules only; what it *means* depends on what the ledger knows
at the moment of deciding. The first is nearly all of the work and can be done anywhere, by another process too; the second
must happen inside the transaction that writes the answer (DESIGN, "The journeys"). A ``Reading`` is the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailagent.core.model.known import Known
from mailagent.core.model.lead import Fact
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import country, facts, kind, language, own_letter, parse, relay, telephone
from mailagent.core.reading.signs import LIST_HEADERS, OFTEN_BUYERS, Signs, find_signs

#: The headers that are asked for once a mail was read.
DECIDED_BY = frozenset(("message-id", "references", "in-reply-to", "content-type", "precedence", *LIST_HEADERS))
#: So much of a delivery report's words is looked at to decide, characters.
REPORT_WORDS = 3_000
#: Own words of at most so many characters and letters are of no language of their own.
LONGEST_TOKEN, FEWEST_LETTERS = 12, 3
#: The kinds of mail in which a buyer speaks to us.
FROM_BUYERS = ("inquiry", "reply")
#: Those in which one of us speaks, perhaps to a buyer.
FROM_US = ("own", "internal")


@dataclass(frozen=True)
class Reading:
    """One mail, read.

    Attributes:
        message: parsed, and unwrapped if a platform or a form relayed it.
        signs: what speaks for one kind or another, whoever the ledger knows the sender to be.
        facts: what was found in it; None if it does not look like a buyer's mail, so that nobody looked yet.
        place: the country it seems to come from, as a fact; None if nobody can tell, or nobody looked.
        promises: what a letter of our own promises, as facts.
    """

    message: InboundMessage
    signs: Signs
    facts: tuple[Fact, ...] | None = None
    place: Fact | None = None
    promises: tuple[Fact, ...] = ()


def read(raw: bytes, policy: Policy, *, received_at: datetime | None = None, folder_role: str = "inbox") -> Reading:
    """Read one mail; whatever the bytes are, a broken mail is a message with defects.

    Args:
        raw: the bytes; of a very large mail its first ``max_parse_bytes`` and one more.
        received_at: when our server took it.
        folder_role: inbox, sent, junk or other.
    """
    limit = policy.reading.max_parse_bytes
    ours = own_letter.letterhead(policy.company)
    message = parse.parse(raw, received_at=received_at, folder_role=folder_role, max_bytes=limit, languages=policy.languages, ours=ours)
    message = relay.unwrap(message, policy, raw)
    message = message.but(language=_language(message))
    signs = find_signs(message, policy)
    verdict = kind.classify(message, Known(), policy, signs)
    likely = verdict.kind
    if likely in FROM_US:
        return Reading(message, signs, promises=facts.promised(message, policy))
    # A programme that adds List-Unsubscribe to an answer may be a buyer's, which only the ledger knows: it need not send for the mail
    # again. What a list of many people says in its threads is seldom said to us.
    of_list = likely == "newsletter" and message.thread_ids and signs.list_header in OFTEN_BUYERS
    if likely not in FROM_BUYERS and not of_list and not kind.is_open(verdict, message):
        return Reading(message, signs)
    return look_for_facts(Reading(message, signs), policy)


def _language(message: InboundMessage) -> str:
    """The language of what the writer wrote himself; that of the thread if it is a word of no language ("ok", "td")."""
    own = message.words or message.text[:2000]
    if len(own) <= LONGEST_TOKEN and sum(map(str.isalpha, own)) <= FEWEST_LETTERS:
        own = f"{message.subject}\n{message.text[:2000]}"
    return language.detect(own)[0]


def slim(reading: Reading) -> Reading:
    """The part of a reading that deciding needs: most of a mail's bytes need not travel from one process to another."""
    message = reading.message
    headers = {name: values for name, values in message.headers.items() if name in DECIDED_BY}
    # Of a delivery report the words decide as well: it may be a filter's challenge.
    text = message.text[:REPORT_WORDS] if "message/delivery-status" in message.part_types else ""
    lighter = message.but(headers=headers, text=text, quoted="", links=())
    return Reading(lighter, reading.signs, reading.facts, reading.place, reading.promises)


def look_for_facts(reading: Reading, policy: Policy) -> Reading:
    """The same reading with its facts, unless they are known already."""
    if reading.facts is not None:
        return reading
    found = facts.find(reading.message, policy)
    place, source = country.find_with_source(reading.message, found, policy)
    # What only served to find the country is not kept.
    kept = (*(fact for fact in found if fact.name[0] != "@"), *([source] if source else ()))
    return Reading(reading.message, reading.signs, telephone.located(kept, place), place)
