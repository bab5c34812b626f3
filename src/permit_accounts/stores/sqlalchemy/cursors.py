"""What is said to a database over one connection: a question, or the statements of a commit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any, Final, Protocol

from permit_accounts.model.errors import Conflict
from permit_accounts.stores.columns import Value
from permit_accounts.stores.rows import Row
from permit_accounts.stores.statements import Batch, copying

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
        for sql, rows in batches:
            if len(rows) == 1:
                cursor.execute(sql, rows[0])
            else:
                _say_many(cursor, sql, rows)
            if cursor.rowcount != len(rows):
                raise Conflict("a record is not current any more, or gone")


def _say_many(cursor: Any, sql: str, rows: Sequence[Row]) -> None:
    """One statement with the parameters of each row.

    # Cost: psycopg has COPY, which adds a roster's rows in a third of the time, on both sides.
    """
    copied = copying(sql) if len(rows) >= _COPIED and hasattr(cursor, "copy") else None
    if copied is None:
        cursor.executemany(sql, rows)
        return
    with cursor.copy(copied) as copy:
        for row in rows:
            copy.write_row(row)
