"""A request to stop, put together from its parts in whatever order a language or a hurry puts them.

``unsubscribe_strong`` knows whole phrases; nobody can list all of them. But a request to stop is made of few parts. Either
somebody is to be *taken* off a *list*, and it is the writer *himself*; or somebody is to *stop* *sending mails*, or sending *to him*.
Where the parts of one of the two stand in one short sentence that holds no number and no goods, it is a request.

How sure it is depends on what else is said. "Do not write to me" can only mean mails, and so can "send us nothing more"; "do not
send it to me" needs a person. So does every wish with a condition, a time, a place or a better way behind it ("… before Monday",
"… in Chinese", "… to the shop"): it is about how we write, not about silence.
"""

from __future__ import annotations

import re

from mailagent.core.reading.lexicon import UNSPACED, Lexicon, Request, fold

#: Longer sentences join parts that do not belong together; up to what share of that they are believed at once.
MOST_WORDS, MOST_CHARACTERS, SURE = 26, 50, 0.8
_DIGIT = re.compile(r"\d")
_CLAUSES = re.compile(r"[,，、،:：]| - |--")
# Something else is to be used from now on, or somebody else is meant: a wish about the way, not about silence. What did not
# arrive is to be sent again; and who need not hesitate to write is asked to.
_OTHERWISE = re.compile(
    r"\b(?:instead|rather (?:to|than)|old (?:address|e-?mail|mail)|new (?:address|e-?mail|mail)|colleague|stattdessen|neue adresse|"
    r"alte adresse|"
    r"kolleg\w+|plutôt|nouvelle adresse|collègue|en lugar|nueva dirección|colega|em vez|novo e-?mail|invece|nuovo indirizzo|вместо|"
    r"новый адрес|коллег\w+|yerine|yeni adres|"
    r"hesitat\w*|hésit\w*|dud(?:e|es|en|ar)|no dej\w+ de|n[aã]o deix\w+ de"
    r"|"
    r"zöger\w*|scheu\w*|esit\w*|стесня\w*|сомнев\w*|вагай\w*|ragu|sungkan|ngần ngại|çekin\w*|waha\w*|aarzel\w*|tveka|tøv\w*|epäröi\w*|"
    r"διστά\w*|ezit\w*|váhej\w*|"
    r"do(?: not|n'?t) (?:have|see|find)|(?:did not|didn'?t|have not|haven'?t|not|never|can ?not|can'?t|could not|"
    r"couldn'?t) (?:\w{1,12} )?(?:receive|received|get|got|see|find|"
    r"open|read|work|works|working)|"
    r"no longer (?:works?|working|with|here|at|employed)|nicht mehr (?:im haus|da|bei|tätig|in)|hab(?:e|en|t) .{0,60}(?:erhalten|"
    r"bekommen|gefunden)|"
    r"n'\w+ .{0,30}re[çc]u|ne trouv\w+|no me (?:lleg[oó]|ha|han|envi[oó]|mand[oó])|no (?:he|hemos) recib\w+|ya no (?:trabaja|"
    r"est[aá]|labora)|"
    r"n[aã]o (?:recebi|chegou|me enviou|me mandou)|non (?:ho|abbiamo|è) \w+|non (?:riesco|riusciamo|trovo)|не (?:получ[аи]л\w*|"
    r"приш\w+|дош\w+|наш\w+|откры\w+|работает)|"
    r"almadı\w*|gelmedi|ulaşmadı|nie (?:otrzyma|doszł|dotar)\w*|niet (?:ontvangen|aangekomen|gekregen)|không nhận được|chưa nhận|"
    r"belum|tidak (?:terima|menerima|sampai))\b|"
    r"改用|新邮箱|新郵箱|旧邮箱|舊郵箱|没有?收到|沒有?收到|未收到|打不开|打不開|同事|代わりに|新しい|"
    r"遠慮なく|届いて|대신|주저|받지 못|못 받|"
    r"بدلا|تتردد|يصل|ลังเล|不要?犹豫|勿犹豫"
)
# A condition, a time, a way, or goods after all: the wish may end there, so a person looks at it.
_LIMITED = re.compile(
    r"\b(?:until|till|unless|before|without|except|only|again but|in (?:english|chinese|german|french|spanish|russian)|by (?:fax|"
    r"phone|courier|whatsapp|post)|"
    r"from (?:two|three|both|several|different|various|multiple)|duplicates?|von (?:zwei|mehreren|verschiedenen)|"
    r"(?:de|depuis) (?:deux|plusieurs|dos|varias|duas|várias)|da (?:due|diversi)|с (?:двух|разных)|"
    r"phone|call|as (?:zip|pdf|rar)|wrong|broken|defect\w*|price\w*|bearing\w*|another|correct\w*|new|"
    r"bis|bevor|ohne|außer|nur|solange|falls|telefon\w*|lager|preis\w*|neue\w*|andere\w*|falsch\w*|nochmal\w*|noch einmal|erneut|"
    r"auf (?:englisch|chinesisch)|"
    r"jusqu\w*|avant|sans|sauf|seulement|à moins|prix|roulement\w*|téléphone\w*|à nouveau|de nouveau|en (?:anglais|chinois|inglés|"
    r"chino|inglês|chinês|inglese|cinese)|"
    r"hasta|antes|sin|salvo|excepto|s[oó]lo|solamente|precio\w*|rodamiento\w*|de nuevo|otra vez|teléfono|até|sem|exceto|somente|"
    r"apenas|preço\w*|rolamento\w*|de novo|"
    r"fino a|finch\w*|prima|senza|tranne|solo|soltanto|prezz\w*|cuscinett\w*|di nuovo|nuovamente|telefono|"
    r"пока|до|без|кроме|только|цен\w*|подшипник\w*|ещё раз|еще раз|повторно|телефон\w*|на (?:английском|китайском)|лише|тільки|"
    r"підшипник\w*|"
    r"kadar|önce|sadece|yalnızca|hariç|fiyat\w*|rulman\w*|telefon|tekrar|dopóki|tylko|bez|przed|chyba|cen\w*|łożysk\w*|ponownie|"
    r"tot|voordat|zonder|alleen|behalve|prijs|prijzen|lagers?|opnieuw|nogmaals|cho đến|trừ|chỉ|giá|vòng bi|sampai|hanya|kecuali|"
    r"sebelum|harga)\b|"
    r"之前|以前|除非|除了|直到|只要|价格|報價|报价|轴承|軸承|重新|再发一次|电话|電話|英文|中文|まで|以外|だけ|ベアリング|軸受|価格|見積|電話|もう一度|"
    r"까지|외에|만 |베어링|가격|견적|전화|다시 한|حتى|قبل|إلا|فقط|سعر|محامل|رولمان"
)


def find(text: str, sentences: list[str], requests: list[Request], lexicon: Lexicon) -> tuple[str, Request, str] | None:
    """The first sentence that holds the parts of a request: how sure it is ("auto" or "review"), in which language, its words.

    Args:
        text: the writer's own words.
        sentences: the same, cut.
        requests: the languages whose parts may be in it.
    """
    for original in sentences:
        sentence = fold(original)
        if _DIGIT.search(sentence) or _OTHERWISE.search(sentence) or lexicon.wants.search(sentence):
            continue
        for request in requests:
            # A language may say nothing of the parts.
            if "remove" not in request.parts or request.goods.search(sentence):
                continue
            if request.denied is not None and request.denied.search(sentence):
                continue
            mode = _parts(request, sentence)
            is_question = text[text.find(original) + len(original) :].startswith(("?", "？"))
            # "Could you take me off your list?" is a request as well.
            if mode == "auto" or (mode and not is_question):
                return mode, request, original
    return None


def _parts(request: Request, sentence: str) -> str:
    parts = request.parts
    if _length(request, sentence) <= 1 and parts["remove"].search(sentence) and parts["self"].search(sentence):
        lists = parts["lists"]
        if lists.search(sentence):
            # "Mailing list" and "my contact" are no sending: that, too, would have to stop.
            sends = parts["send"].search(parts["self"].sub(" ", lists.sub(" ", sentence))) is not None
            if not sends or parts["stop"].search(sentence):
                return "auto"
    # Other parts belong together only where nothing parts them; the rest of the sentence may still say to whom.
    to_whom = parts["self"].search(sentence) is not None or parts["mail"].search(sentence) is not None
    best = ""
    for clause in _CLAUSES.split(sentence) if to_whom else ():
        length = _length(request, clause)
        if length <= 1 and parts["stop"].search(clause) and parts["send"].search(clause):
            mail = parts["mail"].search(clause) is not None
            means_mail = mail or any(name in parts and parts[name].search(clause) for name in ("write", "anything"))
            is_whole = mail or parts["self"].search(clause) is not None
            is_sure = is_whole and means_mail and length <= SURE and not _LIMITED.search(clause)
            best = "auto" if is_sure else best or "review"
    return best


def _length(request: Request, said: str) -> float:
    """How long it is, as a share of the longest that is believed."""
    return len(said) / MOST_CHARACTERS if request.language in UNSPACED else (said.count(" ") + 1) / MOST_WORDS
