"""How a value of one type is written into a database column, and read back.

Two kinds of column are enough for every record: TEXT and INTEGER. A moment is an integer of microseconds in
UTC (never a local time, never a rounded float), a date is ISO text, a word of an enum is its own text, and
what has parts is JSON text.

Law of this module: it changes the form of a value, never the value. What cannot come back equal is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from json import encoder
from typing import Any, Final

import attrs

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
_FIRST: Final = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
_SMALLEST: Final = -(2**63)  # SQL's 64-bit integer
_LARGEST: Final = 2**63 - 1

quote: Final = encoder.encode_basestring
"""JSON text of a text."""

_parse: Final = json.JSONDecoder().raw_decode


@attrs.frozen(kw_only=True)
class Form:
    """How values of one type are written.

    Args:
        accepts: Whether a value of this class may stand in a field of the type.
        write: The value as text or integer; None where it is one already.
        held_as: `str` or `int` where that is what is kept; `list` or `dict` where it is JSON text of one.
        load: The value from what `held_as` says; None where that is the value. It raises `ValueError`,
            `TypeError` or `LookupError` for what was never written.
    """

    accepts: Callable[[type], bool]
    write: Callable[[Any], Any] | None = None
    held_as: type
    load: Callable[[Any], Any] | None = None

    @property
    def storage(self) -> str:
        """The column's type in SQL."""
        return "INTEGER" if self.held_as is int else "TEXT"

    @property
    def has_parts(self) -> bool:
        """Whether it is kept as JSON text."""
        return self.held_as in (list, dict)


def moment_to_integer(moment: datetime) -> int:
    """Microseconds since 1970 in UTC.

    Raises:
        TypeError: The moment is naive: it does not say where its clock hangs.
        ValueError: In UTC it lies outside the years 1 to 9999.
    """
    microseconds = (moment - EPOCH) // MICROSECOND
    if not _FIRST <= microseconds <= _LAST:
        raise ValueError("a moment outside the years 1 to 9999 in UTC")
    return microseconds


def moment_from_integer(microseconds: int) -> datetime:
    """The moment, in UTC."""
    return EPOCH + microseconds * MICROSECOND


def word(enum: type[StrEnum]) -> Form:
    """A word of an enum. One that the enum does not know is not read."""
    texts = {member: member.value for member in enum}
    words = {text: member for member, text in texts.items()}
    return Form(accepts=lambda cls: cls is enum, write=texts.__getitem__, held_as=str, load=words.__getitem__)


def parsed(text: str, expected: type) -> Any:
    """A JSON value of this class, and nothing behind it.

    Raises:
        ValueError: The text is no such thing.
    """
    value, end = _parse(text)
    if end != len(text) or type(value) is not expected:
        raise ValueError(f"JSON of one {expected.__name__} expected")
    return value


@lru_cache(maxsize=256)
def parsed_texts(text: str) -> tuple[str, ...]:
    """A tuple of texts from JSON; remembered, since a few (`[]`, `["pwd"]`) stand in most rows."""
    return _texts(parsed(text, list))


def _integer(value: int) -> int:
    if not _SMALLEST <= value <= _LARGEST:
        raise ValueError("an integer of more than 64 bits")
    return value


def _write_texts(values: tuple[str, ...]) -> str:
    return "[" + ",".join([quote(value) for value in values]) + "]"


def _texts(values: list[Any]) -> tuple[str, ...]:
    for value in values:
        if type(value) is not str:
            raise TypeError("text expected")
    return tuple(values)


def _write_moments(values: tuple[datetime, ...]) -> str:
    return "[" + ",".join([str(moment_to_integer(value)) for value in values]) + "]"


def _moments(values: list[Any]) -> tuple[datetime, ...]:
    for value in values:
        if type(value) is not int:
            raise TypeError("an integer expected")
    return tuple([moment_from_integer(value) for value in values])


def _write_mapping(values: Mapping[str, str]) -> str:
    return "{" + ",".join([f"{quote(key)}:{quote(value)}" for key, value in values.items()]) + "}"


def _mapping(values: dict[str, Any]) -> dict[str, str]:
    for value in values.values():
        if type(value) is not str:
            raise TypeError("text expected")
    return values


TEXT: Final = Form(accepts=lambda cls: issubclass(cls, str), held_as=str)

#: The form of every type that a field of a record is declared with, beside enums and groups of facts.
FORMS: Final[Mapping[Any, Form]] = {
    str: TEXT,
    int: Form(accepts=lambda cls: cls is int, write=_integer, held_as=int),
    bool: Form(accepts=lambda cls: cls is bool, write=int, held_as=int, load={0: False, 1: True}.__getitem__),
    datetime: Form(
        accepts=lambda cls: issubclass(cls, datetime),
        write=moment_to_integer,
        held_as=int,
        load=moment_from_integer,
    ),
    date: Form(
        accepts=lambda cls: issubclass(cls, date) and not issubclass(cls, datetime),
        write=date.isoformat,
        held_as=str,
        load=date.fromisoformat,
    ),
    tuple[str, ...]: Form(
        accepts=lambda cls: issubclass(cls, tuple), write=_write_texts, held_as=list, load=_texts
    ),
    tuple[datetime, ...]: Form(
        accepts=lambda cls: issubclass(cls, tuple), write=_write_moments, held_as=list, load=_moments
    ),
    Mapping[str, str]: Form(
        accepts=lambda cls: issubclass(cls, Mapping), write=_write_mapping, held_as=dict, load=_mapping
    ),
}
