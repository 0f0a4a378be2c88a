"""Subjects and ids by which mails belong to one conversation (STANDARDS §1.2, §1.4)."""

from __future__ import annotations

import re
import unicodedata

from mailagent.core.model.message import InboundMessage

_PREFIX = re.compile(
    r"^\s*(?:re|fw|fwd|aw|wg|sv|vs|vl|vb|antw|doorst|rif|i|r|tr|rv|res|enc|odp|pd|ynt|ilt|ref|ang|bls|fs|"
    r"atb|отв|ответ|пересл|回复|答复|回覆|答覆|回信|转发|轉寄|轉發|返信|転送|회신|답장|전달|رد|إعادة توجيه|الرد)"
    r"\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,2})?\s*[:：]\s*",
    re.I,
)
_ANSWER = re.compile(
    r"^\s*(?:re|aw|sv|antw|rif|r|res|odp|ynt|ang|отв|ответ|回复|答复|回覆|答覆|回信|返信|회신|답장|رد|الرد)\s*(?:\[\d{1,"
    r"3}\]|\(\d{1,3}\))?\s*[:：]",
    re.I,
)
_FORWARD = re.compile(
    r"^\s*(?:fw|fwd|wg|tr|rv|enc|vl|vb|doorst|i|pd|ilt|пересл|转发|轉寄|轉發|転送|전달|إعادة توجيه)\s*(?:\[\d{1,"
    r"3}\])?\s*[:：]",
    re.I,
)
_TAG = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]|【[^】]{1,40}】|\*{2,}\s*spam\s*\*{2,}|\{spam\??\}|\(?(?:external|ext)\)?\s*[:：])\s*",
    re.I,
)


def normalise_subject(subject: str) -> str:
    """The subject without its "Re:", "转发:" and tags such as ``[EXTERNAL]``; case is kept.

    A tag is taken off only when words remain, so that a subject that is nothing but a tag keeps it.
    """
    text = " ".join(_composed(subject[:1000]).split())
    while True:
        shorter = without(_PREFIX, text) if _has_colon(text[:LONGEST_PREFIX]) else text
        untagged = without(_TAG, shorter)
        shorter = untagged if untagged.strip() else shorter
        if shorter == text:
            return text.strip()
        text = shorter


def is_answer(subject: str) -> bool:
    """Whether the subject says that the mail answers another one."""
    return _has_colon(subject) and bool(_ANSWER.match(_composed(without(_TAG, subject))))


def is_forward(subject: str) -> bool:
    """Whether the subject says that the mail passes another one on."""
    return _has_colon(subject) and bool(_FORWARD.match(_composed(without(_TAG, subject))))


# A longest prefix with its blanks and a number, and then some.
LONGEST_PREFIX = 40


def _has_colon(text: str) -> bool:
    # There are more colons in Unicode, and composing makes ordinary ones of them.
    return ":" in text or not text.isascii()


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def without(beginning: re.Pattern, text: str) -> str:
    """The text without what a pattern finds at its beginning."""
    match = beginning.match(text)
    return text[match.end() :] if match else text


def same_subject(one: str, other: str) -> bool:
    """Whether two subjects are one conversation's; empty ones never are."""
    first, second = normalise_subject(one).casefold(), normalise_subject(other).casefold()
    return bool(first) and first == second


def first_id(message: InboundMessage) -> str:
    """The id of the mail that began the conversation, as far as this mail knows; its own if it began it."""
    ids = message.references or message.in_reply_to
    return ids[0] if ids else message.message_id
