"""Dates with the month first, and files that show that they write them otherwise."""

from __future__ import annotations

from datetime import date

import pytest

from permit_accounts.model.codes import Code
from permit_accounts.model.records import License
from permit_accounts.model.roster import RowReason
from permit_accounts.testing.world import World
from roster.town import all_of, csv_file, imported, reasons, words

COLUMNS = "license,last_permit_on,license_expires_on"


@pytest.fixture
def world() -> World:
    return World()


def permits(world: World) -> dict[str, date | None]:
    """The day of each license's last permit, by its number."""
    return {record.id.partition(":")[2]: record.last_permit_on for record in all_of(world.store, License)}


@pytest.mark.attack("CSV-12")
def test_slashed_dates_have_the_month_first(world: World) -> None:
    """As they are written in the United States; nothing in this file says otherwise."""
    imported(world, csv_file(COLUMNS, "1000001,11/09/2021,", "1000002,5/14/2019,", "1000003,2019-05-14,"))
    assert {
        "1000001": date(2021, 11, 9),
        "1000002": date(2019, 5, 14),
        "1000003": date(2019, 5, 14),
    } == permits(world)


@pytest.mark.attack("CSV-12")
def test_a_day_first_puts_the_column_in_doubt(world: World) -> None:
    """What could be two days is refused, before that line and after it; what can be read one way is read."""
    report = imported(
        world,
        csv_file(
            COLUMNS,
            "1000001,11/09/2021,",
            "1000002,14/05/2019,",
            "1000003,05/05/2019,",
            "1000004,5/14/2019,",
            "1000005,2021-11-09,",
            "1000006,1/2/2021,",
            "1000007,15/05/2019,",
        ),
    )
    assert [
        (2, "last_permit_on", RowReason.DATE_IN_DOUBT),
        (3, "last_permit_on", Code.DATE),
        (7, "last_permit_on", RowReason.DATE_IN_DOUBT),
        (8, "last_permit_on", Code.DATE),
    ] == reasons(report)
    assert {"1000003", "1000004", "1000005"} == set(permits(world))
    assert words(report.problems[0]).startswith("In this column, line 3 has the day before the month")


@pytest.mark.attack("CSV-12")
def test_doubt_is_of_one_column(world: World) -> None:
    """Another column may come from somewhere else."""
    rows = ("1000001,11/09/2021,11/09/2027", "1000002,2019-05-14,30/6/2027")
    report = imported(world, csv_file(COLUMNS, *rows))
    assert [
        (2, "license_expires_on", RowReason.DATE_IN_DOUBT),
        (3, "license_expires_on", Code.DATE),
    ] == reasons(report)


@pytest.mark.attack("CSV-12")
def test_rows_are_not_chosen_by_a_date_in_doubt(world: World) -> None:
    """`1/9/2014` is before 1 September 2014, or that day: the row is neither taken nor left out."""
    rows = ("1000001,2/9/2014,", "1000002,14/05/2019,", "1000003,9/1/2014,", "1000003,2015-01-01,", "1000004")
    report = imported(world, csv_file(COLUMNS, *rows), permits_after=date(2014, 9, 1))
    assert [
        (2, "last_permit_on", RowReason.DATE_IN_DOUBT),
        (3, "last_permit_on", Code.DATE),
        (4, "last_permit_on", RowReason.DATE_IN_DOUBT),
        (6, "", RowReason.SHORT_ROW),
    ] == reasons(report)
    assert {"1000003": date(2015, 1, 1)} == permits(world)


@pytest.mark.attack("CSV-12")
def test_doubt_outlives_a_second_try_at_the_encoding(world: World) -> None:
    """The check begins anew where the text is no UTF-8 after all."""
    file = csv_file(
        "license,business_name,last_permit_on",
        "1000001,Müller,11/09/2021",
        "1000002,Söhne,30/9/2021",
        encoding="windows-1252",
    )
    report = imported(world, file)
    assert "windows-1252" == report.encoding
    assert [RowReason.DATE_IN_DOUBT, Code.DATE] == [problem.reason for problem in report.problems]
