"""What the mails of the measuring stage talk about: inquiries of the garden trade in nine languages, and other people's prose.

The prose is Debian's ``fortunes*`` where they are installed, because a search index and a language detector should meet real words;
without them it is what Python's own manual says, which every Python has with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FORTUNES = Path("/usr/share/games/fortunes")
#: Folder of the fortunes, and the charset in which people of that language still write now and then.
PROSE = (("", "utf-8"), ("de", "iso-8859-1"), ("es", "utf-8"), ("it", "iso-8859-15"), ("ru", "koi8-r"))


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    "Amélie Björn Carmen Dmitri Ewa Fatma Giorgio Hanna Igor Jana Kofi Leila Marek Nuno Olga Pietro Ruth Selma Tomás Ursula"
    " Vera Wanda Xavier Yasmin Zoran 伟 丽 Ольга Пётр Jürgen"
)
LAST_NAMES = _words(
    "Aalto Baran Costa Dvořák Engel Fischer García Horvat Ivanova Jensen Köhler Lindqvist Moreau Novák Okafor Pavlov Quiroga"
    " Romano Sokolov Tavares Ünal Varga Weber Xu Yamada Zieliński 陈 王 Соколова"
)
#: Companies have a domain of their own each, all of them under ``.example``, of which nobody is the owner.
TRADES = _words("garten jardin huerto giardino sad tools green home agro ferro brico verde hobby field rural")
FORMS = _words("trade import handel group market centre shop supply imex depot")

PRODUCTS = {
    "en": ("garden shears", "pruning saws", "hose connectors", "wheelbarrows", "watering cans", "leaf rakes"),
    "de": ("Gartenscheren", "Astsägen", "Schlauchkupplungen", "Schubkarren", "Gießkannen", "Laubrechen"),
    "es": ("tijeras de podar", "serruchos de poda", "conectores de manguera", "carretillas", "regaderas", "rastrillos"),
    "fr": ("sécateurs", "scies d'élagage", "raccords de tuyau", "brouettes", "arrosoirs", "râteaux"),
    "it": ("cesoie da giardino", "seghe da potatura", "raccordi per tubi", "carriole", "annaffiatoi", "rastrelli"),
    "pt": ("tesouras de poda", "serras de poda", "conectores de mangueira", "carrinhos de mão", "regadores", "ancinhos"),
    "ru": ("садовые ножницы", "садовые пилы", "соединители для шлангов", "тачки", "лейки", "грабли"),
    "tr": ("bahçe makasları", "budama testereleri", "hortum bağlantıları", "el arabaları", "sulama kovaları", "tırmıklar"),
    "zh": ("园艺剪", "修枝锯", "水管接头", "手推车", "洒水壶", "耙子"),
}
INQUIRIES = {
    "en": (
        "We are a distributor of garden tools in {town} and look for a new maker of {product}.",
        "Please quote your best {term} price for {number} pcs of {product}, with lead time and terms of payment.",
        "Our target price is USD {price} a piece. Do you have a test report, and what is your MOQ?",
        "Could you send us two samples of {product} first? We pay for the courier.",
        "If the quality is right we would order {number} pcs in {month} and the same again next spring.",
    ),
    "de": (
        "wir sind Großhändler für Gartenbedarf in {town} und suchen einen Hersteller für {product}.",
        "Bitte senden Sie uns ein Angebot über {number} Stück {product}, {term}, mit Lieferzeit und Zahlungsbedingungen.",
        "Unser Zielpreis liegt bei {price} USD je Stück. Wie hoch ist Ihre Mindestbestellmenge?",
    ),
    "es": (
        "Somos distribuidores de herramientas de jardín en {town} y nos interesan sus {product}.",
        "Por favor, envíenos una cotización de {number} piezas de {product}, precio {term}, con plazo de entrega y forma de pago.",
        "¿Pueden mandarnos su catálogo y una muestra? Pensamos comprar en {month}.",
    ),
    "fr": (
        "Nous sommes grossiste en outils de jardin à {town} et cherchons un fabricant de {product}.",
        "Merci de nous envoyer votre meilleur prix {term} pour {number} pièces de {product}, avec le délai de livraison.",
        "Quelle est la quantité minimale de commande, et pouvez-vous imprimer notre marque ?",
    ),
    "it": (
        "Siamo un grossista di articoli da giardino a {town} e cerchiamo un produttore di {product}.",
        "Vi preghiamo di inviarci un'offerta per {number} pezzi di {product}, prezzo {term}, con tempi di consegna.",
        "È possibile ricevere un campione? Il nostro prezzo obiettivo è di {price} USD.",
    ),
    "pt": (
        "Somos importadores de ferramentas de jardim em {town} e temos interesse em {product}.",
        "Favor enviar cotação para {number} peças de {product}, preço {term}, com prazo de entrega e condições de pagamento.",
        "Qual é o pedido mínimo? Gostaríamos de receber uma amostra em {month}.",
    ),
    "ru": (
        "Мы оптовая компания из города {town}, ищем производителя: {product}.",
        "Просим выслать цену {term} на {number} шт., {product}, сроки поставки и условия оплаты.",
        "Какой минимальный заказ? Возможна ли отправка образцов?",
    ),
    "tr": (
        "{town} merkezli bir bahçe aletleri toptancısıyız, {product} için üretici arıyoruz.",
        "{number} adet {product} için {term} fiyat teklifinizi, teslim süresi ve ödeme koşullarıyla göndermenizi rica ederiz.",
        "Numune gönderebilir misiniz? Hedef fiyatımız {price} USD.",
    ),
    "zh": (
        "我们是{town}的园林工具进口商，对贵司的{product}很感兴趣。",
        "请报{number}件{product}的{term}价格，并告知交货期和付款方式。",
        "最小起订量是多少？可以先寄样品吗？目标价{price}美元。",
    ),
}
TOWNS = ("Poznań", "Lyon", "Valencia", "Torino", "Porto", "Kazan", "Izmir", "Linz", "Leeds", "Toronto", "Lima", "Osaka")
TERMS = ("FOB Ningbo", "CIF Hamburg", "EXW", "CFR Santos", "DAP", "FOB Shanghai")
MONTHS = ("March", "April", "May", "September", "October", "November")
SUBJECTS = (
    "Inquiry: {product}", "Request for quotation {number} pcs", "Price for {product}?", "RFQ {number}/{town}", "Anfrage {product}",
    "Solicitud de precios: {product}", "Demande de prix {product}", "Запрос цены: {product}", "询价 {product}", "Order {number}",
    "Shipment to {town}", "Proforma invoice {number}", "Meeting in {town}", "New catalogue", "Samples for {town}",
)  # fmt: skip
ANSWERS = (
    "Thank you for the offer. Your price is higher than what we pay now; can you do better for {number} pcs?",
    "The samples arrived and our technician is satisfied. Please send the proforma invoice for {number} pcs.",
    "We have no need at the moment, please write to us again in {month}.",
    "I am no longer in charge of buying, my colleague will answer you.",
    "What about the packing? We need a colour box with our own brand on it.",
    "Please confirm that the goods leave in {month}; our customer in {town} is waiting.",
    "Received with thanks. Our bank opens the letter of credit this week.",
    "Kindly resend the drawing, the last file could not be opened.",
)


@dataclass(frozen=True)
class Prose:
    """Paragraphs of one language, and a charset that can write them."""

    charset: str
    paragraphs: tuple[str, ...]


@cache
def prose() -> tuple[Prose, ...]:
    """The languages there are on this machine, English first; always at least one."""
    found = [Prose(charset, _fortunes(FORTUNES / folder)) for folder, charset in PROSE]
    if not found[0].paragraphs:
        # Imported only here: half a megabyte of text that nobody else needs.
        from pydoc_data.topics import topics

        found = [Prose("utf-8", tuple(part.strip() for text in topics.values() for part in text.split("\n\n") if len(part) > 60))]
    return tuple(each for each in found if each.paragraphs)


def _fortunes(folder: Path) -> tuple[str, ...]:
    if not folder.is_dir():
        return ()
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.is_symlink() and "." not in path.name]
    texts = [path.read_text("utf-8", errors="replace").replace("\r", "") for path in files]
    return tuple(part.strip() for text in texts for part in re.split(r"(?m)^%\s*$", text) if 40 < len(part) < 1500)
