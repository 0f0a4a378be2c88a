"""Postal addresses: which line of a signature is one, and what somebody calls his address."""

from __future__ import annotations

import re

from mailagent.core.reading.letters import anchors
from mailagent.core.reading.text import small

LABELS = (
    "address", "addr", "add", "adresse", "anschrift", "direccion", "dirección", "endereço", "indirizzo", "адрес", "adres", "ship to",
    "deliver to", "地址", "住所", "주소", "العنوان",
)  # fmt: skip
LABELLED_ADDRESS = re.compile(
    r"(?:\b(?:address|addr|add|adresse|anschrift|direcci[oó]n|endereço|indirizzo|адрес|adres|ship to|deliver to)|"
    r"地址|住所|주소|العنوان)\s{0,3}[:：]\s{0,3}(\S[^\n]{5,150})",
    re.IGNORECASE,
)
LONGEST_LABEL = 16
# What ends like a sentence is talk and no line of an address.
SENTENCE_ENDS = ("?", "!", ":", ";", "。", "？", "！", "：", "；")
# Words of addresses that stand alone, words that end in one, and signs of Chinese, Japanese and Korean addresses.
STREET_WORDS = (
    r"str|st\.|road|rd|avenue|ave|av|boulevard|blvd|lane|drive|highway|hwy|quay|square|plaza|parkway|pkwy|p\.? ?o\.? ?box|"
    r"industrial area|industrial estate|industrial park|industrial zone|plot|building|bldg|floor|suite|straße|strasse|platz|weg|"
    r"allee|via|viale|piazza|corso|calle|avenida|carrera|cra|colonia|col\.|rua|travessa|estrada|rodovia|rue|chemin|place|"
    r"zone industrielle|z\.?i\.?|ul|ulica|улица|ул|проспект|пр-т|шоссе|дом|офис|cad|caddesi|sok|sokak|mah|mahallesi|bulvarı|"
    r"sanayi sitesi|osb|gata|vej|bagh|bazar|bazaar|market|mall|town|nagar|district|province|شارع|طريق|منطقة|حي|"
    r"lotissement|parque industrial|poligono industrial|polígono industrial|zona industrial|zona industriale|distrito industrial|"
    r"gewerbegebiet|gewerbepark|bulevar|aleja|utca|náměstí|třída|jalan|kawasan industri|đường|phường|quận|khu công nghiệp|οδός|"
    r"λεωφόρος|λεωφ|خیابان|بلوار|שדרות|רחוב"
)
# Abbreviations of places, before a name: "г. Тула, ул. Мира, 5".
SHORT_PLACES = ("г", "гор", "пр", "пер", "наб", "пл", "обл", "jl", "al", "os", "nám", "đ", "kp")
STREET_ENDS = r"straße|strasse|str\.|gasse|weg|platz|gatan|gata|vägen|vegen|vej|katu|tie|straat|laan|kade"
# For lines in small letters.
STREET = re.compile(
    r"\b(?:street(?![ -]?(?:light|lamp|lumin|led))|" + STREET_WORDS + r")\b|"
    r"\w(?:" + STREET_ENDS + r")\b|"
    r"(?:路|街|道|巷|弄)\s?\d{1,5}\s?[号號]|"
    r"(?:省|市|区|县|區|縣|府|県|都)[\u4e00-\u9fff]{1,15}(?:路|街|道|村|镇|园|区|號|号|町|市|区)\w{0,6}|工[业業](?:园|区|園|區)|"
    r"\d(?:丁目|番地)|〒\s?\d{3}|[가-힣]{1,10}(?:시|구)\s[가-힣]{1,10}(?:동|로|길|구)"
)
SHORT_PLACE = re.compile(r"\b(?i:" + "|".join(SHORT_PLACES) + r")\.\s?[A-ZÀ-ÞĀĂĐŁŚŠŽŻА-ЯЁ]")
STREET_ANCHORS = (
    anchors(("street", *STREET_WORDS.split("|")))
    | anchors(STREET_ENDS.split("|"), before="")
    | anchors(SHORT_PLACES, after="")
    | anchors((*"路街道巷弄省市区县府県都工시구", "丁目", "番地"), before="", after="")
)
# A postcode before a place or behind one, with a comma near; or a British one.
POSTCODE_LINE = re.compile(
    r"(?:^|,\s?)(?:[A-Z]{1,2}-?)?\d{3} ?\d{1,3}(?:-\d{3,4})?\s[A-ZÀ-Þ][\w'’-]{2,40}(?:,|$)|"
    r"[A-ZÀ-Þ][\w'’ -]{2,30},\s?(?:[A-Z]{2}\s)?\d{4,6}(?!\s?(?:K|W|V|A|lm|mm|m|kg|h|hrs|pcs|pieces|sets|units)\b)"
    r"(?:\s|,|$)|\b[A-Z]{1,2}\d{1,2}[A-Z]?\s?\d[A-Z]{2}\b"
)
# Digits as every postcode has them.
POSTCODE_DIGITS = re.compile(r"\d(?:\d\d|[A-Z][A-Z])")
ASCII_POSTCODE_DIGITS = re.compile(r"[0-9](?:[0-9][0-9]|[A-Z][A-Z])")
# A line of an address has a number, or ends with a place; it is written in names, not in sentences.
HAS_NUMBER = re.compile(r"\d|[一二三四五六七八九十]+[号號楼]")
LONG_WORD = re.compile(r"[^\W\d_]{4,}")
BEGINS_AS_ADDRESS = re.compile(r"\s{0,3}(?:no\.?\s?|#)?\d{1,5}[a-z]?[,\s/-]", re.IGNORECASE)


def labelled(words: str) -> re.Match | None:
    """What stands behind "Address:" in a text: the whole match, with the address as its first group."""
    for colon in ":：":
        place = words.find(colon)
        while place >= 0:
            if small(words[max(0, place - LONGEST_LABEL) : place].rstrip()).endswith(LABELS):
                return LABELLED_ADDRESS.search(words)
            place = words.find(colon, place + 1)
    return None


def is_address(line: str, may_name_street: bool = True) -> bool:
    """Whether a line is one of an address: a street or postcode, with a number, and no talk ("our office pays for street lights").

    Args:
        may_name_street: False if none of ``STREET_ANCHORS`` is among its letters.
    """
    if line.endswith(SENTENCE_ENDS):
        return False
    street = (STREET.search(small(line)) or SHORT_PLACE.search(line)) if may_name_street else None
    if not street and not POSTCODE_LINE.search(line):
        return False
    if BEGINS_AS_ADDRESS.match(line) and street and street.start() < 40 and len(line.split()) <= 10:
        return True
    words = LONG_WORD.findall(line)
    ordinary = sum(word[0].islower() for word in words)
    if ordinary >= 3 and ordinary * 2 > len(words):
        return False
    if HAS_NUMBER.search(line):
        return True
    # "Zone industrielle Nord, Blida, Algérie": the kind of place may be written small.
    return len(words) >= 2 and len(line) <= 60 and ordinary <= (line.count(",") >= 2)
