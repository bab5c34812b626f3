"""Stores that each change a value on its way in or out, or find others than were asked for."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

import attrs

from permit_accounts.model.records import Record
from permit_accounts.ports import Add, Change, Every, Is, Replace, UpTo, Where
from permit_accounts.testing.saboteur import Saboteur

R = TypeVar("R", bound=Record)

_ALL: Final = 1_000_000


class _Writing(Saboteur):
    """Changes what is written."""

    def commit(self, *changes: Change) -> None:
        """With another record than was given."""
        self.inner.commit(*map(self._changed, changes))

    def _changed(self, change: Change) -> Change:
        if isinstance(change, Replace):
            return Replace(change.old, self._spoilt(change.new))
        return Add(self._spoilt(change.record)) if isinstance(change, Add) else change

    def _spoilt(self, record: Record) -> Record:
        return _with_each(record, self._value)

    def _value(self, value: Any) -> Any:
        raise NotImplementedError


class MicrosecondCutter(_Writing):
    """Keeps moments to the millisecond."""

    caught_by = (
        "test_what_is_added_comes_out_equal",
        "test_moments_are_found_up_to_and_with_the_one_asked_for",
    )

    def _value(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return value.replace(microsecond=value.microsecond // 1000 * 1000)
        return value


class NoneEmptier(_Writing):
    """Keeps an empty text as None, as some databases do."""

    caught_by = ("test_what_is_added_comes_out_equal",)

    def _spoilt(self, record: Record) -> Record:
        fields = attrs.fields(type(record))
        empty = {one.name: None for one in fields if one.default is None and getattr(record, one.name) == ""}
        return attrs.evolve(record, **empty)  # type: ignore[arg-type]


class Composer(_Writing):
    """Keeps texts in Unicode's composed form."""

    caught_by = ("test_what_is_added_comes_out_equal", "test_ids_are_told_apart_by_every_code_point")

    def _value(self, value: Any) -> Any:
        return unicodedata.normalize("NFC", value) if type(value) is str else value


class _Reading(Saboteur):
    """Changes what is read: takes all that there are, and picks wrongly."""

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """Others than were asked for."""
        there = [one for one in self.inner.select(kind, Every(), limit=_ALL) if self._matches(one, where)]
        there.sort(key=lambda one: self._place(one, where), reverse=newest_first)
        if after is not None:
            mark = self._place(after, where)
            there = [
                one
                for one in there
                if (self._place(one, where) < mark if newest_first else self._place(one, where) > mark)
            ]
        return there[: self._limit(limit)]

    def _matches(self, record: Record, where: Where) -> bool:
        if isinstance(where, Is):
            return bool(getattr(record, where.field) == where.value)
        if isinstance(where, UpTo):
            moment = getattr(record, where.field)
            return moment is not None and moment <= where.moment
        return True

    def _place(self, record: Record, where: Where) -> tuple[Any, ...]:
        return (getattr(record, where.field), record.id) if isinstance(where, UpTo) else (record.id,)

    def _limit(self, limit: int) -> int:
        return limit


class CaseFolder(_Reading):
    """Finds texts without regard to case: a collation that was left at its default."""

    caught_by = ("test_an_id_is_found_exactly", "test_ids_are_told_apart_by_every_code_point")

    def _matches(self, record: Record, where: Where) -> bool:
        if isinstance(where, Is):
            return str(getattr(record, where.field)).casefold() == where.value.casefold()
        return super()._matches(record, where)


class NoneFinder(_Reading):
    """Takes a moment that is None for one long past."""

    caught_by = ("test_none_is_not_found_by_a_moment",)

    def _matches(self, record: Record, where: Where) -> bool:
        none = isinstance(where, UpTo) and getattr(record, where.field) is None
        return none or super()._matches(record, where)

    def _place(self, record: Record, where: Where) -> tuple[Any, ...]:
        first, *rest = super()._place(record, where)
        return first is not None, first, *rest


class LimitIgnorer(_Reading):
    """Gives all that match."""

    caught_by = ("test_the_limit_is_kept", "test_every_is_met_once_in_pages_of_any_size")

    def _limit(self, limit: int) -> int:
        return _ALL


class Unsorter(_Reading):
    """Leaves the order to the table: here, by the end of the id."""

    caught_by = ("test_every_comes_in_the_order_of_code_points", "test_moments_come_oldest_first_then_by_id")

    def _place(self, record: Record, where: Where) -> tuple[Any, ...]:
        return (record.id[::-1],)


class CodeUnitSorter(_Reading):
    """Orders by UTF-16, as Java, JavaScript and some databases do."""

    caught_by = ("test_every_comes_in_the_order_of_code_points",)

    def _place(self, record: Record, where: Where) -> tuple[Any, ...]:
        *first, record_id = super()._place(record, where)
        return *first, record_id.encode("utf-16-be")


class TieSkipper(_Reading):
    """Pages by the moment alone, so a page skips the rest of those that have the same one."""

    caught_by = ("test_moments_come_oldest_first_then_by_id",)

    def _place(self, record: Record, where: Where) -> tuple[Any, ...]:
        return super()._place(record, where)[:1]


def _with_each(record: R, change: Callable[[Any], Any]) -> R:
    names = [field.name for field in attrs.fields(type(record))]
    return attrs.evolve(record, **{name: change(getattr(record, name)) for name in names})
