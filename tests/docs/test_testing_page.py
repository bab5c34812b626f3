"""The page on the testing kit names what the kit has: names, contracts, fixtures, marks, faults."""

from __future__ import annotations

import inspect
import re
from enum import Enum

import pytest

from docs.documents import ROOT, without_blocks
from permit_accounts import testing
from permit_accounts.testing import Break, Fault, plugin

TEXT = without_blocks((ROOT / "docs/reference/testing.md").read_text(encoding="utf-8"))


def rows_below(heading: str) -> list[list[str]]:
    """The rows of the table that begins with this heading, cell by cell."""
    table = TEXT[TEXT.index(f"\n| {heading} |") :].lstrip().partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]]


def names_in(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_every_name_is_listed() -> None:
    """Each once, and none that is not there."""
    listed = [name for cell, *_ in rows_below("name") for name in names_in(cell)]
    assert testing.__all__ == sorted(listed)


def test_every_contract_is_listed_with_its_fixtures() -> None:
    """Every fixture that is named is one that the contract's tests take."""
    for cell, fixtures, *_ in rows_below("contract"):
        (name,) = names_in(cell)
        contract = getattr(testing, name)
        tests = [test for test in dir(contract) if test.startswith("test_")]
        taken = {one for test in tests for one in inspect.signature(getattr(contract, test)).parameters}
        assert set(re.findall(r"(?:^|; )`(\w+)`", fixtures)) <= taken, name
    contracts = {name for name in testing.__all__ if name.endswith("Contract")}
    assert contracts == {name for cell, *_ in rows_below("contract") for name in names_in(cell)}


def test_every_fixture_and_mark_of_the_plug_in_is_listed() -> None:
    """As pytest knows them."""
    fixtures = [name for name in vars(plugin) if name.startswith("permit_accounts_")]
    assert fixtures == [name for cell, *_ in rows_below("fixture") for name in names_in(cell)]
    marks = [name for cell, *_ in rows_below("mark") for name in names_in(cell)]
    assert [plugin.CONTRACT, plugin.RACE] == marks


@pytest.mark.parametrize(("words", "heading"), [(Fault, "fault"), (Break, "break")])
def test_every_fault_is_listed(words: type[Enum], heading: str) -> None:
    """Each with what it does."""
    listed = [name for cell, *_ in rows_below(heading) for name in names_in(cell)]
    assert sorted(words.__members__) == sorted(listed)
