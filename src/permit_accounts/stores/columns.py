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
from typing import Any, Final, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs

from permit_accounts.stores.forms import FORMS, TEXT, Form, parsed, parsed_texts, quote, word

Value: TypeAlias = str | int | None
"""What a column holds."""

Convert: TypeAlias = Callable[[Any], Any] | None
"""How a value is converted; None where it stays as it is."""


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


class Conversion:
    """Converts the values of one record, in place.

    Args:
        columns: Where they stand, in this order.
        step: How the value of one column is converted, by its class.
    """

    def __init__(self, columns: Sequence[Column], step: Callable[[Column, type], Convert]) -> None:
        self._columns: Final = columns
        self._step: Final = step
        self._known: Final[dict[tuple[type, ...], list[tuple[int, Callable[[Any], Any]]]]] = {}

    def apply(self, values: list[Any]) -> None:
        """Convert each value.

        Raises:
            TypeError: One is of a class that may not stand in its column.
            Exception: One has the right class and cannot be converted.
        """
        shape = tuple(map(type, values))
        steps = self._known.get(shape)
        if steps is None:
            found = [self._step(column, cls) for column, cls in zip(self._columns, shape, strict=True)]
            steps = [(at, convert) for at, convert in enumerate(found) if convert is not None]
            self._known[shape] = steps
        for at, convert in steps:
            values[at] = convert(values[at])


class Making:
    """Makes values of one attrs class from all its fields' values.

    Cost: filling the slots directly is half the price of a keyword `__init__` that would do just the same;
    what is kept has neither validators nor converters.
    """

    def __init__(self, cls: type, names: Sequence[str]) -> None:
        self._cls: Final = cls
        self._fillers: Final = [getattr(cls, name).__set__ for name in names]

    def make(self, values: Sequence[Any]) -> Any:
        """One with these values, in the order of the names."""
        made: Any = object.__new__(self._cls)
        for fill, value in zip(self._fillers, values, strict=True):
            fill(made, value)
        return made


def columns_of(cls: type) -> tuple[Column, ...]:
    """The columns of an attrs class, in the order of its fields."""
    hints = get_type_hints(cls)
    return tuple(_column(field.name, hints[field.name]) for field in attrs.fields(cls))


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
    fields, making = attrgetter(*names), Making(cls, names)
    template = "{" + ",".join(f'"{name}":%s' for name in names) + "}"
    to_json, from_json = Conversion(columns, Column.to_json), Conversion(columns, Column.from_json)

    def write(group: Any) -> str:
        values = list(fields(group))
        to_json.apply(values)
        return template % tuple(values)

    def load(group: dict[str, Any]) -> Any:
        if list(group) != names:
            raise ValueError("other fields than these")
        values = list(group.values())
        from_json.apply(values)
        return making.make(values)

    return Form(accepts=lambda given: given is cls, write=write, held_as=dict, load=load)


def _from_json(form: Form) -> Callable[[str], Any]:
    if form is FORMS[tuple[str, ...]]:
        return parsed_texts
    held_as, load = form.held_as, form.load
    assert load is not None  # whatever has parts is made of them
    return lambda text: load(parsed(text, held_as))


def _null(_: None) -> str:
    return "null"
