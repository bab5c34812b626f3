"""Forgets what has expired: tokens, sessions, attempt counts, and what the audit log need not keep.

Run it daily. It works in small commits, so nobody waits for it, it may be killed anywhere, and two at once do
no harm: a record that somebody changed meanwhile is left for the next time. What has not expired is never
touched, for the store is asked by expiry, and a commit removes a record only as it was read.

**The clock.** One moment is taken at the start and holds for the whole run. A clock that is behind makes
purging late, nothing else. A clock that is ahead purges what every door refuses at that same hour anyway,
but what it purges from the audit log is gone; keep the clocks of servers in step.

**Events** are removed once they are older than `Policy.audit_retention`. Once they are older than
`Policy.audit_visitor_retention`, the visitor's address and browser are blanked. Both go from the oldest
event on. Blanking does not look at years of blanked events again: it begins 35 days before the limit and, as
long as the events just before that still name visitors, 35 days earlier. So it catches up after a pause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import attrs

from permit_accounts.model.codes import ActorKind, EventName
from permit_accounts.model.errors import ConfigurationError, Conflict
from permit_accounts.model.outcomes import Outcome
from permit_accounts.model.records import AttemptCount, AuditEvent, OneTimeToken, Record, Session
from permit_accounts.ports import Change, Remove, Replace, Store
from permit_accounts.tools import lookups
from permit_accounts.tools.services import Services

R = TypeVar("R", OneTimeToken, Session, AttemptCount)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Ids of events begin with the moment, in so many hexadecimal digits.
_MOMENT_DIGITS: Final = 14
#: A purge once a month is enough for blanking to begin where the last one ended.
_LOOK_BACK: Final = timedelta(days=35)
#: So many events that name no visitor tell that those before them were blanked; many have none to begin with.
_WITNESSES: Final = 1000


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Purged(Outcome):
    """How many records were forgotten, and of how many events the visitor."""

    tokens: int = 0
    sessions: int = 0
    counts: int = 0
    events: int = 0
    visitors: int = 0


def purge(s: Services, *, batch: int = 200, progress: Callable[[Purged], None] | None = None) -> Purged:
    """Forget what has expired by now.

    Args:
        s: The services.
        batch: How many records one commit changes; fewer where a store takes fewer. Others wait for a lock no
            longer than one commit takes, some tens of milliseconds on a busy server.
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
        """Everything, kind by kind."""
        store, scratch = self._s.store, self._s.scratch
        self._remove("tokens", store, self._expired(store, OneTimeToken))
        self._remove("sessions", store, self._expired(store, Session))
        self._remove("counts", store, self._expired(store, AttemptCount))
        forgotten = self._ago(self._s.policy.audit_retention)
        if forgotten is not None:
            self._remove("events", store, self._events_until(forgotten, after=None))
        blanked = self._ago(self._s.policy.audit_visitor_retention)
        if blanked is not None:
            self._blank_until(blanked)
        if scratch is not store:  # last, so that one that is out of reach keeps nothing else waiting
            self._remove("counts", scratch, self._expired(scratch, AttemptCount))
        return self._done

    def _expired(self, store: Store, kind: type[R]) -> Iterator[Sequence[R]]:
        size = self._size(store)
        after: R | None = None
        while page := lookups.expired(store, kind, self._now, limit=size, after=after):
            yield page
            after = page[-1]

    def _events_until(self, moment: datetime, *, after: AuditEvent | None) -> Iterator[Sequence[AuditEvent]]:
        """Pages of the events before a moment, oldest first."""
        size = self._size(self._s.store)
        while page := lookups.events_from(self._s, limit=size, after=after):
            old = [event for event in page if event.at < moment]
            yield old
            if len(old) < len(page):
                return
            after = page[-1]

    def _remove(self, what: str, store: Store, pages: Iterable[Sequence[Record]]) -> None:
        for page in pages:
            self._commit(what, store, [Remove(record) for record in page])

    def _blank_until(self, moment: datetime) -> None:
        for page in self._events_until(moment, after=self._where_blanking_ended(moment)):
            named = [event for event in page if _names_visitor(event)]
            blank = [Replace(event, attrs.evolve(event, ip="", user_agent="")) for event in named]
            self._commit("visitors", self._s.store, blank)

    def _where_blanking_ended(self, moment: datetime) -> AuditEvent | None:
        """A place in the log before which no visitor is named; None is its beginning."""
        while (moment := moment - _LOOK_BACK) > _EPOCH:
            place = self._place(moment)
            before = lookups.events_before(self._s, place, limit=_WITNESSES)
            if not any(map(_names_visitor, before)):
                return place
        return None

    def _place(self, moment: datetime) -> AuditEvent:
        """Where in the order of events a moment begins. Not an event: it is never kept."""
        moment_id = self._s.new_id(moment)[:_MOMENT_DIGITS]
        return AuditEvent(id=moment_id, at=moment, name=EventName.SIGNED_OUT, actor=ActorKind.SYSTEM)

    def _ago(self, span: timedelta | None) -> datetime | None:
        """The moment so long ago; None for ever, and for longer ago than there were events."""
        return None if span is None or span >= self._now - _EPOCH else self._now - span

    def _size(self, store: Store) -> int:
        return min(self._batch, store.max_changes)

    def _commit(self, what: str, store: Store, changes: Sequence[Change]) -> None:
        done = _committed(store, changes)
        self._done = attrs.evolve(self._done, **{what: getattr(self._done, what) + done})
        if changes:
            self._progress(self._done)


def _committed(store: Store, changes: Sequence[Change]) -> int:
    """Commit what can be committed, and count it; what somebody changed meanwhile is left as it is."""
    if not changes:
        return 0
    try:
        store.commit(*changes)
    except Conflict:
        half = len(changes) // 2
        return _committed(store, changes[:half]) + _committed(store, changes[half:]) if half else 0
    return len(changes)


def _names_visitor(event: AuditEvent) -> bool:
    return bool(event.ip or event.user_agent)
