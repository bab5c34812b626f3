"""What is done while the scratch store is out of reach, and once it has lost its counts."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Lock, Semaphore
from typing import Any

import attrs
import pytest

from permit_accounts.model.codes import ScratchOutage
from permit_accounts.model.errors import Conflict, Unavailable
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import AttemptCount
from permit_accounts.ports import Add, Every, Is, Remove, Store
from permit_accounts.rules import waits
from permit_accounts.rules.policy import Limit, Policy
from permit_accounts.rules.waits import Verdict
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing import StoreContract
from permit_accounts.testing.hard_records import plain
from permit_accounts.tools import throttle
from permit_accounts.tools.throttle import limits
from permit_accounts.tools.throttle.circuit_breaker import PAUSE, CircuitBreaker
from permit_accounts.tools.throttle.continuity import Continuity, CountsLost
from tools.counted_city import START, City, DownStore, OvertakenStore
from waiting import GatedStore

SPAN = timedelta(days=1, minutes=1)
SECOND = timedelta(seconds=1)
NOBODY = "public:nobody"
NOWHERE = Visitor()
HOURLY = Limit(count=3, within=timedelta(hours=1))


class WatchedCity(City):
    """A city whose scratch store can be switched off and emptied, and is watched as by `Accounts.open`."""

    def __init__(self, store: Store | None = None, scratch: Store | None = None, **policy: Any) -> None:
        self.scratch = DownStore(scratch)
        super().__init__(store, scratch=self.scratch, **policy)
        self.s = self.another_program()

    def another_program(self) -> Any:
        """The services of another program of the same city, which has not asked for anything yet."""
        breaker = CircuitBreaker(self.scratch, meanwhile="others count", monotonic=self.monotonic)
        return attrs.evolve(self.s, scratch=Continuity(self.s, breaker))

    def monotonic(self) -> float:
        """Seconds on the city's clock."""
        return (self.now - START).total_seconds()

    def flush(self) -> None:
        """What a server that keeps everything in memory does when it is restarted."""
        for count in self.scratch.inner.select(AttemptCount, Every(), limit=10_000):
            self.scratch.inner.commit(Remove(count))

    def guesses(self) -> int:
        """How many are checked in a row before one has to wait; a hundred where none ever has to."""
        checked = 0
        while checked < 100 and self.attempt(NOBODY, Verdict.WRONG, NOWHERE).wait is None:
            checked += 1
        return checked

    def names(self, store: Store) -> int:
        """How many names are counted in a store."""
        return len(self.counts("a", store))


def _breaker(store: Store, at: list[float]) -> CircuitBreaker:
    return CircuitBreaker(store, meanwhile="others count", monotonic=lambda: at[0])


def _is_asked(breaker: CircuitBreaker, store: DownStore) -> bool:
    before = store.asked
    with suppress(Unavailable):
        breaker.select(AttemptCount, Is("id", "a"), limit=1)
    return store.asked > before


class TestCircuitBreaker(StoreContract):
    """What leaves a store alone when it is out of reach keeps that store's promises when it is not."""

    kinds = (AttemptCount,)

    @pytest.fixture
    def store(self) -> Store:
        return CircuitBreaker(MemoryStore(), meanwhile="others count")


# ---------------------------------------------------------------------------------------- a circuit breaker


def test_a_store_out_of_reach_is_left_alone_for_a_moment() -> None:
    """Nobody waits for it again and again; afterwards one asks, and the moment begins anew."""
    at, store = [100.0], DownStore()
    breaker = _breaker(store, at)
    assert _is_asked(breaker, store)
    store.down = True
    assert [True, False, False] == [_is_asked(breaker, store) for _ in range(3)]
    at[0] += PAUSE - 0.01
    assert not _is_asked(breaker, store)
    at[0] += 0.01
    assert [True, False] == [_is_asked(breaker, store) for _ in range(2)]
    store.down = False
    at[0] += PAUSE
    assert [True, True, True] == [_is_asked(breaker, store) for _ in range(3)]


def test_a_commit_is_not_tried_either() -> None:
    """And says who is out of reach."""
    at, store = [0.0], DownStore()
    breaker = _breaker(store, at)
    store.down = True
    with pytest.raises(Unavailable, match="switched off"):
        breaker.commit(Add(plain(AttemptCount, "a")))
    store.down = False
    with pytest.raises(Unavailable, match=r"DownStore.* was out of reach a moment ago"):
        breaker.commit(Add(plain(AttemptCount, "a")))
    assert () == store.select(AttemptCount, Every(), limit=1)


def test_one_alone_tries_whether_it_is_back() -> None:
    """A server that hangs keeps one person waiting, not all who come."""
    at, gated = [0.0], GatedStore()
    store = DownStore(gated)
    breaker = _breaker(store, at)
    store.down = True
    assert _is_asked(breaker, store)
    store.down, at[0] = False, PAUSE
    gated.before_question.shut()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(breaker.select, AttemptCount, Every(), limit=1)
        assert gated.before_question._came.acquire(timeout=60)
        assert not _is_asked(breaker, store)
        gated.before_question.open()
        assert () == first.result(60)
    assert _is_asked(breaker, store)


def test_a_conflict_is_an_answer() -> None:
    """Whoever says that a record has changed is in reach."""
    at, store = [0.0], DownStore()
    breaker = _breaker(store, at)
    record = plain(AttemptCount, "a")
    breaker.commit(Add(record))
    store.down = True
    assert _is_asked(breaker, store)
    store.down, at[0] = False, PAUSE
    with pytest.raises(Conflict):
        breaker.commit(Add(record))
    assert _is_asked(breaker, store)


def test_an_outage_has_two_lines_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """When it begins, with what is done meanwhile, and when it is over; however many come in between."""
    at, store = [0.0], DownStore()
    breaker = _breaker(store, at)
    store.down = True
    for _ in range(100):
        at[0] += 1
        _is_asked(breaker, store)
    store.down = False
    at[0] += PAUSE
    for _ in range(3):
        _is_asked(breaker, store)
    assert [
        "counts of attempts are out of reach (switched off); others count until they are back",
        "counts of attempts are in reach again, after 104 seconds",
    ] == caplog.messages


class Turnstile:
    """A lock that tells how many have come to it, and lets them through when it is told to."""

    def __init__(self) -> None:
        self.came = Semaphore(0)
        self.lock = Lock()

    def __enter__(self) -> None:
        self.came.release()
        self.lock.acquire()

    def __exit__(self, *error: object) -> None:
        self.lock.release()


def test_two_who_find_it_back_say_so_once(caplog: pytest.LogCaptureFixture) -> None:
    """Who comes second finds the outage over."""
    at, store = [0.0], DownStore()
    breaker = _breaker(store, at)
    store.down = True
    _is_asked(breaker, store)
    breaker._lock = turnstile = Turnstile()  # type: ignore[assignment]
    with ThreadPoolExecutor(2) as pool:
        turnstile.lock.acquire()
        answered = [pool.submit(breaker._answered) for _ in range(2)]
        assert all(turnstile.came.acquire(timeout=60) for _ in answered)
        turnstile.lock.release()
        assert [None, None] == [one.result(60) for one in answered]
    assert 1 == len([message for message in caplog.messages if "in reach again" in message])


# ------------------------------------------------------------------------------------------- what was lost


def test_a_first_scratch_store_counts_at_once() -> None:
    """There is nothing that it could have lost; another program of the city agrees."""
    city = WatchedCity()
    assert 10 == city.guesses()
    assert (1, 0) == (city.names(city.scratch.inner), city.names(city.store))
    city.s = city.another_program()
    assert 0 == city.guesses()


@pytest.mark.attack("THR-12")
def test_a_store_that_lost_its_counts_is_not_counted_in(caplog: pytest.LogCaptureFixture) -> None:
    """Until it has been there for as long as any count in it matters. Then it counts again."""
    city = WatchedCity()
    city.guesses()
    city.flush()
    city.tick(hours=1)
    assert 10 == city.guesses()
    assert (0, 1) == (city.names(city.scratch.inner), city.names(city.store))
    city.now = START + timedelta(hours=1) + SPAN - SECOND
    city.attempt("public:else", Verdict.WRONG, NOWHERE)
    assert 0 == city.names(city.scratch.inner)
    city.tick(seconds=1)
    city.attempt("public:else", Verdict.WRONG, NOWHERE)
    assert 1 == city.names(city.scratch.inner)
    assert [
        f"{city.scratch!r} has lost its counts; the durable store counts until 2026-03-03 10:01 UTC",
        f"{city.scratch!r} counts attempts again",
    ] == caplog.messages


def test_how_it_stands_can_be_asked_without_a_trace() -> None:
    """By the doctor: before there was anything, while all is well, after a loss, and once that is over."""
    city = WatchedCity()
    scratch = city.s.scratch
    assert scratch.lost_until() is None
    assert ([], []) == (city.counts(), city.counts(store=city.scratch.inner))
    city.guesses()
    assert scratch.lost_until() is None
    city.flush()
    city.tick(hours=1)
    assert city.now + SPAN == scratch.lost_until()
    assert [] == city.counts(store=city.scratch.inner)
    city.guesses()
    city.tick(hours=1)
    assert city.now - timedelta(hours=1) + SPAN == scratch.lost_until()
    city.tick(days=2)
    assert scratch.lost_until() is None


def test_another_program_knows_of_the_loss() -> None:
    """Also one that was started afterwards, and one that finds out first that it is over."""
    city = WatchedCity()
    city.guesses()
    city.flush()
    first = city.s
    city.s = city.another_program()
    with pytest.raises(CountsLost, match="the durable store counts until 2026-03-03 09:01 UTC"):
        city.s.scratch.select(AttemptCount, Is("id", "a"), limit=1)
    city.tick(days=2)
    assert () == city.s.scratch.select(AttemptCount, Is("id", "a"), limit=1)
    assert () == first.scratch.select(AttemptCount, Is("id", "a"), limit=1)


def test_programs_that_begin_at_once_agree() -> None:
    """One mark in each store, and the same in both."""
    city = WatchedCity()
    scratches = [city.another_program().scratch for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(one.select, AttemptCount, Is("id", "a"), limit=1) for one in scratches]
        assert [()] * 8 == [one.result(60) for one in asked]
    (here,), (there,) = city.counts("i", city.scratch.inner), city.counts("i")
    assert (here.since, here.failures) == (there.since, there.failures)


def test_who_comes_second_takes_the_others_mark() -> None:
    """Whether it is the first mark or the one after a loss."""
    scratch, store = OvertakenStore(1, only="i"), OvertakenStore(1, only="i")
    city = WatchedCity(store, scratch)
    assert () == city.s.scratch.select(AttemptCount, Is("id", "a"), limit=1)
    assert 10 == city.guesses()
    city.flush()
    assert 10 == city.guesses()
    city.tick(days=2)
    store.times = 1
    assert () == city.s.scratch.select(AttemptCount, Is("id", "a"), limit=1)


def test_a_mark_of_a_wrong_clock_does_not_count_for_ever() -> None:
    """One that lies far ahead was written by a clock that has been set since."""
    city = WatchedCity()
    city.guesses()
    city.tick(days=1000)
    city.flush()
    assert 10 == city.guesses()
    city.now = START
    assert () == city.s.scratch.select(AttemptCount, Is("id", "a"), limit=1)


def test_what_asks_for_no_count_is_answered_after_a_loss() -> None:
    """Purging goes on."""
    city = WatchedCity()
    city.guesses()
    city.flush()
    assert () == city.s.scratch.select(AttemptCount, Every(), limit=5)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, SPAN),
        ({"throttle_decay": timedelta(hours=1), "throttle_unsettled": timedelta(hours=1)}, timedelta(days=1)),
        ({"reset_mails_day": Limit(count=3, within=timedelta(days=30))}, timedelta(days=30)),
        ({"source_wait": timedelta(days=1)}, timedelta(days=1, minutes=10)),
    ],
)
def test_for_how_long_a_loss_matters(settings: dict[str, Any], expected: timedelta) -> None:
    """As long as the longest count or limit of this city."""
    assert expected == waits.longest_kept(Policy(**settings))


# -------------------------------------------------------------------------------------- what the city wants


def test_a_city_may_refuse_while_counts_are_out_of_reach() -> None:
    """Attempts and limits; but not on a device that the account knows, which is counted elsewhere."""
    city = WatchedCity(scratch_outage=ScratchOutage.REFUSE)
    ann = city.account()
    city.scratch.down = True
    with pytest.raises(Unavailable):
        city.reserve(ann)
    with pytest.raises(Unavailable):
        limits.allow(city.s, "reset", "ann@example.org", HOURLY)
    assert city.attempt(ann, Verdict.RIGHT, city.known(ann)).trusted
    assert [] == city.counts()
    city.scratch.down = False
    city.tick(seconds=PAUSE)
    assert city.attempt(ann, Verdict.RIGHT).wait is None


def test_a_city_that_refuses_does_not_refuse_for_a_day() -> None:
    """A store that is there and has lost its counts is no outage: the durable one counts."""
    city = WatchedCity(scratch_outage=ScratchOutage.REFUSE)
    city.guesses()
    city.flush()
    assert 10 == city.guesses()
    assert limits.allow(city.s, "reset", "ann@example.org", HOURLY)
    assert 1 == len(city.counts("g"))


def test_otherwise_the_durable_store_counts() -> None:
    """Attempts and limits, at once and at every moment of an outage."""
    city = WatchedCity()
    city.scratch.down = True
    assert 10 == city.guesses()
    assert [True, True, True, False] == [
        limits.allow(city.s, "reset", "ann@example.org", HOURLY) for _ in range(4)
    ]
    assert 1 == city.scratch.asked


@pytest.mark.parametrize("outage", list(ScratchOutage))
def test_staff_are_told_what_can_be_known(outage: ScratchOutage) -> None:
    """Out of reach or emptied: what the durable store counts is shown."""
    city = WatchedCity(scratch_outage=outage)
    ann = city.account()
    city.wrong(ann, NOWHERE, times=10)
    assert city.now + 30 * SECOND == throttle.strangers(city.s, ann).waits_until
    city.flush()
    assert throttle.strangers(city.s, ann).waits_until is None
    city.scratch.down = True
    assert throttle.strangers(city.s, ann).waits_until is None


# ----------------------------------------------------------------------------------------------- as attacks


@pytest.mark.attack("THR-12")
@pytest.mark.parametrize("what", ["flapping", "emptied", "both"])
def test_no_number_of_outages_gives_more_than_twice_the_guesses(what: str) -> None:
    """At one moment: ten are free in the one store, ten in the other, and that is all."""
    city = WatchedCity()
    checked = city.guesses()
    for _ in range(20):
        if what != "emptied":
            city.scratch.down = True
            checked += city.guesses()
            city.scratch.down = False
            city.tick(seconds=PAUSE / 100)  # the attacker does not wait until it is found to be back
            checked += city.guesses()
            city.s = city.another_program()  # and finds another program, which has not noticed
        if what != "flapping":
            city.flush()
        checked += city.guesses()
    assert 20 == checked


@pytest.mark.attack("THR-12")
@pytest.mark.parametrize("period", [timedelta(minutes=20), timedelta(hours=3), timedelta(hours=30)])
def test_days_of_outages_give_no_more_than_twice_the_guesses(period: timedelta) -> None:
    """Killed, emptied and back again, for a week of guessing without a pause."""
    until = START + timedelta(days=7)
    limit = City().guess_on(NOBODY, NOWHERE, until=until)
    city = WatchedCity()
    checked = 0
    while city.now < until:
        checked += city.guess_on(NOBODY, NOWHERE, until=city.now + period)
        city.scratch.down = True
        checked += city.guess_on(NOBODY, NOWHERE, until=city.now + period)
        city.flush()
        city.scratch.down = False
    assert limit <= checked <= 2 * limit


@pytest.mark.attack("THR-12")
def test_an_outage_between_counting_and_settling_forgets_no_guess() -> None:
    """What is under way when the store goes counts as a failure when it is back."""
    city = WatchedCity()
    for _ in range(10):
        reservation = city.reserve(NOBODY, NOWHERE)
        city.scratch.down = True
        throttle.settle(city.s, reservation, Verdict.WRONG)
        city.scratch.down = False
        city.tick(seconds=PAUSE)
    assert city.reserve(NOBODY, NOWHERE).attempt.must_wait


@pytest.mark.attack("THR-12")
def test_limits_on_mail_are_at_most_doubled() -> None:
    """However often the counts are lost."""
    city = WatchedCity()
    sent = 0
    for _ in range(10):
        sent += sum(limits.allow(city.s, "reset", "ann@example.org", HOURLY) for _ in range(5))
        city.flush()
    assert 6 == sent


def test_the_log_of_an_outage_does_not_grow_with_attempts(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody can fill a disk by guessing."""
    city = WatchedCity()
    with caplog.at_level(logging.INFO):
        city.scratch.down = True
        for n in range(50):
            city.attempt(f"public:n{n}", Verdict.WRONG, NOWHERE)
        city.scratch.down = False
        city.tick(seconds=PAUSE)
        city.attempt(NOBODY, Verdict.WRONG, NOWHERE)
    assert 2 == len([message for message in caplog.messages if message.startswith("counts of attempts")])
    assert 2 == len([record for record in caplog.records if record.levelno >= logging.WARNING])
