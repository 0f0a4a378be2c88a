"""Words that no person writes: how a machine's mail is known when neither header nor subject says so.

Old systems, and lists that strip headers, leave nothing but the text. It decides only where the words leave no room for
a person: a note of absence and nothing else (a person who is away still wants something), a mail that calls itself
automatic and says that nobody reads answers, the report of a virus scanner or list manager, and the request of a spam
filter to prove that one is human.
"""

from __future__ import annotations

import re

from mailagent.core.model.message import InboundMessage
from mailagent.core.reading import thread
from mailagent.core.reading.clues import ALL, Clues
from mailagent.core.reading.lexicon import Lexicon, fold
from mailagent.core.reading.literals import anchors_of

_SAYS_AUTOMATIC = re.compile(
    r"\b(?:an? )?(?:automated|automatic|automatically[- ]generated|auto[- ]?generated|computer[- ]generated|system[- ]generated) "
    r"(?:e-?mail |delivery status )?(?:e-?mail|message|notification|notice|acknowledgement)\b|\bautomatically (?:generated|created|sent)\b|"
    r"\b(?:automatisch (?:erzeugt|generiert|erstellt|versendet|versandt|verstuurd|verzonden|gegenereerd)|automatische (?:nachricht|"
    r"e-?mail|mail|bericht)|"
    r"(?:mensaje|correo|respuesta) (?:generad[oa] )?autom[aá]tic[oa]|generad[oa] (?:autom[aá]ticamente|de (?:manera|"
    r"forma) autom[aá]tica)|message automatique|(?:e-?mail|"
    r"courriel) automatique|"
    r"g[eé]n[eé]r[eé]e? automatiquement|mensagem autom[aá]tica|e-?mail autom[aá]tico|gerad[ao] automaticamente|(?:messaggio|"
    r"mail) automatic[oa]|"
    r"generat[oa] automaticamente|автоматическ\w{2} (?:сообщени\w|письмо|уведомлени\w)|(?:сформирован|отправлен|"
    r"создан)\w{0,2} автоматически|"
    r"автоматичн\w{1,2} (?:повідомлення|лист)|otomatik (?:mesaj|e-?posta|ileti)|otomatik olarak|"
    r"wiadomość (?:została )?(?:wygenerowana )?automatyczn|"
    r"automatisk(?:t)? (?:genererat|genereret|generert|meddelande|besked|melding)|automaticky (?:generovan|vygenerovan)|tự động|"
    r"(?:pesan|email) otomatis)|系统自动(?:发送|发出|生成|回复)|自動(?:配信|送信|生成|返信)|자동(?:으로)? ?(?:발송|전송|생성|회신)|"
    r"آلية|تلقائية|อัตโนมัติ"
)
_NOBODY_READS = re.compile(
    r"(?:do not|don't|cannot|can not|not) (?:be )?(?:repl(?:y|ied)|respond|answer)|no reply|not monitored|unattended|mailing list manager|"
    r"(?:was|were|is|been) not (?:forwarded|delivered|read)|antworten sie (?:bitte )?nicht|nicht (?:auf diese|zu antworten|weitergeleitet)|"
    r"no respond(?:a|er|an)|no contest(?:e|ar)|ne (?:pas )?(?:y )?r[eé]pondr?e|ne r[eé]pondez pas|ne pas (?:y )?r[eé]pondre|"
    r"n[aã]o respond(?:a|er)|"
    r"non rispond(?:ere|ete|a)|не отвечай|отвечать (?:на (?:него|это письмо) )?не|не требует ответа|не відповідай|"
    r"yan[ıi]tlamay[ıi]n|cevaplamay[ıi]n|"
    r"niet (?:op )?(?:dit|deze) .{0,20}(?:antwoord|reager)|niet te beantwoorden|(?:nie|prosimy nie) odpowiada|(?:svara|"
    r"svar) (?:inte|ikke)|neodpov[ií]dejte|"
    r"không (?:trả lời|phản hồi)|jangan (?:mem)?balas|请(?:勿|不要)(?:直接)?回复|請勿(?:直接)?回[覆復]|返信(?:は|を)?(?:でき|しない|"
    r"ご遠慮|お控え)|"
    r"ご返信(?:いただ|頂|は)|회신하지|발신 ?전용|لا ترد|عدم الرد"
)
# What a help desk or an abandoned mailbox says of the mail that it got.
_ABOUT_YOUR_MAIL = re.compile(
    r"(?:received|got) your (?:e-?mail|message|inquiry|enquiry|request|mail|query)|your (?:e-?mail|message|inquiry|enquiry|request|"
    r"mail|query)(?: [(\[#]{1,2}[\w#-]{1,20}[)\]]?)? (?:has been|was|is) "
    r"(?:\w{1,12} )?(?:received|registered|logged|forwarded|assigned)|ihre (?:nachricht|anfrage|e-?mail|mail) (?:erhalten|"
    r"ist .{0,20}eingegangen|wurde)|"
    r"re[çc]u votre (?:message|demande|mail|e-?mail|courriel)|(?:recibido|recibimos) (?:su|tu) (?:mensaje|"
    r"correo|consulta|solicitud|e-?mail)|recebemos (?:a |o )?su?e?u?a? ?(?:mensagem|"
    r"e-?mail|solicita)|"
    r"ricevuto (?:la sua|la vostra|il suo|il vostro)|(?:получили|получено|принято|зарегистрирован\w?) .{0,12}(?:ваше|ваш)|"
    r"ваше (?:письмо|обращение|сообщение)|"
    r"(?:mesajınız|talebiniz|mailiniz|e-?postanız) .{0,20}(?:al[ıi]n|ulaş)|uw (?:bericht|vraag|aanvraag|e-?mail) (?:is |"
    r"wordt )?(?:ontvangen|.{0,20}behandeld)|"
    r"(?:邮件|来信|咨询|留言|请求)已?(?:经)?(?:收到|受理)|(?:已|已经)收到您的|お問い?合わ?せを?(?:受け?付け|承り)|受け付け(?:いた|"
    r"まし)|문의.{0,10}접수|استلام رسالت|"
    r"has been (?:sent|forwarded) to .{0,30}(?:team|department)|will (?:get back|respond|reply) to you (?:within|as soon)"
)
_HUMAN_CHECK = re.compile(
    r"you(?:'re| are) (?:a |not a |indeed a )?(?:real )?(?:live )?(?:human|person and not|robot|spammer)\b|\bnot a spam source\b|"
    r"\bis being held (?:because|until|pending)\b[^.?!]{0,80}\b(?:address|sender|confirm|approved|verif)"
)
# Absence as only notes put it. (In mail that is known to be automatic more words will do: ``absent`` of the languages.)
_AWAY_NOTE = re.compile(
    r"\b(?:out of (?:the |my )?office|away from (?:the |my )?(?:office|desk)|on (?:annual |maternity |parental |sick )?(?:vacation|"
    r"holiday|leave)|limited access to|"
    r"(?:office|offices|company) (?:is|are|will be) closed|(?:currently|will be|am|be) (?:away|travelling|traveling|out of town)|"
    r"back in the office|"
    r"nicht im (?:büro|hause?)|außer haus|ausser haus|im urlaub|abwesend|fuera de (?:la )?oficina|de vacaciones|absente? du bureau|"
    r"en cong[eé]s?|en vacances|"
    r"fora do escrit[oó]rio|de férias|em férias|fuori (?:sede|ufficio)|in ferie|вне офиса|в отпуске|в командировке|ofis dışında|"
    r"izindeyim|izinde|"
    r"op vakantie|niet op kantoor|niet aanwezig|na urlopie|poza biurem|på semester|på ferie|på kontoret|na dovolené|nghỉ phép|"
    r"sedang cuti|у відпустці|lomalla)\b|"
    r"不在办公室|不在辦公室|休假|年假|不在にし|休暇|부재중|휴가|خارج المكتب|في إجازة|ลาพักร้อน"
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
    r"\?(?!\w)|？|\b(?:price|prices|quot\w{0,8}|order|offer|sample|samples|invoice|payment|but|precio|cotiza\w{0,6}|angebot|preis|prix|"
    r"devis|preço|"
    r"prezzo|цен\w{1,3}|fiyat|catalog\w{0,3}|sourcing)\b|报价|价格|订单|询价|求购|采购|見積|견적"
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
    "human_check": _HUMAN_CHECK,
    "away_note": _AWAY_NOTE,
}
ANCHORS = {name: anchors_of(pattern.pattern) for name, pattern in PATTERNS.items()}
LONGEST_ABSENCE_NOTE = 900
SHORTEST_LETTER = 220


def find(message: InboundMessage, lexicon: Lexicon, clues: Clues = ALL) -> tuple[str, str] | None:
    """Why the words are a machine's, and which of them say so; None where a person may have written them.

    Args:
        message: a mail whose headers and subject say nothing.
        lexicon: the words of all languages.
        clues: which patterns have a chance.
    Source: STANDARDS §2.3.
    """
    may = clues.text
    viral = "virus_found" in may and "virus_removed" in may
    checked = "sender_check" in may and "protected" in may
    if not (viral or checked or any(name in may for name in ("says_automatic", "list_manager", "human_check", "away_note"))):
        return None
    words = fold((message.words or message.text)[:4000])
    automatic = _SAYS_AUTOMATIC.search(words) if "says_automatic" in may else None
    if automatic and (_NOBODY_READS.search(words) or _ABOUT_YOUR_MAIL.search(words) or lexicon.left.search(words[:600])):
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
    human = _HUMAN_CHECK.search(top) if "human_check" in may else None
    if human:
        return "sender check", human[0][:120]
    return _absence(message, words, lexicon) if "away_note" in may else None


def calls_itself_automatic(words: str) -> bool:
    """Whether folded words say that a machine sent them."""
    return _SAYS_AUTOMATIC.search(words) is not None


def is_desks(words: str) -> bool:
    """Whether folded words speak of the reader's own mail as only a help desk does, or say that nobody reads answers."""
    return _ABOUT_YOUR_MAIL.search(words) is not None or _NOBODY_READS.search(words) is not None


def wants_something(words: str) -> bool:
    """Whether folded words ask for what only a person wants: a price, an answer."""
    return _WANTS_SOMETHING.search(words) is not None


def _absence(message: InboundMessage, words: str, lexicon: Lexicon) -> tuple[str, str] | None:
    """A short note that holds nothing else, or one that says who answers meanwhile."""
    if len(words) > LONGEST_ABSENCE_NOTE or message.quoted or not _AWAY_NOTE.search(words[:300]):
        return None
    # "away till friday, will look then": who sets up a note for everybody begins it with a capital; who answers in a hurry does not.
    if message.thread_ids and message.words.lstrip()[:1].islower():
        return None
    alone = len(words) <= SHORTEST_LETTER or _ANSWERED_LATER.search(words)
    # A note that repeats our subject does not want what stands in it.
    subject = fold(thread.normalise_subject(message.subject))
    said = words.replace(subject, " ") if subject else words
    if alone and words and not _WANTS_SOMETHING.search(said) and (_RETURNS.search(words) or lexicon.return_word.search(words)):
        return "note of absence", words[:120]
    return None
