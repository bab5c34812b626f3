"""A response as the pages give it: a status, headers and a body that is complete."""

from __future__ import annotations

import attrs


@attrs.frozen(eq=False)
class Response:
    """One HTTP response. Shown in a log it is a status alone: `Set-Cookie` may open a session.

    Args:
        status: Such as 200 or 303.
        headers: Names as they are usually written, values in ASCII without line breaks. `Set-Cookie` may
            come several times. `Content-Length` is among them.
        body: Empty for HEAD, 204 and redirects.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    body: bytes = attrs.field(default=b"", repr=False)

    def header(self, name: str) -> str:
        """The first header of this name, whatever its case, or the empty text."""
        wanted = name.lower()
        return next((value for given, value in self.headers if given.lower() == wanted), "")
