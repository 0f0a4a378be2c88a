"""The short heads that people and phones write above a quoted mail, with less in them than a mail program's own.

Two kinds, each so bare that it must prove itself by what stands around it:

* a *pair*: who sent the mail and when, each on a line of its own and nothing more ("发件人：陈丽", "时间：2026-06-21 15:40");
* a *dated name*: "2026/1/14 Lily Chen:", "14.01.2026 15:40 Lily Chen:", "2026年1月14日 陈丽 写道", alone on its line.

A form on a web page begins with such a pair too, and a list of dates has lines like "2026/1/14 Delivery:". So the writer's own words
must stand above, the quoted ones below, and a name must be a name.
"""

from __future__ import annotations

import re

from mailagent.core.reading import quote_marks

LONGEST_PAIR_LINE, LONGEST_DATED = 120, 90
#: What is called so is the sender of a mail, and never where goods come from or who signs.
SENDER_ONLY = re.compile(
    r"[\s>*|_]{0,40}(?:发件人|發件人|寄件人|寄件者|发信人|發信人|差出人|送信者|送信元|보낸\s?사람|보내는\s?사람|발신|Отправитель|Gönderen|Remitente|Remetente|"
    r"Mittente|Afzender|Avsändare|Afsender|Lähettäjä|Feladó|Nadawca|Odesílatel|Odosielateľ|Expéditeur|Expeditor(?:ul)?|Người gửi|ผู้ส่ง|"
    r"Pengirim|Відправник|Αποστολέας|المرسل|השולח|שולח|فرستنده|Pošiljatelj|Подател|Siuntėjas)\b",
    re.IGNORECASE,
)
_DAY = (
    r"(?:(?:19|20)\d\d\s?[-/.年년]\s?\d{1,2}\s?[-/.月월]\s?\d{1,2}\s?[日일.]?|\d{1,2}[./-]\d{1,2}[./-](?:20)?\d\d|"
    r"\d{1,2}\.?\s(?:de\s)?[^\W\d_]{3,12}\.?,?\s(?:de\s)?20\d\d|[A-Z][a-z]{2,8}\.?\s\d{1,2},?\s20\d\d)"
)
_HALF = r"(?:[上下]午|午[前後]|오[전후])"
_TIME = rf"{_HALF}?\s?\d{{1,2}}[:.h点時时시]\s?\d{{2}}(?::\d\d)?[分분]?\s?(?:[AaPp]\.?[Mm]\.?|Uhr|uur)?"
_WEEKDAY = (
    r"[(（]?(?:周[一二三四五六日天]|週[一二三四五六日]|星期[一二三四五六日天]|[月火水木金土日](?=[)）])|[월화수목금토일]요?일?(?=[)）\s])|"
    r"[^\W\d_]{2,10}\.?(?=[,)）]))[)）]?"
)
# The name stands behind the date or before it; a verb may end the line where the language writes no colon.
_SAID = r"(?:\s?(?:[:：]|(?:写道|寫道|写到|님?이?\s?작성|のメール|さん?が?書きました)[:：]?))"
_CLOCK = rf"[\s,]{{1,3}}(?:(?:um|at|om|kl\.?|o|à|às|alle|a las|в|saat|lúc|pukul)\s)?{_TIME}"
_WHEN = rf"(?:{_WEEKDAY},?\s?)?{_DAY}(?:,?\s?{_WEEKDAY})?(?:{_CLOCK})?"
_DATED = re.compile(
    rf"[>\s*]{{0,10}}(?:(?:On|Am|Le|El|Em|Il|Op|Den|Dne|Vào|Pada|La|W dniu|A|在|于|於)\s?)?"
    rf"(?:{_WHEN}[\s,，]{{1,3}}(?P<behind>[^\d:：<>@]{{2,40}}?)|"
    rf"(?P<before>[^\d:：<>@]{{2,40}}?)[\s,，]{{1,3}}(?:[(（]|于|於)?{_WHEN}[)）]?){_SAID}[\s*]{{0,4}}"
)
_YEAR = re.compile(r"\d{4}|\d[./-]\d{2}(?!\d)")
_PARTICLE = r"(?:van|von|de|der|den|da|dos|di|del|bin|al|el|la|le|zu)"
_LATIN = re.compile(
    rf"(?:(?:Mr|Mrs|Ms|Dr|Herr|Frau|Sr|Sra|Ing)\.?\s)?[^\W\d_a-zß-ÿа-џά-ώ][^\W\d_]{{0,19}}['’.-]?[^\W\d_]{{0,19}}"
    rf"(?:,?\s(?:{_PARTICLE}\s){{0,2}}[^\W\d_a-zß-ÿа-џά-ώ][^\W\d_]{{0,19}}['’.-]?[^\W\d_]{{0,19}}){{1,3}}"
)
# Of two to four signs, the first one of the names of families that most people have; or anything that is addressed as a person.
_EASTERN = re.compile(
    r"[王李张張刘劉陈陳杨楊黄黃赵趙周吴吳徐孙孫朱马馬胡郭林何高梁郑鄭罗羅宋谢謝唐韩韓曹许許邓鄧萧蕭肖冯馮曾程蔡彭潘袁于董余苏蘇叶葉吕呂魏蒋蔣田杜丁沈姜范江傅钟鍾卢盧汪戴崔任陆陸廖姚方金邱丘夏谭譚韦韋贾賈邹鄒石熊孟秦阎閻薛侯雷白龙龍段郝孔邵史毛"
    r"常万顾顧赖賴武康贺賀严嚴尹钱錢施牛洪龚龔佐鈴高渡伊山中小加吉松井木斎清藤岡][\u4e00-\u9fff]{1,3}|"
    r"[김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구][가-힣]{1,3}|"
    r"[\u4e00-\u9fff\u3040-\u30ff가-힣]{1,8}\s?(?:先生|女士|小姐|经理|經理|様|さん|님|씨|과장|부장|대리|차장|팀장|사장)"
)
# Words for what happens on a day, with which a line of a plan ends; no name has one of them.
_NO_NAME = re.compile(
    r"(?<![^\W\d_])(?:deliver\w*|orders?|payments?|ship\w*|prices?|totals?|meetings?|samples?|quot\w*|invoices?|batch\w*|lots?|container\w*|"
    r"visit\w*|goods|arriv\w*|depart\w*|ports?|balance|deposit|deadline|production|inspection|stock|bearings?|pieces|pcs|eta|etd|new|first|"
    r"second|third|final|last|next|liefer\w*|bestell\w*|zahlung\w*|muster|rechnung\w*|menge|entrega\w*|pedido\w*|pago\w*|muestra\w*|livraison\w*|"
    r"commande\w*|paiement\w*|consegn\w*|ordin\w*|pagament\w*|encomenda\w*|levering\w*|betaling\w*|dostaw\w*|zam[oó]w\w*|płatno\w*|поставк\w*|"
    r"заказ\w*|оплат\w*|отгрузк\w*|teslim\w*|sipari\w*|ödeme\w*|fair|messe|holiday\w*|update\w*|re|fwd)(?![^\W\d_])|[交到发發出付订訂检檢]货|日期|开始|結束",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\s{0,8}(?:[-–•*·]|\d)")
_LABELLED = re.compile(r"\s{0,8}[^\s:：]{1,16}(?:\s[^\s:：]{1,12}){0,2}\s?[:：]\s?\S")


def pair(lines: list[str], i: int) -> int:
    """How many lines the pair of sender and time at line ``i`` takes, with the recipient's and the subject's; 0 if there is none.

    "From: Shanghai" and "Date: 5 May" may be said of goods: where the words leave it open, an hour or an address must be there.
    """
    first = quote_marks.header_key(lines[i])
    if first not in ("from", "date") or not _has_words(lines, i):
        return 0
    seen = {first: lines[i]}
    stop = i + 1
    while stop < min(i + 4, len(lines)) and (name := quote_marks.header_key(lines[stop])) and name not in seen:
        seen[name] = lines[stop]
        stop += 1
    if not {"from", "date"} <= seen.keys() or any(len(line) > LONGEST_PAIR_LINE for line in seen.values()):
        return 0
    sender, day = (re.split("[:：|]", seen[name], maxsplit=1)[1].strip() for name in ("from", "date"))
    below = _first_below(lines, stop)
    # Where one more label follows it is a form that somebody filled in.
    if not sender or not re.search(_DAY, day) or not below or _LABELLED.match(below) and stop < len(lines) and lines[stop].strip():
        return 0
    proved = SENDER_ONLY.match(seen["from"]) or re.search(_TIME, re.sub(_DAY, "", day)) or "@" in sender
    return stop - i if proved else 0


def dated_name(lines: list[str], i: int) -> float:
    """How sure it is that line ``i`` is nothing but a day and the name of who wrote then; 0 if it is none."""
    line = lines[i]
    # The long pattern is dear, and a year is quickly looked for.
    if len(line) > LONGEST_DATED or not _YEAR.search(line):
        return 0.0
    match = _DATED.fullmatch(line)
    if not match or not _has_words(lines, i):
        return 0.0
    name = (match["behind"] or match["before"]).strip(" ,，()（）")
    below = _first_below(lines, i + 1)
    if not below or _NO_NAME.search(name):
        return 0.0
    if below.lstrip().startswith(">"):
        return 0.9
    if _ITEM.match(below) or not (_EASTERN.fullmatch(name) or _LATIN.fullmatch(name) and not name.isupper()):
        return 0.0
    return 0.8


def _has_words(lines: list[str], i: int) -> bool:
    """Whether anything is written above line ``i``."""
    return any(lines[j].strip(" \t>") for j in range(i))


def _first_below(lines: list[str], i: int) -> str:
    return next((line for line in lines[i : i + 4] if line.strip()), "")
