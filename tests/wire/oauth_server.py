"""A login server (OAuth 2.0) on this machine: it checks what the standards ask of a client, issues tokens, rotates and revokes them.

Dovecot and the SMTP server of the tests ask it whether a token is good, so that a login is as real as at a provider.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

CLIENT, APP, APP_SECRET = "mailagent-desk", "mailagent-app", "the app's secret"
SCOPE = "mail.read mail.send"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class No(Exception):
    """Refuses with an error of RFC 6749 §5.2."""

    def __init__(self, error: str, text: str = "", status: int = 400):
        self.answer, self.status = {"error": error, "error_description": text}, status


class OAuthServer:
    """The server and everything a test may turn.

    Attributes:
        person: who sits in front of the browser and agrees; "" declines.
        life: of access tokens, seconds.
        refresh_life: told as ``refresh_token_expires_in``; 0: not told.
        pending: how often the device answers "not yet" first.
        scope: what is granted.
        down: answers 503 to everything at the token's address.
        slow: seconds before a token is answered.
        asked: every form that came to the token's address, without its secrets.
        public_key: of the service account.
    """

    def __init__(self) -> None:
        self.reset()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Door)
        self._server.oauth = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def reset(self) -> None:
        """As it was built: nobody agreed to anything."""
        self.person, self.life, self.refresh_life, self.pending, self.scope = "", 3600, 0, 0, SCOPE
        self.down, self.slow, self.public_key, self.rotates = False, 0.0, None, True
        self.asked: list[dict[str, str]] = []
        self.faults: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._refresh: dict[str, str] = {}
        self._spent: dict[str, str] = {}
        self._access: dict[str, tuple[str, float]] = {}

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    # ── what a test asks and does ───────────────────────────────────────────────────────────────────────────────

    def grant(self, user: str, life: float = 3600) -> str:
        """An access token out of the hand."""
        token = secrets.token_urlsafe(24)
        self._access[token] = (user, time.time() + life)
        return token

    def lasting(self, user: str) -> str:
        """A refresh token out of the hand."""
        token = secrets.token_urlsafe(24)
        self._refresh[token] = user
        return token

    def revoke(self, user: str) -> None:
        """The account takes its permission back: nothing of his is good any more."""
        self.end_access(user)
        self._refresh = {token: owner for token, owner in self._refresh.items() if owner != user}

    def end_access(self, user: str) -> None:
        """Access tokens end before their time; the permission stays."""
        self._access = {token: kept for token, kept in self._access.items() if kept[0] != user}

    def owner(self, token: str) -> str:
        """Whose access token it is; "" if it is not good."""
        user, ends = self._access.get(token, ("", 0))
        return user if ends > time.time() else ""

    @property
    def grants(self) -> list[str]:
        """What was asked for, in order: the last word of each grant type."""
        return [form["grant_type"].rpartition(":")[2] for form in self.asked]

    # ── the pages ───────────────────────────────────────────────────────────────────────────────────────────────

    def authorise(self, query: dict[str, str]) -> str:
        """The page of consent; where the browser goes next (RFC 6749 §4.1.1, RFC 8252 §8.3)."""
        back = urlsplit(query["redirect_uri"])
        assert query["client_id"] == CLIENT and back.hostname in ("127.0.0.1", "localhost") and back.scheme == "http"
        assert query["response_type"] == "code" and query["code_challenge_method"] == "S256"
        assert len(query["code_challenge"]) == 43 and len(query["state"]) >= 22 and query["scope"] == SCOPE
        if not self.person:
            return f"{query['redirect_uri']}/?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        code = secrets.token_urlsafe(16)
        self._codes[code] = query | {"user": self.person}
        return f"{query['redirect_uri']}/?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> dict:
        """The token's address."""
        self.asked.append({name: value for name, value in form.items() if name not in ("client_secret", "refresh_token", "assertion")})
        time.sleep(self.slow)
        if self.down:
            raise No("temporarily_unavailable", status=503)
        with self._lock:
            grants = {
                "authorization_code": self._by_code,
                "refresh_token": self._by_refresh,
                "client_credentials": self._by_app,
                DEVICE_GRANT: self._by_device,
                JWT_GRANT: self._by_key,
            }
            return grants[form["grant_type"]](form)

    def device(self, form: dict[str, str]) -> dict:
        """A code for another device (RFC 8628 §3.2)."""
        if form["client_id"] != CLIENT or form["scope"] != SCOPE:
            raise No("invalid_client")
        self._codes["device"] = {"user": self.person}
        return {"device_code": "device", "user_code": "ABCD-EFGH", "verification_uri": self.url, "expires_in": 60, "interval": 1}

    def introspect(self, form: dict[str, str]) -> dict:
        """Is a token good, and whose is it (RFC 7662)?"""
        owner = self.owner(form.get("token", ""))
        return {"active": True, "email": owner, "username": owner} if owner else {"active": False}

    def _by_code(self, form: dict[str, str]) -> dict:
        asked = self._codes.pop(form["code"], None)
        if asked is None or form["redirect_uri"] != asked["redirect_uri"] or form["client_id"] != asked["client_id"]:
            raise No("invalid_grant", "the code is not good")
        if not 43 <= len(form["code_verifier"]) <= 128:
            raise No("invalid_request", "verifier")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if challenge != asked["code_challenge"]:
            raise No("invalid_grant", "PKCE")
        return self._issue(asked["user"], lasting=True)

    def _by_refresh(self, form: dict[str, str]) -> dict:
        token = form["refresh_token"]
        if user := self._spent.get(token):
            # Twice the same: a thief, or a client that lost count. Both lose everything (RFC 6819 §5.2.2.3).
            self.faults.append("refresh token used twice")
            self.revoke(user)
        user = self._refresh.get(token)
        if user is None or form["client_id"] != CLIENT:
            raise No("invalid_grant", "Token has been expired or revoked.")
        if self.rotates:
            self._spent[token] = self._refresh.pop(token)
        return self._issue(user, lasting=self.rotates)

    def _by_app(self, form: dict[str, str]) -> dict:
        if form["client_id"] != APP or form.get("client_secret") != APP_SECRET:
            raise No("invalid_client", "AADSTS7000215: Invalid client secret provided.", 401)
        return self._issue(self.person, lasting=False)

    def _by_device(self, form: dict[str, str]) -> dict:
        if self.pending:
            self.pending -= 1
            raise No("slow_down" if self.pending == 1 else "authorization_pending")
        if not self._codes[form["device_code"]]["user"]:
            raise No("access_denied")
        return self._issue(self._codes.pop(form["device_code"])["user"], lasting=True)

    def _by_key(self, form: dict[str, str]) -> dict:
        from google.auth import jwt

        try:
            claims = jwt.decode(form["assertion"], certs=self.public_key, audience=f"{self.url}/token")
        except ValueError as error:
            raise No("invalid_grant", f"Invalid JWT Signature. {type(error).__name__}") from None
        if claims["iss"] != "agent@project.example" or claims["scope"] != SCOPE or claims["exp"] - claims["iat"] > 3600:
            raise No("unauthorized_client", "Client is unauthorized to retrieve access tokens using this method")
        return self._issue(claims["sub"], lasting=False)

    def _issue(self, user: str, lasting: bool) -> dict:
        said = {"access_token": self.grant(user, self.life), "token_type": "Bearer", "expires_in": self.life, "scope": self.scope}
        if lasting:
            said["refresh_token"] = self.lasting(user)
        if lasting and self.refresh_life:
            said["refresh_token_expires_in"] = self.refresh_life
        return said


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    oauth: OAuthServer

    def server_bind(self) -> None:
        TCPServer.server_bind(self)


class _Door(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:  # noqa: N802 (the name is http.server's)
        parts = urlsplit(self.path)
        if parts.path != "/authorise":
            return self._say(404, {})
        self.send_response(302)
        self.send_header("Location", self.server.oauth.authorise(dict(parse_qsl(parts.query))))
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def do_POST(self) -> None:  # noqa: N802 (the name is http.server's)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        page = {"/token": self.server.oauth.token, "/device": self.server.oauth.device, "/introspect": self.server.oauth.introspect}
        answer = page.get(urlsplit(self.path).path)
        if answer is None:
            return self._say(404, {})
        try:
            self._say(200, answer(form))
        except No as no:
            self._say(no.status, no.answer)
        except KeyError as missing:
            self._say(400, {"error": "invalid_request", "error_description": str(missing)})
        return None

    def _say(self, status: int, answer: dict) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """Quiet."""
