"""The store that saboteurs spoil: the memory store behind one more door, with nothing wrong yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, TypeVar

from permit_accounts.model.records import Record
from permit_accounts.ports import Change, Is, Where
from permit_accounts.stores.memory import MemoryStore

R = TypeVar("R", bound=Record)


class Saboteur:
    """A store that would be right; each of the others breaks one promise of it."""

    caught_by: ClassVar[tuple[str, ...]] = ()
    """The tests of the contract that notice."""

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
