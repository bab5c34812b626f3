"""The pages in any WSGI server or framework: what stands in the environment becomes a request (PEP 3333).

    application = wsgi_app(site, console, otherwise=the_application)

The peer is the connection's own, `REMOTE_ADDR`. Middleware that overwrites it from `X-Forwarded-For`, such as
werkzeug's `ProxyFix`, takes the decision which proxies to trust away from the site: leave it out, or tell the
site of no proxies.

WSGI hands on a header that came twice as one, with a comma between; most servers do so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from permit_accounts.contrib.dispatch import body_limit, handler_of_each_path, plain_answer
from permit_accounts.contrib.streams import UnreadableError, whole_body
from permit_accounts.web.request import Handler, Request
from permit_accounts.web.response import Response

_UNPREFIXED: Final = ("CONTENT_TYPE", "CONTENT_LENGTH")


def wsgi_app(*handlers: Handler, otherwise: WSGIApplication | None = None) -> WSGIApplication:
    """An application that gives each handler its own paths, exactly, and all else to `otherwise`.

    Without `otherwise` any other path is not found; one that is no UTF-8 is a bad request.

    Raises:
        ConfigurationError: Two handlers answer the same path.
    """
    by_path = handler_of_each_path(handlers)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = path_of(environ)
        handler = None if path is None else by_path.get(path)
        if handler is not None:
            return start(answer(handler, environ), start_response)
        if otherwise is not None:
            return otherwise(environ, start_response)
        status = HTTPStatus.BAD_REQUEST if path is None else HTTPStatus.NOT_FOUND
        return start(plain_answer(status, method=environ["REQUEST_METHOD"]), start_response)

    return application


def answer(handler: Handler, environ: WSGIEnvironment) -> Response:
    """The handler's answer to what stands in the environment, or why it was not asked."""
    asked = request_of(environ)
    try:
        body = _body(environ, body_limit(handler, asked))
    except UnreadableError as unreadable:
        return plain_answer(unreadable.status, method=asked.method)
    return handler.handle(asked.with_body(body))


def start(response: Response, start_response: StartResponse) -> list[bytes]:
    """Send a response: the status with its usual name, the headers as they are."""
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "Unnamed"
    start_response(f"{response.status} {phrase}", list(response.headers))
    return [response.body] if response.body else []


def path_of(environ: WSGIEnvironment) -> str | None:
    """The path with the prefix that the application is mounted under; None where it is no UTF-8."""
    given = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    try:
        text: str = given.encode("latin-1").decode()
    except UnicodeError:
        return None
    return text


def request_of(environ: WSGIEnvironment) -> Request:
    """What stands in the environment, without the body, which is left unread."""
    return Request(
        method=environ["REQUEST_METHOD"].upper(),
        path=path_of(environ) or "",
        query=environ.get("QUERY_STRING", ""),
        headers=tuple(_headers(environ)),
        peer=environ.get("REMOTE_ADDR", ""),
    )


def _headers(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    for key, value in environ.items():
        if key in _UNPREFIXED:
            if value:
                yield key.lower().replace("_", "-"), value
        elif key.startswith("HTTP_") and key[5:] not in _UNPREFIXED:
            yield key[5:].lower().replace("_", "-"), value


def _body(environ: WSGIEnvironment, limit: int) -> bytes | None:
    """The whole body, or None where it is longer than the limit.

    A server that says `wsgi.input_terminated` ends the stream itself, so that a body in chunks can be read;
    with any other nothing may be read past `CONTENT_LENGTH` (PEP 3333, "Input and Error Streams").
    """
    chunked = "HTTP_TRANSFER_ENCODING" in environ
    ends = bool(environ.get("wsgi.input_terminated"))
    if chunked and not ends:
        raise UnreadableError(HTTPStatus.LENGTH_REQUIRED)
    declared = "" if chunked else environ.get("CONTENT_LENGTH") or ""
    return whole_body(environ["wsgi.input"], declared=declared, limit=limit, ends=ends)
