"""The California board's public master file becomes an index that answers by number.

The index is one SQLite file with one table, keyed by the number. It is built beside the index in place and
put there by a rename, so readers have the old one or the new one and never a half; nothing ever changes an
index in place. A file that cannot be today's master file (an error page, a download that broke off) is
refused, and the old index stays.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

import attrs

from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.registers.cslb_lines import MasterLines, SkippedRow
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
CREATE TABLE license (number INTEGER PRIMARY KEY, facts TEXT NOT NULL);
CREATE TABLE snapshot (as_of TEXT NOT NULL, rows INTEGER NOT NULL);
"""
Progress: TypeAlias = Callable[[int, int], None]

_ROWS_PER_REPORT: Final = 5_000
_HIGHEST_NUMBER: Final = 9_999_999


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


def _silent(done: int, total: int) -> None:
    """Progress that nobody asked for."""


def index_cslb(
    csv_path: str | os.PathLike[str],
    index_path: str | os.PathLike[str],
    *,
    as_of: datetime,
    least_share: float = 0.8,
    progress: Progress = _silent,
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
        ConfigurationError: This is not a whole master file, or `index_path` is in no folder or holds
            something that is no index, or an argument is out of range. What is in place stays as it is.
        OSError: The file cannot be read.
        Unavailable: The index cannot be written, for want of room perhaps.
    """
    if not isinstance(least_share, int | float) or not 0 <= least_share <= 1:
        raise ConfigurationError(f"index_cslb(least_share={least_share!r}) takes a number from 0 to 1")
    if as_of.tzinfo is None:
        raise ConfigurationError("index_cslb(as_of=…) takes an aware datetime, such as datetime.now(UTC)")
    target = Path(index_path)
    if not target.parent.is_dir():
        raise ConfigurationError(f"the folder {target.parent} does not exist: make it, or mend the path")
    rows_in_place = _rows_in_place(target)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", suffix=".part", dir=target.parent)
    os.close(descriptor)
    part = Path(name)
    try:
        report, broke_off = _built(Path(csv_path), part, as_of.astimezone(UTC), progress)
        _check_whole(report, broke_off, rows_in_place, least_share)
        _put_in_place(part, target)
    except sqlite3.Error as error:
        raise Unavailable(f"the index could not be written beside {target}: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return report


def open_index(path: str | os.PathLike[str]) -> sqlite3.Connection:
    """An index opened for reading, from any thread. It is never written, so it is not locked either.

    Raises:
        sqlite3.Error: It is missing, damaged, or no index of this layout.
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


def _built(source: Path, part: Path, as_of: datetime, progress: Progress) -> tuple[IndexReport, bool]:
    """Fill a new index; the report, and whether the file ended within a row."""
    total = source.stat().st_size
    with closing(sqlite3.connect(part, isolation_level=None)) as index, source.open("rb") as file:
        lines = MasterLines(file)
        index.executescript(_SCHEMA)
        index.execute("BEGIN")
        licenses = _licenses(lines, lambda done: progress(done, total))
        index.executemany("INSERT INTO license VALUES (?, ?)", licenses)
        (rows,) = index.execute("SELECT count(*) FROM license").fetchone()
        index.execute("INSERT INTO snapshot VALUES (?, ?)", (as_of.isoformat(), rows))
        index.execute("COMMIT")
    progress(total, total)
    report = IndexReport(
        rows=rows,
        skipped_rows=lines.skipped_rows,
        skipped=tuple(lines.skipped),
        replaced_characters=lines.replaced_characters,
        as_of=as_of,
    )
    return report, lines.broke_off


def _licenses(lines: MasterLines, progress: Callable[[int], None]) -> Iterator[tuple[int, str]]:
    rows = lines.rows()
    reader = RowReader(next(rows, []))
    seen = bytearray(_HIGHEST_NUMBER // 8 + 1)
    for count, cells in enumerate(rows):
        if count % _ROWS_PER_REPORT == 0:
            progress(lines.bytes_read)
        read = reader.read(cells)
        if isinstance(read, str):
            lines.skip(read)
            continue
        number, row = read
        place, bit = divmod(number, 8)
        if seen[place] & 1 << bit:
            lines.skip(f"license {number} stands further up already")
            continue
        seen[place] |= 1 << bit
        yield number, row.packed()


def _rows_in_place(target: Path) -> int:
    """How many licenses the index in place has; 0 where there is none, a damaged one, or another layout."""
    if not target.exists():
        return 0
    with target.open("rb") as file:
        head = file.read(100)
    if head[:16] != b"SQLite format 3\0" or int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise ConfigurationError(
            f"{target} is there and is no index of the board's file, so it is not replaced: "
            "remove it, or choose another path"
        )
    with suppress(sqlite3.Error, ValueError, TypeError), closing(open_index(target)) as index:
        return int(index.execute("SELECT rows FROM snapshot").fetchone()[0])
    return 0


def _check_whole(report: IndexReport, broke_off: bool, rows_in_place: int, least_share: float) -> None:
    lines = report.rows + report.skipped_rows
    if report.rows == 0:
        found = "it has no license"
    elif broke_off and least_share > 0:
        found = "it ends within a row"
    elif report.rows < least_share * rows_in_place:
        found = f"it has {report.rows:,} licenses where the index in place has {rows_in_place:,}"
    elif report.rows < least_share * lines:
        found = f"only {report.rows:,} of its {lines:,} lines can be read"
    else:
        return
    raise ConfigurationError(
        f"this is not a whole License Master file: {found}. The index in place stays as it is. Download the "
        "file again; least_share=0 takes it as it is"
    )


def _put_in_place(part: Path, target: Path) -> None:
    """Rename, once the new index is on the disk and as readable as the old one was."""
    part.chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o644)
    _synced(part, os.O_RDWR)
    part.replace(target)
    # Directories cannot be opened everywhere; the rename is atomic there too.
    with suppress(OSError):
        _synced(target.parent, os.O_RDONLY)


def _synced(path: Path, how: int) -> None:
    descriptor = os.open(path, how)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
