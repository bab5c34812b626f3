"""Which language a browser asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.web.languages import preferred

OFFERED = ("en", "es", "ru")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("de,ru;q=0.5,en;q=0.4", "ru"),
        ("en;q=0.1, es;q=0.2", "es"),
        ("RU-ru", "ru"),
        ("es;q=0, en", "en"),
        ("es;q=0", None),
        ("fr, de", None),
        ("*", None),
        ("", None),
        ("es;q=much, en;q=0.1", "en"),
        ("es;q=nan, en", "en"),
        ("es;level=1", "es"),
    ],
)
def test_the_one_with_the_most_weight_that_is_offered(header, found):
    """Regions are not told apart; what cannot be read weighs nothing."""
    assert found == preferred(header, OFFERED)


@given(st.text(max_size=200))
def test_no_header_breaks_it(header):
    """It answers an offered language or none."""
    assert preferred(header, OFFERED) in (*OFFERED, None)
