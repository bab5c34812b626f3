"""Stores that are each wrong in one way when they commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Event, local
from typing import Any, Final, TypeVar

import attrs

from permit_accounts.model.errors import Conflict, Unavailable
from permit_accounts.model.records import Record
from permit_accounts.ports import Add, Change, Is, Remove, Replace, Where
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.saboteur import Saboteur

R = TypeVar("R", bound=Record)


class HalfCommitter(Saboteur):
    """Keeps what a commit did before the change that failed."""

    caught_by = ("test_all_or_nothing_wherever_it_fails", "test_one_id_is_not_added_twice_in_one_commit")

    def commit(self, *changes: Change) -> None:
        """Apply each by itself."""
        for change in changes:
            self.inner.commit(change)


class LastWriterWins(Saboteur):
    """Replaces whatever is there: an update without the version in its condition."""

    caught_by = ("test_replace_needs_the_old_one_to_be_current",)

    def commit(self, *changes: Change) -> None:
        """Take the record that is there for the old one."""
        self.inner.commit(*(self._whatever(change) for change in changes))

    def _whatever(self, change: Change) -> Change:
        if isinstance(change, Replace):
            for current in self.current(change.old):
                return Replace(current, change.new)
        return change


class VersionSleeper(Saboteur):
    """Forgets to count replacements."""

    caught_by = ("test_replace_grows_the_version_by_one", "test_replace_needs_the_old_one_to_be_current")

    def commit(self, *changes: Change) -> None:
        """Put the new record in with the old version."""
        self.inner.commit(*(part for change in changes for part in self._parts(change)))

    def _parts(self, change: Change) -> Iterable[Change]:
        if isinstance(change, Replace):
            return Remove(change.old), Add(attrs.evolve(change.new, version=change.old.version))
        return (change,)


class VersionResetter(Saboteur):
    """Begins every added record at version 1."""

    caught_by = ("test_add_keeps_the_version_it_is_given",)

    def commit(self, *changes: Change) -> None:
        """Add with version 1, as a column's default would."""
        self.inner.commit(
            *(Add(attrs.evolve(one.record, version=1)) if isinstance(one, Add) else one for one in changes)
        )


class Overwriter(Saboteur):
    """Adds over a record that has the id: an upsert."""

    caught_by = ("test_add_needs_a_free_id", "test_one_thread_adds")

    def commit(self, *changes: Change) -> None:
        """Remove what is in the way first."""
        self.inner.commit(*(part for change in changes for part in self._parts(change)))

    def _parts(self, change: Change) -> Iterable[Change]:
        there = self.current(change.record) if isinstance(change, Add) else ()
        return *map(Remove, there), change


class RemoveForgiver(Saboteur):
    """Takes it for done if what is to be removed is gone: a token is then used twice."""

    caught_by = ("test_remove_needs_the_record_as_it_was", "test_one_thread_removes")

    def commit(self, *changes: Change) -> None:
        """Leave out what is not there."""
        self.inner.commit(
            *(one for one in changes if not isinstance(one, Remove) or self.current(one.record))
        )


class ReverseApplier(Saboteur):
    """Applies the changes of a commit in another order: adds after removals, say."""

    caught_by = ("test_changes_of_one_commit_follow_each_other",)

    def commit(self, *changes: Change) -> None:
        """The last first."""
        self.inner.commit(*reversed(changes))


class UnitOfWork(Saboteur):
    """Applies what is added, then what is replaced, then what is removed, as object mappers like to."""

    caught_by = ("test_changes_of_one_commit_follow_each_other",)

    def commit(self, *changes: Change) -> None:
        """Sorted by what they do."""
        self.inner.commit(*sorted(changes, key=lambda change: (Add, Replace, Remove).index(type(change))))


class RemoveWhatever(Saboteur):
    """Removes by id alone."""

    caught_by = ("test_remove_needs_the_record_as_it_was",)

    def commit(self, *changes: Change) -> None:
        """Take the record that is there for the one that is to go."""
        self.inner.commit(*(self._whatever(change) for change in changes))

    def _whatever(self, change: Change) -> Change:
        if isinstance(change, Remove):
            for current in self.current(change.record):
                return Remove(current)
        return change


class Splitter(Saboteur):
    """Commits a thousand changes at a time, as many as its driver takes."""

    caught_by = ("test_the_most_changes_are_as_much_all_or_nothing_as_few",)

    def commit(self, *changes: Change) -> None:
        """In parts."""
        for first in range(0, len(changes), 1000):
            self.inner.commit(*changes[first : first + 1000])


class LookThenLeaper(Saboteur):
    """Looks whether the preconditions hold, and then writes, whatever has happened in between."""

    caught_by = (
        *("test_one_thread_adds", "test_one_thread_replaces", "test_one_thread_removes"),
        "test_no_step_of_a_count_is_lost",
    )

    def commit(self, *changes: Change) -> None:
        """Look, wait, write."""
        rehearsal = MemoryStore()
        for change in changes:
            record = change.old if isinstance(change, Replace) else change.record
            for there in self.current(record):
                if not rehearsal.select(type(there), Is("id", there.id), limit=1):
                    rehearsal.commit(Add(there))
        rehearsal.commit(*changes)
        Event().wait(0.001)
        for change in changes:
            self._force(change)

    def _force(self, change: Change) -> None:
        record = change.old if isinstance(change, Replace) else change.record
        for there in self.current(record):
            self.inner.commit(Remove(there))
        if isinstance(change, Add):
            self.inner.commit(change)
        elif isinstance(change, Replace):
            self.inner.commit(Add(attrs.evolve(change.new, version=change.old.version + 1)))


class Sulker(Saboteur):
    """Fails at the first call after a conflict: a transaction that nobody rolled back."""

    caught_by = ("test_the_store_is_usable_right_after_a_conflict",)

    def __init__(self) -> None:
        super().__init__()
        self._sulks = False

    def select(self, *args: Any, **kwargs: Any) -> Sequence[Any]:
        """Not right after a conflict."""
        self._cheer_up()
        return super().select(*args, **kwargs)

    def commit(self, *changes: Change) -> None:
        """Not right after a conflict."""
        self._cheer_up()
        try:
            super().commit(*changes)
        except Conflict:
            self._sulks = True
            raise

    def _cheer_up(self) -> None:
        if self._sulks:
            self._sulks = False
            raise Unavailable("the transaction was aborted")


class StaleReader(Saboteur):
    """Answers each thread as before, until that thread commits: a snapshot that was left open."""

    caught_by = ("test_a_commit_is_seen_by_whoever_asks_after_it",)

    def __init__(self) -> None:
        super().__init__()
        self._seen: Final = local()

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """What this thread was told last time."""
        answers = self._seen.__dict__
        key = repr((kind, where, limit, after and (after.id, after.version), newest_first))
        if key not in answers:
            answers[key] = super().select(kind, where, limit=limit, after=after, newest_first=newest_first)
        told: Sequence[R] = answers[key]
        return told

    def commit(self, *changes: Change) -> None:
        """Begin a new snapshot."""
        self._seen.__dict__.clear()
        super().commit(*changes)
