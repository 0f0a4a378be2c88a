"""Talks outside our mailboxes: their channels by every name that people type, and what was understood of one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailagent.core.model.lead import Fact
from mailagent.core.model.policy import Policy
from mailagent.core.model.workday import CHANNELS
from mailagent.errors import MailagentError
from mailagent.i18n import LANGUAGES, _, speaking
from mailagent.speech import particulars, words

#: Other names of channels, as people type them in whatever language the programme speaks.
ALSO_CALLED = {
    "call": "phone", "tel": "phone", "telephone": "phone", "打电话": "phone", "通话": "phone", "来电": "phone", "手机": "phone",
    "wa": "whatsapp", "whats app": "whatsapp", "weixin": "wechat", "wx": "wechat", "text": "sms", "短消息": "sms", "tg": "telegram",
    "zoom": "video", "teams": "video", "视频": "video", "视频会议": "video", "来访": "visit", "上门": "visit", "拜访客户": "visit",
    "meet": "meeting", "见面": "meeting", "面谈": "meeting", "开会": "meeting", "show": "fair", "展会上": "fair", "广交会": "fair",
    "alibaba": "platform", "阿里": "platform", "阿里巴巴": "platform", "email": "mail", "e mail": "mail", "邮件": "mail", "邮箱": "mail",
    "other": "elsewhere", "别处": "elsewhere", "其它": "elsewhere",
}  # fmt: skip


def channel_of(typed: str) -> str:
    """The code of a channel that was typed in any of our languages, in capitals or not.

    Raises:
        MailagentError: it is none, with those there are in the reader's language.
    """
    wanted = _plain(typed)
    for code in CHANNELS:
        if wanted in {_plain(code), *(_plain(name) for name in names(code))}:
            return code
    if wanted in ALSO_CALLED:
        return ALSO_CALLED[wanted]
    known = ", ".join(dict.fromkeys(words.channel(code) for code in CHANNELS))
    raise MailagentError(_('"{channel}" is no channel. Use one of: {names}').format(channel=typed[:40], names=known))


def names(code: str) -> list[str]:
    """What a channel is called in each of our languages."""
    found = []
    for language in LANGUAGES:
        with speaking(language):
            found.append(words.channel(code))
    return found


def understood(facts: Iterable[Fact], policy: Policy) -> list[str]:
    """What was understood of a talk, a line for each; what only the grading knows a name for is left out."""
    lines = []
    for fact in facts:
        called = particulars.called(fact.name)
        if not called and fact.name not in policy.signals:
            continue
        value = particulars.value(fact)
        what = called or words.signal(fact.name, policy)
        lines.append(_("{what}: {value}").format(what=what, value=value) if value else what)
    return list(dict.fromkeys(lines))


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.strip().casefold())
