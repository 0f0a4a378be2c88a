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
from functools import cached_property, lru_cache
from itertools import accumulate

# Nobody asks for a price after so many characters; what lies behind is not searched.
LONGEST_TEXT = 40_000
LONGEST_EVIDENCE = 200

SINGLE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
NUMBER = r"\d{1,18}(?:[.,'’٬٫]\d{1,9}){0,6}"
LONGEST_WORD = 60
TOKEN = re.compile(rf"([{SINGLE}]|{NUMBER}|[^\W\d_{SINGLE}]{{1,{LONGEST_WORD}}})")
ANY_SINGLE = re.compile(f"[{SINGLE}]")
# The same cuts for a text without such characters, a little faster.
SPACED_TOKEN = re.compile(rf"([^\W\d_]{{1,{LONGEST_WORD}}}|{NUMBER})")
ANY_NUMBER = re.compile(NUMBER)
ASCII_NUMBER = re.compile(r"[0-9]{1,18}(?:[.,'][0-9]{1,9}){0,6}")
# Every alternative begins with a character of the first class: the search skips all others at the speed of C.
SENTENCE_END = re.compile(
    r"[.!?;。！？；؟\n](?:(?<=[。！？；؟])|(?<=[.!?;])(?=\s|$|[\u3040-\u9fff\uac00-\ud7af])|(?<=\n)(?:\s{0,40}\n|(?=\s{0,20}(?:[-•*·・]|\(?[0-9a-zA-Z]{1,2}[.)]\s))))"
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


# Longer pieces are not remembered: no two mails share them.
LONGEST_KEPT = 24


def _pieces(part: str) -> tuple[tuple[str, int, int], ...]:
    """The tokens of a text without ASCII but letters: what each is compared as, and where it stands (from, to)."""
    return _kept_pieces(part) if len(part) <= LONGEST_KEPT else _cut_pieces(part)


def _cut_pieces(part: str) -> tuple[tuple[str, int, int], ...]:
    return tuple((token(match[0]), *match.span()) for match in TOKEN.finditer(part))


_kept_pieces = lru_cache(maxsize=20_000)(_cut_pieces)

# How many places are found out one by one before all of them are.
FEW_PLACES = 10


class Text:
    """A text cut into tokens and sentences, ready to be searched.

    Args:
        text: any text; what lies beyond ``LONGEST_TEXT`` characters is not read.

    Attributes:
        words: the tokens in order, folded.
        numbers: which of them are numbers.
    """

    def __init__(self, text: str):
        text = text[:LONGEST_TEXT]
        self.text = text = text if text.isascii() else unicodedata.normalize("NFC", text)
        self.words: list[str]
        self.numbers: list[int]
        self._held: dict[str, bool] = {}
        # Where words begin, as far as somebody asked.
        self._begins: dict[int, int] = {}
        # Words and what stands between them in turn, where a pattern has cut them.
        self._cut: list[str] = []
        if self._cut_at_blanks():
            return
        self._cut = (TOKEN if ANY_SINGLE.search(text) else SPACED_TOKEN).split(text)
        self.words = list(map(token, self._cut[1::2]))
        self.numbers = [place for place, word in enumerate(self.words) if word[0].isdigit()]

    def _cut_at_blanks(self) -> bool:
        """Cut a text as the pattern would, several times as fast; False if it has a word that is too long for that."""
        # Every character stands where it stood.
        raw = self.text.encode("utf-8", "surrogatepass")
        self._letters = letters = raw.translate(BYTES).decode("utf-8", "surrogatepass")
        self._spans = _ascii_numbers(self.text, raw) if self.text.isascii() else [match.span() for match in ANY_NUMBER.finditer(self.text)]
        words: list[str] = []
        numbers: list[int] = []
        at = 0
        for first, last in (*self._spans, (len(letters), 0)):
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
                number = self.text[first:last]
                words.append(number if number.isascii() else token(number))
                at = last
        self.words, self.numbers = words, numbers
        return not words or max(map(len, words)) <= LONGEST_WORD

    @cached_property
    def joined(self) -> str:
        """All words with one blank before, between and behind them."""
        return f" {' '.join(self.words)} "

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The different words."""
        return frozenset(self.words)

    def holds(self, string: str) -> bool:
        """Whether a string stands in the joined words; asked once, however often its phrase begins."""
        if string not in self._held:
            self._held[string] = string in self.joined
        return self._held[string]

    @cached_property
    def small(self) -> str:
        """See the function of this name."""
        return small(self.text)

    @cached_property
    def digits(self) -> int:
        """How many characters its numbers have."""
        return sum([len(self.words[place]) for place in self.numbers])

    @cached_property
    def _ranges(self) -> list[tuple[int, int]]:
        """Where each word stands in the text: (from, to)."""
        if self._cut:
            edges = list(accumulate(map(len, self._cut)))
            return list(zip(edges[0:-1:2], edges[1::2], strict=True))
        ranges: list[tuple[int, int]] = []
        at = 0
        for first, last in (*self._spans, (len(self._letters), 0)):
            # Cut at every single blank, a part begins behind all parts before it and as many blanks.
            between = self._letters[at:first]
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

    def start(self, place: int) -> int:
        """Where the word at this place begins in the text."""
        begins = self._begins
        if place in begins:
            return begins[place]
        if self._cut or len(begins) >= FEW_PLACES or not self.text.isascii():
            return self._ranges[place][0]
        # The words between two numbers are counted from the first of them on.
        after = bisect_right(self.numbers, place) - 1
        before, at = (self.numbers[after], self._spans[after][1]) if after >= 0 else (-1, 0)
        if place == before:
            begins[place] = self._spans[after][0]
        else:
            stop = self._spans[after + 1][0] if after + 1 < len(self._spans) else len(self._letters)
            begins[place] = stop - len(self._letters[at:stop].split(None, place - before - 1)[-1])
        return begins[place]

    def stop(self, place: int) -> int:
        """Where the word at this place ends in the text (exclusive)."""
        return self.start(place) + len(self.words[place]) if self.text.isascii() else self._ranges[place][1]

    @cached_property
    def ends(self) -> list[int]:
        """Where the sentences end."""
        ends = [match.end() for match in SENTENCE_END.finditer(self.text)]
        ends.append(len(self.text))
        return ends

    def sentence(self, start: int) -> int:
        """The number of the sentence in which a place of the text stands."""
        return bisect_right(self.ends, start, 0, len(self.ends) - 1)

    def is_number(self, place: int) -> bool:
        """Whether the word at this place is a number."""
        return self.words[place][0].isdigit()

    def written(self, first: int, last: int) -> str:
        """The words from ``first`` to ``last`` (exclusive) as the writer wrote them."""
        return self.text[self.start(first) : self.stop(last - 1)]

    def said(self, first: int, last: int) -> str:
        """The sentence that the words from ``first`` to ``last`` (exclusive) stand in."""
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
