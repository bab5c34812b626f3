"""A store's fourth promise: of those who race for one thing exactly one gets it, and the others are told."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from permit_accounts.model.records import Record
from permit_accounts.ports import Add, Change, Remove, Replace, Store
from permit_accounts.testing.hard_records import plain
from permit_accounts.testing.races import race_processes, race_threads
from permit_accounts.testing.store_case import StoreCase, add_all, conflicts, found

_THREADS = 8
_ROUNDS = 5
_PROCESSES = 3


class Racing(StoreCase):
    """Threads and processes that want the same at once."""

    def test_one_thread_adds(self, store: Store, kind: type[Record]) -> None:
        """An id is taken once."""
        for number in range(_ROUNDS):
            entries = [plain(kind, f"{number}", version=place + 1) for place in range(_THREADS)]
            winner = self._only_winner(store, [(Add(record),) for record in entries])
            assert [entries[winner]] == found(store, kind, f"{number}")

    def test_one_thread_replaces(self, store: Store, kind: type[Record]) -> None:
        """Of those who read the same, one writes."""
        for number in range(_ROUNDS):
            old = plain(kind, f"{number}")
            store.commit(Add(old))
            marks = [plain(kind, f"{number} {place}") for place in range(_THREADS)]
            winner = self._only_winner(store, [(Replace(old, old), Add(mark)) for mark in marks])
            assert [2] == [record.version for record in found(store, kind, old.id)]
            assert [marks[winner]] == [one for mark in marks for one in found(store, kind, mark.id)]

    def test_one_thread_removes(self, store: Store, kind: type[Record]) -> None:
        """What is used up is used by one, together with what it buys."""
        for number in range(_ROUNDS):
            token = plain(kind, f"{number}")
            store.commit(Add(token))
            bought = [plain(kind, f"{number} {place}") for place in range(_THREADS)]
            winner = self._only_winner(store, [(Remove(token), Add(one)) for one in bought])
            assert [] == found(store, kind, token.id)
            assert [bought[winner]] == [one for mark in bought for one in found(store, kind, mark.id)]

    def test_no_step_of_a_count_is_lost(self, store: Store, kind: type[Record]) -> None:
        """Whoever meets a conflict reads again; nobody overwrites another's step."""
        store.commit(Add(plain(kind, "count")))
        steps = 10

        def climb() -> list[int]:
            stepped_on: list[int] = []
            for _ in range(10_000):
                (current,) = found(store, kind, "count")
                if not conflicts(store, Replace(current, current)):
                    stepped_on.append(current.version)
                if len(stepped_on) == steps:
                    break
            return stepped_on

        climbers = race_threads(*[climb] * 4)
        stepped_on = [version for one in climbers if isinstance(one, list) for version in one]
        assert list(range(1, 1 + 4 * steps)) == sorted(stepped_on)
        assert [1 + 4 * steps] == [record.version for record in found(store, kind, "count")]

    def test_strangers_do_not_get_in_each_others_way(self, store: Store, kind: type[Record]) -> None:
        """Threads with records of their own all succeed."""
        works = [_adding(store, [plain(kind, f"{me} {number}") for number in range(10)]) for me in range(4)]
        assert [10] * 4 == race_threads(*works)

    def test_a_commit_is_seen_by_whoever_asks_after_it(self, store: Store, kind: type[Record]) -> None:
        """Also by a thread that asked before and found something else."""
        record = plain(kind, "a")

        def look() -> list[int]:
            return [one.version for one in found(store, kind, "a")]

        assert [[], []] == race_threads(look, look)
        assert [] == look()
        store.commit(Add(record))
        assert [[1], [1]] == race_threads(look, look)
        assert [1] == look()
        race_threads(lambda: store.commit(Replace(record, record)))
        assert [2] == look()
        race_threads(lambda: store.commit(Remove(attrs.evolve(record, version=2))))
        assert [] == look()

    def test_one_process_wins(self, store: Store) -> None:
        """The same between processes, where the store is one that they share."""
        reopen = self.reopen(store)
        if reopen is None:
            return
        kind, rounds = self.kinds[0], 12
        records = [plain(kind, f"{number}") for number in range(rounds)]
        add_all(store, [record for number, record in enumerate(records) if number % 3])
        entries = [
            [
                (*_contended(number, record), Add(plain(kind, f"{number} won by {me}")))
                for number, record in enumerate(records)
            ]
            for me in range(_PROCESSES)
        ]
        results = race_processes(reopen, entries)
        for number, fared in enumerate(zip(*results, strict=True)):
            assert ["Conflict"] * (_PROCESSES - 1) + ["done"] == sorted(fared)
            marks = [me for me in range(_PROCESSES) if found(store, kind, f"{number} won by {me}")]
            assert [fared.index("done")] == marks

    def _only_winner(self, store: Store, entries: list[tuple[Change, ...]]) -> int:
        results = race_threads(*(_committing(store, changes) for changes in entries))
        assert [True] == [result for result in results if result is not False]
        return results.index(True)


def _contended(number: int, record: Record) -> tuple[Change, ...]:
    return ((Add(record),), (Replace(record, record),), (Remove(record),))[number % 3]


def _committing(store: Store, changes: tuple[Change, ...]) -> Callable[[], bool]:
    return lambda: not conflicts(store, *changes)


def _adding(store: Store, records: list[Record]) -> Callable[[], int]:
    def add() -> int:
        for record in records:
            store.commit(Add(record))
        return len(records)

    return add
