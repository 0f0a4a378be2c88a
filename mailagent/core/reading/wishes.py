"""Hears what is wanted in sentences that no list of phrases holds.

**The idea.** Phrases (``phrases.py``) are sure and know nothing but themselves: who writes "what's the damage for 250?" asks for a
price and stands in no list. So the wishes are learnt as well: for each language thousands of sentences that people of the trade might
write (``tests/wishes``), each with what it wants, give every word, every two to four words in a row and every three to five letters
of a word a weight for each wish (logistic regression; the weights are data, ``config/languages/<xx>.wishes``). ``ear.py`` adds up what
a sentence weighs. That is a chance for each wish, without a list, and in a fraction of a millisecond a mail.

**Both together.** What is likely enough is a fact, with the sentence for its evidence, as if a phrase had said it. A phrase whose mail
makes its wish next to impossible is not meant ("I never asked for a price"). Schemes are learnt like wishes.

The weights seldom act: a wish is a reason for points, for a word in the reasons, for a task. But a stranger's mail that sells more than
it asks is no inquiry, and one that wants silence in so many words, and nothing else, silences its writer: whoever answers us at once, a
stranger only beyond doubt (``kind.in_view_of``); else a person decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from mailagent.core.reading.ear import LONGEST_PIECE, Ear
from mailagent.core.reading.text import Text

# From this chance on a wish is heard; below the others a phrase that says it is not believed. What makes somebody a customer, ends a
# follow-up or calls a person must be surer.
LIKELY, SERIOUS, CERTAIN = 0.6, 0.8, 0.9
# From this one on where the text has another sign of it.
HINTED = 0.25
IMPOSSIBLE, IMPROBABLE = 0.02, 0.05
# A whole mail that wants silence says so with this chance, nothing a buyer wants has more than the other, and it has no more words for
# each sentence that says so.
SILENT, UNHEARD, LONGEST_REFUSAL = 0.6, 0.3, 80
# A subject of so few words that wants silence is no thread's.
SHORTEST_SUBJECT = 2
# With his own address or domain beside it less is enough.
NAMED_SILENT = 0.4
# So much is sold (sums of chances) in a mail that sells: one sentence that leaves no doubt beside hardly anything else, or several.
ONE_SELLS, SOME_SELL = 0.95, 1.2
# What weighs is not heard in fewer words than these: of "HB-150" only letters are known.
FEWEST_WORDS = 3
# The wishes that are heard; the others are told apart from these.
HEARD = frozenset({
    "asks_price", "asks_sample", "asks_catalog", "price_objection", "existing_supplier", "market_research",
    "places_order", "payment_or_lc", "delivery_question", "not_now_later", "not_interested", "visit_factory", "complaint",
    "tech_question", "asks_terms",
})  # fmt: skip
SELLS = "sells_to_us"
# What is heard as well: who bought from us before, who refuses for good, whose words are those of schemes.
SCHEMES = (
    "samples_of_everything", "big_company_claim", "come_and_sign", "asks_cost_secrets", "overpays", "fee_asked", "wants_credentials",
    "bypasses_bank", "odd_unit_price",
)  # fmt: skip
FURTHER = frozenset({
    "agency_or_oem", "wrong_person", "changes_order", "invitation_letter", "bank_change", "asks_call", "address_update", "customer_words",
    "refuses_for_good", *SCHEMES,
})  # fmt: skip
# What is learnt beside the intents.
BESIDE = ("unsubscribe", "acknowledges", "customer_words", "refuses_for_good", *SCHEMES)
# What who wants silence may say as well.
REFUSALS = frozenset({"not_interested", "complaint", "not_now_later", "existing_supplier"})
# Who says more than that: what he wants beside it, or that another address or person is the right one.
BESIDE_SILENCE = (HEARD - REFUSALS) | {"address_update", "wrong_person"}
WEIGHTY = frozenset({"places_order", "complaint", "not_interested", "visit_factory", "wrong_person", "asks_call"})
WEIGHTIEST = frozenset({"customer_words", "invitation_letter"})
MAY_ACT = HEARD | FURTHER
# A phrase of these is not believed in a mail that makes the wish next to impossible ("our agent in Ningbo ships", "a call on Sunday").
DENIED = HEARD | {"agency_or_oem", "asks_call"}
# And of these not so easily.
DOUBTED = (WEIGHTY & HEARD) | {"not_now_later", "price_objection", "tech_question"}
# A phrase of this fact is not believed in a sentence in which the wish is next to impossible: "lot 12" may be goods that came, and a
# house in an industrial zone.
NEEDS_BESIDE = {"delivered_goods": "customer_words"}
# What a buyer asks; of somebody who plainly offers something it is a turn of speech ("can I have your floor plan?").
ASKED_BY_BUYERS = frozenset({
    "asks_price", "asks_sample", "asks_catalog", "delivery_question", "tech_question", "places_order", "payment_or_lc", "asks_terms",
    "market_research", "price_objection",
})  # fmt: skip
# Who confirms the order of samples, or tests them, does not ask for them; who orders does not ask for the price.
NOTHING: frozenset[str] = frozenset()
TAKES_BACK = {"asks_sample": frozenset({"confirms_sample_order", "samples_in_test"}), "asks_price": frozenset({"places_order"})}
# So many pieces of a mail are heard.
MOST_PIECES = 60


@dataclass(frozen=True)
class Wish:
    """One thing that a mail may want.

    Attributes:
        name: of the fact.
        chance: from 0 to 1.
        sentence: the number of the sentence that says it most clearly.
        times: how many sentences are likely to say it.
        last: the last of these.
    """

    name: str
    chance: float
    sentence: int
    times: int
    last: int = 0


@dataclass(frozen=True)
class Heard:
    """What a mail may want.

    Attributes:
        wishes: each by its name.
        chances: of the wishes in each sentence, by its number; none of those that were not heard.
        sold: how many of its sentences sell, and asked: how many want what buyers want; the sums of their chances.
    """

    wishes: Mapping[str, Wish]
    chances: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    sold: float = 0.0
    asked: float = 0.0

    def is_denied(self, name: str, sentence: int) -> bool:
        """Whether a phrase of a sentence that denies a wish is believed: the wish was heard there, and not beyond doubt."""
        wish = self.wishes.get(name)
        return wish is not None and wish.sentence == sentence and wish.chance < CERTAIN

    def is_unheard(self, name: str, sentence: int) -> bool:
        """Whether a phrase names a wish that is next to impossible in its mail, or a fact that is in its sentence."""
        wish = self.wishes.get(name)
        if wish is not None and name in DENIED:
            return wish.chance < (IMPROBABLE if name in DOUBTED else IMPOSSIBLE)
        beside = NEEDS_BESIDE.get(name)
        return beside in self.wishes and sentence in self.chances and self.chances[sentence].get(beside, 0.0) < IMPOSSIBLE

    def but(self, names: Collection[str]) -> Heard:
        """Without these wishes."""
        return replace(self, wishes={name: wish for name, wish in self.wishes.items() if name not in names}) if names else self


class Hearing:
    """What was learnt, for all languages.

    Args:
        learnt: a language's code → the bytes of its file.
    """

    def __init__(self, learnt: Mapping[str, bytes]) -> None:
        self._learnt = learnt
        self._ears: dict[str, Ear | None] = {}

    def hear(self, text: Text, language: str) -> Heard:
        """Every wish with its chance in a text; none if nothing was learnt for its language."""
        if language not in self._ears:
            try:
                self._ears[language] = Ear(self._learnt[language]) if language in self._learnt else None
            except ValueError:
                # Phrases go on without it; ``mailagent check`` names the file.
                self._ears[language] = None
        ear = self._ears[language]
        return _hear(text, ear) if ear else Heard({})


def _hear(text: Text, ear: Ear) -> Heard:
    best, where, times, last = dict.fromkeys(ear.wishes, 0.0), {}, {}, {}
    said: dict[int, Mapping[str, float]] = {}
    pieces, sold, asked = 0, 0.0, 0.0
    for number, sentence in enumerate(text.sentences):
        if not sentence.words:
            continue
        pieces += 1 + len(sentence.words) // LONGEST_PIECE
        if pieces > MOST_PIECES:
            break
        few, most = len(sentence.words) < FEWEST_WORDS, 0.0
        said[number] = chances = ear.chances(sentence)
        for wish, chance in chances.items():
            if few and (wish in WEIGHTY or wish in WEIGHTIEST):
                continue
            if wish == SELLS:
                sold += chance
            elif chance > most and wish in HEARD:
                most = chance
            if chance > best[wish]:
                best[wish], where[wish] = chance, number
            if chance >= LIKELY:
                times[wish] = times.get(wish, 0) + 1
                last[wish] = number
        asked += most
    found = {wish: Wish(wish, chance, where.get(wish, 0), times.get(wish, 0), last.get(wish, 0)) for wish, chance in best.items()}
    return Heard(found, said, sold, asked)


def beyond(heard: Mapping[str, Wish], said: Collection[str], hinted: Collection[str] = ()) -> list[Wish]:
    """The likely wishes that no phrase said, in a fixed order.

    Args:
        heard: every wish with its chance.
        said: the facts that phrases state.
        hinted: those for which the text has another sign, so that less is enough.
    """
    missing = [wish for name, wish in heard.items() if name not in said and name in MAY_ACT]
    found = [wish for wish in missing if wish.chance >= (HINTED if wish.name in hinted else least(wish.name))]
    if SELLS in said:
        found = [wish for wish in found if wish.name not in ASKED_BY_BUYERS]
    names = {*said, *(wish.name for wish in found)}
    return [wish for wish in found if not names & TAKES_BACK.get(wish.name, NOTHING)]


def least(name: str) -> float:
    """From which chance on a wish is heard."""
    return CERTAIN if name in WEIGHTIEST else SERIOUS if name in WEIGHTY else LIKELY


def of_whole(heard: Heard, text: Text, first_own: int, names_himself: bool = False) -> list[Wish]:
    """What a mail says as a whole: that it only sells, or that it wants no more letters and nothing beside it.

    Args:
        heard: what it may want.
        text: what was heard.
        first_own: where the words begin that are surely his own; a subject may be that of a thread of others.
        names_himself: the sentence that wants silence most names his own address or domain: that is what shall be written to no more.
    """
    found = []
    sells, silence = heard.wishes.get(SELLS), heard.wishes.get("unsubscribe")
    if sells and heard.sold > heard.asked:
        clearly = sells.chance >= CERTAIN and heard.sold > 2 * heard.asked
        if heard.sold >= (ONE_SELLS if clearly else SOME_SELL):
            found.append(replace(sells, name="sells_plainly"))
    customer = heard.wishes.get("customer_words")
    if not silence or any(wish.chance >= UNHEARD for name, wish in heard.wishes.items() if name in BESIDE_SILENCE):
        return found
    if customer and customer.chance >= SERIOUS:
        # Who has bought from us is silenced by nobody but himself, in plain words.
        return found
    # A sentence that is hardly likely to say it was not counted.
    times, last = max(1, silence.times), max(silence.last, silence.sentence)
    is_said = silence.chance >= (NAMED_SILENT if names_himself else SILENT)
    # "Stop" above "Enough.": so short a subject is his own.
    is_own = text.ends[last] > first_own or silence.chance >= CERTAIN and len(text.sentences[last].words) <= SHORTEST_SUBJECT
    if is_said and len(text.words) <= LONGEST_REFUSAL * times and is_own:
        found.append(replace(silence, name="wants_silence"))
        if silence.chance >= CERTAIN:
            found.append(replace(silence, name="wants_silence_surely"))
    return found
