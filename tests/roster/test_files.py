"""Files as they come: in every encoding and shape, broken, mangled and hostile."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from permit_accounts.model.codes import Code
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.files import FileFault, FileRefused, ImportStage
from permit_accounts.model.records import License
from permit_accounts.model.roster import RosterProgress, RowReason
from permit_accounts.ports import Is
from permit_accounts.roster import import_roster
from permit_accounts.rules.roster_columns import RosterColumns
from permit_accounts.testing.world import World
from permit_accounts.tools import roster_file, row_source
from permit_accounts.tools.csv_file import MAX_BYTES
from roster.town import (
    HEADER,
    all_of,
    csv_file,
    fault,
    imported,
    many,
    names,
    reasons,
    refused,
    small_commits,
    words,
)


@pytest.fixture
def world() -> World:
    return World()


# ------------------------------------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("windows-1252", "windows-1252")],
)
def test_encoding_is_found(world: World, encoding: str, expected: str) -> None:
    """UTF-8 with or without its mark, else windows-1252; the report says which."""
    report = imported(world, csv_file(HEADER, "1,Müller – Söhne,", encoding=encoding))
    assert expected == report.encoding
    assert {"us-ca-cslb:1": "Müller – Söhne"} == names(world)


def test_encoding_is_found_late(world: World) -> None:
    """The first byte that is no UTF-8 may stand on the last of many lines; nothing was written until then."""
    world = World(store=small_commits())
    file = io.BytesIO(many(2000).getvalue() + b"5000000,M\xfcller,\n")
    assert 2001 == imported(world, file).added
    assert "Müller" == names(world)["us-ca-cslb:5000000"]


def test_encoding_may_be_said(world: World) -> None:
    """Then it is that one or none."""
    cp1252 = csv_file(HEADER, "1,Müller,", encoding="windows-1252")
    refusal = refused(world, cp1252, encoding="utf-8")
    assert (FileFault.ENCODING, 2) == (refusal.fault, refusal.line)
    assert "The text is in none of these encodings: utf-8. Save the file as CSV UTF-8." == words(refusal)
    cp1252.seek(0)
    assert 1 == imported(world, cp1252, encoding="windows-1252").added


def test_marked_utf8_is_nothing_else(world: World) -> None:
    """A file that says it is UTF-8 and is not is broken; its names would come out as garbage."""
    file = io.BytesIO(b"\xef\xbb\xbf" + csv_file(HEADER, "1,Müller,", encoding="windows-1252").getvalue())
    assert (FileFault.ENCODING, 2) == fault(world, file)


def test_neither_encoding(world: World) -> None:
    """Five bytes mean nothing in windows-1252."""
    file = io.BytesIO(csv_file(HEADER, "1,One,").getvalue() + b"2,M\xfc\x81ller,\n")
    refusal = refused(world, file)
    assert (FileFault.ENCODING, 3) == (refusal.fault, refusal.line)
    assert "utf-8, windows-1252" in words(refusal)


# ---------------------------------------------------------------------------------------------- shapes


@pytest.mark.attack("CSV-05")
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_line_end(world: World, delimiter: str, end: str) -> None:
    """Told from the header; the last line may lack its end."""
    lines = [HEADER, "1,One,", '2,"T\'wo",', ""]
    text = end.join(line.replace(",", delimiter) for line in lines).rstrip(end)
    assert 2 == imported(world, io.BytesIO(text.encode())).added


@pytest.mark.attack("CSV-05")
def test_broken_rows_are_named_by_line_and_the_rest_goes_in(world: World) -> None:
    """Short, long and misquoted rows, blank lines, trailing commas, Control-Z, a cell of two lines."""
    report = imported(
        world,
        csv_file(
            "license,business_name,address",
            "1000001,One",
            "1000002,Two,2 Street,more",
            "",
            "  ,, ",
            "1000003,Three,3 Street,,,",
            '1000004,"Fo"ur,4 Street',
            '1000005,Five,"5 Street',
            'Unit 5"',
            "1000006,Six,6 Street",
            "\x1a",
        ),
    )
    assert [
        (2, "", RowReason.SHORT_ROW),
        (3, "", RowReason.LONG_ROW),
        (7, "", RowReason.QUOTE),
    ] == reasons(report)
    assert (6, 3, 3, 3) == (report.rows, report.added, report.refused, report.blank_lines)
    five = world.store.select(License, Is("id", "us-ca-cslb:1000005"), limit=1)[0]
    assert five.contact is not None
    assert "5 Street, Unit 5" == five.contact.address


@pytest.mark.attack("CSV-05")
def test_unclosed_quote_refuses_the_file(world: World) -> None:
    """On line 3 of thousands: nothing is written, not even the rows before it."""
    lines = many(3000).getvalue().decode().splitlines()
    lines[2] = lines[2].replace(",", ',"', 1)
    assert (FileFault.QUOTE, 3) == fault(world, csv_file(*lines))


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_empty_file_is_refused(world: World, text: bytes) -> None:
    """It is not an empty roster: that has a header."""
    assert (FileFault.EMPTY, 0) == fault(world, io.BytesIO(text))
    assert 0 == imported(world, csv_file(HEADER)).rows


def test_column_named_twice_is_refused(world: World) -> None:
    """At the header's line."""
    assert (FileFault.COLUMN_TWICE, 2) == fault(world, csv_file("", "license,email,E-mail"))


# -------------------------------------------------------------------------------------- mangled values


@pytest.mark.attack("CSV-12")
def test_scientific_notation_refuses_the_file_with_a_hint(world: World) -> None:
    """The digits of more numbers than this one are lost; only the original has them."""
    file = csv_file("No,LIC,email", "1,1012345,", "2,1.23457E+11,")
    refusal = refused(world, file, columns=RosterColumns(license="LIC"))
    assert (FileFault.SCIENTIFIC, 3) == (refusal.fault, refusal.line)
    assert "rewritten the numbers in column 'LIC'" in words(refusal)


@pytest.mark.attack("CSV-12")
def test_dangerous_values_are_refused_row_by_row(world: World) -> None:
    """By the rules of the forms, with their codes; all the faults of a row at once."""
    report = imported(
        world,
        csv_file(
            "license,business_name,email,phone",
            "1000001,One\x00,,",
            "1000002,Two\u202e,,",
            "1000003,Three\u200b,,",
            f"1000004,{'x' * 10_240},,",
            '1000005,"Five\r\nBcc: x@y.org","a@x.org,b@y.org",3.23555E+09',
            "1000006,Six,NULL,",
            "1000007,Seven,None,",
            "1000008,Eight,N/A,",
            "2026-03-04,Nine,,",
            "1O12345,Ten,bad,",
            "1000009,=1+1,=1+1@x.org,",
            "1000010,Good Builders,+1@mail.example.org,",
            "1000011,Good Builders,one@mail.example.org,",
        ),
    )
    assert [
        (2, "business_name", Code.CHARACTERS),
        (3, "business_name", Code.CHARACTERS),
        (4, "business_name", Code.CHARACTERS),
        (5, "business_name", Code.TOO_LONG),
        (6, "business_name", Code.CHARACTERS),
        (6, "email", Code.EMAIL),
        (6, "phone", Code.PHONE),
        (8, "email", Code.EMAIL),
        (9, "email", Code.EMAIL),
        (10, "email", Code.EMAIL),
        (11, "license", Code.LICENSE_SEVERAL),
        (12, "license", Code.LICENSE_LOOKALIKE),
        (12, "email", Code.EMAIL),
        (13, "email", Code.EMAIL),
        (14, "email", Code.EMAIL),
    ] == sorted(reasons(report), key=lambda row: row[0])
    assert ["us-ca-cslb:1000011"] == list(names(world))


@pytest.mark.attack("CSV-12")
def test_lone_surrogate_is_no_text(world: World) -> None:
    """In UTF-8 it cannot stand; the bytes of one are no UTF-8, and in windows-1252 they are three letters."""
    report = imported(world, io.BytesIO(b"license,business_name\n1000001,A\xed\xa0\x80\n"))
    assert "windows-1252" == report.encoding


@pytest.mark.attack("CSV-02")
def test_formula_is_kept_as_text(world: World) -> None:
    """Nothing is computed: what begins like a formula is a name like any other."""
    imported(world, csv_file(HEADER, "1,=1+1,", "2,@SUM(1),", "3,'=1+1,", "4,-One,"))
    assert ["=1+1", "=1+1", "-One"] == [names(world)[f"us-ca-cslb:{n}"] for n in (1, 3, 4)]


@pytest.mark.attack("CSV-11")
def test_markup_in_the_file_reaches_no_report(world: World) -> None:
    """A report repeats no cell; of the header only what can be shown on a line."""
    report = imported(world, csv_file("license,email,<script>\x00", "1,<script>alert(1)</script>,"))
    assert "alert" not in str(report)
    assert ("<script>",) == report.ignored


# ----------------------------------------------------------------------------------------------- sizes


class Huge(io.RawIOBase):
    """A file of 5 GB of which nothing is really there."""

    taken = 0
    place = 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        self.place = place if whence == os.SEEK_SET else 5 * 2**30
        return self.place

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return b"1\n" * (size // 2)


@pytest.mark.attack("CSV-07")
def test_huge_file_is_refused_unread(world: World) -> None:
    """Its size is enough."""
    file = Huge()
    refusal = refused(world, file)
    assert FileFault.TOO_LARGE == refusal.fault
    assert "larger than 1 GiB" in words(refusal)
    assert 0 == file.taken


class Flood(Huge):
    """The same as a stream that nobody can measure."""

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return b"1\n" * (size // 2)


@pytest.mark.attack("CSV-07")
def test_stream_without_end_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is put aside no further than a file may be long."""
    monkeypatch.setattr(row_source, "MAX_BYTES", 2**20)
    file = Flood()
    assert FileFault.TOO_LARGE == refused(world, file).fault
    assert file.taken < 2**21 < MAX_BYTES


@pytest.mark.attack("CSV-07")
def test_rows_are_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the first row too many, before anything is written."""
    monkeypatch.setattr(roster_file, "MAX_ROWS", 50)
    assert (FileFault.TOO_MANY_ROWS, 52) == fault(world, many(60))


@pytest.mark.attack("CSV-07")
def test_long_field_is_refused(world: World) -> None:
    """200 KB in one cell."""
    refusal = refused(world, csv_file(HEADER, "1,One,", f"2,{'x' * 200_000},"))
    assert (FileFault.ROW_TOO_LONG, 3) == (refusal.fault, refusal.line)


@pytest.mark.attack("CSV-07")
@pytest.mark.parametrize("raw", [b"PK\x03\x04" + b"\0" * 100, b"\x1f\x8b\x08\x00" + b"\0" * 100])
def test_archive_is_not_unpacked(world: World, raw: bytes) -> None:
    """So no bomb in it goes off."""
    refusal = refused(world, io.BytesIO(raw))
    assert FileFault.NOT_CSV == refusal.fault
    assert "save the sheet as CSV UTF-8" in words(refusal)


# ----------------------------------------------------------------------------------- files that change


@pytest.mark.attack("CSV-08")
@pytest.mark.parametrize("change", ["grown", "shrunken", "broken", "recoded"])
def test_file_that_changes_while_it_is_read(world: World, tmp_path: Path, change: str) -> None:
    """It is noticed, and importing it again puts everything right."""
    world = World(store=small_commits())
    path = tmp_path / "roster.csv"
    path.write_bytes(many(2000).getvalue())
    later = {
        "grown": many(2000).getvalue() + b"9,Nine,\n",
        "shrunken": many(2000).getvalue()[:50_000],
        "broken": many(1000).getvalue() + b'5,"Five,\n' + many(1000).getvalue(),
        "recoded": many(1000).getvalue() + b"5,M\xfcller,\n" * 1000,
    }[change]

    def overwrite(progress: RosterProgress) -> None:
        if progress.stage is ImportStage.IMPORTING and progress.report.rows < 100:
            path.write_bytes(later)

    refusal = import_roster(world.services, path, progress=overwrite)
    assert isinstance(refusal, FileRefused)
    assert FileFault.CHANGED == refusal.fault
    assert "Import it again" in words(refusal)
    path.write_bytes(many(2000).getvalue())
    imported(world, path)
    assert 2000 == len([name for name in names(world) if len(name) == len("us-ca-cslb:1000000")])


def test_encoding_must_be_one_of_two(world: World) -> None:
    """A codec is code; only these two are taken."""
    with pytest.raises(ConfigurationError, match="windows-1252"):
        import_roster(world.services, many(1), encoding="rot13")  # type: ignore[arg-type]


def test_license_count_is_what_was_read(world: World) -> None:
    """Rows of a roster without anything but numbers are licenses too."""
    imported(world, csv_file("license", "1", "2"))
    assert 2 == len(all_of(world.store, License))
