"""Typed text becomes plain upper-case ASCII, or is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem
from permit_accounts.rules.licenses.characters import MOST, readable, shown, unwrapped


@pytest.mark.attack("UNI-14")
def test_length_is_looked_at_before_anything_else() -> None:
    """A hundred code points are read, one more is not, and neither are a million."""
    assert "1" * MOST == readable("1" * MOST)
    too_long = Problem(Code.TOO_LONG, params={"max": "100"})
    assert too_long == readable("1" * (MOST + 1))
    assert too_long == readable("½" * 1_000_000)


@pytest.mark.parametrize("hidden", ["\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"])
def test_what_nobody_sees_is_dropped(hidden: str) -> None:
    """Soft hyphen, zero-width characters, byte-order mark."""
    assert "AB12" == readable(f"a{hidden}b{hidden}12{hidden}")


@pytest.mark.parametrize("mark", ["\u061c", "\u200e", "\u200f", "\u202d", "\u2066", "\u2068"])
def test_direction_marks_are_dropped_around_and_refused_inside(mark: str) -> None:
    """Phones wrap numbers in them; inside a number they may change what is seen."""
    assert "12" == readable(f"{mark}12\u202c")
    assert Problem(Code.CHARACTERS) == readable(f"1{mark}2")


@pytest.mark.parametrize("override", ["\u202b", "\u202e", "\u2067"])
def test_what_turns_text_around_is_refused_everywhere(override: str) -> None:
    """Right-to-left overrides show another number than the one that is stored."""
    assert Problem(Code.CHARACTERS) == readable(f"{override}12")


@pytest.mark.parametrize(
    ("wrapped", "inner"),
    [
        ('"12"', "12"),
        ("'12'", "12"),
        ("(12)", "12"),
        ("[(12)]", "12"),
        ('="12"', "12"),
        ("'12", "12"),
        ("12.,;:", "12"),
        ("(12", "(12"),
        ("(1) 2", "(1) 2"),
        ("()", ""),
        ("", ""),
    ],
)
def test_what_surrounds_a_number_in_a_sentence_or_a_cell_is_taken_off(wrapped: str, inner: str) -> None:
    """Brackets and quotation marks in pairs, a spreadsheet's apostrophe and formula, a closing stop."""
    assert inner == unwrapped(wrapped)


@given(st.text(max_size=120))
def test_what_is_readable_is_plain_and_reads_as_itself(text: str) -> None:
    """Printable upper-case ASCII without blanks around it or two in a row."""
    plain = readable(text)
    if isinstance(plain, str):
        assert plain.isascii()
        assert plain.isprintable()
        assert plain == plain.upper() == " ".join(plain.split())
        assert plain == readable(plain)


@given(st.text(max_size=30))
def test_what_is_shown_has_nothing_around_it(text: str) -> None:
    """It is what is kept as entered."""
    assert shown(text) == shown(shown(text))
    assert shown(text) in text
