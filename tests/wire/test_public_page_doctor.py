"""The doctor tries the public page as a mail provider would: over TLS, without following redirects (RFC 8058 §3.1)."""

from __future__ import annotations

import ssl
import subprocess
import threading
import tomllib
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from mailagent.core.model.policy import Policy
from mailagent.core.model.public import PageWords, PublicPage
from mailagent.core.writing.templates import TemplateSet
from mailagent.doctor.public_page import examine_public_page
from mailagent.ledger.db import Ledger
from mailagent.office import Office
from mailagent.settings import Settings
from mailagent.web.unsubscribe import UnsubscribePage


class Quiet(WSGIRequestHandler):
    def log_message(self, *_what) -> None:
        pass


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    name = "-subj /CN=localhost -addext subjectAltName=DNS:localhost"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 {name} -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def outside(tmp_path, certificate):
    """Serves an app under https://localhost and gives what the doctor finds there."""
    servers = []
    english = PageWords(**tomllib.loads((Path(__file__).parents[2] / "config" / "unsubscribe.toml").read_text("utf-8"))["en"])

    def examine(app=None, trusted: bool = True, port: int = 0) -> tuple[bool | None, str, str]:
        office = Office(
            Settings(tmp_path, b"m" * 32, b"s" * 32, b"d" * 32, {1: b"u" * 32}), Policy(), TemplateSet({}), Ledger(tmp_path / "l.sqlite")
        )
        page = UnsubscribePage(office.ledger, Policy(page_words={"en": english}), office.unsubscribe_keys, office.hash_address, office.now)
        server = make_server("localhost", 0, app or page, handler_class=Quiet)
        servers.append(server)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"https://localhost:{port or server.server_port}"
        office.policy = Policy(public_page=PublicPage(public_url=url), page_words={"en": english})
        trust = ssl.create_default_context(cafile=str(certificate[0])) if trusted else None
        (finding,) = examine_public_page(office, trust)
        return finding.ok, finding.what, finding.advice

    yield examine
    for server in servers:
        server.shutdown()
        server.server_close()


def answers(status: str, text: bytes = b"", **headers):
    def app(environ, start_response):
        start_response(status, [(name.replace("_", "-"), value) for name, value in headers.items()])
        return [text]

    return app


def test_our_page_behind_a_certificate_is_fine(outside):
    ok, _what, advice = outside()
    assert ok is True, advice


@pytest.mark.parametrize(
    ("app", "words"),
    [
        (answers("301 Moved", Location="https://elsewhere.example/"), "redirected"),
        (answers("200 OK", b"Welcome to nginx!"), "it answers 200, and not with our page"),
        (answers("404 Not Found"), "it answers 404"),
        (answers("502 Bad Gateway"), "does mailagent run?"),
    ],
)
def test_what_is_not_our_page_is_said(outside, app, words):
    ok, _what, advice = outside(app)
    assert ok is False and words in advice


def test_a_certificate_that_nobody_trusts_and_a_port_where_nothing_listens(outside):
    ok, _what, advice = outside(trusted=False)
    assert ok is False and "self-signed" in advice.replace(" ", "-")
    assert "is not reached" in outside(port=9)[2]


def test_without_an_address_there_is_nothing_to_try(tmp_path):
    office = Office(
        Settings(tmp_path, b"m" * 32, b"s" * 32, b"d" * 32, {1: b"u" * 32}), Policy(), TemplateSet({}), Ledger(tmp_path / "l.sqlite")
    )
    assert list(examine_public_page(office)) == []
