"""A store's first promise: what comes out equals what went in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import get_type_hints

import attrs
import pytest

from permit_accounts.model.errors import Unavailable
from permit_accounts.model.records import Record
from permit_accounts.ports import Add, Is, Replace, Store
from permit_accounts.testing.hard_records import IN_ORDER, NOON, asked_texts, exactly, hard, plain
from permit_accounts.testing.store_case import StoreCase, add_all, found, kept


class Keeping(StoreCase):
    """What comes out equals what went in."""

    def test_what_is_added_comes_out_equal(self, store: Store, kind: type[Record]) -> None:
        """Unicode of every plane, empty texts beside None, microseconds, far years, nested facts."""
        records = list(hard(kind))
        add_all(store, records)
        for record in records:
            assert [exactly(record)] == [exactly(one) for one in found(store, kind, record.id)]

    def test_what_replaces_comes_out_equal(self, store: Store, kind: type[Record]) -> None:
        """The same for what took another's place."""
        for record in hard(kind):
            before = plain(kind, record.id)
            store.commit(Add(before), Replace(before, record))
            expected = attrs.evolve(record, version=before.version + 1)
            assert [exactly(expected)] == [exactly(one) for one in found(store, kind, record.id)]

    def test_a_long_text_is_kept_whole_or_refused(self, store: Store, kind: type[Record]) -> None:
        """Cut short it would be another text. 65,535 bytes are what some databases have room for."""
        long = "Zoë and so on, " * 5000
        for name in _texts(kind):
            record = plain(kind, name, **{name: long})
            try:
                store.commit(Add(record))
            except Unavailable:
                assert [] == found(store, kind, name)
            else:
                assert [record] == found(store, kind, name)

    def test_ids_are_told_apart_by_every_code_point(self, store: Store, kind: type[Record]) -> None:
        """Neither case, accents, width nor padding make two ids one."""
        ids = {*IN_ORDER, "É", "E", "e", "e\u0301", "Z ", " Z", "ａ", "ss", "ß", "ı", "I", "İ"}
        add_all(store, [plain(kind, record_id) for record_id in ids])
        for record_id in ids:
            assert [record_id] == [record.id for record in found(store, kind, record_id)]

    def test_a_moment_of_another_zone_is_kept_as_the_same_moment(
        self, store: Store, kind: type[Record]
    ) -> None:
        """Moments come out in UTC, whatever zone they were told in."""
        for name in _moments(kind):
            here = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
            store.commit(Add(plain(kind, name, **{name: here})))
            (record,) = found(store, kind, name)
            assert NOON == getattr(record, name)
            assert timedelta(0) == getattr(record, name).utcoffset()

    def test_what_a_caller_changes_later_is_not_kept(self, store: Store, kind: type[Record]) -> None:
        """A mapping that was handed in or out stays the caller's own."""
        for name in _mappings(kind):
            mine = {"a": "1"}
            store.commit(Add(plain(kind, name, **{name: mine})))
            mine["a"] = "2"
            (given,) = found(store, kind, name)
            if isinstance(theirs := getattr(given, name), dict):
                theirs["a"] = "3"
            assert [{"a": "1"}] == [getattr(record, name) for record in found(store, kind, name)]

    def test_a_naive_moment_is_refused(self, store: Store, kind: type[Record]) -> None:
        """It does not say where its clock hangs, so it could not come out equal everywhere."""
        for name in _moments(kind):
            bad = plain(kind, "bad", **{name: NOON.replace(tzinfo=None)})
            self._refused(store, kind, bad)

    def test_half_a_surrogate_pair_is_refused(self, store: Store, kind: type[Record]) -> None:
        """A str may hold one, but it is no text and has no UTF-8."""
        self._refused(store, kind, plain(kind, "bad\ud800"))

    def test_a_nul_is_refused(self, store: Store, kind: type[Record]) -> None:
        """PostgreSQL takes none, so whoever relied on another store could not move there."""
        self._refused(store, kind, plain(kind, "bad\0"))
        for name in _texts(kind):
            self._refused(store, kind, plain(kind, "bad", **{name: "\0"}))

    def test_nothing_is_found_by_what_is_no_text(self, store: Store, kind: type[Record]) -> None:
        """A question is not a fault, whatever stands in it."""
        store.commit(Add(plain(kind, "a")))
        for name in ("id", *asked_texts(kind)):
            for text in ("a\0", "\0", "a\ud800", "\udfff"):
                assert [] == list(store.select(kind, Is(name, text), limit=9))

    def _refused(self, store: Store, kind: type[Record], bad: Record) -> None:
        before = kept(store, self.kinds)
        with pytest.raises(Unavailable):
            store.commit(Add(plain(kind, "good")), Add(bad))
        assert before == kept(store, self.kinds)


def _moments(kind: type[Record]) -> list[str]:
    hints = get_type_hints(kind)
    return [name for name, hint in hints.items() if hint in (datetime, datetime | None)]


def _texts(kind: type[Record]) -> list[str]:
    hints = get_type_hints(kind)
    fields = (name for name, hint in hints.items() if hint in (str, str | None))
    return [name for name in fields if name not in ("id", *asked_texts(kind))]


def _mappings(kind: type[Record]) -> list[str]:
    hints = get_type_hints(kind)
    return [name for name, hint in hints.items() if hint == Mapping[str, str]]
