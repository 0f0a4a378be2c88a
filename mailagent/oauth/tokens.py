"""The tokens of one mailbox: kept, renewed in time, and never asked for twice at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from mailagent.core.model.login import Registration, registration
from mailagent.core.model.policy import Mailbox, Provider
from mailagent.errors import ConfigError, LoginRefused
from mailagent.oauth import grants
from mailagent.oauth.cache import Token, TokenCache
from mailagent.oauth.request import Denied
from mailagent.settings import Settings

log = logging.getLogger(__name__)

#: A token with less left than this is renewed first.
MARGIN = timedelta(minutes=5)
#: A login that ends sooner than this is told of, or sooner than a tenth of its life.
WARNING = timedelta(days=2)


@dataclass
class MailboxTokens:
    """A ``TokenSource``; safe for several threads and processes at once.

    Args:
        registration: the app; a function, so that a mistake in it shows at the login and not before.
        secret: the app's secret; "" where it has none.
        service_account: reads the key file of a service account.
        now: the clock; UTC, aware.
    """

    registration: Callable[[], Registration]
    cache: TokenCache
    now: Callable[[], datetime]
    secret: str = field(default="", repr=False)
    service_account: Callable[[], Mapping[str, Any]] = dict
    _unsaved: Token | None = field(default=None, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def token(self, refused: str = "") -> str:
        """An access token for the next minutes; see ``TokenSource.token``."""
        app = self._app()
        found = self._kept(app)
        if self._is_good(found, refused):
            return found.access_token
        with self._turn, self.cache.locked():
            # Somebody else may have fetched one while we waited.
            found = self._kept(app)
            if self._is_good(found, refused):
                return found.access_token
            new = self._fetch(app, found)
            self._keep(new)
            log.info("mailbox %s: a new access token until %s", app.mailbox, f"{new.expires_at:%Y-%m-%d %H:%M} UTC")
            return new.access_token

    def keep(self, token: Token) -> None:
        """Take over what a person's consent has brought. Raises ``MailboxUnreachable``, ``OSError``."""
        with self._turn, self.cache.locked():
            self.cache.write(token)
            self._unsaved = None

    def trouble(self) -> str:
        """What a person should do about this login soon, in one sentence; "" if nothing. Asks nobody."""
        try:
            app = self._app()
            found = self._kept(app)
        except LoginRefused as error:
            return str(error)
        if not app.by_person:
            return ""
        if found is None or not found.refresh_token:
            return str(_nobody_agreed(app))
        if found.refused:
            return str(_must_agree_again(app, found))
        if self._unsaved:
            return f"mailbox {app.mailbox}: its new token cannot be written to {self.cache.path}; make room, or check who owns the folder."
        now = self.now()
        ends = found.login_ends_at or (found.obtained_at + timedelta(days=app.login_days) if app.login_days else None)
        if ends is None or ends - now > max(WARNING, (ends - found.obtained_at) / 10):
            return ""
        return f"mailbox {app.mailbox}: its login ends on {ends:%Y-%m-%d}; run: mailagent auth {app.mailbox}"

    def _app(self) -> Registration:
        try:
            return self.registration()
        except ConfigError as error:
            raise LoginRefused("; ".join(str(problem) for problem in error.problems)) from None

    def _kept(self, app: Registration) -> Token | None:
        # What could not be written stays the truth until somebody logs in anew. A token of another app or account is no token.
        candidates = (self._unsaved, self.cache.read())
        ours = [token for token in candidates if token and token.client == grants.client_of(app)]
        return max(ours, key=lambda token: token.obtained_at, default=None)

    def _is_good(self, token: Token | None, refused: str) -> bool:
        if token is None or token.access_token == refused or token.refused:
            return False
        life = token.expires_at - token.obtained_at
        return token.expires_at - self.now() > min(MARGIN, life / 2)

    def _fetch(self, app: Registration, old: Token | None) -> Token:
        if app.flow == "application":
            return grants.application_token(app, self.secret, self.now())
        if app.flow == "service_account":
            try:
                key = self.service_account()
            except ConfigError as error:
                raise LoginRefused(str(error)) from None
            except ValueError:
                raise grants.no_key(app) from None
            return grants.service_account_token(app, key, self.now())
        if old is None or not old.refresh_token:
            raise _nobody_agreed(app)
        if old.refused:
            # Asking again would change nothing, and some providers lock accounts for it.
            raise _must_agree_again(app, old)
        try:
            return grants.refresh(app, self.secret, old, self.now())
        except Denied as denied:
            dead = replace(old, refused=str(denied))
            self._keep(dead)
            raise _must_agree_again(app, dead) from None

    def _keep(self, token: Token) -> None:
        """Write it down; where that fails it lives on in memory, because the old refresh token may be void already."""
        try:
            self.cache.write(token)
            self._unsaved = None
        except OSError as error:
            self._unsaved = token
            log.error("%s cannot be written (%s); the token is lost when mailagent ends", self.cache.path, error.strerror)


def open_tokens(mailbox: Mailbox, providers: Mapping[str, Provider], settings: Settings, now: Callable[[], datetime]) -> MailboxTokens:
    """The tokens of a mailbox that logs in by them, as the configuration and the secrets have it."""
    return MailboxTokens(
        lambda: registration(mailbox, providers),
        TokenCache(settings.token_folder / mailbox.token_file, f"mailbox {mailbox.name}"),
        now,
        settings.app_secrets.get(mailbox.oauth_secret_variable, ""),
        lambda: grants.read_service_account(settings.service_account(mailbox)),
    )


def _nobody_agreed(app: Registration) -> LoginRefused:
    return LoginRefused(f"mailbox {app.mailbox}: nobody has logged in yet; run: mailagent auth {app.mailbox}")


def _must_agree_again(app: Registration, token: Token) -> LoginRefused:
    return LoginRefused(f"mailbox {app.mailbox}: its login has ended ({token.refused}); run: mailagent auth {app.mailbox}")
