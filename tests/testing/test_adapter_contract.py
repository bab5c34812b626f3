"""The contract of adapters is held to what it promises: it notices each adapter that is wrong in one way."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from permit_accounts.testing.adapter_contract import AdapterContract
from permit_accounts.testing.adapter_saboteurs import ADAPTER_SABOTEURS, AdapterSaboteur


class _Impatient(AdapterContract):
    __test__ = False
    patience = 0.5


def _broken(make: type[AdapterSaboteur], names: Iterable[str]) -> set[str]:
    """Those of these tests of the contract that fail for an adapter."""
    contract, failed = _Impatient(), set()
    for name in names:
        test = getattr(contract, name)
        marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
        for case in [{mark.args[0]: value} for mark in marks for value in mark.args[1]] or [{}]:
            try:
                test(serve=make, **case)
            except Exception:  # a saboteur may also break what is asked of it afterwards
                failed.add(name)
    return failed


@pytest.mark.parametrize("saboteur", ADAPTER_SABOTEURS, ids=lambda saboteur: saboteur.__name__)
def test_each_saboteur_is_caught(saboteur: type[AdapterSaboteur]) -> None:
    """By at least the tests that it names."""
    assert saboteur.caught_by
    assert set(saboteur.caught_by) == _broken(saboteur, saboteur.caught_by)


def test_the_adapter_that_they_spoil_is_not() -> None:
    """What they break is right without them."""
    every_test = [name for name in dir(AdapterContract) if name.startswith("test_")]
    assert set() == _broken(AdapterSaboteur, every_test)


def test_a_way_to_serve_has_to_be_given() -> None:
    """Who forgets the fixture is told its name."""
    with pytest.raises(NotImplementedError, match="fixture named `serve`"):
        AdapterContract.serve.__wrapped__(AdapterContract())  # type: ignore[attr-defined]
