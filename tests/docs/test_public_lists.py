"""The lists of public things in the reference are those of the code: none changes without its line."""

from __future__ import annotations

import pytest

from docs.public_lists import LISTS, REFERENCE, brought_up_to_date

BY_NAME = pytest.mark.parametrize(("name", "before", "make"), LISTS.values(), ids=LISTS)


@BY_NAME
def test_a_list_is_up_to_date(name: str, before: str, make: object) -> None:
    """Otherwise something public has changed: tell CHANGELOG, and run `python tests/docs/public_lists.py`."""
    assert callable(make)
    page = (REFERENCE / name).read_text(encoding="utf-8")
    assert brought_up_to_date(page, before, make()) == page


def test_a_list_is_written_between_what_stands_around_it() -> None:
    """Up to the next empty line, or to the end of the page."""
    assert "a\n| x |\nnew\n\nb\n" == brought_up_to_date("a\n| x |\nold\nold\n\nb\n", "| x |\n", "new\n")
    assert "a\n| x |\nnew\n" == brought_up_to_date("a\n| x |\nold\n", "| x |\n", "new\n")


def test_a_page_without_the_list_is_told() -> None:
    """Whoever renames a heading finds out."""
    with pytest.raises(AssertionError, match="the page has no"):
        brought_up_to_date("a\n", "| x |\n", "new\n")


@BY_NAME
def test_no_list_is_empty(name: str, before: str, make: object) -> None:
    """Each has something to compare."""
    assert callable(make)
    assert make().count("`") > 10
