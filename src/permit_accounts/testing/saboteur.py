"""The stores that saboteurs spoil: the memory store behind one more door, with nothing wrong yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import gt, lt
from typing import Any, ClassVar, Final, TypeVar

from permit_accounts.model.records import Record
from permit_accounts.ports import Change, Every, Is, Store, Where
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.right_answers import matches, place_of

R = TypeVar("R", bound=Record)

_ALL: Final = 1_000_000


class Saboteur:
    """A store that would be right; each of the others breaks one promise of it."""

    caught_by: ClassVar[tuple[str, ...]] = ()
    """The tests of the contract that notice."""

    reopen: ClassVar[Callable[[], Store] | None] = None
    """What opens the same records in another process, where it is wrong between processes."""

    max_changes: int = MemoryStore.max_changes

    def __init__(self) -> None:
        self.inner: Final = MemoryStore()

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """As it should be."""
        return self.inner.select(kind, where, limit=limit, after=after, newest_first=newest_first)

    def commit(self, *changes: Change) -> None:
        """As it should be."""
        self.inner.commit(*changes)

    def current(self, record: Record) -> Sequence[Record]:
        """The record that is there under this one's id, if one is."""
        return self.inner.select(type(record), Is("id", record.id), limit=1)


class Picker(Saboteur):
    """Takes all that there are, and picks those that are asked for; each of its heirs picks wrongly."""

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """By `_matches`, in the order of `_place`, behind `_mark`, so many as `_limit` says."""
        there = [one for one in self.inner.select(kind, Every(), limit=_ALL) if self._matches(one, where)]
        there.sort(key=lambda one: self._place(one, where), reverse=newest_first)
        if after is not None:
            mark = self._mark(after, where)
            beyond = lt if newest_first else gt
            there = [one for one in there if beyond(self._place(one, where), mark)]
        return there[: self._limit(limit)]

    def _matches(self, record: Record, where: Where) -> bool:
        return matches(record, where)

    def _place(self, record: Record, where: Where) -> tuple[Any, ...]:
        return place_of(record, where)

    def _mark(self, after: Record, where: Where) -> tuple[Any, ...]:
        return self._place(after, where)

    def _limit(self, limit: int) -> int:
        return limit
