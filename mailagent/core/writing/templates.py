"""Templates: the company's letters with gaps, filled in a sandbox.

Theory. A template is our own file; what fills its gaps is a stranger's text. So nothing is ever compiled but the
files, a value is plain data (strings, numbers, lists, dictionaries), and the sandbox takes away everything that
could make a careless template cost more than it should: there is no ``range``, strings have no methods, ``*``
repeats no text, only a handful of filters exist, and the output ends at 200 KB (STANDARDS §7.5). A missing value
fails the draft, with template and line, instead of writing "Dear ,".

A template is one text file ``<language>/<name>.txt``: a ``Subject:`` line, an empty line, the letter. A file
without a ``Subject:`` line is a part that others import or include by its bare name, within their own folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from mailagent.core.writing.plain import one_line
from mailagent.errors import Problem, TemplateError

if TYPE_CHECKING:
    from mailagent.core.writing.sandbox import Sandbox

MAX_OUTPUT = 200_000
#: What betrays a gap that nobody filled. "[NAME]", "[Your Company]" are the marks of letters copied from books.
_LEFTOVERS = re.compile(r"\{\{|\{%|\bNone\b|\bundefined\b|\[[A-Z][A-Z _]{1,30}\]|\[(?:[Yy]our|[Nn]ame)[^\]\n]{0,40}\]")
_EMPTY_GREETING = re.compile(r"^(?:\S{1,20} +[,，]|Dear *[,:]|Sayın *,|Estimad\S{0,3} *[,:]|Prezad\S{0,4} *[,:]|[，！])")


@dataclass(frozen=True)
class Rendered:
    """A template with its gaps filled."""

    subject: str
    body: str


class Tried:
    """A set of variables that many templates are filled with.

    Attributes:
        given: every text among them.
    """

    def __init__(self, variables: Mapping[str, object]):
        self.variables, self.given = variables, "\n".join(_strings(variables))
        self._said = {name: repr(value) for name, value in variables.items()}

    def values_of(self, names: Sequence[str]) -> tuple[str, ...]:
        """What some of the variables are; two that are written alike are alike."""
        return tuple(self._said.get(name, "") for name in names)


class TemplateSet:
    """All templates of the company.

    Args:
        texts: ``"<folder>/<name>"`` → the text of the file. The folders of two or three letters are languages.
    """

    def __init__(self, texts: Mapping[str, str]):
        self._texts = {key: text.replace("\r\n", "\n").lstrip("\ufeff") for key, text in texts.items()}

    @cached_property
    def _sandbox(self) -> Sandbox:
        # Late: most processes write no letter, and Jinja takes a while to load.
        from mailagent.core.writing.sandbox import Sandbox

        return Sandbox(self._texts)

    def languages(self) -> tuple[str, ...]:
        """The languages that letters can be written in."""
        folders = {key.partition("/")[0] for key in self._texts}
        return tuple(sorted(folder for folder in folders if re.fullmatch(r"[a-z]{2,3}", folder)))

    def names(self, folder: str) -> tuple[str, ...]:
        """The templates of one language (or of "digest", "notice"); parts without a subject are left out."""
        own = (key.partition("/") for key, text in self._texts.items() if text.startswith("Subject:"))
        return tuple(sorted(name for place, _, name in own if place == folder))

    def has(self, folder: str, name: str) -> bool:
        """Whether there is such a template."""
        return f"{folder}/{name}" in self._texts

    def fingerprint(self, folder: str, name: str) -> str:
        """The hash of a template's text and of the words that its language shares: another text has another one."""
        texts = (self._texts.get(f"{folder}/{part}", "") for part in (name, "words"))
        return sha256("\0".join(texts).encode()).hexdigest()

    def render(self, folder: str, name: str, variables: Mapping[str, object]) -> Rendered:
        """The letter with every gap filled.

        Args:
            folder: a language code, "digest" or "notice".
            variables: strings, numbers, booleans, lists and dictionaries only.

        Raises:
            TemplateError: names file, line and what is missing, or what was left unfilled in the text.
        """
        return self._letter(f"{folder}/{name}", self.render_part(folder, name, variables))

    def _letter(self, key: str, text: str) -> Rendered:
        """Subject and body of a filled template."""
        head, _, body = text.partition("\n")
        if not head.startswith("Subject:") or not head.removeprefix("Subject:").strip():
            raise TemplateError(f'templates/{key}.txt: line 1: begin with "Subject:" and a subject')
        return Rendered(one_line(head.removeprefix("Subject:")), _tidy(body))

    def render_part(self, folder: str, name: str, variables: Mapping[str, object]) -> str:
        """A part (a footer, a date) with every gap filled; errors as in ``render``."""
        key = f"{folder}/{name}"
        if key not in self._texts:
            raise TemplateError(f"templates/{key}.txt: there is no such template")
        _require_plain(variables, key)
        return self._filled(key, variables, "\n".join(_strings(variables)))

    def _filled(self, key: str, variables: Mapping[str, object], given: str) -> str:
        """The text of a template with its gaps filled; the variables are known to be plain.

        Args:
            given: every text among the variables.
        """
        sandbox = self._sandbox
        # Loaded with the sandbox.
        from jinja2 import TemplateError as JinjaError
        from jinja2 import TemplateSyntaxError

        pieces: list[str] = []
        size = 0
        try:
            for piece in sandbox.get_template(key).generate(**variables):
                size += len(piece)
                if size > MAX_OUTPUT:
                    raise TemplateError(f"templates/{key}.txt: the text grows beyond {MAX_OUTPUT // 1000} KB")
                pieces.append(piece)
        except TemplateSyntaxError as error:
            raise TemplateError(f"{error.filename or key}: line {error.lineno}: {error.message}") from error
        except (JinjaError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError) as error:
            raise TemplateError(f"{_place(error, key)}: {one_line(str(error), 300)}") from error
        text = _tidy("".join(pieces))
        _lint(text, given, key)
        return text

    def problems(self, samples: Mapping[str, Sequence[Mapping[str, object]]], folders: Sequence[str] | None = None) -> list[Problem]:
        """Everything that is wrong with the templates, all at once, for ``mailagent check``.

        Args:
            samples: the sets of variables that templates must render with. The key is ``"folder/name"`` for one
                template, ``"folder"`` (a language, "digest", "notice") for all of a folder.
            folders: which to look at; None is all of them.
        """
        found: list[Problem] = []
        tried = {id(sample): Tried(sample) for rows in samples.values() for sample in rows}
        for folder in folders or sorted({key.partition("/")[0] for key in self._texts}):
            is_language = folder in self.languages()
            for name in self.names(folder):
                rows = samples.get(f"{folder}/{name}", samples.get(folder, ()))
                found += self._problems_of(f"{folder}/{name}", [tried[id(sample)] for sample in rows])
            if is_language:
                lacking = sorted(self._files("en") - self._files(folder))
                found += [Problem(f"templates/{folder}/{name}.txt", "", "there is such a template in English only") for name in lacking]
        return list(dict.fromkeys(found))

    def _problems_of(self, key: str, samples: Sequence[Tried]) -> Iterator[Problem]:
        """What is wrong with one template, filled with every sample that can make a difference to it.

        A text depends on what its template, with all that it imports, reads of the variables, and on nothing else: two samples that
        agree in that make one text.
        """
        done: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
        for sample in samples:
            if any(sample.values_of(names) in values for names, values in done.items()):
                continue
            try:
                _require_plain(sample.variables, key)
                with self._sandbox.watched() as seen:
                    self._letter(key, self._filled(key, sample.variables, sample.given))
                names = tuple(sorted(seen))
                done.setdefault(names, set()).add(sample.values_of(names))
            except TemplateError as error:
                file, _, message = str(error).partition(": ")
                yield Problem(file, "", message)

    def _files(self, folder: str) -> set[str]:
        return {key.partition("/")[2] for key in self._texts if key.startswith(f"{folder}/")}


def _tidy(text: str) -> str:
    """No spaces at line ends, never more than one empty line: conditions in a template leave holes."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")


def _place(error: BaseException, key: str) -> str:
    """File and line of the template where the error arose: Jinja puts them on the traceback."""
    place, step = f"templates/{key}.txt", error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename.startswith("templates/"):
            place = f"{step.tb_frame.f_code.co_filename}: line {step.tb_lineno}"
        step = step.tb_next
    return place


def _require_plain(value: object, key: str, depth: int = 0) -> None:
    if depth > 6:
        raise TemplateError(f"templates/{key}.txt: the variables are nested too deep")
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            _require_plain(item, key, depth + 1)
    elif not isinstance(value, (str, int, float, bool)):
        found = type(value).__name__
        raise TemplateError(f"templates/{key}.txt: a variable is a {found}; only plain text, numbers and lists may fill a gap")


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        value = list(value.values())
    return [text for item in value for text in _strings(item)] if isinstance(value, (list, tuple)) else []


def _lint(text: str, variables: Mapping[str, object], key: str) -> None:
    """Refuse what betrays an unfilled gap, unless the buyer himself wrote it: his "{{" is a text like any other."""
    given = "\n".join(_strings(variables))
    for leftover in _LEFTOVERS.finditer(text):
        if leftover[0] not in given:
            line = text[: leftover.start()].count("\n") + 1
            raise TemplateError(f'templates/{key}.txt: the finished text says "{leftover[0]}" in line {line}: a gap was left open')
    for number, line in enumerate(text.splitlines()[:4], start=1):
        if _EMPTY_GREETING.match(line):
            raise TemplateError(f'templates/{key}.txt: the greeting in line {number} has no name: "{line[:40]}"')
