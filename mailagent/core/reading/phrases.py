"""Finds thousands of plain phrases of many languages in one walk over a mail's words.

**The idea.** A regular expression made of a few thousand phrases tries them all at every letter, and a hostile text
can make it slow. Here the text is cut into *tokens* once (a word, a number, or one Chinese, Japanese or Korean
character), and the phrases are filed under their first token like words in a dictionary. The walk looks each token
up once and compares the few phrases that begin with it. Its time grows with the length of the text and with
nothing else.

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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

# Nobody asks for a price after so many characters; what lies behind is not searched.
LONGEST_TEXT = 40_000
LONGEST_EVIDENCE = 200
MOST_MATCHES = 5_000
WORDS_SKIPPED = 5
CHARACTERS_SKIPPED = 10

SINGLE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
NUMBER = r"\d{1,18}(?:[.,'’٬٫]\d{1,9}){0,6}"
TOKEN = re.compile(rf"[{SINGLE}]|{NUMBER}|[^\W\d_{SINGLE}]{{1,60}}")
PIECE = re.compile(rf"…|\.\.\.|#|[{SINGLE}]|{NUMBER}|[^\W\d_{SINGLE}]{{1,60}}\*?")
SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|[。！？；؟]|\n\s{0,40}\n|\n(?=\s{0,20}(?:[-•*·・]|\(?[0-9a-zA-Z]{1,2}[.)]\s))")

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


@dataclass(frozen=True)
class Token:
    """One word, number or character: folded, with its place in the text and the number of its sentence."""

    word: str
    start: int
    end: int
    sentence: int

    @property
    def is_number(self) -> bool:
        return self.word[0].isdigit()


class Text:
    """A text cut into tokens and sentences, ready to be searched.

    Args:
        text: any text; what lies beyond ``LONGEST_TEXT`` characters is not read.
    """

    def __init__(self, text: str):
        self.text = unicodedata.normalize("NFC", text[:LONGEST_TEXT])
        self.ends = [match.end() for match in SENTENCE_END.finditer(self.text)] + [len(self.text)]
        self.tokens = tuple(self._cut())

    def _cut(self) -> Iterator[Token]:
        sentence = 0
        for match in TOKEN.finditer(self.text):
            while match.start() >= self.ends[sentence] and sentence < len(self.ends) - 1:
                sentence += 1
            yield Token(fold(match.group()) or match.group(), match.start(), match.end(), sentence)

    def evidence(self, start: int, end: int) -> str:
        """The sentence around a place in the text, cut to ``LONGEST_EVIDENCE`` characters with the place inside."""
        after = next((i for i, stop in enumerate(self.ends) if stop > start), len(self.ends) - 1)
        first = self.ends[after - 1] if after else 0
        last = max(self.ends[after], end)
        if last - first > LONGEST_EVIDENCE:
            first = max(first, min(start - 60, last - LONGEST_EVIDENCE))
        return " ".join(self.text[first:last].split())[:LONGEST_EVIDENCE].strip()


@dataclass(frozen=True)
class Match:
    """A phrase that was found: what it means, and from which token to which (exclusive)."""

    name: str
    value: str
    first: int
    last: int


# One element of a phrase: a word, the beginning of a word, any number, or a gap.
Piece = tuple[str, str]
# Under this a phrase is filed that begins with any number; no token is written so.
ANY_NUMBER = "#"
# What is left of a phrase behind the words it is filed under, its name, and its value.
Entry = tuple[tuple[Piece, ...], str, str]


def pieces(phrase: str) -> tuple[Piece, ...]:
    """A phrase of the configuration as elements to compare; empty when nothing in it can be compared."""
    found: list[Piece] = []
    for text in PIECE.findall(phrase):
        if text in ("…", "..."):
            found.append(("gap", ""))
        elif text == "#":
            found.append(("number", ""))
        elif text.endswith("*"):
            found.append(("begins", fold(text[:-1])))
        else:
            found.append(("word", fold(text)))
    # A gap at either end would mean nothing.
    while found and found[0][0] == "gap":
        found.pop(0)
    while found and found[-1][0] == "gap":
        found.pop()
    return tuple(found)


class Phrasebook:
    """Phrases filed under their first token, or their first two where both are plain words.

    Args:
        entries: (name, value, phrase): what a phrase means, a value for it (may be empty), and the phrase.
    """

    def __init__(self, entries: Iterable[tuple[str, str, str]]):
        self._pairs: dict[tuple[str, str], list[Entry]] = {}
        self._words: dict[str, list[Entry]] = {}
        self._beginnings: dict[str, list[Entry]] = {}
        self._numbers: list[Entry] = []
        for name, value, phrase in entries:
            cut = pieces(phrase)
            if not cut:
                continue
            kind, word = cut[0]
            if len(cut) > 1 and kind in ("word", "number") and cut[1][0] == "word":
                self._pairs.setdefault((ANY_NUMBER if kind == "number" else word, cut[1][1]), []).append((cut[1:], name, value))
            elif kind == "number":
                self._numbers.append((cut[1:], name, value))
            else:
                shelf = self._words if kind == "word" else self._beginnings
                shelf.setdefault(word, []).append((cut[1:], name, value))
        self._lengths = sorted({len(word) for word in self._beginnings})

    def find(self, text: Text) -> list[Match]:
        """Every phrase of the book that stands in the text, in reading order; the same words may mean several things."""
        found: list[Match] = []
        tokens = text.tokens
        for place, token in enumerate(tokens):
            following = tokens[place + 1].word if place + 1 < len(tokens) else ""
            for rest, name, value in self._candidates(token, following):
                last = _follow(tokens, place, rest)
                if last:
                    found.append(Match(name, value, place, last))
            if len(found) >= MOST_MATCHES:
                break
        return found

    def _candidates(self, token: Token, following: str) -> Iterator[Entry]:
        yield from self._words.get(token.word, ())
        yield from self._pairs.get((token.word, following), ())
        if token.is_number:
            yield from self._pairs.get((ANY_NUMBER, following), ())
            yield from self._numbers
        for length in self._lengths:
            if length > len(token.word):
                break
            yield from self._beginnings.get(token.word[:length], ())


def _follow(tokens: tuple[Token, ...], place: int, rest: tuple[Piece, ...]) -> int:
    """Where a phrase ends that begins at ``place``; 0 when the text goes on differently."""
    sentence, at, skip = tokens[place].sentence, place + 1, 0
    for piece in rest:
        if piece[0] == "gap":
            skip = CHARACTERS_SKIPPED if at < len(tokens) and "\u3040" <= tokens[at].word[0] <= "\ud7af" else WORDS_SKIPPED
            continue
        # The nearest place where the next word stands, no farther than the gap allows.
        here = next((i for i in range(at, min(at + skip + 1, len(tokens))) if _fits(tokens[i], piece)), None)
        if here is None or tokens[here].sentence != sentence:
            return 0
        at, skip = here + 1, 0
    return at


def _fits(token: Token, piece: Piece) -> bool:
    kind, word = piece
    if kind == "number":
        return token.is_number
    return token.word.startswith(word) if kind == "begins" else token.word == word
