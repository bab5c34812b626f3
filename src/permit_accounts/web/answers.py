"""How answers are put together: headers that every answer carries, pages, JSON, redirects.

The headers are those that ASVS 5.0, 3.4 and 14.3.2 ask of pages with personal data: nothing is cached,
framed, sniffed or loaded from elsewhere, no script or style stands in the page itself, and no address that
was open here is told to the next site. The content type of a page or of JSON is always UTF-8.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Final

from permit_accounts.web.response import Response

Header = tuple[str, str]

_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_EVERY: Final[tuple[Header, ...]] = (
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
_PERSONAL: Final[tuple[Header, ...]] = (
    *_EVERY,
    ("Cache-Control", "no-store"),
    ("Vary", "Cookie, Authorization, Accept-Language"),
)
_PAGE: Final[tuple[Header, ...]] = (
    *_PERSONAL,
    ("Content-Security-Policy", _POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
#: What is shown by nobody loads nothing (OWASP REST Security Cheat Sheet, Security Headers).
_NOTHING: Final[Header] = ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
_HTML: Final[tuple[Header, ...]] = (*_PAGE, ("Content-Type", "text/html; charset=utf-8"))
_PLAIN: Final[tuple[Header, ...]] = (*_PERSONAL, _NOTHING, ("Content-Type", "text/plain; charset=utf-8"))
_JSON: Final[tuple[Header, ...]] = (*_PERSONAL, _NOTHING, ("Content-Type", "application/json"))
#: Made once: `json.dumps` makes one for each call that wants other separators than its own.
_COMPACT: Final = json.JSONEncoder(separators=(",", ":"))
#: Two years, as browsers' own lists of such sites ask (RFC 6797).
_STRICT_TRANSPORT: Final[Header] = ("Strict-Transport-Security", "max-age=63072000")


def html(text: str, *, status: int = 200, headers: Iterable[Header] = ()) -> Response:
    """A page. Half a character, which some server may find in a path, is shown as a question mark."""
    return _whole(status, _HTML, headers, text.encode("utf-8", "replace"))


def as_json(members: Mapping[str, object], *, status: int = 200, headers: Iterable[Header] = ()) -> Response:
    """A JSON object."""
    return _whole(status, _JSON, headers, _COMPACT.encode(members).encode("ascii"))


def plain(status: HTTPStatus, *, headers: Iterable[Header] = ()) -> Response:
    """The name of a status as plain text, where no page can be made."""
    return _whole(status, _PLAIN, headers, f"{status.phrase}\n".encode("ascii"))


def see_other(path: str, *, headers: Iterable[Header] = ()) -> Response:
    """Go on by GET to another page of this site (RFC 9110, 15.4.4)."""
    return _whole(303, (*_PAGE, ("Location", path)), headers, b"")


def download(body: bytes, *, name: str, content_type: str) -> Response:
    """A file that the browser keeps and does not open."""
    kept = (("Content-Type", content_type), ("Content-Disposition", f'attachment; filename="{name}"'))
    return _whole(200, (*_PERSONAL, _NOTHING), kept, body)


def fixed(body: bytes, *, content_type: str, cache: str) -> Response:
    """A file that is the same for everybody, and how long it may be kept; it sets no cookie."""
    own = (("Content-Type", content_type), ("Cache-Control", cache))
    return _whole(200, (*_EVERY, _NOTHING), own, body)


def without_cookies(response: Response) -> Response:
    """The same without a cookie: an answer to nobody in particular changes nothing in somebody's browser."""
    kept = tuple(pair for pair in response.headers if pair[0] != "Set-Cookie")
    return Response(response.status, kept, response.body)


def without_body(response: Response) -> Response:
    """What HEAD gets: the same headers, and nothing after them (RFC 9110, 9.3.2)."""
    return Response(response.status, response.headers)


def over_https(response: Response) -> Response:
    """The same with the header by which browsers never ask this host over http again."""
    return Response(response.status, (*response.headers, _STRICT_TRANSPORT), response.body)


def _whole(status: int, common: tuple[Header, ...], own: Iterable[Header], body: bytes) -> Response:
    return Response(status, (*common, *own, ("Content-Length", str(len(body)))), body)
