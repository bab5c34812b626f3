"""The page on faults says what tests have tried: each row names one, and there is no row without."""

from __future__ import annotations

import ast
import re
from typing import Final

from docs.documents import ROOT

PAGE: Final = ROOT / "docs" / "explanation" / "faults.md"
_ROW: Final = re.compile(r"^\| (?!what fails|---)(?P<fault>[^|]+) \|.* \| (?P<tests>[^|]*) \|$", re.MULTILINE)


def every_test() -> set[str]:
    """The name of every test function that there is."""
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "tests").rglob("test_*.py"))
    return {
        node.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_row_is_carried_by_a_test() -> None:
    """A test that is renamed takes its row along."""
    rows = {
        row["fault"].strip(): set(re.findall(r"`(test_[a-z_]+)`", row["tests"]))
        for row in _ROW.finditer(PAGE.read_text(encoding="utf-8"))
    }
    known = every_test()

    assert len(rows) > 15
    assert [] == [fault for fault, tests in rows.items() if not tests]
    assert set() == {test for tests in rows.values() for test in tests} - known
