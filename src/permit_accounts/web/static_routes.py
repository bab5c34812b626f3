"""The style sheet, the script and the icon: the same for everybody, kept by browsers until they change."""

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
    for name, (body, _) in static_files("permit_accounts.web").items():
        content_type = _TYPES[Path(name).suffix]
        response = answers.fixed(body, content_type=content_type, age=_YEAR)
        yield Route(path=setting.path(f"/static/{name}"), get=_always(response))


def _always(response: Response) -> View:
    return lambda asking: response
