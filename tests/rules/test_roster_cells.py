"""One cell of a roster, read by the rule that reads the same entry on a form."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.codes import Code, LicenseStatus
from permit_accounts.model.roster import RowReason
from permit_accounts.rules import roster_cells
from permit_accounts.rules.account_types import Field
from permit_accounts.rules.profile import read_name, read_phone
from permit_accounts.rules.roster_cells import CellFault

NAME = Field(name="name", max_length=200)
PHONE = Field(name="phone", max_length=40)


def as_told(read: str | Code) -> str | CellFault:
    return CellFault(read) if isinstance(read, Code) else read


@given(st.text(alphabet="abWwHhtTpP 'éßŉ.&-,()#/0:@", max_size=12).map(str.strip).filter(bool))
def test_name_is_read_as_on_the_form(cell: str) -> None:
    """The short cut for plain names gives what the form's rule gives."""
    assert as_told(read_name(cell, NAME)) == roster_cells.name(cell)


@given(st.text(alphabet="0123456789-. ()+x", max_size=16).map(str.strip).filter(bool))
def test_phone_is_read_as_on_the_form(cell: str) -> None:
    """The short cut for plain numbers gives what the form's rule gives."""
    assert as_told(read_phone(cell, PHONE)) == roster_cells.phone(cell)


@pytest.mark.attack("CSV-12")
@pytest.mark.parametrize(
    "cell",
    ["Ann\x00", "Ann\r\nBcc: x", "Ann\u202eBob", "Ann\u200bBob", "<script>", "Ann\tBob", "A\x1bB"],
)
def test_dangerous_name_is_refused(cell: str) -> None:
    """What cannot be seen, ends a line or is markup is in no name."""
    assert CellFault(Code.CHARACTERS) == roster_cells.name(cell)


@pytest.mark.attack("CSV-12")
def test_long_cells_are_refused() -> None:
    """Size is looked at before anything else."""
    assert CellFault(Code.TOO_LONG, {"max": "200"}) == roster_cells.name("A" * 10_240)
    assert CellFault(Code.TOO_LONG, {"max": "40"}) == roster_cells.phone("1" * 10_240)
    assert CellFault(Code.TOO_LONG, {"max": "40"}) == roster_cells.phone("1" * 41)
    assert CellFault(Code.TOO_LONG, {"max": "5"}) == roster_cells.line_of(5)("123456")
    assert CellFault(Code.DATE) == roster_cells.day("1" * 10_240)


@pytest.mark.attack("CSV-12")
@pytest.mark.parametrize("cell", ["NULL", "None", "N/A", "a@x.org,b@y.org", "Ann <a@x.org>", "a@x"])
def test_what_is_no_address_is_refused(cell: str) -> None:
    """A database's word for nothing is no address, and neither are two of them."""
    assert CellFault(Code.EMAIL) == roster_cells.email(cell)


@pytest.mark.attack("CSV-12")
def test_phone_in_scientific_notation_is_refused() -> None:
    """A spreadsheet has eaten its digits."""
    assert CellFault(Code.PHONE) == roster_cells.phone("3.23555E+09")


def test_email_comes_with_its_key() -> None:
    """The address to write to, and the one to find it by."""
    assert ("Ann@Mail.Example.org".replace("Mail.E", "mail.e"), "ann@mail.example.org") == roster_cells.email(
        "Ann@Mail.Example.org"
    )


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-09-30", date(2026, 9, 30)),
        ("9/30/2026", date(2026, 9, 30)),
        ("09/03/2026", date(2026, 9, 3)),
        ("2026-09-30 00:00:00", date(2026, 9, 30)),
        ("2026-09-30T23:59:59.123Z", date(2026, 9, 30)),
        ("9/30/2026 12:00:00 AM", date(2026, 9, 30)),
        ("30/9/2026", CellFault(Code.DATE, {"written": "30/9/2026"})),
        ("30/9/2026 3:20 PM", CellFault(Code.DATE, {"written": "30/9/2026"})),
        ("30.9.2026", CellFault(Code.DATE, {"written": "30.9.2026"})),
        ("9/30/26", CellFault(Code.DATE, {"written": "9/30/26"})),
        ("2026-02-30", CellFault(Code.DATE, {"written": "2026-02-30"})),
        ("0001-01-01", CellFault(Code.DATE, {"written": "0001-01-01"})),
        ("46295", CellFault(Code.DATE)),
        ("Sep 30, 2026", CellFault(Code.DATE)),
    ],
)
def test_date(cell: str, expected: date | CellFault) -> None:
    """ISO or American dates; a time of day behind them is not looked at, and nothing is guessed."""
    assert expected == roster_cells.day(cell)


@pytest.mark.attack("CSV-12")
@pytest.mark.parametrize("cell", ["123-45-6789", "555-0100", "a@x.example.org", "323.555.0199", "1 Main St"])
def test_what_is_written_like_no_date_is_not_quoted(cell: str) -> None:
    """A mapping that names the wrong column puts no number of a person into a report."""
    assert CellFault(Code.DATE) == roster_cells.day(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("30/9/2026", True),
        ("30/09/26", True),
        ("30/9/2026 0:00:00", True),
        ("9/30/2026", False),
        ("9/3/2026", False),
        ("30/30/2026", False),
        ("2026-09-30", False),
        ("30.9.2026", False),
        ("30/9/2026" + " " * 40, False),
    ],
)
def test_day_first(cell: str, expected: bool) -> None:
    """A first number that is no month and a second that is one."""
    assert expected is roster_cells.is_day_first(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("9/3/2026", CellFault(RowReason.DATE_IN_DOUBT, {"line": "7", "written": "9/3/2026"})),
        (
            "09/03/2026 12:00:00 AM",
            CellFault(RowReason.DATE_IN_DOUBT, {"line": "7", "written": "09/03/2026"}),
        ),
        ("9/9/2026", date(2026, 9, 9)),
        ("9/30/2026", date(2026, 9, 30)),
        ("2026-09-03", date(2026, 9, 3)),
        ("30/9/2026", CellFault(Code.DATE, {"written": "30/9/2026"})),
    ],
)
def test_date_in_doubt(cell: str, expected: date | CellFault) -> None:
    """Where the file is seen to write days first, what could be two days is neither."""
    assert expected == roster_cells.day_in_doubt(7)(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Active", LicenseStatus.ACTIVE),
        ("ACTIVE", LicenseStatus.ACTIVE),
        ("Not active", LicenseStatus.UNKNOWN),
        ("CLEAR", LicenseStatus.UNKNOWN),
        ("active*", LicenseStatus.UNKNOWN),
        ("Contr Bond Susp", LicenseStatus.SUSPENDED),
        ("Inactive", LicenseStatus.INACTIVE),
        ("Expired", LicenseStatus.EXPIRED),
        ("Revoked 2024", LicenseStatus.REVOKED),
        ("Canceled", LicenseStatus.CANCELLED),
    ],
)
def test_status_is_read_cautiously(cell: str, expected: LicenseStatus) -> None:
    """Only the word itself is active; the board's own word is kept."""
    assert (expected, cell) == roster_cells.status(cell)


def test_status_must_be_a_line() -> None:
    """As any other text."""
    assert CellFault(Code.CHARACTERS) == roster_cells.status("Active\x00")


def test_classes_have_one_spelling() -> None:
    """As on the form."""
    assert ("C-10", "B") == roster_cells.classes("c10; B")
    assert CellFault(Code.LICENSE_CLASSES) == roster_cells.classes("??")


def test_address_of_several_lines_becomes_one() -> None:
    """Lines of an envelope are joined; more of them are a row that was swallowed."""
    assert "1 Sample St, Unit 2, Sampleton CA" == roster_cells.address("1 Sample St,\r\nUnit 2\nSampleton CA")
    assert CellFault(Code.CHARACTERS) == roster_cells.address("\n".join("1234567"))
