"""The gauge over the whole city: one alarm, and never a gate."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from permit_accounts.rules.policy import Limit, Policy
from permit_accounts.tools.throttle import FailureRate

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ALARM = Limit(count=100, within=timedelta(minutes=10))


@pytest.mark.attack("LIC-12", "THR-18")
def test_a_quarter_of_a_million_failures_are_one_alarm() -> None:
    """However many follow, the alarm sounds once, and what is kept stays small."""
    rate = FailureRate(Policy().failure_rate_alarm)
    alarms = [n for n in range(250_000) if rate.note(START + timedelta(milliseconds=n))]

    assert [999] == alarms
    assert rate.reading(START + timedelta(seconds=250)) == 250_000


def test_slow_failures_sound_no_alarm() -> None:
    """Below the rate it stays silent for ever."""
    rate = FailureRate(ALARM)

    assert not any(rate.note(START + timedelta(seconds=7 * n)) for n in range(2000))


def test_it_sounds_again_after_the_rate_has_fallen() -> None:
    """Not at each swing around the number; once the rate has halved and risen again."""
    rate = FailureRate(ALARM)
    assert [99] == [n for n in range(150) if rate.note(START)]

    later = START + timedelta(minutes=20)
    assert [99] == [n for n in range(150) if rate.note(later)]


def test_a_rate_around_the_number_sounds_once() -> None:
    """Seven minutes at the rate of ten: it goes below the number and above it, and is told once."""
    rate = FailureRate(ALARM)
    alarms = 0
    for minute in range(60):
        for n in range(9 if minute % 2 else 11):
            alarms += rate.note(START + timedelta(minutes=minute, seconds=5 * n))

    assert alarms == 1


def test_the_reading_falls_with_time() -> None:
    """What is older than the span no longer counts."""
    rate = FailureRate(ALARM)
    for n in range(10):
        rate.note(START + timedelta(minutes=n))

    assert rate.reading(START + timedelta(minutes=9)) == 10
    assert rate.reading(START + timedelta(minutes=14)) == 5
    assert rate.reading(START + timedelta(minutes=60)) == 0


def test_a_clock_set_back_forgets() -> None:
    """Failures of the future do not sound an alarm now."""
    rate = FailureRate(ALARM)
    for _ in range(99):
        rate.note(START)

    assert not rate.note(START - timedelta(hours=1))
    assert rate.reading(START - timedelta(hours=1)) == 1


def test_many_threads_sound_one_alarm() -> None:
    """Two failures at once are two, and only one of them is the hundredth."""
    rate = FailureRate(ALARM)
    with ThreadPoolExecutor(8) as threads:
        alarms = list(threads.map(lambda _: rate.note(START), range(2000)))

    assert alarms.count(True) == 1
    assert rate.reading(START) == 2000
