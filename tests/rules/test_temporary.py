"""Temporary passwords: made by chance, decoded however they are typed."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.secret import Secret
from permit_accounts.rules.temporary import (
    ALPHABET,
    LOOKALIKES,
    new_temporary,
    spelled,
    temporary_lookalike,
    temporary_symbols,
)

TYPED = "k7qm-4xrt-9wpd-2hns"
BARE = "k7qm4xrt9wpd2hns"


def chance(seed: bytes) -> Callable[[int], bytes]:
    """Bytes that look random and are the same each time."""
    draws = count()
    return lambda size: hashlib.shake_256(seed + str(next(draws)).encode()).digest(size)


def decoded(text: str, symbols: int = 16) -> str | None:
    found = temporary_symbols(Secret(text), symbols)
    return None if found is None else found.reveal()


def test_the_alphabet_has_no_lookalikes() -> None:
    """31 symbols, so 16 of them are 79 bits and 26 are 128."""
    assert 31 == len(set(ALPHABET)) == len(ALPHABET)
    assert LOOKALIKES.isdisjoint(ALPHABET)
    assert 79 == int(16 * math.log2(31))
    assert 128 == int(26 * math.log2(31))


@pytest.mark.parametrize(("symbols", "groups"), [(15, [4, 4, 4, 3]), (16, [4, 4, 4, 4]), (26, [4] * 6 + [2])])
def test_a_new_one_is_grouped_by_four(symbols: int, groups: list[int]) -> None:
    """Short enough to be read out."""
    made = new_temporary(chance(b"1"), symbols).reveal()
    assert groups == [len(group) for group in made.split("-")]
    assert set(made) <= set(ALPHABET) | {"-"}


def test_every_symbol_is_equally_likely() -> None:
    """Each byte value below 248 counts, so none of the 31 symbols comes more often than another."""
    every_byte = iter([bytes(range(256)) * 2] * 2)
    made = new_temporary(lambda count: next(every_byte), 2 * 248).reveal().replace("-", "")
    assert {16} == set(Counter(made).values())
    assert 31 == len(Counter(made))


def test_bytes_that_would_favor_a_symbol_are_drawn_again() -> None:
    """248 to 255 are dropped, not folded back."""
    draws = iter([b"\xff" * 8, b"\xf8\xf7\x00\x01" * 4, bytes(range(8))])
    made = new_temporary(lambda count: next(draws), 8).reveal()
    assert "9ab9-ab9a" == made


@given(st.integers(15, 40), st.binary(max_size=8))
def test_a_new_one_decodes_to_its_symbols(symbols: int, seed: bytes) -> None:
    """Of the shape that the policy asks for, and of no other."""
    made = new_temporary(chance(seed), symbols)
    assert made.reveal().replace("-", "") == decoded(made.reveal(), symbols)
    assert decoded(made.reveal(), symbols + 1) is None
    assert not temporary_lookalike(made, symbols)
    assert symbols == len(spelled(made))


@pytest.mark.attack("TMP-02", "TMP-13")
@pytest.mark.parametrize(
    "typed",
    [
        TYPED,
        TYPED.upper(),
        BARE,
        f" {TYPED} \r\n",
        TYPED.replace("-", " "),
        TYPED.replace("-", "\u2011"),
        TYPED.replace("-", " \u2013 "),
        TYPED.replace("-", "\u2212"),
        TYPED.replace("-", "\u00ad"),
        "--k-7-q-m--4xrt9wpd2hns-",
        TYPED.replace("k", "ｋ").replace("7", "７"),
        TYPED.replace("k", "\u212a"),
        TYPED.replace("-", "\u00a0"),
    ],
)
def test_every_way_of_typing_it_is_the_same_one(typed: str) -> None:
    """So none of them slips past "not the temporary password again" either."""
    assert BARE == decoded(typed)


@pytest.mark.attack("TMP-13")
@pytest.mark.parametrize("wrong", ["0", "1", "I", "L", "O", "i", "l", "o"])
def test_a_lookalike_is_told_and_never_repaired(wrong: str) -> None:
    """The hint goes to every name, known or not, since it looks at the text alone."""
    typed = TYPED[:-1] + wrong
    assert decoded(typed) is None
    assert temporary_lookalike(Secret(typed), 16)


@pytest.mark.parametrize(
    "typed", ["", TYPED[:-1], TYPED + "a", BARE[:-1] + "é", BARE[:-1] + "_", "-" * 16, "x" * 1_000_000]
)
def test_other_shapes_are_neither(typed: str) -> None:
    """They are ordinary passwords."""
    assert decoded(typed) is None
    assert not temporary_lookalike(Secret(typed), 16)


def test_a_lookalike_beside_a_foreign_symbol_is_no_hint() -> None:
    """An ordinary password may hold a 0."""
    assert not temporary_lookalike(Secret("0" + BARE[2:] + "!"), 16)


@given(st.text(max_size=40))
def test_every_text_has_an_answer(text: str) -> None:
    """Decoding what was decoded changes nothing, and a text is never of the shape and a look-alike."""
    found = decoded(text)
    assert found is None or found == decoded(found)
    assert found is None or not temporary_lookalike(Secret(text), 16)


@pytest.mark.attack("TMP-13")
def test_symbols_are_spelled_with_words() -> None:
    """As a slip and a screen print them."""
    assert ("K as in Kilo", "7, the digit seven", "Q as in Quebec") == spelled(Secret("K7-q"))
    assert 31 == len(set(spelled(Secret(ALPHABET))))


@given(st.text(st.characters(max_codepoint=127), max_size=40))
def test_plain_text_is_decoded_like_any_other(text: str) -> None:
    """ASCII takes a shorter way to the same symbols; one foreign white space makes it take the long one."""
    assert decoded(text) == decoded(f"{text}\u00a0")
    assert temporary_lookalike(Secret(text), 16) == temporary_lookalike(Secret(f"{text}\u00a0"), 16)
    assert decoded(f" {BARE}{text}", 16 + len(text)) == decoded(f"\u00a0{BARE}{text}", 16 + len(text))
