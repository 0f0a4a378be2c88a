"""Why a letter was not delivered, in one word, and whether that will heal (STANDARDS §3.3)."""

from __future__ import annotations

import re

#: Reasons in Sisimai's words, each with the phrases of servers that mean it; the first that fits wins.
_PHRASES: tuple[tuple[str, str], ...] = (
    (
        "account_problem",
        r"\b5\.1\.(?:8|90)\b|\b5\.7\.(?:705|708|750)\b|\b5\.4\.5\b|\bMI:SFQ|\bRP:QRC|\bRP:TRC|\bMI:STC|"
        r"frequency limited|sending limit|send(?:ing)? quota|发信频率|发送频率",
    ),
    (
        "mailboxfull",
        r"mailbox (?:is |was |has )?(?:full|exceed)|mail ?folder is full|over (?:the )?(?:disk )?quota|quota "
        r"(?:is )?exceed|exceed\w* .{0,30}(?:quota|storage|mailbox)|quota violation|insufficient (?:disk|"
        r"storage|system storage)|mailbox size|out of (?:disk )?space|no space left|storage limit|inbox is "
        r"full|邮箱已满|邮箱空间|信箱已滿|容量(?:已满|不足)|user is overquota|has exceeded|postfach (?:ist )?voll|casilla llena|"
        r"boîte (?:aux lettres )?(?:\S{1,40} )?(?:est )?pleine|saturée|(?:buzón|casilla|bandeja)[^.]{0,40}llen[ao]|"
        r"caixa [^.]{0,40}cheia|casella "
        r"[^.]{0,40}piena|переполнен|posta kutusu [^.]{0,30}dolu|kotası|(?:메일함|편지함|사서함)[^.]{0,20}(?:가득|초과)|용량[^.]{0,8}초과|"
        r"(?:いっぱい|容量[^。]{0,10}(?:超|不足))|ممتلئ|skrzynka [^.]{0,30}(?:pełna|przepełniona)|inkorg[^.]{0,20}full|"
        r"postvak[^.]{0,20}vol|"
        r"hộp thư [^.]{0,20}đầy|kotak [^.]{0,20}penuh|空间(?:已满|不足)|空間不足|超出[^。]{0,8}(?:容量|配额)|超过[^。]{0,8}(?:容量|配额)",
    ),
    (
        "hostunknown",
        r"(?:host|domain)(?: name)? (?:is )?(?:unknown|not found|lookup failed|does not exist)|unknown "
        r"(?:host|domain)|nxdomain|no such (?:host|domain)|unrout(?:e)?able|name service error|null ?mx|bad "
        r"destination (?:host|mailbox system)|couldn't find any host|cannot find (?:a )?(?:mail exchanger|"
        r"host)|illegal host|mx records? points? to (?:a )?(?:non-?existent|local ?host)|"
        r"域名(?:不存在(?!或)|错误|无法解析)|找不到.{0,6}域|no mx|name or service not known|dom(?:äne|aine|inio|ínio|"
        r"inio)[^.]{0,40}(?:nicht gefunden|unbekannt|"
        r"inconnu|n'existe|no existe|inexistente|não existe|non esiste)|домен[^.]{0,40}не (?:найден|существует)|"
        r"ドメイン[^。]{0,20}(?:見つかり|存在し)ま",
    ),
    (
        "hasmoved",
        r"has (?:moved|changed (?:his|her|their|the) (?:e-?mail )?address)|address (?:has )?changed|recipient "
        r"has moved|no longer at this",
    ),
    (
        "userunknown",
        r"(?:user|recipient|mailbox|address|account|addressee|person|name|alias)(?: \S{1,80})?(?: is| was| "
        r"has been)? (?:unknown|not found|not (?:a )?known|invalid|unavailable|not exist\w*|does not exist|"
        r"doesn'?t exist|not (?:a )?valid|not listed|not recogni[sz]ed|not available|rejected|deleted|closed)|"
        r"(?:unknown|no such|invalid|bad|nonexistent|unrecogni[sz]ed|not a known|no) (?:user|local|recipient|"
        r"mailbox|address|account|person|addressee|destination (?:mailbox )?address)|does ?n[o']t (?:exist|"
        r"have an? .{0,30}account)|do(?:es)? not have (?:an? )?(?:yahoo|account|mailbox)|doesn't have a |not "
        r"our customer|unknown or illegal|no mailbox here|addresses? (?:failed|were unknown)|there is no one|"
        r"user doesn't|can'?t be found|couldn'?t be found|could not be found|wasn'?t found|not found in "
        r"(?:directory|domino)|收件人.{0,30}不存在|邮箱.{0,10}不存在|地址.{0,10}不存在|用户不存在|無此|无此|unbekannt|existiert nicht|"
        r"no existe|inexistant|n'existe pas|não existe|не существует|нет такого|not listed in|introuvable|n'a pas été trouvée?|"
        r"nicht gefunden|no (?:se )?(?:encontr|reconoc)\w{1,4}|não (?:foi )?(?:encontrad|localizad)\w|inexistente|sconosciut\w|"
        r"non (?:esiste|trovat\w)|"
        r"не найден|несуществующ|неизвестн|bulunamadı|mevcut değil|존재하지 ?않|없는 (?:사용자|메일|계정)|찾을 수 없|見つかりません|"
        r"存在しま?せ?|宛先不明|"
        r"ユーザー?(?:が)?不明|غير موجود|nie istnieje|nieznany|finns inte|hittades inte|findes ikke|finnes ikke|neexistuje|"
        r"nem létezik|nu există|"
        r"không (?:tồn tại|tìm thấy)|tidak (?:ditemukan|dikenal)|查无此|未找到|找不到[^。]{0,8}(?:收件人|用户|邮箱|帐号|账号)|"
        r"onbekend|niet gevonden|bestaat niet|no longer (?:valid|active|exists|available)",
    ),
    (
        "suspend",
        r"(?:account|mailbox|user|address)(?: \S{1,80})? (?:is |has been |was )?(?:temporarily )?(?:disabled|"
        r"suspended|deactivated|inactive|locked|blocked due to inactivity)|disabled user|inactive (?:user|"
        r"account|mailbox)|冻结|停用|被禁用|已过期|désactivée?|deaktiviert|gesperrt|заблокирован|отключен|deshabilitad|desativad|"
        r"disabilitat|휴면|정지된",
    ),
    ("spamdetected", r"\bspam\b|junk mail|unsolicited|bulk mail|垃圾邮件|spamassassin|спам|correo no deseado|indésirable|스팸|迷惑メール"),
    ("authfailure", r"\b(?:spf|dkim|dmarc)\b"),
    (
        "mesgtoobig",
        r"(?:message|mail) (?:size )?(?:is )?(?:too (?:big|large)|exceeds)|size limit|exceeds (?:the )?(?:size|maximum)|邮件过大",
    ),
    (
        "blocked",
        r"block(?:ed|list)|blacklist|black list|\brbl\b|dnsbl|spamhaus|reputation|banned|rejected by|denied "
        r"by|access denied|not (?:permitted|allowed|authori[sz]ed)|refused by|relay(?:ing)? (?:access "
        r")?(?:denied|not)|policy|virus|拒收|被拒",
    ),
    (
        "expired",
        r"tim(?:ed|e) ?out|timeout|connection (?:refused|reset|lost)|still trying|will (?:be )?retr(?:y|ied)|"
        r"not yet been delivered|delayed|retry time|expired|could not be reached|too many hops|unreachable|"
        r"queue|temporarily|try again|超时|延迟|not (?:responding|reachable)|"
        r"zeitüberschreitung|délai (?:dépassé|expiré)|tiempo (?:de espera )?(?:agotado|excedido)|tempo (?:limite )?(?:esgotado|scaduto)|"
        r"время [^.]{0,20}истекло|タイムアウト|시간 ?초과|zaman aşımı",
    ),
)
#: What the other server answered, in its own words: surer than a page that lists what may have happened ("domain or address unknown").
_ANSWERED = re.compile(
    r"(?<![\d.])55[0-4][ -](?:#?5\.\d\.\d{1,2} )?[^\n]{0,60}?\b(?:mailbox|user|recipient|account)\b[^\n]{0,60}?"
    r"(?:not found|unknown|does not exist|doesn't exist|no such|invalid)",
    re.I,
)
REASONS = tuple((reason, re.compile(pattern, re.I)) for reason, pattern in _PHRASES)
_HARD = frozenset(("userunknown", "hostunknown", "hasmoved"))


def reason(status: str, diagnostic: str) -> tuple[str, bool | None]:
    """Why it failed, in one word, and whether it will fail for ever (STANDARDS §3.3).

    Args:
        status: enhanced status code as "5.1.1", or "".
        diagnostic: what the server said, in any language.
    Returns:
        Sisimai's word, and True (hard), False (soft) or None (nothing is said).
    """
    word = _reason_word(status, diagnostic)
    if status.startswith("4"):
        return word or "expired", False
    if word in _HARD:
        return word, True
    if word:
        return word, False
    return "undefined", (False if status else None)


def _reason_word(status: str, diagnostic: str) -> str:
    if REASONS[0][1].search(f"{status} {diagnostic}"):
        return "account_problem"
    by_status = {
        "5.1.1": "userunknown",
        "5.1.10": "userunknown",
        "5.1.6": "hasmoved",
        "5.1.2": "hostunknown",
        "5.2.2": "mailboxfull",
        "4.2.2": "mailboxfull",
    }
    if status in by_status:
        return by_status[status]
    for word, pattern in REASONS[1:]:
        if found := pattern.search(diagnostic):
            # "Recipient address rejected" is what Postfix says before any reason; beside 5.7.x the reason is a policy (RFC 3463 §3.8).
            if word == "userunknown" and status.startswith("5.7.") and found[0].lower().endswith("rejected"):
                continue
            if word == "hostunknown" and _ANSWERED.search(diagnostic):
                return "userunknown"
            return word
    if status == "5.2.1":
        return "suspend"
    if status.startswith("5.7."):
        return "blocked"
    if status.startswith(("5.1.0", "5.1.3")):
        return "userunknown"
    if status in ("5.2.3", "5.3.4"):
        return "mesgtoobig"
    if status.startswith(("5.4.", "4.")):
        return "expired"
    return ""
