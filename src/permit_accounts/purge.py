"""Forgets what has expired: tokens, sessions, attempt counts, and what the audit log need not keep.

Run it daily. It works in small commits, so nobody waits for it, it may be killed anywhere, and two at once do
no harm: a record that somebody changed meanwhile is left for the next time. What has not expired is never
touched, for the store is asked by expiry, and a commit removes a record only as it was read.

**The clock.** One moment is taken at the start and holds for the whole run. A clock that is behind makes
purging late, nothing else. A clock that is ahead purges what every door refuses at that same hour anyway,
but what it purges from the audit log is gone; keep the clocks of servers in step.

**Events** are removed once they are older than `Policy.audit_retention`. Once they are older than
`Policy.audit_visitor_retention`, the visitor's address and browser are blanked. Both go from the oldest
event on. Blanking need not look at the blanked years again: it begins 35 days before the limit and, as long as
the events just before that still name visitors, 35 days earlier. So it catches up by itself after a pause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from permit_accounts.model.codes import ActorKind, EventName
from permit_accounts.model.errors import ConfigurationError, Conflict
from permit_accounts.model.outcomes import Outcome
from permit_accounts.model.records import AttemptCount, AuditEvent, OneTimeToken, Session
from permit_accounts.ports import Change, Remove, Replace, Store
from permit_accounts.tools import lookups
from permit_accounts.tools.services import Services

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Ids of events begin with the moment, in so many hexadecimal digits.
_MOMENT_DIGITS: Final = 14
#: A purge once a month is enough for blanking to begin where the last one ended.
_LOOK_BACK: Final = timedelta(days=35)


@attrs.frozen(kw_only=True)
class Purged(Outcome):
    """How many records were forgotten, and of how many events the visitor."""

    tokens: int = 0
    sessions: int = 0
    counts: int = 0
    events: int = 0
    visitors: int = 0


def purge(
    s: Services, *, batch: int = 500, progress: Callable[[Purged], None] | None = None
) -> Purged:
    """Forget what has expired by now.

    Args:
        s: The services.
        batch: How many records one commit changes; fewer where a store takes fewer.
        progress: Called after each commit with what was done so far.

    Raises:
        ConfigurationError: `batch` is not a positive number.
        Unavailable: A store is out of reach; purge again later.
    """
    if batch < 1:
        raise ConfigurationError(f"purge(batch={batch}) must be 1 or more")
    return _Purge(s, batch, progress or (lambda purged: None)).run()


class _Purge:
    """One run: its moment, and what has been done so far."""

    def __init__(self, s: Services, batch: int, progress: Callable[[Purged], None]) -> None:
        self._s = s
        self._batch = batch
        self._progress = progress
        self._now = s.now()
        self._done = Purged()

    def run(self) -> Purged:
        store, scratch = self._s.store, self._s.scratch
        self._forget("tokens", store, self._expired(store, OneTimeToken))
        self._forget("sessions", store, self._expired(store, Session))
        self._forget("counts", store, self._expired(store, AttemptCount))
        if scratch is not store:
            self._forget("counts", scratch, self._expired(scratch, AttemptCount))
        self._forget("events", store, self._events_past_retention())
        self._blank_visitors()
        return self._done
    ...
