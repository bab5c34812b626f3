"""The roster is exported: safe to open, and importing it again changes nothing."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.codes import FactSource, LicenseStatus
from permit_accounts.model.records import (
    BusinessFacts,
    ContactFacts,
    License,
    StatusFacts,
    WorkersCompFacts,
)
from permit_accounts.model.roster import RowProblem, RowReason
from permit_accounts.ports import Add
from permit_accounts.roster import export_roster, problem_file
from permit_accounts.rules.roster_columns import NAMES
from permit_accounts.rules.roster_export import PROBLEM_HEADER
from permit_accounts.testing.world import START, World
from roster.town import HEADER, all_of, csv_file, imported, many

FACTS = {"source": FactSource.ROSTER, "as_of": START}
FULL = License(
    id="us-ca-cslb:1012345",
    on_roster_since=START,
    business=BusinessFacts(name="-Sample & “Söhne”, Inc.", business_type="corporation", **FACTS),
    status=StatusFacts(
        status=LicenseStatus.SUSPENDED,
        text="Contr Bond Susp",
        classes=("B", "C-10"),
        expires_on=date(2027, 6, 30),
        **FACTS,
    ),
    workers_comp=WorkersCompFacts(
        coverage="Exempt", carrier="Mutual", policy_number="+1", expires_on=date(2026, 12, 31), **FACTS
    ),
    contact=ContactFacts(
        name="Sam Sample",
        email="Office@contractor.example.org",
        email_key="office@contractor.example.org",
        phone="+1 (323) 555-0100",
        address="1 Sample Street, -5",
        **FACTS,
    ),
    division="@Planning",
    last_permit_on=date(2020, 5, 6),
)


@pytest.fixture
def world() -> World:
    return World()


def exported(world: World) -> io.BytesIO:
    target = io.BytesIO()
    export_roster(world.services, target)
    target.seek(0)
    return target


def test_importing_an_export_changes_nothing(world: World) -> None:
    """Whoever gave the facts, and whatever they begin with."""
    bare = License(id="us-az-roc:123456", on_roster_since=START)
    corrected = License(
        id="us-ca-cslb:7",
        on_roster_since=START,
        business=BusinessFacts(name="=Corrected", source=FactSource.STAFF, as_of=START),
    )
    world.store.commit(Add(FULL), Add(bare), Add(corrected))
    before = all_of(world.store, License)
    world.tick(days=1)
    report = imported(world, exported(world))
    assert (3, 3) == (report.rows, report.unchanged)
    assert before == all_of(world.store, License)


def test_an_export_is_a_roster_for_another_city(world: World) -> None:
    """Everything that the roster told goes along."""
    world.store.commit(Add(FULL))
    other = World()
    imported(other, exported(world))
    assert (FULL,) == all_of(other.store, License)


def test_only_the_roster_is_exported(world: World) -> None:
    """Licenses that are known for another reason stay out."""
    world.store.commit(Add(FULL), Add(License(id="us-ca-cslb:7")))
    assert 1 == export_roster(world.services, io.BytesIO())


@pytest.mark.attack("CSV-02")
def test_no_cell_is_a_formula(world: World) -> None:
    """Every cell is quoted, and none begins like a formula; programs know it for UTF-8."""
    world.store.commit(Add(FULL))
    raw = exported(world).getvalue()
    assert raw.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(raw.decode("utf-8-sig")))
    assert list(NAMES) == header
    assert [] == [cell for cell in row if cell[:1] in set("=+-@\t\r")]
    assert "'-Sample & “Söhne”, Inc." == row[header.index("business_name")]
    assert {'"'} == {line[:1] for line in raw.decode("utf-8-sig").splitlines()}


@pytest.mark.attack("CSV-02", "CSV-14")
def test_problems_are_as_safe_to_open(world: World, tmp_path: Path) -> None:
    """Nothing of a cell is repeated, and a column that is called like a formula is guarded."""
    path = tmp_path / "problems.csv"
    with problem_file(world.services, path) as tell:
        imported(world, csv_file("license,=1+1,email", "1012345,x,=1+1@x.org"), tell=tell)
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file)
    assert list(PROBLEM_HEADER) == header
    in_words = "Enter one e-mail address, such as name@example.com."
    assert ["2", "email", "us-ca-cslb:1012345", "email", in_words] == row
    assert "1+1" not in path.read_text()


def test_problems_are_told_in_a_language_of_the_catalog(world: World) -> None:
    """With what the words show filled in; an open file stays open."""
    target = io.BytesIO()
    with problem_file(world.services, target, language="es") as tell:
        imported(world, csv_file(HEADER, f"1O12345,{'x' * 300},"), tell=tell)
    rows = list(csv.DictReader(io.StringIO(target.getvalue().decode("utf-8-sig"))))
    assert [
        "El número de licencia contiene O, que se parece a 0. Revíselo en la licencia y escríbalo de nuevo.",
        "Es demasiado largo. Use como máximo 200 caracteres.",
    ] == [row["in_words"] for row in rows]


def test_problems_of_an_import_that_breaks_off_are_written(world: World, tmp_path: Path) -> None:
    """Each when it is told."""
    path = tmp_path / "problems.csv"
    with suppress(KeyboardInterrupt), problem_file(world.services, path) as tell:
        tell(RowProblem(2, "", RowReason.SHORT_ROW))
        raise KeyboardInterrupt
    assert '"short-row","The row has fewer cells than the header."' in path.read_text()


def test_target_may_be_a_path_or_an_open_file(world: World, tmp_path: Path) -> None:
    """An open file stays open; a path's file is replaced."""
    imported(world, many(250))
    path = tmp_path / "roster.csv"
    path.write_text("old" * 100_000)
    assert 250 == export_roster(world.services, path)
    assert exported(world).getvalue() == path.read_bytes()
    assert 250 == imported(world, path).unchanged


@given(
    st.text(alphabet="ab '=+-@＝.&,", min_size=1, max_size=12),
    st.text(alphabet="ab '=+-@,;:\"", min_size=1, max_size=12),
)
def test_whatever_was_imported_comes_back(name: str, division: str) -> None:
    """Export and import are inverse for every text that an import takes."""
    world = World()
    row = io.StringIO()
    csv.writer(row).writerow(["1012345", name, "", division])
    imported(world, csv_file(HEADER + ",division", row.getvalue()))
    report = imported(world, exported(world))
    assert report.rows == report.unchanged
