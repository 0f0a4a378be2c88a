"""What looks like a model number or a size and is not in the catalogue: a concrete requirement that a person must look at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from mailagent.core.model.lead import Fact
from mailagent.core.reading.codes import Codes, counts_something, squash
from mailagent.core.reading.products import MOST_PRODUCTS
from mailagent.core.reading.text import Text

# Letters and digits mixed, or a number of four to six digits: the look of a model number. What must not stand before it is
# asked behind its first character, so that the search skips small letters at the speed of C.
MODEL = re.compile(
    r"[A-Z\d](?<![\w@.,/#+-].)(?:(?<=[A-Z])[A-Z]{0,5}[ -]?\d{2,7}[A-Z0-9]{0,8}|"
    r"(?<=\d)(?:\d{2,5}-?[A-Z]{1,8}\d{0,4}[A-Z]{0,3}|\d{3,5}))"
    r"(?:[-/][A-Z0-9]{1,8}){0,3}(?![\w@]|[.,]\d)"
)
# A year, a day or month of one, a word in capitals with a number behind it ("SINCE 1987"), or a colour temperature.
YEAR = re.compile(
    r"(?:19|20)\d\d(?:[-–/](?:(?:19|20)\d\d|\d\d))?|(?:19|20)\d\d[-/](?:0?[1-9]|1[0-2])(?:[-/](?:0?[1-9]|[12]\d|3[01]))?|"
    r"[A-Z]{4,6} \d{2,7}|[1-9]\d{3,4}K"
)
# Neighbours of a number that make it a telephone number.
PHONE_BEFORE = re.compile(r"\d[ -]$")
PAPER = re.compile(
    r"(?:PO|PI|OA|KW|DP|DA|ETA|ETD|NET|RFQ|ISO|IATF|EN|DIN|UN|HS|SN|ID|RAL|MSKU|INV|FY|CO|BL|LC|TT|GB|CE|"
    r"COVID|ISPM|IEC|TS|GOST|ASTM|ANSI|JIS|JB|VDA|VDE|VDI|SAE|ASME|API|NF|UNI|REACH|ROHS|RCM|MSDS|AQL|S/?C|QT|PROFORMA)[ -]?\d.{0,20}"
)
# What a paper or a secret is called, before its number; behind words for orders and offers, which name goods too, a sign of a number.
NAMED_BEFORE = re.compile(
    r"(?:(?<!\w)(?:pass ?words?|pass ?code|pwd|pw|passwort|kennwort|mot de passe|contraseña|clave|senha|parola|пароль|şifre\w{0,2}|"
    r"wachtwoord|hasło|lösenord|mật khẩu|kata sandi|"
    r"pro ?forma\w{0,2}|contract|agreement|invoice|rechnung|facture|factura|fattura|fatura|faktura|"
    r"booking|tracking|waybill|awb|b/l|vertrag|contrat[oa]?|umowa|договор|инвойс|certificate|zertifikat|"
    r"гост|ispm|iec|iso/ts|directive)|密码|密碼|口令|パスワード|비밀번호|合同|合约|发票|發票|契約書?|計約|송장|계약)"
    r"(?:[\s:：]{0,2}(?:is|ist|est|es|é|è|jest|это|为|為|是|は))?(?:[\s:：]{0,2}(?:no|nr|n°|num|number|nº|№|号|號|番号|번호))?[\s:：=.#\"'“„«’(-]{0,4}$|"
    r"(?<!\w)(?:order|offer|quotation|quote|inquiry|enquiry|bestellung|auftrag|angebot|anfrage|commande|devis|offre|pedido|oferta|"
    r"cotización|ordine|offerta|encomenda|proposta|cotação|заказа?|счёта?|счета?|предложени[ея]|zamówieni[ea]|bestelling|offerte|sipariş|teklif)"
    r"[\s.:]{0,2}(?:no|nr|n°|num|number|nº|№|#)[\s.:#]{0,3}$",
    re.IGNORECASE,
)
LONGEST_NAMED = 40
# "Obala 17, 51000 Rijeka": a postcode behind a house number and before a town.
HOUSE_BEFORE = re.compile(r"[^\W\d_]{2,}\.? \d{1,3}[A-Za-z]?(?:/\d{1,3}[A-Za-z]?)?, ?(?:[A-Z]{1,3}-)?$")
TOWN_BEHIND = re.compile(r" [^\W\d_a-zß-ÿа-џ][^\W\d_]{2,}(?:[ -][^\W\d_]{2,}){0,2}(?=\s{0,2}(?:[,.;()\n]|$))")
# "Riga LV-1073", "D-70565 Stuttgart", "Kochi 683104": one with the letters of a country, or the six digits of an Indian one behind a town.
COUNTRY_CODE = re.compile(
    r"(?:LV|LT|MD|EE|EST|PL|CZ|SK|SI|SLO|HR|H|HU|RO|D|DE|A|AT|CH|F|FR|B|BE|NL|L|LU|DK|S|SE|N|NO|FI|FIN|I|IT|E|ES|P|PT|GR|CY|BG|RS|SRB|MK|BA|"
    r"UA|BY|AZ|GE|AM)-\d{4,6}"
)
TOWN_BEFORE = re.compile(
    r"(?:^|[,;\n·|(]\s?|\b(?:in|to|at|nach|a|à|en|w|do) )"
    r"[^\W\d_a-zß-ÿа-џ][^\W\d_]{2,}(?: [^\W\d_a-zß-ÿа-џ][^\W\d_]{2,})?,?\s?[-–]?\s?$"
)
LINE_BEFORE = re.compile(r"(?:^|[,;\n·|])\s?$")
END_OF_ADDRESS = re.compile(r"\s{0,2}(?:[,.;)\n]|$|[-–(] ?\w)")
PIN = re.compile(r"[1-8]\d{5}")
# The halves of a British postcode ("B13 9QH"); what looks like the second one behind a code is a seal ("UC20 2RS").
BRITISH = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?")
INWARD = re.compile(r" \d(?!RS|RZ|ZZ|LU|DU)[ABD-HJLNP-UW-Z]{2}\b")
# "For 1000, 10 000 or 50 000": round numbers beside each other are amounts, unless a series is named so ("6000, 16000 series").
ROUND = re.compile(r"\d{1,3}000")
ANDS = r"(?:(?:and|or|y|o|u|und|oder|et|ou|e|и|или|en|of|ve|veya|i|lub|和|或|、)\s?)?"
ROUND_BEFORE = re.compile(rf"(?:00|\dk)[,;/、]?\s{{0,2}}{ANDS}$", re.IGNORECASE)
ROUND_BEHIND = re.compile(rf"[,;/、]?\s{{0,2}}{ANDS}\d{{1,3}}(?:[ .,]?\d00\b|k\b)", re.IGNORECASE)
SERIES_NEAR = re.compile(r"seri|серии|series|系列|型", re.IGNORECASE)
# A size with a unit ("25x52x15 mm", "1 inch", "150W") says what is wanted almost as well as a number.
SIZE = re.compile(
    r"\d(?<!\w.)(?:\d{0,3}(?:[.,]\d{1,3})?(?:\s?[x×*]\s?\d{1,4}(?:[.,]\d{1,3})?){1,2}\s?(?:mm|cm|inch|in|\")?|"
    r"\d{0,3}\s?(?:inch(?:es)?|watts?|W|lm|lumens?)\b)",
    re.IGNORECASE,
)
MOST_SIZES = 10


def unknown_models(text: Text, codes: Codes, counted: frozenset[int], apart: Sequence[tuple[int, int]] = ()) -> list[Fact]:
    """What looks like a model number and is not in the catalogue.

    Args:
        counted: where in the text the numbers of quantities begin: "5000 pcs" is no model.
        apart: places (from, to) that hold contact data: a postcode is no model.
    """
    facts: dict[str, Fact] = {}
    for match in MODEL.finditer(text.text) if text.numbers else ():
        code = match.group().strip()
        if code.isdigit() and PHONE_BEFORE.search(text.text[max(0, match.start() - 2) : match.start()]):
            continue
        if any(low <= match.start() < high for low, high in apart) or _is_of_something_else(text.text, code, match.start(), match.end()):
            continue
        if match.start() in counted or YEAR.fullmatch(code) or PAPER.fullmatch(code) or counts_something(text, match.start(), match.end()):
            continue
        if not any(codes.look_up(part) for part in (squash(code), *map(squash, re.split(r"[-/ ]", code)[:1]))):
            facts.setdefault(code, Fact("names_model", code, text.evidence(match.start(), match.end())))
        if len(facts) >= MOST_PRODUCTS:
            break
    return list(facts.values())


def _is_of_something_else(whole: str, code: str, begin: int, end: int) -> bool:
    """A password, the number of a paper or standard, a postcode, or one of several round amounts."""
    low = max(0, begin - LONGEST_NAMED)
    if NAMED_BEFORE.search(whole, low, begin):
        return True
    if code.isdigit():
        if HOUSE_BEFORE.search(whole, low, begin) and TOWN_BEHIND.match(whole, end):
            return True
        if PIN.fullmatch(code) and TOWN_BEFORE.search(whole, low, begin) and END_OF_ADDRESS.match(whole, end):
            return True
        beside = ROUND.fullmatch(code) and (ROUND_BEFORE.search(whole, low, begin) or ROUND_BEHIND.match(whole, end))
        return bool(beside) and not SERIES_NEAR.search(whole, max(0, begin - 20), end + LONGEST_NAMED)
    if COUNTRY_CODE.fullmatch(code):
        behind = LINE_BEFORE.search(whole, low, begin) and TOWN_BEHIND.match(whole, end)
        return bool(behind or TOWN_BEFORE.search(whole, low, begin) and END_OF_ADDRESS.match(whole, end))
    return bool(BRITISH.fullmatch(code) and INWARD.match(whole, end) and TOWN_BEFORE.search(whole, low, begin))


def sizes(text: Text) -> list[Fact]:
    """Dimensions or ratings that describe one product: "25x52x15", "1 inch", "150W"."""
    found = islice(SIZE.finditer(text.text), MOST_SIZES) if text.numbers else ()
    return [Fact("gives_size", match.group().strip(), text.evidence(match.start(), match.end())) for match in found]
