"""A store's fifth promise: whatever a commit changes, every question is answered as of now."""

from __future__ import annotations

import attrs

from permit_accounts.model.records import ASKED_BY, Record
from permit_accounts.ports import Add, Change, Remove, Replace, Store
from permit_accounts.testing.hard_records import (
    may_be_none,
    other,
    plain,
    values_of_field,
)
from permit_accounts.testing.right_answers import says_what_is_right
from permit_accounts.testing.store_case import StoreCase, conflicts


class Finding(StoreCase):
    """What a store is asked by is kept up with every change."""

    def test_what_is_removed_is_found_by_nothing(self, store: Store, kind: type[Record]) -> None:
        """Neither by id, nor by a field, nor among all; and its id is free."""
        record = _findable(kind, "a")
        for _ in range(2):
            store.commit(Add(record))
            says_what_is_right(store, kind, [record])
            store.commit(Remove(record))
            says_what_is_right(store, kind, [], once=[record])

    def test_what_is_replaced_is_found_as_it_is_now(self, store: Store, kind: type[Record]) -> None:
        """By the new value of a field and in its place, not by the old one; None is a value too."""
        neighbor = _findable(kind, "n")
        store.commit(Add(neighbor))
        for name in ASKED_BY[kind]:
            first, second = values_of_field(kind, name)[:2]
            none = [None] if may_be_none(kind, name) else []
            was = plain(kind, name, **{name: first})
            store.commit(Add(was))
            before = [was]
            for value in (second, *none, first, second, *none):
                now = attrs.evolve(was, version=was.version + 1, **{name: value})
                store.commit(Replace(was, now))
                says_what_is_right(store, kind, [neighbor, now], once=before)
                before, was = [*before, now], now
            store.commit(Remove(was))

    def test_a_change_of_other_fields_is_found(self, store: Store, kind: type[Record]) -> None:
        """Whoever finds a record finds it whole, as it is now."""
        was = _findable(kind, "a")
        kept = ("id", "version", *ASKED_BY[kind])
        store.commit(Add(was))
        for _ in range(2):
            changed = other(was, *(field.name for field in attrs.fields(kind) if field.name not in kept))
            store.commit(Replace(was, changed))
            was = attrs.evolve(changed, version=was.version + 1)
            says_what_is_right(store, kind, [was])

    def test_a_commit_that_fails_changes_no_answer(self, store: Store, kind: type[Record]) -> None:
        """Also not those of an index: it is undone with the record, wherever the commit fails."""
        stays, goes, changes = (_findable(kind, record_id) for record_id in ("s", "g", "c"))
        new, changed = _findable(kind, "new"), other(changes, *ASKED_BY[kind])
        good: list[Change] = [Add(new), Remove(goes), Replace(changes, changed)]
        store.commit(Add(stays), Add(goes), Add(changes))
        for place in range(len(good) + 1):
            assert conflicts(store, *good[:place], Add(stays), *good[place:])
            says_what_is_right(store, kind, [stays, goes, changes], once=[new, changed])
        store.commit(*good)
        says_what_is_right(store, kind, [stays, new, attrs.evolve(changed, version=2)], once=[goes, changes])

    def test_each_kind_has_answers_of_its_own(self, store: Store) -> None:
        """Records of two kinds may share an id and a field, and are never found for each other."""
        there = {kind: _findable(kind, "a") for kind in self.kinds}
        store.commit(*map(Add, there.values()))
        for kind, was in there.items():
            changed = attrs.evolve(other(was, *ASKED_BY[kind]), version=2)
            store.commit(Replace(was, changed))
            there[kind] = changed
            for each, record in there.items():
                says_what_is_right(store, each, [record], once=[_findable(each, "a")])


def _findable(kind: type[Record], record_id: str) -> Record:
    """A record that every field finds."""
    return plain(kind, record_id, **{name: values_of_field(kind, name)[0] for name in ASKED_BY[kind]})
