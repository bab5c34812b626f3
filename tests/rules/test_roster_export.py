"""Licenses and problems as rows that any spreadsheet program may open."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from permit_accounts.model.codes import Code, FactSource, LicenseStatus
from permit_accounts.model.records import BusinessFacts, License, StatusFacts
from permit_accounts.model.roster import RowProblem
from permit_accounts.rules.roster_columns import NAMES
from permit_accounts.rules.roster_export import PROBLEM_HEADER, license_cells, problem_cells

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def exported(record: License) -> dict[str, str]:
    return dict(zip(NAMES, license_cells(record), strict=True))


def test_bare_license() -> None:
    """Board and number, and nothing else."""
    cells = exported(License(id="us-ca-cslb:1012345"))
    assert {"license": "1012345", "authority": "us-ca-cslb"} == {k: v for k, v in cells.items() if v}


@pytest.mark.attack("CSV-02")
def test_formula_is_guarded() -> None:
    """A business name of somebody's choosing does not run on the city's machines."""
    business = BusinessFacts(name="=cmd|'/c calc'!A0", source=FactSource.REGISTER, as_of=NOW)
    assert "'=cmd|'/c calc'!A0" == exported(License(id="us-ca-cslb:1", business=business))["business_name"]


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (LicenseStatus.UNKNOWN, "CLEAR", "CLEAR"),
        (LicenseStatus.SUSPENDED, "", "suspended"),
        (LicenseStatus.UNKNOWN, "", ""),
    ],
)
def test_status_is_the_boards_own_word(status: LicenseStatus, text: str, expected: str) -> None:
    """Ours stands in where a register gave none."""
    facts = StatusFacts(status=status, text=text, classes=("B", "C-10"), source=FactSource.STAFF, as_of=NOW)
    cells = exported(License(id="us-ca-cslb:1", status=facts))
    assert (expected, "B, C-10", "") == (cells["status"], cells["classes"], cells["license_expires_on"])


@pytest.mark.attack("CSV-02")
def test_problem_is_guarded() -> None:
    """A column's name comes from the file, and so from whoever wrote it."""
    cells = problem_cells(RowProblem(3, "=1+1", Code.EMAIL, "us-ca-cslb:1012345"), "=2+2")
    expected = ("3", "'=1+1", "us-ca-cslb:1012345", "email", "'=2+2")
    assert dict(zip(PROBLEM_HEADER, expected, strict=True)) == dict(zip(PROBLEM_HEADER, cells, strict=True))
