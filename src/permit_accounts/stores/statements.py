"""What is said in SQL about one kind of record, worked out from its layout as each database spells it.

No value stands in a statement's text: every one is a parameter, and names come from the classes of records.
The statement that changes a row checks the precondition (`… WHERE id = ? AND version = ?`, or the primary
key), so that its row count tells whether it held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import attrs

from permit_accounts.ports import Add, Change, Replace
from permit_accounts.stores.columns import Column, Value
from permit_accounts.stores.rows import LAYOUTS, Kind, Layout, Question, Row, replaced_row


@attrs.frozen(eq=False)
class Statement:
    """What changes one row.

    Args:
        sql: Its text; its parameters are the row's.
        into: Where it adds rows, as the text has it: the table and its columns, `table (id, version)`. None
            where it adds none.
    """

    sql: str
    into: str | None = None


Batch: TypeAlias = tuple[Statement, list[Row]]
"""One statement, and the parameters with which it is said one time after another."""


@attrs.frozen(kw_only=True)
class Spelling:
    """How one database writes what every statement says.

    Args:
        mark: Stands for a parameter.
        place: Stands for a parameter that a page begins after, which is to be of this column's type.
        table: A table's name as it is written, from the layout's.
        column: A column's name as it is written, from the field's.
        compares_rows: Whether `(a, b) > (x, y)` is found by an index on both, and not only by comparing all.
    """

    mark: str
    place: Callable[[Column], str]
    table: Callable[[str], str]
    column: Callable[[str], str]
    compares_rows: bool


class Statements:
    """What is said to a database about one kind of record.

    Attributes:
        by_id: Selects the row with an id, which is its parameter.
        add: Keeps a new row; its parameters are the row.
        replace: Keeps another row in the place of the one with this id and version; its parameters are the
            row without its id, then both.
        remove: Forgets the row with this id and version.
    """

    def __init__(self, layout: Layout[Any], spelling: Spelling) -> None:
        table, mark, column = spelling.table(layout.table), spelling.mark, spelling.column
        self.layout: Final = layout
        self._spelling: Final = spelling
        self._table: Final = table
        names = [column(one.name) for one in layout.columns]
        fields = ", ".join(f"{name} = {mark}" for name in names[1:])
        marks = ", ".join([mark] * len(names))
        current = f"{column('id')} = {mark} AND {column('version')} = {mark}"
        self._names: Final = ", ".join(names)
        self.by_id: Final = f"SELECT {self._names} FROM {table} WHERE {column('id')} = {mark}"  # noqa: S608 - names
        into = f"{table} ({self._names})"
        self.add: Final = Statement(f"INSERT INTO {into} VALUES ({marks})", into)  # noqa: S608 - names
        self.replace: Final = Statement(f"UPDATE {table} SET {fields} WHERE {current}")  # noqa: S608 - names
        self.remove: Final = Statement(f"DELETE FROM {table} WHERE {current}")  # noqa: S608 - names
        self._asked: Final[dict[tuple[str, str, bool, bool], str]] = {}

    def ask(
        self, question: Question, after: Row | None, limit: int, newest_first: bool
    ) -> tuple[str, list[Value]]:
        """What selects the rows that a question asks for, with its parameters."""
        field, relation, bound = question
        given = [bound] if relation else []
        if after is not None:
            place = [after[self.layout.positions[name]] for name in _order(field, relation)]
            given += place if self._spelling.compares_rows else _stepwise(place)
        given.append(limit)
        key = (field, relation, after is not None, newest_first)
        sql = self._asked.get(key)
        if sql is None:
            sql = self._asked[key] = self._ask(*key)
        return sql, given

    def _ask(self, field: str, relation: str, after: bool, newest_first: bool) -> str:
        column = self._spelling.column
        conditions = [f"{column(field)} {relation} {self._spelling.mark}"] if relation else []
        order = _order(field, relation)
        if after:
            conditions.append(self._beyond(order, "<" if newest_first else ">"))
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        ordering = ", ".join(f"{column(name)} DESC" if newest_first else column(name) for name in order)
        return (
            f"SELECT {self._names} FROM {self._table}{where} "  # noqa: S608 - names, never values
            f"ORDER BY {ordering} LIMIT {self._spelling.mark}"
        )

    def _beyond(self, order: Sequence[str], sign: str) -> str:
        """Of the rows in this order, those behind the one that a page ended on."""
        spelling = self._spelling
        names = [spelling.column(name) for name in order]
        places = [spelling.place(self.layout.column(name)) for name in order]
        if spelling.compares_rows or len(names) == 1:
            return f"({', '.join(names)}) {sign} ({', '.join(places)})"
        (first, last), (start, end) = names, places
        return f"({first} {sign} {start} OR ({first} = {start} AND {last} {sign} {end}))"


def batches_of(changes: Sequence[Change], statements: Mapping[Kind, Statements]) -> list[Batch]:
    """The changes as statements; those that follow each other and differ only in their values become one."""
    batches: list[Batch] = []
    for change in changes:
        statement, values = _statement(change, statements)
        if batches and batches[-1][0] is statement:
            batches[-1][1].append(values)
        else:
            batches.append((statement, [values]))
    return batches


def _order(field: str, relation: str) -> tuple[str, ...]:
    """By the asked field and then the id, where the field is not the same in all."""
    return (field, "id") if relation == "<=" else ("id",)


def _stepwise(place: list[Value]) -> list[Value]:
    """The parameters of a comparison that is spelled out: the first is said twice."""
    return place if len(place) == 1 else [place[0], *place]


def _statement(change: Change, statements: Mapping[Kind, Statements]) -> tuple[Statement, Row]:
    if isinstance(change, Replace):
        old = change.old
        row = replaced_row(old, change.new)
        return statements[type(old)].replace, (*row[1:], old.id, old.version)
    record = change.record
    kind = type(record)
    if isinstance(change, Add):
        return statements[kind].add, LAYOUTS[kind].to_row(record)
    return statements[kind].remove, (record.id, record.version)
