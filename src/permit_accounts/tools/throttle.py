"""Counts an attempt before anything is checked, and settles it afterwards: the front door's two commits.

Usernames are public license numbers, so a lock that strangers can close would be a weapon. Four counts stand
side by side (`permit_accounts.rules.waits` has the rule of each):

* **name**: guesses at one name from unknown devices; waits that double. Names that nobody has are counted
  like any other.
* **device**: guesses on one device that the account knows; it takes the name's place, so that the owner
  feels nothing of what strangers do.
* **hard**: consecutive failures of all unknown devices of an account; beyond `Policy.hard_cap` the password
  is not compared for them. Names that nobody has are counted alike, so that they cost as much.
* **source**: failures, and names that failed, at one address; for unknown devices only.

Name and source may live in the scratch store and be forgotten; device and hard count live in the durable one.
While the scratch store is out of reach, all are counted in the durable one: never nowhere.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import attrs

from permit_accounts.model.errors import Conflict, PermitAccountsError, Unavailable
from permit_accounts.model.records import Account, AttemptCount
from permit_accounts.ports import Remove, Store
from permit_accounts.rules import waits
from permit_accounts.rules.obstacles import Strangers
from permit_accounts.rules.waits import Verdict
from permit_accounts.tools import lookups
from permit_accounts.tools.attempts import (
    Attempt,
    Keys,
    Reservation,
    hard_key,
    keys_for,
    keys_for_token,
    keys_of_strangers,
)
from permit_accounts.tools.buckets import MOST_IN_VAIN, Bucket, Layer, Races, count_id, hold, hold_apart
from permit_accounts.tools.gates import Seen, look_around
from permit_accounts.tools.services import Services
from permit_accounts.tools.settlement import settle

__all__ = [
    "Attempt",
    "Keys",
    "Reservation",
    "Verdict",
    "hard_count_cleared",
    "keys_for",
    "keys_for_token",
    "reserve",
    "settle",
    "strangers",
]

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
        Unavailable: The durable store is out of reach.
    """
    try:
        return _reserve(s, s.scratch, keys, temporary_shape=temporary_shape)
    except Unavailable:
        if s.scratch is s.store:
            raise
        _log.warning("a store is out of reach; this attempt is counted in the durable store alone")
        return _reserve(s, s.store, keys, temporary_shape=temporary_shape)


def strangers(s: Services, account: Account) -> Strangers:
    """How a device that the account does not know is met just now; nothing is counted by asking.

    Raises:
        Unavailable: The durable store is out of reach.
    """
    keys = keys_of_strangers(account)
    try:
        seen = look_around(s, s.scratch, keys, temporary_shape=False)
    except Unavailable:
        if s.scratch is s.store:
            raise
        seen = look_around(s, s.store, keys, temporary_shape=False)
    shut = seen.longest_shut((seen.name,))
    return Strangers(
        closed=seen.is_closed(keys, s.policy),
        waits_until=shut.count.waits_until if shut is not None else None,
    )


def hard_count_cleared(s: Services, account: Account) -> tuple[Remove, ...]:
    """What a flow commits along where it opens an account to unknown devices without new credentials."""
    found = lookups.attempt_count(s.store, count_id(s, Layer.HARD, hard_key(account)))
    return () if found is None else (Remove(found),)


class _Telling:
    """What earlier tellings of one reservation have met: races lost, and settlements waited for."""

    def __init__(self, s: Services, scratch: Store, keys: Keys) -> None:
        self.scratch = scratch
        self.keys = keys
        self._s = s
        self._races = Races(s)
        self._patience = s.policy.throttle_settle
        self._overtaken: tuple[AttemptCount | None, ...] | None = None
        self._in_vain = 0

    @property
    def is_patient(self) -> bool:
        """Whether there is time left to wait for a settlement."""
        return self._patience > _NO_TIME

    def wait_for_settlement(self) -> None:
        """A moment, after which others may have been settled."""
        self._overtaken = None
        self._patience -= _STEP
        self._s.pause(_STEP.total_seconds())

    def overtaken(self, seen: Seen) -> None:
        """A race was lost. Where that happens again and again and nothing changes, a record is damaged."""
        self._in_vain = self._in_vain + 1 if self.lost_to_the_source_alone(seen) else 0
        if self._in_vain == MOST_IN_VAIN:
            _log.error("a count is damaged and cannot be read; others are used in its place")
            self.keys = self.keys.elsewhere()
        self._overtaken = seen.names
        self._races.lost()

    def lost_to_the_source_alone(self, seen: Seen) -> bool:
        """Whether the last race was lost although nobody has counted at the name."""
        return self._overtaken == seen.names

    def reservation(self, seen: Seen, attempt: Attempt, held: tuple[Bucket, ...] = ()) -> Reservation:
        """What is made of the attempt, and where it stands as under way."""
        return Reservation(attempt=attempt, made_at=seen.now, keys=self.keys, scratch=self.scratch, held=held)


def _reserve(s: Services, scratch: Store, keys: Keys, *, temporary_shape: bool) -> Reservation:
    """Look, decide, commit; told again after each race that was lost and each wait for a settlement."""
    telling = _Telling(s, scratch, keys)
    while True:
        seen = look_around(s, scratch, telling.keys, temporary_shape=temporary_shape)
        try:
            answer = _decided(s, telling, seen, temporary_shape=temporary_shape)
        except Conflict:
            telling.overtaken(seen)
            continue
        if answer is not None:
            return answer
        telling.wait_for_settlement()


def _decided(s: Services, telling: _Telling, seen: Seen, *, temporary_shape: bool) -> Reservation | None:
    """The reservation, or None where another look has to be taken after a moment."""
    aside = temporary_shape and seen.name_is_shut(patient=telling.is_patient)
    gates = seen.gates(aside=aside)
    shut = seen.longest_shut(gates)
    if shut is not None:
        return _refused(telling, seen, shut)
    if all(waits.has_credit(gate.count, gate.rule) for gate in gates):
        # At a source the loser of a race goes on uncounted: else one busy address would slow itself down.
        alone = telling.lost_to_the_source_alone(seen)
        return _admitted(s, telling, seen, seen.without_source(gates) if alone else gates, aside=aside)
    if telling.is_patient:
        return None
    return telling.reservation(seen, Attempt(trusted=seen.trusted, wait=s.policy.throttle_first_wait))


def _refused(telling: _Telling, seen: Seen, shut: Bucket) -> Reservation:
    """It waits. The first to hear so in each wait is noted, so that one event is put on record."""
    first = shut.count.told_at is None
    if first:
        shut.home.commit(*shut.changes(attrs.evolve(shut.count, told_at=seen.now)))
    wait = waits.waiting(shut.count, seen.now)
    return telling.reservation(seen, Attempt(trusted=seen.trusted, wait=wait, first_refusal=first))


def _admitted(
    s: Services, telling: _Telling, seen: Seen, counted: Sequence[Bucket], *, aside: bool
) -> Reservation:
    """It goes on, and stands as under way in every count that it was let past."""
    hard = () if aside or seen.hard is None else (seen.hard,)
    apart = () if telling.scratch is s.store else hard
    attempt = Attempt(
        trusted=seen.trusted,
        temporary_only=aside or seen.is_closed(telling.keys, s.policy),
        hard_count=seen.hard_count if hard else 0,
    )
    held = hold((*counted, *(() if apart else hard)), seen.now)
    reservation = telling.reservation(seen, attempt, held)
    return _admitted_to_both(s, reservation, apart[0]) if apart else reservation


def _admitted_to_both(s: Services, reservation: Reservation, hard: Bucket) -> Reservation:
    """The hard count lives in another store than the others, so it takes a commit of its own."""
    try:
        held = hold_apart(s, hard, reservation.made_at)
    except PermitAccountsError:
        settle(s, reservation, Verdict.NEUTRAL)
        raise
    in_a_row = waits.at_worst(held.count)
    attempt = attrs.evolve(
        reservation.attempt,
        temporary_only=reservation.attempt.temporary_only or in_a_row > s.policy.hard_cap,
        hard_count=in_a_row,
    )
    return attrs.evolve(reservation, attempt=attempt, held=(*reservation.held, held))
