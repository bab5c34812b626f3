"""Which keys stand in a long file more than once, and whether what they say differs: at nine bytes a key.

Two readings of the file. The first notes every key and finds those that repeat; the second, needed only
where there are some, compares what the repeated ones say. Keys are known by 64 bits of BLAKE2b. Should two
different keys ever share them (once in ten million files of a million rows), they differ in what they say and
are both treated as contradicting, which loses nothing: such rows are refused and listed.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from enum import Enum, auto
from typing import Final

_BUCKET_BITS: Final = 8
_SHIFT: Final = 64 - _BUCKET_BITS
_UNSEEN: Final = 0
_AGREES: Final = 1
_DIFFERS: Final = 2
_TAKEN: Final = 3


class Repeat(Enum):
    """What a key's row is among the rows of its file."""

    FIRST = auto()
    AGAIN = auto()
    CONTRADICTED = auto()


class SeenKeys:
    """The first reading: every key is noted."""

    def __init__(self) -> None:
        # Cost: eight bytes a key. In buckets, so that a set of one bucket is enough to look for repeats.
        self._buckets = [array("Q") for _ in range(2**_BUCKET_BITS)]

    def note(self, key: str) -> None:
        """This key stands in the file."""
        digest = _digest(key)
        self._buckets[digest >> _SHIFT].append(digest)

    def repeated(self) -> RepeatedKeys:
        """Those that were noted more than once; nothing else is kept."""
        found = array("Q")
        while self._buckets:
            found.extend(_repeated(self._buckets.pop()))
        found.reverse()
        return RepeatedKeys(found)


class RepeatedKeys:
    """The second and the third reading: what the repeated keys say, and what becomes of their rows."""

    def __init__(self, digests: array[int]) -> None:
        self._digests = digests
        self._texts = array("Q", bytes(8 * len(digests)))
        self._states = bytearray(len(digests))

    def __len__(self) -> int:
        return len(self._digests)

    def __contains__(self, key: str) -> bool:
        return self._place(key) is not None

    def compare(self, key: str, text: str) -> None:
        """What the key says on one of its rows, if it is a repeated one."""
        place = self._place(key)
        if place is None:
            return
        said = _digest(f"{key}\0{text}")
        if self._states[place] == _UNSEEN:
            self._texts[place] = said
            self._states[place] = _AGREES
        elif self._texts[place] != said:
            self._states[place] = _DIFFERS

    def take(self, key: str) -> Repeat:
        """What this row of the key is: the first, one more like it, or one of several that differ."""
        place = self._place(key)
        if place is None:
            return Repeat.FIRST
        if self._states[place] == _DIFFERS:
            return Repeat.CONTRADICTED
        state, self._states[place] = self._states[place], _TAKEN
        return Repeat.AGAIN if state == _TAKEN else Repeat.FIRST

    def _place(self, key: str) -> int | None:
        if not self._digests:
            return None
        digest = _digest(key)
        place = bisect_left(self._digests, digest)
        return place if place < len(self._digests) and self._digests[place] == digest else None


def _repeated(digests: array[int]) -> list[int]:
    """Those that stand there more than once, the largest first."""
    once: set[int] = set()
    twice: set[int] = set()
    for digest in digests:
        (twice if digest in once else once).add(digest)
    return sorted(twice, reverse=True)


def _digest(text: str) -> int:
    # surrogatepass: a cell of JSON may hold half a surrogate pair, and is compared like any other.
    octets = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(octets, digest_size=8).digest(), "big")
