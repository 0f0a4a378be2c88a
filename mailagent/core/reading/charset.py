"""From bytes and a label to text.

Labels lie. Mail that says ``gb2312`` is written in GB18030, ``iso-8859-1`` means what Windows calls 1252, and some
mail has no label at all. So a label is first mapped the way browsers do (WHATWG Encoding), then tried strictly; when
that fails the bytes themselves are asked. No character is ever dropped silently: what cannot be read becomes U+FFFD
and the caller is told (STANDARDS §9.1).
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from mailagent.core.reading import disguised

_ALIASES = {
    "gb18030": "gb18030 gb2312 gbk xgbk cp936 ms936 gb231280 euccn gb180302000 chinese csgb2312 isoir58",
    "cp950": "big5 xxbig5 cp950 big5tw csbig5",
    "cp932": "shiftjis xsjis sjis windows31j ms932 cswindows31j mskanji csshiftjis",
    "iso2022_jp_ext": "iso2022jp iso2022jpms iso2022jp1 iso2022jp2 iso2022jp3 csiso2022jp cp50220 cp50221 cp50222",
    "cp949": "euckr ksc5601 ksc56011987 ksc56011989 windows949 xwindows949 ms949 uhc korean cseuckr",
    "cp1252": "iso88591 latin1 l1 usascii ascii ansi ansix341968 windows1252 xcp1252 cp1252 iso88591windows",
    "cp1254": "iso88599 latin5 windows1254",
    "cp874": "iso885911 tis620 windows874",
    "cp1251": "windows1251 xcp1251 cp1251 cp1251cyrillic",
    "iso8859_8": "iso88598 iso88598i iso88598e",
    "utf_8": "utf8 utf8mb4 unicode11utf8 xutf8 cputf8",
    "mac_roman": "xmacroman macintosh mac",
    "mac_cyrillic": "xmaccyrillic maccyrillic",
    "utf_7": "utf7 unicode11utf7 xunicode20utf7",
    "cp850": "cp850 ibm850",
    "hz": "hzgb2312 hz",
    "koi8_r": "koi8r cskoi8r koi8",
}
_CODEC_OF = {alias: codec for codec, aliases in _ALIASES.items() for alias in aliases.split()}

#: Labels that say nothing, or say ASCII: bytes above 127 under them come from somewhere else.
_SAYS_NOTHING = {
    "",
    "usascii",
    "ascii",
    "ansix341968",
    "unknown8bit",
    "unknown",
    "default",
    "xunknown",
    "8bit",
    "7bit",
    "xuserdefined",
    "none",
    "136",
}

#: Python codecs that decode text and yet are no charset of mail; punycode takes quadratic time.
_FORBIDDEN = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}

_BY_TLD = {
    "cn": "gb18030",
    "hk": "cp950",
    "tw": "cp950",
    "jp": "cp932",
    "kr": "cp949",
    "ru": "cp1251",
    "by": "cp1251",
    "ua": "cp1251",
    "kz": "cp1251",
    "il": "cp1255",
}
#: Countries that write Latin letters in another code page than western Europe.
_LATIN_BY_TLD = {
    **dict.fromkeys(("pl", "cz", "sk", "hu", "si", "hr", "ro"), "cp1250"),
    **dict.fromkeys(("lt", "lv", "ee"), "cp1257"),
    "tr": "cp1254",
}

#: Code pages by their numbers ("win-1251", "iso8859_15"), in the ways in which Python does not know them.
_NUMBERED = re.compile(r"(?:x?cp|x?win|x?windows|ibm|iso)(\d{3,6})")
#: Charsets in which bytes of UTF-8 are letters as well, but such as stand together in hardly any word.
_LATIN = frozenset(["cp1252", "cp1250", "cp1254", "iso8859_2", "iso8859_15"])

_GUESS_SAMPLE = 20_000
#: So many characters tell in which language they make sense.
_JUDGED = 500

# In Western text an accented letter stands alone among ASCII ("caf\xe9", "d\xe9j\xe0"), now and then two stand together ("cr\xe9\xe9e").
# Chinese, Japanese, Korean and Cyrillic text comes in pairs and longer runs, or its lone bytes are no letters in 1252.
_WESTERN_LETTERS = re.compile(
    rb"(?<![\x80-\xff])(?:[\xc0-\xd6\xd8-\xf6\xf8-\xff\x8a\x8c\x8e\x9a\x9c\x9e\x9f]|[\xdf-\xf6\xf8-\xff]{2})(?![\x80-\xff])"
)
_WESTERN_MARKS = re.compile(rb"(?<![\x80-\xff])[\x80\x85\x91-\x97\x99\xa0\xa1\xa7\xa9\xab\xae\xb0\xb2\xb4\xb7\xba\xbb\xbf](?![\x80-\xff])")
# What 1252 shows as a sign inside a word is a Polish letter; the ISO page has three of them elsewhere than the Windows page.
_SIGN_IN_WORD = re.compile(rb"(?<=[A-Za-z])[\xb1\xb3\xb6\xb9\xbc\xbf](?=[a-z])")
_ISO_POLISH = re.compile(rb"(?<=[A-Za-z])[\xb1\xb6\xbc]")
# Letters that every Turkish sentence has in 1254, and only Icelandic has in 1252.
_TURKISH = re.compile(rb"[\xd0\xdd\xde\xf0\xfd\xfe]")
_HIGH = re.compile(rb"[\x80-\xff]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]{2,}")
_HEBREW_WORDS = re.compile(rb"(?<![\x80-\xff])[\xe0-\xfa]{2,}(?![\x80-\xff])")
_ICELANDIC_TLD = ("is", "fo")


def decode(raw: bytes, label: str = "", *, hint: str = "") -> tuple[str, bool]:
    """Bytes as text, whatever their label says.

    Args:
        raw: the bytes, transfer encoding already taken off.
        label: the charset named in the mail, "" if none.
        hint: top-level domain of the sender, used only when the label fails.
    Returns:
        the text without lone surrogates, and whether characters were lost (then U+FFFD stands in their place).
    """
    declared = codec_of(label[:60]) if label else ""
    if disguised.is_disguised(raw, declared):
        text = disguised.decode(raw, declared)
        if text is not None:
            return scrub(text), "\ufffd" in text
    if raw.isascii():
        return raw.decode("ascii"), False
    if raw.startswith(codecs.BOM_UTF8):
        raw, declared = raw[3:], "utf_8"
    plain = _strict(raw, "utf_8")
    if plain is not None and (declared in ("", "utf_8") or _is_utf8_all_the_same(plain, declared)):
        return scrub(plain), False
    text = _strict(raw, declared)
    if text is not None and declared == "cp1252":
        text = _under_another_name(raw, hint) or text
    if text is None:
        text = plain
    if text is not None:
        return scrub(_other_cyrillic(raw, text, declared)), False
    if declared == "cp950":
        text = _strict(raw, "big5hkscs")
        if text is not None:
            return scrub(text), False
    # Text that is cut in the middle of a character is still that charset: replace the one, keep the rest.
    if _mostly_utf8(raw):
        return scrub(raw.decode("utf-8", "replace")), True
    western = _western(raw, hint)
    if not western and _fits(raw, declared):
        return scrub(raw.decode(declared, "replace")), True
    guess = "" if western else _guess(raw, hint)
    for codec in (western, guess, _BY_TLD.get(hint, "")):
        text = _strict(raw, codec)
        if text is not None:
            return scrub(text), False
    if guess:
        return scrub(raw.decode(guess, "replace")), True
    text = _strict(raw, _detect(raw))
    if text is not None:
        return scrub(text), False
    return scrub(raw.decode(declared or "cp1252", "replace")), True


@lru_cache(maxsize=512)
def codec_of(label: str) -> str:
    """Python's name for a charset as mail names it, "" where the name says nothing; two names of one charset give the same."""
    key = re.sub(r"[^a-z0-9]", "", label.lower())
    if not key or key in _SAYS_NOTHING:
        return ""
    if key in _CODEC_OF:
        return _CODEC_OF[key]
    numbered = _NUMBERED.fullmatch(key)
    names = [label.strip().lower()]
    if numbered:
        names.append(f"iso8859_{numbered[1][4:]}" if numbered[1].startswith("8859") else f"cp{numbered[1]}")
    for name in names:
        try:
            found = codecs.lookup(name)
        except (LookupError, ValueError, UnicodeError):
            continue
        if getattr(found, "_is_text_encoding", True) and found.name not in _FORBIDDEN:
            return found.name.replace("-", "_")
    return ""


def _is_utf8_all_the_same(text: str, declared: str) -> bool:
    """Whether bytes that are UTF-8 as well as another charset are UTF-8, though the label names the other."""
    strange = [character for character in text[:_GUESS_SAMPLE] if not character.isascii()]
    if declared in _ONE_EVERYDAY:
        # Of two or three bytes; the letters of three are hardly ever two characters of another charset.
        long = sum(character >= "\u0800" for character in strange)
        return long >= 2 and long * 2 >= len(strange) or len(strange) >= 4 and not long
    # Nobody writes the control characters beyond ASCII.
    return len(strange) >= (1 if declared in _LATIN else 2) and not any("\x80" <= character <= "\x9f" for character in strange)


def _under_another_name(raw: bytes, hint: str) -> str | None:
    """Text that says it is Latin-1, as mail programs do that know no better, and is Chinese, Japanese, Korean or Cyrillic."""
    sample = raw[:_GUESS_SAMPLE]
    strange = len(_HIGH.findall(sample))
    if strange < 6 or sum(map(len, _HIGH_RUN.findall(sample))) * 4 < strange * 3 or _western(raw, hint):
        return None
    return _strict(raw, _guess(raw, hint))


def _fits(raw: bytes, declared: str) -> bool:
    """Whether most of the bytes are everyday characters of the charset that the mail names, though not all are characters."""
    is_common = _ONE_EVERYDAY.get(declared)
    if is_common is None:
        return False
    strange = [character for character in raw[:_GUESS_SAMPLE].decode(declared, "replace") if not character.isascii()][:_JUDGED]
    return len(strange) >= 2 and sum(map(is_common, strange)) > 0.75 * len(strange)


def scrub(text: str) -> str:
    """Text without lone surrogates, which could be neither stored nor sent."""
    try:
        text.encode("utf-8")
        return text
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def header_text(value: str, *, hint: str = "") -> str:
    """A raw header value as the parser left it (8-bit bytes as surrogates), read as text."""
    if value.isascii() and "\x1b$" not in value:
        return value
    try:
        raw = value.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return scrub(value)
    return decode(raw, "", hint=hint)[0]


def is_utf8(raw: bytes) -> bool:
    """Whether the bytes are text in UTF-8."""
    return _strict(raw, "utf_8") is not None


def _strict(raw: bytes, codec: str) -> str | None:
    if not codec:
        return None
    try:
        return raw.decode(codec)
    except (UnicodeError, ValueError, LookupError):
        return None


def _western(raw: bytes, hint: str) -> str:
    """The code page of mostly ASCII text with lone accented letters: 1252, or the one of the sender's country; "" for other text."""
    sample = raw[:_GUESS_SAMPLE]
    strange = sum(map(len, re.findall(rb"[\x80-\xff]+", sample)))
    plain = len(re.findall(rb"[A-Za-z]", sample))
    signs = len(_SIGN_IN_WORD.findall(sample))
    letters = sum(len(found) for found in _WESTERN_LETTERS.findall(sample)) + signs
    marks = len(_WESTERN_MARKS.findall(sample))
    # Marks alone ("don\x92t") need the company of many plain letters.
    fits = letters * 5 >= (strange - marks) * 3 and (letters or marks == strange)
    if not strange or not fits or plain < strange * (3 if letters else 10):
        return ""
    if hint in _LATIN_BY_TLD:
        return _LATIN_BY_TLD[hint]
    if signs * 10 > strange:
        return "iso8859_2" if _ISO_POLISH.search(sample) else "cp1250"
    if len(_TURKISH.findall(sample)) * 4 > strange and hint not in _ICELANDIC_TLD:
        return "cp1254"
    return "cp1252"


def _guess(raw: bytes, hint: str = "") -> str:
    """Cyrillic, Hebrew; or EUC-KR, GB18030, Shift-JIS, Big5 when most that comes out are that language's everyday characters."""
    sample = raw[:_GUESS_SAMPLE]
    cyrillic = _cyrillic(sample)
    if cyrillic:
        return cyrillic
    if _is_hebrew(sample):
        return "cp1255"
    if _is_euc_jp(sample):
        return "euc_jp"
    best, best_share = "", 0.75
    # Of two that fit equally well the one of the sender's country is the likelier one.
    likely = _BY_TLD.get(hint)
    for codec, is_common in sorted(_ONE_EVERYDAY.items(), key=lambda each: each[0] != likely) if likely else _ONE_EVERYDAY.items():
        strange = [character for character in sample.decode(codec, "replace") if not character.isascii()][:_JUDGED]
        # All Hangul look like everyday Chinese, but the reverse is true of few words: a short text says nothing.
        if len(strange) < (4 if codec == "cp949" else 2):
            continue
        share = sum(map(is_common, strange)) / len(strange)
        if share > best_share:
            best, best_share = codec, share
    return best


def _cyrillic(sample: bytes) -> str:
    """1251 or KOI8-R: words of three letters and more, capitals in the other half of the page, and a fifth of а, е, и, о."""
    words = b"".join(re.findall(rb"[\xc0-\xff\xa8\xb8\xa3\xb3]{3,}", sample))
    lone = re.sub(rb"[\xc0-\xff\xa8\xb8\xa3\xb3]+", b"", sample)
    if not words or len(re.findall(rb"[\x80-\xff]", lone)) * 5 > len(words):
        return ""
    low, high = re.findall(rb"[\xc0-\xdf]", words), re.findall(rb"[\xe0-\xff]", words)
    if high and len(high) > 2 * len(low) and sum(letter in b"\xe0\xe5\xe8\xee" for letter in high) * 5 >= len(high) and low:
        return "cp1251"
    if low and len(low) > 2 * len(high) and sum(letter in b"\xc1\xc5\xc9\xcf" for letter in low) * 5 >= len(low) and high:
        return "koi8_r"
    return ""


def _is_hebrew(sample: bytes) -> bool:
    """Words of the 27 letters and nothing else above ASCII; more than a quarter of them ה, ו, י or ל (in 1251 that is д, е, й, м)."""
    words = _HEBREW_WORDS.findall(sample)
    letters = b"".join(words)
    strange = len(_HIGH.findall(sample))
    if len(words) < 2 or len(letters) * 10 < strange * 9:
        return False
    return sum(letter in b"\xe4\xe5\xe9\xec" for letter in letters) * 100 > 27 * len(letters)


def _everyday_chinese(character: str) -> bool:
    # Level 1 of GB2312 (lead bytes B0 to D7) holds the 3,755 commonest characters; A1 and A3 are punctuation.
    code = character.encode("gb18030", "replace")
    return len(code) == 2 and (0xB0 <= code[0] <= 0xD7 or code[0] in (0xA1, 0xA3)) and code[1] >= 0xA1


def _everyday_big5(character: str) -> bool:
    code = character.encode("cp950", "replace")
    return len(code) == 2 and 0xA1 <= code[0] <= 0xC6


def _hangul(character: str) -> bool:
    # The 2,350 syllables of KS X 1001; the others of the code page are rarely written, and Shift-JIS looks like them.
    code = character.encode("cp949", "replace")
    return len(code) == 2 and 0xB0 <= code[0] <= 0xC8 and code[1] >= 0xA1


def _kana(character: str) -> bool:
    return "\u3000" <= character <= "ヿ" or "\uff01" <= character <= "\uff5e" or "一" <= character <= "龥"


#: The charsets of East Asia, and which characters are everyday ones in each.
_ONE_EVERYDAY = {"cp949": _hangul, "gb18030": _everyday_chinese, "cp932": _kana, "cp950": _everyday_big5}


def _is_euc_jp(sample: bytes) -> bool:
    """A fifth of a Japanese text are hiragana; in Chinese, which has the same places for them, there are none."""
    text = _strict(sample[: _GUESS_SAMPLE - 1], "euc_jp") or _strict(sample[: _GUESS_SAMPLE - 2], "euc_jp") or ""
    strange = [character for character in text if not character.isascii()]
    return len(strange) >= 4 and sum("\u3040" <= character <= "\u309f" for character in strange) * 5 >= len(strange)


def _mostly_utf8(raw: bytes) -> bool:
    text = raw[:_GUESS_SAMPLE].decode("utf-8", "replace")
    strange = sum(not character.isascii() for character in text)
    return strange > 0 and text.count("\ufffd") * 4 < strange


def _detect(raw: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(raw[:_GUESS_SAMPLE], preemptive_behaviour=False).best()
    return best.encoding if best else ""


def _other_cyrillic(raw: bytes, text: str, codec: str) -> str:
    """KOI8-R labelled as 1251 (or the other way round) shows as words in wRONG cASE (STANDARDS §9.1.4)."""
    other = {"koi8_r": "cp1251", "cp1251": "koi8_r"}.get(codec)
    if other is None:
        return text
    flips = len(re.findall(r"\b[а-яё][А-ЯЁ]{2,}", text[:_GUESS_SAMPLE]))
    words = len(re.findall(r"[А-Яа-яЁё]{3,}", text[:_GUESS_SAMPLE]))
    if words and flips * 3 > words:
        return _strict(raw, other) or text
    return text
