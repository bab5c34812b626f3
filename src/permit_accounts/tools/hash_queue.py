"""Lets a bounded number of hashes run at once, and a bounded number wait for a bounded time.

A slow hash takes one core and its whole memory. Without a bound, forty sign-ins at once take forty times the
memory and starve every other request; with one, they queue, and what exceeds the queue is told to come again
(ASVS 5.0, 15.2.2).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from permit_accounts.model.errors import ConfigurationError, TryAgainLater


class HashQueue:
    """So many at once, so many waiting, nobody for longer than so long.

    Args:
        slots: How many pass at once.
        queue: How many wait for each slot.
        wait: How long one waits before it is turned away.

    Raises:
        ConfigurationError: There is no slot, or a bound is negative.
    """

    def __init__(self, *, slots: int, queue: int, wait: timedelta) -> None:
        if slots < 1 or queue < 0 or wait < timedelta(0):
            raise ConfigurationError(
                f"hashes need at least one slot and no negative bounds, not {slots}, {queue} and {wait}"
            )
        self._slots = threading.BoundedSemaphore(slots)
        self._places = threading.BoundedSemaphore(slots * (1 + queue))
        self._wait = wait.total_seconds()

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Holds one slot while the body runs.

        Raises:
            TryAgainLater: The queue is full, or no slot came free in time.
        """
        if not self._places.acquire(blocking=False):
            raise TryAgainLater("too many hashes are waiting")
        try:
            if not self._slots.acquire(timeout=self._wait):
                raise TryAgainLater("no hash could be started in time")
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._places.release()
