"""Invented rows in the exact shape of the board's master file."""

from __future__ import annotations

import csv
from collections import Counter
from itertools import islice
from pathlib import Path

from permit_accounts.testing.cslb_rows import FULL_SIZE, MASTER_COLUMNS, master_rows, write_master_csv


def test_the_header_is_the_boards() -> None:
    """52 columns, one of them misspelled by the board."""
    assert 52 == len(MASTER_COLUMNS) == len(set(MASTER_COLUMNS))
    assert "Classifications(s)" in MASTER_COLUMNS
    assert ("LicenseNo", "NAME-TP-2") == (MASTER_COLUMNS[0], MASTER_COLUMNS[-1])


def test_one_seed_gives_the_same_rows() -> None:
    """And another one others."""
    assert list(master_rows(20)) == list(master_rows(20))
    assert list(master_rows(20)) != list(master_rows(20, seed=2))


def test_rows_are_made_one_by_one() -> None:
    """The full size does not have to fit into memory."""
    assert 3 == len(list(islice(master_rows(FULL_SIZE), 3)))


def test_the_rows_have_the_shares_and_habits_of_the_file(tmp_path: Path) -> None:
    """94.5 % CLEAR, windows-1252, leading blanks, `| `, a comma in a coverage type, about 320 bytes a row."""
    size = write_master_csv(tmp_path / "master.csv", master_rows(4_000))
    with (tmp_path / "master.csv").open(encoding="cp1252", newline="") as file:
        rows = list(csv.DictReader(file))
    assert 4_000 == len(rows) == len({row["LicenseNo"] for row in rows})
    statuses = Counter(row["PrimaryStatus"] for row in rows)
    assert 0.93 < statuses["CLEAR"] / 4_000 < 0.96
    assert statuses["Contr Bond Susp"] > statuses["Work Comp Susp"] > 0
    assert 290 < size / 4_000 < 350
    assert any("Ñ" in row["BusinessName"] for row in rows)
    assert any("| " in row["Classifications(s)"] for row in rows)
    assert any("| " in row["SecondaryStatus"] for row in rows)
    assert all(row["WCEffectiveDate"].startswith(" ") for row in rows)
    assert any(row["WorkersCompCoverageType"] == "Leasing Firm, Temp Agency, etc" for row in rows)
    assert int(rows[-1]["LicenseNo"]) < 1_200_000
