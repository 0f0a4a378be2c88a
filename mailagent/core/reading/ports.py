"""Where goods shall go, when no trade term says it: "Freight: Jebel Ali by sea", "rendu Nantes", "20 off, Fremantle.", "包邮深圳".

A port of ``trade.toml`` counts wherever something is sent to it; any other name with a capital only behind words that leave no
doubt. "I fly to Dubai" and "our shop in Mombasa" send nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from mailagent.core.reading.anchors import matches_at
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.text import Text

MOST_PORTS = 3
# A mail that names more ports or terms is a list of them.
MOST_LOOKED_AT = 60
# How far before a name the words may stand that tell of it.
REACH = 30
NAME = r"[A-ZÀ-ÞŁŚŻŹĆİŞĞÇÖÜА-ЯЁ][^\W\d_'’]{2,20}"
# What stands right before a port that goods go to.
BEFORE = re.compile(
    r"(?:(?<!\w)(?:franco|franko|frei|puesto (?:en|sobre)|posto(?: em| no)?|rendue?s?(?: à)?|delivered(?: to| in| at)?|"
    r"landed(?: in| at)?|put down in|reso|resa|"
    r"доставка(?: до| в)?|до|до порта|порт|в порт|teslim|destination:?|port(?: of)?:?|freight:?|shipping:?|via|into|for|to|till|"
    r"until|nach|bis|hasta|até|jusqu['’]à|"
    r"para|pour|vers|fino a|sino a|eta|etd|kargo|sevkiyat|por puerto|puerto|llega\w{0,3} (?:por|a)|entra\w{0,2} por|(?:be|being) in|"
    r"do|w porcie|do portu|ke|sampai|tới|đến|cảng|naar|tot|til|till|at port|reach(?:es|ed)?|retiro por|"
    r"(?:livr\w{0,6}|transport|fret|bateau|port|arrive\w{0,2}|embarqu\w{0,4}|délais?|expédi\w{0,6}|conteneur) "
    r"(?:à|sur|a|pour|vers)|livraison|"
    r"(?:flete|env[ií]\w{0,3}|barco|entrega|precio|prezzo|spedizione|consegna|frete|navio|avi[aã]o|avión|entregue|contenedor|mare|aerea|"
    r"camion) (?:a|en|em|para|hasta|su|per)|"
    r"arriv\w{0,3}|(?:arriv\w{0,3}|available|delivery|warehouse|depot|być|dostawa|odbiór|collect|pick up) (?:in|at|w)|"
    r"παράδοση|تحویل|بندر|ميناء|لميناء|الى|إلى|حتى|(?:تسليم|للتسليم|التسليم|توصيل|شحن) (?:في|الى|إلى)?)|ท่าเรือ|(?:到|至|运往|"
    r"運往|发往|發往|抵|目的港)[是为為:：]?)\s?\Z",
    re.IGNORECASE,
)
# A company or a street that is called after a port: "青岛港机公司", "港务路".
NO_HARBOUR = r"(?![机機务務路街资資股集澳台币幣]|[\u4e00-\u9fff]{1,8}有限)"
# The streets of Chinese towns, from the name of the town or quarter on: "青岛市黄岛区港机路55号".
EASTERN_STREET = re.compile(r"[\u4e00-\u9fff]{1,24}(?:[路街道巷弄]|工业[园区])[\u4e00-\u9fff]{0,4}\s?\d{1,5}(?:-\d{1,4})?\s?[号號弄楼]")
# Behind it: "Mersin teslim", "Mersin'e gemi", "부산항", "東京港".
BEHIND = re.compile(
    r"['’](?:y?[ae])\b(?=.{0,25}(?:gemi|kaç|teslim|olacak|fiyat|gelir|uçak|nakliye|navlun|gönder|sevk|var[ıi]|sefer))|"
    r"\s(?:teslim|limanı|liman|port\b|"
    r"harbou?r\b|border\b|delivery\b|delivered\b)|\s?(?:港" + NO_HARBOUR + r"|항|까지|도착|着|渡し)", re.IGNORECASE
)
# Who travels there himself sends nothing.
TRAVELS = re.compile(
    r"(?<!\w)(?:fly|flying|flight|go|going|goes|come|coming|came|trip|travel\w*|train|visit\w*|drive|moved?|ticket|invite\w*|"
    r"attention|attn|welcome|"
    r"call|close|next|near|belongs?|according|due|related|relocat\w+|fahren|fliege|reise|voyage|viaje|viajar|еду|лечу|"
    r"приед\w+)\b[^.\n]{0,22}\Z|来|參觀|参观|拜访",
    re.IGNORECASE,
)
# Words that let no doubt that a name behind them is where goods go.
SURE = re.compile(
    rf"(?<!\w)(?i:rendue?s?|livrée?s?|geleverd|geliefert|frei haus|franco|franko|res[oa](?: a)?|posto(?: em)?|puesto en|"
    rf"entregad[oa]s? en|entregue em|"
    rf"delivered(?: to| in| at)?|landed(?: in| at)?|put down in|duty paid|dostarczon\w{{1,3}} do|dostaw\w do|doručen\w (?:do|na)|"
    rf"leverans till|leveret til|levert til|"
    rf"kirim (?:ke|sampai)|giao (?:tại|đến)|bezorgd in|(?:freight|price|shipping|postage|transport|delivery|rate) (?:to|for|into)|"
    rf"in weeks to|weeks to|"
    rf"(?:поставк|доставк|отгрузк|цен)\w{{0,4}}(?: ж/д| авто)? до)"
    rf"[ \t](?:(?i:à|en|in|nach|to|till|port de|a) )?(?P<name>{NAME}(?: {NAME})?)(?=[\s.,;:?!)]|$)|"
    r"(?<!\w)(?i:szállít\w{0,14}|ár\w{0,4}|fuvar\w{0,6}) (?P<until>[A-ZÁÉÍÓÖŐÚÜŰ]\w{2,18})ig\b"
)
# Chinese towns: what follows "含税到", until a word that is no name.
TOWN = re.compile(
    r"(?:含税到|含稅到|含税运到|到厂价到|包邮到?|包郵到?|发到|發到|送到|运到|運到|寄到|送货到|交货地点?|交貨地點?|到货地点?|"
    r"目的港|目的地|能到|要到)[是为為:：]?\s?"
    r"(?P<name>[\u4e00-\u9fff]{2,4}?)(?=港|[仓倉价價市的库庫工吗嗎不多要需给給什怎含包是]|交|[,，。.;；！!\s、()（）]|$)|"
    r"到(?P<by>[\u4e00-\u9fff]{2,5}?)的?(?:海运|海運|运费|運費|船期|陆运)|"
    r"(?P<at>满洲里|霍尔果斯|二连浩特|阿拉山口|绥芬河)(?=交货|口岸|$|[,，。])|"
    r"ท่าเรือ(?P<th>[\u0e00-\u0e7f]{3,16}?)(?=และ|ด้วย|ราคา|\s|$)"
)
# What one of these begins with, in small letters.
SENT = (
    "rendue ", "rendu ", "rendus ", "rendues ", "livré", "geleverd", "geliefert", "frei haus", "franco", "franko", "reso ", "resa ",
    "posto", "puesto en", "entregad", "entregue em", "delivered", "landed", "put down in", "duty paid", "dostarczon", "dostaw", "doručen",
    "leverans till", "leveret til", "levert til", "kirim ", "giao ", "bezorgd in",
    *(
        f"{sent} {to} "
        for sent in ("freight", "price", "shipping", "postage", "transport", "delivery", "rate")
        for to in ("to", "for", "into")
    ),
    "in weeks to", "weeks to", "поставк", "доставк", "отгрузк", "цен", "szállít", "ár", "fuvar",
    "含税到", "含稅到", "含税运到", "到厂价到", "包邮", "包郵", "发到", "發到", "送到", "运到", "運到", "寄到", "送货到",
    "交货地", "交貨地", "到货地",
    "目的港", "目的地", "能到", "要到", "到", "满洲里", "霍尔果斯", "二连浩特", "阿拉山口", "绥芬河", "ท่าเรือ",
)  # fmt: skip
NO_TOWN = re.compile(r"我|你|您|贵|邮|信|微|工厂|客户|门|家|厂|公司|这|那|哪|货|和|时|能|指|国|内|海外|目|单|付|仓")
# An item of a list that names goods and their number, and last of all the port: "20 off, Fremantle."
LAST = re.compile(r"[,.;–-]\s{1,2}\Z")
END = re.compile(r"\s?(?:[.,;!?\n]|$)")
FEWEST_WORDS = 5


def beside(
    text: Text, found: Sequence[Match], terms: Sequence[tuple[int, int]], apart: Sequence[tuple[int, int]], near: tuple[int, int]
) -> list[Match]:
    """The ports of the trade to which goods shall go: near a trade term, behind it before those in front of it; else sent to.

    Args:
        terms: where trade terms stand (from, to).
        apart: places that hold contact data.
        near: how far behind a term the name of its port may stand, and how far before.
    """
    whole, rated = text.text, []
    for match in [match for match in found if match.name == "@port"][:MOST_LOOKED_AT]:
        start, stop = text.start(match.first), text.stop(match.last - 1)
        for begin, end in terms[:MOST_LOOKED_AT]:
            if "\n" in whole[end:start].strip() or "\n" in whole[stop:begin].strip():
                continue
            if 0 <= start - begin <= near[0] or 0 <= begin - stop <= near[1]:
                rated.append((start < begin, abs(start - begin), start, match))
        if any(low <= start < high for low, high in apart) or is_in_address(whole, start):
            continue
        before = whole[max(0, start - REACH) : start]
        sent = BEFORE.search(before) and not TRAVELS.search(before) or BEHIND.match(whole, stop)
        if sent or _is_last(text, start, stop):
            rated.append((True, near[0], start, match))
    chosen: list[Match] = []
    for *_, start, match in sorted(rated, key=lambda one: one[:3]):
        # "St Petersburg" is one port, and "port of Spain" no port of another name.
        if not any(text.start(other.first) <= start < text.stop(other.last - 1) for other in chosen):
            chosen.append(match)
    return chosen[: MOST_PORTS - 1]


def is_in_address(whole: str, start: int) -> bool:
    """Whether a Chinese name at ``start`` is the beginning of a street, as in the address that a catalogue shall be sent to."""
    return whole[start : start + 1] >= "\u4e00" and EASTERN_STREET.match(whole, start) is not None


def _is_last(text: Text, start: int, stop: int) -> bool:
    """Whether the name stands by itself behind the goods of one line."""
    whole = text.text
    line = whole.rfind("\n", 0, start) + 1
    said = whole[line:start]
    if not LAST.search(said) or not END.match(whole, stop) or not any(map(str.isdigit, said)):
        return False
    return len(said.split()) >= FEWEST_WORDS


def named(text: Text, apart: Sequence[tuple[int, int]], places: Collection[int]) -> list[tuple[str, int, int]]:
    """Names that are in no list, behind words that leave no doubt: (name, from, to).

    Args:
        places: where one of ``SENT`` stands in the text.
    """
    names = []
    if not places:
        return names
    for match in (*matches_at(SURE, text.text, places), *(matches_at(TOWN, text.text, places) if not text.text.isascii() else ())):
        kind = match.lastgroup or "name"
        start, stop = match.span(kind)
        if any(low <= start < high for low, high in apart) or kind == "name" and NO_TOWN.search(match[kind]):
            continue
        names.append((match[kind], start, stop))
    return names[:MOST_PORTS]
