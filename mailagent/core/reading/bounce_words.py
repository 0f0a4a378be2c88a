"""How mail systems say, in plain words, that a letter was not delivered.

These notices have no machine-readable part: the words are all there is, in the language of the server that failed.
"""

from __future__ import annotations

import re

from mailagent.core.reading.anchors import Anchors

#: Something was not delivered.
NOTICE = re.compile(
    r"退信|退回|无法送达|無法送達|投递|投遞|undeliver|not delivered|could not be (?:delivered|sent)|delivery (?:status|"
    r"fail|has failed|to the following|of the (?:following )?message|problem|incomplete|delay|temporarily|"
    r"attempt)|returned (?:mail|to sender|message)|returning (?:message|mail)|fail(?:ed|ure) (?:notice|"
    r"deliver|to deliver|for|mail)|mail(?:er)? (?:delivery|error|status|system error)|"
    r"unzustellbar|nicht zugestellt|non remis|non distribu|onbestelbaar|niet (?:worden )?(?:af|"
    r"be)geleverd|não entregue|no (?:se )?(?:pudo|puede) entreg|non recapitat|mancato recapito|не "
    r"доставлен|недоставлен|teslim edilemedi|配信不能|配信できません|전송 실패|전달되지|rejected (?:mail|message|recipient)|"
    r"unable to deliver|cannot (?:be )?deliver|couldn't be delivered|wasn't delivered|did not reach|not "
    r"reach|user unknown|bounce|nondeliverable|message (?:delayed|has not)|warning: (?:message|could not)|"
    r"mail failed|returning to sender|no valid recipients|not a valid user|"
    r"permanent(?:ly)? (?:fail|error|fatal)|error sending|problems? (?:delivering|sending)|nicht erreich|non-?deliver|"
    r"échec de (?:la )?remise|n'a pas pu être (?:remis|délivr|envoy)|"
    r"n'a pas été (?:remis|délivr)|"
    r"não (?:pôde|pode|foi) (?:ser )?entregue|não (?:é|foi) possível entregar(?: ?:| (?:a|sua) mensagem)|"
    r"impossible de remettre(?: ?:| (?:le|votre) message)|"
    r"non recapit|non è stato recapit|"
    r"resolver\.adr\.|falha (?:na entrega|no envio)|no entregad|error (?:en la|de) entrega|mancata consegna|"
    r"consegna non riuscita|не (?:удалось|может быть) доставл?и?[тв]|не было доставлено|ошибка доставки|iletilemedi|gönderilemedi|"
    r"ulaştırılamadı|반송|"
    r"전송(?:되지|하지) ?못|전달(?:하지|되지) ?못|배달(?:되지|하지)|お届けできません|送信できません|配達できません|تعذر (?:ال)?تسليم|"
    r"لم يتم (?:ال)?تسليم|"
    r"nie (?:została )?dostarczon|nie można dostarczyć|kunde inte levereras|kunne ikke leveres|nelze doručit|nedoručen|nem kézbesíthető|"
    r"nu a putut fi livrat|không (?:gửi|chuyển) được|không thể (?:gửi|chuyển)|tidak (?:terkirim|dapat dikirim)|未送达|发送失败|"
    r"發送失敗|未能成功",
    re.I,
)
# One of these is in whatever ``NOTICE`` finds; nearly no subject has one, and the pattern is dear.
NOTICE_STEMS = Anchors(
    {
        "notice": (
            *("退信", "退回", "送达", "送達", "投递", "投遞", "deliver", "returned", "returning", "fail", "mail", "unzustell", "remis"),
            *("zugestellt", "distribu", "bestel", "geleverd", "entreg", "recapit", "доставлен", "edilemedi", "配信", "전송", "전달"),
            *("rejected", "reach", "bounce", "warning", "recipients", "permanent", "error", "problem", "erreich", "user unknown"),
            *("valid user", "message delayed", "message has not", "to sender", "délivr", "envoy", "envio", "consegna", "достав"),
            *("iletilemedi", "gönderilemedi", "ulaştırılamadı", "반송", "배달", "届け", "送信", "配達", "تسليم", "dostarcz"),
            *("levereras", "leveres", "doruč", "kézbesíthető", "livrat", "gửi được", "chuyển được", "terkirim", "dikirim", "remettre"),
            *("失败", "失敗", "未能成功"),
        )
    }
)
#: It will fail for ever, whatever the reason is.
FOR_EVER = re.compile(
    r"permanent(?:ly)? (?:fatal |delivery )?(?:error|fail|undeliver)|fatal errors?|dauerhaft(?:er|e)? fehl|erreur permanente|"
    r"error permanente|erro permanente|errore permanente|постоянная ошибка|永久(?:性)?(?:失败|错误|失敗)",
    re.I,
)
# A gateway that names whom it did not reach, in its first lines.
NOT_DELIVERED_TO = re.compile(
    r"could not be delivered to|(?:couldn't|cannot|can't) be delivered to|was not delivered to|unable to deliver .{0,40} to|"
    r"n'a pas p[uû] .{2,4}tre d[eé]livr|no se pudo entregar a|konnte nicht zugestellt werden an",
    re.I,
)
#: Dovecot and small gateways say it in one sentence, and first.
REJECTED = re.compile(
    r"\byour (?:message|mail|e-?mail) to \S{1,200} (?:was|has been) (?:automatically )?(?:rejected|refused|returned)\b", re.I
)
# A filter that delays a letter until its sender has proved that he is a person (Boxbe and its kin).
ASKS_SENDER = re.compile(
    r"pre-?approved|guest ?list|requires? (?:a )?(?:confirmation|verification)|approved senders?|challenge.response|"
    r"confirm (?:that )?you(?:'re| are)|(?:verify|prove) (?:that )?you(?:'re| are)",
    re.I,
)
