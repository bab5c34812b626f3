"""Stores that keep all as it is and misread the question: its bounds, its order, or where it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from permit_accounts.model.errors import Unavailable
from permit_accounts.model.records import Record
from permit_accounts.ports import Every, Is, UpTo, Where
from permit_accounts.testing.right_answers import matches
from permit_accounts.testing.saboteur import Picker, Saboteur

R = TypeVar("R", bound=Record)

_ALL: Final = 1_000_000


class CaseFolder(Picker):
    """Finds texts without regard to case: a collation that was left at its default."""

    caught_by = ("test_an_id_is_found_exactly", "test_ids_are_told_apart_by_every_code_point")

    def _matches(self, record: Record, where: Where) -> bool:
        if isinstance(where, Is):
            return str(getattr(record, where.field)).casefold() == where.value.casefold()
        return super()._matches(record, where)


class NoneFinder(Picker):
    """Takes a moment that is None for one long past."""

    caught_by = ("test_none_is_not_found_by_a_moment",)

    def _matches(self, record: Record, where: Where) -> bool:
        none = isinstance(where, UpTo) and getattr(record, where.field) is None
        return none or super()._matches(record, where)

    def _place(self, record: Record, where: Where) -> tuple[Any, ...]:
        first, *rest = super()._place(record, where)
        return first is not None, first, *rest


class NoneSpeller(Picker):
    """Takes a text that is None for an empty one."""

    caught_by = ("test_none_is_not_found_by_a_text",)

    def _matches(self, record: Record, where: Where) -> bool:
        if isinstance(where, Is) and not where.value:
            return not getattr(record, where.field)
        return super()._matches(record, where)


class QuestionRefuser(Saboteur):
    """Hands a text that is none to a driver that refuses it."""

    caught_by = ("test_nothing_is_found_by_what_is_no_text",)

    def select(self, kind: type[R], where: Where, **options: Any) -> Sequence[R]:
        """As a driver does that sends texts as UTF-8 that end with a NUL."""
        if isinstance(where, Is) and where.value.encode(errors="replace").decode() != where.value.strip("\0"):
            raise Unavailable("the driver does not take this text")
        return super().select(kind, where, **options)


class QuestionCutter(Saboteur):
    """Reads a question up to its first NUL, as programs in C do."""

    caught_by = ("test_nothing_is_found_by_what_is_no_text",)

    def select(self, kind: type[R], where: Where, **options: Any) -> Sequence[R]:
        """By the text before it."""
        if isinstance(where, Is):
            where = Is(where.field, where.value.partition("\0")[0])
        return super().select(kind, where, **options)


class LimitIgnorer(Picker):
    """Gives all that match."""

    caught_by = ("test_the_limit_is_kept", "test_every_is_met_once_in_pages_of_any_size")

    def _limit(self, limit: int) -> int:
        return _ALL


class Unsorter(Picker):
    """Leaves the order to the table: here, by the end of the id."""

    caught_by = ("test_every_comes_in_the_order_of_code_points", "test_moments_come_oldest_first_then_by_id")

    def _place(self, record: Record, where: Where) -> tuple[Any, ...]:
        return (record.id[::-1],)


class CodeUnitSorter(Picker):
    """Orders by UTF-16, as Java, JavaScript and some databases do."""

    caught_by = ("test_every_comes_in_the_order_of_code_points",)

    def _place(self, record: Record, where: Where) -> tuple[Any, ...]:
        *first, record_id = super()._place(record, where)
        return *first, record_id.encode("utf-16-be")


class TieSkipper(Picker):
    """Pages by the moment alone, so a page skips the rest of those that have the same one."""

    caught_by = ("test_moments_come_oldest_first_then_by_id",)

    def _place(self, record: Record, where: Where) -> tuple[Any, ...]:
        return super()._place(record, where)[:1]


class PageCapper(Picker):
    """Gives 500 at the most, whatever is asked for."""

    caught_by = ("test_a_large_page_is_whole",)

    def _limit(self, limit: int) -> int:
        return min(limit, 500)


class PatternMatcher(Picker):
    """Takes the text that a field is asked by for a pattern: LIKE where = belongs."""

    caught_by = ("test_a_text_is_found_exactly",)

    def _matches(self, record: Record, where: Where) -> bool:
        value = getattr(record, getattr(where, "field", "id"))
        if isinstance(where, Is) and where.field != "id" and where.value.endswith("%"):
            return str(value).startswith(where.value[:-1])
        return super()._matches(record, where)


class TextOrderer(Picker):
    """Compares moments as the texts that they are kept as, where a full second has no fraction."""

    caught_by = ("test_moments_are_told_apart_whatever_their_form",)

    def _matches(self, record: Record, where: Where) -> bool:
        if isinstance(where, UpTo):
            moment = getattr(record, where.field)
            return moment is not None and _text(moment) <= _text(where.moment)
        return super()._matches(record, where)

    def _place(self, record: Record, where: Where) -> tuple[Any, ...]:
        if isinstance(where, UpTo):
            return _text(getattr(record, where.field)), record.id
        return super()._place(record, where)


class ZoneIgnorer(Picker):
    """Takes the hour that it is asked for without the zone that it was told in."""

    caught_by = ("test_moments_are_told_apart_whatever_their_form",)

    def _matches(self, record: Record, where: Where) -> bool:
        if isinstance(where, UpTo):
            moment = getattr(record, where.field)
            return moment is not None and moment.replace(tzinfo=None) <= where.moment.replace(tzinfo=None)
        return super()._matches(record, where)


class PlaceSeeker(Picker):
    """Goes on behind the place that the last record of a page has by now, not the one that it had."""

    caught_by = ("test_a_page_goes_on_after_a_record_that_has_changed",)

    def _mark(self, after: Record, where: Where) -> tuple[Any, ...]:
        (record,) = self.current(after) or (after,)
        return self._place(record, where)


class MarkSeeker(Picker):
    """Looks up the last record of a page, and begins anew where it is gone."""

    caught_by = ("test_a_page_goes_on_after_a_record_that_is_gone",)

    def _mark(self, after: Record, where: Where) -> tuple[Any, ...]:
        return super()._mark(after, where) if self.current(after) else ()


class LateFilter(Saboteur):
    """Takes as many as are asked for, and leaves out those that do not match afterwards."""

    caught_by = ("test_those_with_one_text_are_met_once_in_pages",)

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """Fewer than there are."""
        if not isinstance(where, Is) or where.field == "id":
            return super().select(kind, where, limit=limit, after=after, newest_first=newest_first)
        some = self.inner.select(kind, Every(), limit=limit, after=after, newest_first=newest_first)
        return [one for one in some if matches(one, where)]


class LateTurner(Saboteur):
    """Takes the first ones, and turns them round where the last ones were asked for."""

    caught_by = ("test_every_is_met_once_in_pages_of_any_size",)

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """The oldest, newest first."""
        if after is not None or not newest_first:
            return super().select(kind, where, limit=limit, after=after, newest_first=newest_first)
        return super().select(kind, where, limit=limit)[::-1]


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
