"""Where this installation lives, and its secrets: the home folder, ``.env`` and the environment.

The environment wins over ``.env``, and nothing read here is written back into it. Secrets never enter the ledger,
a log or an error: they are bytes in fields that ``repr`` leaves out. Each key serves one purpose (STANDARDS §7.8).
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from mailagent.core.model.login import registration, way_in
from mailagent.core.model.policy import Mailbox, Policy
from mailagent.errors import ConfigError, Problem

ENV_FILE = ".env"
#: A list of secrets is short; anything larger is not one, bytes.
LARGEST_FILE = 1_000_000
MESSAGE_ID_KEY = "MAILAGENT_MESSAGE_ID_KEY"
SUPPRESSION_KEY = "MAILAGENT_SUPPRESSION_KEY"
DESK_SECRET = "MAILAGENT_DESK_SECRET"
UNSUBSCRIBE_KEYS = "MAILAGENT_UNSUBSCRIBE_KEYS"
KEYS = (MESSAGE_ID_KEY, SUPPRESSION_KEY, DESK_SECRET, UNSUBSCRIBE_KEYS)

HEX_KEY = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Settings:
    """The places and secrets of one installation.

    Attributes:
        home: the company's folder; all other paths lie in it.
        message_id_key: names our own letters, so that answers to them are known again.
        unsubscribe_keys: by number, for links that stop letters; the highest number signs, all of them verify.
        suppression_key: turns an address that asked us to stop into a hash that survives erasure.
        desk_secret: signs the sessions of the desk.
        passwords, app_secrets: by the name of their variable; of mailboxes, and of the apps that get their tokens.
        service_accounts, dkim_keys: by the name of its variable, the path of a key file.
    """

    home: Path
    message_id_key: bytes = field(repr=False)
    suppression_key: bytes = field(repr=False)
    desk_secret: bytes = field(repr=False)
    unsubscribe_keys: Mapping[int, bytes] = field(repr=False)
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    app_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    service_accounts: Mapping[str, str] = field(default_factory=dict)
    dkim_keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def ledger_path(self) -> Path:
        return self.home / "ledger.sqlite"

    @property
    def sources_folder(self) -> Path:
        """Received mails that are too large for the ledger."""
        return self.home / "sources"

    @property
    def spool_folder(self) -> Path:
        """Where letters go while sending is off."""
        return self.home / "spool"

    @property
    def backup_folder(self) -> Path:
        return self.home / "backup"

    @property
    def log_folder(self) -> Path:
        return self.home / "log"

    @property
    def import_folder(self) -> Path:
        """Lists of customers and opt-outs that ``init`` put there for the ledger to take in."""
        return self.home / "import"

    @property
    def token_folder(self) -> Path:
        """OAuth tokens, a file for each mailbox."""
        return self.home / "tokens"

    def password(self, mailbox: Mailbox) -> str:
        """The password of one mailbox.

        Raises:
            ConfigError: there is none; names the variable.
        """
        password = self.passwords.get(mailbox.password_variable)
        if not password:
            raise ConfigError([_missing_password(mailbox)])
        return password

    def service_account(self, mailbox: Mailbox) -> str:
        """The text of the key file with which a service account acts for a mailbox.

        Raises:
            ConfigError: none is named, it cannot be read, or others can read it.
        """
        return self._key_file(mailbox.service_account_variable, self.service_accounts, "the service account's key file")

    def dkim_key(self, mailbox: Mailbox) -> str:
        """The key (PEM) with which the letters of a mailbox are signed.

        Raises:
            ConfigError: none is named, it cannot be read, or others can read it.
        """
        return self._key_file(mailbox.dkim_key_variable, self.dkim_keys, "the key that signs its letters; run: mailagent dkim-key")

    def _key_file(self, variable: str, paths: Mapping[str, str], what: str) -> str:
        named = paths.get(variable)
        if not named:
            raise ConfigError([Problem(ENV_FILE, variable, f"is missing: the path of {what}")])
        return _private_text(self.home / Path(named).expanduser(), f"{variable}: {named}")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be seen in a log: the passwords, the apps' secrets, and the keys as they are written in ``.env``."""
        keys = (self.message_id_key, self.suppression_key, self.desk_secret, *self.unsubscribe_keys.values())
        said = (*self.passwords.values(), *self.app_secrets.values())
        return (*(secret for secret in said if secret), *(key.hex() for key in keys))


def find_home(option: str | Path | None) -> Path:
    """The company's home folder: the one asked for, else ``MAILAGENT_HOME``, else the working folder."""
    return Path(option or os.environ.get("MAILAGENT_HOME") or ".").expanduser().resolve()


def load(home: Path) -> Settings:
    """Places and secrets of this home.

    Raises:
        ConfigError: ``.env`` is readable for others or broken, or a key is missing; all of it at once.
    """
    problems: list[Problem] = []
    values = _values(home, problems)
    if problems:
        # What the file holds is not known; that all of it is missing would only hide the one mistake.
        raise ConfigError(problems)
    keys = {name: _key(name, values.get(name, ""), problems) for name in (MESSAGE_ID_KEY, SUPPRESSION_KEY, DESK_SECRET)}
    unsubscribe_keys = _numbered_keys(values.get(UNSUBSCRIBE_KEYS, ""), problems)
    if problems:
        raise ConfigError(problems)

    def of_mailboxes(end: str) -> Mapping[str, str]:
        named = {name: value for name, value in values.items() if name.startswith("MAILAGENT_") and name.endswith(end)}
        return MappingProxyType(named)

    return Settings(
        home=home,
        message_id_key=keys[MESSAGE_ID_KEY],
        suppression_key=keys[SUPPRESSION_KEY],
        desk_secret=keys[DESK_SECRET],
        unsubscribe_keys=MappingProxyType(unsubscribe_keys),
        passwords=of_mailboxes("_PASSWORD"),
        app_secrets=of_mailboxes("_OAUTH_SECRET"),
        service_accounts=of_mailboxes("_SERVICE_ACCOUNT"),
        dkim_keys=of_mailboxes("_DKIM_KEY"),
    )


def check(home: Path, policy: Policy) -> list[Problem]:
    """What is wrong with the secrets: a broken or open ``.env``, missing keys, mailboxes without what opens them."""
    try:
        settings = load(home)
    except ConfigError as error:
        return list(error.problems)
    problems: list[Problem] = []
    for mailbox in policy.mailboxes:
        try:
            if mailbox.dkim_selector:
                settings.dkim_key(mailbox)
        except ConfigError as error:
            problems.extend(error.problems)
        try:
            if way_in(mailbox, policy.providers) != "oauth2":
                settings.password(mailbox)
                continue
            app = registration(mailbox, policy.providers)
            if app.flow == "service_account":
                settings.service_account(mailbox)
            elif (app.flow == "application" or app.needs_secret) and not settings.app_secrets.get(mailbox.oauth_secret_variable):
                problems.append(Problem(ENV_FILE, mailbox.oauth_secret_variable, f"is missing: the secret of the app {app.client_id}"))
        except ConfigError as error:
            problems.extend(error.problems)
    return problems


def read_env_file(path: Path) -> dict[str, str]:
    """The names and values of a ``.env`` file; an absent file holds none.

    Raises:
        ConfigError: others may read it, or it is not a list of NAME='value' lines.
    """
    try:
        text = _private_text(path)
    except FileNotFoundError:
        return {}
    # A line that cannot be read is passed over by dotenv with a word in the log: the password in it would be missing, and nobody knew why.
    # What stands there is not repeated, for it may be that password.
    broken = [
        Problem(path.name, "", f"line {one.original.line} cannot be read; write NAME='value'")
        for one in parse_stream(io.StringIO(text))
        if one.error
    ]
    if broken:
        raise ConfigError(broken)
    # Passwords may hold "$": nothing is filled in.
    values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    bare = [Problem(path.name, name, "has no value; write NAME='value'") for name, value in values.items() if value is None]
    if bare:
        raise ConfigError(bare)
    return {name: value for name, value in values.items() if value is not None}


def _private_text(path: Path, key: str = "") -> str:
    """What a file with secrets says. Raises ``ConfigError``: others may read it, or it is no text."""
    file_name = ENV_FILE if key else path.name

    def wrong(message: str) -> ConfigError:
        return ConfigError([Problem(file_name, key, message)])

    try:
        # Asked of the open file, so that nobody can change it between the question and the reading.
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if os.name == "posix" and mode & 0o077:
                raise wrong(f"other users of this computer can read it; run: chmod 600 {path}")
            return file.read(LARGEST_FILE).decode("utf-8-sig")
    except FileNotFoundError:
        if not key:
            raise
        raise wrong("there is no such file") from None
    except UnicodeDecodeError:
        raise wrong("is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise wrong(f"cannot be read ({error.strerror}); check who owns {path}") from None


def _values(home: Path, problems: list[Problem]) -> dict[str, str]:
    """What ``.env`` and the environment say together; empty values count as not said."""
    try:
        values = read_env_file(home / ENV_FILE)
    except ConfigError as error:
        problems.extend(error.problems)
        values = {}
    said = {name: value for name, value in os.environ.items() if name.startswith("MAILAGENT_") and value}
    return {**values, **said}


def _key(name: str, value: str, problems: list[Problem]) -> bytes:
    if HEX_KEY.fullmatch(value.strip()):
        return bytes.fromhex(value.strip())
    what = "is not a key (64 hexadecimal digits)" if value else "is missing"
    problems.append(Problem(ENV_FILE, name, f"{what}; run: mailagent init"))
    return b""


def _numbered_keys(value: str, problems: list[Problem]) -> dict[int, bytes]:
    """``1:<hex>,2:<hex>`` → keys by number."""
    keys: dict[int, bytes] = {}
    for piece in filter(None, (piece.strip() for piece in value.split(","))):
        number, _, key = piece.partition(":")
        if not re.fullmatch(r"[0-9]{1,6}", number) or not HEX_KEY.fullmatch(key) or int(number) in keys:
            problems.append(Problem(ENV_FILE, UNSUBSCRIBE_KEYS, "is not a list of number:key, divided by commas, each number once"))
            return {}
        keys[int(number)] = bytes.fromhex(key)
    if not keys:
        problems.append(Problem(ENV_FILE, UNSUBSCRIBE_KEYS, "is missing; run: mailagent init"))
    return keys


def _missing_password(mailbox: Mailbox) -> Problem:
    return Problem(ENV_FILE, mailbox.password_variable, f"is missing: the password of {mailbox.address}")
