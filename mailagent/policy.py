"""Reads the company's rules: ``config/*.toml`` and ``templates/``, shipped ones first, the company's own over them.

A file in ``<home>/config`` takes the place of the shipped file of the same name. Only ``mailagent.toml`` is merged,
table by table, over the shipped defaults, so that it needs to say no more than what is different. Every mistake of
every file is collected and reported at once; ``mailagent/consistency.py`` knows what the files must agree on.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, Field, RootModel, ValidationError

from mailagent import consistency
from mailagent.core.model.policy import (
    Approval,
    Cadence,
    Calendar,
    Catalogue,
    CompanyProfile,
    Desk,
    Digest,
    Language,
    LawRow,
    Mailbox,
    Person,
    Policy,
    Provider,
    Reading,
    Relay,
    Sending,
    Sign,
    SignalGroup,
    SignalRule,
    Table,
    TierRule,
)
from mailagent.errors import ConfigError, Problem
from mailagent.resources import shipped

MAIN = "mailagent.toml"
FREEMAIL = "freemail.txt"

# A configuration is written by hand; anything larger is not one.
LARGEST_FILE = 2_000_000


class MainFile(Table):
    """``mailagent.toml``."""

    company: CompanyProfile = CompanyProfile()
    person: tuple[Person, ...] = ()
    mailbox: tuple[Mailbox, ...] = ()
    reading: Reading = Reading()
    sending: Sending = Sending()
    approval: Approval = Approval()
    digest: Digest = Digest()
    desk: Desk = Desk()


class SignalsFile(Table):
    """``signals.toml``."""

    groups: dict[str, SignalGroup] = Field(default_factory=dict)
    signals: dict[str, SignalRule] = Field(default_factory=dict)


class TiersFile(Table):
    """``tiers.toml``."""

    tier: tuple[TierRule, ...] = ()
    signs: dict[str, Sign] = Field(default_factory=dict)
    fraud: dict[str, float] = Field(default_factory=dict)


class RelaysFile(Table):
    """``relays.toml``."""

    relay: tuple[Relay, ...] = ()


class CadencesFile(RootModel[dict[str, Cadence]]):
    """``cadences.toml``: one table for each cadence."""


class ProvidersFile(RootModel[dict[str, Provider]]):
    """``providers.toml``: one table for each provider."""


class LawFile(RootModel[dict[str, LawRow]]):
    """``law.toml``: one table for each country."""


FILES: dict[str, type[BaseModel]] = {
    MAIN: MainFile,
    "signals.toml": SignalsFile,
    "tiers.toml": TiersFile,
    "cadences.toml": CadencesFile,
    "catalogue.toml": Catalogue,
    "providers.toml": ProvidersFile,
    "calendar.toml": Calendar,
    "relays.toml": RelaysFile,
    "law.toml": LawFile,
}


def load(home: Path | None) -> Policy:
    """The company's rules, checked and ready to use.

    Args:
        home: the company's home folder; None takes the shipped files alone.

    Raises:
        ConfigError: with every mistake of every file.
    """
    policy, problems = _read(home)
    if problems:
        raise ConfigError(problems)
    return policy


def load_templates(home: Path | None) -> dict[str, str]:
    """The texts of all letter templates by ``<language>/<name>``; the company's own replace shipped ones.

    Raises:
        ConfigError: a file that is not UTF-8 or cannot be read.
    """
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for folder in _folders("templates", home):
        for path in sorted(folder.glob("*/*.txt")):
            text = _text_of(path, problems)
            if text is not None:
                texts[f"{path.parent.name}/{path.stem}"] = text
    if problems:
        raise ConfigError(problems)
    return texts


def check(home: Path | None) -> list[Problem]:
    """Everything that is wrong or doubtful in config and templates; ``warning`` marks what may stay as it is."""
    policy, problems = _read(home)
    if not problems:
        problems.extend(consistency.advice(policy))
        problems.extend(_template_problems(policy, home))
    return problems


def _template_problems(policy: Policy, home: Path | None) -> list[Problem]:
    """What the templates themselves have wrong: syntax, unknown variables, no subject."""
    from mailagent.core.writing.templates import TemplateSet

    return list(TemplateSet(load_templates(home), policy).problems())


def _read(home: Path | None) -> tuple[Policy, list[Problem]]:
    """The policy as far as it can be built, and all problems on the way."""
    problems: list[Problem] = []
    documents = {name: _document(name, home, problems) for name in FILES}
    languages = _languages(home, problems)
    freemail = _freemail(home, problems)
    problems.extend(_strangers(home))

    main, tiers = documents[MAIN], documents["tiers.toml"]
    given = {
        "company": main.company,
        "people": main.person,
        "mailboxes": main.mailbox,
        "reading": main.reading,
        "sending": main.sending,
        "approval": main.approval,
        "digest": main.digest,
        "desk": main.desk,
        "groups": documents["signals.toml"].groups,
        "signals": documents["signals.toml"].signals,
        "signs": tiers.signs,
        "tiers": tiers.tier,
        "cadences": documents["cadences.toml"].root,
        "catalogue": documents["catalogue.toml"],
        "providers": documents["providers.toml"].root,
        "calendar": documents["calendar.toml"],
        "relays": documents["relays.toml"].relay,
        "law": documents["law.toml"].root,
        "languages": languages,
        "freemail": freemail,
    }
    if tiers.fraud:
        given["fraud_levels"] = tiers.fraud
    policy = Policy(**given)

    try:
        templates = frozenset(load_templates(home))
    except ConfigError as error:
        problems.extend(error.problems)
        templates = frozenset()
    broken = frozenset(problem.file for problem in problems)
    problems.extend(consistency.problems(policy, templates, broken))
    return policy, problems


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _folders(name: str, home: Path | None) -> list[Path]:
    """The folders to look into, the company's own last: it has the last word."""
    return [shipped(name)] + ([home / name] if home else [])


def _path_of(name: str, home: Path | None) -> Path | None:
    """The file that counts: the company's own, else the shipped one, else none."""
    return next((folder / name for folder in reversed(_folders("config", home)) if (folder / name).is_file()), None)


def _text_of(path: Path, problems: list[Problem]) -> str | None:
    """The file's text; what prevents reading it becomes a problem."""
    name = f"{path.parent.name}/{path.name}" if path.parent.name != "config" else path.name
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


def _table_of(path: Path | None, problems: list[Problem]) -> dict[str, Any] | None:
    """The file's TOML; None when it cannot be read (then the problem says where)."""
    if path is None:
        return {}
    text = _text_of(path, problems)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        name = f"languages/{path.name}" if path.parent.name == "languages" else path.name
        # Python 3.11 to 3.13 tell the place only in the message: "… (at line 3, column 5)" or "… (at end of document)".
        what, _, where = str(error).partition(" (at ")
        hint = '; texts stand in quotes, as in letters = "off"' if "Invalid value" in what else ""
        problems.append(Problem(name, where.rstrip(")"), f"this is not TOML: {what[:1].lower()}{what[1:]}{hint}"))
        return None


def _document(name: str, home: Path | None, problems: list[Problem]) -> Any:
    """One file as its document; with mistakes inside, an empty one stands in and the problems are noted."""
    model = FILES[name]
    path = _path_of(name, home)
    table = _table_of(path, problems)
    if name == MAIN and table is not None and home and path and path.parent == home / "config":
        table = _merged(_table_of(shipped("config") / MAIN, problems) or {}, table)
    return _validated(model, name, table or {}, problems)


def _merged(defaults: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The company's tables over the shipped ones, key by key; lists are replaced as a whole."""
    merged = dict(defaults)
    for key, value in own.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = {**merged[key], **value}
        else:
            merged[key] = value
    return merged


def _languages(home: Path | None, problems: list[Problem]) -> dict[str, Language]:
    """All ``languages/<xx>.toml``; the file's name is the language's code."""
    paths = {path.name: path for folder in _folders("config", home) for path in sorted(folder.glob("languages/*.toml"))}
    languages: dict[str, Language] = {}
    for name, path in sorted(paths.items()):
        table = _table_of(path, problems)
        if table is None:
            continue
        language = _validated(Language, f"languages/{name}", table, problems)
        if language is None:
            continue
        if language.code != path.stem:
            message = f'is "{language.code}" but the file is named "{path.stem}"; make them the same'
            problems.append(Problem(f"languages/{name}", "code", message))
        languages[path.stem] = language
    return languages


def _freemail(home: Path | None, problems: list[Problem]) -> frozenset[str]:
    """The domains of free mail, one a line; ``#`` begins a comment."""
    path = _path_of(FREEMAIL, home)
    text = _text_of(path, problems) if path else None
    lines = (line.partition("#")[0].strip().lower() for line in (text or "").splitlines())
    return frozenset(line for line in lines if line)


def _strangers(home: Path | None) -> list[Problem]:
    """Files in the company's config folder that nobody reads: mostly a misspelt name."""
    if not home or not (home / "config").is_dir():
        return []
    known = {*FILES, FREEMAIL, *(path.name for path in shipped("config").iterdir())}
    found = sorted(path.name for path in (home / "config").iterdir() if path.suffix == ".toml")
    return [Problem(name, "", f"is not a file that mailagent reads; {_suggestion(name, known)}") for name in found if name not in known]


# ── mistakes in plain words ─────────────────────────────────────────────────────────────────────────────────────


def _validated(model: type[BaseModel], name: str, table: dict[str, Any], problems: list[Problem]) -> Any:
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
            return "secrets do not belong here; put the password into .env as MAILAGENT_<MAILBOX>_PASSWORD"
        return f"is not a known key; {_suggestion(key, _keys_at(model, where[:-1]))}"
    if kind == "missing":
        return "is missing; add it"
    if kind == "literal_error":
        return f"{_shown(detail['input'])} is not possible here; write {context['expected']}"
    if kind == "value_error":
        return str(context.get("error", detail["msg"]))
    message = detail["msg"].removeprefix("Input should be ")
    return f"{_shown(detail['input'])} does not fit; write {message}"


def _shown(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _suggestion(key: str, known: set[str]) -> str:
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
