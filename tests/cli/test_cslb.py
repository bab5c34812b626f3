"""The board's public license file, indexed from a terminal."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cli.terminal import Terminal
from permit_accounts.registers import CslbRegister
from permit_accounts.testing.cslb_rows import master_rows, write_master_csv


@pytest.fixture
def master(tmp_path: Path) -> Path:
    """A file of two hundred licenses, downloaded on a known day."""
    path = tmp_path / "master.csv"
    write_master_csv(path, master_rows(200))
    moment = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))
    return path


def _register(index: Path) -> CslbRegister:
    return CslbRegister(index, today=lambda: date(2026, 3, 3))


def test_a_master_file_is_indexed(terminal: Terminal, master: Path) -> None:
    """Without options it is as old as the file."""
    index = terminal.folder / "cslb.index"
    ended = terminal.run("cslb", "index", str(master), str(index), "--json")
    report = ended.document["report"]
    assert (0, 200, "2026-03-02T12:00:00+00:00") == (ended.code, report["rows"], report["as_of"])
    number = next(iter(master_rows(1)))["LicenseNo"]
    assert _register(index).lookup("us-ca-cslb", number) is not None


def test_the_day_may_be_given(terminal: Terminal, master: Path) -> None:
    """For a file that was copied about."""
    ended = terminal.run(
        "cslb", "index", str(master), str(terminal.folder / "x"), "--as-of", "2026-02-01", "--json"
    )
    assert "2026-02-01T00:00:00+00:00" == ended.document["report"]["as_of"]


def test_lines_left_out_are_told(terminal: Terminal, master: Path) -> None:
    """With their line and the reason."""
    master.write_bytes(master.read_bytes() + b"no license,at,all\r\n")
    ended = terminal.run("cslb", "index", str(master), str(terminal.folder / "x"))
    assert (0, True, True) == (ended.code, "lines left out  1" in ended.out, "line 202: " in ended.err)


def test_a_day_is_written_year_first(terminal: Terminal, master: Path) -> None:
    """Another spelling is answered with an example, not with a format's code."""
    ended = terminal.run("cslb", "index", str(master), str(terminal.folder / "x"), "--as-of", "01/09/2014")
    assert (2, True) == (ended.code, "'01/09/2014' is no day: write year-month-day" in ended.err)
    assert "%" not in ended.err


def test_a_folder_that_is_not_there_is_named(terminal: Terminal, master: Path) -> None:
    """And not a file of the command's own in it."""
    ended = terminal.run("cslb", "index", str(master), str(terminal.folder / "no" / "cslb.index"))
    assert (3, True) == (ended.code, f"the folder {terminal.folder / 'no'} does not exist" in ended.err)
    assert ".part" not in ended.err


def test_half_a_file_is_refused(terminal: Terminal, master: Path) -> None:
    """The index in place stays, and exit code 3 says that the file is not what it should be."""
    index = terminal.folder / "cslb.index"
    terminal.run("cslb", "index", str(master), str(index))
    before = index.read_bytes()
    write_master_csv(master, master_rows(20))
    ended = terminal.run("cslb", "index", str(master), str(index))
    assert (3, before) == (ended.code, index.read_bytes())
    assert 0 == terminal.run("cslb", "index", str(master), str(index), "--least-share", "0").code


def test_a_file_that_is_not_there_is_a_usage_error(terminal: Terminal) -> None:
    """Before anything is made."""
    assert 2 == terminal.run("cslb", "index", "no.csv", str(terminal.folder / "x")).code
