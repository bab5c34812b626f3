"""Ordered keys: always as a sorted list would be, whatever is added and removed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.stores import ordered
from permit_accounts.stores.ordered import Key, OrderedKeys

_KEYS = st.tuples(st.integers(0, 9), st.text("ab", max_size=2))
_BOUNDS = st.none() | _KEYS | st.tuples(st.integers(-1, 10))


def _within(keys: set[Key], low: Key | None, high: Key | None) -> list[Key]:
    return sorted(key for key in keys if (low is None or key >= low) and (high is None or key < high))


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So short that a few keys make many chunks."""
    monkeypatch.setattr(ordered, "_LONGEST", 3)


@given(
    st.lists(st.tuples(st.booleans(), _KEYS)),
    st.lists(st.tuples(_BOUNDS, _BOUNDS), min_size=1, max_size=5),
)
def test_walks_as_a_sorted_list(
    steps: list[tuple[bool, Key]], bounds: list[tuple[Key | None, Key | None]]
) -> None:
    """From any bound to any other, in both directions, after any additions and removals."""
    keys, expected = OrderedKeys(), set[Key]()
    for add, key in steps:
        if add and key not in expected:
            keys.add(key)
            expected.add(key)
        elif not add and key in expected:
            keys.remove(key)
            expected.remove(key)
    for low, high in [*bounds, (None, None)]:
        assert _within(expected, low, high) == list(keys.upwards(low, high))
        assert _within(expected, low, high)[::-1] == list(keys.downwards(low, high))


def test_chunks_stay_short() -> None:
    """However the keys arrive: that is what bounds the price of each."""
    for order in (range(100), range(99, -1, -1), [number * 37 % 100 for number in range(100)]):
        keys = OrderedKeys()
        for number in order:
            keys.add((number,))
        assert all(1 <= len(chunk) <= 3 for chunk in keys._chunks)
        assert [(number,) for number in range(100)] == list(keys.upwards(None, None))
        for number in order:
            keys.remove((number,))
        assert [] == keys._chunks
