"""Whether the writer asks us to stop writing.

The law wants such a request obeyed at once; the trade wants no buyer lost because he wrote "emergency stop". So there
are two answers. **auto**: the request is the mail, or stands alone on a line of a short mail. **review**: the words
are there but in a long mail, or beside words of a running business; the follow-ups stop at once and a person confirms. A
word that is also a business word ("red", "baja", "TD") counts only as the whole mail, and surely only in its own language.

What is to stop matters as much as the wish that it stop: "send no more samples" is a buyer. So a sentence that speaks of
goods and not of mails is no request (``goods_words``, ``mail_words``), and one that speaks of both is for a person.

Only the writer's own words are read (never the quotation: our own footer stands there), without links
(STANDARDS §4.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailagent.core.model.policy import Policy
from mailagent.core.reading import lexicon as words
from mailagent.core.reading import thread, unsubscribe_claims, unsubscribe_parts
from mailagent.core.reading.clues import ALL, Clues
from mailagent.core.reading.lexicon import UNSPACED, Lexicon, Request, fold

_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear(?: [\w.]{1,20}){0,3}|sirs?|madam|hallo|guten tag|sehr geehrte(?: [\w.]{1,"
    r"20}){1,3}|hola|buenos d[ií]as|buenas tardes|estimad[oa]s?(?: [\w.]{1,20}){0,2}|bonjour|madame|"
    r"monsieur|ol[aá]|bom dia|prezad[oa]s?(?: [\w.]{1,20})?|ciao|buongiorno|salve|gentil[ei](?: [\w.]{1,"
    r"20}){0,2}|"
    r"здравствуйте|добрый день|уважаемые(?: \w{1,20})?|merhaba|sayın(?: \w{1,20}){0,2}|您好|你好|老师好|お世話になります|"
    r"お世話になっております|안녕하세요|السلام عليكم|مرحبا|تحية طيبة|beste(?: [\w.]{1,20}){0,2}|geachte(?: [\w.]{1,20}){0,3}|"
    r"dzień dobry|szanowni państwo|"
    r"szanowny panie|hej|dobrý den|dobr[yý] de[nň]|vážen[íý](?: \w{1,20}){0,2}|добрий день|доброго дня|xin chào|"
    r"kính gửi(?: \w{1,20}){0,3}|"
    r"selamat (?:pagi|siang|sore)|yth\.?(?: \w{1,20}){0,2}|สวัสดี(?:ครับ|ค่ะ)?|bună ziua|tisztelt(?: \w{1,20}){0,2}|καλημέρα(?: σασ)?|"
    r"hyvää päivää|god dag)(?![a-zß-öø-ÿā-ԯ])[\s,!.，。！:：]{0,4}"
)
_POLITE_START = re.compile(
    r"^(?:please|pls|plz|kindly|could you (?:be so kind (?:and|as to) )?|can you |would you |i (?:would|"
    r"want|wish|need) (?:like )?(?:you )?to |just |again |and |bitte|por favor|favor de|favor|s'il vous "
    r"pla[iî]t|svp|veuillez|merci de|merci|per favore|per cortesia|vi prego di|请你?们?|請|麻烦您?|烦请|拜托|"
    r"пожалуйста|прошу(?: вас)?|"
    r"lütfen|お手数ですが|恐れ入りますが|どうか|부디|제발|من فضلكم?|رجاء|الرجاء|يرجى|أرجو|"
    r"graag|gelieve|alstublieft|a\.?u\.?b\.?|(?:bardzo )?prosz[eę]|prosimy|prosím[e]?|žádám[e]?|vänligen|vennligst|venligst|"
    r"var (?:god|vänlig) och|"
    r"bud[ae] ласка|будь ласка|прошу|vui lòng|xin(?: vui lòng| hãy)?|làm ơn|mohon|tolong|harap|กรุณา|โปรด|ช่วย|kérem|kérjük|"
    r"vă rog(?: frumos)?(?: să)?|va rog(?: sa)?|παρακαλώ|pyydän|ystävällisesti)(?:(?<=\s)|(?![a-zß-öø-ÿā-ԯ]))[\s,.!，。！]{0,3}"
)
_POLITE_END = re.compile(
    r"[\s,，.。!！、-]{0,4}(?:thanks?(?: you)?(?: very much)?|thx|please|pls|regards|best regards|kind "
    r"regards|best|now|immediately|asap|at once|"
    r"谢谢(?:您)?|謝謝|多谢|danke(?: schön)?|vielen dank|bitte|gracias|muchas gracias|por favor|obrigad[oa]|"
    r"grazie|спасибо|пожалуйста|teşekkürler|lütfen|merci|s'il vous pla[iî]t|"
    r"감사합니다|부탁드립니다|よろしくお願いします|お願いします|お願いいたします|شكرا)[\s.!。！]{0,4}\Z"
)
_WISH = re.compile(
    r"\b(?:please|pls|kindly|me|my|us|our|want|wish|bitte|mich|uns|meine|por favor|quiero|nos|mi|merci|"
    r"veuillez|moi|nous|souhaite|quero|meu|прошу|пожалуйста|меня|нас|хочу|lütfen|beni|bizi|istiyor\w*|"
    r"vorrei|voglio|favore|graag|mij|ons|onze|mijn|wil|willen|proszę|mnie|mój|mnie|nas|chcę|vänligen|mig|oss|min|vår|vill|venligst|"
    r"vennligst|meg|"
    r"vil|ønsker|prosím|mě|nás|chci|můj|tôi|xin|saya|kami|tolong|mohon|kérem|engem|minket|vă|rog|mene|мене|мій|παρακαλώ|μου|μασ|"
    r"minut|minua)\b|"
    r"الرجاء|أرجو|أريد|يرجى"
)
_LINK = re.compile(r"<?\b(?:https?://|www\.|mailto:)\S{1,2000}")
_SENTENCE_END = re.compile(r"[\n.!?;。！？；]+")
# "Art. 21", "Nr. 5" go on behind their full stop.
_ABBREVIATED = re.compile(r"\b([Aa]rt|[AN]r|[Aa]bs)\. ?(?=\d)")
_CLAUSE_END = re.compile(r"[,，、]")
# Who speaks of pieces still buys.
_QUANTITY = re.compile(
    r"\d\s?(?:k )?"
    r"(?:pcs|pieces|units|sets|stück|stk|pzs?|piezas|pièces|peças|pezzi|шт|adet|قطعة|个|只|套|件|個|개|chiếc|buah|szt|"
    r"ks)(?![^\W\d_])"
)
# Prices, and codes as goods have them; years and articles of laws are none.
_BUSINESS = re.compile(
    r"\b(?:quot(?:e|es|ation|ations)|prices?|pricing|preise?|kotierung|precios?|cotizaci[oó]n\w*|prix|devis|preços?|cotaç\w*|prezz\w|"
    r"preventiv\w|"
    r"цен\w{1,3}|fiyat\w*|prijs|ceny|cena|pris|giá|harga)\b|价格|報價|报价|价钱|価格|見積|가격|견적|سعر|الأسعار|ราคา|"
    r"\b(?!(?:19|20)\d\d\b)(?:[a-z]{1,4}-?\d{3,}[a-z\d-]{0,8}|\d{4,}[a-z\d-]{0,8})\b(?![/@.]\w)"
)
# Behind a request: another clause begins, or it is urged.
_GOES_ON_OTHERWISE = re.compile(
    r"\s*(?:[,;:.!()\-–—，、。！]|(?:and|as|because|we|i|it|thanks?|thank you|please|pls|plz|now|immediately|asap|today|again|"
    r"any ?more|at once|forever|und|da|"
    r"weil|wir|ich|danke|sofort|umgehend|et|car|nous|je|merci|y|ya que|porque|gracias|e|pois|porque|obrigad\w|perché|grazie|и|так как|"
    r"спасибо|ve|"
    r"çünkü|en|want|bedankt|i|oraz|bo|ponieważ|dziękuję|och|tack|og|tak|takk|a|protože|děkuj\w+|та|бо|дякую|và|dan|terima|και)\b|了|"
    r"吧|谢|謝|.{1,3}$)"
)
# For a while is not for good.
_FOR_NOW = re.compile(
    r"\b(?:until|till|for now|for the time being|for the moment|yet|at present|vorerst|bis|im moment|derzeit|vorläufig|zunächst|"
    r"todavía|por ahora|"
    r"de momento|hasta|aún no|más tarde|pour l'instant|pour le moment|jusqu\w*|plus tard|por enquanto|ainda não|até|mais tarde|"
    r"per ora|per adesso|"
    r"fino a|finch\w+|più tardi|пока|до|поки|şimdilik|kadar|na razie|chwilowo|voorlopig|tot|tạm thời|cho đến|sementara|sampai|tills|"
    r"för närvarande|"
    r"foreløbig|zatím)\b|先不|暂时|暫時|之前|今のところ|しばらく|当面|まで|당분간|까지|حاليا|حتى"
)
# Who would rather be called or messaged wants to talk.
_OTHER_CHANNEL = re.compile(
    r"\b(?:whats ?app|wechat|telegram|viber|kakao\w*|skype|call me|phone me|ring me)\b|微信|打电话|電話ください|카톡"
)
_NEGATION = re.compile(
    r"\b(?:no|not|never|\w{2,6}n['’]?t|nor|without|kein\w{0,2}|nicht|nie|pas|plus|aucun\w?|sin|nunca|não|nao|nem|non|nessun\w?|не|"
    r"нет|ни|değil|"
    r"yok|لا|لم|لن|ليس|niet|geen|inte|inga|ikke|ingen|eivät|emme|ei|ne\w{3,12}|nem|nu|δεν|không|tidak|bukan)\b|不|没|沒|无|未|ない|"
    r"ません|않|없|ไม่"
)
# Over so many characters a text is no single word, whatever greeting stands around it.
LONGEST_WORD_ALONE, LONGEST_IN_PARTS = 2_000, 500
SHORTEST_TEXT = 80
# "Thank you very much" with the blanks and signs around it.
LONGEST_POLITE_END = 32
_LONG, FIRST_SENTENCES = 40, 14
MOST_SIGNATURE_LINES = 9


Answer = tuple[str, str, str]
NOTHING: Answer = ("none", "", "")


@dataclass(frozen=True)
class _Asked:
    """What is looked at.

    Attributes:
        text: the writer's words without links.
        whole: all of them, folded, without greeting and politeness.
        subject: of a fresh mail, without tags; "" where the subject is the thread's.
        command: the subject as ``whole`` is of the words.
        length: of the words as they came.
        one_word: an ambiguous word may be all that is said.
    """

    text: str
    whole: str
    subject: str
    command: str
    length: int
    one_word: bool


def find(own_words: str, subject: str, language: str, policy: Policy, *, quote_confidence: float = 1.0) -> Answer:
    """Read a request to stop out of what a person wrote.

    Args:
        own_words: the text without quotation and signature.
        subject: as it came, prefixes included.
        language: of the lead or the mail, "" if unknown; decides about ambiguous single words.
        quote_confidence: under 0.5 the text may hold somebody else's words: never "auto".
    Returns:
        ``auto``, ``review`` or ``none``; the language of the phrase; the words themselves.
    """
    answers = by_language(own_words, subject, policy, quote_confidence=quote_confidence)
    return answers.get(language, answers[""])


def by_language(
    own_words: str, subject: str, policy: Policy, *, quote_confidence: float = 1.0, clues: Clues = ALL
) -> Mapping[str, Answer]:
    """``find`` for every language at once, because who writes is known only later.

    Args:
        clues: which patterns have a chance.
    Returns:
        the answer for each language in which it is another one than usual, and the usual one under "".
    """
    lexicon = words.of(policy.languages)
    if not clues.any_of(lexicon.asks_for_silence):
        return {"": NOTHING}
    possible = [request for request in lexicon.requests if request.clue in clues.text]
    one_word = "ambiguous" in clues.text
    # A request in other words than ours is looked for in short mails only.
    is_short = len(own_words) <= LONGEST_IN_PARTS
    in_parts = [request for request in lexicon.requests if request.clue_of_parts in clues.text and request.parts] if is_short else []
    if not (possible or one_word or in_parts):
        return {"": NOTHING}
    text = _without_links(own_words[:20_000])
    fresh = "" if thread.is_answer(subject) or thread.is_forward(subject) else thread.normalise_subject(subject)
    asked = _Asked(text, _bare(text), fresh, _bare(fresh), len(own_words), one_word)
    languages = {r.language for word in (asked.whole, asked.command) for r in lexicon.ambiguous.get(word, ())}
    answers = {code: _find(asked, code, lexicon, possible) for code in ("", *sorted(languages))}
    if in_parts and answers[""][0] != "auto":
        # What a phrase leaves in doubt may be clear from the parts of the sentence.
        found = _in_parts(text, in_parts, lexicon)
        answers[""] = found if found[0] == "auto" else answers[""] if answers[""] != NOTHING else found
    if quote_confidence >= 0.5:
        return answers
    return {code: ("review" if mode == "auto" else mode, spoken, evidence) for code, (mode, spoken, evidence) in answers.items()}


def _without_links(text: str) -> str:
    return _LINK.sub(" http ", text) if any(beginning in text for beginning in ("http", "www.", "mailto:")) else text


def may_be_one_word(own_words: str, folded: str, lexicon: Lexicon) -> bool:
    """Whether one of the ambiguous words may be all that words or subject say.

    Args:
        own_words: as for ``find``.
        folded: these words and the subject, folded.
    """
    # In a very short text it may even be glued to what stands before it.
    if len(own_words) < SHORTEST_TEXT:
        return True
    return len(own_words) <= LONGEST_WORD_ALONE and lexicon.ambiguous_words.occur(folded)


def _find(asked: _Asked, language: str, lexicon: Lexicon, possible: list[Request]) -> Answer:
    whole = asked.whole
    found = _command(asked, language, lexicon, possible)
    if found:
        return found
    for request in lexicon.ambiguous.get(whole, ()):
        return ("auto" if language == request.language or _has_one_meaning(whole) else "review"), request.language, whole
    for request in possible:
        if whole and request.inside.fullmatch(whole) and not _denied(request, whole):
            mode = _about_mail(whole, whole, request)
            if mode != "none":
                return mode, request.language, whole[:200]
    above = _above_a_name(asked.text, lexicon) if asked.one_word else None
    if above is not None:
        return "review", above.language, asked.text.strip()[:200]
    found = _in_sentences(asked.text, possible, lexicon)
    if found == NOTHING and asked.subject and asked.length < 400:
        return _in_sentences(asked.subject, possible, lexicon, at_most="review")
    return found


def _above_a_name(text: str, lexicon: Lexicon) -> Request | None:
    """One ambiguous word with nothing but a name or a signature below it ("Baja", then "Juan Pérez"): a person decides."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines = lines[1:] if lines and not _bare(lines[0]) else lines
    if not 2 <= len(lines) <= MOST_SIGNATURE_LINES or any(
        len(line) > 60 or line[0].islower() or line.endswith(("?", ":", ";", "？")) for line in lines[1:]
    ):
        return None
    return next(iter(lexicon.ambiguous.get(_bare(lines[0]), ())), None)


def _command(asked: _Asked, language: str, lexicon: Lexicon, possible: list[Request]) -> Answer | None:
    """A fresh mail whose subject is the request and whose body says nothing else."""
    subject = asked.command
    if not subject or asked.length >= 400:
        return None
    for request in lexicon.requests:
        if subject in request.ambiguous:
            if (len(asked.whole) < 40 or " " in subject) and (_has_one_meaning(subject) or language == request.language):
                return "auto", request.language, subject
            return None
        if request in possible and request.inside.fullmatch(subject) and not _denied(request, subject):
            return "auto", request.language, subject[:200]
    return None


def _in_sentences(text: str, possible: list[Request], lexicon: Lexicon, at_most: str = "auto") -> Answer:
    if not possible:
        return NOTHING
    text = unsubscribe_claims.prepared(text)
    text = _ABBREVIATED.sub(r"\1 ", text) if "r. " in text or "t. " in text or "s. " in text else text
    sentences = [s.strip() for s in _SENTENCE_END.split(text) if s.strip()][:200]
    told = [(number, original) for number, original in enumerate(sentences) if _may_ask(fold(original), possible)]
    if not told:
        return NOTHING
    bare = [(number, original, _bare(original)) for number, original in told]
    # What is the point of a short mail is believed at once, unless its writer goes on buying.
    names_law = unsubscribe_claims.names_law(fold(text))
    if _word_count(text) > _LONG and not names_law:
        at_most = "review"
    for _, original, sentence in (each for each in bare if each[0] < FIRST_SENTENCES):
        for request in possible:
            # Chinese and Japanese run their sentences on with commas: there the clause is what stands alone.
            clauses = (sentence, *map(_bare, _CLAUSE_END.split(sentence))) if request.language in UNSPACED else (sentence,)
            alone = next((c for c in clauses if c and c not in request.ambiguous and request.inside.fullmatch(c)), "")
            # What stands alone must stand in the sentence as a word of its own, too.
            if alone and request.inside.search(fold(original)) and not _denied(request, sentence, text, original):
                mode = _about_mail(alone, sentence, request)
                if mode != "none":
                    return _as_sure_as(mode, at_most, text, original, request, lexicon), request.language, original[:200]
    for _, original, sentence in bare:
        for request in possible:
            match = request.inside.search(sentence)
            if not match or match[0] in request.ambiguous or len(match[0]) <= 3 or _denied(request, sentence, text, original):
                continue
            # One word inside a sentence is a topic; with "please", "me" or "our" beside it, it is a wish.
            is_clause = " " in match[0] or request.language in UNSPACED
            if not (is_clause or _WISH.search(fold(original))):
                continue
            mode = _about_mail(match[0], sentence, request)
            if mode != "none" and request.inside.search(fold(original)):
                sure = is_clause and (names_law or _is_all(sentence[match.end() :]))
                mode = mode if sure else "review"
                return _as_sure_as(mode, at_most, text, original, request, lexicon), request.language, original[:200]
    return NOTHING


def _is_all(rest: str) -> bool:
    """Whether a request ends where its phrase ends: "stop emailing me from two addresses" is about something else."""
    return not rest.strip() or bool(_GOES_ON_OTHERWISE.match(rest))


def _in_parts(text: str, possible: list[Request], lexicon: Lexicon) -> Answer:
    sentences = [s.strip() for s in _SENTENCE_END.split(text) if s.strip()][:FIRST_SENTENCES]
    found = unsubscribe_parts.find(text, sentences, possible, lexicon)
    if found is None:
        return NOTHING
    mode, request, sentence = found
    at_most = "auto" if _word_count(text) <= _LONG else "review"
    return _as_sure_as(mode, at_most, text, sentence, request, lexicon), request.language, sentence[:200]


def _about_mail(said: str, sentence: str, request: Request) -> str:
    """How sure it is that mails shall stop: "none" where the sentence speaks of goods only, "review" where of both."""
    if not request.goods.search(sentence):
        return "auto"
    return "review" if request.mail.search(said) else "none"


def _as_sure_as(mode: str, at_most: str, text: str, sentence: str, request: Request, lexicon: Lexicon) -> str:
    if _FOR_NOW.search(fold(sentence)):
        return "review"
    return "auto" if mode == at_most == "auto" and not goes_on_buying(text, sentence, request, lexicon) else "review"


def goes_on_buying(text: str, sentence: str, request: Request, lexicon: Lexicon) -> bool:
    """Whether somebody who asks us to stop speaks of business as well: what he says beside his request.

    He asks something, names a quantity or a type, says what he wants, or speaks of prices and goods. What stands in a sentence
    that denies is not counted: "we need nothing", "we never ordered".

    Args:
        text: his own words.
        sentence: the one in which he asks us to stop.
        request: how his language does it.
    """
    rest = text.replace(f"{sentence}?", " ").replace(sentence, " ")
    folded = fold(rest)
    if "?" in folded or _QUANTITY.search(folded) or _OTHER_CHANNEL.search(fold(text)):
        return True
    said = [each for each in map(fold, _SENTENCE_END.split(rest)[:200]) if not _NEGATION.search(each)]
    return any(lexicon.wants.search(each) or _BUSINESS.search(each) or request.goods.search(each) for each in said)


def _may_ask(folded: str, requests: list[Request]) -> bool:
    return any(request.anchors.present(folded) for request in requests)


def _denied(request: Request, sentence: str, text: str = "", original: str = "") -> bool:
    """A sentence that speaks *about* unsubscribing, or asks how it is done."""
    if request.denied is not None and request.denied.search(sentence):
        return True
    # "How do I …?" loses its question mark when sentences are cut; look at what follows in the text.
    end = text.find(original) + len(original) if original else 0
    follows = text[end : end + 1] if original and text else ""
    return follows in ("?", "？") and not re.search(
        r"\b(?:could|can|would|will|please|pls|puede|podr[ií]a|können|könnten|pourriez|potete|poderia)\b", fold(original)
    )


_ONE_MEANING = frozenset(("stop", "unsub", "opt out", "opt-out", "remove me", "remove", "quit", "end", "cancel"))


def _has_one_meaning(word: str) -> bool:
    """English commands that mailing lists taught the whole world; alone in a mail they mean nothing else."""
    return word in _ONE_MEANING


def _bare(text: str) -> str:
    """Folded words without greeting and politeness at either end."""
    bare = _stripped(fold(text))
    for _ in range(8):
        shorter = _stripped(thread.without(_POLITE_START, thread.without(_GREETING, bare)))
        end = _POLITE_END.search(shorter, max(0, len(shorter) - LONGEST_POLITE_END))
        ended = _stripped(shorter[: end.start()]) if end else shorter
        shorter = ended or shorter
        if shorter == bare or not shorter:
            break
        bare = shorter
    return bare


def _stripped(text: str) -> str:
    return text.strip(" \t.,!?;:，。！？；：、\"'“”„‘’‚«»‹›「」『』()[]<>*-_—…")


def _word_count(text: str) -> int:
    if re.search(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]", text):
        return len(re.sub(r"\s", "", text)) // 2
    return len(text.split())
