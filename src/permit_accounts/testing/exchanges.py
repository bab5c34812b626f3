"""Three ways to send a request and see what comes back: over a socket, and through an application in memory.

What a client library would tidy, such as two dots in a path or a length that is a lie, is sent as it is.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from threading import Thread
from typing import Any, Final
from urllib.parse import unquote, unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment
from wsgiref.util import setup_testing_defaults

from permit_accounts.testing.adapter_case import Exchange, Got, Headers, Sent, lengths

Event = MutableMapping[str, Any]
ASGIApplication = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Event]], Callable[[Event], Awaitable[None]]],
    Awaitable[None],
]

#: Nothing that is right takes so long, even on a busy machine.
_SECONDS: Final = 60
_PEER: Final = ("127.0.0.1", 49152)
#: A body comes in parts, so that what reads one part only is found.
_PART: Final = 400


def over_socket(host: str, port: int) -> Exchange:
    """Each request on a connection of its own, which is half closed where less is sent than was said."""

    def exchange(sent: Sent) -> Got:
        headers = (("Host", "permits.example.gov"), ("Connection", "close"), *_complete(sent))
        head = [f"{sent.method} {sent.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
        wire = "\r\n".join([*head, "", ""]).encode("latin-1") + sent.body
        with socket.create_connection((host, port), _SECONDS) as connection:
            with suppress(ConnectionError):  # answered before all was sent
                connection.sendall(wire)
                if _declared(headers) > len(sent.body):
                    connection.shutdown(socket.SHUT_WR)
            return _read(connection, sent.method)

    return exchange


def through_wsgi(application: WSGIApplication) -> Exchange:
    """Each request as a call with an environment, as a server without chunks makes it (PEP 3333)."""

    def exchange(sent: Sent) -> Got:
        started: list[tuple[str, list[tuple[str, str]]]] = []
        parts: list[bytes] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: object = None, /
        ) -> Callable[[bytes], object]:
            started.append((status, headers))
            return parts.append

        answered = application(_environ(sent), start_response)
        try:
            parts.extend(answered)
        finally:
            getattr(answered, "close", lambda: None)()
        ((status, given),) = started
        # What is white around a value is none of it (RFC 9110, 5.5), and nobody would receive it.
        headers = tuple((name, value.strip(" \t")) for name, value in given)
        return Got(status=int(status.split()[0]), headers=headers, body=b"".join(parts))

    return exchange


@contextmanager
def through_asgi(application: ASGIApplication) -> Iterator[Exchange]:
    """Each request as a task of one event loop, which runs in a thread while this is entered."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield lambda sent: asyncio.run_coroutine_threadsafe(_called(application, sent), loop).result(_SECONDS)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _complete(sent: Sent) -> Headers:
    if lengths(sent.headers) or not (sent.body or sent.method == "POST"):
        return sent.headers
    return (*sent.headers, ("Content-Length", str(len(sent.body))))


def _declared(headers: Headers) -> int:
    """What the headers say of the length; -1 where they say nothing that is a length."""
    for name, value in headers:
        if name.lower() == "content-length":
            return int(value[:18]) if value.isascii() and value.isdigit() else -1
    return 0


def _read(connection: socket.socket, method: str) -> Got:
    response = HTTPResponse(connection, method=method)
    try:
        response.begin()
        body = response.read()
    except (ConnectionError, HTTPException):
        return Got(status=0)
    finally:
        response.close()
    return Got(status=response.status, headers=tuple(response.getheaders()), body=body)


def _environ(sent: Sent) -> WSGIEnvironment:
    path, _, query = sent.target.partition("?")
    environ: WSGIEnvironment = {"wsgi.input": BytesIO(sent.body)}
    setup_testing_defaults(environ)
    environ |= {
        "REQUEST_METHOD": sent.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REMOTE_ADDR": _PEER[0],
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    for name, value in _complete(sent):
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


async def _called(application: ASGIApplication, sent: Sent) -> Got:
    declared = _declared(_complete(sent))
    if declared < 0:
        return Got(status=400)  # no server hands on a length that is none
    events = _body_events(sent.body[:declared], whole=declared <= len(sent.body))
    answered: list[Event] = []
    finished = asyncio.Event()

    async def receive() -> Event:
        if not events:
            await finished.wait()
            return {"type": "http.disconnect"}
        return events.pop(0)

    async def send(event: Event) -> None:
        answered.append(event)
        if event["type"] == "http.response.body" and not event.get("more_body"):
            finished.set()

    await application(_scope(sent), receive, send)
    return _got(answered)


def _body_events(body: bytes, *, whole: bool) -> list[Event]:
    starts = range(0, len(body) or 1, _PART)
    events: list[Event] = [
        {"type": "http.request", "body": body[start : start + _PART], "more_body": True} for start in starts
    ]
    if whole:
        events[-1]["more_body"] = False
    else:
        events.append({"type": "http.disconnect"})
    return events


def _scope(sent: Sent) -> Event:
    path, _, query = sent.target.partition("?")
    headers = (("Host", "permits.example.gov"), *_complete(sent))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": sent.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": _PEER,
        "server": ("127.0.0.1", 80),
    }


def _got(answered: list[Event]) -> Got:
    if not answered:
        return Got(status=0)
    start, *rest = answered
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"])
    return Got(
        status=start["status"], headers=headers, body=b"".join(event.get("body", b"") for event in rest)
    )
