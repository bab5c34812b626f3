"""Records that are hard to keep: for each field of each kind, the values that stores get wrong.

They are worked out from the annotations of the records, so a field that is added is tested the same day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from permit_accounts.model.records import ASKED_BY, Record
from permit_accounts.ports import LONGEST_KEY

R = TypeVar("R", bound=Record)

NOON: Final = datetime(2026, 3, 8, 12, 0, 0, 123456, tzinfo=UTC)
"""The moment in records that are not about moments."""

#: In order by code point, which is not the order by UTF-16 unit, by locale, or without regard to case.
IN_ORDER: Final = (
    "!", "#", "%", "'", "-", "0", "10", "2", "A", "AA", "Z", "_", "a", "a ", "aa", "ab", "z",
    "é", "ñ", "Ω", "中", "\ufb01", "\uff5e", "\U0001d504", "\U0001f600",
)  # fmt: skip

_TEXTS: Final = (
    "someone",
    "",
    " ",
    " padded\t",
    "null",
    "None",
    "0",
    "1e3",
    "0012",
    "Ann O'Neil; DROP TABLE account; --",
    '{"a": [1, "\\u0000"]}',
    "100 % _ ? * \\",
    "line\nline\r\nline",
    "Zoë",  # composed
    "Zoe\u0308",  # the same to the eye, not to a store
    "straße STRASSE İı",
    "\u202eright to left\u202c",
    "𝔄𝔫𝔫 😀 👩‍👩‍👧",
    "\ufeff\ufffd\uffff",
    "long " * 2000,
)
_MOMENTS: Final = (
    NOON,
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 3, 8, 2, 30, 0, 1, tzinfo=UTC),  # an hour that clocks in California skip
    datetime(2026, 11, 1, 8, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 9, 30, tzinfo=UTC),  # the same on a clock in California, an hour later
    datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    NOON + timedelta(microseconds=1),
    NOON.replace(microsecond=0),
)
_DATES: Final = (date(2024, 2, 29), date(1, 1, 1), date(9999, 12, 31), date(1970, 1, 1))
_VALUES: Final[Mapping[Any, tuple[Any, ...]]] = {
    str: _TEXTS,
    int: (1, 0, -1, 2**31, 2**53 + 1),
    bool: (False, True),
    datetime: _MOMENTS,
    date: _DATES,
    tuple[str, ...]: ((), ("",), ("a", "a"), ("b,a", '"', "[]"), _TEXTS),
    tuple[datetime, ...]: ((), _MOMENTS),
    Mapping[str, str]: ({}, {"": ""}, {"b": "1", "a": "2"}, {text: text for text in _TEXTS}),
}


def plain(kind: type[R], record_id: str, **fields: Any) -> R:
    """A record with an ordinary value in every field that must have one.

    Args:
        kind: The class of the record.
        record_id: Its id.
        **fields: What is not to be ordinary.
    """
    return kind(**{**_needed(kind), "id": record_id, **fields})


def hard(kind: type[R]) -> Iterator[R]:
    """Records of a kind that differ from a plain one in one field each, and from each other in their ids."""
    hints = get_type_hints(kind)
    number = 0
    for field in attrs.fields(kind):
        for value in () if field.name == "id" else values_of(hints[field.name]):
            if _may_be_kept(kind, field.name, value):
                number += 1
                yield plain(kind, f"hard-{number:04}", **{field.name: value})
    for text in _TEXTS:
        if text and len(text) <= LONGEST_KEY:  # an id is never empty
            yield plain(kind, text)
    longest = "\U0001d504" * LONGEST_KEY  # four bytes each, and neither UTF-16 unit is a character
    yield plain(kind, longest, **dict.fromkeys(_asked_in_any_words(kind), longest))


def values_of(hint: Any) -> tuple[Any, ...]:
    """The hard values of a field's type; an ordinary one first, `None` last."""
    if get_origin(hint) in (Union, UnionType):
        (only,) = [member for member in get_args(hint) if member is not NoneType]
        return (*values_of(only), None)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return tuple(hint)
    if isinstance(hint, type) and attrs.has(hint):
        return tuple(_groups(hint))
    return _VALUES[hint]


def other(record: R, *names: str) -> R:
    """The same record with another value in each of these fields."""
    return attrs.evolve(record, **{name: _another(record, name) for name in names})


def asked_texts(kind: type[Record]) -> tuple[str, ...]:
    """The fields of a kind that are asked by text."""
    return tuple(name for name in ASKED_BY[kind] if not isinstance(_ordinary(kind, name), datetime))


def asked_moments(kind: type[Record]) -> tuple[str, ...]:
    """The fields of a kind that are asked by moment."""
    return tuple(name for name in ASKED_BY[kind] if isinstance(_ordinary(kind, name), datetime))


def may_be_none(kind: type[Record], name: str) -> bool:
    """Whether a field is optional."""
    return None in values_of_field(kind, name)


def values_of_field(kind: type[Record], name: str) -> tuple[Any, ...]:
    """The hard values of one field of a kind; of one that is asked by, those that every store takes."""
    values = values_of(get_type_hints(kind)[name])
    if name not in ASKED_BY[kind]:
        return values
    return tuple(value for value in values if not isinstance(value, str) or len(value) <= LONGEST_KEY)


def exactly(value: Any) -> Any:
    """A form in which values are equal only if they are of the same classes too, all the way down.

    A word of an enum equals its own text, and a mapping a dict; a store must not mix them up.
    """
    if attrs.has(type(value)):
        fields = attrs.fields(type(value))
        return type(value), tuple((field.name, exactly(getattr(value, field.name))) for field in fields)
    if isinstance(value, Mapping):
        return "mapping", {key: exactly(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return "tuple", [exactly(part) for part in value]
    if isinstance(value, datetime):
        return datetime, value.utcoffset(), value
    return type(value), value


def _may_be_kept(kind: type[Any], name: str, value: Any) -> bool:
    if name in _asked_in_any_words(kind):
        return value is None or len(value) <= LONGEST_KEY
    return name != "version" or value > 0


def _asked_in_any_words(kind: type[Any]) -> tuple[str, ...]:
    return tuple(name for name in asked_texts(kind) if not isinstance(_ordinary(kind, name), StrEnum))


def _another(record: Record, name: str) -> Any:
    now = getattr(record, name)
    return next(value for value in values_of_field(type(record), name) if value != now)


def _ordinary(kind: type[Record], name: str) -> Any:
    return values_of_field(kind, name)[0]


def _groups(cls: type) -> Iterator[Any]:
    hints = get_type_hints(cls)
    for field in attrs.fields(cls):
        for value in values_of(hints[field.name]):
            yield cls(**{**_needed(cls), field.name: value})


def _needed(cls: type) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {
        field.name: values_of(hints[field.name])[0]
        for field in attrs.fields(cls)
        if field.default is attrs.NOTHING
    }
