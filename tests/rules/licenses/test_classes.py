"""License classes have one spelling each, and unknown ones are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem
from permit_accounts.rules.licenses import normalized_class, parse_classes


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("C10", "C-10"),
        ("c-10", "C-10"),
        ("C-08", "C-8"),
        ("C 8", "C-8"),
        ("D03", "D-3"),
        ("C-61/D-49", "D-49"),
        ("c61 / d49", "D-49"),
        ("C-61 (D-49)", "D-49"),
        ("C-61", "C-61"),
        ("C-49", "C-49"),
        ("B", "B"),
        ("B2", "B-2"),
        ("Class B", "B"),
        ("asb", "ASB"),
        ("HAZ", "HAZ"),
        ("D-99", "D-99"),
        ("KB-1", "KB-1"),
        ("R-37R", "R-37R"),
        ("Ｃ－１０", "C-10"),
    ],
)
def test_a_class_has_one_spelling(typed: str, code: str) -> None:
    """As boards, people and files write it; codes that nobody knows yet are kept too."""
    assert code == normalized_class(typed)


@pytest.mark.parametrize(
    ("typed", "classes"),
    [
        ("B, C-10", ("B", "C-10")),
        ("C-61/D-28", ("D-28",)),
        ("A| B| C10| C36", ("A", "B", "C-10", "C-36")),
        ("B and C-10; C-36 / C-61/D-28", ("B", "C-10", "C-36", "D-28")),
        ("a b c 10", ("A", "B", "C-10")),
        ("C-10, C10, c-010", ("C-10",)),
        ("Classes: B & C-8.", ("B", "C-8")),
    ],
)
def test_a_form_field_of_classes(typed: str, classes: tuple[str, ...]) -> None:
    """Parted as people part them, each once, in their order."""
    assert classes == parse_classes(typed)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("General Building", Code.LICENSE_CLASSES),
        ("1012345", Code.LICENSE_CLASSES),
        ("C-10-C-7", Code.LICENSE_CLASSES),
        ("and", Code.LICENSE_CLASSES),
        (", ;", Code.REQUIRED),
        ("", Code.REQUIRED),
        ("С-10", Code.LICENSE_SCRIPT),
        ("C-10\nB", Code.CHARACTERS),
        ("B," * 501, Code.TOO_LONG),
    ],
)
def test_what_is_no_list_of_classes_is_refused(typed: str, code: Code) -> None:
    """Trades in words, license numbers, another script."""
    problem = parse_classes(typed)
    assert isinstance(problem, Problem)
    assert code == problem.code


@pytest.mark.parametrize("typed", ["B, C-10", "nothing"])
def test_one_class_is_one_class(typed: str) -> None:
    """Neither two nor none."""
    assert Problem(Code.LICENSE_CLASSES) == normalized_class(typed)


@given(st.text("ABCDHZ abc-/|,0123456789", max_size=20))
def test_classes_read_back_as_themselves(typed: str) -> None:
    """The one spelling is its own."""
    classes = parse_classes(typed)
    if not isinstance(classes, Problem):
        assert classes == parse_classes(", ".join(classes))
