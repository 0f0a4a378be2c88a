"""Mail that a machine answered: absence notes, ticket numbers, "has left the company".

Headers decide first (RFC 3834 §5 and what older systems use instead), then the beginning of the subject. The body
decides only where its words cannot be a person's (``machinewords``): a person writes "I am out of office" as well. In
mail that is known to be automatic the body says which kind it is and when the person is back (STANDARDS §2.2, §2.3, §2.6).
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache

from mailagent.core.model.message import InboundMessage
from mailagent.core.reading import machinewords, senders, thread
from mailagent.core.reading.clues import ALL, Clues
from mailagent.core.reading.lexicon import Lexicon, fold
from mailagent.core.reading.literals import anchors_of

#: Beginnings of subjects in languages that have no file of their own.
_MORE_SUBJECTS = re.compile(
    r"(?:autosvar|automatisk svar|automatiskt svar|frånvaro|fraværende|ikke på kontoret|automatisch "
    r"antwoord|afwezig|niet aanwezig|automatyczna odpowied[zź]|autoodpowied[zź]|nieobecność|poza biurem|"
    r"automatická odpov[eě][dď]|"
    r"automatikus válasz|házon kívül|automaattinen vastaus|poissa|răspuns automat|automatski odgovor|"
    r"αυτόματη απάντηση|автоматична відповідь|تلقائي|תשובה אוטומטית|trả lời tự động|ตอบกลับอัตโนมัติ|"
    r"balasan otomatis|[\w ]{0,40}autom[aā]tisk[aā] atbilde|automatinis atsakymas|automaatvastus)"
)
_OTHER_AUTOMATIC = re.compile(
    r"\(?auto(?:mated|matic|matically generated)?[- ]?(?:reply|response|answer|responder|notification|message)\)?|auto:|autoreply"
)
# How help desks begin; a buyer may begin so as well ("Request for quotation", "Case bearings"), so a desk must give a number or say that
# something was received, and speak as one in the text.
_DESK = re.compile(
    r"thank you for (?:contacting|your (?:e-?mail|message|inquiry|enquiry|request)|e-?mailing|writing to)|"
    r"your (?:(?:support|service) )?(?:request|ticket|case|message|inquiry) .{0,40}(?:received|created|opened)|"
    r"ticket (?:received|created|opened)|"
    r"\[?(?:(?:support|service) )?(?:ticket|case|request|incident) ?(?:id|no\.?|number)?[ :#-]{1,3}(?:[a-z]{1,6}-?)?\d{2,}|"
    r"(?:acknowledg|confirmation of receipt|receipt of your)"
)
# "Hemos recibido su" may go on with "mensaje", which a desk says, or with what a buyer has got.
_RECEIVED = re.compile(r"rece[ib]|eingang|empfang|recib|reçu|ricevut|erhalten|收到|получ|réception|recepción|ricezione")
_OF_TRADE = re.compile(
    r"\b(?:quot(?:e|ation)s?|offers?|samples?|invoice|goods|shipment|parcel|cotizaci[oó]n|ofertas?|muestras?|mercanc[ií]a|factura|angebot|"
    r"muster|waren?|lieferung|rechnung|devis|offre|[eé]chantillons?|marchandises?|facture|campion[ei]|preventivo|offerta|merce|fattura|"
    r"or[çc]amento|proposta|amostras?|mercadoria|teklif\w{0,6}|numune\w{0,6}|предложени\w{1,3}|образ\w{2,4}|сч[её]т|товар\w{0,2})\b|"
    r"报价|样品|货物|发票|見積|サンプル|견적|샘플"
)
_IS_AWAY = re.compile(
    r".{2,80}\b(?:is|are|est|ist|está|è|jest) (?:currently )?(?:out(?: of (?:the )?office)?|ooo|away|"
    r"abwesend|absent(?:\(e\)|e)?|ausente|assente|on [\w ]{0,20}(?:leave|vacation|holiday))\W{0,"
    r"3}(?:\(returning.{0,30})?$|.{2,60}\bhas left\b"
)
_ONLY_AWAY = re.compile(
    r"(?:vacation|absent|en congés?|on (?:annual )?leave|on holiday|ooo|out of office|urlaub|ferie|"
    r"vacaciones|férias)\W{0,3}$"
)
_IN_BRACKETS = re.compile(r"[(<\[](?:out of (?:the )?office|auto(?:matic)?[- ]?reply)[)>\]]")
#: A mail that calls itself an automatic *reply*; "automatic message" alone is what web forms say of a buyer's words.
_DECLARED = re.compile(
    r"\b(?:automat(?:ed|ic)|auto(?:matically)?[- ]?generated|automatically sent) (?:e-?mail )?(?:reply|"
    r"response|answer)\b|\bauto-?(?:reply|response)\b|automatische antwort|respuesta automática|réponse "
    r"automatique|resposta automática|risposta automatica|автоматический ответ|otomatik (?:yanıt|cevap)|"
    r"自动回复|自動回覆|自動返信|자동 ?회신"
)
_LEFT_FOR_A_WHILE = re.compile(r"\b(?:has|have|['’]ve) left (?:for|the office|early|his|her|my|a message)\b")
_TICKET = re.compile(
    r"ticket|case (?:number|id|no)|reference number|(?:request|case) (?:has been|was) (?:received|created|logged|opened|registered)|"
    r"we have received your|received your (?:e-?mail|message|inquiry|enquiry|request)|eingegangen|hemos recibido|"
    r"recebemos|nous avons (?:bien )?reçu|已收到您的|abbiamo ricevuto|получили ваше|受け付け|受付|접수|alınmıştır|ontvangen|otrzymali",
    re.I,
)
_READ_SUBJECT = re.compile(
    r"^\s*(?:read|read receipt|gelesen|lu|leído|leido|lido|lida|letto|прочитано|прочтено|已读|已讀|已读回执|開封済み|開封通知|"
    r"開封確認|읽음|okundu|"
    r"return receipt|displayed|przeczytano|odczytano|läst|læst|lest|přečteno|gelezen|đã đọc|مقروءة|تمت القراءة|"
    r"not read|nicht gelesen|ungelesen|non lu|no leído|não lida|non letto|未读|未讀|未開封|deleted)\s*[:：(]",
    re.I,
)
_READ_BODY = re.compile(
    r"was (?:read|displayed|opened|deleted without being read) on|wurde .{0,60}(?:gelesen|angezeigt|gelöscht)|a été (?:lu|supprim|affich)|"
    r"fue le[ií]do|ha sido le[ií]do|se (?:ley[oó]|mostr[oó]|elimin[oó])|foi lida|é? ?stato letto|è stato (?:letto|visualizzato|"
    r"eliminato)|был\w? прочитан|"
    r"okunmuştur|okundu|werd gelezen|is gelezen|została (?:odczytana|przeczytana|wyświetlona)|har lästs|blev læst|ble lest|bylo přečten|"
    r"已被(?:阅读|閱讀|读取)|已于.{0,60}(?:阅读|显示|打开|查看)|已於.{0,60}(?:閱讀|顯示|讀取)|的回执|開封(?:され|確認)|"
    r"表示され(?:ました|た)|읽었습니다|표시되었|"
    r"تمت قراءة|return receipt for the mail",
    re.I,
)
_CHALLENGE = re.compile(
    r"confirm (?:that )?you(?:r e-?mail| are| sent)|challenge|verify (?:that )?you are (?:a )?human|"
    r"approve(?:d)? senders?|whitelist|anti-?spam verification|to have your message delivered|not (?:yet "
    r")?on my (?:approved|allowed)|real live human|not a spam source|being held (?:because|until|pending)|list of approved",
    re.I,
)
# Lists and help desks put their own tag before the subject: "[help #77] AutoReply: …".
_TAG = re.compile(r"^(?:\s{0,3}\[[^\[\]]{1,80}\])+\s{0,3}(?=\S)")
_HEADER_NAME = re.compile(r"auto[-_]?(?:response|submitted|replied|reply|generated|respond)|holidayreply|machinegenerated", re.I)
_NEGATIVE = re.compile(r"^\s*(?:no|false|none|0)?\s*(?:$|[(;])", re.I)
_AUTO_REPLY = re.compile(r"auto[-_]?reply", re.I)
_PRECEDENCES = ("precedence", "x-precedence", "preference")
_AUTOMATIC_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-mail-autoreply",
    "x-autoreply-from",
    "x-autogenerated",
    "x-autoreply-domain",
    "x-ms-exchange-generated-message-source",
)
#: Headers whose value may tell a machine; without any of them only the names of the others are looked at.
_TELLING = frozenset(
    ("auto-submitted", "x-ms-exchange-inbox-rules-loop", "x-post-messageclass", "delivered-to", "x-fc-machinegenerated", "x-apple-action")
    + _PRECEDENCES
    + _AUTOMATIC_HEADERS
)
#: The strings that the patterns need: those asked of the subject, and the one asked of the first words.
SUBJECT_ANCHORS = {
    "more_subjects": anchors_of(_MORE_SUBJECTS.pattern),
    "only_away": anchors_of(_ONLY_AWAY.pattern),
    "is_away": anchors_of(_IS_AWAY.pattern),
    "other_automatic": anchors_of(_OTHER_AUTOMATIC.pattern),
    "desk": anchors_of(_DESK.pattern),
    "in_brackets": anchors_of(_IN_BRACKETS.pattern),
}
TEXT_ANCHORS = {"declared": anchors_of(_DECLARED.pattern)}


@dataclass(frozen=True)
class Automatic:
    """Why a mail counts as a machine's.

    Attributes:
        kind: ooo, left, ticket, receipt, challenge, notification, or auto.
    """

    kind: str
    reason: str
    evidence: str


def find(message: InboundMessage, lexicon: Lexicon, clues: Clues = ALL) -> Automatic | None:
    """Whether a machine wrote this; the header or the words that say so."""
    sign = by_header(message) or by_subject(message, lexicon, clues) or machinewords.find(message, lexicon, clues) or by_sender(message)
    if sign is None:
        return None
    reason, evidence = sign
    return Automatic(_kind(message, lexicon, evidence), reason, evidence)


def by_header(message: InboundMessage) -> tuple[str, str] | None:
    """The first header that only automatic mail carries. X-Auto-Response-Suppress alone proves nothing."""
    telling = _TELLING.intersection(message.headers)
    sign = _by_known_header(message, telling) if telling else None
    if sign is not None:
        return sign
    for name in filter(_is_automatic, message.headers):
        values = message.headers[name]
        if values and not _NEGATIVE.match(values[0]):
            return f"header:{name}", f"{name}: {values[0][:80]}"
    return None


def _by_known_header(message: InboundMessage, telling: Container[str]) -> tuple[str, str] | None:
    for value in message.headers.get("auto-submitted", ()):
        word = re.sub(r"\([^()]{0,200}\)", "", value).partition(";")[0].strip().lower()
        if word and word != "no":
            return "header:auto-submitted", f"Auto-Submitted: {value[:120]}"
    if message.header("x-ms-exchange-inbox-rules-loop") and message.header("x-auto-response-suppress"):
        return "header:x-ms-exchange-inbox-rules-loop", "X-MS-Exchange-Inbox-Rules-Loop"
    for name in _PRECEDENCES:
        if name in telling and _AUTO_REPLY.match(message.header(name).strip()):
            return f"header:{name}", f"{name}: {message.header(name)[:80]}"
    for name in _AUTOMATIC_HEADERS:
        if name in telling and not _NEGATIVE.match(message.header(name)):
            return f"header:{name}", f"{name}: {message.header(name)[:80]}"
    if any(name in telling and "autoresponder" in message.header(name).lower() for name in ("x-post-messageclass", "delivered-to")):
        return "header:autoresponder", "Autoresponder"
    if message.header("x-fc-machinegenerated").lower() == "true" or "vacation" in message.header("x-apple-action").lower():
        return "header:machine-generated", "machine generated"
    return None


@lru_cache(maxsize=2000)
def _is_automatic(header_name: str) -> bool:
    """Whether a header's name is one of a machine's; remembered, because most mails have the same forty."""
    return header_name != "x-auto-response-suppress" and bool(_HEADER_NAME.search(header_name))


def by_subject(message: InboundMessage, lexicon: Lexicon, clues: Clues = ALL) -> tuple[str, str] | None:
    """The subject begins as machines begin theirs, is a read receipt's, or the first words call it an automatic reply."""
    may, found = clues.subject, ("subject", message.subject[:120])
    if _begins_as_machines_do(message, lexicon, may):
        return found
    if _READ_SUBJECT.match(message.subject) and _READ_BODY.search(message.text[:2000]):
        return "read receipt", message.subject[:120]
    declared = _DECLARED.search(fold(message.words[:400])) if "declared" in clues.text else None
    return ("calls itself automatic", declared[0]) if declared else None


def _begins_as_machines_do(message: InboundMessage, lexicon: Lexicon, may: Container[str]) -> bool:
    if not any(name in may for name in ("automatic_subject", *SUBJECT_ANCHORS)):
        return False
    answers = thread.is_answer(message.subject)
    subject = fold(thread.normalise_subject(message.subject))[:200]
    if "automatic_subject" in may or "more_subjects" in may:
        match = lexicon.automatic_subject.match(subject) or _MORE_SUBJECTS.match(subject)
        if not match and ("[" in message.subject or "【" in message.subject):
            # The tag may itself be the sign ("[Auto-Reply] Your mail"), or stand before it ("[help #77] AutoReply: …").
            whole = fold(message.subject)
            untagged = fold(_TAG.sub("", message.subject))
            match = _MORE_SUBJECTS.match(whole.lstrip("["))
            match = match or lexicon.automatic_subject.match(whole) or lexicon.automatic_subject.match(untagged)
        # "Re: Out of office" with a quotation is a person who answers the note.
        is_topic = match and _goes_on(subject, match.end()) and not _RECEIVED.search(match[0])
        if match and not is_topic and not (answers and message.quoted):
            return not _is_persons(message, subject, match, lexicon)
    if not answers:
        if "only_away" in may and _ONLY_AWAY.match(subject):
            return True
        if "is_away" in may and _IS_AWAY.match(subject) and _names_sender(message, subject):
            return True
        if "other_automatic" in may and _OTHER_AUTOMATIC.match(subject):
            return True
        if "desk" in may and (_DESK.match(subject) or _DESK.match(fold(message.subject))) and _speaks_as_desk(message, lexicon):
            return True
    return "in_brackets" in may and bool(_IN_BRACKETS.search(subject))


def _is_persons(message: InboundMessage, subject: str, beginning: re.Match, lexicon: Lexicon) -> bool:
    """A person's subject that begins like a machine's: "Auto: wheel bearings", "Auto reply door operator bearing", "Ausencia"."""
    rest = subject[beginning.end() :].lstrip(" ]】)")
    goes_on = rest[:1].isalnum() and not thread.is_answer(rest) and (beginning[0][-1:] < "\u3040" or machinewords.wants_something(rest))
    top = fold((message.words or message.text)[:3000])
    # "Abbiamo ricevuto i campioni": a desk receives words, a buyer goods and offers.
    if _RECEIVED.search(beginning[0]) and _OF_TRADE.search(rest[:40]):
        return not (machinewords.is_desks(top) or machinewords.calls_itself_automatic(top) or _DECLARED.search(top))
    if not (lexicon.wants.search(top) or (goes_on and machinewords.wants_something(top))):
        return False
    machine = lexicon.absent.search(top) or lexicon.left.search(top) or _TICKET.search(top) or _DECLARED.search(top)
    return not (machine or machinewords.is_desks(top) or machinewords.calls_itself_automatic(top))


def _speaks_as_desk(message: InboundMessage, lexicon: Lexicon) -> bool:
    """Whether the text of a mail whose subject is a help desk's is one's, too, and no buyer's."""
    top = fold((message.words or message.text)[:3000])
    if machinewords.calls_itself_automatic(top) or machinewords.is_desks(top):
        return True
    # Old autoresponders say of themselves that they write to many.
    is_machine = _TICKET.search(top) is not None or "precedence" in message.headers
    return is_machine and not (lexicon.wants.search(top) or machinewords.wants_something(top))


def _names_sender(message: InboundMessage, subject: str) -> bool:
    """ "Ann Lee is out of the office" is Ann's own note; from somebody else it is talk about her."""
    names = [word for word in re.findall(r"\w{2,}", fold(message.sender.name))]
    return len(names) < 2 or any(re.search(rf"\b{re.escape(name)}\b", subject) for name in names)


def _goes_on(subject: str, end: int) -> bool:
    """``Absence of a certificate``, ``休假安排和交期``: a phrase that goes on in the same sentence is a person's topic."""
    rest = subject[end : end + 40]
    return bool(re.match(r"\s?(?:of|in|for your|安排|期间|期間|des?\b|der\b|von\b|de la\b|del\b)", rest)) and not re.match(
        r"\s?(?:in|of|de) (?:the )?(?:office|absence|fuera|ausencia)", rest
    )


def by_sender(message: InboundMessage) -> tuple[str, str] | None:
    """``no-reply@``: nobody stands behind it. (Platforms and forms were unwrapped before.)"""
    if senders.is_nobody(message.sender.email):
        return "no-reply address", message.sender.email
    return None


def _kind(message: InboundMessage, lexicon: Lexicon, evidence: str) -> str:
    subject, top = fold(message.subject), fold(message.words[:1500] or message.text[:1500])
    if _READ_SUBJECT.match(message.subject) and _READ_BODY.search(message.text[:2000]):
        return "receipt"
    # A machine may say the most important thing above its letter: "no longer at Hill Paper".
    if (lexicon.left.search(top) or lexicon.left.search(subject)) and not _LEFT_FOR_A_WHILE.search(top):
        return "left"
    if lexicon.absent.search(top) or lexicon.absent.search(subject) or "vacation" in evidence.lower() or "owner-email" in evidence.lower():
        return "ooo"
    if _CHALLENGE.search(top):
        return "challenge"
    if _TICKET.search(f"{subject} {top}"):
        return "ticket"
    if re.search(r"auto-(?:generated|notified)", evidence, re.I) or senders.is_nobody(message.sender.email):
        return "notification"
    return "auto"
