"""The style sheet, the script and the icon: the same for everybody, kept by browsers until they change.

Only at the address that names its content is a file kept. A cache in front that was asked for the address of
the next release before that serves would else give the old script for a year.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from permit_accounts.web import answers
from permit_accounts.web.rendering import static_files
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route, View
from permit_accounts.web.setting import Setting

_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
#: A year: the address of a file changes with its content.
_YEAR: Final = 365 * 24 * 3_600


def static_routes(setting: Setting) -> Iterator[Route]:
    """The routes of all of them, below the prefix of these pages."""
    for name, (body, digest) in static_files("permit_accounts.web").items():
        content_type = _TYPES[Path(name).suffix]
        kept = answers.fixed(body, content_type=content_type, cache=f"public, max-age={_YEAR}, immutable")
        passing = answers.fixed(body, content_type=content_type, cache="no-cache")
        yield Route(path=setting.path(f"/static/{name}"), get=_at_its_address(f"v={digest}", kept, passing))


def _at_its_address(query: str, kept: Response, passing: Response) -> View:
    return lambda asking: kept if asking.request.query == query else passing
