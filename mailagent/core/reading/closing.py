"""The end of a mail, where people say who they are: its short lines, and which of them may say what.

Nearly every line says nothing of the kind. One pass over the letters of all of them (``letters.py``) tells which words of
addresses, companies, departments and titles are there; only the lines that have one are looked at closely.
"""

from __future__ import annotations

from collections.abc import Iterable

from mailagent.core.model.address import Address
from mailagent.core.model.message import InboundMessage
from mailagent.core.reading import companyname, messenger, postal, telephone
from mailagent.core.reading.anchors import Anchors
from mailagent.core.reading.letters import ANYTHING, anchors, letters
from mailagent.core.reading.phrase_parts import pieces
from mailagent.core.reading.text import LETTERS

LAST_LINES = 12
LONGEST_LINE = 110
MOST_BELOW_NAME = 2
# What the lines may hold.
STREET, FORM, DEPARTMENT, TITLE, MESSENGER = "street", "form", "department", "title", "messenger"
LETTERS_AND_LINES = LETTERS | {ord("\n"): "\n"}
# Mailboxes of a department, a machine or a shop are not a person's name.
DEPARTMENT_WORDS = (
    r"info|sales|purchas\w{0,6}|procurement|sourcing|buyer|office|admin\w{0,11}|export|import|einkauf|compras|acquisti|achats|cell|"
    r"team|desk|department|dept|service|website|form|noreply|no-reply|rfq|enquir\w{1,3}|inquir\w{1,3}|contact|support|tender|finance|"
    r"reception|empfang|zentrale|stores|secretaria|"
    r"accounts?|webmaster|mail|hr|shop|store|trade|company|group|traders|trading|hardware|supplies"
)
DEPARTMENT_SIGNS = (
    r"采购|採購|财务|財務|生产|计划|销售|客服|物流|仓库|人事|行政|市场|外贸|业务|公司|"
    r"部|前台|办公室|中心|отдел|総務|課|구매|영업|شركة|مؤسسة"
)
DEPARTMENT_ANCHORS = anchors(DEPARTMENT_WORDS.split("|")) | anchors(DEPARTMENT_SIGNS.split("|"), before="", after="")


def anchors_of(titles: Iterable[str]) -> Anchors:
    """What ``Closing`` looks for.

    Args:
        titles: the phrases of titles and roles.
    """
    owned = {
        STREET: postal.STREET_ANCHORS,
        FORM: companyname.FORM_ANCHORS,
        DEPARTMENT: DEPARTMENT_ANCHORS,
        TITLE: {_anchor(phrase) for phrase in titles},
        MESSENGER: messenger.ANCHORS,
    }
    return Anchors({owner: (*words, ANYTHING) for owner, words in owned.items()})


def _anchor(phrase: str) -> str:
    """The longest word of a phrase as it stands among letters; "" where no word can stand for it."""
    words = [(word, kind) for kind, word in pieces(phrase) if kind in ("word", "begins") and word.isalpha()]
    if not words:
        return ""
    word, kind = max(words, key=lambda each: len(each[0]))
    # Before an Arabic word stands its article, and Chinese is written without blanks.
    if not word[0].isascii() and not "\u0370" <= word[0] <= "\u052f":
        return word
    return f" {word}" if kind == "begins" else f" {word} "


class Closing:
    """The short lines at the end of what somebody wrote, his signature, and his display name.

    Args:
        buyer: whose display name it is.
        anchors: ``anchors_of`` the titles.

    Attributes:
        lines: the lines, stripped, at most ``LONGEST_LINE`` characters each.
        shown: the display name.
        signed: the number of the first line that stands in his signature; of the last line and one where he has none.
        streets: the lines that are one of a postal address.
        phones: the telephone number of each line that holds one.
    """

    def __init__(self, message: InboundMessage, buyer: Address, anchors: Anchors) -> None:
        tail, signature = _lines(message)
        self.lines, self.signed = (*tail, *signature), len(tail)
        self.shown = buyer.name
        # One line of letters for each, the display name last.
        written = "\n".join((*self.lines, self.shown.replace("\n", " ")))
        lines = written.translate(LETTERS_AND_LINES) if written.isascii() else "\n".join(map(letters, written.split("\n")))
        self._letters = f" {lines} ".replace("\n", " \n ")
        self._holding: dict[str, set[int]] = {STREET: set(), FORM: set(), DEPARTMENT: set(), TITLE: set(), MESSENGER: set()}
        self._written = written
        at = number = 0
        for start, owners in anchors.places(self._letters):
            number += self._letters.count("\n", at, start) if start >= at else -self._letters.count("\n", start, at)
            at = start
            for owner in owners:
                self._holding[owner].add(number)
        for owner in anchors.always:
            self._holding[owner].update(range(len(self.lines) + 1))
        self.streets = self._streets(written)
        self.phones = self._phones(written)

    def _streets(self, written: str) -> frozenset[str]:
        streets = self._holding[STREET]
        postcode = postal.ASCII_POSTCODE_DIGITS if written.isascii() else postal.POSTCODE_DIGITS
        numbers = streets | {written.count("\n", 0, digits.start()) for digits in postcode.finditer(written)}
        if not numbers:
            return frozenset()
        lines = len(self.lines)
        return frozenset(
            self.lines[number] for number in numbers if number < lines and postal.is_address(self.lines[number], number in streets)
        )

    def _phones(self, written: str) -> dict[str, str]:
        # The display name stands behind the lines, and a number there is none of his telephone.
        phones = {line: telephone.first(line) for line in telephone.lines(written)}
        # Below a name a number needs no word that says what it is.
        for line in self.lines[min(self.signed, max(1, len(self.lines) - MOST_BELOW_NAME)) :]:
            if line in phones and not phones[line]:
                phones[line] = telephone.alone(line)
        return {line: phone for line in self.lines if (phone := phones.get(line))}

    def holding(self, owner: str) -> set[int]:
        """The numbers of the lines that may hold one of the owner's words; the display name is the line behind the last."""
        return self._holding[owner]

    def eastern(self) -> set[int]:
        """The numbers of the lines that may hold the name of an eastern company."""
        if self._written.isascii():
            return set()
        return {self._written.count("\n", 0, sign.start()) for sign in companyname.EASTERN_SIGN.finditer(self._written)}

    def may_spell(self, labels: tuple[str, ...]) -> set[int]:
        """The numbers of the lines that may spell one of the labels of a domain."""
        found: set[int] = set()
        squeezed = self._letters.replace(" ", "")
        words = companyname.spelling_anchors(labels)
        if "" in words or ANYTHING in squeezed:
            return set(range(len(self.lines) + 1))
        for word in words:
            place = squeezed.find(word)
            while place >= 0:
                found.add(squeezed.count("\n", 0, place))
                place = squeezed.find(word, place + 1)
        return found


def _lines(message: InboundMessage) -> tuple[list[str], list[str]]:
    """The last lines of what he wrote, and those of his signature or sign-off."""
    tail = [line for line in map(str.strip, message.words[-4_000:].splitlines()) if line][-LAST_LINES:]
    # What he only signs with is the end of his words as well.
    apart = "" if message.words.endswith(message.signature) else message.signature
    signature = [line for line in map(str.strip, apart[:4_000].splitlines()) if line][:20]
    if not apart and message.signature:
        signs = sum(1 for line in message.signature.splitlines() if line.strip())
        tail, signature = tail[:-signs], tail[-signs:]
    return [line for line in tail if len(line) <= LONGEST_LINE], [line for line in signature if len(line) <= LONGEST_LINE]
