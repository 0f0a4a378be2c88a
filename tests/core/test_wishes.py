"""Wishes that are learnt: the sum behind a chance, what becomes of it, and that the shipped files are those of the sentences."""

from __future__ import annotations

import hashlib
import math
import random
from pathlib import Path

import pytest

from mailagent import consistency, policy
from mailagent.core.deciding.prediction import predict
from mailagent.core.reading import wishes
from mailagent.core.reading.ear import FAINTEST, Ear, packed, pieces
from mailagent.core.reading.facts import INTENTS
from mailagent.core.reading.text import Sentence, Text

ROOT = Path(__file__).resolve().parents[2]
RULES = policy.load(ROOT / "tests" / "evaluation")
SENTENCES = sorted((ROOT / "tests" / "wishes").glob("*.tsv"))
LEARNT = {path.stem: path.read_bytes() for path in (ROOT / "config" / "languages").glob("*.wishes")}
#: "price" speaks for a price, "no need" against it; letters inside a word count as well.
TINY = packed(
    ["asks_price", "unsubscribe", "sells_to_us"],
    [-2.0, -2.0, -2.0],
    ["price", "no need", "~<pr", "stop", "we offer"],
    [4.0, 1.0, 1.0, 4.0, 4.0],
    [[12.0, 0.0, 0.0], [-10.0, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 12.7, 0.0], [0.0, 0.0, 12.7]],
    "by hand",
)


def ear() -> Ear:
    return Ear(TINY)


def chance(sentence: str, wish: str = "asks_price") -> float:
    return ear().chances(Sentence(sentence)).get(wish, 0.0)


def test_a_chance_is_the_sum_of_the_weights_over_the_length():
    unit = 12.7 / 127
    weight = unit * (round(12.0 / unit) + round(0.5 / unit)) / math.sqrt(4.0 + 1.0)
    assert chance("The price") == pytest.approx(1 / (1 + math.exp(2.0 - weight)))


def test_weights_of_all_sizes_and_signs_add_up():
    """They share one number: no wish may take from its neighbour."""
    names = [f"{first}{second}x" for first in "abcdefgh" for second in "aeiou"]
    dice = random.Random(3)
    weights = [[float(dice.randint(-127, 127)) for _ in range(5)] for _ in names]
    weights[0][0] = 127.0
    learnt = Ear(packed(list("abcde"), [0.0] * 5, names, [2.5] * 40, weights, "by dice"))
    for said in (names, names[:1], names[7:30]):
        found = learnt.chances(Sentence(" ".join(said)))
        for wish, letter in enumerate("abcde"):
            weight = sum(weights[names.index(name)][wish] for name in said) / math.sqrt(2.5 * len(said))
            expected = 1 / (1 + math.exp(-weight)) if weight > FAINTEST else 0.0
            assert found.get(letter, 0.0) == pytest.approx(expected, abs=1e-4)


def test_what_is_denied_weighs_against():
    assert chance("no need of a price") < chance("the price") - 0.2


def test_letters_alone_make_no_customer():
    """"HB-150" as a subject: only letters are known, and none of its words."""
    assert Ear(LEARNT["en"]).chances(Sentence("HB-150")) == {}
    heard = wishes.Hearing(LEARNT).hear(Text("Go ahead"), "en").wishes
    assert all(heard[name].chance == 0.0 for name in wishes.WEIGHTY)


@pytest.mark.parametrize("sentence", ["555-014-220.", "", "?", "Nothing of it was ever heard"])
def test_what_holds_nothing_known_wants_nothing(sentence):
    assert chance(sentence) == 0.0


def test_a_long_sentence_is_heard_in_parts():
    padding = " ".join(f"word{'x' * (number % 7)}" for number in range(200))
    assert chance(f"{padding} price {padding}") == pytest.approx(chance("the price"), abs=0.3)
    assert len(list(pieces(Sentence(padding)))) == 7


def test_the_sentence_that_says_it_is_named():
    heard = wishes.Hearing({"en": TINY}).hear(Text("Good day. We are builders. What price?"), "en").wishes
    assert heard["asks_price"].sentence == 2
    assert heard["asks_price"].times == 1


def test_no_language_no_wish_and_a_broken_file_is_passed_over():
    hearing = wishes.Hearing({"en": TINY, "xx": TINY[:-20], "yy": b"no such thing"})
    assert hearing.hear(Text("What price?"), "de").wishes == {}
    assert hearing.hear(Text("What price?"), "xx").wishes == {}
    assert hearing.hear(Text("What price?"), "yy").wishes == {}
    assert hearing.hear(Text("What price?"), "en").wishes["asks_price"].chance > 0.5


@pytest.mark.parametrize("broken", [b"", b"\x28\xb5\x2f\xfd", TINY[:40], TINY[:-1]])
def test_a_broken_file_says_so(broken):
    with pytest.raises(ValueError, match="learnt|cut off"):
        Ear(broken)


def test_check_names_a_broken_file():
    odd = packed(["reads_minds"], [0.0], ["a"], [1.0], [[1.0]], "by hand")
    given = RULES.model_copy(update={"wishes": {"en": b"no such thing", "zh": odd}})
    found = {problem.file: problem.message for problem in consistency.problems(given, frozenset()) if problem.file.endswith(".wishes")}
    assert found.keys() == {"languages/en.wishes", "languages/zh.wishes"}
    assert "take the file that was shipped" in found["languages/en.wishes"]
    assert "reads_minds" in found["languages/zh.wishes"]


def test_a_likely_wish_is_added_and_an_impossible_one_taken_back():
    likely = {"asks_price": wishes.Wish("asks_price", 0.9, 3, 1), "asks_sample": wishes.Wish("asks_sample", 0.9, 1, 1)}
    assert [wish.name for wish in wishes.beyond(likely, {"tech_question"})] == ["asks_price", "asks_sample"]
    assert wishes.beyond(likely, {"confirms_sample_order", "places_order"}) == []
    assert wishes.beyond(likely, {"sells_to_us"}) == [], "who offers something asks as a turn of speech"
    faint = {"asks_price": wishes.Wish("asks_price", wishes.IMPOSSIBLE / 2, 0, 0)}
    assert wishes.Heard(faint).is_unheard("asks_price", 0)
    assert not wishes.Heard(likely).is_unheard("asks_price", 0)
    assert not wishes.Heard(faint).is_unheard("names_product", 0), "only wishes are weighed"
    order = {"places_order": wishes.Wish("places_order", wishes.IMPOSSIBLE * 2, 0, 0)}
    assert wishes.Heard(order).is_unheard("places_order", 0), "what makes a customer must be more than hardly possible"
    hardly = wishes.Heard({"asks_price": wishes.Wish("asks_price", wishes.IMPOSSIBLE * 2, 0, 0)})
    assert not hardly.is_unheard("asks_price", 0)
    scheme = wishes.Heard({"overpays": wishes.Wish("overpays", 0.0, 0, 0)})
    assert not scheme.is_unheard("overpays", 0), "a scheme that a phrase names is believed"
    assert wishes.beyond({"places_order": wishes.Wish("places_order", 0.7, 0, 1)}, ()) == [], "and must be surer to be heard"


def test_goods_came_where_their_sentence_may_be_a_customers():
    customer = {"customer_words": wishes.Wish("customer_words", 0.8, 1, 1)}
    heard = wishes.Heard(customer, {0: {}, 1: {"customer_words": 0.8}})
    assert heard.is_unheard("delivered_goods", 0), "an address in lot 12"
    assert not heard.is_unheard("delivered_goods", 1)
    assert not heard.is_unheard("delivered_goods", 2), "a sentence that nobody heard"
    assert not wishes.Heard({}).is_unheard("delivered_goods", 0), "a language that was not learnt"


def whole(text: Text, own: int, sold: float = 0.0, asked: float = 0.0, **heard: wishes.Wish) -> list[str]:
    return [wish.name for wish in wishes.of_whole(wishes.Heard(heard, {}, sold, asked), text, own)]


def test_a_whole_mail_may_want_silence_and_nothing_else():
    text = Text("Subject of a thread\n\nstop it")
    own = text.text.index("stop")
    likely, faint = wishes.Wish("unsubscribe", 0.8, 1, 1, 1), wishes.Wish("asks_price", 0.05, 0, 0)
    assert whole(text, own, unsubscribe=likely, asks_price=faint) == ["wants_silence"]
    assert whole(text, own, unsubscribe=likely, asks_price=wishes.Wish("asks_price", 0.6, 1, 1)) == []
    assert whole(text, own, unsubscribe=likely, wrong_person=wishes.Wish("wrong_person", 0.4, 0, 0)) == [], "somebody else is the right one"
    assert whole(text, own, unsubscribe=wishes.Wish("unsubscribe", 0.95, 0, 1, 0)) == [], "only the subject says it"
    both = wishes.Wish("unsubscribe", 0.95, 0, 2, 1)
    assert whole(text, own, unsubscribe=both) == ["wants_silence", "wants_silence_surely"], "clearest in the subject, and said again"


def test_who_names_his_own_address_need_say_less():
    text = Text("nobody at hinges.example shall be written to")
    hardly = wishes.Wish("unsubscribe", 0.45, 0, 0, 0)
    assert whole(text, 0, unsubscribe=hardly) == []
    heard = wishes.Heard({"unsubscribe": hardly})
    assert [wish.name for wish in wishes.of_whole(heard, text, 0, names_himself=True)] == ["wants_silence"]
    faint = wishes.Heard({"unsubscribe": wishes.Wish("unsubscribe", 0.3, 0, 0, 0)})
    assert wishes.of_whole(faint, text, 0, names_himself=True) == []


def test_a_long_mail_wants_silence_only_if_much_of_it_does():
    text = Text(" ".join(["word"] * (wishes.LONGEST_REFUSAL + 10)) + ". stop")
    assert whole(text, 0, unsubscribe=wishes.Wish("unsubscribe", 0.95, 1, 1, 1)) == []
    assert whole(text, 0, unsubscribe=wishes.Wish("unsubscribe", 0.95, 1, 2, 1)) != []


def test_one_selling_sentence_is_no_seller():
    text = Text("we offer\n\nwe offer")
    sells = wishes.Wish("sells_to_us", 0.8, 0, 1)
    assert whole(text, 0, 1.0, 0.2, sells_to_us=sells) == []
    assert whole(text, 0, 1.6, 0.2, sells_to_us=sells) == ["sells_plainly"]
    assert whole(text, 0, 1.6, 1.7, sells_to_us=sells) == [], "whoever asks for more than he offers is a buyer"
    beyond_doubt = wishes.Wish("sells_to_us", 0.97, 0, 1)
    assert whole(text, 0, 1.0, 0.2, sells_to_us=beyond_doubt) == ["sells_plainly"]
    assert whole(text, 0, 1.0, 0.6, sells_to_us=beyond_doubt) == []


# ── what is shipped ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", SENTENCES, ids=lambda path: path.stem)
def test_the_shipped_file_was_learnt_from_these_sentences(path):
    """After a change in the sentences: ``make wishes``."""
    learnt = Ear(LEARNT[path.stem])
    assert hashlib.sha256(path.read_bytes()).hexdigest() in learnt.about
    assert set(learnt.wishes) <= {*INTENTS, *wishes.BESIDE}
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) > 200
    assert len({line.partition("\t")[2] for line in lines}) == len(lines), "each sentence once"


def test_there_is_no_file_without_its_sentences():
    assert LEARNT.keys() == {path.stem for path in SENTENCES}


#: Sentences that are in no list of phrases and among no sentences that were learnt.
NEW = [
    ("en", "What sort of money would you want for eighty of the grey ones?", "asks_price"),
    ("en", "Could these be on a boat before the month is out?", "delivery_question"),
    ("en", "Might we borrow two for a fortnight's trial on the bench before committing?", "asks_sample"),
    ("en", "Half of the lot turned up dented and the paint is coming off.", "complaint"),
    ("en", "A rival of yours down the road sells us these at 0.80.", "existing_supplier"),
    ("en", "Would half up front and half on arrival suit your accounts people?", "payment_or_lc"),
    ("zh", "这款灯拿三百盏，你们收多少钱？", "asks_price"),
    ("zh", "想问问从你们那发到曼谷大概要走几天？", "delivery_question"),
    ("zh", "能不能先给我们两台跑一跑再定数量？", "asks_sample"),
    ("zh", "收到的货有一半外壳都是裂的，怎么办？", "complaint"),
]


@pytest.mark.parametrize(("language", "sentence", "wish"), NEW, ids=[f"{one[0]} {one[2]}" for one in NEW])
def test_a_wish_in_new_words_is_heard(language, sentence, wish):
    assert sentence not in (ROOT / "tests" / "wishes" / f"{language}.tsv").read_text("utf-8")
    heard = wishes.Hearing(LEARNT).hear(Text(sentence), language).wishes
    assert heard[wish].chance >= wishes.least(wish), sorted((round(each.chance, 2), each.name) for each in heard.values())[-3:]


QUIET = [
    "We are a family firm near Lyon and make ladders.",
    "The price of the second line is agreed between us.",
    "Your samples came on Monday, many thanks.",
    "Kind regards from all of us here",
    "My colleague in accounts transferred nothing yet, she is on leave.",
]


@pytest.mark.parametrize("sentence", QUIET)
def test_a_sentence_that_wants_nothing_is_left_alone(sentence):
    heard = wishes.Hearing(LEARNT).hear(Text(sentence), "en")
    wanted = ("asks_price", "asks_sample", "places_order", "visit_factory", "tech_question")
    assert [name for name in wanted if heard.wishes[name].chance >= wishes.LIKELY] == []


def test_a_fact_that_was_heard_shows_its_sentence():
    raw = (
        b"From: Ann <ann@firm.example>\r\nTo: sales@brightbearing.example\r\nSubject: hinges\r\n"
        b"Date: Mon, 02 Mar 2026 09:00:00 +0000\r\nMessage-ID: <a@firm.example>\r\n\r\n"
        b"Hello,\r\nwe build gates in Kent.\r\n\r\nWhat sort of money would you want for eighty of the grey ones?\r\n\r\nAnn\r\n"
    )
    found = [fact for fact in predict(raw, RULES).facts if fact.name == "asks_price"]
    assert found
    assert "What sort of money" in found[0].evidence


def test_hostile_text_takes_no_time_and_no_more_than_its_share():
    """The work is bounded by the number of pieces, so that a megabyte is no worse than a few thousand words."""
    wild = random.Random(5)
    text = Text(" ".join("".join(wild.choices("abcdefg", k=wild.randint(1, 60))) for _ in range(20_000)))
    heard = wishes.Hearing(LEARNT).hear(text, "en")
    assert all(0.0 <= wish.chance <= 1.0 for wish in heard.wishes.values())
    for nasty in ("\x00\ud800\udfff", "?" * 5_000, "1 " * 5_000, "\u202e" * 900, "價" * 5_000):
        wishes.Hearing(LEARNT).hear(Text(nasty), "zh")


# ── what a mail is, by all its words ────────────────────────────────────────────────────────────────────────────


def prediction(text: str, sender: str = "Ann Hill <ann@hinges.example>", subject: str = "Hinges", answers: bool = False) -> dict:
    """What the rules make of a mail, an answer to a letter of ours or a stranger's."""
    thread = "In-Reply-To: <1@brightbearing.example>\r\nReferences: <1@brightbearing.example>\r\n" if answers else ""
    raw = (
        f"From: {sender}\r\nTo: sales@brightbearing.example\r\nSubject: {'Re: ' if answers else ''}{subject}\r\n{thread}"
        f"Date: Mon, 2 Mar 2026 09:00:00 +0000\r\nMessage-ID: <a@firm.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()
    return predict(raw, RULES).fields(RULES)


def test_silence_in_words_of_no_list_is_obeyed():
    said = prediction("Hello,\r\n\r\nplease make sure none of your letters reaches this inbox any more.", answers=True)
    assert (said["kind"], said["unsubscribe_mode"]) == ("unsubscribe", "auto")


def test_who_speaks_about_unsubscribing_is_not_silenced():
    said = prediction("To unsubscribe, use the link below; do not write that to all of us.\r\n\r\nBert", answers=True)
    assert not said["unsubscribe"]


@pytest.mark.parametrize(
    "text",
    [
        "Could you strike me off that bulletin of yours? What I do wait for is your figure for 400 of the 6204-2RS.",
        "The ten 6204-2RS came on Friday, nicely wrapped, and go on the rig next week. No more reminders until then, please.",
        "A rate for 200 of the UC 207 would be welcome. And please take my colleague Jan off your mailing list, he has left us.",
    ],
)
def test_who_speaks_of_goods_is_not_silenced_unseen(text):
    said = prediction(text, answers=True)
    assert (said["kind"], said["unsubscribe"]) == ("reply", False)
    assert said["tier"] is not None


def test_who_gets_everything_twice_is_asked_by_a_person():
    said = prediction("Your letters come twice; please stop writing to me from two mailboxes.", answers=True)
    assert not said["unsubscribe"]


def test_who_asked_twice_is_obeyed():
    said = prediction("I told you twice to stop writing to me. Stop it now.", answers=True)
    assert (said["kind"], said["unsubscribe"]) == ("unsubscribe", True)


def test_who_speaks_of_no_goods_is():
    said = prediction("Could you strike me off that bulletin of yours? I never asked for it.", answers=True)
    assert (said["kind"], said["unsubscribe"]) == ("unsubscribe", True)


def test_a_colleagues_address_says_who_is_the_right_one():
    text = "Not my table any more, I look after safety. Rosa Lind does the buying here: {0}\r\n\r\nAnn"
    said = prediction(text.format("rosa.lind@hinges.example"), answers=True)
    assert "wrong_person_referral" in said["intents"]
    assert said["stop"]
    wish = {"wrong_person": wishes.Wish("wrong_person", wishes.HINTED, 0, 1)}
    assert [one.name for one in wishes.beyond(wish, (), ("wrong_person",))] == ["wrong_person"]
    assert wishes.beyond(wish, ()) == [], "without an address it must be plainer"


def test_a_thread_that_began_at_a_show_is_one_of_a_show():
    said = prediction("I wait for your price of 300 pcs 6204-2RS.", subject="Nice to meet you at the fair", answers=True)
    assert said["show_class"] == "intends_order"
    assert prediction("I wait for your price of 300 pcs 6204-2RS.", subject="6204-2RS", answers=True)["show_class"] is None


def test_a_seller_in_words_of_no_list_is_no_inquiry():
    text = (
        "Dear manager,\r\n\r\nwe ship containers to all ports and can give you better freight rates than your present forwarder."
        " Our people pick up at your gate and do the papers for you. May I send you our rates to Rotterdam?\r\n\r\nJason"
    )
    assert prediction(text, subject="Ships and rates")["kind"] == "spam_solicitation"
    wanted = "Dear manager,\r\n\r\nwe build packing lines in Ningbo and need 300 pcs of 6204-2RS for them. What do you charge?\r\n\r\nJason"
    assert prediction(wanted, subject="6204-2RS")["kind"] == "inquiry"


def test_a_buyer_is_heard_through_an_address_that_nobody_reads():
    platform = "TradeBay <no-reply@tradebay.example>"
    asked = "Ann Hill has left a message for you:\r\n\r\nPlease quote 500 pcs of 6204-2RS, CIF Felixstowe."
    said = prediction(asked, platform, "New message")
    assert said["kind"] == "inquiry"
    assert prediction("Your ticket 8871 was opened. We answer within two days.", platform, "Ticket 8871")["kind"] == "auto_reply"


def test_who_wants_a_password_and_nothing_else_is_no_buyer():
    text = "Dear staff,\r\n\r\nsign in with your mail address and password to read the new pay slip:\r\nhttp://pay.example/login"
    said = prediction(text, "Payroll <pay@payroll.example>", "Your pay slip")
    assert said["kind"] == "spam_solicitation"
