"""The particulars of an inquiry: payment, papers, the writer's place in the trade and his power to decide, dates, questions.

``config/trade.toml`` has the words, all languages at once; they stand in the same phrasebook as the facts of
``config/languages``, under names that begin with ``@``, so that one pass over the mail finds all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from mailagent.core.model.lead import Fact
from mailagent.core.model.policy import Policy
from mailagent.core.reading import date_words, dates, number_words
from mailagent.core.reading.anchors import Anchors
from mailagent.core.reading.number_words import NumberWords
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.questions import find_questions
from mailagent.core.reading.text import Text
from mailagent.core.reading.whens import find_whens

#: Names in the phrasebook that begin so are frames for this file and no facts.
FRAME = "@"
PAY, PAPER, ROLE, POWER, ASKS = "@pay", "@paper", "@role", "@power", "@asks"
MOST_PAYMENTS, MOST_PAPERS = 3, 12
# Marks that are a word somewhere count only as they are written on the goods: in capitals.
ALSO_WORDS = frozenset({"ce", "gs", "ul", "kc", "coo", "reach", "sds", "pse", "nom"})
PERCENT = re.compile(r"(\d{1,3})\s?[%％]")
SPLIT = re.compile(r"\b(\d{2})\s?[/:+-]\s?(\d{2})\b")
DAYS = re.compile(
    r"(\d{1,3})[\s-]{0,2}(?:calendar )?(?:days?|tagen?|jours?|d[ií]as|giorni|дн|gün|يوم|天|日|일|dag|dni|zile|hari|ngày|dd)|"
    r"(?:net|netto|oa|o/a)\s{0,2}(\d{2,3})",
    re.IGNORECASE,
)
SIGHT = re.compile(r"at sight|\bsight\b|即期|à vue|a la vista|a vista|auf sicht|по предъявлени|görüldüğünde|一覧払", re.IGNORECASE)
# Who decides, collects, asks for details, or only looks (DOMAIN §1).
POWERS = ("asks_details", "looks", "collects")


@dataclass(frozen=True)
class Prepared:
    """What is looked for beside the phrasebook, prepared once."""

    around: date_words.Around
    titles: Anchors
    numbers: NumberWords


def entries(policy: Policy) -> Iterator[tuple[str, str, str]]:
    """What the phrasebook must know for this file: (name, value, phrase)."""
    trade = policy.trade
    yield from dates.nouns(trade.dates, policy.languages.values())
    for name, table in ((PAY, trade.payment), (PAPER, trade.certificates), (ROLE, trade.trade_roles), (ASKS, trade.questions)):
        yield from _phrases(name, table)
    said = {power.removeprefix("says_"): phrases for power, phrases in trade.decision_power.items() if power.startswith("says_")}
    yield from _phrases(POWER, said)
    yield from _phrases("@port", trade.ports)
    yield from _phrases("@city", trade.cities)
    yield from _phrases("@term", trade.terms)
    for phrase in trade.counted.get("as", ()):
        yield "quantity", "", phrase
    for phrase in trade.counted.get("target_price", ()):
        yield "target_price", "weak", phrase
    for value in ("half", "one_container", "one_pallet", "one_sample"):
        for phrase in trade.counted.get(value, ()):
            yield "@counted", value, phrase


def _phrases(name: str, table: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str, str]]:
    return ((name, value, phrase) for value, phrases in table.items() for phrase in phrases)


def prepare(policy: Policy) -> Prepared:
    """The small words beside dates and the words of titles, ready to be looked for."""
    power = policy.trade.decision_power
    titles = Anchors({name: {date_words.joined(phrase) for phrase in power.get(name, ())} - {""} for name in POWERS})
    counted = [phrase for language in policy.languages.values() for phrase in language.facts.get("quantity", ())]
    numbers = number_words.prepare(policy.trade, (*counted, *policy.trade.counted.get("as", ())))
    return Prepared(date_words.prepare(policy.trade.dates), titles, numbers)


def find(text: Text, found: list[Match], prepared: Prepared, day: date | None) -> list[Fact]:
    """The particulars that the words of a mail give; nothing of what somebody else wrote.

    Args:
        day: the day of the mail, for "in two months"; None if nobody knows it.
    """
    named: dict[str, list[Match]] = {}
    for match in found:
        if match.name[0] == FRAME:
            named.setdefault(match.name, []).append(match)
    facts: list[Fact] = []
    paying: dict[int, list[Match]] = {}
    for match in named.get(PAY, ()):
        paying.setdefault(text.sentence_of(match.first), []).append(match)
    for matches in list(paying.values())[:MOST_PAYMENTS]:
        facts.append(_payment(text, matches))
    facts += _papers(text, named.get(PAPER, ()))
    for match in named.get(ROLE, ())[:1]:
        facts.append(Fact("trade_role", match.value, text.said(match.first, match.last)))
    if day and (dates.TIME in named or text.numbers):
        facts += find_whens(text, found, prepared.around, day, paying)
    facts += find_questions(text, named.get(ASKS, ()), ASKS)
    for match in named.get(POWER, ())[:1]:
        facts.append(Fact("decision_power", match.value, text.said(match.first, match.last)))
    return facts


def decision_power(facts: list[Fact], prepared: Prepared) -> list[Fact]:
    """What his title says of his power to decide, if his words did not say it: what ``contactdata`` found is enough."""
    first = {fact.name: fact for fact in reversed(facts)}
    if "decision_power" in first:
        return []
    if "decision_role" in first:
        return [Fact("decision_power", "decides", first["decision_role"].evidence)]
    title = first.get("gives_title")
    if title is None:
        return []
    line = f" {' '.join(Text(f'{title.value} {title.evidence}').words)} "
    said = prepared.titles.present(line)
    return [Fact("decision_power", power, title.evidence) for power in POWERS if power in said][:1]


def _payment(text: Text, matches: list[Match]) -> Fact:
    """One term of payment: the means, the parts or days that the sentence names, and the sentence."""
    said = text.said(matches[0].first, matches[-1].last)
    means = [match.value for match in sorted(matches, key=lambda match: match.first)]
    means = list(dict.fromkeys(means))
    if len(means) > 1:
        # The means says more than that something is paid, or paid in advance.
        means = [one for one in means if one not in ("advance", "payment")] or [one for one in means if one != "payment"] or means
    parts = [int(part) for part in PERCENT.findall(said)]
    split = SPLIT.search(said)
    if not parts and split and int(split[1]) + int(split[2]) == 100:
        parts = [int(split[1]), int(split[2])]
    details = []
    if 1 <= len(parts) <= 3 and sum(parts) <= 100:
        parts += [100 - parts[0]] if len(parts) == 1 and parts[0] < 100 and "advance" in (match.value for match in matches) else []
        details.append("/".join(map(str, parts)))
    days = DAYS.search(said)
    if SIGHT.search(said) and {"L/C", "D/P"} & set(means):
        details.append("at sight")
    elif days and {"L/C", "O/A", "D/A", "T/T"} & set(means):
        details.append(f"{days[1] or days[2]} days")
    return Fact("payment_terms", " ".join((" + ".join(means[:2]), *details)), said)


def _papers(text: Text, matches: list[Match] | tuple[()]) -> list[Fact]:
    facts: dict[str, Fact] = {}
    for match in matches:
        written = text.written(match.first, match.last)
        if match.last - match.first == 1 and written.lower() in ALSO_WORDS and (not written.isupper() or _heads_code(text, match)):
            continue
        facts.setdefault(match.value, Fact("certificate", match.value, text.said(match.first, match.last)))
        if len(facts) >= MOST_PAPERS:
            break
    # "ISO 9001" says more than "ISO".
    return [fact for name, fact in facts.items() if not any(other != name and other.startswith(f"{name} ") for other in facts)]


def _heads_code(text: Text, match: Match) -> bool:
    """Whether the letters are the beginning of a code: "GS-21"."""
    stop = text.stop(match.last - 1)
    return text.text[stop : stop + 2].strip("- /")[:1].isdigit()
