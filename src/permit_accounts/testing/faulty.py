"""A real store that fails when it is told to: out of reach, unheard, overtaken or slow.

What is built on a store has to be right whatever the store does, at each of its calls. A loop finds every
one of them: fail at the first call, put everything back, fail at the second, until no call is left:

    for at in range(1, 100):
        store.fail(Fault.UNHEARD, at=at)
        ...                                # do it, and look at what is kept
        if not store.failed:
            break
        store.heal()
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence, Set
from enum import Enum, auto
from threading import Lock
from typing import Final, TypeVar

from permit_accounts.model.errors import Conflict, OutcomeUnknown, Unavailable
from permit_accounts.model.records import Record
from permit_accounts.ports import Change, Store, Where

R = TypeVar("R", bound=Record)


class Fault(Enum):
    """What happens once the moment has come.

    The first two concern every call, and the moment is counted in calls; the others concern commits, and
    are counted in these.
    """

    OUT_OF_REACH_ONCE = auto()
    """This call raises `Unavailable` and does nothing; the next one is answered."""
    OUT_OF_REACH = auto()
    """This call and all that follow raise `Unavailable` and do nothing."""
    UNHEARD = auto()
    """The commit is made and its reply is lost: `OutcomeUnknown`."""
    UNHEARD_AND_GONE = auto()
    """The same, and every call that follows raises `Unavailable`."""
    CUT = auto()
    """The connection breaks before COMMIT is sent: nothing is made, `Unavailable`."""
    LOST = auto()
    """COMMIT is sent and never arrives: nothing is made, and nobody can tell, `OutcomeUnknown`."""
    OVERTAKEN_ONCE = auto()
    """Somebody else was faster at this commit: `Conflict`."""
    OVERTAKEN = auto()
    """Somebody else is faster at this commit and at all that follow."""


_OF_EVERY_CALL: Final = frozenset({Fault.OUT_OF_REACH_ONCE, Fault.OUT_OF_REACH})
_LASTING: Final = frozenset({Fault.OUT_OF_REACH, Fault.UNHEARD_AND_GONE, Fault.OVERTAKEN})
_CONFLICTS: Final = frozenset({Fault.OVERTAKEN_ONCE, Fault.OVERTAKEN})


class FaultyStore:
    """Hands on what it is asked, and fails at the n-th call; until it is told to, it keeps every promise.

    Args:
        store: The store that does the work.
        sleep: What waits for so many seconds where the store is slow. With
            `lambda seconds: world.tick(seconds=seconds)` a `World`'s time passes instead of yours.
    """

    def __init__(self, store: Store, *, sleep: Callable[[float], object] = time.sleep) -> None:
        self.max_changes = store.max_changes
        self._store: Final = store
        self._sleep: Final = sleep
        self._lock: Final = Lock()
        self._fault: Fault | None = None
        self._left, self._failed, self._seconds = 0, False, 0.0

    def fail(self, fault: Fault, *, at: int = 1) -> None:
        """Fail in this way. It replaces what was told before.

        Args:
            fault: How.
            at: At the first call (or commit) from now on, the second, and so on.
        """
        with self._lock:
            self._fault, self._left, self._failed = fault, at, False

    def slow_down(self, seconds: float) -> None:
        """Take so long for each call from now on, before anything is done."""
        self._seconds = seconds

    def heal(self) -> None:
        """Be well and quick, and know of no failure."""
        with self._lock:
            self._fault, self._left, self._failed, self._seconds = None, 0, False, 0.0

    @property
    def failed(self) -> bool:
        """Whether a call has failed since the last `fail`."""
        return self._failed

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """As the store itself, unless it fails."""
        self._wait()
        if self._struck(_OF_EVERY_CALL) is not None:
            raise Unavailable("switched off")
        return self._store.select(kind, where, limit=limit, after=after, newest_first=newest_first)

    def commit(self, *changes: Change) -> None:
        """As the store itself, unless it fails."""
        self._wait()
        fault = self._struck(frozenset(Fault))
        if fault is None:
            return self._store.commit(*changes)
        if fault is Fault.CUT or fault in _OF_EVERY_CALL:
            raise Unavailable("switched off")
        if fault in _CONFLICTS:
            raise Conflict("somebody was faster")
        if fault is not Fault.LOST:
            self._store.commit(*changes)
        raise OutcomeUnknown("switched off while it committed")

    def _wait(self) -> None:
        if self._seconds:
            self._sleep(self._seconds)

    def _struck(self, concerned: Set[Fault]) -> Fault | None:
        """The fault that a call meets which these concern."""
        with self._lock:
            fault = self._fault
            if self._failed and fault is Fault.UNHEARD_AND_GONE:
                return Fault.OUT_OF_REACH
            if fault not in concerned or (self._failed and fault not in _LASTING):
                return None
            self._left -= 1
            if self._left > 0:
                return None
            self._failed = True
            return fault
