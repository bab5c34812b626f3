"""A form with a file, as browsers send it (RFC 7578): its fields and the file's bytes, nothing else of it.

The name and the type that the browser gives the file are not looked at: a name may be a path, and a type may
lie. What is in the file, the import decides. It stays in memory, where the whole body is already.
"""

from __future__ import annotations

import io
from typing import BinaryIO, Final

import attrs
from multipart import MultipartError, MultipartParser, parse_options_header  # type: ignore[import-untyped]

from permit_accounts.web.bodies import Unreadable
from permit_accounts.web.request import Request

#: A roster of a hundred thousand contractors is about ten million bytes.
LARGEST_UPLOAD: Final = 32 * 1024 * 1024
#: The form has seven fields.
_PARTS: Final = 20
_LONGEST_FIELD: Final = 4_096
_MULTIPART: Final = "multipart/form-data"


@attrs.frozen(kw_only=True)
class Upload:
    """What was sent.

    Args:
        fields: The form's own fields, by name.
        file: The file, at its start; None where none was chosen.
    """

    fields: dict[str, str]
    file: BinaryIO | None = attrs.field(repr=False)


def read_upload(request: Request, *, name: str) -> Upload | Unreadable:
    """The form of this request, whose file is in the field of this name."""
    if request.body_too_large:
        return Unreadable.TOO_LARGE
    media, options = parse_options_header(request.header("content-type"))
    boundary = options.get("boundary", "")
    if media.lower() != _MULTIPART or not boundary:
        return Unreadable.WRONG_TYPE
    try:
        return _parts(request.body, boundary, name)
    except (MultipartError, ValueError):
        return Unreadable.BROKEN


def _parts(body: bytes, boundary: str, name: str) -> Upload | Unreadable:
    fields: dict[str, str] = {}
    file: BinaryIO | None = None
    limits = {"spool_limit": len(body), "memory_limit": len(body)}
    parser = MultipartParser(
        io.BytesIO(body), boundary, content_length=len(body), part_limit=_PARTS, strict=True, **limits
    )
    for part in parser:
        if part.name in fields or (part.name == name and file is not None):
            return Unreadable.TWICE
        if part.name == name:
            file = part.file
        elif part.filename is not None or part.size > _LONGEST_FIELD:
            return Unreadable.BROKEN
        else:
            fields[part.name] = part.raw.decode("utf-8")
    # A file field that was left empty is sent as a part without a byte.
    empty = file is None or not file.read(1)
    if file is not None:
        file.seek(0)
    return Upload(fields=fields, file=None if empty else file)
