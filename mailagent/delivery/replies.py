"""What a reply of an SMTP server means for the letter, for the address, and for our account (STANDARDS §3.3, §5.4, §5.6)."""

from __future__ import annotations

import re
from datetime import timedelta

from mailagent.delivery.base import Deferred, Refused

#: How much of a server's words is kept, characters.
TEXT_LIMIT = 500

_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_QUEUE_ID = re.compile(
    r"\b(?:queued as|queued mail for delivery|id=|OK id|Message accepted for delivery,? id)[ :=]*<?([\w.+/@-]{4,200})", re.I
)

#: Status codes that say: this address does not exist.
NO_SUCH_ADDRESS = {"5.1.1", "5.1.3", "5.1.6", "5.1.10"}
_NO_SUCH_ADDRESS = re.compile(
    r"user unknown|unknown user|no such (user|mailbox|recipient|address)|(does not|doesn't) exist"
    r"|(mailbox|user|recipient|address) (not found|unknown)|invalid (recipient|mailbox)"
    r"|收件人不存在|邮箱不存在|邮件地址不存在",
    re.I,
)

#: Status codes and words that mean our own account: quota, reputation, sender not allowed.
ACCOUNT_CODES = {"5.1.8", "5.1.90", "5.4.5", "5.7.26", "5.7.28", "5.7.57", "5.7.60", "5.7.139", "5.7.705", "5.7.708", "5.7.750"}
_ACCOUNT_WORDS = re.compile(
    r"SubmissionQuotaExceeded|SendAsDenied|\b(RP:QRC|RP:TRC|MI:STC|MI:SFQ)\b|(sender|domain|connection) frequency limited"
    # Many servers say what they think of the sender only when they hear of the recipient.
    r"|sender address rejected|not owned by user|mail from must equal authorized user|authentication (is )?required",
    re.I,
)

#: Providers that say how long they want to be left alone.
_WAITS = (
    (re.compile(r"MI:SFQ|RP:QRC"), timedelta(minutes=15)),
    (re.compile(r"DT:SPM"), timedelta(minutes=2)),
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


def judge(code: int, said: bytes | str, phase: str, recipient: str = "") -> Deferred | Refused:
    """What a reply that is not a yes means.

    Args:
        code: the three digits of the reply; anything but 5xx can be tried again.
        phase: one of ``base.PHASES``.
        recipient: the address the reply is about, in phase rcpt.
    """
    text = clean(said)
    enhanced = found[1] if (found := _ENHANCED.search(text)) else ""
    if code // 100 != 5:
        return Deferred(code, text, phase, _wait(phase, text), recipient)
    account = enhanced in ACCOUNT_CODES or bool(_ACCOUNT_WORDS.search(text))
    # 530: log in first (RFC 4954 §6).
    if phase == "login" or code == 530:
        account = True
    # A sender that is refused is our account's fault; a letter too large is the letter's (RFC 3463, X.3.4).
    if phase == "mail" and code != 552 and not enhanced.startswith("5.3"):
        account = True
    hard = bool(recipient) and not account and _is_hard(code, enhanced, text)
    return Refused(code, text, phase, hard, account, recipient)


def _is_hard(code: int, enhanced: str, text: str) -> bool:
    if enhanced in NO_SUCH_ADDRESS:
        return True
    # Words count only where the code does not contradict them: 5.7.1 "user unknown to our policy" is a policy.
    return code in (550, 551, 553) and enhanced in ("", "5.1.0", "5.0.0") and bool(_NO_SUCH_ADDRESS.search(text))


def _wait(phase: str, text: str) -> timedelta | None:
    for pattern, wait in _WAITS:
        if pattern.search(text):
            return wait
    return {"login": LOGIN_WAIT, "rcpt": GREYLIST_WAIT}.get(phase)
