"""An adapter's second promise: what the handler answers leaves as it is, complete and with nothing added."""

from __future__ import annotations

from typing import Final

import pytest

from permit_accounts.testing.adapter_case import AdapterCase, Echo, Got, Headers, Sent, Serve
from permit_accounts.web.response import Response

#: What a server adds of its own.
_OF_THE_SERVER: Final = frozenset({"connection", "date", "keep-alive", "server"})

_COOKIES: Final = (
    ("Set-Cookie", "__Host-sid=a.b=; Path=/; Secure; HttpOnly; SameSite=Lax"),
    ("Set-Cookie", "__Host-device=c,d; Expires=Fri, 27 Nov 2026 10:00:00 GMT; Path=/; Secure; HttpOnly"),
    ("Set-Cookie", "__Host-sid=; Max-Age=0; Path=/; Secure"),
)


class Answering(AdapterCase):
    """Status, headers and body."""

    @pytest.mark.parametrize("status", [200, 201, 303, 400, 401, 403, 404, 405, 410, 413, 422, 429, 500, 503])
    def test_a_status_is_kept(self, serve: Serve, status: int) -> None:
        """Also one that a framework would answer with a page of its own."""
        response = _page(b"the handler's", status=status)

        got = serve(Echo(response))(Sent())

        assert (status, b"the handler's") == (got.status, got.body)

    def test_headers_are_kept(self, serve: Serve) -> None:
        """None is added, changed, repeated or left out, but for what the server says of itself.

        One that comes twice may leave as one with a comma between, which is the same (RFC 9110, 5.3).
        """
        response = _page(
            b"<p>",
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'self'"),
            ("Referrer-Policy", "no-referrer"),
            ("Vary", "Cookie"),
            ("Vary", "Accept-Language"),
        )

        got = serve(Echo(response))(Sent())

        assert _listed(response.headers) == _listed(_of_the_handler(got))

    @pytest.mark.parametrize("status", [204, 303])
    def test_an_answer_without_content_gets_none(self, serve: Serve, status: int) -> None:
        """Neither a body nor a type of one. A redirect leads where the handler said, letter by letter."""
        location = ("Location", "/sign-in?next=%2Fa%2520b%3Fc%3D%C3%A9&x=1#here")
        length = (("Content-Length", "0"),) if status == 303 else ()
        response = Response(status, (location, *length))

        got = serve(Echo(response))(Sent(method="POST"))

        assert (status, b"", _sorted(response.headers)) == (got.status, got.body, _of_the_handler(got))

    def test_cookies_are_kept_apart(self, serve: Serve) -> None:
        """In order, also two of one name: joined with a comma they would be none (RFC 6265, 3)."""
        response = _page(b"", *_COOKIES)

        got = serve(Echo(response))(Sent())

        assert [value for _, value in _COOKIES] == got.every("Set-Cookie")

    @pytest.mark.parametrize("body", [b"", bytes(range(256)), b"\r\n0\r\n\r\n", b"x" * 300_000])
    def test_a_body_is_kept(self, serve: Serve, body: bytes) -> None:
        """Byte by byte, with its length given once."""
        got = serve(Echo(_page(body)))(Sent())

        assert (body, [str(len(body))]) == (got.body, got.every("Content-Length"))

    def test_head_gets_headers_alone(self, serve: Serve) -> None:
        """The length stays what the handler says that GET would have (RFC 9110, 9.3.2)."""
        response = Response(200, (("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "1234")))

        got = serve(Echo(response))(Sent(method="HEAD"))

        assert (200, b"", _sorted(response.headers)) == (got.status, got.body, _of_the_handler(got))


def _page(body: bytes, *headers: tuple[str, str], status: int = 200) -> Response:
    first = ("Content-Type", "text/html; charset=utf-8")
    return Response(status, (first, ("Content-Length", str(len(body))), *headers), body)


def _sorted(headers: Headers) -> Headers:
    return tuple(sorted((name.lower(), value) for name, value in headers))


def _listed(headers: Headers) -> Headers:
    return _sorted(tuple((name, part.strip()) for name, value in headers for part in value.split(",")))


def _of_the_handler(got: Got) -> Headers:
    given = _sorted(got.headers)
    if got.status == 204:  # some servers say that nothing is nothing
        given = tuple(header for header in given if header != ("content-length", "0"))
    return tuple(header for header in given if header[0] not in _OF_THE_SERVER)
