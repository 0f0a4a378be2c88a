"""Opens the public page (``web/unsubscribe.py``) on an office; there is none unless it has an https address."""

from __future__ import annotations

from mailagent.core.model.public import PublicPage
from mailagent.errors import MailagentError
from mailagent.i18n import _
from mailagent.office import Office
from mailagent.web.serving import WebServer
from mailagent.web.unsubscribe import LARGEST_BODY, UnsubscribePage

#: Whoever keeps connections open without asking anything holds no more than this, and each for so many seconds.
CONNECTIONS, SILENCE_SECONDS = 400, 20


def open_public_page(office: Office, *, port: int | None = None) -> WebServer | None:
    """Serve the public page in threads of its own; ``.stop()`` ends it. None if no ``public_url`` is configured.

    Args:
        port: instead of the one in ``mailagent.toml [unsubscribe]``; 0 takes a free one.

    Raises:
        MailagentError: the port is taken.
    """
    page = office.policy.public_page
    if not page.public_url:
        return None
    app = UnsubscribePage(office.ledger, office.policy, office.unsubscribe_keys, office.hash_address, office.now)
    server = serve(app, page, page.port if port is None else port)
    server.start()
    return server


def serve(app: UnsubscribePage, page: PublicPage, port: int) -> WebServer:
    """Take the port, with limits that a flood cannot pass: few threads, small requests, so many connections and no longer than needed."""
    limits = {
        "threads": 4,
        "connection_limit": CONNECTIONS,
        "backlog": 1024,
        "channel_timeout": SILENCE_SECONDS,
        "cleanup_interval": 5,
        "max_request_body_size": LARGEST_BODY,
        "max_request_header_size": 16_384,
        "asyncore_use_poll": True,
        # Whose requests they are is believed of nobody but the web server before us.
        "trusted_proxy": page.trusted_proxy or None,
        "trusted_proxy_headers": {"x-forwarded-for"} if page.trusted_proxy else None,
        "clear_untrusted_proxy_headers": True,
    }
    try:
        return WebServer("public-page", app, page.host, port, **limits)
    except OSError as error:
        raise MailagentError(
            _("The public page cannot listen on {host}:{port} ({error}). Choose another port in mailagent.toml [unsubscribe].").format(
                host=page.host, port=port, error=error.strerror or error
            )
        ) from error
