"""Whether the public page is reached from outside as RFC 8058 wants it: https, no redirect, and a look changes nothing."""

from __future__ import annotations

import secrets
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator

from mailagent.core.writing import tokens
from mailagent.doctor.finding import Finding
from mailagent.i18n import _
from mailagent.office import Office

SECONDS = 10
LARGEST_ANSWER = 100_000


class _StayHere(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer, not a way: one-click requests must not be redirected (RFC 8058 §3.1)."""

    def redirect_request(self, *_what):
        return None


def examine_public_page(office: Office, trust: ssl.SSLContext | None = None) -> Iterator[Finding]:
    """Ask the page under its public address, as a mail provider would; nothing where no address is configured.

    The token is signed and names nobody, so that the whole way is tried and nobody is silenced.
    """
    page = office.policy.public_page
    if not page.public_url:
        return
    token = tokens.unsubscribe_token(0, office.unsubscribe_keys)
    url = tokens.unsubscribe_url(page.public_url, "en", token)
    what = _("the public page {url}").format(url=page.public_url)
    for body, words in ((None, office.policy.page_words["en"].button), (b"List-Unsubscribe=One-Click", "")):
        status, text = ask(url, body, trust)
        if status is None:
            yield Finding(False, what, _("it is not reached: {error}; see docs/unsubscribe.md").format(error=text))
            return
        if 300 <= status < 400:
            yield Finding(False, what, _("it is redirected, which one-click requests must not be: let the web server pass /u/ on as it is"))
            return
        if status != 200 or words not in text:
            advice = _(
                "it answers {status}, and not with our page: does the web server pass /u/ on to {host}:{port}, and does mailagent run?"
            )
            yield Finding(False, what, advice.format(status=status, host=page.host, port=page.port))
            return
    yield Finding(True, what)


def ask(url: str, body: bytes | None, trust: ssl.SSLContext | None) -> tuple[int | None, str]:
    """Status and text; without a status the text says what is wrong."""
    opener = urllib.request.build_opener(_StayHere, urllib.request.HTTPSHandler(context=trust or ssl.create_default_context()))
    request = urllib.request.Request(url, body, {"User-Agent": f"mailagent-doctor/{secrets.token_hex(4)}"})
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            return answer.status, answer.read(LARGEST_ANSWER).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, ""
    except urllib.error.URLError as error:
        reason = error.reason
        return None, getattr(reason, "verify_message", "") or str(getattr(reason, "strerror", "") or reason)[:200]
    except (OSError, ValueError) as error:
        return None, str(error)[:200]
