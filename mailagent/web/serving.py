"""A web app on a port of this computer, in threads of this process (waitress). The desk and the public page each have one."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable

from waitress.server import create_server
from waitress.wasyncore import close_all


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
            self._server.trigger.pull_trigger(lambda: close_all(self._server._map, ignore_all=True))
            self._thread.join(1.0)
        else:
            self._server.close()
        self._server.task_dispatcher.shutdown(timeout=0.5)
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
