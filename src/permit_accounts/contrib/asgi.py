"""The pages in any ASGI server or framework: what stands in the scope becomes a request (ASGI 3.0).

    application = asgi_app(site, console, otherwise=the_application)

A handler blocks, so it runs in a thread; see `permit_accounts.contrib.pools`. Going to a thread and back
takes longer than a look into a database on this machine; see `in_loop` of `asgi_app`.

The peer is the connection's own, the scope's `client`. A server that overwrites it from `X-Forwarded-For`, as
uvicorn does by default for a proxy on the same machine (`proxy_headers`), takes the decision which proxies to
trust away from the site: switch that off (`--no-proxy-headers`), or tell the site of no proxies.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any, Final

from permit_accounts import ConfigurationError, TryAgainLater
from permit_accounts.contrib.dispatch import handler_of_each_path, plain_answer
from permit_accounts.contrib.pools import QUICK_THREADS, Pools
from permit_accounts.web.request import Handler, Request
from permit_accounts.web.response import Response

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
ASGIApplication = Callable[[Scope, Receive, Send], Awaitable[None]]

_COME_AGAIN: Final = (("Retry-After", "5"),)


class ClientGoneError(Exception):
    """The client went away before its request was complete, so nobody waits for an answer."""


def asgi_app(
    *handlers: Handler,
    otherwise: ASGIApplication | None = None,
    quick_threads: int = QUICK_THREADS,
    in_loop: Collection[str] = (),
) -> ASGIApplication:
    """An application that gives each handler its own paths, exactly, and all else to `otherwise`.

    Without `otherwise` any other path is not found, a websocket is refused, and the server's start and stop
    are answered.

    Args:
        handlers: The pages.
        otherwise: The application around them.
        quick_threads: How many requests that take no hash are answered at once.
        in_loop: Paths, such as `/api/session`, whose GET and HEAD are answered in the event loop itself. Only
            for a store that is on this machine and answers in less than the way to a thread and back. While
            it answers, this process does nothing else: where it waits for a lock, as a session check may
            once in `session_touch` when it writes, all wait with it, up to the store's own time-out.

    Raises:
        ConfigurationError: Two handlers answer the same path, or none answers one that is read in the loop.
    """
    by_path = handler_of_each_path(handlers)
    require_answered(in_loop, by_path)
    pools = Pools(quick_threads, in_loop=in_loop)
    rest = otherwise or _nothing_else

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        handler = by_path.get(scope["path"]) if scope["type"] == "http" else None
        if handler is None:
            await rest(scope, receive, send)
        else:
            await answer(handler, pools, scope=scope, receive=receive, send=send)

    return application


def require_answered(in_loop: Iterable[str], paths: Collection[str]) -> None:
    """Refuse a path that is to be read in the loop and is nobody's: it was misspelled.

    Raises:
        ConfigurationError: There is one.
    """
    unknown = sorted(set(in_loop) - set(paths))
    if unknown:
        raise ConfigurationError(f"no handler answers {unknown[0]}, which in_loop names")


async def answer(handler: Handler, pools: Pools, *, scope: Scope, receive: Receive, send: Send) -> None:
    """Ask the handler and send what it answers; nothing is sent to a client that went away."""
    asked = request_of(scope)
    try:
        body = await _body(asked, receive, await pools.body_limit(handler, asked))
        response = await pools.handle(handler, asked.with_body(body))
    except ClientGoneError:
        return
    except TryAgainLater:
        response = plain_answer(HTTPStatus.SERVICE_UNAVAILABLE, method=asked.method, headers=_COME_AGAIN)
    await send_response(response, send)


def request_of(scope: Scope) -> Request:
    """What stands in the scope, without the body, which is not received yet.

    The handshake of a WebSocket is a GET (RFC 6455, 4.1).
    """
    client = scope.get("client")
    return Request(
        method=scope.get("method", "GET"),
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
        peer=client[0] if client else "",
    )


async def send_response(response: Response, send: Send) -> None:
    """Send a response: names of headers in lower case, as ASGI wants them, and values as they are."""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


async def _body(asked: Request, receive: Receive, limit: int) -> bytes | None:
    """The whole body, or None where it is longer than the limit; then the rest is not received.

    Where the body ends is the server's affair, so a declared length only saves reading.

    Raises:
        ClientGoneError: The client went away first.
    """
    length = asked.header("content-length")
    if length.isdecimal() and float(length) > limit:
        return None
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ClientGoneError
        part = event.get("body", b"")
        size += len(part)
        if size > limit:
            return None
        parts.append(part)
        more = event.get("more_body", False)
    return b"".join(parts)


async def _nothing_else(scope: Scope, receive: Receive, send: Send) -> None:
    """What is answered where there is no other application."""
    match scope["type"]:
        case "http":
            await send_response(plain_answer(HTTPStatus.NOT_FOUND, method=scope["method"]), send)
        case "websocket":
            await receive()
            await send({"type": "websocket.close"})
        case "lifespan":
            await _lifespan(receive, send)
        case other:
            raise ValueError(f"there is no answer to a scope of type {other!r}")


async def _lifespan(receive: Receive, send: Send) -> None:
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})
