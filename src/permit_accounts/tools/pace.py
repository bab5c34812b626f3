"""How many e-mails one outbox hands over within a minute: mail servers turn away whoever sends too fast."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta
from typing import Final

_MINUTE: Final = timedelta(minutes=1)


class Pace:
    """Counts what was noted within the last minute; many threads may ask.

    Args:
        per_minute: How many are too many for another.
    """

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._moments: deque[datetime] = deque()
        self._lock = threading.Lock()

    def has_room(self, now: datetime) -> bool:
        """Whether there may be one more at this moment."""
        with self._lock:
            # abs: a clock that was set back must not stop the mail until it has caught up.
            while self._moments and abs(now - self._moments[0]) >= _MINUTE:
                self._moments.popleft()
            return len(self._moments) < self._per_minute

    def note(self, now: datetime) -> None:
        """There was one at this moment."""
        with self._lock:
            self._moments.append(now)
