"""At most so many within a span of time, exactly: the pure rule behind limits on mails and registrations.

Each one that was allowed is kept as its moment, so the span slides and has no edges where twice as many
would pass. Limits are small numbers; the record stays as small.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import attrs

from permit_accounts.model.records import AttemptCount
from permit_accounts.rules.policy import Limit


def noted(count: AttemptCount, limits: Sequence[Limit], now: datetime) -> AttemptCount | None:
    """The count with one more made now, or None where one of the limits forbids it."""
    span = max(limit.within for limit in limits)
    made = _within(count.allowed, span, now)
    if any(len(_within(made, limit.within, now)) >= limit.count for limit in limits):
        return None
    return attrs.evolve(count, allowed=(*made, now), expires_at=now + span)


def taken_back(count: AttemptCount, made_at: datetime) -> AttemptCount | None:
    """The count without the one made then, or None where no other is left."""
    made = list(count.allowed)
    if made_at in made:
        made.remove(made_at)
    return attrs.evolve(count, allowed=tuple(made)) if made else None


def _within(made: Iterable[datetime], span: timedelta, now: datetime) -> tuple[datetime, ...]:
    # abs: a moment far in the future was written by a clock that was wrong.
    return tuple(moment for moment in made if abs(now - moment) < span)
