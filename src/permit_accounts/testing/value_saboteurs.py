"""Stores that each change a value on its way in."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import attrs

from permit_accounts.model.errors import Unavailable
from permit_accounts.model.records import Record
from permit_accounts.ports import Add, Change, Replace, Where
from permit_accounts.testing.saboteur import Saboteur

R = TypeVar("R", bound=Record)

_TWICE: Final = datetime(2026, 11, 1, 9, tzinfo=UTC)
"""When the clocks of California have shown an hour for the first time and show it again."""


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


class FiveThousandCutter(_Writing):
    """Keeps the first 5,000 characters of a text."""

    caught_by = ("test_what_is_added_comes_out_equal",)

    def _value(self, value: Any) -> Any:
        return value[:5000] if type(value) is str else value


class SixteenBitCutter(_Writing):
    """Keeps as much of a text as a length of 16 bits can say, and says nothing of the rest."""

    caught_by = ("test_a_long_text_is_kept_whole_or_refused",)

    def _value(self, value: Any) -> Any:
        if type(value) is str and len(value) > 0x3FFF:
            return value.encode()[:0xFFFF].decode(errors="ignore")
        return value


class WallClock(_Writing):
    """Keeps what a clock in California shows, which shows one hour of each autumn twice."""

    caught_by = ("test_what_is_added_comes_out_equal",)

    def _value(self, value: Any) -> Any:
        if isinstance(value, datetime) and value.tzinfo and _TWICE <= value < _TWICE + timedelta(hours=1):
            return value - timedelta(hours=1)
        return value


class ZoneDropper(_Writing):
    """Keeps the digits of a moment and forgets in which zone they were told."""

    caught_by = ("test_a_moment_of_another_zone_is_kept_as_the_same_moment",)

    def _value(self, value: Any) -> Any:
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo else value


class NaiveGuesser(_Writing):
    """Takes a naive moment for one in UTC."""

    caught_by = ("test_a_naive_moment_is_refused",)

    def _value(self, value: Any) -> Any:
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) and not value.tzinfo else value


class NulDropper(_Writing):
    """Takes a text with a NUL and leaves the NUL out."""

    caught_by = ("test_a_nul_is_refused",)

    def _value(self, value: Any) -> Any:
        return value.replace("\0", "") if type(value) is str else value


class SurrogateReplacer(_Writing):
    """Takes half a surrogate pair and keeps a question mark."""

    caught_by = ("test_half_a_surrogate_pair_is_refused",)

    def _value(self, value: Any) -> Any:
        return value.encode(errors="replace").decode() if type(value) is str else value


class KeyCutter(_Writing):
    """Keeps 255 characters of an id, as many as its column has room for."""

    caught_by = ("test_what_is_added_comes_out_equal",)

    def _spoilt(self, record: Record) -> Record:
        return attrs.evolve(record, id=record.id[:255])


class KeyWeigher(Saboteur):
    """Refuses an id of more than 767 bytes, as much as its index takes, though it is short enough."""

    caught_by = ("test_what_is_added_comes_out_equal",)

    def commit(self, *changes: Change) -> None:
        """Weigh first."""
        for change in changes:
            if isinstance(change, Add) and len(change.record.id.encode(errors="replace")) > 767:
                raise Unavailable("the key is too long")
        self.inner.commit(*changes)


class VersionCutter(_Writing):
    """Counts versions in 32 bits."""

    caught_by = ("test_add_keeps_the_version_it_is_given",)

    def _spoilt(self, record: Record) -> Record:
        return attrs.evolve(record, version=record.version & 0xFFFFFFFF)


class Patcher(_Writing):
    """Replaces only what is not empty, and leaves the rest of the old record as it was."""

    caught_by = ("test_what_replaces_comes_out_equal",)

    def _changed(self, change: Change) -> Change:
        if not isinstance(change, Replace):
            return change
        names = [
            field.name for field in attrs.fields(type(change.new)) if not getattr(change.new, field.name)
        ]
        return Replace(
            change.old, attrs.evolve(change.new, **{name: getattr(change.old, name) for name in names})
        )


class MappingKeeper(Saboteur):
    """Keeps the very mappings that it was handed, and hands them out."""

    caught_by = ("test_what_a_caller_changes_later_is_not_kept",)

    def __init__(self) -> None:
        super().__init__()
        self._mappings: Final[dict[tuple[Any, str], dict[str, Any]]] = {}

    def commit(self, *changes: Change) -> None:
        """Keep them beside."""
        self.inner.commit(*changes)
        for change in changes:
            record = change.new if isinstance(change, Replace) else change.record
            names = [field.name for field in attrs.fields(type(record))]
            mappings = {name: value for name in names if isinstance(value := getattr(record, name), dict)}
            self._mappings[type(record), record.id] = mappings

    def select(self, kind: type[R], where: Where, **options: Any) -> Sequence[R]:
        """With what was kept beside."""
        there = self.inner.select(kind, where, **options)
        return [attrs.evolve(one, **self._mappings[kind, one.id]) for one in there]


def _with_each(record: R, change: Callable[[Any], Any]) -> R:
    names = [field.name for field in attrs.fields(type(record))]
    return attrs.evolve(record, **{name: change(getattr(record, name)) for name in names})
