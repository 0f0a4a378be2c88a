"""The public page: it can stop letters, and nothing else (RFC 8058; STANDARDS §4.2).

Theory. The programmes of mail providers and security gateways open every link of a letter, many times, and some fill in
forms. So a GET changes nothing and does not even look into the ledger: its answer was made when the server started. Only a POST
with the words of RFC 8058 counts, as a mail program sends them for its user or the button of the page does; it is committed
before it is answered, and answered alike whatever the token is: valid, used, forged, of an erased person. There is no cookie, no
login, no redirect, no script and nothing to load. Nobody who asks too often is served, but a signed wish to stop takes effect
even then, because a lost one breaks the law and costs us nothing.
"""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import re
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape
from werkzeug.datastructures import LanguageAccept
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_accept_header, parse_options_header

from mailagent.core.model.policy import Policy
from mailagent.core.writing import tokens
from mailagent.errors import LedgerError
from mailagent.ledger import journal, stops
from mailagent.ledger.db import Ledger
from mailagent.web.brake import Brake

log = logging.getLogger(__name__)

#: Both encodings of the few words that count fit many times into this, bytes.
LARGEST_BODY = 16_384
#: What the form must say (RFC 8058 §3.2).
ONE_CLICK = ("List-Unsubscribe", "One-Click")
BODIES = ("application/x-www-form-urlencoded", "multipart/form-data")
#: Who was told to wait, or that it did not work, tries again after so many seconds.
COME_BACK = "60"
FALLBACK = "en"

_PATH = re.compile(r"/u/(?:([a-z]{2,3})/)?([A-Za-z0-9._~-]{1,300})/?")
_STYLE = Path(__file__).with_name("static") / "unsubscribe.css"

Answer = tuple[str, bytes, tuple[tuple[str, str], ...]]


class UnsubscribePage:
    """The WSGI application (PEP 3333).

    Args:
        keys: of unsubscribe tokens, oldest first; all of them are accepted.
        hash_address: the keyed hash under which suppressions are remembered.
        now: the clock, UTC and aware; clock: seconds that only go forward, for the brake.
    """

    def __init__(
        self,
        ledger: Ledger,
        policy: Policy,
        keys: Sequence[bytes],
        hash_address: Callable[[str], str],
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ):
        self._ledger, self._keys, self._hash_address, self._now = ledger, tuple(keys), hash_address, now
        self._brake = Brake(policy.public_page.requests_per_minute, clock)
        self._prefix = re.sub(r"^https://[^/]*", "", policy.public_page.public_url)
        style = _STYLE.read_text("utf-8").strip()
        self._pages = _render(policy, style)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self._headers = (
            (
                "Content-Security-Policy",
                f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            ),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Robots-Tag", "noindex, nofollow, noarchive"),
            ("Cache-Control", "no-store"),
        )

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        try:
            status, body, more = self._answer(environ)
        except Exception:
            # Whoever asked learns nothing of our insides, and may try again.
            log.exception("the public page broke over a request")
            status, body, more = _plain("500 Internal Server Error", "Please try again later.\n")
        kinds = () if any(name == "Content-Type" for name, _value in more) else (("Content-Type", "text/html; charset=utf-8"),)
        start_response(status, [*self._headers, *kinds, *more, ("Content-Length", str(len(body)))])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _answer(self, environ: dict) -> Answer:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        found = _PATH.fullmatch(path.removeprefix(self._prefix) if self._prefix else path)
        if path.endswith("/robots.txt") and method in ("GET", "HEAD"):
            return _plain("200 OK", "User-agent: *\nDisallow: /\n")
        if found is None:
            return _plain("404 Not Found", "There is nothing here.\n")
        if method not in ("GET", "HEAD", "POST"):
            return _plain("405 Method Not Allowed", "Open the link of the letter.\n", ("Allow", "GET, HEAD, POST"))
        language, token = self._language(found[1], environ), found[2]
        is_calm = self._brake.lets_pass(environ.get("REMOTE_ADDR", ""))
        if method == "POST":
            return self._post(environ, token, language, is_calm)
        return self._page(language, "ask") if is_calm else self._wait(language)

    def _post(self, environ: dict, token: str, language: str, is_calm: bool) -> Answer:
        form = _form(environ)
        if form is None or form.get(ONE_CLICK[0]) != ONE_CLICK[1]:
            return self._page(language, "not_understood", "400 Bad Request") if is_calm else self._wait(language)
        only_matter = form.get("page") == "1" and form.get("scope") == "matter"
        try:
            self._stop(token, only_matter, environ.get("HTTP_USER_AGENT", ""), is_page=form.get("page") == "1")
        except LedgerError as error:
            log.error("a wish to stop could not be written down; its sender was asked to come back: %s", error)
            return self._page(language, "not_now", "503 Service Unavailable", ("Retry-After", COME_BACK))
        if not is_calm:
            return self._wait(language)
        return self._page(language, "done_matter" if only_matter else "done")

    def _stop(self, token: str, only_matter: bool, agent: str, is_page: bool) -> None:
        """Write the wish down; on return it is on the disk, what waited is cancelled, and every claim from now on sees it."""
        named = tokens.read_unsubscribe_link(token, self._keys)
        if named is None:
            log.info("the public page: a token that is not ours")
            return
        contact_id, lead_id = named
        way = "the button of the page" if is_page else "one click (RFC 8058)"
        evidence = f"{way} of the link in a letter" + ("" if only_matter else f"; {_printable(agent)}".rstrip("; "))
        chosen = lead_id if only_matter else None
        with self._ledger.reading() as db:
            if stops.has_stopped(db, contact_id, chosen, self._hash_address):
                return
        with self._ledger.transaction() as db:
            events = stops.stop_by_link(db, contact_id, chosen, evidence, self._hash_address, self._now())
            journal.record(db, events, now=self._now())
        log.info("the public page: contact %d stops %s", contact_id, f"matter {chosen}" if chosen else "all letters")

    # ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _page(self, language: str, name: str, status: str = "200 OK", *more: tuple[str, str]) -> Answer:
        return status, self._pages[language, name], (("Content-Language", language), *more)

    def _wait(self, language: str) -> Answer:
        return self._page(language, "too_many", "429 Too Many Requests", ("Retry-After", COME_BACK))

    def _language(self, asked: str | None, environ: dict) -> str:
        """The letter's language, which stands in the link; else the reader's own."""
        known = [language for language, name in self._pages if name == "ask"]
        if asked in known:
            return asked
        wanted = parse_accept_header(environ.get("HTTP_ACCEPT_LANGUAGE", "")[:200], LanguageAccept)
        return wanted.best_match(known, FALLBACK)


def _render(policy: Policy, style: str) -> dict[tuple[str, str], bytes]:
    """Every page in every language; nothing on them depends on who asks."""
    room = Environment(loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, trim_blocks=True)
    template, company = room.get_template("unsubscribe.html"), policy.company
    name = company.short_name or company.legal_name
    pages: dict[tuple[str, str], bytes] = {}
    for code, words in policy.page_words.items():
        # A Latin name in an Arabic sentence keeps its own direction, its last full stop included.
        said = {key: escape(text).replace("{company}", Markup("<bdi>{}</bdi>").format(name)) for key, text in words}
        usual = {"code": code, "words": words, "style": style, "company": company.legal_name, "address": company.postal_address}
        usual["heading"] = words.title.replace("{company}", name)
        for note in ("", "done", "done_matter", "not_understood", "too_many", "not_now"):
            text = template.render(said | usual | {"note": said.get(note, ""), "is_done": note.startswith("done")})
            pages[code, note or "ask"] = text.encode("utf-8")
    return pages


def _plain(status: str, text: str, *more: tuple[str, str]) -> Answer:
    return status, text.encode("ascii"), (("Content-Type", "text/plain; charset=utf-8"), *more)


def _form(environ: dict) -> dict[str, str] | None:
    """What a form of one of the two encodings says; None for anything else, and for more than belongs into it."""
    kind, options = parse_options_header(environ.get("CONTENT_TYPE", "")[:300])
    length = environ.get("CONTENT_LENGTH", "")
    if kind not in BODIES or not re.fullmatch(r"[0-9]{1,5}", length) or int(length) > LARGEST_BODY:
        return None
    parser = FormDataParser(max_form_memory_size=LARGEST_BODY, max_content_length=LARGEST_BODY, max_form_parts=10, silent=True)
    try:
        # No more than was announced: some servers keep the stream open behind it (PEP 3333).
        body = io.BytesIO(environ["wsgi.input"].read(int(length)))
        _stream, fields, files = parser.parse(body, kind, int(length), options)
    except (HTTPException, ValueError):
        return None
    return None if files else fields.to_dict()


def _printable(agent: str) -> str:
    """What the programme calls itself, for the record: one short line."""
    return re.sub(r"[^\x20-\x7e]", "?", agent)[:160].strip()
