"""A JSON file of rows, read one object at a time: an array, or an object on each line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import BinaryIO, Final

from permit_accounts.model.files import FileFault
from permit_accounts.tools.csv_file import MAX_ROW, Metered, Unreadable

_BLOCK: Final = 2**16
_BLANK: Final = " \t\r\n"
_UTF8_MARK: Final = b"\xef\xbb\xbf"


def is_json(source: BinaryIO, *, start: int) -> bool:
    """Whether a file begins as one of rows in JSON does. No header of a CSV file begins so."""
    source.seek(start)
    return source.read(1024).removeprefix(_UTF8_MARK).lstrip().startswith((b"[", b"{"))


class JSONRows:
    """One reading of a file from its start; in bounded memory, since no object may be longer than a row.

    Args:
        source: Open for reading in binary mode, and seekable.
        start: Where the file begins in it.
    """

    def __init__(self, source: BinaryIO, *, start: int) -> None:
        source.seek(start)
        self._metered = Metered(source)
        self._read = io.TextIOWrapper(self._metered, "utf-8-sig", errors="strict").read
        self._decoder = json.JSONDecoder()
        self._text = ""
        self._ended = False

    @property
    def file_hash(self) -> str:
        """SHA-256 of the bytes read, in hexadecimal."""
        return self._metered.digest.hexdigest()

    def rows(self) -> Iterator[tuple[int, object]]:
        """Each value with its number, the first being 1.

        Raises:
            Unreadable: This is no JSON, or one value is longer than a row may be.
            UnicodeDecodeError: The text is not UTF-8.
        """
        in_array = self._next() == "["
        if in_array:
            self._text = self._text[1:]
        number = 0
        while self._next() not in ("", "]"):
            number += 1
            yield number, self._value(number)
            if in_array and self._next() == ",":
                self._text = self._text[1:]
            elif in_array and self._next() != "]":
                raise Unreadable(FileFault.NOT_JSON, number)
        if in_array and self._next() == "]":
            self._text, in_array = self._text[1:], False
        if in_array or self._next():
            raise Unreadable(FileFault.NOT_JSON, number)

    def _next(self) -> str:
        """The next character that is not blank; empty at the end."""
        self._text = self._text.lstrip(_BLANK)
        while not self._text and not self._ended:
            self._more()
            self._text = self._text.lstrip(_BLANK)
        return self._text[:1]

    def _value(self, number: int) -> object:
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text)
            except (ValueError, RecursionError):
                if self._ended:
                    raise Unreadable(FileFault.NOT_JSON, number) from None
            else:
                self._text = self._text[end:]
                return value
            if len(self._text) > MAX_ROW:
                raise Unreadable(FileFault.ROW_TOO_LONG, number, most=str(MAX_ROW))
            self._more()

    def _more(self) -> None:
        block = self._read(_BLOCK)
        self._ended = not block
        self._text += block
