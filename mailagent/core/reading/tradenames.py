"""The words by which firms call themselves: "Okoro Spares", "Ferretería El Clavo", 潍坊农机.

Many firms sign without a legal form. What tells their name from a person's is the trade in it; no list of firms is needed, and
a name without such a word is believed only if the sender's domain or name says the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mailagent.core.reading.text import fold

WORD = re.compile(r"[^\W\d_]+")
#: Words of trades, workshops and shops, folded (small letters without accents).
TRADES = frozenset((
    "spares", "spare", "parts", "autoparts", "autospares", "motors", "automotive", "bearings", "bearing", "tools", "works", "workshop",
    "garage", "engineering", "engineers", "machinery", "machine", "machines", "machining", "industries", "industrial", "enterprises",
    "enterprise", "brothers", "bros", "sons", "agro", "agri", "hydraulics", "pneumatics", "equipment", "equipments", "elevators",
    "conveyors", "systems", "solutions", "services", "logistics", "imports", "importers", "exports", "exporters", "mining", "minerals",
    "castings", "forging", "forgings", "foundry", "fabrication", "fabricators", "transmission", "transmissions", "drives", "gearboxes",
    "gears", "reducer", "reducers", "pumps", "fans", "turbines", "textiles", "rollers", "augers", "boards", "marine", "irrigation",
    "electric", "electrical", "electricals", "electronics", "tech", "technologies", "technology", "techniques", "trading", "traders",
    "distributors", "distributor", "distribution", "wholesale", "supply", "supplies", "supplier", "hardware", "store", "stores", "shop",
    "mart", "depot", "agencies", "agency", "associates", "holdings", "holding", "group", "ventures", "corporation", "international",
    "university", "college", "institute", "polytechnic", "laboratories", "cooperative", "farms", "estates", "plantations", "bikes",
    "cycles", "skateboards", "tractors", "trucks", "buggy", "plastics", "packaging", "foods", "dairy", "cement", "sugar", "paper",
    "timber", "sawmills", "advisors", "insights", "consulting", "consultants", "research", "products", "manufacturing", "manufacturers",
    "components", "ferreteria", "refacciones", "refaccionaria", "repuestos", "recambios", "rodamientos", "baleros", "comercial",
    "comercializadora", "taller", "talleres", "tornillos", "distribuidora", "distribuciones", "importadora", "exportadora",
    "importaciones", "maquinaria", "maquinarias", "industrias", "suministros", "autopartes", "aceros", "servicios", "transmisiones",
    "hermanos", "hnos", "hijos", "minera", "minero", "agricola", "agropartes", "rolamentos", "pecas", "autopecas", "oficina",
    "comercio", "industria", "transportadores", "redutores", "implementos", "maquinas", "ferragens", "irmaos", "officine", "officina",
    "ferramenta", "ricambi", "cuscinetti", "ditta", "meccanica", "meccaniche", "fratelli", "figli", "pompe", "trasmissioni",
    "forniture", "macchine", "motori", "quincaillerie", "roulements", "pieces", "etablissements", "ets", "societe", "ateliers",
    "atelier", "scierie", "comptoir", "mecanique", "freres", "fils", "negoce", "equipements", "materiel", "convoyeurs", "froid", "btp",
    "handel", "werkstatt", "landmaschinen", "walzlager", "kugellager", "lager", "werkzeuge", "pumpen", "antriebe", "getriebe", "sohne",
    "gebruder", "techniek", "lagers", "mechanisatie", "gebroeders", "zonen", "maskin", "maskiner", "mekaniska", "verkstad", "verktyg",
    "kullager", "soner", "lagerservice", "konepaja", "lozyska", "hurtownia", "sklep", "zaklad", "maszyny", "czesci", "loziska",
    "strojirna", "csapagy", "gepgyar", "rulmenti", "rulman", "rulmancilik", "makina", "makine", "otomotiv", "sanayi", "ticaret",
    "hidrolik", "yedek", "degirmen", "tarim", "teknik", "mesin", "bengkel", "toko", "mitra", "traktor", "sumber", "подшипник",
    "подшипники", "запчасти", "агро", "техника", "снаб", "торг", "сервис", "завод", "маш", "комплект", "подшипникторг", "підшипник",
    "γεωτεχνικη", "ρουλεμαν", "αφοι", "εργαλεια", "μηχανηματα", "εμπορικη",
))  # fmt: skip
#: How words of trades end that are written together.
ENDS = (
    "technik", "teknik", "handel", "maschinenbau", "fordertechnik", "lager", "metallbau", "техника", "снаб", "торг", "маш", "сервис",
    "parts", "tools", "bearings",
)  # fmt: skip
#: Signs of trades in scripts that write no blanks, and in Arabic and Persian, where the article grows into the word.
SIGNS = re.compile(
    r"农机|農機|五金|轴承|軸承|机械|機械|贸易|貿易|机电|機電|重工|风机|風機|汽配|摩配|配件|工具|车料|車料|咨询|諮詢|实业|實業|物产|物產|机床|機床|电机|電機|集团|集團|"
    r"中心|商贸|商貿|泵业|阀门|閥門|传动|傳動|精工|科技|制造|製造|商事|工業|産業|物産|製作所|商会|工務店|精機|鉄工|商店|油送|運輸|工房|"
    r"베어링|펌프|산업|기계|상사|공업|정밀|모터스|무역|테크|중공업|전자|감속기|엔지니어링|"
    r"لقطع|قطع غيار|للتجارة|التجارية|للمحامل|ورشة|معرض|مصنع|للمعدات|شركة|مؤسسة|بازرگانی|صنایع|فروشگاه|بلبرینگ|"
    r"เครื่องจักร|ตลับลูกปืน|การค้า|ห้าง|ร้าน|โรงงาน|cơ khí|vòng bi|phụ tùng|thiết bị"
)
#: These are family names as well; beside one other word they say nothing.
ALSO_NAMES = frozenset((
    "sons", "fields", "marine", "partners", "parts", "works", "farms", "lager", "irmaos",
))  # fmt: skip


def names_trade(part: str) -> bool:
    """Whether a part of a line holds the word of a trade; one word alone is no name."""
    if not part.isascii() and SIGNS.search(part):
        return True
    words = WORD.findall(fold(part))
    if len(words) < 2:
        return False
    return any(word in TRADES or len(word) > 7 and word.endswith(ENDS) for word in words if len(words) > 2 or word not in ALSO_NAMES)


def is_firm(shown: str, mailbox: str, spells_domain: Callable[[], bool]) -> bool:
    """Whether a display name is a firm's and nobody's own.

    Args:
        mailbox: the part of his address before the "@": "dohastar.trading" makes "Doha Star" a firm.
        spells_domain: tells whether the domain is spelled by it; of a person's name it is that only in two words.
    """
    if names_trade(shown):
        return True
    words = WORD.findall(fold(shown)) if shown.count(" ") > 1 else ()
    if len(words) < 2:
        return False
    if (len(words) > 2 or "&" in shown) and spells_domain():
        return True
    own = WORD.findall(fold(mailbox))
    joined = "".join(own)
    return len(words) > 2 and "".join(words) in joined and any(word in TRADES for word in own)
