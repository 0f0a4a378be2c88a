"""Waiting for new mail without asking again and again (IDLE, RFC 2177).

Theory. IDLE is a hint and nothing more. Three things go wrong with the simple way of doing it (SPIKE §7), and each has its line
below: news that came with an earlier answer is never told again; news that came just before IDLE sits in the reading
buffer, where watching the socket does not see it; and a dead link looks like silence.
"""

from __future__ import annotations

import imaplib
import time
from collections.abc import Callable

from mailagent.mailbox.line import Line

#: How often we look whether we should stop, seconds.
GLANCE = 0.5


def forget_news(client: imaplib.IMAP4) -> None:
    """Forget what the server told so far: call before a search, which will see all of it."""
    client.untagged_responses.pop("EXISTS", None)


def has_news(client: imaplib.IMAP4) -> bool:
    """Whether the server told of mail since ``forget_news``."""
    return "EXISTS" in client.untagged_responses


def wait_for_news(client: imaplib.IMAP4, line: Line, seconds: float, stop: Callable[[], bool], noop_seconds: float) -> bool:
    """Wait until the server tells of new mail, ``seconds`` are over, or ``stop()`` is true.

    Args:
        noop_seconds: where the server has no IDLE or refuses it, it is asked this often.

    Returns:
        True if the server told of mail since ``forget_news``.

    Raises:
        imaplib.IMAP4.abort, OSError: the link is dead; only a new connection helps.
    """
    if has_news(client):
        return True
    if "IDLE" not in client.capabilities:
        return _ask_now_and_then(client, seconds, stop, noop_seconds)
    tag = client._command("IDLE")
    # Untagged lines may come before the server's "+"; imaplib keeps them.
    while client._get_response() is not None:
        if client.tagged_commands.get(tag):
            client.tagged_commands.pop(tag)
            return _ask_now_and_then(client, seconds, stop, noop_seconds)
    deadline = time.monotonic() + seconds
    while not has_news(client) and not stop() and (left := deadline - time.monotonic()) > 0:
        if line.has_more(min(left, GLANCE)):
            # Reads a whole line, however many packets it comes in; raises when the link is gone.
            client._get_response()
            _refuse_goodbye(client)
    client.send(b"DONE\r\n")
    # A link that died in silence shows here: no answer within the timeout of the socket.
    while not client.tagged_commands.get(tag):
        client._get_response()
    client.tagged_commands.pop(tag)
    _refuse_goodbye(client)
    return has_news(client)


def _ask_now_and_then(client: imaplib.IMAP4, seconds: float, stop: Callable[[], bool], noop_seconds: float) -> bool:
    deadline = next_question = time.monotonic()
    deadline += seconds
    while not stop():
        if time.monotonic() >= next_question:
            client.noop()
            next_question = time.monotonic() + noop_seconds
        left = deadline - time.monotonic()
        if has_news(client) or left <= 0:
            break
        time.sleep(min(left, GLANCE))
    return has_news(client)


def _refuse_goodbye(client: imaplib.IMAP4) -> None:
    if goodbye := client.untagged_responses.get("BYE"):
        raise client.abort(goodbye[-1].decode("utf-8", "replace"))
