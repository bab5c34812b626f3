"""A CSV file, read as rows with the line each begins on: streamed, in bounded memory, strictly.

Only text comes out, never a number or a date. What makes row boundaries doubtful (a quotation mark that is
not closed, a row beyond all measure) refuses the whole file at its line: guessing on would swallow rows. What
spoils one line only costs that line.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.files import FileFault

#: 1 GiB, which is five million rows of 200 bytes. Judgement: California's board, the largest, has a quarter
#: of a million licenses.
MAX_BYTES: Final = 2**30
#: Characters of one row over all its lines. Half of what the csv module takes for one field, whose limit is
#: the whole program's and so not ours to set.
MAX_ROW: Final = 65_536

_UTF8_MARK: Final = b"\xef\xbb\xbf"
_CONTROL_Z: Final = ["\x1a"]
_OTHER_FORMATS: Final = (
    (b"PK\x03\x04", "XLSX, ODS, ZIP"),
    (b"\xd0\xcf\x11\xe0", "XLS"),
    (b"\x1f\x8b", "GZIP"),
    (b"%PDF", "PDF"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


class Unreadable(Exception):  # noqa: N818 - it says what the file is
    """The file as a whole cannot be read as CSV."""

    def __init__(self, fault: FileFault, line: int = 0, **params: str) -> None:
        super().__init__(fault)
        self.fault = fault
        self.line = line
        self.params = params


class CSVFile:
    """One reading of a file from its start; a second reading is a second one of these.

    Args:
        source: Open for reading in binary mode, and seekable.
        start: Where the file begins in it.
        encoding: How its bytes are read as text.
    """

    def __init__(self, source: BinaryIO, *, start: int, encoding: str) -> None:
        source.seek(start)
        self._metered = Metered(source)
        self._readline = io.TextIOWrapper(self._metered, encoding, errors="strict", newline="").readline
        self._encoding = encoding
        self._line = 0
        self._begins = 1
        self._length = 0
        self._ended = False

    @property
    def bytes_done(self) -> int:
        """How many bytes have been read."""
        return self._metered.count

    @property
    def file_hash(self) -> str:
        """SHA-256 of the bytes read, in hexadecimal."""
        return self._metered.digest.hexdigest()

    def header(self) -> tuple[int, str]:
        """The first line that is not blank, with its number.

        Raises:
            Unreadable: There is none.
            UnicodeDecodeError: The text is not of this encoding.
        """
        for line in self._lines():
            if line.strip():
                return self._line, line
            self._next_row()
        raise Unreadable(FileFault.EMPTY)

    def rows(self, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
        """Each row with the line on which it begins; None for a line whose quotation marks are wrong.

        A blank line is an empty row, and so is the Control-Z with which old programs end a file.

        Raises:
            Unreadable: Row boundaries are in doubt.
            UnicodeDecodeError: The text is not of this encoding.
        """
        reader = csv.reader(self._lines(), delimiter=delimiter, strict=True)
        while not self._ended:
            self._next_row()
            try:
                for row in reader:
                    yield self._begins, [] if row == _CONTROL_Z else row
                    self._next_row()
            except csv.Error:
                # Beyond this one line nobody knows where the next row begins.
                if self._ended or self._line > self._begins:
                    raise Unreadable(FileFault.QUOTE, self._begins) from None
                yield self._begins, None

    def _next_row(self) -> None:
        self._begins = self._line + 1
        self._length = 0

    def _lines(self) -> Iterator[str]:
        readline = self._readline
        while line := readline(MAX_ROW + 1):
            self._line += 1
            self._length += len(line)
            if self._length > MAX_ROW:
                if self._line > self._begins:
                    raise Unreadable(FileFault.QUOTE, self._begins)
                raise Unreadable(FileFault.ROW_TOO_LONG, self._line, most=str(MAX_ROW))
            yield line
        self._ended = True


def check_format(source: BinaryIO, *, start: int) -> bool:
    """Look at the first bytes: whether a mark says that this is UTF-8.

    Raises:
        Unreadable: It is a workbook, an archive or the like. Nothing is ever unpacked.
        ConfigurationError: The file is open in text mode.
    """
    source.seek(start)
    first = binary(source.read(8))
    for magic, kind in _OTHER_FORMATS:
        if first.startswith(magic):
            raise Unreadable(FileFault.NOT_CSV, kind=kind)
    return first.startswith(_UTF8_MARK)


def gibibytes(count: int) -> str:
    """A size as it is told to people, in any language."""
    return f"{count / 2**30:g} GiB"


def binary(block: object) -> bytes:
    """What was read, if the file is open in binary mode.

    Raises:
        ConfigurationError: It is open in text mode, where somebody else has decoded it already.
    """
    if not isinstance(block, bytes):
        raise ConfigurationError("open the roster in binary mode, such as open(path, 'rb')")
    return block


def undecodable_line(source: BinaryIO, *, start: int, encoding: str) -> int:
    """The first line with bytes that are nothing in this encoding; 0 where there is none."""
    source.seek(start)
    text = io.TextIOWrapper(Metered(source), encoding, errors="surrogateescape", newline="")
    line, number = "", 1
    while line := text.readline(MAX_ROW):
        if any("\udc80" <= c <= "\udcff" for c in line if not c.isprintable()):
            return number
        number += line.endswith(("\n", "\r"))
    return 0


class Metered(io.BufferedIOBase):
    """Passes bytes on, counting and hashing them; never closes what it reads from."""

    name = "roster"

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.count = 0
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        """It can be read."""
        return True

    def read1(self, size: int = -1, /) -> bytes:
        """The next bytes.

        Raises:
            Unreadable: There are too many of them.
        """
        block = self._source.read(size)
        self.count += len(block)
        if self.count > MAX_BYTES:
            raise Unreadable(FileFault.TOO_LARGE, most=gibibytes(MAX_BYTES))
        self.digest.update(block)
        return block
