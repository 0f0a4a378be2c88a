"""What makes a request to stop surer than its words alone: the law that it names, and the question where we have the address from.

A lawyer needs many words, and a long mail is otherwise for a person to confirm; but nobody names the article of a law by chance. And "Stop
it." is a wish about anything, unless "Who gave you my address?" stands before it.
"""

from __future__ import annotations

import re

#: Laws that give the right to be left alone, and what only their readers say.
_LAW = re.compile(
    r"\b(?:gdpr|dsgvo|ds-gvo|bdsg|uwg|rgpd|lopd|lssi|lgpd|rodo|avg|kvkk|ccpa|casl|can-?spam|pdpa|popia|cnil|152-фз|"
    r"data protection (?:act|officer|authority)|supervisory authority|direct marketing purposes|aufsichtsbehörde|datenschutzbeauftragte\w?|"
    r"werbezwecke\w?|unterlassungs\w{1,12}|abmahnung|autorit[àé] (?:de contr[ôo]le|garante)|fins de prospection|agencia de protección|"
    r"garante (?:per la|della) (?:protezione|privacy)|о персональных данных|роскомнадзор\w?|kişisel verilerin korunması)\b|"
    r"个人信息保护法|個人資料保護法|个人资料保护法|個人情報保護法|特定電子メール法|개인정보 ?보호법"
)
#: Where do you have my address from? What follows the question mark belongs to it.
_WHENCE = re.compile(
    r"(?i)\b((?:who gave you|where (?:did|do|have) you|how (?:did|do|have) you (?:get|got|find|found|have|obtain)|woher haben sie|"
    r"d.o[uù] (?:avez|tenez|vous avez)|(?:de )?d[oó]nde (?:sac|consig|obtuv|tiene)|da dove avete|chi vi ha dato|"
    r"de onde (?:tir|conseg|obtiv)|quem (?:lhes|vos) deu|откуда у вас|hoe komt u|waar heeft u)[^?.!\n]{0,80})\?\s{0,3}"
)
_WHENCE_UNSPACED = re.compile(r"((?:从哪|從哪|怎么|怎麼|哪里|哪裡|谁给|誰給)[^？?。！\n]{0,30})[？?]\s{0,3}")
# Elsewhere an article is a piece of goods.
_ARTICLE = re.compile(r"(?i)\b(?:articles?|art[íi]culos?|articol[oi]|artigos?|artikel(?:en)?)(?= \d)")


def names_law(folded: str) -> bool:
    """Whether folded words name a law about data or advertising, or speak as one does."""
    return _LAW.search(folded) is not None


def prepared(text: str) -> str:
    """The text with the question where the address is from joined to what follows it, and articles of laws not called as goods are."""
    text = _ARTICLE.sub("art", text) if "21" in text or "17" in text else text
    if "?" not in text and "？" not in text:
        return text
    return _WHENCE_UNSPACED.sub(r"\1，", _WHENCE.sub(r"\1, ", text))
