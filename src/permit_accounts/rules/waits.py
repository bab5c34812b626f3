"""How failed attempts are counted and how long the next one waits: the pure rule behind the throttle.

An attempt is first *reserved* and, once it is over, *settled*. Reservations count as failures until they are
settled, so a hundred guesses at once get no further than a hundred in a row. Time alone changes a count too:
a reservation that nobody settled becomes a failure, and old failures are forgotten. `as_of` does that; every
other function takes a count that is as of now.

What stands in a record is not trusted: a failure count below zero or beyond all measure and a wait longer
than the longest are cut to size, so that a damaged record neither opens nor closes a door.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import attrs

from permit_accounts.model.records import AttemptCount
from permit_accounts.model.values import Value
from permit_accounts.rules.policy import Limit, Policy

#: How long the failures of strangers' devices are remembered without a new one; a success ends them sooner.
HARD_COUNT_KEPT: Final = timedelta(days=366)

_MOST_FAILURES: Final = 1_000_000
_NO_LIMIT: Final = _MOST_FAILURES + 1
_MOST_AT_ONCE: Final = 1000
_MOST_DOUBLINGS: Final = 20  # a second doubled twenty times is twelve days, more than any longest wait
_NO_TIME: Final = timedelta(0)


class Verdict(StrEnum):
    """What came of an attempt.

    `NEUTRAL` was no guess: a form with other problems, or too much load to check anything.
    """

    RIGHT = "right"
    WRONG = "wrong"
    NEUTRAL = "neutral"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class WaitRule(Value):
    """How one kind of count behaves.

    Args:
        free: Failures without a wait.
        first_wait: The wait after that many; each further failure doubles it.
        longest_wait: Where doubling ends.
        unsettled: A reservation older than this is a failure.
        quiet: Failures are forgotten after so long without a new one; None for never.
        window: Failures are forgotten so long after the first of them; None for never.
        kept: How long the record is of use after it was last written.
        cleared_by_success: Whether a right attempt forgets the failures, or only takes itself back.
    """

    free: int
    first_wait: timedelta = _NO_TIME
    longest_wait: timedelta = _NO_TIME
    unsettled: timedelta
    quiet: timedelta | None = None
    window: timedelta | None = None
    kept: timedelta
    cleared_by_success: bool = False


def name_rule(policy: Policy) -> WaitRule:
    """Guesses at one name from devices that are not known (NIST SP 800-63B-4, 3.2.2; OWASP device cookies).

    A success does not clear it: else a stranger's count would start anew with each sign-in of the owner.
    """
    return WaitRule(
        free=policy.throttle_free,
        first_wait=policy.throttle_first_wait,
        longest_wait=policy.throttle_max_wait,
        unsettled=policy.throttle_unsettled,
        quiet=policy.throttle_decay,
        kept=policy.throttle_decay + policy.throttle_unsettled,
    )


def device_rule(policy: Policy) -> WaitRule:
    """Guesses on one known device. They are never forgotten, only cleared by a success on it.

    So a stolen device token is good for `Policy.hard_cap` guesses in its whole life.
    """
    return WaitRule(
        free=policy.throttle_free,
        first_wait=policy.throttle_first_wait,
        longest_wait=policy.throttle_max_wait,
        unsettled=policy.throttle_unsettled,
        kept=policy.device_token_ttl,
        cleared_by_success=True,
    )


def hard_rule(policy: Policy) -> WaitRule:
    """Consecutive failures of all unknown devices together: counted, without a wait of their own."""
    return WaitRule(
        free=_NO_LIMIT,
        unsettled=policy.throttle_unsettled,
        quiet=HARD_COUNT_KEPT,
        kept=HARD_COUNT_KEPT,
        cleared_by_success=True,
    )


def nobodys_hard_rule(policy: Policy) -> WaitRule:
    """The same for a name that nobody has, so that it costs as much; what is typed at random ends soon."""
    name = name_rule(policy)
    return attrs.evolve(hard_rule(policy), quiet=name.quiet, kept=name.kept)


def source_rule(policy: Policy) -> WaitRule:
    """Failures at one source, whatever the names (OWASP credential stuffing; the numbers are judgment)."""
    return WaitRule(
        free=policy.source_failures.count,
        first_wait=policy.source_wait,
        longest_wait=policy.source_wait,
        unsettled=policy.throttle_unsettled,
        window=policy.source_failures.within,
        kept=policy.source_failures.within + policy.source_wait,
    )


def spray_rule(policy: Policy) -> WaitRule:
    """Different names that failed at one source; the wait falls upon the source."""
    return WaitRule(
        free=policy.spray_names.count,
        first_wait=policy.source_wait,
        longest_wait=policy.source_wait,
        unsettled=policy.throttle_unsettled,
        window=policy.spray_names.within,
        kept=policy.spray_names.within,
    )


def longest_kept(policy: Policy) -> timedelta:
    """For how long anything matters that is counted where it may be forgotten, or that a limit counts."""
    limited = (
        value.within for value in attrs.asdict(policy, recurse=False).values() if isinstance(value, Limit)
    )
    return max(name_rule(policy).kept, source_rule(policy).kept, *limited)


def new_count(count_id: str, version: int, now: datetime) -> AttemptCount:
    """A count of nothing, not kept yet.

    Args:
        version: One that no count of this id has ever had. A count is forgotten where nothing is left to be
            counted, and begun again: were its first version always the same, what somebody has seen of the
            one before would pass for current, and writing on would undo what was counted since.
    """
    return AttemptCount(id=count_id, version=version, since=now, expires_at=now)


def as_of(count: AttemptCount, rule: WaitRule, now: datetime) -> AttemptCount:
    """The count with what time alone has changed in it, and with no value out of range."""
    count = _in_range(count, rule, now)
    # abs: a moment far in the future was written by a clock that was wrong.
    stale = [made for made in count.pending if abs(now - made) > rule.unsettled]
    if stale:
        count = attrs.evolve(count, pending=tuple(made for made in count.pending if made not in stale))
        for made in sorted(stale)[-_MOST_AT_ONCE:]:
            count = failed(count, rule, min(made, now))
    if count.failures and waiting(count, now) is None and _is_forgotten(count, rule, now):
        return attrs.evolve(
            count, failures=0, since=now, last_failure_at=None, waits_until=None, told_at=None
        )
    return count


def waiting(count: AttemptCount, now: datetime) -> timedelta | None:
    """How long the next attempt has to wait, or None."""
    if count.waits_until is None or count.waits_until <= now:
        return None
    return count.waits_until - now


def has_credit(count: AttemptCount, rule: WaitRule) -> bool:
    """Whether one more attempt may be under way before the others are settled.

    As many as there are free failures left; one, once there are none.
    """
    return len(count.pending) < max(rule.free - count.failures, 1)


def at_worst(count: AttemptCount) -> int:
    """The failures, if all that is under way fails."""
    return count.failures + len(count.pending)


def reserved(count: AttemptCount, rule: WaitRule, now: datetime) -> AttemptCount:
    """The count with one more attempt under way."""
    return attrs.evolve(count, pending=(*count.pending, now), expires_at=now + rule.kept)


def failed(count: AttemptCount, rule: WaitRule, at: datetime) -> AttemptCount:
    """The count with one more failure, and the wait that comes of it. No wait that runs becomes shorter."""
    failures = min(count.failures + 1, _MOST_FAILURES)
    wait = _wait_after(failures, rule)
    until = count.waits_until
    if wait is not None:
        until = at + wait if until is None else max(until, at + wait)
    return attrs.evolve(
        count,
        failures=failures,
        since=count.since if count.failures else at,
        last_failure_at=at if count.last_failure_at is None else max(count.last_failure_at, at),
        waits_until=until,
        told_at=count.told_at if wait is None else None,
        expires_at=max(count.expires_at, at + rule.kept),
    )


def settled(
    count: AttemptCount, rule: WaitRule, verdict: Verdict, *, made_at: datetime | None, now: datetime
) -> AttemptCount | None:
    """The count once an attempt is over, or None where nothing is left to be counted.

    Args:
        made_at: When the attempt was reserved; None where it is not reserved in this count. A reservation
            that is not found has become a failure meanwhile, and is not counted twice.
    """
    pending = list(count.pending)
    found = made_at is not None and made_at in pending
    if made_at is not None and found:
        pending.remove(made_at)
        count = attrs.evolve(count, pending=tuple(pending))
    if verdict is Verdict.WRONG and (found or made_at is None):
        return failed(count, rule, now)
    if verdict is Verdict.RIGHT and rule.cleared_by_success:
        count = attrs.evolve(count, failures=0, last_failure_at=None, waits_until=None, told_at=None)
    return count if count.failures or count.pending else None


def made_to_wait(count: AttemptCount, rule: WaitRule, now: datetime) -> AttemptCount:
    """The count with the longest wait beginning now, whatever was counted."""
    return attrs.evolve(count, waits_until=now + rule.longest_wait, told_at=None, expires_at=now + rule.kept)


def _in_range(count: AttemptCount, rule: WaitRule, now: datetime) -> AttemptCount:
    if not 0 <= count.failures <= _MOST_FAILURES:
        count = attrs.evolve(count, failures=min(max(count.failures, 0), _MOST_FAILURES))
    if count.waits_until is not None and count.waits_until > now + rule.longest_wait:
        count = attrs.evolve(count, waits_until=now + rule.longest_wait)
    return count


def _is_forgotten(count: AttemptCount, rule: WaitRule, now: datetime) -> bool:
    if rule.window is not None:
        return abs(now - count.since) >= rule.window
    last = count.last_failure_at or count.since
    return rule.quiet is not None and abs(now - last) >= rule.quiet


def _wait_after(failures: int, rule: WaitRule) -> timedelta | None:
    if failures < rule.free:
        return None
    doublings = min(failures - rule.free, _MOST_DOUBLINGS)
    return min(rule.first_wait * (1 << doublings), rule.longest_wait)
