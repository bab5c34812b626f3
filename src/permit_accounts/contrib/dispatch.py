"""What every adapter asks alike: whose path this is, and what is answered before a handler is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Final

from permit_accounts import ConfigurationError
from permit_accounts.web import answers
from permit_accounts.web.request import Handler, Request
from permit_accounts.web.response import Response

#: The methods that change nothing, and whose body says nothing (RFC 9110, 9.2.1 and 9.3.1).
READING: Final = ("GET", "HEAD")


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


def body_limit(handler: Handler, request: Request) -> int:
    """How many bytes of its body are read at the most; nobody is asked of what says nothing anyway.

    # Cost: the handler's, so an event loop calls it in a thread, but not for what only reads.
    """
    return 0 if request.method in READING else handler.body_limit(request)


def plain_answer(status: HTTPStatus, *, method: str, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """The name of a status as plain text, for what no handler is asked about.

    HEAD is told the length that GET would have (RFC 9110, 9.3.2).
    """
    answered = answers.plain(status, headers=headers)
    return answers.without_body(answered) if method == "HEAD" else answered
