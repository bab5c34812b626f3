"""A file of an earlier portal's users, CSV or JSON: read as often as it must be, always the same rows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Final

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.files import FileFault
from permit_accounts.model.secret import Secret
from permit_accounts.model.users import UserReason
from permit_accounts.rules.roster_columns import HeaderFault, Layout, not_found, placed, spelling
from permit_accounts.rules.user_rows import NEEDED, UserFault
from permit_accounts.tools.csv_file import (
    MAX_BYTES,
    CSVFile,
    Unreadable,
    check_format,
    gibibytes,
    undecodable_line,
)
from permit_accounts.tools.json_rows import JSONRows, is_json
from permit_accounts.tools.row_source import CODECS, Encoding, check_encoding, encodings

Cells = Mapping[str, object]

_MOST_IGNORED: Final = 40


class UserFile:
    """One open file. `check` it, then take its `rows`, several times if need be.

    Args:
        source: Open in binary mode and seekable; it is read from where it stands.
        names: All that a column may hold.
        called: What the city calls its columns, by our names; those must be there.
        encoding: By default UTF-8 where the whole file is UTF-8, else windows-1252. JSON is always UTF-8.

    Attributes:
        columns: For each fact that the file tells, the column it stands in; known once checked.
        ignored: The file's other columns, likewise.
        file_hash: SHA-256 of its bytes, in hexadecimal, likewise.

    Raises:
        ConfigurationError: There is no such fact or encoding.
    """

    def __init__(
        self, source: BinaryIO, names: Sequence[str], called: Mapping[str, str], *, encoding: Encoding | None
    ) -> None:
        _check_names(names, called)
        check_encoding(encoding)
        self._source = source
        self._start = source.tell()
        self._called = {name: called.get(name, name) for name in names}
        self._must = [name for name in names if name in called or name in NEEDED]
        self._encoding = encoding
        self._layout: Layout | None = None
        self._spellings = {spelling(column): name for name, column in self._called.items()}
        self.columns: dict[str, str] = {}
        self.ignored: tuple[str, ...] = ()
        self.file_hash = ""

    def check(self) -> Iterator[tuple[int, Cells | UserFault]]:
        """The rows, as the file is read for the first time; whoever takes them all has checked it.

        Raises:
            Unreadable: It is no file of rows, or a column that must be there is not.
        """
        if self._source.seek(0, os.SEEK_END) - self._start > MAX_BYTES:
            raise Unreadable(FileFault.TOO_LARGE, most=gibibytes(MAX_BYTES))
        if is_json(self._source, start=self._start):
            yield from self._of_json()
        else:
            self._understand()
            yield from self._of_csv()

    def rows(self) -> Iterator[tuple[int, Cells | UserFault]]:
        """Each row with its line: what it says by our names, or why that cannot be told.

        Raises:
            Unreadable: The file is not the one that was checked.
        """
        before = self.file_hash
        try:
            yield from self._of_json() if self._layout is None else self._of_csv()
        except (Unreadable, UnicodeDecodeError):
            raise Unreadable(FileFault.CHANGED) from None
        if before != self.file_hash:
            raise Unreadable(FileFault.CHANGED)

    def column(self, name: str) -> str:
        """How the file spells the column of this fact."""
        return self.columns.get(name, name)

    def _understand(self) -> None:
        """What the text is written in and where its columns stand."""
        marked = check_format(self._source, start=self._start)
        tried = encodings(self._encoding, marked=marked)
        for encoding in tried:
            line = undecodable_line(self._source, start=self._start, encoding=CODECS[encoding])
            if not line:
                self._encoding = encoding
                break
        else:
            raise Unreadable(FileFault.ENCODING, line, encoding=", ".join(tried))
        number, header = self._open().header()
        layout = placed(header, self._called, self._must)
        if isinstance(layout, HeaderFault):
            raise Unreadable(layout.fault, number, **layout.params)
        self._layout = layout
        self.columns = {name: layout.column(name) for name in layout.places}
        self.ignored = layout.ignored

    def _open(self) -> CSVFile:
        return CSVFile(self._source, start=self._start, encoding=CODECS[self._encoding or "utf-8"])

    def _of_csv(self) -> Iterator[tuple[int, Cells | UserFault]]:
        layout, csv = self._layout, self._open()
        assert layout is not None
        csv.header()
        for line, cells in csv.rows(layout.delimiter):
            if cells is None:
                yield line, UserFault("", UserReason.UNREADABLE)
            elif any(cells):
                yield line, _cells(cells, layout)
        self.file_hash = csv.file_hash

    def _of_json(self) -> Iterator[tuple[int, Cells | UserFault]]:
        """Each object; a column that must be there has to be so in one of them at the least."""
        file, number = JSONRows(self._source, start=self._start), 0
        ignored: dict[str, None] = {}
        try:
            for number, value in file.rows():
                if not isinstance(value, dict):
                    yield number, UserFault("", UserReason.UNREADABLE)
                    continue
                cells: dict[str, object] = {}
                for key, told in value.items():
                    name = self._spellings.get(spelling(key))
                    if name is None:
                        if len(ignored) < _MOST_IGNORED:  # each object may have others
                            ignored[_shown(key)] = None
                    else:
                        cells[name] = told
                        self.columns.setdefault(name, _shown(key))
                yield number, _masked(cells)
        except UnicodeDecodeError:
            raise Unreadable(FileFault.ENCODING, number + 1, encoding="utf-8") from None
        missing = [self._called[name] for name in self._must if name not in self.columns]
        if missing:
            found = [*self.columns.values(), *ignored]
            raise Unreadable(FileFault.COLUMN_MISSING, 0, **not_found(missing, found))
        self.ignored = tuple(ignored)
        self.file_hash = file.file_hash


def _check_names(names: Sequence[str], called: Mapping[str, str]) -> None:
    unknown = sorted(set(called) - set(names))
    if unknown:
        raise ConfigurationError(f"no fact is called {', '.join(unknown)}; there are {', '.join(names)}")
    for name, column in called.items():
        if not isinstance(column, str) or not spelling(column):
            raise ConfigurationError(f"columns={{{name!r}: {column!r}}} must name a column")


def _cells(cells: Sequence[str], layout: Layout) -> Cells | UserFault:
    width = len(layout.header)
    if len(cells) < width:
        return UserFault("", UserReason.SHORT_ROW)
    if any(cells[width:]):
        return UserFault("", UserReason.LONG_ROW)
    return _masked({name: cells[place] for name, place in layout.places.items()})


def _masked(cells: dict[str, object]) -> Cells:
    """With the old hash as a secret, for crash reporters print the variables of every frame."""
    hashed = cells.get("password_hash")
    return cells | {"password_hash": Secret(hashed)} if isinstance(hashed, str) else cells


def _shown(key: str) -> str:
    return "".join(c for c in key.strip()[:80] if c.isprintable())
