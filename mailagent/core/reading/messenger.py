"""Under which name somebody can be reached in WhatsApp, WeChat and their like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mailagent.core.reading.letters import anchors

#: What people call each, in small letters; "line" and "wa" alone are words as well, and only count before a colon.
NAMES = {
    "WhatsApp": r"whats ?app?|واتس ?اب|واتساب|вотсап|ватсап",
    "WeChat": r"we ?chat(?: ?id)?|weixin|微信(?:号|號)?|위챗|вичат",
    "QQ": r"qq(?:号)?",
    "Skype": r"skype(?: ?id)?|скайп",
    "Telegram": r"telegram|телеграм|تلغرام|تيليجرام",
    "LINE": r"line(?: ?id)?(?=\s?[:：@])",
    "Viber": r"viber|вайбер",
    "Zalo": r"zalo",
    "KakaoTalk": r"kakao ?talk|kakao|카카오톡|카톡",
    "Signal": r"signal(?=\s?[:：])",
}
_LINKS = {"wa.me/": "WhatsApp", "t.me/": "Telegram", "line.me/": "LINE"}
_WORDS = ("whatsapp", "whats", "wechat", "chat", "weixin", "qq", "skype", "telegram", "line", "viber", "zalo", "kakao", "kakaotalk", "wa")
_SIGNS = ("واتس", "вотсап", "ватсап", "微信", "위챗", "вичат", "скайп", "телеграм", "تلغرام", "تيليجرام", "вайбер", "카카오", "카톡")
#: Letters one of which stands in every line that names a messenger.
ANCHORS = anchors((*_WORDS, "signal")) | anchors(_SIGNS, before="", after="")
_NAMED = re.compile(
    "|".join(f"(?P<{name}>(?<![\\w.]){words}(?!\\w))" for name, words in NAMES.items()) + r"|(?P<Wa>\bwa(?=\s?[:：.]?\s?\+?\d))", re.I
)
_LINKED = re.compile(r"\b(?P<link>wa\.me|t\.me|line\.me)/(?P<id>[\w+@~./-]{3,40})", re.I)
#: A number, or an id; never a word of a sentence.
_ID = re.compile(
    r"(?:[\s/&,:：.]|\bid\b|(?:no|number|nr)\b\.?){0,12}"
    r"(?P<id>\+?\(?\d(?:[\s().\-]{0,3}\d){4,15}|@[\w.]{3,32}|(?<=[:：\s])[a-zA-Z][\w.:-]{4,31})",
    re.I,
)
_PROMISES = re.compile(r"(?:number|nummer|group|contact|call|or|and|und|chat|please|below|above|available|also|message)$", re.I)
MOST = 6


def find(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Messenger, name or number in it, and the line that says so.

    >>> list(find(["Mob/WhatsApp: +52 1 477 555 0199"]))
    [('WhatsApp', '+52 1 477 555 0199', 'Mob/WhatsApp: +52 1 477 555 0199')]
    """
    seen: set[str] = set()
    for line in lines:
        for link in _LINKED.finditer(line):
            name = _LINKS[f"{link['link'].lower()}/"]
            if name not in seen and len(seen) < MOST:
                seen.add(name)
                yield name, link["id"].strip("./"), line
        named = list(_NAMED.finditer(line))
        for nth, found in enumerate(named):
            name = "WhatsApp" if found.lastgroup == "Wa" else found.lastgroup
            # "WhatsApp / WeChat: +86 …": one number for both.
            last = next((other for other in named[nth + 1 :] if not line[found.end() : other.start()].strip(" /&,，、+")), found)
            said = _ID.match(line, last.end())
            who = said["id"].strip(" .-") if said else ""
            if not who:
                number = re.search(r"(\+?\(?\d(?:[\s().\-]{0,3}\d){6,15})\)?\s?[(（/,|]?\s?$", line[: found.start()])
                who = number[1] if number else ""
            is_id = bool(who) and not _PROMISES.search(who) and (":" in line or "：" in line or not who.isalpha())
            if is_id and name not in seen and len(seen) < MOST:
                seen.add(name)
                yield name, who, line
