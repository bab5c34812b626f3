"""The counts that one attempt has to pass, as they stand at one moment."""

from __future__ import annotations

from datetime import datetime

import attrs

from permit_accounts.model.records import AttemptCount
from permit_accounts.model.values import Value
from permit_accounts.ports import Store
from permit_accounts.rules import waits
from permit_accounts.rules.policy import Policy
from permit_accounts.tools.attempts import Keys
from permit_accounts.tools.buckets import Bucket, Layer, count_id, look
from permit_accounts.tools.services import Services


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Seen(Value):
    """What was found. `name` is the device's own count where the device is trusted."""

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
    def names(self) -> tuple[AttemptCount | None, ...]:
        """What is stored of name and account, to tell whether somebody else has counted there."""
        return self.name.stored, None if self.hard is None else self.hard.stored

    def is_closed(self, keys: Keys, policy: Policy) -> bool:
        """Whether chosen passwords are not compared here: too many strangers have failed."""
        return not self.trusted and (keys.closed or self.hard_count > policy.hard_cap)

    def name_is_shut(self, *, patient: bool) -> bool:
        """Whether a temporary password has to go around the name, since nothing passes it just now.

        Not because the password is closed: names that nobody has never are, and what is counted for one
        name and not for another tells them apart.
        """
        if self.longest_shut((self.name,)) is not None:
            return True
        return not patient and not waits.has_credit(self.name.count, self.name.rule)

    def gates(self, *, aside: bool) -> tuple[Bucket, ...]:
        """What the attempt has to pass: name or device, and the source where the device is unknown.

        `aside` is the way of a temporary password around its name: past the source alone.
        """
        name = () if aside else (self.name,)
        source = () if self.source is None or (self.trusted and not aside) else (self.source,)
        return (*name, *source)

    def without_source(self, gates: tuple[Bucket, ...]) -> tuple[Bucket, ...]:
        """The same gates but for the source."""
        return tuple(gate for gate in gates if gate is not self.source)

    def longest_shut(self, gates: tuple[Bucket, ...]) -> Bucket | None:
        """The gate that stays shut for longest, or None where all are open."""
        shut = None
        longest = None
        for gate in gates:
            wait = waits.waiting(gate.count, self.now)
            if wait is not None and (longest is None or wait > longest):
                shut, longest = gate, wait
        return shut


def look_around(s: Services, scratch: Store, keys: Keys, *, temporary_shape: bool) -> Seen:
    """One read for each count that matters to this attempt."""
    now = s.now()
    device = _device(s, keys, now)
    source = None
    if keys.source is not None and (device is None or temporary_shape):
        source = source_bucket(s, scratch, keys.source, now)
    if device is not None:
        return Seen(now=now, trusted=True, name=device, source=source)
    name_id = count_id(s, Layer.NAME, keys.subject)
    name = look(s, scratch, name_id, waits.name_rule(s.policy), now)
    hard = None if keys.hard is None else hard_bucket(s, keys, keys.hard, now)
    seen = Seen(now=now, trusted=False, name=name, hard=hard, source=source)
    if keys.device_if_closed is not None and seen.is_closed(keys, s.policy):
        known = attrs.evolve(keys, device=keys.device_if_closed, device_if_closed=None)
        return look_around(s, scratch, known, temporary_shape=temporary_shape)
    return seen


def source_bucket(s: Services, scratch: Store, source: str, now: datetime) -> Bucket:
    """The count of failures at one source."""
    return look(s, scratch, count_id(s, Layer.SOURCE, source), waits.source_rule(s.policy), now)


def hard_bucket(s: Services, keys: Keys, hard: str, now: datetime) -> Bucket:
    """The count of failures in a row on unknown devices, at an account or at a name that nobody has."""
    rule = waits.hard_rule(s.policy) if keys.known else waits.nobodys_hard_rule(s.policy)
    return look(s, s.store, count_id(s, Layer.HARD, hard), rule, now)


def _device(s: Services, keys: Keys, now: datetime) -> Bucket | None:
    """The count of a known device, unless so many attempts failed on it that it is trusted no longer."""
    if keys.device is None:
        return None
    device = look(s, s.store, count_id(s, Layer.DEVICE, keys.device), waits.device_rule(s.policy), now)
    return device if device.count.failures < s.policy.hard_cap else None
