"""Formulas in cells: guarded on the way out, restored on the way in."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from permit_accounts.rules.spreadsheet import guarded, restored

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")


@pytest.mark.attack("CSV-02")
@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "＝1+1",
        "=cmd|'/c calc'!A0",
        " =1",
        "=1@x.org",
        "\u200b=1",
    ],
)
def test_formula_is_led_by_apostrophe(text: str) -> None:
    """Whatever stands before a formula's sign, the cell is read as text."""
    assert guarded(text).startswith("'")


@pytest.mark.attack("CSV-02")
@pytest.mark.parametrize("separator", [",", ";", "\t", "|", ":"])
@pytest.mark.parametrize("text", ['","=1', "a;=1", "a\t=cmd|'/c calc'!A0", 'a";" +1', "a,@x", "a|-1"])
def test_no_cell_begins_with_formula_whatever_the_separator(text: str, separator: str) -> None:
    """A program that splits at another separator than ours finds no formula either."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow(["before", guarded(text), "after"])
    for quotechar in ('"', None):
        quoting = csv.QUOTE_MINIMAL if quotechar else csv.QUOTE_NONE
        rows = csv.reader([out.getvalue()], delimiter=separator, quotechar=quotechar, quoting=quoting)
        cells = [cell.lstrip('"') for row in rows for cell in row]
        assert [] == [cell for cell in cells if FORMULA.match(cell)]


def test_plain_text_is_left_alone() -> None:
    """A guard changes nothing that no program would run."""
    for text in ("", "Ann", "O'Brien & Sons", "C-10", "12 Main St.", "'quoted'", "Müller"):
        assert text == guarded(text)
        assert text == restored(text)


def test_control_characters_do_not_leave() -> None:
    """Control and format characters, and lone surrogates, are dropped before anything is looked at."""
    assert "ab" == guarded("a\x00\u202e\ud800\u2028b")


@given(st.text(alphabet="ab '=+-@＝,;|:\" ", max_size=20))
@example("'=1")
@example("''=1")
@example(";'=1")
def test_restored_gives_back_what_was_guarded(text: str) -> None:
    """Export and import are inverse, also for texts that look guarded already."""
    assert text == restored(guarded(text))


@given(st.text(max_size=20))
def test_guard_is_total_and_leaves_no_formula(text: str) -> None:
    """Any text at all comes out as a cell that does not begin like a formula."""
    assert FORMULA.match(guarded(text)) is None
