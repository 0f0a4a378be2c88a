"""The questions a buyer asked: every sentence that ends with a question mark, and those that ask without one.

An answer that leaves one of them open is read as carelessness (DOMAIN §3), so they are shown beside the draft.
"""

from __future__ import annotations

import re

from mailagent.core.model.lead import Fact
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.text import LONGEST_EVIDENCE, Text

MOST_QUESTIONS = 8
MARKS = "?？؟"
# What ends the sentence before; a point between digits does not.
ENDS = (".", "!", "?", "？", "؟", "。", "！", "\n")
LONGEST_QUESTION = 300
# Japanese asks with か and a full stop.
JAPANESE = re.compile(r"[^。\n]{2,200}か。")
# Said out of courtesy: nobody waits for the answer.
POLITE = re.compile(
    r"how are you|how do you do|are you well|hope you|wie geht|comment allez|cómo está|como vai|come sta|как дела|nasılsınız|你好吗",
    re.IGNORECASE,
)
LISTED = re.compile(r"^\s{0,6}(?:[-*•·–]|\(?\d{1,2}[.)、]|[a-h][.)])\s{0,3}")


def find_questions(text: Text, found: list[Match], name: str) -> list[Fact]:
    """The open questions, each with its own words, in reading order.

    Args:
        name: the name under which the phrasebook keeps what asks without a mark ("please advise").
    """
    written = text.text
    at: dict[int, str] = {}
    for mark in MARKS:
        place = written.find(mark)
        while place >= 0 and len(at) < MOST_QUESTIONS:
            begin = _begin(written, place)
            # Behind the mark of a question stands no letter, as it does in a link.
            if place - begin > 2 and not (mark == "?" and written[place + 1 : place + 2].isalnum()):
                at[begin] = written[begin : place + 1]
            place = written.find(mark, place + 1)
    if "か。" in written:
        for match in JAPANESE.finditer(written):
            at.setdefault(match.start(), match.group())
            if len(at) >= 2 * MOST_QUESTIONS:
                break
    for match in found:
        if match.name == name and len(at) < 2 * MOST_QUESTIONS:
            said = text.said(match.first, match.last)
            start = text.start(match.first)
            if not any(mark in said for mark in MARKS) and not any(begin <= start < begin + len(one) for begin, one in at.items()):
                at[start] = said
    facts: dict[str, Fact] = {}
    for _, said in sorted(at.items()):
        said = " ".join(LISTED.sub("", said).split())[:LONGEST_EVIDENCE]
        if not POLITE.search(said) and any(map(str.isalpha, said)) and "http" not in said:
            facts.setdefault(said, Fact("open_question", "", said))
    return list(facts.values())[:MOST_QUESTIONS]


def _begin(written: str, place: int) -> int:
    """Where the sentence begins that ends with the mark at this place."""
    low = max(0, place - LONGEST_QUESTION)
    while True:
        begin = max(written.rfind(end, low, place) for end in ENDS)
        if begin < 0:
            return low
        if written[begin] != "." or not written[begin + 1 : begin + 2].isdigit() or not written[begin - 1 : begin].isdigit():
            return begin + 1
        # The point of a number: the sentence began earlier; what lies behind it is not searched again.
        place = begin
