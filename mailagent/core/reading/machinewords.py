"""Words that no person writes: how a machine's mail is known when neither header nor subject says so.

Old systems, and lists that strip headers, leave nothing but the text. It decides only where the words leave no room for
a person: a note of absence and nothing else (a person who is away still wants something), a mail that calls itself
automatic and says that nobody reads answers, the report of a virus scanner or list manager, and the request of a spam
filter to prove that one is human.
"""

from __future__ import annotations

import re

from mailagent.core.model.message import InboundMessage
from mailagent.core.reading.clues import ALL, Clues
from mailagent.core.reading.lexicon import Lexicon, fold
from mailagent.core.reading.literals import anchors_of

_SAYS_AUTOMATIC = re.compile(
    r"\b(?:an? )?(?:automated|automatic|automatically[- ]generated|auto[- ]?generated|computer[- ]generated) (?:e-?mail |delivery status )?"
    r"(?:e-?mail|message|notification|notice)\b|\b(?:automatisch (?:erzeugte|generierte|erstellte)|mensaje automático|message automatique|"
    r"mensagem automática|messaggio automatico|автоматическое (?:сообщение|письмо)|otomatik (?:mesaj|e-?posta))\b|系统自动发送|自動配信"
)
_NOBODY_READS = re.compile(
    r"(?:do not|don't|cannot|can not|not) (?:be )?(?:repl(?:y|ied)|respond|answer)|no reply|not monitored|unattended|mailing list manager|"
    r"antworten sie nicht|nicht auf diese|no respond[ae]|ne pas répondre|não responda|non rispondere|не отвечайте|yanıtlamayın|"
    r"请勿(?:直接)?回复|返信(?:は)?(?:でき|しない|ご遠慮)"
)
_VIRUS_FOUND = re.compile(
    r"(?:virus|worm|malware|banned (?:file|attachment)|infected)[^.]{0,80}(?:detected|found|discovered)|"
    r"(?:detected|found)[^.]{0,60}(?:virus|worm|malware)"
)
_VIRUS_REMOVED = re.compile(
    r"(?:has been|have been|was|were|is|have|we) (?:automatically )?"
    r"(?:removed|deleted|quarantined|blocked|cleaned|stripped|discarded|rejected)"
)
_LIST_MANAGER = re.compile(
    r"your request to (?:un)?subscribe|received a request (?:from you )?to (?:un)?subscribe|requested the (?:un)?subscri|"
    r"(?:you have been|has been) (?:successfully )?(?:un)?subscribed (?:from|to) |"
    r"confirm (?:your|this|the) (?:requested )?(?:subscription|operation)|"
    r"results of your (?:e-?mail )?commands|awaits moderator approval|is being held until the list moderator"
)
_SENDER_CHECK = re.compile(
    r"(?:click|follow|visit|go to|use|reply to|replying)[^?]{0,160}(?:allowed|approved|white ?list|verif|authenticat|deliver(?:y|ed)|"
    r"confirm (?:that )?you)[^?]{0,80}"
)
_PROTECTED = re.compile(
    r"(?:account|mailbox|inbox|address) is protected|spam[- ]?(?:protection|blocker|filter)|anti-?spam|challenge|allowed list|"
    r"approved senders?"
)
# What only a person wants; a note of absence asks nothing but to write to a colleague or to wait.
_WANTS_SOMETHING = re.compile(
    r"[?？]|\b(?:price|prices|quot\w{0,8}|order|offer|sample|samples|invoice|payment|but|precio|cotiza\w{0,6}|angebot|preis|prix|devis|preço|"
    r"prezzo|цен\w{1,3}|fiyat)\b|报价|价格|订单|見積|견적"
)
_RETURNS = re.compile(
    r"\b(?:until|till|through|from|starting|back on|be back|return|returning|\d{1,2}[/.]\d{1,2}|"
    r"hasta|regres\w{1,4}|bis|zurück|wieder|jusqu'au|retour|"
    r"até|retorn\w{1,3}|fino al|rientro|до|kadar)\b|[至到]\s?\d"
)
_ANSWERED_LATER = re.compile(
    r"(?:immediate|urgent|urgently|emergency|in my absence|assistance|thank(?:s| you) for your (?:e-?mail|message|mail)|"
    r"will be (?:answered|read)|when i return|upon my return|will (?:respond|reply|answer)|forwarded|urgence|urgente|dringend\w{0,3}|"
    r"in my place|instead)"
)
#: Patterns that a gate knows by these names.
PATTERNS = {
    "says_automatic": _SAYS_AUTOMATIC,
    "virus_found": _VIRUS_FOUND,
    "virus_removed": _VIRUS_REMOVED,
    "list_manager": _LIST_MANAGER,
    "sender_check": _SENDER_CHECK,
    "protected": _PROTECTED,
}
ANCHORS = {name: anchors_of(pattern.pattern) for name, pattern in PATTERNS.items()}
LONGEST_ABSENCE_NOTE = 900
SHORTEST_LETTER = 220


def find(message: InboundMessage, lexicon: Lexicon, clues: Clues = ALL) -> tuple[str, str] | None:
    """Why the words are a machine's, and which of them say so; None where a person may have written them.

    Args:
        message: a mail whose headers and subject say nothing.
        lexicon: the words of absence of all languages.
        clues: which patterns have a chance.
    Source: STANDARDS §2.3.
    """
    may = clues.text
    viral = "virus_found" in may and "virus_removed" in may
    checked = "sender_check" in may and "protected" in may
    if not ("says_automatic" in may or viral or "list_manager" in may or checked or "absent" in may):
        return None
    words = fold((message.words or message.text)[:4000])
    automatic = _SAYS_AUTOMATIC.search(words) if "says_automatic" in may else None
    if automatic and _NOBODY_READS.search(words):
        return "calls itself automatic", automatic[0]
    top = words[:1500]
    virus = _VIRUS_FOUND.search(top) if viral else None
    if virus and _VIRUS_REMOVED.search(top) and "?" not in top:
        return "virus notice", virus[0][:120]
    manager = _LIST_MANAGER.search(top[:600]) if "list_manager" in may else None
    if manager:
        return "list manager", manager[0]
    check = _SENDER_CHECK.search(top) if checked else None
    if check and _PROTECTED.search(top) and message.links + tuple(re.findall(r"https?://", message.text)):
        return "sender check", check[0][:120]
    return _absence(message, words, lexicon) if "absent" in may else None


def _absence(message: InboundMessage, words: str, lexicon: Lexicon) -> tuple[str, str] | None:
    """A short note that holds nothing else, or one that says who answers meanwhile."""
    if len(words) > LONGEST_ABSENCE_NOTE or message.quoted or not lexicon.absent.search(words[:300]):
        return None
    alone = len(words) <= SHORTEST_LETTER or _ANSWERED_LATER.search(words)
    if alone and words and not _WANTS_SOMETHING.search(words) and _RETURNS.search(words):
        return "note of absence", words[:120]
    return None
