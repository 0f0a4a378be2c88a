"""Finds thousands of plain phrases of many languages in one pass over a mail's words.

**The idea.** A regular expression made of a few thousand phrases tries them all at every letter, and a hostile text
can make it slow. Here the text is cut into *tokens* once (a word, a number, or one Chinese, Japanese or Korean
character), and the tokens are joined again with one blank between them: then "price list" is a plain string of that
line, and one automaton (Aho-Corasick) finds all the strings of all phrases in one pass, however many there are. What is left to
look at is what the pass has found: whether the words stand in one sentence, and what a phrase says behind a gap.
Where a word stands in the mail, and where sentences end, is asked only for what was found.

**What a phrase may hold** (``config/languages/*.toml``, product names in ``catalogue.toml``): plain words, and
three marks. ``bestell*`` is any word that begins so; ``#`` is any number; ``…`` skips up to five words (ten
characters of Chinese) of the same sentence: ``send … price list``.

**Same however it is written.** Both sides are *folded*: full-width forms, capitals, accents, Turkish dots, the article in
Arabic words and the trade's traditional Chinese characters make no difference: "Cotización", "COTIZACION" and
"cotizacion" are one word.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, compress, count
from operator import add
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

# Nobody asks for a price after so many characters; what lies behind is not searched.
LONGEST_TEXT = 40_000
LONGEST_EVIDENCE = 200
MOST_MATCHES = 5_000
WORDS_SKIPPED = 5
CHARACTERS_SKIPPED = 10

SINGLE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
NUMBER = r"\d{1,18}(?:[.,'’٬٫]\d{1,9}){0,6}"
LONGEST_WORD = 60
TOKEN = re.compile(rf"([{SINGLE}]|{NUMBER}|[^\W\d_{SINGLE}]{{1,{LONGEST_WORD}}})")
ANY_SINGLE = re.compile(f"[{SINGLE}]")
# The same cuts for a text without such characters, a little faster.
SPACED_TOKEN = re.compile(rf"([^\W\d_]{{1,{LONGEST_WORD}}}|{NUMBER})")
# The same cuts for a text that is ASCII and in small letters, which most are.
ASCII_TOKEN = re.compile(rf"([a-z]{{1,{LONGEST_WORD}}}|[0-9]{{1,18}}(?:[.,'][0-9]{{1,9}}){{0,6}})")
ASCII_NUMBER = re.compile(r"[0-9]{1,18}(?:[.,'][0-9]{1,9}){0,6}")
PIECE = re.compile(rf"…|\.\.\.|#|[{SINGLE}]|{NUMBER}|[^\W\d_{SINGLE}]{{1,60}}\*?")
# Every alternative begins with a character of the first class: the search skips all others at the speed of C.
SENTENCE_END = re.compile(
    r"[.!?;。！？；؟\n](?:(?<=[。！？；؟])|(?<=[.!?;])(?=\s|$)|(?<=\n)(?:\s{0,40}\n|(?=\s{0,20}(?:[-•*·・]|\(?[0-9a-zA-Z]{1,2}[.)]\s))))"
)

# What is no letter becomes a blank, and a letter small; for texts in ASCII.
LETTERS = {code: chr(code).lower() if chr(code).isalpha() else " " for code in range(128)}

# Traditional forms of the characters that business mails use, beside their simplified ones.
TRADITIONAL = str.maketrans(
    "價報詢訂單樣產圖紙質運費貨發確認參觀廠證書檢驗簽約匯開戶銀賬帳號請問貴們這個數貿進際電話聯繫繼續給還業務員總經買賣裝箱標準規節燈軸測試齊馬時間後來現樓東車點頭實應"
    "嗎麼沒關於過錢壓賠償損壞錯誤長條會競爭對導級無從與區縣鎮場廳館協議額況書",
    "价报询订单样产图纸质运费货发确认参观厂证书检验签约汇开户银账账号请问贵们这个数贸进际电话联系继续给还业务员总经买卖装箱标准规节灯轴测试齐马时间后来现楼东车点头实应"
    "吗么没关于过钱压赔偿损坏错误长条会竞争对导级无从与区县镇场厅馆协议额况书",
)


# Arabic writes "and", "the", "with the", "for the" into the word that follows.
ARABIC_BEFORE = re.compile(r"^[وف]?(?:ال|بال|لل|كال)?(?=[\u0621-\u064a]{3})")


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """One spelling for all ways to write a word: width, case, accents, traditional characters."""
    flat = unicodedata.normalize("NFKD", word).casefold()
    # Accents go; Japanese and Korean letters keep their parts and are put together again below.
    flat = "".join(c for c in flat if not ("\u0300" <= c <= "\u036f" or "\u064b" <= c <= "\u0655" or c == "\u0670"))
    flat = unicodedata.normalize("NFC", flat).replace("ı", "i").translate(TRADITIONAL)
    return ARABIC_BEFORE.sub("", flat) if "\u0621" <= flat[:1] <= "\u064a" else flat


def small(text: str) -> str:
    """The text in small letters, as patterns that ignore case compare them: every character stands where it stood."""
    if not text.isascii():
        # Letters that patterns take for an "i" or "s" when they ignore case; the first would become two characters.
        text = text.replace("İ", "i").replace("ı", "i").replace("ſ", "s")
    return text.lower()


@lru_cache(maxsize=20_000)
def token(written: str) -> str:
    """The form in which a word or number is compared: folded, and without blanks (some ligatures are a whole sentence)."""
    return (fold(written) or written).replace(" ", "\x1f")


class Text:
    """A text cut into tokens and sentences, ready to be searched.

    Args:
        text: any text; what lies beyond ``LONGEST_TEXT`` characters is not read.

    Attributes:
        words: the tokens in order, folded.
    """

    def __init__(self, text: str):
        self.text = text = unicodedata.normalize("NFC", text[:LONGEST_TEXT])
        self.words: Sequence[str]
        self.numbers: Sequence[int]
        # Words and what stands between them in turn, where a pattern has cut them.
        self._cut: list[str] = []
        if text.isascii():
            if self._cut_at_blanks():
                return
            self._cut = ASCII_TOKEN.split(text.lower())
            self.words = self._cut[1::2]
        else:
            self._cut = (TOKEN if ANY_SINGLE.search(text) else SPACED_TOKEN).split(text)
            self.words = list(map(token, self._cut[1::2]))
        self.numbers = [place for place, word in enumerate(self.words) if word[0].isdigit()]

    def _cut_at_blanks(self) -> bool:
        """Cut a text in ASCII as the pattern would, several times as fast; False if it has a word that is too long for that."""
        letters, words, numbers, at = self.text.translate(LETTERS), [], [], 0
        self._letters, self._spans = letters, [match.span() for match in ASCII_NUMBER.finditer(self.text)]
        for first, last in self._spans:
            words += letters[at:first].split()
            numbers.append(len(words))
            words.append(self.text[first:last])
            at = last
        words += letters[at:].split()
        self.words, self.numbers = words, numbers
        return not words or max(map(len, words)) <= LONGEST_WORD

    @cached_property
    def joined(self) -> str:
        """All words with one blank before, between and behind them."""
        return f" {' '.join(self.words)} "

    @cached_property
    def small(self) -> str:
        """See the function of this name."""
        return small(self.text)

    @cached_property
    def starts(self) -> list[int]:
        """Where each word begins in the text."""
        if self._cut:
            return list(accumulate(map(len, self._cut)))[0:-1:2]
        starts: list[int] = []
        at = 0
        for first, last in (*self._spans, (len(self._letters), 0)):
            # Cut at every single blank, a part begins behind all parts before it and as many blanks.
            parts = self._letters[at:first].split(" ")
            starts += compress(map(add, accumulate(map(len, parts), initial=at), count()), parts)
            starts += (first,) if last else ()
            at = last
        return starts

    def stop(self, place: int) -> int:
        """Where the word at this place ends in the text (exclusive)."""
        return self.starts[place] + len(self._cut[2 * place + 1] if self._cut else self.words[place])

    @cached_property
    def ends(self) -> list[int]:
        """Where the sentences end."""
        return [*(match.end() for match in SENTENCE_END.finditer(self.text)), len(self.text)]

    def sentence(self, start: int) -> int:
        """The number of the sentence in which a place of the text stands."""
        return bisect_right(self.ends, start, 0, len(self.ends) - 1)

    def is_number(self, place: int) -> bool:
        """Whether the word at this place is a number."""
        return self.words[place][0].isdigit()

    def written(self, first: int, last: int) -> str:
        """The words from ``first`` to ``last`` (exclusive) as the writer wrote them."""
        return self.text[self.starts[first] : self.stop(last - 1)]

    def said(self, match: Match) -> str:
        """The sentence that a match stands in."""
        return self.evidence(self.starts[match.first], self.stop(match.last - 1))

    def evidence(self, start: int, end: int) -> str:
        """The sentence around a place in the text, cut to ``LONGEST_EVIDENCE`` characters with the place inside."""
        ends = self.ends
        after = bisect_right(ends, start, 0, len(ends) - 1)
        first = ends[after - 1] if after else 0
        last = max(ends[after], end)
        if last - first > LONGEST_EVIDENCE:
            first = max(first, min(start - 60, last - LONGEST_EVIDENCE))
        return " ".join(self.text[first:last].split())[:LONGEST_EVIDENCE].strip()


class Match(NamedTuple):
    """A phrase that was found: what it means, and from which word to which (exclusive)."""

    name: str
    value: str
    first: int
    last: int


# One element of a phrase: a word, the beginning of a word, any number, or a gap.
Piece = tuple[str, str]


class Entry(NamedTuple):
    """A phrase, seen from the plain words by which it is found.

    Attributes:
        order: its place among all phrases; what begins at one place is told in this order.
        before: how many numbers stand before the plain words (none or one).
        length: how many plain words there are.
        rest: what follows them.
        behind_gap: the whole phrase, if a gap stands before the plain words; else empty.
        later: a word of the rest as it stands in a joined text.
        is_word: it is one word and nothing else.
    """

    order: int
    before: int
    length: int
    rest: tuple[Piece, ...]
    behind_gap: tuple[Piece, ...]
    later: str
    is_word: bool


def pieces(phrase: str) -> tuple[Piece, ...]:
    """A phrase of the configuration as elements to compare; empty when nothing in it can be compared."""
    found: list[Piece] = []
    for text in PIECE.findall(phrase):
        if text in ("…", "..."):
            found.append(("gap", ""))
        elif text == "#":
            found.append(("number", ""))
        elif text.endswith("*"):
            found.append(("begins", token(text[:-1])))
        else:
            found.append(("word", token(text)))
    # A gap at either end would mean nothing.
    while found and found[0][0] == "gap":
        found.pop(0)
    while found and found[-1][0] == "gap":
        found.pop()
    return tuple(found)


class Phrasebook:
    """Phrases that are looked for together.

    Args:
        entries: (name, value, phrase): what a phrase means, a value for it (may be empty), and the phrase.
    """

    def __init__(self, entries: Iterable[tuple[str, str, str]]):
        cut = [(pieces(phrase), name, value) for name, value, phrase in entries]
        # Sorting is stable: phrases of one rank stay in the order of the configuration.
        ranked = sorted((each for each in cut if each[0]), key=lambda each: _rank(each[0]))
        self._meanings = [(name, value) for _, name, value in ranked]
        # Phrases that begin with a number and have no word behind it.
        self._numbers: list[Entry] = []
        strings: dict[str, list[Entry]] = {}
        for order, (phrase, _, _) in enumerate(ranked):
            before = 1 if phrase[0][0] == "number" else 0
            length, string = _plain(phrase[before:])
            rest = phrase[before + length :]
            behind, longer = _plain(rest[1:]) if rest and rest[0][0] == "gap" and not before else (0, "")
            if len(longer) > len(string):
                # "a … letter of credit" is looked for by its rare words.
                strings.setdefault(longer, []).append(Entry(order, length, behind, (), phrase, "", False))
            elif length:
                is_word = before + length == 1 and not rest
                strings.setdefault(string, []).append(Entry(order, before, length, rest, (), _later(rest), is_word))
            else:
                self._numbers.append(Entry(order, before, 0, rest, (), _later(rest), False))
        self._entries = list(strings.values())
        self._automaton = AhoCorasick(list(strings), store_patterns=False) if strings else None

    def find(self, text: Text) -> list[Match]:
        """Every phrase of the book that stands in the text, in reading order; the same words may mean several things."""
        found = sorted(set(self._found(text)))
        if len(found) > MOST_MATCHES:
            # What begins at one place is kept or dropped together.
            last = found[MOST_MATCHES - 1][0]
            found = [each for each in found if each[0] <= last]
        return [Match(*self._meanings[order], first, last) for first, order, last in found]

    def _found(self, text: Text) -> list[tuple[int, int, int]]:
        """(first word, order of the phrase, last word) of every match."""
        found: list[tuple[int, int, int]] = []
        joined, at, place = text.joined, 0, 0
        hits = self._automaton.find_matches_as_indexes(joined, overlapping=True) if self._automaton else ()
        for number, start, _ in hits:
            # There is one blank before each word: their number says which word it is.
            place += joined.count(" ", at, start) if start >= at else -joined.count(" ", start, at)
            at = start
            for entry in self._entries[number]:
                if entry.is_word:
                    found.append((place, entry.order, place + 1))
                elif entry.behind_gap:
                    _verify_before(text, place - entry.before, entry, found)
                else:
                    _verify(text, place - entry.before, entry, found)
        if self._numbers:
            for place in text.numbers:
                for entry in self._numbers:
                    _verify(text, place, entry, found)
        return found


def _rank(phrase: tuple[Piece, ...]) -> tuple[int, int]:
    """Among phrases that begin at one place: words first, then two words and more, numbers, and beginnings by their length."""
    kind, word = phrase[0]
    pair = len(phrase) > 1 and phrase[1][0] == "word"
    if kind == "word":
        return (1 if pair else 0), 0
    if kind == "number":
        return (2 if pair else 3), 0
    return 4, len(word)


def _plain(phrase: tuple[Piece, ...]) -> tuple[int, str]:
    """How many plain words a phrase begins with, and how these stand in a joined text; the last may be a beginning."""
    string, length = "", 0
    for kind, word in phrase:
        if kind not in ("word", "begins"):
            break
        string, length = f"{string} {word}", length + 1
        if kind == "begins":
            return length, string
    return length, f"{string} "


def _later(rest: tuple[Piece, ...]) -> str:
    return max((f" {word} " if kind == "word" else f" {word}" for kind, word in rest if word), key=len, default="")


def _verify(text: Text, first: int, entry: Entry, found: list[tuple[int, int, int]]) -> None:
    """Add the match that begins at the word ``first``, if the text goes on as the phrase does, in one sentence."""
    last = first + entry.before + entry.length
    if entry.before and (first < 0 or not text.is_number(first)):
        return
    if entry.later not in text.joined:
        return
    if entry.rest or last - first > 1:
        starts = text.starts
        stop = text.ends[text.sentence(starts[first])]
        if starts[last - 1] >= stop:
            return
        if entry.rest:
            last = _follow(text, last, stop, entry.rest)
    if last:
        found.append((first, entry.order, last))


def _verify_before(text: Text, last: int, entry: Entry, found: list[tuple[int, int, int]]) -> None:
    """Add the matches that begin at the word ``last`` or so far before it as a gap allows."""
    kind, word = entry.behind_gap[0]
    for first in range(max(0, last - CHARACTERS_SKIPPED), last + 1):
        if text.words[first].startswith(word) if kind == "begins" else text.words[first] == word:
            end = _follow(text, first, text.ends[text.sentence(text.starts[first])], entry.behind_gap)
            if end:
                found.append((first, entry.order, end))


def _follow(text: Text, at: int, stop: int, rest: tuple[Piece, ...]) -> int:
    """Where a phrase ends that goes on with ``rest`` at the word ``at``, before ``stop``; 0 when the text goes on differently."""
    words, skip = text.words, 0
    for piece in rest:
        if piece[0] == "gap":
            skip = CHARACTERS_SKIPPED if at < len(words) and "\u3040" <= words[at][0] <= "\ud7af" else WORDS_SKIPPED
            continue
        # The nearest place where the next word stands, no farther than the gap allows.
        here = next((i for i in range(at, min(at + skip + 1, len(words))) if _fits(words[i], piece)), None)
        if here is None or text.starts[here] >= stop:
            return 0
        at, skip = here + 1, 0
    return at


def _fits(written: str, piece: Piece) -> bool:
    kind, word = piece
    if kind == "number":
        return written[0].isdigit()
    return written.startswith(word) if kind == "begins" else written == word
