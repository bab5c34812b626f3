"""What every promise of a store is tested with: a store, and the kinds of records that it is to keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import pytest

from permit_accounts.model.errors import Conflict
from permit_accounts.model.records import ASKED_BY, Record
from permit_accounts.ports import FLOW_CHANGES, Add, Change, Every, Is, Remove, Store, Where

R = TypeVar("R", bound=Record)


class StoreCase:
    """One group of a store's promises, as tests. See `StoreContract`."""

    kinds: Sequence[type[Record]] = tuple(ASKED_BY)
    """The kinds of records that the store is to keep."""

    @pytest.fixture
    def store(self) -> Store:
        """A store without records."""
        raise NotImplementedError("override the fixture `store` with one that gives a store without records")

    def reopen(self, store: Store) -> Callable[[], Store] | None:
        """What opens the same records again in another process; None where they are this process's own.

        It is pickled, so it has to be a function of a module, a class, or a `functools.partial` of one.
        """
        return None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test that takes a `kind` once for each kind."""
        if "kind" in metafunc.fixturenames:
            metafunc.parametrize("kind", self.kinds, ids=[kind.__name__ for kind in self.kinds])


def add_all(store: Store, records: Iterable[Record]) -> None:
    """Add them, as many at once as every store takes."""
    _in_parts(store, [Add(record) for record in records])


def remove_all(store: Store, records: Iterable[Record]) -> None:
    """Remove them, likewise."""
    _in_parts(store, [Remove(record) for record in records])


def found(store: Store, kind: type[R], record_id: str) -> list[R]:
    """The record with this id, if there is one; all of them, if a store has several."""
    return list(store.select(kind, Is("id", record_id), limit=10))


def paged(store: Store, kind: type[R], where: Where, *, size: int, newest_first: bool = False) -> list[R]:
    """All that match, read in pages of this size."""
    records: list[R] = []
    while True:
        page = store.select(
            kind, where, limit=size, after=records[-1] if records else None, newest_first=newest_first
        )
        assert len(page) <= size, "a page stops at its limit"
        records += page
        if len(page) < size:
            return records
        assert len(records) < 10_000, "pages come to an end"


def kept(store: Store, kinds: Iterable[type[Record]]) -> dict[str, list[Any]]:
    """All that a store holds, to be compared with what it held."""
    return {kind.__name__: paged(store, kind, Every(), size=500) for kind in kinds}


def conflicts(store: Store, *changes: Change) -> bool:
    """Whether a commit meets a `Conflict`. Anything else that it raises is a failure."""
    try:
        store.commit(*changes)
    except Conflict:
        return True
    return False


def _in_parts(store: Store, changes: Sequence[Change]) -> None:
    for first in range(0, len(changes), FLOW_CHANGES):
        store.commit(*changes[first : first + FLOW_CHANGES])
