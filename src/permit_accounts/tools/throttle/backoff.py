"""Pauses between the tries of one caller whose commits meet conflicts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from permit_accounts.model.errors import TryAgainLater
from permit_accounts.tools.services import Services

#: How many conflicts in a row one caller meets before it is sent away; in each somebody else was faster.
MOST_CONFLICTS: Final = 200
#: For how long one caller meets them, in seconds. A lock that is not had is one too, after some five seconds:
#: two hundred of those would keep a thread of the portal for a quarter of an hour.
LONGEST: Final = 15.0
#: Conflicts, although nothing that can be read has changed, before a record is taken for damaged.
MOST_UNEXPLAINED: Final = 20

_PAUSE: Final = 0.001  # seconds, times the conflicts so far
_LONGEST_PAUSE: Final = 0.02


class Backoff:
    """Counts the conflicts of one caller, which pauses a little longer each time and gives up in the end.

    Args:
        s: The services; they pause and draw lots.
        most: How many conflicts are too many.
        monotonic: Seconds on a clock that nobody sets.
    """

    def __init__(
        self, s: Services, most: int = MOST_CONFLICTS, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._s = s
        self._most = most
        self._monotonic = monotonic
        self._began = monotonic()
        self._conflicts = 0

    def pause(self) -> int:
        """Wait after one conflict more; how many there were.

        Raises:
            TryAgainLater: That was one too many, or they have been met for too long.
        """
        self._conflicts += 1
        if self._conflicts >= self._most or self._monotonic() - self._began >= LONGEST:
            raise TryAgainLater("too much is counted under one name at once")
        share = (1 + self._s.random(1)[0]) / 256  # else those who collided collide again
        self._s.pause(min(_PAUSE * self._conflicts, _LONGEST_PAUSE) * share)
        return self._conflicts

    def was_elsewhere(self) -> None:
        """The caller has waited for something else, which is not held against it."""
        self._began = self._monotonic()
