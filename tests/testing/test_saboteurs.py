"""The contract of stores is held to what it promises: it notices each store that is wrong in one way."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable

import pytest

from permit_accounts.model.records import AttemptCount, AuditEvent, Identifier
from permit_accounts.ports import Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.saboteurs import SABOTEURS, Saboteur
from permit_accounts.testing.store_contract import StoreContract

EVERY_TEST = {name for name in dir(StoreContract) if name.startswith("test_")}


class _TwoKinds(StoreContract):
    """Texts, moments, mappings and optional fields are all in these two."""

    __test__ = False
    kinds = (AuditEvent, Identifier)

    def reopen(self, store: Store) -> Callable[[], Store] | None:
        """What the saboteur says of itself."""
        return getattr(store, "reopen", None)


def _broken(make: Callable[[], Store], names: Iterable[str]) -> set[str]:
    """Those of these tests of the contract that fail for a store."""
    contract, failed = _TwoKinds(), set()
    for name in names:
        test = getattr(contract, name)
        takes_kind = "kind" in inspect.signature(test).parameters
        for given in [{"kind": kind} for kind in contract.kinds] if takes_kind else [{}]:
            try:
                test(store=make(), **given)
            except (Exception, pytest.fail.Exception):
                failed.add(name)
    return failed


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("saboteur", SABOTEURS, ids=lambda saboteur: saboteur.__name__)
def test_each_saboteur_is_caught(saboteur: type[Saboteur]) -> None:
    """By at least the tests that it names."""
    assert saboteur.caught_by
    assert set(saboteur.caught_by) == _broken(saboteur, saboteur.caught_by)


@pytest.mark.usefixtures("unmeasured")
def test_the_store_that_they_wrap_is_not() -> None:
    """What they break is right without them."""
    assert set() == _broken(Saboteur, EVERY_TEST)


def test_every_test_of_the_contract_catches_one() -> None:
    """A promise that no store was seen to break is not tested."""
    assert EVERY_TEST == {name for saboteur in SABOTEURS for name in saboteur.caught_by}


def test_a_store_has_to_be_given() -> None:
    """Who forgets the fixture is told its name."""
    with pytest.raises(NotImplementedError, match="fixture `store`"):
        StoreContract.store.__wrapped__(StoreContract())  # type: ignore[attr-defined]


class TestAttemptCountsAlone(StoreContract):
    """A store may be for one kind only."""

    kinds = (AttemptCount,)

    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()
