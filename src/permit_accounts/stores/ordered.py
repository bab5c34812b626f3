"""Keys kept in order, with room for a million of them.

A plain sorted list moves half its length with every insertion. Here the keys lie in chunks of bounded length,
so an insertion, a removal and the start of a walk each cost a few microseconds whatever their number.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Final, TypeAlias

Key: TypeAlias = tuple[str | int, ...]

_LONGEST: Final = 1024


class OrderedKeys:
    """A set of keys that can be walked in order, from either end."""

    def __init__(self) -> None:
        self._chunks: Final[list[list[Key]]] = []
        self._tops: Final[list[Key]] = []  # the last key of each chunk

    def add(self, key: Key) -> None:
        """Put a key into its place. It must not be there yet."""
        at = min(bisect_left(self._tops, key), len(self._tops) - 1)
        if at < 0:
            self._chunks.append([key])
            self._tops.append(key)
            return
        chunk = self._chunks[at]
        insort(chunk, key)
        if len(chunk) > _LONGEST:
            half = len(chunk) // 2
            self._chunks.insert(at + 1, chunk[half:])
            self._tops.insert(at + 1, chunk[-1])
            del chunk[half:]
        self._tops[at] = chunk[-1]

    def remove(self, key: Key) -> None:
        """Take a key out. It must be there."""
        at = bisect_left(self._tops, key)
        chunk = self._chunks[at]
        del chunk[bisect_left(chunk, key)]
        if chunk:
            self._tops[at] = chunk[-1]
        else:
            del self._chunks[at], self._tops[at]

    def upwards(self, low: Key | None, high: Key | None) -> Iterator[Key]:
        """The keys from `low` on and before `high`, the smallest first; None bounds nothing."""
        first, place = (0, 0) if low is None else self._place(low)
        for chunk in self._chunks[first:]:
            for key in chunk[place:]:
                if high is not None and key >= high:
                    return
                yield key
            place = 0

    def downwards(self, low: Key | None, high: Key | None) -> Iterator[Key]:
        """The same keys, the largest first."""
        last, place = (len(self._chunks), 0) if high is None else self._place(high)
        heads = [self._chunks[last][:place]] if place else []
        for chunk in (*heads, *reversed(self._chunks[:last])):
            for key in reversed(chunk):
                if low is not None and key < low:
                    return
                yield key

    def _place(self, bound: Key) -> tuple[int, int]:
        at = bisect_left(self._tops, bound)
        return at, bisect_left(self._chunks[at], bound) if at < len(self._chunks) else 0
