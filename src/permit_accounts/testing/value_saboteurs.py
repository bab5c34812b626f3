"""Stores that each change a value on its way in."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import attrs

from permit_accounts.model.records import Record
from permit_accounts.ports import Add, Change, Replace
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


def _with_each(record: R, change: Callable[[Any], Any]) -> R:
    names = [field.name for field in attrs.fields(type(record))]
    return attrs.evolve(record, **{name: change(getattr(record, name)) for name in names})
