"""One thread that repeats something until it is told to stop, and begins again in the child of a fork.

A web server that loads the application and then forks its workers would otherwise leave every worker without
the thread that it believes to have.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from datetime import timedelta
from typing import Final

#: Does something once and tells whether there was anything to do; asks its argument whether to stop midway.
Round = Callable[[Callable[[], bool]], bool]


class Background:
    """Repeats rounds in a thread of its own, of which there is never more than one in a process.

    Args:
        round_: What is repeated. It deals with its own exceptions: one that leaves it ends the thread.
        name: The thread's name.
    """

    def __init__(self, round_: Round, name: str) -> None:
        self._round = round_
        self._name = name
        self._lock = threading.Lock()
        self._running: _Thread | None = None
        _ALL.add(self)

    def start(self, interval: timedelta) -> None:
        """Begin, unless it has begun.

        Args:
            interval: How long to wait after a round that found nothing to do.
        """
        with self._lock:
            if self._running is None or not self._running.is_alive():
                self._running = _Thread(self._round, self._name, interval)
                self._running.start()

    def stop(self) -> None:
        """End the thread and wait for it. What it does at the moment is done to its end."""
        with self._lock:
            running, self._running = self._running, None
        if running is not None:
            running.stopped.set()
            running.join()

    def after_fork(self) -> None:
        """In the child there is no thread but the one that forked, and the lock may be held by nobody."""
        self._lock = threading.Lock()
        gone, self._running = self._running, None
        if gone is not None:
            self.start(gone.interval)


def repeat(
    round_: Round,
    should_stop: Callable[[], bool],
    *,
    wait: Callable[[float], object],
    interval: timedelta,
) -> None:
    """Repeat rounds until told to stop, without a pause while there is something to do.

    Args:
        round_: What is repeated.
        should_stop: Asked before each round, and by the round itself.
        wait: Waits so many seconds, or less where there is a reason to.
        interval: How long to wait after a round that found nothing to do.
    """
    while not should_stop():
        if not round_(should_stop):
            wait(interval.total_seconds())


class _Thread(threading.Thread):
    def __init__(self, round_: Round, name: str, interval: timedelta) -> None:
        super().__init__(name=name, daemon=True)
        self.interval: Final = interval
        self.stopped: Final = threading.Event()
        self._round = round_

    def run(self) -> None:
        repeat(self._round, self.stopped.is_set, wait=self.stopped.wait, interval=self.interval)


def _after_fork() -> None:
    for background in list(_ALL):
        background.after_fork()


#: Those that must be told of a fork. A fork concerns the whole process, so this cannot belong to one of them.
_ALL: Final[weakref.WeakSet[Background]] = weakref.WeakSet()
if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
