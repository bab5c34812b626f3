"""A request as the pages see it: what a browser or a program sent, and nothing of any framework.

An adapter makes one of these from what its framework has. It translates and decides nothing: names of headers
become lower case, the path is decoded once, and the body is read up to the limit that the handler sets for
this request, and no further.
"""

from __future__ import annotations

from typing import Protocol

import attrs

from permit_accounts.web.response import Response


@attrs.frozen(kw_only=True, eq=False)
class Request:
    """One HTTP request. Shown in a log it names the page alone: the rest may hold what opens a session.

    Args:
        method: In upper case, such as `POST`.
        path: As in the browser's address line, decoded once as UTF-8, without the query; it includes
            whatever prefix the pages are mounted under.
        query: As it came, after the question mark; empty where there is none.
        headers: Names in lower case and values as text (Latin-1, as HTTP has them), in the order in which
            they came. A header that came twice is there twice.
        body: What was sent, complete; empty where `body_too_large` holds.
        body_too_large: Whether the body was longer than the handler's `body_limit`, and so is not here.
        peer: The address of the connection: the browser's own, or that of a proxy. Empty where there is
            none, as on a Unix socket.
    """

    method: str
    path: str
    query: str = attrs.field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    body: bytes = attrs.field(default=b"", repr=False)
    body_too_large: bool = False
    peer: str = ""

    def header(self, name: str) -> str:
        """The first header of this name (in lower case), or the empty text."""
        for given, value in self.headers:
            if given == name:
                return value
        return ""

    def with_body(self, body: bytes | None) -> Request:
        """The same with what was sent, complete; None is a body over the limit."""
        if body == self.body and not self.body_too_large:
            return self  # Cost: most requests have none, and a copy takes as long as a third of a read.
        return attrs.evolve(self, body=body or b"", body_too_large=body is None)

    def without_cookies(self) -> Request:
        """The same as if no cookie had come with it."""
        return attrs.evolve(self, headers=tuple(pair for pair in self.headers if pair[0] != "cookie"))

    def every(self, name: str) -> tuple[str, ...]:
        """All headers of this name (in lower case), in order."""
        return tuple(value for given, value in self.headers if given == name)


class Handler(Protocol):
    """What an adapter serves: the public pages, the staff console, or both in turn."""

    @property
    def paths(self) -> frozenset[str]:
        """Every path that is answered, complete with its prefix. There are no patterns."""
        ...

    def body_limit(self, request: Request) -> int:
        """How many bytes of the body of this request, given without it, are read at most. It raises nothing.

        Of GET and HEAD nothing is read, since a body says nothing there (RFC 9110, 9.3.1), so nobody asks.

        # Cost: it may ask the host application who this is, so an event loop calls it in a thread.
        """
        ...

    def handle(self, request: Request) -> Response:
        """The answer. It raises nothing: a fault is answered and logged.

        # Cost: it may read a database and compute a password's hash, so an event loop calls it in a thread.
        """
        ...

    def is_slow(self, request: Request) -> bool:
        """Whether the answer takes the hash of a password, and so must not hold up quick requests."""
        ...
