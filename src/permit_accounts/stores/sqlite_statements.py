"""The SQL of a SQLite store, worked out once from each kind's layout, when the kind is first met.

No value stands in a statement's text: every one is a parameter, and names come from the classes of records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from permit_accounts.ports import Add, Change, Replace
from permit_accounts.stores.columns import Value
from permit_accounts.stores.rows import KINDS, LAYOUTS, Kind, Layout, PerKind, Question, Row, replaced_row

Batch: TypeAlias = tuple[str, list[Row]]
"""One statement, and the parameters with which it is said one time after another."""


class Statements:
    """What is said to SQLite about one kind of record.

    Attributes:
        by_id: Selects the row with an id, which is its parameter.
        add: Keeps a new row; its parameters are the row.
        replace: Keeps another row in the place of the one with this id and version; its parameters are the
            row without its id, then both.
        remove: Forgets the row with this id and version.
    """

    def __init__(self, layout: Layout[Any]) -> None:
        table, self.layout = layout.table, layout
        fields = ", ".join(f"{column.name} = ?" for column in layout.columns[1:])
        marks = ", ".join("?" for _ in layout.columns)
        self._names: Final = ", ".join(layout.positions)
        self.by_id: Final = f"SELECT {self._names} FROM {table} WHERE id = ?"  # noqa: S608 - names, never values
        self.add: Final = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608 - names, never values
        self.replace: Final = f"UPDATE {table} SET {fields} WHERE id = ? AND version = ?"  # noqa: S608 - names
        self.remove: Final = f"DELETE FROM {table} WHERE id = ? AND version = ?"  # noqa: S608 - names
        self._asked: Final[dict[tuple[str, str, bool, bool], str]] = {}

    def ask(
        self, question: Question, after: Row | None, limit: int, newest_first: bool
    ) -> tuple[str, list[Value]]:
        """What selects the rows that a question asks for, with its parameters."""
        field, relation, bound = question
        given = [bound] if relation else []
        if after is not None:
            given += [after[self.layout.positions[name]] for name in _order(field, relation)]
        given.append(limit)
        key = (field, relation, after is not None, newest_first)
        sql = self._asked.get(key)
        if sql is None:
            sql = self._asked[key] = self._ask(*key)
        return sql, given

    def _ask(self, field: str, relation: str, after: bool, newest_first: bool) -> str:
        conditions = [f"{field} {relation} ?"] if relation else []
        order = _order(field, relation)
        if after:
            # CAST: a damaged row on which a page ends may hold bytes that are no text; they have a place too.
            place = ", ".join(f"CAST(? AS {self.layout.column(name).form.storage})" for name in order)
            conditions.append(f"({', '.join(order)}) {'<' if newest_first else '>'} ({place})")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        ordering = ", ".join(f"{name} DESC" if newest_first else name for name in order)
        return f"SELECT {self._names} FROM {self.layout.table}{where} ORDER BY {ordering} LIMIT ?"  # noqa: S608 - names


def schema() -> Iterator[str]:
    """What makes the tables and indexes, exactly as SQLite keeps it."""
    for layout in (LAYOUTS[kind] for kind in KINDS):
        columns = (
            f"{column.name} {column.form.storage}"
            f"{'' if column.optional else ' NOT NULL'}{' PRIMARY KEY' if column.name == 'id' else ''}"
            for column in layout.columns
        )
        yield f"CREATE TABLE {layout.table} ({', '.join(columns)}) STRICT, WITHOUT ROWID"
        for name in layout.asked_by:
            partial = f" WHERE {name} IS NOT NULL" if layout.column(name).optional else ""
            yield f"CREATE INDEX {layout.table}_by_{name} ON {layout.table} ({name}, id){partial}"


def batches_of(changes: Sequence[Change]) -> list[Batch]:
    """The changes as statements; those that follow each other and differ only in their values become one."""
    batches: list[Batch] = []
    for change in changes:
        sql, values = _statement(change)
        if batches and batches[-1][0] is sql:
            batches[-1][1].append(values)
        else:
            batches.append((sql, [values]))
    return batches


def _order(field: str, relation: str) -> tuple[str, ...]:
    """By the asked field and then the id, where the field is not the same in all."""
    return (field, "id") if relation == "<=" else ("id",)


def _statement(change: Change) -> tuple[str, Row]:
    if isinstance(change, Replace):
        old = change.old
        row = replaced_row(old, change.new)
        return STATEMENTS[type(old)].replace, (*row[1:], old.id, old.version)
    record = change.record
    kind = type(record)
    if isinstance(change, Add):
        return STATEMENTS[kind].add, LAYOUTS[kind].to_row(record)
    return STATEMENTS[kind].remove, (record.id, record.version)


#: The statements of every kind.
STATEMENTS: Final[Mapping[Kind, Statements]] = PerKind(lambda kind: Statements(LAYOUTS[kind]))
