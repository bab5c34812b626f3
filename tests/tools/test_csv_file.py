"""A CSV file, read strictly and in bounded memory."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.files import FileFault
from permit_accounts.tools.csv_file import (
    MAX_BYTES,
    MAX_ROW,
    CSVFile,
    Unreadable,
    check_format,
    undecodable_line,
)


def opened(text: str | bytes, encoding: str = "utf-8-sig") -> CSVFile:
    raw = text if isinstance(text, bytes) else text.encode()
    return CSVFile(io.BytesIO(raw), start=0, encoding=encoding)


def rows(text: str | bytes) -> list[tuple[int, list[str] | None]]:
    file = opened(text)
    file.header()
    return list(file.rows(","))


def refused(text: str | bytes) -> tuple[FileFault, int]:
    with pytest.raises(Unreadable) as caught:
        rows(text)
    return caught.value.fault, caught.value.line


class Endless(io.RawIOBase):
    """A file of 2 GB without a line end, of which nothing is really there."""

    def __init__(self, size: int = 2**31) -> None:
        self._left = size
        self.taken = 0

    def seek(self, place: int, whence: int = 0) -> int:
        return place

    def read(self, size: int = -1) -> bytes:
        taken = min(size, self._left)
        self._left -= taken
        self.taken += taken
        return b"a" * taken


@pytest.mark.attack("CSV-05")
def test_each_row_has_the_line_on_which_it_begins() -> None:
    """Physical lines, the header being the first, also where a cell has line feeds in it."""
    assert [(2, ["1", "a"]), (3, ["2", "b\nc"]), (5, ["3", "d"])] == rows('n,t\n1,a\n2,"b\nc"\n3,d')


@pytest.mark.attack("CSV-05")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_counts(end: str) -> None:
    """Also the lone carriage return of old programs; the last line may lack its own."""
    assert [(2, ["1"]), (3, []), (4, ["2"])] == rows(end.join(["n", "1", "", "2"]))


@pytest.mark.attack("CSV-05")
def test_blank_lines_and_control_z_are_empty_rows() -> None:
    """Nothing stands in them; a line of white space is left for whoever knows the columns."""
    assert [(2, []), (3, [" "]), (4, ["1"]), (5, [])] == rows("n\n\n \n1\n\x1a")


@pytest.mark.attack("CSV-05")
def test_blank_lines_before_the_header_are_passed_over() -> None:
    """And counted."""
    file = opened("\ufeff\r\n  \r\nn,t\r\n1,2\r\n")
    assert (3, "n,t\r\n") == file.header()
    assert [(4, ["1", "2"])] == list(file.rows(","))


@pytest.mark.attack("CSV-05")
def test_stray_quote_costs_its_line_only() -> None:
    """The rows around it are read."""
    assert [(2, ["1", "a"]), (3, None), (4, ["3", "c"])] == rows('n,t\n1,a\n2,"b"x\n3,c\n')
    assert [(2, None)] == rows('n,t\n1,"b"x')


def test_quote_inside_a_plain_cell_is_a_character() -> None:
    """Five inches of pipe."""
    assert [(2, ["1", '5" pipe'])] == rows('n,t\n1,5" pipe\n')


@pytest.mark.attack("CSV-05")
@pytest.mark.parametrize(
    "after", ["", "4,c\n" * 3, "4,c\n" * 100_000, '4,"c"\n', '4,"c,d"\n5,e\n', '4,c\n"x"y,z\n']
)
def test_unclosed_quote_refuses_the_file_at_its_line(after: str) -> None:
    """Else the rest of the file would become one cell, or the next rows half of this one."""
    assert (FileFault.QUOTE, 3) == refused('n,t\n1,a\n2,"b\n' + after)


@pytest.mark.attack("CSV-07")
def test_long_row_refuses_the_file() -> None:
    """One field of 200 KB, or as many on several lines."""
    assert (FileFault.ROW_TOO_LONG, 3) == refused("n,t\n1,a\n2," + "b" * 200_000 + "\n")
    assert (FileFault.QUOTE, 3) == refused("n,t\n1,a\n2" + ',"bbbb\nbbbb"' * 20_000 + "\n")
    assert 1 == len(rows("n,t\n1," + "b" * (MAX_ROW - 3) + "\n"))


@pytest.mark.attack("CSV-07")
def test_line_of_two_gigabytes_is_not_read() -> None:
    """It is given up as soon as it is longer than any row."""
    endless = Endless()
    file = CSVFile(endless, start=0, encoding="utf-8-sig")  # type: ignore[arg-type]
    with pytest.raises(Unreadable):
        file.header()
    assert endless.taken < 2 * MAX_ROW


@pytest.mark.attack("CSV-07")
def test_file_without_end_is_given_up_at_a_gigabyte() -> None:
    """Whatever its size was said to be."""
    file = opened("n\n1\n2\n")
    file._metered.count = MAX_BYTES - 3
    with pytest.raises(Unreadable) as caught:
        file.header()
    assert FileFault.TOO_LARGE == caught.value.fault


@pytest.mark.attack("CSV-07")
@pytest.mark.parametrize(
    "first", [b"PK\x03\x04\x14\x00", b"\x1f\x8b\x08", b"\xd0\xcf\x11\xe0", b"%PDF-1.7", b"\xff\xfel\x00"]
)
def test_other_formats_are_known_by_their_first_bytes(first: bytes) -> None:
    """A workbook or an archive is never unpacked, so a bomb in it never goes off."""
    with pytest.raises(Unreadable) as caught:
        check_format(io.BytesIO(first + b"x" * 100), start=0)
    assert FileFault.NOT_CSV == caught.value.fault
    assert caught.value.params["kind"]


def test_mark_of_utf8_is_seen() -> None:
    """It tells that nothing else was meant."""
    assert check_format(io.BytesIO(b"\xef\xbb\xbflicense"), start=0)
    assert not check_format(io.BytesIO(b"license"), start=0)


def test_text_mode_is_a_mistake() -> None:
    """Somebody else has decoded it, perhaps wrongly."""
    with pytest.raises(ConfigurationError, match="binary"):
        check_format(io.StringIO("license"), start=0)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [b"", b"\n \r\n\t\n", b"\xef\xbb\xbf"])
def test_empty_file_is_refused(text: bytes) -> None:
    """There is no header."""
    assert (FileFault.EMPTY, 0) == refused(text)


def test_first_undecodable_line_is_found() -> None:
    """Whatever its line ends, and not before it."""
    raw = b"n,t\r1,a\r\n2,\xe9\n3,c\n"
    assert 3 == undecodable_line(io.BytesIO(raw), start=0, encoding="utf-8-sig")
    assert 0 == undecodable_line(io.BytesIO(raw), start=0, encoding="windows-1252")
    assert 2 == undecodable_line(io.BytesIO(b"n\n\x81"), start=0, encoding="windows-1252")


def test_bytes_are_counted_and_hashed() -> None:
    """From where the file begins in its stream."""
    raw = b"license\n1\n2\n"
    file = CSVFile(io.BytesIO(b"before" + raw), start=6, encoding="utf-8-sig")
    file.header()
    assert 2 == len(list(file.rows(",")))
    assert len(raw) == file.bytes_done
    assert hashlib.sha256(raw).hexdigest() == file.file_hash


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """Nothing but a refusal or a decoding error comes of garbage, and lines only grow."""
    file = opened(b"n\n" + raw)
    try:
        file.header()
        lines = [line for line, _ in file.rows(",")]
    except (Unreadable, UnicodeDecodeError):
        return
    assert sorted(set(lines)) == lines
