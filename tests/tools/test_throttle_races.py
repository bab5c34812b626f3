"""The throttle under real concurrency: threads on every store, and processes on one file."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import pytest

from interleaving import Interleaved
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import AttemptCount
from permit_accounts.ports import Store
from permit_accounts.rules.waits import Verdict
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.tools import throttle
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.throttle import Attempt, Reservation
from tools.counted_city import HERE, City

NOWHERE = Visitor()


def moment(seconds: float) -> None:
    """A pause that lets other threads run."""
    threading.Event().wait(seconds)


@pytest.fixture(params=["memory", "sqlite", "two stores"])
def city(request: pytest.FixtureRequest, tmp_path: Path) -> City:
    """A city with five free guesses on each kind of store."""

    def file() -> Store:
        return SQLiteStore(tmp_path / "city.db", create=True, synchronous="NORMAL")

    store = MemoryStore() if request.param == "memory" else file()
    scratch = MemoryStore() if request.param == "two stores" else None
    return City(store, scratch=scratch, pause=moment, throttle_free=5)


def at_once(count: int, one: Callable[[int], Any]) -> list[Any]:
    """So many threads that begin together."""
    barrier = threading.Barrier(count)

    def begin(n: int) -> Any:
        barrier.wait(30)
        return one(n)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(begin, range(count)))


@pytest.mark.attack("THR-01")
@pytest.mark.parametrize("right_ones", [0, 1])
def test_fifty_guesses_at_once_are_five(city: City, right_ones: int) -> None:
    """However they interleave, no more than the free ones are checked, and all of them are counted."""
    ann = city.account()

    def guess(n: int) -> Attempt:
        return city.attempt(ann, Verdict.RIGHT if n < right_ones else Verdict.WRONG, NOWHERE)

    made = at_once(50, guess)

    wrong = [one for one in made[right_ones:] if not one.must_wait]
    assert len(wrong) <= 5
    assert {True} == {one.must_wait for one in made if one.wait}
    if not right_ones:
        assert sorted(one.hard_count for one in wrong) == [1, 2, 3, 4, 5]
        for layer, store in (("a", city.s.scratch), ("c", city.store)):
            assert [(5, ())] == [(count.failures, count.pending) for count in city.counts(layer, store)]
        assert sum(one.first_refusal for one in made) <= 1


@pytest.mark.attack("THR-01")
def test_fifty_guesses_at_once_on_one_device(city: City) -> None:
    """A known device's count holds too."""
    ann = city.account()
    known = city.known(ann, NOWHERE)

    made = at_once(50, lambda n: city.attempt(ann, Verdict.WRONG, known))

    assert len([one for one in made if not one.must_wait]) == 5
    assert [(5, ())] == [(count.failures, count.pending) for count in city.counts("b")]


@pytest.mark.attack("THR-02")
@pytest.mark.parametrize("device", ["unknown", "known"])
def test_twenty_right_ones_at_once_all_get_in(city: City, device: str) -> None:
    """Tabs and telephones of one person: each takes itself back, and nothing stays counted."""
    ann = city.account()
    visitor = city.known(ann) if device == "known" else HERE

    made = at_once(20, lambda n: city.attempt(ann, Verdict.RIGHT, visitor))

    assert [None] * 20 == [one.wait for one in made]
    assert [] == city.counts()
    assert [] == city.counts(store=city.s.scratch)


def test_many_people_behind_one_address_all_get_in(city: City) -> None:
    """A hundred sign-ins of different people at one source do not slow each other down."""
    people = [city.account(f"00{n}") for n in range(40)]

    made = at_once(40, lambda n: city.attempt(people[n], Verdict.RIGHT, HERE))

    assert [None] * 40 == [one.wait for one in made]
    assert [] == city.counts(store=city.s.scratch)


def test_a_burst_at_many_names_from_one_address_is_cut_off(city: City) -> None:
    """Losers of a race at the source go on, but the source waits soon after."""
    names = [f"public:n{n}" for n in range(40)]
    at_once(40, lambda n: city.attempt(names[n], Verdict.WRONG, HERE))

    assert city.reserve("public:after", HERE).attempt.must_wait


@pytest.mark.attack("THR-01", "THR-02")
@pytest.mark.parametrize("device", ["unknown", "known"])
def test_a_count_that_was_forgotten_and_begun_again_is_another(device: str) -> None:
    """Whoever read the one before meets a conflict: it neither passes uncounted nor undoes a guess."""
    store = Interleaved(MemoryStore())
    city = City(store)  # type: ignore[arg-type]
    ann = city.account()
    visitor = city.known(ann) if device == "known" else NOWHERE
    guesses: list[Reservation] = []

    def meanwhile() -> None:
        throttle.settle(city.s, owner, Verdict.RIGHT)
        city.tick(seconds=1)
        guesses.append(city.reserve(ann, visitor))

    owner = city.reserve(ann, visitor)
    city.tick(seconds=1)
    store.before_commit_of(AttemptCount, meanwhile)
    late = city.reserve(ann, visitor)
    throttle.settle(city.s, guesses.pop(), Verdict.WRONG)
    throttle.settle(city.s, late, Verdict.RIGHT)

    assert store.happened
    city.tick(minutes=2)
    expected = [(1, ())] if device == "unknown" else []
    assert expected == [(count.failures, count.pending) for count in city.counts("a" if expected else "b")]


_GUESSER = """
import sys, threading
from datetime import UTC, datetime
from permit_accounts.model.people import Visitor
from permit_accounts.rules.policy import Policy
from permit_accounts.rules.waits import Verdict
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.texts.catalog import TomlCatalog
from permit_accounts.tools import throttle
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.services import Services

keys = Keyring.from_env()
store = SQLiteStore(sys.argv[1], synchronous="NORMAL")
now = datetime(2026, 3, 2, 9, tzinfo=UTC)
s = Services(
    store=store, scratch=store, hasher=CheapHasher(keys), keyring=keys,
    policy=Policy(throttle_free=5), catalog=TomlCatalog(), now=lambda: now,
)
attempt = throttle.keys_for(s, account=None, name="public:nobody", visitor=Visitor())
print("ready", flush=True)
sys.stdin.readline()
checked = []
def guess():
    made = throttle.reserve(s, attempt)
    if not made.attempt.must_wait:
        checked.append(made)
    throttle.settle(s, made, Verdict.WRONG)
threads = [threading.Thread(target=guess) for _ in range(10)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(checked), flush=True)
"""


@pytest.mark.attack("THR-01")
def test_guesses_of_several_processes_are_five(tmp_path: Path) -> None:
    """Three workers with ten threads each share one file: five are checked, all are counted."""
    path = tmp_path / "city.db"
    city = City(SQLiteStore(path, create=True, synchronous="NORMAL"), throttle_free=5)
    keys = Keyring.new()
    city.s = attrs.evolve(city.s, keyring=keys)
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", _GUESSER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PERMIT_ACCOUNTS_KEYS": keys.to_text()},
        )
        for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    said = [worker.communicate("go\n", timeout=60)[0] for worker in workers]

    assert [0, 0, 0] == [worker.returncode for worker in workers]
    assert sum(map(int, said)) == 5
    assert [(5, ())] == [(count.failures, count.pending) for count in city.counts("a")]
    assert throttle.reserve(
        city.s, throttle.keys_for(city.s, account=None, name="public:nobody", visitor=NOWHERE)
    ).attempt.must_wait
