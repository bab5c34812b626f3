"""Before the flow: counts one attempt as under way, or says how long it has to wait.

One try reads the counts, decides, and commits. Where somebody else was faster it is made again, and where
nothing is left but what attempts under way may give back, it is made again after a moment.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import attrs

from permit_accounts.model.errors import Conflict, PermitAccountsError
from permit_accounts.model.records import AttemptCount
from permit_accounts.ports import Store
from permit_accounts.rules import waits
from permit_accounts.rules.waits import Verdict
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle.attempt import Attempt, Reservation
from permit_accounts.tools.throttle.backoff import MOST_UNEXPLAINED, Backoff
from permit_accounts.tools.throttle.counts import Bucket, commit_counts, reserve_in, reserve_until_done
from permit_accounts.tools.throttle.keys import Keys
from permit_accounts.tools.throttle.scratch import counted
from permit_accounts.tools.throttle.settling import settle
from permit_accounts.tools.throttle.snapshot import Snapshot, read_snapshot

_log: Final = logging.getLogger("permit_accounts.throttle")

_STEP: Final = timedelta(milliseconds=40)  # between two looks for a settlement
_NO_TIME: Final = timedelta(0)


def reserve(s: Services, keys: Keys, *, temporary_shape: bool = False) -> Reservation:
    """Count one attempt as under way, or say that it has to wait.

    Where the free failures are used up by attempts that are still under way, this waits for them to be
    settled, at most `Policy.throttle_settle`; so no more than these are ever checked on credit.

    Args:
        temporary_shape: What was typed has the shape of a temporary password. Where its name waits, it is let
            through for that alone and counted at its source only: 79 random bits need no limit, and nobody
            may keep a person out of the first sign-in.

    Raises:
        TryAgainLater: Too many others were counted under the same name at the same time.
        Unavailable: The durable store is out of reach; or the scratch store, and the city refuses then.
    """
    return counted(s, lambda scratch: _reserve_with(s, scratch, keys, temporary_shape=temporary_shape))


class _Tries:
    """What earlier tries at one reservation have met: conflicts, and settlements waited for."""

    def __init__(self, s: Services, scratch: Store, keys: Keys) -> None:
        self.scratch = scratch
        self.keys = keys
        self._s = s
        self._backoff = Backoff(s)
        self._time_left = s.policy.throttle_settle
        self._at_last_conflict: tuple[AttemptCount | None, ...] | None = None
        self._unexplained = 0

    @property
    def may_wait(self) -> bool:
        """Whether there is time left to wait for a settlement."""
        return self._time_left > _NO_TIME

    def wait_for_settlement(self) -> None:
        """A moment, after which others may have been settled."""
        self._at_last_conflict = None
        self._time_left -= _STEP
        self._s.pause(_STEP.total_seconds())
        self._backoff.was_elsewhere()

    def conflict(self, snapshot: Snapshot) -> None:
        """Somebody was faster. Where that comes again and again and nothing changes, a record is damaged."""
        self._unexplained = self._unexplained + 1 if self.name_is_unchanged(snapshot) else 0
        if self._unexplained == MOST_UNEXPLAINED:
            _log.error("a count is damaged and cannot be read; others are used in its place")
            self.keys = self.keys.under_other_ids()
        self._at_last_conflict = snapshot.name_records
        self._backoff.pause()

    def name_is_unchanged(self, snapshot: Snapshot) -> bool:
        """Whether the last try met a conflict although nobody has counted at the name."""
        return self._at_last_conflict == snapshot.name_records

    def reservation(
        self, snapshot: Snapshot, attempt: Attempt, buckets: tuple[Bucket, ...] = ()
    ) -> Reservation:
        """What was made of the attempt, and where it stands as under way."""
        return Reservation(
            attempt=attempt, made_at=snapshot.now, keys=self.keys, scratch=self.scratch, buckets=buckets
        )


def _reserve_with(s: Services, scratch: Store, keys: Keys, *, temporary_shape: bool) -> Reservation:
    """Try until there is an answer: again after each conflict and each wait for a settlement."""
    tries = _Tries(s, scratch, keys)
    while True:
        snapshot = read_snapshot(s, scratch, tries.keys, temporary_shape=temporary_shape)
        try:
            reservation = _decide(s, tries, snapshot, temporary_shape=temporary_shape)
        except Conflict:
            tries.conflict(snapshot)
            continue
        if reservation is not None:
            return reservation
        tries.wait_for_settlement()


def _decide(s: Services, tries: _Tries, snapshot: Snapshot, *, temporary_shape: bool) -> Reservation | None:
    """The reservation, or None where the counts have to be read again after a moment."""
    bypass_name = temporary_shape and snapshot.name_is_blocked(may_wait=tries.may_wait)
    limiting = snapshot.limiting(bypass_name=bypass_name)
    waiting = snapshot.longest_waiting(limiting)
    if waiting is not None:
        return _refuse(tries, snapshot, waiting)
    if all(waits.has_credit(bucket.count, bucket.rule) for bucket in limiting):
        # After a conflict at the source it is not counted there, or one busy address would slow itself down.
        source_only = tries.name_is_unchanged(snapshot)
        counted = snapshot.without_source(limiting) if source_only else limiting
        return _admit(s, tries, snapshot, counted, bypass_name=bypass_name)
    if tries.may_wait:
        return None
    return tries.reservation(snapshot, Attempt(trusted=snapshot.trusted, wait=s.policy.throttle_first_wait))


def _refuse(tries: _Tries, snapshot: Snapshot, waiting: Bucket) -> Reservation:
    """It waits. The first refusal in each wait is noted, so that one event is put on record."""
    first = waiting.count.told_at is None
    if first:
        noted = attrs.evolve(waiting.count, told_at=snapshot.now)
        commit_counts(waiting.home, *waiting.changes(noted))
    wait = waits.waiting(waiting.count, snapshot.now)
    return tries.reservation(snapshot, Attempt(trusted=snapshot.trusted, wait=wait, first_refusal=first))


def _admit(
    s: Services, tries: _Tries, snapshot: Snapshot, counted: Sequence[Bucket], *, bypass_name: bool
) -> Reservation:
    """It goes on, and stands as under way in every count that it was let past."""
    hard = () if bypass_name or snapshot.hard is None else (snapshot.hard,)
    elsewhere = () if tries.scratch is s.store else hard
    attempt = Attempt(
        trusted=snapshot.trusted,
        past_wait=bypass_name,
        temporary_only=bypass_name or snapshot.is_closed(tries.keys, s.policy),
        hard_count=snapshot.hard_count if hard else 0,
    )
    buckets = reserve_in((*counted, *(() if elsewhere else hard)), snapshot.now)
    reservation = tries.reservation(snapshot, attempt, buckets)
    return _with_hard_count(s, reservation, elsewhere[0]) if elsewhere else reservation


def _with_hard_count(s: Services, reservation: Reservation, hard: Bucket) -> Reservation:
    """The hard count lives in another store than the others, so it takes a commit of its own."""
    try:
        bucket = reserve_until_done(s, hard, reservation.made_at)
    except PermitAccountsError:
        settle(s, reservation, Verdict.NEUTRAL)
        raise
    in_a_row = waits.at_worst(bucket.count)
    attempt = attrs.evolve(
        reservation.attempt,
        temporary_only=reservation.attempt.temporary_only or in_a_row > s.policy.hard_cap,
        hard_count=in_a_row,
    )
    return attrs.evolve(reservation, attempt=attempt, buckets=(*reservation.buckets, bucket))
