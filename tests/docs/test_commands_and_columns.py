"""Names that two places give, the commands of the desk and the columns of the board's file, agree."""

from __future__ import annotations

import re

from docs.documents import ROOT
from permit_accounts.registers.cslb_rows import COLUMNS

REFERENCE = ROOT / "docs" / "reference"


def test_the_commands_of_the_desk_are_commands() -> None:
    """Each command in the table of methods has its section, and each command of the desk a method."""
    api = (REFERENCE / "api.md").read_text(encoding="utf-8")
    table = api.partition("## `StaffDesk`")[2].partition("Nothing is read")[0]
    rows = re.findall(r"^\| `.*\| (`[^|]*) \|$", table, re.M)
    named = [command for row in rows for command in re.findall(r"`([^`]+)`", row)]

    page = (REFERENCE / "command-line.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### permit-accounts (.+)$", page, re.M)
    assert sorted(name for name in sections if name.startswith("staff ")) == sorted(
        name for name in named if name.startswith("staff ")
    )
    assert set(named) <= set(sections)


def test_the_columns_of_the_boards_file_are_listed() -> None:
    """Whoever looks for the right file finds each column that it must have."""
    page = (REFERENCE / "backends.md").read_text(encoding="utf-8")
    listed = page.partition("all others are passed over:")[2].partition("makes an index")[0]
    assert list(COLUMNS) == re.findall(r"`([^`]+)`", listed)[: len(COLUMNS)]
