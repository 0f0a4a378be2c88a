"""The first steps of a company: from its answers to a home folder with ``config/``, ``.env`` and its lists.

All files are made in a hidden folder, read back and checked like any configuration, and only then moved to their
places. Nothing that exists is replaced without being told to; what is replaced stays beside it as ``<name>.old``.
Keys once made are kept for good: without the old suppression key, people who asked us to stop would be forgotten.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import Field, SecretStr

from mailagent import policy, settings
from mailagent.core.model.login import way_in
from mailagent.core.model.policy import CompanyProfile, Mailbox, Person, Product, Table
from mailagent.errors import BadFile, ConfigError, Problem
from mailagent.exchange.people import read_customers, read_opt_outs
from mailagent.i18n import _
from mailagent.speech.trouble import why
from mailagent.toml_files import table_of, validated

CUSTOMERS = "import/customers.csv"
OPT_OUTS = "import/opt_outs.csv"


class NewMailbox(Mailbox):
    """A mailbox together with its secrets, which go into ``.env`` and nowhere else.

    Attributes:
        oauth_secret: of the company's app, where the provider gives it one.
        service_account: the path of a service account's key file.
    """

    password: SecretStr = SecretStr("")
    oauth_secret: SecretStr = SecretStr("")
    service_account: str = ""


class Answers(Table):
    """What ``init`` asks.

    Attributes:
        industry: words that name the trade ("garden tools").
        customers, opt_outs: CSV files; relative paths count from the answers file.
    """

    company: CompanyProfile = CompanyProfile()
    person: tuple[Person, ...] = ()
    mailbox: tuple[NewMailbox, ...] = ()
    product: tuple[Product, ...] = ()
    industry: tuple[str, ...] = ()
    customers: str = ""
    opt_outs: str = Field("", description="who asked, some time before, to hear no more")


def read_answers(path: Path) -> Answers:
    """The answers of a TOML file: ``[company]``, ``[[person]]``, ``[[mailbox]]`` with ``password``, ``[[product]]``.

    Raises:
        ConfigError: with every mistake of the file.
    """
    problems: list[Problem] = []
    if not path.is_file():
        raise ConfigError([Problem(str(path), "", _("there is no such file"))])
    table = table_of(path, problems)
    answers = validated(Answers, path.name, table or {}, problems)
    if problems:
        raise ConfigError(problems)
    base = path.resolve().parent
    lists = {name: str(base / getattr(answers, name)) for name in ("customers", "opt_outs") if getattr(answers, name)}
    return answers.model_copy(update=lists)


def init(home: Path, answers: Answers, force: bool = False) -> list[Path]:
    """Write the company's home folder; all of it, or nothing.

    Args:
        force: replace files that exist; the old ones stay as ``<name>.old``.

    Returns:
        The files that were written.

    Raises:
        ConfigError: files exist already, the answers contradict themselves, or the folder cannot be written.
        BadFile: a list is wrong; names line and column.
    """
    texts = _texts(home, answers)
    existing = [name for name in texts if (home / name).exists()]
    if existing and not force:
        message = _("has {files} already; nothing was written (--force replaces them)").format(files=", ".join(existing))
        raise ConfigError([Problem(str(home), "", message)])
    try:
        home.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=".init-", dir=home))
        try:
            for name, text in texts.items():
                _write(stage / name, text)
            _verify(home, stage)
            return [_move(stage / name, home / name) for name in texts]
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except OSError as error:
        message = _("cannot be written ({reason}); check its permissions and the free space").format(reason=why(error))
        raise ConfigError([Problem(str(home), "", message)]) from None


# ── what the files say ──────────────────────────────────────────────────────────────────────────────────────────


def _texts(home: Path, answers: Answers) -> dict[str, bytes]:
    """The content of every file, by its path in the home folder; ``.env`` last."""
    texts = {"config/mailagent.toml": _main_toml(answers)}
    if answers.product or answers.industry:
        texts["config/catalogue.toml"] = _catalogue_toml(answers)
    if answers.customers:
        texts[CUSTOMERS] = _list(answers.customers, read_customers)
    if answers.opt_outs:
        texts[OPT_OUTS] = _list(answers.opt_outs, read_opt_outs)
    texts[settings.ENV_FILE] = _env(home, answers)
    return texts


def _main_toml(answers: Answers) -> bytes:
    document = {
        "company": _said(answers.company),
        "person": [_said(person) for person in answers.person],
        "mailbox": [_said(mailbox, "password", "oauth_secret", "service_account") for mailbox in answers.mailbox],
        "sending": {"letters": "off"},
    }
    head = (
        "# The company's own settings; all that is not said here stays as mailagent ships it.\n"
        "# Letters to buyers go to the spool folder until [sending] letters is set to \"on\".\n"
        "# After a change run: mailagent check\n\n"
    )
    return (head + tomli_w.dumps(document)).encode()


def _catalogue_toml(answers: Answers) -> bytes:
    document = {"industry": list(answers.industry), "product": [_said(product) for product in answers.product]}
    head = "# Our goods: other names that buyers use go into aliases, a price that letters may name into price.\n\n"
    return (head + tomli_w.dumps(document)).encode()


def _said(table: Table, *without: str) -> dict[str, Any]:
    """A table as TOML can hold it: what was said, without what is empty."""
    said = table.model_dump(mode="python", exclude_unset=True, exclude_none=True, exclude=set(without))
    return {name: _plain(value) for name, value in said.items() if value not in ("", (), {})}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _list(path: str, read) -> bytes:
    """A list that was read through once, so that its mistakes show now; the copy is the file as it is."""
    read(Path(path))
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from None


def _env(home: Path, answers: Answers) -> bytes:
    """The passwords and keys; what an older ``.env`` holds is kept."""
    values = settings.read_env_file(home / settings.ENV_FILE)
    for name in settings.KEYS:
        key = secrets.token_hex(32)
        values.setdefault(name, f"1:{key}" if name == settings.UNSUBSCRIBE_KEYS else key)
    providers = policy.load(None).providers
    for mailbox in answers.mailbox:
        by_token = way_in(mailbox, providers) == "oauth2"
        said = {
            mailbox.password_variable: mailbox.password.get_secret_value(),
            mailbox.oauth_secret_variable: mailbox.oauth_secret.get_secret_value(),
            mailbox.service_account_variable: mailbox.service_account,
        }
        values |= {name: value for name, value in said.items() if value}
        if not by_token:
            values.setdefault(mailbox.password_variable, "")
    head = "# Secrets of mailagent: for this user only (chmod 600), never in a repository. Keep a copy in a safe place.\n"
    return (head + "".join(f"{name}={_quoted(name, value)}\n" for name, value in sorted(values.items()))).encode()


def _quoted(name: str, value: str) -> str:
    """A value as python-dotenv reads it back; quotation marks inside are escaped."""
    if any(ord(character) < 32 for character in value):
        raise ConfigError([Problem(settings.ENV_FILE, name, _("has a line break or another control character in it"))])
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


# ── onto the disk ───────────────────────────────────────────────────────────────────────────────────────────────


def _write(path: Path, text: bytes) -> None:
    """A file for this user only, on the disk before it gets its name."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _verify(home: Path, stage: Path) -> None:
    """Read the new files together with those that stay; raises ConfigError before anything is in its place."""
    for folder in ("config", "templates"):
        for path in (home / folder).rglob("*"):
            copy = stage / path.relative_to(home)
            if path.is_file() and not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
    policy.load(stage)
    settings.load(stage)


def _move(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        os.replace(target, target.with_name(target.name + ".old"))
    os.replace(source, target)
    return target
