"""A store's third promise: `select` finds exactly those asked for, in order, and stops at the limit."""

from __future__ import annotations

from datetime import timedelta, timezone
from itertools import pairwise, product

from permit_accounts.model.records import ASKED_BY, Record
from permit_accounts.ports import Add, Every, Is, Remove, Replace, Store, UpTo, Where
from permit_accounts.testing.hard_records import (
    IN_ORDER,
    NOON,
    asked_moments,
    asked_texts,
    may_be_none,
    plain,
    values_of_field,
)
from permit_accounts.testing.right_answers import page, says_what_is_right
from permit_accounts.testing.store_case import StoreCase, add_all, found, paged, remove_all

_TICK = timedelta(microseconds=1)


class Asking(StoreCase):
    """Questions, order, limit and pages."""

    def test_every_comes_in_the_order_of_code_points(self, store: Store, kind: type[Record]) -> None:
        """Not of a locale, nor of UTF-16, nor of insertion; the newest first is just the reverse."""
        add_all(store, [plain(kind, record_id) for record_id in IN_ORDER[::-3] + IN_ORDER[-2::-3]])
        add_all(store, [plain(kind, record_id) for record_id in IN_ORDER[-3::-3]])
        assert list(IN_ORDER) == [one.id for one in store.select(kind, Every(), limit=100)]
        last_first = store.select(kind, Every(), limit=100, newest_first=True)
        assert list(IN_ORDER[::-1]) == [one.id for one in last_first]

    def test_every_is_met_once_in_pages_of_any_size(self, store: Store, kind: type[Record]) -> None:
        """A page begins after the last record of the one before."""
        records = [plain(kind, record_id) for record_id in IN_ORDER]
        add_all(store, records)
        for size in (1, 2, 7, len(records), len(records) + 1):
            assert records == paged(store, kind, Every(), size=size)
            assert records[::-1] == paged(store, kind, Every(), size=size, newest_first=True)

    def test_a_page_goes_on_after_a_record_that_is_gone(self, store: Store, kind: type[Record]) -> None:
        """Whoever reads in order to remove loses no place."""
        records = [plain(kind, record_id) for record_id in "abcd"]
        add_all(store, records)
        store.commit(Remove(records[1]))
        assert records[2:] == list(store.select(kind, Every(), limit=9, after=records[1]))
        assert records[:1] == list(store.select(kind, Every(), limit=9, after=records[1], newest_first=True))

    def test_a_page_goes_on_after_a_record_that_has_changed(self, store: Store, kind: type[Record]) -> None:
        """Behind the place that it had: whoever changes what he reads meets each once."""
        for name in ASKED_BY[kind]:
            first, second = values_of_field(kind, name)[:2]
            moments = name in asked_moments(kind)
            where: Where = UpTo(name, NOON + 9 * _TICK) if moments else Is(name, first)
            values = [NOON + number * _TICK for number in range(5)] if moments else [first] * 5
            read = [plain(kind, f"{name} {number}", **{name: value}) for number, value in enumerate(values)]
            add_all(store, read)
            later = plain(kind, read[1].id, **{name: NOON + 8 * _TICK if moments else second})
            earlier = plain(kind, read[3].id, **{name: NOON - 8 * _TICK if moments else second})
            store.commit(Replace(read[1], later), Replace(read[3], earlier))
            now = [one for record in read for one in found(store, kind, record.id)]
            for mark, newest_first in product((read[1], read[3]), (False, True)):
                right = page(now, where, limit=9, after=mark, newest_first=newest_first)
                there = store.select(kind, where, limit=9, after=mark, newest_first=newest_first)
                assert right == list(there)
            remove_all(store, now)

    def test_a_large_page_is_whole(self, store: Store, kind: type[Record]) -> None:
        """A limit is the caller's: no smaller one stands behind it."""
        values = {name: values_of_field(kind, name)[0] for name in ASKED_BY[kind]}
        records = [plain(kind, f"{number:05}", **values) for number in range(1100)]
        most = min(store.max_changes, len(records))
        for first in range(0, len(records), most):
            store.commit(*map(Add, records[first : first + most]))
        asked: list[Where] = [Every(), *(Is(name, values[name]) for name in asked_texts(kind))]
        for where in (*asked, *(UpTo(name, values[name]) for name in asked_moments(kind))):
            assert records == list(store.select(kind, where, limit=1200))

    def test_the_limit_is_kept(self, store: Store, kind: type[Record]) -> None:
        """The first ones in order, never more than asked for."""
        add_all(store, [plain(kind, record_id) for record_id in "abc"])
        for limit, expected in ((0, ""), (1, "a"), (2, "ab"), (3, "abc"), (99, "abc")):
            assert list(expected) == [one.id for one in store.select(kind, Every(), limit=limit)]
        assert [] == list(store.select(kind, Is("id", "a"), limit=0))

    def test_an_id_is_found_exactly(self, store: Store, kind: type[Record]) -> None:
        """Not by another case, by a part, by a pattern or with padding."""
        record = plain(kind, "Ann%")
        store.commit(Add(record))
        assert [record] == found(store, kind, "Ann%")
        strangers = ("ann%", "ANN%", "Ann", "Ann_", "%", "", "Ann% ", " Ann%", "Ann%%", "Änn%", "Ann%\ud800")
        assert [] == [one for text in strangers for one in found(store, kind, text)]

    def test_a_text_is_found_exactly(self, store: Store, kind: type[Record]) -> None:
        """All that hold it, in the order of their ids, and none that holds another or none."""
        for name in asked_texts(kind):
            values = values_of_field(kind, name)
            records = [
                plain(kind, f"{name} {number:03} {copy}", **{name: value})
                for number, value in enumerate(values)
                for copy in "ba"
            ]
            add_all(store, records)
            for value in values:
                if value is not None:
                    expected = sorted(one.id for one in records if getattr(one, name) == value)
                    there = store.select(kind, Is(name, value), limit=100)
                    assert expected == [one.id for one in there]
            strangers = ("Someone", "SOMEONE", "someon%", "someon_", "some*", "%", "someone ", " someone")
            for text in strangers:
                assert [] == list(store.select(kind, Is(name, text), limit=9))
            remove_all(store, records)

    def test_those_with_one_text_are_met_once_in_pages(self, store: Store, kind: type[Record]) -> None:
        """Forwards and backwards."""
        for name in asked_texts(kind):
            value, another = values_of_field(kind, name)[:2]
            records = [plain(kind, f"{name} {number}", **{name: value}) for number in range(7)]
            others = [plain(kind, f"{one.id} {one.id}", **{name: another}) for one in records]
            add_all(store, [*records, *others])
            for size in (1, 3, 7):
                assert records == paged(store, kind, Is(name, value), size=size)
                backwards = paged(store, kind, Is(name, value), size=size, newest_first=True)
                assert records[::-1] == backwards
            remove_all(store, [*records, *others])

    def test_moments_are_found_up_to_and_with_the_one_asked_for(
        self, store: Store, kind: type[Record]
    ) -> None:
        """Not one a microsecond later."""
        for name in asked_moments(kind):
            moments = {"a": NOON - _TICK, "b": NOON, "c": NOON + _TICK}
            records = [plain(kind, key, **{name: moment}) for key, moment in moments.items()]
            add_all(store, records)
            assert ["a", "b"] == [one.id for one in store.select(kind, UpTo(name, NOON), limit=9)]
            assert ["a"] == [one.id for one in store.select(kind, UpTo(name, NOON - _TICK), limit=9)]
            assert [] == list(store.select(kind, UpTo(name, NOON - 2 * _TICK), limit=9))
            remove_all(store, records)

    def test_moments_are_told_apart_whatever_their_form(self, store: Store, kind: type[Record]) -> None:
        """With a fraction of a second or none, of any year, and asked for in any zone."""
        for name in asked_moments(kind):
            moments = [moment for moment in values_of_field(kind, name) if moment is not None]
            records = [plain(kind, f"{name} {n:02}", **{name: moment}) for n, moment in enumerate(moments)]
            add_all(store, records)
            says_what_is_right(store, kind, records)
            for hours in (-8, 14):
                there = UpTo(name, NOON.astimezone(timezone(timedelta(hours=hours))))
                assert page(records, there, limit=99) == list(store.select(kind, there, limit=99))
            remove_all(store, records)

    def test_none_is_not_found_by_a_moment(self, store: Store, kind: type[Record]) -> None:
        """What has no moment is never due."""
        for name in asked_moments(kind):
            if may_be_none(kind, name):
                store.commit(Add(plain(kind, name, **{name: None})))
                assert [] == list(store.select(kind, UpTo(name, NOON), limit=9))

    def test_none_is_not_found_by_a_text(self, store: Store, kind: type[Record]) -> None:
        """Not by the empty one either, nor by its name."""
        for name in asked_texts(kind):
            if may_be_none(kind, name):
                store.commit(Add(plain(kind, name, **{name: None})))
                assert [] == [
                    one
                    for text in ("", "None", "NULL")
                    for one in store.select(kind, Is(name, text), limit=9)
                ]

    def test_moments_come_oldest_first_then_by_id(self, store: Store, kind: type[Record]) -> None:
        """Pages meet each once, also where many have the same moment."""
        for name in asked_moments(kind):
            records = [
                plain(kind, f"{key} {2 - step}", **{name: NOON + step * _TICK})
                for step in (0, 1, 2)
                for key in "aBé"
            ]
            add_all(store, reversed(records))
            in_order = sorted(records, key=lambda one: (getattr(one, name), one.id))
            where = UpTo(name, NOON + timedelta(days=1))
            for size in (1, 2, 4, 9, 10):
                assert in_order == paged(store, kind, where, size=size)
                assert in_order[::-1] == paged(store, kind, where, size=size, newest_first=True)
            for one, after in pairwise(in_order):
                assert [after] == list(store.select(kind, where, limit=1, after=one))
            remove_all(store, records)
