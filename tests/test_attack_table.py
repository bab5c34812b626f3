"""Every known attack is tried by a test, or a sentence says why it cannot be tried yet."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from attack_table import Row, main, marked, marks_in, read_table, write_table

#: How many cases each kind of attack has; the numbers inside a kind are not consecutive.
KINDS = {
    "ENUM": 13,
    "TOK": 21,
    "VER": 7,
    "UNI": 13,
    "LIC": 11,
    "PWD": 7,
    "HASH": 7,
    "THR": 13,
    "SESS": 14,
    "TMP": 9,
    "SQ": 7,
    "MAIL": 12,
    "RED": 4,
    "WEB": 11,
    "API": 6,
    "STO": 13,
    "CSV": 10,
    "LOG": 6,
    "CFG": 5,
}


@pytest.fixture(scope="module")
def rows() -> tuple[Row, ...]:
    return read_table()


def test_the_catalog_is_whole(rows: tuple[Row, ...]) -> None:
    """No case is lost from the table, and none stands there twice."""
    ids = [row.id for row in rows]
    assert len(set(ids)) == len(ids)
    assert KINDS == Counter(case.partition("-")[0] for case in ids)


def test_every_case_has_a_test_or_a_reason(rows: tuple[Row, ...]) -> None:
    """A case that nothing tries says in one sentence why."""
    assert [] == [row.id for row in rows if not row.tests and not row.reason]
    reasons = [row.reason for row in rows if row.reason]
    assert [] == [reason for reason in reasons if not re.fullmatch(r"[A-Z].{20,250}\.", reason)]


def test_the_table_and_the_marks_agree(rows: tuple[Row, ...]) -> None:
    """Each test in the table exists and carries the case; each mark is in the table.

    `python tests/attack_table.py --write` brings the table up to date.
    """
    assert marked() == {row.id: row.tests for row in rows if row.tests}


def test_marks_are_found_wherever_they_stand() -> None:
    """On a function, a class, a method, one parameter, or a whole file."""
    text = """
pytestmark = [pytest.mark.attack("STO-01")]

@pytest.mark.attack("TOK-02", "TOK-04")
def test_a(): ...

@pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.attack("UNI-02"))])
def test_b(x): ...

@pytest.mark.attack("CSV-02")
class TestC:
    @pytest.mark.attack("CSV-05")
    def test_d(self): ...
"""
    assert [
        ("", "STO-01"),
        ("test_a", "TOK-02"),
        ("test_a", "TOK-04"),
        ("test_b", "UNI-02"),
        ("TestC", "CSV-02"),
        ("TestC::test_d", "CSV-05"),
    ] == list(marks_in(ast.parse(text)))


def test_an_id_that_is_computed_is_refused() -> None:
    """Ids are plain texts, so that a search finds them."""
    with pytest.raises(ValueError, match="plain texts"):
        list(marks_in(ast.parse("@pytest.mark.attack(CASE)\ndef test_a(): ...\n")))


def test_writing_keeps_reasons(tmp_path: Path) -> None:
    """What a person wrote outlives what the program fills in."""
    kept = (Row("RED-01", (), "There are no pages yet."), Row("TOK-02", ("tests/a.py::test_b",), ""))
    write_table(kept, tmp_path / "table.csv")
    assert kept == read_table(tmp_path / "table.csv")


def test_the_command_is_content(capsys: pytest.CaptureFixture[str]) -> None:
    """Run without arguments it says how many cases there are, and that none is bare."""
    assert 0 == main([])
    assert "189 cases" in capsys.readouterr().out
