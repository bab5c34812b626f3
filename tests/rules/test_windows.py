"""At most so many within a span, with no edge where twice as many would pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.records import AttemptCount
from permit_accounts.rules import windows
from permit_accounts.rules.policy import Limit

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOURLY = Limit(count=3, within=HOUR)
DAILY = Limit(count=10, within=DAY)
NOTHING = AttemptCount(id="g:x", since=START, expires_at=START)


def noted(moments: list[timedelta], *limits: Limit) -> list[timedelta]:
    """Those of these moments that are allowed, asked in turn."""
    count = NOTHING
    allowed = []
    for at in moments:
        new = windows.noted(count, limits, START + at)
        if new is not None:
            count = new
            allowed.append(at)
    return allowed


def test_three_an_hour() -> None:
    """The fourth within an hour is one too many; an hour after the first there is room for one."""
    minutes = [timedelta(minutes=m) for m in (0, 20, 40, 59, 60, 61, 80, 99, 100)]

    assert [timedelta(minutes=m) for m in (0, 20, 40, 60, 80, 100)] == noted(minutes, HOURLY)


def test_all_limits_hold() -> None:
    """Three an hour and ten a day: the fourth hour has one left."""
    half_hours = [n * HOUR / 3 for n in range(24)]

    assert len(noted(half_hours, HOURLY, DAILY)) == 10
    assert len(noted(half_hours, HOURLY)) == 24


def test_the_record_stays_small_and_expires() -> None:
    """It holds no more moments than the largest limit, and is of no use after the longest span."""
    count = NOTHING
    for n in range(200):
        count = windows.noted(count, (HOURLY, DAILY), START + n * HOUR) or count

    assert len(count.allowed) <= 10
    assert count.expires_at == count.allowed[-1] + DAY
    assert START == count.since


def test_a_moment_of_a_wrong_clock_is_let_go() -> None:
    """What was noted far in the future does not forbid anything for years."""
    first = windows.noted(NOTHING, (HOURLY,), START + 900 * DAY)
    assert first is not None
    full = attrs.evolve(first, allowed=first.allowed * 3)

    assert windows.noted(full, (HOURLY,), START) is not None


def test_one_can_be_taken_back() -> None:
    """One of them, the others stay; the last leaves no record."""
    first = windows.noted(NOTHING, (DAILY,), START)
    assert first is not None
    count = windows.noted(first, (DAILY,), START)
    assert count is not None

    once = windows.taken_back(count, START)
    assert once is not None
    assert (START,) == once.allowed
    assert windows.taken_back(once, START) is None
    assert once == windows.taken_back(once, START + HOUR)


@given(st.lists(st.integers(0, 4 * 86400), max_size=80).map(sorted))
def test_no_span_ever_holds_more(seconds: list[int]) -> None:
    """Whenever it is asked, no span of the limit's length contains more than the limit."""
    allowed = noted([timedelta(seconds=at) for at in seconds], HOURLY, DAILY)

    for limit in (HOURLY, DAILY):
        for at in allowed:
            assert len([other for other in allowed if at <= other < at + limit.within]) <= limit.count
