"""Writes the parts of ``docs/`` that come out of the code: ``make docs``. ``tests/test_generated_docs.py`` compares.

Pages: every key of every configuration file, every state and move of a letter, every event of the journal.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import click
from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from mailagent import policy
from mailagent.core.model import events, outbox
from mailagent.core.model.policy import Language
from mailagent.resources import shipped

DOCS = Path(__file__).resolve().parent
HEAD = "<!-- Written by docs/generate.py: change the code and run `make docs`. -->\n\n"


def configuration() -> str:
    """Every file, table and key of ``config/``, with what ships."""
    page = HEAD + "# Configuration\n\n"
    page += (
        "The shipped files lie in `config/`. In a company's home folder a file takes the place of the shipped file of the same name; only\n"
        "`mailagent.toml` is merged over the shipped one, key by key, and the rows and words of `relays.toml` are added to the shipped\n"
        "ones ([relays.md](relays.md)). `mailagent check` names every mistake with its file and key.\n"
    )
    for name, model in {**policy.FILES, "languages/<xx>.toml": Language}.items():
        page += f"\n## {name}\n\n"
        remarks = _remarks(shipped("config") / name)
        for title, table in _tables(model, name):
            page += f"### {title}\n\n{_first_sentence(table)}\n\n" if title else f"{_first_sentence(table)}\n\n"
            page += "| key | value | when not said | |\n|---|---|---|---|\n"
            meanings = _attributes(table)
            for key, field in table.model_fields.items():
                if not _rows(field.annotation):
                    meaning = field.description or meanings.get(key) or remarks.get((title.strip("[]"), key), "")
                    page += f"| `{key}` | {_kind(field.annotation)}{_bounds(field)} | {_default(field)} | {_cell(meaning)} |\n"
            page += "\n"
    page += "\n## freemail.txt\n\nDomains of free mail, one a line: an address there names no company. `#` begins a comment.\n"
    return re.sub(r"\n{3,}", "\n\n", page)


def letters() -> str:
    """The life of a letter, as ``core/model/outbox.py`` has it."""
    page = HEAD + "# The life of a letter\n\n"
    page += inspect.getdoc(outbox).partition("Theory. ")[2] + "\n\n```mermaid\nstateDiagram-v2\n    [*] --> drafted\n"
    page += "".join(f"    {start} --> {end}: {verb}\n" for verb, (starts, end) in outbox.MOVES.items() for start in starts)
    ends = [state for state in outbox.STATES if not any(state in starts for starts, _ in outbox.MOVES.values())]
    page += "".join(f"    {state} --> [*]\n" for state in ends) + "```\n\n"
    page += "| move | from | to |\n|---|---|---|\n"
    page += "".join(f"| {verb} | {', '.join(starts)} | {end} |\n" for verb, (starts, end) in outbox.MOVES.items())
    page += f"\nStates: {', '.join(f'`{state}`' for state in outbox.STATES)}. A stop (a reply, an unsubscribe, a pause) still cancels\n"
    return page + f"{' and '.join(f'`{state}`' for state in outbox.CANCELLABLE)}.\n"


def journal() -> str:
    """Every event, and what of it the journal keeps."""
    page = HEAD + "# The journal\n\n"
    page += "What happened, in the order of the code. Fields in brackets are personal: they go into tables that can be erased,\n"
    page += "never into the journal.\n\n| event | | fields |\n|---|---|---|\n"
    for name, event in vars(events).items():
        if inspect.isclass(event) and issubclass(event, events.Event) and event is not events.Event:
            fields = event.__dataclass_fields__.values()
            listed = ", ".join(f"({field.name})" if field.metadata.get("private") else field.name for field in fields)
            page += f"| `{name}` | {_cell(_first_sentence(event))} | {listed} |\n"
    return page


def commands() -> str:
    """Every command with its options, as ``--help`` says it."""
    from mailagent.cli import main

    page = HEAD + "# Commands\n\n`mailagent --home FOLDER COMMAND …`; each has `--help`. `MAILAGENT_LANG=zh` speaks Chinese.\n"
    for name, command in sorted(main.commands.items()):
        arguments = [p.make_metavar(click.Context(command)) for p in command.params if isinstance(p, click.Argument)]
        usage = " ".join(["mailagent", name, *arguments])
        page += f"\n## {name}\n\n{command.help.strip()}\n\n`{usage}`\n"
        options = [p for p in command.params if isinstance(p, click.Option)]
        if options:
            page += "\n| option | |\n|---|---|\n"
            page += "".join(f"| `{', '.join(p.opts)}` | {_cell(p.help or '')} |\n" for p in options)
    return page


PAGES = {"commands.md": commands, "configuration.md": configuration, "outbox.md": letters, "journal.md": journal}


# ── reading models ──────────────────────────────────────────────────────────────────────────────────────────────


def _tables(model: type[BaseModel], file: str, title: str = "") -> list[tuple[str, type[BaseModel]]]:
    """The tables of a file in order, each with its heading as it is written in TOML."""
    if issubclass(model, RootModel):
        inner = _tables(get_args(model.model_fields["root"].annotation)[1], file)
        return [(rest.replace("[[", "[[<name>.") or "[<name>]", table) for rest, table in inner]
    plain = any(not _rows(field.annotation) for field in model.model_fields.values())
    found = [(title, model)] if plain else []
    for key, field in model.model_fields.items():
        inner = _rows(field.annotation)
        if inner:
            here = _heading(key, field.annotation)
            # A table inside a row is named with the row: [[mailbox.folders]].
            found += [(here if not rest else rest.replace("[[", f"[[{key}."), table) for rest, table in _tables(inner, file)]
    return found


def _heading(key: str, annotation: Any) -> str:
    if get_origin(annotation) is tuple:
        return f"[[{key}]]"
    return f"[{key}.<name>]" if get_origin(annotation) is dict else f"[{key}]"


def _rows(annotation: Any) -> type[BaseModel] | None:
    """The model of a table or of rows of tables; None for a plain value."""
    candidates = (annotation, *get_args(annotation))
    return next((each for each in candidates if inspect.isclass(each) and issubclass(each, BaseModel)), None)


def _kind(annotation: Any) -> str:
    """A type as the writer of a TOML file would say it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f'`"{value}"`' for value in arguments)
    if origin is tuple:
        return f"list of {_kind(arguments[0])}" if arguments[-1] is Ellipsis else "two of " + _kind(arguments[0])
    if origin is dict:
        return f"table of {_kind(arguments[1])}"
    if origin in (Union, UnionType):
        return _kind(next(each for each in arguments if each is not NoneType))
    if hasattr(annotation, "__metadata__"):
        return _kind(origin)
    return {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}.get(annotation.__name__, annotation.__name__)


def _bounds(field: FieldInfo) -> str:
    limits = {type(each).__name__: each for each in field.metadata}
    low, high = getattr(limits.get("Ge"), "ge", None), getattr(limits.get("Le"), "le", None)
    return (f", at least {low}" if low is not None else "") + (f", at most {high}" if high is not None else "")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be said"
    value = field.get_default(call_default_factory=True)
    if value in ("", (), {}, None):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple) and isinstance(value[0], BaseModel):
        return "as shipped"
    return f"`{', '.join(map(str, value)) if isinstance(value, tuple) else value}`"


def _attributes(table: type[BaseModel]) -> dict[str, str]:
    """The lines of a docstring's ``Attributes:``; one line may speak of several keys."""
    block = (inspect.getdoc(table) or "").partition("Attributes:\n")[2]
    found: dict[str, str] = {}
    for names, text in re.findall(r"^ {4}([\w, /]+): ((?:.|\n(?= {6}))+)", block, re.M):
        found |= {name: " ".join(text.split()) for name in re.split(r"\W+", names)}
    return found


def _remarks(path: Path) -> dict[tuple[str, str], str]:
    """The comments of a shipped file: (table, key) → the lines above the key."""
    found: dict[tuple[str, str], str] = {}
    if not path.is_file():
        return found
    table, above = "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            above.append(line.lstrip("# "))
            continue
        if heading := re.fullmatch(r"\[\[?([\w.]+)\]?\]", line):
            table = heading[1]
        elif key := re.match(r"(\w+) *=", line):
            found[table, key[1]] = " ".join(above)
        above = []
    return found


def _first_sentence(documented: Any) -> str:
    first = (inspect.getdoc(documented) or "").partition("\n\n")[0]
    # What file and table it is about stands in the heading already.
    sentence = " ".join(re.sub(r"^``[^`]*\.toml[^`]*``[:.] ?", "", first).replace("``", "`").split())
    return sentence[:1].upper() + sentence[1:]


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
        print(f"docs/{name}")
