"""The store that fails when it is told to: what was done, what is raised, and what comes after it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from permit_accounts import PUBLIC, Conflict, SignedIn, Unavailable
from permit_accounts.model.errors import OutcomeUnknown
from permit_accounts.model.records import Identifier
from permit_accounts.ports import Add, Every, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing import StoreContract, World
from permit_accounts.testing.faulty import Fault, FaultyStore
from permit_accounts.testing.hard_records import plain
from permit_accounts.testing.world import public_form


class TestFaultyStore(StoreContract):
    """Until it is told to fail it is the store that it wraps."""

    kinds = (Identifier,)

    @pytest.fixture
    def store(self) -> Store:
        real = MemoryStore()
        real.max_changes = 300
        return FaultyStore(real)


@pytest.fixture
def store() -> FaultyStore:
    """A store that is told to fail."""
    return FaultyStore(MemoryStore())


def raised_by(store: Store, record_id: str) -> type[Exception] | None:
    """What comes of a commit."""
    try:
        store.commit(Add(plain(Identifier, record_id)))
    except Exception as error:
        return type(error)
    return None


def asked(store: Store) -> list[str] | type[Exception]:
    """The ids that are kept, or what comes of asking."""
    try:
        return [one.id for one in store.select(Identifier, Every(), limit=10)]
    except Exception as error:
        return type(error)


@pytest.mark.parametrize(
    ("fault", "raised", "kept", "then"),
    [
        (Fault.OUT_OF_REACH_ONCE, Unavailable, ["a", "c"], None),
        (Fault.OUT_OF_REACH, Unavailable, Unavailable, Unavailable),
        (Fault.UNHEARD, OutcomeUnknown, ["a", "b", "c"], None),
        (Fault.UNHEARD_AND_GONE, OutcomeUnknown, Unavailable, Unavailable),
        (Fault.CUT, Unavailable, ["a", "c"], None),
        (Fault.LOST, OutcomeUnknown, ["a", "c"], None),
        (Fault.OVERTAKEN_ONCE, Conflict, ["a", "c"], None),
        (Fault.OVERTAKEN, Conflict, ["a"], Conflict),
    ],
)
def test_the_second_commit_fails(
    store: FaultyStore,
    fault: Fault,
    raised: type[Exception],
    kept: list[str] | type[Exception],
    then: type[Exception] | None,
) -> None:
    """The first one does not; what is raised, what was kept, and how the next ones fare."""
    store.fail(fault, at=2)

    assert (None, False) == (raised_by(store, "a"), store.failed)
    assert (raised, True) == (raised_by(store, "b"), store.failed)
    assert then == raised_by(store, "c")
    assert kept == asked(store)

    store.heal()
    assert not store.failed
    done = fault in (Fault.UNHEARD, Fault.UNHEARD_AND_GONE)
    assert (Conflict if done else None) == raised_by(store, "b")


@pytest.mark.parametrize("fault", list(Fault))
def test_questions_count_where_they_fail(store: FaultyStore, fault: Fault) -> None:
    """What concerns commits alone lets every question through, and does not count it."""
    concerned = fault in (Fault.OUT_OF_REACH_ONCE, Fault.OUT_OF_REACH)
    store.fail(fault, at=3)

    assert [] == asked(store) == asked(store)
    assert (Unavailable if concerned else []) == asked(store)
    assert concerned is store.failed


def test_a_commit_in_vain_is_told_as_one(store: FaultyStore) -> None:
    """A reply that is lost hides no conflict: the store itself has heard of it."""
    store.commit(Add(plain(Identifier, "a")))
    store.fail(Fault.UNHEARD)
    assert Conflict is raised_by(store, "a")


def test_a_new_fault_takes_the_place_of_the_old(store: FaultyStore) -> None:
    """It counts from then on, and what has failed before is forgotten."""
    store.fail(Fault.OUT_OF_REACH)
    assert Unavailable is asked(store)
    store.fail(Fault.OVERTAKEN_ONCE, at=2)
    assert ([], False) == (asked(store), store.failed)
    assert [None, Conflict, None] == [raised_by(store, record_id) for record_id in "abc"]


def test_a_slow_store_takes_its_time() -> None:
    """Each call waits, whatever comes of it then; a healed store is quick."""
    waited: list[float] = []
    store = FaultyStore(MemoryStore(), sleep=waited.append)
    store.slow_down(2.5)
    assert [] == asked(store)
    assert None is raised_by(store, "a")
    store.fail(Fault.OUT_OF_REACH_ONCE)
    assert Unavailable is asked(store)
    assert [2.5] * 3 == waited

    store.heal()
    assert ["a"] == asked(store)
    assert [2.5] * 3 == waited


def test_a_slow_store_lets_a_worlds_time_pass() -> None:
    """So that what waits for nobody, such as a limit of time, can be tried without waiting."""
    store = FaultyStore(MemoryStore(), sleep=lambda seconds: world.tick(seconds=seconds))
    world = World(store=store)
    began = world.now()
    store.slow_down(60)
    assert isinstance(world.accounts.register(PUBLIC, public_form()), SignedIn)
    assert (world.now() - began).total_seconds() >= 120


def test_a_worlds_clock_jumps_once() -> None:
    """At the reading that was named, and is read as usual from then on."""
    world = World()
    began = world.now()
    world.jump(at=2, minutes=-5)
    assert (began, False) == (world.now(), world.jumped)
    assert (began - timedelta(minutes=5), True) == (world.now(), world.jumped)
    assert began - timedelta(minutes=5) == world.now()
