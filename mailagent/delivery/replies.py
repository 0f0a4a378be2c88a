"""What a reply of an SMTP server means for the letter, for the address, and for our account (STANDARDS §3.3, §5.4, §5.6)."""

from __future__ import annotations

import re
from datetime import timedelta

from mailagent.core.model.refusal import Bounces, enhanced_code
from mailagent.delivery.base import Deferred, Refused

#: How much of a server's words is kept, characters.
TEXT_LIMIT = 500

_QUEUE_ID = re.compile(
    r"\b(?:queued as|queued mail for delivery|id=|OK id|Message accepted for delivery,? id)[ :=]*<?([\w.+/@-]{4,200})", re.I
)

#: Status codes that say: this address does not exist (RFC 3463 §3.2).
NO_SUCH_ADDRESS = {"5.1.1", "5.1.3", "5.1.6", "5.1.10"}
_NO_SUCH_ADDRESS = re.compile(
    r"user unknown|unknown user|no such (user|mailbox|recipient|address)|(does not|doesn't) exist"
    r"|(mailbox|user|recipient|address) (not found|unknown)|invalid (recipient|mailbox)"
    r"|收件人不存在|邮箱不存在|邮件地址不存在",
    re.I,
)

#: After a login that was put off ("too many logins"); greylisting opens after five minutes at the earliest.
LOGIN_WAIT = timedelta(minutes=15)
GREYLIST_WAIT = timedelta(minutes=5)


#: Providers that count the letters of a connection and say so without ending it (NetEase).
_CONNECTION_USED_UP = re.compile(
    r"MI:DMC|too many (messages|mails|transactions|recipients) (in|on|per|for) (this |one )?(connection|session)", re.I
)


def clean(said: bytes | str) -> str:
    """A server's words for people and tables: one line, no control characters, at most 500 characters."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:TEXT_LIMIT]


def queue_id(text: str) -> str:
    """The server's own name for the letter, out of its final reply; "" if it tells none."""
    found = _QUEUE_ID.search(text)
    return found[1] if found else ""


def ends_connection(code: int, text: str) -> bool:
    """Whether nothing more can be said over this connection (421, RFC 5321 §3.8; or a provider's limit for one connection)."""
    return code == 421 or code // 100 == 4 and bool(_CONNECTION_USED_UP.search(text))


def judge(code: int, said: bytes | str, phase: str, recipient: str = "", bounces: Bounces | None = None) -> Deferred | Refused:
    """What a reply that is not a yes means: first what ``bounces.toml`` says, then what the standards say.

    Args:
        code: the three digits of the reply; anything but 5xx can be tried again.
        phase: one of ``base.PHASES``.
        recipient: the address the reply is about, in phase rcpt.
    """
    text = clean(said)
    enhanced = enhanced_code(text)
    meaning = bounces.meaning(code, text, phase, enhanced) if bounces else None
    does = meaning.does if meaning else ""
    if code // 100 != 5 or does in ("bar", "wait"):
        wait = timedelta(minutes=meaning.minutes) if meaning and does in ("bar", "wait") else _wait(phase)
        return Deferred(code, text, phase, wait, recipient, meaning)
    # 530: log in first (RFC 4954 §6). A sender that is refused is our account's fault; a letter too large is the letter's (RFC 3463 §3.4).
    is_size = code == 552 or enhanced.startswith("5.3")
    account = does == "pause" or not does and (phase == "login" or code == 530 or phase == "mail" and not is_size)
    hard = bool(recipient) and not account and (does == "no_such_address" or not does and _is_hard(code, enhanced, text))
    return Refused(code, text, phase, hard, account, recipient, meaning)


def put_off(code: int, said: bytes | str, phase: str, bounces: Bounces | None = None) -> Deferred:
    """What a server means that does not begin to talk with us: later, whatever its code says; it has heard of no letter yet."""
    text = clean(said)
    meaning = bounces.meaning(code, text, phase) if bounces else None
    return Deferred(code, text, phase, timedelta(minutes=meaning.minutes) if meaning and meaning.minutes else None, "", meaning)


def _is_hard(code: int, enhanced: str, text: str) -> bool:
    if enhanced in NO_SUCH_ADDRESS:
        return True
    # Words count only where the code does not contradict them: 5.7.1 "user unknown to our policy" is a policy.
    return code in (550, 551, 553) and enhanced in ("", "5.1.0", "5.0.0") and bool(_NO_SUCH_ADDRESS.search(text))


def _wait(phase: str) -> timedelta | None:
    return {"login": LOGIN_WAIT, "rcpt": GREYLIST_WAIT}.get(phase)
