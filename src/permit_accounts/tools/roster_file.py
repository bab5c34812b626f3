"""A roster file, checked from end to end before its first row is given out.

The check decides what it is written in, understands the header, refuses what is no roster at all and finds
the licenses that stand in it more than once. So a file that is refused has changed nothing, and rows that
contradict each other are known before the first of them is taken.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import BinaryIO, Final

import attrs

from permit_accounts.model.files import FileFault
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.records import License
from permit_accounts.model.values import Value
from permit_accounts.rules.roster_columns import HeaderFault, Layout, RosterColumns, layout_of
from permit_accounts.rules.roster_rows import RowReader, Wanted
from permit_accounts.tools.csv_file import (
    MAX_BYTES,
    CSVFile,
    Unreadable,
    check_format,
    gibibytes,
    undecodable_line,
)
from permit_accounts.tools.repeats import RepeatedKeys, SeenKeys
from permit_accounts.tools.row_source import CODECS, MAX_ROWS, Encoding, check_encoding, encodings

_HEARD_EVERY: Final = 10_000


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Reading(Value):
    """How a city's file is to be read."""

    columns: RosterColumns
    authority: str
    wanted: Wanted
    encoding: Encoding | None
    as_of: datetime

    def __attrs_post_init__(self) -> None:
        check_encoding(self.encoding)


class RosterFile:
    """One open file. `check` it, then take its `rows`.

    Args:
        source: Open in binary mode and seekable; it is read from where it stands.
        reading: How it is to be read.
        hear: Called now and then while the file is checked.

    Attributes:
        encoding: What it is written in; known once checked, as are the others.
        layout: Where each fact stands.
        reader: What reads its rows.
        repeated: The licenses that stand in it more than once.
        file_hash: SHA-256 of its bytes, in hexadecimal.
    """

    encoding: Encoding
    layout: Layout
    reader: RowReader
    repeated: RepeatedKeys
    file_hash: str

    def __init__(self, source: BinaryIO, reading: Reading, hear: Callable[[], None]) -> None:
        self._source = source
        self._start = source.tell()
        self.size = source.seek(0, os.SEEK_END) - self._start
        self._reading = reading
        self._hear = hear
        self._csv: CSVFile | None = None

    @property
    def bytes_done(self) -> int:
        """How far the present reading of the file has come."""
        return self._csv.bytes_done if self._csv is not None else 0

    def check(self) -> None:
        """Read the file through.

        Raises:
            Unreadable: It is no roster.
        """
        if self.size > MAX_BYTES:
            raise Unreadable(FileFault.TOO_LARGE, most=gibibytes(MAX_BYTES))
        marked = check_format(self._source, start=self._start)
        tried = encodings(self._reading.encoding, marked=marked)
        for encoding in tried:
            self.encoding = encoding
            try:
                return self._survey()
            except UnicodeDecodeError:
                continue
        line = undecodable_line(self._source, start=self._start, encoding=CODECS[self.encoding])
        raise Unreadable(FileFault.ENCODING, line, encoding=", ".join(tried))

    def rows(self) -> Iterator[tuple[int, list[str] | None]]:
        """Each row with the line on which it begins; None where its quotation marks are wrong.

        Raises:
            Unreadable: The file is not the one that was checked.
        """
        csv = self._open()
        try:
            csv.header()
            yield from csv.rows(self.layout.delimiter)
        except (Unreadable, UnicodeDecodeError):
            raise Unreadable(FileFault.CHANGED) from None
        if csv.file_hash != self.file_hash:
            raise Unreadable(FileFault.CHANGED)

    def _survey(self) -> None:
        csv = self._open()
        line, header = csv.header()
        layout = layout_of(header, self._reading.columns, needed=self._reading.wanted.needed)
        if isinstance(layout, HeaderFault):
            raise Unreadable(layout.fault, line, **layout.params)
        self.layout = layout
        self.reader = self._row_reader({})
        doubted: dict[str, int] = {}
        self.repeated = self._seen(csv, doubted).repeated()
        self.file_hash = csv.file_hash
        if doubted:
            self.reader = self._row_reader(doubted)
        if self.repeated:
            self._compare()

    def _row_reader(self, doubted: Mapping[str, int]) -> RowReader:
        return RowReader(
            self.layout,
            authority=self._reading.authority,
            wanted=self._reading.wanted,
            as_of=self._reading.as_of,
            doubted=doubted,
        )

    def _seen(self, csv: CSVFile, doubted: dict[str, int]) -> SeenKeys:
        """The licenses of the file; columns that have a date with the day first are noted in `doubted`."""
        seen = SeenKeys()
        has_dates = self.reader.has_dates
        for count, (line, cells) in enumerate(csv.rows(self.layout.delimiter), start=1):
            if count > MAX_ROWS:
                raise Unreadable(FileFault.TOO_MANY_ROWS, line, most=str(MAX_ROWS))
            if count % _HEARD_EVERY == 0:
                self._hear()
            if has_dates and cells is not None:
                for name in self.reader.days_first(cells):
                    doubted.setdefault(name, line)
            license_id = self.reader.license_of(cells) if cells is not None else None
            if isinstance(license_id, LicenseId):
                seen.note(str(license_id))
            elif license_id is not None and cells is not None and self.reader.is_scientific(cells):
                column = repr(self.layout.column("license"))
                raise Unreadable(FileFault.SCIENTIFIC, line, column=column)
        return seen

    def _compare(self) -> None:
        """What the rows of each repeated license say; a row that cannot be taken agrees with none."""
        for line, cells in self.rows():
            license_id = self.reader.license_of(cells) if cells is not None else None
            if cells is None or not isinstance(license_id, LicenseId):
                continue
            key = str(license_id)
            if key in self.repeated:
                told = self.reader.facts_of(cells, key)
                self.repeated.compare(key, repr(told) if isinstance(told, License) else str(line))

    def _open(self) -> CSVFile:
        self._csv = CSVFile(self._source, start=self._start, encoding=CODECS[self.encoding])
        return self._csv
