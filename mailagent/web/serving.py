"""A web app on a port of this computer, in threads of this process (waitress). The desk and the public page each have one."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from waitress.server import create_server

#: How long the loop may take to notice that it shall end, and a page that is just written to be done, seconds. The first is reached
#: only where the machine stands still.
LOOP_SECONDS, PAGE_SECONDS = 5.0, 0.5


class WebServer:
    """One app on one port. ``start()`` serves, ``stop()`` ends.

    Args:
        name: of the thread.
        app: a WSGI application (PEP 3333).
        host: of this computer; 127.0.0.1 unless a web server with TLS stands before it on another one.
        port: 0 takes a free one (``.port`` tells which).
        limits: for waitress: threads, the size of requests, how many connections, whose word is taken about the client's address.

    Raises:
        OSError: the port is taken, or the host is not of this computer.
    """

    def __init__(self, name: str, app: Callable, host: str, port: int, **limits):
        self._socket = _listen(host, port)
        self.host, self.port = host, self._socket.getsockname()[1]
        # A line for every request that has to wait would fill the log in a storm.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        # waitress adds "Server: waitress" unless told not to; nobody needs to know.
        self._server = create_server(app, sockets=[self._socket], ident=None, **limits)
        self._thread = threading.Thread(target=self._server.run, name=name, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def start(self) -> None:
        """Serve from now on; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Finish within a second; browsers that hold a connection open are not waited for."""
        if self._thread.is_alive():
            # The loop ends when its map of connections is empty; only its own thread may empty it.
            self._server.trigger.pull_trigger(self._hang_up)
            self._thread.join(LOOP_SECONDS)
        else:
            self._hang_up()
        self._server.task_dispatcher.shutdown(timeout=PAGE_SECONDS)
        # A number that is free again is soon another file's: whoever may still wake the loop keeps the bell that he would ring.
        if not self._thread.is_alive() and not self._server.task_dispatcher.threads:
            self._server.trigger.close()

    def _hang_up(self) -> None:
        """Close the port and all connections. The bell that calls this stays: its first stroke may come before the ringing is over."""
        for connection in list(self._server.active_channels.values()):
            with suppress(OSError):
                connection.close()
        self._server._map.clear()
        self._socket.close()


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError:
        listening.close()
        raise
    return listening
