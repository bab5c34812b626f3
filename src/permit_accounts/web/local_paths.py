"""Where a person may be sent after signing in: to a path of this very site, read the way browsers read it.

Browsers drop tabs and line breaks, take a backslash for a slash and two slashes for another host (WHATWG URL,
4.4). So a path is taken only where none of that can happen: it begins with one slash, and holds nothing but
the characters of a path and its query (ASVS 5.0, 3.7.2; RFC 3986, 3.3).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

#: Longer addresses are cut or refused by some server on the way.
LONGEST: Final = 1_000
_PATH: Final = re.compile(
    r"/(?![/])(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%(?!5[Cc])[0-9A-Fa-f]{2}){0,1000}", re.ASCII
)
_CONTROL: Final = re.compile(r"%(?:[01][0-9A-Fa-f]|7[Ff])")


def local_path(text: object) -> str | None:
    """The path, where it is one of this site, or None: whoever asks then goes to the usual page."""
    if not isinstance(text, str) or len(text) > LONGEST or _PATH.fullmatch(text) is None:
        return None
    if _CONTROL.search(text) or "//" in text.partition("?")[0] or "/../" in f"{text.partition('?')[0]}/":
        return None
    return text


def with_query(path: str, **params: str) -> str:
    """A path with a query of these parameters, each quoted."""
    pairs = "&".join(f"{name}={quote(value, safe='')}" for name, value in params.items() if value)
    return f"{path}?{pairs}" if pairs else path
