"""The robot that fills in web forms: "Hi, I wanted to know your price.", in any language of the earth, and nothing else.

It names no goods, because it has not read our site; it gives no name, no firm and no number, because it has none; and it comes in
languages in which nobody orders. So a mail counts as its work only if *all* that is said is a greeting and the wish to
know a price. One word more (a product, a quantity, a name below) and it is a person's. In the languages that have a file of their own,
in which a careless buyer may write nearly the same, only the robot's own sentence counts.
"""

from __future__ import annotations

import re

from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import language
from mailagent.core.reading.lexicon import fold

LONGEST, MOST_WORDS, FEWEST_WORDS = 90, 8, 3
_GREETING = r"(?:\w{2,12}(?: \w{2,8})?[,!.、，]? )?"
#: Its sentence in the languages of the trade; always in the past tense, since one translator made them all.
_SENTENCE = re.compile(
    rf"{_GREETING}(?:i wanted to know (?:about )?your prices?|(?:yo )?quer[ií]a saber (?:tu|su|vuestro) precio|"
    r"(?:io )?volevo (?:sapere|conoscere) il "
    r"(?:tuo|suo|vostro) prezzo|(?:eu )?(?:queria|quería) saber o (?:seu|teu) (?:preço|prezo)|je voulais (?:connaître|"
    r"savoir) (?:votre|ton) prix|"
    r"ich wollte (?:ihren|deinen|euren) preis (?:wissen|erfahren)|я хотела? (?:бы )?(?:узнать|знать) (?:вашу|твою) цену|"
    r"fiyat(?:ınızı|ini|ını) (?:bilmek|öğrenmek) istedim|(?:我)?想知道(?:你|您|你们|您)的价格|あなたの価格を?知りたかった(?:です|のです)?|"
    r"(?:당신의 |귀하의 )?가격을 알고 싶었(?:습니다|어요)|jeg (?:ønskede at kende din|ønsket å vite prisen din|"
    r"ville vide din) ?(?:pris)?|ik wilde (?:graag )?(?:je|uw|jouw) prijs weten|"
    r"ήθελα να μάθω την τιμή σασ|meg akartam tudni az árát|saya ingin (?:tahu|mengetahui) harga anda|tôi muốn biết giá của bạn|"
    r"jag ville veta (?:ditt|ert) pris|chcia\w{2,5} (?:po)?znać (?:twoją |państwa )?cenę|chtěla? jsem znát (?:vaši|tvou) cenu|"
    r"halusin tietää hintasi|"
    r"(?:am vrut|voiam) să (?:știu|aflu) prețul(?: tău| dvs\.?| dumneavoastră)?|я хоті[вл]а? (?:знати|дізнатися) (?:вашу|твою) ціну|"
    r"ฉันอยากรู้ราคาของคุณ|(?:كنت أريد|أردت|كنت ارغب في|اردت) (?:أن أعرف|معرفة|ان اعرف) (?:سعرك|سعركم|السعر الخاص بك))[.!。]?"
)
#: "Price" in languages without a file of their own; beginnings of words.
_PRICE = re.compile(
    r"(?<!\w)(?:prys|çmim|գին|գնե|qiymət|prezio|прайс|цан|цен|цін|মূল্য|দাম|preu|pris|prezo|prix|praís|praghas|phraghas|prisiau|bris|"
    r"ფას|τιμ|kumukū|"
    r"ára|árát|árai|verð|ọnụahịa|harga|hinta|hind|hinna|pretium|pretii|cen[auęou]|cijen|kain|präis|giá|gia|intengo|ixabiso|iye owo|"
    r"owo|bei|presyo|"
    r"preț|pret|मूल्य|कीमत|दाम|விலை|ధర|ಬೆಲೆ|വില|ราคา|ລາຄາ|တန်ဖိုး|តម្លៃ|үнэ|нарх|narx|баа|баас|баға|мәл|قیمت|بیه|קיים|מחיר|פרייז|"
    r"ዋጋ|qiimo|farashi|mutengo|vidiny|utu|tau|regega|reega|rega|cheniya|biha|hintaa|hinnan|priis|priset|prijs)"
)


def asks_only_for_price(message: InboundMessage, policy: Policy) -> str:
    """The robot's words, where they are all that the mail says; else "".

    Only few mails come so far that the model is asked once more in which of all languages they are.
    """
    said = message.words.strip()
    if not 8 <= len(said) <= LONGEST or message.quoted or message.signature or message.attachments or message.relay_fields.get("product"):
        return ""
    words = fold(said)
    if _SENTENCE.fullmatch(words):
        return said
    if not FEWEST_WORDS <= len(words.split()) <= MOST_WORDS or re.search(r"[\d@?？]|\n\s*\n", said) or not _PRICE.search(words):
        return ""
    return "" if language.of_all(said) in policy.languages else said
