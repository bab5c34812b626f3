"""The California board's public master file becomes an index that answers by number.

The index is one SQLite file with one table, keyed by the number. It is built beside the index in place and put
there by a rename, so readers have the old one or the new one and never a half; nothing ever changes an index
in place. A file that cannot be today's master file (an error page, a download that broke off) is refused, and
the old index stays.
"""

from __future__ import annotations

import csv
import io
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import attrs

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.registers.cslb_rows import RowReader

#: Marks an index file (`PRAGMA application_id`), so that no other database is ever read or replaced.
APPLICATION_ID: Final = 0x50414C69
#: The layout of the index; another layout is built anew.
LAYOUT: Final = 1

_SCHEMA: Final = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {LAYOUT};
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE license (number INTEGER PRIMARY KEY, facts TEXT NOT NULL) STRICT;
CREATE TABLE snapshot (as_of TEXT NOT NULL, rows INTEGER NOT NULL) STRICT;
"""
#: The longest line read as one; the longest honest one has under 1,500 characters.
_LONGEST_LINE: Final = 65_536
_ROWS_PER_REPORT: Final = 5_000
_SKIPPED_KEPT: Final = 1_000
_HIGHEST_NUMBER: Final = 9_999_999


@attrs.frozen
class SkippedRow:
    """A line of the file that is not in the index, and why."""

    line: int
    reason: str


@attrs.frozen(kw_only=True)
class IndexReport:
    """What was indexed.

    Args:
        rows: Licenses in the index.
        skipped_rows: How many lines are not in it.
        skipped: The first thousand of those lines.
        replaced_characters: Lines in which a byte that windows-1252 does not define became U+FFFD.
        as_of: The moment of the file.
    """

    rows: int
    skipped_rows: int
    skipped: tuple[SkippedRow, ...]
    replaced_characters: int
    as_of: datetime


def index_cslb(
    csv_path: str | os.PathLike[str],
    index_path: str | os.PathLike[str],
    *,
    as_of: datetime,
    least_share: float = 0.8,
    progress: Callable[[int, int], None] | None = None,
) -> IndexReport:
    """Build the index of a master file and put it in the place of the old one.

    The file is streamed: memory does not grow with it.

    Args:
        csv_path: The board's License Master, as CSV in windows-1252.
        index_path: Where the index is or will be. Its directory must be writable.
        as_of: When the file was downloaded, aware. Every answer carries it.
        least_share: How many of the licenses of the index in place, and of the lines of the file, the new
            index must hold, from 0 to 1. 0 takes any file that has a license.
        progress: Told the bytes read and the bytes in all, now and then and at the end.

    Raises:
        ConfigurationError: This is not a whole master file, or `index_path` holds something that is no
            index. What is in place stays as it is.
    """
    if as_of.tzinfo is None:
        raise ConfigurationError("index_cslb(as_of=…) takes an aware datetime, such as datetime.now(UTC)")
    target = Path(index_path)
    rows_in_place = _rows_in_place(target)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", suffix=".part", dir=target.parent)
    os.close(descriptor)
    part = Path(name)
    try:
        report = _built(Path(csv_path), part, as_of=as_of.astimezone(UTC), progress=progress)
        _check_size(report, rows_in_place, least_share)
        _put_in_place(part, target)
    finally:
        part.unlink(missing_ok=True)
    return report


def open_index(path: str | os.PathLike[str]) -> sqlite3.Connection:
    """An index opened for reading, from any thread. It is never written, so it is not locked either.

    Raises:
        sqlite3.Error: It is missing, damaged, or no index.
    """
    uri = f"{Path(path).absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
    try:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (layout,) = connection.execute("PRAGMA user_version").fetchone()
        if (application_id, layout) != (APPLICATION_ID, LAYOUT):
            raise sqlite3.DatabaseError("not an index of the board's master file, or of another layout")
    except BaseException:
        connection.close()
        raise
    return connection


def _rows_in_place(target: Path) -> int:
    """How many licenses the index in place has; 0 where there is none."""
    if not target.exists():
        return 0
    try:
        with closing(open_index(target)) as connection:
            (rows,) = connection.execute("SELECT rows FROM snapshot").fetchone()
            return int(rows)
    except sqlite3.Error as error:
        raise ConfigurationError(
            f"{target} is there and is not an index of the board's file, so it is not replaced: "
            "remove it or choose another path"
        ) from error


def _built(
    source: Path, part: Path, *, as_of: datetime, progress: Callable[[int, int], None] | None
) -> IndexReport:
    with closing(sqlite3.connect(part, isolation_level=None)) as connection, source.open("rb") as file:
        connection.executescript(_SCHEMA)
        reading = _Reading(file, source.stat().st_size, progress or (lambda done, total: None))
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO license VALUES (?, ?)", reading.licenses())
        connection.execute("INSERT INTO snapshot VALUES (?, ?)", (as_of.isoformat(), reading.rows))
        connection.execute("COMMIT")
    return IndexReport(
        rows=reading.rows,
        skipped_rows=reading.skipped_rows,
        skipped=tuple(reading.skipped),
        replaced_characters=reading.replaced_characters,
        as_of=as_of,
    )
