"""A row becomes facts about one license, or everything that is wrong with it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from permit_accounts.model.codes import Code, FactSource, LicenseStatus
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.records import (
    BusinessFacts,
    ContactFacts,
    License,
    StatusFacts,
    WorkersCompFacts,
)
from permit_accounts.model.roster import RowReason
from permit_accounts.rules.roster_columns import Layout, RosterColumns, layout_of
from permit_accounts.rules.roster_rows import RowFault, RowReader, Wanted

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def reader(header: str, wanted: Wanted | None = None) -> RowReader:
    layout = layout_of(header, RosterColumns())
    assert isinstance(layout, Layout)
    return RowReader(layout, authority="us-ca-cslb", wanted=wanted or Wanted(), as_of=NOW)


def test_every_column_finds_its_field() -> None:
    """One row with everything that a roster can tell."""
    row = {
        "license": "CSLB 1012345",
        "business_name": "Sample Builders",
        "business_type": "corporation",
        "classes": "B, C10",
        "status": "Active",
        "license_expires_on": "6/30/2027",
        "contact_name": "Sam Sample",
        "email": "Office@contractor.example.org",
        "phone": "(323) 555-0100",
        "address": "1 Sample Street",
        "workers_comp_coverage": "Exempt",
        "workers_comp_carrier": "Sample Mutual",
        "workers_comp_policy": "WC-1",
        "workers_comp_expires_on": "2026-12-31",
        "division": "Building and Safety",
        "last_permit_on": "2020-05-06",
    }
    facts = {"source": FactSource.ROSTER, "as_of": NOW}
    expected = License(
        id="us-ca-cslb:1012345",
        on_roster_since=NOW,
        business=BusinessFacts(name="Sample Builders", business_type="corporation", **facts),
        status=StatusFacts(
            status=LicenseStatus.ACTIVE,
            text="Active",
            classes=("B", "C-10"),
            expires_on=date(2027, 6, 30),
            **facts,
        ),
        workers_comp=WorkersCompFacts(
            coverage="Exempt",
            carrier="Sample Mutual",
            policy_number="WC-1",
            expires_on=date(2026, 12, 31),
            **facts,
        ),
        contact=ContactFacts(
            name="Sam Sample",
            email="Office@contractor.example.org",
            email_key="office@contractor.example.org",
            phone="(323) 555-0100",
            address="1 Sample Street",
            **facts,
        ),
        division="Building and Safety",
        last_permit_on=date(2020, 5, 6),
    )
    read = reader(",".join(row))
    license_id = read.license_of(list(row.values()))
    assert LicenseId("us-ca-cslb", "1012345") == license_id
    assert expected == read.facts_of(list(row.values()), str(license_id))


def test_empty_cells_tell_nothing() -> None:
    """A group of which nothing is said is not there."""
    read = reader("license,business_name,classes,email,division")
    assert License(id="x", on_roster_since=NOW) == read.facts_of(["1", "", " ", "\u00a0", ""], "x")


def test_all_faults_of_a_row_at_once() -> None:
    """Whoever mends the file sees everything that is wrong, under the file's own column names."""
    read = reader("License,E-MAIL,Phone,status,Last Permit On")
    layout_names = ["E-MAIL", "Phone", "Last Permit On"]
    faults = read.facts_of(["1012345", "N/A", "3.2E+09", "Active", "yesterday"], "x")
    assert isinstance(faults, tuple)
    assert [
        (layout_names[2], Code.DATE),
        (layout_names[0], Code.EMAIL),
        (layout_names[1], Code.PHONE),
    ] == [(fault.column, fault.reason) for fault in faults]


@pytest.mark.attack("CSV-05")
@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1012345"], RowFault("", RowReason.SHORT_ROW)),
        (["1012345", "a@x.org", "more"], RowFault("", RowReason.LONG_ROW)),
        (["1012345", "a@x.org", "", ""], LicenseId("us-ca-cslb", "1012345")),
        ([], None),
        ([" ", "\t"], None),
        (["", "", "", ""], None),
        (["", "a@x.org"], RowFault("license", Code.REQUIRED)),
    ],
)
def test_misshapen_rows(cells: list[str], expected: object) -> None:
    """Cells are neither invented nor dropped; empty ones at the end (trailing commas) are no cells."""
    assert expected == reader("license,email").license_of(cells)


@pytest.mark.attack("CSV-12")
@pytest.mark.parametrize("number", ["1.23457E+11", "1.012345E+06", "1,23E+5", "1e+05", "12E-3"])
def test_scientific_notation_is_known(number: str) -> None:
    """What a spreadsheet program makes of long numbers."""
    read = reader("license,email")
    assert isinstance(read.license_of([number, ""]), RowFault)
    assert read.is_scientific([number, ""])


@pytest.mark.parametrize("number", ["1012345", "12E5", "E+5", "Sample"])
def test_other_numbers_are_not_scientific(number: str) -> None:
    """A letter alone makes no exponent."""
    assert not reader("license").is_scientific([number])
    assert not reader("email,license").is_scientific([number])


@pytest.mark.attack("CSV-12")
def test_date_in_place_of_a_license_is_refused() -> None:
    """`3-4-26` became a date in somebody's spreadsheet."""
    assert isinstance(reader("license").license_of(["2026-03-04"]), RowFault)


@pytest.mark.attack("CSV-02")
def test_guarded_cells_are_restored() -> None:
    """What an export has guarded is what it was."""
    told = reader("license,business_name,phone").facts_of(["1", "'-One Sample", "'+1 323 555 0100"], "x")
    assert isinstance(told, License)
    assert told.business is not None
    assert told.contact is not None
    assert "-One Sample" == told.business.name
    assert "+1 323 555 0100" == told.contact.phone


def test_row_may_name_its_board() -> None:
    """By id, in any case; an empty cell means the import's own board, an unknown one is a fault."""
    read = reader("license,authority")
    assert LicenseId("us-az-roc", "123456") == read.license_of(["123456", " US-AZ-ROC "])
    assert LicenseId("us-ca-cslb", "123456") == read.license_of(["123456", ""])
    assert RowFault("authority", RowReason.UNKNOWN_BOARD) == read.license_of(["123456", "nowhere"])


def test_number_of_another_board_is_refused() -> None:
    """Its label says so."""
    fault = reader("license").license_of(["AZ ROC 123456"])
    assert isinstance(fault, RowFault)
    assert ("license", Code.LICENSE_OTHER_BOARD) == (fault.column, fault.reason)
    assert {"board", "boards"} == set(fault.params)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("9/2/2014", LicenseId("us-ca-cslb", "1012345")),
        ("2014-09-01", RowFault("last_permit_on", RowReason.PERMIT_TOO_OLD)),
        ("", RowFault("last_permit_on", RowReason.PERMIT_UNKNOWN)),
        ("soon", RowFault("last_permit_on", Code.DATE)),
    ],
)
def test_permits_after_a_day(cell: str, expected: object) -> None:
    """After that day, not on it; a row that does not say when is left out."""
    read = reader("license,last_permit_on", Wanted(permits_after=date(2014, 9, 1)))
    assert expected == read.license_of(["1012345", cell])


def test_one_division_is_wanted() -> None:
    """In whatever case and spacing; both conditions hold where both are asked."""
    wanted = Wanted(division="Building and Safety", permits_after=date(2014, 9, 1))
    read = reader("license,division,last_permit_on", wanted)
    other = RowFault("division", RowReason.OTHER_DIVISION)
    assert other == read.license_of(["1012345", "Planning", "2020-01-01"])
    assert isinstance(read.license_of(["1012345", " BUILDING  AND safety ", "2020-01-01"]), LicenseId)
    assert isinstance(reader("license,division", Wanted(division="x")).license_of(["1", "X"]), LicenseId)


@pytest.mark.parametrize("division", ["", "  "])
def test_a_division_has_a_name(division: str) -> None:
    """A variable that was not set does not stand for the rows without a division."""
    with pytest.raises(ConfigurationError, match="must name a division"):
        Wanted(division=division)


def test_permits_after_takes_a_day() -> None:
    """A moment has a time zone, and so two days."""
    with pytest.raises(ConfigurationError, match="permits_after"):
        Wanted(permits_after=NOW)
