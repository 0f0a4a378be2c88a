"""Waiting for new mail without asking again and again (IDLE, RFC 2177).

Theory. IDLE is a hint and nothing more. Three things go wrong with the simple way of doing it (SPIKE §7), and each has its line
below: news that came with an earlier answer is never told again; news that came just before IDLE sits in the reading
buffer, where watching the socket does not see it; and a dead link looks like silence.
"""

from __future__ import annotations

import imaplib
import select
import ssl
import time
from collections.abc import Callable

#: How often we look whether we should stop, seconds.
GLANCE = 0.5
#: Where the server has no IDLE, it is asked this often, seconds.
NOOP_EVERY = 30.0


def forget_news(client: imaplib.IMAP4) -> None:
    """Forget what the server told so far: call before a search, which will see all of it."""
    client.untagged_responses.pop("EXISTS", None)


def wait_for_news(client: imaplib.IMAP4, seconds: float, stop: Callable[[], bool]) -> bool:
    """Wait until the server tells of new mail, ``seconds`` are over, or ``stop()`` is true.

    Returns:
        True if the server told of mail since ``forget_news``.

    Raises:
        imaplib.IMAP4.abort, OSError: the link is dead; only a new connection helps.
    """
    if _has_news(client):
        return True
    if "IDLE" not in client.capabilities:
        return _ask_now_and_then(client, seconds, stop)
    tag = client._command("IDLE")
    # Untagged lines may come before the server's "+"; imaplib keeps them.
    while client._get_response() is not None:
        if client.tagged_commands.get(tag):
            client.tagged_commands.pop(tag)
            return _ask_now_and_then(client, seconds, stop)
    deadline = time.monotonic() + seconds
    while not _has_news(client) and not stop() and (left := deadline - time.monotonic()) > 0:
        if _is_readable(client, min(left, GLANCE)):
            # Reads a whole line, however many packets it comes in; raises when the link is gone.
            client._get_response()
            _refuse_goodbye(client)
    client.send(b"DONE\r\n")
    # A link that died in silence shows here: no answer within the timeout of the socket.
    while not client.tagged_commands.get(tag):
        client._get_response()
    client.tagged_commands.pop(tag)
    _refuse_goodbye(client)
    return _has_news(client)


def _ask_now_and_then(client: imaplib.IMAP4, seconds: float, stop: Callable[[], bool]) -> bool:
    deadline = next_question = time.monotonic()
    deadline += seconds
    while not stop():
        if time.monotonic() >= next_question:
            client.noop()
            next_question = time.monotonic() + NOOP_EVERY
        left = deadline - time.monotonic()
        if _has_news(client) or left <= 0:
            break
        time.sleep(min(left, GLANCE))
    return _has_news(client)


def _has_news(client: imaplib.IMAP4) -> bool:
    return "EXISTS" in client.untagged_responses


def _refuse_goodbye(client: imaplib.IMAP4) -> None:
    if goodbye := client.untagged_responses.get("BYE"):
        raise client.abort(goodbye[-1].decode("utf-8", "replace"))


def _is_readable(client: imaplib.IMAP4, seconds: float) -> bool:
    return _is_buffered(client) or bool(select.select([client.sock], [], [], seconds)[0])


def _is_buffered(client: imaplib.IMAP4) -> bool:
    """Whether bytes wait in imaplib's buffer or in the TLS layer; takes none of them and never blocks."""
    reader = getattr(client, "_file", None) or client.file
    usual = client.sock.gettimeout()
    client.sock.settimeout(0)
    try:
        return bool(reader.peek(1))
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    finally:
        client.sock.settimeout(usual)
