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
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, compress, count
from operator import add

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
# The same cuts for a text that is ASCII and in small letters, which most are.
ASCII_TOKEN = re.compile(rf"([a-z]{{1,{LONGEST_WORD}}}|[0-9]{{1,18}}(?:[.,'][0-9]{{1,9}}){{0,6}})")
ASCII_NUMBER = re.compile(r"[0-9]{1,18}(?:[.,'][0-9]{1,9}){0,6}")
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
        self._held: dict[str, bool] = {}
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

    def said(self, first: int, last: int) -> str:
        """The sentence that the words from ``first`` to ``last`` (exclusive) stand in."""
        return self.evidence(self.starts[first], self.stop(last - 1))

    def evidence(self, start: int, end: int) -> str:
        """The sentence around a place in the text, cut to ``LONGEST_EVIDENCE`` characters with the place inside."""
        ends = self.ends
        after = bisect_right(ends, start, 0, len(ends) - 1)
        first = ends[after - 1] if after else 0
        last = max(ends[after], end)
        if last - first > LONGEST_EVIDENCE:
            first = max(first, min(start - 60, last - LONGEST_EVIDENCE))
        return " ".join(self.text[first:last].split())[:LONGEST_EVIDENCE].strip()
