"""The clock of the tour: true time and, on top of it, what a step has let pass."""

from __future__ import annotations

from datetime import datetime, timedelta

from permit_accounts.tools.services import utc_now


class TourClock:
    """Goes as any clock does, and can be put forward, for what a guide leaves to time."""

    def __init__(self) -> None:
        self._passed = timedelta()

    def now(self) -> datetime:
        """What the city takes for the time."""
        return utc_now() + self._passed

    def let_pass(self, span: timedelta) -> None:
        """Go on at a later time."""
        self._passed += span
