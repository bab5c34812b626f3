"""Fields as columns: which form each has, and how all values of one record are converted at once.

The classes of a record's values, taken together, decide how it is written, and there are few such
combinations (they differ in which optional fields are set). Each is checked against the annotations once and
remembered: a type check of every field at the price of one look-up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs

from permit_accounts.stores.forms import (
    EPOCH,
    FORMS,
    MICROSECOND,
    TEXT,
    Form,
    moment_from_integer,
    parsed,
    parsed_texts,
    quote,
    word,
)

Value: TypeAlias = str | int | None
"""What a column holds."""

Convert: TypeAlias = Callable[[Any], Any] | None
"""How a value is converted; None where it stays as it is."""

_Steps: TypeAlias = list[tuple[int, Callable[[Any], Any]]]


@attrs.frozen(kw_only=True)
class Column:
    """One field of a record, or of a group of facts in a record.

    Its four methods tell how a value is converted, by the value's class, and raise `TypeError` where no such
    value may stand there.
    """

    name: str
    form: Form
    optional: bool

    def writer(self, cls: type) -> Convert:
        """From the field to the column."""
        if cls is NoneType and self.optional:
            return None
        if not self.form.accepts(cls):
            raise TypeError(f"{self.name} cannot hold {cls.__name__}")
        # A str that is more than a str (a word of an enum) is kept as the text that it is.
        return str.__str__ if self.form is TEXT and cls is not str else self.form.write

    def reader(self, cls: type) -> Convert:
        """From the column to the field."""
        if cls is NoneType and self.optional:
            return None
        if cls is not (int if self.form.held_as is int else str):
            raise TypeError(f"{self.name} never holds {cls.__name__}")
        return _from_json(self.form) if self.form.has_parts else self.form.load

    def to_json(self, cls: type) -> Convert:
        """From the field to JSON text, inside a group."""
        write = self.writer(cls)
        if cls is NoneType:
            return _null
        if self.form.has_parts:
            return write
        finish = str if self.form.held_as is int else quote
        return finish if write is None else lambda value: finish(write(value))

    def from_json(self, cls: type) -> Convert:
        """From a parsed JSON value to the field, inside a group."""
        if cls is NoneType and self.optional:
            return None
        if cls is not self.form.held_as:
            raise TypeError(f"{self.name} never holds {cls.__name__}")
        return self.form.load


def writing(
    columns: Sequence[Column], step: Callable[[Column, type], Convert]
) -> Callable[[list[Any]], None]:
    """What converts the values of these columns, in place, as `step` says for each by its class.

    It raises `TypeError` where one is of a class that may not stand in its column, and `ValueError` or
    `TypeError` where one has the right class and cannot be converted.
    """
    known: dict[tuple[type, ...], _Steps] = {}

    def write(values: list[Any]) -> None:
        shape = tuple(map(type, values))
        steps = known.get(shape)
        if steps is None:
            steps = known[shape] = _steps(columns, step, shape)
        for at, convert in steps:
            values[at] = convert(values[at])

    return write


def reading(
    cls: type, columns: Sequence[Column], step: Callable[[Column, type], Convert]
) -> Callable[[Sequence[Any]], Any]:
    """What makes one of an attrs class from its columns' values; the way back from `writing`.

    Cost: this is where a session check spends its time. Moments, of which most records have several, are
    made without a call each, and the slots are filled directly, which is half the price of a keyword
    `__init__` that would do just the same: what is kept has neither validators nor converters.
    """
    known: dict[tuple[type, ...], tuple[list[int], _Steps]] = {}
    fillers = [getattr(cls, column.name).__set__ for column in columns]

    def read(values: Sequence[Any]) -> Any:
        shape = tuple(map(type, values))
        found = known.get(shape)
        if found is None:
            steps = _steps(columns, step, shape)
            moments = [at for at, convert in steps if convert is moment_from_integer]
            found = known[shape] = moments, [one for one in steps if one[0] not in moments]
        moments, steps = found
        fields = list(values)
        made: Any = object.__new__(cls)
        for at in moments:
            fields[at] = EPOCH + fields[at] * MICROSECOND
        for at, convert in steps:
            fields[at] = convert(fields[at])
        for fill, field in zip(fillers, fields):  # noqa: B905 - as many as the shape that was learned
            fill(made, field)
        return made

    return read


def columns_of(cls: type) -> tuple[Column, ...]:
    """The columns of an attrs class, in the order of its fields."""
    hints = get_type_hints(cls)
    return tuple(_column(field.name, hints[field.name]) for field in attrs.fields(cls))


def _steps(
    columns: Sequence[Column], step: Callable[[Column, type], Convert], shape: Sequence[type]
) -> _Steps:
    found = [step(column, cls) for column, cls in zip(columns, shape, strict=True)]
    return [(at, convert) for at, convert in enumerate(found) if convert is not None]


def _column(name: str, hint: Any) -> Column:
    union = get_origin(hint) in (Union, UnionType)
    (only,) = [member for member in (get_args(hint) if union else (hint,)) if member is not NoneType]
    return Column(name=name, form=_form(only), optional=union)


def _form(hint: Any) -> Form:
    if isinstance(hint, type) and attrs.has(hint):
        return _group(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return word(hint)
    return FORMS[hint]


def _group(cls: type) -> Form:
    """A group of facts: a JSON object with the names of its fields."""
    columns = columns_of(cls)
    names = [column.name for column in columns]
    fields = attrgetter(*names)
    template = "{" + ",".join(f'"{name}":%s' for name in names) + "}"
    to_json, from_json = writing(columns, Column.to_json), reading(cls, columns, Column.from_json)

    def write(group: Any) -> str:
        values = list(fields(group))
        to_json(values)
        return template % tuple(values)

    def load(group: dict[str, Any]) -> Any:
        if list(group) != names:
            raise ValueError("other fields than these")
        return from_json(tuple(group.values()))

    return Form(accepts=lambda given: given is cls, write=write, held_as=dict, load=load)


def _from_json(form: Form) -> Callable[[str], Any]:
    if form is FORMS[tuple[str, ...]]:
        return parsed_texts
    held_as, load = form.held_as, form.load
    assert load is not None  # whatever has parts is made of them
    return lambda text: load(parsed(text, held_as))


def _null(_: None) -> str:
    return "null"
