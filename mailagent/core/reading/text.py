"""A text cut into words and sentences, in one spelling for all ways to write a word.

**Same however it is written.** Words are *folded*: full-width forms, capitals, accents, Turkish dots, the article in
Arabic words and the trade's traditional Chinese characters make no difference: "Cotización", "COTIZACION" and
"cotizacion" are one word.

Where a word stands in the text, and where sentences end, is found out when somebody asks: most words of most mails
interest nobody.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

from mailagent.core.reading.kept import Kept, Remembered

# Nobody asks for a price after so many characters; what lies behind is not searched.
LONGEST_TEXT = 40_000
LONGEST_EVIDENCE = 200

SINGLE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
NUMBER = r"\d{1,18}(?:[.,'’٬٫]\d{1,9}){0,6}"
LONGEST_WORD = 60
TOKEN = re.compile(rf"[{SINGLE}]|{NUMBER}|[^\W\d_{SINGLE}]{{1,{LONGEST_WORD}}}")
ANY_NUMBER = re.compile(NUMBER)
ASCII_NUMBER = re.compile(r"[0-9]{1,18}(?:[.,'][0-9]{1,9}){0,6}")
# Every alternative begins with a character of the first class: the search skips all others at the speed of C.
SENTENCE_END = re.compile(
    r"[.!?;。！？；؟\n](?:(?<=[。！？；؟])|(?<=[.!?;])(?=\s|$|[\u3040-\u9fff\uac00-\ud7af])|(?<=\n)(?:\s{0,40}\n|(?=\s{0,20}(?:[-–•*·・▪●○■□►①-⑳]|[(（]?[0-9a-zA-Z一二三四五六七八九十]{1,2}(?:[.)]\s|[.)．](?=[\u3040-\u9fff])|[、）])))))"
)

# What is no letter becomes a blank, and a letter small; for texts in ASCII.
LETTERS = {code: chr(code).lower() if chr(code).isalpha() else " " for code in range(128)}
# The same for the bytes of any text in UTF-8; those of other characters stay.
BYTES = bytes(ord(LETTERS[code]) if code < 128 else code for code in range(256))
# All digits are one, and everything else is another.
DIGITS = bytes(ord("0") if chr(code).isdigit() and code < 128 else ord(" ") for code in range(256))

# Traditional forms of the characters that business mails use, beside their simplified ones.
TRADITIONAL = str.maketrans(
    "價報詢訂單樣產圖紙質運費貨發確認參觀廠證書檢驗簽約匯開戶銀賬帳號請問貴們這個數貿進際電話聯繫繼續給還業務員總經買賣裝箱標準規節燈軸測試齊馬時間後來現樓東車點頭實應"
    "嗎麼沒關於過錢壓賠償損壞錯誤長條會競爭對導級無從與區縣鎮場廳館協議額況書",
    "价报询订单样产图纸质运费货发确认参观厂证书检验签约汇开户银账账号请问贵们这个数贸进际电话联系继续给还业务员总经买卖装箱标准规节灯轴测试齐马时间后来现楼东车点头实应"
    "吗么没关于过钱压赔偿损坏错误长条会竞争对导级无从与区县镇场厅馆协议额况书",
)


# Arabic writes "and", "the", "with the", "for the" into the word that follows.
ARABIC_BEFORE = re.compile(r"^[وف]?(?:ال|بال|لل|كال)?(?=[\u0621-\u064a]{3})")


@lru_cache(maxsize=4_000)
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


@lru_cache(maxsize=4_000)
def token(written: str) -> str:
    """The form in which a word or number is compared: folded, and without blanks (some ligatures are a whole sentence)."""
    return (fold(written) or written).replace(" ", "\x1f")


def _ascii_numbers(text: str, raw: bytes) -> list[tuple[int, int]]:
    """Where the numbers of a text in ASCII stand; to look for one kind of byte is many times as fast as for ten."""
    digits = raw.translate(DIGITS)
    spans, at = [], digits.find(b"0")
    while at >= 0:
        spans.append(ASCII_NUMBER.match(text, at).span())
        at = digits.find(b"0", spans[-1][1])
    return spans


def _letters_and_numbers(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without ASCII but small letters, and where its numbers stand; every character stands where it stood."""
    raw = text.encode("utf-8", "surrogatepass")
    letters = raw.translate(BYTES).decode("utf-8", "surrogatepass")
    return letters, _ascii_numbers(text, raw) if text.isascii() else [match.span() for match in ANY_NUMBER.finditer(text)]


# Longer pieces are not remembered: no two mails share them.
LONGEST_KEPT = 24


def _pieces(part: str) -> tuple[tuple[str, int, int], ...]:
    """The tokens of a text without ASCII but letters: what each is compared as, and where it stands (from, to)."""
    return _kept_pieces(part) if len(part) <= LONGEST_KEPT else _cut_pieces(part)


def _cut_pieces(part: str) -> tuple[tuple[str, int, int], ...]:
    return tuple((token(match[0]), *match.span()) for match in TOKEN.finditer(part))


_kept_pieces = lru_cache(maxsize=20_000)(_cut_pieces)

# Sentences up to so many characters are kept when they were cut, so many of them in each of two generations.
LONGEST_SENTENCE_KEPT, SENTENCES_KEPT = 300, 700
# So many characters of a word tell nearly always that it does not begin as something else does.
LONGEST_HEAD = 3
WORDS_KNOWN = 10_000


_heads_of: Remembered[str, tuple[str, ...]] = Remembered(lambda word: tuple({word[: n + 1] for n in range(LONGEST_HEAD)}), WORDS_KNOWN)


class Sentence:
    """One sentence cut into tokens; the same object stands for it wherever it is said again.

    Args:
        text: the sentence with what ends it.

    Attributes:
        text: the sentence as it was written.
        words: the tokens in order, folded.
        numbers: which of them are numbers.
        answers: what was found in it, by whoever looks for something in sentences and knows itself again.
    """

    __slots__ = ("_heads", "_joined", "_ranges", "_said", "answers", "numbers", "text", "words")

    def __init__(self, text: str):
        self.text = text
        self._joined = ""
        self._heads: frozenset[str] = frozenset()
        self._said: str | None = None
        self._ranges: list[tuple[int, int]] | None = None
        self.answers: dict[object, Any] = {}
        self.words: list[str]
        self.numbers: list[int]
        if not self._cut_at_blanks():
            self._ranges = [match.span() for match in TOKEN.finditer(text)]
            self.words = [token(text[start:stop]) for start, stop in self._ranges]
            self.numbers = [place for place, word in enumerate(self.words) if word[0].isdigit()]

    def _cut_at_blanks(self) -> bool:
        """Cut a text as the pattern would, several times as fast; False if it has a word that is too long for that."""
        text = self.text
        letters, spans = _letters_and_numbers(text)
        if not spans and text.isascii():
            self.words, self.numbers = letters.split(), []
            return len(text) <= LONGEST_WORD or not self.words or max(map(len, self.words)) <= LONGEST_WORD
        words: list[str] = []
        numbers: list[int] = []
        at = 0
        for first, last in (*spans, (len(letters), 0)):
            between = letters[at:first]
            if between.isascii():
                words += between.split()
            else:
                for part in between.split(" "):
                    if part.isascii():
                        words += (part,) if part else ()
                    else:
                        for piece in _pieces(part):
                            if piece[0][0].isdigit():
                                # "½" is no number to cut at, but looks like one when it is folded.
                                numbers.append(len(words))
                            words.append(piece[0])
            if last:
                numbers.append(len(words))
                number = text[first:last]
                words.append(number if number.isascii() else token(number))
                at = last
        self.words, self.numbers = words, numbers
        return not words or max(map(len, words)) <= LONGEST_WORD

    @property
    def joined(self) -> str:
        """All words with one blank before, between and behind them."""
        if not self._joined:
            self._joined = f" {' '.join(self.words)} "
        return self._joined

    @property
    def heads(self) -> frozenset[str]:
        """The first character of each word, the first two, and so on up to ``LONGEST_HEAD``."""
        if not self._heads:
            self._heads = frozenset(chain.from_iterable(map(_heads_of.__getitem__, self.words)))
        return self._heads

    @property
    def said(self) -> str:
        """The sentence with single blanks."""
        if self._said is None:
            self._said = " ".join(self.text.split())
        return self._said

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """Where each word stands in the sentence: (from, to)."""
        if self._ranges is None:
            self._ranges = self._found_ranges()
        return self._ranges

    def _found_ranges(self) -> list[tuple[int, int]]:
        ranges: list[tuple[int, int]] = []
        letters, spans = _letters_and_numbers(self.text)
        at = 0
        for first, last in (*spans, (len(letters), 0)):
            # Cut at every single blank, a part begins behind all parts before it and as many blanks.
            between = letters[at:first]
            plain = between.isascii()
            for part in between.split(" "):
                if part:
                    if plain or part.isascii():
                        ranges.append((at, at + len(part)))
                    else:
                        ranges += [(at + start, at + stop) for _, start, stop in _pieces(part)]
                at += len(part) + 1
            if last:
                ranges.append((first, last))
                at = last
        return ranges


_sentences: Kept[str, Sentence] = Kept(SENTENCES_KEPT)


def _sentence(text: str) -> Sentence:
    """A sentence cut, or the same one that was cut before."""
    if len(text) > LONGEST_SENTENCE_KEPT:
        return Sentence(text)
    return _sentences.get(text) or _sentences.keep(text, Sentence(text))


def _composed(text: str) -> str:
    text = text[:LONGEST_TEXT]
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text one after the other, for whoever may have read enough before its end."""
    text = _composed(text)
    begin = 0
    for match in SENTENCE_END.finditer(text):
        yield text[begin : match.end()]
        begin = match.end()
    yield text[begin:]


class Text:
    """A text cut into tokens and sentences, ready to be searched.

    Args:
        text: any text; what lies beyond ``LONGEST_TEXT`` characters is not read.

    Attributes:
        words: the tokens in order, folded.
        numbers: which of them are numbers.
        ends: where the sentences end.
        sentences: the sentences, those without a word among them; firsts: the number of the first word of each.
    """

    def __init__(self, text: str):
        self.text = text = _composed(text)
        self.ends = ends = [match.end() for match in SENTENCE_END.finditer(text)]
        ends.append(len(text))
        self.words: list[str] = []
        self.numbers: list[int] = []
        self.sentences: list[Sentence] = []
        self.firsts: list[int] = []
        words, begin = self.words, 0
        for end in ends:
            sentence = _sentence(text[begin:end])
            first = len(words)
            self.sentences.append(sentence)
            self.firsts.append(first)
            words += sentence.words
            if sentence.numbers:
                self.numbers += [first + place for place in sentence.numbers]
            begin = end

    @cached_property
    def joined(self) -> str:
        """All words with one blank before, between and behind them."""
        return f" {' '.join(self.words)} "

    def holds(self, string: str) -> bool:
        """Whether a string stands in the joined words."""
        return string in self.joined

    @cached_property
    def small(self) -> str:
        """See the function of this name."""
        return small(self.text)

    @cached_property
    def digits(self) -> int:
        """How many characters its numbers have."""
        return sum([len(self.words[place]) for place in self.numbers])

    def start(self, place: int) -> int:
        """Where the word at this place begins in the text."""
        number = self.sentence_of(place)
        start, _ = self.sentences[number].ranges[place - self.firsts[number]]
        return self.ends[number - 1] + start if number else start

    def stop(self, place: int) -> int:
        """Where the word at this place ends in the text (exclusive)."""
        number = self.sentence_of(place)
        _, stop = self.sentences[number].ranges[place - self.firsts[number]]
        return self.ends[number - 1] + stop if number else stop

    def sentence(self, start: int) -> int:
        """The number of the sentence in which a place of the text stands."""
        return bisect_right(self.ends, start, 0, len(self.ends) - 1)

    def sentence_of(self, place: int) -> int:
        """The number of the sentence in which the word at this place stands."""
        return bisect_right(self.firsts, place) - 1

    def is_number(self, place: int) -> bool:
        """Whether the word at this place is a number."""
        return self.words[place][0].isdigit()

    def written(self, first: int, last: int) -> str:
        """The words from ``first`` to ``last`` (exclusive) as the writer wrote them."""
        return self.text[self.start(first) : self.stop(last - 1)]

    def said(self, first: int, last: int) -> str:
        """The sentence that the words from ``first`` to ``last`` (exclusive) stand in."""
        number = bisect_right(self.firsts, first) - 1
        sentence = self.sentences[number]
        if last - self.firsts[number] <= len(sentence.words) and len(sentence.text) <= LONGEST_EVIDENCE:
            return sentence.said
        return self.evidence(self.start(first), self.stop(last - 1))

    def evidence(self, start: int, end: int) -> str:
        """The sentence around a place in the text, cut to ``LONGEST_EVIDENCE`` characters with the place inside."""
        ends = self.ends
        after = bisect_right(ends, start, 0, len(ends) - 1)
        first = ends[after - 1] if after else 0
        last = max(ends[after], end)
        if last - first > LONGEST_EVIDENCE:
            first = max(first, min(start - 60, last - LONGEST_EVIDENCE))
            # Of a sentence without an end no more is looked at than can be shown, blanks included.
            last = min(last, first + 4 * LONGEST_EVIDENCE)
        return " ".join(self.text[first:last].split())[:LONGEST_EVIDENCE].strip()
