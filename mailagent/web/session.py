"""Who is signed in at the desk: passwords, one-time links, and the brake on guessing.

Three ways in, for people of ``mailagent.toml`` only:

* name and password: the hashes stand in ``<home>/desk-passwords.toml`` (0600), written by ``mailagent desk-password``;
* a link that ``mailagent desk --as NAME`` prints: signed, good for ten minutes and for one use in this process. It is
  a GET like any other and changes nothing; the button on the page it opens signs in;
* ``open_as`` (the demo): whoever opens the page is that person.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import threading
import time
import tomllib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

import tomli_w
from flask_login import UserMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.security import check_password_hash, generate_password_hash

from mailagent.core.model.policy import Person, Policy
from mailagent.errors import ConfigError, MailagentError, Problem
from mailagent.i18n import _
from mailagent.speech.trouble import why

PASSWORD_FILE = "desk-passwords.toml"
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
LINK_SECONDS = 600
TRIES_A_MINUTE, TRIES_A_MINUTE_FROM_ONE_ADDRESS = 5, 30


@dataclass(frozen=True)
class SignedIn(UserMixin):
    """A person at the desk, as flask-login wants to see him."""

    person: Person

    def get_id(self) -> str:
        return self.person.name


# ── passwords ───────────────────────────────────────────────────────────────────────────────────────────────────


def set_desk_password(home: Path, name: str, password: str) -> Path:
    """Give a person a password for the desk; only its hash (scrypt) is written. It counts from the next start on.

    Args:
        home: the company's home folder.
        name: a person of ``mailagent.toml``; the caller has checked that.
        password: 10 to 200 characters.

    Raises:
        MailagentError: the password is too short or too long, or the file cannot be written.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise MailagentError(
            _("A password for the desk has {least} to {most} characters.").format(least=SHORTEST_PASSWORD, most=LONGEST_PASSWORD)
        )
    path = home / PASSWORD_FILE
    hashes = {**read_desk_passwords(home), name: generate_password_hash(password)}
    text = "# Passwords of the desk (hashes). Written by: mailagent desk-password NAME\n" + tomli_w.dumps(hashes)
    try:
        # mkstemp makes the file for this user only; the rename is all or nothing.
        handle, partial = tempfile.mkstemp(dir=home, prefix=".desk-passwords-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise MailagentError(_("{path} cannot be written ({error}).").format(path=path, error=why(error))) from error
    return path


def read_desk_passwords(home: Path) -> dict[str, str]:
    """The hashes by name; an absent file holds none.

    Raises:
        ConfigError: others may read the file, or it is not what ``set_desk_password`` writes.
    """
    path = home / PASSWORD_FILE
    try:
        with path.open("rb") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                raise ConfigError([Problem(PASSWORD_FILE, "", f"other users of this computer can read it; run: chmod 600 {path}")])
            hashes = tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ConfigError([Problem(PASSWORD_FILE, "", "is damaged; remove it and run: mailagent desk-password NAME")]) from None
    except OSError as error:
        raise ConfigError([Problem(PASSWORD_FILE, "", f"cannot be read ({error.strerror}); check who owns {path}")]) from None
    wrong = [name for name, value in hashes.items() if not is_hash(value)]
    if wrong:
        raise ConfigError([Problem(PASSWORD_FILE, name, "is not a hash; run: mailagent desk-password NAME") for name in wrong])
    return hashes


def is_hash(value: object) -> bool:
    """A hash as werkzeug writes it; never a password in plain text."""
    return isinstance(value, str) and re.match(r"(?:scrypt|pbkdf2):[^$]{1,60}\$[^$]{1,100}\$", value) is not None


class Door:
    """Lets people in.

    Args:
        secret: signs the links.
        passwords: person's name → hash; None or empty when nobody has one.
        clock: seconds that only grow, whatever becomes of the computer's time.
    """

    def __init__(self, policy: Policy, secret: bytes, passwords: Mapping[str, str] | None, clock: Callable[[], float] = time.monotonic):
        self.policy, self._clock = policy, clock
        self._hashes = {name.casefold(): value for name, value in (passwords or {}).items()}
        self._signer = _signer(secret)
        self._used: dict[str, float] = {}
        self._tries: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    @property
    def has_passwords(self) -> bool:
        return bool(self._hashes)

    def by_password(self, name: str, password: str, address: str) -> Person | None:
        """The person, if name and password belong together.

        Raises:
            MailagentError: too many tries; wait a minute.
        """
        self._count_try(f"{name.strip().casefold()[:100]} {address}", TRIES_A_MINUTE)
        self._count_try(address, TRIES_A_MINUTE_FROM_ONE_ADDRESS)
        person = self.policy.person(name)
        known = self._hashes.get(person.name.casefold(), "") if person else ""
        # A name that does not exist costs the same time as one that does.
        fits = check_password_hash(known or _hash_of_nobody(), password[:LONGEST_PASSWORD])
        return person if known and fits else None

    def read_link(self, token: str) -> Person | None:
        """Whose link this is; None if it is too old, used, or not ours. Does not use it up."""
        try:
            name, nonce = self._signer.loads(token, max_age=LINK_SECONDS)
        except (BadSignature, ValueError, TypeError):
            return None
        with self._lock:
            return None if nonce in self._used else self.policy.person(name)

    def by_link(self, token: str) -> Person | None:
        """The person, once: the link is used up."""
        person = self.read_link(token)
        if person is None:
            return None
        nonce, now = self._signer.loads(token)[1], self._clock()
        with self._lock:
            if nonce in self._used:
                return None
            # A link that is older than its time is refused by its signature, so it need not be remembered.
            self._used = {n: at for n, at in self._used.items() if now - at < 2 * LINK_SECONDS} | {nonce: now}
        return person

    def _count_try(self, key: str, most: int) -> None:
        now = self._clock()
        with self._lock:
            self._tries = {k: t for k, t in self._tries.items() if t and now - t[-1] < 60} if len(self._tries) > 1000 else self._tries
            tries = self._tries.setdefault(key, deque())
            while tries and now - tries[0] >= 60:
                tries.popleft()
            if len(tries) >= most:
                raise MailagentError(_("Too many tries. Wait a minute, then try again."))
            tries.append(now)


def login_link(secret: bytes, name: str, base: str) -> str:
    """A link that signs a person in: good for ten minutes and one use.

    Args:
        secret: ``Settings.desk_secret``.
        name: of a person in ``mailagent.toml``.
        base: where the desk is, as "http://127.0.0.1:8025".
    """
    return f"{base.rstrip('/')}/enter/{quote(_signer(secret).dumps([name, secrets.token_urlsafe(12)]))}"


@cache
def _hash_of_nobody() -> str:
    return generate_password_hash(secrets.token_hex(16))


def _signer(secret: bytes) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="mailagent desk link")
