"""The desk: the private web page where drafts are read, edited, approved and rejected.

Theory. A GET never changes anything: every page is read in a read-only transaction (``Ledger.reading``). A change is a
POST with a token of its own session, calls one verb of ``Reviewer``, and is answered with 303 back to a page; what is
refused comes back as a page that says why (409) and has kept what was typed. Texts of mails are escaped text and
nothing else, and the Content-Security-Policy forbids everything a page of ours does not need (STANDARDS §7.6).
It speaks only to hosts that are its own, so that no foreign page can reach it under another name (DNS rebinding).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, render_template, request, session
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException

from mailagent import __version__
from mailagent.core.model.policy import Person, Policy
from mailagent.errors import LedgerError, MailagentError
from mailagent.i18n import LANGUAGES, _, language, ngettext, speaking
from mailagent.ledger.db import Ledger
from mailagent.ledger.review import Reviewer
from mailagent.speech import particulars, place, words
from mailagent.speech.sayings import told
from mailagent.web.outlook import Foresee, Outlook
from mailagent.web.serving import WebServer
from mailagent.web.session import Door, SignedIn

SESSION_HOURS = 8
#: A letter may have 50,000 characters, and a Chinese one is nine bytes when a form carries it.
LARGEST_REQUEST = 1_000_000

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class Desk:
    """What the pages work with; each request finds it with ``here()``."""

    ledger: Ledger
    policy: Policy
    now: Callable[[], datetime]
    reviewer_for: Callable[[Person], Reviewer]
    door: Door
    open_as: Person | None
    outlook: Outlook | None = None

    @property
    def person(self) -> Person:
        """Who is signed in."""
        return current_user.person

    @property
    def reviewer(self) -> Reviewer:
        """The verbs, under the name of the person who is signed in."""
        return self.reviewer_for(self.person)


def here() -> Desk:
    """The desk that answers this request."""
    return current_app.extensions["desk"]


def create_desk(
    ledger: Ledger,
    policy: Policy,
    *,
    secret: bytes,
    now: Callable[[], datetime],
    reviewer_for: Callable[[Person], Reviewer],
    passwords: Mapping[str, str] | None,
    open_as: str = "",
    url: str = "",
    foresee: Foresee | None = None,
) -> Flask:
    """The web application.

    Args:
        secret: ``Settings.desk_secret``; signs sessions and one-time links, each under a key of its own.
        now: the clock, UTC and aware.
        reviewer_for: person → the verbs under his name.
        passwords: person's name → password hash (``session.read_desk_passwords``).
        open_as: for the demo: everybody who opens the page is this person.
        url: the address under which people open it, when a web server with TLS stands before it.
        foresee: looks ahead (``jobs/simulate.py``); without it there is no such page.

    Raises:
        MailagentError: ``open_as`` is nobody of ``mailagent.toml``.
    """
    from mailagent.web import ahead, deeds, pages, work

    visitor = policy.person(open_as) if open_as else None
    if open_as and visitor is None:
        raise MailagentError(f'"{open_as}" is not a person of mailagent.toml.')
    app = Flask(__name__)
    public = urlsplit(url)
    app.config.update(
        SECRET_KEY=hmac.new(secret, b"mailagent desk session", hashlib.sha256).digest(),
        SESSION_COOKIE_NAME="mailagent_desk",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=public.scheme == "https",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=SESSION_HOURS),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        # The token lives as long as the session; a letter that was edited over lunch must still be saved.
        WTF_CSRF_TIME_LIMIT=None,
        # We forbid browsers to send a Referer, so it cannot be asked for.
        WTF_CSRF_SSL_STRICT=False,
        OPEN=visitor is not None,
        LOOKS_AHEAD=foresee is not None,
    )
    outlook = Outlook(foresee, now, ledger.close) if foresee else None
    app.extensions["desk"] = Desk(ledger, policy, now, reviewer_for, Door(policy, secret, passwords), visitor, outlook)
    _speak(app)
    _guard(app, {"localhost", "127.0.0.1", "::1", policy.desk.host.lower(), (public.hostname or "").lower()} - {""})
    _sign_in(app)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(deeds.blueprint)
    app.register_blueprint(work.blueprint)
    if outlook:
        app.register_blueprint(ahead.blueprint)
    _explain_errors(app)
    return app


def _speak(app: Flask) -> None:
    """The interface in the language of the person, or the one he chose."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(_, ngettext, newstyle=True)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["harmless"] = words.harmless
    app.jinja_env.filters["told"] = told
    app.jinja_env.filters["country"] = place.country
    app.jinja_env.globals.update(words=words, particulars=particulars, app_version=__version__, language=language)

    @app.before_request
    def begin_speaking() -> None:
        chosen = session.get("language")
        if chosen not in LANGUAGES:
            chosen = current_user.person.language if current_user.is_authenticated else here().policy.desk.language
        g.speaking = ExitStack()
        g.speaking.enter_context(speaking(chosen))

    @app.teardown_request
    def end_speaking(error: BaseException | None) -> None:
        if "speaking" in g:
            g.pop("speaking").close()

    @app.template_filter("ours")
    def our_time(moment: datetime | None) -> str:
        return words.clock_time(moment, here().policy.company.time_zone)


def _guard(app: Flask, hosts: set[str]) -> None:
    """Only our own hosts, tokens on every change, and headers that forbid what no page of ours needs."""
    CSRFProtect(app)

    def check_host() -> tuple[str, int] | None:
        host = request.host.lower()
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        return None if name in hosts else ("This host is not served here.\n", 421)

    # Before everything else, the token's check included.
    app.before_request_funcs.setdefault(None, []).insert(0, check_host)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        response.headers["Cache-Control"] = "private, max-age=3600" if request.path.startswith("/static/") else "no-store"
        return response

    @app.teardown_request
    def close_ledger(error: BaseException | None) -> None:
        here().ledger.close()


def _sign_in(app: Flask) -> None:
    login = LoginManager(app)
    login.login_view = "pages.login"
    login.login_message = None

    @login.user_loader
    def known(name: str) -> SignedIn | None:
        # Asked of the rules at every request: who was taken out of mailagent.toml is out.
        person = here().policy.person(name)
        return SignedIn(person) if person else None

    @login.request_loader
    def visitor(_request: object) -> SignedIn | None:
        return SignedIn(here().open_as) if here().open_as else None


def _explain_errors(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def say_it(error: HTTPException) -> tuple[str, int] | HTTPException:
        if error.code is None or error.code < 400:
            return error
        sentences = {
            400: _("This form is no longer valid: your session may be over. Go back, copy what you typed, and load the page again."),
            404: _("There is nothing here. It may have been a letter or lead of another ledger."),
            405: _("This can only be done with its button."),
            413: _("That was too long."),
        }
        return render_template("message.html", title=str(error.code), text=sentences.get(error.code, error.name)), error.code

    @app.errorhandler(LedgerError)
    def say_what_the_ledger_says(error: LedgerError) -> tuple[str, int]:
        return render_template("message.html", title=_("The ledger cannot be used now"), text=told(str(error))), 503


# ── serving ─────────────────────────────────────────────────────────────────────────────────────────────────────


def serve(app: Flask, host: str, port: int) -> WebServer:
    """Take the port; call ``start()`` to serve and ``stop()`` to end.

    Args:
        host: 127.0.0.1 unless a web server with TLS stands before it.
        port: 0 takes a free one (``.port`` tells which).

    Raises:
        MailagentError: the port is taken, or the host is not of this computer.
    """
    try:
        return WebServer("desk", app, host, port, threads=4, max_request_body_size=LARGEST_REQUEST)
    except OSError as error:
        raise MailagentError(
            _("The desk cannot listen on {host}:{port} ({error}). Choose another port in mailagent.toml [desk].").format(
                host=host, port=port, error=error.strerror or error
            )
        ) from error
