"""The lines of the board's master file, one row each: read, decoded, and every one left out accounted for.

A damaged line must cost one row and not those after it, so lines are read one by one: the file has no line
breaks within its cells.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from functools import partial
from io import BufferedReader
from typing import Final

import attrs

#: The longest line read as one; the longest honest one has under 1,500 characters.
_LONGEST_LINE: Final = 65_536
_SKIPPED_KEPT: Final = 1_000


@attrs.frozen
class SkippedRow:
    """A line of the file that is not in the index, and why."""

    line: int
    reason: str


class MasterLines:
    """The rows of an open file, in windows-1252 unless a byte-order mark says UTF-8.

    Args:
        file: The file, from its beginning.
    """

    def __init__(self, file: BufferedReader) -> None:
        self.number = 0
        self.bytes_read = 0
        self.replaced_characters = 0
        self.skipped: list[SkippedRow] = []
        self.skipped_rows = 0
        self._file = file
        self._ended = True
        self._last_skipped = 0
        self._encoding = "utf-8-sig" if file.peek(3)[:3] == codecs.BOM_UTF8 else "cp1252"

    def rows(self) -> Iterator[list[str]]:
        """The cells of each line that holds any; a line that cannot be read is skipped."""
        for line in iter(partial(self._file.readline, _LONGEST_LINE), b""):
            self.number += 1
            self.bytes_read += len(line)
            self._ended = line.endswith(b"\n")
            text = line.decode(self._encoding, "replace")
            self.replaced_characters += "\ufffd" in text
            if text.strip():
                yield from self._cells(text)

    def skip(self, reason: str) -> None:
        """Leave out the line read last."""
        self.skipped_rows += 1
        self._last_skipped = self.number
        if len(self.skipped) < _SKIPPED_KEPT:
            self.skipped.append(SkippedRow(self.number, reason))

    @property
    def broke_off(self) -> bool:
        """Whether the file ended within a row."""
        return not self._ended and self._last_skipped == self.number

    def _cells(self, text: str) -> Iterator[list[str]]:
        # A reader of its own for each line: an open quotation mark would swallow the lines after it.
        try:
            yield from csv.reader((text,))
        except csv.Error as error:
            self.skip(str(error))
