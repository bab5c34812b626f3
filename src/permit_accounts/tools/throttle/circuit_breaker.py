"""A store that is left alone for a moment once it is out of reach.

Each question to a server that hangs costs a socket's whole time-out. A portal that asked before every sign-in
would pass that on to everybody; so after the first failure nobody asks for a few seconds, and then one alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Final, TypeVar

from permit_accounts.model.errors import Conflict, Unavailable
from permit_accounts.model.records import Record
from permit_accounts.ports import Change, Store, Where
from permit_accounts.tools.throttle.runs import run_of

R = TypeVar("R", bound=Record)
T = TypeVar("T")

#: Seconds in which a store that was out of reach is not asked: half a second's time-out in five is little to
#: wait for, and the store is missed for no more than five seconds once it is back.
PAUSE: Final = 5.0

_log: Final = logging.getLogger("permit_accounts.throttle")


class CircuitBreaker:
    """The same store, which answers `Unavailable` at once while it is left alone.

    The log has one line when an outage begins and one when it is over, for each program.

    Args:
        store: What is asked.
        meanwhile: What is done during an outage, for the log.
        monotonic: Seconds on a clock that nobody sets.
    """

    def __init__(
        self, store: Store, *, meanwhile: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.max_changes = store.max_changes
        self._store: Final = store
        self._run: Final = run_of(store)
        self._meanwhile: Final = meanwhile
        self._monotonic: Final = monotonic
        self._lock = Lock()
        self._began: float | None = None
        self._again_at = 0.0

    def __repr__(self) -> str:
        return repr(self._store)

    @property
    def asked(self) -> Store:
        """The store that is asked."""
        return self._store

    def select(self, kind: type[R], where: Where, *, limit: int, **page: Any) -> Sequence[R]:
        """As the store. See `permit_accounts.ports.Store`."""
        return self._asked(lambda: self._store.select(kind, where, limit=limit, **page))

    def commit(self, *changes: Change) -> None:
        """As the store. See `permit_accounts.ports.Store`."""
        self._asked(lambda: self._store.commit(*changes))

    def run(self) -> str:
        """As the store, where it can tell: which run of its server gave the last answer."""
        return self._run()

    def _asked(self, ask: Callable[[], T]) -> T:
        if not self._may_ask():
            raise Unavailable(f"{self!r} was out of reach a moment ago and is not asked just now")
        try:
            answer = ask()
        except Conflict:
            self._answered()
            raise
        except Unavailable as error:
            if not isinstance(error.__cause__, TypeError | ValueError):  # else it is the record's fault
                self._failed(error)
            raise
        self._answered()
        return answer

    def _may_ask(self) -> bool:
        """Whether to ask. When a pause is over the first to come does, and others pause on."""
        if self._began is None:
            return True
        with self._lock:
            now = self._monotonic()
            if now < self._again_at:
                return False
            self._again_at = now + PAUSE
            return True

    def _failed(self, error: Unavailable) -> None:
        with self._lock:
            now = self._monotonic()
            self._again_at = now + PAUSE
            first = self._began is None
            if first:
                self._began = now
        if first:
            _log.error(
                "counts of attempts are out of reach (%s); %s until they are back", error, self._meanwhile
            )

    def _answered(self) -> None:
        if self._began is None:
            return
        with self._lock:
            began, self._began = self._began, None
        if began is not None:
            seconds = self._monotonic() - began
            _log.warning("counts of attempts are in reach again, after %.0f seconds", seconds)
