"""A submission server that takes tokens (aiosmtpd): as strict about the length of a command as the standard."""

from __future__ import annotations

import base64
import json

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import MISSING, SMTP, AuthResult
from door import own_port
from oauth_server import OAuthServer

FAREWELLS = {"XOAUTH2": b"", "OAUTHBEARER": b"\x01"}


class TokenSmtp:
    """Listens on a free port of this machine; ``letters`` are what was handed in, ``talk`` how the logins went."""

    def __init__(self, login_server: OAuthServer, mechanism: str = "XOAUTH2") -> None:
        self.login_server, self.mechanism = login_server, mechanism
        self.letters: list[bytes] = []
        self.talk: list[str] = []
        # aiosmtpd finds the mechanisms of its handler by the names of their methods.
        setattr(self, f"auth_{mechanism}", self.check)
        self.port = own_port()
        only_tokens = {"auth_require_tls": False, "auth_required": True, "auth_exclude_mechanism": ("LOGIN", "PLAIN")}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **only_tokens)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 (the name is aiosmtpd's)
        self.letters.append(envelope.content)
        return "250 OK id=1"

    async def check(self, server: SMTP, args: list[str]) -> AuthResult:
        """RFC 4954 and RFC 7628: the words in the command or after a 334; an explanation before the no."""
        self.talk.append("in one line" if len(args) > 1 else "on a line of its own")
        words = base64.b64decode(args[1]) if len(args) > 1 else await server.challenge_auth("")
        if words is MISSING:
            return AuthResult(success=False)
        fields = dict(part.split("=", 1) for part in words.decode().split("\x01") if "=" in part)
        user = fields["user"] if self.mechanism == "XOAUTH2" else words.decode().partition("a=")[2].partition(",")[0]
        if user and self.login_server.owner(fields["auth"].removeprefix("Bearer ")) == user:
            return AuthResult(success=True, auth_data=user)
        farewell = await server.challenge_auth(json.dumps({"status": "401", "schemes": "bearer"}))
        assert farewell == FAREWELLS[self.mechanism], farewell
        self.talk.append("refused")
        return AuthResult(success=False, handled=False)
