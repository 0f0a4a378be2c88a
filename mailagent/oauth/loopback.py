"""Where a person's browser returns to after his consent: a small server on this computer, for one answer (RFC 8252 §7.3).

Only this computer can reach it, only an answer with our own ``state`` counts, and it says in the person's language that
he may close the window. Whatever else knocks (another tab, a scanner, a stale answer) is turned away and waited past.
"""

from __future__ import annotations

import html
import secrets
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from urllib.parse import parse_qs, urlsplit

from mailagent.errors import LoginRefused
from mailagent.i18n import _, language, set_language

PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>mailagent</title>
<style>body {{ font: 18px/1.5 system-ui, sans-serif; max-width: 32em; margin: 15vh auto; padding: 0 1em; color: #222 }}
h1 {{ font-size: 1.3em }}</style></head><body><h1>{title}</h1><p>{text}</p></body></html>
"""
#: The longest address that is looked at, characters.
LONGEST_ADDRESS = 8_000


class Answer:
    """What the browser brought back: a code, or the word for why there is none."""

    def __init__(self, code: str = "", error: str = ""):
        self.code = code
        self.error = error


def read_answer(address: str, state: str) -> Answer:
    """The code in the address that the browser was sent to (RFC 6749 §4.1.2).

    Raises:
        ValueError: this is no answer, or not the one to our question; says which.
    """
    if len(address) > LONGEST_ADDRESS:
        raise ValueError(_("this address is too long"))
    said = parse_qs(urlsplit(address.strip()).query, keep_blank_values=True, max_num_fields=50)
    # An answer to a question of somebody else would connect us with his mailbox.
    if not secrets.compare_digest("".join(said.get("state", ())).encode(), state.encode()):
        raise ValueError(_("this is not the answer to our question (state)"))
    if error := said.get("error"):
        # It is shown in a terminal.
        return Answer(error="".join(char if char.isprintable() else " " for char in error[0][:100]))
    if len(said.get("code", ())) != 1 or not said["code"][0]:
        raise ValueError(_("there is no code in it"))
    return Answer(said["code"][0])


class Loopback:
    """Listens on 127.0.0.1 until the answer has come; a context manager.

    Args:
        host: the name under which this computer is registered: 127.0.0.1 or localhost.
        port: 0 for any that is free.

    Raises:
        LoginRefused: the port is taken.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0):
        try:
            self._server = _Server(("127.0.0.1", port), _Door)
        except OSError as error:
            raise LoginRefused(
                f"port {port} of this computer cannot be used ({error.strerror}); name another one in oauth_port, or 0 for any."
            ) from None
        self.port = self._server.server_address[1]
        self.redirect_uri = f"http://{host}:{self.port}"
        self._server.hosts = (f"127.0.0.1:{self.port}", f"localhost:{self.port}")

    def __enter__(self) -> Loopback:
        return self

    def __exit__(self, *_error) -> None:
        self._server.server_close()

    def wait(self, state: str, seconds: float) -> Answer | None:
        """The answer to the question with this ``state``; None when ``seconds`` are over."""
        answers: list[Answer] = []

        def take(address: str) -> str:
            answers.append(read_answer(address, state))
            return answers[-1].error

        self._server.take, self._server.language = take, language()
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            return answers[0] if self._server.answered.wait(seconds) else None
        finally:
            self._server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    # A browser that keeps its connection open must not keep us. Another programme's port is not to be shared.
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = False
    take: Callable[[str], str]
    hosts: tuple[str, ...] = ()
    language = "en"

    def __init__(self, *args):
        self.answered = threading.Event()
        super().__init__(*args)

    def server_bind(self) -> None:
        # HTTPServer would ask the DNS for our name here, which can take half a minute.
        TCPServer.server_bind(self)

    def handle_error(self, *_) -> None:
        """A connection that breaks is nobody's concern."""


class _Door(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10
    server_version = "mailagent"
    sys_version = ""

    def do_GET(self) -> None:  # noqa: N802 (the name is http.server's)
        # This thread has no language of its own yet.
        set_language(self.server.language)
        # A page of the internet could call us under a name of its own that leads here.
        if urlsplit(self.path).path != "/" or self.headers.get("Host", "").lower() not in self.server.hosts:
            self._say(404, _("There is nothing here"), _("mailagent waits for the answer of your mail provider."))
            return
        try:
            error = self.server.take(self.path)
        except ValueError as refused:
            self._say(400, _("This does not belong to us"), _("{why}. Go back to the terminal and begin again.").format(why=refused))
            return
        if error:
            self._say(200, _("You did not agree"), _("mailagent cannot read the mailbox. You can close this window."))
        else:
            self._say(200, _("Thank you"), _("You can close this window and go back to the terminal."))
        self.server.answered.set()

    def _say(self, status: int, title: str, text: str) -> None:
        page = PAGE.format(language=self.server.language, title=html.escape(title), text=html.escape(text)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        # The address holds the code: it must not travel on to anybody, nor stay in a cache.
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_) -> None:
        """The address holds the code: nothing is logged."""
