"""A body as a stream gives it: whole, known to be too long, or not at all."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, Protocol

_BLOCK: Final = 65536
#: More digits than any length that memory or a disk has.
_LENGTH_DIGITS: Final = 18


class UnreadableError(Exception):
    """A body whose end nobody can tell, or that did not come whole; no handler is to see a part of it.

    Args:
        status: What to answer.
    """

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status: Final = status


class Stream(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """So many bytes at the most; none where it has ended."""
        ...


def whole_body(stream: Stream, *, declared: str, limit: int, ends: bool = True) -> bytes | None:
    """All that was sent, or None where that is longer than the limit.

    Args:
        stream: Where it comes from.
        declared: Its length as the request says; empty where it says none.
        limit: So much is read, and one byte more that tells that there are more.
        ends: Whether the stream ends where the body does. If not, only what was declared may be read.

    Raises:
        UnreadableError: 400, it did not come as it was declared.
    """
    length = _length(declared)
    if length is not None and length > limit:
        return None
    body = _read(stream, limit + 1 if ends else length or 0)
    if length is not None and len(body) != length:
        raise UnreadableError(HTTPStatus.BAD_REQUEST)
    return body if len(body) <= limit else None


def _length(declared: str) -> int | None:
    if not declared:
        return None
    if not (declared.isascii() and declared.isdigit()) or len(declared) > _LENGTH_DIGITS:
        raise UnreadableError(HTTPStatus.BAD_REQUEST)
    return int(declared)


def _read(stream: Stream, size: int) -> bytes:
    """So many bytes, or fewer where the stream ends before. A read may give less than it was asked for."""
    parts = []
    while size > 0:
        part = stream.read(min(size, _BLOCK))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
