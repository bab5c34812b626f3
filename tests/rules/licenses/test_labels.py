"""A public username must not begin as a license number does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.rules.licenses import FORMATS, label_led


@pytest.mark.parametrize(
    "text",
    [
        *("cslb1012345", "CSLB", "cslb-staff", "roc.smith", "license cslb 5", "hic", "nscb_10", "L&I 5"),
        *("ca1012345", "ca 1012345", "or-1", "lic ca 5", "calif 3", "new jersey 13", "NYC 5"),
    ],
)
def test_a_boards_label_leads(text: str) -> None:
    """The board's own word, or a state before a digit."""
    assert label_led(text)


@pytest.mark.parametrize(
    "text",
    [
        *("ann", "ca_smith", "hi.there", "la-smith", "or", "oregon", "calif-dreamer", "no", "license"),
        *("licensecslb", "cslbfan", "rocket", "lic 1012345", "", " ", "ＣＳＬＢ 1", "x" * 100_000),
    ],
)
def test_other_names_are_free(text: str) -> None:
    """A state alone, a longer word, and a number without a board are names like others."""
    assert not label_led(text)


@given(st.sampled_from(sorted({label for row in FORMATS.values() for label in row.labels})))
def test_every_label_with_a_number_leads(label: str) -> None:
    """Whatever the table calls a label."""
    assert label_led(f"{label.lower()} 12345")


@given(st.text(max_size=80))
def test_any_text_is_answered(text: str) -> None:
    """It is asked of whatever somebody types."""
    assert label_led(text) in (True, False)
