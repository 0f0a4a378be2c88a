"""What programs and lawyers add to a mail, above and below the writer's words: banners, small print, list footers, mobile tails.

Small print is known by its beginning in most languages, and in all of them by what it speaks of: that something is
*confidential*, meant for a *recipient*, and what to do with it when it came by *mistake*. A buyer may speak of one of these; a
paragraph at the end that speaks of all three is no buyer's.
"""

from __future__ import annotations

import re

from mailagent.core.reading.anchors import Anchors
from mailagent.core.reading.lexicon import Lexicon, fold

_RULE = re.compile(r"^\s{0,3}[-_=*~]{10,}\s*$")
#: What dashes and rules are made of.
RULE_LETTERS = frozenset("-_=*~—–")
#: Small print, or a tail, stands among so many written lines at the end.
LAST_LINES, MOST_FOOTERS = 14, 5
#: So many of them are looked at when a signature is looked for.
MOST_FILLED = 26
LONGEST_BANNER, BANNER_LINES = 700, 5
#: Chinese, Japanese and Korean say the same in a third of the letters.
SHORTEST, SHORTEST_DENSE = 80, 25
#: The first letters of the beginnings of small print, and the marks that may stand before them.
_LETTERS = frozenset("ctdipaeqbвдCTDIPAEQBВД免保本此邮郵")
_STARTS = frozenset(["con", "ce ", "thi", "the", "dis", "die", "imp", "ple", "pri", "avi", "est", "que", "bu "])
_PUNCTUATION = " \t!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~*•·—–“”‘’「『【（《。，！：；\u3000\u00a0"
_BEGINNING = re.compile(
    r"^\W{0,5}(?:confidential|this (?:e-?mail|message|communication|electronic)(?: and any| \(|,| is| may|"
    r" contains| message|'s| transmission)|disclaimer|the (?:information|contents?) (?:contained )?(?:in|"
    r"of) this|important notice|please consider the environment|privileged|"
    r"免责声明|免責聲明|保密|本邮件(?:及其附件|含有|仅)|此(?:邮件|电子邮件)(?:及|可能|仅)|本電子郵件|本郵件(?:及|含|僅)|"
    r"diese e-?mail (?:enthält|kann)|dieser? "
    r"(?:e-?mail|nachricht) (?:enthält|ist)|ce (?:message|courriel|mail) (?:et|est|peut)|este (?:mensaje|"
    r"correo|e-?mail)|esta mensagem|questo messaggio|bu e-?posta|данное сообщение|"
    r"aviso (?:legal|de confidencialidad))",
    re.I,
)
_LIST_FOOTER = re.compile(
    r"mailing list|list-?info|unsubscribe|google groups?|yahoo! groups?|posting guide|"
    r"you (?:have )?received this (?:message|e-?mail|mail) (?:because|from|as)|stop receiving|"
    r"be removed from|remove your address|subscribed to",
    re.I,
)
_MOBILE = re.compile(
    r"^\W{0,4}(?:sent from my (?:[\w.-]{1,20} ){0,3}(?:iphone|ipad|ipod|phone|smartphone|mobile|device|"
    r"android|samsung|galaxy|huawei|xiaomi|nokia|blackberry|tablet|htc)\b|sent from (?:mail|yahoo|outlook|"
    r"samsung|proton|\w{2,20}app)\b|"
    r"get outlook for|sent (?:via|using|with) \w|"
    r"(?:wysłan[eoy]|đã gửi|odeslán[oa]|odoslan[eé]|skickat|sendt|lähetetty|elküldve|trimis|изпратено|надіслано|dikirim|dihantar|"
    r"ส่งจาก|נשלח|στάλθηκε|verstuurd|verzonden|gesendet|enviado|envoyé|inviato|отправлено)\b.{0,25}"
    r"(?:iphone|ipad|android|samsung|galaxy|huawei|xiaomi|outlook|yahoo|smartphone))",
    re.I,
)
#: The three subjects of small print, by stems that its words have in common; then those of its short companions.
_SUBJECTS = Anchors(
    {
        owner: words.split("|")
        for owner, words in {
            "confidential": (
                "confidential|privileged|proprietary|vertraulich|confidentiel|confidencia|confidenzial|riservat|vertrouwelijk|"
                "poufn|důvěrn|konfidentiell|fortrolig|конфиденциальн|конфіденційн|gizli|سرية|سري|保密|机密|機密|기밀|bảo mật|"
                "rahasia|ความลับ|חסוי|סודי"
            ),
            "recipient": (
                "recipient|addressee|intended|adressat|empfänger|destinat|geadresseerde|adresat|adresát|příjemc|mottagare|"
                "modtager|адресат|получател|одержувач|alıcı|المرسل إليه|المستلم|收件人|收件者|列出的|指定|受信者|宛先|수신인|"
                "수신자|người nhận|penerima|ผู้รับ|הנמען"
            ),
            "mistake": (
                "in error|by mistake|delete|destroy|prohibited|disclos|irrtümlich|versehentlich|löschen|unbefugt|par erreur|"
                "détruire|supprimer|por error|por engano|elimin|apagar|per errore|cancell|abusievelijk|verwijder|omyłk|usunąć|"
                "omylem|smaž|av misstag|ved en fejl|ошиб|удал|помилк|видал|yanlışlık|siliniz|uso esclusivo|uso exclusivo|"
                "exclusive use|exclusif|ausschließlich|خطأ|错收|误收|誤收|删除|刪除|誤って|削除|잘못|삭제|do nhầm|keliru|"
                "kesalahan|ผิดพลาด|בטעות"
            ),
            "companion": (
                "consider the environment|before printing|think before you print|umwelt|bevor sie|d'imprimer|à l'environnement|"
                "de imprimir|medio ambiente|meio ambiente|di stampare|all'ambiente|voordat u|при печати|распечат|环境|打印|"
                "列印|virus-free|virenfrei|libre de virus|sans virus|priva di virus|livre de vírus|без вирусов|"
                "checked for viruses|scanned for viruses|auf viren|contra virus|avast|avg.com|drukowaniem"
            ),
        }.items()
    }
)
_SMALL_PRINT = frozenset(("confidential", "recipient", "mistake"))
_COMPANION = re.compile(
    r"^\W{0,5}(?:P\s|[\w\s]{0,3}\s)?(?:please )?(?:consider the environment|before printing|think before|think of the environment|"
    r"bitte (?:denken|prüfen)|(?:be)?denken sie|bevor sie|avant d'imprimer|pensez (?:à|avant)|n'imprimez|antes de imprimir|"
    r"piense en|pense (?:no|antes)|prima di stampare|rispetta|voordat u|denk aan|przed wydrukowaniem|пожалуйста, подумайте|"
    r"прежде чем|подумайте|请考虑环境|打印前|列印前|"
    r"virus-?free|virenfrei|libre de virus|garanti sans virus|sans virus|mail priva di virus|priva di virus|livre de vírus|без вирусов|"
    r"this (?:e-?mail|message) (?:has been|was) (?:checked|scanned)|diese e-?mail wurde (?:von|auf)|este (?:correo|"
    r"mensaje|e-?mail) (?:ha|foi))",
    re.I,
)
#: Where one of these stands in the first lines, our mail server's neighbours may have put a warning there.
_BANNER_WORDS = (
    "external|outside|caution|extern|außerhalb|t often get|nicht häufig|nicht oft|pas souvent|extérieur|"
    "esterna|esterno|fuera de la|fora da|no suele recibir|costuma receber|внешн|spoza|外部|社外|외부|dışından"
)
_BANNER_STEMS = Anchors({"banner": _BANNER_WORDS.split("|")})
_BANNER = re.compile(
    r"(?:^|\W)external (?:e-?mail|message|sender|mail)\b|\b(?:e-?mail|message|mail)\b.{0,60}\b(?:outside|external (?:source|sender|to))|"
    r"don['’]t often get e-?mail from|"
    r"extern(?:e|er|en|es)? (?:e-?mail|absender|afzender|nachricht|bericht)|(?:von )?außerhalb (?:der|ihrer|unserer|des)|"
    r"(?:buiten|van buiten) (?:de|onze|uw) organisatie|nicht (?:häufig|oft) e-?mails? von|"
    r"(?:courriel|e-?mail|message|expéditeur) (?:est )?externe|l['’]extérieur de|n['’]obtenez pas souvent|ne recevez pas souvent|"
    r"(?:correo|mensaje|remitente|e-?mail|mensagem|remetente) extern[oa]|(?:fuera|fora) d[ea] (?:la |su |nuestra |nossa |sua )?organiza|"
    r"no suele recibir|não costuma receber|(?:e-?mail|mittente|messaggio) estern[oa]|(?:dall['’]|all['’])esterno|"
    r"внешн\w{1,4} (?:отправител|почт|письм|источник)|kurum dışından|spoza (?:organizacji|firmy)|"
    r"外部(?:邮件|郵件|发件人|寄件者|メール|からの)|来自(?:公司|组织|企业)?外部|社外(?:から|の)|외부(?:에서|\s?메일|\s?발신)",
    re.I,
)
_BRACKETED_BANNER = re.compile(
    r"^\W{0,3}(?:external|ext|extern|externe|externo|esterno|外部邮件|外部郵件)(?: e-?mail| sender)?\W{0,4}$", re.I
)
_WARNING = re.compile(
    r"\b(?:click|links?|attachments?|caution|warning|suspicious|learn why|safe|trust|vorsicht|achtung|anhäng|attention|prudence|liens?|"
    r"pièces|cuidado|precauci|enlaces?|adjuntos|anexos|atenção|attenzione|allegati|осторож|вложен|ссылк|dikkat|uwaga|"
    r"ostrożn|voorzichtig)|"
    r"链接|附件|谨慎|小心|注意|連結|リンク|添付|링크|첨부|주의|erfahren sie|découvrez|obtenga|saiba|scopri",
    re.I,
)


def banner(lines: list[str]) -> int:
    """How many lines at the top are a mail server's warning that the mail came from outside; 0 if none is there.

    >>> banner(["CAUTION: This email originated from outside of the organization. Do not click links.", "", "Hello"])
    2
    """
    first = next((i for i, line in enumerate(lines[:BANNER_LINES]) if line and not line.isspace()), None)
    if first is None or not _may_warn(" ".join(lines[first : first + 2])):
        return 0
    end = first
    while end < len(lines) and end - first < BANNER_LINES and lines[end].strip():
        end += 1
    said = " ".join(lines[first:end])
    if len(said) > LONGEST_BANNER:
        return 0
    if not _BRACKETED_BANNER.match(said) and not (_BANNER.search(said) and _WARNING.search(said)):
        return 0
    while end < len(lines) and (not lines[end].strip() or _RULE.match(lines[end])):
        end += 1
    # The warning is above something; a mail that is nothing else says that itself.
    return end if end < len(lines) else 0


def _may_warn(line: str) -> bool:
    lowered = line[:LONGEST_BANNER].lower()
    return bool(_BANNER_STEMS.present(lowered))


def without_footers(lines: list[str], filled: list[int], lexicon: Lexicon | None) -> int:
    """How many lines there are without what programs and lawyers added at their end: small print, list footers, "sent from my phone".

    Args:
        filled: the numbers of the last lines with something in them (``last_filled``); what is added loses its numbers there.
    """
    end = len(lines)
    for _ in range(MOST_FOOTERS):
        cut = _footer(lines[:end] if end < len(lines) else lines, filled[-LAST_LINES:], lexicon) if filled else None
        if cut is None or cut <= filled[0] and not any(line.strip() for line in lines[:cut]):
            break
        end = cut
        while filled and filled[-1] >= end:
            filled.pop()
        if len(filled) < LAST_LINES:
            filled[:] = last_filled(lines[:end], MOST_FILLED)
    return end


def last_filled(lines: list[str], count: int) -> list[int]:
    """The numbers of the last ``count`` lines with something in them, in order."""
    found: list[int] = []
    for i in range(len(lines) - 1, -1, -1):
        if lines[i] and not lines[i].isspace():
            found.append(i)
            if len(found) == count:
                break
    return found[::-1]


def _footer(lines: list[str], filled: list[int], lexicon: Lexicon | None) -> int | None:
    for i in filled:
        line = lines[i].lstrip()
        if line[0] not in RULE_LETTERS:
            start = line[:3] if line[0].isalnum() else line.lstrip(_PUNCTUATION)[:3]
            if start[:1] not in _LETTERS or start.isascii() and start.lower() not in _STARTS:
                continue
        elif _RULE.match(line):
            below = " ".join(lines[i:])
            if _LIST_FOOTER.search(below[:1500]) and not below.rstrip().endswith(("?", "？")):
                return i
            continue
        if _BEGINNING.match(line):
            below = " ".join(lines[i:])
            if len(below) > (SHORTEST if below.isascii() or not _is_dense(below) else SHORTEST_DENSE):
                return i
    for i in filled[:-3:-1]:
        if is_mobile_tail(lines[i], lexicon):
            return i
    return _told_by_subject(lines, filled)


def _is_dense(text: str) -> bool:
    """Whether a text is written in characters, not in letters."""
    return sum("\u3040" <= character <= "\ud7af" for character in text[:200]) * 3 > min(len(text), 200)


def _told_by_subject(lines: list[str], filled: list[int]) -> int | None:
    """Where small print begins in the last paragraph, judged by what it speaks of; or one of its short companions."""
    last = first = filled[-1]
    while first > filled[0] and lines[first - 1].strip():
        first -= 1
    said = " ".join(lines[first : last + 1])
    # Somebody's question is never small print.
    if len(said) < SHORTEST_DENSE or said.rstrip().endswith(("?", "？")):
        return None
    found = _SUBJECTS.present(said[:4000].lower())
    if found >= _SMALL_PRINT and (len(said) > SHORTEST or _is_dense(said)):
        # Right below a signature it begins with the first line that is long.
        return next((i for i in range(first, last + 1) if len(lines[i]) >= 50 or _is_dense(lines[i])), first)
    if "companion" in found:
        return next((i for i in range(last, first - 1, -1) if len(lines[i]) < 300 and _COMPANION.match(lines[i].lstrip())), None)
    return None


def is_mobile_tail(line: str, lexicon: Lexicon | None) -> bool:
    """Whether a whole line is what a phone or mail program adds ("Sent from my iPhone")."""
    bare = re.sub(r"<[^<>]{0,300}>|\([^()]{0,300}\)", "", line) if "<" in line or "(" in line else line
    # An address or a web site alone, as most signatures end, is none either.
    if len(bare) > 90 or ", " in bare or " " not in bare and bare.isascii():
        return False
    return bool(_MOBILE.match(bare)) or (lexicon is not None and _begins_with_tail(bare, lexicon))


def _begins_with_tail(line: str, lexicon: Lexicon) -> bool:
    folded = fold(line).lstrip("-—_*[(< \t")
    match = lexicon.mobile_tail.search(folded[:80])
    return bool(match) and match.start() < 30
