"""Tells the counts what came of an attempt, once it is over. Best effort, never part of a flow's commit."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from permit_accounts.model.errors import Conflict, PermitAccountsError
from permit_accounts.ports import Change, Store
from permit_accounts.rules import waits
from permit_accounts.rules.waits import Verdict
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle.attempt import Reservation
from permit_accounts.tools.throttle.backoff import Backoff
from permit_accounts.tools.throttle.counts import Bucket, Layer, count_id, read_again, read_bucket
from permit_accounts.tools.throttle.snapshot import hard_bucket, source_bucket

_log: Final = logging.getLogger("permit_accounts.throttle")

_MOST_CONFLICTS: Final = 50


def settle(s: Services, reservation: Reservation, verdict: Verdict) -> None:
    """Tell what came of an attempt. Best effort: it raises nothing that a store raises.

    A right one takes itself back, clears its device's count and zeroes the hard count; it forgets no failure
    at that name or source. A wrong one stays. A neutral one only takes itself back. What could not be settled
    counts as a failure after `Policy.throttle_unsettled`.
    """
    if reservation.attempt.must_wait:
        return
    homes = [reservation.scratch] if reservation.scratch is s.store else [reservation.scratch, s.store]
    for home in homes:
        try:
            _settle_in(s, home, reservation, verdict)
        except PermitAccountsError as error:
            _log.warning("an attempt was not settled and will count as a failure: %s", type(error).__name__)


def _settle_in(s: Services, home: Store, reservation: Reservation, verdict: Verdict) -> None:
    """Settle what is counted in one store, in one commit; again after each conflict."""
    backoff = Backoff(s, _MOST_CONFLICTS)
    reserved = [bucket for bucket in reservation.buckets if bucket.home is home]
    while True:
        now = s.now()
        due = [
            *_settled(reserved, reservation, verdict, now),
            *_unreserved(s, home, reservation, verdict, now),
        ]
        try:
            if due:
                home.commit(*due)
            return
        except Conflict:
            backoff.pause()
            reserved = [read_again(s, bucket, s.now()) for bucket in reserved]


def _settled(
    reserved: list[Bucket], reservation: Reservation, verdict: Verdict, now: datetime
) -> Iterator[Change]:
    """What becomes of the counts in which the attempt stands as under way."""
    for bucket in reserved:
        if verdict is Verdict.WRONG and bucket.layer is Layer.SOURCE:
            continue  # it depends on the names that failed there
        # In a count that was forgotten meanwhile no reservation is found; the failure counts all the same.
        made_at = reservation.made_at if bucket.stored is not None else None
        new = waits.settled(bucket.count, bucket.rule, verdict, made_at=made_at, now=now)
        yield from bucket.changes(new)


def _unreserved(
    s: Services, home: Store, reservation: Reservation, verdict: Verdict, now: datetime
) -> Iterator[Change]:
    """What is counted although nothing was reserved there."""
    keys = reservation.keys
    unknown = not reservation.attempt.trusted or reservation.attempt.temporary_only
    if verdict is Verdict.WRONG and unknown and keys.source is not None and home is reservation.scratch:
        yield from _failed_at_source(s, home, reservation, keys.source, now)
    if verdict is Verdict.RIGHT and reservation.attempt.trusted and keys.hard is not None and home is s.store:
        hard = hard_bucket(s, keys, keys.hard, now)
        yield from hard.changes(waits.settled(hard.count, hard.rule, verdict, made_at=None, now=now))


def _failed_at_source(
    s: Services, scratch: Store, reservation: Reservation, text: str, now: datetime
) -> Iterator[Change]:
    """One failure more at this source; and one name more, where it is the name's first within the window."""
    source = source_bucket(s, scratch, text, now)
    reserved_there = source.stored is not None and any(
        bucket.layer is Layer.SOURCE for bucket in reservation.buckets
    )
    made_at = reservation.made_at if reserved_there else None
    after = waits.settled(source.count, source.rule, Verdict.WRONG, made_at=made_at, now=now)

    rule = waits.spray_rule(s.policy)
    pair = count_id(s, Layer.SPRAYED_NAME, f"{text} {reservation.keys.subject}")
    name = read_bucket(s, scratch, pair, rule, now)
    if name.count.failures == 0:
        yield from name.changes(waits.failed(name.count, rule, now))
        spray = read_bucket(s, scratch, count_id(s, Layer.SPRAY, text), rule, now)
        names = waits.failed(spray.count, rule, now)
        yield from spray.changes(names)
        if after is not None and names.failures >= rule.free:
            after = waits.made_to_wait(after, source.rule, now)
    yield from source.changes(after)
