"""The counts that matter to one attempt, read at one moment, and which of them it has to pass."""

from __future__ import annotations

from datetime import datetime

import attrs

from permit_accounts.model.records import AttemptCount
from permit_accounts.model.values import Value
from permit_accounts.ports import Store
from permit_accounts.rules import waits
from permit_accounts.rules.policy import Policy
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle.counts import Bucket, Layer, count_id, read_bucket
from permit_accounts.tools.throttle.keys import Keys


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Snapshot(Value):
    """What was read. `name` is the device's own count where the device is trusted."""

    now: datetime
    trusted: bool
    name: Bucket
    hard: Bucket | None = None
    source: Bucket | None = None

    @property
    def hard_count(self) -> int:
        """Failures in a row if this attempt fails too; those under way are taken for failures."""
        return 0 if self.hard is None else waits.at_worst(self.hard.count) + 1

    @property
    def name_records(self) -> tuple[AttemptCount | None, ...]:
        """What is stored of name and account, to tell whether somebody else has counted there."""
        return self.name.stored, None if self.hard is None else self.hard.stored

    def is_closed(self, keys: Keys, policy: Policy) -> bool:
        """Whether chosen passwords are not compared here: too many strangers have failed."""
        return not self.trusted and (keys.closed or self.hard_count > policy.hard_cap)

    def name_is_blocked(self, *, may_wait: bool) -> bool:
        """Whether nothing passes the name just now, so that a temporary password has to bypass it.

        Not because the password is closed: names that nobody has never are, and what is counted for one
        name and not for another tells them apart.
        """
        if self.longest_waiting((self.name,)) is not None:
            return True
        return not may_wait and not waits.has_credit(self.name.count, self.name.rule)

    def limiting(self, *, bypass_name: bool) -> tuple[Bucket, ...]:
        """What the attempt has to pass: name or device, and the source where the device is unknown.

        A temporary password whose name is blocked bypasses that: it has to pass the source alone.
        """
        name = () if bypass_name else (self.name,)
        source = () if self.source is None or (self.trusted and not bypass_name) else (self.source,)
        return (*name, *source)

    def without_source(self, buckets: tuple[Bucket, ...]) -> tuple[Bucket, ...]:
        """The same buckets but for the source."""
        return tuple(bucket for bucket in buckets if bucket is not self.source)

    def longest_waiting(self, buckets: tuple[Bucket, ...]) -> Bucket | None:
        """The bucket that has to be waited for longest, or None where none has."""
        found = None
        longest = None
        for bucket in buckets:
            wait = waits.waiting(bucket.count, self.now)
            if wait is not None and (longest is None or wait > longest):
                found, longest = bucket, wait
        return found


def read_snapshot(s: Services, scratch: Store, keys: Keys, *, temporary_shape: bool) -> Snapshot:
    """One read for each count that matters to this attempt."""
    now = s.now()
    device = _device(s, keys, now)
    source = None
    if keys.source is not None and (device is None or temporary_shape):
        source = source_bucket(s, scratch, keys.source, now)
    if device is not None:
        return Snapshot(now=now, trusted=True, name=device, source=source)
    name_id = count_id(s, Layer.NAME, keys.subject)
    name = read_bucket(s, scratch, name_id, waits.name_rule(s.policy), now)
    hard = None if keys.hard is None else hard_bucket(s, keys, keys.hard, now)
    snapshot = Snapshot(now=now, trusted=False, name=name, hard=hard, source=source)
    if keys.device_if_closed is not None and snapshot.is_closed(keys, s.policy):
        known = attrs.evolve(keys, device=keys.device_if_closed, device_if_closed=None)
        return read_snapshot(s, scratch, known, temporary_shape=temporary_shape)
    return snapshot


def source_bucket(s: Services, scratch: Store, source: str, now: datetime) -> Bucket:
    """The count of failures at one source."""
    return read_bucket(s, scratch, count_id(s, Layer.SOURCE, source), waits.source_rule(s.policy), now)


def hard_bucket(s: Services, keys: Keys, hard: str, now: datetime) -> Bucket:
    """The count of failures in a row on unknown devices, at an account or at a name that nobody has."""
    rule = waits.hard_rule(s.policy) if keys.known else waits.nobodys_hard_rule(s.policy)
    return read_bucket(s, s.store, count_id(s, Layer.HARD, hard), rule, now)


def _device(s: Services, keys: Keys, now: datetime) -> Bucket | None:
    """The count of a known device, unless so many attempts failed on it that it is trusted no longer."""
    if keys.device is None:
        return None
    device = read_bucket(s, s.store, count_id(s, Layer.DEVICE, keys.device), waits.device_rule(s.policy), now)
    return device if device.count.failures < s.policy.hard_cap else None
