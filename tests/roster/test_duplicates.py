"""One license in several rows of one file: the same thing twice, or a contradiction."""

from __future__ import annotations

import pytest

from permit_accounts.model.codes import Code
from permit_accounts.model.records import License
from permit_accounts.model.roster import RowReason
from permit_accounts.testing.world import World, public_form
from roster.town import HEADER, all_of, csv_file, imported, names, reasons, small_commits

CONTRADICTED = RowReason.DUPLICATE


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.attack("CSV-09")
def test_equal_rows_count_once(world: World) -> None:
    """The license goes in once; the others are counted."""
    report = imported(world, csv_file(HEADER, *["1012345,Sample Builders,a@x.example.org"] * 3))
    assert (3, 1, 2) == (report.rows, report.added, report.duplicates)
    assert () == report.problems


@pytest.mark.attack("CSV-09")
def test_contradicting_rows_are_all_refused(world: World) -> None:
    """Neither the first nor the last wins: nobody can say which of them is right."""
    report = imported(
        world,
        csv_file(
            HEADER,
            "1012345,Sample Builders,a@x.example.org",
            "1012346,Other Builders,",
            "1012345,Sample Builders,b@x.example.org",
            "1012345,Sample Builders,a@x.example.org",
        ),
    )
    assert [(line, "license", CONTRADICTED) for line in (2, 4, 5)] == reasons(report)
    assert {"us-ca-cslb:1012345"} == {problem.license for problem in report.problems}
    assert {"us-ca-cslb:1012346": "Other Builders"} == names(world)


@pytest.mark.attack("CSV-09")
def test_spellings_of_one_number_are_one_license(world: World) -> None:
    """Case, dash, full width, label and leading zero: what is compared is the canonical form."""
    spellings = [
        "1012345",
        "cslb 1012345",
        "１０１２３４５",
        "01012345",
        "CSLB #1012345",
        "1,012,345",
        " 1012345",
    ]
    rows = [f'"{spelling}","Sample  Builders ",A@x.example.org' for spelling in spellings]
    report = imported(world, csv_file(HEADER, *rows))
    assert (1, 6) == (report.added, report.duplicates)
    report = imported(world, csv_file(HEADER, *rows, "1012345.0,Another,"))
    assert (8, 0) == (report.refused, report.unchanged)


@pytest.mark.attack("CSV-09")
def test_one_mailbox_for_many_licenses(world: World) -> None:
    """A bookkeeper's address stands in fifty rows; each is another license."""
    rows = [f"{1_000_000 + n},Builders {n},books@mail.example.org" for n in range(50)]
    assert 50 == imported(world, csv_file(HEADER, *rows)).added


@pytest.mark.attack("CSV-09")
def test_public_username_like_a_number_is_not_touched(world: World) -> None:
    """Names of public users and licenses do not meet."""
    world.accounts.register("public", public_form("builder"))
    assert 1 == imported(world, csv_file(HEADER, "1012345,builder,builder@mail.example.org")).added


def test_row_that_cannot_be_taken_agrees_with_none(world: World) -> None:
    """Half right is not right: the good row of a license does not go in beside a broken one."""
    report = imported(world, csv_file(HEADER, "1012345,One,a@x.example.org", "1012345,One,bad"))
    assert [(2, "license", CONTRADICTED), (3, "email", Code.EMAIL)] == reasons(report)
    assert () == all_of(world.store, License)


def test_same_number_of_two_boards_is_two_licenses(world: World) -> None:
    """Digits alone name nobody."""
    report = imported(world, csv_file("license,authority", "123456,us-ca-cslb", "123456,us-az-roc"))
    assert 2 == report.added


def test_repeated_rows_far_apart() -> None:
    """The file may be long, and what repeats may lie in different commits."""
    world = World(store=small_commits())
    rows = [f"{1_000_000 + n},Builders {n}," for n in range(500)]
    changed = [row.replace("Builders", "Firm") for row in rows[:10]]
    report = imported(world, csv_file(HEADER, *rows, *rows[100:200], *changed))
    assert (490, 100, 20) == (report.added, report.duplicates, report.refused)
    assert 490 == len(all_of(world.store, License))


def test_broken_rows_between_repeated_ones(world: World) -> None:
    """Lines that say nothing, or nothing readable, do not keep equal rows from being equal."""
    report = imported(world, csv_file(HEADER, "1,One,", "", '2,"T"wo,', "bad,,", "1,One,"))
    assert (1, 1, 2, 1) == (report.added, report.duplicates, report.refused, report.blank_lines)
