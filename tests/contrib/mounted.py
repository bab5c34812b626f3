"""Real servers on the loopback address, and an application beside the handler, for the tests of adapters."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import WSGIApplication

import uvicorn

from permit_accounts.contrib.asgi import ASGIApplication
from permit_accounts.testing.adapter_contract import ELSEWHERE, Exchange
from permit_accounts.testing.exchanges import over_socket


def in_event_loop() -> bool:
    """Whether an event loop waits for the caller."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def wsgi_elsewhere(environ, start_response):
    """An application of the city's own, for WSGI."""
    found = environ["PATH_INFO"] == "/elsewhere"
    start_response("200 OK" if found else "404 Not Found", [("Content-Type", "text/plain")])
    return [ELSEWHERE] if found else [b"the application has no such page"]


async def asgi_elsewhere(scope, receive, send):
    """An application of the city's own, for ASGI."""
    found = scope["path"] == "/elsewhere"
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
    await send({"type": "http.response.body", "body": ELSEWHERE if found else b"no such page"})


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


class _Silent(WSGIRequestHandler):
    def log_message(self, format, *args):  # noqa: A002
        pass


@contextmanager
def wsgi_server(application: WSGIApplication) -> Iterator[Exchange]:
    """The standard library's server."""
    with make_server("127.0.0.1", 0, application, _Threaded, _Silent) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield over_socket("127.0.0.1", server.server_port)
        finally:
            server.shutdown()
            thread.join()


class Uvicorn:
    """A server that is started once, since that takes a while, and serves one application after another."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __call__(self, scope, receive, send) -> None:
        await self._application(scope, receive, send)

    def serve(self, application: ASGIApplication) -> Exchange:
        """Put this application in the place of the one before."""
        self._application = application
        return self._exchange


@contextmanager
def asgi_server() -> Iterator[Uvicorn]:
    """Uvicorn, which believes no proxy here."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        application = Uvicorn(over_socket(*listening.getsockname()))
        config = uvicorn.Config(application, proxy_headers=False, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield application
        finally:
            server.should_exit = True
            thread.join()
