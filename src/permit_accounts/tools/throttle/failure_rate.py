"""How many attempts have failed lately, over all names and sources: a gauge and an alarm, never a gate.

It lives in this process and is no record: a quarter of a million failures must not become a quarter of a
million writes to one row, and a limit on the whole city would let anybody shut the whole city out.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Final

from permit_accounts.rules.policy import Limit

_SLOTS: Final = 60
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class FailureRate:
    """Counts failures in a sliding span of time, to a sixtieth of it, in constant memory.

    Args:
        alarm: How many failures within how long are worth an alarm (`Policy.failure_rate_alarm`).
    """

    def __init__(self, alarm: Limit) -> None:
        self._alarm = alarm
        self._slot = alarm.within / _SLOTS
        self._counts: dict[int, int] = {}
        self._armed = True
        self._lock = threading.Lock()

    def note(self, now: datetime) -> bool:
        """Count one failure. True once when the alarm's number is reached, then not before the rate halved.

        Half, not the number itself: a rate that swings around it would sound the alarm each time.
        """
        with self._lock:
            slot = (now - _EPOCH) // self._slot
            self._forget(slot)
            if sum(self._counts.values()) * 2 < self._alarm.count:
                self._armed = True
            self._counts[slot] = self._counts.get(slot, 0) + 1
            sounds = self._armed and sum(self._counts.values()) >= self._alarm.count
            if sounds:
                self._armed = False
            return sounds

    def reading(self, now: datetime) -> int:
        """How many attempts failed within the alarm's span."""
        with self._lock:
            self._forget((now - _EPOCH) // self._slot)
            return sum(self._counts.values())

    def _forget(self, slot: int) -> None:
        # A slot of the future is of a clock that was set back; it is as good as forgotten.
        self._counts = {at: n for at, n in self._counts.items() if slot - _SLOTS < at <= slot}
