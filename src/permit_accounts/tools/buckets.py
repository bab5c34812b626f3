"""One count in one store: looked at as of now, and changed by its rule.

A count is kept under an HMAC of what it counts, with a letter for its kind, so that nothing in the store says
whose it is and no name that nobody has ever stands there in clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import attrs

from permit_accounts.model.errors import Conflict, TryAgainLater
from permit_accounts.model.records import AttemptCount
from permit_accounts.model.values import Value
from permit_accounts.ports import Add, Change, Remove, Replace, Store
from permit_accounts.rules import waits
from permit_accounts.rules.waits import WaitRule
from permit_accounts.tools import lookups
from permit_accounts.tools.services import Services

#: How many races in a row one caller loses before it is sent away; each was won by somebody else.
MOST_RACES: Final = 200
#: Races lost, although nothing that can be read has changed, before a record is taken for damaged.
MOST_IN_VAIN: Final = 20

_VERSION_BYTES: Final = 6  # so few that a store which counts in floating point is exact too
_PAUSE: Final = 0.001  # seconds, times the races lost so far
_LONGEST_PAUSE: Final = 0.02


class Layer(StrEnum):
    """What is counted; the value begins the record's id."""

    NAME = "a"
    DEVICE = "b"
    HARD = "c"
    SOURCE = "d"
    SPRAY = "e"
    SPRAYED_NAME = "f"
    LIMIT = "g"
    ANSWER = "h"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Bucket(Value):
    """One count: where it is kept, by which rule, as stored, and as of the moment it was looked at."""

    home: Store
    rule: WaitRule
    stored: AttemptCount | None
    count: AttemptCount

    @property
    def layer(self) -> Layer:
        """What is counted here."""
        return Layer(self.count.id[0])

    def changes(self, new: AttemptCount | None) -> tuple[Change, ...]:
        """What makes the store hold `new`, or no record, in place of what was seen; nothing if it does."""
        if self.stored is None:
            return () if new is None else (Add(new),)
        if new is None:
            return (Remove(self.stored),)
        return () if new == self.stored else (Replace(self.stored, new),)

    def holding(self, new: AttemptCount) -> Bucket:
        """The bucket once `new` is committed."""
        if self.stored is not None:
            new = attrs.evolve(new, version=self.stored.version + 1)
        return Bucket(home=self.home, rule=self.rule, stored=new, count=new)


def count_id(s: Services, layer: Layer, text: str) -> str:
    """The id under which a text is counted."""
    return f"{layer}:{s.keyring.counted(text)}"


def new_count(s: Services, record_id: str, now: datetime) -> AttemptCount:
    """A count of nothing, at a version that nobody has ever seen."""
    return waits.new_count(record_id, 1 + int.from_bytes(s.random(_VERSION_BYTES), "big"), now)


def look(s: Services, store: Store, record_id: str, rule: WaitRule, now: datetime) -> Bucket:
    """The count of this id as of now; one of nothing where there is none. One read."""
    stored = lookups.attempt_count(store, record_id)
    if stored is None:
        return Bucket(home=store, rule=rule, stored=None, count=new_count(s, record_id, now))
    return Bucket(home=store, rule=rule, stored=stored, count=waits.as_of(stored, rule, now))


def look_again(s: Services, bucket: Bucket, now: datetime) -> Bucket:
    """The same count as it stands now."""
    return look(s, bucket.home, bucket.count.id, bucket.rule, now)


def hold(buckets: Sequence[Bucket], made_at: datetime) -> tuple[Bucket, ...]:
    """Count one attempt as under way in each of these, which are of one store, in one commit.

    Raises:
        Conflict: One of them has changed since it was looked at.
    """
    held = tuple(bucket.holding(waits.reserved(bucket.count, bucket.rule, made_at)) for bucket in buckets)
    if buckets:
        pairs = zip(buckets, held, strict=True)
        buckets[0].home.commit(*(change for old, new in pairs for change in old.changes(new.count)))
    return held


def hold_apart(s: Services, bucket: Bucket, made_at: datetime) -> Bucket:
    """The same for one bucket alone, told again until no race is lost.

    Raises:
        TryAgainLater: Too many races were lost.
    """
    races = Races(s)
    while True:
        try:
            return hold((bucket,), made_at)[0]
        except Conflict:
            races.lost()
            bucket = look_again(s, bucket, s.now())


class Races:
    """How often one caller was overtaken; it pauses a little longer each time, and gives up in the end."""

    def __init__(self, s: Services, most: int = MOST_RACES) -> None:
        self._s = s
        self._most = most
        self._lost = 0

    def lost(self) -> int:
        """One more; how many it were.

        Raises:
            TryAgainLater: That was one too many.
        """
        self._lost += 1
        if self._lost >= self._most:
            raise TryAgainLater("too much is counted under one name at once")
        share = (1 + self._s.random(1)[0]) / 256  # else those who collided collide again
        self._s.pause(min(_PAUSE * self._lost, _LONGEST_PAUSE) * share)
        return self._lost
