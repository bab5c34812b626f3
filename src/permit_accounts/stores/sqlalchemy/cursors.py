"""What is said to a database over one connection: a question, or the statements of a commit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any, Final, Protocol

from permit_accounts.model.errors import Conflict
from permit_accounts.stores.columns import Value
from permit_accounts.stores.rows import Row
from permit_accounts.stores.statements import Batch, Statement

#: From so many new rows on, COPY is faster than its extra round trip is slow.
_COPIED: Final = 100


class Speaks(Protocol):
    """Whatever cursors are made of: a driver's connection, or a pool's around it."""

    def cursor(self) -> Any:
        """A new cursor."""
        ...


def fetched(connection: Speaks, sql: str, parameters: Sequence[Value]) -> Sequence[Row]:
    """The rows that a statement selects."""
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql, parameters)
        rows: Sequence[Row] = cursor.fetchall()
    return rows


def say(connection: Speaks, *words: str) -> None:
    """Statements without parameters, one after another."""
    with closing(connection.cursor()) as cursor:
        for one in words:
            cursor.execute(one)


def apply(connection: Speaks, batches: Sequence[Batch]) -> None:
    """Change the rows, each where its precondition holds.

    Raises:
        Conflict: One did not hold; the transaction is to be rolled back.
    """
    with closing(connection.cursor()) as cursor:
        for statement, rows in batches:
            if len(rows) == 1:
                cursor.execute(statement.sql, rows[0])
            else:
                _say_many(cursor, statement, rows)
            if cursor.rowcount != len(rows):
                raise Conflict("a record is not current any more, or gone")


def _say_many(cursor: Any, statement: Statement, rows: Sequence[Row]) -> None:
    """One statement with the parameters of each row.

    # Cost: psycopg has COPY, which adds a roster's rows in a third of the time, on both sides. Where an id is
    taken it fails as an INSERT does.
    """
    if statement.into is None or len(rows) < _COPIED or not hasattr(cursor, "copy"):
        cursor.executemany(statement.sql, rows)
        return
    # It has no parameters, so that a % in a name is not written twice as it is beside them.
    into = statement.into.replace("%%", "%")
    with cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
