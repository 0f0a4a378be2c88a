"""TOML files written by hand: reading them, and telling their mistakes in plain words."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, RootModel, ValidationError

from mailagent.errors import Problem

# A configuration is written by hand; anything larger is not one.
LARGEST_FILE = 2_000_000


def text_of(path: Path, problems: list[Problem]) -> str | None:
    """The file's text; what prevents reading it becomes a problem."""
    name = name_of(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            problems.append(Problem(name, "", f"is larger than {LARGEST_FILE // 1_000_000} MB; this is not a configuration file"))
            return None
        # Notepad puts a byte order mark in front, which TOML does not know.
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(Problem(name, f"line {line}", "is not UTF-8; open the file in an editor and save it as UTF-8"))
    except OSError as error:
        problems.append(Problem(name, "", f"cannot be read ({error.strerror}); check its permissions"))
    return None


def name_of(path: Path) -> str:
    """How the file is called in a problem: files of ``config/`` by name, others with their folders."""
    folders = path.parts[-3:-1]
    if folders[-1:] == ("config",):
        return path.name
    return "/".join((*(folders if folders[:1] == ("templates",) else folders[-1:]), path.name))


def table_of(path: Path | None, problems: list[Problem]) -> dict[str, Any] | None:
    """The file's TOML; None when it cannot be read (then the problem says where)."""
    if path is None:
        return {}
    text = text_of(path, problems)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # Python 3.11 to 3.13 tell the place only in the message: "… (at line 3, column 5)" or "… (at end of document)".
        what, _, where = str(error).partition(" (at ")
        hint = '; texts stand in quotes, as in letters = "off"' if "Invalid value" in what else ""
        problems.append(Problem(name_of(path), where.rstrip(")"), f"this is not TOML: {what[:1].lower()}{what[1:]}{hint}"))
        return None


def validated(model: type[BaseModel], name: str, table: dict[str, Any], problems: list[Problem]) -> Any:
    """The table as its model. With mistakes, an empty model stands in (None where there is no such thing)."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        problems.extend(_problem(model, name, detail) for detail in error.errors(include_url=False))
    try:
        return model.model_validate({})
    except ValidationError:
        return None


def _problem(model: type[BaseModel], name: str, detail: Any) -> Problem:
    """One finding of pydantic as a sentence that says what to do."""
    where = tuple(detail["loc"])
    return Problem(name, _dotted(where), _sentence(model, where, detail))


def _dotted(where: tuple[int | str, ...]) -> str:
    """``("person", 1, "email")`` → ``person[2].email``: rows are counted from one, as people do."""
    dotted = ""
    for piece in where:
        if isinstance(piece, int):
            dotted += f"[{piece + 1}]"
        else:
            dotted += f".{piece}" if dotted else piece
    return dotted


def _sentence(model: type[BaseModel], where: tuple[int | str, ...], detail: Any) -> str:
    kind, context = detail["type"], detail.get("ctx") or {}
    if kind == "extra_forbidden":
        key = str(where[-1])
        # Never repeat the value: it may be the password itself.
        if re.search(r"passw|secret|token|授权码|密码", key, re.I):
            name = "OAUTH_SECRET" if re.search(r"oauth|client", key, re.I) else "PASSWORD"
            return f"secrets do not belong here; put it into .env as MAILAGENT_<MAILBOX>_{name}"
        return f"is not a known key; {suggestion(key, _keys_at(model, where[:-1]))}"
    if kind == "missing":
        return "is missing; add it"
    if kind == "literal_error":
        return f"{_shown(detail['input'])} is not possible here; write {context['expected']}"
    if kind == "value_error":
        return str(context.get("error", detail["msg"]))
    if kind == "model_type":
        return f"{_shown(detail['input'])} does not fit; write a table of its keys, as docs/configuration.md lists them"
    message = detail["msg"].removeprefix("Input should be ")
    return f"{_shown(detail['input'])} does not fit; write {message}"


def _shown(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def suggestion(key: str, known: set[str]) -> str:
    near = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    return "known are: " + ", ".join(sorted(known)) if known else "remove it"


def _keys_at(model: Any, where: tuple[int | str, ...]) -> set[str]:
    """The keys that a table at this place may have, found by walking the models' annotations."""
    for piece in where:
        model = _below(model, piece)
    return set(model.model_fields) if _is_model(model) else set()


def _below(kind: Any, piece: int | str) -> Any:
    """The type one level down: a model's field, a dict's value, or a tuple's element."""
    if _is_model(kind):
        if issubclass(kind, RootModel):
            return _below(kind.model_fields["root"].annotation, piece)
        found = kind.model_fields.get(str(piece))
        return found.annotation if found else None
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return arguments[1]
    if get_origin(kind) is tuple:
        return arguments[0]
    return None


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
