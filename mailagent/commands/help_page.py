"""How ``--help`` looks: as wide as the terminal shows it, also where a letter takes two columns, and every name in the reader's language.

Click counts letters, and cuts a summary at 45 of them: a page in Chinese would run over the edge, and its second column would not stand
below itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import click
from rich.cells import cell_len

from mailagent.i18n import _

#: The first column is not made wider than this, columns of the terminal.
WIDEST_TERM = 26
_OPEN, _CLOSE = "（“‘《", "，。；：、！？）”’》…"
#: A piece of text that is not broken: a word, or one Chinese letter, with the marks that belong to it and the space behind it.
ATOM = re.compile(rf"[{_OPEN}]*(?:[\u2e80-\u9fff]|[^\s\u2e80-\u9fff{_OPEN}{_CLOSE}]+)[{_CLOSE}]*\s?|[{_OPEN}{_CLOSE}]\s?")
SENTENCE = re.compile(r"[^.。]*(?:[.](?!\s)[^.。]*)*[.。]?")


def arguments() -> dict[str, str]:
    """What stands in a usage for what is typed without an option."""
    return {
        "action": _("ACTION"),
        "address": _("ADDRESS"),
        "answer": _("ANSWER"),
        "channel": _("CHANNEL"),
        "country": _("COUNTRY"),
        "day": _("DAY"),
        "folder": _("FOLDER"),
        "lead": _("LEAD"),
        "leaver": _("LEAVER"),
        "mailbox": _("MAILBOX"),
        "name": _("NAME"),
        "person": _("PERSON"),
        "successor": _("SUCCESSOR"),
        "task": _("TASK"),
        "text": _("TEXT"),
        "to": _("TO"),
        "until": _("UNTIL"),
        "word": _("WORD"),
    }


class Page(click.HelpFormatter):
    """A help page that counts columns of the terminal, not letters."""

    def write_heading(self, heading: str) -> None:
        """The name of a section."""
        self.write(" " * self.current_indent + _("{heading}:").format(heading=heading) + "\n")

    def write_text(self, text: str) -> None:
        """A paragraph, wrapped."""
        indent = " " * self.current_indent
        for paragraph in text.split("\n\n"):
            for line in wrapped(" ".join(paragraph.split()), self.width - self.current_indent):
                self.write(f"{indent}{line}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = WIDEST_TERM, col_spacing: int = 2) -> None:
        """Terms and what they mean, the meanings below one another."""
        rows = list(rows)
        widest = max((cell_len(term) for term, _meaning in rows if cell_len(term) <= col_max), default=0)
        second = self.current_indent + widest + col_spacing
        for term, meaning in rows:
            lines = wrapped(" ".join(meaning.split()), max(self.width - second, 20))
            head = " " * self.current_indent + term
            if lines and cell_len(term) <= widest:
                head += " " * (second - cell_len(head)) + lines.pop(0)
            self.write("\n".join((head, *(" " * second + line for line in lines))) + "\n")


class PageContext(click.Context):
    """What every command is called in, so that its help is such a page."""

    formatter_class = Page


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of so many columns; Chinese breaks between any two letters, but not before a comma."""
    lines, line = [], ""
    for atom in ATOM.findall(text):
        if line and cell_len(line + atom.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += atom
    return [*lines, line.rstrip()] if line.strip() else lines


def named(command: click.Command) -> click.Command:
    """The command, with its help in our form and its gaps in the reader's language; what is below it as well."""
    command.context_class = PageContext
    command.options_metavar = _("[OPTIONS]")
    names = arguments()
    for parameter in command.params:
        if isinstance(parameter, click.Argument) and not isinstance(parameter.type, click.Choice):
            gap = names.get(parameter.name, parameter.name.upper())
            parameter.metavar = (gap if parameter.required else f"[{gap}]") + "..." * (parameter.nargs != 1)
    if isinstance(command, click.Group):
        command.subcommand_metavar = _("COMMAND [ARGS]...") if not command.invoke_without_command else _("[COMMAND] [ARGS]...")
        for one in command.commands.values():
            named(one)
    return command


def summary(command: click.Command) -> str:
    """What a command is for, in its first sentence."""
    return SENTENCE.match(command.help or "")[0].strip()
