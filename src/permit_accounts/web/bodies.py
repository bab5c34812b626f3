"""From the body of a request to the fields of a form: strictly, or with the reason why it cannot be read.

Nothing is guessed. A field that came twice is refused rather than read as its first or last entry, a text
that is not UTF-8 rather than repaired, and a JSON number stays a number (ASVS 5.0, 2.2.1 and 15.3.7).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl

from permit_accounts.web.request import Request

#: No form is larger: thirty fields of two hundred characters, escaped.
LARGEST_FORM: Final = 64 * 1024
#: The largest form has about thirty fields.
_FIELDS: Final = 100
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"


class Unreadable(StrEnum):
    """Why a body was not read. The value ends the key of its text, `web.unreadable.<value>`."""

    TOO_LARGE = "too-large"
    WRONG_TYPE = "wrong-type"
    BROKEN = "broken"
    TWICE = "twice"


#: What each is answered with (RFC 9110, 15.5).
STATUS: Final[Mapping[Unreadable, int]] = {
    Unreadable.TOO_LARGE: 413,
    Unreadable.WRONG_TYPE: 415,
    Unreadable.BROKEN: 400,
    Unreadable.TWICE: 400,
}


def read_form(request: Request) -> dict[str, str] | Unreadable:
    """The fields of a posted form, by name."""
    if request.body_too_large:
        return Unreadable.TOO_LARGE
    if not _is(_FORM, request.header("content-type")):
        return Unreadable.WRONG_TYPE
    try:
        return _fields(request.body.decode("utf-8"))
    except UnicodeDecodeError:
        return Unreadable.BROKEN


def read_query(request: Request) -> dict[str, str] | Unreadable:
    """The parameters of an address, by name."""
    return _fields(request.query)


def read_json(request: Request) -> dict[str, object] | Unreadable:
    """The members of a posted JSON object, by name. An empty body is an empty object."""
    if request.body_too_large:
        return Unreadable.TOO_LARGE
    if not request.body:
        return {}
    if not _is(_JSON, request.header("content-type")):
        return Unreadable.WRONG_TYPE
    try:
        found = json.loads(request.body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except _TwiceError:
        return Unreadable.TWICE
    except (ValueError, RecursionError):
        return Unreadable.BROKEN
    return found if isinstance(found, dict) else Unreadable.BROKEN


def _fields(text: str) -> dict[str, str] | Unreadable:
    if not text:
        return {}
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_FIELDS
        )
    except ValueError:
        return Unreadable.BROKEN
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else Unreadable.TWICE


class _TwiceError(Exception):
    """A member stands twice in an object."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _TwiceError
    return members


def _no_constant(name: str) -> object:
    """NaN and infinities are no JSON (RFC 8259, 6)."""
    raise ValueError(name)


def _is(wanted: str, content_type: str) -> bool:
    """Whether this is the media type, and its text UTF-8, wherever among the parameters that is said."""
    media, *parameters = (part.strip().lower() for part in content_type.split(";"))
    pairs = [parameter.partition("=") for parameter in parameters]
    charsets = [value.strip().strip("\"'") for name, _, value in pairs if name.strip() == "charset"]
    return media == wanted and all(charset in ("utf-8", "utf8") for charset in charsets)
