"""Names of companies: before a legal form, as the domain spells them, and as eastern companies call themselves."""

from __future__ import annotations

import re

from mailagent.core.reading.letters import anchors
from mailagent.core.reading.text import fold, small

LONGEST_NAME = 70
PARTS = re.compile(r"\s[|/·•‧]\s|,\s|[;，；]|\s{2,}|(?<=\S)\s-\s")
MOST_PARTS = 6
LEGAL_FORMS = (
    r"co\.?,? ?ltd|ltd|limited|llc|l\.l\.c|inc|incorporated|corp|corporation|company|co|plc|llp|pty|pte|"
    r"sdn\.? ?bhd|bhd|pvt|fze|fzco|fzc|w\.?l\.?l|est|gmbh|ag|kg|ohg|e\.k|s\.?a\.? de c\.?v|s\.?a\.?|s\.?a\.?s|s\.?l\.?u?|s\.?r\.?l\.?s?|"
    r"s\.?p\.?a|sarl|eurl|b\.?v|n\.?v|a/s|aps|ab|asa|oyj?|sp\. ?z ?o\.? ?o|s\.?r\.?o|a\.?ş|a\.?s|şti|d\.?o\.?o|kft|zrt|bt|ltda|lda|eireli|"
    r"oü|uab|sia|e?ood|gbr|ug|s\.?n\.?c|sasu|sac|s\.a\.c|e\.?i\.?r\.?l|v\.?o\.?f|bvba|k\.k|kk|hf|ehf|d\.d|oao|ooo|"
    r"ventures?|agencies|motors|technologies|enterprise|trading|industries|enterprises?|group|holdings?|hardware|traders|supplies|imports?|international|manufacturing|machinery"
)
# For names in small letters.
LEGAL_FORM = re.compile(r"(?:(?<=[\s,&])|^)(?:" + LEGAL_FORMS + r")(?:[.,)]|\s|$)")
FORMS_FIRST = (
    "pt|cv|ud|uab|sia|sarl|eurl|sas|sprl|sté|ste|société|ets|établissements|etablissements|ditta|firma|m/s|messrs|grupo|groupe|gruppo|zakład"
)
FORM_ANCHORS = anchors((*LEGAL_FORMS.split("|"), *FORMS_FIRST.split("|")))
# The parts of "S.A. de C.V." and "Sp. z o.o." one by one, and a form that a comma or full stop follows.
SHORT_FORM = re.compile(r"(?:[A-Z]\.){1,4}[A-Z]?\.?|(?:co|ltd|inc|pvt|pte|pty|sdn|bhd|sp|z|o\.o|c\.v|cv|s\.?a)[.,]{0,2}", re.IGNORECASE)
NAME_LIKE = re.compile(r"[(\"'«“]?(?:[A-ZÀ-ÞА-ЯЁİŞĞÇ\d&]|[^\W\d_a-zß-ÿа-яёğışçöü])")
WORD = re.compile(r"[^\W\d_]+")
UMLAUT = re.compile(r"([aou])e")
DEPARTMENTS = frozenset((
    "accounts", "import", "imports", "export", "exports", "sales", "purchase", "purchasing", "procurement", "depto", "dept",
    "department", "office", "desk", "team", "division", "section", "buying", "finance", "logistics", "trade", "of", "and", "the",
))  # fmt: skip
JOINS_NAMES = frozenset((
    "for", "and", "&", "y", "e", "et", "und", "of", "the", "de", "del", "la", "las", "los", "do", "da", "dos", "di", "van", "von", "der",
))  # fmt: skip
EASTERN_COMPANY = re.compile(
    r"[\u4e00-\u9fff\u3040-\u30ff（）()]{2,30}(?:有限公司|公司|集团|工厂|商行|株式会社|有限会社|進出口|进出口|贸易行|(?<!出)厂(?![\u4e00-\u9fff]))|"
    r"(?:株式会社|有限会社|\(株\)|（株）)\s?[\w・]{1,30}|[\w가-힣]{1,20}\s?(?:주식회사|㈜|\(주\))|(?:주식회사|㈜|\(주\))\s?[\w가-힣]{1,20}|"
    r"(?:ООО|ОАО|ЗАО|АО|ИП|ТОО|ЧП|ТОВ|ФОП|ПП)\s{0,2}[«\"“]?[\w -]{2,40}|(?:شركة|مؤسسة|مجموعة|شرکت)\s[\w ]{2,40}|"
    r"(?:Công ty|CÔNG TY)\s[\w .&]{3,60}|(?:บริษัท|หจก\.?)\s?[\u0e00-\u0e7f\w .&]{2,50}"
)
#: "PT Sinar Jaya": the form stands first.
FORM_FIRST = re.compile(
    rf"(?:(?i:{FORMS_FIRST}))\.? [A-ZÀ-Þ][\w&.’'-]{{0,30}}(?: (?:(?:&|et|e|y|de|du|des) )?[A-ZÀ-Þ][\w&.’'-]{{0,30}}){{0,4}}"
)
# One of these stands in every such name.
EASTERN_SIGN = re.compile(
    r"公司|集团|工厂|商行|株式会社|有限会社|進出口|进出口|贸易行|厂|\(株\)|（株）|주식회사|㈜|\(주\)|"
    r"ООО|ОАО|ЗАО|АО|ИП|ТОО|ЧП|ТОВ|ФОП|ПП|شركة|مؤسسة|مجموعة|شرکت|ông ty|ÔNG TY|บริษัท|หจก"
)
# "Your company", "our company": no name.
OTHER_PEOPLES = re.compile(r"(?:贵|你们?|您|我们?|本|该|弊|御|貴)(?:公司|厂|司|社|集团)|我集团|(?:نحن|لدينا) (?:شركة|مؤسسة|مجموعة)")


def parts(line: str) -> list[str]:
    """A line cut at its separators; a legal form that was cut off at the comma goes back ("Acme, S.A. de C.V.")."""
    found: list[str] = []
    for part in PARTS.split(line)[:MOST_PARTS]:
        if found and part and all(_is_form(word) or word in ("de", "di") for word in part.split()):
            found[-1] += f", {part}"
        else:
            found.append(part)
    return found


def eastern(part: str) -> re.Match | None:
    """A company in Chinese, Japanese, Korean, Russian or Arabic; None if there is none."""
    return EASTERN_COMPANY.search(part) if not part.isascii() and EASTERN_SIGN.search(part) else None


def named(part: str, labels: tuple[str, ...], is_display_name: bool) -> str:
    """The company that a part of a line names; "" if it names none.

    Args:
        labels: see ``labels_of``.
    """
    found = eastern(part)
    if found and not OTHER_PEOPLES.search(part[max(0, found.start() - 6) : found.end()]):
        return found.group()
    if len(part) > LONGEST_NAME:
        return ""
    first = FORM_FIRST.fullmatch(part)
    if first:
        return part
    return part if spells(part, labels) else named_by_form(part, is_display_name)


def labels_of(domain: str) -> tuple[str, ...]:
    """The parts of a domain that a company's name may be spelled from."""
    labels = [fold(label) for label in domain.split(".")[:-1] if len(label) >= 5]
    # A domain writes out what a name has dots for: "foerdertechnik" is Fördertechnik.
    return (*labels, *(UMLAUT.sub(r"\1", label) for label in labels if UMLAUT.search(label)))


def spells(part: str, labels: tuple[str, ...]) -> bool:
    """Whether a line spells the sender's domain: "Nordic Light" of ``nordic-light.fi`` is the company's name."""
    if "@" in part or "." in part.strip("."):
        return False
    # Domains write the sign out: okaforandsons.
    words = re.findall(r"[^\W_]+", fold(part.replace("&", " and ") if any("and" in label for label in labels) else part))
    short = "".join(words)
    if len(short) < 5 or len(words) > 8:
        return False
    for label in labels:
        pieces = label.split("-")
        whole = "".join(pieces)
        # Most of the domain must be there, or a family name or a town alone would be taken for a company.
        if short.startswith(whole) or (whole.startswith(short) and len(short) * 10 >= len(whole) * (6 if len(words) > 1 else 8)):
            return True
        if len(pieces) > 1 and all(piece in words for piece in pieces):
            return True
    return False


def spelling_anchors(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Letters one of which stands, without blanks, in every line that spells a domain; an empty one stands everywhere."""
    found = []
    for label in labels:
        pieces = label.split("-")
        found += ["".join(pieces)[:5], *pieces[: len(pieces) > 1]]
    return tuple(each if each.isascii() and each.isalpha() else "" for each in found)


def named_by_form(part: str, is_display_name: bool) -> str:
    """The name that stands before a legal form ("Greetings from Acme Co. Ltd" → "Acme Co. Ltd"); "" if there is none.

    A name is written with capitals; "we are a trading company" and "as strictly confidential" are sentences.
    """
    words = part.split()
    if not 2 <= len(words) <= 8:
        return ""
    forms = list(LEGAL_FORM.finditer(small(part)))
    if not forms:
        return ""
    if is_display_name:
        return part
    # From the last legal form back over everything that can belong to a name.
    end = forms[-1].end()
    own = part[:end].split()
    first = len(own)
    while first and (NAME_LIKE.match(own[first - 1]) or own[first - 1].lower().strip(".,&") in JOINS_NAMES or _is_form(own[first - 1])):
        first -= 1
    named = own[first:]
    while named and named[0].lower().strip(".,") in JOINS_NAMES:
        named.pop(0)
    if not any(NAME_LIKE.match(word) and not _is_form(word) and any(map(str.isalpha, word)) for word in named):
        return ""
    # "Accounts & Imports" is a department.
    if all(word in DEPARTMENTS for word in WORD.findall(small(" ".join(named)))):
        return ""
    # What follows the form is a place or a bracket ("Acme Ltd (UK)"), or else the words were a sentence.
    if any(word[:1].islower() for word in part[end:].split()):
        return ""
    return part if not first else " ".join(named)


def _is_form(word: str) -> bool:
    return bool(LEGAL_FORM.fullmatch(small(word))) or bool(SHORT_FORM.fullmatch(word))
