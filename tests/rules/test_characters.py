"""Which characters a line of text may hold."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.rules.characters import is_encodable, is_invisible, is_plain_line, tidied

INVISIBLE = {
    "zero-width space": "ad\u200bmin",
    "override": "admin\u202enimda",
    "isolate": "\u2066admin\u2069",
    "soft hyphen": "admin\u00ad",
    "variation selector": "admin\ufe0f",
    "NUL": "ad\u0000min",
    "backspace": "admin\u0008",
    "tag characters": "admin\U000e0041\U000e0042",
    "Hangul filler": "ad\u3164min",
    "line break": "ad\nmin",
    "line separator": "ad\u2028min",
    "lone surrogate": "ad\ud800min",
    "private use": "ad\ue000min",
    "unassigned": "ad\u0378min",
}


@pytest.mark.attack("UNI-09", "UNI-19")
@pytest.mark.parametrize("text", INVISIBLE.values(), ids=INVISIBLE.keys())
def test_what_cannot_be_seen_is_refused(text: str) -> None:
    """An allow-list of categories, so that nothing hides in a line that staff read."""
    assert not is_plain_line(text)


@pytest.mark.parametrize(
    "text", ["", "Ann", "Smith & Sons, Inc.", "José Ñuñez", "Ёлкин", "李", "O’Brien", "№ 5 ½"]
)
def test_what_people_write_is_allowed(text: str) -> None:
    """Letters of every script, digits, punctuation and symbols."""
    assert is_plain_line(text)


def test_no_character_is_both_plain_and_invisible() -> None:
    """Over all of Unicode; line and paragraph separators, unassigned and private ones are neither."""
    both = [c for c in map(chr, range(sys.maxunicode + 1)) if is_invisible(c) and is_plain_line(c)]
    assert [] == both


def test_a_lone_surrogate_cannot_be_encoded() -> None:
    """UTF-8 has no form for it, so neither a hash nor a store could take it."""
    assert not is_encodable("é\ud800")
    assert is_encodable("é\U0001f600")
    assert is_encodable("plain")


@given(st.text())
def test_tidying_twice_is_tidying_once(text: str) -> None:
    """And the result is composed, with single spaces and none at its ends."""
    once = tidied(text)
    assert once == tidied(once)
    assert once == unicodedata.normalize("NFC", once)
    assert "  " not in once


def test_spaces_of_every_width_become_one() -> None:
    """Non-breaking and ideographic spaces are spaces."""
    assert "Ann Lee" == tidied("\u3000Ann\u00a0 \u2003Lee\t\n")
