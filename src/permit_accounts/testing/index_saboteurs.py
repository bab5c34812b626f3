"""Stores that keep what they are asked by beside the records, and do not keep it up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final, TypeVar

import attrs

from permit_accounts.model.errors import Conflict
from permit_accounts.model.records import ASKED_BY, Record
from permit_accounts.ports import Add, Change, Is, Remove, Replace, Where
from permit_accounts.stores.rows import layout_of
from permit_accounts.testing.hard_records import asked_moments, asked_texts, may_be_none
from permit_accounts.testing.right_answers import page
from permit_accounts.testing.saboteur import Saboteur

R = TypeVar("R", bound=Record)


class _Indexed(Saboteur):
    """Answers from entries of its own, which would be right if each change were entered as it is."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: Final[dict[tuple[type[Record], str], Record]] = {}

    def commit(self, *changes: Change) -> None:
        """Change the records, then the entries."""
        self.inner.commit(*changes)
        self._enter(changes)

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """The records whose entries match."""
        if getattr(where, "field", "id") == "id":
            return super().select(kind, where, limit=limit, after=after, newest_first=newest_first)
        entries = page(self._entries_of(kind), where, limit=limit, after=after, newest_first=newest_first)
        return [record for entry in entries for record in self._records(entry)]

    def _entries_of(self, kind: type[R]) -> list[R]:
        return [entry for entry in self._entries.values() if isinstance(entry, kind)]

    def _records(self, entry: R) -> Sequence[R]:
        """What is given for an entry."""
        return self.inner.select(type(entry), Is("id", entry.id), limit=1)

    def _enter(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if isinstance(change, Replace):
                key = type(change.old), change.old.id
                self._entries[key] = self._replaced(self._entries.get(key, change.old), change)
            elif isinstance(change, Remove):
                self._entries.pop((type(change.record), change.record.id), None)
            else:
                self._entries[type(change.record), change.record.id] = change.record

    def _replaced(self, entry: Record, change: Replace) -> Record:
        """The entry that takes this one's place."""
        return attrs.evolve(change.new, version=change.old.version + 1)


class SoftDeleter(_Indexed):
    """Marks what is removed as gone, and forgets the mark where it is asked by a field."""

    caught_by = ("test_what_is_removed_is_found_by_nothing",)

    def _records(self, entry: R) -> Sequence[R]:
        return (entry,)

    def _enter(self, changes: Iterable[Change]) -> None:
        super()._enter(change for change in changes if not isinstance(change, Remove))


class Projected(_Indexed):
    """Copies the record into its index, and copies it again only when a field of the index changes."""

    caught_by = ("test_a_change_of_other_fields_is_found",)

    def _records(self, entry: R) -> Sequence[R]:
        return (entry,)

    def _replaced(self, entry: Record, change: Replace) -> Record:
        names = ASKED_BY[type(entry)]
        if all(getattr(change.new, name) == getattr(entry, name) for name in names):
            return entry
        return super()._replaced(entry, change)


class _Forgetful(_Indexed):
    """Leaves some of the fields that it is asked by as they were."""

    caught_by = ("test_what_is_replaced_is_found_as_it_is_now",)

    def _replaced(self, entry: Record, change: Replace) -> Record:
        names = [name for name in ASKED_BY[type(entry)] if self._forgets(change, name)]
        return attrs.evolve(change.new, **{name: getattr(entry, name) for name in names})

    def _forgets(self, change: Replace, name: str) -> bool:
        raise NotImplementedError


class TextAtAdd(_Forgetful):
    """Enters a text that is never None when a record is added, and leaves it at that."""

    def _forgets(self, change: Replace, name: str) -> bool:
        kind = type(change.old)
        return name in asked_texts(kind) and not may_be_none(kind, name)


class MomentAtAdd(_Forgetful):
    """Enters a moment when a record is added, and leaves it at that."""

    def _forgets(self, change: Replace, name: str) -> bool:
        return name in asked_moments(type(change.old))


class NoneAtAdd(_Forgetful):
    """Does not enter what was None when the record was added."""

    def _forgets(self, change: Replace, name: str) -> bool:
        return getattr(change.old, name) is None


class NoneLater(_Forgetful):
    """Does not take out what becomes None."""

    def _forgets(self, change: Replace, name: str) -> bool:
        return getattr(change.new, name) is None


class _NotRolledBack(_Indexed):
    """Enters changes before it knows whether they hold, and takes back only some of them."""

    caught_by = ("test_a_commit_that_fails_changes_no_answer",)

    _stays: ClassVar[type[Change]]

    def commit(self, *changes: Change) -> None:
        """Enter all; after a conflict, leave one sort of change entered."""
        before = dict(self._entries)
        self._enter(changes)
        try:
            self.inner.commit(*changes)
        except Conflict:
            self._entries.clear()
            self._entries.update(before)
            self._enter(change for change in changes if isinstance(change, self._stays))
            raise


class AddsNotRolledBack(_NotRolledBack):
    """Keeps the entry of what was never added; a page is short by it."""

    _stays = Add


class ReplacesNotRolledBack(_NotRolledBack):
    """Finds a record by what it was nearly replaced with."""

    _stays = Replace


class RemovesNotRolledBack(_NotRolledBack):
    """Misses what was nearly removed."""

    _stays = Remove


class KindsMixed(_Indexed):
    """Keeps one index for all kinds: whoever is asked for gets what has the id of another kind's entry."""

    caught_by = ("test_each_kind_has_answers_of_its_own",)

    def _entries_of(self, kind: type[R]) -> list[R]:
        names = layout_of(kind).asked_by
        return [
            attrs.evolve(record, **{name: getattr(entry, name) for name in names})
            for entry in self._entries.values()
            if all(hasattr(entry, name) for name in names)
            for record in self.inner.select(kind, Is("id", entry.id), limit=1)
        ]
