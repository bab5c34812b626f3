"""One count in one store: its id, what it is as of now, and how it is changed by its rule.

A count is kept under an HMAC of what it counts, with a letter for its kind, so that nothing in the store says
whose it is and no name that nobody has ever stands there in clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import attrs

from permit_accounts.model.errors import Conflict, OutcomeUnknown, Unavailable
from permit_accounts.model.records import AttemptCount
from permit_accounts.model.values import Value
from permit_accounts.ports import Add, Change, Remove, Replace, Store
from permit_accounts.rules import waits
from permit_accounts.rules.waits import WaitRule
from permit_accounts.tools import lookups
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle.backoff import Backoff

_VERSION_BYTES: Final = 6  # so few that a store which counts in floating point is exact too


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
    MARK = "i"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Bucket(Value):
    """One count: where it is kept, by which rule, as stored, and as of the moment it was read."""

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

    def with_count(self, new: AttemptCount) -> Bucket:
        """The bucket once this new count is committed."""
        if self.stored is not None:
            new = attrs.evolve(new, version=self.stored.version + 1)
        return Bucket(home=self.home, rule=self.rule, stored=new, count=new)


def count_id(s: Services, layer: Layer, text: str) -> str:
    """The id under which a text is counted."""
    return f"{layer}:{s.keyring.counted(text)}"


def new_count(s: Services, record_id: str, now: datetime) -> AttemptCount:
    """A count of nothing, at a version that nobody has ever seen."""
    return waits.new_count(record_id, 1 + int.from_bytes(s.random(_VERSION_BYTES), "big"), now)


def read_bucket(s: Services, store: Store, record_id: str, rule: WaitRule, now: datetime) -> Bucket:
    """The count of this id as of now; one of nothing where there is none. One read."""
    stored = lookups.attempt_count(store, record_id)
    if stored is None:
        return Bucket(home=store, rule=rule, stored=None, count=new_count(s, record_id, now))
    return Bucket(home=store, rule=rule, stored=stored, count=waits.as_of(stored, rule, now))


def read_again(s: Services, bucket: Bucket, now: datetime) -> Bucket:
    """The same count as it stands now."""
    return read_bucket(s, bucket.home, bucket.count.id, bucket.rule, now)


def commit_counts(store: Store, *changes: Change) -> None:
    """Commit what is counted before a flow.

    Raises:
        Conflict: One of them has changed since it was read.
        Unavailable: The store is out of reach, also where nobody knows whether it counted: the flow is not
            told then, so nothing that the person asked for is in doubt.
    """
    try:
        store.commit(*changes)
    except OutcomeUnknown as error:
        raise Unavailable("the store was lost while it counted an attempt, which was not made") from error


def reserve_in(buckets: Sequence[Bucket], made_at: datetime) -> tuple[Bucket, ...]:
    """Count one attempt as under way in each of these, which are of one store, in one commit.

    Raises:
        Conflict: One of them has changed since it was read.
    """
    reserved = tuple(
        bucket.with_count(waits.reserved(bucket.count, bucket.rule, made_at)) for bucket in buckets
    )
    if buckets:
        pairs = zip(buckets, reserved, strict=True)
        commit_counts(buckets[0].home, *(change for old, new in pairs for change in old.changes(new.count)))
    return reserved


def reserve_until_done(s: Services, bucket: Bucket, made_at: datetime) -> Bucket:
    """The same for one bucket alone, again after each conflict.

    Raises:
        TryAgainLater: There were too many conflicts.
    """
    backoff = Backoff(s)
    while True:
        try:
            return reserve_in((bucket,), made_at)[0]
        except Conflict:
            backoff.pause()
            bucket = read_again(s, bucket, s.now())
