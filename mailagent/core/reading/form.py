"""A notice or a web form as what it is: lines with a label and a value, and somewhere among them the buyer's words.

Theory. Ten thousand platforms and forms differ in their frames and agree in their kernel: "Name", "E-mail", "Country", "Message"
in one of the world's languages, and behind each its value. The label stands before a colon, a bar, a dash or an equals sign,
or on a line of its own above the value. So one vocabulary (``relays.toml [words]``) reads all of them; a row for a platform says
only who sends its notices and what is odd about them.

The buyer's words are never cut on a mere guess. In his own text, too, there are lines such as "Quantity: 500"; what looks like the end
of his words counts as their end only if nothing but labels and the platform's own sentences follows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailagent.core.reading import headers
from mailagent.core.reading.labels import LONGEST_LABEL, Vocabulary

#: Who the buyer is: such a field below his words is no longer his words.
CONTACT = frozenset(("name", "first_name", "last_name", "email", "company", "country", "phone", "title", "address", "website", "city"))
#: What the machine notes about itself: nothing of it is kept.
ASIDE = "aside"
MESSAGE = "message"
#: The title of a group of fields: "Buyer's contact details".
HEADING = "heading"
LONGEST_VALUE = 300
#: So much of a mail is read as a form.
MAX_TEXT = 20_000
MOST_LINES = 600
#: A sentence of the platform is the end of the buyer's words only so near the end of the mail (lines that are not empty).
LONGEST_FOOTER = 25
EMAIL = re.compile(r"[^\s<>()\[\]|,;:\"'=]{1,64}@[^\s<>()\[\]|,;:\"'=@]{1,120}\.[^\s<>()\[\]|,;:\"'=@.]{2,24}")
_ALONE = re.compile(rf"[^:：|=@]{{1,{LONGEST_LABEL}}}[:：|=]\s{{0,4}}<?(?:mailto:)?({EMAIL.pattern})>?")
TELEPHONE = re.compile(r"[+(]?\d[\d ()./-]{4,28}\d")

_ORNAMENT = " \t*•·▪▶►●○◆◇■□★☆※✓✔→#>_\u3000\xa0\"“”"
_BRACKETS = re.compile(r"^[\[【<《(（「-]{1,6}\s{0,3}|\s{0,3}[\]】>》)）」-]{1,6}$")
#: 【公司】 before its value, and the number before a question.
_IN_BRACKETS = re.compile(r"[\[【「《〔]\s?([^\[\]【】「」《》〔〕]{1,40}?)\s?[\]】」》〕]\s{0,3}[:：]?\s{0,3}(.{0,2000})", re.DOTALL)
_NUMBERED = re.compile(r"\d{1,2}\s?[.)、]\s{1,3}(?=\D)")
_SEPARATOR = re.compile(r"[:：|=\t]|(?<=\s)[-–—](?=\s)")
_RULE = re.compile(r"\s{0,10}(?:[-_=*~—–]{3,}|-- ?)\s{0,10}")
_HEADING = re.compile(r"(?i)(?:value|answer|response|wert|antwort|valor|respuesta|valeur|réponse|значение|ответ|值|内容)s?")
_WHO = re.compile(r"\s{0,9}([^()（）:：]{2,60}?)\s?[(（]([^()（）]{2,40})[)）]")
_INJECTED = re.compile(r"%0[ad]|\\[rn]|[<>{}]", re.IGNORECASE)
_COURTESY = re.compile(
    r"(?:mr|mrs|ms|miss|herr|frau|monsieur|madame|mme|sr|sra|señor|señora|sig|sig\.ra|г-н|г-жа)(?:\.|\s)\s{0,3}(?=\S)", re.IGNORECASE
)


@dataclass
class Form:
    """What the lines of a notice say.

    Attributes:
        fields: name, email, company, country, phone, product, quantity, title, address, website, city, subject: the first value of each.
        emails: every address behind a label of one, in order.
        message: the buyer's words; "" if no label announces them.
        rest: the lines without a label, the platform's own sentences left out: his words where nothing announces them.
        digest: several buyers or requests in one mail: it is nobody's inquiry.
    """

    fields: dict[str, str] = field(default_factory=dict)
    emails: list[str] = field(default_factory=list)
    message: str = ""
    rest: str = ""
    digest: bool = False


def read_form(text: str, vocabulary: Vocabulary) -> Form:
    """The fields and the buyer's words of a notice; a text without labels gives a form without fields.

    Args:
        text: the whole text of the mail, of which the first ``MOST_LINES`` lines are read.
    """
    reader = _Reader(vocabulary)
    lines = text.split("\n", MOST_LINES)[:MOST_LINES]
    below = sum(1 for line in lines if line.strip())
    for line in lines:
        bare = line.strip()
        reader.take(line, bare, below)
        below -= bool(bare)
    return reader.form()


class _Reader:
    """One walk over the lines of one form."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.words = vocabulary
        self.fields: dict[str, str] = {}
        self.emails: list[str] = []
        self.named: list[str] = []
        self.unnamed: list[str] = []
        self.names: set[str] = set()
        self.products: set[str] = set()
        self.waits = ""
        self.message: list[str] | None = None
        self.held: list[str] = []
        self.rest: list[str] = []
        self.is_over = False
        self.aside = False
        self.rules: set[str] = set()
        #: Whether labels stand on lines of their own, and whether the line above is empty.
        self.stacked = False
        self.after_gap = False
        self.messages = 0

    def take(self, line: str, bare: str, below: int) -> None:
        """Read one line; ``below`` lines that are not empty are left, this one included."""
        if not bare:
            self.after_gap = True
            if self.message is not None and not self.is_over:
                self._say(line)
            return
        rule = _RULE.fullmatch(bare)
        name, value = ("", "") if rule else self._labelled(bare)
        after_gap, self.after_gap = self.after_gap, False
        if name:
            self._keep(name, value, line, is_heading=after_gap and not value and self.stacked)
        elif self.waits and not rule:
            self._keep(self.waits, bare.strip(" |\t"), line, is_heading=True)
        elif below <= LONGEST_FOOTER and self.words.ends(bare.lstrip(_ORNAMENT + "[(")):
            self.waits, self.is_over = "", self.is_over or self.message is not None
        elif self.message is not None and not self.is_over:
            if bare in self.rules:
                # The second edge of the frame around the form.
                self.is_over = True
            elif rule:
                # The line is his own if he goes on below it.
                self.held.append(line)
            else:
                self._say(line)
        elif self.message is None and bare.endswith((":", "：")) and self.words.introduces(bare):
            self._introduce(bare)
        elif rule:
            self.rules.add(bare)
        elif self.aside:
            self.aside = False
        else:
            # "Drahtpost: a@b.example" is a label that nobody told us of.
            alone = _ALONE.fullmatch(bare) if "@" in bare and self.message is None else None
            if alone:
                self.unnamed.append(alone[1])
            self.rest.append(bare)

    def _introduce(self, line: str) -> None:
        """ "Ann Lee (Poland) sent you a message:" says who she is, and her words follow."""
        self.message = []
        who = _WHO.match(line)
        if who:
            self.fields.setdefault("name", _clean(who[1]))
            self.fields.setdefault("country", _clean(who[2]))

    def _labelled(self, bare: str) -> tuple[str, str]:
        """The field that a line names and what it says behind it; ("", "") for a line without a label."""
        bracketed = _IN_BRACKETS.match(bare) if bare[0] in "[【「《〔" else None
        name = self.words.field_of(bracketed[1]) if bracketed else ""
        if name:
            return name, bracketed[2].strip()
        numbered = _NUMBERED.match(bare)
        bare = bare[numbered.end() :] if numbered else bare
        shown = bare[: 2 * LONGEST_LABEL + 40].strip(_ORNAMENT)
        separator = _SEPARATOR.search(shown, 1, LONGEST_LABEL + 20) if len(shown) > 1 else None
        while separator:
            head = shown[: separator.start()]
            name = self.words.field_of(head)
            if name:
                at = bare.find(head)
                value = bare[at + separator.end() :].lstrip(" |:：\t\u3000\xa0=").rstrip(" |\t")
                # A sentence goes on behind a dash; a label's value does not.
                return name, value
            # "E-mail - ID: …": the first mark may stand inside the label.
            separator = _SEPARATOR.search(shown, separator.end(), LONGEST_LABEL + 20) if shown[separator.start()] in "-–—(" else None
        if shown.endswith(("?", "？")):
            # In his own words the buyer asks, too.
            return ("" if self.message is not None else self.words.asked(shown)), ""
        if len(shown) <= LONGEST_LABEL:
            name = self.words.field_of(_BRACKETS.sub("", shown).strip(_ORNAMENT + ":："))
            if name and (name != MESSAGE or self.message is None):
                return name, ""
        return "", ""

    def _keep(self, name: str, value: str, line: str, *, is_heading: bool = False) -> None:
        if name == HEADING:
            self.waits, self.aside = "", False
            return
        # Its value may stand in the next line.
        self.aside = name == ASIDE and not value
        if name == "name" and value:
            self.names.add(value.casefold())
        if name == MESSAGE:
            self._begin_message(value, line)
            return
        if self.message is not None and not any(map(str.strip, self.message)):
            # What looked like the label of his words was the head of a table, or the platform's own sentence.
            self.message = None
        inside = self.message is not None and not self.is_over
        if inside and (name not in CONTACT | {ASIDE} and not is_heading or name in self.fields):
            # In the buyer's own words a line "Quantity: 500" is a part of them.
            self.waits = ""
            self._say(line)
            if value and name in ("product", "quantity"):
                self.fields.setdefault(name, _clean(value))
            return
        if inside:
            self.held.append(line)
        value = "" if _HEADING.fullmatch(value) and not self.waits else value
        if name == ASIDE:
            self.waits = ""
            return
        if not value:
            self.waits = name
            return
        if name == "name" and self.waits:
            self.names.add(value.casefold())
        self.waits = ""
        if name == "product":
            self.products.add(value.casefold())
        if name not in self.fields or name == "email":
            self._set(name, value)

    def _set(self, name: str, value: str) -> None:
        email = EMAIL.search(value) if "@" in value else None
        if name == "email":
            if email:
                self._address(email[0])
            return
        if name == "phone":
            number = TELEPHONE.search(value)
            if number:
                self.fields[name] = number[0].strip()
            return
        if email and name in ("name", "first_name", "last_name"):
            # An address behind the name counts only if there is no other: "Ann Lee <a@b>" is one way, and a trick is another.
            self.named.append(email[0])
            value = value[: email.start()].strip(" <([\"'")
        if name == "name":
            value = self._person(_INJECTED.split(value, maxsplit=1)[0])
        if value:
            self.fields[name] = _clean(value)

    def _address(self, email: str) -> None:
        email = email.removeprefix("mailto:").strip(".")
        self.fields.setdefault("email", email)
        self.emails.append(email)

    def _person(self, value: str) -> str:
        """The name alone: "Mr. Ben Carter (Poland)" is Ben Carter, and lives there."""
        place = re.search(r"\(([^()]{2,40})\)\s*$", value)
        if place:
            self.fields.setdefault("country", _clean(place[1]))
            value = value[: place.start()]
        value = value.strip(" ,;\"'“”")
        courtesy = _COURTESY.match(value)
        return value[courtesy.end() :] if courtesy else value

    def _begin_message(self, value: str, line: str) -> None:
        if _HEADING.fullmatch(value):
            # The head of a table: "Question | Answer".
            return
        self.waits = ""
        self.stacked = not value
        self.messages += 1
        if self.message is None or not any(map(str.strip, self.message)):
            self.message = [value] if value else []
        elif not self.is_over:
            self._say(line)

    def _say(self, line: str) -> None:
        """One more line of the buyer's words; what was held back before it was his as well."""
        assert self.message is not None
        # The edge of a table's cell is no word of his.
        line = line.lstrip().removeprefix("| ") if line.lstrip().startswith("| ") else line
        if line.strip():
            self.message += self.held
            self.held = []
            self.message.append(line)
        elif self.held:
            self.held.append(line)
        else:
            self.message.append(line)

    def form(self) -> Form:
        """Everything that was found."""
        fields = self.fields
        first, last = fields.pop("first_name", ""), fields.pop("last_name", "")
        if first or last:
            given = fields.get("name", "")
            fields["name"] = " ".join(part for part in ((first or given), last) if part)
        message = "\n".join(self.message or ()).strip("\n").strip()
        if message[:1] in "\"“" and message[-1:] in "\"”" and len(message) > 2:
            message = message[1:-1].strip()
        rest = [line for line in self.rest if not self.words.opens(line)]
        emails = [*self.emails, *self.named, *self.unnamed]
        if emails:
            fields.setdefault("email", emails[0])
        is_digest = len(self.names) > 2 or len(self.products) > 2 or self.messages > 2 and len(self.names) > 1
        return Form(fields, emails, message, "\n".join(rest).strip(), is_digest)


def _clean(value: str) -> str:
    return headers.clean(value, LONGEST_VALUE).strip(" |*\t")


def merge(form: Form, found: Mapping[str, str]) -> None:
    """Add what a row's own patterns found; they know their platform, so they have the last word."""
    for name, value in found.items():
        if name == MESSAGE:
            form.message = value
        elif value:
            form.fields[name] = value
