"""Reads the company's rules: ``config/*.toml`` and ``templates/``, shipped ones first, the company's own over them.

A file in ``<home>/config`` takes the place of the shipped file of the same name. Only ``mailagent.toml`` is merged,
table by table, over the shipped defaults, so that it needs to say no more than what is different; and the rows and words of
``relays.toml`` are added to the shipped ones. Every mistake of
every file is collected and reported at once; ``policy_files.py`` says what each file holds, ``mailagent/consistency`` what the files
must agree on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mailagent import consistency
from mailagent.core.model.endpoint import with_habits
from mailagent.core.model.policy import Language, Policy, RelayWords
from mailagent.errors import ConfigError, Problem
from mailagent.policy_files import FILES, FREEMAIL, MAIN, RELAYS, SIGNALS, RelaysFile
from mailagent.resources import shipped
from mailagent.toml_files import suggestion, table_of, text_of, validated


def load(home: Path | None) -> Policy:
    """The company's rules, checked and ready to use.

    Args:
        home: the company's home folder; None takes the shipped files alone.

    Raises:
        ConfigError: with every mistake of every file.
    """
    policy, problems = _read(home, trusts_shipped=True)
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
            text = text_of(path, problems)
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
        # Late: filling templates needs Jinja, and most commands only load the rules.
        from mailagent import trial

        problems.extend(trial.problems(load_templates(home), policy, home))
    return problems


def _read(home: Path | None, *, trusts_shipped: bool = False) -> tuple[Policy, list[Problem]]:
    """The policy as far as it can be built, and all problems on the way.

    Args:
        trusts_shipped: the patterns and phrases of shipped languages are not looked at one by one: that would be a sixth of
            the loading at every start, and ``mailagent check`` and the tests do it.
    """
    problems: list[Problem] = []
    documents = {name: _document(name, home, problems) for name in FILES}
    languages = _languages(home, problems)
    freemail = _freemail(home, problems)
    problems.extend(_strangers(home))

    main, tiers = documents[MAIN], documents["tiers.toml"]
    given = {
        "company": main.company,
        "people": main.person,
        "mailboxes": tuple(with_habits(mailbox, documents["providers.toml"].root) for mailbox in main.mailbox),
        "reading": main.reading,
        "sending": main.sending,
        "approval": main.approval,
        "digest": main.digest,
        "desk": main.desk,
        "public_page": main.unsubscribe,
        "groups": documents["signals.toml"].groups,
        "signals": documents["signals.toml"].signals,
        "signs": documents["signals.toml"].signs | tiers.signs,
        "lists": documents["signals.toml"].lists,
        "tiers": tiers.tier,
        "lifetime": tiers.lifetime,
        "rfm": tiers.rfm,
        "cadences": documents["cadences.toml"].root,
        "pretexts": documents["pretexts.toml"],
        "news": documents["news.toml"].news,
        "catalogue": documents["catalogue.toml"],
        "providers": documents["providers.toml"].root,
        "calendar": documents["calendar.toml"],
        "deadlines": documents["deadlines.toml"],
        "assignment": documents["assignment.toml"],
        "relays": documents[RELAYS].relay,
        "relay_words": documents[RELAYS].words,
        "law": documents["law.toml"].root,
        "page_words": documents["unsubscribe.toml"].root,
        "trade": documents["trade.toml"],
        "bounces": documents["bounces.toml"],
        "languages": languages,
        "wishes": {code: path.read_bytes() for code, path in _learnt(home).items() if code in languages},
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
    trusted = frozenset(languages) - _own_languages(home) if trusts_shipped else frozenset()
    problems.extend(consistency.problems(policy, templates, broken, trusted))
    return policy, problems


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _folders(name: str, home: Path | None) -> list[Path]:
    """The folders to look into, the company's own last: it has the last word."""
    return [shipped(name)] + ([home / name] if home else [])


def _path_of(name: str, home: Path | None) -> Path | None:
    """The file that counts: the company's own, else the shipped one, else none."""
    return next((folder / name for folder in reversed(_folders("config", home)) if (folder / name).is_file()), None)


def _document(name: str, home: Path | None, problems: list[Problem]) -> Any:
    """One file as its document; with mistakes inside, an empty one stands in and the problems are noted."""
    model = FILES[name]
    path = _path_of(name, home)
    table = table_of(path, problems)
    if name == MAIN and table is not None and home and path and path.parent == home / "config":
        table = _merged(table_of(shipped("config") / MAIN, problems) or {}, table)
    if name == SIGNALS and table is not None and home and path and path.parent == home / "config":
        # A company's own prices may be older than the signs and lists, which it seldom changes.
        ours = table_of(shipped("config") / SIGNALS, problems) or {}
        table = {key: ours[key] for key in ("signs", "lists") if key in ours} | table
    document = validated(model, name, table or {}, problems)
    if name == RELAYS and home and path and path.parent == home / "config":
        return _with_shipped(document, validated(model, name, table_of(shipped("config") / RELAYS, problems) or {}, problems))
    return document


def _with_shipped(own: RelaysFile, shipped_ones: RelaysFile) -> RelaysFile:
    """The company's relays before the shipped ones, so that a new relay is one row; one of the same name takes its place."""
    names = {relay.name for relay in own.relay}
    labels = dict(shipped_ones.words.labels)
    for field, words in own.words.labels.items():
        labels[field] = _joined(words, labels.get(field, ()))
    lists = {key: _joined(getattr(own.words, key), getattr(shipped_ones.words, key)) for key in RelayWords.model_fields if key != "labels"}
    relays = (*own.relay, *(relay for relay in shipped_ones.relay if relay.name not in names))
    return RelaysFile(relay=relays, words=RelayWords(labels=labels, **lists))


def _joined(own: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*own, *more)))


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
        table = table_of(path, problems)
        if table is None:
            continue
        if path.parent.parent != shipped("config") and "unsubscribe_beside" not in table:
            # A company's own copy may be older than this table, without which fewer requests to stop would be sure.
            ours = shipped("config") / "languages" / name
            known = table_of(ours, problems) if ours.is_file() else None
            table = {**table, "unsubscribe_beside": (known or {}).get("unsubscribe_beside", {})}
        language = validated(Language, f"languages/{name}", table, problems)
        if language is None:
            continue
        if language.code != path.stem:
            message = f'is "{language.code}" but the file is named "{path.stem}"; make them the same'
            problems.append(Problem(f"languages/{name}", "code", message))
        languages[path.stem] = language
    return languages


def _learnt(home: Path | None) -> dict[str, Path]:
    """All ``languages/<xx>.wishes``: what was learnt about the wishes of a language (``core/reading/wishes.py``)."""
    return {path.stem: path for folder in _folders("config", home) for path in sorted(folder.glob("languages/*.wishes"))}


def _own_languages(home: Path | None) -> frozenset[str]:
    """The codes of the languages of which the company has a file of its own."""
    return frozenset(path.stem for path in (home / "config" / "languages").glob("*.toml")) if home else frozenset()


def _freemail(home: Path | None, problems: list[Problem]) -> frozenset[str]:
    """The domains of free mail, one a line; ``#`` begins a comment."""
    path = _path_of(FREEMAIL, home)
    text = text_of(path, problems) if path else None
    lines = (line.partition("#")[0].strip().lower() for line in (text or "").splitlines())
    return frozenset(line for line in lines if line)


def _strangers(home: Path | None) -> list[Problem]:
    """Files in the company's config folder that nobody reads: mostly a misspelt name."""
    if not home or not (home / "config").is_dir():
        return []
    known = {*FILES, FREEMAIL, *(path.name for path in shipped("config").iterdir())}
    found = sorted(path.name for path in (home / "config").iterdir() if path.suffix == ".toml")
    return [Problem(name, "", f"is not a file that mailagent reads; {suggestion(name, known)}") for name in found if name not in known]
