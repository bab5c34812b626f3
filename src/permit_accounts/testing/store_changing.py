"""A store's second promise: each change has a precondition, and a commit happens completely or not at all."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from permit_accounts.model.records import Record
from permit_accounts.ports import FLOW_CHANGES, Add, Change, Every, Remove, Replace, Store
from permit_accounts.testing.hard_records import plain
from permit_accounts.testing.store_case import StoreCase, conflicts, found, kept, paged

_MOST = 5100
"""More than the library brings at once: the import of a roster has 5,000 changes to a commit."""


class Changing(StoreCase):
    """Preconditions, and all or nothing."""

    def test_add_keeps_the_version_it_is_given(self, store: Store, kind: type[Record]) -> None:
        """Even one of 48 bits: a count that is begun again begins where none of its id has been."""
        record = plain(kind, "a", version=2**48)
        store.commit(Add(record))
        assert [record] == found(store, kind, "a")
        store.commit(Replace(record, record))
        assert [record.version + 1] == [one.version for one in found(store, kind, "a")]

    def test_add_needs_a_free_id(self, store: Store, kind: type[Record]) -> None:
        """The first stays as it is, whatever the second carries."""
        first = plain(kind, "a")
        store.commit(Add(first))
        assert conflicts(store, Add(first))
        assert conflicts(store, Add(plain(kind, "a", version=2)))
        assert [first] == found(store, kind, "a")

    def test_each_kind_has_ids_of_its_own(self, store: Store) -> None:
        """One id may be taken once in each kind."""
        store.commit(*(Add(plain(kind, "a")) for kind in self.kinds))
        assert all([plain(kind, "a")] == found(store, kind, "a") for kind in self.kinds)

    def test_replace_grows_the_version_by_one(self, store: Store, kind: type[Record]) -> None:
        """Whatever version the new record carries is not looked at."""
        first = plain(kind, "a", version=3)
        store.commit(Add(first))
        store.commit(Replace(first, plain(kind, "a", version=77)))
        assert [4] == [record.version for record in found(store, kind, "a")]
        (current,) = found(store, kind, "a")
        store.commit(Replace(current, first))
        assert [5] == [record.version for record in found(store, kind, "a")]

    def test_replace_needs_the_old_one_to_be_current(self, store: Store, kind: type[Record]) -> None:
        """Two who read the same cannot both write: the second is told."""
        first = plain(kind, "a")
        store.commit(Add(first))
        store.commit(Replace(first, first))
        second = found(store, kind, "a")
        assert conflicts(store, Replace(first, first))
        assert conflicts(store, Replace(attrs.evolve(first, version=3), first))
        assert second == found(store, kind, "a")

    def test_replace_needs_a_record(self, store: Store, kind: type[Record]) -> None:
        """It makes none."""
        assert conflicts(store, Replace(plain(kind, "a"), plain(kind, "a")))
        assert [] == found(store, kind, "a")

    def test_remove_needs_the_record_as_it_was(self, store: Store, kind: type[Record]) -> None:
        """Gone, or replaced meanwhile, it is a conflict: so a token is used once."""
        first = plain(kind, "a")
        assert conflicts(store, Remove(first))
        store.commit(Add(first), Replace(first, first))
        assert conflicts(store, Remove(first))
        store.commit(Remove(*found(store, kind, "a")))
        assert conflicts(store, Remove(attrs.evolve(first, version=2)))
        assert [] == found(store, kind, "a")

    def test_all_or_nothing_wherever_it_fails(self, store: Store, kind: type[Record]) -> None:
        """A change that fails first, last or between undoes all the others."""
        stays, goes, changes = (plain(kind, record_id) for record_id in ("stays", "goes", "changes"))
        store.commit(Add(stays), Add(goes), Add(changes))
        good: list[Change] = [
            Add(plain(kind, "new")),
            Remove(goes),
            Replace(changes, attrs.evolve(changes, version=9)),
        ]
        gone = plain(kind, "never was")
        before = kept(store, self.kinds)
        stale = attrs.evolve(stays, version=2)
        failing: list[Change] = [Add(stays), Replace(gone, gone), Remove(gone), Remove(stale)]
        for bad in failing:
            for place in range(len(good) + 1):
                assert conflicts(store, *good[:place], bad, *good[place:])
                assert before == kept(store, self.kinds)
        store.commit(*good)
        assert ["changes", "new", "stays"] == [one.id for one in paged(store, kind, Every(), size=9)]

    def test_all_or_nothing_across_kinds(self, store: Store) -> None:
        """One commit changes records of every kind together."""
        records = [plain(kind, "a") for kind in self.kinds]
        store.commit(Add(records[-1]))
        before = kept(store, self.kinds)
        assert conflicts(store, *map(Add, records))
        assert before == kept(store, self.kinds)
        store.commit(*map(Add, records[:-1]))
        assert all([record] == found(store, type(record), "a") for record in records)

    def test_the_store_is_usable_right_after_a_conflict(self, store: Store, kind: type[Record]) -> None:
        """Nothing lingers: neither a lock nor a transaction that was given up."""
        record = plain(kind, "a")
        store.commit(Add(record))
        for _ in range(5):
            assert conflicts(store, Add(record))
        assert [record] == found(store, kind, "a")
        store.commit(Add(plain(kind, "b")), Replace(record, record))
        assert ["a", "b"] == [one.id for one in paged(store, kind, Every(), size=9)]

    def test_changes_of_one_commit_follow_each_other(self, store: Store, kind: type[Record]) -> None:
        """Each is looked at in the state that those before it made."""
        one, other = plain(kind, "a"), plain(kind, "b")
        two, three = attrs.evolve(one, version=2), attrs.evolve(one, version=3)
        store.commit(Add(one), Replace(one, one), Replace(two, one))
        assert [three] == found(store, kind, "a")
        store.commit(Remove(three), Add(one), Remove(one), Add(two))
        assert [two] == found(store, kind, "a")
        wrong: Sequence[tuple[Change, ...]] = (
            (Add(two), Remove(two)),
            (Replace(one, one), Replace(two, one)),
            (Remove(two), Remove(two)),
            (Replace(two, two), Replace(two, two)),
            (Replace(two, one), Replace(three, one), Remove(two)),
            (Remove(two), Add(one), Replace(one, one), Replace(two, one), Remove(one)),
            (Add(other), Replace(other, other), Remove(other)),
        )
        assert all(conflicts(store, *changes) for changes in wrong)
        assert [[two], []] == [found(store, kind, "a"), found(store, kind, "b")]

    def test_one_id_is_not_added_twice_in_one_commit(self, store: Store, kind: type[Record]) -> None:
        """The second finds it taken by the first, and neither stays."""
        assert conflicts(store, Add(plain(kind, "a")), Add(plain(kind, "a")))
        assert [] == found(store, kind, "a")

    def test_a_commit_of_nothing_changes_nothing(self, store: Store) -> None:
        """It is no mistake either."""
        store.commit()
        assert not any(kept(store, self.kinds).values())

    def test_as_many_changes_as_it_says(self, store: Store, kind: type[Record]) -> None:
        """At least as many as a flow makes, and a few hundred where it says so."""
        assert store.max_changes >= FLOW_CHANGES
        records = [plain(kind, f"{number:05}") for number in range(min(store.max_changes, 300))]
        store.commit(*map(Add, records))
        assert records == paged(store, kind, Every(), size=40)
        store.commit(*(Replace(record, record) for record in records))
        assert [2] * len(records) == [record.version for record in paged(store, kind, Every(), size=40)]

    def test_the_most_changes_are_as_much_all_or_nothing_as_few(self, store: Store) -> None:
        """A commit that is split on its way leaves a part of it when another part fails."""
        kind, most = self.kinds[-1], min(store.max_changes, _MOST)
        records = [plain(kind, f"{number:05}") for number in range(most - 1)]
        taken = plain(kind, "taken")
        store.commit(Add(taken))
        adds = [Add(record) for record in records]
        for changes in ((*adds, Add(taken)), (Add(taken), *adds)):
            assert conflicts(store, *changes)
            assert [taken] == list(store.select(kind, Every(), limit=9))
        store.commit(*adds, Replace(taken, taken))
        assert conflicts(store, *(Replace(record, record) for record in records), Remove(taken))
        assert [*records, attrs.evolve(taken, version=2)] == paged(store, kind, Every(), size=1000)
