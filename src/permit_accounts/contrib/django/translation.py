"""Django's request as the pages see one, and their response as Django's. Nothing is decided here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http.cookies import Morsel
from typing import Final

from django.http import HttpRequest, HttpResponse, UnreadablePostError

from permit_accounts.contrib.dispatch import body_limit
from permit_accounts.web.request import Handler, Request
from permit_accounts.web.response import Response

_log: Final = logging.getLogger("permit_accounts.django")


def answer(handler: Handler, request: HttpRequest) -> HttpResponse:
    """What the handler answers to Django's request; 400 where its body did not come whole."""
    asked = described(request)
    whole = _with_body(asked, request, limit=body_limit(handler, asked))
    if whole is None:
        # Part of a form is no form: either nobody is listening any more, or the project has to be told.
        _log.warning("a body was shorter than announced: it was cut off, or another middleware had read it")
        return HttpResponse(status=400)
    return _translated(handler.handle(whole))


def described(request: HttpRequest) -> Request:
    """All of a request but its body, which is left unread for the view."""
    return Request(
        method=request.method or "",
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        headers=tuple(_headers(request)),
        peer=request.META.get("REMOTE_ADDR", ""),
    )


def _headers(request: HttpRequest) -> Iterator[tuple[str, str]]:
    for name, value in request.headers.items():
        # WSGI has these two, empty, also where they did not come.
        if value or name not in {"Content-Type", "Content-Length"}:
            yield name.lower(), value


def _with_body(asked: Request, request: HttpRequest, *, limit: int) -> Request | None:
    """The request with what was sent; None where less came than was announced.

    It reads the stream and never `request.body`, which has a limit of its own. Where some middleware has read
    `request.body` before, Django's stream begins again.
    """
    length = asked.header("content-length")
    announced = int(length) if length.isascii() and length.isdigit() else 0
    if announced > limit:
        return asked.with_body(None)
    try:
        body = request.read(limit + 1)
    except UnreadablePostError:
        return None
    if len(body) > limit:
        return asked.with_body(None)
    return asked.with_body(body) if len(body) >= announced else None


def _translated(response: Response) -> HttpResponse:
    """The same status, headers and body."""
    translated = HttpResponse(response.body, status=response.status)
    del translated.headers["Content-Type"]  # which Django adds, also to what has no content
    for name, value in response.headers:
        if name.lower() == "set-cookie":
            _set_cookie(translated, value)
        elif name in translated.headers:
            translated.headers[name] = f"{translated.headers[name]}, {value}"  # RFC 9110, 5.3
        else:
            translated.headers[name] = value
    return translated


class _AsWritten(Morsel[str]):
    """A cookie that is sent to the letter; its name, value and attributes can be read as Django's can."""

    line: str

    def OutputString(self, attrs: object = None) -> str:  # noqa: N802 - the name that Django calls
        return self.line


def _set_cookie(response: HttpResponse, line: str) -> None:
    """Django keeps cookies apart from headers and would write the attributes in its own way."""
    pair, *attributes = (part.strip() for part in line.split(";"))
    name, _, value = pair.partition("=")
    cookie = _AsWritten()
    cookie.line = line
    cookie.set(name, value, value)
    for attribute in attributes:
        key, equals, text = attribute.partition("=")
        cookie[key] = text if equals else True
    # A second cookie of the same name, such as one for another path, must not replace the first.
    response.cookies[name if name not in response.cookies else line] = cookie
