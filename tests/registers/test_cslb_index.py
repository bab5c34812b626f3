"""The board's master file becomes an index: whole or not at all, and every line left out is told."""

from __future__ import annotations

import os
import resource
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.registers import CslbRegister, IndexReport, SkippedRow, index_cslb
from permit_accounts.registers.cslb_index import LAYOUT
from permit_accounts.testing.cslb_rows import MASTER_COLUMNS, master_rows, write_master_csv

AS_OF = datetime(2026, 8, 24, 9, 30, tzinfo=UTC)


def indexed(folder: Path, rows: Iterable[dict[str, str]] | bytes, *, least_share: float = 0.8) -> IndexReport:
    source = folder / "master.csv"
    if isinstance(rows, bytes):
        source.write_bytes(rows)
    else:
        write_master_csv(source, rows)
    return index_cslb(source, folder / "cslb.index", as_of=AS_OF, least_share=least_share)


def numbers_in(folder: Path) -> list[int]:
    with closing(sqlite3.connect(folder / "cslb.index")) as index:
        return [number for (number,) in index.execute("SELECT number FROM license ORDER BY number")]


def line(**cells: str) -> bytes:
    row = dict.fromkeys(MASTER_COLUMNS, "") | {"PrimaryStatus": "CLEAR", "BusinessName": "FENWRIGHT"} | cells
    return ",".join(row.values()).encode("cp1252") + b"\r\n"


HEADER = ",".join(MASTER_COLUMNS).encode() + b"\r\n"


def test_every_license_of_the_file_is_in_the_index(tmp_path: Path) -> None:
    """And the report says how many, and from when."""
    rows = list(master_rows(500))
    report = indexed(tmp_path, rows)
    assert IndexReport(rows=500, skipped_rows=0, skipped=(), replaced_characters=0, as_of=AS_OF) == report
    assert [int(row["LicenseNo"]) for row in rows] == numbers_in(tmp_path)


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    """The file has had 51 and 52 columns; their order is not relied on."""
    given = {"LicenseNo": "1012345", "PrimaryStatus": "CLEAR", "ExpirationDate": "01/31/2027"}
    names = [*reversed(MASTER_COLUMNS[:-1]), "A new column"]
    cells = [given.get(name, "") for name in names]
    indexed(tmp_path, "\n".join([",".join(names), ",".join(cells), ""]).encode())
    answer = CslbRegister(tmp_path / "cslb.index", today=lambda: AS_OF.date()).lookup("us-ca-cslb", "1012345")
    assert answer is not None
    assert date(2027, 1, 31) == answer.status.expires_on


def test_a_line_that_cannot_be_read_costs_no_other(tmp_path: Path) -> None:
    """Each is told with its number in the file and the reason."""
    file = b"".join([
        HEADER,
        line(LicenseNo="101"),
        b"102,too,short\r\n",
        line(LicenseNo="10A"),
        line(LicenseNo="101"),
        line(LicenseNo="103", BusinessName='"NEVER CLOSED'),
        b"\r\n",
        line(LicenseNo="104", BusinessName="CARRIAGE\rRETURN"),
        line(LicenseNo="105", BusinessName='6" PIPE'),
        line(LicenseNo="00106"),
        line(LicenseNo="12345678"),
    ])  # fmt: skip
    report = indexed(tmp_path, file, least_share=0)
    assert [101, 105, 106] == numbers_in(tmp_path)
    assert (
        SkippedRow(3, "3 columns instead of 52"),
        SkippedRow(4, "the license number is not 1 to 7 digits"),
        SkippedRow(5, "license 101 stands further up already"),
        SkippedRow(6, "3 columns instead of 52"),
    ) == report.skipped[:4]
    assert [8, 11] == [skipped.line for skipped in report.skipped[4:]]
    assert 6 == report.skipped_rows


def test_only_the_first_thousand_skipped_lines_are_kept(tmp_path: Path) -> None:
    """A file of nothing but garbage must not fill the memory."""
    report = indexed(tmp_path, HEADER + line(LicenseNo="101") + b"garbage\n" * 1_200, least_share=0)
    assert (1_200, 1_000) == (report.skipped_rows, len(report.skipped))


def test_bytes_that_windows_1252_lacks_do_not_stop_it(tmp_path: Path) -> None:
    """81, 8D, 8F, 90 and 9D are undefined there; such lines are counted."""
    strange = line(LicenseNo="102").replace(b"FEN", b"F\x81N")
    report = indexed(tmp_path, HEADER + line(LicenseNo="101", BusinessName="NUÑEZ") + strange)
    register = CslbRegister(tmp_path / "cslb.index", today=lambda: AS_OF.date())
    names = [answer.business.name for number in ("101", "102")
             if (answer := register.lookup("us-ca-cslb", number)) and answer.business]  # fmt: skip
    assert ["NUÑEZ", "F\ufffdNWRIGHT"] == names
    assert (2, 1) == (report.rows, report.replaced_characters)


def test_a_byte_order_mark_says_utf_8(tmp_path: Path) -> None:
    """As a spreadsheet program saves it."""
    file = (HEADER + line(LicenseNo="101", BusinessName="NUÑEZ")).decode("cp1252").encode("utf-8-sig")
    indexed(tmp_path, file)
    answer = CslbRegister(tmp_path / "cslb.index", today=lambda: AS_OF.date()).lookup("us-ca-cslb", "101")
    assert answer is not None
    assert answer.business is not None
    assert "NUÑEZ" == answer.business.name


@pytest.mark.parametrize(
    ("file", "least_share", "words"),
    [
        (b"", 0, "15 of the 15 columns that are read are missing .LicenseNo, "),
        (b"<!DOCTYPE html><html><body>The service is not available</body></html>", 0, "are missing"),
        (b"LicenseNo,BusinessName\r\n101,FENWRIGHT\r\n", 0, "are missing .FullBusinessName, BusinessType, "),
        (HEADER, 0, "it has no license"),
        (HEADER + line(LicenseNo="101") + line(LicenseNo="102")[:-20], 0.5, "it ends within a row"),
        (HEADER + line(LicenseNo="101") + b"garbage\n" * 3, 0.5, "only 1 of its 4 lines can be read"),
    ],
)
@pytest.mark.attack("LIC-15")
def test_what_is_no_whole_master_file_is_refused(
    tmp_path: Path, file: bytes, least_share: float, words: str
) -> None:
    """An error page, an empty file, a download that broke off: the index in place stays."""
    indexed(tmp_path, master_rows(1))
    before = (tmp_path / "cslb.index").read_bytes()
    with pytest.raises(ConfigurationError, match=words):
        indexed(tmp_path, file, least_share=least_share)
    assert before == (tmp_path / "cslb.index").read_bytes()
    assert ["cslb.index", "master.csv"] == sorted(os.listdir(tmp_path))


@pytest.mark.attack("LIC-15")
def test_a_shrunken_file_is_refused_unless_asked_for(tmp_path: Path) -> None:
    """Fewer than 80 % of the licenses of the index in place."""
    indexed(tmp_path, master_rows(100))
    with pytest.raises(ConfigurationError, match="79 licenses where the index in place has 100"):
        indexed(tmp_path, master_rows(79))
    assert 100 == len(numbers_in(tmp_path))
    assert 80 == indexed(tmp_path, master_rows(80)).rows
    assert 1 == indexed(tmp_path, master_rows(1), least_share=0).rows


def test_what_is_no_index_is_never_replaced(tmp_path: Path) -> None:
    """A path mistyped must not cost the city its accounts."""
    target = tmp_path / "cslb.index"
    with closing(sqlite3.connect(target)) as other, other:
        other.execute("CREATE TABLE account (id TEXT)")
    before = target.read_bytes()
    with pytest.raises(ConfigurationError, match="not replaced"):
        indexed(tmp_path, master_rows(5))
    target.write_bytes(b"notes")
    with pytest.raises(ConfigurationError, match="not replaced"):
        indexed(tmp_path, master_rows(5))
    assert before != target.read_bytes() == b"notes"


def test_an_index_of_another_layout_is_built_anew(tmp_path: Path) -> None:
    """After an upgrade of the library."""
    indexed(tmp_path, master_rows(100))
    with closing(sqlite3.connect(tmp_path / "cslb.index")) as index:
        index.execute(f"PRAGMA user_version = {LAYOUT + 1}")
    assert 5 == indexed(tmp_path, master_rows(5)).rows


@pytest.mark.parametrize("change", ["DELETE FROM snapshot", "UPDATE snapshot SET rows = 'many'"])
def test_a_damaged_index_is_built_anew(tmp_path: Path, change: str) -> None:
    """How many licenses it had is not known any more."""
    indexed(tmp_path, master_rows(100))
    with closing(sqlite3.connect(tmp_path / "cslb.index")) as index, index:
        index.execute(change)
    assert 5 == indexed(tmp_path, master_rows(5)).rows


def test_the_moment_must_be_aware(tmp_path: Path) -> None:
    """And is kept in UTC, whatever its zone."""
    write_master_csv(tmp_path / "master.csv", master_rows(2))
    with pytest.raises(ConfigurationError, match="aware"):
        index_cslb(tmp_path / "master.csv", tmp_path / "i", as_of=datetime(2026, 8, 24))  # noqa: DTZ001
    pacific = AS_OF.astimezone(timezone(timedelta(hours=-7)))
    report = index_cslb(tmp_path / "master.csv", tmp_path / "i", as_of=pacific)
    assert (AS_OF, UTC) == (report.as_of, report.as_of.tzinfo)


@pytest.mark.parametrize("least_share", [float("nan"), float("inf"), -1, 1.5, "x", None])
def test_a_share_is_a_number_from_0_to_1(tmp_path: Path, least_share: float) -> None:
    """A share that compares with nothing would take any file."""
    with pytest.raises(ConfigurationError, match="from 0 to 1"):
        indexed(tmp_path, master_rows(1), least_share=least_share)


def test_progress_is_told_in_bytes_up_to_the_end(tmp_path: Path) -> None:
    """For a bar."""
    size = write_master_csv(tmp_path / "master.csv", master_rows(12_000))
    told: list[tuple[int, int]] = []
    index_cslb(
        tmp_path / "master.csv",
        tmp_path / "cslb.index",
        as_of=AS_OF,
        progress=lambda done, total: told.append((done, total)),
    )
    assert {size} == {total for _, total in told}
    assert sorted(told) == told
    assert (size, size) == told[-1]
    assert 4 == len(told)


def test_the_new_index_is_as_readable_as_the_old_one(tmp_path: Path) -> None:
    """The web server's user reads what the nightly job's user wrote."""
    indexed(tmp_path, master_rows(5))
    target = tmp_path / "cslb.index"
    assert 0o644 == stat.S_IMODE(target.stat().st_mode)
    target.chmod(0o640)
    indexed(tmp_path, master_rows(5))
    assert 0o640 == stat.S_IMODE(target.stat().st_mode)


@contextmanager
def small_files() -> Iterator[None]:
    """No file may grow beyond 64 KiB, as if the disk were full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_old_index(tmp_path: Path) -> None:
    """The new one is taken away again."""
    indexed(tmp_path, master_rows(5))
    write_master_csv(tmp_path / "master.csv", master_rows(2_000))
    before = (tmp_path / "cslb.index").read_bytes()
    with small_files(), pytest.raises(Unavailable, match="could not be written"):
        index_cslb(tmp_path / "master.csv", tmp_path / "cslb.index", as_of=AS_OF)
    assert before == (tmp_path / "cslb.index").read_bytes()
    assert ["cslb.index", "master.csv"] == sorted(os.listdir(tmp_path))


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Before anything is read."""
    write_master_csv(tmp_path / "master.csv", master_rows(2))
    with pytest.raises(ConfigurationError, match="nowhere does not exist: make it"):
        index_cslb(tmp_path / "master.csv", tmp_path / "nowhere" / "i", as_of=AS_OF)
    with pytest.raises(OSError, match="no-such"):
        index_cslb(tmp_path / "no-such.csv", tmp_path / "i", as_of=AS_OF)
