"""How long one caller goes on where its counts meet conflicts."""

from __future__ import annotations

import pytest

from permit_accounts.model.errors import TryAgainLater
from permit_accounts.tools.throttle.backoff import LONGEST, MOST_CONFLICTS, Backoff
from tools.counted_city import City


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_quick_conflicts_are_many() -> None:
    """In each somebody else was faster, so all of them together go on."""
    backoff = Backoff(City().s, monotonic=Clock())
    assert [*range(1, MOST_CONFLICTS)] == [backoff.pause() for _ in range(MOST_CONFLICTS - 1)]
    with pytest.raises(TryAgainLater):
        backoff.pause()


@pytest.mark.attack("THR-12")
def test_conflicts_that_each_take_a_locks_time_are_few() -> None:
    """Somebody may hold a table for minutes; whoever comes is sent away, and keeps no thread so long."""
    clock = Clock()
    backoff = Backoff(City().s, monotonic=clock)
    for expected in (1, 2):
        clock.seconds += LONGEST / 3
        assert expected == backoff.pause()
    clock.seconds += LONGEST / 3
    with pytest.raises(TryAgainLater):
        backoff.pause()


def test_what_else_is_waited_for_is_left_out() -> None:
    """Attempts under way may take their time; that is no conflict."""
    clock = Clock()
    backoff = Backoff(City().s, monotonic=clock)
    for expected in (1, 2, 3):
        clock.seconds += LONGEST / 2
        assert expected == backoff.pause()
        backoff.was_elsewhere()
