"""Django's request as the pages see one, and their response as Django's. Nothing is decided here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http import HTTPStatus
from http.cookies import Morsel
from typing import Final

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from permit_accounts.contrib.dispatch import body_limit, plain_answer
from permit_accounts.contrib.streams import UnreadableError, whole_body
from permit_accounts.web.request import Handler, Request
from permit_accounts.web.response import Response

_log: Final = logging.getLogger("permit_accounts.django")


def answer(handler: Handler, request: HttpRequest) -> HttpResponse:
    """What the handler answers to Django's request, or why it was not asked."""
    asked = described(request)
    try:
        body = _body(request, asked, limit=body_limit(handler, asked))
    except UnreadableError as unreadable:
        # Part of a form is no form: either nobody is listening any more, or the project has to be told.
        _log.warning("a body did not come as announced: it was cut off, or another middleware had read it")
        return _translated(plain_answer(unreadable.status, method=asked.method))
    return _translated(handler.handle(asked.with_body(body)))


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


def _body(request: HttpRequest, asked: Request, *, limit: int) -> bytes | None:
    """The whole body, or None where it is longer than the limit.

    It reads the stream and never `request.body`, which has a limit of its own. Where some middleware has read
    `request.body` before, Django's stream begins again. Of a body in chunks Django gives nothing on WSGI.
    """
    if isinstance(request, WSGIRequest) and asked.header("transfer-encoding"):
        raise UnreadableError(HTTPStatus.LENGTH_REQUIRED)
    try:
        return whole_body(request, declared=asked.header("content-length"), limit=limit)
    except UnreadablePostError as error:
        raise UnreadableError(HTTPStatus.BAD_REQUEST) from error


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
