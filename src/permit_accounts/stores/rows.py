"""Records to flat rows and back, for every store that keeps rows.

Everything is worked out once per kind, when the kind is first met, from the attrs class and its type
annotations; there is no list of fields here to keep in step. A row begins with `id` and `version`.

Law of this module: a row is untrusted. What does not read back as a record of its kind is a `CorruptRow`;
nothing in a row is ever executed, unpickled or coerced.

Public, for authors of stores: what is in `__all__` is under the same promise as the ports
(`docs/reference/stability.md`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar, cast

from permit_accounts.model.errors import Unavailable
from permit_accounts.model.records import ASKED_BY, Record
from permit_accounts.ports import LONGEST_KEY, Every, Is, UpTo, Where
from permit_accounts.stores.columns import Column, Value, columns_of, reading, writing
from permit_accounts.stores.forms import moment_to_integer

__all__ = (
    "KINDS",
    "LAYOUTS",
    "CorruptRow",
    "Kind",
    "Layout",
    "Question",
    "Row",
    "is_storable",
    "layout_of",
    "question_of",
    "replaced_row",
    "unstorable",
)

R = TypeVar("R", bound=Record)
T = TypeVar("T")

Kind: TypeAlias = type[Any]
"""The class of one kind of record."""

Row: TypeAlias = Sequence[Value]
"""What a store keeps of one record: its columns' values, in the order of `Layout.columns`."""

Question: TypeAlias = tuple[str, Literal["", "=", "<="], Value]
"""What a store is asked, in the terms of a row: the field, how it must compare, and with what.

With `""` all are asked for, in the order of their ids.
"""

_ASKED_BY: Final[Mapping[Kind, tuple[str, ...]]] = ASKED_BY
_log: Final = logging.getLogger("permit_accounts.stores")


class CorruptRow(Exception):  # noqa: N818 - the field's own word
    """A row that is no record of its kind. It never leaves a store."""


class Layout(Generic[R]):
    """How one kind of record lies in a row.

    Args:
        kind: The class of the records.
    """

    def __init__(self, kind: type[R]) -> None:
        self.kind: Final = kind
        self.table: Final = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()
        self.columns: Final = tuple(sorted(columns_of(kind), key=_id_then_version))
        self.asked_by: Final = _ASKED_BY[kind]
        self.positions: Final = {column.name: at for at, column in enumerate(self.columns)}
        keys = [name for name in ("id", *self.asked_by) if self.column(name).form.held_as is str]
        self._keys: Final = [self.positions[name] for name in keys]
        self._values: Final = attrgetter(*self.positions)
        self._write: Final = writing(self.columns, Column.writer)
        self._read: Final = reading(kind, self.columns, Column.reader)

    def column(self, name: str) -> Column:
        """The column of one field."""
        return self.columns[self.positions[name]]

    def to_row(self, record: R) -> list[Value]:
        """The record's row.

        Raises:
            Unavailable: It holds what no store can keep: a naive moment, a value of another type than its
                field is declared with, half a surrogate pair, a NUL, or a key of more than `LONGEST_KEY`
                characters, which some database would cut short. The cause tells which.
        """
        row = list(self._values(record))
        try:
            self._write(row)
            _check_text("".join([value for value in row if isinstance(value, str)]))
            _check_keys([row[at] for at in self._keys])
        except (TypeError, ValueError) as error:
            raise unstorable(self.kind) from error
        return row

    def from_row(self, row: Row) -> R:
        """The record that a row holds.

        Raises:
            CorruptRow: It holds none.
        """
        try:
            return cast(R, self._read(row))
        except (TypeError, ValueError, LookupError, ArithmeticError, RecursionError) as error:
            raise CorruptRow(self.kind.__name__) from error

    def page(
        self, ask: Callable[[Row | None, int], Sequence[Row]], after: R | None, limit: int
    ) -> Sequence[R]:
        """A page of records; rows that hold none are left out and do not shorten it.

        For each row left out there is one line in the log. It names the kind and nothing of the row, which
        may hold anything, also a secret.

        Args:
            ask: Gives the rows after this one in the asked order, so many at most.
            after: Only those after this record.
            limit: How many at most.
        """
        place: Row | None = None if after is None else self.to_row(after)
        records: list[R] = []
        while (missing := limit - len(records)) > 0:
            rows = ask(place, missing)
            records += self.readable(rows)
            if len(rows) < missing:
                break
            place = rows[-1]
        return tuple(records)

    def readable(self, rows: Iterable[Row]) -> list[R]:
        """The records of those rows that hold one; each other row is told to the log."""
        records = []
        for row in rows:
            try:
                records.append(self.from_row(row))
            except CorruptRow:
                _log.warning("left out a row of %s that cannot be read", self.table)
        return records


def question_of(kind: Kind, where: Where) -> Question:
    """What is asked, checked against what this kind may be asked by.

    Raises:
        ValueError: No store is asked for this kind by that field: a mistake in the program.
    """
    if isinstance(where, Every):
        return "id", "", None
    if isinstance(where, Is) and (where.field == "id" or where.field in _ASKED_BY[kind]):
        return where.field, "=", str(where.value)
    if isinstance(where, UpTo) and where.field in _ASKED_BY[kind]:
        return where.field, "<=", moment_to_integer(where.moment)
    raise ValueError(f"{kind.__name__} is not asked by {where.field}")


def replaced_row(old: Record, new: Record) -> list[Value]:
    """The row that takes the place of the old one: the new record's, one version on.

    Raises:
        ValueError: The two are not of one kind and one id: a mistake in the program.
        Unavailable: The new record cannot be stored.
    """
    if type(old) is not type(new) or old.id != new.id:
        raise ValueError("Replace takes two records of one kind and one id")
    row = layout_of(type(new)).to_row(new)
    row[1] = old.version + 1
    return row


def unstorable(kind: Kind) -> Unavailable:
    """The error for a record that no store can keep. It never says what the record holds."""
    return Unavailable(f"this {kind.__name__} holds what cannot be stored")


def is_storable(text: str) -> bool:
    """Whether a record can hold this text at all; by any other, nothing is found."""
    try:
        _check_text(text)
    except ValueError:
        return False
    return True


def layout_of(kind: type[R]) -> Layout[R]:
    """The layout of one kind of record."""
    return LAYOUTS[kind]


def _check_text(text: str) -> None:
    """Refuse what some database refuses: half a surrogate pair has no UTF-8, and PostgreSQL takes no NUL."""
    if "\0" in text:
        raise ValueError("a NUL is no text everywhere")
    text.encode()


def _check_keys(keys: Iterable[Value]) -> None:
    for key in keys:
        if isinstance(key, str) and len(key) > LONGEST_KEY:
            raise ValueError("a key of too many characters")


def _id_then_version(column: Column) -> int:
    return ("id", "version", column.name).index(column.name)


class PerKind(dict[Kind, T]):
    """What is worked out once for each kind of record, when the kind is first met.

    Args:
        make: Works it out.
    """

    def __init__(self, make: Callable[[Kind], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, kind: Kind) -> T:
        made = self[kind] = self._make(kind)
        return made


#: Every kind of record.
KINDS: Final[Sequence[Kind]] = tuple(ASKED_BY)

#: The layout of every kind.
LAYOUTS: Final[Mapping[Kind, Layout[Any]]] = PerKind(Layout)
