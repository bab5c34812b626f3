"""What every adapter asks alike: whose path this is, and what is answered before a handler is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from permit_accounts import ConfigurationError
from permit_accounts.web.request import Handler
from permit_accounts.web.response import Response


def handler_of_each_path(handlers: Iterable[Handler]) -> Mapping[str, Handler]:
    """Which handler answers which path.

    Raises:
        ConfigurationError: Two answer the same path, so that one of them would never be asked.
    """
    found: dict[str, Handler] = {}
    for handler in handlers:
        for path in handler.paths:
            if found.setdefault(path, handler) is not handler:
                raise ConfigurationError(f"two handlers answer {path}: mount one under a prefix of its own")
    return found


def plain_answer(status: HTTPStatus, *, method: str) -> Response:
    """The name of a status as plain text, for what no handler is asked about.

    HEAD is told the length that GET would have (RFC 9110, 9.3.2).
    """
    body = f"{status.phrase}\n".encode()
    headers = (
        ("Content-Type", "text/plain; charset=utf-8"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Length", str(len(body))),
    )
    return Response(status, headers, b"" if method == "HEAD" else body)
