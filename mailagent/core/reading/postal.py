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
    r"str|road|rd|avenue|ave|av|boulevard|boul|blvd|lane|drive|highway|hwy|quay|square|plaza|parkway|pkwy|crescent|terrace|esplanade|"
    r"p\.? ?o\.? ?box|private bag|locked bag|postfach|postbus|postboks|apartado|apdo|casilla|caixa postal|casella postale|boite postale|"
    r"industrial area|industrial estate|industrial park|industrial zone|industrial city|business park|science park|trading estate|"
    r"free zone|free trade zone|export processing zone|plot|building|bldg|floor|suite|straße|strasse|platz|weg|chaussee|"
    r"allee|via|viale|piazza|piazzale|corso|strada|contrada|calle|avenida|carrera|cra|camino|carretera|colonia|barrio|calzada|"
    r"prolongación|autopista|ruta|rua|travessa|estrada|rodovia|alameda|bairro|praça|rue|chemin|place|route de|"
    r"impasse|quartier|zone industrielle|zone artisanale|zone franche|zac|z\.?i\.?|ul|ulica|улица|ул|проспект|пр-т|шоссе|дом|офис|"
    r"переулок|набережная|бульвар|промзона|вулиця|вул|cad|cadde|caddesi|sokak|sokağı|mah|mahallesi|bulvarı|blv|bölgesi|"
    r"sanayi sitesi|osb|gata|vej|bagh|bazar|bazaar|market|mall|town|nagar|marg|chowk|gidc|midc|sidco|sipcot|riico|district|province|"
    r"taluka|tehsil|شارع|طريق|منطقة|المنطقة|حي|ص\.ب|صندوق بريد|"
    r"lotissement|parque industrial|poligono industrial|polígono industrial|pol\. ?ind|parque empresarial|zona industrial|zona industriale|"
    r"zona franca|zona artigianale|distrito industrial|distrito federal|"
    r"gewerbegebiet|gewerbepark|industriegebiet|industriepark|bedrijventerrein|industriterrein|bulevar|bulevardul|calea|aleja|osiedle|utca|"
    r"náměstí|třída|nábřeží|jalan|kawasan industri|kecamatan|kelurahan|kabupaten|đường|phường|quận|huyện|kcn|khu công nghiệp|οδός|"
    r"λεωφόρος|λεωφ|خیابان|بلوار|میدان|کوچه|שדרות|רחוב|ถนน|ตำบล|อำเภอ|dadao"
)
# Abbreviations of places, before a name: "г. Тула, ул. Мира, 5"; and of streets, behind one: "41 Port Said St., Alexandria".
SHORT_PLACES = (
    "г", "гор", "пр", "пер", "наб", "пл", "обл", "мкр", "jl", "al", "os", "nám", "đ", "kp", "col", "urb", "trav", "tp", "bd", "şos", "rod",
)  # fmt: skip
SHORT_STREETS = "st|sokak|sok|sk|dr|ln|ct|cres|tce|pde|way|walk|row|close|court|mews|wharf|yard|grove|gardens|street"
STREET_ENDS = (
    r"straße|strasse|str\.|gasse|weg|platz|allee|damm|ufer|gatan|gata|vägen|vegen|veien|vej|katu|tie|straat|laan|kade|plein|dijk|"
    r"gracht|singel|utca|caddesi|bulvarı"
)
# How streets and quarters end in Korea and Japan when they are written in our letters: "12 Sinsan-ro, Saha-gu, Busan".
EASTERN_ENDS = "daero|ro|gil|gu|dong|gun|eup|myeon|ku|cho|chome|machi|shi"
# What has a number in a street or yard: "Warehouse 5, Umm Salal, Doha".
UNITS = (
    r"warehouse|unit|shop|shed|godown|flat|office|block|gate|stand|erf|phase|sector|km|gala|villa|hall|hangar|house|room|bay|stall|"
    r"nave|bodega|local|galpão|galpon|galpón|lote|lô|lot|quadra|conjunto|sala|oficina|piso|halle|tor|entrepôt|cité|ilot|secteur|"
    r"capannone|корпус|склад|строение|kat|blok|parsel|kavling|ruko|gudang|số|sk|lt|mz|zone|area|cluster"
)
# For lines in small letters.
STREET = re.compile(
    r"\b(?:street(?![ -]?(?:light|lamp|lumin|led))|" + STREET_WORDS + r")\b|"
    r"\w(?:" + STREET_ENDS + r")(?![^\W_])|\w{3}(?<!bea)(?<!inee)(?<!actu)(?<!sp)ring \d{1,3}[a-z]?(?=,| [·–-]|$)|"
    r"(?:路|街|道|巷|弄)\s?\d{1,5}\s?[号號]|"
    r"(?:省|市|区|县|區|縣|府|県|都)[\u4e00-\u9fff]{1,15}(?:路|街|道|村|镇|鎮|园|区|號|号|町|市|区)\w{0,6}|工[业業](?:园|区|園|區)|"
    r"\d(?:丁目|番地)|〒\s?\d{3}|[가-힣]{1,10}(?:시|구|군|도)\s[가-힣\d]{1,10}(?:동|로|길|구|시|읍|면)|"
    r"[a-z]-(?:" + EASTERN_ENDS + r")\b(?=[ ,\d]|$)|"
    # A kilometre of a highway: "BR-285 km 300".
    r"\b[a-z]{1,3}-?\d{1,4},? km\.? ?\d|"
    r"(?:^|[,\-–·] ?|\d )(?:b\.? ?p\.?|c\.p\.|cep|а/я|c/) ?(?:n[°º.] ?)?\d"
)
SHORT_PLACE = re.compile(
    r"\b(?i:" + "|".join(SHORT_PLACES) + r")\.\s?[A-ZÀ-ÞĀĂĐŁŚŠŽŻА-ЯЁ]|"
    r"\b\d{1,5}[A-Za-z]?,? (?:[A-ZÀ-Þ][\w'’-]{0,20}\.? ){1,4}(?i:" + SHORT_STREETS + r")\b|"
    r"\b[A-ZÀ-ÞĞİŞ]\w{2,20} (?:Sok|Sk|Cd|Blv)\.? ?(?:No)?[:. ]{0,2}\d|\b[A-ZÆØÅ]\w{2,20} gate \d|"
    r"(?:^|, ?|[–·|/-] )(?i:" + UNITS + r")(?i:\.| no\.?| nr\.?| n[°º])? ?#?[A-Za-z]?-?\d{1,4}[A-Za-z]?(?:,| [–·-]) ?[^\W\d_a-zß-ÿ]|"
    r"[^\W\d_a-z]\w+, ?(?i:" + UNITS + r") ?\d{1,4}[A-Za-z]?$"
)
# What talks of goods, and the head of a quoted mail, are no addresses.
NO_ADDRESS = re.compile(
    r"\d ?(?:pcs?|pieces|sets?|units|nos|stk|stück|szt|шт|uds|un|adet|pz|mm|kg|usd|eur)\b|"
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day,? |"
    r"^(?:sent|date|gesendet|datum|enviado|envoyé|inviato|data|fecha|on|am|le|el|subject|to|from|re)\s?:",
)
STREET_ANCHORS = (
    anchors(("street", *STREET_WORDS.split("|")))
    | anchors(STREET_ENDS.split("|"), before="")
    | anchors(SHORT_PLACES, after="")
    | anchors(SHORT_STREETS.split("|"))
    | anchors(EASTERN_ENDS.split("|"))
    | anchors(UNITS.split("|"))
    | anchors((r"b\.?p", r"c\.p", "cep", "c", "cd"))
    | anchors(("ring",), before="")
    | anchors((*"路街道巷弄省市区县府県都工시구군도", "丁目", "番地", "а/я"), before="", after="")
)
# The makers of bearings stand before numbers of as many digits, and so do words for goods and papers.
NO_MAKER = (
    r"(?!(?:(?i:SKF|FAG|INA|NSK|NTN|Koyo|Timken|Nachi|NMB|ZWZ|HRB|LYC|KBC|IKO|THK|SNR|Asahi|Schaeffler|bearings?|models?|types?|items?|parts?|"
    r"art\w*|refs?|orders?|no|nr|code|invoice|tel|fax|mob\w*|phone|ph|gst\w*|qty|drawing|lot|batch|account|otp|pos)\b))"
)
# A postcode before a place or behind one, with a comma near; or one whose letters tell it.
POSTCODE_LINE = re.compile(
    r"(?:^|,\s?|[·•|] )(?:[A-Z]{1,2}-?)?\d{3} ?\d{1,3}(?:-\d{3,4})?\s[A-ZÀ-Þ][\w'’-]{2,40}(?:,| [·•|(–/-]|$)|"
    r"\s\d{1,4}[a-z]?,\s?(?:[A-Z]{1,2}-)?\d{4,5} [A-ZÀ-Þ]|"
    r"[A-ZÀ-Þ][\w'’ -]{2,30}(?<!\d),\s?(?:[A-Z]{2}\s)?\d{4,6}(?! ?\d{3})"
    r"(?!\s?(?:K|W|V|A|lm|mm|m|kg|h|hrs|pcs|pieces|sets|units)\b)(?:\s|,|$)|"
    r"\b[A-Z]{1,2}\d{1,2}[A-Z]?\s?\d[A-Z]{2}\b|\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b|"
    r"(?:^|, ?)\d{4} ?(?!ZZ|RS|DD|VV|NR|EK|CC|CA|MB|TN)[A-Z]{2} [A-Z][a-z]{2,}(?:,|$)|"
    r"[A-Z][a-z]{2,},? (?:A[LKZR]|C[AOT]|DE|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]|"
    r"NSW|VIC|QLD|TAS|ACT|NT|ON|QC|BC|AB|MB|SK|NS|NB) \d{4,5}\b|"
    # Six digits behind a town of India: "Kalamassery, Kochi 683104", "Pune-411019", "New Delhi – 110 020".
    rf"(?:(?:^|, ?|[–·|] ){NO_MAKER}[A-ZÀ-Þ][A-Za-z.'’]{{2,20}}(?: [A-Z][A-Za-z.]{{1,20}}){{0,2}}|\bIndia)(?:\s?[-–]\s?| )"
    r"[1-8]\d{2} ?\d{3}(?=\s?(?:$|[,.;(|·–]|India))"
)
# Digits as every postcode has them.
POSTCODE_DIGITS = re.compile(r"\d(?:\d\d|[A-Z][A-Z])")
ASCII_POSTCODE_DIGITS = re.compile(r"[0-9](?:[0-9][0-9]|[A-Z][A-Z])")
# A line of an address has a number, or ends with a place; it is written in names, not in sentences.
HAS_NUMBER = re.compile(r"\d|[一二三四五六七八九十]+[号號楼]")
LONG_WORD = re.compile(r"[^\W\d_]{4,}")
BEGINS_AS_ADDRESS = re.compile(r"\s{0,3}(?:no\.?\s?|#)?\d{1,5}[a-z]?[,\s/-]", re.IGNORECASE)
# A line that begins so is an address though it is written small, if it has no more words and names a street before so many characters.
MOST_WORDS_BEHIND_NUMBER, LONGEST_BEFORE_STREET = 10, 40


# An address in a sentence ("please send them to 12 Hillside Road, Leeds"): a number, and what of a street stands around it.
PROSE_NUMBER = re.compile(
    # The digit comes first, because that is what the search can look for quickly.
    r"\d(?:(?<![\w.,/#-]\d)\d{0,4}[A-Za-z]?(?=,? [A-ZÀ-ÞА-ЯЁ]|, ?\d{3}|,[^\d\n]|\s?[号號]|\s?(?:#|[Nn]o\.|N°) ?\d|$)|(?<=[路街道巷]\d))",
    re.MULTILINE,
)
NAMES = r"(?:[A-ZÀ-Þ][\w.'’-]{0,20} ){1,4}"
IN_PROSE = re.compile(
    r"\d{1,5}[A-Za-z]?,? " + NAMES + r"(?:St|Street|Str|Rd|Road|Ave|Avenue|Dr|Drive|Lane|Ln|Blvd|Boulevard|Way|Walk|Court|Crescent|Terrace|"
    r"Highway|Hwy|Close|Parade|Quay|Wharf|Place|Square|Industrial (?:Area|Estate|Park))\b|"
    r"(?<!\w)(?:Via|Viale|Corso|Rua|Rue|Calle|Avenida|Av\.|Avda\.?|Carrera|Jl\.|Jalan|Ulica|ul\.|ул\.|улица|вул\.|пр\.|проспект|Strada|"
    r"Route de|"
    r"Boulevard|Camino|Plot|Unit|Flat|Warehouse|P\.? ?O\.? ?Box|Postfach) ?(?:[\w.'’-]{1,20},? ){0,5}(?:[Nn]o\.? ?|n° ?|д\. ?|#)?\d{1,5}|"
    r"(?<!\w)(?:Cra|Carrera|Calle|Cl|Kra?)\.? \d{1,3}\w? ?(?:#|No\.?|N°) ?\d|"
    r"\w{2,20}(?:straße|strasse|str\.|gasse|weg|platz|allee|gatan|vägen|veien|vej|katu|tie|straat|laan|plein|utca) \d{1,4}|"
    r" \d{1,4}[A-Za-z]?, (?:[A-Z]{1,2}-)?\d{2,4} ?\d{1,3} [A-ZÀ-Þ][a-zà-ÿ]|"
    r"(?:黑龙江|内蒙古|哈尔滨|石家庄|连云港|张家港|秦皇岛|[\u4e00-\u9fff]{2})?[省市区县區縣镇道府][\u4e00-\u9fff]{1,12}(?:路|街|道|巷)\s?\d{1,5}\s?[号號]|[가-힣]{1,8}(?:구|시)\s[가-힣]{1,8}(?:로|길)\s?\d|"
    r"[县市区都府][\u4e00-\u9fff]{1,8}\d{1,2}-\d{1,2}-\d"
)
SENTENCE_STOP = re.compile(r"[。！？\n(（]|(?:(?<=\d)|(?<=\w{4}))[.!?](?=\s|$)")
AROUND = 60
MOST_NUMBERS = 12


def in_prose(words: str) -> tuple[str, str] | None:
    """An address that stands in a sentence, with the text around it; None if there is none."""
    for nth, number in enumerate(PROSE_NUMBER.finditer(words)):
        if nth >= MOST_NUMBERS:
            break
        begin = max(0, number.start() - AROUND)
        found = IN_PROSE.search(words, begin, number.end() + AROUND)
        if found and not NO_ADDRESS.search(small(found.group())):
            rest = words[found.start() : found.start() + 2 * AROUND]
            stop = SENTENCE_STOP.search(rest, found.end() - found.start())
            return rest[: stop.start() if stop else None].strip(" ,，"), words[begin : found.end() + AROUND]
    return None


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
    words = LONG_WORD.findall(line)
    ordinary = sum([word[0].islower() for word in words])
    begins = BEGINS_AS_ADDRESS.match(line) is not None and len(line.split()) <= MOST_WORDS_BEHIND_NUMBER
    # Nearly every line is talk, and that is cheaper to see than a street.
    is_talk = ordinary >= 3 and ordinary * 2 > len(words)
    if is_talk and not begins:
        return False
    flat = small(line)
    street = (STREET.search(flat) or SHORT_PLACE.search(line)) if may_name_street else None
    if not street and not POSTCODE_LINE.search(line) or NO_ADDRESS.search(flat):
        return False
    if begins and street and street.start() < LONGEST_BEFORE_STREET:
        return True
    if is_talk:
        return False
    if HAS_NUMBER.search(line):
        return True
    # "Zone industrielle Nord, Blida, Algérie": the kind of place may be written small.
    return len(words) >= 2 and len(line) <= 60 and ordinary <= (line.count(",") >= 2)
