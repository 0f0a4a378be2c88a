"""Looking for everything at once finds the same as walking every phrase over every word, however the words are written."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator

import pytest
from messages import lamp_policy, mail

from mailagent.core.reading import closing, companyname, contactdata, facts, personname, ports, postal, telephone, terms
from mailagent.core.reading.anchors import matches_at
from mailagent.core.reading.letters import letters, spellings
from mailagent.core.reading.phrase_parts import CHARACTERS_SKIPPED, CHOICE, FIRST_SINGLE, pieces
from mailagent.core.reading.phrases import WORDS_SKIPPED, Match, Phrasebook
from mailagent.core.reading.text import SENTENCE_END, TOKEN, Text, fold, small

WHAT_PEOPLE_WRITE = (
    "we have seen your goods at the fair and want more of them. Please call 8,000 times; our man in Ningbo knows ½ of it! "
    "Grüße aus Köln, señor. Это письмо для вас? 我们是一家公司。请看 نحن شركة الكبيرة hm... İyi günler, ﬁne Ｗｉｄｅ ＦＯＢ x2 3m m² x²ᵃ ﷺ"
)
TALK = WHAT_PEOPLE_WRITE.split(" ")


def entries(policy) -> list[tuple[str, str, str]]:
    """Every phrase of every language, each under a name of its own; families of phrases have a test of their own."""
    lists = [some for language in policy.languages.values() for some in (language.facts, language.not_facts)]
    said = [(name, phrase) for some in lists for name, phrases in some.items() for phrase in phrases if not CHOICE.search(phrase)]
    said += [("names_product", phrase) for product in policy.catalogue.product for phrase in (product.code, *product.name.values())]
    return [(name, str(number), phrase) for number, (name, phrase) in enumerate(said)]


# ── the reference: no automaton, no lazy places, no cut at blanks ───────────────────────────────────────────────


def walk(book: list[tuple[str, str, str]], written: str) -> Iterator[Match]:
    """Every phrase tried at every word, as simply as it can be said."""
    text = unicodedata.normalize("NFC", written)
    ends = [match.end() for match in SENTENCE_END.finditer(text)]
    tokens = [
        ((fold(match.group()) or match.group()).replace(" ", "\x1f"), sum(end <= match.start() for end in ends))
        for match in TOKEN.finditer(text)
    ]
    for name, value, phrase in book:
        cut = pieces(phrase)
        for first in range(len(tokens) if cut else 0):
            last = follow(tokens, first, cut)
            if last:
                yield Match(name, value, first, last)


def follow(tokens: list[tuple[str, int]], first: int, cut) -> int:
    at, skip = first, 0
    for kind, word in cut:
        if kind == "gap":
            skip = CHARACTERS_SKIPPED if at < len(tokens) and "\u3040" <= tokens[at][0][0] <= "\ud7af" else WORDS_SKIPPED
            continue
        fits = {
            "word": lambda token, word=word: token == word,
            "begins": lambda token, word=word: token.startswith(word),
            "number": lambda token, word=word: token[0].isdigit(),
        }[kind]
        here = next((i for i in range(at, min(at + skip + 1, len(tokens))) if fits(tokens[i][0])), None)
        if here is None or tokens[here][1] != tokens[first][1]:
            return 0
        at, skip = here + 1, 0
    return at


# ── how somebody may write a phrase ─────────────────────────────────────────────────────────────────────────────


def written(phrase: str, dice: random.Random) -> str:
    """A phrase as somebody may write it: in any case or width, with other accents, blanks and words in its gaps."""
    text = re.sub(r"\*", lambda _: dice.choice(("", "s", "en", "ов")), phrase).replace("#", dice.choice(("5", "8,000", "２０", "12.5")))
    text = re.sub(r"…|\.\.\.", lambda _: " ".join(dice.choices(TALK, k=dice.randrange(7))), text)
    case = dice.choice((str, str.upper, str.lower, str.title, wide, decomposed, str.swapcase))
    return case(text).replace(" ", dice.choice((" ", " ", "  ", "\n", ", ", " \u00a0")))


def wide(text: str) -> str:
    """ASCII in full width, as East Asian keyboards write it."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" < c < "~" else c for c in text)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def placed(phrase: str, dice: random.Random) -> str:
    """The phrase somewhere in talk, sometimes torn by the end of a sentence."""
    around = [" ".join(dice.choices(TALK, k=dice.randrange(9))) for _ in range(2)]
    text = written(phrase, dice)
    if dice.random() < 0.1 and " " in text:
        text = text.replace(" ", dice.choice((". ", "\n\n", "\n- ", "。")), 1)
    glue = dice.choice((" ", " ", "\n", "", "(", "-", "9", "_", "「"))
    return f"{around[0]}{glue}{text}{glue}{around[1]}"


def test_no_phrase_is_hidden_wherever_and_however_it_is_written():
    book, dice = entries(lamp_policy()), random.Random(20260303)
    every = Phrasebook(book)
    for entry in book:
        text = placed(entry[2], dice)
        found = [match for match in every.find(Text(text)) if match.value == entry[1]]
        assert found == sorted(walk([entry], text), key=lambda match: match.first), (entry, text)


def test_all_phrases_at_once_are_those_one_by_one_in_reading_order():
    book, dice = entries(lamp_policy()), random.Random(7)
    every = Phrasebook(book)
    for _ in range(2):
        text = " ".join(placed(phrase, dice) for _, _, phrase in dice.choices(book, k=6))
        gated = every.find(Text(text))
        assert sorted(gated) == sorted(walk(book, text)), text
        assert [match.first for match in gated] == sorted(match.first for match in gated)


def test_a_family_is_found_by_each_of_its_members():
    lists = [some for language in lamp_policy().languages.values() for some in (language.facts, language.not_facts)]
    families = [phrase for some in lists for phrases in some.values() for phrase in phrases if CHOICE.search(phrase)]
    assert len(families) > 1000
    every, dice = Phrasebook((phrase, str(number), phrase) for number, phrase in enumerate(families)), random.Random(5)
    for phrase in families:
        # Between characters blanks mean nothing; within a word of other languages there are none.
        blank = " " if any(character >= FIRST_SINGLE for character in phrase) else ""
        member = CHOICE.sub(lambda choice, blank=blank: f"{blank}{dice.choice(choice[1].split('|'))}{blank}", phrase)
        text = " ".join(member.replace("…", dice.choice((" ", " zz ", " zz yy "))).replace("#", "5").replace("*", "").split())
        # A member that holds a full stop is a sentence of its own.
        if text and not SENTENCE_END.search(text):
            assert phrase in {match.name for match in every.find(Text(f"zz {text} zz"))}, text


def test_words_stand_where_the_text_says():
    dice = random.Random(11)
    for _ in range(300):
        odd = ("9", "HB150", "8.000,5", "a" * 61, "é" * 130, "１２３", "½", "x²", "1’000", "٣٫٥", "naïve", "ﷺ", "“Größe”", "a\u0301b\u0327")
        words = dice.choices((*TALK, *odd, "東京abc"), k=12)
        text = Text(dice.choice((" ", "\n", ",", "", "\xa0", "  ", "_")).join(words))
        cut = [(match.start(), match.end()) for match in TOKEN.finditer(text.text)]
        places = list(range(len(cut)))
        # Some are asked for one by one, in any order, before all of them are.
        dice.shuffle(places)
        assert len(text.words) == len(cut)
        assert all((text.start(place), text.stop(place)) == cut[place] for place in places), text.text
        assert text.words == [(fold(text.text[start:stop]) or text.text[start:stop]).replace(" ", "\x1f") for start, stop in cut]
        assert [text.is_number(place) for place in range(len(text.words))] == [place in text.numbers for place in range(len(text.words))]


# ── lines of the closing ────────────────────────────────────────────────────────────────────────────────────────


def owners_of(line: str) -> set[str]:
    end = closing.Closing(mail(f"Hello\n{line}"), contactdata.Address("", "a@b.example"), TITLES.anchors)
    number = end.lines.index(line.strip())
    return {owner for owner in (closing.STREET, closing.FORM, closing.DEPARTMENT, closing.TITLE) if number in end.holding(owner)}


TITLES = facts.prepare(lamp_policy()).titles
CASES = (str, str.upper, str.lower, str.title)
GLUES = ("{}", "7, {} 5", "x {}.", "[{}]", "a,{}, b", "Я-{}", "5{}", "{}5", "中{}")


@pytest.mark.parametrize(
    ("owner", "pattern", "alternatives"),
    [
        (closing.STREET, postal.STREET, ("street", *postal.STREET_WORDS.split("|"))),
        (closing.STREET, postal.STREET, tuple(f"x{end}" for end in postal.STREET_ENDS.split("|"))),
        (closing.STREET, postal.STREET, ("路 5 号", "街12號", "上海市静安区南京路", "工业园", "工業區", "3丁目", "〒 123", "서울시 구동")),
        (closing.FORM, companyname.LEGAL_FORM, tuple(companyname.LEGAL_FORMS.split("|"))),
        (closing.DEPARTMENT, personname.DEPARTMENT, (*closing.DEPARTMENT_WORDS.split("|"), *closing.DEPARTMENT_SIGNS.split("|"))),
    ],
)
def test_a_line_that_a_pattern_finds_is_looked_at(owner, pattern, alternatives):
    seen = 0
    for alternative in alternatives:
        stem, _, more = alternative.partition(r"\w{")
        for spelling in spellings(stem):
            for case in CASES:
                for glue in GLUES:
                    line = glue.format(case(spelling) + ("st" if more else ""))
                    if pattern.search(small(line)):
                        seen += 1
                        assert owner in owners_of(line), line
    assert seen > len(alternatives) * len(CASES)


def test_a_line_that_names_a_title_is_looked_at():
    dice, seen = random.Random(3), 0
    said = [e for language in lamp_policy().languages.values() for name in contactdata.ROLE_FACTS for e in language.facts.get(name, ())]
    for phrase in said:
        line = dice.choice(("{}", "中{}", "5{}")).format(" ".join(written(phrase, dice).split()))
        if TITLES.phrases.find(Text(line)):
            seen += 1
            assert closing.TITLE in owners_of(line), line
    assert seen > len(said) * 0.8


def test_what_cannot_be_folded_alone_may_be_anything():
    # Half-width kana join with the mark behind them, and parts of Korean letters with one another.
    assert {closing.STREET, closing.FORM, closing.DEPARTMENT, closing.TITLE} == owners_of("ｶﾞ")
    assert "\x00" in letters("e\u0301") and "\x00" not in letters("é")


# ── places of terms, and gates before patterns ──────────────────────────────────────────────────────────────────

TERMS = (
    "exw fob CIF cfr cnf C&F ddp EXWORKS FCA FAS CPT CIP DAP DPU DAT DDU dat ex-works Karachi port of to puerto de Haifa порт 目的港 "
    "delivered livré geliefert send ship it sea air freight Lagos Port support export: Hamburg ĞFOB яFOB İ ı ſhip c & f , . : - Umeå 上海 "
    "青岛港 FOB青岛价 the"
)
TRADE = TERMS.split(" ")
# What sends goods to a name of no list, in the ways of many languages.
SENDING = (
    "rendue|rendus|livré|Livrées|geleverd|geliefert|frei|haus|Franco|franko|reso|resa|posto em|puesto|en|entregados|entregue|em|delivered|"
    "Landed|put down|duty|paid|dostarczone|do|dostawa|doručena|na|leverans|till|leveret|til|levert|kirim|ke|sampai|giao|tại|bezorgd|in|"
    "price|rate for|shipping|weeks to|поставка|доставки|отгрузки|цена|ж/д|до|szállítás|ár|fuvar|Szegedig|Győrig|Nantes|Brno|Łódź|Тула|"
    "Osaka Bay|à|nach|port de|.|,|含税到|含税运到|包邮|到|发到|送货到|交货地点|目的港|目的地是|能到|要到|佛山|深圳港|仓库|满洲里|交货|口岸|"
    "的海运"
    "|运费|ท่าเรือ|กรุงเทพ|และ"
)
SENDS = SENDING.split("|")


def test_terms_begin_nowhere_but_at_their_signs():
    dice = random.Random(5)
    for _ in range(4_000):
        text = Text(dice.choice((" ", "  ", "")).join(dice.choices(TRADE, k=dice.randrange(2, 9))))
        places = terms._places(text)
        sending = Text(dice.choice((" ", " ", "")).join(dice.choices(SENDS, k=dice.randrange(2, 7))))
        places["sent"] = terms._places(sending)["sent"]
        for pattern, kind in ((terms.INCOTERM, "term"), (terms.PORT, "port"), (ports.SURE, "sent"), (ports.TOWN, "sent")):
            searched = (sending if kind == "sent" else text).text
            found = [match.span() for match in matches_at(pattern, searched, places[kind])]
            assert found == [match.span() for match in pattern.finditer(searched)], searched


def test_gates_before_patterns_hide_nothing():
    dice = random.Random(9)
    parts = (*"5+() -./Mx万$", "123", "4,000", "million", "USD", "tel", "00", "A1 1AA", "Bonn 53111", ", ")
    for _ in range(6_000):
        line = "".join(dice.choices(parts, k=dice.randrange(3, 14)))
        assert not telephone.PHONE.search(small(line)) or telephone.may_hold(line), line
        assert not postal.POSTCODE_LINE.search(line) or postal.POSTCODE_DIGITS.search(line), line
        great = terms.GREAT_NUMBER.search(line) and any(sign in small(line) for sign in terms.CURRENCY_SIGNS)
        assert great or not terms.HUGE_SUM.search(line), line
        label = dice.choice((*postal.LABELS, "ADDRESS", "Dirección", "ADRES", "name", "ſhip to"))
        text = f"{line}{label}{dice.choice((' ', '', '  '))}{dice.choice(':：')} 12 Long Road, Bonn"
        expected = postal.LABELLED_ADDRESS.search(text)
        found = postal.labelled(text)
        assert (found and found.span()) == (expected and expected.span()), text
