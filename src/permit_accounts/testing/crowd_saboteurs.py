"""Stores that are each wrong in one way where several want something, kinds, threads or processes."""

from __future__ import annotations

from threading import Event, Lock
from typing import Final

from permit_accounts.model.errors import Conflict, Unavailable
from permit_accounts.model.records import ASKED_BY, Record
from permit_accounts.ports import Add, Change, Is, Replace
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.saboteur import Saboteur


class EmptyRefuser(Saboteur):
    """Takes a commit of nothing for a mistake."""

    caught_by = ("test_a_commit_of_nothing_changes_nothing",)

    def commit(self, *changes: Change) -> None:
        """At least one change."""
        if not changes:
            raise Unavailable("there is nothing to commit")
        self.inner.commit(*changes)


class Boaster(Saboteur):
    """Says that it takes thousands of changes, and takes a hundred."""

    caught_by = ("test_as_many_changes_as_it_says",)

    def commit(self, *changes: Change) -> None:
        """Not more than the driver has room for."""
        if len(changes) > 100:
            raise Unavailable("too many parameters")
        self.inner.commit(*changes)


class Upserter(Saboteur):
    """Adds what it is to replace where nothing is there."""

    caught_by = ("test_replace_needs_a_record",)

    def commit(self, *changes: Change) -> None:
        """One statement for either."""
        self.inner.commit(*(self._either(change) for change in changes))

    def _either(self, change: Change) -> Change:
        if isinstance(change, Replace) and not self.current(change.old):
            return Add(change.new)
        return change


class OneTable(Saboteur):
    """Keeps all kinds in one table, with one primary key."""

    caught_by = ("test_each_kind_has_ids_of_its_own",)

    def commit(self, *changes: Change) -> None:
        """An id that any kind has is taken."""
        taken: dict[str, type[Record]] = {}
        for change in changes:
            if isinstance(change, Add):
                kind = type(change.record)
                if taken.setdefault(change.record.id, kind) is not kind or self._is_taken(change.record):
                    raise Conflict("the id is taken")
        self.inner.commit(*changes)

    def _is_taken(self, record: Record) -> bool:
        others = (kind for kind in ASKED_BY if kind is not type(record))
        return any(self.inner.select(kind, Is("id", record.id), limit=1) for kind in others)


class KindByKind(Saboteur):
    """Commits each kind by itself, as a table has a connection of its own."""

    caught_by = ("test_all_or_nothing_across_kinds",)

    def commit(self, *changes: Change) -> None:
        """One kind after the other."""
        by_kind: dict[type[Record], list[Change]] = {}
        for change in changes:
            record = change.old if isinstance(change, Replace) else change.record
            by_kind.setdefault(type(record), []).append(change)
        for part in by_kind.values():
            self.inner.commit(*part)


class TableLocker(Saboteur):
    """Lets one commit in at a time, and tells all others that they were overtaken."""

    caught_by = ("test_strangers_do_not_get_in_each_others_way",)

    def __init__(self) -> None:
        super().__init__()
        self._lock: Final = Lock()

    def commit(self, *changes: Change) -> None:
        """Do not wait."""
        if not self._lock.acquire(blocking=False):
            raise Conflict("the table is locked")
        try:
            Event().wait(0.001)
            self.inner.commit(*changes)
        finally:
            self._lock.release()


class PrivateCopy(Saboteur):
    """Keeps in each process what processes are to share."""

    caught_by = ("test_one_process_wins",)

    reopen = MemoryStore
