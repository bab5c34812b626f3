"""Whether the scratch store still holds all that was counted in it.

A server that keeps its counts in memory loses them whenever it restarts. If counting then began anew there,
whoever can make it restart would have the free failures again each time. So both stores keep a **mark**: the
moment from which on the scratch store has counted, and a number that was drawn then. A scratch store without
a mark, or with another than the durable store knows, has lost something. It is not counted in until it has
been there for as long as any count in it matters; meanwhile the durable store counts, which forgets nothing.
So however often it is emptied, there are at most the failures that are free in the one and those that are
free in the other.

A server that comes back with what it last wrote to its disk brings its mark along, and has lost the counts
since. A store that can tell one run of its server from another has a method `run()`, and each run has a mark
of its own.

The mark is read after each count, never before: what was lost in between is noticed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, TypeVar

import attrs

from permit_accounts.model.errors import Conflict, Unavailable
from permit_accounts.model.records import AttemptCount, Record
from permit_accounts.ports import Add, Change, Is, Replace, Store, Where
from permit_accounts.rules import waits
from permit_accounts.tools import lookups
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle.counts import Layer, count_id, new_count
from permit_accounts.tools.throttle.runs import run_of

R = TypeVar("R", bound=Record)

_Identity: TypeAlias = tuple[datetime, int]

_DRAWN_BYTES: Final = 6
_FOR_EVER: Final = datetime(9999, 12, 31, tzinfo=UTC)

_log: Final = logging.getLogger("permit_accounts.throttle")


class CountsLost(Unavailable):
    """The store is in reach, and has lost counts that still matter."""


class Continuity:
    """The scratch store, which raises `CountsLost` where a count that is looked up may have been lost.

    Args:
        s: The services; what is asked of them is the durable store, the policy, time and chance.
        scratch: What is asked.
    """

    def __init__(self, s: Services, scratch: Store) -> None:
        self.max_changes = scratch.max_changes
        self._s: Final = s
        self._scratch: Final = scratch
        self._run: Final = run_of(scratch)
        self._span: Final = waits.longest_kept(s.policy)
        self._known_id: Final = count_id(s, Layer.MARK, "scratch")
        self._trusted: _Identity | None = None
        self._told: _Identity | None = None

    def __repr__(self) -> str:
        return repr(self._scratch)

    @property
    def asked(self) -> Store:
        """The store that is asked."""
        return self._scratch

    def select(self, kind: type[R], where: Where, *, limit: int, **page: Any) -> Sequence[R]:
        """As the store; a look-up by id is trusted only if nothing was lost."""
        found = self._scratch.select(kind, where, limit=limit, **page)
        if isinstance(where, Is):
            self._check()
        return found

    def commit(self, *changes: Change) -> None:
        """As the store."""
        self._scratch.commit(*changes)

    def lost_until(self) -> datetime | None:
        """Until when the durable store counts in its place; None where it counts itself. Nothing is written.

        Raises:
            Unavailable: One of the stores is out of reach.
        """
        lookups.attempt_count(self._scratch, self._known_id)  # whatever it answers, its run is known then
        mark = lookups.attempt_count(self._scratch, self._mark_id())
        known = lookups.attempt_count(self._s.store, self._known_id)
        if known is None or (mark is not None and _identity(mark) == _identity(known)):
            return None
        return self._old_at(mark.since if mark is not None else self._s.now())

    def _check(self) -> None:
        mark_id = self._mark_id()
        mark = lookups.attempt_count(self._scratch, mark_id)
        if mark is None:
            mark = self._marked(self._scratch, mark_id, self._s.now(), self._drawn())
        if _identity(mark) == self._trusted:
            return
        known = lookups.attempt_count(self._s.store, self._known_id)
        if known is None:  # the first time that there is a scratch store
            known = self._marked(self._s.store, self._known_id, *_identity(mark))
        if _identity(known) != _identity(mark):
            self._refuse_until_old(mark)
            self._know(known, mark)
        self._trusted = _identity(mark)

    def _mark_id(self) -> str:
        return count_id(self._s, Layer.MARK, f"scratch {self._run()}")

    def _drawn(self) -> int:
        return int.from_bytes(self._s.random(_DRAWN_BYTES), "big")

    def _marked(self, store: Store, mark_id: str, since: datetime, number: int) -> AttemptCount:
        """The mark of a store that has none; another's, where somebody else was faster."""
        mark = attrs.evolve(new_count(self._s, mark_id, since), failures=number, expires_at=_FOR_EVER)
        try:
            store.commit(Add(mark))
        except Conflict:
            return lookups.attempt_count(store, mark_id) or mark
        return mark

    def _old_at(self, since: datetime) -> datetime | None:
        """When what has counted since then has seen all that matters; None where it has."""
        # abs: a moment far in the future was written by a clock that was wrong.
        return None if abs(self._s.now() - since) >= self._span else since + self._span

    def _refuse_until_old(self, mark: AttemptCount) -> None:
        until = self._old_at(mark.since)
        if until is None:
            return
        words = f"{self!r} has lost its counts; the durable store counts until {until:%Y-%m-%d %H:%M} UTC"
        if self._told != _identity(mark):
            self._told = _identity(mark)
            _log.error("%s", words)
        raise CountsLost(words)

    def _know(self, known: AttemptCount, mark: AttemptCount) -> None:
        """From now on the scratch store counts again."""
        try:
            self._s.store.commit(
                Replace(known, attrs.evolve(known, since=mark.since, failures=mark.failures))
            )
        except Conflict:
            return  # somebody else has written the same
        _log.warning("%r counts attempts again", self)


def _identity(mark: AttemptCount) -> _Identity:
    """What tells one beginning from another; the number stands where a count has its failures."""
    return mark.since, mark.failures
