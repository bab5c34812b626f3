"""Which keys stand in a file more than once, and whether what they say differs."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.tools.repeats import Repeat, RepeatedKeys, SeenKeys

Rows = list[tuple[str, str]]


def read_twice(rows: Rows) -> RepeatedKeys:
    seen = SeenKeys()
    for key, _ in rows:
        seen.note(key)
    repeated = seen.repeated()
    for key, text in rows:
        repeated.compare(key, text)
    return repeated


def test_single_keys_are_taken() -> None:
    """Nothing is kept of them."""
    repeated = read_twice([("a", "1"), ("b", "1")])
    assert 0 == len(repeated)
    assert "a" not in repeated
    assert [Repeat.FIRST, Repeat.FIRST] == [repeated.take("a"), repeated.take("b")]


def test_equal_rows_count_once() -> None:
    """The first is taken, the others are more of it."""
    repeated = read_twice([("a", "1"), ("b", "1"), ("a", "1"), ("a", "1")])
    assert "a" in repeated
    assert [Repeat.FIRST, Repeat.AGAIN, Repeat.AGAIN] == [repeated.take("a") for _ in range(3)]


def test_different_rows_are_all_contradicted() -> None:
    """The first as well as the last, also where two of three agree."""
    repeated = read_twice([("a", "1"), ("a", "1"), ("a", "2")])
    assert [Repeat.CONTRADICTED] * 3 == [repeated.take("a") for _ in range(3)]


@given(st.lists(st.tuples(st.sampled_from("abcdefghij"), st.sampled_from("12"))))
def test_as_a_plain_dictionary_would_tell(rows: Rows) -> None:
    """The compact way says what the obvious way says."""
    texts: dict[str, set[str]] = {}
    for key, text in rows:
        texts.setdefault(key, set()).add(text)
    repeated = read_twice(rows)
    counts = Counter(key for key, _ in rows)
    assert {key for key, count in counts.items() if count > 1} == {key for key in texts if key in repeated}
    taken: set[str] = set()
    for key, _ in rows:
        expected = Repeat.AGAIN if key in taken else Repeat.FIRST
        assert (Repeat.CONTRADICTED if len(texts[key]) > 1 else expected) == repeated.take(key)
        taken.add(key)
