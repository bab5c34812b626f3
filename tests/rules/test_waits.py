"""The pure rule of waits: the schedule computed, what time alone does, and damaged records cut to size."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.records import AttemptCount
from permit_accounts.rules import waits
from permit_accounts.rules.policy import Limit, Policy
from permit_accounts.rules.waits import Verdict, WaitRule

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
POLICY = Policy()
NAME = waits.name_rule(POLICY)


def nothing(rule: WaitRule = NAME, now: datetime = START) -> AttemptCount:
    return waits.new_count("a:x", 1, now)


def failed(times: int, rule: WaitRule = NAME, now: datetime = START) -> AttemptCount:
    count = nothing(rule, now)
    for _ in range(times):
        count = waits.failed(count, rule, now)
    return count


def guesses(rule: WaitRule, until: timedelta) -> list[timedelta]:
    """When somebody who never stops gets to guess, from the first guess on."""
    count, now, made = nothing(rule), START, []
    while now - START < until:
        count = waits.as_of(count, rule, now)
        wait = waits.waiting(count, now)
        if wait is not None:
            now += wait
            continue
        made.append(now - START)
        reserved = waits.reserved(count, rule, now)
        after = waits.settled(reserved, rule, Verdict.WRONG, made_at=now, now=now)
        assert after is not None
        count = after
    return made


# ------------------------------------------------------------------------------------------- the schedule


def test_ten_are_free_then_waits_double_to_an_hour() -> None:
    """The tenth failure begins a wait of 30 s; each further one doubles it, up to an hour."""
    seconds = [(waits.waiting(failed(n), START) or timedelta(0)).total_seconds() for n in range(1, 21)]

    assert [0.0] * 9 + [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600] == seconds


@pytest.mark.attack("THR-08")
def test_what_never_stopping_comes_to() -> None:
    """39 guesses in the first 24 hours, 24 in each day after, the hundredth after 84 hours."""
    made = guesses(NAME, 5 * DAY)

    assert len([at for at in made if at < DAY]) == 39
    for day in (1, 2, 3, 4):
        assert len([at for at in made if day * DAY <= at < (day + 1) * DAY]) == 24
    assert made[99] == 84 * HOUR + 210 * SECOND


def test_with_five_free() -> None:
    """34 guesses in the first 24 hours, the hundredth after 89 hours."""
    made = guesses(waits.name_rule(Policy(throttle_free=5)), 5 * DAY)

    assert len([at for at in made if at < DAY]) == 34
    assert made[99] // HOUR == 89


@pytest.mark.parametrize("pause", [HOUR, 12 * HOUR, 24 * HOUR - SECOND])
def test_the_level_stays_for_a_day(pause: timedelta) -> None:
    """Whoever comes back within a day finds the count where it was."""
    count = waits.as_of(failed(12), NAME, START + pause)

    assert count.failures == 12
    assert waits.waiting(waits.failed(count, NAME, START + pause), START + pause) == 240 * SECOND


def test_a_day_without_failure_forgets() -> None:
    """24 hours after the last failure all is free again."""
    count = waits.as_of(failed(99), NAME, START + DAY)

    assert nothing(now=START + DAY) == attrs.evolve(count, expires_at=START + DAY)
    assert waits.has_credit(count, NAME)


def test_pausing_for_a_day_gains_nothing() -> None:
    """Ten guesses and a day of rest are fewer than going on."""
    rested = [at for day in range(10) for at in [day * (DAY + SECOND)] * 10]

    assert len([at for at in rested if at < 10 * DAY]) < len(guesses(NAME, 10 * DAY))


def test_a_record_of_nothing_expires() -> None:
    """Whatever is counted can be purged once it has no effect any more."""
    assert START + DAY + MINUTE == failed(3).expires_at
    assert START + DAY + MINUTE == waits.reserved(nothing(), NAME, START).expires_at


# --------------------------------------------------------------------------------- attempts under way


def test_those_under_way_use_up_the_free_ones() -> None:
    """Failures and reservations together are at most the free failures; then one at a time."""
    count = failed(7)
    for _ in range(3):
        assert waits.has_credit(count, NAME)
        count = waits.reserved(count, NAME, START)
    assert not waits.has_credit(count, NAME)

    waited = failed(10)
    assert waits.has_credit(waited, NAME)
    assert not waits.has_credit(waits.reserved(waited, NAME, START), NAME)


def test_a_wrong_one_becomes_a_failure() -> None:
    """The reservation goes, the failure stays, and later ones end later."""
    reserved = waits.reserved(failed(2), NAME, START + SECOND)
    settled = waits.settled(reserved, NAME, Verdict.WRONG, made_at=START + SECOND, now=START + 2 * SECOND)

    assert settled is not None
    assert (3, (), START + 2 * SECOND) == (settled.failures, settled.pending, settled.last_failure_at)


@pytest.mark.parametrize("verdict", [Verdict.RIGHT, Verdict.NEUTRAL])
def test_a_right_one_takes_back_itself_alone(verdict: Verdict) -> None:
    """At a name neither the failures of others nor their reservations are forgotten."""
    before = waits.reserved(failed(2), NAME, START)
    reserved = waits.reserved(before, NAME, START + SECOND)

    after = waits.settled(reserved, NAME, verdict, made_at=START + SECOND, now=START + MINUTE)

    assert after is not None
    assert (2, (START,)) == (after.failures, after.pending)


def test_nothing_left_is_no_record() -> None:
    """A sign-in with nothing counted leaves nothing behind."""
    reserved = waits.reserved(nothing(), NAME, START)

    assert waits.settled(reserved, NAME, Verdict.RIGHT, made_at=START, now=START) is None


@pytest.mark.parametrize("rule", [waits.device_rule(POLICY), waits.hard_rule(POLICY)])
def test_some_counts_are_cleared_by_a_success(rule: WaitRule) -> None:
    """The device's count and the hard count begin anew; others still under way stay."""
    count = waits.reserved(waits.reserved(failed(50, rule), rule, START), rule, START + SECOND)

    after = waits.settled(count, rule, Verdict.RIGHT, made_at=START, now=START + SECOND)
    none = waits.settled(failed(50, rule), rule, Verdict.RIGHT, made_at=None, now=START)

    assert after is not None
    assert (0, (START + SECOND,), None) == (after.failures, after.pending, after.waits_until)
    assert none is None


def test_two_reserved_at_one_moment_are_two() -> None:
    """Settling one leaves the other."""
    twice = waits.reserved(waits.reserved(nothing(), NAME, START), NAME, START)

    once = waits.settled(twice, NAME, Verdict.RIGHT, made_at=START, now=START)

    assert once is not None
    assert (START,) == once.pending


def test_nobody_settled_for_a_minute_is_a_failure() -> None:
    """A worker that died took its guess with it; it counts from the moment it was made."""
    count = failed(9)
    count = waits.reserved(count, NAME, START)

    assert waits.as_of(count, NAME, START + MINUTE) == count
    later = START + MINUTE + timedelta(microseconds=1)
    stale = waits.as_of(count, NAME, later)
    assert (10, (), START) == (stale.failures, stale.pending, stale.last_failure_at)
    assert waits.waiting(waits.as_of(failed(13), NAME, START), START) is not None
    assert waits.waiting(stale, START + 29 * SECOND) == SECOND


def test_a_dead_workers_guess_shortens_no_wait() -> None:
    """Its failure is older than the last one, so the wait that runs stays as long as it was."""
    count = waits.reserved(failed(9), NAME, START)
    count = waits.failed(count, NAME, START + 50 * SECOND)
    before = waits.waiting(count, START + MINUTE + SECOND)

    stale = waits.as_of(count, NAME, START + MINUTE + SECOND)

    assert 19 * SECOND == before
    assert (11, START + 50 * SECOND) == (stale.failures, stale.last_failure_at)
    assert before == waits.waiting(stale, START + MINUTE + SECOND)


def test_a_late_verdict_is_not_counted_twice() -> None:
    """The reservation has become a failure already; a right one too late leaves it."""
    stale = waits.as_of(waits.reserved(nothing(), NAME, START), NAME, START + HOUR)

    for verdict in Verdict:
        settled = waits.settled(stale, NAME, verdict, made_at=START, now=START + HOUR)
        assert settled == stale


# ------------------------------------------------------------------------------------------ the other rules


def test_a_device_is_never_forgotten() -> None:
    """A stolen device token is good for a hundred guesses in its life, however slowly they come."""
    rule = waits.device_rule(POLICY)

    assert waits.as_of(failed(99, rule), rule, START + 170 * DAY).failures == 99
    assert POLICY.device_token_ttl == rule.kept


def test_the_hard_count_never_waits() -> None:
    """It closes a door at its cap; the waits are the name's."""
    rule = waits.hard_rule(POLICY)
    count = failed(500, rule)

    assert waits.waiting(count, START) is None
    assert waits.has_credit(count, rule)
    assert waits.as_of(count, rule, START + 365 * DAY).failures == 500
    assert waits.as_of(count, rule, START + 366 * DAY).failures == 0


def test_a_source_waits_for_ten_minutes() -> None:
    """20 failures in 10 minutes, then a wait of 10, then a new start."""
    rule = waits.source_rule(POLICY)
    count = failed(20, rule)

    assert waits.waiting(failed(19, rule), START) is None
    assert 10 * MINUTE == waits.waiting(count, START)
    assert waits.as_of(count, rule, START + 10 * MINUTE).failures == 0


def test_a_sources_failures_are_forgotten_with_their_window() -> None:
    """Ten minutes after the first of them, although there were others since."""
    rule = waits.source_rule(POLICY)
    count = failed(10, rule)
    count = waits.failed(count, rule, START + 9 * MINUTE)

    assert waits.as_of(count, rule, START + 10 * MINUTE - SECOND).failures == 11
    assert waits.as_of(count, rule, START + 10 * MINUTE).failures == 0


def test_a_window_begins_with_a_failure() -> None:
    """A busy source always has somebody under way; its old record must not make new failures old."""
    rule = waits.source_rule(POLICY)
    count = waits.reserved(nothing(rule), rule, START)
    later = START + timedelta(seconds=30)
    for _ in range(200):
        count = waits.reserved(count, rule, later)
        settled = waits.settled(count, rule, Verdict.RIGHT, made_at=count.pending[0], now=later)
        assert settled is not None
        count = waits.as_of(settled, rule, later)
        later += timedelta(seconds=30)
    count = waits.failed(count, rule, later)

    assert waits.as_of(count, rule, later + 20 * SECOND).failures == 1
    assert later == count.since


def test_a_long_window_goes_on_after_its_wait() -> None:
    """Where a city counts by the hour, each further failure of that hour waits anew."""
    rule = waits.source_rule(Policy(source_failures=Limit(count=20, within=HOUR)))
    count = waits.as_of(failed(20, rule), rule, START + 10 * MINUTE)

    assert count.failures == 20
    again = waits.failed(count, rule, START + 11 * MINUTE)
    assert 10 * MINUTE == waits.waiting(again, START + 11 * MINUTE)


def test_a_wait_can_be_imposed() -> None:
    """Names that failed make their source wait, whatever it has failed itself; the count stays."""
    rule = waits.source_rule(POLICY)
    count = waits.made_to_wait(attrs.evolve(failed(3, rule), told_at=START), rule, START)

    assert 10 * MINUTE == waits.waiting(count, START)
    assert (3, None) == (count.failures, count.told_at)
    assert waits.waiting(waits.failed(count, rule, START), START) == 10 * MINUTE


def test_each_wait_is_told_anew() -> None:
    """A new level is a new event; a failure without a wait is none."""
    told = attrs.evolve(failed(10), told_at=START)

    assert START == waits.as_of(told, NAME, START + HOUR).told_at
    assert waits.failed(told, NAME, START + HOUR).told_at is None
    free = attrs.evolve(failed(3), told_at=START)
    assert START == waits.failed(free, NAME, START).told_at


# ------------------------------------------------------------------------------------------ damaged records


@pytest.mark.attack("THR-16")
@pytest.mark.parametrize("failures", [-1, -(2**63), -1_000_000])
def test_a_count_below_zero_is_zero(failures: int) -> None:
    """A planted number below zero buys no guesses: ten failures later the name waits like any other."""
    count = attrs.evolve(nothing(), failures=failures)
    for _ in range(10):
        count = waits.failed(waits.as_of(count, NAME, START), NAME, START)

    assert 30 * SECOND == waits.waiting(count, START)


@pytest.mark.attack("THR-16")
@pytest.mark.parametrize("failures", [10**6, 2**62, 2**63 - 1, 2**63])
def test_a_count_beyond_measure_keeps_the_limit(failures: int) -> None:
    """One attempt at a time, an hour between them, nothing raised; a day later it is forgotten."""
    count = waits.as_of(attrs.evolve(failed(10), failures=failures), NAME, START)

    assert not waits.has_credit(waits.reserved(count, NAME, START), NAME)
    assert HOUR == waits.waiting(waits.failed(count, NAME, START), START)
    assert waits.as_of(count, NAME, START + DAY).failures == 0


@pytest.mark.attack("THR-16")
def test_a_wait_without_end_ends() -> None:
    """A planted wait is cut to the longest there is, so it locks nobody out."""
    count = attrs.evolve(failed(10), waits_until=datetime.max.replace(tzinfo=UTC))

    assert HOUR == waits.waiting(waits.as_of(count, NAME, START), START)


@pytest.mark.attack("THR-16")
def test_a_wait_that_is_missing_begins_again() -> None:
    """Failures without a wait leave one attempt, and the next failure waits."""
    count = waits.as_of(attrs.evolve(failed(15), waits_until=None), NAME, START)

    assert waits.waiting(count, START) is None
    assert not waits.has_credit(waits.reserved(count, NAME, START), NAME)
    assert 1920 * SECOND == waits.waiting(waits.failed(count, NAME, START), START)


@pytest.mark.attack("THR-16")
@pytest.mark.parametrize(
    "plant",
    [
        lambda: attrs.evolve(failed(5), last_failure_at=START + 9000 * DAY),
        lambda: attrs.evolve(failed(5), pending=(START + 9000 * DAY,)),
        lambda: attrs.evolve(failed(5), pending=(START - 9000 * DAY,) * 5000),
        lambda: attrs.evolve(failed(5), last_failure_at=None),
    ],
)
def test_moments_out_of_order_do_no_harm(plant: Callable[[], AttemptCount]) -> None:
    """A clock that was wrong, or a planted moment, is put right within a day."""
    count = waits.as_of(plant(), NAME, START)

    assert count.pending == ()
    assert waits.waiting(count, START + HOUR) is None
    assert waits.as_of(count, NAME, START + DAY + SECOND).failures == 0


# ------------------------------------------------------------------------------------------------ laws of it

RULES = st.sampled_from(
    [
        waits.name_rule(POLICY),
        waits.device_rule(POLICY),
        waits.hard_rule(POLICY),
        waits.source_rule(POLICY),
        waits.spray_rule(POLICY),
    ]
)
MOMENTS = st.integers(-2 * 10**6, 2 * 10**6).map(lambda seconds: START + seconds * SECOND)
COUNTS = st.builds(
    AttemptCount,
    id=st.just("a:x"),
    failures=st.integers(-(2**63), 2**63),
    pending=st.lists(MOMENTS, max_size=12).map(tuple),
    since=MOMENTS,
    last_failure_at=st.none() | MOMENTS,
    waits_until=st.none() | MOMENTS,
    told_at=st.none() | MOMENTS,
    expires_at=MOMENTS,
)


@pytest.mark.attack("THR-16")
@given(COUNTS, RULES, MOMENTS)
def test_any_record_becomes_a_sound_one(count: AttemptCount, rule: WaitRule, now: datetime) -> None:
    """Whatever stands there, count and wait are in range, and looking twice is like once."""
    sound = waits.as_of(count, rule, now)

    assert 0 <= sound.failures <= 1_000_000
    assert all(abs(now - made) <= rule.unsettled for made in sound.pending)
    assert (waits.waiting(sound, now) or timedelta(0)) <= rule.longest_wait
    assert sound == waits.as_of(sound, rule, now)


@given(COUNTS, RULES, MOMENTS, st.sampled_from(Verdict))
def test_an_attempt_changes_the_count_by_its_verdict_alone(
    count: AttemptCount, rule: WaitRule, now: datetime, verdict: Verdict
) -> None:
    """Wrong adds one; the others take back what they reserved, or clear what a success clears."""
    before = waits.as_of(count, rule, now)
    after = waits.settled(waits.reserved(before, rule, now), rule, verdict, made_at=now, now=now)

    expected = before.failures
    if verdict is Verdict.WRONG:
        expected = min(expected + 1, 1_000_000)
    elif verdict is Verdict.RIGHT and rule.cleared_by_success:
        expected = 0
    assert (expected, len(before.pending)) == (
        (after.failures, len(after.pending)) if after is not None else (0, 0)
    )


@given(st.lists(st.sampled_from(["right", "wrong", "wait"]), max_size=120))
def test_guesses_stay_within_the_schedule(steps: list[str]) -> None:
    """However attempts are mixed and spaced, wrong ones between two waits are never more than the free."""
    count, now, run = nothing(), START, 0
    for step in steps:
        count = waits.as_of(count, NAME, now)
        wait = waits.waiting(count, now)
        if step == "wait" or wait is not None:
            now += wait or SECOND
            run = 0 if wait else run
            continue
        reserved = waits.reserved(count, NAME, now)
        verdict = Verdict.WRONG if step == "wrong" else Verdict.RIGHT
        count = waits.settled(reserved, NAME, verdict, made_at=now, now=now) or nothing(now=now)
        run += step == "wrong"
        assert run <= NAME.free
