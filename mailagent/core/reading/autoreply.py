"""Mail that a machine answered: absence notes, ticket numbers, "has left the company".

Headers decide first (RFC 3834 §5 and what older systems use instead), then the beginning of the subject. The body
decides only where its words cannot be a person's (``machinewords``): a person writes "I am out of office" as well. In
mail that is known to be automatic the body says which kind it is and when the person is back (STANDARDS §2.2, §2.3, §2.6).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mailagent.core.model.message import InboundMessage
from mailagent.core.reading import machinewords, senders, thread
from mailagent.core.reading.lexicon import Lexicon, fold

MAX_ABSENCE_DAYS = 400

#: Beginnings of subjects in languages that have no file of their own.
_MORE_SUBJECTS = re.compile(
    r"(?:autosvar|automatisk svar|automatiskt svar|frånvaro|fraværende|ikke på kontoret|automatisch "
    r"antwoord|afwezig|niet aanwezig|automatyczna odpowied[zź]|autoodpowied[zź]|nieobecność|poza biurem|"
    r"automatická odpov[eě][dď]|"
    r"automatikus válasz|házon kívül|automaattinen vastaus|poissa|răspuns automat|automatski odgovor|"
    r"αυτόματη απάντηση|автоматична відповідь|تلقائي|תשובה אוטומטית|trả lời tự động|ตอบกลับอัตโนมัติ|"
    r"balasan otomatis|[\w ]{0,40}autom[aā]tisk[aā] atbilde|automatinis atsakymas|automaatvastus)",
    re.I,
)
_OTHER_AUTOMATIC = re.compile(
    r"(?:\(?auto(?:mated|matic|matically generated)?[- ]?(?:reply|response|answer|responder|notification|"
    r"message)\)?|auto:|autoreply|thank you for (?:contacting|your (?:e-?mail|message|inquiry|enquiry|"
    r"request)|e-?mailing|writing to)|"
    r"your (?:request|ticket|case|message|inquiry) .{0,40}(?:received|created|opened)|ticket (?:received|"
    r"created|opened)|\[?(?:ticket|case|request) ?(?:id|no\.?)?[ :#]{1,3}\w+|(?:acknowledg|confirmation "
    r"of receipt|receipt of your))",
    re.I,
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
_TICKET = re.compile(
    r"ticket|case (?:number|id|no)|reference number|request (?:has been|was) (?:received|created)|we have "
    r"received your|received your (?:e-?mail|message|inquiry|enquiry|request)|eingegangen|hemos recibido|"
    r"recebemos|nous avons (?:bien )?reçu|已收到您的|abbiamo ricevuto|получили ваше",
    re.I,
)
_READ_SUBJECT = re.compile(
    r"^\s*(?:read|read receipt|gelesen|lu|leído|lido|letto|прочитано|已读|已讀|開封済み|읽음|okundu|return receipt|"
    r"not read|nicht gelesen|ungelesen|deleted)\s*[:：(]",
    re.I,
)
_READ_BODY = re.compile(
    r"was (?:read|displayed|deleted without being read) on|wurde .{0,60}(?:gelesen|angezeigt)|a été lu|"
    r"fue le[ií]do|foi lida|è stato letto|已被阅读|已于.{0,40}阅读|return receipt for the mail",
    re.I,
)
_CHALLENGE = re.compile(
    r"confirm (?:that )?you(?:r e-?mail| are| sent)|challenge|verify (?:that )?you are (?:a )?human|"
    r"approve(?:d)? senders?|whitelist|anti-?spam verification|to have your message delivered|not (?:yet "
    r")?on my (?:approved|allowed)",
    re.I,
)
# Lists and help desks put their own tag before the subject: "[help #77] AutoReply: …".
_TAG = re.compile(r"^(?:\s{0,3}\[[^\[\]]{1,80}\])+\s{0,3}(?=\S)")
_HEADER_NAME = re.compile(r"auto[-_]?(?:response|submitted|replied|reply|generated|respond)", re.I)
_NEGATIVE = re.compile(r"^\s*(?:no|false|none|0)?\s*(?:$|[(;])", re.I)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")


@dataclass(frozen=True)
class Automatic:
    """Why a mail counts as a machine's.

    Attributes:
        kind: ooo, left, ticket, receipt, challenge, notification, or auto.
    """

    kind: str
    reason: str
    evidence: str


def find(message: InboundMessage, lexicon: Lexicon) -> Automatic | None:
    """Whether a machine wrote this; the header or the words that say so."""
    sign = by_header(message) or by_subject(message, lexicon) or machinewords.find(message, lexicon) or by_sender(message)
    if sign is None:
        return None
    reason, evidence = sign
    return Automatic(_kind(message, lexicon, evidence), reason, evidence)


def by_header(message: InboundMessage) -> tuple[str, str] | None:
    """The first header that only automatic mail carries. X-Auto-Response-Suppress alone proves nothing."""
    for value in message.headers.get("auto-submitted", ()):
        word = re.sub(r"\([^()]{0,200}\)", "", value).partition(";")[0].strip().lower()
        if word and word != "no":
            return "header:auto-submitted", f"Auto-Submitted: {value[:120]}"
    if message.header("x-ms-exchange-inbox-rules-loop") and message.header("x-auto-response-suppress"):
        return "header:x-ms-exchange-inbox-rules-loop", "X-MS-Exchange-Inbox-Rules-Loop"
    for name in ("precedence", "x-precedence", "preference"):
        if re.match(r"auto[-_]?reply", message.header(name).strip(), re.I):
            return f"header:{name}", f"{name}: {message.header(name)[:80]}"
    for name in (
        "x-autoreply",
        "x-autorespond",
        "x-mail-autoreply",
        "x-autoreply-from",
        "x-autogenerated",
        "x-autoreply-domain",
        "x-ms-exchange-generated-message-source",
    ):
        if name in message.headers and not _NEGATIVE.match(message.header(name)):
            return f"header:{name}", f"{name}: {message.header(name)[:80]}"
    if "autoresponder" in f"{message.header('x-post-messageclass')} {message.header('delivered-to')}".lower():
        return "header:autoresponder", "Autoresponder"
    if message.header("x-fc-machinegenerated").lower() == "true" or "vacation" in message.header("x-apple-action").lower():
        return "header:machine-generated", "machine generated"
    for name, values in message.headers.items():
        if name == "x-auto-response-suppress" or not values:
            continue
        if (_HEADER_NAME.search(name) or re.search(r"holidayreply|machinegenerated", name)) and not _NEGATIVE.match(values[0]):
            return f"header:{name}", f"{name}: {values[0][:80]}"
    return None


def by_subject(message: InboundMessage, lexicon: Lexicon) -> tuple[str, str] | None:
    """The subject begins as machines begin theirs, is a read receipt's, or the first words call it an automatic reply."""
    answers = thread.is_answer(message.subject)
    subject = fold(thread.normalise_subject(message.subject))[:200]
    found = ("subject", message.subject[:120])
    match = lexicon.automatic_subject.match(subject) or _MORE_SUBJECTS.match(subject)
    if not match and "[" in message.subject:
        # The tag may itself be the sign ("[Auto-Reply] Your mail"), or stand before it ("[help #77] AutoReply: …").
        whole = fold(message.subject)
        untagged = fold(_TAG.sub("", message.subject))
        match = _MORE_SUBJECTS.match(whole.lstrip("["))
        match = match or lexicon.automatic_subject.match(whole) or lexicon.automatic_subject.match(untagged)
    # "Re: Out of office" with a quotation is a person who answers the note.
    if match and not _goes_on(subject, match.end()) and not (answers and message.quoted):
        return found
    away = _ONLY_AWAY.match(subject) or (_IS_AWAY.match(subject) and _names_sender(message, subject))
    if not answers and (away or _OTHER_AUTOMATIC.match(subject)):
        return found
    if _IN_BRACKETS.search(subject):
        return found
    if _READ_SUBJECT.match(message.subject) and _READ_BODY.search(message.text[:2000]):
        return "read receipt", message.subject[:120]
    declared = _DECLARED.search(fold(message.words[:400]))
    return ("calls itself automatic", declared[0]) if declared else None


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
    if lexicon.left.search(top):
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


def suggested_contact(message: InboundMessage) -> str:
    """The address that an absence note names instead; only ever a suggestion to a person, nobody agreed to it."""
    for match in _EMAIL.finditer(message.words[:1500] or message.text[:1500]):
        if match[0].casefold() != message.sender.email.casefold():
            return match[0].rstrip(".")
    return ""


# ── when he is back ─────────────────────────────────────────────────────────────────────────────────────────────

_NUMERIC = (
    (re.compile(r"(?:(\d{4})\s?[年년]\s?)?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日号號일]?"), "ymd"),
    (re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)"), "ymd"),
    (re.compile(r"(?<![\d.])(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?!\d)"), "dmy"),
    (re.compile(r"(?<![\d.,])(\d{1,2})\.(\d{1,2})\.(?!\d)"), "dm"),
    (re.compile(r"(?<![\d/.])(\d{1,2})/(\d{1,2})(?![\d/])"), "dm"),
)


def return_date(text: str, received: datetime, lexicon: Lexicon, *, month_first: bool = False) -> date | None:
    """The first day on which an absent person can be expected back.

    Args:
        text: the note without quotation.
        received: when it came; dates before it, or over a year after it, are not returns.
        month_first: the writer's country writes 6/7 for the seventh of June.
    Returns:
        the latest date of the sentences that speak of a return ("until Friday 6 June" included); None if there is none.
    """
    best: date | None = None
    for sentence in re.split(r"[!?\n。；;]+|(?<=[^\d\s]{3})\.\s", text[:1500]):
        folded = fold(sentence)
        if not lexicon.return_word.search(folded):
            continue
        found = [
            d
            for d in _dates(folded, received.date(), lexicon, month_first)
            if received.date() <= d <= received.date() + timedelta(days=MAX_ABSENCE_DAYS)
        ]
        if not found:
            continue
        day = max(found)
        if lexicon.inclusive.search(folded):
            day += timedelta(days=1)
        best = day if best is None else max(best, day)
    return best


def _dates(sentence: str, today: date, lexicon: Lexicon, month_first: bool) -> list[date]:
    found = []
    for pattern, order in _NUMERIC:
        for match in pattern.finditer(sentence):
            if order == "ymd":
                year, month, day = match.groups()
            else:
                day, month = match[1], match[2]
                year = match[3] if order == "dmy" else None
                if (month_first and int(day) <= 12) or int(month) > 12:
                    day, month = month, day
            found.append(_day(year, int(month), int(day), today))
    for match in lexicon.month.finditer(sentence):
        month = lexicon.months[match[0]]
        before = re.search(
            r"(\d{1,2})(?:\s?(?:st|nd|rd|th|er|º|ª|°|\.|-го|-ое))?\s?(?:of |de |d'|di |do )?$",
            sentence[max(0, match.start() - 14) : match.start()],
        )
        after = re.match(r"\.?\s?(?:the )?(\d{1,2})(?:st|nd|rd|th|\b)(?!\d|:)", sentence[match.end() : match.end() + 10])
        year = re.match(r".{0,12}?\b(20\d\d)\b", sentence[match.end() : match.end() + 18])
        number = before or after
        if number:
            found.append(_day(year[1] if year else None, month, int(number[1]), today))
    return [day for day in found if day is not None]


def _day(year: str | None, month: int, day: int, today: date) -> date | None:
    """The date; without a year the next such day from a month ago on."""
    try:
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        guess = date(today.year, month, day)
        return guess if guess >= today - timedelta(days=30) else date(today.year + 1, month, day)
    except ValueError:
        return None
