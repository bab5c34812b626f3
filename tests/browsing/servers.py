"""Servers for tests of pages: any WSGI or ASGI application on a free loopback port, in this process.

Both end completely with their block: no thread, no connection and no port remains. Chromium opens connections
ahead of need and says nothing on them, so whoever ends a server ends those too.

Browsers take a loopback address for a secure origin, so cookies marked `Secure`, and named `__Host-…`, work
here over plain HTTP.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from socketserver import ThreadingMixIn
from threading import Lock, Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import WSGIApplication

HOST = "127.0.0.1"
AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]


class _Silent(WSGIRequestHandler):
    """Logs no requests; the traceback of a fault still goes to standard error, where pytest keeps it."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has in wsgiref
        pass


class _Server(ThreadingMixIn, WSGIServer):
    request_queue_size = 128

    def __init__(self) -> None:
        self._lock = Lock()
        self._connections: set[socket.socket] = set()
        super().__init__((HOST, 0), _Silent)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        super().server_close()


@contextmanager
def serving(application: WSGIApplication) -> Iterator[str]:
    """The base URL at which a WSGI application answers, several requests at once, until the block ends."""
    with _Server() as server:
        server.set_app(application)
        # It looks for the end this often, which is what ending it costs.
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def serving_asgi(application: AsgiApplication) -> Iterator[str]:
    """The same for an ASGI application, in an event loop and a thread of its own."""
    import uvicorn

    config = uvicorn.Config(
        application, log_config=None, log_level="warning", access_log=False, ws="none", loop="asyncio"
    )
    server = uvicorn.Server(config)
    # Who connects before the loop runs waits in the socket's queue.
    with socket.create_server((HOST, 0)) as listening:
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://{HOST}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
